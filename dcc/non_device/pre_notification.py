"""12.2: a device that the DCC is to know of before it is installed."""

from __future__ import annotations

from datetime import datetime

from dcc.bodies.inventory import PreNotifyDevice
from dcc.inventory import DeviceDetails
from dcc.inventory_status import StatusCause
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.parties import User
from dcc.service_requests import ServiceRequest
from dcc.world import DccWorld
from devices.gbcs.identifiers import DeviceType, Eui64


def pre_notify(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """12.2: the device is Pending; a hub comes with its gas proxy function, of the same make (assumed)."""
    body = request.body
    if isinstance(body, PreNotifyDevice):
        _take(body, world, user.user_id, now)
        if body.associated_gpf is not None:
            gpf = body._replace(device=body.associated_gpf, device_type=DeviceType.GPF)
            _take(gpf, world, user.user_id, now, hub=body.device)
    return DONE


def _take(
    body: PreNotifyDevice, world: DccWorld, user_id: Eui64, now: datetime, hub: Eui64 | None = None
) -> None:
    inventory = world.inventory
    details = DeviceDetails(body.smets_chts_version, body.firmware_version, body.esme_variant)
    if body.device not in inventory:
        inventory.pre_notify(
            body.device,
            body.device_type,
            now,
            manufacturer=body.manufacturer,
            model=body.model,
            hub=hub,
            details=details,
            notified_by=user_id,
        )
        return
    inventory.change_status(body.device, StatusCause.PRE_NOTIFIED, now)
    inventory.assign_hub(body.device, hub)
    inventory.describe(
        body.device,
        manufacturer=body.manufacturer,
        model=body.model,
        details=details,
        notified_by=user_id,
    )
