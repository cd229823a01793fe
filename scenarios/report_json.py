"""The report of a wave for machines. Keys keep their order; nothing in it depends on clock or machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from dcc.modifications import SecModification
from dcc.releases import switch_labels
from dcc.reports import panel_values
from scenarios.comparison import RunOutcome, WaveReport
from scenarios.report import SECTIONS, share_of
from scenarios.switching import Switching
from scenarios.wave_figures import WaveFigures

SCHEMA: Final = "dccbench/install-wave/2"
"""Changes whenever a key changes its meaning or goes away."""

_SHARE_DECIMALS: Final = 6


def report_json(report: WaveReport) -> str:
    """The report as JSON, ending in a line feed; times are ISO 8601 in UTC, rates and shares 0 to 1."""
    return json.dumps(_report(report), indent=2, ensure_ascii=False) + "\n"


def _report(report: WaveReport) -> dict[str, Any]:
    inputs, switching = report.inputs, report.switching
    return {
        "schema": SCHEMA,
        "dccbench": report.version,
        "scenario": "install-wave",
        "seed": inputs.seed,
        "inputs": {**inputs._asdict(), "start": inputs.start.isoformat()},
        "release": switching.release.name,
        "modification": _studied(switching),
        "modifications": [_record(record.number.lower(), record) for record in switching.concerned],
        "presumed": [item.value for item in switching.presumed],
        "assumptions": [item._asdict() for item in report.assumptions],
        "note": report.note,
        "faults": list(report.faults),
        "observed_until": _time(inputs.observed_until),
        "runs": [_run(outcome) for outcome in report.outcomes],
    }


def _studied(switching: Switching) -> dict[str, Any] | None:
    """The modification that the runs are about, under the name of what is switched; null for no one."""
    record = switching.studied
    if record is None:
        return None
    return _record(", ".join(switch_labels(switching.compared or switching.on)), record)


def _record(name: str, record: SecModification) -> dict[str, Any]:
    return {
        "id": name,
        "title": record.title,
        "outcome": record.outcome.text,
        "outcome_confirmed": record.outcome.confirmed,
    }


def _run(outcome: RunOutcome) -> dict[str, Any]:
    return {
        "label": outcome.label,
        "modifications": [item.value for item in outcome.modifications],
        "end": outcome.end,
        "breaches": list(outcome.breaches),
        "figures": asdict(outcome.figures),
        "shares": _shares(outcome.figures),
        "refusals": [
            {
                "party": row.party,
                "role": row.role.value,
                "srv": row.srv.value,
                "code": row.code.value,
                "code_confirmed": row.code.confirmed,
                "times": row.times,
            }
            for row in outcome.refusals
        ],
        "panel_report": panel_values(outcome.panel),
    }


def _shares(figures: WaveFigures) -> dict[str, dict[str, Any]]:
    """Figures that are shares of others; null where the other is 0."""
    found = {}
    for _, rows in SECTIONS:
        for row in rows:
            if row.share_of:
                share = share_of(figures, row)
                rounded = None if share is None else round(share, _SHARE_DECIMALS)
                found[row.key] = {"of": row.share_of, "share": rounded}
    return found


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
