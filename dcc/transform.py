"""From service requests to GBCS commands: the transform service (GBCS 5.4; DUIS 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials, RetrieveRoles
from dcc.bodies.reads import Read, ReadLog
from dcc.command_plan import CommandPlan, SentBy
from dcc.service_requests import RequestBody
from dcc.srv import Srv
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
    KeyUsage,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.reads import ECS23, GCS13A, build_ecs23_command, build_gcs13a_command

_MODE_OF_ROLE: Final[Mapping[RemotePartyRole, ReplacementMode]] = {
    RemotePartyRole.SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}
_LOAD_CONTROLLER: Final = RemotePartyRole.LOAD_CONTROLLER
_ACB_CELL: Final = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)


class Transformable(NamedTuple):
    """A request as far as the command for it depends on it: the service, its body, the type of device."""

    srv: Srv
    body: RequestBody
    device_type: DeviceType


def plan(asked: Transformable) -> CommandPlan | None:
    """The command for a request; None where the bench does not model it."""
    match asked:
        case Transformable(Srv.UPDATE_CREDENTIALS, ReplaceCredentials(role) as body) if role in _MODE_OF_ROLE:
            return _replacement(body, SentBy.USER)
        case Transformable(Srv.HANDOVER, ReplaceCredentials(role) as body) if role in _MODE_OF_ROLE:
            return _replacement(body, SentBy.BROKER)
        case Transformable(Srv.RETRIEVE_CREDENTIALS, RetrieveRoles(roles)) if _LOAD_CONTROLLER not in roles:
            payload = credentials_codec.encode(RetrieveCredentials(_ACB_CELL, roles))
            return CommandPlan(credentials_codec.CS02A, SentBy.BROKER, lambda _: payload)
        case Transformable(Srv.READ_NETWORK_DATA, ReadLog(start, end), DeviceType.ESME):
            return CommandPlan(
                ECS23,
                SentBy.USER,
                lambda header: build_ecs23_command(header.originator_counter, start, end),
            )
        case Transformable(Srv.READ_IMPORT_REGISTERS, Read(), DeviceType.GPF):
            return CommandPlan(GCS13A, SentBy.USER, lambda _: build_gcs13a_command())
        case _:
            return None


def _replacement(body: ReplaceCredentials, sent_by: SentBy) -> CommandPlan:
    """The DCC holds a dated handover itself: only a User's own command takes its time along."""
    if sent_by is not SentBy.USER:
        body = body._replace(execution_date_time=None)
    code = _MODE_OF_ROLE[body.role].message_code
    return CommandPlan(
        code,
        sent_by,
        lambda header: credentials_codec.encode(_update(body, header.originator_counter)),
        signed=sent_by is not SentBy.USER,
    )


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
