"""What may be put where: checks particular to 6.15.1, 6.21, 6.23 and 6.24.1, step 16 (DUIS 3.8.66.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.bodies.credentials import RetrieveRoles
from dcc.parties import UserRole
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, KeyUsage, RemotePartyRole

# What was read is the clause of 6.15.1; 6.21 and 6.23 are assumed to follow it.
_SPECIFIC: Final = Clause("DUIS", "3.8.66.3")
_RETRIEVAL: Final = Clause("DUIS", "schema, RetrieveDeviceSecurityCredentialsKRP")
_MOST_ROLES: Final = 7
_SUPPLIER: Final = RemotePartyRole.SUPPLIER
_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
_LOAD_CONTROLLER: Final = RemotePartyRole.LOAD_CONTROLLER
_ACB: Final = RemotePartyRole.ACCESS_CONTROL_BROKER

# A load controller's credentials are placed by the supplier: public requests show it.
_UPDATE_COMBINATIONS: Final = frozenset({
    (UserRole.IS, _LOAD_CONTROLLER, DeviceType.ESME),
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
_CHANGE_OF_SUPPLIER_COMBINATIONS: Final = frozenset({
    (UserRole.IS, _SUPPLIER, DeviceType.ESME),
    (UserRole.IS, _SUPPLIER, DeviceType.HCALCS),
    (UserRole.GS, _SUPPLIER, DeviceType.GSME),
    (UserRole.GS, _SUPPLIER, DeviceType.GPF),
})  # fmt: skip
_COMBINATIONS: Final[Mapping[Srv, frozenset[tuple[UserRole, RemotePartyRole, DeviceType]]]] = {
    Srv.UPDATE_CREDENTIALS: _UPDATE_COMBINATIONS,
    Srv.HANDOVER: _HANDOVER_COMBINATIONS,
    Srv.UPDATE_CREDENTIALS_COS: _CHANGE_OF_SUPPLIER_COMBINATIONS,
}
_ROLES_OF_DUIS: Final = frozenset({
    _ACB,
    _NETWORK_OPERATOR,
    RemotePartyRole.RECOVERY,
    RemotePartyRole.ROOT,
    _SUPPLIER,
    RemotePartyRole.TRANSITIONAL_COS,
    _LOAD_CONTROLLER,
})  # fmt: skip
_WITH_TOP_UP_CELL: Final = frozenset({DeviceType.ESME, DeviceType.GSME, DeviceType.GPF})


@rule(
    id="user-role-may-replace-role-on-device",
    clause=_SPECIFIC,
    on_fail={
        Srv.UPDATE_CREDENTIALS: ResponseCode.E061501,
        Srv.HANDOVER: ResponseCode.E062101,
        Srv.UPDATE_CREDENTIALS_COS: ResponseCode.E062302,
    },
    confirmed=True,
    about="replacement",
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
    about="replacement",
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
    on_fail={
        Srv.UPDATE_CREDENTIALS: ResponseCode.E061505,
        Srv.HANDOVER: ResponseCode.E062103,
        Srv.UPDATE_CREDENTIALS_COS: ResponseCode.E062304,
    },
    confirmed=True,
    about="replacement",
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
    about="replacement",
)
def future_dating_fits_role(view: RequestView) -> Answer:
    """Only a supplier's or a load controller's credentials may be replaced at a future time."""
    # A Signed Pre-Command may name a time beside its payload, until which the DCC would hold it.
    wanted = view.replacement
    if wanted is None or view.execution_date_time is None:
        return NOT_APPLICABLE
    if wanted.role in (_SUPPLIER, _LOAD_CONTROLLER):
        return None
    return Finding(f"execution time for {wanted.role.field_name}", "none, executed at once")


@rule(
    id="certificate-type-fits-role",
    clause=_SPECIFIC,
    on_fail={Srv.UPDATE_CREDENTIALS: ResponseCode.E061507, Srv.HANDOVER: ResponseCode.E062103},
    confirmed=True,
    about="replacement",
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


@rule(
    id="retrieved-roles-fit-device",
    clause=_RETRIEVAL,
    on_fail={Srv.RETRIEVE_CREDENTIALS: ResponseCode.E062402},
    confirmed=False,
)
def retrieved_roles_fit_device(view: RequestView) -> Answer:
    """Only an electricity meter has credentials of a load controller."""
    body, device = view.request.body, view.device
    if not isinstance(body, RetrieveRoles) or device is None:
        return NOT_APPLICABLE
    if _LOAD_CONTROLLER not in body.roles or device.device_type is DeviceType.ESME:
        return None
    role = _LOAD_CONTROLLER.field_name
    return Finding(f"{role} on a {device.device_type.value}", f"no {role}")
