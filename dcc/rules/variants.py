"""Command Variants, and commands for local delivery: steps 7 and 8 (DUIS 2.6, 3.2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from dcc.inventory_status import DeviceStatus
from dcc.parties import NETWORK_ROLES, UserRole
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.service_requests import LOCAL_VARIANTS, SIGNED_VARIANTS, CommandVariant, OtherBody, SignedPreCommand
from dcc.services import SERVICES
from dcc.srv import Srv
from dcc.world import LocalDelivery

_VALIDATION: Final = Clause("DUIS", "3.2.5")
_PLAIN_VARIANTS: Final = (
    CommandVariant.COMMAND,
    CommandVariant.LOCAL_COMMAND,
    CommandVariant.COMMAND_AND_LOCAL,
)

LOCAL_DELIVERY_ROLES: Final = frozenset({UserRole.IS, UserRole.GS})
"""Who may have a command to deliver it on site: those who send installers."""
LOCAL_DELIVERY_STATUSES: Final = frozenset({
    DeviceStatus.WHITELISTED,
    DeviceStatus.INSTALLED_NOT_COMMISSIONED,
    DeviceStatus.COMMISSIONED,
    DeviceStatus.SUSPENDED,
})  # fmt: skip
"""The statuses in which a device may get a command on site; one without status may."""
LOCAL_DELIVERY_CONFIRMED: Final = False


@rule(
    id="service-reference-fits-variant",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_SCHEMA,
    confirmed=False,
    step="7",
)
def service_reference_fits_variant(view: RequestView) -> Answer:
    """The service reference is the one that the Service Reference Variant belongs to."""
    given, srv = view.request.reference, view.request.srv
    return None if given is None else Finding(f"{given} with {srv.value}", srv.service_reference)


@rule(
    id="content-makes-sense",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_SCHEMA,
    confirmed=False,
    step="7",
)
def content_makes_sense(view: RequestView) -> Answer:
    """What the schema leaves open in the body of a service fits together, and its numbers are numbers."""
    body = view.request.body
    if not isinstance(body, OtherBody):
        return NOT_APPLICABLE
    return Finding(body.problem, f"content of {body.element} that makes sense") if body.problem else None


@rule(
    id="command-variant-fits",
    clause=_VALIDATION,
    on_fail=ResponseCode.E12,
    confirmed=True,
    step="7",
)
def command_variant_fits(view: RequestView) -> Answer:
    """A critical service is transformed, then sent signed; one of the DCC stays there, with its own body."""
    variant, body = view.request.command_variant, view.request.body
    expected = _variants(view.request.srv, view.is_smets1)
    if type(body) is expected.get(variant):
        return _of_another_service(view)
    wanted = " or ".join(f"{cv.value} with {kind.__name__}" for cv, kind in expected.items())
    return Finding(f"{variant.value} with {type(body).__name__}", wanted)


def _of_another_service(view: RequestView) -> Answer:
    """A body that the bench does not read says by its element which service it is of."""
    body, element = view.request.body, view.service.element
    if not isinstance(body, OtherBody) or body.element == element:
        return None
    return Finding(f"{view.request.command_variant.value} with element {body.element}", element)


@cache
def _variants(srv: Srv, is_smets1: bool) -> Mapping[CommandVariant, type]:
    """The Command Variants of the service, each with the kind of body that goes with it.

    None of a User is for the DCC's internal use. A SMETS1 device knows no Pre-Commands: whatever is for it is
    sent, and not delivered locally.
    """
    service = SERVICES[srv]
    if service.non_device:
        return {CommandVariant.DCC_ONLY: service.body}
    if is_smets1:
        return {CommandVariant.COMMAND: service.body}
    if service.critical:
        signed = dict.fromkeys(sorted(SIGNED_VARIANTS), SignedPreCommand)
        return {CommandVariant.TRANSFORM: service.body, **signed}
    return dict.fromkeys(_PLAIN_VARIANTS, service.body)


@rule(
    id="local-delivery-is-available",
    clause=_VALIDATION,
    on_fail=ResponseCode.E17,
    confirmed=True,
    step="8",
)
def local_delivery_is_available(view: RequestView) -> Answer:
    """A command for local delivery is available to the User's role, and in the device's status."""
    role = view.acting_role
    if view.request.command_variant not in LOCAL_VARIANTS or role is None:
        return NOT_APPLICABLE
    allowed = LOCAL_DELIVERY_ROLES
    if view.world.local_delivery is LocalDelivery.NETWORK_PARTIES_TOO:
        allowed |= NETWORK_ROLES
    if role not in allowed:
        expected = " or ".join(sorted(role.value for role in allowed))
        return Finding(f"role {role.value}", expected)
    status = view.device.status if view.device else None
    if status is None or status in LOCAL_DELIVERY_STATUSES:
        return None
    expected = ", ".join(sorted(status.value for status in LOCAL_DELIVERY_STATUSES))
    return Finding(f"status {status.value}", f"one of {expected}")
