"""Campaigns: turns at a pace, who has which, and what becomes of attempts that fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.bulk_campaign import Campaign, Pace, Terms
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.simulation import Conversation, Simulation
from scenarios.gas_fleet import GasHome, gas_homes, gas_suppliers

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
HOMES = gas_homes(6, gas_suppliers(1), RandomStreams(1))


@given(st.integers(1, 5000), st.floats(0.01, 24.0), st.integers(0, 100_000))
def test_turns_rise_and_each_is_found_by_its_time(a_day: int, hours: float, number: int) -> None:
    pace = Pace(a_day, hours)
    here, next_one = pace.turn(number), pace.turn(number + 1)
    assert here <= next_one
    first = pace.first_turn_from(here)
    assert pace.turn(first) == here
    assert first == 0 or pace.turn(first - 1) < here
    assert number // a_day * DAY <= here < (number // a_day + 1) * DAY


def test_turns_lie_in_the_first_hours_of_each_day() -> None:
    pace = Pace(4, 8.0)
    assert [pace.turn(number) / timedelta(hours=1) for number in range(6)] == [0, 2, 4, 6, 24, 26]
    assert pace.first_turn_from(timedelta(hours=6, microseconds=1)) == 4
    assert pace.first_turn_from(-DAY) == 0


class Office:
    """A campaign whose attempts take a minute, and fail as often as is said for each home."""

    def __init__(self, attempts: int = 3, retry_after: timedelta = DAY, until: timedelta = 30 * DAY) -> None:
        self.simulation = Simulation(BEGINS, BEGINS + 100 * DAY)
        terms = Terms(BEGINS, BEGINS + until, Pace(2), attempts, retry_after)
        self.campaign = Campaign(self.simulation, terms, self.attempt)
        self.failures: dict[int, int] = {}
        self.tried: list[tuple[float, int, int]] = []

    def attempt(self, home: GasHome, attempt: int) -> Conversation[bool]:
        self.tried.append(((self.simulation.now - BEGINS) / DAY, home.number, attempt))
        yield self.simulation.wait_ms(60_000)
        return attempt > self.failures.get(home.number, 0)

    def run(self, *homes: GasHome) -> list[tuple[float, int, int]]:
        for home in homes:
            self.campaign.add(home)
        self.simulation.run()
        return self.tried


def test_one_turn_each_in_the_order_in_which_they_were_added() -> None:
    assert Office().run(*HOMES[:3]) == [(0.0, 1, 1), (0.5, 2, 1), (1.0, 3, 1)]


def test_whoever_was_due_before_comes_before_a_retry() -> None:
    """Home 1 fails at 0.0 and is due again a minute after 1.0, when 3 and 4 have been due all the time."""
    office = Office()
    office.failures = {1: 2}
    assert office.run(*HOMES[:4]) == [
        (0.0, 1, 1), (0.5, 2, 1), (1.0, 3, 1), (1.5, 4, 1), (2.0, 1, 2), (3.5, 1, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(("attempts", "tried"), [(1, 1), (2, 2), (5, 5)])
def test_a_home_is_tried_so_often_and_not_more(attempts: int, tried: int) -> None:
    office = Office(attempts)
    office.failures = {1: 99}
    assert len(office.run(HOMES[0])) == tried


def test_turns_end_before_the_last_moment() -> None:
    assert [at for at, _, _ in Office(until=1.5 * DAY).run(*HOMES)] == [0.0, 0.5, 1.0]


def test_a_home_added_later_has_the_next_turn_and_idle_turns_are_lost() -> None:
    office = Office()

    def later() -> Conversation[None]:
        office.campaign.add(HOMES[1], office.simulation.now + timedelta(hours=1))
        office.campaign.add(HOMES[2], office.simulation.now)
        yield from ()

    office.simulation.begin(BEGINS + 5.1 * DAY, later)
    assert office.run(HOMES[0]) == [(0.0, 1, 1), (5.5, 3, 1), (6.0, 2, 1)]


def test_what_waits_adds_up() -> None:
    office = Office(until=DAY)
    office.failures = {1: 1}
    office.run(*HOMES)
    assert sum(change for _, change in office.campaign.waiting) == len(HOMES) - 2 + 1
    assert sum(change for at, change in office.campaign.waiting if at == BEGINS) == len(HOMES) - 1
