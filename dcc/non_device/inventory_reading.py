"""8.2: what the inventory tells a User."""

from __future__ import annotations

from datetime import datetime

from dcc.bodies.inventory import ReadInventory
from dcc.certified_products import Product
from dcc.dates import utc_day
from dcc.inventory import NO_DETAILS, InventoryDevice
from dcc.non_device.inventory_search import search, with_their_homes
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.parties import User
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.service_responses import DeviceRecord, InventoryDevices
from dcc.world import DccWorld


def read_inventory(request: ServiceRequest, world: DccWorld, _: User, __: datetime) -> NonDeviceResult:
    """8.2: the devices asked for and those of the same HAN."""
    if not isinstance(request.body, ReadInventory):
        return DONE
    devices = with_their_homes(search(request.body.by, world.inventory), world.inventory)
    records = tuple(record_of(device, world) for device in devices)
    return NonDeviceResult(InventoryDevices(records), ResponseCode.I0)


def record_of(device: InventoryDevice, world: DccWorld) -> DeviceRecord:
    """What is told of one device; where it is, is what its hub says where it does not say so itself."""
    details = device.details
    hub = world.inventory.get(device.hub) if device.hub else None
    place = hub.details if hub else NO_DETAILS
    links = world.inventory.links_of(device.device_id)
    certified = cpl_status_of(device, world)
    commissioned = device.commissioned_at
    return DeviceRecord(
        device.device_id,
        device.device_type,
        device.status,
        device.manufacturer,
        device.model,
        details.smets_chts_version,
        details.firmware_version,
        firmware_version_status=certified,
        cpl_status=certified,
        date_commissioned=utc_day(commissioned) if commissioned else None,
        import_mpxn=links.import_mpxn,
        secondary_import_mpan=links.secondary_import_mpan,
        export_mpan=links.export_mpan,
        esme_variant=details.esme_variant,
        uprn=details.uprn or place.uprn,
        address=details.address or place.address,
        csp_region=details.csp_region or place.csp_region,
        gbcs_version=details.gbcs_version,
        han_variant=details.han_variant,
        s1sp=details.s1sp,
        connectivity=details.connectivity,
    )


def cpl_status_of(device: InventoryDevice, world: DccWorld) -> str | None:
    """What the Certified Products List says of the device's firmware, by DUIS token; None if unknown."""
    version = device.details.firmware_version
    if world.certified_products is None or version is None:
        return None
    status = world.certified_products.status(Product(device.manufacturer, device.model, version))
    return status.value if status else None
