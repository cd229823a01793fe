"""What 8.11 asks of the device that a hub is to take in or to forget; the codes are assumed (DUIS 3.8).

That a commissioned meter may be removed is assumed too: a published template asks for it.
"""

from __future__ import annotations

from typing import Final

from dcc.bodies.hub import UpdateHanDeviceLog
from dcc.identifiers import Mpan, Mprn
from dcc.inventory import InventoryDevice
from dcc.inventory_status import DeviceStatus, status_allows
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType

_CLAUSE: Final = Clause("DUIS", "3.8 (8.11)")
_SRV: Final = Srv.UPDATE_HAN_DEVICE_LOG
_PARTS_OF_A_HUB: Final = frozenset({DeviceType.CHF, DeviceType.GPF})
_POINT_OF_METER: Final = {DeviceType.ESME: Mpan, DeviceType.GSME: Mprn}
_IN_NO_LOG: Final = frozenset({DeviceStatus.PENDING, DeviceStatus.DECOMMISSIONED, DeviceStatus.WITHDRAWN})


@rule(
    id="device-for-hub-log-is-notified",
    clause=_CLAUSE,
    on_fail={_SRV: ResponseCode.E081101},
    confirmed=False,
)
def device_for_hub_log_is_notified(view: RequestView) -> Answer:
    """The device is in the inventory, and no part of a hub."""
    body = view.request.body
    if not isinstance(body, UpdateHanDeviceLog):
        return NOT_APPLICABLE
    device = view.world.inventory.get(body.device)
    if device is not None and device.device_type not in _PARTS_OF_A_HUB:
        return None
    found = device.device_type.value if device else f"{body.device}, unknown"
    return Finding(found, "a device in the inventory that joins a hub")


@rule(
    id="device-status-allows-log-change",
    clause=_CLAUSE,
    on_fail={_SRV: ResponseCode.E081102},
    confirmed=False,
)
def device_status_allows_log_change(view: RequestView) -> Answer:
    """Its status allows the device to be added; what is removed may be in a log."""
    body, device = view.request.body, _device(view)
    if not isinstance(body, UpdateHanDeviceLog) or device is None or device.status is None:
        return NOT_APPLICABLE
    if body.add is None:
        allowed = device.status not in _IN_NO_LOG
    else:
        allowed = status_allows(_SRV.value, device.status, device.device_type)
    asked = "removed" if body.add is None else "added"
    return (
        None if allowed else Finding(f"status {device.status.value}", f"a status in which it may be {asked}")
    )


@rule(
    id="added-meter-has-metering-point",
    clause=_CLAUSE,
    on_fail={_SRV: ResponseCode.E081107},
    confirmed=False,
)
def added_meter_has_metering_point(view: RequestView) -> Answer:
    """A meter is added with an import metering point of its fuel, any other device without."""
    body, device = view.request.body, _device(view)
    if not isinstance(body, UpdateHanDeviceLog) or body.add is None or device is None:
        return NOT_APPLICABLE
    mpxn, kind = body.add.import_mpxn, _POINT_OF_METER.get(device.device_type)
    if mpxn is None if kind is None else isinstance(mpxn, kind):
        return None
    expected = "none" if kind is None else "an MPAN" if kind is Mpan else "an MPRN"
    return Finding(f"{mpxn or 'no metering point'} for {device.device_type.value}", expected)


def _device(view: RequestView) -> InventoryDevice | None:
    body = view.request.body
    return view.world.inventory.get(body.device) if isinstance(body, UpdateHanDeviceLog) else None


RULES: Final[tuple[Rule, ...]] = (
    device_for_hub_log_is_notified,
    device_status_allows_log_change,
    added_meter_has_metering_point,
)
