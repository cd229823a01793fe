"""8.3: a device that is taken out of use."""

from __future__ import annotations

from datetime import datetime

from dcc.bodies.inventory import DecommissionDevice
from dcc.inventory_status import StatusCause
from dcc.non_device.device_alerts import meter_gone, schedules_removed
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.parties import User
from dcc.service_requests import ServiceRequest
from dcc.world import DccWorld


def decommission(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """8.3: the device is Decommissioned, out of its joins, and without schedules; of a meter others hear."""
    if not isinstance(request.body, DecommissionDevice):
        return DONE
    device_id = request.body.device
    alerts = meter_gone(world.inventory.device(device_id), world, user.user_id, now)
    world.inventory.change_status(device_id, StatusCause.DECOMMISSIONED, now)
    return NonDeviceResult(alerts=alerts + schedules_removed(device_id, world))
