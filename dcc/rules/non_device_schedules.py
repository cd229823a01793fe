"""What 5.1 to 5.3 ask of their bodies; which code stands for what is assumed (DUIS 3.8)."""

from __future__ import annotations

from typing import Final

from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import CreateSchedule, DeleteSchedule, PeriodOffset, ReadSchedule
from dcc.dates import utc_day
from dcc.non_device.schedules import schedules_of
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.schedules import MOST_OF_ONE_USER
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64

_CREATE: Final = Clause("DUIS", "3.8 (5.1)")
_READ_OR_DELETE: Final = Clause("DUIS", "3.8 (5.2, 5.3)")


@rule(
    id="scheduled-service-can-be-scheduled",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050101},
    confirmed=False,
)
def scheduled_service_can_be_scheduled(view: RequestView) -> Answer:
    """The service that is to be repeated is one that the DCC schedules."""
    body = view.request.body
    if not isinstance(body, CreateSchedule):
        return NOT_APPLICABLE
    if SERVICES[body.srv].schedulable:
        return None
    return Finding(body.srv.value, "a service that the DCC schedules")


@rule(
    id="sender-may-send-scheduled-service",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050107},
    confirmed=False,
)
def sender_may_send_scheduled_service(view: RequestView) -> Answer:
    """A role of the User may send the service that is to be repeated."""
    body, user = view.request.body, view.user
    if not isinstance(body, CreateSchedule) or user is None:
        return NOT_APPLICABLE
    roles = SERVICES[body.srv].roles
    if roles & set(user.roles):
        return None
    expected = ", ".join(sorted(role.value for role in roles))
    return Finding(f"roles {', '.join(role.value for role in user.roles)}", f"one of {expected}")


@rule(
    id="scheduled-service-fits-device-type",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050108},
    confirmed=False,
)
def scheduled_service_fits_device_type(view: RequestView) -> Answer:
    """The service that is to be repeated can be sent to a device of this type."""
    body = view.request.body
    device = view.world.inventory.get(body.device) if isinstance(body, CreateSchedule) else None
    if not isinstance(body, CreateSchedule) or device is None:
        return NOT_APPLICABLE
    types = SERVICES[body.srv].device_types
    if device.device_type in types:
        return None
    return Finding(device.device_type.value, f"one of {', '.join(sorted(kind.value for kind in types))}")


@rule(
    id="schedule-starts-today-or-later",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050102},
    confirmed=False,
)
def schedule_starts_today_or_later(view: RequestView) -> Answer:
    """The schedule does not start before today."""
    body = view.request.body
    if not isinstance(body, CreateSchedule):
        return NOT_APPLICABLE
    today = utc_day(view.now)
    return None if body.start_date >= today else Finding(str(body.start_date), f"{today} or later")


@rule(
    id="schedule-ends-no-earlier-than-it-starts",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050103},
    confirmed=False,
)
def schedule_ends_no_earlier_than_it_starts(view: RequestView) -> Answer:
    """The last day of the schedule is not before its first."""
    body = view.request.body
    if not isinstance(body, CreateSchedule) or body.end_date is None:
        return NOT_APPLICABLE
    if body.end_date >= body.start_date:
        return None
    return Finding(str(body.end_date), f"{body.start_date} or later")


@rule(
    id="schedule-period-fits-service",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050105},
    confirmed=False,
)
def schedule_period_fits_service(view: RequestView) -> Answer:
    """A read of a log has a period, up to the day of the run and in order; another has none."""
    body = view.request.body
    if not isinstance(body, CreateSchedule):
        return NOT_APPLICABLE
    kind = SERVICES[body.srv].body
    if body.period is None:
        return Finding("no period", f"one for {body.srv.value}") if kind is ReadLog else None
    if kind is Read:
        return Finding("a period", f"none for {body.srv.value}")
    return _flaw(body.period)


def _flaw(period: PeriodOffset) -> Finding | None:
    if max(period.start_day_offset, period.end_day_offset) > 0:
        return Finding("a period after the day of the run", "day offsets of 0 or less")
    start = period.start_day_offset, period.start_time
    end = period.end_day_offset, period.end_time
    if (start[0], start[1].replace(tzinfo=None)) <= (end[0], end[1].replace(tzinfo=None)):
        return None
    return Finding(f"day {end[0]} {end[1]}", f"day {start[0]} {start[1]} or later")


@rule(
    id="schedules-of-user-are-few",
    clause=_CREATE,
    on_fail={Srv.CREATE_SCHEDULE: ResponseCode.E050110},
    confirmed=False,
)
def schedules_of_user_are_few(view: RequestView) -> Answer:
    """The User has fewer than 99 schedules on the device: no answer could list more."""
    body = view.request.body
    if not isinstance(body, CreateSchedule):
        return NOT_APPLICABLE
    held = len(view.world.schedules.of(view.request.request_id.originator, body.device))
    return None if held < MOST_OF_ONE_USER else Finding(f"{held} schedules", f"fewer than {MOST_OF_ONE_USER}")


@rule(
    id="schedule-is-the-senders",
    clause=_READ_OR_DELETE,
    on_fail={Srv.READ_SCHEDULE: ResponseCode.E050201, Srv.DELETE_SCHEDULE: ResponseCode.E050301},
    confirmed=False,
)
def schedule_is_the_senders(view: RequestView) -> Answer:
    """A schedule that is named by its number is one of the sender's."""
    body, user = view.request.body, view.user
    if not isinstance(body, ReadSchedule | DeleteSchedule) or user is None or isinstance(body.which, Eui64):
        return NOT_APPLICABLE
    found = schedules_of(body.which, user, view.world)
    return None if found else Finding(f"schedule {int(body.which)}", "a schedule of the sender")


@rule(
    id="scheduled-device-exists",
    clause=_READ_OR_DELETE,
    on_fail={Srv.READ_SCHEDULE: ResponseCode.E050202, Srv.DELETE_SCHEDULE: ResponseCode.E050302},
    confirmed=False,
)
def scheduled_device_exists(view: RequestView) -> Answer:
    """A device whose schedules are meant is in the Smart Metering Inventory."""
    body = view.request.body
    if not isinstance(body, ReadSchedule | DeleteSchedule) or not isinstance(body.which, Eui64):
        return NOT_APPLICABLE
    return (
        None if body.which in view.world.inventory else Finding(str(body.which), "a device in the inventory")
    )


RULES: Final[tuple[Rule, ...]] = (
    scheduled_service_can_be_scheduled,
    sender_may_send_scheduled_service,
    scheduled_service_fits_device_type,
    schedule_starts_today_or_later,
    schedule_ends_no_earlier_than_it_starts,
    schedule_period_fits_service,
    schedules_of_user_are_few,
    schedule_is_the_senders,
    scheduled_device_exists,
)
