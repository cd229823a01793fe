"""``dccbench run install-wave``: options and a report of its own, or those of a study.

Options that the install wave shares with the family of that name mean the same in both.
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
from scenarios.commands import emit, output_failed, say, tell
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
    Assigned,
    add_study_only_options,
    only_resumes,
    run_spec,
    study_only_options_given,
)
from scenarios.commands.study_running import go_on, run_spec_of, tell_of_breaches
from scenarios.commands.switching_options import add_switching_options, switching_of
from scenarios.comparison import WaveReport, report_wave
from scenarios.engine.trace import Trace
from scenarios.errors import InputError
from scenarios.install_wave import WaveInputs
from scenarios.report import plain_text, print_report
from scenarios.report_json import report_json

INSTALL_WAVE: Final = "install-wave"
_DEFAULTS: Final = WaveInputs()
_FILES: Final = ("json", "panel-report", "trace")
_NOT_IN_STUDIES: Final = ("panel_report", "trace", "wire")
_FIRST_START: Final = date(2016, 1, 1)
_LAST_START: Final = date(2045, 12, 31)


def add_install_wave(scenarios: argparse._SubParsersAction[Any]) -> None:
    """Register it."""
    parser = scenarios.add_parser(
        INSTALL_WAVE,
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
    text = "with any of these the wave is run, and reported, as the other scenarios are"
    add_study_only_options(parser.add_argument_group("as a study", text), compares=False)
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    def add(option: str, kind: Callable[[str], object], metavar: str, text: str) -> None:
        default = getattr(_DEFAULTS, option.removeprefix("--").replace("-", "_"))
        parser.add_argument(
            option,
            type=kind,
            metavar=metavar,
            default=argparse.SUPPRESS,
            help=f"{text} (default {default})",
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
    """Run the install wave and print its report or, with options of studies, that of the study.

    Raises:
        InputError: a file cannot be written, or is to hold two things.
    """
    given = {name: getattr(arguments, name) for name in WaveInputs._fields if hasattr(arguments, name)}
    if not given and only_resumes(INSTALL_WAVE, arguments):
        return go_on(INSTALL_WAVE, arguments)
    if chosen := study_only_options_given(arguments):
        return _run_as_study(arguments, given, chosen)
    return _run_wave(arguments, WaveInputs(**given))


def _run_as_study(arguments: argparse.Namespace, given: Mapping[str, Any], chosen: list[str]) -> int:
    for name in _NOT_IN_STUDIES:
        if name in given or getattr(arguments, name, None) is not None:
            option = f"--{name.replace('_', '-')}"
            raise InputError(f"{option}: not with {', '.join(chosen)}, expected one or the other")
    family = families.family_named(INSTALL_WAVE)
    paths = {parameter.name: parameter.path for parameter in family.parameters}
    values = [Assigned(paths[name], str(value)) for name, value in given.items() if name in paths]
    arguments.set = values + arguments.set
    arguments.seed = given.get("seed")
    return run_spec_of(run_spec(INSTALL_WAVE, arguments), arguments)


def _run_wave(arguments: argparse.Namespace, inputs: WaveInputs) -> int:
    """Speed goes to standard error alone."""
    _check_files({f"--{name}": getattr(arguments, name.replace("-", "_")) for name in _FILES})
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
    if report.note:
        say(report.note)
    if arguments.panel_report is not None:
        _write_panel_report(report, arguments.panel_report)
    _print(report, arguments.json)
    broken = sum(bool(outcome.breaches) for outcome in report.outcomes)
    return tell_of_breaches(broken, len(report.outcomes))


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
