"""5.1 to 5.3: schedules of Users, and when their runs fall due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    HCALCS,
    MPAN,
    NO_DEVICE,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    SUPPLIER,
    TRANSPORTER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    set_status,
)
from hypothesis import given
from hypothesis import strategies as st
from non_device_worlds import ask, pre_notification, render

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import ScheduleRemoval
from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import (
    CreateSchedule,
    DeleteSchedule,
    Frequency,
    PeriodOffset,
    ReadSchedule,
    ScheduleId,
)
from dcc.identifiers import Mpid
from dcc.inventory_status import StatusCause
from dcc.non_device.device_alerts import remove_schedule
from dcc.non_device.schedule_upkeep import review_schedules
from dcc.registration import ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.rules import non_device_schedules as rules
from dcc.schedules import MOST_OF_ONE_USER, Schedules, run_at
from dcc.service_requests import ServiceRequest
from dcc.service_responses import HeldSchedule, ScheduleCreated, SchedulesRead
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64

Code = ResponseCode
F = Frequency
TODAY: Final = NOW.date()
YESTERDAY: Final = PeriodOffset(-1, time(0), 0, time(0))
NETWORK_DATA: Final = CreateSchedule(
    ESME, Srv.READ_NETWORK_DATA, F.DAILY, TODAY, execution_start_time=time(3), period=YESTERDAY
)


def creation(what: CreateSchedule = NETWORK_DATA, user: Eui64 = OPERATOR) -> Make:
    return lambda world: ask(world, Srv.CREATE_SCHEDULE, what, user)


def changed(**changes: object) -> Make:
    return creation(NETWORK_DATA._replace(**changes))  # type: ignore[arg-type]


def period(start: int, start_time: time, end: int, end_time: time) -> Make:
    return changed(period=PeriodOffset(start, start_time, end, end_time))


def reading(which: ScheduleId | Eui64, user: Eui64 = OPERATOR) -> Make:
    return lambda world: ask(world, Srv.READ_SCHEDULE, ReadSchedule(which), user)


def deletion(which: ScheduleId | Eui64, user: Eui64 = OPERATOR) -> Make:
    return lambda world: ask(world, Srv.DELETE_SCHEDULE, DeleteSchedule(which), user)


def with_schedules(number: int, make: Make) -> Make:
    """After a number of schedules of the network operator on the ESME."""

    def prepared(world: World) -> ServiceRequest:
        for _ in range(number):
            world.dcc.schedules.create(OPERATOR, NETWORK_DATA, NOW)
        return make(world)

    return prepared


def notification(world: World) -> ServiceRequest:
    return ask(world, Srv.PRE_NOTIFY_DEVICE, pre_notification())


FIRST: Final = ScheduleId(1)
CASES: Final = (
    RuleCase(
        rules.scheduled_service_can_be_scheduled,
        creation(),
        changed(srv=Srv.READ_MPXN, period=None),
        Code.E050101,
        "6.2.7",
        "DCC schedules",
        notification,
    ),
    RuleCase(
        rules.sender_may_send_scheduled_service,
        creation(),
        changed(srv=Srv.RETRIEVE_IMPORT_DAILY_READ_LOG),
        Code.E050107,
        "roles ED",
        "IS",
        notification,
    ),
    RuleCase(
        rules.scheduled_service_fits_device_type,
        creation(),
        changed(device=HCALCS),
        Code.E050108,
        "HCALCS",
        "ESME",
        notification,
    ),
    RuleCase(
        rules.schedule_starts_today_or_later,
        creation(),
        changed(start_date=TODAY - DAY),
        Code.E050102,
        str(TODAY - DAY),
        str(TODAY),
        notification,
    ),
    RuleCase(
        rules.schedule_ends_no_earlier_than_it_starts,
        changed(end_date=TODAY),
        changed(end_date=TODAY - DAY),
        Code.E050103,
        str(TODAY - DAY),
        str(TODAY),
        creation(),
    ),
    RuleCase(
        rules.schedule_period_fits_service,
        creation(),
        changed(period=None),
        Code.E050105,
        "no period",
        "4.10",
        notification,
    ),
    RuleCase(
        rules.schedules_of_user_are_few,
        with_schedules(MOST_OF_ONE_USER - 1, creation()),
        with_schedules(MOST_OF_ONE_USER, creation()),
        Code.E050110,
        "99 schedules",
        "fewer than 99",
        notification,
    ),
    RuleCase(
        rules.schedule_is_the_senders,
        with_schedules(1, reading(FIRST)),
        with_schedules(1, reading(FIRST, OTHER_OPERATOR)),
        Code.E050201,
        "schedule 1",
        "of the sender",
        reading(ESME),
    ),
    RuleCase(
        rules.schedule_is_the_senders,
        with_schedules(1, deletion(FIRST)),
        deletion(FIRST),
        Code.E050301,
        "schedule 1",
        "of the sender",
        deletion(ESME),
    ),
    RuleCase(
        rules.scheduled_device_exists,
        reading(ESME),
        reading(NO_DEVICE),
        Code.E050202,
        str(NO_DEVICE),
        "inventory",
        reading(FIRST),
    ),
    RuleCase(
        rules.scheduled_device_exists,
        deletion(ESME),
        deletion(NO_DEVICE),
        Code.E050302,
        str(NO_DEVICE),
        "inventory",
        deletion(FIRST),
    ),
)

TOGETHER: Final[dict[str, Make]] = {
    "scheduled-service-can-be-scheduled": changed(srv=Srv.TOP_UP, period=None),
    "schedule-starts-today-or-later": changed(start_date=TODAY - DAY, end_date=TODAY - 2 * DAY),
    "schedule-ends-no-earlier-than-it-starts": changed(end_date=TODAY - DAY, period=None),
    "schedule-period-fits-service": with_schedules(MOST_OF_ONE_USER, changed(period=None)),
    "sender-may-send-scheduled-service": changed(srv=Srv.RECORD_GAS_NETWORK_DATA, period=None),
    "scheduled-service-fits-device-type": changed(device=HCALCS, start_date=TODAY - DAY),
}
NEVER_TOGETHER: Final = {
    "schedule-is-the-senders": "a schedule is named by its number or by its device",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


def gone(world: World) -> ServiceRequest:
    set_status(world, ESME, StatusCause.DECOMMISSIONED)
    return creation()(world)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (creation(user=OTHER_OPERATOR), "E4"),
        (creation(user=TRANSPORTER), "E4"),
        (changed(device=NO_DEVICE), "E19"),
        (gone, "E5"),
        (creation(user=SUPPLIER), "I0"),
        (period(-2, time(12), -2, time(12)), "I0"),
        (period(-2, time(12), -2, time(11, 59)), "E050105"),
        (period(0, time(0), 1, time(0)), "E050105"),
        (period(-1, time(0, tzinfo=UTC), 0, time(0)), "I0"),
        (reading(ESME), "W050201"),
        (deletion(ESME), "W050301"),
        (with_schedules(1, deletion(ESME)), "I99"),
    ],
)
def test_more_requests(make: Make, code: str) -> None:
    world = World()
    assert world.submit(make(world)).response.code.value == code


def test_created_read_and_deleted() -> None:
    world = World()
    for number in (1, 2):
        result = render(world, creation()(world))
        assert (result.code, result.body) == (Code.I0, ScheduleCreated(ScheduleId(number)))
    second = HeldSchedule(ScheduleId(2), NETWORK_DATA)
    everything = SchedulesRead((HeldSchedule(FIRST, NETWORK_DATA), second))
    assert render(world, reading(ESME)(world)).body == everything
    assert render(world, reading(FIRST)(world)).body == SchedulesRead(everything.schedules[:1])
    assert render(world, deletion(FIRST)(world)).code is Code.I99
    assert render(world, reading(ESME)(world)).body == SchedulesRead((second,))
    assert render(world, deletion(ESME)(world)).code is Code.I99
    assert render(world, creation()(world)).body == ScheduleCreated(ScheduleId(3))
    assert render(world, reading(ESME, SUPPLIER)(world)).code is Code.W050201


def test_a_schedule_that_the_dcc_gives_up() -> None:
    world = World()
    schedule = world.dcc.schedules.create(OPERATOR, NETWORK_DATA, NOW)
    notice = remove_schedule(schedule, DccAlertCode.N6, world.dcc)
    assert (notice.recipient, notice.alert.code) == (OPERATOR, DccAlertCode.N6)
    assert notice.alert.payload == ScheduleRemoval(ESME, FIRST)
    assert world.dcc.schedules.get(FIRST) is None


def test_schedules_end_with_the_registration_of_their_users() -> None:
    world = World()
    for user in (SUPPLIER, OPERATOR):
        world.dcc.schedules.create(user, NETWORK_DATA, NOW)
    assert review_schedules(world.dcc, ESME, NOW) == ()
    change = ElectricityRecord(Mpid("EMEB"), Mpid("SUPB"), effective_from=TODAY + DAY)
    world.dcc.registration.add_electricity(MPAN, change)
    assert review_schedules(world.dcc, ESME, NOW) == ()
    told = review_schedules(world.dcc, ESME, NOW + DAY)
    assert [(notice.recipient, notice.alert.code.value) for notice in told] == [
        (SUPPLIER, "N5"),
        (OPERATOR, "N6"),
    ]
    assert world.dcc.schedules.on(ESME) == ()


# When runs fall due


def days(frequency: Frequency, start: date, runs: int, end: date | None = None) -> list[str]:
    what = CreateSchedule(ESME, Srv.READ_NETWORK_DATA, frequency, start, end)
    moments = (run_at(what, run) for run in range(runs))
    return [moment.date().isoformat() if moment else "none" for moment in moments]


def test_beats() -> None:
    start = date(2027, 12, 30)
    assert days(F.DAILY, start, 3) == ["2027-12-30", "2027-12-31", "2028-01-01"]
    assert days(F.WEEKLY, start, 2) == ["2027-12-30", "2028-01-06"]
    assert days(F.MONTHLY, start, 4) == ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]
    assert days(F.QUARTERLY, start, 3) == ["2027-12-30", "2028-03-30", "2028-06-30"]
    assert days(F.HALF_YEARLY, date(2027, 8, 31), 3) == ["2027-08-31", "2028-02-29", "2028-08-31"]
    assert days(F.YEARLY, date(2028, 2, 29), 5) == [
        *("2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29")
    ]


def test_a_schedule_runs_on_its_last_day_and_time_itself_has_an_end() -> None:
    assert days(F.DAILY, date(2027, 1, 1), 3, date(2027, 1, 2)) == ["2027-01-01", "2027-01-02", "none"]
    assert days(F.DAILY, date.max, 2) == ["9999-12-31", "none"]
    assert days(F.YEARLY, date.max, 2) == ["9999-12-31", "none"]
    assert days(F.WEEKLY, date.max - timedelta(7), 3) == ["9999-12-24", "9999-12-31", "none"]


@given(
    st.sampled_from(Frequency),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(min_value=0, max_value=50),
)
def test_runs_rise_and_keep_to_their_day(frequency: Frequency, start: date, run: int) -> None:
    what = CreateSchedule(ESME, Srv.READ_NETWORK_DATA, frequency, start)
    before, after = run_at(what, run), run_at(what, run + 1)
    assert before is not None
    assert after is not None
    assert before < after
    if frequency not in {F.DAILY, F.WEEKLY}:
        assert after.day == start.day or (after.day < start.day and (after + DAY).day == 1)


def test_each_run_is_taken_once_and_in_order_of_time() -> None:
    schedules = Schedules()
    early = schedules.create(OPERATOR, NETWORK_DATA._replace(execution_start_time=None), NOW)
    late = schedules.create(SUPPLIER, NETWORK_DATA, NOW)
    midnight = datetime.combine(TODAY, time(0), UTC)
    assert schedules.take_due(NOW) == ()
    assert schedules.next_due == midnight + timedelta(hours=3)
    due = schedules.take_due(NOW + 2 * DAY)
    assert [(run.schedule, run.at) for run in due] == [
        (late, midnight + timedelta(hours=3)),
        (early, midnight + DAY),
        (late, midnight + DAY + timedelta(hours=3)),
        (early, midnight + 2 * DAY),
    ]
    assert schedules.take_due(NOW + 2 * DAY) == ()
    schedules.delete(early.schedule_id)
    assert schedules.next_due == midnight + 2 * DAY + timedelta(hours=3)
    schedules.delete(late.schedule_id)
    assert schedules.next_due is None
    assert schedules.take_due(NOW + 9 * DAY) == ()


def test_a_schedule_whose_last_run_is_over_stays_until_it_is_deleted() -> None:
    schedules = Schedules()
    what = NETWORK_DATA._replace(end_date=TODAY, execution_start_time=time(0))
    schedule = schedules.create(OPERATOR, what, NOW)
    assert schedules.next_due is None
    assert schedules.of(OPERATOR, ESME) == (schedule,)


def test_the_period_is_counted_from_the_day_of_the_run() -> None:
    schedules = Schedules()
    what = NETWORK_DATA._replace(period=PeriodOffset(-2, time(6), -1, time(5, 30)), agreement=b"der")
    schedules.create(OPERATOR, what, NOW)
    schedules.create(OPERATOR, NETWORK_DATA._replace(period=None), NOW)
    with_period, without = schedules.take_due(NOW + timedelta(hours=3))
    start = datetime.combine(TODAY - 2 * DAY, time(6), UTC)
    assert with_period.body == ReadLog(start, start + timedelta(hours=23, minutes=30), b"der")
    assert without.body == Read()
