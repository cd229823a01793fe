"""Schedules of the DCC (5.1 to 5.3): reads that it repeats for a User, and when they fall due."""

from __future__ import annotations

import calendar
import heapq
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import CreateSchedule, Frequency, ScheduleId
from devices.gbcs.identifiers import Eui64

MOST_OF_ONE_USER: Final = 99
"""How many schedules a User can have on one device: as many as an answer to 5.2 can list."""

_DAYS: Final = {Frequency.DAILY: 1, Frequency.WEEKLY: 7}
_MONTHS: Final = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.YEARLY: 12,
}
_MIDNIGHT: Final = time(0)


class Schedule(NamedTuple):
    """A schedule, and the User Id whose it is."""

    schedule_id: ScheduleId
    owner: Eui64
    what: CreateSchedule


class DueRun(NamedTuple):
    """One run of a schedule that has fallen due at ``at``."""

    schedule: Schedule
    at: datetime

    @property
    def body(self) -> Read | ReadLog:
        """The body of the read, the offsets of its period counted from the day of the run (UTC)."""
        what = self.schedule.what
        if what.period is None:
            return Read()
        start = _moment(self.at.date() + timedelta(what.period.start_day_offset), what.period.start_time)
        end = _moment(self.at.date() + timedelta(what.period.end_day_offset), what.period.end_time)
        return ReadLog(start, end, what.agreement)


class Schedules:
    """All schedules. Numbers rise from 1 and are never used twice."""

    def __init__(self) -> None:
        self._schedules: dict[ScheduleId, Schedule] = {}
        self._on: dict[Eui64, dict[ScheduleId, Schedule]] = {}
        self._last_id = 0
        # When each falls due next, with the number of that run; what was deleted is passed over.
        self._due: list[tuple[datetime, ScheduleId, int]] = []

    def create(self, owner: Eui64, what: CreateSchedule, now: datetime) -> Schedule:
        """Take a schedule up; runs that would have fallen due before ``now`` are left out."""
        self._last_id += 1
        schedule = Schedule(ScheduleId(self._last_id), owner, what)
        self._schedules[schedule.schedule_id] = schedule
        self._on.setdefault(what.device, {})[schedule.schedule_id] = schedule
        runs = (run for run, at in enumerate(_moments(what)) if at >= now)
        self._put_down(schedule, next(runs, None))
        return schedule

    def get(self, schedule_id: ScheduleId) -> Schedule | None:
        """The schedule of a number; None if there is none, or no longer."""
        return self._schedules.get(schedule_id)

    def of(self, owner: Eui64, device: Eui64) -> tuple[Schedule, ...]:
        """A User's schedules on a device, in the order in which they were made."""
        return tuple(item for item in self.on(device) if item.owner == owner)

    def on(self, device: Eui64) -> tuple[Schedule, ...]:
        """Everybody's schedules on a device, in the order in which they were made."""
        return tuple(self._on.get(device, {}).values())

    def delete(self, schedule_id: ScheduleId) -> Schedule | None:
        """Forget a schedule, and return it; None if there was none."""
        schedule = self._schedules.pop(schedule_id, None)
        if schedule is not None:
            del self._on[schedule.what.device][schedule_id]
        return schedule

    @property
    def next_due(self) -> datetime | None:
        """When the next run falls due; None if there is none."""
        while self._due and self._due[0][1] not in self._schedules:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def take_due(self, now: datetime) -> tuple[DueRun, ...]:
        """The runs that have fallen due, oldest first, each once."""
        due: list[DueRun] = []
        while (at := self.next_due) is not None and at <= now:
            _, schedule_id, run = heapq.heappop(self._due)
            schedule = self._schedules[schedule_id]
            due.append(DueRun(schedule, at))
            self._put_down(schedule, run + 1)
        return tuple(due)

    def _put_down(self, schedule: Schedule, run: int | None) -> None:
        at = run_at(schedule.what, run) if run is not None else None
        if run is not None and at is not None:
            heapq.heappush(self._due, (at, schedule.schedule_id, run))


def run_at(what: CreateSchedule, run: int) -> datetime | None:
    """When a run is due, counted from 0 at the start date; None after the last.

    Months are counted from the start date: a schedule that starts on the 31st runs on the last day of a
    shorter month, and on the 31st again where there is one (assumed).
    """
    day = _day_of_run(what.start_date, what.frequency, run)
    if day is None or (what.end_date is not None and day > what.end_date):
        return None
    return _moment(day, what.execution_start_time or _MIDNIGHT)


def _moments(what: CreateSchedule) -> Iterator[datetime]:
    run = 0
    while (at := run_at(what, run)) is not None:
        yield at
        run += 1


def _day_of_run(start: date, frequency: Frequency, run: int) -> date | None:
    if frequency in _DAYS:
        days = _DAYS[frequency] * run
        return start + timedelta(days) if days <= (date.max - start).days else None
    year, month = divmod(start.month - 1 + _MONTHS[frequency] * run, 12)
    year += start.year
    if year > date.max.year:
        return None
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None), UTC)
