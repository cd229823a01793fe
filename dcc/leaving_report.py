"""The report of a gas network party that leaves: each of its devices, and its three duties (columns SIM)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dcc.identifiers import Mpxn
from dcc.leaving import RESIDUAL, Departure, SwapOutcome
from dcc.report_tables import ReportTable, Value
from dcc.response_codes import ResponseCode
from devices import cells
from devices.gbcs.identifiers import Eui64, OriginatorCounter


class LeavingRow(NamedTuple):
    """One gas proxy function.

    ``code`` is what the party was told last, ``attempts`` how often it asked; ``replaced_at`` is when the
    device had somebody else's certificate in the cell, ``recorded_counter`` what the DCC keeps by MP128A and
    ``number_left`` whether there is a number above that, for who follows; None where nothing is kept.
    """

    report_date: datetime
    party: str
    device_id: Eui64
    mprn: Mpxn | None
    supplier: str
    outcome: SwapOutcome
    residual: bool
    attempts: int
    asked_at: datetime | None
    code: ResponseCode | None
    replaced_at: datetime | None
    recorded_counter: OriginatorCounter | None
    number_left: bool | None


class LeavingReport(NamedTuple):
    """How far a party is: its devices, and since when its second and third duty are done."""

    party: str
    at: datetime
    rows: tuple[LeavingRow, ...]
    revocation_requested_at: datetime | None
    leaving_since: datetime

    @property
    def residual(self) -> tuple[Eui64, ...]:
        """The devices on which the party's certificates stay."""
        return tuple(row.device_id for row in self.rows if row.residual)

    @property
    def without_number(self) -> tuple[Eui64, ...]:
        """The devices whose record leaves the DCC no number to place another operator's certificates with."""
        return tuple(row.device_id for row in self.rows if row.number_left is False)


def leaving_report(departure: Departure, at: datetime) -> LeavingReport:
    """The report at a time; devices by Device ID."""
    rows = tuple(_row(departure, gpf, at) for gpf in departure.planned(at))
    return LeavingReport(
        departure.party.name, at, rows, departure.revocation_requested_at, departure.leaving_since
    )


def _row(departure: Departure, gpf: Eui64, at: datetime) -> LeavingRow:
    world = departure.world
    mprn = world.inventory.import_mpxn_of(gpf) if gpf in world.inventory else None
    supplier = world.registration.registered_supplier_at(mprn, at) if mprn is not None else None
    outcome, attempts = departure.outcome(gpf, at), departure.attempts(gpf)
    known = world.cell_sightings.up_to(gpf, cells.NETWORK_OPERATOR_SIGNING, at)
    record = world.originator_counters.get(gpf)
    return LeavingRow(
        at,
        departure.party.name,
        gpf,
        mprn,
        supplier.name if supplier else "",
        outcome,
        outcome in RESIDUAL,
        len(attempts),
        attempts[-1].at if attempts else None,
        attempts[-1].code if attempts else None,
        known[-1].replaced_at if known and outcome not in RESIDUAL else None,
        None if record is None else record.no_cell_floor,
        None if record is None else not record.is_last,
    )


SHORT: Final = ("device_id", "mprn", "supplier", "outcome", "attempts", "code", "replaced_at")
"""The columns that fit a terminal."""


def devices_table(report: LeavingReport, columns: Sequence[str] = LeavingRow._fields) -> ReportTable:
    """The devices, or some of their columns, for :mod:`dcc.report_tables`."""
    values = tuple(tuple(_value(getattr(row, column)) for column in columns) for row in report.rows)
    headings = tuple(column.replace("_", " ") for column in columns)
    return ReportTable(f"Leaving: devices of {report.party}", headings, values)


def duties_table(report: LeavingReport) -> ReportTable:
    """The three duties in their order: what has been done of each."""
    done = len(report.rows) - len(report.residual)
    rows: tuple[tuple[Value, ...], ...] = (
        (1, "replace the certificates on devices", f"{done} of {len(report.rows)}", len(report.residual)),
        (2, "request revocation", _value(report.revocation_requested_at), None),
        (3, "subscribe to no further certificates", _value(report.leaving_since), None),
    )
    return ReportTable(f"Leaving: duties of {report.party}", ("no", "duty", "done", "residual"), rows)


def _value(value: object) -> Value:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case SwapOutcome() | ResponseCode():
            return str(value.value)
        case bool():
            return "yes" if value else "no"
        case OriginatorCounter() | int():
            return int(value)
        case None:
            return None
        case _:
            return str(value)
