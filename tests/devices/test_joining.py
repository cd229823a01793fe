"""Device logs on bytes: CS03, CS04, CS07, GCS59 and the alert GCS62; the hub's log and the alert CS14."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from device_worlds import ACB, NOW, OPERATOR, SENDERS, SUPPLIER
from hypothesis import given
from hypothesis import strategies as st
from management_worlds import (
    OTHER_AGREEMENT,
    OTHER_DEVICE,
    OTHER_SIGNING,
    THIRD_DEVICE,
    AnyWorld,
    answered,
    encode_any,
    events,
)

from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.gbcs.certificates import Certificate
from devices.gbcs.chf_commands import (
    build_ccs01_command,
    build_ccs02_command,
    build_ccs03_command,
    build_log_read_command,
    open_ccs04_response,
    open_ccs07_response,
    open_update_response,
    read_cs14_alert,
)
from devices.gbcs.chf_log import (
    CCS01,
    CCS02,
    CCS03,
    CCS04,
    CCS07,
    CS14,
    Admission,
    BackedUpDevice,
    LogRestore,
    Registration,
)
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.device_log import (
    CS07,
    GCS59,
    GCS62,
    DeviceLogBackup,
    DeviceLogEntry,
    ReadDeviceLog,
    ReadDeviceLogResponse,
    RestoreDeviceLog,
    RestoreDeviceLogResponse,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import (
    CS03A1,
    CS03A2,
    CS03B,
    CS03C,
    CS04AC,
    CS04B,
    JoinDevice,
    JoinDeviceResponse,
    JoinDeviceType,
    JoinMethod,
    JoinResult,
    UnjoinDevice,
    UnjoinDeviceResponse,
    UnjoinResult,
)
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.payloads import decode_payload
from devices.gbcs.protection import mac_verifies, sign
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.management_state import DeviceLog, JoinedDevice
from devices.ppmid import Ppmid
from devices.security_log import Refusal

METHOD, TYPE, RESULT = JoinMethod, JoinDeviceType, JoinResult
BROKER = RemotePartyRole.ACCESS_CONTROL_BROKER


def join(
    world: AnyWorld,
    method: JoinMethod,
    other: JoinDeviceType,
    counter: int = 1000,
    *,
    device: Eui64 = OTHER_DEVICE,
    certificate: Certificate | None = None,
    code: MessageCode | None = None,
) -> JoinResult:
    """What a device answers to a join."""
    der = None if certificate is None else certificate.der
    command = JoinDevice(method, device, other, der)
    effects = world.ask(code or method.message_code, command, counter)
    return answered(effects, JoinDeviceResponse).result


def unjoin(world: AnyWorld, code: MessageCode, counter: int, device: Eui64 = OTHER_DEVICE) -> UnjoinResult:
    """What a device answers to an unjoin."""
    return answered(world.ask(code, UnjoinDevice(device), counter), UnjoinDeviceResponse).result


def listed(world: AnyWorld, counter: int = 1) -> tuple[DeviceLogEntry, ...] | None:
    """What CS07 tells."""
    return answered(world.ask(CS07, ReadDeviceLog(), counter), ReadDeviceLogResponse).entries


def logged(world: AnyWorld) -> tuple[JoinedDevice, ...]:
    return world.device.state.device_log.entries


# --- joins -------------------------------------------------------------------------------------------------

JOINS = (
    (Esme, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_PPMID, CS04AC),
    (Esme, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_HCALCS, CS04AC),
    (Esme, METHOD.METHOD_B, TYPE.TYPE_2, CS04B),
    (Gsme, METHOD.METHOD_B, TYPE.GPF, CS04B),
    (Gsme, METHOD.METHOD_C, TYPE.TYPE_1_PPMID, CS04AC),
    (Gpf, METHOD.METHOD_B, TYPE.GSME, CS04B),
    (Ppmid, METHOD.METHOD_A_RESPONDER, TYPE.ESME, CS04AC),
    (Ppmid, METHOD.METHOD_C, TYPE.GSME, CS04AC),
    (Hcalcs, METHOD.METHOD_A_RESPONDER, TYPE.ESME, CS04AC),
)


@pytest.mark.parametrize(("kind", "method", "other", "undo"), JOINS)
def test_a_device_that_has_joined_is_in_the_log_until_it_is_unjoined(
    kind: type[Device], method: JoinMethod, other: JoinDeviceType, undo: MessageCode
) -> None:
    world = AnyWorld(kind)
    certificate = OTHER_AGREEMENT if method is METHOD.METHOD_C else None
    assert listed(world) == ()
    assert join(world, method, other, certificate=certificate) is RESULT.SUCCESS
    assert listed(world) == ((OTHER_DEVICE, other),)
    assert logged(world)[0].certificate == (None if certificate is None else certificate.der)
    assert unjoin(world, undo, 1001) is UnjoinResult.SUCCESS
    assert listed(world) == ()
    assert unjoin(world, undo, 1002) is UnjoinResult.OTHER_DEVICE_NOT_IN_DEVICE_LOG
    assert events(world.device) == ["8F49", "8F4B", "8F4A"]


@pytest.mark.parametrize("code", [CS03A1, CS03B, CS03C])
def test_a_method_goes_with_its_message_code(code: MessageCode) -> None:
    """That is looked at first: a wrong device type does not matter any more."""
    world = AnyWorld(Gsme)
    for method in JoinMethod:
        result = join(world, method, TYPE.CHF, 1000 + method, code=code)
        is_codes_own = method.message_code == code
        expected = RESULT.INVALID_JOIN_METHOD_AND_ROLE
        if not is_codes_own:
            expected = RESULT.INVALID_MESSAGE_CODE_FOR_JOIN_METHOD_AND_ROLE
        assert result is expected
    assert logged(world) == ()
    assert events(world.device) == ["8F48"] * 4


def test_every_pair_of_devices_that_no_method_joins_is_refused() -> None:
    allowed = {(kind, method, other) for kind, method, other, _ in JOINS} | {
        (Gpf, METHOD.METHOD_B, TYPE.TYPE_1_PPMID),
        (Gpf, METHOD.METHOD_B, TYPE.TYPE_2),
        (Ppmid, METHOD.METHOD_B, TYPE.GPF),
    }
    for kind in (Esme, Gsme, Gpf, Hcalcs):
        world, counter = AnyWorld(kind), 1000
        for method in JoinMethod:
            for other in JoinDeviceType:
                counter += 1
                world.change(device_log=DeviceLog())
                certificate = OTHER_AGREEMENT if method is METHOD.METHOD_C else None
                result = join(world, method, other, counter, certificate=certificate)
                is_allowed = (kind, method, other) in allowed
                assert result is (RESULT.SUCCESS if is_allowed else RESULT.INVALID_JOIN_METHOD_AND_ROLE)


@pytest.mark.parametrize("kind", [Gsme, Ppmid])
def test_a_gas_meter_and_a_prepayment_device_need_each_others_certificate(kind: type[Device]) -> None:
    world = AnyWorld(kind)
    other = TYPE.TYPE_1_PPMID if kind is Gsme else TYPE.GSME
    for counter, certificate in enumerate((None, OTHER_SIGNING), 1):
        result = join(world, METHOD.METHOD_C, other, counter, certificate=certificate)
        assert result is RESULT.INVALID_OR_MISSING_CERTIFICATE
    assert logged(world) == ()
    # The certificate's subject need not be the device that is joined: the reference set has such a join.
    result = join(world, METHOD.METHOD_C, other, 3, device=THIRD_DEVICE, certificate=OTHER_AGREEMENT)
    assert result is RESULT.SUCCESS


def test_a_certificate_that_cannot_be_read_is_invalid() -> None:
    world = AnyWorld(Gsme)
    command = JoinDevice(METHOD.METHOD_C, OTHER_DEVICE, TYPE.TYPE_1_PPMID, b"\x30\x00")
    response = answered(world.ask(CS03C, command), JoinDeviceResponse)
    assert response.result is RESULT.INVALID_OR_MISSING_CERTIFICATE


def test_a_certificate_that_nobody_needs_is_not_kept() -> None:
    world = AnyWorld(Gsme)
    assert join(world, METHOD.METHOD_B, TYPE.GPF, certificate=OTHER_AGREEMENT) is RESULT.SUCCESS
    assert logged(world) == (JoinedDevice(OTHER_DEVICE, TYPE.GPF),)


def test_a_device_may_join_again_but_not_as_another_type() -> None:
    world = AnyWorld(Esme)
    results = [
        join(world, METHOD.METHOD_A_INITIATOR, other, counter)
        for counter, other in enumerate((TYPE.TYPE_1_PPMID, TYPE.TYPE_1_PPMID, TYPE.TYPE_1_HCALCS), 1)
    ]
    assert results == [RESULT.SUCCESS, RESULT.SUCCESS, RESULT.INCOMPATIBLE_WITH_EXISTING_ENTRY]
    assert listed(world) == ((OTHER_DEVICE, TYPE.TYPE_1_PPMID),)


def test_a_full_log_takes_no_new_device_but_one_that_it_holds() -> None:
    world = AnyWorld(Esme)
    world.change(device_log=DeviceLog(capacity=1))
    results = [
        join(world, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_PPMID, counter, device=device)
        for counter, device in enumerate((OTHER_DEVICE, THIRD_DEVICE, OTHER_DEVICE), 1)
    ]
    assert results == [RESULT.SUCCESS, RESULT.DEVICE_LOG_FULL, RESULT.SUCCESS]
    assert unjoin(world, CS04AC, 4) is UnjoinResult.SUCCESS
    result = join(world, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_PPMID, 5, device=THIRD_DEVICE)
    assert result is RESULT.SUCCESS


def test_a_log_holds_sixteen_devices() -> None:
    world = AnyWorld(Esme)
    devices = [Eui64(bytes(7) + bytes((number,))) for number in range(17)]
    results = [
        join(world, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_PPMID, counter, device=device)
        for counter, device in enumerate(devices, 1)
    ]
    assert results == [RESULT.SUCCESS] * 16 + [RESULT.DEVICE_LOG_FULL]


@pytest.mark.parametrize("result", [each for each in JoinResult if each >= RESULT.WRITE_FAILURE])
def test_what_fails_on_the_homes_network_enters_nothing(result: JoinResult) -> None:
    world = AnyWorld(Esme)
    world.break_down(CS03A1, result)
    assert join(world, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_PPMID) is result
    assert logged(world) == ()
    assert world.device.counters.current(RemotePartyRole.SUPPLIER) == 1000


def test_an_unjoin_that_fails_leaves_the_entry() -> None:
    world = AnyWorld(Esme)
    join(world, METHOD.METHOD_A_INITIATOR, TYPE.TYPE_1_PPMID, 1)
    world.break_down(CS04AC, UnjoinResult.OTHER_FAILURE)
    assert unjoin(world, CS04AC, 2) is UnjoinResult.OTHER_FAILURE
    assert len(logged(world)) == 1


# --- by the broker for a party that the device does not know ------------------------------------------------


def test_the_broker_joins_a_prepayment_device_for_the_supplier() -> None:
    world = AnyWorld(Ppmid)
    payload = encode_any(JoinDevice(METHOD.METHOD_A_RESPONDER, OTHER_DEVICE, TYPE.ESME))
    other = world.on_behalf_of(SUPPLIER, CS03A2)
    effects = world.send(world.octets(CS03A2, payload, 9, ACB, other=other))
    response = parse(effects.sent[0])
    assert answered(effects, JoinDeviceResponse).result is RESULT.SUCCESS
    assert response.shape is MessageShape.SIGNED
    assert response.header.target == ACB.eui
    assert response.header.other == other
    assert world.device.counters.current(BROKER) == 9


def test_the_broker_cannot_act_for_a_party_with_the_partys_own_signature() -> None:
    world = AnyWorld(Ppmid)
    payload = encode_any(JoinDevice(METHOD.METHOD_A_RESPONDER, OTHER_DEVICE, TYPE.ESME))
    command = world.command(ACB, CS03A2, payload, 9, other=world.on_behalf_of(SUPPLIER, CS03A2))
    refused = world.send(encode(world.maced(sign(command, SUPPLIER.signing.key, SENDERS))))
    assert refused.entry.refusal is Refusal.WRONG_SIGNATURE
    assert world.send(encode(world.maced(sign(command, ACB.signing.key, SENDERS)))).accepted


def test_a_supplier_joins_a_meter_in_its_own_name_and_the_broker_in_a_users() -> None:
    world = AnyWorld(Gsme)
    payload = encode_any(JoinDevice(METHOD.METHOD_B, OTHER_DEVICE, TYPE.GPF))
    other = world.on_behalf_of(OPERATOR, CS03B)
    by_supplier = parse(world.send(world.octets(CS03B, payload, 5, SUPPLIER)).sent[0])
    by_broker = parse(world.send(world.octets(CS03B, payload, 5, ACB, other=other)).sent[0])
    for response, party in ((by_supplier, SUPPLIER), (by_broker, ACB)):
        assert response.shape is MessageShape.MAC_ONLY
        assert response.header.target == party.eui
        assert mac_verifies(response, party.agreement.key, world.device.agreement.public_point, SENDERS)
    assert by_broker.header.other == other
    refused = world.send(world.octets(CS03B, payload, 6, SUPPLIER, other=other))
    assert refused.entry.refusal is Refusal.NO_AUTHORITY


def test_a_read_of_the_log_may_come_again_a_join_may_not() -> None:
    world = AnyWorld(Gsme)
    read = world.octets(CS07, encode_any(ReadDeviceLog()), 5)
    assert world.send(read) == world.send(read)
    joining = world.octets(CS03B, encode_any(JoinDevice(METHOD.METHOD_B, OTHER_DEVICE, TYPE.GPF)), 5)
    assert world.send(joining).accepted
    assert world.send(joining).entry.refusal is Refusal.REPLAY
    assert world.send(read).accepted


def test_a_log_that_cannot_be_read() -> None:
    world = AnyWorld(Gsme)
    world.break_down(CS07, ReadResult.READ_FAILURE)
    response = answered(world.ask(CS07, ReadDeviceLog()), ReadDeviceLogResponse)
    assert response == ReadDeviceLogResponse(ReadResult.READ_FAILURE)


# --- the gas proxy's backup --------------------------------------------------------------------------------


def reports(effects: Effects) -> list[Message]:
    """The alerts among what was sent."""
    return [message for message in map(parse, effects.sent) if message.header.cra is Cra.ALERT]


def backup_in(message: Message) -> tuple[DeviceLogEntry, ...]:
    """What a GCS62 says."""
    value = decode_payload(message)
    assert isinstance(value, DeviceLogBackup)
    assert (value.alert_code, value.backup_date_time) == (0x8071, NOW)
    return value.entries


def restore_log(world: AnyWorld, entries: Sequence[DeviceLogEntry], counter: int) -> Effects:
    return world.ask(GCS59, RestoreDeviceLog(tuple(entries)), counter, ACB)


GSME_ENTRY = DeviceLogEntry(OTHER_DEVICE, TYPE.GSME)
PPMID_ENTRY = DeviceLogEntry(THIRD_DEVICE, TYPE.TYPE_1_PPMID)


def test_each_change_of_a_gas_proxys_log_is_backed_up_at_the_broker() -> None:
    world = AnyWorld(Gpf)
    restored = restore_log(world, [GSME_ENTRY], 1)
    (report,) = reports(restored)
    assert (report.code, report.header.target, report.header.originator_counter) == (GCS62, ACB.eui, 1)
    assert mac_verifies(report, ACB.agreement.key, world.device.agreement.public_point, SENDERS)
    assert backup_in(report) == (GSME_ENTRY,)

    command = JoinDevice(METHOD.METHOD_B, *PPMID_ENTRY)
    (report,) = reports(world.ask(CS03B, command, 2))
    assert backup_in(report) == (GSME_ENTRY, PPMID_ENTRY)
    assert report.header.originator_counter == 2
    (report,) = reports(world.ask(CS04B, UnjoinDevice(OTHER_DEVICE), 3))
    assert backup_in(report) == (PPMID_ENTRY,)


def test_what_changes_nothing_is_not_backed_up() -> None:
    world = AnyWorld(Gpf)
    restore_log(world, [GSME_ENTRY], 1)
    for effects in (
        restore_log(world, [GSME_ENTRY], 2),
        world.ask(CS04B, UnjoinDevice(THIRD_DEVICE), 3),
        world.ask(CS07, ReadDeviceLog(), 4),
    ):
        assert effects.accepted
        assert reports(effects) == []
    refused = restore_log(world, [PPMID_ENTRY], 2)
    assert refused.entry.refusal is Refusal.REPLAY
    assert [message.code for message in reports(refused)] == [0x1000]


def test_a_meter_sends_no_backups() -> None:
    world = AnyWorld(Gsme)
    command = JoinDevice(METHOD.METHOD_B, OTHER_DEVICE, TYPE.GPF)
    assert reports(world.ask(CS03B, command)) == []


def test_each_entry_is_restored_for_itself() -> None:
    world = AnyWorld(Gpf)
    world.change(device_log=DeviceLog((JoinedDevice(OTHER_DEVICE, TYPE.TYPE_2),), capacity=2))
    fourth = DeviceLogEntry(Eui64(bytes(8)), TYPE.TYPE_2)
    effects = restore_log(world, [GSME_ENTRY, PPMID_ENTRY, fourth, PPMID_ENTRY], 1)
    outcomes = answered(effects, RestoreDeviceLogResponse).outcomes
    assert [outcome.entry for outcome in outcomes] == [GSME_ENTRY, PPMID_ENTRY, fourth, PPMID_ENTRY]
    assert [outcome.result for outcome in outcomes] == [
        RESULT.INCOMPATIBLE_WITH_EXISTING_ENTRY,
        RESULT.SUCCESS,
        RESULT.DEVICE_LOG_FULL,
        RESULT.SUCCESS,
    ]
    assert listed(world) == ((OTHER_DEVICE, TYPE.TYPE_2), PPMID_ENTRY)


def test_a_restore_keeps_the_certificate_of_a_device_that_is_there() -> None:
    world = AnyWorld(Gpf)
    there = JoinedDevice(*PPMID_ENTRY, OTHER_AGREEMENT.der)
    world.change(device_log=DeviceLog((there,)))
    restore_log(world, [PPMID_ENTRY], 1)
    assert logged(world) == (there,)


def test_a_gas_proxy_that_cannot_write_its_log() -> None:
    world = AnyWorld(Gpf)
    world.break_down(GCS59, RESULT.WRITE_FAILURE)
    effects = restore_log(world, [GSME_ENTRY], 1)
    assert answered(effects, RestoreDeviceLogResponse).outcomes[0].result is RESULT.WRITE_FAILURE
    assert len(effects.sent) == 1


def test_only_the_broker_restores() -> None:
    world = AnyWorld(Gpf)
    payload = encode_any(RestoreDeviceLog((GSME_ENTRY,)))
    for party in (SUPPLIER, OPERATOR):
        assert world.send(world.octets(GCS59, payload, 1, party)).entry.refusal is Refusal.NO_AUTHORITY
    assert world.send(world.octets(GCS59, payload, 1, ACB)).accepted


@pytest.mark.parametrize("loss", PowerLoss)
def test_a_backup_that_the_power_prevented_follows_with_the_next_message(loss: PowerLoss) -> None:
    world = AnyWorld(Gpf)
    world.device.faults = world.device.faults._replace(power_loss=loss)
    assert restore_log(world, [GSME_ENTRY], 1).sent == ()
    world.device = world.restored()
    effects = world.ask(CS07, ReadDeviceLog(), 2)
    if loss is PowerLoss.BEFORE_COMMIT:
        assert reports(effects) == []
        effects = restore_log(world, [GSME_ENTRY], 1)
    (report,) = reports(effects)
    assert backup_in(report) == (GSME_ENTRY,)


# --- a log under random conversation, beside a dictionary ---------------------------------------------------

_STEPS = st.tuples(st.sampled_from(("join", "leave", "restore", "power")), st.integers(0, 3), st.booleans())


@given(st.lists(_STEPS, max_size=12))
def test_a_log_is_what_was_entered_and_not_struck_off(steps: list[tuple[str, int, bool]]) -> None:
    world, model = AnyWorld(Gpf), dict[Eui64, JoinDeviceType]()
    world.change(device_log=DeviceLog(capacity=3))
    for counter, (step, number, is_type_2) in enumerate(steps, 1):
        device, kind = Eui64(bytes(7) + bytes((number,))), TYPE.TYPE_2 if is_type_2 else TYPE.GSME
        fits = model.get(device, kind) is kind and (device in model or len(model) < 3)
        if step == "power":
            world.device = world.restored()
        elif step == "leave":
            assert (unjoin(world, CS04B, counter, device) is UnjoinResult.SUCCESS) == (device in model)
            model.pop(device, None)
        else:
            if step == "join":
                result = join(world, METHOD.METHOD_B, kind, counter, device=device)
            else:
                effects = restore_log(world, [DeviceLogEntry(device, kind)], counter)
                (outcome,) = answered(effects, RestoreDeviceLogResponse).outcomes
                result = outcome.result
            assert (result is RESULT.SUCCESS) == fits
            if fits:
                model[device] = kind
    assert dict(listed(world) or ()) == model
    assert world.device.state.device_log.backed_up == world.device.state.device_log.listed()


# --- the communications hub --------------------------------------------------------------------------------

KEY = bytes(range(16))


class Hub(AnyWorld):
    """A communications hub and its broker's commands."""

    def __init__(self) -> None:
        super().__init__(Chf)

    def run(self, code: MessageCode, payload: bytes, counter: int) -> Effects:
        return self.send(self.octets(code, payload, counter, ACB))

    def add(self, counter: int, device: Eui64 = OTHER_DEVICE) -> Effects:
        admission = Admission(Registration.of(device, bytes(16)), 90)
        return self.run(CCS01, build_ccs01_command(OriginatorCounter(counter), admission), counter)

    def remove(self, counter: int, device: Eui64 = OTHER_DEVICE) -> Effects:
        return self.run(CCS02, build_ccs02_command(OriginatorCounter(counter), device), counter)

    def restore_log(self, counter: int, *devices: BackedUpDevice) -> Effects:
        payload = build_ccs03_command(OriginatorCounter(counter), LogRestore(bytes(range(8)), devices))
        return self.run(CCS03, payload, counter)

    def read(self, code: MessageCode, counter: int) -> bytes:
        payload = build_log_read_command(code, OriginatorCounter(counter))
        return parse(self.run(code, payload, counter).sent[0]).payload

    @property
    def devices(self) -> tuple[Eui64, ...]:
        return tuple([entry.device for entry in self.device.state.hub_log.log.devices])


