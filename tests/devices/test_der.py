"""The DER reader and writer: what is read, what is noted, what is refused and where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.gbcs import der
from devices.gbcs.der import DerReader, Form, Node, integer_node, time_node, write
from devices.gbcs.errors import GbcsError

NAMES = {1: "one", 2: "two"}
WORDS = {b"\x07\x80": "signature"}


def reader_of(octets: str) -> DerReader:
    return DerReader(bytes.fromhex(octets), "value", {})


@given(st.integers(0, 2**64 - 1))
def test_integers_are_written_as_any_der_writer_does_and_read_back(value: int) -> None:
    octets = write(integer_node("number", value), {})
    content = value.to_bytes(max(1, value.bit_length() // 8 + 1), "big")
    assert octets == bytes((2, len(content))) + content
    reader = DerReader(octets, "value", {})
    assert reader.integer("number") == value
    assert not reader.forms
    reader.finish()


@pytest.mark.parametrize(
    ("octets", "value", "width"),
    [
        ("020100", 0, 0),
        ("02020000", 0, 2),
        ("0202007F", 127, 2),
        ("02020080", 128, 0),
        ("020300FFFF", 65535, 0),
    ],
)
def test_padding_of_integers_is_noted_and_written_again(octets: str, value: int, width: int) -> None:
    reader = reader_of(octets)
    assert reader.integer("number") == value
    assert reader.forms.get("value/number", der.MINIMAL).width == width
    inside = Node("value", None, [integer_node("number", value)])
    assert write(inside, reader.forms) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "octets",
    [
        "0200",
        "0201FF",
        "020180",
        "0209010000000000000000",
        "020A00010000000000000000",
        # Python refuses to print an integer of that size: the error must not try.
        "02820800" + "7F" * 0x800,
    ],
)
def test_integers_out_of_range_are_refused_at_their_start(octets: str) -> None:
    reader = reader_of("020101" + octets)
    reader.integer("first")
    with pytest.raises(GbcsError, match=r"value/number at octet 3: integer") as raised:
        reader.integer("number")
    assert len(str(raised.value)) < 200


def test_the_largest_integer_is_read() -> None:
    assert reader_of("020900FFFFFFFFFFFFFFFF").integer("number") == 2**64 - 1
    with pytest.raises(GbcsError, match="expected 0 to 254"):
        reader_of("020200FF").integer("number", maximum=254)


@pytest.mark.parametrize(
    ("method", "arguments", "good", "bad"),
    [
        ("number_of", (NAMES,), "020102", "020103"),
        ("number_of", (NAMES,), "02020002", "02020003"),
        ("number_of", (NAMES,), "02810102", "0200"),
        ("number_of", (NAMES, 0x0A), "0A0101", "020101"),
        ("content_of", (WORDS, 0x03), "03020780", "03020740"),
        ("octet_string", (2,), "04020102", "0403010203"),
        ("octet_string", (0, 0x05), "0500", "050100"),
        ("time", (), "180F" + b"20240229000000Z".hex(), "180F" + b"20230229000000Z".hex()),
        ("time", (), "180F" + b"99991231235959Z".hex(), "180F" + b"99991231235960Z".hex()),
        ("time", (), "180F" + b"00010101000000Z".hex(), "180F" + b"00000101000000Z".hex()),
        ("time", (), "180F" + b"20240101000000Z".hex(), "180F" + b"202401010000+0Z".hex()),
        ("time", (), "180F" + b"20240101000000Z".hex(), "1810" + b"20240101000000ZZ".hex()),
        ("time", (), "180F" + b"20240101000000Z".hex(), "180F" + b"20240101000000z".hex()),
        ("content", (0x04,), "0400", "0500"),
        ("content", (0x04,), "04820001AA", "0482000FAA"),
        ("content", (0x04,), "047F" + "00" * 127, "047F" + "00" * 126),
        ("raw", (), "3003020101", "3004020101"),
        ("constructed", (), "3000", "30"),
        ("constructed", (), "30840000000100", "3085000000000100"),
    ],
)
def test_a_wrong_element_is_refused_where_it_stands(
    method: str, arguments: tuple[Any, ...], good: str, bad: str
) -> None:
    fine = reader_of("0500" + good)
    fine.content("first", der.NULL)
    getattr(fine, method)("field", *arguments)
    fine.finish()
    wrong = reader_of("0500" + bad)
    wrong.content("first", der.NULL)
    with pytest.raises(GbcsError) as raised:
        getattr(wrong, method)("field", *arguments)
    assert raised.value.where == "value/field"
    # A length that is none is reported at the length.
    assert raised.value.offset in ((2, 3) if method == "constructed" else (2,))


def test_errors_name_the_path_from_the_outside_in() -> None:
    inner = reader_of("3005300302010A").constructed("outer").constructed("3")
    with pytest.raises(GbcsError, match="value/outer/3/number at octet 4: integer 0A, expected 0 to 9"):
        inner.integer("number", maximum=9)


def test_what_is_left_over_is_refused() -> None:
    reader = reader_of("05000400")
    reader.content("first", der.NULL)
    with pytest.raises(GbcsError, match="value at octet 2: 2 octets too many"):
        reader.finish()


def test_an_element_does_not_reach_beyond_the_one_around_it() -> None:
    inner = reader_of("30030402AA0101").constructed("outer")
    with pytest.raises(GbcsError, match="length 2, but only 1 octets are left"):
        inner.content("field", der.OCTET_STRING)


def test_a_missing_element_is_named() -> None:
    with pytest.raises(GbcsError, match="value/field at octet 0: missing, expected tag 02"):
        reader_of("").integer("field")


def test_a_raw_element_keeps_its_length_in_its_octets_and_notes_nothing() -> None:
    reader = reader_of("30820003020101")
    assert reader.raw("certificate").hex() == "30820003020101"
    assert not reader.forms


def test_forms_are_noted_by_path_and_written_again() -> None:
    octets = "308200083081050482000101" + "30840000000004820000"
    reader = reader_of(octets)
    first = reader.constructed("a").constructed("b")
    content = first.octet_string("c")
    second = reader.constructed("d")
    assert second.at_end
    reader_rest = reader.octet_string("e")
    assert (content, reader_rest) == (b"\x01", b"")
    assert reader.forms == {
        "value/a": Form(length=3),
        "value/a/b": Form(length=2),
        "value/a/b/c": Form(length=3),
        "value/d": Form(length=5),
        "value/e": Form(length=3),
    }
    tree = Node(
        "value",
        None,
        [
            Node("a", 0x30, [Node("b", 0x30, [Node("c", 0x04, b"\x01")])]),
            Node("d", 0x30, []),
            Node("e", 0x04, b""),
        ],
    )
    assert write(tree, reader.forms).hex() == octets.lower()


def test_a_form_that_the_content_has_outgrown_gives_way() -> None:
    node = Node("value", 0x04, bytes(0x100))
    assert write(node, {"value": Form(length=2)})[:4].hex() == "04820100"
    assert write(integer_node("value", 0x1234), {"value": Form(width=1)}).hex() == "02021234"
    assert write(integer_node("value", 0x1234), {"value": Form(width=4)}).hex() == "020400001234"


@given(st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC)))
def test_times_come_back_to_the_second(moment: datetime) -> None:
    octets = write(time_node("at", moment), {})
    assert DerReader(octets, "value", {}).time("at") == moment.replace(microsecond=0)


def test_what_is_known_by_its_content_is_read_whole_or_not_at_all() -> None:
    members = {b"\x02\x01\x03": "three", b"": "nothing"}
    reader = reader_of("3003020103" + "3000" + "308103020103" + "3003020104" + "30")
    assert reader.known_content(members, 0xA2) is None
    assert reader.known_content(members, der.SEQUENCE) == "three"
    assert reader.known_content(members, der.SEQUENCE) == "nothing"
    # A length that is not minimal is a form, and forms are for those who read the element itself.
    assert reader.known_content(members, der.SEQUENCE) is None
    assert reader.raw("long").hex() == "308103020103"
    assert reader.known_content(members, der.SEQUENCE) is None
    assert reader.constructed("other").integer("number") == 4
    assert reader.known_content(members, der.SEQUENCE) is None


def test_a_rest_read_elsewhere_fails_where_it_stands() -> None:
    def read(octets: bytes, path: str) -> int:
        return DerReader(octets, path, {}).constructed("last").integer("number", maximum=9)

    outer = reader_of("300A" + "0403000000" + "3003020109").constructed("outer")
    outer.octet_string("first")
    assert outer.rest(read) == 9
    outer.finish()
    wrong = reader_of("300A" + "0403000000" + "300302010A").constructed("outer")
    wrong.octet_string("first")
    with pytest.raises(GbcsError, match="value/outer/last/number at octet 9: integer 0A"):
        wrong.rest(read)
