"""When a study has enough replications: looked at after each whole one, in their order, and never by time."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.engine.family import Family
from scenarios.engine.outcome import Outcome
from scenarios.study.results import DIFFERENCE, Finished, Plan, StudyResult, Task
from scenarios.study.statistics import Estimate, difference_estimates, figure_estimates


class StopRule:
    """Looks at each replication once, so that what it finds is a function of the outcomes alone."""

    def __init__(self, plan: Plan, family: Family) -> None:
        self._plan = plan
        self._family = family
        self._whole = 0
        self.replications = plan.replications
        """How many there are to be, as far as is known by now."""

    def look(self, outcomes: Mapping[Task, Outcome]) -> None:
        """Look at the replications that have become whole: all before them are too."""
        variants = range(len(self._plan.variants))
        while self._whole < self.replications:
            if not all(Task(variant, self._whole) in outcomes for variant in variants):
                return
            self._whole += 1
            if self._is_enough(outcomes):
                self.replications = self._whole

    @property
    def is_reached(self) -> bool:
        """Whether every replication that there is to be is whole."""
        return self._whole == self.replications

    def _is_enough(self, outcomes: Mapping[Task, Outcome]) -> bool:
        plan = self._plan
        if not plan.precision or self._whole < max(2, plan.least_replications):
            return False
        tasks = (
            Task(variant, number) for number in range(self._whole) for variant in range(len(plan.variants))
        )
        so_far = StudyResult("", plan, tuple(Finished(task, outcomes[task]) for task in tasks), False)
        return not precision_missed(so_far, self._family)


def precision_missed(result: StudyResult, family: Family) -> tuple[str, ...]:
    """The figures, as the plan names them, whose intervals are wider than the plan asks for.

    Of a count that was none, or all, in every run, the interval goes to its bound.
    """
    if not result.plan.precision:
        return ()
    found = {(item.figure, item.variant): item.estimate for item in figure_estimates(result, family)}
    for item in difference_estimates(result, family):
        found[f"{DIFFERENCE}{item.figure}", item.variant] = item.estimate
    return tuple(
        name for name, width in result.plan.precision.items() if not _is_precise(result, found, name, width)
    )


def _is_precise(
    result: StudyResult, found: Mapping[tuple[str, int], Estimate], name: str, width: float
) -> bool:
    for number, variant in enumerate(result.plan.variants):
        if name.startswith(DIFFERENCE) and number == variant.baseline:
            continue
        item = found.get((name, number))
        if item is None or item.interval is None:
            return False
        low, high = item.interval
        if not max(item.mean - low, high - item.mean) < width:
            return False
    return True
