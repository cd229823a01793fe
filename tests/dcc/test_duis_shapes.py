"""Shapes and simple types of DUIS content: what each reads, what it writes, what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dcc.duis import simple_types as types
from dcc.duis.errors import DuisError
from dcc.duis.shapes import (
    Absent,
    Adapted,
    Case,
    Child,
    Choice,
    Empty,
    Group,
    Leaf,
    Record,
    Several,
    Shape,
    Sole,
    Within,
)
from dcc.identifiers import Mpan, Mprn, RequestId
from devices.gbcs.identifiers import Eui64, OriginatorCounter

SR = "http://www.dccinterface.co.uk/ServiceUserGateway"


def element(content: str = "", name: str = "A") -> etree._Element:
    return etree.fromstring(f'<{name} xmlns="{SR}">{content}</{name}>')


def content(shape: Shape[Any], value: Any) -> str:
    """What a shape writes into an element A, without prefixes."""
    out: list[str] = []
    shape.write(out, "A", value)
    written = "".join(out).encode()
    document = b'<sr:D xmlns:sr="%b">%b</sr:D>' % (SR.encode(), written)
    assert etree.tostring(etree.fromstring(document), method="c14n") == document
    text = etree.tostring(etree.fromstring(document)[0], encoding="unicode").replace("sr:", "")
    return text.replace(f' xmlns:sr="{SR}"', "").removeprefix("<A>").removesuffix("</A>").replace("<A/>", "")


def refusal(shape: Shape[Any], inside: str) -> str:
    with pytest.raises(DuisError) as caught:
        shape.read(element(inside))
    return str(caught.value)


def write_refusal(shape: Shape[Any], value: Any) -> str:
    with pytest.raises(DuisError) as caught:
        content(shape, value)
    return str(caught.value)


# Simple types.

AT = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
DEVICE = Eui64.parse("00-DB-12-34-56-78-90-A0")


@pytest.mark.parametrize(
    ("leaf", "text", "value"),
    [
        (types.BOOLEAN, "true", True),
        (types.BOOLEAN, "0", False),
        (types.BOOLEAN, " 1\n", True),
        (types.integer(-400, 0, int), "-400", -400),
        (types.integer(-400, 0, int), "-0", 0),
        (types.integer(0, 10, int), " +007 ", 7),
        (types.FLOOR, "9223372036854775807", OriginatorCounter(2**63 - 1)),
        (types.DATE_TIME, "2030-01-15T09:00:00.00Z", AT),
        (types.DATE_TIME, "2030-01-15T10:00:00+01:00", AT),
        (types.DATE_TIME, "2030-01-15T09:00:00", AT),
        (types.DATE_TIME, "2030-01-14T24:00:00Z", AT.replace(hour=0)),
        (types.DATE_TIME, " 2030-01-15T09:00:00.1234569Z ", AT.replace(microsecond=123456)),
        (types.DATE_TIME, "2030-01-15T08:59:59-14:00", AT + timedelta(hours=14, seconds=-1)),
        (types.DATE, "2030-01-15", date(2030, 1, 15)),
        (types.DATE, "2030-01-15Z", date(2030, 1, 15)),
        (types.TIME, "09:00:00.00Z", time(9, tzinfo=UTC)),
        (types.TIME, "00:30:00+01:00", time(23, 30, tzinfo=UTC)),
        (types.TIME, "24:00:00", time(0, tzinfo=UTC)),
        (types.EUI64, "00-db-12-34-56-78-90-a0", DEVICE),
        (types.EUI64, " 00-DB-12-34-56-78-90-A0 ", DEVICE),
        (
            types.REQUEST_ID,
            "00-db-12-34-56-78-90-a0:00-DB-12-34-56-78-90-A0:18446744073709551615",
            RequestId(DEVICE, DEVICE, OriginatorCounter(2**64 - 1)),
        ),
        (types.MPXN, "1312345678111", Mpan("1312345678111")),
        (types.MPXN, "1", Mprn("1")),
        (types.BASE64, "AQ==", b"\x01"),
        (types.BASE64, "\n A\r\nQ I = ", b"\x01\x02"),
        (types.BASE64, "", b""),
        (types.hexadecimal(1, 2), "abCD", b"\xab\xcd"),
        (types.DEVICE_LIST, "00-DB-12-34-56-78-90-A0,00-db-12-34-56-78-90-a0", (DEVICE, DEVICE)),
        (types.text(0, 3), "", ""),
        (types.text(0, 3), " a ", " a "),
        (types.words("Key Agreement"), "Key Agreement", "Key Agreement"),
        (types.token({"Root": 0}, collapse=True), " Root ", 0),
    ],
)  # fmt: skip
def test_texts_that_are_read(leaf: Leaf[Any], text: str, value: object) -> None:
    read = leaf.read(element(text))
    assert read == value
    assert type(read) is type(value)
    assert leaf.read(element(content(leaf, read))) == read


@pytest.mark.parametrize(
    ("leaf", "text"),
    [
        *((types.BOOLEAN, text) for text in ("True", "yes", "", "2", "tr ue")),
        *((types.integer(1, 9, int), text) for text in ("0", "10", "1.0", "", "1 2", "\u0661", "9" * 5000)),
        *(
            (types.DATE_TIME, text)
            for text in (
                "2030-01-15", "2030-02-29T00:00:00Z", "2030-01-15 09:00:00Z", "2030-01-15T09:00Z",
                "2030-01-15T24:00:01Z", "2030-01-15T24:00:00.1Z", "2030-01-15T09:60:00Z",
                "12030-01-15T09:00:00Z",
                "-2030-01-15T09:00:00Z", "0000-01-15T09:00:00Z", "9999-12-31T24:00:00Z",
                "0001-01-01T00:00:00+00:01", "2030-01-15T09:00:00+14:01", "2030-01-15T09:00:00+00:60",
                "2030-01-15T09:00:00.Z", "2030-01-15T09:00:00z", "",
            )
        ),
        *((types.DATE, text) for text in ("2030-02-29", "2030-01-15+01:00", "2030-1-15", "15/01/2030")),
        *((types.TIME, text) for text in ("9:00:00", "24:00:01", "09:00", "25:00:00Z")),
        *(
            (types.EUI64, text)
            for text in ("00DB1234567890A0", "00-DB-12-34-56-78-90", "00-DB-12-34-56-78-90-G0", "00 DB")
        ),
        *(
            (types.REQUEST_ID, text)
            for text in (
                "00-DB-12-34-56-78-90-A0:00-DB-12-34-56-78-90-A0:01",
                "00-DB-12-34-56-78-90-A0:00-DB-12-34-56-78-90-A0:18446744073709551616",
                "00-DB-12-34-56-78-90-A0:00-DB-12-34-56-78-90-A0",
                "00DB1234567890A0:00-DB-12-34-56-78-90-A0:1",
            )
        ),
        *((types.MPXN, text) for text in ("", "12345678901", "13123456781110", "131234567811A", " 1")),
        *(
            (types.BASE64, text)
            for text in (
                "A", "AQ", "AQ=", "AR==", "AQJ=", "AQ==AQ==", "A=Q=", "AQ-_", "=", "====", "0000=", "0000==",
            )
        ),
        *((types.hexadecimal(1, 2), text) for text in ("", "A", "AB C", "ABCDEF", "GG")),
        *((types.DEVICE_LIST, text) for text in ("", "00-DB-12-34-56-78-90-A0,", " 00-DB-12-34-56-78-90-A0")),
        (types.binary(2), "AAAA"),
        (types.text(1, 3), ""),
        (types.text(1, 3), "abcd"),
        (types.text(2, 2, "[0-9]{2}"), "1a"),
        (types.text(2, 2, "[0-9]{2}"), "\u0661\u0661"),
        (types.words("Key Agreement"), "Key agreement"),
        (types.words("Key Agreement"), " Key Agreement"),
    ],
)  # fmt: skip
def test_texts_that_are_refused(leaf: Leaf[Any], text: str) -> None:
    error = refusal(leaf, text)
    assert error.startswith("A: ")
    assert error.endswith(f"expected {leaf.expected}")
    assert len(error) < 500


@pytest.mark.parametrize(
    ("leaf", "value", "text"),
    [
        (types.DATE_TIME, AT, "2030-01-15T09:00:00.000Z"),
        (types.DATE_TIME, AT.replace(microsecond=1), "2030-01-15T09:00:00.000001Z"),
        (types.DATE_TIME, AT.astimezone(timezone(timedelta(hours=1))), "2030-01-15T09:00:00.000Z"),
        (types.TIME, time(9, tzinfo=UTC), "09:00:00.000Z"),
        (types.BOOLEAN, False, "false"),
        (types.EUI64, DEVICE, "00-DB-12-34-56-78-90-A0"),
        (types.hexadecimal(2, 2), b"\xab\xcd", "ABCD"),
        (types.BASE64, bytes(60), "A" * 80),
    ],
)
def test_the_one_form_that_is_written(leaf: Leaf[Any], value: object, text: str) -> None:
    assert content(leaf, value) == text


@pytest.mark.parametrize(
    ("leaf", "value"),
    [
        (types.DATE_TIME, AT.replace(tzinfo=None)),
        (types.TIME, time(9)),
        (types.TIME, time(9, tzinfo=timezone(timedelta(hours=1)))),
        (types.FLOOR, OriginatorCounter(2**63)),
        (types.text(0, 3), "abcd"),
        (types.text(0, 3), "\0"),
        (types.text(0, 3), "\ufffe"),
        (types.text(0, 3), "\ud800"),
        (types.words("a"), "b"),
        (types.binary(2), b"abc"),
        (types.hexadecimal(2, 3), b"a"),
        (types.DEVICE_LIST, ()),
    ],
)
def test_values_that_no_document_can_hold(leaf: Leaf[Any], value: object) -> None:
    assert f"cannot be written, expected {leaf.expected}" in write_refusal(leaf, value)


# Without characters of other alphabets: libxml2 reads over those.
@given(st.text("AQgwZz019+/= \n", max_size=12))
def test_base64_is_that_of_xml_schema(text: str) -> None:
    try:
        octets = types.BASE64.read(element(text))
    except DuisError:
        octets = None
    assert (octets is not None) == _valid("base64Binary", text)
    if octets is not None:
        assert content(types.BASE64, octets) == "".join(text.split())


@given(st.from_regex(r"20[0-3][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6]0:00(\.0)?(Z|[+-][01][0-9]:[0-6]0)?",
                     fullmatch=True))  # fmt: skip
def test_a_date_and_time_is_that_of_xml_schema(text: str) -> None:
    try:
        types.DATE_TIME.read(element(text))
    except DuisError:
        assert not _valid("dateTime", text)
    else:
        assert _valid("dateTime", text)


_XS = "http://www.w3.org/2001/XMLSchema"
_SCHEMAS = {
    name: etree.XMLSchema(
        etree.fromstring(f'<xs:schema xmlns:xs="{_XS}"><xs:element name="A" type="xs:{name}"/></xs:schema>')
    )
    for name in ("base64Binary", "dateTime")
}


def _valid(name: str, text: str) -> bool:
    tested = etree.Element("A")
    tested.text = text
    return _SCHEMAS[name].validate(tested)


def test_a_long_text_is_cut_in_an_error() -> None:
    assert refusal(types.MPXN, "7" * 100_000).startswith(
        f"A: '{'7' * 60}'... (100000 characters), expected an MPAN"
    )


def test_a_list_of_devices_has_an_end() -> None:
    most = types.DEVICE_LIST.read(element(",".join([str(DEVICE)] * types.MOST_DEVICES)))
    assert len(content(types.DEVICE_LIST, most)) == 1_199_999
    assert "cannot be written" in write_refusal(types.DEVICE_LIST, (*most, DEVICE))
    assert "(1200023 characters)" in refusal(types.DEVICE_LIST, ",".join([str(DEVICE)] * (len(most) + 1)))


class Colour(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


def test_some_of_an_enumeration() -> None:
    leaf = types.enumeration(Colour, lambda colour: colour is not Colour.BLUE)
    assert leaf.read(element("green")) is Colour.GREEN
    assert refusal(leaf, "blue") == "A: 'blue', expected one of red, green"
    assert "cannot be written" in write_refusal(leaf, Colour.BLUE)


def test_many_words_are_not_all_listed() -> None:
    assert types.words(*map(str, range(20))).expected.endswith("11 and 8 more")


@pytest.mark.parametrize(
    ("inside", "what"),
    [("<B/>", "A/B: an element not expected here, expected text: true or false"), ("true<B/>", "A/B")],
)
def test_a_leaf_has_no_elements(inside: str, what: str) -> None:
    assert what in refusal(types.BOOLEAN, inside)


def test_a_leaf_has_no_attributes() -> None:
    with pytest.raises(DuisError, match="A: the attribute 'b', expected none"):
        types.BOOLEAN.read(etree.fromstring('<A b="1">true</A>'))


# Structure.

WORD = types.text(1, 5)


class Pair(NamedTuple):
    one: Any
    two: Any = None


OPTIONAL = Record(Pair, Child("one", "One", WORD), Child("two", "Two", WORD, optional=True))


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("<One>a</One>", Pair("a")),
        ("<One>a</One><Two>b</Two>", Pair("a", "b")),
        ("\n  <One>a</One>\t<Two>b</Two>\r\n", Pair("a", "b")),
    ],
)
def test_a_record(inside: str, value: Pair) -> None:
    assert OPTIONAL.read(element(inside)) == value
    assert content(OPTIONAL, value) == "".join(inside.split())


@pytest.mark.parametrize(
    ("inside", "error"),
    [
        ("", "A/One: missing, expected One"),
        ("<Two>b</Two>", "A/Two: an element not expected here, expected One"),
        ("<Two>b</Two><One>a</One>", "A/Two: an element not expected here, expected One"),
        ("<One>a</One><One>a</One>", "A/One: repeated, expected the end of A"),
        ("<One>a</One><Two>b</Two><Two>b</Two>", "A/Two: repeated, expected the end of A"),
        ("<One>a</One><Three/>", "A/Three: an element not expected here, expected the end of A"),
        ('<One xmlns="urn:b">a</One>', "A/One: an element not expected here, of 'urn:b', expected One"),
        ('<One xmlns="">a</One>', "A/One: an element not expected here, of 'no namespace', expected One"),
        ("a<One>a</One>", "A: the text 'a', expected elements only"),
        ("<One>a</One>b", "A/One: the text 'b' after it, expected elements only"),
        ("<One>a</One>\u00a0", "A/One: the text '\\xa0' after it, expected elements only"),
        ("<One>abcdef</One>", "A/One: 'abcdef', expected 1 to 5 characters"),
    ],
)
def test_records_that_are_not_as_described(inside: str, error: str) -> None:
    assert refusal(OPTIONAL, inside) == error


def test_a_record_has_no_attributes() -> None:
    with pytest.raises(DuisError, match="A: the attribute 'b', expected none"):
        OPTIONAL.read(etree.fromstring('<A b="1"/>'))


def test_a_mandatory_child_needs_a_value() -> None:
    assert write_refusal(OPTIONAL, Pair(None)) == "A/One: nothing to write, expected a value"


def test_fields_that_do_not_belong_together() -> None:
    def make(one: str, two: str | None) -> Pair:
        if one == two:
            raise ValueError("both the same, expected two different")
        return Pair(one, two)

    shape = Record(make, *OPTIONAL.parts)
    assert shape.read(element("<One>a</One>")) == Pair("a")
    assert refusal(shape, "<One>a</One><Two>a</Two>") == "A: both the same, expected two different"


def test_a_child_written_from_elsewhere() -> None:
    shape = Record(dict, Child("one", "One", WORD, get=lambda text: text[:1]), Child("", "Two", WORD))
    assert content(shape, "abc") == "<One>a</One><Two>abc</Two>"


SEVERAL = Record(Pair, Several("one", "One", WORD, 1, 2), Several("two", "Two", WORD, 0))


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("<One>a</One>", Pair(("a",), ())),
        ("<One>a</One><One>b</One><Two>c</Two>", Pair(("a", "b"), ("c",))),
        ("<One>a</One>" + "<Two>c</Two>" * 9, Pair(("a",), ("c",) * 9)),
    ],
)
def test_several(inside: str, value: Pair) -> None:
    assert SEVERAL.read(element(inside)) == value
    assert content(SEVERAL, value) == inside


@pytest.mark.parametrize(
    ("inside", "error"),
    [
        ("", "A/One: missing, expected One"),
        ("<One>a</One>" * 3, "A/One: one too many, expected at most 2"),
        (
            "<One>a</One><Two>c</Two><One>a</One>",
            "A/One: an element not expected here, expected the end of A",
        ),
    ],
)
def test_too_few_or_too_many(inside: str, error: str) -> None:
    assert refusal(SEVERAL, inside) == error


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_or_too_many_to_write(count: int) -> None:
    assert f"A/One: {count} to be written, expected 1 to 2" in write_refusal(
        SEVERAL, Pair(("a",) * count, ())
    )


CHOICE = Record(
    Pair,
    Choice("one", Case("Text", WORD, str), Case("Number", types.integer(0, 9, int), lambda n: n < 10)),
    Choice("two", Case("Flag", types.BOOLEAN, bool), optional=True),
)


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("<Text>a</Text>", Pair("a")),
        ("<Number>5</Number><Flag>true</Flag>", Pair(5, two=True)),
    ],
)
def test_a_choice(inside: str, value: Pair) -> None:
    assert CHOICE.read(element(inside)) == value
    assert content(CHOICE, value) == inside


@pytest.mark.parametrize(
    ("inside", "error"),
    [
        ("", "A: missing, expected one of Text, Number"),
        ("<Flag>true</Flag>", "A/Flag: an element not expected here, expected one of Text, Number"),
        ("<Text>a</Text><Number>5</Number>", "A/Number: an element not expected here, expected the end of A"),
    ],
)
def test_none_or_both_of_a_choice(inside: str, error: str) -> None:
    assert refusal(CHOICE, inside) == error


def test_a_value_that_is_none_of_a_choice() -> None:
    assert "expected a value for one of Text, Number" in write_refusal(CHOICE, Pair(10))


def test_a_choice_alone() -> None:
    shape = Sole(Choice("", Case("Text", WORD, str), Case("Flag", types.BOOLEAN, bool)))
    assert shape.read(element("<Flag>1</Flag>")) is True
    assert content(shape, "a") == "<Text>a</Text>"
    assert "A/Flag" in refusal(shape, "<Text>a</Text><Flag>1</Flag>")


def test_an_element_that_only_groups() -> None:
    shape = Record(Pair, Within("Group", Child("one", "One", WORD)), Child("two", "Two", WORD))
    inside = "<Group><One>a</One></Group><Two>b</Two>"
    assert shape.read(element(inside)) == Pair("a", "b")
    assert content(shape, Pair("a", "b")) == inside
    assert refusal(shape, "<Two>b</Two>") == "A/Two: an element not expected here, expected Group"
    assert refusal(shape, "<Group/>") == "A/Group/One: missing, expected One"


def test_children_that_are_one_value() -> None:
    shape = Record(dict, Child("name", "Name", WORD), Group("pair", OPTIONAL, optional=True))
    inside = "<Name>x</Name><One>a</One><Two>b</Two>"
    assert shape.read(element(inside)) == {"name": "x", "pair": Pair("a", "b")}
    assert shape.read(element("<Name>x</Name>")) == {"name": "x", "pair": None}
    assert content(shape, {"name": "x", "pair": Pair("a", "b")}) == inside
    assert content(shape, {"name": "x", "pair": None}) == "<Name>x</Name>"


def test_children_that_are_one_value_and_must_be_there() -> None:
    shape = Record(dict, Group("pair", OPTIONAL))
    assert refusal(shape, "") == "A/One: missing, expected One"
    assert write_refusal(shape, {"pair": None}) == "A: One cannot be written, expected values for them"


def test_a_field_without_a_place() -> None:
    shape = Record(Pair, Child("one", "One", WORD), Absent("two"))
    assert shape.read(element("<One>a</One>")) == Pair("a")
    assert write_refusal(shape, Pair("a", "b")) == "A: has no place for two = 'b', expected None"


def test_an_empty_element() -> None:
    shape = Record(Pair, Child("one", "One", Empty(value=True), optional=True, absent=False), Absent("two"))
    assert shape.read(element("<One/>")) == Pair(one=True)
    assert shape.read(element("<One> </One>")) == Pair(one=True)
    assert shape.read(element()) == Pair(one=False)
    assert content(shape, Pair(one=True)) == "<One/>"
    assert content(shape, Pair(one=False)) == ""
    assert refusal(shape, "<One>a</One>") == "A/One: the text 'a', expected elements only"
    assert (
        refusal(shape, "<One><B/></One>") == "A/One/B: an element not expected here, expected One to be empty"
    )


def _halved(value: int) -> int:
    if value % 2:
        raise ValueError(f"{value}, expected an even number")
    return value // 2


def test_a_shape_seen_as_another_value() -> None:
    shape = Adapted[int, int](types.integer(0, 9, int), _halved, lambda value: value * 2)
    assert shape.read(element("8")) == 4
    assert content(shape, 4) == "8"
    assert refusal(shape, "7") == "A: 7, expected an even number"
    assert "'10' cannot be written" in write_refusal(shape, 5)
    backwards = Adapted[int, int](types.integer(0, 9, int), lambda value: value * 2, _halved)
    assert write_refusal(backwards, 3) == "A: 3, expected an even number"
