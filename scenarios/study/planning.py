"""From what is asked for to a plan: the variants, each with all its values, and the seeds of replications."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple

from dcc.modifications import Modification
from dcc.releases import BEFORE, Release, in_order, switch_labels, switched
from scenarios.engine.family import Family, Value
from scenarios.errors import InputError
from scenarios.study.parameters import all_values, unknown
from scenarios.study.results import DIFFERENCE, Plan, Sensitivity, Task, Variant, VariedInput
from scenarios.study.varied import SensitivitySpec, varied_inputs
from scenarios.switching import Switching

MOST_REPLICATIONS: Final = 10_000
MOST_VARIANTS: Final = 1_000
DEFAULT_MOST_REPLICATIONS: Final = 100
DEFAULT_LEAST_REPLICATIONS: Final = 5
"""So many replications at most, and at least, where only a precision is asked for."""

_SEED_BITS: Final = 63
_Point = tuple[tuple["SweepAxis | VariedInput", Value], ...]


class VariantSpec(NamedTuple):
    """A variant as it is asked for: what it changes in the study's own switches and values, by name."""

    label: str
    on: tuple[Modification, ...] = ()
    off: tuple[Modification, ...] = ()
    values: Mapping[str, Value] = {}


class SweepAxis(NamedTuple):
    """A parameter, by path and name, and the values that it is to have one after the other."""

    path: str
    name: str
    values: tuple[Value, ...]


class StudySpec(NamedTuple):
    """A study as it is asked for, by file, by command line or both; ``values`` are by name of parameter.

    ``replications`` is None where nobody says, which is 1 without a precision to reach, and so is
    ``least_replications``: a precision is not to be met by a few runs that happen to be alike.
    """

    family: Family
    seed: int = 1
    release: Release = BEFORE
    on: tuple[Modification, ...] = ()
    off: tuple[Modification, ...] = ()
    values: Mapping[str, Value] = {}
    variants: tuple[VariantSpec, ...] = ()
    sweep: tuple[SweepAxis, ...] = ()
    replications: int | None = None
    least_replications: int | None = None
    confidence: float = 0.95
    precision: Mapping[str, float] = {}
    byte_share: float = 1.0
    sensitivity: SensitivitySpec | None = None


def plan_of(spec: StudySpec) -> Plan:
    """The plan of a study: its variants are those asked for, at each point of the sweep.

    A variant is compared with the first of its point, and the first of a later point with the very first.

    Raises:
        InputError: something does not fit together.
    """
    varied = _sensitivity(spec)
    variants = _variants(spec, varied)
    _check(spec, variants)
    most = spec.replications or (DEFAULT_MOST_REPLICATIONS if spec.precision else 1)
    on = {item for variant in variants for item in variant.modifications}
    by_hand = {item for variant in spec.variants for item in variant.on}.union(spec.on)
    return Plan(
        spec.family.name,
        spec.seed,
        variants,
        replications=most,
        byte_share=spec.byte_share,
        confidence=spec.confidence,
        precision=dict(spec.precision),
        least_replications=spec.least_replications or min(DEFAULT_LEAST_REPLICATIONS, max(2, most)),
        presumed=in_order((spec.release.presumed & on) - by_hand),
        sensitivity=varied,
    )


def switch_pair(on: tuple[Modification, ...], off: tuple[Modification, ...] = ()) -> tuple[VariantSpec, ...]:
    """Before and after: the first variant has the switches the other way round.

    Raises:
        InputError: a switch is to be both on and off.
    """
    _refuse_both("--with and --without", on, off)
    before, after = VariantSpec(_label(off, on), off, on), VariantSpec(_label(on, off), on, off)
    return before, after


def default_variants(family: Family) -> tuple[VariantSpec, ...]:
    """What is compared where nobody says: without and with the switches that a family is about.

    Those with effects apart come alone in between. None of a family that is about no switch.
    """
    on = family.compared
    if not on:
        return ()
    before, after = switch_pair(on)
    if not family.apart:
        return before, after
    alone = (VariantSpec(_label((one,), ()), (one,), in_order(set(on) - {one})) for one in on)
    return before, *alone, after


