"""``dccbench rules``: the rule book in the order in which requests are checked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from scenarios.commands import ExitStatus, emit
from scenarios.explain_rules import RuleCode, RuleEntry, rule_entries
from scenarios.explain_tables import table_of, table_text

SCHEMA: Final = "dccbench/rules/1"
"""Changes whenever a key changes its meaning or goes away."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "rules",
        help="print the rule book of the DCC",
        description="Print the rules by which the DCC checks requests, in their order: the first that "
        "rejects decides the code. Assumed is what no source we could read states.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with the tests of each rule")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the rule book."""
    rules = rule_entries()
    emit(json.dumps(_as_json(rules), indent=2) if arguments.json else _as_text(rules))
    return ExitStatus.FINE


def _as_json(rules: Sequence[RuleEntry]) -> dict[str, Any]:
    return {"schema": SCHEMA, "dccbench": version("dccbench"), "rules": [_rule(entry) for entry in rules]}


def _rule(entry: RuleEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "id": entry.id,
        "step": entry.step,
        "clause": entry.clause._asdict(),
        "text": entry.text,
        "codes": [_code(given) for given in entry.codes],
        "confirmed": entry.confirmed,
        "modification": entry.modification.value if entry.modification else None,
        "tests": list(entry.tests),
    }


def _code(given: RuleCode) -> dict[str, Any]:
    """Services are null where the code serves every service that the rule applies to."""
    code = given.code
    return {
        "code": code.value,
        "confirmed": code.confirmed,
        "stand_in": code.stand_in,
        "services": list(given.services) or None,
    }


def _as_text(rules: Sequence[RuleEntry]) -> str:
    table = table_of({"#": 3, "Step": 4, "Rule": None, "Codes": 14, "Source": 9, "Tests": 5})
    for entry in rules:
        table.add_row(
            str(entry.number),
            entry.step,
            f"{entry.id}\n{entry.text}\n({entry.clause})",
            "\n".join(_shown(given) for given in entry.codes),
            _source(entry),
            str(len(entry.tests)),
        )
    assumed = sum(not entry.confirmed for entry in rules)
    ending = f"{len(rules)} rules, {assumed} of them assumed; so is their order"
    return f"{table_text(table)}\n{ending}"


def _shown(given: RuleCode) -> str:
    return "\n  ".join((given.code.value, *given.services))


def _source(entry: RuleEntry) -> str:
    source = "confirmed" if entry.confirmed else "assumed"
    return f"{source}\n{entry.modification.value}\nonly" if entry.modification else source
