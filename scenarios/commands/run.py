"""``dccbench run``: scenarios, each a subcommand of its own, study files, and studies that go on.

The install wave has options and a report of its own beside those that all families share.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from scenarios import families
from scenarios.commands.run_wave import INSTALL_WAVE, add_install_wave
from scenarios.commands.study_options import (
    add_study_options,
    only_resumes,
    options_of_plan,
    run_spec,
)
from scenarios.commands.study_running import go_on, run_folder, run_spec_of
from scenarios.errors import InputError
from scenarios.study.store import is_study_folder

_STUDY: Final = "FILE"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand and its scenarios."""
    parser = subparsers.add_parser(
        "run",
        help="run a scenario",
        description="Run a scenario, a study file, or go on with the study of a folder.",
    )
    scenarios: _Scenarios = parser.add_subparsers(
        title="scenarios", metavar="SCENARIO", required=True, dest="scenario", action=_Scenarios
    )
    add_install_wave(scenarios)
    for family in families.FAMILIES.values():
        if family.name != INSTALL_WAVE:
            _add_study(scenarios, family.name, family.title, family.question)
    text = "run the study of a file, NAME.toml, or go on with that of a folder, DIR/"
    _add_study(scenarios, _STUDY, text, f"R{text[1:]}.")
    scenarios.choices.is_complete = True


class _Scenarios(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Subcommands, and for any other name the one that runs study files: it tells what is wrong."""

    choices: _ByName

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.choices = self._name_parser_map = _ByName()


class _ByName(dict[str, argparse.ArgumentParser]):
    is_complete = False

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (self.is_complete and isinstance(name, str))

    def __missing__(self, name: str) -> argparse.ArgumentParser:
        return self[_STUDY]


def _add_study(scenarios: argparse._SubParsersAction[Any], name: str, text: str, description: str) -> None:
    parser = scenarios.add_parser(name, help=text, description=description)
    add_study_options(parser, compares=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run a family with the options that all families share, a study file, or go on with a folder's study.

    Raises:
        InputError: something cannot be used.
    """
    name: str = arguments.scenario
    if only_resumes(name, arguments):
        return go_on(name, arguments)
    if not is_study_folder(Path(name)) or name in families.FAMILIES:
        return run_spec_of(run_spec(name, arguments), arguments)
    if chosen := options_of_plan(arguments):
        raise InputError(
            f"{', '.join(chosen)}: {name!r} has its plan already, expected no option that changes it"
        )
    return run_folder(Path(name), arguments)
