"""Series of all runs put together: by variant and day the mean over replications, the lowest and highest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from scenarios.engine.outcome import Number, Series
from scenarios.study.results import StudyResult

_ONE_DAY = timedelta(days=1)


class Curve(NamedTuple):
    """A variant's values by day from ``first_day`` on: mean, lowest and highest of the replications."""

    variant: int
    first_day: date
    mean: tuple[float, ...]
    low: tuple[Number, ...]
    high: tuple[Number, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The day of each value."""
        return tuple(self.first_day + number * _ONE_DAY for number in range(len(self.mean)))

    @property
    def peak(self) -> tuple[date, float]:
        """The first day on which the mean is highest, and that mean."""
        highest = max(self.mean)
        return self.days[self.mean.index(highest)], highest


class Curves(NamedTuple):
    """A quantity over time in all variants that have it; ``name`` is that of the series."""

    name: str
    label: str
    unit: str
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
    return tuple(
        Curves(
            name,
            first.label,
            first.unit,
            tuple(_curve(variant, runs) for variant, runs in sorted(by_name[name].items())),
        )
        for name, first in named.items()
    )


def _curve(variant: int, runs: Iterable[Series]) -> Curve:
    """Days that only some of the runs have count by those that have them."""
    by_day: dict[date, list[Number]] = {}
    for series in runs:
        for offset, value in enumerate(series.values):
            by_day.setdefault(series.first_day + offset * _ONE_DAY, []).append(value)
    values = [by_day[day] for day in sorted(by_day)]
    return Curve(
        variant,
        min(by_day),
        tuple(math.fsum(each) / len(each) for each in values),
        tuple(map(min, values)),
        tuple(map(max, values)),
    )
