"""Devices answer the reads of the tables: from one model, to who may ask, encrypted for whom it is meant."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from device_worlds import (
    ACB,
    MADE,
    NOW,
    OPERATOR,
    SENDERS,
    STRANGER,
    SUPPLIER,
    Party,
    World,
    flip,
    only_sent,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import mutations

from devices.comms_hub import Chf
from devices.esme import Esme
from devices.event_log import CREDENTIALS_UPDATED, LoggedEvent, event_log, events_in, security_log
from devices.gas_view import ATTRIBUTE_SOURCES, COMMAND_SOURCES
from devices.gbcs import dlms, gbz
from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.dlms import AccessCode, AccessService
from devices.gbcs.dlms_data import NULL, unsigned
from devices.gbcs.dlms_reads import (
    DlmsReading,
    ReadExchange,
    build_dlms_command,
    encode_dlms_reading,
    open_dlms_reading,
)
from devices.gbcs.dlms_times import Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import (
    ALL_GBZ_READS,
    BLOCK_SUMMATIONS,
    CREDIT_REMAINING,
    CS10A,
    CS10B,
    CURRENT_SUMMATION,
    DIVISOR,
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
    GCS61,
    TIER_SUMMATIONS,
)
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import (
    AttributesPart,
    CommandPart,
    PartAnswer,
    attribute_value,
    build_gbz_command,
    open_gbz_reading,
)
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime, Message, OtherInformation
from devices.gbcs.read_table import (
    ACTIVE_EXPORT,
    ALL_DLMS_READS,
    DAILY_CONSUMPTION,
    DAILY_EXPORT,
    DLMS_READS,
    ECS17A,
    ECS17B,
    ECS17C,
    ECS17D,
    ECS19,
    ECS21B,
    ECS21C,
    ECS22A,
    ECS22B,
    ECS22C,
    ECS23,
    ECS26I,
    ECS26N,
    ECS35A,
    ECS35B,
    ECS35C,
    ECS35D,
    ECS52,
    ECS66,
    EVENT_LOG,
    EXPORT_PROFILE,
    IMPORT_POWER,
    IMPORT_PROFILE,
    IMPORT_REGISTERS,
    PREPAYMENT_BALANCES,
    PREPAYMENT_LOG,
    REACTIVE_EXPORT,
    REACTIVE_IMPORT_PROFILE,
    SECURITY_LOG,
    TIME_OF_USE,
    EventEntry,
    SecurityEntry,
)
from devices.gbcs.read_table import FIRMWARE_VERSION as METER_FIRMWARE_VERSION
from devices.gbcs.zcl import (
    AttributeId,
    ReadAttributes,
    ReadAttributesResponse,
    ZclStatus,
)
from devices.gbcs.zcl_commands import DefaultResponse, Samples, SamplesRequest, Snapshot
from devices.gbcs.zcl_events import Events, ZclEvent
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.management_state import Defect
from devices.meter_balance import MeterBalance
from devices.meter_reading import read_handlers, view_of
from devices.meter_view import SOURCES, MeterView
from devices.metering import Meter, Quantity
from devices.security_log import LogEntry, Refusal
from devices.table_reads import (
    FOREIGN_ITEM,
    FOREIGN_SELECTION,
    NOT_TRIED,
    answer_dlms_read,
    answer_gbz_read,
)

SUITE = settings(max_examples=60, deadline=None)
DAY, HALF_HOUR, SECOND = timedelta(days=1), timedelta(minutes=30), timedelta(seconds=1)
EXPORTING = Eui64(bytes.fromhex("00DB000000000003"))
METER = Meter(EXPORTING, MADE)
MONTH = Period(NOW - 20 * DAY, NOW - DAY)
CREDIT = MeterBalance().moved(1_000_000, NOW - 10 * DAY).moved(500, NOW - DAY)
EVENTS = ((NOW - 3 * DAY, 0x8F49), (NOW - 2 * DAY, 0x8154), (NOW - HALF_HOUR, 0x8F66))
LOG = (*[LogEntry(at, None, "x", event=code) for at, code in EVENTS], LogEntry(NOW, Refusal.REPLAY, "x"))
VIEW = MeterView(METER, LOG, CREDIT, b"\x01\x02\x03\x04")
EXCHANGE = ReadExchange(OriginatorCounter(77), SUPPLIER.eui, EXPORTING)
KEYS = AttributeProtection.between(SENDERS, bytes(32), EXPORTING, EXCHANGE.counter, SUPPLIER.eui)


def test_the_home_of_these_tests_exports() -> None:
    assert METER.exports


# --- an electricity meter's answers -----------------------------------------------------------------


def read_meter(code: MessageCode, period: Period | None = None) -> DlmsReading:
    read = DLMS_READS[code]
    command = build_dlms_command(read, EXCHANGE, period)
    answer = answer_dlms_read(read, command, EXCHANGE, VIEW, NOW, KEYS)
    assert answer.encrypted == (read.protected_by is not None)
    reading = open_dlms_reading(read, answer.payload, EXCHANGE, KEYS)
    assert encode_dlms_reading(read, EXCHANGE, reading, KEYS) == answer.payload
    return reading


@pytest.mark.parametrize("read", ALL_DLMS_READS, ids=lambda read: str(read.code))
def test_every_read_of_the_table_is_answered_in_full(read: Any) -> None:
    reading = read_meter(read.code, MONTH if read.by_period else None)
    assert reading.complete
    assert set(reading.values) == set(read.items)


def test_every_item_of_the_tables_has_a_source() -> None:
    assert set(SOURCES) == {item for read in ALL_DLMS_READS for item in read.items}
    parts = [part for read in ALL_GBZ_READS for part in read.parts]
    assert set(COMMAND_SOURCES) == {part for part in parts if isinstance(part, CommandPart)}
    asked = {
        (part.cluster, each) for part in parts if isinstance(part, AttributesPart) for each in part.attributes
    }
    assert set(ATTRIBUTE_SOURCES) == asked


def test_registers_are_those_of_the_model() -> None:
    registers = read_meter(ECS17B).value(IMPORT_REGISTERS)
    assert registers is not None
    assert registers.active_wh == METER.import_energy_wh(NOW) > 0
    assert registers.reactive_varh == METER.register(Quantity.REACTIVE_IMPORT, NOW) > 0
    export = read_meter(ECS17A)
    assert export.value(ACTIVE_EXPORT) == METER.register(Quantity.ACTIVE_EXPORT, NOW)
    assert export.value(REACTIVE_EXPORT) == METER.register(Quantity.REACTIVE_EXPORT, NOW)
    rates = read_meter(ECS17D).value(TIME_OF_USE)
    assert rates is not None
    assert (sum(rates.primary_wh), rates.secondary_wh) == (registers.active_wh, None)
    power = read_meter(ECS17C).value(IMPORT_POWER)
    assert power is not None
    assert power.total_w == power.primary_w == METER.import_power_w(NOW)


def test_logs_agree_with_the_registers() -> None:
    start, end = MONTH
    profile = read_meter(ECS22B, MONTH).value(IMPORT_PROFILE) or ()
    assert (profile[0].at, profile[-1].at) == (start, end)
    used = METER.import_energy_wh(end) - METER.import_energy_wh(start - HALF_HOUR)
    assert sum(entry.primary_wh for entry in profile) == used
    export = read_meter(ECS22A, MONTH).value(EXPORT_PROFILE) or ()
    made = [METER.register(Quantity.ACTIVE_EXPORT, moment) for moment in (start - HALF_HOUR, end)]
    assert sum(entry.active_wh for entry in export) == made[1] - made[0]
    reactive = read_meter(ECS22C, MONTH).value(REACTIVE_IMPORT_PROFILE) or ()
    assert len(reactive) == len(export) == len(profile) == 19 * 48 + 1
    daily = read_meter(ECS66, MONTH).value(DAILY_CONSUMPTION) or ()
    for entry in daily:
        half_hours = [each.primary_wh for each in profile if entry.at - DAY < each.at <= entry.at]
        assert len(half_hours) < 48 or sum(half_hours) == entry.amount
    readings = read_meter(ECS21C, MONTH).value(DAILY_EXPORT) or ()
    assert [entry.at for entry in readings] == [entry.at for entry in daily]
    assert all(entry.amount == METER.register(Quantity.ACTIVE_EXPORT, entry.at) for entry in readings)


def test_balance_firmware_and_events_are_those_of_the_view() -> None:
    balances = read_meter(ECS19).value(PREPAYMENT_BALANCES)
    assert balances == (1_000_500, 0, 0, 0, 0, 0)
    log = read_meter(ECS21B, MONTH).value(PREPAYMENT_LOG) or ()
    assert {entry.at < NOW - 10 * DAY: entry.meter_balance for entry in log} == {True: 0, False: 1_000_000}
    assert read_meter(ECS52).value(METER_FIRMWARE_VERSION) == VIEW.firmware_version
    week = Period(NOW - 7 * DAY, NOW - HALF_HOUR - SECOND)
    assert read_meter(ECS35A, week).value(EVENT_LOG) == (EventEntry(*EVENTS[1], b""),)
    assert read_meter(ECS35B, week).value(SECURITY_LOG) == (SecurityEntry(*EVENTS[0]),)
    assert read_meter(ECS35B, Period(NOW, NOW)).value(SECURITY_LOG) == (SecurityEntry(NOW, 0x8F53),)
    assert read_meter(ECS35B, Period(NOW + SECOND, NOW + DAY)).value(SECURITY_LOG) == ()


def test_a_balance_beyond_32_bits_is_shown_as_far_as_they_go() -> None:
    for millipence, shown in ((2**31, 2**31 - 1), (-(2**31) - 1, -(2**31))):
        assert VIEW._replace(balance=MeterBalance(millipence)).balance_at(NOW) == shown


def test_the_whole_import_profile_is_answered() -> None:
    old = VIEW._replace(meter=Meter(EXPORTING, NOW - timedelta(days=1000)))
    read = DLMS_READS[ECS22B]
    always = Period(NOW - timedelta(days=999), NOW)
    answer = answer_dlms_read(read, build_dlms_command(read, EXCHANGE, always), EXCHANGE, old, NOW, KEYS)
    entries = open_dlms_reading(read, answer.payload, EXCHANGE, KEYS).value(IMPORT_PROFILE) or ()
    assert (len(entries), entries[-1].at) == (19_056, NOW)


def codes_of(payload: bytes, code: MessageCode) -> list[AccessCode]:
    answer = answer_dlms_read(DLMS_READS[code], payload, EXCHANGE, VIEW, NOW, KEYS)
    assert not answer.encrypted
    return [result.code for result in dlms.decode_response(answer.payload).results]


def test_a_plain_item_outside_the_use_case_stops_the_reading() -> None:
    request = dlms.decode_request(build_dlms_command(DLMS_READS[ECS17A], EXCHANGE))
    first, second, *rest = request.specifications
    strange = second._replace(member=9)
    asked = request._replace(specifications=(first, strange, *rest))
    other = AccessCode.OTHER_REASON
    assert codes_of(dlms.encode(asked), ECS17A) == [AccessCode.SUCCESS, FOREIGN_ITEM, other, other]
    twice = request._replace(specifications=(first, first, *rest))
    assert codes_of(dlms.encode(twice), ECS17A)[:2] == [AccessCode.SUCCESS, FOREIGN_ITEM]
    written = request._replace(
        specifications=(first._replace(service=AccessService.SET), second, *rest),
        data=(unsigned(8, 1), NULL, NULL, NULL),
    )
    assert codes_of(dlms.encode(written), ECS17A)[0] is FOREIGN_ITEM


def test_a_selection_that_is_no_period_is_refused() -> None:
    request = dlms.decode_request(build_dlms_command(DLMS_READS[ECS22C], EXCHANGE, MONTH))
    (item,) = request.specifications
    assert item.selection is not None
    strange = item._replace(selection=item.selection._replace(selector=2))
    assert codes_of(dlms.encode(request._replace(specifications=(strange,))), ECS22C) == [FOREIGN_SELECTION]
    without = item._replace(service=AccessService.GET, selection=None)
    assert codes_of(dlms.encode(request._replace(specifications=(without,))), ECS22C) == [FOREIGN_ITEM]


def test_a_protected_read_of_another_attribute_party_or_period_is_refused() -> None:
    other = DLMS_READS[ECS22B]._replace(items=(DAILY_CONSUMPTION,))
    asked = build_dlms_command(other, EXCHANGE, MONTH)
    assert codes_of(asked, ECS22B) == [FOREIGN_ITEM]
    for exchange in (EXCHANGE._replace(party=STRANGER.eui), EXCHANGE._replace(requester=STRANGER.eui)):
        strange = build_dlms_command(DLMS_READS[ECS22B], exchange, MONTH)
        assert codes_of(strange, ECS22B) == [FOREIGN_SELECTION]


def test_a_command_of_another_use_case_or_counter_is_malformed() -> None:
    later = EXCHANGE._replace(counter=OriginatorCounter(78))
    for payload, what in (
        (build_dlms_command(DLMS_READS[ECS52], EXCHANGE), "other items"),
        (
            build_dlms_command(DLMS_READS[ECS17B], later),
            "invoke-id",
        ),
    ):
        with pytest.raises(GbcsError, match=what):
            answer_dlms_read(DLMS_READS[ECS17B], payload, EXCHANGE, VIEW, NOW, KEYS)


def test_after_an_item_that_fails_a_meter_reads_nothing_more() -> None:
    def codes(code: MessageCode, fault: Defect, period: Period | None = None) -> list[AccessCode]:
        command = build_dlms_command(DLMS_READS[code], EXCHANGE, period)
        answer = answer_dlms_read(DLMS_READS[code], command, EXCHANGE, VIEW, NOW, KEYS, fault)
        assert not answer.encrypted
        return [result.code for result in dlms.decode_response(answer.payload).results]

    success, broken, other = AccessCode.SUCCESS, AccessCode.HARDWARE_FAULT, AccessCode.OTHER_REASON
    assert codes(ECS17A, Defect(ECS17A, broken, 2)) == [success, success, broken, other]
    assert codes(ECS17A, Defect(ECS17A, broken, 0)) == [broken, other, other, other]
    assert codes(ECS23, Defect(ECS23, broken, 5), MONTH) == [success] * 5 + [broken]
    assert codes(ECS22B, Defect(ECS22B, broken), MONTH) == [broken]


# --- a gas device's answers -------------------------------------------------------------------------


def read_gas(code: MessageCode, period: Period | None = None) -> tuple[PartAnswer, ...]:
    read = GBZ_READS[code]
    answer = answer_gbz_read(read, build_gbz_command(read, period), VIEW, NOW, KEYS)
    answers = open_gbz_reading(read, answer.payload, KEYS)
    pairs = zip(read.parts, answers, strict=True)
    answered = [part.encrypted and not isinstance(each, DefaultResponse) for part, each in pairs]
    assert answer.encrypted == any(answered)
    return answers


@pytest.mark.parametrize("read", ALL_GBZ_READS, ids=lambda read: str(read.code))
def test_every_gas_read_of_the_table_is_answered(read: Any) -> None:
    answers = read_gas(read.code, MONTH if read.by_period else None)
    for answer in answers:
        if isinstance(answer, ReadAttributesResponse):
            assert all(record.status is ZclStatus.SUCCESS for record in answer.records)
    assert not isinstance(answers[0], DefaultResponse) or read.code in (CS10B, GCS18)


def test_gas_registers_are_those_of_the_model() -> None:
    litres = METER.gas_volume_litres(NOW)
    (tiers,), (blocks,) = read_gas(GCS13C), read_gas(GCS13B)
    assert [attribute_value(tiers, each) for each in TIER_SUMMATIONS] == [litres, 0, 0, 0]
    assert [attribute_value(blocks, each) for each in BLOCK_SUMMATIONS] == [0, 0, 0, 0]
    assert attribute_value(tiers, DIVISOR) == 1000
    (consumption,) = read_gas(GCS13A)
    assert attribute_value(consumption, CURRENT_SUMMATION) == litres
    (version,) = read_gas(GCS38)
    assert attribute_value(version, FIRMWARE_VERSION) == VIEW.firmware_version
    _, credit = read_gas(GCS14)
    assert attribute_value(credit, CREDIT_REMAINING) == 1_000_500


def test_gas_samples_are_those_of_the_profile() -> None:
    (answer,) = read_gas(GCS17, Period(MONTH.start, MONTH.start + DAY))
    assert isinstance(answer, Samples)
    assert (answer.start, len(answer.amounts)) == (MONTH.start, 49)
    used = METER.gas_volume_litres(MONTH.start + DAY + HALF_HOUR) - METER.gas_volume_litres(MONTH.start)
    assert sum(answer.amounts) == used
    (recent,) = read_gas(GCS17, Period(NOW - HALF_HOUR, NOW + DAY))
    assert isinstance(recent, Samples)
    assert (recent.start, len(recent.amounts)) == (NOW - HALF_HOUR, 1)
    nothing = (DefaultResponse(0x08, ZclStatus.NOT_FOUND),)
    assert read_gas(GCS17, Period(NOW, NOW + DAY)) == nothing
    assert read_gas(GCS17, Period(MADE - DAY, MADE - HALF_HOUR)) == nothing


def test_samples_of_another_kind_are_refused() -> None:
    (component,) = gbz.decode(build_gbz_command(GBZ_READS[GCS17], MONTH))
    for change, status in (({"kind": 1}, ZclStatus.INVALID_FIELD), ({"samples": 0}, ZclStatus.NOT_FOUND)):
        asked = SamplesRequest(MONTH.start, 5)._replace(**change)
        body = gbz.encode((component._replace(body=component.body._replace(octets=asked.octets())),))  # type: ignore[union-attr, call-arg]
        answer = answer_gbz_read(GBZ_READS[GCS17], body, VIEW, NOW, KEYS)
        assert not answer.encrypted
        assert open_gbz_reading(GBZ_READS[GCS17], answer.payload, KEYS) == (DefaultResponse(0x08, status),)


def test_snapshots_are_the_midnights_of_the_period() -> None:
    answers = read_gas(GCS16A, Period(NOW - 3 * DAY, NOW))
    first, second, third, fourth, *_ = answers
    midnight = NOW.replace(hour=0)
    for number, answer in enumerate((first, second, third)):
        assert isinstance(answer, Snapshot)
        at = midnight - (2 - number) * DAY
        assert (answer.snapshot_id, answer.at, answer.total) == (number, at, 3)
        assert answer.registers.summation == METER.gas_volume_litres(at) == sum(answer.registers.tiers)
    assert fourth == DefaultResponse(0x06, ZclStatus.NOT_FOUND)
    assert len(answers) == 31


def test_gas_events_are_those_of_the_view() -> None:
    (events,) = read_gas(CS10A, Period(NOW - 2 * DAY, NOW))
    assert events == Events(tuple([ZclEvent(3, code, at) for at, code in EVENTS[1:]]))
    (security,) = read_gas(CS10B, Period(NOW - 3 * DAY, NOW))
    assert security == Events((ZclEvent(4, 0x8F49, NOW - 3 * DAY), ZclEvent(4, 0x8F53, NOW)))
    nothing = read_gas(CS10B, Period(NOW + SECOND, NOW + DAY))
    assert nothing == (DefaultResponse(0x00, ZclStatus.NOT_FOUND),)


def test_after_a_part_that_fails_no_further_one_is_tried() -> None:
    def answers(code: MessageCode, item: int, period: Period | None = None) -> tuple[PartAnswer, ...]:
        read, fault = GBZ_READS[code], Defect(code, ZclStatus.HARDWARE_FAILURE, item)
        answer = answer_gbz_read(read, build_gbz_command(read, period), VIEW, NOW, KEYS, fault)
        return open_gbz_reading(read, answer.payload, KEYS)

    def statuses(answer: PartAnswer) -> list[ZclStatus]:
        assert isinstance(answer, ReadAttributesResponse)
        return [record.status for record in answer.records]

    good, broken = ZclStatus.SUCCESS, ZclStatus.HARDWARE_FAILURE
    currency, prepayment = answers(GCS14, 1)
    assert (statuses(currency), prepayment) == ([good, broken], NOT_TRIED)
    currency, prepayment = answers(GCS14, 2)
    assert (statuses(currency), statuses(prepayment)) == ([good, good], [broken] + [good] * 5)
    (samples,) = answers(GCS17, 0, MONTH)
    assert samples == DefaultResponse(0x08, broken)
    snapshots = answers(GCS16A, 1, Period(NOW - 3 * DAY, NOW))
    assert isinstance(snapshots[0], Snapshot)
    assert snapshots[1:] == (DefaultResponse(0x06, broken), *[NOT_TRIED] * 29)


def test_an_attribute_outside_the_use_case_is_refused_and_the_others_are_read() -> None:
    (component,) = gbz.decode(build_gbz_command(GBZ_READS[GCS38]))

    def asking(*attributes: int) -> bytes:
        body = ReadAttributes(tuple(AttributeId(each) for each in attributes))
        return gbz.encode((component._replace(body=body),))

    answer = answer_gbz_read(GBZ_READS[GCS38], asking(1, 0x0206), VIEW, NOW)
    (answered,) = gbz.decode(answer.payload)
    assert isinstance(answered.body, ReadAttributesResponse)
    assert [record.status for record in answered.body.records] == [
        ZclStatus.UNSUPPORTED_ATTRIBUTE,
        ZclStatus.SUCCESS,
    ]
    answer_gbz_read(GBZ_READS[GCS38], asking(*[1] * 64), VIEW, NOW)
    with pytest.raises(GbcsError, match="65, expected up to 64"):
        answer_gbz_read(GBZ_READS[GCS38], asking(*[1] * 65), VIEW, NOW)


@SUITE
@given(st.data())
def test_damaged_commands_are_answered_or_raise_the_one_error(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from((ECS17A, ECS22B, ECS22C, ECS35B)))
    read = DLMS_READS[code]
    command = build_dlms_command(read, EXCHANGE, Period(NOW - DAY, NOW) if read.by_period else None)
    with suppress(GbcsError):
        answer = answer_dlms_read(read, data.draw(mutations(command)), EXCHANGE, VIEW, NOW, KEYS)
        dlms.decode_response(answer.payload)
    gas = GBZ_READS[data.draw(st.sampled_from((GCS14, GCS17, CS10A)))]
    asked = build_gbz_command(gas, Period(NOW - DAY, NOW) if gas.by_period else None)
    with suppress(GbcsError):
        gbz.decode(answer_gbz_read(gas, data.draw(mutations(asked)), VIEW, NOW, KEYS).payload)


# --- the security log as it is read -----------------------------------------------------------------


def test_a_log_entry_is_read_by_its_code() -> None:
    log = [
        LogEntry(NOW, Refusal.REPLAY, "x"),
        LogEntry(NOW + SECOND, Refusal.NOT_ADDRESSED, "x"),
        LogEntry(NOW + 2 * SECOND, None, "updated", ReplacementMode.SUPPLIER_BY_SUPPLIER.message_code),
        LogEntry(NOW + 3 * SECOND, None, "joined", event=0x8F49),
        LogEntry(NOW + 4 * SECOND, Refusal.TOP_UP, "x", event=0x8F63),
        LogEntry(NOW + 5 * SECOND, None, "nothing that has a code"),
    ]
    assert security_log(log) == (
        LoggedEvent(NOW, 0x8F53),
        LoggedEvent(NOW + 2 * SECOND, CREDENTIALS_UPDATED),
        LoggedEvent(NOW + 3 * SECOND, 0x8F49),
        LoggedEvent(NOW + 4 * SECOND, 0x8F63),
    )
    assert event_log(log) == ()


def test_a_held_update_stands_in_both_logs() -> None:
    code = ReplacementMode.SUPPLIER_BY_SUPPLIER.message_code
    log = [LogEntry(NOW, None, "executed", code, event=0x8F66)]
    assert event_log([*log, LogEntry(NOW, None, "set", event=0x8F69)]) == (
        LoggedEvent(NOW, 0x8F66),
        LoggedEvent(NOW, 0x8F69),
    )
    assert security_log(log) == (LoggedEvent(NOW, CREDENTIALS_UPDATED),)


def test_entries_of_a_period_have_both_its_ends() -> None:
    events = tuple([LoggedEvent(NOW + shift * SECOND, shift) for shift in range(5)])
    assert events_in(events, Period(NOW + SECOND, NOW + 3 * SECOND)) == events[1:4]
    fraction = LoggedEvent(NOW + SECOND - timedelta(microseconds=1), 9)
    assert events_in((fraction,), Period(NOW, NOW)) == (fraction,)
    assert events_in((fraction,), Period(NOW + SECOND, NOW + SECOND)) == ()


# --- on a device ------------------------------------------------------------------------------------


class Asked(NamedTuple):
    world: World
    party: Party
    message: Message


def ask(
    code: MessageCode,
    party: Party,
    period: Period | None = None,
    other: dict[str, Any] | None = None,
) -> Asked:
    """The command of a read; with ``other``, one that the broker sends for the party."""
    world = World(Esme if code in DLMS_READS else Gpf)
    sender = ACB if other is not None else party
    information = OtherInformation(code, **(other or {}))
    message = world.command(sender, code, b"", 5, other=information)
    if code in DLMS_READS:
        payload = build_dlms_command(DLMS_READS[code], ReadExchange.of(message.header), period)
    else:
        payload = build_gbz_command(GBZ_READS[code], period)
    return Asked(world, party, message._replace(payload=payload))


def protection_of(asked: Asked, response: Message) -> AttributeProtection:
    other, device = response.header.other, asked.world.device
    counter = other.supplementary_originator_counter or response.header.originator_counter
    shared = SENDERS.agree(asked.party.agreement.key, device.agreement.public_point)
    return AttributeProtection.between(SENDERS, shared, device.eui, counter, asked.party.eui)


def for_party(party: Party, certificate: bytes | None) -> dict[str, Any]:
    return {
        "supplementary_party": party.eui,
        "supplementary_counter": OriginatorCounter(9),
        "certificate": certificate,
    }


@pytest.mark.parametrize("party", [SUPPLIER, OPERATOR], ids=["supplier", "operator"])
def test_a_known_party_reads_what_is_encrypted_for_it(party: Party) -> None:
    asked = ask(ECS17B, party)
    effects = asked.world.send(asked.world.protected(asked.message, None))
    assert effects.accepted
    response = only_sent(effects)
    assert response.header.date_time == DlmsDateTime.of(NOW, 0xFF)
    assert response.header.other == OtherInformation(ECS17B)
    reading = open_dlms_reading(
        DLMS_READS[ECS17B], response.payload, ReadExchange.of(response.header), protection_of(asked, response)
    )
    registers = reading.value(IMPORT_REGISTERS)
    assert registers is not None
    assert registers.active_wh == Meter(asked.world.device.eui, MADE).import_energy_wh(NOW)


def test_a_gas_device_answers_with_its_clock_status() -> None:
    asked = ask(GCS13C, OPERATOR)
    response = only_sent(asked.world.send(asked.world.protected(asked.message, None)))
    assert response.header.date_time == DlmsDateTime.of(NOW, 0x00)
    (answer,) = open_gbz_reading(GBZ_READS[GCS13C], response.payload, protection_of(asked, response))
    litres = Meter(asked.world.device.eui, MADE).gas_volume_litres(NOW)
    assert attribute_value(answer, TIER_SUMMATIONS[0]) == litres


def test_a_party_that_the_device_does_not_know_reads_through_the_broker() -> None:
    certificate = STRANGER.agreement.certificate.der
    asked = ask(ECS22B, STRANGER, MONTH, other=for_party(STRANGER, certificate))
    before = asked.world.device.alert_counter
    response = only_sent(asked.world.send(asked.world.protected(asked.message, None)))
    own = OriginatorCounter(before + 1)
    assert asked.world.device.alert_counter == own
    assert response.header.target == ACB.eui
    assert response.header.other == OtherInformation(ECS22B, STRANGER.eui, OriginatorCounter(9), own)
    exchange, read = ReadExchange.of(response.header), DLMS_READS[ECS22B]
    reading = open_dlms_reading(read, response.payload, exchange, protection_of(asked, response))
    assert len(reading.value(IMPORT_PROFILE) or ()) == 19 * 48 + 1
    broker = asked._replace(party=ACB)
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_dlms_reading(read, response.payload, exchange, protection_of(broker, response))


def test_what_is_plain_needs_no_certificate_and_spends_no_counter() -> None:
    asked = ask(ECS35B, STRANGER, MONTH, other=for_party(STRANGER, None))
    response = only_sent(asked.world.send(asked.world.protected(asked.message, None)))
    assert response.header.other == asked.message.header.other
    assert asked.world.device.alert_counter == 0
    exchange = ReadExchange.of(response.header)
    assert open_dlms_reading(DLMS_READS[ECS35B], response.payload, exchange).complete


def test_a_failure_of_an_encrypted_read_spends_no_counter() -> None:
    certificate = STRANGER.agreement.certificate.der
    asked = ask(ECS22B, STRANGER, MONTH, other=for_party(STRANGER, certificate))
    header = asked.message.header
    strange = ReadExchange(header.originator_counter, ACB.eui, header.target, SUPPLIER.eui)
    payload = build_dlms_command(DLMS_READS[ECS22B], strange, MONTH)
    octets = asked.world.protected(asked.message._replace(payload=payload), None)
    response = only_sent(asked.world.send(octets))
    assert response.header.other == OtherInformation(ECS22B, STRANGER.eui, OriginatorCounter(9))
    assert asked.world.device.alert_counter == 0


@pytest.mark.parametrize(
    "certificate",
    [None, SUPPLIER.agreement.certificate.der, STRANGER.signing.certificate.der],
    ids=["none", "another party's", "for signing"],
)
def test_nothing_is_encrypted_for_a_party_without_its_certificate(certificate: bytes | None) -> None:
    asked = ask(ECS22B, STRANGER, MONTH, other=for_party(STRANGER, certificate))
    effects = asked.world.send(asked.world.protected(asked.message, None))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY


def test_who_may_not_ask_and_what_is_not_the_brokers_is_refused() -> None:
    supplier_only = ask(ECS19, OPERATOR)
    effects = supplier_only.world.send(supplier_only.world.protected(supplier_only.message, None))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY
    good = ask(ECS17B, SUPPLIER)
    octets = good.world.protected(good.message, None)
    assert good.world.send(flip(octets, len(octets) - 1)).entry.refusal is Refusal.WRONG_MAC
    signed = good.world.protected(good.message, SUPPLIER)
    assert good.world.send(signed).entry.refusal is Refusal.WRONG_MAC
    garbage = good.message._replace(payload=b"\xd9")
    assert good.world.send(good.world.protected(garbage, None)).entry.refusal is Refusal.MALFORMED


def test_a_read_is_answered_again_and_changes_nothing() -> None:
    asked = ask(ECS52, SUPPLIER)
    octets = asked.world.protected(asked.message, None)
    state = asked.world.device.state
    assert asked.world.send(octets).sent == asked.world.send(octets).sent
    assert asked.world.device.state == state


def test_the_security_log_that_is_read_is_what_the_device_wrote_down() -> None:
    asked = ask(ECS35B, OPERATOR, Period(NOW - DAY, NOW + DAY))
    world = asked.world
    good = world.protected(asked.message, None)
    world.send(flip(good, len(good) - 1))
    response = only_sent(world.send(good, NOW + SECOND))
    reading = open_dlms_reading(DLMS_READS[ECS35B], response.payload, ReadExchange.of(response.header))
    assert reading.value(SECURITY_LOG) == (SecurityEntry(NOW, 0x8F3D),)
    assert view_of(world.device).security_log == security_log(world.device.log)


def test_device_types_answer_their_own_reads() -> None:
    of_hubs, of_meters = {ECS26I, ECS26N, ECS35C, ECS35D}, {GCS18, GCS21E, GCS21M}
    assert set(read_handlers(DeviceType.ESME)) == set(DLMS_READS) - of_hubs
    assert set(read_handlers(DeviceType.GSME)) == set(GBZ_READS) - {GCS61}
    assert set(read_handlers(DeviceType.GPF)) == set(GBZ_READS) - of_meters
    assert set(read_handlers(DeviceType.CHF)) == of_hubs | {ECS52}
    assert read_handlers(DeviceType.PPMID) == {}
    for kind in (Esme, Gsme, Gpf, Chf):
        assert set(read_handlers(kind.device_type)) <= set(kind.handlers)
