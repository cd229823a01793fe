"""What 8.4 asks of its body; which code stands for what is assumed (DUIS 3.8)."""

from __future__ import annotations

from typing import Final

from dcc.bodies.inventory import (
    DeleteDevice,
    MpxnKind,
    SetDetails,
    SetHubStatus,
    SetMpxn,
    SetStatus,
    UpdateInventory,
)
from dcc.certified_products import Product
from dcc.identifiers import Mpan, Mprn
from dcc.inventory_status import TYPE_2_DEVICES, DeviceStatus, next_status
from dcc.non_device.inventory_updates import CAUSES
from dcc.parties import SUPPLIER_ROLES
from dcc.registration import Eligibility
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.non_device import at_device, is_refused, supplier_eligibility
from dcc.rules.non_device_inventory import device_of, is_notifier
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType

_UPDATE: Final = Clause("DUIS", "3.8 (8.4)")
_HUB_PARTS: Final = frozenset({DeviceType.CHF, DeviceType.GPF})
_KIND_OF: Final = {DeviceType.ESME: Mpan, DeviceType.GSME: Mprn}


@rule(
    id="sender-may-update-inventory",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080405},
    confirmed=False,
)
def sender_may_update_inventory(view: RequestView) -> Answer:
    """The sender notified the device, or is its registered supplier."""
    device, user = device_of(view), view.user
    if device is None or user is None:
        return NOT_APPLICABLE
    if is_notifier(device, user, view.world):
        return None
    there = at_device(view, device.device_id)
    answers = [there.eligibility(role) for role in user.roles if role in SUPPLIER_ROLES]
    known = device.notified_by is not None
    if any(
        answer is Eligibility.ELIGIBLE or not (known or is_refused(answer, view.world)) for answer in answers
    ):
        return None
    return Finding(user.party.name, "the party that notified the device, or its registered supplier")


@rule(
    id="status-change-fits-hub",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080406},
    confirmed=False,
)
def status_change_fits_hub(view: RequestView) -> Answer:
    """A status for devices other than hubs is not set on a hub, a gas proxy function or a Type 2 device."""
    device = device_of(view)
    if device is None or not isinstance(_change(view), SetStatus):
        return NOT_APPLICABLE
    if device.device_type in _HUB_PARTS | TYPE_2_DEVICES:
        return Finding(device.device_type.value, "ESME, GSME, PPMID or HCALCS")
    return None


@rule(
    id="hub-status-change-is-of-hub",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080407},
    confirmed=False,
)
def hub_status_change_is_of_hub(view: RequestView) -> Answer:
    """A status for hubs is set on a hub or a gas proxy function."""
    device = device_of(view)
    if device is None or not isinstance(_change(view), SetHubStatus):
        return NOT_APPLICABLE
    return None if device.device_type in _HUB_PARTS else Finding(device.device_type.value, "CHF or GPF")


@rule(
    id="status-change-is-legal",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080408},
    confirmed=False,
)
def status_change_is_legal(view: RequestView) -> Answer:
    """The device can go from its status to the one asked for."""
    device, change = device_of(view), _change(view)
    if device is None or not isinstance(change, SetStatus | SetHubStatus):
        return NOT_APPLICABLE
    cause = CAUSES.get((type(change), change.status))
    if cause is not None and next_status(device.status, cause, device.device_type) is not None:
        return None
    status = device.status.value if device.status else "no status"
    return Finding(
        f"{status} to {change.status.value}", f"a change that is legal for {device.device_type.value}"
    )


@rule(
    id="deleted-device-is-pending",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080409},
    confirmed=False,
)
def deleted_device_is_pending(view: RequestView) -> Answer:
    """A device that is deleted is Pending, or has no status."""
    device = device_of(view)
    if device is None or not isinstance(_change(view), DeleteDevice):
        return NOT_APPLICABLE
    if device.status in {None, DeviceStatus.PENDING}:
        return None
    return Finding(f"status {device.status.value if device.status else 'none'}", DeviceStatus.PENDING.value)