def codes_of(code: MessageCode, effects: Effects) -> tuple[AccessCode, ...]:
    response = parse(effects.sent[0])
    return open_update_response(code, response.payload, response.header.originator_counter)


def told(effects: Effects) -> list[tuple[Eui64, ...]]:
    """Whom each CS14 among what was sent lists."""
    return [
        tuple([entry.device for entry in read_cs14_alert(report.payload).backup.devices])
        for report in reports(effects)
        if report.code == CS14
    ]


def test_a_hub_tells_the_broker_of_each_change_of_its_log() -> None:
    hub = Hub()
    added = hub.add(1)
    assert codes_of(CCS01, added) == (AccessCode.SUCCESS,) * 3
    assert told(added) == [(OTHER_DEVICE,)]
    (report,) = reports(added)
    assert (report.header.target, report.header.originator_counter) == (ACB.eui, 1)
    assert mac_verifies(report, ACB.agreement.key, hub.device.agreement.public_point, SENDERS)
    assert told(hub.add(2)) == []
    assert told(hub.add(3, THIRD_DEVICE)) == [(OTHER_DEVICE, THIRD_DEVICE)]
    assert told(hub.remove(4)) == [(THIRD_DEVICE,)]
    assert told(hub.restore_log(5, BackedUpDevice(OTHER_DEVICE, KEY))) == [(OTHER_DEVICE,)]
    assert told(hub.remove(6, THIRD_DEVICE)) == []


