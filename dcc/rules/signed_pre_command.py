"""The Signed Pre-Command is what was transformed, signed by its originator: step 18 (SEC Appendix AB)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.message import Cra, Message, MessageShape
from devices.gbcs.protection import signature_verifies
from devices.gbcs.use_cases import ALL_USE_CASES

_SIGNED: Final = Clause("SEC Appendix AB", "Signed Pre-Commands")
_CODES: Final = {case.name: case.code for case in ALL_USE_CASES}
_SET_CLOCK: Final = ("ECS70", "GCS28")
_USE_CASES: Final[Mapping[Srv, tuple[str, ...]]] = {
    Srv.SYNCHRONISE_CLOCK: _SET_CLOCK,
    Srv.UPDATE_CREDENTIALS: (
        "CS02b supplierBySupplier",
        "CS02b networkOperatorByNetworkOperator",
        "CS02g loadControllerBySupplier",
        "CS02g loadControllerByLoadController",
    ),
    Srv.UPDATE_DEVICE_CERTIFICATE: ("CS02d",),
    Srv.ISSUE_CREDENTIALS: ("CS02c",),
    Srv.RETRIEVE_DEVICE_CREDENTIALS: ("CS02e",),
    Srv.COMMISSION_DEVICE: _SET_CLOCK,
    Srv.JOIN_CRITICAL: ("CS03A1", "CS03A2", "CS03C"),
    Srv.UNJOIN_CRITICAL: ("CS04AC",),
    Srv.ACTIVATE_FIRMWARE: ("CS06",),
}
SERVING_CODES: Final[Mapping[Srv, frozenset[MessageCode]]] = {
    srv: frozenset(_CODES[name] for name in names) for srv, names in _USE_CASES.items()
}
"""The message codes that serve a critical service, of those that the bench transforms."""


@rule(
    id="signed-pre-command-is-readable",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=False,
    step="18",
    about="signed_message",
)
def signed_pre_command_is_readable(view: RequestView) -> Answer:
    """The Signed Pre-Command is a signed GBCS command whose payload can be read."""
    message = view.signed_message
    if message is None:
        return NOT_APPLICABLE
    if isinstance(message, GbcsError):
        return Finding(str(message), "a GBCS message")
    if message.shape is not MessageShape.SIGNED or message.header.cra is not Cra.COMMAND:
        observed = f"{message.header.cra.name.lower()} protected by {message.shape.value}"
        return Finding(observed, "a command protected by signature")
    if isinstance(view.signed_update, GbcsError):
        return Finding(str(view.signed_update), "a payload of the use case")
    return None


@rule(
    id="signed-pre-command-matches-request-id",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=False,
    step="18",
    about="signed_message",
)
def signed_pre_command_matches_request_id(view: RequestView) -> Answer:
    """Originator, target and counter inside the Signed Pre-Command are those of the RequestID."""
    message = view.signed_message
    if not isinstance(message, Message):
        return NOT_APPLICABLE
    header, request_id = message.header, view.request.request_id
    inside = type(request_id)(header.originator, header.target, header.originator_counter)
    return None if inside == request_id else Finding(str(inside), str(request_id))


@rule(
    id="signed-pre-command-serves-service",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=False,
    step="18",
    about="signed_message",
)
def signed_pre_command_serves_service(view: RequestView) -> Answer:
    """The use case of the Signed Pre-Command is one that serves the service of the request."""
    message, srv = view.signed_message, view.request.srv
    serving = SERVING_CODES.get(srv)
    if not isinstance(message, Message) or serving is None:
        return NOT_APPLICABLE
    if message.code in serving:
        return None
    expected = ", ".join(str(code) for code in sorted(serving))
    return Finding(f"message code {message.code}", f"one of {expected} for {srv.value}")


@rule(
    id="signed-pre-command-was-transformed",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=False,
    step="18",
    about="signed_message",
)
def signed_pre_command_was_transformed(view: RequestView) -> Answer:
    """What was signed is the Pre-Command that was given out for the service under the same RequestID."""
    message, request = view.signed_message, view.request
    if not isinstance(message, Message):
        return NOT_APPLICABLE
    ledger = view.world.ledger
    if not ledger.was_given_out(request.request_id, message.grouped_octets()):
        return Finding("other octets, or no transform under this RequestID", "the Pre-Command as given out")
    srv = ledger.service_given_out(request.request_id)
    if srv is None or srv is request.srv:
        return None
    return Finding(f"a Pre-Command of {srv.value}", f"one of {request.srv.value}")


@rule(
    id="signed-pre-command-signature",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=True,
    step="18",
    about="signed_message",
)
def signed_pre_command_signature(view: RequestView) -> Answer:
    """The signature is that of a digital signing certificate of the originator, valid and not revoked."""
    message = view.signed_message
    if not isinstance(message, Message):
        return NOT_APPLICABLE
    originator = view.request.request_id.originator
    usable = view.world.signing_certificates(originator, view.now)
    provider = view.world.provider
    if any(signature_verifies(message, certificate.public_point, provider) for certificate in usable):
        return None
    return Finding(
        f"verifies with none of {len(usable)} certificates of {originator}", "the originator's signature"
    )
