"""What was swept in a study: the axes and points of its plan, found again in its variants."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from scenarios.engine.family import Family, Parameter, Value
from scenarios.study.planning import SweepAxis
from scenarios.study.results import Plan, Variant


class Sweep(NamedTuple):
    """``labels`` are those of the variants at each point; variant number point * len(labels) + position."""

    axes: tuple[SweepAxis, ...]
    labels: tuple[str, ...]

    @property
    def points(self) -> tuple[tuple[Value, ...], ...]:
        """The values of the axes at each point, in the order of the variants."""
        return tuple(product(*(axis.values for axis in self.axes)))


def sweep_of(plan: Plan, family: Family) -> Sweep | None:
    """The sweep of a plan; None where it has none, or its variants are not those of one."""
    told = _told_in_labels(plan.variants, family)
    if not told:
        return None
    axes = tuple(
        SweepAxis(item.path, item.name, tuple(dict.fromkeys(v.values[item.name] for v in plan.variants)))
        for item in told
    )
    points = list(product(*(axis.values for axis in axes)))
    if len(plan.variants) % len(points):
        return None
    at_each = len(plan.variants) // len(points)
    for number, variant in enumerate(plan.variants):
        point = tuple(variant.values[axis.name] for axis in axes)
        if point != points[number // at_each]:
            return None
    return Sweep(axes, tuple(_own_label(variant, told) for variant in plan.variants[:at_each]))


def _told_in_labels(variants: tuple[Variant, ...], family: Family) -> list[Parameter]:
    """The parameters that every label ends with, in the order of the labels."""
    first = variants[0]
    told = [item for item in family.parameters if all(_phrase(v, item) in _parts(v) for v in variants)]
    return sorted(told, key=lambda item: _parts(first).index(_phrase(first, item)))


def _parts(variant: Variant) -> list[str]:
    return variant.label.split(", ")


def _phrase(variant: Variant, parameter: Parameter) -> str:
    value = variant.values[parameter.name]
    return f"{parameter.path} = {str(value).lower() if isinstance(value, bool) else value}"


def _own_label(variant: Variant, told: list[Parameter]) -> str:
    phrases = {_phrase(variant, item) for item in told}
    return ", ".join(part for part in _parts(variant) if part not in phrases)
