"""What may be put where: execution time, certificates, service-specific checks (DUIS 3.10.2, 3.8.66.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dcc.bodies.credentials import CANCELLATION, RetrieveRoles
from dcc.bodies.reads import ReadLog
from dcc.parties import NETWORK_ROLES, UserRole
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import FIRST_MOMENT, LAST_MOMENT, RequestView
from dcc.srv import Srv
from devices.gbcs.certificates import load_certificate
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, KeyUsage, RemotePartyRole

_VALIDATION: Final = Clause("DUIS", "3.2.5")
_PUBLIC_CREDENTIALS: Final = Clause("DUIS", "3.10.2")
# What was read is the clause of 6.15.1; 6.21 is assumed to follow it.
_SPECIFIC: Final = Clause("DUIS", "3.8.66.3")
_HANDOVER: Final = Clause("DUIS", "schema, RequestHandoverOfDCCControlledDevice")
_RETRIEVAL: Final = Clause("DUIS", "schema, RetrieveDeviceSecurityCredentialsKRP")
_HIGHEST_FLOOR: Final = 2**63 - 1
_MOST_ROLES: Final = 7
_SUPPLIER: Final = RemotePartyRole.SUPPLIER
_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
_ACB: Final = RemotePartyRole.ACCESS_CONTROL_BROKER

_UPDATE_COMBINATIONS: Final = frozenset({
    (UserRole.IS, _SUPPLIER, DeviceType.ESME),
    (UserRole.IS, _NETWORK_OPERATOR, DeviceType.ESME),
    (UserRole.ED, _NETWORK_OPERATOR, DeviceType.ESME),
    (UserRole.IS, _SUPPLIER, DeviceType.HCALCS),
    (UserRole.GS, _SUPPLIER, DeviceType.GSME),
    (UserRole.GS, _SUPPLIER, DeviceType.GPF),
    (UserRole.GS, _NETWORK_OPERATOR, DeviceType.GPF),
    (UserRole.GT, _NETWORK_OPERATOR, DeviceType.GPF),
})  # fmt: skip
_HANDOVER_COMBINATIONS: Final = frozenset({
    (UserRole.IS, _SUPPLIER, DeviceType.ESME),
    (UserRole.IS, _NETWORK_OPERATOR, DeviceType.ESME),
    (UserRole.IS, _SUPPLIER, DeviceType.HCALCS),
    (UserRole.GS, _SUPPLIER, DeviceType.GSME),
    (UserRole.GS, _SUPPLIER, DeviceType.GPF),
    (UserRole.GS, _NETWORK_OPERATOR, DeviceType.GPF),
})  # fmt: skip
_COMBINATIONS: Final[Mapping[Srv, frozenset[tuple[UserRole, RemotePartyRole, DeviceType]]]] = {
    Srv.UPDATE_CREDENTIALS: _UPDATE_COMBINATIONS,
    Srv.HANDOVER: _HANDOVER_COMBINATIONS,
}
_ROLES_OF_DUIS: Final = frozenset({
    _ACB,
    _NETWORK_OPERATOR,
    RemotePartyRole.RECOVERY,
    RemotePartyRole.ROOT,
    _SUPPLIER,
    RemotePartyRole.TRANSITIONAL_COS,
    RemotePartyRole.LOAD_CONTROLLER,
})  # fmt: skip
_WITH_TOP_UP_CELL: Final = frozenset({DeviceType.ESME, DeviceType.GSME, DeviceType.GPF})


@rule(
    id="execution-time-is-usable",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
)
def execution_time_is_usable(view: RequestView) -> Answer:
    """An execution date-time is a whole second of a time zone, neither past nor beyond a cancellation's."""
    at = view.replacement.execution_time if view.replacement else None
    if at is None:
        return NOT_APPLICABLE
    if at.tzinfo is None:
        return _without_zone(at)
    if at < view.now:
        return Finding(at.isoformat(), f"not before {view.now.isoformat()}")
    if at > CANCELLATION:
        # At the very end of time GBCS would read a cancellation that nobody has asked for.
        return Finding(at.isoformat(), f"not after {CANCELLATION.isoformat()}")
    return Finding(at.isoformat(), "a whole second") if at.microsecond else None


@rule(
    id="read-period-is-usable",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
)
def read_period_is_usable(view: RequestView) -> Answer:
    """The period of a read has a time zone, does not end before it begins, and lies in the devices' time."""
    body = view.request.body
    if not isinstance(body, ReadLog):
        return NOT_APPLICABLE
    for at in (body.start, body.end):
        if at.tzinfo is None:
            return _without_zone(at)
    observed = f"{body.start.isoformat()} to {body.end.isoformat()}"
    if body.start > body.end:
        return Finding(observed, "an end not before the start")
    if body.start < FIRST_MOMENT or body.end > LAST_MOMENT:
        return Finding(observed, f"{FIRST_MOMENT.isoformat()} to {LAST_MOMENT.isoformat()}")
    return None


def _without_zone(at: datetime) -> Finding:
    return Finding(f"{at.isoformat()} without time zone", "a time with its zone")


