"""11.1: a firmware image for a list of devices, and what becomes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, FirmwareDistributionFailure
from dcc.bodies.firmware import UpdateFirmware
from dcc.certified_products import Product
from dcc.firmware_distributions import Delivery, FirmwareDistribution
from dcc.inventory import InventoryDevice
from dcc.inventory_status import status_allows
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.notices import Notice
from dcc.parties import User, UserRole
from dcc.registration import Eligibility
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.service_responses import FirmwareWarning
from dcc.srv import Srv
from dcc.world import DccWorld, UnknownMpxn
from devices.gbcs.identifiers import DeviceType, Eui64

_SUPPLIER_OF: Final = {DeviceType.ESME: UserRole.IS, DeviceType.GSME: UserRole.GS}


class SortedDevices(NamedTuple):
    """The devices of a request: those that get the image, and the others by reason."""

    accepted: tuple[Eui64, ...]
    warning: FirmwareWarning


def update_firmware(request: ServiceRequest, world: DccWorld, user: User, now: datetime) -> NonDeviceResult:
    """11.1: the image is on its way to the devices that can take it; a warning names the others."""
    body = request.body
    if not isinstance(body, UpdateFirmware):
        return DONE
    accepted, warning = sort_devices(body, world, user, now)
    world.firmware.start(
        FirmwareDistribution.of(request.request_id, body.image, body.firmware_version, accepted)
    )
    return NonDeviceResult(warning, ResponseCode.W110101) if any(warning) else DONE


def sort_devices(body: UpdateFirmware, world: DccWorld, user: User, now: datetime) -> SortedDevices:
    """Who gets the image. The reasons are those of the schema; when each applies is assumed.

    A device that several apply to stands under the first: not a meter of the sender's, not commissioned,
    a version that is not certified for its model, another image on its way.
    """
    reasons: dict[str, list[Eui64]] = {field: [] for field in FirmwareWarning._fields}
    accepted: list[Eui64] = []
    for device_id in dict.fromkeys(body.devices):
        reason = _reason_against(world.inventory.get(device_id), body.firmware_version, world, user, now)
        (reasons[reason] if reason else accepted).append(device_id)
    warning = FirmwareWarning(**{field: tuple(devices) for field, devices in reasons.items()})
    return SortedDevices(tuple(accepted), warning)


def settle_delivery(device: Eui64, *, delivered: bool, world: DccWorld) -> tuple[Notice, ...]:
    """Say that an image has arrived at a device, or has not; of a failure its sender hears (N18, assumed)."""
    distribution = world.firmware.last(device)
    world.firmware.settle(device, Delivery.DELIVERED if delivered else Delivery.FAILED)
    if delivered or distribution is None:
        return ()
    payload = FirmwareDistributionFailure(distribution.request_id, (device,))
    return (Notice(distribution.request_id.originator, DccAlert(DccAlertCode.N18, payload)),)


def _reason_against(
    device: InventoryDevice | None, version: str, world: DccWorld, user: User, now: datetime
) -> str | None:
    if device is None or not _is_meter_of(device, world, user, now):
        return "invalid"
    if not status_allows(Srv.UPDATE_FIRMWARE.value, device.status, device.device_type):
        return "not_commissioned"
    certified = world.certified_products
    if certified is not None and not certified.is_active(Product(device.manufacturer, device.model, version)):
        return "not_applicable"
    in_progress = world.firmware.state(device.device_id) is Delivery.IN_PROGRESS
    return "other_request_in_progress" if in_progress else None


def _is_meter_of(device: InventoryDevice, world: DccWorld, user: User, now: datetime) -> bool:
    """Whether it is a meter, and registration data does not say that another supplies there."""
    role = _SUPPLIER_OF.get(device.device_type)
    if role is None or role not in user.roles:
        return False
    mpxn = device.links.import_mpxn
    found = world.registration.eligibility(user.party, role, mpxn, now=now) if mpxn else Eligibility.NO_RECORD
    if found is Eligibility.NO_RECORD:
        return world.unknown_mpxn is UnknownMpxn.PASS
    return found is Eligibility.ELIGIBLE
