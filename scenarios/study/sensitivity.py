"""Which input carries the answer: inputs in the order of how far each by itself moves a figure.

All runs of a replication have the same random events, so an effect is a mean of differences by pairs: the run
with another value less the one with the study's own. What one input does together with another is not seen.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scenarios.engine.family import Value
from scenarios.engine.outcome import Number
from scenarios.study.results import Plan, StudyResult, VariedInput
from scenarios.study.statistics import Estimate, estimate, figure_values


class Verdict(enum.Enum):
    """What another value makes of a difference between before and after."""

    STAYS = "stays"
    """It has the same sign, and its interval has no 0 in it."""

    UNCLEAR = "no longer clear"
    """Its interval has 0 in it, though with the study's own values it has none."""

    GONE = "goes away"
    """It is 0 in every replication."""

    TURNS = "turns over"
    """It has the other sign, and its interval has no 0 in it."""

    OPEN = "not known"
    """There are too few replications, or with the study's own values it is not clear either."""


class Effect(NamedTuple):
    """Another value of an input: what the figure comes to with it, and by how much that is another mean."""

    value: Value
    figure: Estimate
    change: Estimate

    @property
    def is_noise(self) -> bool:
        """Whether it may well be chance, or is no change at all; of one replication nobody knows."""
        return may_be_chance(self.change)


class RankedInput(NamedTuple):
    """An input with the effects of its other values, as far as they were run."""

    input: VariedInput
    effects: tuple[Effect, ...]

    @property
    def span(self) -> float:
        """From the lowest to the highest mean, that of the study's own value among them."""
        changes = [0.0, *(effect.change.mean for effect in self.effects)]
        return max(changes) - min(changes)

    @property
    def is_noise(self) -> bool:
        """Whether each of its effects may be chance."""
        return all(effect.is_noise for effect in self.effects)


class Ranking(NamedTuple):
    """The inputs for one figure of ``label``: a variant, or the difference between before and after.

    Inputs whose effect is told from chance come first, each kind by its span. ``base`` is the figure with
    the study's own values. ``is_difference`` tells that it is the later variant less the earlier.
    """

    figure: str
    label: str
    is_difference: bool
    base: Estimate
    inputs: tuple[RankedInput, ...]

    @property
    def effects(self) -> int:
        """How many effects there are in all."""
        return sum(len(item.effects) for item in self.inputs)

    @property
    def clear_inputs(self) -> tuple[RankedInput, ...]:
        """Those whose effect is told from chance."""
        return tuple(item for item in self.inputs if not item.is_noise)

    def verdict(self, effect: Effect) -> Verdict:
        """What a value makes of the answer, where that is a difference."""
        base, there = _sign(self.base), _sign(effect.figure)
        if base is None or there is None or not base:
            return Verdict.OPEN
        if not there:
            return Verdict.UNCLEAR if effect.figure.mean or effect.figure.half_width else Verdict.GONE
        return Verdict.STAYS if there == base else Verdict.TURNS

    def with_verdict(self, verdict: Verdict) -> tuple[tuple[RankedInput, Effect], ...]:
        """The values that come to a verdict."""
        pairs = ((item, effect) for item in self.inputs for effect in item.effects)
        return tuple((item, effect) for item, effect in pairs if self.verdict(effect) is verdict)


def rankings_of(result: StudyResult, figure: str) -> tuple[Ranking, ...]:
    """The inputs ranked for a figure: of each variant and, where there are two, of their difference first.

    What no replication has given yet is left out; without the study's own values there is no ranking.
    """
    plan = result.plan
    if plan.sensitivity is None:
        return ()
    positions = range(plan.at_each_point)
    by_variant = [figure_values(result, number, figure) for number in range(len(plan.variants))]
    columns: list[tuple[str, bool, Sequence[Mapping[int, Number]]]] = [
        (plan.variants[position].label, False, by_variant[position :: plan.at_each_point])
        for position in positions
    ]
    if len(columns) == 2:
        label = f"{columns[1][0]} less {columns[0][0]}"
        pairs = zip(columns[0][2], columns[1][2], strict=True)
        columns.insert(0, (label, True, [_less(after, before) for before, after in pairs]))
    found = (_ranking(plan, figure, *column) for column in columns)
    return tuple(ranking for ranking in found if ranking is not None)


def may_be_chance(item: Estimate) -> bool:
    """Whether an interval has 0 in it; a mean of 0 without an interval is none, either."""
    if item.interval is None:
        return not item.mean
    low, high = item.interval
    return low <= 0 <= high


def _ranking(
    plan: Plan, figure: str, label: str, is_difference: bool, values: Sequence[Mapping[int, Number]]
) -> Ranking | None:
    assert plan.sensitivity is not None
    base = estimate(_listed(values[0]), plan.confidence)
    if base is None:
        return None
    place, inputs = 1, []
    for item in plan.sensitivity.inputs:
        there = values[place : place + len(item.others)]
        place += len(item.others)
        effects = (
            _effect(value, each, values[0], plan.confidence)
            for value, each in zip(item.others, there, strict=True)
        )
        inputs.append(RankedInput(item, tuple(effect for effect in effects if effect is not None)))
    in_order = sorted(inputs, key=lambda item: (item.is_noise, -item.span))
    return Ranking(figure, label, is_difference, base, tuple(in_order))


def _effect(
    value: Value, there: Mapping[int, Number], base: Mapping[int, Number], confidence: float
) -> Effect | None:
    figure = estimate(_listed(there), confidence)
    change = estimate(_listed(_less(there, base)), confidence)
    return None if figure is None or change is None else Effect(value, figure, change)


def _less(there: Mapping[int, Number], base: Mapping[int, Number]) -> dict[int, Number]:
    return {number: there[number] - base[number] for number in there.keys() & base.keys()}


def _listed(values: Mapping[int, Number]) -> list[Number]:
    return [values[number] for number in sorted(values)]


def _sign(item: Estimate) -> int | None:
    """1 or -1; 0 where it may be chance; None where nobody knows."""
    if item.interval is None:
        return None
    if may_be_chance(item):
        return 0
    return 1 if item.mean > 0 else -1
