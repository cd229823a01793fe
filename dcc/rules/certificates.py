"""Replacement certificates in a request, and the numbers that go with them: step 15 (DUIS 3.10.2)."""

from __future__ import annotations

from typing import Final

from dcc.parties import NETWORK_ROLES
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.certificates import load_certificate
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, RemotePartyRole

_VALIDATION: Final = Clause("DUIS", "3.2.5")
_PUBLIC_CREDENTIALS: Final = Clause("DUIS", "3.10.2")
_HANDOVER: Final = Clause("DUIS", "schema, RequestHandoverOfDCCControlledDevice")
_HIGHEST_FLOOR: Final = 2**63 - 1
_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER


@rule(
    id="replacement-certificates-present",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
    step="15",
    about="replacement",
)
def replacement_certificates_present(view: RequestView) -> Answer:
    """A credential replacement carries at least one replacement certificate."""
    if view.replacement is None:
        return NOT_APPLICABLE
    return None if view.certificates else Finding("no replacement certificate", "at least one")


@rule(
    id="handover-has-signing-certificate",
    clause=_HANDOVER,
    on_fail={Srv.HANDOVER: ResponseCode.SIM_PSC},
    confirmed=False,
    step="15",
    about="replacement",
)
def handover_has_signing_certificate(view: RequestView) -> Answer:
    """A handover carries a digital signing certificate."""
    if view.replacement is None:
        return NOT_APPLICABLE
    return Finding("none", "a digital signing certificate") if view.replacement.signing is None else None


@rule(
    id="floors-are-within-limits",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_SCHEMA,
    confirmed=False,
    step="15",
    about="replacement",
)
def floors_are_within_limits(view: RequestView) -> Answer:
    """A floor sequence number is at most 2^63 - 1."""
    wanted = view.replacement
    given = [floor for floor in (wanted.floor, wanted.top_up_floor) if floor is not None] if wanted else []
    for floor in given:
        if floor > _HIGHEST_FLOOR:
            return Finding(f"floor {floor}", f"at most {_HIGHEST_FLOOR}")
    return None if given else NOT_APPLICABLE


@rule(
    id="replacement-certificates-chain",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=True,
    step="15",
    about="replacement",
)
def replacement_certificates_chain(view: RequestView) -> Answer:
    """Every replacement certificate can be read, is valid and chains to the root by the path given."""
    if view.replacement is not None:
        for position, der in enumerate(view.replacement.path, start=1):
            # Devices look past what they cannot read, but it would break the payload that they read it in.
            try:
                load_certificate(der)
            except GbcsError as error:
                return Finding(f"path certificate {position}: {error}", "a certificate")
    for item in view.certificates:
        if not item.path.ok:
            return Finding(f"{item.cell}: {item.path.text}", "a valid path to the root")
    return None if view.certificates else NOT_APPLICABLE


@rule(
    id="replacement-certificates-not-revoked",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=True,
    step="15",
    about="replacement",
)
def replacement_certificates_not_revoked(view: RequestView) -> Answer:
    """No replacement certificate is revoked, nor one on its path."""
    now, is_revoked = view.now, view.world.repository.is_revoked
    for item in view.certificates:
        for certificate in item.path.chain:
            if is_revoked(certificate.issuer, certificate.serial, now):
                return Finding(f"{item.cell}: serial {certificate.serial} is revoked", "not revoked")
    return None if view.certificates else NOT_APPLICABLE


@rule(
    id="replacement-certificates-fit-cells",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=True,
    step="15",
    about="replacement",
)
def replacement_certificates_fit_cells(view: RequestView) -> Answer:
    """Role and key usage of every replacement certificate are those of its cell."""
    for item in view.certificates:
        certificate = item.certificate
        if certificate is None:
            continue
        if certificate.key_usage is not item.cell.key_usage:
            usage = certificate.key_usage.field_name if certificate.key_usage else "none"
            return Finding(f"{item.cell}: key usage {usage}", item.cell.key_usage.field_name)
        roles = _roles_for(view, item.cell.role)
        if certificate.role not in roles:
            found = certificate.role.field_name if certificate.role else "none"
            expected = " or ".join(role.field_name for role in roles)
            return Finding(f"{item.cell}: role {found}", expected)
    return None if view.certificates else NOT_APPLICABLE


def _roles_for(view: RequestView, role: RemotePartyRole) -> tuple[RemotePartyRole, ...]:
    """Roles of certificates that may go into a role's cells.

    The access control broker's certificate may take the network operator's place on a GPF (MP128A); that
    only a gas transporter may send it is for the check of combinations.
    """
    on_gpf = view.device is not None and view.device.device_type is DeviceType.GPF
    if role is _NETWORK_OPERATOR and on_gpf and view.request.srv is Srv.UPDATE_CREDENTIALS:
        return (role, _BROKER)
    return (role,)


@rule(
    id="network-operator-certificate-has-network-owner",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
    step="15",
    about="replacement",
)
def network_operator_certificate_has_network_owner(view: RequestView) -> Answer:
    """A certificate of the role network operator belongs to a party that is one, as far as it is known."""
    applies = False
    for item in view.certificates:
        certificate, owner = item.certificate, item.owner
        if certificate is None or owner is None or certificate.role is not _NETWORK_OPERATOR:
            continue
        applies = True
        held = view.world.parties.roles_of(owner)
        if NETWORK_ROLES.isdisjoint(held):
            roles = ", ".join(role.value for role in held)
            return Finding(f"{item.cell}: {owner.name} with roles {roles}", "a party with role ED or GT")
    return None if applies else NOT_APPLICABLE