def test_a_removal_of_a_device_that_is_not_there_fails() -> None:
    hub = Hub()
    assert codes_of(CCS02, hub.remove(1)) == (AccessCode.HARDWARE_FAULT,)
    hub.add(2)
    assert codes_of(CCS02, hub.remove(3)) == (AccessCode.SUCCESS,)


def test_a_device_joins_while_joining_is_open() -> None:
    hub = Hub()
    assert isinstance(hub.device, Chf)
    assert hub.device.joined(OTHER_DEVICE, KEY, NOW) == ()
    (added,) = reports(hub.add(1))
    assert read_cs14_alert(added.payload).backup.devices == (BackedUpDevice(OTHER_DEVICE, b""),)
    late = NOW + timedelta(seconds=91)
    assert hub.device.joined(OTHER_DEVICE, KEY, late) == ()
    (alert,) = hub.device.joined(OTHER_DEVICE, KEY, late - timedelta(seconds=1))
    assert read_cs14_alert(parse(alert).payload).backup.devices == (BackedUpDevice(OTHER_DEVICE, KEY),)
    connected = open_ccs04_response(hub.read(CCS04, 2), OriginatorCounter(2))
    assert isinstance(connected, tuple)
    assert [each.device for each in connected] == [OTHER_DEVICE]