def seed_of(plan: Plan, replication: int) -> int:
    """The seed of a replication, the same for all variants: the study's own, then others made of it."""
    if replication == 0:
        return plan.seed
    digest = hashlib.sha256(f"{plan.seed}/replication/{replication}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS)


def tasks_of(plan: Plan) -> Iterator[Task]:
    """The tasks in their order: all variants of a replication, then those of the next."""
    for replication in range(plan.replications):
        for variant in range(len(plan.variants)):
            yield Task(variant, replication)


def _sensitivity(spec: StudySpec) -> Sensitivity | None:
    asked = spec.sensitivity
    if asked is None:
        return None
    if spec.sweep:
        raise InputError("sensitivity: there is a sweep, expected one or the other")
    if len(spec.variants) > 2:
        raise InputError(f"sensitivity: {len(spec.variants)} variants, expected one, or before and after")
    known = [figure.name for figure in spec.family.figures]
    for name in asked.figures:
        if name not in known:
            raise unknown(f"sensitivity.figures: {name}", "figure", known, name)
    found = Sensitivity(
        asked.figures or (spec.family.headline_figure,), varied_inputs(spec.family, spec.values, asked)
    )
    own = {name for variant in spec.variants for name in variant.values}
    for item in found.inputs:
        if item.name in own:
            raise InputError(f"sensitivity: {item.path} is set by a variant, expected the study to set it")
    return found


def _variants(spec: StudySpec, varied: Sensitivity | None) -> tuple[Variant, ...]:
    base = Switching(spec.release, spec.on, spec.off)
    asked = spec.variants or (VariantSpec(base.runs[0].label),)
    own = switched(spec.release, spec.on, spec.off)
    points = list(_points(spec, varied))
    if len(points) * len(asked) > MOST_VARIANTS:
        raise InputError(f"variants: {len(points) * len(asked)}, expected at most {MOST_VARIANTS}")
    found = []
    for number, point in enumerate(points):
        swept = {parameter.name: value for parameter, value in point}
        for position, variant in enumerate(asked):
            _refuse_both(f"variant {variant.label}", variant.on, variant.off)
            values = {**spec.values, **variant.values, **swept}
            found.append(
                Variant(
                    _point_label(spec, variant, point),
                    in_order(own.union(variant.on).difference(variant.off)),
                    all_values(spec.family, values),
                    _changed(spec, values),
                    number * len(asked) if position else 0,
                )
            )
    return tuple(found)


def _points(spec: StudySpec, varied: Sensitivity | None) -> Iterator[_Point]:
    """What is set at each point: every combination of a sweep; of sensitivity nothing, then one at a time."""
    if varied is None:
        for values in product(*(axis.values for axis in spec.sweep)):
            yield tuple(zip(spec.sweep, values, strict=True))
        return
    yield ()
    for item in varied.inputs:
        yield from (((item, value),) for value in item.others)


def _point_label(spec: StudySpec, variant: VariantSpec, point: _Point) -> str:
    told = [f"{parameter.path} = {_shown(value)}" for parameter, value in point]
    return ", ".join([variant.label, *told] if spec.variants or not told else told)


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _changed(spec: StudySpec, values: Mapping[str, Value]) -> tuple[str, ...]:
    own, here = all_values(spec.family, spec.values), all_values(spec.family, values)
    return tuple(name for name in own if own[name] != here[name])


def _label(on: tuple[Modification, ...], off: tuple[Modification, ...]) -> str:
    told = [f"{word} {', '.join(switch_labels(these))}" for word, these in (("with", on), ("without", off))]
    return " ".join(text for text, these in zip(told, (on, off), strict=True) if these)


def _refuse_both(where: str, on: tuple[Modification, ...], off: tuple[Modification, ...]) -> None:
    both = in_order(set(on) & set(off))
    if both:
        raise InputError(f"{where}: both name {', '.join(switch_labels(both))}, expected different switches")


def _check(spec: StudySpec, variants: tuple[Variant, ...]) -> None:
    labels = [variant.label for variant in variants]
    for label in labels:
        if labels.count(label) > 1:
            raise InputError(f"variant.label: {label!r}, expected each label once")
    figures = [figure.name for figure in spec.family.figures]
    for name in spec.precision:
        plain = name.removeprefix(DIFFERENCE)
        if plain not in figures:
            raise unknown(f"study.precision.{name}", "figure", figures, plain)
        if plain != name and len(variants) == 1:
            raise InputError(f"study.precision.{name}: there is one variant, expected two or more to compare")
    most, least = spec.replications, spec.least_replications or 2
    if spec.precision and most is not None and most < least:
        raise InputError(f"study.replications: {most}, expected at least {least}, or no precision")
