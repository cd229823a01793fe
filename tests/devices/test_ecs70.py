"""Set Clock: the real messages, the window, and how a meter answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import counters, mutations

from devices.gbcs import dlms
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_data import NULL, structure, unsigned
from devices.gbcs.dlms_times import Period, moment_value
from devices.gbcs.ecs70 import (
    ECS70,
    ClockAnswer,
    ClockStatus,
    build_ecs70_command,
    encode_ecs70_response,
    open_ecs70_response,
    read_ecs70_command,
    set_clock,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import DlmsDateTime

SUITE = settings(max_examples=60, deadline=None)
COUNTER = OriginatorCounter(1000)
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SUCCESS = AccessCode.SUCCESS
moments = st.datetimes(
    datetime(2000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=0))  # fmt: skip


@pytest.mark.parametrize("use", ["ECS70_6.11", "ECS70Commission_8.1.1"])
@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_messages(conformance: Path, use: str, outcome: str) -> None:
    command = messages(conformance)[f"{use}_{outcome}_COMMAND"]
    response = messages(conformance)[f"{use}_{outcome}_RESPONSE"]
    counter = command.header.originator_counter
    assert command.code == response.code == ECS70
    # The service request names the first moment and a tolerance of a minute.
    current = datetime(2014, 12, 31, 23, 59, 10, tzinfo=UTC)
    assert build_ecs70_command(counter, current, 60).hex() == command.payload.hex()
    assert read_ecs70_command(command.payload, counter) == (current, current + 60 * SECOND)
    answer = open_ecs70_response(response.payload, counter)
    assert encode_ecs70_response(counter, answer).hex() == response.payload.hex()
    if outcome == "ERROR":
        codes = (SUCCESS,) * 3 + (AccessCode.HARDWARE_FAULT, AccessCode.OTHER_REASON)
        assert answer == ClockAnswer(codes, None, None)
    else:
        midnight = datetime(2015, 1, 1, tzinfo=UTC)
        assert answer == set_clock(Period(current, current + 60 * SECOND), midnight)
        assert answer.status is ClockStatus.RELIABLE


def test_a_clock_is_reliable_within_the_window_both_ends_included() -> None:
    window = Period(NOW, NOW + 60 * SECOND)
    for shift, status in (
        (-1, ClockStatus.UNRELIABLE),
        (0, ClockStatus.RELIABLE),
        (60, ClockStatus.RELIABLE),
        (61, ClockStatus.UNRELIABLE),
    ):
        answer = set_clock(window, NOW + shift * SECOND)
        assert answer.status is status
        assert answer.device_time == DlmsDateTime.of(NOW + shift * SECOND, 0xFF)
        assert answer.codes == (SUCCESS,) * 5


@SUITE
@given(counters, moments, st.integers(0, 10**6))
def test_commands_come_back(counter: OriginatorCounter, current: datetime, tolerance: int) -> None:
    payload = build_ecs70_command(counter, current, tolerance)
    assert read_ecs70_command(payload, counter) == (current, current + tolerance * SECOND)


@SUITE
@given(counters, moments, st.sampled_from(ClockStatus))
def test_answers_come_back(counter: OriginatorCounter, at: datetime, status: ClockStatus) -> None:
    answer = ClockAnswer((SUCCESS,) * 5, DlmsDateTime.of(at, 0xFF), status)
    assert open_ecs70_response(encode_ecs70_response(counter, answer), counter) == answer


def test_a_negative_tolerance_is_refused() -> None:
    build_ecs70_command(COUNTER, NOW, 0)
    with pytest.raises(GbcsError, match="-1 seconds"):
        build_ecs70_command(COUNTER, NOW, -1)


def test_commands_of_another_form_are_refused() -> None:
    request = dlms.decode_request(build_ecs70_command(COUNTER, NOW, 60))
    base, preset, adjust, *rest = request.data
    later, earlier = moment_value(NOW + SECOND), moment_value(NOW)
    for data, what in (
        ((unsigned(8, 5), preset, adjust, *rest), "not in the form"),
        ((base, NULL, adjust, *rest), "not a structure of 3"),
        ((base, structure(earlier, earlier, later), adjust, *rest), "not in the form"),
        ((base, structure(earlier, later, earlier), adjust, *rest), "is later than"),
        ((base, structure(earlier, unsigned(8, 1), later), adjust, *rest), "no octet string"),
        ((base, preset, NULL, *rest), "not in the form"),
    ):
        with pytest.raises(GbcsError, match=what):
            read_ecs70_command(dlms.encode(request._replace(data=data)), COUNTER)
    changed = dlms.encode(request._replace(specifications=request.specifications[::-1]))
    with pytest.raises(GbcsError, match="other items"):
        read_ecs70_command(changed, COUNTER)


def test_answers_of_another_form_are_refused() -> None:
    good = ClockAnswer((SUCCESS,) * 5, DlmsDateTime.of(NOW, 0xFF), ClockStatus.RELIABLE)
    response = dlms.decode_response(encode_ecs70_response(COUNTER, good))
    time, status = response.data[3:]
    for data, what in (
        ((NULL, NULL, NULL, time, unsigned(8, 3)), "clock status 3"),
        ((NULL, NULL, NULL, time, unsigned(16, 0)), "no UINT8"),
        ((NULL, NULL, NULL, NULL, status), "don't go together"),
        ((NULL, status, NULL, time, status), "an action yields a value"),
    ):
        with pytest.raises(GbcsError, match=what):
            open_ecs70_response(dlms.encode(response._replace(data=data)), COUNTER)
    with pytest.raises(GbcsError, match="4 codes"):
        encode_ecs70_response(COUNTER, good._replace(codes=(SUCCESS,) * 4))


@SUITE
@given(st.data())
def test_damaged_payloads_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    command = data.draw(mutations(build_ecs70_command(COUNTER, NOW, 60)))
    answer = set_clock(Period(NOW, NOW), NOW)
    response = data.draw(mutations(encode_ecs70_response(COUNTER, answer)))
    for read in (
        lambda: read_ecs70_command(command, COUNTER),
        lambda: open_ecs70_response(response, COUNTER),
    ):
        try:
            read()
        except GbcsError:
            continue
