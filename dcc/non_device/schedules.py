"""5.1 to 5.3: schedules of a User, created, read and deleted."""

from __future__ import annotations

from datetime import datetime

from dcc.bodies.schedules import CreateSchedule, DeleteSchedule, ReadSchedule, ScheduleId
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.parties import User
from dcc.response_codes import ResponseCode
from dcc.schedules import Schedule
from dcc.service_requests import ServiceRequest
from dcc.service_responses import HeldSchedule, ScheduleCreated, SchedulesRead
from dcc.world import DccWorld
from devices.gbcs.identifiers import Eui64


def create_schedule(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """5.1: the schedule runs from now on; the answer is its number."""
    if not isinstance(request.body, CreateSchedule):
        return DONE
    schedule = world.schedules.create(user.user_id, request.body, now)
    return NonDeviceResult(ScheduleCreated(schedule.schedule_id), ResponseCode.I0)


def read_schedules(request: ServiceRequest, world: DccWorld, user: User, _: datetime) -> NonDeviceResult:
    """5.2: the schedules asked for; a warning where the User has none on the device (assumed)."""
    if not isinstance(request.body, ReadSchedule):
        return DONE
    found = schedules_of(request.body.which, user, world)
    if not found:
        return NonDeviceResult(code=ResponseCode.W050201)
    listed = tuple(HeldSchedule(schedule.schedule_id, schedule.what) for schedule in found)
    return NonDeviceResult(SchedulesRead(listed), ResponseCode.I0)


def delete_schedules(request: ServiceRequest, world: DccWorld, user: User, _: datetime) -> NonDeviceResult:
    """5.3: the schedules asked for are gone; a warning where the User has none on the device (assumed)."""
    if not isinstance(request.body, DeleteSchedule):
        return DONE
    found = schedules_of(request.body.which, user, world)
    for schedule in found:
        world.schedules.delete(schedule.schedule_id)
    return DONE if found else NonDeviceResult(code=ResponseCode.W050301)


def schedules_of(which: ScheduleId | Eui64, user: User, world: DccWorld) -> tuple[Schedule, ...]:
    """A User's schedule of a number, or all of its schedules on a device."""
    if isinstance(which, Eui64):
        return world.schedules.of(user.user_id, which)
    schedule = world.schedules.get(which)
    return (schedule,) if schedule is not None and schedule.owner == user.user_id else ()