def test_the_present_and_the_historic_log_and_a_device_that_comes_back() -> None:
    hub = Hub()
    hub.restore_log(1, BackedUpDevice(OTHER_DEVICE, KEY), BackedUpDevice(THIRD_DEVICE, KEY))
    before = open_ccs07_response(hub.read(CCS07, 2), OriginatorCounter(2))
    assert before.historic is not None
    assert before.historic.devices == ()
    assert told(hub.remove(3)) == [(THIRD_DEVICE,)]
    assert told(hub.add(4)) == [(THIRD_DEVICE, OTHER_DEVICE)]
    hub.device = hub.restored()
    assert isinstance(hub.device, Chf)
    assert hub.device.joined(OTHER_DEVICE, bytes(16), NOW) == ()
    (alert,) = hub.device.resumed(OTHER_DEVICE, NOW)
    entry = BackedUpDevice(OTHER_DEVICE, KEY)
    assert read_cs14_alert(parse(alert).payload).backup.devices[1] == entry
    assert hub.device.resumed(OTHER_DEVICE, NOW) == ()
    after = open_ccs07_response(hub.read(CCS07, 5), OriginatorCounter(5))
    assert after.present is not None
    assert after.historic is not None
    assert after.present.devices == (BackedUpDevice(THIRD_DEVICE, KEY), entry)
    assert after.present.pan_id == after.historic.pan_id == bytes(range(8))
    assert after.historic.devices == (entry,)


