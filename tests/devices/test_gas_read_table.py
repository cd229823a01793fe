"""The table of a gas device's reads: every real message that it covers, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import keys_of, messages
from wire_strategies import mutations

from devices.gbcs import gbz
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.dlms_times import Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import (
    ALL_GBZ_READS,
    BLOCK_SUMMATIONS,
    CREDIT_REMAINING,
    CS10A,
    CURRENCY,
    FIRMWARE_VERSION,
    GBZ_READS,
    GCS13B,
    GCS13C,
    GCS14,
    GCS16A,
    GCS17,
    GCS18,
    GCS38,
    GCS61,
    TIER_SUMMATIONS,
)
from devices.gbcs.gbz import AttributeProtection, ProtectedBody
from devices.gbcs.gbz_reads import (
    GbzRead,
    PartAnswer,
    attribute_value,
    build_gbz_command,
    encode_gbz_reading,
    open_gbz_command,
    open_gbz_reading,
)
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Cra, Message
from devices.gbcs.use_cases import use_case
from devices.gbcs.zcl import (
    AttributeRecord,
    ClusterId,
    OtherBody,
    ReadAttributesResponse,
    ZclStatus,
    ZclType,
    ZclValue,
)
from devices.gbcs.zcl_commands import (
    DefaultResponse,
    GasRegisters,
    Samples,
    SamplesRequest,
    Snapshot,
    SnapshotRequest,
    samples_in,
)
from devices.gbcs.zcl_events import Events, EventsRequest, ZclEvent

SUITE = settings(max_examples=60, deadline=None)
PROVIDER = CryptoProvider()
GSME = Eui64.parse("00-DB-12-34-56-78-90-A1")
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
KEYS = AttributeProtection.between(PROVIDER, bytes(range(32)), GSME, OriginatorCounter(1), SUPPLIER)
START = datetime(2014, 12, 31, tzinfo=UTC)
DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
PERIOD = Period(START, START + DAY)
CONFIRMED = [read for read in ALL_GBZ_READS if read.confirmed]


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


# What the service requests of the commands name.
PERIODS = {
    "GCS17_4.8.1_NOT_FOUND": Period(at(2013, 1, 1), at(2013, 7, 1, 0, 30)),
    "GCS17": Period(START - DAY, START + DAY),
    "GCS16a_4.6.1_ERROR": Period(at(2014, 12, 29, second=4), at(2016, 1, 1, second=3)),
    "GCS16a": Period(at(2014, 12, 30, second=4), at(2016, 1, 1, second=3)),
    "CS10a_6.13_NOT_FOUND": Period(at(2030, 1, 26), at(2030, 1, 26, 7)),
    "CS10a": Period(START, at(2030, 1, 1)),
    "CS10b_6.13_NOT_FOUND": Period(at(2020, 1, 26), at(2020, 1, 26, 7)),
    "CS10b": PERIOD,
}


def samples(conformance: Path, cra: Cra) -> Iterator[tuple[str, GbzRead, Message]]:
    """The messages of the reads that are confirmed: a larger set may show those that are assumed."""
    for name, message in messages(conformance).items():
        read = GBZ_READS.get(message.code)
        if read is not None and read.confirmed and message.header.cra is cra:
            yield name, read, message


def opened(conformance: Path, name: str) -> tuple[PartAnswer, ...]:
    message = messages(conformance)[f"{name}_RESPONSE"]
    return open_gbz_reading(GBZ_READS[message.code], message.payload, keys_of(conformance, message))


# --- the reference set ------------------------------------------------------------------------------


def test_every_real_command_is_built_octet_by_octet(conformance: Path) -> None:
    seen = set()
    for name, read, message in samples(conformance, Cra.COMMAND):
        period = PERIODS.get(name.removesuffix("_COMMAND")) or PERIODS.get(name.split("_")[0])
        assert build_gbz_command(read, period).hex() == message.payload.hex(), name
        open_gbz_command(read, message.payload)
        seen.add(read.code)
    assert seen == {read.code for read in CONFIRMED}


def test_every_real_response_opens_and_builds_again(conformance: Path) -> None:
    seen = set()
    for name, read, message in samples(conformance, Cra.RESPONSE):
        keys = keys_of(conformance, message)
        answers = open_gbz_reading(read, message.payload, keys)
        assert encode_gbz_reading(read, answers, keys).hex() == message.payload.hex(), name
        assert (message.header.date_time is not None) == read.dated, name
        seen.add(read.code)
    assert seen == {read.code for read in CONFIRMED}


def test_real_attributes_have_these_values(conformance: Path) -> None:
    (tiers,) = opened(conformance, "GCS13c_4.1.2_SUCCESS_RELIABLE_GPF")
    assert [attribute_value(tiers, tier) for tier in TIER_SUMMATIONS] == [1000, 2000, 3000, 4000]
    (version,) = opened(conformance, "GCS38_11.2_SUCCESS")
    assert attribute_value(version, FIRMWARE_VERSION) == bytes.fromhex("0123ABCD")
    currency, credit = opened(conformance, "GCS14_4.3_SUCCESS_RELIABLE_GSME")
    assert attribute_value(currency, CURRENCY) == 826
    assert attribute_value(credit, CREDIT_REMAINING) == 2_500_000
    assert attribute_value(currency, CREDIT_REMAINING) is None
    failed, stopped = opened(conformance, "GCS14_4.3_ERROR")
    assert isinstance(failed, ReadAttributesResponse)
    assert [record.status for record in failed.records] == [ZclStatus.HARDWARE_FAILURE, ZclStatus.SUCCESS]
    assert stopped == DefaultResponse(0xFF, ZclStatus.FAILURE)
    assert attribute_value(stopped, CREDIT_REMAINING) is None


def test_real_logs_have_these_entries(conformance: Path) -> None:
    (profile,) = opened(conformance, "GCS17_4.8.1_SUCCESS")
    assert isinstance(profile, Samples)
    assert (profile.start, profile.interval_seconds, len(profile.amounts)) == (START - DAY, 1800, 97)
    first, second, third, *_ = opened(conformance, "GCS16a_4.6.1_SUCCESS")
    assert isinstance(first, Snapshot)
    assert isinstance(second, Snapshot)
    assert (first.at, second.at) == (START - DAY + timedelta(hours=9), START + timedelta(hours=9))
    assert first.registers == GasRegisters(32, (227, 189, 205, 3), (47, 238, 10, 68))
    assert third == DefaultResponse(0x06, ZclStatus.NOT_FOUND)
    (events,) = opened(conformance, "CS10a_6.13_SUCCESS")
    assert isinstance(events, Events)
    assert len(events.events) == 32
    assert events.events[2] == ZclEvent(3, 0x8154, at(2014, 12, 31, 1, 11, 45), bytes.fromhex("009B"))
    (nothing,) = opened(conformance, "CS10b_6.13_NOT_FOUND")
    assert nothing == DefaultResponse(0x00, ZclStatus.NOT_FOUND)


# --- the table --------------------------------------------------------------------------------------


def test_the_table_agrees_with_the_use_cases() -> None:
    assert len(GBZ_READS) == len(ALL_GBZ_READS)
    for read in ALL_GBZ_READS:
        facts = use_case(read.code)
        assert facts is not None
        assert bool(facts.encrypted_attributes) == read.encrypted, facts.name
        assert not facts.replay_protected


def test_what_no_real_message_shows_is_marked() -> None:
    assert {read.code for read in ALL_GBZ_READS if not read.confirmed} == {GCS13B, GCS61}
    (part,) = GBZ_READS[GCS13B].parts
    assert set(BLOCK_SUMMATIONS) < set(part.attributes)  # type: ignore[union-attr]


@pytest.mark.parametrize(("days", "samples"), [(0, 1), (1, 2), (730, 731), (731, 731), (4000, 731)])
def test_daily_consumption_is_asked_for_by_the_day_and_up_to_two_years(days: int, samples: int) -> None:
    (component,) = gbz.decode(build_gbz_command(GBZ_READS[GCS61], Period(START, START + days * DAY)))
    assert isinstance(component.body, OtherBody)
    assert SamplesRequest.read(component.body.octets) == SamplesRequest(START, samples, sample_id=1)


def test_the_network_data_log_is_asked_for_as_a_whole() -> None:
    """GBCS use case GCS18: the constants of its message template."""
    payload = build_gbz_command(GBZ_READS[GCS18])
    assert payload.hex() == "01090101" + "0702000c" + "010008" + "0200" + "01000000" + "00" + "2900"


@pytest.mark.parametrize("read", ALL_GBZ_READS, ids=lambda read: str(read.code))
def test_a_period_is_given_where_it_is_needed_and_nowhere_else(read: GbzRead) -> None:
    build_gbz_command(read, PERIOD if read.by_period else None)
    with pytest.raises(GbcsError, match="a period lacks" if read.by_period else "a period is given"):
        build_gbz_command(read, None if read.by_period else PERIOD)


def test_a_profile_is_asked_for_as_samples_with_both_ends() -> None:
    assert samples_in(START, START, HALF_HOUR) == 1
    assert samples_in(START, START + HALF_HOUR - timedelta(seconds=1), HALF_HOUR) == 1
    assert samples_in(START, START + HALF_HOUR, HALF_HOUR) == 2
    assert samples_in(START, START + 65_534 * HALF_HOUR, HALF_HOUR) == 65_535
    for end in (START - HALF_HOUR, START + 65_535 * HALF_HOUR):
        with pytest.raises(GbcsError, match="expected 1 to 65535"):
            samples_in(START, end, HALF_HOUR)


# --- contents ---------------------------------------------------------------------------------------

_moments = st.integers(0, 2**32 - 1).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(0, seconds)
)
_octet, _word, _long = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 2**32 - 1)
_register = st.integers(0, 2**48 - 1)
_four = st.tuples(*[_register] * 4)
CONTENTS: list[Any] = [
    (DefaultResponse, st.tuples(_octet, st.sampled_from(ZclStatus))),
    (SamplesRequest, st.tuples(_moments, _word, _word, _octet)),
    (Samples, st.tuples(_moments, _word, st.lists(st.integers(0, 2**24 - 1)).map(tuple), _word, _octet)),
    (SnapshotRequest, st.tuples(_moments, _moments, _octet, _long)),
    (
        Snapshot,
        st.tuples(
            _long,
            _moments,
            _octet,
            st.tuples(_register, _four, _four, _octet).map(lambda fields: GasRegisters(*fields)),
            _long,
        ),
    ),
    (EventsRequest, st.tuples(_octet, _moments, _moments)),
    (
        Events,
        st.tuples(
            st.lists(
                st.tuples(_octet, _word, _moments, st.binary(max_size=255)).map(
                    lambda fields: ZclEvent(*fields)
                ),
                max_size=5,
            ).map(tuple)
        ),
    ),
]


@pytest.mark.parametrize(("kind", "fields"), CONTENTS, ids=lambda value: getattr(value, "__name__", ""))
@SUITE
@given(data=st.data())
def test_contents_come_back_and_damage_raises_the_one_error(
    kind: Any, fields: Any, data: st.DataObject
) -> None:
    content = kind(*data.draw(fields))
    octets = content.octets()
    assert kind.read(octets) == content
    with suppress(GbcsError):
        damaged = data.draw(mutations(octets))
        assert kind.read(damaged).octets() == damaged


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (SamplesRequest(START, 65_536), "65536 does not fit 2 octets"),
        (Samples(START, 1800, (2**24,)), "16777216 does not fit 3 octets"),
        (SnapshotRequest(START, START, 256), "256 does not fit 1 octets"),
        (GasRegisters(2**48, (0,) * 4, (0,) * 4), "does not fit 6 octets"),
        (Events((ZclEvent(3, 0, START, bytes(256)),)), "256 does not fit 1 octets"),
        (EventsRequest(3, at(1999, 12, 31), START), "UTC time"),
    ],
)
def test_values_that_do_not_fit_are_refused(content: Any, what: str) -> None:
    with pytest.raises(GbcsError, match=what):
        content.octets()


# --- readings ---------------------------------------------------------------------------------------

TIERS = GBZ_READS[GCS13C]
TIER_ANSWER = ReadAttributesResponse(
    tuple(
        [
            AttributeRecord(attribute, ZclStatus.SUCCESS, ZclValue(kind, 1))
            for attribute, kind in TIERS.parts[0].attributes.items()  # type: ignore[union-attr]
        ]
    )
)


def test_a_reading_is_opened_with_the_right_key_alone() -> None:
    payload = encode_gbz_reading(TIERS, (TIER_ANSWER,), KEYS)
    assert open_gbz_reading(TIERS, payload, KEYS) == (TIER_ANSWER,)
    wrong = AttributeProtection.between(PROVIDER, bytes(32), GSME, OriginatorCounter(1), SUPPLIER)
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_gbz_reading(TIERS, payload, wrong)
    with pytest.raises(GbcsError, match="no key is given"):
        open_gbz_reading(TIERS, payload)
    with pytest.raises(GbcsError, match="no key is given"):
        encode_gbz_reading(TIERS, (TIER_ANSWER,))


def test_encrypted_parts_are_numbered_and_default_responses_stay_plain() -> None:
    read = GBZ_READS[GCS16A]
    snapshot = Snapshot(0, START, 2, GasRegisters(1, (1, 0, 0, 0), (0,) * 4))
    nothing = DefaultResponse(0x06, ZclStatus.NOT_FOUND)
    answers = (snapshot, nothing, snapshot, *(nothing,) * 28)
    components = gbz.decode(encode_gbz_reading(read, answers, KEYS))
    bodies = [component.body for component in components]
    assert [body.frame_counter for body in bodies if isinstance(body, ProtectedBody)] == [0, 1]
    assert isinstance(bodies[1], OtherBody)
    assert encode_gbz_reading(read, (nothing,) * 31) == encode_gbz_reading(read, (nothing,) * 31, KEYS)


def test_the_sequence_numbers_of_the_command_may_be_any() -> None:
    (component,) = gbz.decode(encode_gbz_reading(TIERS, (TIER_ANSWER,), KEYS, (200,)))
    assert component.header.sequence == 200


def test_commands_that_are_none_are_refused() -> None:
    profile, tiers = GBZ_READS[GCS17], TIERS
    (asked,) = gbz.decode(build_gbz_command(profile, PERIOD))
    (attributes,) = gbz.decode(build_gbz_command(tiers))
    header = asked.header
    for read, components in (
        (profile, (asked, asked)),
        (profile, (attributes,)),
        (profile, (asked._replace(cluster=ClusterId(0x0700)),)),
        (profile, (asked._replace(header=header._replace(command=6)),)),
        (profile, (asked._replace(header=header._replace(frame_control=0, command=8)),)),
        (tiers, (asked,)),
        (tiers, (KEYS.seal(attributes),)),
    ):
        with pytest.raises(GbcsError, match=r"0078|00B6"):
            open_gbz_command(read, gbz.encode(components))


def test_responses_that_are_none_are_refused() -> None:
    (sealed,) = gbz.decode(encode_gbz_reading(TIERS, (TIER_ANSWER,), KEYS))
    plain = KEYS.open(sealed)
    first, *rest = TIER_ANSWER.records
    assert first.value is not None
    other_type = first._replace(value=ZclValue(ZclType.UINT8, 1))
    for components, what in (
        ((sealed, sealed), "2 components, expected 1"),
        ((plain,), "not encrypted"),
        ((sealed._replace(cluster=ClusterId(0x0700)),), "cluster 0700"),
        ((KEYS.seal(plain._replace(body=ReadAttributesResponse(tuple(rest)))),), "other attributes"),
        ((KEYS.seal(plain._replace(body=ReadAttributesResponse((other_type, *rest)))),), "no UINT24"),
    ):
        with pytest.raises(GbcsError, match=what):
            open_gbz_reading(TIERS, gbz.encode(components), KEYS)
    with pytest.raises(GbcsError, match="0 answers, expected 1"):
        encode_gbz_reading(TIERS, (), KEYS)
    version = GBZ_READS[GCS38]
    (component,) = gbz.decode(encode_gbz_reading(version, (DefaultResponse(0, ZclStatus.FAILURE),)))
    with pytest.raises(GbcsError, match="encrypted, expected plain"):
        open_gbz_reading(version, gbz.encode((KEYS.seal(component._replace(header=sealed.header)),)), KEYS)


def test_an_attribute_that_failed_has_no_value() -> None:
    records = [
        record._replace(status=ZclStatus.HARDWARE_FAILURE, value=None) for record in TIER_ANSWER.records
    ]
    answer = ReadAttributesResponse(tuple(records))
    payload = encode_gbz_reading(TIERS, (answer,), KEYS)
    assert open_gbz_reading(TIERS, payload, KEYS) == (answer,)
    assert attribute_value(answer, TIER_SUMMATIONS[0]) is None


@SUITE
@given(st.data())
def test_damaged_payloads_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    events = Events((ZclEvent(3, 0x8F01, START),))
    for code, octets in (
        (CS10A, encode_gbz_reading(GBZ_READS[CS10A], (events,))),
        (GCS13C, encode_gbz_reading(TIERS, (TIER_ANSWER,), KEYS)),
    ):
        with suppress(GbcsError):
            open_gbz_reading(GBZ_READS[code], data.draw(mutations(octets)), KEYS)
    with suppress(GbcsError):
        open_gbz_command(GBZ_READS[GCS14], data.draw(mutations(build_gbz_command(GBZ_READS[GCS14]))))
