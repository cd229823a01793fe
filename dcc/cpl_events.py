"""Devices suspended and restored as the Certified Products List changes, or their firmware (SEC Appendix AC).

That a device whose firmware has no active entry is Suspended, and comes back with one that has, is assumed;
so are the alerts N8 and N9 and their addressees.
"""

from __future__ import annotations

from datetime import datetime

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, DeviceStatusChange, PlainChange
from dcc.certified_products import CertifiedProducts, CplStatus, Product
from dcc.inventory import InventoryDevice
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.notices import Notice
from dcc.world import DccWorld
from devices.gbcs.identifiers import Eui64


def entry_changed(world: DccWorld, product: Product, status: CplStatus, now: datetime) -> tuple[Notice, ...]:
    """Give a product another status on the list; its devices follow, by Device ID."""
    if world.certified_products is None:
        world.certified_products = CertifiedProducts()
    world.certified_products.set_status(product, status)
    affected = sorted(device.device_id for device in world.inventory if product_of(device) == product)
    return tuple(notice for device in affected for notice in review(world, device, now))


def firmware_changed(world: DccWorld, device: Eui64, version: str, now: datetime) -> tuple[Notice, ...]:
    """Note another firmware version of a device, which may suspend it or bring it back."""
    world.inventory.note_firmware(device, version)
    return review(world, device, now)


def review(world: DccWorld, device_id: Eui64, now: datetime) -> tuple[Notice, ...]:
    """Suspend a device whose firmware is not certified (N8), restore one whose firmware is (N9).

    Nothing happens where there is no list, or the firmware is not known.
    """
    device = world.inventory.device(device_id)
    product = product_of(device)
    if world.certified_products is None or product is None:
        return ()
    certified = world.certified_products.is_active(product)
    if not certified and device.status is DeviceStatus.COMMISSIONED:
        world.inventory.change_status(device_id, StatusCause.FIRMWARE_DELISTED, now)
        return _tell(world, device_id, PlainChange.SUSPENDED, DccAlertCode.N8, now)
    if certified and device.status is DeviceStatus.SUSPENDED:
        world.inventory.change_status(device_id, StatusCause.FIRMWARE_RELISTED, now)
        return _tell(world, device_id, PlainChange.RESTORED, DccAlertCode.N9, now)
    return ()


def product_of(device: InventoryDevice) -> Product | None:
    """What a device is on the list; None where its firmware is not known."""
    version = device.details.firmware_version
    return Product(device.manufacturer, device.model, version) if version is not None else None


def _tell(
    world: DccWorld, device: Eui64, change: PlainChange, code: DccAlertCode, now: datetime
) -> tuple[Notice, ...]:
    alert = DccAlert(code, DeviceStatusChange(device, change))
    return tuple(Notice(user, alert) for user in addressees.suppliers(world, device, now))
