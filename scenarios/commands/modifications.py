"""``dccbench modifications``: what can be switched, what became of it, what it changes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any, Final

from dcc.decision_tables.index import TABLES
from dcc.decision_tables.model import DecisionRow, DecisionTable
from dcc.errors import DccValueError
from dcc.modification_records import RECORDS, record_named
from dcc.modifications import Known, SecModification
from dcc.releases import RELEASES, switch_labels
from scenarios.commands import ExitStatus, emit
from scenarios.errors import InputError
from scenarios.explain_tables import table_of, table_text
from scenarios.modifications_json import as_json, listed_as_json

LIST_SCHEMA: Final = "dccbench/modifications/1"
SCHEMA: Final = "dccbench/modification/1"
"""Both change whenever a key changes its meaning or goes away."""

_NOT_SEEN: Final = "in no source seen"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand, which lists, and ``show`` below it."""
    parser = subparsers.add_parser(
        "modifications",
        help="list the modifications of the Code that can be switched, or explain one",
        description="List the modifications of the Smart Energy Code that a run can switch on and off, the "
        "releases that have them on, and what became of each.",
        usage="%(prog)s [-h] [--debug] [--json] [show NAME]",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    more = parser.add_subparsers(title="more", metavar="show", prog=parser.prog)
    shown = more.add_parser(
        "show",
        help="explain one: the rule before and after, its decision table, the outcome, the tests",
        description="Explain a modification: the rule before and after it, its decision table, what became "
        "of it, and the tests that hold each row.",
    )
    shown.add_argument("modification", metavar="NAME", help="its number, or one of its switches")
    # The list's own option is taken over, so that it may stand on either side.
    shown.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    shown.set_defaults(run=show)


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    emit(_dumped(LIST_SCHEMA, listed_as_json()) if arguments.json else _list_as_text())
    return ExitStatus.FINE


def show(arguments: argparse.Namespace) -> int:
    """Print one modification.

    Raises:
        InputError: there is none of that name.
    """
    try:
        record = record_named(arguments.modification)
    except DccValueError as error:
        raise InputError(str(error)) from None
    table = TABLES.get(record.name)
    as_text = "\n".join(_explained(record, table))
    emit(_dumped(SCHEMA, as_json(record, table)) if arguments.json else as_text)
    return ExitStatus.FINE


def _dumped(schema: str, content: dict[str, Any]) -> str:
    said = {"schema": schema, "dccbench": version("dccbench"), **content}
    return json.dumps(said, indent=2, ensure_ascii=False)


def _list_as_text() -> str:
    table = table_of({"Number": 9, "Title": None, "Switches": 13, "In force": 13, "Outcome": 32})
    for record in RECORDS:
        switches = "\n".join(switch.value for switch in record.switches)
        table.add_row(record.number, record.title, switches, _in_force(record), record.outcome.text)
    releases = table_of({"Release": 13, "What it is": None, "On": 30, "Presumed": 22})
    for release in RELEASES:
        on, presumed = (
            ", ".join(switch_labels(item)) or "-" for item in (release.modifications, release.presumed)
        )
        releases.add_row(release.name, release.text, on, presumed)
    ending = "presumed: no source seen confirms that it was on by then"
    return f"{table_text(table)}\n{table_text(releases)}\n{ending}"


def _in_force(record: SecModification) -> str:
    since = record.in_force.since
    if since is None:
        return "never"
    return f"{since}" if record.in_force.confirmed else f"{since}, presumed"


def _explained(record: SecModification, table: DecisionTable | None) -> Iterator[str]:
    yield f"{record.number}: {record.title}"
    yield f"Outcome: {record.outcome}"
    yield f"In force: {_in_force(record)} ({record.in_force.why})"
    yield f"Switches: {', '.join(switch.value for switch in record.switches)}"
    yield f"Proposer: {record.proposer}"
    yield ""
    yield from _section("Problem", (record.problem,))
    yield from _section("Rule before", record.rule_before)
    yield from _section("Rule after", record.rule_after)
    yield from _section("Clauses", _known(record.clauses))
    yield from _section("Parties impacted", _known(record.parties_impacted))
    yield from _section("Cost", _known(record.cost))
    yield from _section("SEC objectives", _known(record.sec_objectives))
    yield from _section("Dates", (f"{item.when}: {item.event}" for item in record.milestones))
    if table is None:
        yield "Decision table: none"
    else:
        yield from _decision_table(table)


def _known(facts: Iterable[Known]) -> Iterator[str]:
    return map(str, facts)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from [f"  {line}" for line in lines] or [f"  {_NOT_SEEN}"]
    yield ""


def _decision_table(table: DecisionTable) -> Iterator[str]:
    shown = table_of({"#": 2, "Situation": None, "Outcome": 50})
    shown.show_lines = True
    for row in table.rows:
        situation = (f"{name} {value}" for name, value in zip(table.situation, row.situation, strict=True))
        shown.add_row(str(row.number), "; ".join(situation), "\n".join(_outcomes(table, row)))
    yield "Decision table:"
    yield table_text(shown)
    for column in table.columns:
        yield f"  {column.heading}: {', '.join(switch_labels(column.switches)) or 'nothing'} switched on"
    yield from _section("Also", table.notes) if table.notes else [""]
    assumed = [f"row {row.number}: {row.assumed}" for row in table.rows if row.assumed]
    yield from _section("Assumed, not confirmed", assumed or ["nothing"])
    yield "Tests:"
    for row in table.rows:
        yield f"  row {row.number}: {table.test_of(row) or 'none yet'}"


def _outcomes(table: DecisionTable, row: DecisionRow) -> Iterator[str]:
    """Each outcome once, behind the columns that have it."""
    for outcome in dict.fromkeys(row.outcomes):
        headings = [
            column.heading
            for column, other in zip(table.columns, row.outcomes, strict=True)
            if other == outcome
        ]
        named = "always" if len(headings) == len(table.columns) else ", ".join(headings)
        yield f"{named} -> {outcome}"
