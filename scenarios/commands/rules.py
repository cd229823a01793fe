"""``dccbench rules``: the rule books in the order in which requests are checked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from scenarios.commands import ExitStatus, emit
from scenarios.explain_rules import Book, RuleCode, RuleEntry, rule_entries
from scenarios.explain_tables import table_of, table_text

SCHEMA: Final = "dccbench/rules/1"
"""Changes whenever a key changes its meaning or goes away."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "rules",
        help="print the rule books of the DCC",
        description="Print the rules by which the DCC checks requests, in their order: the first that "
        "rejects decides the code. After them come the checks of an S1SP, which has a book of its own for "
        "requests to SMETS1 devices that the DSP has passed. Assumed is what no source we could read states.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with the tests of each rule")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print both books."""
    emit(json.dumps(_as_json(), indent=2) if arguments.json else _as_text())
    return ExitStatus.FINE


def _as_json() -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dccbench": version("dccbench"),
        "rules": [_rule(entry) for entry in rule_entries()],
        "s1sp_rules": [_rule(entry) for entry in rule_entries(Book.S1SP)],
    }


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


def _as_text() -> str:
    of_dsp, of_s1sp = rule_entries(), rule_entries(Book.S1SP)
    return "\n".join((
        _table(of_dsp),
        f"{len(of_dsp)} rules, {_assumed(of_dsp)} of them assumed; so is their order",
        "",
        "What an S1SP checks of a request that the DSP has countersigned; its refusal names the check",
        _table(of_s1sp),
        f"{len(of_s1sp)} checks, {_assumed(of_s1sp)} of them assumed; so is their order",
    ))  # fmt: skip


def _assumed(rules: Sequence[RuleEntry]) -> int:
    return sum(not entry.confirmed for entry in rules)


def _table(rules: Sequence[RuleEntry]) -> str:
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
    return table_text(table)


def _shown(given: RuleCode) -> str:
    return "\n  ".join((given.code.value, *given.services))


def _source(entry: RuleEntry) -> str:
    source = "confirmed" if entry.confirmed else "assumed"
    return f"{source}\n{entry.modification.value}\nonly" if entry.modification else source
