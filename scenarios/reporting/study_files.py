"""The figures and series of every run of a study as Parquet tables, for DuckDB and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]

from scenarios.engine.family import Family
from scenarios.reporting.event_files import parquet_octets
from scenarios.study.planning import seed_of
from scenarios.study.results import StudyResult

RUNS: Final = "runs.parquet"
FIGURES: Final = "figures.parquet"
SERIES: Final = "series.parquet"
SCHEMAS: Final[Mapping[str, str]] = {
    RUNS: "dccbench/runs/1",
    FIGURES: "dccbench/figures/1",
    SERIES: "dccbench/series/1",
}
"""In the metadata of each file; a name changes whenever a column changes its meaning or goes away."""

_Row = tuple[Any, ...]
_RUN: Final = (("variant", pa.int32()), ("replication", pa.int32()))
_COLUMNS: Final[Mapping[str, Sequence[tuple[str, Any]]]] = {
    RUNS: (
        *_RUN,
        ("label", pa.string()),
        ("modifications", pa.list_(pa.string())),
        ("seed", pa.int64()),
        ("messages", pa.int64()),
        ("simulated_seconds", pa.float64()),
        ("breaches", pa.int32()),
    ),
    FIGURES: (*_RUN, ("figure", pa.string()), ("unit", pa.string()), ("value", pa.float64())),
    SERIES: (
        *_RUN,
        ("series", pa.string()),
        ("unit", pa.string()),
        ("is_per_day", pa.bool_()),
        ("day", pa.date32()),
        ("value", pa.float64()),
    ),
}


def study_files(result: StudyResult, family: Family) -> dict[str, bytes]:
    """The files by name, each sorted by replication and variant; ``unit`` is that of ``value``."""
    rows = {
        RUNS: list(_runs(result)),
        FIGURES: list(_figures(result, family)),
        SERIES: list(_series(result)),
    }
    return {name: _file(name, rows[name]) for name in SCHEMAS}


def _file(name: str, rows: Sequence[_Row]) -> bytes:
    columns = _COLUMNS[name]
    values = {column: [row[place] for row in rows] for place, (column, _) in enumerate(columns)}
    schema = pa.schema([pa.field(column, kind, nullable=False) for column, kind in columns])
    return parquet_octets(values, schema, SCHEMAS[name])


def _runs(result: StudyResult) -> Iterator[_Row]:
    plan = result.plan
    for task, outcome, _ in result.finished:
        variant = plan.variants[task.variant]
        yield (
            *task,
            variant.label,
            [item.value for item in variant.modifications],
            seed_of(plan, task.replication),
            outcome.messages,
            outcome.simulated_seconds,
            len(outcome.breaches),
        )


def _figures(result: StudyResult, family: Family) -> Iterator[_Row]:
    for task, outcome, _ in result.finished:
        for figure in family.figures:
            if figure.name in outcome.figures:
                yield (*task, figure.name, figure.unit, float(outcome.figures[figure.name]))


def _series(result: StudyResult) -> Iterator[_Row]:
    for task, outcome, _ in result.finished:
        for series in outcome.series:
            for offset, value in enumerate(series.values):
                day = series.first_day + timedelta(days=offset)
                yield (*task, series.name, series.unit, series.is_per_day, day, float(value))
