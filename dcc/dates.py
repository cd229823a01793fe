"""Days and ranges of days. Registration data is dated by the day, messages by the instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from dcc.errors import DccValueError


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from ``first`` to ``last``, both included; ``None`` leaves that end open.

    Raises:
        DccValueError: the range ends before it begins.
    """

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise DccValueError("date range", str(self), "a last day not before the first")

    def covers(self, day: date) -> bool:
        """Whether the day lies in the range."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def __str__(self) -> str:
        return f"{self.first or '...'} to {self.last or '...'}"


ALWAYS: Final = DateRange()


def utc_day(at: datetime) -> date:
    """The UTC day of an instant.

    Day boundaries are those of UTC all year round: a simplification, since dates in Great Britain turn an
    hour earlier while summer time is in force.

    Raises:
        DccValueError: the datetime has no time zone.
    """
    if at.tzinfo is UTC:
        return at.date()
    if at.tzinfo is None:
        raise DccValueError("time", at.isoformat(), "a datetime with a time zone")
    return at.astimezone(UTC).date()
