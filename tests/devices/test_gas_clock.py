"""GCS28: the octets, the reference messages, and all that is near."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import check_neighbours, check_octets, check_round_trip, check_samples, samples
from wire_strategies import build, moments

from devices.gbcs import gas_clock as codec
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_clock import ClockPayload, SetClock, SetClockResponse, TimeStatus

DECODERS = {SetClock: codec.decode_set_clock, SetClockResponse: codec.decode_set_clock_response}
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOON_OCTETS = "180F 32303236303130353132303030305A"
ONE_OCTETS = "180F 32303236303130353133303030305A"
values: st.SearchStrategy[ClockPayload] = st.one_of(
    build(SetClock, moments, moments), build(SetClockResponse, moments, st.sampled_from(TimeStatus))
)


@given(values, st.data())
def test_values_come_back_in_any_form(value: ClockPayload, data: st.DataObject) -> None:
    check_round_trip(value, DECODERS[type(value)], data)


@given(values, st.data())
def test_octets_near_a_payload(value: ClockPayload, data: st.DataObject) -> None:
    check_neighbours(value, DECODERS[type(value)], data)


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (SetClock(NOON, NOON.replace(hour=13)), f"3022 {NOON_OCTETS} {ONE_OCTETS}"),
        (SetClockResponse(NOON, TimeStatus.RELIABLE), f"3014 {NOON_OCTETS} 020100"),
        (SetClockResponse(NOON, TimeStatus.UNRELIABLE), f"3014 {NOON_OCTETS} 020102"),
    ],
)
def test_octets(value: ClockPayload, octets: str) -> None:
    check_octets(value, octets, DECODERS[type(value)])


@pytest.mark.parametrize(
    ("octets", "where"),
    [
        (f"3014 {NOON_OCTETS} 020103", "deviceTimeStatus"),
        ("3014 180F 32303236303133353132303030305A 020100", "deviceTime"),
        ("3013 180E 323032363031303531323030305A 020100", "deviceTime"),
    ],
)
def test_an_error_names_the_field(octets: str, where: str) -> None:
    with pytest.raises(GbcsError, match=f"payload/response/{where} at"):
        codec.decode_set_clock_response(bytes.fromhex(octets))


def test_reference_messages(conformance: Path) -> None:
    check_samples(conformance, codec.GCS28)


def test_reference_clocks_are_reliable_if_they_lie_in_the_period(conformance: Path) -> None:
    found = samples(conformance, codec.GCS28)
    for name, message in found.items():
        response = found.get(name.replace("COMMAND", "RESPONSE"))
        if name.endswith("_COMMAND") and response is not None:
            command = codec.decode_set_clock(message.payload)
            answer = codec.decode_set_clock_response(response.payload)
            inside = command.validity_start <= answer.device_time <= command.validity_end
            assert inside == (answer.status is TimeStatus.RELIABLE), name
