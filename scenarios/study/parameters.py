"""Values of a family's parameters as people give them: in study files and on the command line.

A parameter goes by its path, ``population.homes``. Whatever cannot be used is named with path, value and what
was expected; a path that there is not, with the nearest that there is.
"""

from __future__ import annotations

import difflib
import enum
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from scenarios.engine.family import Family, Parameter, Value, as_given, written
from scenarios.errors import InputError

_NEAR_ENOUGH: Final = 0.5
_MOST_LISTED: Final = 12
_TRUTHS: Final = {"true": True, "false": False}


def parameter_at(family: Family, path: str, where: str = "") -> Parameter:
    """The parameter of a path; ``where`` begins the text of an error.

    Raises:
        InputError: there is none; the text names the nearest.
    """
    by_path = {parameter.path: parameter for parameter in family.parameters}
    if path in by_path:
        return by_path[path]
    elsewhere = [known for known in by_path if known.rpartition(".")[2] == path.rpartition(".")[2]]
    raise unknown(f"{where}{path}", "parameter", elsewhere[:1] or by_path, path)


def unknown(path: str, what: str, names: Iterable[str], name: str | None = None) -> InputError:
    """The error of a name that is not known: the nearest that is, or all of them where none is near."""
    known = tuple(names)
    near = difflib.get_close_matches(name if name is not None else path, known, n=1, cutoff=_NEAR_ENOUGH)
    if len(known) == 1:
        near = list(known)
    if near:
        return InputError(f"{path}: no such {what}, did you mean {near[0]}?")
    listed = ", ".join(known[:_MOST_LISTED]) + (", .." if len(known) > _MOST_LISTED else "")
    return InputError(f"{path}: no such {what}, expected one of: {listed or 'none'}")


def checked(family: Family, parameter: Parameter, value: object, where: str = "") -> Value:
    """A value out of a study file, as the family's inputs take it; 5.0 will do for 5, a text for a day.

    Raises:
        InputError: it is of the wrong kind, or out of its limits.
    """
    try:
        if not isinstance(value, (bool, int, float, str, date)) or isinstance(value, datetime):
            kind = expected_kind(family, parameter)
            raise InputError(f"{parameter.path}: {as_given(value)}, expected {kind}")
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{parameter.path}: {value}, expected a finite number")
        fitted = _fitted(_default(family, parameter), value)
        inputs = family.inputs({parameter.name: fitted})
    except InputError as error:
        raise InputError(f"{where}{error}") from None
    return written(getattr(inputs, parameter.name))


def parsed(family: Family, parameter: Parameter, text: str, where: str = "") -> Value:
    """A value off the command line, as it would be written in a study file but for quotation marks.

    Raises:
        InputError: it is of the wrong kind, or out of its limits.
    """
    return checked(family, parameter, _typed(_default(family, parameter), text.strip()), where)


def _typed(default: Any, text: str) -> Value:
    """The value that a text stands for, seen that default; the text itself where it stands for none."""
    if isinstance(default, enum.Enum):
        return {str(member.value).lower(): written(member) for member in type(default)}.get(
            text.lower(), text
        )
    if isinstance(default, bool):
        return _TRUTHS.get(text.lower(), text)
    for kind in (int, float) if isinstance(default, (int, float)) else ():
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def expected_kind(family: Family, parameter: Parameter) -> str:
    """What a parameter expects, in words."""
    default = _default(family, parameter)
    if isinstance(default, enum.Enum):
        return f"one of: {', '.join(repr(member.value) for member in type(default))}"
    return {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        date: "a day, YYYY-MM-DD",
    }.get(type(default), "a text")


def all_values(family: Family, given: Mapping[str, Value]) -> dict[str, Value]:
    """Every parameter's value by name: those given, and the defaults.

    Raises:
        InputError: a value is of the wrong kind, or out of its limits.
    """
    inputs = family.inputs(given)
    return {parameter.name: written(getattr(inputs, parameter.name)) for parameter in family.parameters}


def _default(family: Family, parameter: Parameter) -> Any:
    return family.inputs_type._field_defaults[parameter.name]


def _fitted(default: Any, value: Value) -> Value:
    """TOML and JSON write days and whole numbers in two ways each."""
    if type(default) is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(default, date) and isinstance(value, str):
        try:
            return date.fromisoformat(value) if len(value) == len("YYYY-MM-DD") else value
        except ValueError:
            return value
    return value
