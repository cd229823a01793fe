"""Certificates that have changed on a device: who is told, and what the repository and the inventory note."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from dcc import addressees, gas_operator_cells, recovery
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import (
    CertificateType,
    CredentialsUpdated,
    DccAlert,
    DeviceChangedSupplier,
    MeteringPoints,
    ReplacedCertificate,
)
from dcc.inventory_status import DeviceStatus
from dcc.notices import Notice
from dcc.service_requests import ServiceRequest, SignedPreCommand
from dcc.smki.repository import TRANSITIONS, CertificateEvent, CertificateStatus
from dcc.world import DccWorld
from devices.gbcs.certificates import load_certificate
from devices.gbcs.credentials import (
    CredentialStatus,
    ExecutionOutcome,
    ReplacementMode,
    ReplacementOutcome,
    RetrieveCredentialsResponse,
    TrustAnchorCellId,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.device_certificates import (
    CertificateUpdateResult,
    UpdateDeviceCertificate,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.identifiers import CellUsage, Eui64, KeyUsage
from devices.gbcs.message import Message, parse
from devices.gbcs.payloads import decode_payload

_TYPES: Final[Mapping[tuple[KeyUsage, CellUsage], CertificateType]] = {
    (KeyUsage.DIGITAL_SIGNATURE, CellUsage.MANAGEMENT): CertificateType.DIGITAL_SIGNING,
    (KeyUsage.KEY_AGREEMENT, CellUsage.MANAGEMENT): CertificateType.KEY_AGREEMENT,
    (KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP): CertificateType.KEY_AGREEMENT_TOP_UP,
}


def credentials_replaced(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """6.15.1, 6.21, 6.23: what follows from the outcome, where the command was executed at once."""
    payload = decode_payload(response)
    if not isinstance(payload, UpdateCredentialsResponse) or payload.outcome is None:
        return ()
    gas_operator_cells.note_replacement(request, payload.outcome, world, now)
    return _replaced(request.request_id.target, payload.outcome, world, now)


def credentials_reported(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """6.24.1: who is in which cells, as the device says; nobody is told but who asked."""
    payload = decode_payload(response)
    if not isinstance(payload, RetrieveCredentialsResponse):
        return ()
    gas_operator_cells.note_report(request, payload, world, now)
    device = request.request_id.target
    for role in payload.roles:
        for content in role.cells or ():
            cell = TrustAnchorCellId(role.role, content.key_usage, content.cell_usage)
            world.cell_sightings.read(device, cell, content.subject, content.key_identifier, now)
    return ()


def held_update_done(
    device: Eui64, result: UpdateCredentialsAlert, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """The same for a command that the device had held until its time."""
    return _replaced(device, result.outcome, world, now)


def _replaced(device: Eui64, outcome: ExecutionOutcome, world: DccWorld, now: datetime) -> tuple[Notice, ...]:
    """N42 to the owners of the new and the replaced certificates and to the suppliers, not to the DCC.

    It names certificates by their hashes: of those that the repository does not have it cannot tell.
    """
    done = [item for item in outcome.replacements if item.status is CredentialStatus.SUCCESS]
    if not done:
        return ()
    for item in done:
        new = item.replacing_subject, item.replacing_key_identifier
        world.cell_sightings.placed(device, item.cell, *new, now)
    notices: list[Notice] = []
    if world.inventory.device(device).status is DeviceStatus.RECOVERED:
        notices += recovery.complete(world, device, now)
    told = dict.fromkeys([item.replacing_subject for item in done] + [item.existing_subject for item in done])
    told.update(dict.fromkeys(addressees.suppliers(world, device, now)))
    updated = _credentials_updated(device, done, outcome, world, now)
    if updated.certificates:
        alert = DccAlert(DccAlertCode.N42, updated)
        notices += [Notice(user, alert) for user in told if world.parties.user(user) is not None]
    if outcome.mode is ReplacementMode.SUPPLIER_BY_TRANS_COS:
        notices += _supplier_changed(device, done, world)
    return tuple(notices)


def _credentials_updated(
    device: Eui64,
    done: Sequence[ReplacementOutcome],
    outcome: ExecutionOutcome,
    world: DccWorld,
    now: datetime,
) -> CredentialsUpdated:
    role = done[0].cell.role
    change = next((change for change in outcome.counter_changes if change.role is role), None)
    specialist = change.specialist_floors if change else None
    return CredentialsUpdated(
        device,
        role,
        tuple(item for item in map(partial(_replaced_certificate, world, now), done) if item is not None),
        change.floor if change else None,
        specialist[0].floor if specialist else None,
    )


def _replaced_certificate(
    world: DccWorld, now: datetime, item: ReplacementOutcome
) -> ReplacedCertificate | None:
    """The certificate that the device says is in place, where the repository has it."""
    found = world.repository.find(
        now, subject=item.replacing_subject, subject_key_identifier=item.replacing_key_identifier
    )
    if not found:
        return None
    sha1 = hashlib.sha1(found[0].certificate.der, usedforsecurity=False).digest()
    return ReplacedCertificate(_TYPES[item.cell.key_usage, item.cell.cell_usage], sha1)


def _supplier_changed(device: Eui64, done: Sequence[ReplacementOutcome], world: DccWorld) -> list[Notice]:
    """N17 to the supplier that has lost the device."""
    record, links = world.inventory.device(device), world.inventory.links_of(device)
    if links.import_mpxn is None:
        return []
    points = MeteringPoints(links.import_mpxn, links.secondary_import_mpan, links.export_mpan)
    alert = DccAlert(DccAlertCode.N17, DeviceChangedSupplier(device, record.device_type, points))
    lost = dict.fromkeys(
        item.existing_subject for item in done if item.existing_subject != item.replacing_subject
    )
    return [Notice(user, alert) for user in lost if world.parties.user(user) is not None]


def device_certificate_placed(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """6.15.2: the repository notes the certificate in use, and the one that it came in place of."""
    payload, body = decode_payload(response), request.body
    command = decode_payload(parse(body.gbcs)) if isinstance(body, SignedPreCommand) else None
    succeeded = (
        isinstance(payload, UpdateDeviceCertificateResponse)
        and payload.result is CertificateUpdateResult.SUCCESS
    )
    if not succeeded or not isinstance(command, UpdateDeviceCertificate):
        return ()
    placed = load_certificate(command.certificate)
    for entry in world.repository.find(now, subject=placed.subject, usage=placed.key_usage):
        certificate, status = entry.certificate, entry.status(now)
        if certificate == placed:
            event = CertificateEvent.SEEN
        elif status is CertificateStatus.IN_USE:
            event = CertificateEvent.SUPERSEDED
        else:
            continue
        if (status, event) in TRANSITIONS:  # A device takes one that was revoked meanwhile all the same.
            world.repository.record(certificate.issuer, certificate.serial, event, now)
    return ()
