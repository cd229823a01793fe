"""Which inputs a study of sensitivity varies, and what it tries each as."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from scenarios.engine.family import Family, Parameter, Value
from scenarios.engine.ranges import plausible_values
from scenarios.errors import InputError
from scenarios.study.parameters import all_values
from scenarios.study.results import VariedInput


class Varied(enum.Enum):
    """Which inputs a study of sensitivity tries other values of."""

    ASSUMED = "assumed"
    """Those that no source confirms, but for choices of whoever studies."""

    ALL = "all"
    """All that have other plausible values, choices of whoever studies among them."""

    NAMED = "named"
    """Those alone for which it is said."""


class SensitivitySpec(NamedTuple):
    """A study of sensitivity as it is asked for: which ``figures``, by default the family's headline.

    ``named`` has by parameter the values to try in place of the plausible ones; None for these.
    """

    figures: tuple[str, ...] = ()
    only: Varied = Varied.ASSUMED
    named: Mapping[str, tuple[Value, ...] | None] = {}


def varied_inputs(
    family: Family, values: Mapping[str, Value], asked: SensitivitySpec
) -> tuple[VariedInput, ...]:
    """The inputs to vary about a study's own ``values``, in the order of the family.

    Of what is plausible, values that do not fit the other inputs are left out; those named are not.

    Raises:
        InputError: there is nothing to vary, or an input that is named has nothing else to be tried as, or
            is to be tried as something that does not fit the other inputs.
    """
    found = tuple(_varied(family, values, asked))
    if not found:
        raise InputError(
            "sensitivity: no input to vary, expected some that are named (--parameter) or assumed"
        )
    return found


def _varied(family: Family, values: Mapping[str, Value], asked: SensitivitySpec) -> Iterator[VariedInput]:
    own = all_values(family, values)
    for parameter in family.parameters:
        name = parameter.name
        if not (name in asked.named or _is_asked_for(parameter, asked.only)):
            continue
        given = asked.named.get(name)
        if given is None:
            plausible = plausible_values(family, parameter, own[name]).values
            others = tuple(value for value in plausible if not _problem(family, {**values, name: value}))
        else:
            others = tuple(value for value in given if value != own[name])
            for value in others:
                if problem := _problem(family, {**values, name: value}):
                    raise InputError(f"sensitivity: {parameter.path} = {value}: {problem}")
        if others:
            yield VariedInput(parameter.path, name, own[name], others)
        elif name in asked.named:
            raise InputError(
                f"sensitivity: {parameter.path} has nothing to be tried as but {own[name]}, expected values "
                f"for it, as {parameter.path}=LOW..HIGH"
            )


def _is_asked_for(parameter: Parameter, only: Varied) -> bool:
    if only is Varied.ASSUMED:
        return not parameter.confirmed and not parameter.is_choice
    return only is Varied.ALL


def _problem(family: Family, values: Mapping[str, Value]) -> str:
    """Why values do not fit together; nothing if they do."""
    try:
        inputs = family.inputs(values)
        if family.check is not None:
            family.check(inputs)
    except InputError as error:
        return str(error)
    return ""
