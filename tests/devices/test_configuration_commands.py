"""What parties set on meters and hubs: executed as in the reference set, stored, and read back."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from device_worlds import ACB, NOW, OPERATOR, SENDERS, SUPPLIER, Party, only_sent
from management_worlds import OTHER_DEVICE, THIRD_DEVICE, AnyWorld
from reference_set import ReferenceSet, check_answer, command_octets, load, make_device

from devices.chf_device_log import NEVER, NO_KEY, ChfDeviceLog
from devices.comms_hub import Chf
from devices.configuration import Behaviours, Configuration, Identity
from devices.device import Effects
from devices.esme import Esme
from devices.gas_view import SUPPLY_UNCHANGED
from devices.gbcs import dlms, gas_updates
from devices.gbcs.chf_commands import build_log_read_command, open_ccs04_response
from devices.gbcs.chf_log import CCS04, CCS06, BackedUpDevice
from devices.gbcs.dlms import AccessCode, AccessRequest, long_invoke_id
from devices.gbcs.dlms_data import octet_string
from devices.gbcs.dlms_reads import DlmsReading, ReadExchange, build_dlms_command, open_dlms_reading
from devices.gbcs.dlms_times import Period
from devices.gbcs.dlms_updates import (
    BEHAVIOUR_UPDATES,
    ECS25A,
    ECS25A1,
    ECS25A2,
    ECS25A3,
    ECS25B,
    ECS25B3,
    ECS39A,
    ECS39B,
    BehaviourChange,
    build_behaviour_command,
    build_ecs39a_command,
    build_ecs39b_command,
    open_set_response,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import (
    GBZ_READS,
    GCS18,
    GCS21M,
    GCS46,
    GCS61,
    MODEL,
    NETWORK_DATA_INTERVAL,
    SITE_ID,
    SUPPLY_TAMPER_STATE,
)
from devices.gbcs.gas_updates import (
    GCS20,
    GCS31,
    GCS41,
    EventBehaviour,
    build_gcs20_command,
    build_gcs31_command,
    build_gcs41_command,
    grouped,
    open_gcs20_response,
    open_gcs31_response,
    open_gcs41_response,
)
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import PartAnswer, attribute_value, build_gbz_command, open_gbz_reading
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, MessageShape
from devices.gbcs.read_table import (
    DLMS_READS,
    ECS25R1,
    ECS25R2,
    ECS26I,
    ECS26M,
    ECS40,
    ENTITY_IDENTIFIER,
    EXPORT_MPAN,
    IMPORT_MPANS,
    MANUFACTURER,
    OPERATOR_LOGGING,
    OPERATOR_WAN_ALERTS,
    SUPPLIER_ALARMS,
    SUPPLIER_HAN_EVENTS,
    SUPPLIER_LOGGING,
    SUPPLIER_WAN_ALERTS,
)
from devices.gbcs.zcl import ZclStatus
from devices.gbcs.zcl_commands import DefaultResponse, Samples
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.management_state import Defect, HubLog
from devices.metering import Meter, Quantity
from devices.security_log import Refusal
from devices.snapshot import restore, snapshot

MPAN, OTHER_MPAN = "1312345678333", "1312345678111"
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SUCCESS = AccessCode.SUCCESS


def answered(effects: Effects) -> bytes:
    assert effects.accepted, effects.entry
    return only_sent(effects).payload


def set_mpan(world: AnyWorld, counter: int = 1000, mpan: str = MPAN) -> Effects:
    payload = build_ecs39a_command(OriginatorCounter(counter), mpan)
    return world.send(world.octets(ECS39A, payload, counter))


def read(world: AnyWorld, code: MessageCode, by: Party = SUPPLIER) -> DlmsReading:
    exchange = ReadExchange(OriginatorCounter(9), by.eui, world.device.eui)
    payload = build_dlms_command(DLMS_READS[code], exchange)
    response = only_sent(world.send(world.octets(code, payload, 9, by)))
    return open_dlms_reading(DLMS_READS[code], response.payload, exchange)


def read_gas(
    world: AnyWorld, code: MessageCode, period: Period | None = None, now: datetime = NOW
) -> tuple[PartAnswer, ...]:
    response = only_sent(world.send(world.octets(code, build_gbz_command(GBZ_READS[code], period), 9), now))
    shared = SENDERS.agree(SUPPLIER.agreement.key, world.device.agreement.public_point)
    counter = response.header.originator_counter
    keys = AttributeProtection.between(SENDERS, shared, world.device.eui, counter, SUPPLIER.eui)
    return open_gbz_reading(GBZ_READS[code], response.payload, keys)


# --- the reference set ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def reference(conformance: Path) -> ReferenceSet:
    return load(conformance)


def test_every_update_of_the_set_gets_its_answer(reference: ReferenceSet, conformance: Path) -> None:
    codes = {ECS39A, ECS39B, GCS41, GCS20, *BEHAVIOUR_UPDATES} - {ECS25A3}
    seen = set()
    for name, command in reference.messages.items():
        is_command = command.header.cra is Cra.COMMAND and command.shape is not MessageShape.PRE_COMMAND
        # The meters of this project have a single element.
        if command.code not in codes or not is_command or "TWIN" in name:
            continue
        service = name.removesuffix("_COMMAND")
        sample = reference.messages[f"{service}_RESPONSE"]
        device, configuration = make_device(reference, sample), Configuration()
        if service.endswith("ERROR"):
            device.state = device.state._replace(defects=(failure_of(command.code),))
        check_answer(device, command_octets(reference, conformance, service), sample)
        changed = device.state.configuration != configuration
        assert changed == (service.endswith("SUCCESS") or command.code == GCS20), service
        seen.add(command.code)
    assert seen == codes


def failure_of(code: MessageCode) -> Defect:
    """The failure that the errors of the set have."""
    if code in (GCS41, GCS20):
        return Defect(code, ZclStatus.HARDWARE_FAILURE, 1 if code == GCS20 else 0)
    return Defect(code, AccessCode.HARDWARE_FAULT)


def test_what_the_set_writes_is_there_afterwards(reference: ReferenceSet, conformance: Path) -> None:
    sample = reference.messages["ECS39a_6.20.1_SINGLE_SUCCESS_RESPONSE"]
    device = make_device(reference, sample)
    device.receive(command_octets(reference, conformance, "ECS39a_6.20.1_SINGLE_SUCCESS"), NOW)
    device.receive(command_octets(reference, conformance, "ECS39b_6.20.2_SUCCESS"), NOW)
    assert device.state.configuration.import_mpans == device.state.configuration.export_mpan == MPAN.encode()


# --- MPANs and MPRN ---------------------------------------------------------------------------------


def test_mpans_are_read_as_they_were_written() -> None:
    world = AnyWorld(Esme)
    before = read(world, ECS40)
    assert (before.value(IMPORT_MPANS), before.value(EXPORT_MPAN)) == (b"", b"")
    assert open_set_response(ECS39A, answered(set_mpan(world)), OriginatorCounter(1000)) is SUCCESS
    payload = build_ecs39b_command(OriginatorCounter(1001), OTHER_MPAN)
    effects = world.send(world.octets(ECS39B, payload, 1001, ACB))
    assert open_set_response(ECS39B, answered(effects), OriginatorCounter(1001)) is SUCCESS
    assert only_sent(effects).header.target == ACB.eui
    world.device = world.restored()
    for party in (SUPPLIER, OPERATOR, ACB):
        after = read(world, ECS40, party)
        assert (after.value(IMPORT_MPANS), after.value(EXPORT_MPAN)) == (MPAN.encode(), OTHER_MPAN.encode())


def test_an_mpan_is_written_again_but_not_by_an_old_command() -> None:
    world = AnyWorld(Esme)
    old = build_ecs39a_command(OriginatorCounter(1000), MPAN)
    octets = world.octets(ECS39A, old, 1000)
    assert world.send(octets).accepted
    assert set_mpan(world, 1001, OTHER_MPAN).accepted
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    assert world.device.state.configuration.import_mpans == OTHER_MPAN.encode()


def test_one_element_has_one_mpan() -> None:
    world, counter = AnyWorld(Esme), OriginatorCounter(1000)
    effects = world.send(world.octets(ECS39A, build_ecs39a_command(counter, MPAN, OTHER_MPAN)))
    assert open_set_response(ECS39A, answered(effects), counter) is AccessCode.TYPE_UNMATCHED
    assert world.device.state.configuration == Configuration()


@pytest.mark.parametrize("code", [ECS39A, ECS39B])
def test_an_mpan_that_is_too_short_is_not_written(code: MessageCode) -> None:
    world, counter = AnyWorld(Esme), OriginatorCounter(1000)
    by = SUPPLIER if code == ECS39A else ACB
    build = build_ecs39a_command if code == ECS39A else build_ecs39b_command
    request = dlms.decode_request(build(counter, MPAN))
    short = AccessRequest(long_invoke_id(counter), request.specifications, (octet_string(b"131234567833"),))
    effects = world.send(world.octets(code, dlms.encode(short), by=by))
    assert open_set_response(code, answered(effects), counter) is AccessCode.TYPE_UNMATCHED
    assert world.device.state.configuration == Configuration()


@pytest.mark.parametrize("by", [OPERATOR, ACB])
def test_only_the_supplier_writes_the_import_mpan(by: Party) -> None:
    world, payload = AnyWorld(Esme), build_ecs39a_command(OriginatorCounter(1000), MPAN)
    assert world.send(world.octets(ECS39A, payload, by=by)).entry.refusal is Refusal.NO_AUTHORITY


def test_an_mprn_is_read_as_it_was_written() -> None:
    world = AnyWorld(Gsme)
    (before,) = read_gas(world, GCS46)
    assert attribute_value(before, SITE_ID) == b""
    effects = world.send(world.octets(GCS41, build_gcs41_command(NOW, "1000999888")))
    assert open_gcs41_response(answered(effects)) is ZclStatus.SUCCESS
    world.device = world.restored()
    (after,) = read_gas(world, GCS46)
    assert attribute_value(after, SITE_ID) == b"1000999888"
    none = build_gcs41_command(NOW, "1")[:-2] + b"\x00"
    empty = none.replace(b"\x00\x11\x09\x00\x03", b"\x00\x10\x09\x00\x03")
    effects = world.send(world.octets(GCS41, empty, 1001))
    assert open_gcs41_response(answered(effects)) is ZclStatus.INVALID_FIELD
    assert world.device.state.configuration.mprn == b"1000999888"


# --- behaviours -------------------------------------------------------------------------------------

PLACES = {
    ECS25A: SUPPLIER_WAN_ALERTS,
    ECS25A1: SUPPLIER_HAN_EVENTS,
    ECS25A2: SUPPLIER_ALARMS,
    ECS25A3: SUPPLIER_LOGGING,
    ECS25B: OPERATOR_WAN_ALERTS,
    ECS25B3: OPERATOR_LOGGING,
}


@pytest.mark.parametrize("code", PLACES, ids=str)
def test_a_behaviour_is_switched_where_it_is_read_and_nowhere_else(code: MessageCode) -> None:
    world, first = AnyWorld(Esme), BEHAVIOUR_UPDATES[code].first_event
    by, reading = (SUPPLIER, ECS25R1) if first == 0x8100 else (OPERATOR, ECS25R2)
    changes = [
        (BehaviourChange(frozenset({first, first + 9})), 1 << 9 | 1),
        (BehaviourChange(frozenset({first + 255}), frozenset({first})), 1 << 255 | 1 << 9),
        (BehaviourChange(), 1 << 255 | 1 << 9),
    ]
    for number, (change, bits) in enumerate(changes):
        counter = OriginatorCounter(1000 + number)
        payload = build_behaviour_command(code, counter, change)
        effects = world.send(world.octets(code, payload, counter, by))
        assert open_set_response(code, answered(effects), counter) is SUCCESS
        said = read(world, reading, by)
        assert {item: said.value(item) for item in DLMS_READS[reading].items} == {
            item: bits if item is PLACES[code] else 0 for item in DLMS_READS[reading].items
        }
    assert sum(bits != 0 for bits in world.device.state.configuration.behaviours) == 1
    world.restored()


@pytest.mark.parametrize(("code", "by"), [(ECS25A, OPERATOR), (ECS25B, SUPPLIER), (ECS25B3, ACB)])
def test_behaviours_are_switched_by_whose_they_are(code: MessageCode, by: Party) -> None:
    world, counter = AnyWorld(Esme), OriginatorCounter(1000)
    payload = build_behaviour_command(code, counter, BehaviourChange())
    assert world.send(world.octets(code, payload, by=by)).entry.refusal is Refusal.NO_AUTHORITY


def test_a_gas_meter_keeps_the_last_configuration_of_each_event() -> None:
    world, quiet, loud = AnyWorld(Gsme), EventBehaviour(log=True), EventBehaviour(log=True, alarm=True)
    first = grouped({0x8161: loud, 0x810E: quiet, 0x81C4: loud})
    effects = world.send(world.octets(GCS20, build_gcs20_command(NOW, first)))
    assert open_gcs20_response(answered(effects)) == (ZclStatus.SUCCESS,) * 2
    assert world.send(world.octets(GCS20, build_gcs20_command(NOW, grouped({0x8161: quiet})), 2)).accepted
    behaviours = ((0x810E, quiet.bits), (0x8161, quiet.bits), (0x81C4, loud.bits))
    assert world.restored().state.configuration.gas_behaviours == behaviours


def test_after_a_component_that_fails_no_event_is_configured() -> None:
    world = AnyWorld(Gsme)
    world.break_down(GCS20, ZclStatus.HARDWARE_FAILURE, 1)
    asked = grouped(
        {0x8161: EventBehaviour(log=True), 0x810E: EventBehaviour(), 0x81C4: EventBehaviour(wan=True)}
    )
    effects = world.send(world.octets(GCS20, build_gcs20_command(NOW, asked)))
    statuses = ZclStatus.SUCCESS, ZclStatus.HARDWARE_FAILURE, ZclStatus.FAILURE
    assert open_gcs20_response(answered(effects)) == statuses
    assert [event for event, _ in world.device.state.configuration.gas_behaviours] == [0x8161]


# --- identity ---------------------------------------------------------------------------------------


def test_a_device_says_who_made_it() -> None:
    meter, hub, gas = AnyWorld(Esme), AnyWorld(Chf), AnyWorld(Gsme)
    for world in (meter, hub, gas):
        world.change(configuration=Configuration(Identity(b"10D1", b"00010002")))
        assert world.restored().state.configuration == world.device.state.configuration
    assert read(meter, ECS26M).value(MANUFACTURER) == b"10D1"
    said = read(hub, ECS26I, ACB)
    assert said.value(ENTITY_IDENTIFIER) == hub.device.eui
    names, states = read_gas(gas, GCS21M)
    assert attribute_value(names, MODEL) == b"00010002"
    assert attribute_value(states, SUPPLY_TAMPER_STATE) == SUPPLY_UNCHANGED


# --- logs of a gas meter ----------------------------------------------------------------------------


def start_log(world: AnyWorld, counter: int = 1000, now: datetime = NOW) -> Effects:
    return world.send(world.octets(GCS31, build_gcs31_command(now), counter, ACB), now)


def test_the_network_data_log_fills_from_its_start_to_its_end() -> None:
    world = AnyWorld(Gsme)
    assert read_gas(world, GCS18) == (DefaultResponse(8, ZclStatus.NOT_FOUND),)
    assert open_gcs31_response(answered(start_log(world))) is ZclStatus.SUCCESS
    world.device = world.restored()
    meter = Meter(world.device.eui, world.device.manufactured)
    almost = NOW + NETWORK_DATA_INTERVAL - timedelta(seconds=1)
    assert read_gas(world, GCS18, now=almost) == (DefaultResponse(8, ZclStatus.NOT_FOUND),)
    for later, expected in ((almost + timedelta(seconds=1), 1), (NOW + HOUR, 10), (NOW + DAY, 41)):
        (samples,) = read_gas(world, GCS18, now=later)
        assert isinstance(samples, Samples)
        assert (samples.start, samples.sample_id, len(samples.amounts)) == (NOW, 2, expected)
        end = NOW + expected * NETWORK_DATA_INTERVAL
        grown = meter.register(Quantity.GAS, end) - meter.register(Quantity.GAS, NOW)
        assert sum(samples.amounts) == grown
    later = NOW + DAY
    assert start_log(world, 1001, later).accepted
    assert read_gas(world, GCS18, now=later) == (DefaultResponse(8, ZclStatus.NOT_FOUND),)


def test_a_log_that_cannot_be_started_is_not() -> None:
    world = AnyWorld(Gsme)
    world.break_down(GCS31, ZclStatus.HARDWARE_FAILURE)
    assert open_gcs31_response(answered(start_log(world))) is ZclStatus.FAILURE
    assert world.device.state.configuration.network_log_started is None
    supplier = AnyWorld(Gsme)
    payload = gas_updates.build_gcs31_command(NOW)
    assert supplier.send(supplier.octets(GCS31, payload)).entry.refusal is Refusal.NO_AUTHORITY


def test_daily_consumption_of_gas_adds_up_to_the_register() -> None:
    world = AnyWorld(Gpf)
    midnight = NOW.replace(hour=0)
    meter = Meter(world.device.eui, world.device.manufactured)
    (samples,) = read_gas(world, GCS61, Period(midnight - 3 * DAY, midnight))
    assert isinstance(samples, Samples)
    assert (samples.start, samples.interval_seconds, samples.sample_id) == (midnight - 3 * DAY, 0xFFFF, 1)
    registers = [meter.register(Quantity.GAS, midnight - number * DAY) for number in (3, 2, 1, 0)]
    assert samples.amounts == tuple([after - before for before, after in pairwise(registers)])
    assert read_gas(world, GCS61, Period(NOW, NOW + DAY)) == (DefaultResponse(8, ZclStatus.NOT_FOUND),)


# --- the hub ----------------------------------------------------------------------------------------


def test_a_hub_lists_who_is_in_its_log_whether_joined_or_not() -> None:
    world, counter = AnyWorld(Chf), OriginatorCounter(1000)
    devices = BackedUpDevice(OTHER_DEVICE, bytes(16)), BackedUpDevice(THIRD_DEVICE, NO_KEY)
    world.change(hub_log=HubLog(ChfDeviceLog(bytes(8), devices), devices))
    listed = {}
    for code in (CCS04, CCS06):
        effects = world.send(world.octets(code, build_log_read_command(code, counter)))
        found = open_ccs04_response(answered(effects), counter)
        assert isinstance(found, tuple)
        listed[code] = {each.device: each.last_communication for each in found}
    assert set(listed[CCS04]) == {OTHER_DEVICE}
    assert set(listed[CCS06]) == {OTHER_DEVICE, THIRD_DEVICE}
    assert listed[CCS06][THIRD_DEVICE] == NEVER
    assert listed[CCS06][OTHER_DEVICE].moment() == NOW
    world.break_down(CCS06, AccessCode.HARDWARE_FAULT)
    effects = world.send(world.octets(CCS06, build_log_read_command(CCS06, counter)))
    assert open_ccs04_response(answered(effects), counter) is AccessCode.HARDWARE_FAULT


# --- snapshots --------------------------------------------------------------------------------------


def test_a_configuration_comes_back_whole_and_the_default_is_shared() -> None:
    world = AnyWorld(Esme)
    assert world.restored().state.configuration == Configuration()
    full = Configuration(
        Identity(b"10D1", b"00010002", b"B"),
        MPAN.encode(),
        OTHER_MPAN.encode(),
        b"1000999888",
        Behaviours(1, 2, 3, 4, 5, 1 << 255),
        ((0x8161, 3), (0x81C4, 0x5B)),
        NOW,
    )
    world.change(configuration=full)
    assert world.restored().state.configuration == full


SPOILT = {
    "no identity": (b'"identity":["30303030",', b'"identity":['),
    "behaviours of more than 256 bits": (b'"behaviours":["0"', b'"behaviours":["1' + b"0" * 64 + b'"'),
    "a negative behaviour": (b'"behaviours":["0"', b'"behaviours":["-1"'),
    "a time without offset": (b'"networkLogStarted":null', b'"networkLogStarted":"2026-01-05"'),
    "an event twice": (b'"gasBehaviours":[]', b'"gasBehaviours":[[1,2],[1,3]]'),
}


@pytest.mark.parametrize(("found", "spoilt"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_configuration_is_one_clear_error(found: bytes, spoilt: bytes) -> None:
    world = AnyWorld(Esme)
    saved = snapshot(world.device)
    assert found in saved
    with pytest.raises(GbcsError, match="snapshot/configuration"):
        restore(saved.replace(found, spoilt), world.context)
