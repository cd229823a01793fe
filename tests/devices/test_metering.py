from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from sys import getsizeof

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import euis

from devices.gbcs.identifiers import Eui64
from devices.metering import (
    HALF_HOUR_SECONDS,
    OVER_VOLTAGE_VOLTS,
    UNDER_VOLTAGE_VOLTS,
    VOLTAGE_LOG_ENTRIES,
    DailyShape,
    Meter,
)

SUITE = settings(max_examples=60, deadline=None)
HALF_HOUR = timedelta(seconds=HALF_HOUR_SECONDS)
MADE = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)
METER = Meter(Eui64.parse("00-DB-12-34-56-78-90-A0"), MADE)

moments = st.datetimes(min_value=datetime(2015, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))
meters = st.builds(Meter, euis, moments)


@SUITE
@given(meter=meters, times=st.lists(moments, min_size=2, max_size=6).map(sorted))
def test_registers_never_go_down(meter: Meter, times: list[datetime]) -> None:
    for earlier, later in pairwise(times):
        assert meter.import_energy_wh(earlier) <= meter.import_energy_wh(later)
        assert meter.gas_volume_litres(earlier) <= meter.gas_volume_litres(later)
        assert meter.under_voltage_count(earlier) <= meter.under_voltage_count(later)
        assert meter.over_voltage_count(earlier) <= meter.over_voltage_count(later)


@SUITE
@given(meter=meters, early=st.timedeltas(timedelta(0), timedelta(days=900)))
def test_until_it_is_made_a_meter_measures_nothing(meter: Meter, early: timedelta) -> None:
    now = meter.manufactured - early
    assert meter.import_energy_wh(now) == meter.gas_volume_litres(now) == 0
    assert meter.under_voltage_count(now) == meter.over_voltage_count(now) == 0
    assert meter.voltage_log(now - timedelta(days=1), now, now) == ()


@SUITE
@given(meter=meters)
def test_a_day_uses_what_a_home_uses(meter: Meter) -> None:
    week = meter.manufactured + timedelta(days=7)
    assert 4_000 <= meter.import_energy_wh(week) / 7 <= 13_000
    assert 1_000 <= meter.gas_volume_litres(week) / 7 <= 5_000


def test_a_meter_is_a_function_of_device_and_time() -> None:
    now = MADE + timedelta(days=100, minutes=7)
    twin = Meter(Eui64(bytes(METER.device)), MADE)
    other = Meter(Eui64.parse("00-DB-12-34-56-78-90-A1"), MADE)
    assert METER.import_energy_wh(now) == twin.import_energy_wh(now) != other.import_energy_wh(now)
    assert METER.gas_volume_litres(now) == twin.gas_volume_litres(now) != other.gas_volume_litres(now)
    log = METER.voltage_log(MADE, now, now)
    assert log == twin.voltage_log(MADE, now, now) != other.voltage_log(MADE, now, now)


def test_the_same_time_in_another_zone_reads_the_same() -> None:
    now = MADE + timedelta(days=3)
    abroad = now.astimezone(tz=datetime.strptime("+0500", "%z").tzinfo)
    assert METER.import_energy_wh(abroad) == METER.import_energy_wh(now)


def test_a_meter_keeps_no_state() -> None:
    assert getsizeof(METER) < 100
    assert not hasattr(METER, "__dict__")


def test_the_evening_uses_more_than_the_night() -> None:
    def used(hour: int) -> int:
        start = datetime(2024, 3, 8, hour, tzinfo=UTC)
        return METER.import_energy_wh(start + HALF_HOUR) - METER.import_energy_wh(start)

    assert used(18) > 3 * used(3)


# --- voltage ----------------------------------------------------------------------------------------


@SUITE
@given(meter=meters, after=st.timedeltas(timedelta(0), timedelta(days=200)))
def test_the_counters_count_what_the_log_shows(meter: Meter, after: timedelta) -> None:
    now = meter.manufactured + min(after, (VOLTAGE_LOG_ENTRIES - 1) * HALF_HOUR)
    log = meter.voltage_log(meter.manufactured, now, now)
    assert sum(entry.volts < UNDER_VOLTAGE_VOLTS for entry in log) == meter.under_voltage_count(now)
    assert sum(entry.volts > OVER_VOLTAGE_VOLTS for entry in log) == meter.over_voltage_count(now)


def test_a_year_shows_both_kinds_of_excursion() -> None:
    year = MADE + timedelta(days=365)
    assert METER.under_voltage_count(year) > 0
    assert METER.over_voltage_count(year) > 0


@SUITE
@given(meter=meters)
def test_volts_are_those_of_a_supply(meter: Meter) -> None:
    now = meter.manufactured + timedelta(days=90)
    assert all(210 <= entry.volts <= 260 for entry in meter.voltage_log(meter.manufactured, now, now))


def test_a_log_has_the_half_hours_of_its_period_both_ends_included() -> None:
    start, end = MADE + timedelta(days=1), MADE + timedelta(days=2)
    later = end + timedelta(days=1)
    times = [entry.at for entry in METER.voltage_log(start, end, later)]
    assert times == [start + number * HALF_HOUR for number in range(49)]
    second = timedelta(seconds=1)
    assert [entry.at for entry in METER.voltage_log(start + second, end - second, later)] == times[1:-1]


def test_a_log_begins_with_the_first_whole_half_hour() -> None:
    now = MADE + timedelta(hours=2)
    assert METER.voltage_log(MADE, now, now)[0].at == MADE + HALF_HOUR
    in_between = Meter(METER.device, MADE + timedelta(seconds=1))
    assert in_between.voltage_log(MADE, now, now)[0].at == MADE + 2 * HALF_HOUR


def test_a_log_ends_with_the_last_half_hour_that_has_ended() -> None:
    now = MADE + timedelta(hours=2)
    forever = MADE + timedelta(days=9999)
    assert METER.voltage_log(MADE, forever, now)[-1].at == now
    just_before = now - timedelta(microseconds=1)
    assert METER.voltage_log(MADE, forever, just_before)[-1].at == now - HALF_HOUR


def test_the_log_keeps_the_newest_entries() -> None:
    now = MADE + timedelta(days=365)
    log = METER.voltage_log(MADE, now, now)
    assert len(log) == VOLTAGE_LOG_ENTRIES
    assert log[-1].at == now
    assert METER.voltage_log(MADE, log[0].at - HALF_HOUR, now) == ()
    assert METER.voltage_log(MADE, log[0].at, now) == log[:1]


def test_a_period_that_ends_before_it_starts_is_empty() -> None:
    now = MADE + timedelta(days=3)
    assert METER.voltage_log(now, MADE, now) == ()


def test_a_day_has_48_half_hours() -> None:
    assert DailyShape((1,) * 48).units_per_day == 86_400
    with pytest.raises(ValueError, match="47 weights, expected 48"):
        DailyShape((1,) * 47)
