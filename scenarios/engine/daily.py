"""Series by day, out of what changed when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import accumulate

from dcc.dates import utc_day
from scenarios.engine.outcome import Series

_ONE_DAY = timedelta(days=1)


def stock(
    name: str, label: str, unit: str, days: tuple[date, date], changes: Iterable[tuple[datetime, int]]
) -> Series:
    """How many there are at the end of each day, first and last day included, from changes up and down."""
    by_day = counted(name, label, unit, days, changes)
    return by_day._replace(values=tuple(accumulate(by_day.values)), is_per_day=False)


def counted(
    name: str, label: str, unit: str, days: tuple[date, date], events: Iterable[tuple[datetime, int]]
) -> Series:
    """How many there were on each day; what came before the first counts for it, later ones do not."""
    first, last = days
    per_day: Counter[date] = Counter()
    for at, number in events:
        per_day[max(first, utc_day(at))] += number
    length = (last - first) // _ONE_DAY + 1
    values = tuple(per_day[first + _ONE_DAY * day] for day in range(length))
    return Series(name, label, unit, first, values, is_per_day=True)
