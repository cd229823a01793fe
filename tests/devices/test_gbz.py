from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import component_lists, gbz_payloads, keys_of, messages, plain_components
from wire_strategies import mutations

from devices.gbcs import gbz
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.cursor import Cursor
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import AttributeProtection, Component, GbzAlert, ProtectedBody
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.zcl import (
    AttributeId,
    AttributeRecord,
    ClusterId,
    OtherBody,
    ReadAttributes,
    ReadAttributesResponse,
    ZclHeader,
    ZclStatus,
    ZclType,
    ZclValue,
    read_body,
    utc_moment,
    utc_seconds,
    write_body,
)

SUITE = settings(max_examples=60, deadline=None)
RESPONSE = ZclHeader(0x18, 0, 0x01)
METERING = ClusterId(0x0702)
DEVICE = Eui64.parse("00-DB-12-34-56-78-90-A3")
PARTY = Eui64.parse("90-B3-D5-1F-30-02-00-00")


def records_of(octets: str) -> tuple[AttributeRecord, ...]:
    body = read_body(RESPONSE, Cursor(bytes.fromhex(octets), "body"))
    assert isinstance(body, ReadAttributesResponse)
    assert write_body(body).hex().upper() == octets
    return body.records


def value_of(octets: str) -> ZclValue | None:
    """The value of one record for attribute 0302 with status SUCCESS."""
    (record,) = records_of("020300" + octets)
    assert record[:2] == (0x0302, ZclStatus.SUCCESS)
    return record.value


# --- the reference set ------------------------------------------------------------------------------


def test_every_real_payload_decodes_and_encodes_to_the_same_octets(conformance: Path) -> None:
    payloads = gbz_payloads(conformance)
    assert len(payloads) > 200
    changed = [name for name, payload in payloads.items() if gbz.encode(gbz.decode(payload)) != payload]
    assert changed == []


def test_every_real_alert_decodes_and_encodes_to_the_same_octets(conformance: Path) -> None:
    alerts = gbz_payloads(conformance, alerts=True)
    assert alerts
    for payload in alerts.values():
        assert gbz.encode_alert(gbz.decode_alert(payload)) == payload


def test_every_encrypted_body_for_a_known_party_opens_and_seals_to_the_same_octets(conformance: Path) -> None:
    opened = 0
    for name, payload in gbz_payloads(conformance).items():
        components = gbz.decode(payload)
        if not any(isinstance(component.body, ProtectedBody) for component in components):
            continue
        protection = keys_of(conformance, messages(conformance)[name])
        for component in components:
            if isinstance(component.body, ProtectedBody):
                plain = protection.open(component)
                assert not isinstance(plain.body, ProtectedBody)
                assert protection.seal(plain, component.body.frame_counter) == component, name
                opened += 1
    assert opened > 15


@settings(SUITE, max_examples=200)
@given(data=st.data())
def test_a_damaged_real_payload_raises_nothing_but_the_one_error(
    conformance: Path, data: st.DataObject
) -> None:
    payloads = gbz_payloads(conformance)
    name = data.draw(st.sampled_from(sorted(payloads)))
    assert_decodes_or_raises(data.draw(mutations(payloads[name])))


# --- generated values -------------------------------------------------------------------------------


@SUITE
@given(components=component_lists)
def test_components_survive_encoding(components: tuple[Component, ...]) -> None:
    assert gbz.decode(gbz.encode(components)) == components


@SUITE
@given(components=component_lists, data=st.data())
def test_a_damaged_payload_raises_nothing_but_the_one_error(
    components: tuple[Component, ...], data: st.DataObject
) -> None:
    assert_decodes_or_raises(data.draw(mutations(gbz.encode(components))))


@SUITE
@given(components=component_lists, data=st.data())
def test_a_payload_cut_short_or_lengthened_is_refused(
    components: tuple[Component, ...], data: st.DataObject
) -> None:
    octets = gbz.encode(components)
    with pytest.raises(GbcsError):
        gbz.decode(octets[: data.draw(st.integers(0, len(octets) - 1))])
    with pytest.raises(GbcsError, match="1 octets too many"):
        gbz.decode(octets + b"\0")


@SUITE
@given(component=plain_components().map(lambda plain: plain._replace(from_seconds=None)))
def test_what_is_sealed_opens_again(component: Component) -> None:
    protection = protection_for(OriginatorCounter(7))
    sealed = gbz.decode(gbz.encode((protection.seal(component, 3),)))[0]
    assert isinstance(sealed.body, ProtectedBody)
    assert sealed.body.frame_counter == 3
    assert protection.open(sealed) == component


def assert_decodes_or_raises(octets: bytes) -> None:
    try:
        components = gbz.decode(octets)
    except GbcsError:
        return
    assert gbz.encode(components) == octets


def protection_for(counter: OriginatorCounter, recipient: Eui64 = PARTY) -> AttributeProtection:
    return AttributeProtection.between(CryptoProvider(), bytes(range(32)), DEVICE, counter, recipient)


# --- components -------------------------------------------------------------------------------------


