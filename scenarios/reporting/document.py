"""The report of a study as values: what HTML, Markdown and JSON write, each in its own way.

It is a function of the study's result and the family alone: no clock, no machine, no wall time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcc.releases import switch_labels
from scenarios.engine.family import Family, Parameter, Value
from scenarios.engine.outcome import Figure
from scenarios.errors import InputError
from scenarios.explain_codes import explain
from scenarios.reporting.checks import Check, checks_of
from scenarios.reporting.curves import Curves, curves_of
from scenarios.reporting.joined_tables import JoinedTable, joined_tables
from scenarios.reporting.rerun import Rerun, rerun_of
from scenarios.reporting.rules_told import ModificationNote, modification_notes, rules_in_words
from scenarios.reporting.sensitivities import SensitivityPart, sensitivity_of, with_own_values
from scenarios.reporting.sweeps import Sweep, sweep_of
from scenarios.reporting.throughput import ThroughputRow, throughput_of
from scenarios.reporting.wording import sim_codes
from scenarios.study.results import Plan, StudyResult
from scenarios.study.statistics import (
    DifferenceEstimate,
    FigureEstimate,
    difference_estimates,
    figure_estimates,
)
from scenarios.unrelated import note_on, turned


class VariantNote(NamedTuple):
    """A variant; ``values`` are those in which it differs from the study's own, by path of the parameter."""

    label: str
    switches: tuple[str, ...]
    rules: str
    values: tuple[tuple[str, Value], ...]
    baseline: int
    runs: int


class Assumption(NamedTuple):
    """A parameter and its value in each variant. ``is_default`` tells that no variant has another.

    ``source`` and ``confirmed`` are of the default: a value of the study's own is nobody's but its author's.
    """

    parameter: Parameter
    default: Value
    values: tuple[Value, ...]

    @property
    def is_default(self) -> bool:
        """Whether every variant has the default."""
        return all(value == self.default for value in self.values)

    @property
    def is_stated(self) -> bool:
        """Whether a source states the value of every variant."""
        return self.is_default and self.parameter.confirmed

    @property
    def is_one_value(self) -> bool:
        """Whether all variants have the same value."""
        return all(value == self.values[0] for value in self.values)


class FigureRow(NamedTuple):
    """A figure with an estimate for each variant, and with its difference for those that have a baseline."""

    figure: Figure
    is_headline: bool
    estimates: tuple[FigureEstimate | None, ...]
    differences: tuple[DifferenceEstimate | None, ...]


class CodeNote(NamedTuple):
    """What a code in a table means; one that is not confirmed is the bench's own, or only presumed."""

    code: str
    meaning: str
    confirmed: bool


class Document(NamedTuple):
    """All that a report says; ``breaches`` are those of the runs and those that the report found itself.

    ``note`` says that variants differ in a switch on which nothing in the family depends.
    With ``sensitivity``, all of it is of the study's own values but for that part, ``plan``, ``runs``, the
    checks, and how to run it again.
    """

    version: str
    family: Family
    plan: Plan
    complete: bool
    runs: int
    replications: int
    variants: tuple[VariantNote, ...]
    modifications: tuple[ModificationNote, ...]
    presumed: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    rows: tuple[FigureRow, ...]
    sweep: Sweep | None
    throughput: tuple[ThroughputRow, ...]
    curves: tuple[Curves, ...]
    tables: tuple[JoinedTable, ...]
    codes: tuple[CodeNote, ...]
    ends: tuple[str, ...]
    checks: tuple[Check, ...]
    rerun: Rerun | None
    sensitivity: SensitivityPart | None = None
    note: str = ""

    @property
    def breaches(self) -> tuple[str, ...]:
        """What is wrong with the runs: nothing, or the report is not to be believed."""
        return tuple(breach for check in self.checks for breach in check.found)

    @property
    def headlines(self) -> tuple[FigureRow, ...]:
        """The rows of the figures that the question is about, first of the one that answers it."""
        found = (row for row in self.rows if row.is_headline)
        return tuple(sorted(found, key=lambda row: row.figure.name != self.family.headline_figure))


def document_of(result: StudyResult, family: Family, more_checks: tuple[Check, ...] = ()) -> Document:
    """The report of a study as far as it got; ``more_checks`` are those made of other records than its runs.

    Raises:
        InputError: no run of it is finished.
    """
    if not result.finished:
        raise InputError("study: no run is finished, expected one or more to report")
    plan, own = result.plan, with_own_values(result)
    if not own.finished:
        raise InputError("study: no run with the study's own values is finished, expected one or more")
    tables = joined_tables(own)
    return Document(
        result.version,
        family,
        plan,
        result.complete,
        len(result.finished),
        len({done.task.replication for done in result.finished}),
        tuple(_variants(own, family)),
        modification_notes(plan),
        switch_labels(plan.presumed),
        tuple(_assumptions(own.plan, family)),
        tuple(_rows(own, family)),
        sweep_of(plan, family),
        throughput_of(own),
        curves_of(own),
        tables,
        tuple(_codes(tables)),
        tuple(dict.fromkeys(done.outcome.end for done in own.finished)),
        (*checks_of(result, family), *more_checks),
        rerun_of(plan, family, result.version),
        sensitivity_of(result, family),
        note_on(family, turned(plan)),
    )


def _variants(result: StudyResult, family: Family) -> Iterator[VariantNote]:
    for number, variant in enumerate(result.plan.variants):
        changed = tuple(
            (item.path, variant.values[item.name])
            for item in family.parameters
            if item.name in variant.changed
        )
        runs = sum(done.task.variant == number for done in result.finished)
        switches = switch_labels(variant.modifications)
        rules = rules_in_words(variant)
        yield VariantNote(variant.label, switches, rules, changed, variant.baseline, runs)


def _assumptions(plan: Plan, family: Family) -> Iterator[Assumption]:
    for item in family.parameters:
        values = tuple(variant.values[item.name] for variant in plan.variants)
        yield Assumption(item, family.default(item), values)


def _rows(result: StudyResult, family: Family) -> Iterator[FigureRow]:
    """Headline figures are those of which it is said which way is better; all, where that is said of none."""
    variants = range(len(result.plan.variants))
    estimates = {(item.figure, item.variant): item for item in figure_estimates(result, family)}
    differences = {(item.figure, item.variant): item for item in difference_estimates(result, family)}
    some = any(figure.better for figure in family.figures)
    for figure in family.figures:
        yield FigureRow(
            figure,
            bool(figure.better) or not some,
            tuple(estimates.get((figure.name, number)) for number in variants),
            tuple(differences.get((figure.name, number)) for number in variants),
        )


def _codes(tables: tuple[JoinedTable, ...]) -> Iterator[CodeNote]:
    for code in dict.fromkeys(_coded(tables)):
        try:
            found = explain(code)
        except InputError:
            continue
        yield CodeNote(found.name, found.meaning, found.confirmed)


def _coded(tables: tuple[JoinedTable, ...]) -> Iterator[str]:
    """What stands in columns of codes, and the codes of the bench's own wherever they stand."""
    for table in tables:
        for row in table.rows:
            for heading, cell in zip(table.keys, row.key, strict=True):
                if isinstance(cell, str):
                    yield from (cell,) if heading.lower().endswith("code") else sim_codes(cell)
