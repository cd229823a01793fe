"""ECS100: the octets, the reference messages, and all that is near."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import samples
from wire_strategies import build, codes, counters, date_times, mutations

from devices.gbcs.dlms import LongInvokeId, long_invoke_id
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime
from devices.gbcs.unsupported import ECS100, UnsupportedCommandAlert, decode_unsupported, encode

NEW_YEAR = DlmsDateTime(2015, 1, 1, 0xFF, 0, 0, 0, 0, 0x8000, 0xFF)
ALERT = UnsupportedCommandAlert(
    long_invoke_id(OriginatorCounter(2002)), NEW_YEAR, MessageCode(0x0012), OriginatorCounter(100_000)
)
OCTETS = "0F 200007D2 00 0203 128F85 090C 07DF0101FF000000008000FF 090A 0012 00000000000186A0"
values = build(
    UnsupportedCommandAlert, st.integers(0, 2**32 - 1).map(LongInvokeId), date_times, codes, counters
)


def test_octets() -> None:
    assert encode(ALERT).hex() == bytes.fromhex(OCTETS).hex()
    assert decode_unsupported(bytes.fromhex(OCTETS)) == ALERT


@given(values)
def test_values_come_back(value: UnsupportedCommandAlert) -> None:
    assert decode_unsupported(encode(value)) == value


@pytest.mark.parametrize("field", UnsupportedCommandAlert._fields)
def test_a_field_changes_its_own_octets(field: str) -> None:
    places = {
        "invoke_id": (1, 5),
        "date_time": (13, 25),
        "command_code": (27, 29),
        "command_counter": (29, 37),
    }
    first, last = places[field]
    old = getattr(ALERT, field)
    new = old._replace(hour=1) if field == "date_time" else type(old)(old ^ 1)
    before, after = encode(ALERT), encode(ALERT._replace(**{field: new}))
    assert before[:first] + before[last:] == after[:first] + after[last:]
    assert before != after


@given(values, st.data())
def test_octets_near_a_payload(value: UnsupportedCommandAlert, data: st.DataObject) -> None:
    payload = data.draw(mutations(encode(value)))
    try:
        decoded = decode_unsupported(payload)
    except GbcsError:
        return
    assert encode(decoded) == payload


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("128F85", "128F86"),
        ("090A 0012", "09810A 0012"),
        ("0203", "8102 03"),
        ("0203 128F85", "0103 128F85"),
        ("0203 128F85", "0202"),
        ("0203 128F85", "0204 128F85 00"),
        ("090A 0012", "0909 00"),
        ("090A", "0A0A"),
        ("0F 200007D2 00 0203 128F85", "0F 200007D2 00 12"),
        ("0F 200007D2 00", "DA 200007D2 00"),
    ],
)
def test_anything_else_is_refused(good: str, bad: str) -> None:
    assert good in OCTETS
    with pytest.raises(GbcsError):
        decode_unsupported(bytes.fromhex(OCTETS.replace(good, bad)))


def test_a_date_time_out_of_range_is_refused() -> None:
    with pytest.raises(GbcsError, match="date-time"):
        encode(ALERT._replace(date_time=NEW_YEAR._replace(hour=256)))


def test_reference_messages(conformance: Path) -> None:
    for message in samples(conformance, ECS100).values():
        value = decode_unsupported(message.payload)
        assert encode(value) == message.payload
        assert value.invoke_id == long_invoke_id(message.header.originator_counter)
