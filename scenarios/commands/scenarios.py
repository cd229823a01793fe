"""``dccbench scenarios``: the families of scenarios, their questions, parameters and sources."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from textwrap import wrap
from typing import Any, Final

from dcc.releases import switch_labels
from scenarios import families
from scenarios.commands import ExitStatus, emit
from scenarios.engine.family import Family, Parameter, Value
from scenarios.engine.ranges import BY_RULE, RULE, plausible_values
from scenarios.explain_tables import table_of, table_text, width_for
from scenarios.study.file_schema import study_schema
from scenarios.study.study_json import parameters_as_json
from scenarios.study.study_toml import limits_in_words, plausible_text, source_in_words, study_toml

LIST_SCHEMA: Final = "dccbench/scenarios/1"
SCHEMA: Final = "dccbench/scenario/1"
"""Both change whenever a key changes its meaning or goes away."""

_CHOICE: Final = "a choice of the study, which dccbench sensitivity leaves alone unless told otherwise"
_WIDTH: Final = 110


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand, which lists, and those below it."""
    parser = subparsers.add_parser(
        "scenarios",
        help="list the families of scenarios, or explain one",
        description="List the families of scenarios: each answers a question by running parties, the DCC and "
        "devices over days or months.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    more = parser.add_subparsers(title="more", metavar="show | schema")
    shown = more.add_parser(
        "show",
        help="explain one: question, parameters with their sources, figures",
        description="Explain a family of scenarios: its question, each parameter with default, unit, limits "
        "and source, and the figures that come out.",
    )
    shown.add_argument("name", metavar="NAME", help="the scenario")
    form = shown.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    text = "print a study file with all the defaults, to be changed and run"
    form.add_argument("--toml", action="store_true", help=text)
    shown.set_defaults(run=show)
    described = more.add_parser(
        "schema",
        help="print the JSON Schema of study files",
        description="Print the JSON Schema (draft 2020-12) of study files, for editors and other programs.",
    )
    described.add_argument("name", metavar="NAME", nargs="?", help="of one scenario alone")
    described.set_defaults(run=schema)


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    emit(_list_as_json() if arguments.json else _list_as_text())
    return ExitStatus.FINE


def show(arguments: argparse.Namespace) -> int:
    """Print one family.

    Raises:
        InputError: there is none of that name.
    """
    family = families.family_named(arguments.name)
    if arguments.toml:
        emit(study_toml(family).rstrip("\n"))
    elif arguments.json:
        emit(_as_json(family))
    else:
        emit("\n".join(_explained(family)))
    return ExitStatus.FINE


def schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of the study files of one family, or of all.

    Raises:
        InputError: there is no family of that name.
    """
    chosen = [families.family_named(arguments.name)] if arguments.name else families.FAMILIES.values()
    emit(json.dumps(study_schema(chosen), indent=2, ensure_ascii=False))
    return ExitStatus.FINE


def _list_as_json() -> str:
    listed = [
        {"name": family.name, "title": family.title, "question": family.question}
        for family in families.FAMILIES.values()
    ]
    return _dumped(LIST_SCHEMA, {"scenarios": listed})


def _as_json(family: Family) -> str:
    content = {
        "name": family.name,
        "title": family.title,
        "question": family.question,
        "text": family.text,
        "compared": [item.value for item in family.compared],
        "apart": family.apart,
        "parameters": parameters_as_json(family),
        "figures": [figure._asdict() for figure in family.figures],
    }
    return _dumped(SCHEMA, content)


def _dumped(of: str, content: dict[str, Any]) -> str:
    said = {"schema": of, "dccbench": version("dccbench"), **content}
    return json.dumps(said, indent=2, ensure_ascii=False)


def _list_as_text() -> str:
    table = table_of({"Scenario": width_for(families.FAMILIES, 24), "Question": None, "Compares": 13})
    for family in families.FAMILIES.values():
        table.add_row(
            family.name,
            f"{family.title}\n{family.question}",
            "\n".join(switch_labels(family.compared)) or "-",
        )
    return f"{table_text(table)}\nMore of one: dccbench scenarios show NAME"


def _explained(family: Family) -> Iterator[str]:
    yield f"{family.name}: {family.title}"
    yield family.question
    yield ""
    yield family.text
    yield ""
    yield table_text(_parameters(family))
    confirmed = sum(parameter.confirmed for parameter in family.parameters)
    yield f"{len(family.parameters)} parameters: sources confirm {confirmed}, the others are assumed"
    yield from wrap(f"Plausible, where the source column does not say: {RULE}. [..]: {_CHOICE}.", _WIDTH)
    yield ""
    figures = table_of({"Figure": None, "What it is": None, "Unit": None, "Share of": None, "Better": None})
    for figure in family.figures:
        figures.add_row(figure.name, figure.label, figure.unit, figure.share_of or "-", figure.better or "-")
    yield table_text(figures)
    if family.compared:
        each = ", each alone" if family.apart else ""
        yield f"Compared by default: {', '.join(switch_labels(family.compared))}, off{each} and on"
    yield f"To change and run: dccbench scenarios show {family.name} --toml > FILE.toml"


def _parameters(family: Family) -> Any:
    widest = width_for((part for item in family.parameters for part in item.path.split(".")), 30)
    table = table_of(
        {
            "Section\n  name": widest + 2,
            "Default (plausible)\nunit, limits": 22,
            "What it is": None,
            "Source": 19,
        }
    )
    section = ""
    # Each section once, as in the study file; within it the order is the family's.
    sections = list(dict.fromkeys(parameter.section for parameter in family.parameters))
    for parameter in sorted(family.parameters, key=lambda item: sections.index(item.section)):
        if parameter.section != section:
            section = parameter.section
            table.add_section()
            table.add_row(section)
        table.add_row(
            f"  {parameter.name}",
            f"{_with_plausible(family, parameter)}\n{_expected(parameter)}".rstrip(),
            parameter.text,
            _source(family, parameter),
        )
    return table


def _with_plausible(family: Family, parameter: Parameter) -> str:
    """The default, and beside it what else is plausible: in square brackets for what the study chooses."""
    values, _ = plausible_values(family, parameter)
    own = shown_value(family.default(parameter))
    if not values:
        return own
    text = plausible_text(values)
    return f"{own} [{text}]" if parameter.is_choice else f"{own} ({text})"


def _expected(parameter: Parameter) -> str:
    return ", ".join(filter(None, (parameter.unit, limits_in_words(parameter))))


def _source(family: Family, parameter: Parameter) -> str:
    plausible = plausible_values(family, parameter)
    stated = plausible.source != BY_RULE
    said = source_in_words(parameter)
    return f"{said}\nplausible: {plausible.source}" if stated and plausible.values else said


def shown_value(value: Value) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
