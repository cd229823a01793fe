"""Two studies held against each other: what they were asked, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from dcc.releases import switch_labels
from scenarios.engine.family import Family
from scenarios.engine.outcome import Figure, Number, Outcome
from scenarios.errors import InputError
from scenarios.reporting.wording import NO_VALUE, value_text
from scenarios.study.planning import seed_of
from scenarios.study.results import Plan, StudyResult, Task, Variant
from scenarios.study.statistics import Estimate, estimate, figure_values


class Asked(NamedTuple):
    """Something that the studies were asked for in two ways, in words."""

    what: str
    first: str
    second: str


class Matched(NamedTuple):
    """A variant of the first study and the one of the second that it is held against, by their numbers.

    ``label`` is that of both or, where they have two, one and the other.
    """

    label: str
    first: int
    second: int


class FigureDiff(NamedTuple):
    """A figure of a matched variant in both studies; ``change`` is the second less the first.

    Where the seeds pair, ``pairs`` counts them and ``change`` has an interval; else it is the difference of
    the means, and has none. ``is_same`` is whether the figures of all replications are equal.
    """

    variant: str
    figure: Figure
    first: Estimate | None
    second: Estimate | None
    change: Estimate | None
    pairs: int
    is_same: bool


class StudyDiff(NamedTuple):
    """All that differs; ``runs_apart`` counts runs of one seed that did not come to the same, of ``runs``."""

    asked: tuple[Asked, ...]
    unmatched: tuple[str, ...]
    figures: tuple[FigureDiff, ...]
    runs: int
    runs_apart: int

    @property
    def is_same(self) -> bool:
        """Whether nothing at all differs."""
        told = self.asked or self.unmatched or self.runs_apart
        return not told and all(item.is_same for item in self.figures)


def study_diff(first: StudyResult, second: StudyResult, family: Family) -> StudyDiff:
    """What differs between two studies of one family.

    Raises:
        InputError: they are of different families.
    """
    if first.plan.family != second.plan.family:
        raise InputError(
            f"scenarios: {first.plan.family} and {second.plan.family}, expected studies of one scenario"
        )
    matched = tuple(_matched(first.plan, second.plan))
    runs = tuple(_pairs_of_runs(first, second, matched))
    return StudyDiff(
        (*_asked(first, second), *_asked_of_variants(first.plan, second.plan, matched, family)),
        tuple(_unmatched(first.plan, second.plan, matched)),
        tuple(_figures(first, second, matched, family)),
        len(runs),
        sum(one != other for one, other in runs),
    )


def _matched(first: Plan, second: Plan) -> Iterator[Matched]:
    """By label; of those left, by switches and values; of those left, if as many, by their order."""
    left = (dict(enumerate(first.variants)), dict(enumerate(second.variants)))
    found = [*_pairs(left, lambda variant: variant.label)]
    found += _pairs(left, lambda variant: (variant.modifications, tuple(variant.values.items())))
    if len(left[0]) == len(left[1]):
        found += zip(left[0], left[1], strict=True)
    for one, other in sorted(found):
        labels = first.variants[one].label, second.variants[other].label
        yield Matched(" / ".join(dict.fromkeys(labels)), one, other)


def _pairs(
    left: tuple[dict[int, Variant], dict[int, Variant]], key: Callable[[Variant], object]
) -> list[tuple[int, int]]:
    """The variants that have the same key, each once; they are left no more."""
    numbers = {key(variant): number for number, variant in reversed(left[1].items())}
    found = []
    for number, variant in list(left[0].items()):
        other = numbers.pop(key(variant), None)
        if other is not None:
            found.append((number, other))
            del left[0][number], left[1][other]
    return found


def _unmatched(first: Plan, second: Plan, matched: tuple[Matched, ...]) -> Iterator[str]:
    pairs = (("first", first, {item.first for item in matched}), ("second", second, {
        item.second for item in matched
    }))  # fmt: skip
    for which, plan, known in pairs:
        for number, variant in enumerate(plan.variants):
            if number not in known:
                yield f"variant {variant.label!r} is in the {which} study alone"


def _asked(first: StudyResult, second: StudyResult) -> Iterator[Asked]:
    for what, values in (
        ("dccbench", (first.version, second.version)),
        ("complete", (value_text(first.complete), value_text(second.complete))),
        *_plan_values(first.plan, second.plan),
    ):
        if values[0] != values[1]:
            yield Asked(what, *map(str, values))


def _plan_values(first: Plan, second: Plan) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in ("seed", "replications", "least_replications", "byte_share", "confidence"):
        yield name.replace("_", " "), (getattr(first, name), getattr(second, name))
    yield "precision", (_widths(first), _widths(second))
    yield "presumed", (_switches(first.presumed), _switches(second.presumed))


def _widths(plan: Plan) -> str:
    return ", ".join(f"{name} = {width:g}" for name, width in sorted(plan.precision.items())) or NO_VALUE


def _switches(modifications: Any) -> str:
    return ", ".join(switch_labels(modifications)) or NO_VALUE


def _asked_of_variants(
    first: Plan, second: Plan, matched: tuple[Matched, ...], family: Family
) -> Iterator[Asked]:
    """What differs in all matched variants in the same way is said once."""
    found: dict[Asked, list[str]] = {}
    for item in matched:
        one, other = first.variants[item.first], second.variants[item.second]
        for asked in _asked_of(one, other, family):
            found.setdefault(asked, []).append(item.label)
    for asked, labels in found.items():
        if len(labels) == len(matched):
            yield asked
        else:
            yield asked._replace(what=f"{asked.what}, {', '.join(labels)}")


def _asked_of(one: Variant, other: Variant, family: Family) -> Iterator[Asked]:
    if one.label != other.label:
        yield Asked("label", one.label, other.label)
    if one.modifications != other.modifications:
        yield Asked("modifications", _switches(one.modifications), _switches(other.modifications))
    for parameter in family.parameters:
        values = one.values[parameter.name], other.values[parameter.name]
        if values[0] != values[1]:
            yield Asked(parameter.path, *map(value_text, values))


def _figures(
    first: StudyResult, second: StudyResult, matched: tuple[Matched, ...], family: Family
) -> Iterator[FigureDiff]:
    for item in matched:
        for figure in family.figures:
            one = figure_values(first, item.first, figure.name)
            other = figure_values(second, item.second, figure.name)
            yield _figure(item.label, figure, one, other, first.plan, second.plan)


def _figure(
    label: str,
    figure: Figure,
    one: Mapping[int, Number],
    other: Mapping[int, Number],
    first: Plan,
    second: Plan,
) -> FigureDiff:
    of_one, of_other = (
        estimate([values[number] for number in sorted(values)], plan.confidence)
        for values, plan in ((one, first), (other, second))
    )
    both = [
        number for number in sorted(one.keys() & other.keys())
        if seed_of(first, number) == seed_of(second, number)
    ]  # fmt: skip
    if both:
        change = estimate([other[number] - one[number] for number in both], first.confidence)
    elif of_one is not None and of_other is not None:
        change = Estimate(0, of_other.mean - of_one.mean, None, None)
    else:
        change = None
    return FigureDiff(label, figure, of_one, of_other, change, len(both), dict(one) == dict(other))


def _pairs_of_runs(
    first: StudyResult, second: StudyResult, matched: tuple[Matched, ...]
) -> Iterator[tuple[Outcome, Outcome]]:
    """The runs of matched variants that were given the same seed."""
    there = {done.task: done.outcome for done in second.finished}
    numbers = {item.first: item.second for item in matched}
    for done in first.finished:
        number, replication = done.task
        if number in numbers and seed_of(first.plan, replication) == seed_of(second.plan, replication):
            other = there.get(Task(numbers[number], replication))
            if other is not None:
                yield done.outcome, other
