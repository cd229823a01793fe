"""MP128A, northbound: what answers of gas proxy functions say of their network operator cells.

A record is made when the broker's certificate for digital signatures has got into the cell by 6.15.1. It is
that cell by which the broker authorises 6.21 later: what became of key agreement does not matter (SIM).
"""

from __future__ import annotations

from datetime import datetime

from dcc.modifications import Modification
from dcc.originator_counters import LostRecords, RecordedNumber
from dcc.service_requests import ServiceRequest, SignedPreCommand
from dcc.srv import Srv
from dcc.world import DccWorld
from devices import cells
from devices.gbcs.credentials import (
    CellContent,
    CredentialStatus,
    ExecutionOutcome,
    RetrieveCredentialsResponse,
    RoleCredentials,
    UpdateCredentials,
)
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse
from devices.gbcs.payloads import decode_payload


def note_replacement(
    request: ServiceRequest, outcome: ExecutionOutcome, world: DccWorld, now: datetime
) -> None:
    """6.15.1 and 6.21: record the number under which the broker got into the cell; forget it when it left.

    Raises:
        GbcsError: the command of the request cannot be read.
    """
    gpf, records = request.request_id.target, world.originator_counters
    if not _concerns(gpf, world):
        return
    cell = cells.NETWORK_OPERATOR_SIGNING
    placed = [
        item for item in outcome.replacements if item.cell == cell and item.status is CredentialStatus.SUCCESS
    ]
    if not placed:
        return
    if not _is_brokers(placed[-1].replacing_subject, placed[-1].replacing_key_identifier, world, now):
        records.clear(gpf)
    elif request.srv is Srv.UPDATE_CREDENTIALS:
        records.record(gpf, _number_reached(request, outcome, world), now, request.request_id)


def note_report(
    request: ServiceRequest, report: RetrieveCredentialsResponse, world: DccWorld, now: datetime
) -> None:
    """6.24.1: where the broker is in the cell, the role's number is recorded if it is above the record.

    A lower one takes the place of a record that leaves no number: a floor has put the device below it.
    """
    gpf, records = request.request_id.target, world.originator_counters
    if world.lost_records is LostRecords.LOST or not _concerns(gpf, world):
        return
    for role in report.roles:
        if role.counter is None or not _is_held_by_broker(role, world, now):
            continue
        recorded = records.get(gpf)
        if recorded is None or recorded.is_last or recorded.no_cell_floor < role.counter:
            records.record(gpf, role.counter, now, request.request_id)


def _concerns(device: Eui64, world: DccWorld) -> bool:
    if Modification.MP128A not in world.modifications:
        return False
    record = world.inventory.get(device)
    return record is not None and record.device_type is DeviceType.GPF


def _number_reached(request: ServiceRequest, outcome: ExecutionOutcome, world: DccWorld) -> OriginatorCounter:
    """The number of the command, or its floor where that is higher and counts."""
    body = request.body
    command = decode_payload(parse(body.gbcs)) if isinstance(body, SignedPreCommand) else None
    floor = command.floor if isinstance(command, UpdateCredentials) else None
    if floor is None or world.recorded_number is RecordedNumber.NUMBER:
        return outcome.counter
    return max(outcome.counter, floor)


def _is_held_by_broker(role: RoleCredentials, world: DccWorld, now: datetime) -> bool:
    if role.role is not RemotePartyRole.NETWORK_OPERATOR:
        return False
    return any(
        _is_for_signing(content) and _is_brokers(*content[2:], world, now) for content in role.cells or ()
    )


def _is_for_signing(content: CellContent) -> bool:
    return content.key_usage is KeyUsage.DIGITAL_SIGNATURE


def _is_brokers(subject: Eui64, key_identifier: bytes, world: DccWorld, now: datetime) -> bool:
    """Whether a certificate is one of the access control broker, by what the repository has."""
    role = RemotePartyRole.ACCESS_CONTROL_BROKER
    return bool(world.repository.find(now, subject=subject, role=role, subject_key_identifier=key_identifier))
