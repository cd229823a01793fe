"""Reads of the tables on bytes: who may ask, who can read the answer, and what the answers add up to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from device_worlds import (
    ACB,
    BY_SUPPLIER,
    MADE,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    RECOVERY,
    SENDERS,
    STRANGER,
    SUPPLIER,
    TRANSITIONAL_COS,
    Party,
    World,
    flip,
    only_sent,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.comms_hub import Chf
from devices.device import Device
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_reads import DlmsRead, DlmsReading, ReadExchange, build_dlms_command, open_dlms_reading
from devices.gbcs.dlms_times import Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import FirmwareVersion
from devices.gbcs.gas_clock import TimeStatus
from devices.gbcs.gas_read_table import (
    CREDIT_REMAINING,
    CS10A,
    CS10B,
    CURRENT_SUMMATION,
    FIRMWARE_VERSION,
    GBZ_READS,
    GCS13A,
    GCS13B,
    GCS13C,
    GCS14,
    GCS16A,
    GCS17,
    GCS18,
    GCS21E,
    GCS21M,
    GCS38,
    GCS46,
    GCS61,
)
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import GbzRead, PartAnswer, attribute_value, build_gbz_command, open_gbz_reading
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import Message, OtherInformation, parse
from devices.gbcs.protection import mac_verifies
from devices.gbcs.read_table import (
    DAILY_CONSUMPTION,
    DLMS_READS,
    ECS17A,
    ECS17B,
    ECS17C,
    ECS17D,
    ECS17E,
    ECS19,
    ECS21B,
    ECS21C,
    ECS22A,
    ECS22B,
    ECS22C,
    ECS23,
    ECS25R1,
    ECS25R2,
    ECS26I,
    ECS26M,
    ECS26N,
    ECS35A,
    ECS35B,
    ECS35C,
    ECS35D,
    ECS35E,
    ECS35F,
    ECS35G,
    ECS40,
    ECS52,
    ECS66,
    EVENT_LOG,
    IMPORT_PROFILE,
    IMPORT_REGISTERS,
    PREPAYMENT_BALANCES,
    SECURITY_LOG,
    TIME_OF_USE,
    EventEntry,
    SecurityEntry,
)
from devices.gbcs.read_table import FIRMWARE_VERSION as METER_VERSION
from devices.gbcs.zcl_commands import Samples
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.management_state import Defect, DeviceClock, Firmware
from devices.meter_balance import MeterBalance
from devices.security_log import Refusal
from devices.snapshot import restore, snapshot
from devices.top_up import TopUpState

SUITE = settings(max_examples=25, deadline=None)
DAY, HALF_HOUR, SECOND = timedelta(days=1), timedelta(minutes=30), timedelta(seconds=1)
YESTERDAY = Period(NOW - DAY, NOW)
READS: Mapping[MessageCode, DlmsRead | GbzRead] = {**DLMS_READS, **GBZ_READS}


# --- asking and opening -----------------------------------------------------------------------------


def ask(
    world: World,
    code: MessageCode,
    party: Party,
    period: Period | None = None,
    counter: int = 5,
    other: OtherInformation | None = None,
) -> bytes:
    """The good command; ``other`` says for whom the sender asks."""
    message = world.command(party, code, b"", counter, other=other or OtherInformation(code))
    asked = period if READS[code].by_period else None
    if code in DLMS_READS:
        payload = build_dlms_command(DLMS_READS[code], ReadExchange.of(message.header), asked)
    else:
        payload = build_gbz_command(GBZ_READS[code], asked)
    return world.protected(message._replace(payload=payload), None)


def through_broker(code: MessageCode, party: Party) -> OtherInformation:
    certificate = party.agreement.certificate.der if READS[code].encrypted else None
    return OtherInformation(code, party.eui, OriginatorCounter(9), None, certificate)


def keys_of(world: World, response: Message, party: Party) -> AttributeProtection:
    header, device = response.header, world.device
    counter = header.other.supplementary_originator_counter or header.originator_counter
    shared = SENDERS.agree(party.agreement.key, device.agreement.public_point)
    return AttributeProtection.between(SENDERS, shared, device.eui, counter, party.eui)


def opened(world: World, response: Message, party: Party) -> DlmsReading | tuple[PartAnswer, ...]:
    """What a response says to a party; raises where it is not for that party."""
    code, keys = response.code, keys_of(world, response, party)
    if code in DLMS_READS:
        return open_dlms_reading(DLMS_READS[code], response.payload, ReadExchange.of(response.header), keys)
    return open_gbz_reading(GBZ_READS[code], response.payload, keys)


def read(world: World, code: MessageCode, at: datetime = NOW, period: Period | None = None) -> DlmsReading:
    """What the supplier reads from an electricity meter."""
    response = only_sent(world.send(ask(world, code, SUPPLIER, period), at))
    reading = opened(world, response, SUPPLIER)
    assert isinstance(reading, DlmsReading)
    assert reading.complete
    return reading


def read_gas(
    world: World, code: MessageCode, at: datetime = NOW, period: Period | None = None
) -> tuple[PartAnswer, ...]:
    """What the supplier reads from a gas device."""
    answers = opened(world, only_sent(world.send(ask(world, code, SUPPLIER, period), at)), SUPPLIER)
    assert not isinstance(answers, DlmsReading)
    return answers


# --- who may ask ------------------------------------------------------------------------------------

# Supplier, network operator, access control broker: as the annex has it.
WHO_MAY = {
    ECS17A: "NA", ECS17B: "SN", ECS17C: "SNA", ECS17D: "SN", ECS17E: "SN", ECS19: "S", ECS21B: "SA",
    ECS21C: "A", ECS22A: "NA", ECS22B: "SNA", ECS22C: "SNA", ECS23: "SNA", ECS35A: "SNA", ECS35B: "SNA",
    ECS52: "SNA", ECS66: "SNA", ECS26I: "A", ECS26M: "SNA", ECS26N: "A", ECS35C: "A", ECS35D: "A",
    ECS35E: "SNA", ECS35F: "S", ECS35G: "SN", ECS25R1: "S", ECS25R2: "N", ECS40: "SNA",
    CS10A: "SNA", CS10B: "SNA", GCS13A: "SN", GCS13B: "S", GCS13C: "SN",
    GCS14: "S", GCS16A: "SA", GCS17: "SNA", GCS18: "SA", GCS38: "SNA", GCS46: "SNA", GCS21E: "S",
    GCS21M: "SNA", GCS61: "SNA",
}  # fmt: skip
PARTIES = {"S": SUPPLIER, "N": OPERATOR, "A": ACB}
KNOWN_TO = {Esme: "SNA", Gsme: "SA", Gpf: "SNA", Chf: "A"}
OF_THE_HUB = (ECS26I, ECS26N, ECS35C, ECS35D)
ANSWERS: list[tuple[type[Device], MessageCode]] = [
    *[(Esme, code) for code in DLMS_READS if code not in OF_THE_HUB],
    *[(Chf, code) for code in (*OF_THE_HUB, ECS52)],
    *[(Gsme, code) for code in GBZ_READS if code != GCS61],
    *[(Gpf, code) for code in GBZ_READS if code not in (GCS18, GCS21E, GCS21M)],
]
every_read = pytest.mark.parametrize(
    ("kind", "code"), ANSWERS, ids=lambda value: getattr(value, "__name__", str(value))
)


def test_the_table_of_who_may_read_has_every_read() -> None:
    assert set(WHO_MAY) == set(READS)


@every_read
def test_who_may_reads_and_who_may_not_is_refused(kind: type[Device], code: MessageCode) -> None:
    for letter, party in PARTIES.items():
        world = World(kind)
        effects = world.send(ask(world, code, party, YESTERDAY))
        may = letter in WHO_MAY[code] and letter in KNOWN_TO[kind]
        assert effects.accepted == may, letter
        if may:
            response = only_sent(effects)
            point = world.device.agreement.public_point
            assert mac_verifies(response, party.agreement.key, point, SENDERS)
            assert (response.header.date_time is not None) == READS[code].dated
            opened(world, response, party)
        else:
            assert effects.entry.refusal is Refusal.NO_AUTHORITY
            assert only_sent(effects).header.target == (ACB if kind is Chf else SUPPLIER).eui


@every_read
def test_others_read_through_the_broker_if_it_may(kind: type[Device], code: MessageCode) -> None:
    world = World(kind)
    effects = world.send(ask(world, code, ACB, YESTERDAY, other=through_broker(code, STRANGER)))
    assert effects.accepted == ("A" in WHO_MAY[code])
    if effects.accepted:
        response = only_sent(effects)
        assert response.header.target == ACB.eui
        assert mac_verifies(response, ACB.agreement.key, world.device.agreement.public_point, SENDERS)
        opened(world, response, STRANGER)


@pytest.mark.parametrize("party", [OTHER_OPERATOR, TRANSITIONAL_COS, RECOVERY, STRANGER])
def test_whoever_is_in_no_reading_cell_reads_nothing(party: Party) -> None:
    for kind, code in ((Esme, ECS52), (Gsme, GCS38), (Gpf, GCS38)):
        world = World(kind)
        assert world.send(ask(world, code, party)).entry.refusal is Refusal.NO_AUTHORITY


def test_a_hub_says_its_firmware_and_nothing_that_is_for_meters() -> None:
    world = World(Chf)
    response = only_sent(world.send(ask(world, ECS52, ACB, other=through_broker(ECS52, STRANGER))))
    reading = open_dlms_reading(DLMS_READS[ECS52], response.payload, ReadExchange.of(response.header))
    assert reading.value(METER_VERSION) == Firmware().version
    assert world.send(ask(world, ECS35A, ACB, YESTERDAY)).entry.refusal is Refusal.UNSUPPORTED


# --- who can read the answer ------------------------------------------------------------------------


@every_read
def test_what_is_sensitive_is_readable_by_the_asking_party_alone(
    kind: type[Device], code: MessageCode
) -> None:
    asking = next(PARTIES[letter] for letter in WHO_MAY[code] if letter in KNOWN_TO[kind])
    world = World(kind)
    started = world.device.state.configuration._replace(network_log_started=NOW - DAY)
    world.device.state = world.device.state._replace(configuration=started)
    response = only_sent(world.send(ask(world, code, asking, Period(NOW - 3 * DAY, NOW))))
    assert opened(world, response, asking) is not None
    for other in {SUPPLIER, OPERATOR, ACB, STRANGER} - {asking}:
        if READS[code].encrypted:
            with pytest.raises(GbcsError, match="tag does not verify"):
                opened(world, response, other)
        else:
            assert opened(world, response, other) == opened(world, response, asking)


def test_no_two_answers_are_encrypted_alike() -> None:
    world = World()
    first, second = (only_sent(world.send(ask(world, ECS17B, SUPPLIER, counter=number))) for number in (5, 6))
    assert opened(world, first, SUPPLIER) == opened(world, second, SUPPLIER)
    keys = keys_of(world, second, SUPPLIER)
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_dlms_reading(DLMS_READS[ECS17B], first.payload, ReadExchange.of(first.header), keys)


def test_a_party_behind_the_broker_is_answered_under_the_devices_own_next_number() -> None:
    world = World()
    octets = ask(world, ECS22B, ACB, YESTERDAY, other=through_broker(ECS22B, STRANGER))
    first, second = (only_sent(world.send(octets)) for _ in range(2))
    numbers = [each.header.other.supplementary_originator_counter for each in (first, second)]
    assert numbers == [1, 2]
    assert opened(world, first, STRANGER) == opened(world, second, STRANGER)
    for response in (first, second):
        with pytest.raises(GbcsError, match="tag does not verify"):
            opened(world, response, ACB)
    # What goes out next has a number of its own.
    refused = world.send(flip(octets, -1))
    assert only_sent(refused).header.originator_counter == 3


@pytest.mark.parametrize("loss", PowerLoss)
def test_a_number_for_a_party_behind_the_broker_outlives_the_power(loss: PowerLoss) -> None:
    world = World()
    octets = ask(world, ECS22B, ACB, YESTERDAY, other=through_broker(ECS22B, STRANGER))
    world.device.faults = world.device.faults._replace(power_loss=loss)
    assert world.send(octets).sent == ()
    spent = 1 if loss is PowerLoss.AFTER_COMMIT else 0
    response = only_sent(world.send(octets))
    assert response.header.other.supplementary_originator_counter == spent + 1


# --- reads are not protected against replay ---------------------------------------------------------


@pytest.mark.parametrize(("kind", "code"), [pair for pair in ANSWERS if pair[0] is not Chf])
def test_an_old_number_is_answered_again_and_nothing_changes(kind: type[Device], code: MessageCode) -> None:
    party = next(PARTIES[letter] for letter in WHO_MAY[code] if letter in KNOWN_TO[kind])
    world = World(kind)
    assert world.send(world.update_octets(BY_SUPPLIER, 5000, new=SUPPLIER)).accepted
    before = world.device.state
    octets = ask(world, code, party, YESTERDAY, counter=1)
    first, again = world.send(octets), world.send(octets)
    assert first.accepted
    assert again == first
    assert world.device.state == before


@every_read
def test_a_damaged_or_signed_read_is_refused(kind: type[Device], code: MessageCode) -> None:
    party = next(PARTIES[letter] for letter in WHO_MAY[code] if letter in KNOWN_TO[kind])
    world = World(kind)
    good = ask(world, code, party, YESTERDAY)
    message = parse(good)
    assert world.send(flip(good, -1)).entry.refusal is Refusal.WRONG_MAC
    bare = message._replace(mac=None)
    assert world.send(world.protected(bare, party)).entry.refusal is Refusal.WRONG_MAC
    for payload in (b"", message.payload[:-1], message.payload + b"\0"):
        spoilt = world.protected(bare._replace(payload=payload), None)
        assert world.send(spoilt).entry.refusal is Refusal.MALFORMED
    assert world.send(good).accepted


# --- what is read is what the device is -------------------------------------------------------------

steps = st.lists(st.integers(1, 40 * 86_400), min_size=2, max_size=5)


@SUITE
@given(steps)
def test_electricity_that_is_read_never_decreases_and_half_hours_add_up(seconds: list[int]) -> None:
    world, at = World(), [MADE]
    for step in seconds:
        at.append(at[-1] + timedelta(seconds=step))
    readings = [read(world, ECS17B, moment).value(IMPORT_REGISTERS) for moment in at]
    energy = [registers.active_wh for registers in readings if registers is not None]
    assert energy[0] == 0
    assert all(earlier <= later for earlier, later in pairwise(energy))
    whole = read(world, ECS22B, at[-1], Period(MADE, at[-1])).value(IMPORT_PROFILE) or ()
    # Half hours are counted when they have ended; the meter was made at a half hour.
    ended = at[-1] - (at[-1] - MADE) % HALF_HOUR
    at_the_end = read(world, ECS17B, ended).value(IMPORT_REGISTERS)
    assert at_the_end is not None
    assert sum(entry.primary_wh for entry in whole) == at_the_end.active_wh
    rates = read(world, ECS17D, at[-1]).value(TIME_OF_USE)
    assert rates is not None
    assert sum(rates.primary_wh) == energy[-1]
    days = read(world, ECS66, at[-1], Period(MADE, at[-1])).value(DAILY_CONSUMPTION) or ()
    for entry in days:
        of_the_day = [each.primary_wh for each in whole if entry.at - DAY < each.at <= entry.at]
        assert sum(of_the_day) == entry.amount


@pytest.mark.parametrize("kind", [Gsme, Gpf])
@SUITE
@given(seconds=steps)
def test_gas_that_is_read_never_decreases_and_half_hours_add_up(
    kind: type[Device], seconds: list[int]
) -> None:
    world, at = World(kind), [MADE]
    for step in seconds:
        at.append(at[-1] + timedelta(seconds=step))
    litres = [attribute_value(read_gas(world, GCS13A, moment)[0], CURRENT_SUMMATION) for moment in at]
    assert litres[0] == 0
    assert all(earlier <= later for earlier, later in pairwise(litres))  # type: ignore[operator]
    start, end = MADE + DAY, MADE + 3 * DAY
    (samples,) = read_gas(world, GCS17, end + HALF_HOUR, Period(start, end))
    assert isinstance(samples, Samples)
    moments = (start, end + HALF_HOUR)
    bounds = [attribute_value(read_gas(world, GCS13A, each)[0], CURRENT_SUMMATION) for each in moments]
    assert sum(samples.amounts) == bounds[1] - bounds[0]  # type: ignore[operator]


def test_two_meters_measure_differently_and_a_restored_one_alike() -> None:
    world = World()
    first = read(world, ECS17B)
    world.device = restore(snapshot(world.device), world.context)
    assert read(world, ECS17B) == first
    gas = {attribute_value(read_gas(World(kind), GCS13A)[0], CURRENT_SUMMATION) for kind in (Gsme, Gpf)}
    assert len(gas) == 2


def test_the_firmware_that_is_in_use_is_read() -> None:
    version = FirmwareVersion(b"\x01\x23\xab\xcd")
    esme, gsme = World(), World(Gsme)
    for world in (esme, gsme):
        world.device.state = world.device.state._replace(firmware=Firmware(version))
    assert read(esme, ECS52).value(METER_VERSION) == version
    assert attribute_value(read_gas(gsme, GCS38)[0], FIRMWARE_VERSION) == version


def test_the_balance_is_that_of_the_top_ups() -> None:
    top_up = TopUpState(balance=MeterBalance().moved(1_234_000, NOW - DAY))
    esme, gsme = World(), World(Gsme)
    for world in (esme, gsme):
        world.device.state = world.device.state._replace(top_up=top_up)
    assert read(esme, ECS19).value(PREPAYMENT_BALANCES) == (1_234_000, 0, 0, 0, 0, 0)
    assert attribute_value(read_gas(gsme, GCS14)[1], CREDIT_REMAINING) == 1_234_000


def test_the_logs_are_what_the_device_wrote_down() -> None:
    world = World()
    due = NOW + timedelta(hours=1)
    assert world.send(world.update_octets(BY_SUPPLIER, 10, new=SUPPLIER)).accepted
    assert not world.send(world.update_octets(BY_SUPPLIER, 10, new=SUPPLIER), NOW + SECOND).accepted
    held = world.update_octets(BY_SUPPLIER, 11, new=SUPPLIER, execution_date_time=due)
    assert world.send(held, NOW + 2 * SECOND).accepted
    assert world.device.advance(due)
    later = Period(NOW, due)
    security = read(world, ECS35B, due, later).value(SECURITY_LOG)
    assert security == (
        SecurityEntry(NOW, 0x8F70),
        SecurityEntry(NOW + SECOND, 0x8F53),
        SecurityEntry(NOW + 2 * SECOND, 0x8F70),
        SecurityEntry(due, 0x8F70),
    )
    assert read(world, ECS35A, due, later).value(EVENT_LOG) == (EventEntry(due, 0x8F66, b""),)


@pytest.mark.parametrize("status", TimeStatus)
def test_a_gas_meter_says_how_far_it_trusts_its_clock(status: TimeStatus) -> None:
    world = World(Gsme)
    world.device.state = world.device.state._replace(clock=DeviceClock(status))
    date_time = only_sent(world.send(ask(world, GCS13A, SUPPLIER))).header.date_time
    assert date_time is not None
    assert date_time.clock_status == status


def test_a_use_case_that_fails_is_answered_with_its_code() -> None:
    world = World()
    world.device.state = world.device.state._replace(defects=(Defect(ECS17B, AccessCode.HARDWARE_FAULT),))
    response = only_sent(world.send(ask(world, ECS17B, SUPPLIER)))
    assert opened(world, response, SUPPLIER) == DlmsReading((AccessCode.HARDWARE_FAULT,), {})
    assert read(world, ECS17D).complete
