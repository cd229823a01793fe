"""Means with their intervals over the replications of a study, and differences by pairs.

Intervals are Student's t, two-sided: they suppose replications that are independent, and means that are
near enough to normal. A stop rule that looks at them after each replication makes them a little too narrow.
Where nothing or everything was counted in every run they would say nothing: what stands for them then is in
:mod:`scenarios.study.pooled_bounds`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from scenarios.engine.family import Family
from scenarios.engine.outcome import Number
from scenarios.study.pooled_bounds import Bound, bounds_of, bounds_of_difference
from scenarios.study.results import StudyResult

_ROUNDING: Final = 1e-12
"""Values that are apart by this share of their mean are the same but for the last digits of their sums."""


class Estimate(NamedTuple):
    """A mean over ``replications``; ``sd`` and ``half_width`` are None below two.

    ``bound`` is the interval in place of one of no width, where all runs came to nothing, or to all.
    """

    replications: int
    mean: float
    sd: float | None
    half_width: float | None
    bound: Bound | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The low and the high end of the confidence interval."""
        if self.bound is not None:
            return self.bound
        return None if self.half_width is None else (self.mean - self.half_width, self.mean + self.half_width)


class FigureEstimate(NamedTuple):
    """A figure of a variant; ``share`` is its share of the figure that it is shown as a share of, 0 to 1."""

    variant: int
    figure: str
    estimate: Estimate
    share: Estimate | None = None


class DifferenceEstimate(NamedTuple):
    """A variant less its baseline, replication by replication; ``share`` is the difference of the shares."""

    variant: int
    baseline: int
    figure: str
    estimate: Estimate
    share: Estimate | None = None


def estimate(values: Sequence[Number], confidence: float) -> Estimate | None:
    """Mean, standard deviation of the sample and half-width of the interval; None of nothing."""
    count = len(values)
    if not count:
        return None
    mean = math.fsum(values) / count
    if count == 1:
        return Estimate(1, mean, None, None)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    if sd < _ROUNDING * abs(mean):
        sd = 0.0
    return Estimate(count, mean, sd, _t_quantile(count - 1, confidence) * sd / math.sqrt(count))


def figure_values(result: StudyResult, variant: int, figure: str) -> dict[int, Number]:
    """A figure of a variant by replication."""
    return {
        task.replication: outcome.figures[figure]
        for task, outcome, _ in result.finished
        if task.variant == variant and figure in outcome.figures
    }


def share_values(result: StudyResult, variant: int, figure: str, whole: str) -> dict[int, Number]:
    """A figure's share of another by replication, 0 to 1; those where the other is 0 are left out."""
    parts, wholes = (figure_values(result, variant, name) for name in (figure, whole))
    return {number: part / wholes[number] for number, part in parts.items() if wholes.get(number)}


def figure_estimates(result: StudyResult, family: Family) -> tuple[FigureEstimate, ...]:
    """Every figure of every variant, figures first; what no replication has given yet is left out."""
    confidence, found = result.plan.confidence, []
    for figure in family.figures:
        for variant in range(len(result.plan.variants)):
            of_figure = estimate(_listed(figure_values(result, variant, figure.name)), confidence)
            share = None
            if figure.share_of:
                of_whole = share_values(result, variant, figure.name, figure.share_of)
                share = estimate(_listed(of_whole), confidence)
                bounds = bounds_of(_counted(result, variant, figure.name, figure.share_of), confidence)
                of_figure, share = _with_bounds(of_figure, share, bounds)
            if of_figure is not None:
                found.append(FigureEstimate(variant, figure.name, of_figure, share))
    return tuple(found)


def difference_estimates(result: StudyResult, family: Family) -> tuple[DifferenceEstimate, ...]:
    """Every figure of every variant less its baseline, of the replications that both have."""
    confidence, found = result.plan.confidence, []
    for figure in family.figures:
        for number, variant in enumerate(result.plan.variants):
            if number == variant.baseline:
                continue
            values = (figure_values(result, which, figure.name) for which in (number, variant.baseline))
            of_figure = estimate(_paired(*values), confidence)
            share = None
            if figure.share_of:
                shares = (
                    share_values(result, which, figure.name, figure.share_of)
                    for which in (number, variant.baseline)
                )
                share = estimate(_paired(*shares), confidence)
                counted = [
                    _counted(result, which, figure.name, figure.share_of)
                    for which in (number, variant.baseline)
                ]
                of_figure, share = _with_bounds(
                    of_figure, share, bounds_of_difference(counted[0], counted[1], confidence)
                )
            if of_figure is not None:
                found.append(
                    DifferenceEstimate(number, variant.baseline, figure.name, of_figure, share),
                )
    return tuple(found)


def difference_values(result: StudyResult, variant: int, figure: str) -> dict[int, Number]:
    """A figure of a variant less that of its baseline, by replication."""
    there = figure_values(result, variant, figure)
    base = figure_values(result, result.plan.variants[variant].baseline, figure)
    return {number: there[number] - base[number] for number in sorted(there.keys() & base.keys())}


def _counted(result: StudyResult, variant: int, figure: str, whole: str) -> dict[int, tuple[Number, Number]]:
    """The figure and the one that it is a share of, by replication."""
    parts, wholes = (figure_values(result, variant, name) for name in (figure, whole))
    return {number: (part, wholes[number]) for number, part in parts.items() if number in wholes}


def _with_bounds(
    of_figure: Estimate | None, share: Estimate | None, bounds: tuple[Bound, Bound] | None
) -> tuple[Estimate | None, Estimate | None]:
    """Both with their bounds in place of intervals of no width."""
    if bounds is None:
        return of_figure, share
    return _in_place(of_figure, bounds[0]), _in_place(share, bounds[1])


def _in_place(item: Estimate | None, bound: Bound) -> Estimate | None:
    return item if item is None or item.half_width != 0 else item._replace(bound=bound)


def _paired(there: Mapping[int, Number], base: Mapping[int, Number]) -> list[Number]:
    return [there[number] - base[number] for number in sorted(there.keys() & base.keys())]


def _listed(values: Mapping[int, Number]) -> list[Number]:
    return [values[number] for number in sorted(values)]


@lru_cache(maxsize=1024)
def _t_quantile(degrees_of_freedom: int, confidence: float) -> float:
    # Here, for the library takes half a second to load, which nobody should wait for who needs no interval.
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # noqa: PLC0415

    return float(stdtrit(degrees_of_freedom, (1 + confidence) / 2))
