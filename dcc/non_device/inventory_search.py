"""What 8.2 finds in the inventory: the devices that are asked for, and the homes they are in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dcc.bodies.inventory import Address, Uprn
from dcc.identifiers import Mpxn
from dcc.inventory import Inventory, InventoryDevice
from dcc.wan_coverage import postcode_key
from devices.gbcs.identifiers import DeviceType, Eui64

MOST_DEVICES: Final = 17
"""How many devices one answer can hold."""

_ORDER: Final = (
    DeviceType.CHF,
    DeviceType.GPF,
    DeviceType.ESME,
    DeviceType.GSME,
    DeviceType.HCALCS,
    DeviceType.PPMID,
    DeviceType.IHD,
    DeviceType.CAD,
)


def search(by: Uprn | Eui64 | Mpxn | Address, inventory: Inventory) -> tuple[InventoryDevice, ...]:
    """The devices that fit: by Device ID any, else only those that are not decommissioned or withdrawn."""
    if isinstance(by, Eui64):
        device = inventory.get(by)
        return (device,) if device else ()
    if isinstance(by, str):
        found: Iterable[InventoryDevice] = inventory.devices_at(by)
    elif isinstance(by, Address):
        found = (item for item in inventory if _is_at(item, by))
    else:
        found = (item for item in inventory if item.details.uprn == by)
    return tuple(item for item in found if not item.is_gone)


def with_their_homes(found: Iterable[InventoryDevice], inventory: Inventory) -> tuple[InventoryDevice, ...]:
    """The devices found, with every device of the same HANs, up to :data:`MOST_DEVICES`.

    That the whole HAN is told, and in which order, is assumed: hub by hub, each with its gas proxy
    function, its meters and the rest, by Device ID.
    """
    devices: dict[Eui64, InventoryDevice] = {}
    for device in found:
        devices[device.device_id] = device
        hub = hub_of(device)
        if hub is not None:
            home = (inventory.device(hub), *inventory.devices_of_hub(hub))
            devices.update({item.device_id: item for item in home if not item.is_gone})
    in_order = sorted(devices.values(), key=_place)
    return tuple(in_order[:MOST_DEVICES])


def hub_of(device: InventoryDevice) -> Eui64 | None:
    """The hub of a device's HAN; a hub is its own."""
    return device.device_id if device.device_type is DeviceType.CHF else device.hub


def _is_at(device: InventoryDevice, wanted: Address) -> bool:
    address = device.details.address
    return address is not None and _normal(address) == _normal(wanted)


def _normal(address: Address) -> tuple[str, str]:
    return postcode_key(address.postcode), " ".join(address.address_identifier.split()).casefold()


def _place(device: InventoryDevice) -> tuple[Eui64, int, Eui64]:
    return hub_of(device) or device.device_id, _ORDER.index(device.device_type), device.device_id
