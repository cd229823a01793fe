"""The DCC's front door: DUIS documents in, DUIS documents out (DUIS 2).

What a document asks for is read from what its signature covers. Where the signature is worth nothing, the
rest of the document is read for one thing alone: to answer it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from lxml import etree

from dcc.dsp import Dsp, Submission
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import SignatureError
from dcc.duis.parsing import DEFAULT_LIMITS, Limits, parse
from dcc.duis.requests import read_request
from dcc.duis.responses import encode_response
from dcc.duis.roots import LATEST_SCHEMA_VERSION
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import read_signature, unsigned, verify
from dcc.envelope import Envelope, WebService
from dcc.response_codes import StandIns
from dcc.service_responses import ServiceResponse


@dataclass(frozen=True, slots=True)
class FrontDoorSettings:
    """How documents are taken and made.

    With ``schema`` every request is held against it first. ``sign_refusals`` False leaves answers with an
    error code and nothing else unsigned, as one of the public samples is. ``throttling`` False leaves the
    throttling figures of alerts out, for clients that cannot read them.
    """

    schema: DuisSchema | None = None
    limits: Limits = DEFAULT_LIMITS
    stand_ins: StandIns = field(default_factory=StandIns)
    version: str = LATEST_SCHEMA_VERSION
    sign_refusals: bool = True
    throttling: bool = True


_DECLARATION: Final = b"<?xml version='1.0' encoding='UTF-8'?>\n"


class Reply(NamedTuple):
    """The document that answers a request, and what the DSP made of it."""

    document: bytes
    submission: Submission


class FrontDoor:
    """The web services of one DSP; ``signer`` is its certificate for XML."""

    def __init__(self, dsp: Dsp, signer: DocumentSigner, settings: FrontDoorSettings | None = None) -> None:
        self.dsp = dsp
        self.settings = settings or FrontDoorSettings()
        self.signer = signer

    def submit(self, document: bytes, web_service: WebService, now: datetime) -> Reply:
        """Take a request.

        Raises:
            DuisError: the document cannot be read as a request, so there is nothing to answer: an error of
                the transport.
        """
        root = parse(document, self.settings.limits)
        if self.settings.schema is not None:
            self.settings.schema.check(root)
        signed, envelope = self._open(root, web_service)
        submission = self.dsp.submit(read_request(signed), now, envelope._replace(document=document))
        return Reply(self.document(submission.response), submission)

    def document(self, response: ServiceResponse) -> bytes:
        """A response or alert as the document that its User gets."""
        settings = self.settings
        document = encode_response(
            response, settings.stand_ins, settings.version, throttling=settings.throttling
        )
        if response.code.is_refusal and response.body is None and not settings.sign_refusals:
            return _DECLARATION + document
        return self.signer.sign_canonical(document, self.dsp.world.provider)

    def _open(self, root: etree._Element, web_service: WebService) -> tuple[etree._Element, Envelope]:
        """What was signed, and what the signature is worth."""
        certificate = None
        try:
            signature = read_signature(root)
            entry = self.dsp.world.repository.get(signature.issuer, signature.serial)
            if entry is None:
                observed = f"certificate {signature.serial} of {signature.issuer}, which nobody knows"
                return unsigned(root), Envelope(web_service, None, observed)
            certificate = entry.certificate
            verified = verify(root, signature, certificate, self.dsp.world.provider)
        except SignatureError as error:
            return unsigned(root), Envelope(web_service, certificate, str(error))
        return verified.root, Envelope(web_service, certificate)
