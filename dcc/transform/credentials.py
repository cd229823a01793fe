"""Security credentials: 6.15.1, 6.15.2, 6.17, 6.21, 6.23, 6.24.1, 6.24.2 (GBCS 13.2, 13.3; CS02a to CS02g).

What the DCC sends for 6.21, 6.23 and 6.24.1 does not name the User, and its answer goes to the DCC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dcc.bodies.credentials import (
    CANCELLATION,
    CredentialType,
    IssueDeviceCredential,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    ReplaceSupplierCredentials,
    RetrieveDeviceCredential,
    RetrieveRoles,
)
from dcc.command_plan import CommandPlan, SentBy
from dcc.srv import Srv
from dcc.transform.sending import of_supplier
from dcc.transform.transformable import Transform, Transformable
from devices import cells
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    Replacement,
    ReplacementMode,
    RetrieveCredentials,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
    party_cells,
)
from devices.gbcs.device_certificates import (
    CS02C,
    CS02D,
    CS02E,
    IssueCredentials,
    ProvideDeviceCertificate,
    UpdateDeviceCertificate,
)
from devices.gbcs.identifiers import (
    DeviceType,
    KeyUsage,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.payloads import encode_payload

_MODE_OF_ROLE: Final[Mapping[RemotePartyRole, ReplacementMode]] = {
    RemotePartyRole.SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}
# Modes by which somebody else replaces a role's credentials, and by which of the own cells.
_AUTHORITY: Final[Mapping[ReplacementMode, TrustAnchorCellId]] = {
    ReplacementMode.SUPPLIER_BY_TRANS_COS: cells.TRANSITIONAL_COS,
    ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER: cells.SUPPLIER_SIGNING,
}
_LOAD_CONTROLLER: Final = RemotePartyRole.LOAD_CONTROLLER
_USAGES: Final[Mapping[CredentialType, KeyUsage]] = {
    CredentialType.DIGITAL_SIGNATURE: KeyUsage.DIGITAL_SIGNATURE,
    CredentialType.KEY_AGREEMENT: KeyUsage.KEY_AGREEMENT,
}


def replace_own(asked: Transformable) -> CommandPlan | None:
    """6.15.1: CS02b by the holder of the role itself, or CS02g by the supplier for a load controller."""
    body = asked.body
    if not isinstance(body, ReplaceCredentials):
        return None
    if body.role is _LOAD_CONTROLLER and asked.knows(_LOAD_CONTROLLER):
        return _update(body, ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER, SentBy.USER)
    if body.role not in _MODE_OF_ROLE:
        return None
    return _update(body, _MODE_OF_ROLE[body.role], SentBy.USER)


def hand_over(asked: Transformable) -> CommandPlan | None:
    """6.21: CS02b by the broker, whose certificates stand in the cells; it holds a dated one itself."""
    body = asked.body
    if not isinstance(body, ReplaceCredentials) or body.role not in _MODE_OF_ROLE:
        return None
    at_once = body._replace(execution_date_time=None)
    return _update(at_once, _MODE_OF_ROLE[body.role], SentBy.BROKER)


def change_supplier(asked: Transformable) -> CommandPlan | None:
    """6.23: CS02b by the change of supplier party; the device holds a dated one."""
    body = asked.body
    if not isinstance(body, ReplaceSupplierCredentials):
        return None
    replacement = ReplaceCredentials(
        RemotePartyRole.SUPPLIER,
        body.signing,
        body.agreement,
        body.top_up,
        body.path,
        body.apply_time_based_checks,
        body.floor,
        body.top_up_floor,
        body.execution_date_time,
    )
    return _update(replacement, ReplacementMode.SUPPLIER_BY_TRANS_COS, SentBy.COS_PARTY)


def retrieve(asked: Transformable) -> CommandPlan | None:
    """6.24.1: CS02a by the broker, or CS02f where an ESME is asked for its load controller's."""
    body = asked.body
    if not isinstance(body, RetrieveRoles):
        return None
    code = credentials_codec.CS02A
    if _LOAD_CONTROLLER in body.roles:
        if asked.device_type is not DeviceType.ESME:
            return None
        code = credentials_codec.CS02F
    payload = encode_payload(RetrieveCredentials(cells.ACB_AGREEMENT, body.roles))
    return CommandPlan(code, SentBy.BROKER, lambda _: payload)


