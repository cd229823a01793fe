"""What the DCC reports: refusals by supplier and code, for the SEC Panel (SECMP0063 requirement BR4).

The columns are assumed: the proposal asks for the number of codes, the supplier each went to, and the
quantity of each code per supplier, and was withdrawn before a form was agreed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from dcc.dates import utc_day
from dcc.dsp import Submission
from dcc.parties import PartyTable
from dcc.report_tables import ReportTable
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.identifiers import DeviceType, Eui64

PANEL_CODES: Final = (ResponseCode.SIM_E061590, ResponseCode.SIM_E062190)


class RefusedRequest(NamedTuple):
    """A request that the DSP refused; ``device_type`` is None if the inventory does not know the device."""

    at: datetime
    user_id: Eui64
    srv: Srv
    code: ResponseCode
    device: Eui64
    device_type: DeviceType | None


@dataclass(frozen=True, slots=True)
class PanelReportRow:
    """One row: in a period (calendar month, ``2026-01``) one User Id met one code at one device type."""

    period: str
    supplier_party: str
    user_id: Eui64
    srv: Srv
    code: ResponseCode
    device_type: DeviceType | None
    count: int
    first_seen: datetime
    last_seen: datetime


_COLUMNS: Final = tuple(field.name for field in fields(PanelReportRow))
_TITLE: Final = "Report to the SEC Panel (SECMP0063 BR4)"


class PanelReport(NamedTuple):
    """The rows, and how often each code was given out altogether."""

    rows: tuple[PanelReportRow, ...]
    totals: tuple[tuple[ResponseCode, int], ...]


def refusal_of(submission: Submission, world: DccWorld) -> RefusedRequest | None:
    """What there is to record of a submission: None if the request was taken."""
    response, request = submission.response, submission.request
    if not response.code.is_refusal:
        return None
    originator, target, _ = request.request_id
    device = world.inventory.get(target)
    return RefusedRequest(
        response.at, originator, request.srv, response.code, target, device.device_type if device else None
    )


def panel_report(refusals: Iterable[RefusedRequest], parties: PartyTable) -> PanelReport:
    """The report of refusals under SECMP0063, by month, party, User Id, service, code and device type."""
    found: dict[tuple[str, ...], PanelReportRow] = {}
    for refusal in refusals:
        if refusal.code in PANEL_CODES:
            row = _row(refusal, parties)
            key = _key(row)
            found[key] = _merged(found[key], row) if key in found else row
    rows = tuple(found[key] for key in sorted(found))
    counts = Counter[ResponseCode]()
    for row in rows:
        counts[row.code] += row.count
    return PanelReport(rows, tuple((code, counts[code]) for code in PANEL_CODES))


def panel_values(report: PanelReport) -> dict[str, Any]:
    """The report for machines: ``rows`` with the columns as keys, ``totals`` by code."""
    return {
        "rows": [dict(zip(_COLUMNS, _values(row), strict=True)) for row in report.rows],
        "totals": {code.value: count for code, count in report.totals},
    }


def panel_json(report: PanelReport) -> str:
    """The report as JSON, ending in a line feed."""
    return json.dumps({"report": _TITLE, **panel_values(report)}, indent=2, ensure_ascii=False) + "\n"


def panel_table(report: PanelReport) -> ReportTable:
    """The report for :mod:`dcc.report_tables`, as text and CSV: the rows, then a row a code with its total.

    Rows of totals have ``total`` for their period and nothing but code and count beside it.
    """
    totals = (_total(code, count) for code, count in report.totals)
    return ReportTable(_TITLE, _COLUMNS, (*map(_values, report.rows), *totals))


def _total(code: ResponseCode, count: int) -> tuple[str | int | None, ...]:
    values = {"period": "total", "code": code.value, "count": count}
    return tuple(values.get(column) for column in _COLUMNS)


def _values(row: PanelReportRow) -> tuple[str | int | None, ...]:
    return (
        row.period,
        row.supplier_party,
        str(row.user_id),
        row.srv.value,
        row.code.value,
        row.device_type.value if row.device_type else None,
        row.count,
        _time(row.first_seen),
        _time(row.last_seen),
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(refusal: RefusedRequest, parties: PartyTable) -> PanelReportRow:
    party = parties.party_of_user(refusal.user_id)
    return PanelReportRow(
        f"{utc_day(refusal.at):%Y-%m}",
        party.name if party else "",
        refusal.user_id,
        refusal.srv,
        refusal.code,
        refusal.device_type,
        1,
        refusal.at,
        refusal.at,
    )


def _merged(one: PanelReportRow, other: PanelReportRow) -> PanelReportRow:
    return replace(
        one,
        count=one.count + other.count,
        first_seen=min(one.first_seen, other.first_seen),
        last_seen=max(one.last_seen, other.last_seen),
    )


def _key(row: PanelReportRow) -> tuple[str, ...]:
    """The columns that tell rows apart; in this order they are sorted."""
    kind = row.device_type.value if row.device_type else ""
    return row.period, row.supplier_party, str(row.user_id), row.srv.value, row.code.value, kind
