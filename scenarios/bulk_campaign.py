"""Many devices, one service each, under a limited throughput: who is next, and how often."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Generic, NamedTuple, TypeVar

from scenarios.engine.simulation import Conversation, Simulation
from scenarios.gas_fleet import GasHome

_DAY: Final = timedelta(days=1)
_HOUR_MS: Final = 3_600_000
_MILLISECOND: Final = timedelta(milliseconds=1)

_Item = TypeVar("_Item")
Try = Callable[[GasHome, int], Conversation[bool]]
"""One attempt at a home, by its number from 1; says whether the home is over and done with."""


class Pace(NamedTuple):
    """How much a day: turns spread evenly over the first ``hours_a_day`` of each day of the campaign."""

    commands_a_day: int
    hours_a_day: float = 24.0

    def turn(self, number: int) -> timedelta:
        """When a turn comes, counted from 0, after the beginning of the campaign."""
        days, of_day = divmod(number, self.commands_a_day)
        window_ms = round(self.hours_a_day * _HOUR_MS)
        return days * _DAY + of_day * window_ms // self.commands_a_day * _MILLISECOND

    def first_turn_from(self, after_beginning: timedelta) -> int:
        """The first turn that comes then or later."""
        days = max(0, after_beginning // _DAY)
        low, high = days * self.commands_a_day, (days + 1) * self.commands_a_day
        while low < high:
            middle = (low + high) // 2
            if self.turn(middle) < after_beginning:
                low = middle + 1
            else:
                high = middle
        return low


class Terms(NamedTuple):
    """From when to before when, at which pace; how often each home is tried at most, and how soon again."""

    begins: datetime
    until: datetime
    pace: Pace
    attempts: int
    retry_after: timedelta


class Campaign(Generic[_Item]):
    """A queue of homes: each turn takes the home that has been due longest, and an idle turn is lost."""

    def __init__(
        self, simulation: Simulation, terms: Terms, attempt: Callable[[_Item, int], Conversation[bool]]
    ) -> None:
        self._simulation = simulation
        self._terms = terms
        self._attempt = attempt
        self._queue: list[tuple[datetime, int, int, _Item]] = []
        self._added = 0
        self._next_turn = 0
        self._planned: int | None = None
        self.waiting: list[tuple[datetime, int]] = []
        """How the number of homes that are due and have to wait for their turn changed, and when."""

    def add(self, home: _Item, due: datetime | None = None) -> None:
        """Queue a home, from the beginning or from when it is due."""
        self._push(home, 1, due or self._terms.begins)

    def _push(self, home: _Item, attempt: int, due: datetime) -> None:
        self._added += 1
        due = max(due, self._terms.begins)
        heapq.heappush(self._queue, (due, self._added, attempt, home))
        self.waiting.append((due, 1))
        self._plan()

    def _plan(self) -> None:
        """See to it that the first turn is taken that the home in front can have."""
        if not self._queue:
            return
        terms = self._terms
        wanted = max(self._queue[0][0], self._simulation.now) - terms.begins
        turn = max(self._next_turn, terms.pace.first_turn_from(wanted))
        if self._planned is not None and self._planned <= turn:
            return
        moment = terms.begins + terms.pace.turn(turn)
        if moment < terms.until:
            self._planned = turn
            self._simulation.begin(moment, partial(self._take, turn))

    def _take(self, turn: int) -> Conversation[None]:
        if turn != self._planned:
            return
        self._planned, self._next_turn = None, turn + 1
        due, _, attempt, home = self._queue[0]
        if due <= self._simulation.now:
            heapq.heappop(self._queue)
            self.waiting.append((self._simulation.now, -1))
            self._simulation.begin(self._simulation.now, partial(self._try, home, attempt))
        self._plan()
        yield from ()

    def _try(self, home: _Item, attempt: int) -> Conversation[None]:
        done = yield from self._attempt(home, attempt)
        if not done and attempt < self._terms.attempts:
            self._push(home, attempt + 1, self._simulation.now + self._terms.retry_after)
