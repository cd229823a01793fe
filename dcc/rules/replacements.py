"""Credential replacements in their several forms, as the one form that the rules look at."""

from __future__ import annotations

from dcc.bodies.credentials import CANCELLATION, OptOut, ReplaceCredentials, ReplaceSupplierCredentials
from devices.gbcs.credentials import CANCELLATION_TIME, UpdateCredentials
from devices.gbcs.identifiers import CellUsage, KeyUsage, RemotePartyRole


def as_replacement(body: ReplaceSupplierCredentials | OptOut) -> ReplaceCredentials:
    """The replacement that stands in the body of another service."""
    to_supplier = isinstance(body, ReplaceSupplierCredentials)
    return ReplaceCredentials(
        RemotePartyRole.SUPPLIER if to_supplier else RemotePartyRole.ACCESS_CONTROL_BROKER,
        body.signing,
        body.agreement,
        body.top_up if isinstance(body, ReplaceSupplierCredentials) else None,
        body.path,
        body.apply_time_based_checks,
        body.floor,
        body.top_up_floor if isinstance(body, ReplaceSupplierCredentials) else None,
        body.execution_date_time,
    )


def as_request(update: UpdateCredentials) -> ReplaceCredentials:
    """The body that a CS02b payload answers to."""
    by_cell = {replacement.cell[1:]: replacement.certificate for replacement in update.replacements}
    specialist = update.specialist_floors[0].floor if update.specialist_floors else None
    at = CANCELLATION if update.execution_date_time == CANCELLATION_TIME else update.execution_date_time
    return ReplaceCredentials(
        update.replacements[0].cell.role,
        by_cell.get((KeyUsage.DIGITAL_SIGNATURE, CellUsage.MANAGEMENT)),
        by_cell.get((KeyUsage.KEY_AGREEMENT, CellUsage.MANAGEMENT)),
        by_cell.get((KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP)),
        update.path_certificates,
        update.apply_time_based_checks,
        update.floor,
        specialist,
        at,
    )
