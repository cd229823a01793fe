"""What 8.14 asks of its bodies; which code stands for what is assumed (DUIS 3.8)."""

from __future__ import annotations

from typing import Final

from dcc.bodies.hub_visits import HubFaultReturn, HubInstalled, HubNoFaultReturn
from dcc.inventory_status import DeviceStatus
from dcc.non_device.hub_visits import NEW_INSTALL, REPLACEMENT, WITHOUT_WAN
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.non_device import is_refused, supplier_eligibility
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64

_CLAUSE: Final = Clause("DUIS", "3.8 (8.14)")
_INSTALLED: Final = (Srv.HUB_INSTALLED, Srv.HUB_INSTALLED_WITHOUT_WAN)
_VISITS: Final = (*_INSTALLED, Srv.HUB_FAULT_RETURN, Srv.HUB_NO_FAULT_RETURN)
_INSTALL_TYPES: Final = {
    Srv.HUB_INSTALLED: (NEW_INSTALL, REPLACEMENT),
    Srv.HUB_INSTALLED_WITHOUT_WAN: (WITHOUT_WAN,),
}


@rule(
    id="visited-device-is-a-hub",
    clause=_CLAUSE,
    on_fail=dict.fromkeys(_VISITS, ResponseCode.E081401),
    confirmed=False,
)
def visited_device_is_a_hub(view: RequestView) -> Answer:
    """The device is a hub in the Smart Metering Inventory."""
    hub = _hub(view)
    if hub is None:
        return NOT_APPLICABLE
    device = view.world.inventory.get(hub)
    if device is not None and device.device_type is DeviceType.CHF:
        return None
    return Finding(device.device_type.value if device else f"{hub}, unknown", "a CHF in the inventory")


@rule(
    id="hub-status-allows-visit",
    clause=_CLAUSE,
    on_fail=dict.fromkeys(_VISITS, ResponseCode.E081402),
    confirmed=False,
)
def hub_status_allows_visit(view: RequestView) -> Answer:
    """A hub that is installed is not gone; one that is returned is not withdrawn (exchanged it may be)."""
    hub = _hub(view)
    device = view.world.inventory.get(hub) if hub else None
    if device is None or device.status is None:
        return NOT_APPLICABLE
    refused = {DeviceStatus.WITHDRAWN}
    if view.request.srv in _INSTALLED:
        refused.add(DeviceStatus.DECOMMISSIONED)
    if device.status in refused:
        return Finding(f"status {device.status.value}", "a hub that is in use")
    return None


@rule(
    id="install-type-fits-service",
    clause=_CLAUSE,
    on_fail=dict.fromkeys(_INSTALLED, ResponseCode.E081405),
    confirmed=False,
)
def install_type_fits_service(view: RequestView) -> Answer:
    """8.14.1 is for a new hub or a replacement, 8.14.2 for one without SM WAN."""
    body = view.request.body
    if not isinstance(body, HubInstalled):
        return NOT_APPLICABLE
    expected = _INSTALL_TYPES[view.request.srv]
    return None if body.install_type in expected else Finding(body.install_type, " or ".join(expected))


@rule(
    id="sender-supplies-at-hub",
    clause=_CLAUSE,
    on_fail=dict.fromkeys(_INSTALLED, ResponseCode.E081406),
    confirmed=False,
)
def sender_supplies_at_hub(view: RequestView) -> Answer:
    """The sender is the registered supplier at the metering point where the hub was installed."""
    body = view.request.body
    if not isinstance(body, HubInstalled):
        return NOT_APPLICABLE
    if is_refused(supplier_eligibility(view, body.mpxn), view.world):
        return Finding(f"not registered at {body.mpxn}", "the supplier registered there")
    return None


def _hub(view: RequestView) -> Eui64 | None:
    body = view.request.body
    return body.hub if isinstance(body, HubInstalled | HubFaultReturn | HubNoFaultReturn) else None


RULES: Final[tuple[Rule, ...]] = (
    visited_device_is_a_hub,
    hub_status_allows_visit,
    install_type_fits_service,
    sender_supplies_at_hub,
)