def test_the_octets_of_a_command_with_two_components() -> None:
    read = Component(METERING, ZclHeader(0, 0, 0), ReadAttributes((AttributeId(0x0A00),)))
    other = Component(ClusterId(0x0705), ZclHeader(1, 2, 9), OtherBody(b"\x40"), from_seconds=0x38818890)
    octets = gbz.encode((read, other))
    assert octets.hex() == "0109020007020005000000000a11070500083881889001020940"
    assert gbz.decode(octets) == (read, other)


def test_the_octets_around_an_encrypted_body() -> None:
    octets = gbz.encode((Component(METERING, RESPONSE, ProtectedBody(b"\xaa\xbb", 1)),))
    assert octets.hex() == "010901030702000900011800010002aabb"


def test_another_counter_party_or_octet_does_not_open_a_body() -> None:
    sealed = protection_for(OriginatorCounter(7)).seal(
        Component(METERING, RESPONSE, ReadAttributesResponse(()))
    )
    assert isinstance(sealed.body, ProtectedBody)
    flipped = bytearray(sealed.body.octets)
    flipped[-1] ^= 1
    changed = sealed._replace(body=ProtectedBody(bytes(flipped)))
    for protection, component in (
        (protection_for(OriginatorCounter(8)), sealed),
        (protection_for(OriginatorCounter(7), DEVICE), sealed),
        (protection_for(OriginatorCounter(7)), changed),
    ):
        with pytest.raises(GbcsError, match="tag does not verify"):
            protection.open(component)


def test_sealing_and_opening_leave_alone_what_is_done_already() -> None:
    protection = protection_for(OriginatorCounter(7))
    plain = Component(METERING, RESPONSE, ReadAttributesResponse(()))
    sealed = protection.seal(plain)
    assert protection.open(plain) == plain
    assert protection.seal(sealed) == sealed


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("", "0 octets left, expected 2"),
        ("0108" "00", "0108, expected 0109"),
        ("0109" "01", "0 octets left, expected 1"),
        ("0109" "01" "00" "0702" "0003" "010000", "control 00 on a component that is the last"),
        ("0109" "02" "01" "0702" "0003" "010000", "control 01 on a component that is not the last"),
        ("0109" "01" "05" "0702" "0003" "010000", "control 05"),
        ("0109" "01" "13" "0702" "0003" "010000", "control 13"),
        ("0109" "01" "01" "0702" "0004" "010000", "length 4, but only 3 octets are left"),
        ("0109" "01" "01" "0702" "0002" "010000", "2 octets left, expected 3"),
        ("0109" "01" "01" "0702" "0003" "050000", "manufacturer-specific"),
        ("0109" "01" "01" "0702" "0004" "000000" "01", "1 octets, expected two for each attribute"),
        ("0109" "01" "03" "0702" "0007" "0100" "180001" "0000", "additional header control 01"),
        ("0109" "01" "03" "0702" "0008" "0000" "180001" "0002" "AA", "ciphered length 2, but 1 octets"),
        ("0109" "01" "03" "0702" "0009" "0000" "180001" "0001" "AABB", "ciphered length 1, but 2 octets"),
    ],
)  # fmt: skip
def test_malformed_payloads_say_what_is_wrong(octets: str, what: str) -> None:
    with pytest.raises(GbcsError, match=what) as error:
        gbz.decode(bytes.fromhex(octets))
    assert error.value.offset is not None


def test_errors_tell_the_octet_of_the_payload() -> None:
    with pytest.raises(GbcsError, match="GBZ component 1 at octet 14: 07 is no ZCL type") as error:
        gbz.decode(bytes.fromhex("0109" "01" "01" "0702" "0007" "180001" "0203" "00" "07"))  # fmt: skip
    assert error.value.offset == 14


def test_a_payload_has_1_to_255_components() -> None:
    with pytest.raises(GbcsError, match="no component"):
        gbz.decode(bytes.fromhex("010900"))

    with pytest.raises(GbcsError, match="0 components"):
        gbz.encode(())
    with pytest.raises(GbcsError, match="256 components"):
        gbz.encode((Component(METERING, RESPONSE, ReadAttributesResponse(())),) * 256)


def test_what_does_not_fit_has_no_octets() -> None:
    for component in (
        Component(ClusterId(0x10000), RESPONSE, OtherBody(b"")),
        Component(METERING, ZclHeader(256, 0, 0), OtherBody(b"")),
        Component(METERING, RESPONSE, OtherBody(bytes(0x10000))),
        Component(METERING, RESPONSE, ProtectedBody(b"", 256)),
        Component(METERING, RESPONSE, ProtectedBody(b""), from_seconds=1),
        Component(METERING, RESPONSE, OtherBody(b""), from_seconds=2**32),
    ):
        with pytest.raises(GbcsError):
            gbz.encode((component,))


