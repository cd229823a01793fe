"""The four message shapes: round trips, one field at a time, and everything that is no message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_oracle import rebuilt, segments
from wire_strategies import (
    date_times,
    euis,
    headers,
    macs,
    messages,
    mutations,
    octets_of_any_length,
    other_informations,
    signatures,
)

from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import (
    Cra,
    DlmsDateTime,
    GroupingHeader,
    LengthForms,
    Message,
    MessageShape,
    OtherInformation,
    encode,
    encode_length,
    parse,
    read_length,
)

SUPPLIER = Eui64.parse("10-00-00-00-00-00-00-01")
ESME = Eui64.parse("20-00-00-00-00-00-00-02")
CODE = MessageCode(0x0103)
CERTIFICATE = b"\x30\x07abcdefg"


def message_of(**changes: Any) -> Message:
    """A command with signature and MAC, its header and message fields changed by name."""
    header = GroupingHeader(Cra.COMMAND, OriginatorCounter(7), SUPPLIER, ESME, OtherInformation(CODE))
    in_header = {name: changes.pop(name) for name in list(changes) if name in GroupingHeader._fields}
    full = Message(header._replace(**in_header), b"\xd9\x20", b"S" * 64, b"M" * 12)
    return full._replace(**changes)


def parsed_or_error(octets: bytes) -> Message | GbcsError:
    """What the octets say, or why they say nothing."""
    try:
        return parse(octets)
    except GbcsError as error:
        return error


@given(messages(minimal=True))
def test_a_message_with_minimal_lengths_comes_back_equal(message: Message) -> None:
    assert parse(encode(message)) == message


@given(messages())
def test_a_message_of_any_length_forms_comes_back_octet_for_octet(message: Message) -> None:
    octets = encode(message)
    again = parse(octets)
    assert again._replace(forms=message.forms) == message
    assert encode(again) == octets
    assert encode(rebuilt(again)) == octets


@given(messages())
def test_the_fields_stand_where_a_naive_reader_finds_them(message: Message) -> None:
    octets = encode(message)
    parts = segments(octets)
    assert b"".join(parts.values()) == octets
    assert parts["cra"] + parts["counter"] == message.header.transaction_id
    assert (parts["originator"], parts["target"]) == (message.header.originator, message.header.target)
    assert parts["payload"] == message.payload
    assert parts["signature"] == (message.signature or b"")
    assert parts["mac"] == (message.mac or b"")
    without_tag = slice(octets.index(b"\xdf") + 1, len(octets))
    tail = len(parts["signature length"] + parts["signature"] + parts["mac"])
    assert message.signed_octets() == octets[without_tag][: -tail or None]
    assert message.authenticated_octets().endswith(parts["signature length"] + parts["signature"])


_HEADER_CHANGES = {
    "cra": st.sampled_from(Cra),
    "originator_counter": st.integers(0, 2**64 - 1).map(OriginatorCounter),
    "originator": euis,
    "target": euis,
    "other": other_informations,
    "date_time": st.none() | date_times,
}
_MESSAGE_CHANGES = {"payload": octets_of_any_length, "signature": signatures, "mac": macs}
_SEGMENTS_OF = {
    "originator_counter": {"counter"},
    "date_time": {"date-time", "date-time length", "mac length"},
    "other": {"other", "other length", "mac length"},
    "payload": {"payload", "payload length", "mac length"},
    "signature": {"signature", "signature length", "mac length"},
}


@given(messages(), st.data())
def test_changing_one_field_changes_its_octets_and_the_lengths_around_it(
    message: Message, data: st.DataObject
) -> None:
    for field, values in (_HEADER_CHANGES | _MESSAGE_CHANGES).items():
        if field in ("signature", "mac") and not getattr(message, field):
            continue
        value = data.draw(values, label=field)
        if field in _HEADER_CHANGES:
            changed = message._replace(header=message.header._replace(**{field: value}))
        else:
            changed = message._replace(**{field: value})
        before, after = segments(encode(message)), segments(encode(changed))
        differing = {name for name in before if before[name] != after[name]}
        assert differing <= _SEGMENTS_OF.get(field, {field}), field
        assert bool(differing) == (changed != message), field


@given(messages(), st.data())
def test_octets_near_a_message_parse_to_what_encodes_them_or_raise_the_one_error(
    message: Message, data: st.DataObject
) -> None:
    octets = data.draw(mutations(encode(message)))
    parsed = parsed_or_error(octets)
    if isinstance(parsed, Message):
        assert encode(parsed) == octets
    else:
        assert parsed.where
        assert parsed.offset is not None
        assert 0 <= parsed.offset <= len(octets)
        assert len(str(parsed)) < 200


@given(st.binary(max_size=200))
def test_any_octets_parse_or_raise_the_one_error(octets: bytes) -> None:
    parsed = parsed_or_error(octets)
    assert isinstance(parsed, GbcsError) or encode(parsed) == octets


@given(headers)
def test_every_message_cut_short_by_any_number_of_octets_is_refused(header: GroupingHeader) -> None:
    octets = encode(Message(header, b"\xd9\x20", b"S" * 64, b"M" * 12))
    for length in range(len(octets)):
        with pytest.raises(GbcsError):
            parse(octets[:length])


def test_the_shape_follows_from_signature_and_mac() -> None:
    shapes = {
        (b"S" * 64, b"M" * 12): MessageShape.FULL,
        (b"", b"M" * 12): MessageShape.MAC_ONLY,
        (b"S" * 64, None): MessageShape.SIGNED,
        (None, None): MessageShape.PRE_COMMAND,
        (b"", None): MessageShape.PRE_COMMAND,
    }
    for (signature, mac), shape in shapes.items():
        assert parse(encode(message_of(signature=signature, mac=mac))).shape is shape


@dataclass(frozen=True)
class Broken:
    """One octet overwritten, counted from the start of a full message, and what the error says."""

    at: int
    octet: int
    where: str


# A full message with a payload of 2 octets: 13 octets of MAC Header, 30 to the date-time length, 3 of other
# information, then payload length, payload, signature length at 49.
BROKEN = [
    Broken(0, 0xDC, "grouping header/tag"),
    Broken(3, 0x01, "MAC header"),
    Broken(7, 0x80, "MAC header/length"),
    Broken(7, 0x75, "MAC header/length"),
    Broken(7, 0x77, "MAC header/length"),
    Broken(8, 0x31, "MAC header/security header"),
    Broken(12, 0x01, "MAC header/security header"),
    Broken(13, 0xDD, "grouping header/tag"),
    Broken(14, 0x08, "grouping header/transaction id length"),
    Broken(15, 0x00, "grouping header/CRA flag"),
    Broken(15, 0x04, "grouping header/CRA flag"),
    Broken(24, 0x07, "grouping header/business originator length"),
    Broken(33, 0x09, "grouping header/business target length"),
    Broken(42, 0x0B, "grouping header/date-time"),
    Broken(43, 0x01, "grouping header/other information"),
    Broken(43, 0xFF, "grouping header/other information"),
    Broken(46, 0x01, "signature"),
    Broken(46, 0x03, "signature"),
    Broken(46, 0x7F, "payload"),
    Broken(49, 0x3F, "signature"),
    Broken(49, 0x00, "signature"),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.at}-{broken.octet:02X}")
def test_an_error_names_the_field_and_the_place(broken: Broken) -> None:
    octets = bytearray(encode(message_of()))
    assert (octets[7], octets[13], octets[49]) == (0x76, 0xDF, 0x40)
    octets[broken.at] = broken.octet
    with pytest.raises(GbcsError) as raised:
        parse(bytes(octets))
    assert raised.value.where == broken.where
    assert raised.value.offset is not None


@pytest.mark.parametrize("length", [0, 1, 3, 9, 11, 17, 19, 25])
def test_other_information_of_any_other_length_is_refused(length: int) -> None:
    header = encode(message_of(signature=None, mac=None))[:30]
    with pytest.raises(GbcsError, match="other information"):
        parse(header + bytes((length,)) + bytes(length) + b"\x00")


@pytest.mark.parametrize("length", [2, 10, 18, 26])
def test_other_information_of_the_known_lengths_is_read(length: int) -> None:
    header = encode(message_of(signature=None, mac=None))[:30]
    other = parse(header + bytes((length,)) + bytes(length) + b"\x00").header.other
    assert len([value for value in other if value is not None]) == 1 + (length - 2) // 8


def test_octets_behind_the_second_counter_must_be_a_certificate() -> None:
    header = encode(message_of(signature=None, mac=None))[:30]
    start = header + b"\x1b" + bytes(18)
    assert parse(start + CERTIFICATE + b"\x00").header.other.certificate == CERTIFICATE
    with pytest.raises(GbcsError, match="a certificate"):
        parse(start + b"\x31" + CERTIFICATE[1:] + b"\x00")


_PARTY = {"supplementary_party": SUPPLIER}
_COUNTER = {"supplementary_counter": OriginatorCounter(1)}
_SECOND = {"supplementary_originator_counter": OriginatorCounter(2)}


@pytest.mark.parametrize(
    "fields",
    [
        _COUNTER,
        _SECOND,
        {"certificate": CERTIFICATE},
        _PARTY | _SECOND,
        _PARTY | {"certificate": CERTIFICATE},
        _PARTY | _COUNTER | _SECOND | {"certificate": CERTIFICATE},
        _PARTY | _COUNTER | {"certificate": b""},
        _PARTY | _COUNTER | {"certificate": b"\x30\x06abcdef"},
        _PARTY | _COUNTER | {"certificate": b"\x31" + CERTIFICATE[1:]},
    ],
)
def test_other_information_that_no_layout_can_carry_is_not_encoded(fields: dict[str, Any]) -> None:
    with pytest.raises(GbcsError, match="other information"):
        encode(message_of(other=OtherInformation(CODE, **fields)))


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": b"S" * 63},
        {"signature": b"S" * 65},
        {"mac": b"M" * 11},
        {"mac": b"M" * 13},
        {"mac": b""},
        {"signature": None},
    ],
)
def test_security_fields_of_a_wrong_size_are_not_encoded(changes: dict[str, Any]) -> None:
    encode(message_of())
    with pytest.raises(GbcsError):
        encode(message_of(**changes))


def test_a_date_time_field_that_is_too_wide_is_not_encoded() -> None:
    widest = DlmsDateTime(0xFFFF, *[0xFF] * 7, 0xFFFF, 0xFF)
    assert parse(encode(message_of(date_time=widest))).header.date_time == widest
    for field in widest._fields:
        with pytest.raises(GbcsError, match="date-time"):
            encode(message_of(date_time=widest._replace(**{field: 0x10000})))


@pytest.mark.parametrize("form", [2, 3, 4, 5])
@pytest.mark.parametrize("field", LengthForms._fields)
def test_a_length_keeps_its_form_until_it_outgrows_it(field: str, form: int) -> None:
    forms = LengthForms()._replace(**{field: form})
    short = message_of(payload=b"", signature=b"", forms=forms)
    octets = encode(short)
    assert len(octets) == len(encode(short._replace(forms=LengthForms()))) + form - 1
    assert parse(octets) == short
    long = short._replace(payload=bytes(300))
    assert encode(parse(encode(long))) == encode(long)


@given(st.integers(0, 2**32 - 1), st.sampled_from((0, 2, 3, 4, 5)))
def test_lengths_read_back_in_their_form(length: int, form: int) -> None:
    octets = encode_length(length, form)
    value, noted, after = read_length(octets, 0, len(octets), "length")
    assert (value, after) == (length, len(octets))
    assert encode_length(value, noted) == octets
    assert noted in (0, form)


@pytest.mark.parametrize(("length", "form"), [(-1, 0), (2**32, 0), (0, 6), (0, -1)])
def test_a_length_beyond_four_octets_is_not_encoded(length: int, form: int) -> None:
    with pytest.raises(GbcsError, match="length"):
        encode_length(length, form)


@pytest.mark.parametrize("octets", ["", "80", "81", "8201", "850000000001", "FF"])
def test_what_is_no_definite_length_of_four_octets_is_refused(octets: str) -> None:
    raw = bytes.fromhex(octets)
    with pytest.raises(GbcsError, match="field at octet 0"):
        read_length(raw, 0, len(raw), "field")


def test_a_date_time_is_a_moment_in_utc() -> None:
    moment = datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    assert DlmsDateTime.of(moment, 0xFF).moment() == moment
    in_berlin = moment.astimezone(timezone(timedelta(hours=2)))
    assert DlmsDateTime.of(in_berlin, 0).moment() == moment


@pytest.mark.parametrize(("deviation", "hour"), [(0x8000, 12), (0, 12), (60, 13), (0x10000 - 60, 11)])
def test_the_deviation_leads_from_local_time_to_utc(deviation: int, hour: int) -> None:
    field = DlmsDateTime(2024, 1, 1, 0xFF, 12, 0, 0, 0, deviation, 0)
    assert field.moment() == datetime(2024, 1, 1, hour, tzinfo=UTC)


@pytest.mark.parametrize("change", [{"hour": 0xFF}, {"year": 0xFFFF}, {"month": 13}, {"day": 32}])
def test_an_unspecified_date_time_is_no_moment(change: dict[str, int]) -> None:
    with pytest.raises(GbcsError, match="date-time"):
        DlmsDateTime.of(datetime(2024, 1, 1, tzinfo=UTC), 0)._replace(**change).moment()


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    last = DlmsDateTime(9999, 12, 31, 0xFF, 23, 59, 0, 0, 1, 0)
    with pytest.raises(GbcsError, match="date-time"):
        last.moment()
