"""``dccbench sensitivity``: which input carries the answer, by trying each by itself as something else."""

from __future__ import annotations

import argparse
from typing import Any

from scenarios.commands.study_options import add_study_options, only_resumes, sensitivity_spec
from scenarios.commands.study_running import go_on, run_spec_of
from scenarios.study.varied import Varied


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "sensitivity",
        help="rank the inputs of a scenario by how far each moves the answer",
        description="Run a scenario with one input at a time as what else it might plausibly be (dccbench "
        "scenarios show NAME has these values), on the same random events, and rank the inputs by how far "
        "each moves a figure. With --with X or --without Y that is done before and after, and inputs are "
        "ranked by how far they move the difference, too: does any of them turn the answer over?",
    )
    parser.add_argument("scenario", metavar="NAME|FILE.toml", help="a scenario, or a study file")
    text = "the figure to rank by, in place of that which answers the scenario's question; may be given again"
    parser.add_argument("--figure", action="append", default=[], metavar="FIGURE", help=text)
    text = (
        "vary the inputs that are assumed, but for choices such as the size of the sample; all of them; or "
    )
    text += "those of --parameter alone (default assumed)"
    parser.add_argument("--only", choices=[item.value for item in Varied], help=text)
    text = "vary this one too, as these values in place of the plausible ones; A,B,C or A;B;C for more or "
    text += "fewer than two; without =, as what is plausible; may be given again"
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="SECTION.NAME[=LOW..HIGH]", help=text
    )
    add_study_options(parser, compares=True, sweeps=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run all variants and print the inputs in the order of their effects.

    Raises:
        InputError: something cannot be used, or there is nothing to vary.
    """
    if only_resumes(arguments.scenario, arguments):
        return go_on(arguments.scenario, arguments)
    return run_spec_of(sensitivity_spec(arguments.scenario, arguments), arguments)
