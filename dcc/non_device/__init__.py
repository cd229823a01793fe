"""The services that the DCC renders by itself, one module a family (DUIS 3.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from dcc.non_device.decommissioning import decommission
from dcc.non_device.firmware import update_firmware
from dcc.non_device.hub_visits import hub_installed, hub_returned
from dcc.non_device.inventory_reading import read_inventory
from dcc.non_device.inventory_updates import update_inventory
from dcc.non_device.local_responses import take_local_response
from dcc.non_device.pre_notification import pre_notify
from dcc.non_device.result import NonDeviceResult
from dcc.non_device.schedules import create_schedule, delete_schedules, read_schedules
from dcc.non_device.wan_matrix import read_wan_matrix
from dcc.parties import User
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.world import DccWorld

_Execute = Callable[[ServiceRequest, DccWorld, User, datetime], NonDeviceResult]

EXECUTED: Final[Mapping[Srv, _Execute]] = {
    Srv.CREATE_SCHEDULE: create_schedule,
    Srv.READ_SCHEDULE: read_schedules,
    Srv.DELETE_SCHEDULE: delete_schedules,
    Srv.READ_INVENTORY: read_inventory,
    Srv.DECOMMISSION_DEVICE: decommission,
    Srv.UPDATE_INVENTORY: update_inventory,
    Srv.RETURN_LOCAL_RESPONSE: take_local_response,
    Srv.HUB_INSTALLED: hub_installed,
    Srv.HUB_INSTALLED_WITHOUT_WAN: hub_installed,
    Srv.HUB_FAULT_RETURN: hub_returned,
    Srv.HUB_NO_FAULT_RETURN: hub_returned,
    Srv.UPDATE_FIRMWARE: update_firmware,
    Srv.REQUEST_WAN_MATRIX: read_wan_matrix,
    Srv.PRE_NOTIFY_DEVICE: pre_notify,
}
"""By service, what renders it. 8.6 is not among them: no role may send it, so nothing is ever opted in."""


def execute(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """Render a service that has passed the rules; what is not in :data:`EXECUTED` is not modelled."""
    render = EXECUTED.get(request.srv)
    return (
        render(request, world, user, now) if render else NonDeviceResult(code=ResponseCode.SIM_NOT_MODELLED)
    )
