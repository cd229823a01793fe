"""Working days and deadlines around weekends, Easter, Christmas and one-off bank holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.errors import DccValueError
from dcc.working_days import Calendar, deadline_after, is_working_day

SCOTLAND = Calendar.SCOTLAND


@pytest.mark.parametrize(
    ("day", "england_and_wales", "scotland"),
    [
        ("2025-04-17", True, True),  # Maundy Thursday
        ("2025-04-18", False, False),  # Good Friday
        ("2025-04-19", False, False),  # Saturday
        ("2025-04-20", False, False),  # Sunday
        ("2025-04-21", False, True),  # Easter Monday
        ("2025-04-22", True, True),
        ("2025-01-02", True, False),
        ("2025-12-24", True, True),
        ("2025-12-25", False, False),
        ("2025-12-26", False, False),
        ("2021-12-27", False, False),  # for Christmas Day, a Saturday
        ("2021-12-28", False, False),  # for Boxing Day, a Sunday
        ("2021-12-29", True, True),
        ("2022-06-03", False, False),  # Platinum Jubilee
        ("2022-05-30", True, True),  # moved to 2 June that year
        ("2022-09-19", False, False),  # state funeral
        ("2025-08-04", True, False),  # Scotland's summer bank holiday
        ("2025-08-25", False, True),  # England's
        ("2026-11-30", True, False),  # St Andrew's Day
    ],
)
def test_working_day(day: str, england_and_wales: bool, scotland: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is england_and_wales
    assert is_working_day(date.fromisoformat(day), SCOTLAND) is scotland


@pytest.mark.parametrize(
    ("commissioned", "deadline"),
    [
        ("2025-06-02", "2025-06-11"),  # Monday: Tuesday is the first day
        ("2025-06-06", "2025-06-17"),  # Friday: Monday is the first day
        ("2025-06-07", "2025-06-17"),  # Saturday
        ("2025-06-08", "2025-06-17"),  # Sunday
        ("2025-04-17", "2025-04-30"),  # Good Friday, a weekend and Easter Monday between
        ("2025-04-18", "2025-04-30"),  # commissioned on Good Friday itself
        ("2025-12-23", "2026-01-06"),  # Christmas, Boxing Day and New Year's Day between
        ("2021-12-24", "2022-01-07"),  # two substitute days, and 3 January for New Year's Day
    ],
)
def test_deadline_is_the_seventh_working_day(commissioned: str, deadline: str) -> None:
    at = datetime.fromisoformat(f"{commissioned}T10:30:00+00:00")
    assert deadline_after(at) == datetime.fromisoformat(f"{deadline}T23:59:59.999999+00:00")


def test_deadline_in_scotland_over_the_new_year() -> None:
    at = datetime(2024, 12, 30, 9, tzinfo=UTC)
    assert deadline_after(at, 2).date() == date(2025, 1, 2)
    assert deadline_after(at, 2, SCOTLAND).date() == date(2025, 1, 3)


def test_one_working_day_is_the_least() -> None:
    at = datetime(2025, 6, 2, 9, tzinfo=UTC)
    assert deadline_after(at, 1).date() == date(2025, 6, 3)
    with pytest.raises(DccValueError, match="working days: 0, expected 1 or more"):
        deadline_after(at, 0)


def test_the_day_is_that_of_utc_whatever_the_zone() -> None:
    summer_time = timezone(timedelta(hours=1))
    before = datetime(2025, 6, 3, 0, 59, tzinfo=summer_time)
    assert deadline_after(before, 1).date() == date(2025, 6, 3)
    assert deadline_after(before + timedelta(minutes=1), 1).date() == date(2025, 6, 4)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(DccValueError, match="a datetime with a time zone"):
        deadline_after(datetime(2025, 6, 2, 9))


@given(
    st.datetimes(datetime(2012, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),
    st.integers(1, 40),
    st.sampled_from(Calendar),
)
def test_deadline_holds_just_so_many_working_days(
    at: datetime, working_days: int, calendar: Calendar
) -> None:
    deadline = deadline_after(at, working_days, calendar)
    days = [at.date() + timedelta(days=n) for n in range(1, (deadline.date() - at.date()).days + 1)]
    assert sum(is_working_day(day, calendar) for day in days) == working_days
    assert is_working_day(deadline.date(), calendar)
    assert deadline + timedelta(microseconds=1) == datetime.combine(
        deadline.date() + timedelta(days=1), datetime.min.time(), tzinfo=UTC
    )
