"""A study file that asks for a plan again, found from the plan itself and tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from dcc.modification_records import RECORDS
from dcc.modifications import Modification
from dcc.releases import BEFORE, RELEASES, Release, in_order, release_at
from scenarios.engine.family import Family, Value
from scenarios.errors import InputError
from scenarios.reporting.sweeps import sweep_of
from scenarios.study.planning import StudySpec, SweepAxis, VariantSpec, plan_of
from scenarios.study.results import Plan, Variant
from scenarios.study.study_toml import toml_value
from scenarios.study.varied import SensitivitySpec, Varied


class Rerun(NamedTuple):
    """``study_file`` makes the plan again, ``command`` runs it."""

    command: str
    study_file: str


def rerun_of(plan: Plan, family: Family, version: str) -> Rerun | None:
    """How to run a plan again; None for one that no study file can ask for."""
    for spec in _candidates(plan, family):
        try:
            made = plan_of(spec)
        except InputError:
            continue
        if made == plan:
            verb = "compare" if len(plan.variants) > 1 else "run"
            command = f"dccbench {verb} study.toml --out again"
            return Rerun(command, "\n".join(_lines(spec, version)) + "\n")
    return None


def _candidates(plan: Plan, family: Family) -> Iterator[StudySpec]:
    sweep = sweep_of(plan, family)
    axes: tuple[SweepAxis, ...] = () if sweep is None else sweep.axes
    first = plan.variants[: plan.at_each_point]
    labels = tuple(variant.label for variant in first) if sweep is None else sweep.labels
    days = sorted({record.in_force.since for record in RECORDS if record.in_force.since})
    for release in dict.fromkeys((BEFORE, *RELEASES, *map(release_at, days))):
        spec = StudySpec(
            family,
            plan.seed,
            release,
            values=_shared(plan, family),
            sweep=axes,
            replications=plan.replications,
            least_replications=plan.least_replications,
            confidence=plan.confidence,
            precision=plan.precision,
            byte_share=plan.byte_share,
            sensitivity=_sensitivity(plan),
        )
        swept = {axis.name for axis in axes}
        variants = tuple(
            _variant(variant, label, release, swept)
            for variant, label in zip(plan.variants, labels, strict=False)
        )
        yield spec._replace(variants=variants)
        # One variant of no name of its own: what is switched is then the study's own.
        yield spec._replace(on=variants[0].on, off=variants[0].off)


def _sensitivity(plan: Plan) -> SensitivitySpec | None:
    asked = plan.sensitivity
    if asked is None:
        return None
    return SensitivitySpec(asked.figures, Varied.NAMED, {item.name: item.others for item in asked.inputs})


def _shared(plan: Plan, family: Family) -> dict[str, Value]:
    """The study's own values that are not the defaults: those of a variant that did not change them."""
    found = {}
    for parameter in family.parameters:
        name = parameter.name
        own = [variant.values[name] for variant in plan.variants if name not in variant.changed]
        if own and own[0] != family.default(parameter):
            found[name] = own[0]
    return found


def _variant(variant: Variant, label: str, release: Release, swept: set[str]) -> VariantSpec:
    on = set(variant.modifications)
    return VariantSpec(
        label,
        in_order(on - release.modifications),
        in_order(release.modifications - on),
        {name: variant.values[name] for name in variant.changed if name not in swept},
    )


def _lines(spec: StudySpec, version: str) -> Iterator[str]:
    yield f"# dccbench {version}"
    yield f"scenario = {toml_value(spec.family.name)}"
    yield f"seed = {spec.seed}"
    yield ""
    yield "[modifications]"
    yield f"release = {toml_value(spec.release.name)}"
    yield f"with = {_names(spec.on)}"
    yield f"without = {_names(spec.off)}"
    yield from _sections(spec)
    yield ""
    yield "[study]"
    yield f"replications = {spec.replications}"
    yield f"least_replications = {spec.least_replications}"
    yield f"confidence = {spec.confidence!r}"
    yield f"byte_share = {spec.byte_share!r}"
    if spec.precision:
        yield f"precision = {_inline(spec.precision)}"
    for variant in spec.variants:
        yield ""
        yield "[[variant]]"
        yield f"label = {toml_value(variant.label)}"
        yield f"with = {_names(variant.on)}"
        yield f"without = {_names(variant.off)}"
        yield f"values = {_inline(_by_path(spec.family, variant.values))}"
    if spec.sweep:
        yield ""
        yield "[sweep]"
        for axis in spec.sweep:
            yield f"{toml_value(axis.path)} = [{', '.join(map(toml_value, axis.values))}]"
    if spec.sensitivity is not None:
        yield from _sensitivity_lines(spec.family, spec.sensitivity)


def _sensitivity_lines(family: Family, asked: SensitivitySpec) -> Iterator[str]:
    yield ""
    yield "[sensitivity]"
    yield f"figures = [{', '.join(map(toml_value, asked.figures))}]"
    yield f"only = {toml_value(asked.only.value)}"
    yield ""
    yield "[sensitivity.values]"
    for parameter in family.parameters:
        if others := asked.named.get(parameter.name):
            yield f"{toml_value(parameter.path)} = [{', '.join(map(toml_value, others))}]"


def _sections(spec: StudySpec) -> Iterator[str]:
    section = None
    for parameter in sorted(spec.family.parameters, key=lambda item: item.section):
        if parameter.name in spec.values:
            if parameter.section != section:
                section = parameter.section
                yield ""
                yield f"[{section}]"
            yield f"{parameter.name} = {toml_value(spec.values[parameter.name])}"


def _by_path(family: Family, values: Mapping[str, Value]) -> dict[str, Value]:
    return {item.path: values[item.name] for item in family.parameters if item.name in values}


def _inline(values: Mapping[str, Value]) -> str:
    inner = ", ".join(f"{toml_value(key)} = {toml_value(value)}" for key, value in values.items())
    return f"{{ {inner} }}" if inner else "{}"


def _names(switches: Iterable[Modification]) -> str:
    return f"[{', '.join(toml_value(item.value) for item in switches)}]"