@rule(
    id="deleted-device-stands-alone",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080415},
    confirmed=False,
)
def deleted_device_stands_alone(view: RequestView) -> Answer:
    """A deleted hub has no device but a Pending gas proxy function; that is not deleted by itself."""
    device = device_of(view)
    if device is None or not isinstance(_change(view), DeleteDevice):
        return NOT_APPLICABLE
    if device.device_type is DeviceType.GPF:
        return Finding("a GPF by itself", "its hub")
    for other in view.world.inventory.devices_of_hub(device.device_id):
        if other.device_type is not DeviceType.GPF or other.status is not DeviceStatus.PENDING:
            return Finding(f"{other.device_type.value} {other.device_id} in its HAN", "no device but its GPF")
    return None


@rule(
    id="new-details-fit-device",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080410},
    confirmed=False,
)
def new_details_fit_device(view: RequestView) -> Answer:
    """At least one detail is given, and a variant only of an ESME."""
    device, change = device_of(view), _change(view)
    if device is None or not isinstance(change, SetDetails):
        return NOT_APPLICABLE
    if not any(change):
        return Finding("no details", "at least one")
    if change.esme_variant is not None and device.device_type is not DeviceType.ESME:
        return Finding(f"ESME variant {change.esme_variant} of a {device.device_type.value}", "an ESME")
    return None


@rule(
    id="new-details-are-certified",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080411},
    confirmed=False,
)
def new_details_are_certified(view: RequestView) -> Answer:
    """The new details are those of a certified product; Type 2 devices need not be one."""
    device, change, certified = device_of(view), _change(view), view.world.certified_products
    if device is None or not isinstance(change, SetDetails) or certified is None:
        return NOT_APPLICABLE
    if device.device_type in TYPE_2_DEVICES:
        return NOT_APPLICABLE
    manufacturer, model = change.manufacturer or device.manufacturer, change.model or device.model
    version = change.firmware_version or device.details.firmware_version
    if version is None:
        listed = certified.has_active_model(manufacturer, model)
    else:
        listed = certified.is_active(Product(manufacturer, model, version))
    expected = "a product with an active entry on the list"
    return None if listed else Finding(f"{manufacturer} {model} {version or ''}".rstrip(), expected)


@rule(
    id="new-metering-point-fits-device",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080412},
    confirmed=False,
)
def new_metering_point_fits_device(view: RequestView) -> Answer:
    """A metering point is set on a meter of its fuel; a GSME has no other than the import MPRN."""
    device, change = device_of(view), _change(view)
    if device is None or not isinstance(change, SetMpxn):
        return NOT_APPLICABLE
    kind = _KIND_OF.get(device.device_type)
    fits = kind is not None and isinstance(change.mpxn, kind)
    if fits and (kind is Mpan or change.kind is MpxnKind.IMPORT):
        return None
    return Finding(
        f"{change.kind.value} {change.mpxn} on a {device.device_type.value}",
        "an MPAN of an ESME, MPRN of a GSME",
    )


@rule(
    id="new-metering-point-is-free",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080413},
    confirmed=False,
)
def new_metering_point_is_free(view: RequestView) -> Answer:
    """No other meter in use has the metering point."""
    device, change = device_of(view), _change(view)
    if device is None or not isinstance(change, SetMpxn):
        return NOT_APPLICABLE
    for other in view.world.inventory.devices_at(change.mpxn):
        if other.device_type in _KIND_OF and other.device_id != device.device_id and not other.is_gone:
            return Finding(f"{change.mpxn} of {other.device_id}", "a metering point without another meter")
    return None


@rule(
    id="sender-supplies-new-metering-point",
    clause=_UPDATE,
    on_fail={Srv.UPDATE_INVENTORY: ResponseCode.E080414},
    confirmed=False,
)
def sender_supplies_new_metering_point(view: RequestView) -> Answer:
    """The sender is the registered supplier at the new metering point."""
    change = _change(view)
    if device_of(view) is None or not isinstance(change, SetMpxn):
        return NOT_APPLICABLE
    if is_refused(supplier_eligibility(view, change.mpxn), view.world):
        return Finding(f"not registered at {change.mpxn}", "the supplier registered there")
    return None


def _change(view: RequestView) -> object:
    return view.request.body.change if isinstance(view.request.body, UpdateInventory) else None


RULES: Final[tuple[Rule, ...]] = (
    sender_may_update_inventory,
    status_change_fits_hub,
    hub_status_change_is_of_hub,
    status_change_is_legal,
    deleted_device_is_pending,
    deleted_device_stands_alone,
    new_details_fit_device,
    new_details_are_certified,
    new_metering_point_fits_device,
    new_metering_point_is_free,
    sender_supplies_new_metering_point,
)
