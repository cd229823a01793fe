"""The days that a chart's axis names, in English whatever the locale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

_MOST: Final = 6
_DAY_STEPS: Final = (1, 2, 4, 7, 14)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """At most six days from first to last with their texts; the first tells the year, and so does each new.

    Days are counted from the first; where they are too many, the first days of months are named.
    """
    length = (last - first).days
    for step in _DAY_STEPS:
        if length // step < _MOST:
            days = [first + timedelta(days=offset) for offset in range(0, length + 1, step)]
            return list(_with_years(days, with_day=True))
    for step in _MONTH_STEPS:
        months = [day for day in _months(first, last) if (day.year * 12 + day.month - 1) % step == 0]
        if len(months) <= _MOST:
            break
    return list(_with_years(months, with_day=False))


def _months(first: date, last: date) -> Iterator[date]:
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        if date(year, month, 1) >= first:
            yield date(year, month, 1)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _with_years(days: list[date], *, with_day: bool) -> Iterator[tuple[date, str]]:
    before = None
    for day in days:
        text = f"{day.day} {_MONTHS[day.month - 1]}" if with_day else _MONTHS[day.month - 1]
        yield day, text if day.year == before else f"{text}\n{day.year}"
        before = day.year
