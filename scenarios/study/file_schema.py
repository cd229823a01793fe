"""The JSON Schema (draft 2020-12) of study files, made of the families; for editors and for other programs.

TOML's days are texts in it. What it cannot say we check all the same: limits of days, labels and paths that
are there twice, switches that are both on and off, a precision with too few replications, a sweep beside
sensitivity.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from dcc.modification_records import switch_names
from dcc.releases import BEFORE, RELEASES
from scenarios.engine.family import Family, Parameter
from scenarios.study.planning import MOST_REPLICATIONS
from scenarios.study.results import DIFFERENCE
from scenarios.study.study_file import MOST_SEED
from scenarios.study.study_toml import plausible_in_words, source_in_words
from scenarios.study.varied import Varied

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_Schema = dict[str, Any]


def study_schema(families: Iterable[Family]) -> _Schema:
    """The schema of the study files of one family or of several: which one is by ``scenario``."""
    known = list(families)
    if len(known) == 1:
        return {"$schema": DIALECT, "title": f"Study of {known[0].name}", **_of_family(known[0])}
    return {
        "$schema": DIALECT,
        "title": "Study file of dccbench",
        "type": "object",
        "required": ["scenario"],
        "properties": {"scenario": {"enum": [family.name for family in known]}},
        "allOf": [
            {
                "if": {"properties": {"scenario": {"const": family.name}}, "required": ["scenario"]},
                "then": {"$ref": f"#/$defs/{family.name}"},
            }
            for family in known
        ],
        "$defs": {family.name: _of_family(family) for family in known},
    }


def _of_family(family: Family) -> _Schema:
    values = _by_section(family, {item.path: _value(family, item) for item in family.parameters})
    lists = {item.path: _list_of(_value(family, item, annotated=False)) for item in family.parameters}
    plain = {item.path: _value(family, item, annotated=False) for item in family.parameters}
    return _closed(
        {
            "scenario": {"const": family.name, "description": family.question},
            "seed": {"type": "integer", "minimum": 0, "maximum": MOST_SEED, "default": 1},
            "modifications": _closed({"release": _release(), **_switches()}),
            **values,
            "study": _study(family),
            "variant": {
                "type": "array",
                "items": _closed(
                    {
                        "label": {"type": "string", "pattern": r"^[^\n\r]*\S[^\n\r]*$"},
                        **_switches(),
                        "values": _closed({**plain, **_by_section(family, plain)}),
                    },
                    required=["label"],
                ),
            },
            "sweep": _closed({**lists, **_by_section(family, lists)}),
            "sensitivity": _closed(
                {
                    "figures": _list_of({"enum": [figure.name for figure in family.figures]}),
                    "only": {"enum": [item.value for item in Varied], "default": Varied.ASSUMED.value},
                    "values": _closed({**lists, **_by_section(family, lists)}),
                }
            ),
        },
        required=["scenario"],
    )


def _closed(properties: Mapping[str, Any], **more: Any) -> _Schema:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties), **more}


def _by_section(family: Family, by_path: Mapping[str, _Schema]) -> dict[str, _Schema]:
    """Schemas of paths in tables of their own: ``population.homes`` as ``homes`` in ``population``."""
    sections: dict[str, dict[str, _Schema]] = {}
    for parameter in family.parameters:
        sections.setdefault(parameter.section, {})[parameter.name] = by_path[parameter.path]
    return {section: _closed(entries) for section, entries in sections.items()}


def _value(family: Family, parameter: Parameter, *, annotated: bool = True) -> _Schema:
    default = family.inputs_type._field_defaults[parameter.name]
    schema = {**_kind(default), **_limits(parameter)}
    if annotated:
        plain = family.default(parameter)
        schema["default"] = plain.isoformat() if isinstance(plain, date) else plain
        unit = f" Unit: {parameter.unit}." if parameter.unit else ""
        plausible = f" Plausible: {plausible_in_words(family, parameter)}."
        schema["description"] = f"{parameter.text}.{unit} Source: {source_in_words(parameter)}.{plausible}"
    return schema


def _kind(default: Any) -> _Schema:
    if isinstance(default, enum.Enum):
        return {"enum": [member.value for member in type(default)]}
    if isinstance(default, date):
        return {"type": "string", **_DAY}
    return {"type": {bool: "boolean", int: "integer", float: "number", str: "string"}[type(default)]}


def _limits(parameter: Parameter) -> _Schema:
    limits = {"minimum": parameter.least, "maximum": parameter.most}
    return {key: value for key, value in limits.items() if isinstance(value, (int, float))}


def _list_of(item: _Schema) -> _Schema:
    return {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}


def _switches() -> dict[str, _Schema]:
    names = {"type": "array", "items": {"type": "string", "pattern": _in_any_case(switch_names())}}
    return {"with": names, "without": names}


def _release() -> _Schema:
    named = {"type": "string", "pattern": _in_any_case(release.name for release in RELEASES)}
    return {"anyOf": [named, {"type": "string", **_DAY}], "default": BEFORE.name}


def _study(family: Family) -> _Schema:
    width = {"type": "number", "exclusiveMinimum": 0}
    widths = {figure.name: width for figure in family.figures}
    dotted = {f"{DIFFERENCE}{name}": width for name in widths}
    precision = _closed({**widths, **dotted, DIFFERENCE.rstrip("."): _closed(widths)})
    return _closed(
        {
            "replications": {"type": "integer", "minimum": 1, "maximum": MOST_REPLICATIONS},
            "least_replications": {"type": "integer", "minimum": 2, "maximum": MOST_REPLICATIONS},
            "confidence": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "precision": precision,
            "byte_share": {"type": "number", "minimum": 0, "maximum": 1},
        }
    )


def _in_any_case(names: Iterable[str]) -> str:
    """A pattern: JSON Schema knows no flags."""
    return "^(?:" + "|".join("".join(map(_either_case, name)) for name in names) + ")$"


def _either_case(sign: str) -> str:
    if sign == ".":
        return "[.]"
    return f"[{sign.upper()}{sign}]" if sign.isalpha() else sign


_DAY: Final[_Schema] = {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
