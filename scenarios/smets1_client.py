"""A party's side of SMETS1: what an S1SP signed, verified and read."""

from __future__ import annotations

from typing import NamedTuple

from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.shapes import Element
from dcc.duis.signature import verify_document
from dcc.duis.signing_roles import XmlSigner, XmlSigningRoles
from dcc.duis.smets1_responses import SMETS1_RESPONSE_MESSAGE, signed_response
from dcc.s1sp.response_reading import (
    OutcomeReport,
    Refusal,
    ResponseHeader,
    SlotReport,
    read_header,
    read_outcome,
    read_refusal,
    read_slots,
)
from dcc.service_responses import OtherPayload, ServiceResponse
from dcc.smki.repository import SmkiRepository
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider


class OpenedSmets1Response(NamedTuple):
    """What an S1SP says, and with which certificate: why it refused, or what it did or found.

    ``root`` is the signed tree, without the signature, for what else it holds.
    """

    signer: Certificate
    header: ResponseHeader
    refusal: Refusal | None
    outcome: OutcomeReport | None
    slots: tuple[SlotReport, ...]
    root: Element


def open_smets1_response(
    response: ServiceResponse,
    repository: SmkiRepository,
    provider: CryptoProvider,
    signing_roles: XmlSigningRoles = XmlSigningRoles.STRICT,
) -> OpenedSmets1Response:
    """Verify and read the S1SP's part of a response that was opened already.

    What the DCC asked in its own name is answered to it, under its number: that the answer is to this very
    request is then the DCC's word alone.

    Raises:
        SignatureError: the S1SP's signature is not valid, or not by a certificate that may make it.
        DuisError: there is no such part, or it is of another device, or to another request.
    """
    body = response.body
    if not isinstance(body, OtherPayload) or body.element != SMETS1_RESPONSE_MESSAGE:
        raise DuisError("Response/Body", f"{response.code.value} without a SMETS1ResponseMessage")

    def find(issuer: str, serial: int) -> Certificate | None:
        entry = repository.get(issuer, serial)
        return None if entry is None else entry.certificate

    root, signer = verify_document(signed_response(body.xml), find, provider)
    named = f"certificate {signer.serial} of {signer.issuer}"
    if not signing_roles.allow(signer, XmlSigner.USER) or not signer.is_valid_at(response.at):
        raise SignatureError("SMETS1SignedResponse/Signature", f"{named} may not sign for an S1SP now")
    if repository.is_revoked(signer.issuer, signer.serial, response.at):
        raise SignatureError("SMETS1SignedResponse/Signature", f"{named} is revoked")
    header = read_header(root)
    _check_answers(header, response)
    return OpenedSmets1Response(
        signer, header, read_refusal(root), read_outcome(root), read_slots(root), root
    )


def _check_answers(header: ResponseHeader, response: ServiceResponse) -> None:
    request_id = response.request_id
    if request_id is None or header.device != request_id.target:
        raise DuisError("SMETS1Response/Header/BusinessOriginatorID", f"{header.device} answers {request_id}")
    if header.addressee == request_id.originator and header.counter != request_id.counter:
        where = "SMETS1Response/Header/OriginatorCounter"
        raise DuisError(where, f"{int(header.counter)}, expected {int(request_id.counter)}")
