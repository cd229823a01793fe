"""What 8.2 and 8.3 ask of their bodies; which code stands for what is assumed (DUIS 3.8)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Final

from dcc.bodies.inventory import (
    ReadInventory,
)
from dcc.identifiers import Mpxn
from dcc.inventory import InventoryDevice
from dcc.inventory_status import TYPE_2_DEVICES
from dcc.non_device.inventory_search import search
from dcc.parties import User
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.non_device import at_device, is_refused, named_device
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.identifiers import DeviceType

_READ: Final = Clause("DUIS", "3.8 (8.2)")
_DECOMMISSION: Final = Clause("DUIS", "3.8 (8.3)")
_HUB_PARTS: Final = frozenset({DeviceType.CHF, DeviceType.GPF})


@rule(
    id="inventory-search-finds",
    clause=_READ,
    on_fail={Srv.READ_INVENTORY: ResponseCode.E080201},
    confirmed=False,
)
def inventory_search_finds(view: RequestView) -> Answer:
    """The inventory has a device that fits what is asked for."""
    if not isinstance(view.request.body, ReadInventory):
        return NOT_APPLICABLE
    by = view.request.body.by
    return None if search(by, view.world.inventory) else Finding(f"nothing for {by}", "at least one device")


@rule(
    id="sender-may-read-inventory",
    clause=_READ,
    on_fail={Srv.READ_INVENTORY: ResponseCode.E080202},
    confirmed=False,
)
def sender_may_read_inventory(view: RequestView) -> Answer:
    """The sender notified one of the devices found, or is or will be registered at one."""
    user = view.user
    if not isinstance(view.request.body, ReadInventory) or user is None:
        return NOT_APPLICABLE
    found = search(view.request.body.by, view.world.inventory)
    if not found:
        return NOT_APPLICABLE
    if any(is_notifier(device, user, view.world) or _is_registered(view, device, user) for device in found):
        return None
    return Finding(f"{user.party.name} is not registered at what was found", "a party registered there")


def is_notifier(device: InventoryDevice, user: User, world: DccWorld) -> bool:
    """Whether the User's party notified the device."""
    return device.notified_by is not None and world.parties.party_of_user(device.notified_by) == user.party


def _is_registered(view: RequestView, device: InventoryDevice, user: User) -> bool:
    """Whether nothing in registration data is against a role of the User, now or from a later day on."""
    there = at_device(view, device.device_id)
    roles = [role for role in user.roles if role in view.service.roles]
    if any(not is_refused(there.eligibility(role), view.world) for role in roles):
        return True
    return any(_will_supply(mpxn, user, view) for mpxn in there.metering_points)


def _will_supply(mpxn: Mpxn, user: User, view: RequestView) -> bool:
    registration = view.world.registration
    starts = (record.supplier_dates.first for record in registration.records(mpxn))
    later = (datetime.combine(day, time(0), UTC) for day in starts if day is not None)
    return any(at > view.now and registration.registered_supplier_at(mpxn, at) == user.party for at in later)


@rule(
    id="device-is-decommissioned-by-itself",
    clause=_DECOMMISSION,
    on_fail={Srv.DECOMMISSION_DEVICE: ResponseCode.E080301},
    confirmed=False,
)
def device_is_decommissioned_by_itself(view: RequestView) -> Answer:
    """The device has a status and is no part of a hub, which goes by 8.14."""
    device = device_of(view)
    if device is None:
        return NOT_APPLICABLE
    if device.device_type in _HUB_PARTS | TYPE_2_DEVICES:
        return Finding(device.device_type.value, "ESME, GSME, PPMID or HCALCS")
    return None


def device_of(view: RequestView) -> InventoryDevice | None:
    """The device that the body is about, where the inventory has it."""
    device = named_device(view)
    return view.world.inventory.get(device) if device else None


RULES: Final[tuple[Rule, ...]] = (
    inventory_search_finds,
    sender_may_read_inventory,
    device_is_decommissioned_by_itself,
)
