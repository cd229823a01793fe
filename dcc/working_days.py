"""Working days and the deadlines counted in them."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final

from holidays import country_holidays

from dcc.dates import utc_day
from dcc.errors import DccValueError

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class Calendar(enum.Enum):
    """Whose bank holidays count; the value is the subdivision of GB that the holiday data knows.

    That the Smart Energy Code's working days are those of England and Wales is assumed; Scotland's
    calendar is there for comparison.
    """

    ENGLAND_AND_WALES = "ENG"
    SCOTLAND = "SCT"


@cache
def bank_holidays(calendar: Calendar, year: int) -> frozenset[date]:
    """Good Friday, Christmas Day and the bank holidays of one year, substitute days included."""
    return frozenset(country_holidays("GB", subdiv=calendar.value, years=year))


def is_working_day(day: date, calendar: Calendar = Calendar.ENGLAND_AND_WALES) -> bool:
    """Whether the day is Monday to Friday and no bank holiday."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(calendar, day.year)


def deadline_after(
    commissioned_at: datetime,
    working_days: int = 7,
    calendar: Calendar = Calendar.ENGLAND_AND_WALES,
) -> datetime:
    """The last instant within so many working days of commissioning (SEC Appendix AC 5.2(a): seven).

    The day of commissioning does not count; the deadline is the last microsecond of the last working day,
    so whatever happens at or before it is in time. Days are those of UTC, a simplification: while summer
    time is in force a day in Great Britain begins an hour earlier.

    Raises:
        DccValueError: the datetime has no time zone, or the number of days is below 1.
    """
    if working_days < 1:
        raise DccValueError("working days", working_days, "1 or more")
    return _end_of_nth_working_day(utc_day(commissioned_at), working_days, calendar)


@lru_cache(maxsize=8192)
def _end_of_nth_working_day(day: date, working_days: int, calendar: Calendar) -> datetime:
    remaining = working_days
    while remaining:
        day += _ONE_DAY
        remaining -= is_working_day(day, calendar)
    return datetime.combine(day, time.max, tzinfo=UTC)
