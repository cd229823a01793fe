"""The logs of a meter: profile and daily readings. They hold nothing but what the registers say.

An entry's time is when its half hour or day ended. The first half hour of a meter is as short as its
manufacture left it, so that a profile read from the beginning adds up to the register.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from devices.gbcs.dlms_times import Period
from devices.metering import HALF_HOUR_SECONDS, Meter, Quantity

HALF_HOUR: Final = timedelta(seconds=HALF_HOUR_SECONDS)
DAY: Final = timedelta(days=1)
# As many as a response may list (MMC schema 5.4): 397 days of import, 93 of export and reactive import,
# 31 daily readings, 731 days of daily consumption.
IMPORT_PROFILE_ENTRIES: Final = 19_056
PROFILE_ENTRIES: Final = 4_464
DAILY_READ_ENTRIES: Final = 31
DAILY_CONSUMPTION_ENTRIES: Final = 731

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def profile(
    meter: Meter, quantity: Quantity, period: Period, now: datetime, capacity: int
) -> tuple[tuple[datetime, int], ...]:
    """Amount of each half hour that ended in a period; the newest ``capacity`` are held."""
    return _amounts(meter, quantity, _ends(meter, period, now, HALF_HOUR, capacity), HALF_HOUR)


def daily_consumption(
    meter: Meter, quantity: Quantity, period: Period, now: datetime
) -> tuple[tuple[datetime, int], ...]:
    """Amount of each day (UTC) that ended in a period."""
    ends = _ends(meter, period, now, DAY, DAILY_CONSUMPTION_ENTRIES)
    return _amounts(meter, quantity, ends, DAY)


def daily_readings(
    meter: Meter, quantity: Quantity, period: Period, now: datetime
) -> tuple[tuple[datetime, int], ...]:
    """The register at each midnight (UTC) of a period."""
    ends = _ends(meter, period, now, DAY, DAILY_READ_ENTRIES)
    return tuple([(end, meter.register(quantity, end)) for end in ends])


def midnights(meter: Meter, period: Period, now: datetime) -> tuple[datetime, ...]:
    """The midnights (UTC) of a period at which a daily read log has an entry."""
    return tuple(_ends(meter, period, now, DAY, DAILY_READ_ENTRIES))


def _amounts(
    meter: Meter, quantity: Quantity, ends: Iterator[datetime], length: timedelta
) -> tuple[tuple[datetime, int], ...]:
    entries = []
    before: tuple[datetime, int] | None = None
    for end in ends:
        start = end - length
        # The register at the start is that at the end before, if the entries follow each other.
        opening = before[1] if before and before[0] == start else meter.register(quantity, start)
        closing = meter.register(quantity, end)
        entries.append((end, closing - opening))
        before = (end, closing)
    return tuple(entries)


def _ends(
    meter: Meter, period: Period, now: datetime, length: timedelta, capacity: int
) -> Iterator[datetime]:
    """The ends of intervals in a period, of those that a log of ``capacity`` holds at ``now``."""
    newest = (now - _EPOCH) // length
    made = (meter.manufactured - _EPOCH) // length
    first = max(made + 1, newest - capacity + 1, -((_EPOCH - period.start) // length))
    last = min(newest, (period.end - _EPOCH) // length)
    for number in range(first, last + 1):
        yield _EPOCH + number * length
