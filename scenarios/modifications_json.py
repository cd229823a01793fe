"""Modifications for machines: what ``dccbench modifications --json`` and ``show --json`` print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dcc.decision_tables.model import DecisionRow, DecisionTable
from dcc.modification_records import RECORDS
from dcc.modifications import Known, Modification, SecModification
from dcc.releases import RELEASES, Release, in_order


def listed_as_json() -> dict[str, Any]:
    """Every modification in short, and the named releases."""
    return {
        "modifications": [_summary(record) for record in RECORDS],
        "releases": [_release(release) for release in RELEASES],
    }


def as_json(record: SecModification, table: DecisionTable | None) -> dict[str, Any]:
    """All that is known of one modification; ``decision_table`` is null where there is none."""
    return {
        **_summary(record),
        "proposer": record.proposer._asdict(),
        "parties_impacted": _facts(record.parties_impacted),
        "dates": [item._asdict() for item in record.milestones],
        "cost": _facts(record.cost),
        "sec_objectives": _facts(record.sec_objectives),
        "problem": record.problem,
        "rule_before": list(record.rule_before),
        "rule_after": list(record.rule_after),
        "clauses": _facts(record.clauses),
        "decision_table": None if table is None else _table(table),
    }


def _summary(record: SecModification) -> dict[str, Any]:
    since = record.in_force.since
    return {
        "number": record.number,
        "title": record.title,
        "switches": _names(record.switches),
        "outcome": record.outcome._asdict(),
        "in_force": {**record.in_force._asdict(), "since": None if since is None else since.isoformat()},
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "name": release.name,
        "text": release.text,
        "modifications": _names(release.modifications),
        "presumed": _names(release.presumed),
    }


def _table(table: DecisionTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "columns": [
            {"heading": column.heading, "switches": _names(column.switches)} for column in table.columns
        ],
        "rows": [_row(table, row) for row in table.rows],
        "notes": list(table.notes),
    }


def _row(table: DecisionTable, row: DecisionRow) -> dict[str, Any]:
    headings = [column.heading for column in table.columns]
    return {
        "number": row.number,
        "situation": dict(zip(table.situation, row.situation, strict=True)),
        "outcomes": dict(zip(headings, row.outcomes, strict=True)),
        "assumed": row.assumed or None,
        "test": table.test_of(row),
    }


def _names(switches: Iterable[Modification]) -> list[str]:
    return [item.value for item in in_order(switches)]


def _facts(facts: Iterable[Known]) -> list[dict[str, Any]]:
    return [fact._asdict() for fact in facts]
