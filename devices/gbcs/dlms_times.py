"""Points in time as DLMS values: twelve octets of date-time, or seconds since 2000."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs.dlms import ObisCode, Selection
from devices.gbcs.dlms_data import (
    DataType,
    Nested,
    Number,
    Text,
    Value,
    array,
    octet_string,
    structure,
    unsigned,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import DlmsDateTime
from devices.gbcs.zcl import utc_moment, utc_seconds

DATE_TIME_OCTETS: Final = 12
STATUS_NOT_SPECIFIED: Final = 0xFF

_DATE_TIME: Final = struct.Struct(">HBBBBBBBHB")
_BY_RANGE: Final = 1
_LOG_TIME: Final = structure(
    unsigned(16, 1),
    octet_string(ObisCode(bytes((0, 0, 94, 44, 100, 255)))),
    Number(DataType.INT8, 2),
    unsigned(16, 0),
)


class Period(NamedTuple):
    """From ``start`` to ``end``, both included; timezone-aware."""

    start: datetime
    end: datetime

    def checked(self) -> Period:
        """The period itself.

        Raises:
            GbcsError: the start is later than the end.
        """
        if self.start > self.end:
            raise GbcsError("period", f"{self.start.isoformat()} is later than {self.end.isoformat()}")
        return self


def date_time_value(at: DlmsDateTime) -> Text:
    """A date-time as an octet string.

    Raises:
        GbcsError: a field is out of range.
    """
    try:
        return octet_string(_DATE_TIME.pack(*at))
    except struct.error:
        raise GbcsError("date-time", f"{tuple(at)} has a field out of range") from None


def moment_value(moment: datetime) -> Text:
    """A moment as an octet string, to the second, weekday, deviation and status not specified."""
    return date_time_value(DlmsDateTime.of(moment, STATUS_NOT_SPECIFIED))


def read_date_time(value: Value, where: str) -> DlmsDateTime:
    """The date-time of an octet string.

    Raises:
        GbcsError: the value is no octet string of 12.
    """
    if not isinstance(value, Text) or value.kind is not DataType.OCTET_STRING:
        raise GbcsError(where, "a date-time is no octet string")
    if len(value.octets) != DATE_TIME_OCTETS:
        raise GbcsError(where, f"a date-time has {len(value.octets)} octets, expected {DATE_TIME_OCTETS}")
    return DlmsDateTime(*_DATE_TIME.unpack(value.octets))


def range_selection(period: Period) -> Selection:
    """Selects the entries of a log in a period.

    Raises:
        GbcsError: the start is later than the end, or one doesn't fit seconds since 2000 in 32 bits.
    """
    start, end = period.checked()
    return _selection(utc_seconds(start), utc_seconds(end))


def selected_range(selection: Selection) -> Period | None:
    """The period that a selection is for; None if it is no range over time."""
    parameters = selection.parameters
    if not isinstance(parameters, Nested) or len(parameters.items) != 4:
        return None
    _, start, end, _ = parameters.items
    if not isinstance(start, Number) or not isinstance(end, Number) or start.kind is not DataType.UINT32:
        return None
    # Anything but the one form that GBCS knows differs from what its two numbers would give.
    if selection != _selection(start.value, end.value):
        return None
    return Period(utc_moment(start.value), utc_moment(end.value))


def _selection(start_seconds: int, end_seconds: int) -> Selection:
    bounds = unsigned(32, start_seconds), unsigned(32, end_seconds)
    return Selection(_BY_RANGE, structure(_LOG_TIME, *bounds, array()))
