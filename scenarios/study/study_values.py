"""Plans and outcomes as JSON values and back, the same to the last digit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from dcc.modifications import Modification
from scenarios.engine.family import Family, Value
from scenarios.engine.outcome import Number, Outcome, Series, Table
from scenarios.study.parameters import all_values, checked
from scenarios.study.results import Plan, Sensitivity, Variant, VariedInput

Json = dict[str, Any]


def plan_values(plan: Plan) -> Json:
    """A plan; switches go by name, values by the name of the parameter, days as YYYY-MM-DD."""
    return {
        "scenario": plan.family,
        "seed": plan.seed,
        "replications": plan.replications,
        "least_replications": plan.least_replications,
        "confidence": plan.confidence,
        "precision": dict(plan.precision),
        "byte_share": plan.byte_share,
        "presumed": [item.value for item in plan.presumed],
        "variants": [
            {
                "label": variant.label,
                "modifications": [item.value for item in variant.modifications],
                "baseline": variant.baseline,
                "changed": list(variant.changed),
                "values": {name: value_as_json(value) for name, value in variant.values.items()},
            }
            for variant in plan.variants
        ],
        "sensitivity": None if plan.sensitivity is None else {
            "figures": list(plan.sensitivity.figures),
            "inputs": [
                {
                    "path": item.path,
                    "name": item.name,
                    "value": value_as_json(item.value),
                    "others": list(map(value_as_json, item.others)),
                }
                for item in plan.sensitivity.inputs
            ],
        },
    }  # fmt: skip


def plan_from(values: Mapping[str, Any], family: Family) -> Plan:
    """The plan that these are the values of.

    Raises:
        InputError: the family's parameters are no longer those.
        KeyError, TypeError, ValueError: they are no plan.
    """
    return Plan(
        family.name,
        values["seed"],
        tuple(_variant(entry, family) for entry in values["variants"]),
        replications=values["replications"],
        byte_share=values["byte_share"],
        confidence=values["confidence"],
        precision=values["precision"],
        least_replications=values["least_replications"],
        presumed=tuple(map(Modification, values["presumed"])),
        sensitivity=_sensitivity(values.get("sensitivity"), family),
    )


def outcome_values(outcome: Outcome) -> Json:
    """An outcome.

    Raises:
        ValueError: a figure is no finite number.
    """
    for name, number in outcome.figures.items():
        if not math.isfinite(number):
            raise ValueError(f"figure {name}: {number}, expected a finite number")
    return {
        "figures": dict(outcome.figures),
        "series": [
            {**item._asdict(), "first_day": item.first_day.isoformat(), "values": list(item.values)}
            for item in outcome.series
        ],
        "tables": [
            {**item._asdict(), "columns": list(item.columns), "rows": [list(row) for row in item.rows]}
            for item in outcome.tables
        ],
        "messages": outcome.messages,
        "simulated_seconds": outcome.simulated_seconds,
        "end": outcome.end,
        "breaches": list(outcome.breaches),
    }


def outcome_from(values: Mapping[str, Any]) -> Outcome:
    """The outcome that these are the values of.

    Raises:
        KeyError, TypeError, ValueError: they are none.
    """
    figures: dict[str, Number] = dict(values["figures"])
    return Outcome(
        figures,
        tuple(_series(entry) for entry in values["series"]),
        tuple(
            Table(entry["name"], entry["title"], tuple(entry["columns"]), tuple(map(tuple, entry["rows"])))
            for entry in values["tables"]
        ),
        values["messages"],
        values["simulated_seconds"],
        values["end"],
        tuple(values["breaches"]),
    )


def value_as_json(value: Value) -> int | float | str | bool:
    """A value of a parameter; a day as YYYY-MM-DD."""
    return value.isoformat() if isinstance(value, date) else value


def _variant(entry: Mapping[str, Any], family: Family) -> Variant:
    by_name = {parameter.name: parameter for parameter in family.parameters}
    values = {name: checked(family, by_name[name], value) for name, value in entry["values"].items()}
    return Variant(
        entry["label"],
        tuple(map(Modification, entry["modifications"])),
        all_values(family, values),
        tuple(entry["changed"]),
        entry["baseline"],
    )


def _sensitivity(entry: Mapping[str, Any] | None, family: Family) -> Sensitivity | None:
    if entry is None:
        return None
    by_name = {parameter.name: parameter for parameter in family.parameters}
    return Sensitivity(
        tuple(entry["figures"]),
        tuple(
            VariedInput(
                item["path"],
                item["name"],
                checked(family, by_name[item["name"]], item["value"]),
                tuple(checked(family, by_name[item["name"]], other) for other in item["others"]),
            )
            for item in entry["inputs"]
        ),
    )


def _series(entry: Mapping[str, Any]) -> Series:
    first_day = date.fromisoformat(entry["first_day"])
    values = tuple(entry["values"])
    return Series(entry["name"], entry["label"], entry["unit"], first_day, values, entry["is_per_day"])
