"""ECS70 Set Clock on an ESME (message code 0062, SRV 6.11 and 8.1.1): command and response payloads.

The supplier says between which two moments the clock has to stand; the meter takes the time of its
communications hub, and says what its clock then shows and whether it may be relied on.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from devices.gbcs.dlms import AccessCode, AccessService, AccessSpecification, ObisCode
from devices.gbcs.dlms_data import NULL, DataType, Fixed, Nested, Number, Value, structure, unsigned
from devices.gbcs.dlms_exchange import encode_request, encode_response, open_request, open_response
from devices.gbcs.dlms_times import (
    STATUS_NOT_SPECIFIED,
    Period,
    date_time_value,
    moment_value,
    read_date_time,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime

ECS70: Final = MessageCode(0x0062)

_CLOCK: Final = 8
_CLOCK_OBJECT: Final = ObisCode(bytes((0, 0, 1, 0, 0, 255)))
_CLOCK_BASE: Final = Number(DataType.ENUM, 5)
_ANY_PRESET_TIME: Final = DlmsDateTime(0xFFFF, *(0xFF,) * 7, deviation=0x8000, clock_status=0xFF)
_ITEMS: Final = (
    AccessSpecification(AccessService.SET, _CLOCK, _CLOCK_OBJECT, 9),
    AccessSpecification(AccessService.ACTION, _CLOCK, _CLOCK_OBJECT, 5),
    AccessSpecification(AccessService.ACTION, _CLOCK, _CLOCK_OBJECT, 4),
    AccessSpecification(AccessService.GET, _CLOCK, _CLOCK_OBJECT, 2),
    AccessSpecification(AccessService.GET, _CLOCK, _CLOCK_OBJECT, 4),
)
_COMMAND: Final = "ECS70 command"
_RESPONSE: Final = "ECS70 response"


class ClockStatus(enum.IntEnum):
    """Whether a clock may be relied on; which number means what is assumed but for RELIABLE."""

    RELIABLE = 0
    INVALID = 1
    UNRELIABLE = 2


class ClockAnswer(NamedTuple):
    """What ECS70 answers: five result codes; time and status are None where their code is not SUCCESS."""

    codes: tuple[AccessCode, ...]
    device_time: DlmsDateTime | None
    status: ClockStatus | None


def build_ecs70_command(counter: OriginatorCounter, current: datetime, tolerance_seconds: int) -> bytes:
    """The payload that sets a clock: it has to stand from ``current`` to ``tolerance_seconds`` later.

    Raises:
        GbcsError: the tolerance is negative.
    """
    if tolerance_seconds < 0:
        raise GbcsError("clock tolerance", f"{tolerance_seconds} seconds, expected 0 or more")
    return _encode_command(counter, Period(current, current + timedelta(seconds=tolerance_seconds)))


def read_ecs70_command(payload: bytes, counter: OriginatorCounter) -> Period:
    """Between which moments the clock has to stand.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    preset = open_request(payload, counter, _ITEMS, _COMMAND)[1]
    if not isinstance(preset, Nested) or len(preset.items) != 3:
        raise GbcsError(_COMMAND, "the preset is not a structure of 3")
    start, end = [read_date_time(value, _COMMAND).moment() for value in preset.items[1:]]
    period = Period(start, end).checked()
    if _encode_command(counter, period) != payload:
        raise GbcsError(_COMMAND, "not in the form of the use case")
    return period


def set_clock(window: Period, network_time: datetime) -> ClockAnswer:
    """How a meter answers whose communications hub says ``network_time``.

    Outside the window the clock is called unreliable, which is assumed, not confirmed.
    """
    within = window.start <= network_time <= window.end
    status = ClockStatus.RELIABLE if within else ClockStatus.UNRELIABLE
    shown = DlmsDateTime.of(network_time, STATUS_NOT_SPECIFIED)
    return ClockAnswer((AccessCode.SUCCESS,) * len(_ITEMS), shown, status)


def encode_ecs70_response(counter: OriginatorCounter, answer: ClockAnswer) -> bytes:
    """The response payload that carries ``answer``.

    Raises:
        GbcsError: there is not one code an item.
    """
    time = NULL if answer.device_time is None else date_time_value(answer.device_time)
    status: Value = NULL if answer.status is None else unsigned(8, answer.status)
    return encode_response(counter, _ITEMS, answer.codes, (NULL, NULL, NULL, time, status))


def open_ecs70_response(payload: bytes, counter: OriginatorCounter) -> ClockAnswer:
    """What a meter answered to the command with this originator counter.

    Raises:
        GbcsError: the payload is no response to that command, or its values are not of the right types.
    """
    codes, (*nothing, time, status) = open_response(payload, counter, _ITEMS, _RESPONSE)
    if any(value != NULL for value in nothing):
        raise GbcsError(_RESPONSE, "an action yields a value")
    shown = None if time == NULL else read_date_time(time, _RESPONSE)
    return ClockAnswer(codes, shown, None if isinstance(status, Fixed) else _status(status))


def _encode_command(counter: OriginatorCounter, window: Period) -> bytes:
    start, end = window
    preset = structure(date_time_value(_ANY_PRESET_TIME), moment_value(start), moment_value(end))
    data = (_CLOCK_BASE, preset, Number(DataType.INT8, 0), NULL, NULL)
    return encode_request(counter, _ITEMS, data)


def _status(value: Value) -> ClockStatus:
    if not isinstance(value, Number) or value.kind is not DataType.UINT8:
        raise GbcsError(_RESPONSE, "the clock status is no UINT8")
    try:
        return ClockStatus(value.value)
    except ValueError:
        raise GbcsError(_RESPONSE, f"clock status {value.value}, expected 0 to 2") from None
