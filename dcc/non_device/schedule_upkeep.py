"""Schedules that may no longer run, because their User is no longer registered at the device."""

from __future__ import annotations

from datetime import datetime

from dcc.alert_codes import DccAlertCode
from dcc.bodies.reads import Read
from dcc.identifiers import RequestId
from dcc.non_device.device_alerts import remove_schedule
from dcc.notices import Notice
from dcc.parties import SUPPLIER_ROLES
from dcc.registration import Eligibility
from dcc.rules.view import RequestView
from dcc.schedules import Schedule
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.world import DccWorld
from devices.gbcs.identifiers import Eui64, OriginatorCounter


def review_schedules(world: DccWorld, device: Eui64, now: datetime) -> tuple[Notice, ...]:
    """Forget the schedules on a device whose Users may no longer read it, and tell them.

    N5 to a supplier, which lost the metering point to another, N6 to any other User (assumed).
    """
    return tuple(
        remove_schedule(schedule, _code(schedule, world), world)
        for schedule in world.schedules.on(device)
        if not may_run(schedule, world, now)
    )


def may_run(schedule: Schedule, world: DccWorld, now: datetime) -> bool:
    """Whether registration data is not against the schedule's User at its device (SEC Appendix AB 6.1(f))."""
    request_id = RequestId(schedule.owner, schedule.what.device, OriginatorCounter(0))
    request = ServiceRequest(request_id, CommandVariant.COMMAND, schedule.what.srv, Read())
    view = RequestView(request, world, now)
    role = view.acting_role
    return role is not None and view.eligibility(role) is not Eligibility.NOT_ELIGIBLE


def _code(schedule: Schedule, world: DccWorld) -> DccAlertCode:
    user = world.parties.user(schedule.owner)
    is_supplier = user is not None and not SUPPLIER_ROLES.isdisjoint(user.roles)
    return DccAlertCode.N5 if is_supplier else DccAlertCode.N6
