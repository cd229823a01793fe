"""``dccbench divergences``: what the bench assumes or leaves out, by clause where that is known."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any, Final

from scenarios.commands import ExitStatus, emit
from scenarios.explain_divergences import Section, sections
from scenarios.explain_tables import table_of, table_text, width_for

SCHEMA: Final = "dccbench/divergences/1"
"""Changes whenever a key changes its meaning or goes away."""

_WIDEST: Final = {"Name": 36, "Clause": 20, "In force": 24}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "divergences",
        help="print what is assumed and what is not modelled",
        description="Print everything that the bench assumes because no source could be read, and what it "
        "does not model, gathered from the code.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    found = sections()
    emit(json.dumps(_as_json(found), indent=2) if arguments.json else "\n".join(_lines(found)))
    return ExitStatus.FINE


def _as_json(found: Sequence[Section]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dccbench": version("dccbench"),
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "entries": [entry._asdict() for entry in section.entries],
            }
            for section in found
        ],
    }


def _lines(found: Sequence[Section]) -> Iterator[str]:
    for section in found:
        if section.entries:
            yield f"{section.title}: {len(section.entries)}{_shared(section)}"
            yield _table(section)
            yield ""
    count = sum(len(section.entries) for section in found)
    yield f"{count} in all; dccbench explain tells more of codes and rules"


def _shared(section: Section) -> str:
    """What all entries have in common, which then has no column."""
    shared = [next(iter(values)) for values in _values(section).values() if len(values) == 1]
    told = [value for value in shared if value is not None]
    return f" ({'; '.join(told)})" if told else ""


def _values(section: Section) -> dict[str, set[str | None]]:
    """The different values of the columns that a table may do without."""
    return {
        "Clause": {entry.clause for entry in section.entries},
        "In force": {entry.in_force for entry in section.entries},
    }


def _table(section: Section) -> str:
    columns: dict[str, int | None] = {
        "Name": width_for((entry.name for entry in section.entries), _WIDEST["Name"]),
        "What": None,
    }
    for column, values in _values(section).items():
        if len(values) > 1:
            columns[column] = width_for((column, *(value or "-" for value in values)), _WIDEST[column])
    table = table_of(columns)
    for entry in section.entries:
        cells = {"Name": entry.name, "What": entry.text, "Clause": entry.clause, "In force": entry.in_force}
        table.add_row(*(cells[column] or "-" for column in columns))
    return table_text(table)
