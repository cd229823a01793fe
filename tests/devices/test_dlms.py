from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payload_samples import (
    descriptions,
    dlms_payloads,
    dlms_values,
    messages,
    plain_values,
    takes_octets,
    values,
)
from wire_strategies import mutations

from devices.gbcs import dlms
from devices.gbcs.cursor import MAXIMUM_DEPTH, Cursor
from devices.gbcs.dlms import (
    AccessCode,
    AccessRequest,
    AccessResponse,
    AccessResult,
    AccessService,
    AccessSpecification,
    DataNotification,
    DlmsPayload,
    LongInvokeId,
    ObisCode,
    Selection,
    long_invoke_id,
)
from devices.gbcs.dlms_data import (
    NULL,
    BitString,
    CompactArray,
    DataType,
    Fixed,
    Nested,
    Number,
    Text,
    TypeDescription,
    Value,
    array,
    octet_string,
    read_value,
    structure,
    unsigned,
    write_value,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import Cra

OBIS = ObisCode(bytes((1, 0, 32, 32, 0, 4)))
SUITE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def value_of(octets: str) -> Value:
    cursor = Cursor(bytes.fromhex(octets), "value")
    value = read_value(cursor)
    cursor.finish()
    return value


# --- the reference set ------------------------------------------------------------------------------


def test_every_real_payload_decodes_and_encodes_to_the_same_octets(conformance: Path) -> None:
    payloads = dlms_payloads(conformance)
    assert len(payloads) > 400
    changed = [name for name, payload in payloads.items() if dlms.encode(dlms.decode(payload)) != payload]
    assert changed == []


def test_the_invoke_id_of_a_real_payload_is_that_of_its_counter(conformance: Path) -> None:
    for name in dlms_payloads(conformance):
        message = messages(conformance)[name]
        found = dlms.decode(message.payload).invoke_id
        assert found == long_invoke_id(message.header.originator_counter), name


def test_real_commands_responses_and_alerts_are_told_apart(conformance: Path) -> None:
    kinds = {AccessRequest: Cra.COMMAND, AccessResponse: Cra.RESPONSE, DataNotification: Cra.ALERT}
    for name, payload in dlms_payloads(conformance).items():
        assert kinds[type(dlms.decode(payload))] is messages(conformance)[name].header.cra, name


@settings(SUITE, max_examples=200)
@given(data=st.data())
def test_a_damaged_real_payload_raises_nothing_but_the_one_error(
    conformance: Path, data: st.DataObject
) -> None:
    payloads = dlms_payloads(conformance)
    name = data.draw(st.sampled_from(sorted(payloads)))
    assert_decodes_or_raises(data.draw(mutations(payloads[name][:600])))


# --- generated values -------------------------------------------------------------------------------


@SUITE
@given(value=values)
def test_a_value_survives_encoding(value: Value) -> None:
    cursor = Cursor(write_value(value), "value")
    assert read_value(cursor) == value
    assert cursor.left == 0


@SUITE
@given(payload=dlms_values)
def test_a_payload_survives_encoding(payload: DlmsPayload) -> None:
    octets = dlms.encode(payload)
    assert dlms.decode(octets) == payload
    assert dlms.encode(dlms.decode(octets)) == octets


@SUITE
@given(payload=dlms_values, data=st.data())
def test_a_damaged_payload_raises_nothing_but_the_one_error(
    payload: DlmsPayload, data: st.DataObject
) -> None:
    assert_decodes_or_raises(data.draw(mutations(dlms.encode(payload))))


@SUITE
@given(payload=dlms_values, data=st.data())
def test_a_payload_cut_short_or_lengthened_is_refused(payload: DlmsPayload, data: st.DataObject) -> None:
    octets = dlms.encode(payload)
    with pytest.raises(GbcsError):
        dlms.decode(octets[: data.draw(st.integers(0, len(octets) - 1))])
    with pytest.raises(GbcsError, match="1 octets too many"):
        dlms.decode(octets + b"\0")


def assert_decodes_or_raises(octets: bytes) -> None:
    try:
        payload = dlms.decode(octets)
    except GbcsError:
        return
    assert dlms.encode(payload) == octets


# --- values, one by one -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("00", NULL),
        ("03FF", Number(DataType.BOOLEAN, 0xFF)),
        ("0301", Number(DataType.BOOLEAN, 1)),
        ("0407FE", BitString(7, b"\xfe")),
        ("0FFB", Number(DataType.INT8, -5)),
        ("10FFFE", Number(DataType.INT16, -2)),
        ("05FFF85EE0", Number(DataType.INT32, -500_000)),
        ("1400000000000000FF", Number(DataType.INT64, 255)),
        ("0600000093", unsigned(32, 147)),
        ("15FFFFFFFFFFFFFFFF", unsigned(64, 2**64 - 1)),
        ("16FF", Number(DataType.ENUM, 255)),
        ("0900", octet_string(b"")),
        ("0A0141", Text(DataType.VISIBLE_STRING, b"A")),
        ("0C027B7D", Text(DataType.UTF8_STRING, b"{}")),
        ("173F800000", Fixed(DataType.FLOAT32, bytes.fromhex("3F800000"))),
        ("1A07DF0101FF", Fixed(DataType.DATE, bytes.fromhex("07DF0101FF"))),
        ("1B17320000", Fixed(DataType.TIME, bytes.fromhex("17320000"))),
        ("0100", array()),
        ("02020F0016FF", structure(Number(DataType.INT8, 0), Number(DataType.ENUM, 255))),
        ("090141", octet_string(b"A")),
        ("09810141", Text(DataType.OCTET_STRING, b"A", form=2)),
        ("0982000141", Text(DataType.OCTET_STRING, b"A", form=3)),
        ("02810100", Nested(DataType.STRUCTURE, (NULL,), form=2)),
    ],
)
def test_octets_and_values(octets: str, value: Value) -> None:
    assert value_of(octets) == value
    assert write_value(value).hex().upper() == octets


