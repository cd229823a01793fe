"""A study file with all the defaults of a family, each with its unit and its source as comments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from textwrap import wrap
from typing import Final

from dcc.releases import BEFORE
from scenarios.engine.family import Family, Parameter, Value
from scenarios.engine.ranges import plausible_values
from scenarios.study.parameters import expected_kind
from scenarios.study.varied import Varied

_WIDTH: Final = 100
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def study_toml(family: Family) -> str:
    """The file, ending in a line feed; loaded, it is the study of the family as it comes."""
    lines = [
        *_comment(f"{family.title}: {family.question}"),
        f"scenario = {toml_value(family.name)}",
        "seed = 1",
        "",
        "[modifications]",
        f"release = {toml_value(BEFORE.name)}",
        "with = []",
        "without = []",
    ]
    by_section: dict[str, list[Parameter]] = {}
    for parameter in family.parameters:
        by_section.setdefault(parameter.section, []).append(parameter)
    for section, parameters in by_section.items():
        lines += ["", f"[{section}]"]
        for parameter in parameters:
            lines += [*_parameter(family, parameter), ""]
        lines.pop()
    return "\n".join([*lines, "", *_study(), "", *_to_vary(family), "", *_to_compare(family)]) + "\n"


def toml_value(value: Value) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    return value.isoformat() if isinstance(value, date) else repr(value)


def limits_in_words(parameter: Parameter) -> str:
    """The limits of a parameter; nothing where it has none."""
    low, high = parameter.least, parameter.most
    if low is None:
        return "" if high is None else f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def source_in_words(parameter: Parameter) -> str:
    """Where the default comes from, and whether it stands there."""
    if parameter.confirmed:
        return f"{parameter.source} (confirmed)"
    doubted = "assumed" in parameter.source or "not confirmed" in parameter.source
    return parameter.source if doubted else f"{parameter.source} (not confirmed)"


def plausible_in_words(family: Family, parameter: Parameter) -> str:
    """What a parameter might plausibly be other than its default, and where that is from."""
    values, source = plausible_values(family, parameter)
    if not values:
        return "nothing else"
    said = f"{plausible_text(values)} ({source})"
    return f"{said}; a choice of the study" if parameter.is_choice else said


def plausible_text(values: tuple[Value, ...]) -> str:
    """Other values of a parameter, briefly: the ends of a range, or each of a choice."""
    is_range = len(values) == 2 and not any(isinstance(value, (str, bool)) for value in values)
    written = [toml_value(value) if isinstance(value, bool) else str(value) for value in values]
    return " to ".join(written) if is_range else ", ".join(written)


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return sign if sign.isprintable() else f"\\U{ord(sign):08X}"


def _parameter(family: Family, parameter: Parameter) -> Iterator[str]:
    yield from _comment(f"{parameter.text[:1].upper()}{parameter.text[1:]}.")
    unit = f" {parameter.unit}" if parameter.unit else ""
    expected = f"{limits_in_words(parameter)}{unit}" if limits_in_words(parameter) else unit.strip()
    yield from _comment(f"Expected: {expected or expected_kind(family, parameter)}.")
    yield from _comment(f"Source: {source_in_words(parameter)}.")
    yield from _comment(f"Plausible: {plausible_in_words(family, parameter)}.")
    yield f"{parameter.name} = {toml_value(family.default(parameter))}"


def _study() -> Iterator[str]:
    yield "[study]"
    yield from _comment("Replications differ in their seeds alone; with two or more there are intervals.")
    yield "replications = 1"
    yield "confidence = 0.95"
    yield from _comment("Share of homes with real cryptography; the others have stand-ins. 0 to 1.")
    yield "byte_share = 1.0"


def _to_vary(family: Family) -> Iterator[str]:
    """How a study of sensitivity is written, in comments."""
    yield from _comment("Which assumption carries the answer? Each by itself as what else is plausible:")
    yield from ("#", "# [sensitivity]", f"# figures = [{toml_value(family.headline_figure)}]")
    yield from (f"# only = {toml_value(Varied.ASSUMED.value)}", "# values = {}")


def _to_compare(family: Family) -> Iterator[str]:
    """How variants and sweeps are written, with switches and a parameter of the family; all in comments."""
    yield from _comment("Variants are compared with the first one; a sweep compares each of the values:")
    switches = ", ".join(toml_value(switch.value) for switch in family.compared)
    parameter = family.parameters[0]
    path, default = toml_value(parameter.path), toml_value(family.default(parameter))
    yield "#"
    yield from ("# [[variant]]", '# label = "as above"')
    yield from ("#", "# [[variant]]", '# label = "changed"', f"# with = [{switches}]")
    yield f"# values = {{ {path} = {default} }}"
    yield from ("#", "# [sweep]", f"# {path} = [{default}]")


def _comment(text: str) -> Iterator[str]:
    for line in wrap(" ".join(text.split()), _WIDTH - 2):
        yield f"# {line}"
