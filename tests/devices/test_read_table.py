"""The table of an electricity meter's reads: every real message that it covers, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import keys_of, messages, secret
from wire_strategies import mutations

from devices.gbcs import dlms
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_data import NULL, structure, unsigned, write_value
from devices.gbcs.dlms_reads import (
    DlmsRead,
    DlmsReading,
    ReadExchange,
    build_dlms_command,
    encode_dlms_reading,
    open_dlms_reading,
    open_protected_command,
)
from devices.gbcs.dlms_times import Period, selected_range
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Cra, Message
from devices.gbcs.protected_data import (
    ProtectedAnswer,
    Protection,
    answer_value,
    read_request_value,
)
from devices.gbcs.read_table import (
    ACTIVE_EXPORT,
    ALL_DLMS_READS,
    BLOCK_TIME_OF_USE,
    DAILY_CONSUMPTION,
    DAILY_EXPORT,
    DLMS_READS,
    ECS17A,
    ECS17B,
    ECS17D,
    ECS21B,
    ECS22A,
    ECS22B,
    ECS22C,
    ECS25R1,
    ECS35C,
    ECS35D,
    ECS35F,
    ECS40,
    ECS52,
    EVENT_LOG,
    FIRMWARE_VERSION,
    IMPORT_POWER,
    IMPORT_PROFILE,
    IMPORT_REGISTERS,
    PREPAYMENT_BALANCES,
    PREPAYMENT_LOG,
    REACTIVE_IMPORT_PROFILE,
    SECURITY_LOG,
    TIME_OF_USE,
    VAR_HOURS,
    WATT_HOURS,
    WATTS,
    DatedBalances,
    ImportEntry,
    ImportPower,
    ImportRegisters,
    PrepaymentBalances,
    RegisterEntry,
    SecurityEntry,
    TouRegisters,
)
from devices.gbcs.use_cases import use_case

SUITE = settings(max_examples=50, deadline=None)
ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
BROKER = Eui64.parse("90-B3-D5-1F-30-00-00-02")
EXCHANGE = ReadExchange(OriginatorCounter(1000), SUPPLIER, ESME)
PROVIDER = CryptoProvider()
KEYS = AttributeProtection.between(PROVIDER, bytes(range(32)), ESME, EXCHANGE.counter, SUPPLIER)
START = datetime(2014, 12, 31, tzinfo=UTC)
PERIOD = Period(START, START + timedelta(days=1))
SUCCESS = AccessCode.SUCCESS
OCTOBER = datetime(2014, 10, 1, 9, tzinfo=UTC)
# What the service requests of the commands name.
PERIODS = {
    "ECS21b": Period(datetime(2014, 12, 25, 23, 30, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)),
    "ECS21c": Period(datetime(2014, 11, 30, 9, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)),
    "ECS22b": PERIOD,
    "ECS22c": Period(OCTOBER, OCTOBER + timedelta(days=1)),
    "ECS23": Period(datetime(2014, 12, 29, 23, 59, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)),
    "ECS35a": PERIOD,
    "ECS35b": PERIOD,
    "ECS35e": PERIOD,
    "ECS35g": Period(datetime(2014, 12, 15, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)),
    "ECS66": Period(datetime(2014, 12, 1, 9, tzinfo=UTC), datetime(2014, 12, 5, 11, 5, tzinfo=UTC)),
}
CONFIRMED = [read for read in ALL_DLMS_READS if read.confirmed]


def samples(conformance: Path, cra: Cra) -> Iterator[tuple[str, DlmsRead, Message]]:
    """The messages of the reads that are confirmed: a larger set may show those that are assumed."""
    for name, message in messages(conformance).items():
        read = DLMS_READS.get(message.code)
        if read is not None and read.confirmed and message.header.cra is cra:
            yield name, read, message


def opened(conformance: Path, name: str) -> DlmsReading:
    message = messages(conformance)[f"{name}_RESPONSE"]
    read = DLMS_READS[message.code]
    keys = keys_of(conformance, message) if read.protected_by else None
    return open_dlms_reading(read, message.payload, ReadExchange.of(message.header), keys)


# --- the reference set ------------------------------------------------------------------------------


def test_every_real_command_is_built_octet_by_octet(conformance: Path) -> None:
    seen = set()
    for name, read, message in samples(conformance, Cra.COMMAND):
        period = PERIODS.get(name.split("_")[0])
        built = build_dlms_command(read, ReadExchange.of(message.header), period)
        assert built.hex() == message.payload.hex(), name
        seen.add(read.code)
    assert seen == {read.code for read in CONFIRMED}


def test_every_real_response_opens_and_builds_again(conformance: Path) -> None:
    seen = set()
    for name, read, message in samples(conformance, Cra.RESPONSE):
        exchange = ReadExchange.of(message.header)
        keys = keys_of(conformance, message) if read.protected_by else None
        reading = open_dlms_reading(read, message.payload, exchange, keys)
        assert reading.complete == ("SUCCESS" in name), name
        assert encode_dlms_reading(read, exchange, reading, keys).hex() == message.payload.hex(), name
        assert (message.header.date_time is not None) == read.dated, name
        seen.add(read.code)
    assert seen == {read.code for read in CONFIRMED}


def test_real_registers_have_these_values(conformance: Path) -> None:
    single = opened(conformance, "ECS17b_4.1.1_SINGLE_SUCCESS")
    twin = opened(conformance, "ECS17b_4.1.1_TWIN_SUCCESS")
    assert single.value(IMPORT_REGISTERS) == ImportRegisters(10, WATT_HOURS, 10, VAR_HOURS)
    assert twin.value(IMPORT_REGISTERS) == ImportRegisters(10, WATT_HOURS, 10, VAR_HOURS, 10)
    power = opened(conformance, "ECS17c_4.16_SUCCESS").value(IMPORT_POWER)
    assert power == ImportPower(10, WATTS, 10)
    blocks = opened(conformance, "ECS17e_4.1.3_SUCCESS").value(BLOCK_TIME_OF_USE)
    assert blocks is not None
    assert blocks.registers[:3] == (95, 203, 243)
    balances = opened(conformance, "ECS19_4.3_SUCCESS").value(PREPAYMENT_BALANCES)
    assert balances == PrepaymentBalances(250_000, 95_000, 187_000, 203_000, 243_000, 46_000)
    assert opened(conformance, "ECS52_11.2_SUCCESS").value(FIRMWARE_VERSION) == bytes.fromhex("0123ABCD")


def test_real_logs_have_these_entries(conformance: Path) -> None:
    single = opened(conformance, "ECS22b_4.8.1_SINGLE_SUCCESS").value(IMPORT_PROFILE) or ()
    twin = opened(conformance, "ECS22b_4.8.1_TWIN_SUCCESS").value(IMPORT_PROFILE) or ()
    assert (len(single), single[0]) == (49, ImportEntry(START, 95))
    assert (len(twin), twin[0]) == (49, ImportEntry(START, 95, 203))
    reactive = opened(conformance, "ECS22c_4.8.2_SUCCESS").value(REACTIVE_IMPORT_PROFILE) or ()
    assert (len(reactive), reactive[0]) == (49, RegisterEntry(OCTOBER, 95))
    export = opened(conformance, "ECS21c_4.6.2_SUCCESS").value(DAILY_EXPORT) or ()
    assert len(export) == 31
    assert [entry.amount for entry in export] == sorted(entry.amount for entry in export)
    daily = opened(conformance, "ECS66_4.17_SUCCESS").value(DAILY_CONSUMPTION) or ()
    assert [entry.amount for entry in daily] == [95, 203, 243, 46]
    security = opened(conformance, "ECS35b_6.13_SUCCESS").value(SECURITY_LOG) or ()
    assert (len(security), security[0]) == (33, SecurityEntry(START, 0x8F0C))
    events = opened(conformance, "ECS35a_6.13_SUCCESS").value(EVENT_LOG) or ()
    assert (len(events), events[2].other) == (33, bytes.fromhex("009B"))


def test_a_real_log_that_the_broker_reads_is_for_the_party_alone(conformance: Path) -> None:
    message = messages(conformance)["ECS21b_4.14_URP_SUCCESS_RESPONSE"]
    read, exchange = DLMS_READS[ECS21B], ReadExchange.of(message.header)
    assert (exchange.requester, exchange.party) == (BROKER, SUPPLIER)
    log = open_dlms_reading(read, message.payload, exchange, keys_of(conformance, message))
    entries = log.value(PREPAYMENT_LOG) or ()
    first = DatedBalances(
        datetime(2014, 12, 26, tzinfo=UTC), 700_000, 1_000_000, 490_000, 410_000, 1_000_000, 1_900_000
    )
    assert (len(entries), entries[0]) == (7, first)
    broker = secret(conformance, PROVIDER, BROKER, ESME)
    counter = message.header.originator_counter
    keys = AttributeProtection.between(PROVIDER, broker, ESME, counter, BROKER)
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_dlms_reading(read, message.payload, exchange, keys)


def test_real_periods_are_read_from_the_commands(conformance: Path) -> None:
    for name, read, message in samples(conformance, Cra.COMMAND):
        period = PERIODS.get(name.split("_")[0])
        if period is None:
            continue
        if read.protected_by is None:
            selections = [each.selection for each in dlms.decode_request(message.payload).specifications]
            assert [selected_range(each) for each in selections if each is not None] == [period], name
        else:
            exchange = ReadExchange.of(message.header)
            request = read_request_value(open_protected_command(read, message.payload, exchange))
            assert [each.period for each in request.asked] == [period], name
            assert request.protection == exchange.asked, name


# --- the table --------------------------------------------------------------------------------------


def test_the_table_agrees_with_the_use_cases() -> None:
    assert len(DLMS_READS) == len(ALL_DLMS_READS)
    for read in ALL_DLMS_READS:
        facts = use_case(read.code)
        assert facts is not None
        assert bool(facts.encrypted_attributes) == (read.protected_by is not None), facts.name
        assert not facts.replay_protected


def test_what_no_real_message_shows_is_marked() -> None:
    assert {read.code for read in ALL_DLMS_READS if not read.confirmed} == {
        ECS17A, ECS17D, ECS22A, ECS25R1, ECS35C, ECS35D, ECS35F, ECS40,
    }  # fmt: skip


def test_no_two_items_are_the_same_attribute() -> None:
    items = [item for read in ALL_DLMS_READS for item in read.items]
    assert len({item.attribute for item in items}) == len(set(items))


@pytest.mark.parametrize("read", ALL_DLMS_READS, ids=lambda read: str(read.code))
def test_a_period_is_given_where_it_is_needed_and_nowhere_else(read: DlmsRead) -> None:
    build_dlms_command(read, EXCHANGE, PERIOD if read.by_period else None)
    with pytest.raises(GbcsError, match="a period lacks" if read.by_period else "a period is given"):
        build_dlms_command(read, EXCHANGE, None if read.by_period else PERIOD)


@pytest.mark.parametrize("code", [ECS22B, ECS22C])
def test_a_period_that_ends_before_it_starts_is_refused(code: int) -> None:
    backwards = Period(PERIOD.end, PERIOD.start)
    read = next(read for read in ALL_DLMS_READS if read.code == code)
    build_dlms_command(read, EXCHANGE, Period(START, START))
    with pytest.raises(GbcsError, match="is later than"):
        build_dlms_command(read, EXCHANGE, backwards)


# --- readings ---------------------------------------------------------------------------------------

REGISTERS = DlmsReading((SUCCESS,), {IMPORT_REGISTERS: ImportRegisters(1, WATT_HOURS, 2, VAR_HOURS)})
IMPORT = DLMS_READS[ECS17B]


def test_a_protected_reading_is_opened_with_the_right_key_alone() -> None:
    payload = encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS, KEYS)
    assert open_dlms_reading(IMPORT, payload, EXCHANGE, KEYS) == REGISTERS
    others = AttributeProtection.between(PROVIDER, bytes(range(32)), ESME, EXCHANGE.counter, BROKER)
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_dlms_reading(IMPORT, payload, EXCHANGE, others)
    with pytest.raises(GbcsError, match="no key is given"):
        open_dlms_reading(IMPORT, payload, EXCHANGE)
    with pytest.raises(GbcsError, match="no key is given"):
        encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS)


def test_a_protected_reading_names_who_reads_and_under_which_counter() -> None:
    sealed = PROVIDER.encrypt_attribute(KEYS.key, ESME, write_value(structure()))
    for parties in (
        Protection(EXCHANGE.counter, ESME, BROKER),
        Protection(EXCHANGE.counter, SUPPLIER, ESME),
        Protection(OriginatorCounter(1001), ESME, SUPPLIER),
    ):
        response = dlms.decode_response(encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS, KEYS))
        forged = response._replace(data=(answer_value(ProtectedAnswer(parties, sealed)),))
        with pytest.raises(GbcsError, match="protected between others"):
            open_dlms_reading(IMPORT, dlms.encode(forged), EXCHANGE, KEYS)


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        (structure(), "0 values, expected 1"),
        (structure(unsigned(8, 1), unsigned(8, 1)), "2 values, expected 1"),
        (unsigned(8, 1), "is no structure"),
        (structure(unsigned(8, 1)), "not a STRUCTURE"),
    ],
)
def test_other_values_than_the_use_case_reads_are_refused(inside: object, what: str) -> None:
    sealed = PROVIDER.encrypt_attribute(KEYS.key, ESME, write_value(inside))  # type: ignore[arg-type]
    response = dlms.decode_response(encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS, KEYS))
    forged = response._replace(data=(answer_value(ProtectedAnswer(EXCHANGE.answered, sealed)),))
    with pytest.raises(GbcsError, match=what):
        open_dlms_reading(IMPORT, dlms.encode(forged), EXCHANGE, KEYS)


def test_trailing_octets_in_what_is_encrypted_are_refused() -> None:
    plaintext = write_value(structure()) + b"\0"
    sealed = PROVIDER.encrypt_attribute(KEYS.key, ESME, plaintext)
    response = dlms.decode_response(encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS, KEYS))
    forged = response._replace(data=(answer_value(ProtectedAnswer(EXCHANGE.answered, sealed)),))
    with pytest.raises(GbcsError, match="1 octets too many"):
        open_dlms_reading(IMPORT, dlms.encode(forged), EXCHANGE, KEYS)


def test_a_failure_has_a_code_and_no_value() -> None:
    failed = DlmsReading((AccessCode.HARDWARE_FAULT,), {})
    payload = encode_dlms_reading(IMPORT, EXCHANGE, failed)
    assert open_dlms_reading(IMPORT, payload, EXCHANGE) == failed
    assert dlms.decode_response(payload).data == (NULL,)
    with pytest.raises(GbcsError, match=r"no value of 0-0:94\.44\.34\.10"):
        encode_dlms_reading(IMPORT, EXCHANGE, DlmsReading((SUCCESS,), {}), KEYS)


def test_items_that_were_not_read_are_not_in_a_reading() -> None:
    read = DLMS_READS[ECS17A]
    codes = (SUCCESS, AccessCode.HARDWARE_FAULT, AccessCode.OTHER_REASON, AccessCode.OTHER_REASON)
    reading = DlmsReading(codes, {ACTIVE_EXPORT: 7})
    found = open_dlms_reading(read, encode_dlms_reading(read, EXCHANGE, reading), EXCHANGE)
    assert found == reading
    assert not found.complete
    assert found.value(ACTIVE_EXPORT) == 7
    assert found.value(read.items[1]) is None


def test_twin_registers_of_the_unconfirmed_read_come_back() -> None:
    read = DLMS_READS[ECS17D]
    for secondary in (None, (1, 2, 3, 4)):
        reading = DlmsReading((SUCCESS,), {TIME_OF_USE: TouRegisters((5,) * 48, secondary)})
        payload = encode_dlms_reading(read, EXCHANGE, reading, KEYS)
        assert open_dlms_reading(read, payload, EXCHANGE, KEYS) == reading
    wrong = DlmsReading((SUCCESS,), {TIME_OF_USE: TouRegisters((5,) * 47)})
    with pytest.raises(GbcsError, match="an array of 47, expected 48"):
        encode_dlms_reading(read, EXCHANGE, wrong, KEYS)


def test_a_plain_read_has_no_protected_command() -> None:
    read = DLMS_READS[ECS52]
    with pytest.raises(GbcsError, match="not a protected read"):
        open_protected_command(read, build_dlms_command(read, EXCHANGE), EXCHANGE)


@SUITE
@given(st.data())
def test_damaged_payloads_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    protected = encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS, KEYS)
    command = build_dlms_command(DLMS_READS[ECS22B], EXCHANGE, PERIOD)
    entries = (RegisterEntry(START, 1), RegisterEntry(PERIOD.end, 2))
    log = DlmsReading((SUCCESS,), {REACTIVE_IMPORT_PROFILE: entries})
    plain = encode_dlms_reading(DLMS_READS[ECS22C], EXCHANGE, log)
    with suppress(GbcsError):
        open_dlms_reading(IMPORT, data.draw(mutations(protected)), EXCHANGE, KEYS)
    with suppress(GbcsError):
        open_dlms_reading(DLMS_READS[ECS22C], data.draw(mutations(plain)), EXCHANGE)
    with suppress(GbcsError):
        damaged = data.draw(mutations(command))
        read_request_value(open_protected_command(DLMS_READS[ECS22B], damaged, EXCHANGE))


@SUITE
@given(st.data())
def test_damaged_plaintext_is_read_or_raises_the_one_error(data: st.DataObject) -> None:
    good = structure(IMPORT_REGISTERS.shape.write(REGISTERS.values[IMPORT_REGISTERS]))
    plaintext = data.draw(mutations(write_value(good)))
    sealed = PROVIDER.encrypt_attribute(KEYS.key, ESME, plaintext)
    response = dlms.decode_response(encode_dlms_reading(IMPORT, EXCHANGE, REGISTERS, KEYS))
    forged = response._replace(data=(answer_value(ProtectedAnswer(EXCHANGE.answered, sealed)),))
    with suppress(GbcsError):
        open_dlms_reading(IMPORT, dlms.encode(forged), EXCHANGE, KEYS)
