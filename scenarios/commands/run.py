"""``dccbench run``: scenarios, each a subcommand of its own, and study files.

The install wave has options and a report of its own; the other families share theirs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from dcc.report_tables import as_csv, as_text
from dcc.reports import panel_json, panel_table
from scenarios import families
from scenarios.commands import ExitStatus, emit, output_failed, tell
from scenarios.commands.arguments import (
    STANDARD_OUTPUT,
    day_between,
    output_file,
    output_file_proper,
    rate,
    whole_number,
    wire_form,
)
from scenarios.commands.output_file import OutputFile
from scenarios.commands.study_options import (
    add_study_options,
    looks_like_file,
    options_of_plan,
    run_spec,
)
from scenarios.commands.study_running import run_folder, run_spec_of
from scenarios.commands.switching_options import add_switching_options, switching_of
from scenarios.comparison import WaveReport, report_wave
from scenarios.engine.trace import Trace
from scenarios.errors import InputError
from scenarios.install_wave import WaveInputs
from scenarios.report import plain_text, print_report
from scenarios.report_json import report_json
from scenarios.study.store import is_study_folder

_INSTALL_WAVE: Final = "install-wave"
_STUDY: Final = "FILE"
_DEFAULTS: Final = WaveInputs()
_FILES: Final = ("json", "panel-report", "trace")
_FIRST_START: Final = date(2016, 1, 1)
_LAST_START: Final = date(2045, 12, 31)


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand and its scenarios."""
    parser = subparsers.add_parser(
        "run",
        help="run a scenario",
        description="Run a scenario, a study file, or go on with the study of a folder.",
    )
    scenarios = parser.add_subparsers(
        title="scenarios", metavar="SCENARIO", required=True, dest="scenario", action=_Scenarios
    )
    _add_install_wave(scenarios)
    for family in families.FAMILIES.values():
        if family.name != _INSTALL_WAVE:
            _add_study(scenarios, family.name, family.title, family.question)
    text = "run the study of a file, NAME.toml, or go on with that of a folder, DIR/"
    _add_study(scenarios, _STUDY, text, f"R{text[1:]}.")


class _Scenarios(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Subcommands, and for the name of any file the one that runs study files."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.choices = self._name_parser_map = _ByName()


class _ByName(dict[str, argparse.ArgumentParser]):
    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _is_of_study(name))

    def __missing__(self, name: str) -> argparse.ArgumentParser:
        if _is_of_study(name):
            return self[_STUDY]
        raise KeyError(name)


def _is_of_study(name: str) -> bool:
    return looks_like_file(name) or is_study_folder(Path(name))


def _add_study(scenarios: argparse._SubParsersAction[Any], name: str, text: str, description: str) -> None:
    parser = scenarios.add_parser(name, help=text, description=description)
    add_study_options(parser, compares=False)
    parser.set_defaults(run=run_study_options)


def run_study_options(arguments: argparse.Namespace) -> int:
    """Run a family with the options that all families share, a study file, or go on with a folder's study.

    Raises:
        InputError: something cannot be used.
    """
    name: str = arguments.scenario
    if not is_study_folder(Path(name)) or name in families.FAMILIES:
        return run_spec_of(run_spec(name, arguments), arguments)
    if chosen := options_of_plan(arguments):
        raise InputError(
            f"{', '.join(chosen)}: {name!r} has its plan already, expected no option that changes it"
        )
    return run_folder(Path(name), arguments)


