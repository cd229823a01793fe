"""The one certificate that a request may enclose, the device's own or a reader's: step 15 (DUIS 3.10.2)."""

from __future__ import annotations

from typing import Final

from dcc.bodies.credentials import PlaceDeviceCertificate
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from devices.gbcs.identifiers import KeyUsage

_PUBLIC_CREDENTIALS: Final = Clause("DUIS", "3.10.2")


@rule(
    id="enclosed-certificate-chains",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
    step="15",
    about="enclosed_certificate",
)
def enclosed_certificate_chains(view: RequestView) -> Answer:
    """A device's new certificate, or a reader's, can be read, is valid and chains to the root."""
    path = view.enclosed_certificate
    if path is None:
        return NOT_APPLICABLE
    return None if path.ok else Finding(path.text, "a valid path to the root")


@rule(
    id="enclosed-certificate-is-not-revoked",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
    step="15",
    about="enclosed_certificate",
)
def enclosed_certificate_is_not_revoked(view: RequestView) -> Answer:
    """A device's new certificate, or a reader's, is not revoked, nor one on its path."""
    path = view.enclosed_certificate
    if path is None or not path.ok:
        return NOT_APPLICABLE
    for certificate in path.chain:
        if view.world.repository.is_revoked(certificate.issuer, certificate.serial, view.now):
            return Finding(f"serial {certificate.serial} is revoked", "not revoked")
    return None


@rule(
    id="enclosed-certificate-is-its-owners",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
    step="15",
    about="enclosed_certificate",
)
def enclosed_certificate_is_its_owners(view: RequestView) -> Answer:
    """A device's new certificate is that of the target; a reader's is for the sender's key agreement."""
    certificate = view.enclosed_certificate.certificate if view.enclosed_certificate else None
    if certificate is None:
        return NOT_APPLICABLE
    request_id = view.request.request_id
    role = certificate.role.field_name if certificate.role else "no role"
    usage = certificate.key_usage.field_name if certificate.key_usage else "no usage"
    observed = f"certificate of {certificate.subject}, {role}, {usage}"
    if isinstance(view.request.body, PlaceDeviceCertificate):
        is_targets = certificate.subject == request_id.target and certificate.organisational_unit is None
        return None if is_targets else Finding(observed, f"one of the device {request_id.target}")
    is_senders = certificate.subject == request_id.originator
    if is_senders and certificate.key_usage is KeyUsage.KEY_AGREEMENT:
        return None
    return Finding(observed, f"one of {request_id.originator} for {KeyUsage.KEY_AGREEMENT.field_name}")
