from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from devices.gbcs.errors import GbcsError
from scenarios.engine.civil_time import civil, civil_time
from scenarios.engine.simulation import Conversation, Simulation, SimulationError, end_of_day, office_time

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
END = MONDAY + timedelta(days=10)


def test_jobs_begin_when_due_in_order_of_time() -> None:
    simulation = Simulation(MONDAY, END)
    seen: list[tuple[str, datetime]] = []

    def job(name: str, wait_ms: int) -> Conversation[None]:
        seen.append((name, simulation.now))
        yield simulation.wait_ms(wait_ms)
        seen.append((name, simulation.now))

    later = MONDAY + timedelta(hours=1)
    simulation.begin(later, lambda: job("later", 1500))
    simulation.begin(MONDAY, lambda: job("first", 1))
    simulation.run()
    ms = timedelta(milliseconds=1)
    assert seen == [("first", MONDAY), ("first", MONDAY + ms), ("later", later), ("later", later + 1500 * ms)]
    assert simulation.last_ended == later + 1500 * ms
    assert simulation.elapsed_ms == 3_601_500


def test_jobs_at_the_end_begin_and_jobs_beyond_it_are_counted() -> None:
    simulation = Simulation(MONDAY, END)
    begun: list[datetime] = []

    def job() -> Conversation[None]:
        begun.append(simulation.now)
        yield simulation.wait_ms(0)

    simulation.begin(END, job)
    simulation.begin(END + timedelta(microseconds=1), job)
    simulation.run()
    assert begun == [END]
    assert simulation.beyond_end == 1


def test_an_error_of_a_model_comes_out_with_its_time_and_text() -> None:
    simulation = Simulation(MONDAY, END)

    def job() -> Conversation[None]:
        yield simulation.wait_ms(1000)
        raise GbcsError("response", "not what it should be")

    simulation.begin(MONDAY, job)
    with pytest.raises(SimulationError, match=r"2026-01-05T00:00:01.*GbcsError: response: not what"):
        simulation.run()


def test_progress_goes_from_0_to_1() -> None:
    told: list[float] = []
    simulation = Simulation(MONDAY, END, told.append)

    def job() -> Conversation[None]:
        yield simulation.wait_ms(0)

    for days in (0, 5, 10):
        simulation.begin(MONDAY + timedelta(days=days), job)
    simulation.run()
    assert told == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("after", "working_days", "expected"),
    [
        ("2026-01-05T23:59", 1, "2026-01-06T09:00:05"),
        ("2026-01-09T08:00", 1, "2026-01-12T09:00:05"),
        ("2026-01-10T12:00", 1, "2026-01-12T09:00:05"),
        ("2026-04-02T12:00", 1, "2026-04-07T08:00:05"),
        ("2026-01-05T12:00", 5, "2026-01-12T09:00:05"),
        # British clocks go forward on 29 March 2026 and back on 25 October.
        ("2026-03-27T12:00", 1, "2026-03-30T08:00:05"),
        ("2026-10-23T12:00", 1, "2026-10-26T09:00:05"),
        ("2026-07-06T22:59", 1, "2026-07-07T08:00:05"),
        ("2026-07-06T23:01", 1, "2026-07-08T08:00:05"),
    ],
)
def test_office_time_counts_working_days(after: str, working_days: int, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert office_time(moment, working_days, 5) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_british_clock_is_an_hour_ahead_in_summer() -> None:
    assert civil(datetime(2026, 7, 6, 23, 30, tzinfo=UTC)).date().day == 7
    assert civil(datetime(2026, 1, 6, 23, 30, tzinfo=UTC)).date().day == 6
    assert civil_time(date(2026, 3, 28), time(8)) == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert civil_time(date(2026, 3, 29), time(8)) == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_end_of_day_is_its_last_moment() -> None:
    end = end_of_day(MONDAY + timedelta(hours=12))
    assert end + timedelta(microseconds=1) == MONDAY + timedelta(days=1)
