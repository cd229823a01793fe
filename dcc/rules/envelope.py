"""How a document came and who signed it: steps 0b to 2. Requests that came as values have no envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.duis.signing_roles import XmlSigner
from dcc.envelope import WebService
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.service_requests import CommandVariant
from devices.gbcs.identifiers import KeyUsage

_WEB_SERVICES: Final = Clause("DUIS", "2.6")
_SIGNATURE: Final = Clause("DUIS", "3.2, Signature")

WEB_SERVICE_OF: Final[Mapping[CommandVariant, WebService]] = {
    CommandVariant.COMMAND: WebService.SEND_COMMAND,
    CommandVariant.LOCAL_COMMAND: WebService.NON_DEVICE,
    CommandVariant.COMMAND_AND_LOCAL: WebService.SEND_COMMAND,
    CommandVariant.TRANSFORM: WebService.TRANSFORM,
    CommandVariant.SIGNED_COMMAND: WebService.SEND_COMMAND,
    CommandVariant.SIGNED_LOCAL_COMMAND: WebService.NON_DEVICE,
    CommandVariant.SIGNED_COMMAND_AND_LOCAL: WebService.SEND_COMMAND,
    CommandVariant.DCC_ONLY: WebService.NON_DEVICE,
}
"""Where each Command Variant is sent to. That of the DCC's own use has no place; step 7 refuses it."""


@rule(
    id="web-service-fits",
    clause=_WEB_SERVICES,
    on_fail=ResponseCode.E13,
    confirmed=True,
    step="0b",
    about="envelope",
)
def web_service_fits(view: RequestView) -> Answer:
    """The web service is the one for the request's Command Variant."""
    expected = WEB_SERVICE_OF.get(view.request.command_variant)
    if view.envelope is None or expected is None:
        return NOT_APPLICABLE
    found = view.envelope.web_service
    variant = view.request.command_variant.value
    return None if found is expected else Finding(f"{variant} at {found.value}", expected.value)


@rule(
    id="signing-certificate-is-known",
    clause=_SIGNATURE,
    on_fail=ResponseCode.SIM_AUTH,
    confirmed=False,
    step="1",
    about="envelope",
)
def signing_certificate_is_known(view: RequestView) -> Answer:
    """The document names the certificate of its signature, and the SMKI Repository has it."""
    if view.envelope is None:
        return NOT_APPLICABLE
    if view.envelope.certificate is not None:
        return None
    observed = view.envelope.signature_problem or "an issuer and serial number that nobody has"
    return Finding(observed, "the issuer and serial number of a certificate in the SMKI Repository")


@rule(
    id="xml-signature-verifies",
    clause=_SIGNATURE,
    on_fail=ResponseCode.SIM_AUTH,
    confirmed=False,
    step="1",
    about="envelope",
)
def xml_signature_verifies(view: RequestView) -> Answer:
    """The signature over the document verifies with the certificate that it names."""
    if view.envelope is None:
        return NOT_APPLICABLE
    problem = view.envelope.signature_problem
    return None if problem is None else Finding(problem, "a signature over the whole document")


@rule(
    id="signing-certificate-is-valid",
    clause=_SIGNATURE,
    on_fail=ResponseCode.SIM_CERT,
    confirmed=False,
    step="2",
    about="envelope",
)
def signing_certificate_is_valid(view: RequestView) -> Answer:
    """The signing certificate is in its period of validity, and chains to the root or is vouched for."""
    path = view.signing_path
    if path is None:
        return NOT_APPLICABLE
    return None if path.ok else Finding(path.text, "a valid path to the root")


@rule(
    id="signing-certificate-is-not-revoked",
    clause=_SIGNATURE,
    on_fail=ResponseCode.SIM_CERT,
    confirmed=False,
    step="2",
    about="envelope",
)
def signing_certificate_is_not_revoked(view: RequestView) -> Answer:
    """The certificate that signed the document is not revoked, nor one on its path."""
    path = view.signing_path
    if path is None or not path.ok:
        return NOT_APPLICABLE
    for certificate in path.chain:
        if view.world.repository.is_revoked(certificate.issuer, certificate.serial, view.now):
            return Finding(f"serial {certificate.serial} is revoked", "not revoked")
    return None


@rule(
    id="signing-certificate-may-sign-xml",
    clause=_SIGNATURE,
    on_fail=ResponseCode.SIM_CERT,
    confirmed=False,
    step="2",
    about="envelope",
)
def signing_certificate_may_sign_xml(view: RequestView) -> Answer:
    """The certificate that signed the document is one for signing XML."""
    certificate = view.envelope.certificate if view.envelope else None
    if certificate is None:
        return NOT_APPLICABLE
    setting = view.world.xml_signing_roles
    if setting.allow(certificate, XmlSigner.USER):
        return None
    role = certificate.role.field_name if certificate.role else "none"
    usage = certificate.key_usage.field_name if certificate.key_usage else "none"
    roles = sorted(role.field_name for role in setting.expected(XmlSigner.USER))
    expected = f"{' or '.join(roles)}, {KeyUsage.DIGITAL_SIGNATURE.field_name}"
    return Finding(f"role {role}, key usage {usage}", expected)


@rule(
    id="signing-certificate-is-the-originators",
    clause=_SIGNATURE,
    on_fail=ResponseCode.SIM_CERT,
    confirmed=False,
    step="2",
    about="envelope",
)
def signing_certificate_is_the_originators(view: RequestView) -> Answer:
    """The certificate that signed the document is that of the Business Originator ID."""
    certificate = view.envelope.certificate if view.envelope else None
    if certificate is None:
        return NOT_APPLICABLE
    originator = view.request.request_id.originator
    if certificate.subject == originator:
        return None
    return Finding(f"certificate of {certificate.subject}", f"one of {originator}")
