"""The report of a study for machines. Keys keep their order; nothing in it depends on clock or machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from scenarios.reporting.curves import Curves
from scenarios.reporting.document import Document, FigureRow
from scenarios.reporting.joined_tables import JoinedCell, JoinedTable
from scenarios.reporting.sensitivities import SensitivityPart
from scenarios.study.planning import seed_of
from scenarios.study.statistics import DifferenceEstimate, FigureEstimate
from scenarios.study.study_json import estimate_as_json, ranking_as_json
from scenarios.study.study_values import plan_values, value_as_json

SCHEMA: Final = "dccbench/report/1"
"""Changes whenever a key changes its meaning or goes away."""

_Values = dict[str, Any]


def document_json(document: Document) -> str:
    """The report as JSON, ending in a line feed."""
    return json.dumps(document_values(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_values(document: Document) -> _Values:
    """The report as JSON values; variants go by their numbers, shares are 0 to 1, days YYYY-MM-DD."""
    family, plan, sweep = document.family, document.plan, document.sweep
    return {
        "schema": SCHEMA,
        "dccbench": document.version,
        "scenario": family.name,
        "title": family.title,
        "question": family.question,
        "complete": document.complete,
        "runs": document.runs,
        "replications": document.replications,
        "breaches": list(document.breaches),
        "plan": plan_values(plan),
        "seeds": [seed_of(plan, number) for number in range(document.replications)],
        "variants": [
            {
                "label": item.label,
                "switches": list(item.switches),
                "rules": item.rules,
                "own_values": {path: value_as_json(value) for path, value in item.values},
                "baseline": item.baseline,
                "runs": item.runs,
            }
            for item in document.variants
        ],
        "modifications": [item._asdict() for item in document.modifications],
        "presumed": list(document.presumed),
        "assumptions": [
            {
                "path": item.parameter.path,
                "text": item.parameter.text,
                "unit": item.parameter.unit,
                "values": [value_as_json(value) for value in item.values],
                "default": value_as_json(item.default),
                "is_default": item.is_default,
                "source": item.parameter.source,
                "confirmed": item.parameter.confirmed,
            }
            for item in document.assumptions
        ],
        "figures": [_figure(row) for row in document.rows],
        "sweep": None if sweep is None else {
            "axes": [
                {"path": axis.path, "values": [value_as_json(value) for value in axis.values]}
                for axis in sweep.axes
            ],
            "labels": list(sweep.labels),
        },
        "sensitivity": None if document.sensitivity is None else _sensitivity(document.sensitivity),
        "throughput": [
            {
                "name": row.name,
                "label": row.label,
                "unit": row.unit,
                "variants": [estimate_as_json(item) for item in row.estimates],
            }
            for row in document.throughput
        ],
        "series": [_series(item) for item in document.curves],
        "tables": [_table(item) for item in document.tables],
        "codes": [item._asdict() for item in document.codes],
        "ends": list(document.ends),
        "note": document.note,
        "checks": [
            {"text": check.text, "made": check.made, "breaches": list(check.found)}
            for check in document.checks
        ],
        "rerun": None if document.rerun is None else document.rerun._asdict(),
    }  # fmt: skip


def _sensitivity(part: SensitivityPart) -> _Values:
    return {
        "tried": [
            {
                "path": item.input.path,
                "value": value_as_json(item.input.value),
                "values": list(map(value_as_json, item.input.others)),
                "source": item.source,
            }
            for item in part.tried
        ],
        "left": list(part.left),
        "rankings": list(map(ranking_as_json, part.rankings)),
        "others": list(map(ranking_as_json, part.others)),
    }


def _figure(row: FigureRow) -> _Values:
    return {
        **row.figure._asdict(),
        "is_headline": row.is_headline,
        "variants": [_with_share(item) for item in row.estimates],
        "differences": [_with_share(item) for item in row.differences],
    }


def _with_share(item: FigureEstimate | DifferenceEstimate | None) -> _Values | None:
    if item is None:
        return None
    return {**(estimate_as_json(item.estimate) or {}), "share": estimate_as_json(item.share)}


def _series(item: Curves) -> _Values:
    return {
        "name": item.name,
        "label": item.label,
        "unit": item.unit,
        "is_per_day": item.is_per_day,
        "step_days": item.step_days,
        "variants": [
            {
                "variant": curve.variant,
                "first_day": curve.first_day.isoformat(),
                "mean": list(curve.mean),
                "low": list(curve.low),
                "high": list(curve.high),
                "total": curve.total,
            }
            for curve in item.curves
        ],
    }


def _table(item: JoinedTable) -> _Values:
    return {
        "name": item.name,
        "title": item.title,
        "keys": list(item.keys),
        "numbers": list(item.numbers),
        "runs": list(item.runs),
        "rows": [
            {"key": list(row.key), **dict(_columns(item, row.cells))} for row in item.rows
        ],
    }  # fmt: skip


def _columns(
    table: JoinedTable, cells: tuple[tuple[JoinedCell, ...], ...]
) -> Iterator[tuple[str, list[Any]]]:
    """For each column of numbers a list by variant; how many runs had the row, where that varies."""
    yield "means", [[cell.mean for cell in column] for column in cells]
    if table.is_uneven:
        yield "runs", [[cell.runs for cell in column] for column in cells]
