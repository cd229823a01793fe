"""``dccbench compare``: a scenario before and after, or with one value and another, on the same chances."""

from __future__ import annotations

import argparse
from typing import Any

from scenarios.commands.study_options import add_study_options, compare_spec, only_resumes
from scenarios.commands.study_running import go_on, run_spec_of


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "compare",
        help="compare a scenario without and with modifications, or over values of a parameter",
        description="Run variants of a scenario on the same random events, replication by replication, and "
        "print their figures and their paired differences, each with its interval. Without options it "
        "compares what the scenario is about. --with X compares without X and with it; --without Y beside "
        "it compares Y alone with X alone.",
    )
    parser.add_argument("scenario", metavar="NAME|FILE.toml", help="a scenario, or a study file")
    add_study_options(parser, compares=True)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the variants and print them side by side.

    Raises:
        InputError: something cannot be used, or nothing is compared.
    """
    if only_resumes(arguments.scenario, arguments):
        return go_on(arguments.scenario, arguments)
    return run_spec_of(compare_spec(arguments.scenario, arguments), arguments)
