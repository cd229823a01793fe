"""What came of a study, in plain text: what was run, the figures side by side, the differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dcc.modification_records import record_of
from dcc.releases import in_order, switch_labels
from scenarios.engine.family import Family
from scenarios.engine.outcome import Figure
from scenarios.explain_tables import table_of, table_text
from scenarios.study.results import Plan, StudyResult, Variant
from scenarios.study.sensitivity_text import sensitivity_lines
from scenarios.study.statistics import (
    DifferenceEstimate,
    Estimate,
    FigureEstimate,
    difference_estimates,
    figure_estimates,
)
from scenarios.study.stop_rule import precision_missed
from scenarios.study.study_numbers import number_text

_SIDE_BY_SIDE: Final = 3
"""So many variants stand beside each other; more of them stand one below the other."""

_MOST_BREACHES: Final = 10
_Estimates = Mapping[tuple[str, int], FigureEstimate | DifferenceEstimate]


def study_text(result: StudyResult, family: Family) -> str:
    """The whole of it, without a line feed at the end."""
    plan = result.plan
    means: _Estimates = {(item.figure, item.variant): item for item in figure_estimates(result, family)}
    changes: _Estimates = {(item.figure, item.variant): item for item in difference_estimates(result, family)}
    shown = _beside if plan.at_each_point <= _SIDE_BY_SIDE else _below
    parts = [*_heading(result, family), "", shown(plan, family, means, changes)]
    return "\n".join([*parts, *sensitivity_lines(result, family), *_ending(result, family)])


def _heading(result: StudyResult, family: Family) -> Iterator[str]:
    plan = result.plan
    yield f"dccbench {result.version}, {family.name}: {family.question}"
    done = len({item.task.replication for item in result.finished})
    intervals = f"intervals: {plan.confidence * 100:.4g} %" if done > 1 else "no intervals"
    yield (
        f"seed {plan.seed}; replications: {done}{_of_most(plan, done)}; {intervals}; "
        f"share of homes with real cryptography: {plan.byte_share:.4g}"
    )
    if plan.precision:
        told = ", ".join(f"{name} within {width:g}" for name, width in plan.precision.items())
        yield f"replications end when the intervals are narrow enough: {told}"
    assumed = sum(not parameter.confirmed for parameter in family.parameters)
    yield (
        f"Not confirmed by any source: {assumed} of {len(family.parameters)} parameters "
        f"(dccbench scenarios show {family.name})"
    )
    for number, variant in enumerate(plan.variants[: plan.at_each_point], start=1):
        yield f"Variant {number}, {variant.label}: {_told(variant, family)}"
    if plan.presumed:
        yield f"Presumed to be on, not confirmed: {', '.join(switch_labels(plan.presumed))}"
    on = in_order(item for variant in plan.variants for item in variant.modifications)
    for record in {record_of(item).number: record_of(item) for item in on}.values():
        yield f"{record.number}: {record.title}. Outcome: {record.outcome.text}."


def _of_most(plan: Plan, done: int) -> str:
    return f" of at most {plan.replications}" if plan.precision or done < plan.replications else ""


def _told(variant: Variant, family: Family) -> str:
    """Its switches, and all its values that are not the defaults."""
    told = [", ".join(switch_labels(variant.modifications)) or "no modification"]
    for parameter in family.parameters:
        value = variant.values[parameter.name]
        if value != family.default(parameter):
            told.append(f"{parameter.path} = {value}")
    return "; ".join(told)


def _beside(plan: Plan, family: Family, means: _Estimates, changes: _Estimates) -> str:
    shown = plan.variants[: plan.at_each_point]
    compared = [(number, variant) for number, variant in enumerate(shown) if number != variant.baseline]
    differences = {
        number: f"{variant.label} less {plan.variants[variant.baseline].label}"
        for number, variant in compared
    }
    table = table_of(dict.fromkeys(["Figure"]))
    for heading in (*(variant.label for variant in shown), *differences.values()):
        table.add_column(heading, justify="right", overflow="fold")
    for figure in family.figures:
        cells = [_cell(means.get((figure.name, number))) for number in range(len(shown))]
        cells += [_cell(changes.get((figure.name, number)), signed=True) for number in differences]
        table.add_row(_label(figure), *cells)
    return table_text(table)


def _below(plan: Plan, family: Family, means: _Estimates, changes: _Estimates) -> str:
    """A line for each variant, by its number: labels of many variants are long."""
    table = table_of({"Figure": 40, "Variant": 7})
    for heading in ("Mean", "Difference"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("to", justify="right", overflow="fold")
    for figure in family.figures:
        table.add_section()
        label = _label(figure)
        for number, variant in enumerate(plan.variants):
            key = figure.name, number
            is_compared = number != variant.baseline
            change = _cell(changes.get(key), signed=True) if is_compared else ""
            to = str(variant.baseline + 1) if is_compared else ""
            table.add_row(label, str(number + 1), _cell(means.get(key)), change, to)
            label = ""
    return table_text(table)


def _label(figure: Figure) -> str:
    return (
        f"{figure.label} ({figure.unit})" if figure.unit and figure.unit not in figure.label else figure.label
    )


def _cell(item: FigureEstimate | DifferenceEstimate | None, *, signed: bool = False) -> str:
    if item is None:
        return "-"
    own = item.estimate
    if own.bound is not None:
        # The share tells of it.
        own = own._replace(bound=None, half_width=None)
    text = number_text(own, signed=signed)
    if item.share is None:
        return text
    # A share of nothing is none: then fewer runs than those of the count have one.
    had, runs = item.share.replications, item.estimate.replications
    some = f" in {had} of {runs} runs" if had < runs else ""
    return f"{text} ({_percent(item.share, signed=signed)}{some})"


def _reaches_below_0(item: Estimate) -> bool:
    return item.interval is not None and item.interval[0] < 0 <= item.mean


def _percent(item: Estimate, *, signed: bool) -> str:
    """Of a difference, percentage points."""
    width = None if item.half_width is None else item.half_width * 100
    bound = None if item.bound is None else (item.bound[0] * 100, item.bound[1] * 100)
    times_100 = item._replace(mean=round(item.mean * 100, 9), half_width=width, bound=bound)
    return number_text(times_100, signed=signed, decimals=1, unit=" points" if signed else " %")


def _ending(result: StudyResult, family: Family) -> Iterator[str]:
    found = figure_estimates(result, family)
    if any(item.share is not None and item.share.bound for item in found):
        yield (
            "At most, at least: one-sided bounds where a share was 0 or 100 % in every run, as if each had a "
            "chance of its own"
        )
    if any(_reaches_below_0(item.estimate) for item in found):
        yield "±: as wide to each side, also below 0, where no count can be: more replications tell more"
    if not result.complete:
        yield ""
        done = [item.task.variant for item in result.finished]
        each = ", ".join(str(done.count(number)) for number in range(len(result.plan.variants)))
        by_variant = "" if result.plan.sensitivity is not None else f" ({each} by variant)"
        yield (
            f"Not complete: {len(done)} runs are finished{by_variant}; the figures are of those, "
            "differences of the replications that both variants have."
        )
    if missed := precision_missed(result, family):
        yield ""
        yield f"The intervals are still wider than asked for: {', '.join(missed)}"
    breaches = [
        f"{result.plan.variants[done.task.variant].label}, replication {done.task.replication}: {breach}"
        for done in result.finished
        for breach in done.outcome.breaches
    ]
    if breaches:
        yield ""
        yield f"The history checks found {len(breaches)} breaches: these figures are not to be believed."
        yield from breaches[:_MOST_BREACHES]
