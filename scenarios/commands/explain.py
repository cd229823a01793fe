"""``dccbench explain``: what a code or a rule means, and where it comes from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

from scenarios.commands import ExitStatus, emit
from scenarios.explain_codes import Explanation, explain

SCHEMA: Final = "dccbench/explain/1"
"""Changes whenever a key changes its meaning or goes away."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "explain",
        help="explain a response code, an alert or a rule",
        description="Explain a response code (E061505, SIM-PSC), a DCC Alert (N42), an alert of a device "
        "(8F66) or a rule (device-exists). Leaves with 2 if nothing is called so.",
    )
    parser.add_argument("name", metavar="CODE", help="a code or the id of a rule, in either case")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is known.

    Raises:
        InputError: nothing is called so.
    """
    found = explain(arguments.name)
    emit(json.dumps(_as_json(found), indent=2) if arguments.json else "\n".join(_lines(found)))
    return ExitStatus.FINE


def _as_json(found: Explanation) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dccbench": version("dccbench"),
        "kind": found.kind,
        "name": found.name,
        "meaning": found.meaning,
        "confirmed": found.confirmed,
        **{detail.key: detail.value for detail in found.details},
    }


def _lines(found: Explanation) -> Iterator[str]:
    yield f"{found.name}: {found.meaning}"
    source = "confirmed by a source" if found.confirmed else "assumed, no source seen"
    yield f"  {found.kind}, {source}"
    for detail in found.details:
        match detail.lines:
            case ():
                pass
            case (line,):
                yield f"  {detail.label}: {line}"
            case lines:
                yield f"  {detail.label}:"
                yield from (f"    {line}" for line in lines)