HUB_FAILURES: dict[str, tuple[Any, int, int]] = {
    "joining cannot be opened": (CCS01, 1, 1),
    "no device can be added": (CCS01, 0, 0),
    "no device can be removed": (CCS02, 0, 1),
    "the log cannot be restored": (CCS03, 0, 0),
}


@pytest.mark.parametrize(("code", "item", "left"), HUB_FAILURES.values(), ids=HUB_FAILURES)
def test_after_an_item_that_fails_nothing_more_is_done(code: MessageCode, item: int, left: int) -> None:
    hub = Hub()
    if code == CCS02:
        hub.add(1)
    hub.break_down(code, AccessCode.HARDWARE_FAULT, item)
    run: dict[int, Callable[[int], Effects]] = {CCS01: hub.add, CCS02: hub.remove, CCS03: hub.restore_log}
    codes = codes_of(code, run[code](2))
    assert codes[:item] == (AccessCode.SUCCESS,) * item
    assert codes[item] is AccessCode.HARDWARE_FAULT
    assert set(codes[item + 1 :]) <= {AccessCode.OTHER_REASON}
    assert len(hub.devices) == left
    assert hub.device.counters.current(BROKER) == 2


def test_a_hub_that_cannot_read_its_logs() -> None:
    hub = Hub()
    for item in (0, 1):
        hub.break_down(CCS07, AccessCode.HARDWARE_FAULT, item)
        said = open_ccs07_response(hub.read(CCS07, 1), OriginatorCounter(1))
        assert said.codes[item] is AccessCode.HARDWARE_FAULT
        assert (said.present is None, said.historic) == (item == 0, None)
    hub.break_down(CCS04, AccessCode.HARDWARE_FAULT)
    assert open_ccs04_response(hub.read(CCS04, 2), OriginatorCounter(2)) is AccessCode.HARDWARE_FAULT


@pytest.mark.parametrize("loss", PowerLoss)
def test_a_hubs_alert_that_the_power_prevented_follows_with_the_next_message(loss: PowerLoss) -> None:
    hub = Hub()
    hub.device.faults = hub.device.faults._replace(power_loss=loss)
    assert hub.add(1).sent == ()
    hub.device = hub.restored()
    payload = build_log_read_command(CCS07, OriginatorCounter(2))
    effects = hub.run(CCS07, payload, 2)
    assert told(effects) == ([] if loss is PowerLoss.BEFORE_COMMIT else [(OTHER_DEVICE,)])
