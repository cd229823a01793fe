"""The runs of a study as Parquet tables, for DuckDB and others: figures, series, events if they were kept.

``variant`` and ``replication`` join them; units stand in the names of columns, or in ``unit`` beside a value.
Where inputs are varied, a table says which variant tries what, and that ``own_variant`` has the own values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from scenarios.engine.family import Family
from scenarios.reporting.wording import value_text
from scenarios.study.planning import seed_of
from scenarios.study.results import Plan, StudyResult, Task
from scenarios.study.store import events_file

RUNS: Final = "runs.parquet"
FIGURES: Final = "figures.parquet"
SERIES: Final = "series.parquet"
SENSITIVITY: Final = "sensitivity.parquet"
EVENTS: Final = "events.parquet"
SCHEMAS: Final[Mapping[str, str]] = {
    RUNS: "dccbench/runs/1",
    FIGURES: "dccbench/figures/1",
    SERIES: "dccbench/series/1",
    SENSITIVITY: "dccbench/sensitivity/1",
    EVENTS: "dccbench/study-events/1",
}
"""``dccbench_schema`` in each file's metadata; changes when a column changes its meaning or goes away."""

_Row = tuple[Any, ...]
_RUN: Final = (("variant", pa.int32()), ("replication", pa.int32()))
_EVENT: Final = (*_RUN, ("event", pa.int64()))
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
    SENSITIVITY: (
        ("variant", pa.int32()),
        ("own_variant", pa.int32()),
        ("path", pa.string()),
        ("own_value", pa.string()),
        ("value", pa.string()),
    ),
}


def write_study_files(folder: Path, result: StudyResult, family: Family, study: Path) -> tuple[str, ...]:
    """Write the tables of a study, by replication and variant; returns the names of the files.

    ``study`` is the study's own folder, whose events, if it has any, become one table.

    Raises:
        OSError: the folder or a file in it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: Mapping[str, Iterator[_Row]] = {
        RUNS: _runs(result),
        FIGURES: _figures(result, family),
        SERIES: _series(result),
    }
    if result.plan.sensitivity is not None:
        rows = {**rows, SENSITIVITY: _sensitivity(result.plan)}
    for name, found in rows.items():
        _write_table(folder / name, result.version, list(found))
    kept = [done.task for done in result.finished if events_file(study, done.task).is_file()]
    if not kept:
        return tuple(rows)
    _write_events(folder / EVENTS, result.version, [(task, events_file(study, task)) for task in kept])
    return (*rows, EVENTS)


def _write_table(path: Path, version: str, rows: Sequence[_Row]) -> None:
    columns = _COLUMNS[path.name]
    values = {column: [row[place] for row in rows] for place, (column, _) in enumerate(columns)}
    fields = [pa.field(column, kind, nullable=False) for column, kind in columns]
    table = pa.table(values, schema=pa.schema(fields, metadata=_metadata(path.name, version)))
    pq.write_table(table, path, compression="zstd")


def _write_events(path: Path, version: str, files: Sequence[tuple[Task, Path]]) -> None:
    """One run at a time, each with its numbers before it; ``event`` counts within a run from 0."""
    schema = pa.schema([*_EVENT, *map(_as_in_events, pq.read_schema(files[0][1]))])
    schema = schema.with_metadata(_metadata(path.name, version))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for task, file in files:
            events = pq.read_table(file)
            count = len(events)
            columns = [[task.variant] * count, [task.replication] * count, range(count), *events.columns]
            arrays = [_array(column, field) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))


def _as_in_events(field: Any) -> Any:
    """Times say that they are UTC; dictionaries are spelt out, as each run has its own."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field("at_utc" if field.name == "at" else field.name, kind)


def _array(column: Any, field: Any) -> Any:
    return column.cast(field.type) if isinstance(column, pa.ChunkedArray) else pa.array(column, field.type)


def _metadata(name: str, version: str) -> dict[str, str]:
    return {"dccbench_schema": SCHEMAS[name], "dccbench_version": version}


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


def _sensitivity(plan: Plan) -> Iterator[_Row]:
    assert plan.sensitivity is not None
    tried = ((item, value) for item in plan.sensitivity.inputs for value in item.others)
    for point, (item, value) in enumerate(tried, start=1):
        for own in range(plan.at_each_point):
            number = point * plan.at_each_point + own
            yield number, own, item.path, value_text(item.value), value_text(value)


def _series(result: StudyResult) -> Iterator[_Row]:
    for task, outcome, _ in result.finished:
        for series in outcome.series:
            for offset, value in enumerate(series.values):
                day = series.first_day + timedelta(days=offset)
                yield (*task, series.name, series.unit, series.is_per_day, day, float(value))