def _add_install_wave(scenarios: argparse._SubParsersAction[Any]) -> None:
    parser = scenarios.add_parser(
        _INSTALL_WAVE,
        help="suppliers install electricity meters and place network operator certificates",
        description="Suppliers install electricity meters over some weeks and place network operator "
        "certificates on them, some of them wrong ones. All messages are real GBCS, and so is the "
        "cryptography.",
    )
    _add_inputs(parser)
    add_switching_options(parser)
    text = "write JSON to FILE and the table to standard output; without FILE or with -, JSON instead of it"
    parser.add_argument(
        "--json", nargs="?", type=output_file, const=STANDARD_OUTPUT, metavar="FILE", help=text
    )
    text = "write the last run's report to the SEC Panel to FILE: JSON or CSV by its ending, else a table"
    parser.add_argument("--panel-report", type=output_file_proper, metavar="FILE", help=text)
    text = "write a line for each message to FILE"
    parser.add_argument("--trace", type=output_file_proper, metavar="FILE", help=text)
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    def add(option: str, kind: Callable[[str], object], metavar: str, text: str) -> None:
        default = getattr(_DEFAULTS, option.removeprefix("--").replace("-", "_"))
        parser.add_argument(
            option, type=kind, metavar=metavar, default=default, help=f"{text} (default {default})"
        )

    add("--homes", whole_number(1, 1_000_000), "N", "homes, one electricity meter each")
    add("--suppliers", whole_number(1, 999), "N", "suppliers, all of one size")
    add("--wrong-certificate-rate", rate, "RATE", "share of choices that are another party's, 0 to 1")
    add("--unknown-mpan-rate", rate, "RATE", "share of homes whose MPAN the DCC does not know, 0 to 1")
    add("--gas-transporter-share", rate, "RATE", "share of those that are a gas transporter's, 0 to 1")
    add("--start", day_between(_FIRST_START, _LAST_START), "DATE", "first day of installing, YYYY-MM-DD")
    add("--weeks", whole_number(1, 104), "N", "weeks of installing")
    add(
        "--follow-up-days",
        whole_number(1, 1000),
        "N",
        "days observed after the installing, at least to the last deadline",
    )
    text = "working days that a supplier has to place the network operator's credentials"
    add("--deadline-working-days", whole_number(1, 100), "N", text)
    add("--wire", wire_form, "FORM", "how Users and the DCC talk: values, or duis for signed documents")
    add("--seed", whole_number(0, 2**63 - 1), "N", "seed of all chances and of all test keys")


def run(arguments: argparse.Namespace) -> int:
    """Run the install wave and print the report; speed goes to standard error alone.

    Raises:
        InputError: a file cannot be written, or is to hold two things.
    """
    _check_files({f"--{name}": getattr(arguments, name.replace("-", "_")) for name in _FILES})
    inputs = WaveInputs(**{name: getattr(arguments, name) for name in WaveInputs._fields})
    switching = switching_of(arguments)
    begun = perf_counter()
    with ExitStack() as stack:
        _try_files({"--json": arguments.json, "--panel-report": arguments.panel_report})
        trace = None
        if arguments.trace is not None:
            trace = Trace(stack.enter_context(OutputFile("--trace", arguments.trace)))
        progress = stack.enter_context(_progress_bar())
        report = report_wave(inputs, switching, trace=trace, on_progress=progress)
    _print_speed(report, perf_counter() - begun)
    if arguments.panel_report is not None:
        _write_panel_report(report, arguments.panel_report)
    _print(report, arguments.json)
    return ExitStatus.FINE


def _check_files(files: Mapping[str, str | None]) -> None:
    """Every option that names a file has one of its own."""
    options: dict[Path, str] = {}
    for option, name in files.items():
        if name in (None, STANDARD_OUTPUT):
            continue
        assert name is not None
        other = options.setdefault(Path(name).resolve(), option)
        if other != option:
            raise InputError(f"{other} and {option}: both name {name!r}, expected two files")


def _try_files(files: Mapping[str, str | None]) -> None:
    """What cannot be written is said before the work begins."""
    for option, name in files.items():
        if name not in (None, STANDARD_OUTPUT):
            assert name is not None
            OutputFile(option, name, "a").close()


def _write_panel_report(report: WaveReport, name: str) -> None:
    panel = report.outcomes[-1].panel
    ending = Path(name).suffix.lower()
    with OutputFile("--panel-report", name) as stream:
        if ending == ".json":
            stream.write(panel_json(panel))
        else:
            stream.write((as_csv if ending == ".csv" else as_text)(panel_table(panel)))


def _print(report: WaveReport, json_file: str | None) -> None:
    if json_file == STANDARD_OUTPUT:
        emit(report_json(report).rstrip("\n"))
        return
    if json_file is not None:
        with OutputFile("--json", json_file) as stream:
            stream.write(report_json(report))
    if sys.stdout.isatty():
        _print_on_terminal(report)
    else:
        emit(plain_text(report))


def _print_on_terminal(report: WaveReport) -> None:
    try:
        print_report(report)
    except OSError as error:
        output_failed(error)


def _print_speed(report: WaveReport, seconds: float) -> None:
    messages = sum(outcome.figures.wan_messages for outcome in report.outcomes)
    tell(f"{messages} GBCS messages in {seconds:.1f} s, {messages / seconds:.0f} a second")


@contextmanager
def _progress_bar() -> Iterator[Callable[[float], None] | None]:
    """A bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("simulating"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("simulating", total=1.0)
        yield lambda done: progress.update(task, completed=done)