def test_a_compact_array_holds_rows_without_tags() -> None:
    row = TypeDescription(
        DataType.STRUCTURE, (TypeDescription(DataType.UINT16), TypeDescription(DataType.OCTET_STRING))
    )
    rows = (
        structure(unsigned(16, 0x8F01), octet_string(b"")),
        structure(unsigned(16, 2), octet_string(b"A")),
    )
    assert value_of("1302021209" + "07" + "8F0100" + "00020141") == CompactArray(row, rows)


def test_an_array_within_a_compact_array_has_its_count_in_the_description() -> None:
    row = TypeDescription(DataType.ARRAY, (TypeDescription(DataType.UINT8),), count=2)
    compact = CompactArray(
        row, (array([unsigned(8, 1), unsigned(8, 2)]), array([unsigned(8, 3), unsigned(8, 4)]))
    )
    assert write_value(compact).hex() == "1301000211" + "04" + "01020304"
    assert value_of("1301000211" + "04" + "01020304") == compact


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("", "0 octets left, expected 1"),
        ("07", "07 is no tag of DLMS data"),
        ("06000000", "3 octets left, expected 4"),
        ("0980", "expected a definite length"),
        ("0985000000000141", "expected a definite length"),
        ("09FF", "expected a definite length"),
        ("09024A", "1 octets left, expected 2"),
        ("040900", "1 octets left, expected 2"),
        ("0103" + "0000", "count 3, but only 2 octets are left"),
        ("0184FFFFFFFF", "count 4294967295"),
        ("1301000211" + "03" + "010203", "0 octets left, expected 1"),
        ("13020212" + "12" + "05" + "0001000200", "1 octets left, expected 2"),
        ("1312" + "03" + "000100" + "FF", "runs over the end"),
        ("1300" + "01" + "00", "rows of a type that takes no octets"),
        ("130200" + "01" + "00", "rows of a type that takes no octets"),
        ("1313" + "1101" + "00", "holds no compact arrays"),
        ("1312" + "05" + "0001", "length 5, but only 2 octets are left"),
    ],
)
def test_malformed_values_say_what_is_wrong(octets: str, what: str) -> None:
    with pytest.raises(GbcsError, match=what) as error:
        value_of(octets)
    assert error.value.offset is not None


def test_a_description_without_octets_and_without_rows_is_a_value() -> None:
    assert value_of("130000") == CompactArray(TypeDescription(DataType.NULL), ())


@pytest.mark.parametrize("tag", ["01", "02"])
def test_nesting_is_bounded(tag: str) -> None:
    deepest = value_of((tag + "01") * MAXIMUM_DEPTH + "00")
    assert value_of(write_value(deepest).hex()) == deepest
    with pytest.raises(GbcsError, match="deep"):
        value_of((tag + "01") * (MAXIMUM_DEPTH + 1) + "00")
    with pytest.raises(GbcsError, match="deep"):
        write_value(array([deepest]))


def test_descriptions_are_bounded_in_depth() -> None:
    value_of("13" + "0201" * (MAXIMUM_DEPTH - 1) + "00" + "00")
    with pytest.raises(GbcsError, match="deep"):
        value_of("13" + "0201" * MAXIMUM_DEPTH + "00" + "00")


def test_a_few_octets_cannot_claim_millions_of_values() -> None:
    nulls_nested = "01FFFF" * 3 + "00"
    with pytest.raises(GbcsError, match="values in one payload"):
        value_of("13" + "0202" + "11" + nulls_nested + "01" + "00")


