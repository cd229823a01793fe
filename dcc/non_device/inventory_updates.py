"""8.4: one change of a device's record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import PlainChange
from dcc.bodies.inventory import (
    MpxnKind,
    NewStatus,
    SetDetails,
    SetHubStatus,
    SetMpxn,
    SetStatus,
    UpdateInventory,
)
from dcc.identifiers import Mpan
from dcc.inventory import Inventory, InventoryDevice, MpxnLinks
from dcc.inventory_status import StatusCause, next_status
from dcc.non_device.device_alerts import plain_change, schedules_removed
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.notices import Notice
from dcc.parties import User
from dcc.service_requests import ServiceRequest
from dcc.world import DccWorld
from devices.gbcs.identifiers import DeviceType, Eui64

CAUSES: Final[Mapping[tuple[type, NewStatus], StatusCause]] = {
    (SetStatus, NewStatus.PENDING): StatusCause.SET_TO_PENDING,
    (SetStatus, NewStatus.INSTALLED_NOT_COMMISSIONED): StatusCause.SET_TO_INSTALLED,
    (SetHubStatus, NewStatus.INSTALLED_NOT_COMMISSIONED): StatusCause.SET_TO_INSTALLED,
    (SetHubStatus, NewStatus.COMMISSIONED): StatusCause.HUB_SET_TO_COMMISSIONED,
    (SetHubStatus, NewStatus.WITHDRAWN): StatusCause.HUB_WITHDRAWN,
}
"""What moves a device to a status that 8.4 asks for; a status that is not here cannot be asked for."""


def update_inventory(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """8.4: the status, the description or a metering point is another one, or the device is gone."""
    if not isinstance(request.body, UpdateInventory):
        return DONE
    device, change = world.inventory.device(request.body.device), request.body.change
    if isinstance(change, SetStatus | SetHubStatus):
        _set_status(device, CAUSES[type(change), change.status], world.inventory, now)
    elif isinstance(change, SetDetails):
        _describe(device, change, world.inventory)
    elif isinstance(change, SetMpxn):
        world.inventory.link(device.device_id, links_with(device.links, change))
    else:
        return NonDeviceResult(alerts=_delete(device, world, user.user_id, now))
    return DONE


def links_with(links: MpxnLinks, change: SetMpxn) -> MpxnLinks:
    """The metering points of a device, one of them replaced."""
    if change.kind is MpxnKind.IMPORT:
        return links._replace(import_mpxn=change.mpxn)
    mpan = Mpan(change.mpxn)
    if change.kind is MpxnKind.SECONDARY_IMPORT:
        return links._replace(secondary_import_mpan=mpan)
    return links._replace(export_mpan=mpan)


def _set_status(device: InventoryDevice, cause: StatusCause, inventory: Inventory, now: datetime) -> None:
    """The gas proxy function goes along with its hub where it can."""
    inventory.change_status(device.device_id, cause, now)
    gpf = inventory.gas_proxy_of(device.device_id)
    if gpf is not None and next_status(gpf.status, cause, gpf.device_type) is not None:
        inventory.change_status(gpf.device_id, cause, now)


def _describe(device: InventoryDevice, change: SetDetails, inventory: Inventory) -> None:
    known = device.details
    details = known._replace(
        smets_chts_version=change.smets_chts_version or known.smets_chts_version,
        firmware_version=change.firmware_version or known.firmware_version,
        esme_variant=change.esme_variant or known.esme_variant,
    )
    inventory.describe(
        device.device_id, manufacturer=change.manufacturer, model=change.model, details=details
    )


def _delete(device: InventoryDevice, world: DccWorld, sender: Eui64, now: datetime) -> tuple[Notice, ...]:
    """N3 to who notified it and to its suppliers; a hub goes with its gas proxy function (assumed)."""
    told = (device.notified_by, *addressees.suppliers(world, device.device_id, now))
    change = PlainChange.REMOVED_FROM_INVENTORY
    alerts = plain_change(device.device_id, change, DccAlertCode.N3, told, sender)
    if device.device_type is DeviceType.CHF:
        for part in world.inventory.devices_of_hub(device.device_id):
            world.inventory.remove(part.device_id)
    world.inventory.remove(device.device_id)
    return alerts + schedules_removed(device.device_id, world)
