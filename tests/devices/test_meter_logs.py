"""The metering model: registers, rates and logs that agree with each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import euis

from devices.gbcs.dlms_times import Period
from devices.gbcs.identifiers import Eui64
from devices.meter_logs import (
    DAILY_CONSUMPTION_ENTRIES,
    DAILY_READ_ENTRIES,
    IMPORT_PROFILE_ENTRIES,
    PROFILE_ENTRIES,
    daily_consumption,
    daily_readings,
    midnights,
    profile,
)
from devices.metering import Meter, Quantity

SUITE = settings(max_examples=60, deadline=None)
DAY, HALF_HOUR, SECOND = timedelta(days=1), timedelta(minutes=30), timedelta(seconds=1)
MADE = datetime(2024, 3, 5, 10, 7, 13, tzinfo=UTC)
FIRST_END = datetime(2024, 3, 5, 10, 30, tzinfo=UTC)
METER = Meter(Eui64.parse("00-DB-12-34-56-78-90-A0"), MADE)
ALWAYS = Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
moments = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
meters = st.builds(Meter, euis, moments)
quantities = st.sampled_from(Quantity)
ages = st.timedeltas(timedelta(0), timedelta(days=900))


@SUITE
@given(meters, quantities, st.lists(moments, min_size=2, max_size=5).map(sorted))
def test_registers_never_go_down(meter: Meter, quantity: Quantity, times: list[datetime]) -> None:
    for earlier, later in pairwise(times):
        assert 0 <= meter.register(quantity, earlier) <= meter.register(quantity, later)


@SUITE
@given(meters, quantities, st.timedeltas(timedelta(0), timedelta(days=80)))
def test_a_profile_adds_up_to_the_register(meter: Meter, quantity: Quantity, age: timedelta) -> None:
    now = meter.manufactured + age
    entries = profile(meter, quantity, ALWAYS, now, PROFILE_ENTRIES)
    assert all(amount >= 0 for _, amount in entries)
    assert all(later - earlier == HALF_HOUR for (earlier, _), (later, _) in pairwise(entries))
    end = entries[-1][0] if entries else meter.manufactured
    assert sum(amount for _, amount in entries) == meter.register(quantity, end)
    assert now - end < HALF_HOUR


@SUITE
@given(meters, quantities, st.timedeltas(timedelta(0), timedelta(days=DAILY_CONSUMPTION_ENTRIES)))
def test_daily_logs_agree_with_the_register(meter: Meter, quantity: Quantity, age: timedelta) -> None:
    now = meter.manufactured + age
    days = daily_consumption(meter, quantity, ALWAYS, now)
    readings = dict(daily_readings(meter, quantity, ALWAYS, now))
    assert sum(amount for _, amount in days) == (meter.register(quantity, days[-1][0]) if days else 0)
    assert tuple(readings) == midnights(meter, ALWAYS, now)
    for at, amount in days:
        assert at.time() == datetime.min.time()
        if at in readings:
            assert readings[at] == meter.register(quantity, at)
            assert amount == readings[at] - meter.register(quantity, at - DAY)


@SUITE
@given(meters, ages, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_the_rates_add_up_to_the_register_and_never_go_down(
    meter: Meter, age: timedelta, later: timedelta
) -> None:
    now = meter.manufactured + age
    before, after = meter.time_of_use_wh(now), meter.time_of_use_wh(now + later)
    assert sum(before) == meter.import_energy_wh(now)
    assert 0 <= before[0] <= after[0]
    assert 0 <= before[1] <= after[1]
    assert meter.has_two_rates or after[1] == 0


@SUITE
@given(meters)
def test_before_it_is_made_a_meter_has_used_nothing(meter: Meter) -> None:
    early = meter.manufactured - SECOND
    assert meter.time_of_use_wh(early) == (0, 0)
    assert meter.import_power_w(early) == 0
    assert profile(meter, Quantity.ACTIVE_IMPORT, ALWAYS, early, PROFILE_ENTRIES) == ()
    assert midnights(meter, ALWAYS, early) == ()


def two_rate_meter() -> Meter:
    found = (Meter(Eui64(number.to_bytes(8, "big")), MADE) for number in range(100))
    return next(meter for meter in found if meter.has_two_rates)


def test_the_night_rate_runs_from_midnight_to_seven() -> None:
    meter = two_rate_meter()

    def moves(hour: int, minute: int) -> tuple[bool, bool]:
        start = datetime(2024, 4, 1, hour, minute, tzinfo=UTC)
        before, after = meter.time_of_use_wh(start), meter.time_of_use_wh(start + HALF_HOUR)
        return after[0] > before[0], after[1] > before[1]

    assert [moves(23, 30), moves(0, 0), moves(6, 30), moves(7, 0)] == [
        (True, False),
        (False, True),
        (False, True),
        (True, False),
    ]


def test_some_homes_have_two_rates_and_some_export() -> None:
    homes = [Meter(Eui64(number.to_bytes(8, "big")), MADE) for number in range(200)]
    assert 40 < sum(home.has_two_rates for home in homes) < 95
    assert 25 < sum(home.exports for home in homes) < 75


@SUITE
@given(meters, quantities)
def test_only_homes_that_generate_export(meter: Meter, quantity: Quantity) -> None:
    exported = meter.register(Quantity.ACTIVE_EXPORT, meter.manufactured + DAY)
    assert (exported > 0) == meter.exports
    assert meter.register(Quantity.REACTIVE_EXPORT, meter.manufactured + DAY) <= exported
    assert meter.register(Quantity.REACTIVE_IMPORT, meter.manufactured + DAY) > 0


@SUITE
@given(meters, st.timedeltas(timedelta(days=1), timedelta(days=900)))
def test_power_is_the_energy_of_the_half_hour(meter: Meter, age: timedelta) -> None:
    now = meter.manufactured + age
    start = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    used = meter.import_energy_wh(start + HALF_HOUR) - meter.import_energy_wh(start)
    assert meter.import_power_w(now) == 2 * used


# --- which entries there are ------------------------------------------------------------------------


def ends(period: Period, now: datetime, capacity: int = PROFILE_ENTRIES) -> list[datetime]:
    return [at for at, _ in profile(METER, Quantity.ACTIVE_IMPORT, period, now, capacity)]


def test_a_profile_begins_with_the_end_of_the_half_hour_of_manufacture() -> None:
    now = FIRST_END + HALF_HOUR
    assert ends(ALWAYS, now) == [FIRST_END, now]
    on_the_hour = Meter(METER.device, FIRST_END)
    first = profile(on_the_hour, Quantity.ACTIVE_IMPORT, ALWAYS, now, PROFILE_ENTRIES)[0]
    assert first[0] == now


def test_a_profile_ends_with_the_last_half_hour_that_has_ended() -> None:
    assert ends(ALWAYS, FIRST_END - timedelta(microseconds=1)) == []
    assert ends(ALWAYS, FIRST_END) == [FIRST_END]


def test_a_period_has_both_its_ends() -> None:
    start = FIRST_END + DAY
    now = start + DAY
    period = Period(start, start + 2 * HALF_HOUR)
    assert ends(period, now) == [start, start + HALF_HOUR, start + 2 * HALF_HOUR]
    assert ends(Period(start + SECOND, start + 2 * HALF_HOUR - SECOND), now) == [start + HALF_HOUR]
    assert ends(Period(start + SECOND, start), now) == []


@pytest.mark.parametrize("capacity", [PROFILE_ENTRIES, IMPORT_PROFILE_ENTRIES])
def test_a_profile_keeps_the_newest_half_hours(capacity: int) -> None:
    now = FIRST_END + (capacity + 5) * HALF_HOUR
    found = ends(ALWAYS, now, capacity)
    assert (len(found), found[-1]) == (capacity, now)


def test_a_profile_from_the_middle_begins_with_one_half_hour_only() -> None:
    start, now = FIRST_END + DAY, FIRST_END + 2 * DAY
    whole = dict(profile(METER, Quantity.ACTIVE_IMPORT, ALWAYS, now, PROFILE_ENTRIES))
    part = dict(profile(METER, Quantity.ACTIVE_IMPORT, Period(start, now), now, PROFILE_ENTRIES))
    assert part == {at: amount for at, amount in whole.items() if at >= start}


def test_daily_logs_keep_the_newest_days() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    readings = daily_readings(METER, Quantity.ACTIVE_IMPORT, ALWAYS, now)
    assert (len(readings), readings[-1][0]) == (DAILY_READ_ENTRIES, now)
    days = daily_consumption(METER, Quantity.ACTIVE_IMPORT, ALWAYS, now)
    assert (len(days), days[-1][0]) == (DAILY_CONSUMPTION_ENTRIES, now)
