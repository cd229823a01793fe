"""What a report says of sensitivity: rankings of the inputs, and the study with its own values alone."""

from __future__ import annotations

from typing import NamedTuple

from scenarios.engine.family import Family, Parameter, Value
from scenarios.engine.ranges import plausible_values
from scenarios.study.results import StudyResult, VariedInput
from scenarios.study.sensitivity import Ranking, rankings_of


class Tried(NamedTuple):
    """An input that was varied, and where the values come from that it was tried as."""

    parameter: Parameter
    input: VariedInput
    source: str


class SensitivityPart(NamedTuple):
    """``rankings`` are of the figures that were asked for, ``others`` of the other headline figures.

    ``left`` are the paths of the inputs that were not varied.
    """

    rankings: tuple[Ranking, ...]
    others: tuple[Ranking, ...]
    tried: tuple[Tried, ...]
    left: tuple[str, ...]

    def parameter(self, name: str) -> Parameter:
        """An input that was varied, by name."""
        return next(item.parameter for item in self.tried if item.input.name == name)


def sensitivity_of(result: StudyResult, family: Family) -> SensitivityPart | None:
    """The part of a study that has one; None else."""
    asked = result.plan.sensitivity
    if asked is None:
        return None
    by_name = {parameter.name: parameter for parameter in family.parameters}
    others = [item.name for item in family.figures if item.better and item.name not in asked.figures]
    names = {item.name for item in asked.inputs}
    return SensitivityPart(
        tuple(ranking for figure in asked.figures for ranking in rankings_of(result, figure)),
        tuple(ranking for figure in others for ranking in rankings_of(result, figure)),
        tuple(
            Tried(by_name[item.name], item, _source(family, by_name[item.name], item))
            for item in asked.inputs
        ),
        tuple(parameter.path for parameter in family.parameters if parameter.name not in names),
    )


def with_own_values(result: StudyResult) -> StudyResult:
    """The study without what was tried: its first variant, or before and after."""
    plan = result.plan
    if plan.sensitivity is None:
        return result
    first = plan.variants[: plan.at_each_point]
    finished = tuple(done for done in result.finished if done.task.variant < len(first))
    return result._replace(plan=plan._replace(variants=first), finished=finished)


def _source(family: Family, parameter: Parameter, item: VariedInput) -> str:
    plausible = plausible_values(family, parameter, item.value)
    return plausible.source if set(item.others) <= set(plausible.values) else "set by this study"


def side_of(own: Value, other: Value) -> int:
    """-1 for a lower value, 1 for a higher one, 0 for another of a choice."""
    if isinstance(own, (bool, str)) or isinstance(other, (bool, str)):
        return 0
    return 1 if other > own else -1  # type: ignore[operator]
