"""The Signed Pre-Command is what was transformed, signed by its originator: step 18 (SEC Appendix AB)."""

from __future__ import annotations

from typing import Final

from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Cra, Message, MessageShape
from devices.gbcs.protection import signature_verifies

_SIGNED: Final = Clause("SEC Appendix AB", "Signed Pre-Commands")


@rule(
    id="signed-pre-command-is-readable",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=False,
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
    id="signed-pre-command-was-transformed",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=False,
)
def signed_pre_command_was_transformed(view: RequestView) -> Answer:
    """What was signed is the Pre-Command that was given out under the same RequestID."""
    message = view.signed_message
    if not isinstance(message, Message):
        return NOT_APPLICABLE
    pre_command = message.grouped_octets()
    if view.world.ledger.was_given_out(view.request.request_id, pre_command):
        return None
    return Finding("other octets, or no transform under this RequestID", "the Pre-Command as given out")


@rule(
    id="signed-pre-command-signature",
    clause=_SIGNED,
    on_fail=ResponseCode.SIM_GBCS,
    confirmed=True,
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