def test_an_alert_carries_code_time_and_rest() -> None:
    alert = GbzAlert(1, 0x8F72, 0x1C374A80, b"\x01\xff")
    assert gbz.encode_alert(alert).hex() == "0109018f721c374a8001ff"
    assert gbz.decode_alert(gbz.encode_alert(alert)) == alert
    assert utc_moment(alert.seconds) == datetime(2015, 1, 1, tzinfo=UTC)
    with pytest.raises(GbcsError, match="1 octets left, expected 2"):
        gbz.decode_alert(bytes.fromhex("0109018F"))


# --- attribute records ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("22E80300", ZclValue(ZclType.UINT24, 1000)),
        ("25393000000000", ZclValue(ZclType.UINT48, 12345)),
        ("2BC0B4B3FF", ZclValue(ZclType.INT32, -5_000_000)),
        ("3001", ZclValue(ZclType.ENUM8, 1)),
        ("1850", ZclValue(ZclType.BITMAP8, 0x50)),
        ("19970C", ZclValue(ZclType.BITMAP16, 0x0C97)),
        ("1F0100000000000080", ZclValue(ZclType.BITMAP64, 2**63 + 1)),
        ("2FFFFFFFFFFFFFFFFF", ZclValue(ZclType.INT64, -1)),
        ("1001", ZclValue(ZclType.BOOLEAN, 1)),
        ("41040123ABCD", ZclValue(ZclType.OCTET_STRING, bytes.fromhex("0123ABCD"))),
        ("41FF", ZclValue(ZclType.OCTET_STRING, None)),
        ("4200", ZclValue(ZclType.CHARACTER_STRING, b"")),
        ("43010041", ZclValue(ZclType.LONG_OCTET_STRING, b"A")),
        ("44FFFF", ZclValue(ZclType.LONG_CHARACTER_STRING, None)),
        ("E2804A371C", ZclValue(ZclType.UTC_TIME, 0x1C374A80)),
        ("00", ZclValue(ZclType.NO_DATA, b"")),
    ],
)
def test_octets_and_values_of_attributes(octets: str, value: ZclValue) -> None:
    assert value_of(octets) == value


def test_an_attribute_that_failed_has_no_value() -> None:
    records = records_of("0203C0" + "0103860003003001")
    assert [record.status for record in records] == [
        ZclStatus.HARDWARE_FAILURE,
        ZclStatus.UNSUPPORTED_ATTRIBUTE,
        ZclStatus.SUCCESS,
    ]
    assert [record.value for record in records] == [None, None, ZclValue(ZclType.ENUM8, 1)]


@pytest.mark.parametrize("status", [0x83, 0x84, *range(0x8A, 0x9A), 0xC0, 0xC1, 0xC2])
def test_a_failure_that_no_real_message_shows_is_read_too(status: int) -> None:
    (record,) = records_of(f"0203{status:02X}")
    assert (record.status, record.value) == (status, None)


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("02", "1 octets left, expected 2"),
        ("0203", "0 octets left, expected 1"),
        ("020302", "02 is no ZCL status"),
        ("020300" + "07", "07 is no ZCL type"),
        ("020300" + "48", "48 is no ZCL type"),
        ("020300" + "220000", "2 octets left, expected 3"),
        ("020300" + "410200", "1 octets left, expected 2"),
    ],
)
def test_malformed_records_say_what_is_wrong(octets: str, what: str) -> None:
    with pytest.raises(GbcsError, match=what):
        records_of(octets)


@pytest.mark.parametrize(
    "record",
    [
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS),
        AttributeRecord(AttributeId(1), ZclStatus.FAILURE, ZclValue(ZclType.UINT8, 1)),
        AttributeRecord(AttributeId(0x10000), ZclStatus.FAILURE),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.UINT24, 2**24)),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.INT8, 128)),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.OCTET_STRING, 1)),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.UINT8, b"A")),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.UINT8, None)),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.SECURITY_KEY, bytes(15))),
        AttributeRecord(AttributeId(1), ZclStatus.SUCCESS, ZclValue(ZclType.OCTET_STRING, bytes(255))),
    ],
)
def test_records_that_have_no_octets_are_refused(record: AttributeRecord) -> None:
    with pytest.raises(GbcsError):
        write_body(ReadAttributesResponse((record,)))


def test_the_longest_string_of_one_length_octet() -> None:
    assert value_of("41FE" + "AA" * 254) == ZclValue(ZclType.OCTET_STRING, b"\xaa" * 254)


# --- time -------------------------------------------------------------------------------------------


def test_seconds_since_2000() -> None:
    assert utc_seconds(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert utc_seconds(datetime(2015, 1, 1, tzinfo=UTC)) == 0x1C374A80
    assert utc_seconds(utc_moment(0xFFFFFFFF)) == 0xFFFFFFFF
    assert utc_seconds(datetime(2015, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)) == 0x1C374A80


@pytest.mark.parametrize(
    "moment", [utc_moment(0) - timedelta(microseconds=1), utc_moment(0xFFFFFFFF) + timedelta(seconds=1)]
)
def test_moments_outside_32_bits_are_refused(moment: datetime) -> None:
    with pytest.raises(GbcsError, match="UTC time"):
        utc_seconds(moment)
