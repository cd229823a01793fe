"""Simulated time: a SimPy environment that counts whole milliseconds, and knows the date."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, TypeVar

import simpy

from dcc.dates import utc_day
from dcc.working_days import Calendar, is_working_day
from scenarios.engine.civil_time import civil, civil_time
from scenarios.errors import InputError

_Result = TypeVar("_Result")
Conversation = Generator[simpy.Event, Any, _Result]
"""A process, or a part of one, that ends with a result."""

Job = Callable[[], Conversation[None]]
_MILLISECOND: Final = timedelta(milliseconds=1)
_ONE_DAY: Final = timedelta(days=1)


class SimulationError(Exception):
    """A process met what no process expects: an error in a model, not in its input."""


class Simulation:
    """Processes between two moments. Jobs are begun when they are due, so few are alive at any time.

    ``on_progress`` is told now and then how much of the time has passed, 0 to 1.
    """

    def __init__(
        self, start: datetime, end: datetime, on_progress: Callable[[float], None] | None = None
    ) -> None:
        self.start = start
        self.end = end
        self.environment = simpy.Environment(initial_time=0)
        self.last_ended: datetime = start
        self.beyond_end = 0
        self._on_progress = on_progress

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since the start."""
        return int(self.environment.now)

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return self.start + self.elapsed_ms * _MILLISECOND

    def wait_ms(self, milliseconds: int) -> simpy.Event:
        """What a process yields to let time pass."""
        return self.environment.timeout(milliseconds)

    def begin(self, moment: datetime, job: Job) -> None:
        """Start a job at a moment, not before now. What is due after the end is counted and left."""
        if moment > self.end:
            self.beyond_end += 1
            return
        due = self.environment.timeout((moment - self.now) // _MILLISECOND)
        due.callbacks.append(lambda _event: self._start(job))

    def alongside(self, conversation: Conversation[None]) -> None:
        """Start something now that goes on by itself, even after the end."""
        self.environment.process(self._guarded(conversation))

    def run(self) -> None:
        """Go on until nothing is left to do.

        Raises:
            SimulationError: a process failed.
            InputError: the file that the run is traced to cannot be written.
        """
        self.environment.run()

    def _start(self, job: Job) -> None:
        if self._on_progress is not None:
            self._on_progress(self.elapsed_ms * _MILLISECOND / (self.end - self.start))
        self.environment.process(self._act(job))

    def _act(self, job: Job) -> Conversation[None]:
        yield from self._guarded(job())
        self.last_ended = self.now

    def _guarded(self, conversation: Conversation[None]) -> Conversation[None]:
        try:
            yield from conversation
        except InputError:
            raise
        except Exception as error:
            # SimPy makes errors of processes anew from their arguments, which not every error survives.
            raise SimulationError(f"at {self.now.isoformat()}: {type(error).__name__}: {error}") from error


def end_of_day(moment: datetime) -> datetime:
    """The last moment of a UTC day."""
    return datetime.combine(utc_day(moment), time.max, UTC)


def office_time(
    after: datetime,
    working_days: int,
    second_of_office_day: int,
    calendar: Calendar = Calendar.ENGLAND_AND_WALES,
) -> datetime:
    """A moment in office hours, so many working days (at least 1) after a moment.

    Seconds count from 09:00 by the clock on the wall, and days as the calendar on it has them.
    """
    day = civil(after).date()
    remaining = max(1, working_days)
    while remaining:
        day += _ONE_DAY
        remaining -= is_working_day(day, calendar)
    return civil_time(day, _OFFICE_OPENS) + timedelta(seconds=second_of_office_day)


_OFFICE_OPENS: Final = time(9)
OFFICE_DAY_SECONDS: Final = 8 * 3600
