"""DUIS documents in files: what they are, whether they hold, who signed them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lxml import etree

from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.namespaces import ds, local_name, sr
from dcc.duis.parsing import Limits, parse
from dcc.duis.requests import check_content, read_request, write_request
from dcc.duis.responses import read_response
from dcc.duis.roots import schema_version
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import VerifiedDocument, is_signed, read_signature, unsigned, verify_document
from dcc.duis.signing_roles import XmlSigner, XmlSigningRoles
from dcc.service_requests import ServiceRequest
from dcc.service_responses import ServiceResponse
from dcc.services import SERVICES
from dcc.smki.keystore import Keystore, KeystoreEntry
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from scenarios.errors import InputError

FILE_LIMITS: Final = Limits()
_XML_ROLES: Final = (RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN)
_SIGNERS: Final = {"Request": XmlSigner.USER, "Response": XmlSigner.DSP}
_ROOTS: Final = (*_SIGNERS, "SMETS1SignedResponse", "S1SPAlert")


class Check(NamedTuple):
    """What was checked of a document: whether it holds, None where it was not checked, and a word on it."""

    name: str
    holds: bool | None
    text: str


class Examined(NamedTuple):
    """A document's root element, what it says in fields, and the checks in their order."""

    root: str
    fields: tuple[tuple[str, str], ...]
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether no check has failed."""
        return all(check.holds is not False for check in self.checks)


def examine(document: bytes, schema: DuisSchema | None) -> Examined:
    """Check a document from outside to inside; what cannot be read ends the checks."""
    try:
        root = parse(document, FILE_LIMITS)
    except DuisError as error:
        return Examined("", (), (Check("document", False, str(error)),))
    checks = [Check("document", True, "well-formed, within the limits"), _against_schema(root, schema)]
    fields: tuple[tuple[str, str], ...] = ()
    try:
        fields = tuple(_fields(root))
        checks.append(Check("structure", True, "read field by field"))
    except DuisError as error:
        checks.append(Check("structure", False, str(error)))
    checks.append(_signature_form(root))
    return Examined(local_name(root), fields, tuple(checks))


def _against_schema(root: etree._Element, schema: DuisSchema | None) -> Check:
    if schema is None:
        return Check("schema", None, "not checked, no schema was given")
    try:
        schema.check(root)
    except DuisError as error:
        return Check("schema", False, str(error))
    return Check("schema", True, "valid")


def _signature_form(root: etree._Element) -> Check:
    if not is_signed(root):
        return Check("signature", None, "none")
    if _is_placeholder(root):
        return Check("signature", None, "a placeholder, not signed yet")
    try:
        signature = read_signature(root)
    except SignatureError as error:
        return Check("signature", False, str(error))
    named = f"certificate {signature.serial} of {signature.issuer}"
    return Check("signature", None, f"by {named}, not verified")


def _is_placeholder(root: etree._Element) -> bool:
    """Whether digest and signature are one and the same text, as in the published templates."""
    digest, value = (root.findtext(f".//{ds(name)}") for name in ("DigestValue", "SignatureValue"))
    return digest is not None and digest == value


def _fields(root: etree._Element) -> Iterator[tuple[str, str]]:
    yield "schema version", root.get("schemaVersion", "")
    if local_name(root) == "Request":
        request = read_request(root)
        check_content(request)
        yield from _request_fields(request)
    elif local_name(root) == "Response":
        yield from _response_fields(read_response(root))
    else:
        raise DuisError(local_name(root), "expected Request or Response")


def _request_fields(request: ServiceRequest) -> Iterator[tuple[str, str]]:
    yield "RequestID", str(request.request_id)
    yield "service", f"{request.srv.value} {SERVICES[request.srv].name}"
    yield "Command Variant", str(request.command_variant.value)
    yield "body", type(request.body).__name__


def _response_fields(response: ServiceResponse) -> Iterator[tuple[str, str]]:
    yield "recipient", str(response.recipient)
    if response.request_id is not None:
        yield "RequestID", str(response.request_id)
    if response.srv is not None:
        yield "service", f"{response.srv.value} {SERVICES[response.srv].name}"
    confirmed = "" if response.code.confirmed else ", meaning not confirmed"
    yield "code", f"{response.code.value} ({response.code.meaning}{confirmed})"
    yield "at", response.at.isoformat()
    yield "body", "none" if response.body is None else type(response.body).__name__


def verify_file(document: bytes, certificates: Iterable[Certificate], roles: XmlSigningRoles) -> Examined:
    """Verify the signature of a document with the certificates that are at hand."""
    by_name = {(certificate.issuer, certificate.serial): certificate for certificate in certificates}
    try:
        root = parse(document, FILE_LIMITS)
    except DuisError as error:
        return Examined("", (), (Check("document", False, str(error)),))
    try:
        verified = verify_document(root, lambda *name: by_name.get(name), CryptoProvider())
    except SignatureError as error:
        return Examined(local_name(root), (), (Check("signature", False, str(error)),))
    fields = tuple(_signer_fields(verified.certificate))
    return Examined(local_name(verified.root), fields, tuple(_signer_checks(verified, roles)))


def _signer_fields(certificate: Certificate) -> Iterator[tuple[str, str]]:
    yield "certificate", f"{certificate.serial} of {certificate.issuer}"
    yield "subject", str(certificate.subject)
    yield "role", certificate.role.field_name if certificate.role else f"OU={certificate.organisational_unit}"
    yield "valid", f"{certificate.not_before.isoformat()} to {certificate.not_after.isoformat()}"


def _signer_checks(verified: VerifiedDocument, roles: XmlSigningRoles) -> Iterator[Check]:
    certificate, kind = verified.certificate, local_name(verified.root)
    yield Check("signature", True, "verifies, over the whole document")
    signer = _SIGNERS.get(kind)
    if signer is None:
        yield Check("role", None, f"not checked, {kind} is neither Request nor Response")
        return
    allowed = roles.allow(certificate, signer)
    yield Check(
        "role", allowed, f"{'may' if allowed else 'may not'} sign for a {signer.value}: {roles.value}"
    )
    if kind == "Request":
        yield _originator_check(verified)


def _originator_check(verified: VerifiedDocument) -> Check:
    try:
        originator = read_request(verified.root).request_id.originator
    except DuisError as error:
        return Check("originator", False, str(error))
    own = originator == verified.certificate.subject
    text = f"{originator}, as in the certificate" if own else f"{originator}, not that of the certificate"
    return Check("originator", own, text)


def sign_file(
    document: bytes, keystore: Keystore, signer: Eui64 | None, counter: OriginatorCounter | None
) -> bytes:
    """The document, signed by the originator of a request, or by the entity named.

    With ``counter`` the request is written anew under that number.

    Raises:
        InputError: the document cannot be read, nobody is named for a response, or the key store has no
            certificate with private key for that entity.
    """
    try:
        root = unsigned(parse(document, FILE_LIMITS))
        if root.tag not in map(sr, _ROOTS):
            raise DuisError(local_name(root), f"expected a root of the DUIS schema: {', '.join(_ROOTS)}")
        if local_name(root) == "Request":
            request = read_request(root)
            signer = signer or request.request_id.originator
            if counter is not None:
                request_id = request.request_id._replace(counter=counter)
                version = schema_version(root, "Request")
                root = write_request(request._replace(request_id=request_id), version)
        elif counter is not None:
            raise InputError(f"--counter: {local_name(root)} has none, expected a Request")
        if signer is None:
            raise InputError(f"--as: not given, expected who signs a {local_name(root)}")
        return _signer_of(keystore, signer).sign(root, CryptoProvider())
    except DuisError as error:
        raise InputError(str(error)) from error


def _signer_of(keystore: Keystore, entity: Eui64) -> DocumentSigner:
    """The entity's newest certificate for XML, or else for digital signatures, with its private key."""
    usable = [
        entry
        for entry in keystore.candidates(entity, KeyUsage.DIGITAL_SIGNATURE)
        if entry.key.scalar is not None and entry.certificate is not None
    ]
    for_xml = _with_roles(usable, _XML_ROLES)
    chosen = (for_xml or usable)[-1:]
    if not chosen or chosen[0].certificate is None:
        raise InputError(
            f"--keystore: no certificate for digital signatures of {entity} with its private key"
        )
    return DocumentSigner(chosen[0].certificate, chosen[0].key)


def _with_roles(entries: Sequence[KeystoreEntry], roles: Sequence[RemotePartyRole]) -> list[KeystoreEntry]:
    return [entry for entry in entries if entry.certificate and entry.certificate.role in roles]
