"""8.14: what an installer reports of a communications hub: installed, exchanged, or taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import PlainChange
from dcc.bodies.hub_visits import HubFaultReturn, HubInstalled, HubNoFaultReturn
from dcc.identifiers import Mpxn
from dcc.inventory import Inventory
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.non_device.device_alerts import plain_change, schedules_removed
from dcc.non_device.inventory_search import hub_of
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.notices import Notice
from dcc.parties import User
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.identifiers import DeviceType, Eui64

NEW_INSTALL: Final = "New CHF Install"
REPLACEMENT: Final = "Replacement CHF Install"
WITHOUT_WAN: Final = "CHF Install - no SM WAN"

_WARNED: Final = NonDeviceResult(code=ResponseCode.W081401)


def hub_installed(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """8.14.1, 8.14.2: the hub is at a metering point; one that replaces another takes over its devices.

    A warning where a hub that should be on the SM WAN has not been heard of yet (assumed).
    """
    body = request.body
    if not isinstance(body, HubInstalled):
        return DONE
    inventory = world.inventory
    before = hubs_at(body.mpxn, body.hub, inventory) if body.install_type == REPLACEMENT else ()
    hub = inventory.device(body.hub)
    inventory.describe(body.hub, details=hub.details._replace(site=body.mpxn))
    alerts: list[Notice] = []
    for old in before:
        told = addressees.suppliers(world, old, now)
        _copy_place(old, body.hub, inventory)
        inventory.exchange_hub(old, body.hub)
        _exchange_gas_proxy(old, body.hub, inventory)
        alerts += remove_hub(old, world, told, user.user_id, now)
    silent = hub.status is DeviceStatus.PENDING and request.srv is Srv.HUB_INSTALLED
    result = _WARNED if silent else DONE
    return result._replace(alerts=tuple(alerts))


def hub_returned(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """8.14.3, 8.14.4: the hub and its gas proxy function are decommissioned, their HAN is without a hub.

    A warning where that had happened before, by an exchange (assumed).
    """
    body = request.body
    if not isinstance(body, HubFaultReturn | HubNoFaultReturn):
        return DONE
    if world.inventory.device(body.hub).is_gone:
        return _WARNED
    told = addressees.suppliers(world, body.hub, now)
    return NonDeviceResult(alerts=remove_hub(body.hub, world, told, user.user_id, now))


def hubs_at(mpxn: Mpxn, new: Eui64, inventory: Inventory) -> tuple[Eui64, ...]:
    """The hubs at a metering point, or of the meters there, but for the new one and those that are gone."""
    hubs = dict.fromkeys(hub_of(device) for device in inventory.devices_at(mpxn) if not device.is_gone)
    return tuple(hub for hub in hubs if hub not in {None, new} and not inventory.device(hub).is_gone)


def remove_hub(
    hub: Eui64, world: DccWorld, suppliers: tuple[Eui64, ...], sender: Eui64 | None, now: datetime
) -> tuple[Notice, ...]:
    """Decommission a hub with its gas proxy function; N3 to the other suppliers of its home (assumed)."""
    inventory = world.inventory
    alerts = plain_change(hub, PlainChange.HUB_DECOMMISSIONED, DccAlertCode.N3, suppliers, sender)
    for device in (*inventory.devices_of_hub(hub), inventory.device(hub)):
        if device.device_type not in {DeviceType.CHF, DeviceType.GPF}:
            inventory.assign_hub(device.device_id, None)
        elif not device.is_gone:
            inventory.change_status(device.device_id, StatusCause.HUB_REMOVED, now)
            alerts += schedules_removed(device.device_id, world)
    return alerts


def _copy_place(old: Eui64, new: Eui64, inventory: Inventory) -> None:
    """The new hub is where the old one was, as far as nothing else is known of it."""
    place, details = inventory.device(old).details, inventory.device(new).details
    moved = details._replace(
        uprn=details.uprn or place.uprn,
        address=details.address or place.address,
        csp_region=details.csp_region or place.csp_region,
    )
    inventory.describe(new, details=moved)


def _exchange_gas_proxy(old_hub: Eui64, new_hub: Eui64, inventory: Inventory) -> None:
    old, new = inventory.gas_proxy_of(old_hub), inventory.gas_proxy_of(new_hub)
    if old is not None and new is not None and not new.joined_to:
        inventory.exchange_gas_proxy(old.device_id, new.device_id)
