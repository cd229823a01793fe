"""When a study has enough replications: looked at after each whole one, in their order, and never by time."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.engine.outcome import Outcome
from scenarios.study.results import DIFFERENCE, Finished, Plan, StudyResult, Task
from scenarios.study.statistics import difference_values, estimate, figure_values


class StopRule:
    """Looks at each replication once, so that what it finds is a function of the outcomes alone."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
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
        return not precision_missed(so_far)


def precision_missed(result: StudyResult) -> tuple[str, ...]:
    """The figures, as the plan names them, whose intervals are wider than the plan asks for."""
    asked = result.plan.precision.items()
    return tuple(name for name, width in asked if not _is_precise(result, name, width))


def _is_precise(result: StudyResult, name: str, width: float) -> bool:
    figure = name.removeprefix(DIFFERENCE)
    values_of = figure_values if figure == name else difference_values
    for number, variant in enumerate(result.plan.variants):
        if figure != name and number == variant.baseline:
            continue
        found = estimate([*values_of(result, number, figure).values()], result.plan.confidence)
        if found is None or found.half_width is None or not found.half_width < width:
            return False
    return True
