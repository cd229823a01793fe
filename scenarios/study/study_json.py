"""What came of a study, for machines. Keys keep their order; nothing in it depends on clock or machine."""

from __future__ import annotations

import json
from typing import Any, Final

from scenarios.engine.family import Family, Parameter
from scenarios.engine.ranges import plausible_values
from scenarios.study.planning import seed_of
from scenarios.study.results import Finished, Plan, StudyResult
from scenarios.study.sensitivity import Ranking, rankings_of
from scenarios.study.statistics import Estimate, difference_estimates, figure_estimates
from scenarios.study.stop_rule import precision_missed
from scenarios.study.study_values import plan_values, value_as_json

SCHEMA: Final = "dccbench/study/1"
"""Changes whenever a key changes its meaning or goes away."""


def study_json(result: StudyResult, family: Family) -> str:
    """The study as JSON, ending in a line feed; shares are 0 to 1, days YYYY-MM-DD."""
    return json.dumps(study_report(result, family), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def study_report(result: StudyResult, family: Family) -> dict[str, Any]:
    """The study as JSON values; what needs two replications is null with one."""
    return {
        "schema": SCHEMA,
        "dccbench": result.version,
        "title": family.title,
        "question": family.question,
        "complete": result.complete,
        "precision_missed": list(precision_missed(result, family)),
        "plan": plan_values(result.plan),
        "parameters": parameters_as_json(family),
        "figures": [figure._asdict() for figure in family.figures],
        "estimates": [
            {
                "variant": item.variant,
                "figure": item.figure,
                **(estimate_as_json(item.estimate) or {}),
                "share": estimate_as_json(item.share),
            }
            for item in figure_estimates(result, family)
        ],
        "differences": [
            {
                "variant": item.variant,
                "baseline": item.baseline,
                "figure": item.figure,
                **(estimate_as_json(item.estimate) or {}),
                "share": estimate_as_json(item.share),
            }
            for item in difference_estimates(result, family)
        ],
        "sensitivity": sensitivity_as_json(result),
        "tasks": [_task(result.plan, done) for done in result.finished],
    }


def parameters_as_json(family: Family) -> list[dict[str, Any]]:
    """The parameters of a family with their defaults."""
    return [
        {
            "path": parameter.path,
            "text": parameter.text,
            "default": value_as_json(family.default(parameter)),
            "unit": parameter.unit,
            "least": None if parameter.least is None else value_as_json(parameter.least),
            "most": None if parameter.most is None else value_as_json(parameter.most),
            "source": parameter.source,
            "confirmed": parameter.confirmed,
            "plausible": _plausible(family, parameter),
            "is_choice": parameter.is_choice,
        }
        for parameter in family.parameters
    ]


def sensitivity_as_json(result: StudyResult) -> list[dict[str, Any]] | None:
    """The inputs in the order of their effects, by figure and variant; None of a study that asks for none."""
    asked = result.plan.sensitivity
    if asked is None:
        return None
    return [ranking_as_json(ranking) for figure in asked.figures for ranking in rankings_of(result, figure)]


def ranking_as_json(ranking: Ranking) -> dict[str, Any]:
    """A ranking; ``may_be_chance`` and the verdict are those that tables tell."""
    return {
        "figure": ranking.figure,
        "of": ranking.label,
        "is_difference": ranking.is_difference,
        "own": estimate_as_json(ranking.base),
        "inputs": [
            {
                "path": item.input.path,
                "value": value_as_json(item.input.value),
                "span": item.span,
                "may_be_chance": item.is_noise,
                "effects": [
                    {
                        "value": value_as_json(effect.value),
                        "figure": estimate_as_json(effect.figure),
                        "change": estimate_as_json(effect.change),
                        "may_be_chance": effect.is_noise,
                        "verdict": ranking.verdict(effect).value if ranking.is_difference else None,
                    }
                    for effect in item.effects
                ],
            }
            for item in ranking.inputs
        ],
    }


def _plausible(family: Family, parameter: Parameter) -> dict[str, Any]:
    values, source = plausible_values(family, parameter)
    return {"values": list(map(value_as_json, values)), "source": source}


def estimate_as_json(item: Estimate | None) -> dict[str, Any] | None:
    """A mean with its interval, and what kind that is; None of nothing."""
    if item is None:
        return None
    low, high = item.interval or (None, None)
    kind = None if low is None else "Student's t" if item.bound is None else "Clopper-Pearson"
    return {
        "replications": item.replications,
        "mean": item.mean,
        "sd": item.sd,
        "low": low,
        "high": high,
        "interval": kind,
    }


def _task(plan: Plan, done: Finished) -> dict[str, Any]:
    task, outcome, _ = done
    return {
        "variant": task.variant,
        "replication": task.replication,
        "seed": seed_of(plan, task.replication),
        "figures": dict(outcome.figures),
        "messages": outcome.messages,
        "simulated_seconds": outcome.simulated_seconds,
        "end": outcome.end,
        "breaches": list(outcome.breaches),
    }
