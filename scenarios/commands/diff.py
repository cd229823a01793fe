"""``dccbench diff``: two studies side by side, what they were asked and what came of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scenarios.commands import ExitStatus, emit
from scenarios.explain_tables import table_of, table_text
from scenarios.families import family_named
from scenarios.reporting.study_diff import FigureDiff, StudyDiff, study_diff
from scenarios.reporting.wording import estimate_text, figure_label
from scenarios.study.store import load_study
from scenarios.study.study_json import estimate_as_json

SCHEMA: Final = "dccbench/study-diff/1"
"""Changes whenever a key changes its meaning or goes away."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "diff",
        help="compare two studies of a scenario",
        description="Compare two studies that were kept with --out: versions, switches and inputs that "
        "differ, and the figures of variants of one label side by side. Where the seeds are the same, "
        "differences are by pairs and have intervals.",
    )
    parser.add_argument("first", type=Path, metavar="DIR", help="folder of the first study")
    parser.add_argument("second", type=Path, metavar="DIR", help="folder of the second study")
    parser.add_argument("--all", action="store_true", help="show figures that are the same, too")
    parser.add_argument("--check", action="store_true", help="leave with 1 if anything differs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what differs.

    Raises:
        InputError: a folder has no study, or they are of different scenarios.
    """
    first, second = load_study(arguments.first), load_study(arguments.second)
    found = study_diff(first, second, family_named(first.plan.family))
    if arguments.json:
        emit(json.dumps(_as_json(found), indent=2, ensure_ascii=False))
    else:
        emit("\n".join(_lines(found, show_all=arguments.all)))
    return ExitStatus.CHECK_FAILED if arguments.check and not found.is_same else ExitStatus.FINE


def _lines(found: StudyDiff, *, show_all: bool) -> Iterator[str]:
    if found.is_same:
        yield f"Nothing differs: the same was asked, and {found.runs} runs came to the same."
    if found.asked:
        table = table_of({"Asked": None, "First": None, "Second": None})
        for item in found.asked:
            table.add_row(*item)
        yield table_text(table)
    yield from found.unmatched
    if found.runs:
        yield f"Runs with the same seed: {found.runs}; of them came to something else: {found.runs_apart}"
    shown = [item for item in found.figures if show_all or not item.is_same]
    for label in dict.fromkeys(item.variant for item in shown):
        yield ""
        yield f"Variant {label!r}, second less first{_how_compared(shown, label)}"
        yield _figures([item for item in shown if item.variant == label])


def _how_compared(shown: list[FigureDiff], label: str) -> str:
    pairs = max(item.pairs for item in shown if item.variant == label)
    return f", by {pairs} pairs of runs" if pairs else ", of means alone: no seed is the same"


def _figures(shown: list[FigureDiff]) -> str:
    table = table_of({"Figure": None})
    for heading in ("First", "Second", "Difference"):
        table.add_column(heading, justify="right", overflow="fold")
    for item in shown:
        table.add_row(
            figure_label(item.figure),
            estimate_text(item.first),
            estimate_text(item.second),
            estimate_text(item.change, signed=True),
        )
    return table_text(table)


def _as_json(found: StudyDiff) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "same": found.is_same,
        "asked": [item._asdict() for item in found.asked],
        "unmatched": list(found.unmatched),
        "runs": found.runs,
        "runs_apart": found.runs_apart,
        "figures": [
            {
                "variant": item.variant,
                "figure": item.figure.name,
                "same": item.is_same,
                "first": estimate_as_json(item.first),
                "second": estimate_as_json(item.second),
                "pairs": item.pairs,
                "difference": estimate_as_json(item.change),
            }
            for item in found.figures
        ],
    }
