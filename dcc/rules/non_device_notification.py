"""What 12.1 and 12.2 ask of their bodies; most codes stand for what we believe (DUIS 3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dcc.bodies.inventory import Address, PreNotifyDevice, RequestWanMatrix
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64

_PRE_NOTIFICATION: Final = Clause("DUIS", "3.8 (12.2)")
_WAN_MATRIX: Final = Clause("DUIS", "3.8 (12.1)")


@rule(
    id="wan-matrix-place-is-given",
    clause=_WAN_MATRIX,
    on_fail={Srv.REQUEST_WAN_MATRIX: ResponseCode.E120102},
    confirmed=False,
)
def wan_matrix_place_is_given(view: RequestView) -> Answer:
    """The place is a UPRN other than 0, or an address with a postcode and what identifies it there."""
    body = view.request.body
    if not isinstance(body, RequestWanMatrix):
        return NOT_APPLICABLE
    place = body.at
    if isinstance(place, Address):
        given = place.postcode.strip() and place.address_identifier.strip()
        return None if given else Finding(f"address {tuple(place)}", "postcode and address identifier")
    return None if place > 0 else Finding(f"UPRN {int(place)}", "a UPRN above 0")


@rule(
    id="hub-and-gas-proxy-have-ids-of-their-own",
    clause=_PRE_NOTIFICATION,
    on_fail={Srv.PRE_NOTIFY_DEVICE: ResponseCode.E120201},
    confirmed=True,
)
def hub_and_gas_proxy_have_ids_of_their_own(view: RequestView) -> Answer:
    """A hub and its gas proxy function do not share one Device ID."""
    body = view.request.body
    if not isinstance(body, PreNotifyDevice) or body.associated_gpf is None:
        return NOT_APPLICABLE
    if body.associated_gpf == body.device:
        return Finding(f"{body.device} for both", "a Device ID of its own for the gas proxy function")
    return None


@rule(
    id="gas-proxy-is-notified-with-its-hub",
    clause=_PRE_NOTIFICATION,
    on_fail={Srv.PRE_NOTIFY_DEVICE: ResponseCode.E120201},
    confirmed=False,
)
def gas_proxy_is_notified_with_its_hub(view: RequestView) -> Answer:
    """A gas proxy function is notified with its hub, not by itself and not with another device."""
    body = view.request.body
    if not isinstance(body, PreNotifyDevice):
        return NOT_APPLICABLE
    if body.device_type is DeviceType.GPF:
        return Finding("a GPF by itself", "the CHF, with the GPF as its associated device")
    if body.associated_gpf is not None and body.device_type is not DeviceType.CHF:
        return Finding(f"{body.device_type.value} with a GPF", "a GPF only with a CHF")
    return None


@rule(
    id="hub-names-its-gas-proxy",
    clause=_PRE_NOTIFICATION,
    on_fail={Srv.PRE_NOTIFY_DEVICE: ResponseCode.E120207},
    confirmed=False,
)
def hub_names_its_gas_proxy(view: RequestView) -> Answer:
    """A hub is notified with the Device ID of its gas proxy function."""
    body = view.request.body
    if not isinstance(body, PreNotifyDevice) or body.device_type is not DeviceType.CHF:
        return NOT_APPLICABLE
    return None if body.associated_gpf else Finding("no GPF", "the Device ID of the hub's GPF")


@rule(
    id="device-is-not-notified-yet",
    clause=_PRE_NOTIFICATION,
    on_fail={Srv.PRE_NOTIFY_DEVICE: ResponseCode.E120203},
    confirmed=False,
)
def device_is_not_notified_yet(view: RequestView) -> Answer:
    """The device is new to the inventory, or was decommissioned or withdrawn and is of the same type."""
    body = view.request.body
    if not isinstance(body, PreNotifyDevice):
        return NOT_APPLICABLE
    for device_id, device_type in _notified(body):
        known = view.world.inventory.get(device_id)
        if known is not None and not (known.is_gone and known.device_type is device_type):
            status = known.status.value if known.status else "no status"
            return Finding(f"{device_id}, {known.device_type.value} with {status}", "a device not known yet")
    return None


@rule(
    id="model-is-certified",
    clause=_PRE_NOTIFICATION,
    on_fail={Srv.PRE_NOTIFY_DEVICE: ResponseCode.E120204},
    confirmed=False,
)
def model_is_certified(view: RequestView) -> Answer:
    """The device's model is on the Certified Products List; Type 2 devices need not be."""
    body, certified = view.request.body, view.world.certified_products
    if not isinstance(body, PreNotifyDevice) or certified is None:
        return NOT_APPLICABLE
    if body.device_type in {DeviceType.IHD, DeviceType.CAD}:
        return NOT_APPLICABLE
    if certified.has_active_model(body.manufacturer, body.model):
        return None
    return Finding(f"{body.manufacturer} {body.model}", "a model with an active entry on the list")


def _notified(body: PreNotifyDevice) -> Iterator[tuple[Eui64, DeviceType]]:
    yield body.device, body.device_type
    if body.associated_gpf is not None:
        yield body.associated_gpf, DeviceType.GPF


RULES: Final[tuple[Rule, ...]] = (
    wan_matrix_place_is_given,
    hub_and_gas_proxy_have_ids_of_their_own,
    gas_proxy_is_notified_with_its_hub,
    hub_names_its_gas_proxy,
    device_is_not_notified_yet,
    model_is_certified,
)