def issue(asked: Transformable) -> CommandPlan | None:
    """6.17: CS02c."""
    if not isinstance(asked.body, IssueDeviceCredential):
        return None
    payload = encode_payload(IssueCredentials(_USAGES[asked.body.credential]))
    return of_supplier(asked, CS02C, lambda _: payload)


def place(asked: Transformable) -> CommandPlan | None:
    """6.15.2: CS02d."""
    if not isinstance(asked.body, PlaceDeviceCertificate):
        return None
    payload = encode_payload(UpdateDeviceCertificate(asked.body.certificate))
    return of_supplier(asked, CS02D, lambda _: payload)


def retrieve_own(asked: Transformable) -> CommandPlan | None:
    """6.24.2: CS02e."""
    if not isinstance(asked.body, RetrieveDeviceCredential):
        return None
    payload = encode_payload(ProvideDeviceCertificate(_USAGES[asked.body.credential]))
    return of_supplier(asked, CS02E, lambda _: payload)


def _update(body: ReplaceCredentials, mode: ReplacementMode, sent_by: SentBy) -> CommandPlan:
    return CommandPlan(
        mode.message_code,
        sent_by,
        lambda header: credentials_codec.encode(_payload(body, mode, header.originator_counter)),
        signed=sent_by is not SentBy.USER,
    )


def _payload(
    body: ReplaceCredentials, mode: ReplacementMode, counter: OriginatorCounter
) -> UpdateCredentials:
    """The CS02b or CS02g; floors stand elsewhere where it is not the holder's own."""
    of_role = party_cells(body.role)
    given = zip((body.signing, body.agreement, body.top_up), of_role, strict=True)
    specialist = None if body.top_up_floor is None else (SpecialistFloor(body.top_up_floor),)
    own = mode not in _AUTHORITY
    return UpdateCredentials(
        mode=mode,
        authorising_cell=_AUTHORITY.get(mode, of_role.signing),
        counter=counter,
        replacements=tuple([Replacement(der, cell) for der, cell in given if der is not None]),
        path_certificates=body.path,
        apply_time_based_checks=body.apply_time_based_checks,
        floor=body.floor if own else None,
        specialist_floors=specialist if own else None,
        other_changes=None if own else _floors_of_another(body, specialist),
        execution_date_time=_execution_date_time(body),
    )


def _floors_of_another(
    body: ReplaceCredentials, specialist: tuple[SpecialistFloor, ...] | None
) -> tuple[CounterChange, ...] | None:
    """The change of the role's counter; a cancellation leaves it out (seen for 6.23 alone)."""
    if body.floor is None or body.execution_date_time == CANCELLATION:
        return None
    return (CounterChange(body.role, body.floor, specialist),)


def _execution_date_time(body: ReplaceCredentials) -> datetime | None:
    """The time in the payload: GBCS has its own way to write a cancellation."""
    at = body.execution_date_time
    return CANCELLATION_TIME if at == CANCELLATION else at


CREDENTIALS_TRANSFORMS: Final[Mapping[Srv, Transform]] = {
    Srv.UPDATE_CREDENTIALS: replace_own,
    Srv.UPDATE_DEVICE_CERTIFICATE: place,
    Srv.ISSUE_CREDENTIALS: issue,
    Srv.HANDOVER: hand_over,
    Srv.UPDATE_CREDENTIALS_COS: change_supplier,
    Srv.RETRIEVE_CREDENTIALS: retrieve,
    Srv.RETRIEVE_DEVICE_CREDENTIALS: retrieve_own,
}