@rule(
    id="replacement-certificates-present",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
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
        return (role, _ACB)
    return (role,)


@rule(
    id="network-operator-certificate-has-network-owner",
    clause=_PUBLIC_CREDENTIALS,
    on_fail=ResponseCode.SIM_PSC,
    confirmed=False,
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


@rule(
    id="user-role-may-replace-role-on-device",
    clause=_SPECIFIC,
    on_fail={Srv.UPDATE_CREDENTIALS: ResponseCode.E061501, Srv.HANDOVER: ResponseCode.E062101},
    confirmed=True,
)
def user_role_may_replace_role_on_device(view: RequestView) -> Answer:
    """The combination of User Role, Remote Party Role and device type is one that exists."""
    wanted, device, role = view.replacement, view.device, view.acting_role
    if wanted is None or device is None or role is None:
        return NOT_APPLICABLE
    exists = (role, wanted.role, device.device_type) in _COMBINATIONS[view.request.srv]
    for_gas_transporter = role is UserRole.GS and any(
        item.certificate and item.certificate.role is _ACB for item in view.certificates
    )
    if exists and not for_gas_transporter:
        return None
    observed = f"{role.value}, {wanted.role.field_name}, {device.device_type.value}"
    if not exists:
        return Finding(observed, "a combination that exists")
    return Finding(f"{observed}, access control broker's certificate", "one sent by a gas transporter")


@rule(
    id="top-up-floor-fits-role",
    clause=_SPECIFIC,
    on_fail={Srv.UPDATE_CREDENTIALS: ResponseCode.E061504, Srv.HANDOVER: ResponseCode.E062102},
    confirmed=True,
)
def top_up_floor_fits_role(view: RequestView) -> Answer:
    """Only a supplier's credentials come with a floor for prepayment top-ups."""
    wanted = view.replacement
    if wanted is None or wanted.top_up_floor is None:
        return NOT_APPLICABLE
    if wanted.role is _SUPPLIER:
        return None
    return Finding(f"top-up floor {wanted.top_up_floor} for {wanted.role.field_name}", "none")


@rule(
    id="certificate-type-fits-device",
    clause=_SPECIFIC,
    on_fail={Srv.UPDATE_CREDENTIALS: ResponseCode.E061505, Srv.HANDOVER: ResponseCode.E062103},
    confirmed=True,
)
def certificate_type_fits_device(view: RequestView) -> Answer:
    """Every certificate type has a cell on this type of device."""
    wanted, device = view.replacement, view.device
    if wanted is None or device is None or wanted.top_up is None:
        return NOT_APPLICABLE
    if device.device_type in _WITH_TOP_UP_CELL:
        return None
    return Finding(f"top-up certificate for a {device.device_type.value}", "none")


@rule(
    id="future-dating-fits-role",
    clause=_SPECIFIC,
    on_fail={Srv.UPDATE_CREDENTIALS: ResponseCode.E061506, Srv.HANDOVER: ResponseCode.E062105},
    confirmed=True,
)
def future_dating_fits_role(view: RequestView) -> Answer:
    """Only a supplier's credentials may be replaced at a future time."""
    wanted = view.replacement
    if wanted is None or wanted.execution_date_time is None:
        return NOT_APPLICABLE
    if wanted.role is _SUPPLIER:
        return None
    return Finding(f"execution time for {wanted.role.field_name}", "none, executed at once")


@rule(
    id="certificate-type-fits-role",
    clause=_SPECIFIC,
    on_fail={Srv.UPDATE_CREDENTIALS: ResponseCode.E061507, Srv.HANDOVER: ResponseCode.E062103},
    confirmed=True,
)
def certificate_type_fits_role(view: RequestView) -> Answer:
    """Only a supplier has a key agreement certificate for prepayment top-ups."""
    wanted = view.replacement
    if wanted is None or wanted.top_up is None:
        return NOT_APPLICABLE
    if wanted.role is _SUPPLIER:
        return None
    return Finding(f"top-up certificate for {wanted.role.field_name}", KeyUsage.KEY_AGREEMENT.field_name)


@rule(
    id="retrieved-roles-are-applicable",
    clause=_RETRIEVAL,
    on_fail={Srv.RETRIEVE_CREDENTIALS: ResponseCode.E062401},
    confirmed=False,
)
def retrieved_roles_are_applicable(view: RequestView) -> Answer:
    """One to seven roles, each once, of those that have a name in DUIS."""
    body = view.request.body
    if not isinstance(body, RetrieveRoles):
        return NOT_APPLICABLE
    asked = body.roles
    names = ", ".join(role.field_name for role in asked) or "no role"
    if not 1 <= len(asked) <= _MOST_ROLES or len(set(asked)) < len(asked):
        return Finding(names, f"1 to {_MOST_ROLES} different roles")
    unknown = [role.field_name for role in asked if role not in _ROLES_OF_DUIS]
    return Finding(", ".join(unknown), "roles that DUIS names") if unknown else None
