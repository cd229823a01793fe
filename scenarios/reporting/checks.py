"""What a report checks of the records that it is made from; a check that fails is a breach."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from scenarios.engine.family import Family
from scenarios.engine.outcome import Outcome
from scenarios.study.results import Finished, StudyResult

AT_END: Final = "_at_end"
"""A figure ``NAME_at_end`` is the last value of the series ``NAME``, where there are both in one unit."""


class Check(NamedTuple):
    """A check, how many times it was made, and what it found wrong, in words."""

    text: str
    made: int
    found: tuple[str, ...]


_Breaches = Callable[[Outcome, Family], Iterator[str | None]]
"""Of one outcome: a breach, or None for each time that all was well."""


def checks_of(result: StudyResult, family: Family) -> tuple[Check, ...]:
    """All checks; those that nothing in the study calls for are left out."""
    made = (
        _check(result, family, "The history of each run was checked: commands, requests, counters, devices "
               "and the family's own conservation, against the state of the devices at the end", _history),
        _check(result, family, "Each figure that the scenario names is there, and finite", _figures),
        _check(result, family, "A part is never more than the whole that it is shown as a share of", _parts),
        _check(result, family, "What the figures say of the end is what the series end with", _ends),
        _check(result, family, "Each row of a table has a cell for each column", _tables),
        _one_shape(result),
    )  # fmt: skip
    return tuple(check for check in made if check.made)


def _check(result: StudyResult, family: Family, text: str, breaches: _Breaches) -> Check:
    found = []
    made = 0
    for done in result.finished:
        for breach in breaches(done.outcome, family):
            made += 1
            if breach is not None:
                found.append(f"{run_in_words(result, done)}: {breach}")
    return Check(text, made, tuple(found))


def run_in_words(result: StudyResult, done: Finished) -> str:
    """Which run it is: its variant, and its replication counted from 1."""
    return f"{result.plan.variants[done.task.variant].label}, replication {done.task.replication + 1}"


def _history(outcome: Outcome, _: Family) -> Iterator[str | None]:
    if not outcome.breaches:
        yield None
    yield from outcome.breaches


def _figures(outcome: Outcome, family: Family) -> Iterator[str | None]:
    for figure in family.figures:
        value = outcome.figures.get(figure.name)
        is_fine = value is not None and math.isfinite(value)
        yield None if is_fine else f"figure {figure.name}: {value}, expected a number"


def _parts(outcome: Outcome, family: Family) -> Iterator[str | None]:
    for figure in family.figures:
        if figure.share_of and figure.name in outcome.figures and figure.share_of in outcome.figures:
            part, whole = outcome.figures[figure.name], outcome.figures[figure.share_of]
            is_fine = part <= whole
            yield None if is_fine else f"{figure.name} {part}, more than {figure.share_of} {whole}"


def _ends(outcome: Outcome, family: Family) -> Iterator[str | None]:
    units = {figure.name: figure.unit for figure in family.figures}
    for series in outcome.series:
        name = f"{series.name}{AT_END}"
        if series.values and name in outcome.figures and units.get(name) == series.unit:
            last, figure = series.values[-1], outcome.figures[name]
            is_fine = math.isclose(last, figure, abs_tol=1e-9)
            yield None if is_fine else f"{name} {figure}, but the series {series.name} ends with {last}"


def _tables(outcome: Outcome, _: Family) -> Iterator[str | None]:
    for table in outcome.tables:
        is_fine = all(len(row) == len(table.columns) for row in table.rows)
        yield None if is_fine else f"table {table.name}: a row has not {len(table.columns)} cells"


def _one_shape(result: StudyResult) -> Check:
    """Replications of a variant differ in their chances alone: their series are of the same days."""
    shapes: dict[int, object] = {}
    found = []
    for done in result.finished:
        shape = {series.name: (series.first_day, len(series.values)) for series in done.outcome.series}
        if shapes.setdefault(done.task.variant, shape) != shape:
            found.append(f"{run_in_words(result, done)}: series of other days than before")
    return Check(
        "The series of all replications of a variant are of the same days", len(result.finished), tuple(found)
    )
