"""From service requests to GBCS commands: the transform service (GBCS 5.4; DUIS 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials, RetrieveRoles
from dcc.bodies.reads import Read, ReadLog
from dcc.service_requests import RequestBody
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    Replacement,
    ReplacementMode,
    RetrieveCredentials,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
    party_cells,
)
from devices.gbcs.identifiers import (
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation
from devices.reads import ECS23, GCS13A, build_ecs23_command, build_gcs13a_command

_MODE_OF_ROLE: Final[Mapping[RemotePartyRole, ReplacementMode]] = {
    RemotePartyRole.SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}
_ACB_CELL: Final = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)


def command(
    body: RequestBody,
    device_type: DeviceType,
    originator: Eui64,
    target: Eui64,
    counter: OriginatorCounter,
) -> Message | None:
    """The unprotected command for a request; None where the bench does not model it.

    ``originator`` and ``counter`` are those under which the device will know it: the User's, or the access
    control broker's for what the DCC sends in its own name.
    """
    made = _payload(body, device_type, counter)
    if made is None:
        return None
    code, payload = made
    return Message(GroupingHeader(Cra.COMMAND, counter, originator, target, OtherInformation(code)), payload)


def _payload(
    body: RequestBody, device_type: DeviceType, counter: OriginatorCounter
) -> tuple[MessageCode, bytes] | None:
    match body, device_type:
        case ReplaceCredentials(role), _ if role in _MODE_OF_ROLE:
            update = _update(body, counter)
            return update.mode.message_code, credentials_codec.encode(update)
        case RetrieveRoles(roles), _ if RemotePartyRole.LOAD_CONTROLLER not in roles:
            return credentials_codec.CS02A, credentials_codec.encode(RetrieveCredentials(_ACB_CELL, roles))
        case ReadLog(start, end), DeviceType.ESME:
            return ECS23, build_ecs23_command(counter, start, end)
        case Read(), DeviceType.GPF:
            return GCS13A, build_gcs13a_command()
    return None


def _update(body: ReplaceCredentials, counter: OriginatorCounter) -> UpdateCredentials:
    """The CS02b by which a role's holder, whoever that is, replaces its own credentials."""
    cells = party_cells(body.role)
    given = zip((body.signing, body.agreement, body.top_up), cells, strict=True)
    specialist = None if body.top_up_floor is None else (SpecialistFloor(body.top_up_floor),)
    return UpdateCredentials(
        mode=_MODE_OF_ROLE[body.role],
        authorising_cell=cells.signing,
        counter=counter,
        replacements=tuple([Replacement(der, cell) for der, cell in given if der is not None]),
        path_certificates=body.path,
        apply_time_based_checks=body.apply_time_based_checks,
        floor=body.floor,
        specialist_floors=specialist,
        execution_date_time=_execution_date_time(body),
    )


def _execution_date_time(body: ReplaceCredentials) -> datetime | None:
    """The time in the payload: GBCS has its own way to write a cancellation."""
    at = body.execution_date_time
    return CANCELLATION_TIME if at == CANCELLATION else at
