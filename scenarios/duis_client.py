"""A party's side of DUIS: requests as signed documents, and what comes back, opened.

The documents are another form of the values that :class:`~scenarios.party_client.PartyClient` deals in. What
the device said lies within, and is verified there (:meth:`PartyClient.open`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.namespaces import ds
from dcc.duis.parsing import DEFAULT_LIMITS, Limits, parse
from dcc.duis.requests import encode_request
from dcc.duis.responses import read_response
from dcc.duis.roots import LATEST_SCHEMA_VERSION
from dcc.duis.schema import DuisSchema
from dcc.duis.shapes import Element
from dcc.duis.signature import verify_document
from dcc.duis.signing_roles import XmlSigner, XmlSigningRoles
from dcc.errors import DccValueError
from dcc.service_requests import ServiceRequest
from dcc.service_responses import ServiceResponse
from dcc.smki.repository import SmkiRepository
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64
from scenarios.party_client import PartyClient


@dataclass(frozen=True, slots=True)
class DuisPartySettings:
    """How documents are made and taken.

    With ``schema`` every document that comes in is held against it. ``signing_roles`` says whose certificates
    may sign for the DSP; with ``dsp`` only that entity's. ``accept_unsigned`` takes any response without a
    signature, as the public tools do; without it only a plain refusal may come so, as one of the public
    samples does.
    """

    schema: DuisSchema | None = None
    limits: Limits = DEFAULT_LIMITS
    version: str = LATEST_SCHEMA_VERSION
    signing_roles: XmlSigningRoles = XmlSigningRoles.STRICT
    dsp: Eui64 | None = None
    accept_unsigned: bool = False


_SIGNATURE: Final = ds("Signature")
DEFAULT_SETTINGS: Final = DuisPartySettings()


class DuisParty:
    """One User Id at its end of the wire; ``signer`` is its certificate for XML.

    Raises:
        DccValueError: the certificate is another's.
    """

    def __init__(
        self,
        client: PartyClient,
        signer: DocumentSigner,
        repository: SmkiRepository,
        provider: CryptoProvider,
        settings: DuisPartySettings = DEFAULT_SETTINGS,
    ) -> None:
        if signer.certificate.subject != client.user_id:
            raise DccValueError("XML signer", str(signer.certificate.subject), f"{client.user_id}")
        self.client = client
        self.settings = settings
        self.signer = signer
        self._repository = repository
        self._provider = provider

    @property
    def user_id(self) -> Eui64:
        """The User Id: the entity id in its certificates."""
        return self.client.user_id

    def sign_request(self, request: ServiceRequest) -> bytes:
        """The signed document of a request.

        Raises:
            DuisError: the request is another User's, or DUIS has no room for one of its values.
        """
        if request.request_id.originator != self.user_id:
            what = f"{request.request_id}, expected {self.user_id} to ask"
            raise DuisError("Request/Header/RequestID", what)
        return self.signer.sign_canonical(encode_request(request, self.settings.version), self._provider)

    def open_response(self, document: bytes) -> ServiceResponse:
        """Check a response or alert, and read what its signature covers.

        The signer's certificate has to lie in the repository and to be good at the time that the response
        gives for itself.

        Raises:
            SignatureError: there is no signature where one is expected, it is not valid, or not by a
                certificate that may sign for the DSP.
            DuisError: the document is not a response as DUIS has it, or is for another User.
        """
        root = parse(document, self.settings.limits)
        if self.settings.schema is not None:
            self.settings.schema.check(root)
        # A signature anywhere else is no part of a response, and refused as such when that is read.
        unsigned = next(root.iterchildren(_SIGNATURE), None) is None
        response = self._unsigned(root) if unsigned else self._signed(root)
        if response.recipient != self.user_id:
            raise DuisError("Response/Header", f"for {response.recipient}, expected {self.user_id}")
        return response

    def open_answer(self, request: ServiceRequest, document: bytes) -> ServiceResponse:
        """Open a response that has to be to a request: what the call returns, or the device's answer later.

        Raises:
            DuisError: as :meth:`open_response`, or it answers another request.
        """
        response = self.open_response(document)
        if response.request_id != request.request_id:
            what = f"{response.request_id}, expected an answer to {request.request_id}"
            raise DuisError("Response/Header/RequestID", what)
        if response.srv is not request.srv:
            found = "no service" if response.srv is None else response.srv.value
            where = "Response/Body/ResponseMessage/ServiceReferenceVariant"
            raise DuisError(where, f"{found}, expected {request.srv.value} as in the request")
        return response

    def sign_pre_command(self, request: ServiceRequest, document: bytes) -> bytes:
        """Open the answer to a transform, check and sign its Pre-Command, and sign the second call.

        Raises:
            DuisError: as :meth:`open_answer`.
            GbcsError: there is no Pre-Command, or it does not do what was asked for.
        """
        response = self.open_answer(request, document)
        return self.sign_request(self.client.sign_pre_command(request, response))

    def _signed(self, root: Element) -> ServiceResponse:
        verified = verify_document(root, self._certificate, self._provider)
        response = read_response(verified.root, self.user_id)
        self._check_signer(verified.certificate, response)
        return response

    def _unsigned(self, root: Element) -> ServiceResponse:
        response = read_response(root, self.user_id)
        plain_refusal = response.code.is_refusal and response.body is None
        if not plain_refusal and not self.settings.accept_unsigned:
            what = f"no signature on a response with code {response.code.value}, expected the DSP's"
            raise SignatureError("Response", what)
        return response

    def _certificate(self, issuer: str, serial: int) -> Certificate | None:
        entry = self._repository.get(issuer, serial)
        return None if entry is None else entry.certificate

    def _check_signer(self, certificate: Certificate, response: ServiceResponse) -> None:
        problem = self._problem_of_signer(certificate, response)
        if problem is not None:
            where = "Response/Signature/KeyInfo/X509Data/X509IssuerSerial"
            what = f"certificate {certificate.serial} of {certificate.issuer} {problem}"
            raise SignatureError(where, what)

    def _problem_of_signer(self, certificate: Certificate, response: ServiceResponse) -> str | None:
        """Why a certificate may not have signed the response; None where it may."""
        if not self.settings.signing_roles.allow(certificate, XmlSigner.DSP):
            unit = certificate.organisational_unit
            return f"(OU={unit}) may not sign for the DSP: {self.settings.signing_roles.value}"
        if self.settings.dsp not in (None, certificate.subject):
            return f"is of {certificate.subject}, expected {self.settings.dsp}"
        if not certificate.is_valid_at(response.at):
            valid = f"{certificate.not_before.isoformat()} to {certificate.not_after.isoformat()}"
            return f"is valid {valid}, not at {response.at.isoformat()}"
        revoked = self._repository.is_revoked(certificate.issuer, certificate.serial, response.at)
        return "is revoked" if revoked else None