@pytest.mark.parametrize(
    "value",
    [
        Number(DataType.UINT8, 256),
        Number(DataType.UINT8, -1),
        Number(DataType.INT8, 128),
        Number(DataType.OCTET_STRING, 1),
        Text(DataType.UINT8, b"A"),
        Fixed(DataType.NULL, b"\0"),
        Fixed(DataType.ARRAY),
        BitString(9, b"\0"),
        Nested(DataType.NULL, ()),
        Text(DataType.OCTET_STRING, b"A", form=6),
        CompactArray(TypeDescription(DataType.UINT8), (unsigned(16, 1),)),
        CompactArray(TypeDescription(DataType.UINT8), (array(),)),
        CompactArray(TypeDescription(DataType.STRUCTURE, ()), (structure(NULL),)),
        CompactArray(TypeDescription(DataType.COMPACT_ARRAY), ()),
        CompactArray(TypeDescription(DataType.ARRAY, (), 1), ()),
        CompactArray(TypeDescription(DataType.ARRAY, (TypeDescription(DataType.UINT8),), 0x10000), ()),
    ],
)
def test_values_that_have_no_octets_are_refused(value: Value) -> None:
    with pytest.raises(GbcsError):
        write_value(value)


@SUITE
@given(description=descriptions.filter(takes_octets), data=st.data())
def test_a_row_of_another_type_is_refused(description: TypeDescription, data: st.DataObject) -> None:
    other = data.draw(plain_values(DataType.TIME))
    if description.kind is DataType.TIME:
        other = unsigned(8, 1)
    with pytest.raises(GbcsError):
        write_value(CompactArray(description, (other,)))


# --- payloads ---------------------------------------------------------------------------------------


def request(*specifications: AccessSpecification) -> AccessRequest:
    return AccessRequest(LongInvokeId(0x20000001), specifications, (NULL,) * len(specifications))


GET = AccessSpecification(AccessService.GET, 3, OBIS, 2)


def test_the_octets_of_a_get() -> None:
    assert dlms.encode(request(GET)).hex() == "d9200000010001010003010020200004020100"


def test_invoke_id_keeps_the_low_24_bits_of_the_counter() -> None:
    assert long_invoke_id(OriginatorCounter(0x0123_4567_89AB_CDEF)) == 0x20ABCDEF


def test_changing_one_field_changes_its_octets_alone() -> None:
    before = dlms.encode(request(GET))
    after = dlms.encode(request(GET._replace(member=3)))
    assert [at for at in range(len(before)) if before[at] != after[at]] == [len(before) - 3]


def test_obis_codes_read_as_the_field_writes_them() -> None:
    assert str(OBIS) == "1-0:32.32.0.4"
    with pytest.raises(GbcsError, match="5 octets, expected 6"):
        ObisCode(bytes(5))


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("", "0 octets left"),
        ("D8" + "20000001" + "00", "tag D8, expected 0F"),
        ("D9" + "20000001" + "00" + "01" + "06" + "0003010020200004" + "02" + "01" + "00", "choice 06"),
        ("D9" + "20000001" + "00" + "01" + "00" + "0003010020200004" + "02" + "01" + "00", "choice 00"),
        (
            "D9" + "20000001" + "00" + "01" + "01" + "0003010020200004" + "02" + "00",
            "0 data for 1 specifications",
        ),
        ("D9" + "20000001" + "00" + "FF", "expected a definite length"),
        ("D9" + "20000001" + "00" + "02" + "01" + "0003010020200004" + "02" + "01" + "00", "count 2"),
        ("DA" + "20000001" + "00" + "02" + "00" + "00", "presence octet 02"),
        ("DA" + "20000001" + "00" + "00" + "01" + "00" + "00", "1 data for 0 results"),
        ("DA" + "20000001" + "00" + "00" + "01" + "00" + "01" + "0105", "5 is not a valid AccessCode"),
        ("DA" + "20000001" + "00" + "00" + "01" + "00" + "01" + "0400", "choice 04, expected 01 to 03"),
    ],
)
def test_malformed_payloads_say_what_is_wrong(octets: str, what: str) -> None:
    with pytest.raises(GbcsError, match=what) as error:
        dlms.decode(bytes.fromhex(octets))
    assert error.value.offset is not None


def test_what_does_not_fit_together_has_no_octets() -> None:
    get, selection = GET, Selection(1, NULL)
    result = AccessResult(AccessService.GET, AccessCode.SUCCESS)
    for payload in (
        request(get)._replace(data=()),
        request(get._replace(selection=selection)),
        request(get._replace(service=AccessService.GET_WITH_SELECTION)),
        request(get._replace(class_id=0x10000)),
        request(get._replace(member=128)),
        request(get)._replace(invoke_id=LongInvokeId(2**32)),
        AccessResponse(LongInvokeId(1), (), (result,)),
    ):
        with pytest.raises(GbcsError):
            dlms.encode(payload)


def test_a_response_may_repeat_the_specifications() -> None:
    response = AccessResponse(LongInvokeId(1), (), (), specifications=(GET,))
    octets = dlms.encode(response)
    assert octets.hex() == "da00000001000101010003010020200004020000"
    assert dlms.decode(octets) == response
