"""Series of all runs put together: by variant and time the mean over replications, the lowest and highest.

What is counted by the day is summed by the week where there are many days: seldom events draw no line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from scenarios.engine.outcome import Number, Series
from scenarios.study.results import StudyResult

_ONE_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
MOST_SINGLE_DAYS: Final = 42


class Curve(NamedTuple):
    """A variant's values from ``first_day`` on: mean, lowest and highest of the replications.

    Each is of ``step_days`` days. ``total`` is the mean of the sums of all days, where these make sense.
    """

    variant: int
    first_day: date
    step_days: int
    mean: tuple[float, ...]
    low: tuple[Number, ...]
    high: tuple[Number, ...]
    total: float | None

    @property
    def days(self) -> tuple[date, ...]:
        """The day of each value, the first of those that it is of."""
        return tuple(self.first_day + number * self.step_days * _ONE_DAY for number in range(len(self.mean)))

    @property
    def peak(self) -> tuple[date, float]:
        """The first day on which the mean is highest, and that mean."""
        highest = max(self.mean)
        return self.days[self.mean.index(highest)], highest


class Curves(NamedTuple):
    """A quantity over time in all variants that have it; ``name`` is that of the series.

    ``step_days`` is 1 or, for sums, 7; a week that is not whole at the end is left out of them.
    """

    name: str
    label: str
    unit: str
    is_per_day: bool
    step_days: int
    curves: tuple[Curve, ...]


def curves_of(result: StudyResult) -> tuple[Curves, ...]:
    """Every series by name, in the order in which the runs have them."""
    named: dict[str, Series] = {}
    by_name: dict[str, dict[int, list[Series]]] = {}
    for task, outcome, _ in result.finished:
        for series in outcome.series:
            if series.values:
                named.setdefault(series.name, series)
                by_name.setdefault(series.name, {}).setdefault(task.variant, []).append(series)
    return tuple(_curves(first, by_name[name]) for name, first in named.items())


def _curves(first: Series, runs: Mapping[int, Sequence[Series]]) -> Curves:
    longest = max(len(series.values) for each in runs.values() for series in each)
    step = _WEEK if first.is_per_day and longest > MOST_SINGLE_DAYS else 1
    found = (_curve(variant, each, step) for variant, each in sorted(runs.items()))
    return Curves(first.name, first.label, first.unit, first.is_per_day, step, tuple(found))


def _curve(variant: int, runs: Sequence[Series], step: int) -> Curve:
    """Days that only some of the runs have count by those that have them."""
    sums = [math.fsum(series.values) for series in runs]
    by_day: dict[date, list[Number]] = {}
    for series in runs:
        for offset, value in enumerate(_by_step(series.values, step)):
            by_day.setdefault(series.first_day + offset * step * _ONE_DAY, []).append(value)
    values = [by_day[day] for day in sorted(by_day)]
    return Curve(
        variant,
        min(by_day),
        step,
        tuple(math.fsum(each) / len(each) for each in values),
        tuple(map(min, values)),
        tuple(map(max, values)),
        math.fsum(sums) / len(sums) if runs[0].is_per_day else None,
    )


def _by_step(values: Sequence[Number], step: int) -> Sequence[Number]:
    """Sums of so many values each; what is left over at the end is left out, unless it is all there is."""
    whole = len(values) // step or 1
    return [sum(values[number * step : (number + 1) * step]) for number in range(whole)]
