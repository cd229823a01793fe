"""What 8.13 asks of what it brings back; which code stands for what is assumed (DUIS 3.8)."""

from __future__ import annotations

from typing import Final

from dcc.bodies.inventory import ReturnLocalResponse
from dcc.identifiers import RequestId
from dcc.parties import NETWORK_ROLES
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.world import LocalDelivery
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Cra, Message, parse

_CLAUSE: Final = Clause("DUIS", "3.8 (8.13)")


@rule(
    id="local-response-is-readable",
    clause=_CLAUSE,
    on_fail={Srv.RETURN_LOCAL_RESPONSE: ResponseCode.SIM_GBCS},
    confirmed=False,
)
def local_response_is_readable(view: RequestView) -> Answer:
    """What the device said is a GBCS response."""
    if not isinstance(view.request.body, ReturnLocalResponse):
        return NOT_APPLICABLE
    try:
        message = parse(view.request.body.gbcs)
    except GbcsError as error:
        return Finding(str(error), "a GBCS response")
    cra = message.header.cra
    return None if cra is Cra.RESPONSE else Finding(f"a GBCS {cra.name.lower()}", "a GBCS response")


@rule(
    id="original-request-is-known",
    clause=_CLAUSE,
    on_fail={Srv.RETURN_LOCAL_RESPONSE: ResponseCode.E081301},
    confirmed=False,
)
def original_request_is_known(view: RequestView) -> Answer:
    """The response answers a request of the sender: the one it names, or that of the response's own ids."""
    original = _original(view)
    if original is None:
        return NOT_APPLICABLE
    if original.originator != view.request.request_id.originator and not _brings_for_another(view, original):
        return Finding(f"{original}, of another User", "a request of the sender")
    return (
        None if view.world.ledger.is_known(original) else Finding(f"{original}, unknown", "a known request")
    )


@rule(
    id="original-request-was-for-local-delivery",
    clause=_CLAUSE,
    on_fail={Srv.RETURN_LOCAL_RESPONSE: ResponseCode.E081302},
    confirmed=False,
)
def original_request_was_for_local_delivery(view: RequestView) -> Answer:
    """The command of the original request was given out for local delivery."""
    original = _original(view)
    if original is None:
        return NOT_APPLICABLE
    if original in view.world.local_commands:
        return None
    return Finding(f"{original}, not given out", "a request for local delivery")


@rule(
    id="local-response-is-of-original-device",
    clause=_CLAUSE,
    on_fail={Srv.RETURN_LOCAL_RESPONSE: ResponseCode.E081303},
    confirmed=False,
)
def local_response_is_of_original_device(view: RequestView) -> Answer:
    """The response comes from the device that the original request was for."""
    original, message = _original(view), _message(view)
    if original is None or message is None:
        return NOT_APPLICABLE
    device = message.header.originator
    return None if device == original.target else Finding(f"device {device}", f"device {original.target}")


def _brings_for_another(view: RequestView, original: RequestId) -> bool:
    """Whether the sender may return what a network party's command came to: no role of theirs may."""
    owner = view.world.parties.user(original.originator)
    return (
        view.world.local_delivery is LocalDelivery.NETWORK_PARTIES_TOO
        and owner is not None
        and not NETWORK_ROLES.isdisjoint(owner.roles)
    )


def _message(view: RequestView) -> Message | None:
    if not isinstance(view.request.body, ReturnLocalResponse):
        return None
    try:
        return parse(view.request.body.gbcs)
    except GbcsError:
        return None


def _original(view: RequestView) -> RequestId | None:
    body, message = view.request.body, _message(view)
    if not isinstance(body, ReturnLocalResponse):
        return None
    if body.original_request is not None or message is None:
        return body.original_request
    header = message.header
    return RequestId(header.target, header.originator, header.originator_counter)


RULES: Final[tuple[Rule, ...]] = (
    local_response_is_readable,
    original_request_is_known,
    original_request_was_for_local_delivery,
    local_response_is_of_original_device,
)
