"""``dccbench report``: what a study came to, as a page, a summary, and files for machines."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from scenarios.commands import ExitStatus, emit, say
from scenarios.commands.arguments import STANDARD_OUTPUT, output_file, output_file_proper
from scenarios.commands.output_file import OutputFile
from scenarios.commands.study_options import add_cost_option
from scenarios.engine.family import Family
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.reporting.checks import Check
from scenarios.reporting.document import Document, document_of
from scenarios.reporting.document_json import document_json
from scenarios.reporting.document_markdown import document_markdown
from scenarios.study.results import StudyResult
from scenarios.study.store import load_study
from scenarios.study.unit_costs import priced, unit_costs

PAGE: Final = "report.html"
"""The page's name in the study's folder, where no other is given."""


def _html(document: Document) -> str:
    # Here, so that no other command waits for the library that draws.
    from scenarios.reporting.html import document_html  # noqa: PLC0415

    return document_html(document)


_WRITERS: Final[dict[str, Callable[[Document], str]]] = {
    "html": _html,
    "markdown": document_markdown,
    "json": document_json,
}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "report",
        help="write the report of a study: HTML, Markdown, JSON, Parquet",
        description="Write the report of a study that was kept with --out, finished or not: what was asked "
        "and assumed, figures with intervals and paired differences, charts, checks, how to run it again. "
        f"Without options it writes DIR/{PAGE}. Leaves with 1 if a run has a breach.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the study")
    text = "write one HTML file with everything in it"
    parser.add_argument("--html", type=output_file_proper, metavar="FILE", help=text)
    text = "write a summary in Markdown; with - to standard output"
    parser.add_argument("--markdown", type=output_file, metavar="FILE", help=text)
    text = "write everything as JSON; with - to standard output"
    parser.add_argument("--json", type=output_file, metavar="FILE", help=text)
    text = "write runs.parquet, figures.parquet and series.parquet into FOLDER, and events.parquet, "
    text += "if events were kept, sensitivity.parquet, if inputs were varied; variants and replications are "
    text += "numbered from 0 there"
    parser.add_argument("--parquet", type=output_file_proper, metavar="FOLDER", help=text)
    add_cost_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write what is asked for, and say where.

    Raises:
        InputError: the folder has no study, no run of it is finished, a file cannot be written, or there is a
            cost of no figure.
    """
    wanted = {name: getattr(arguments, name) for name in _WRITERS if getattr(arguments, name) is not None}
    if list(wanted.values()).count(STANDARD_OUTPUT) > 1:
        raise InputError("--markdown and --json: both name '-', expected two files")
    if not wanted and arguments.parquet is None:
        wanted = {"html": str(arguments.folder / PAGE)}
    result = load_study(arguments.folder)
    family, result = priced(family_named(result.plan.family), result, unit_costs(arguments.cost))
    document = document_of(result, family, _event_checks(arguments.folder, result))
    for name, file in wanted.items():
        _write(f"--{name}", file, _WRITERS[name](document))
    if arguments.parquet is not None:
        _write_parquet(Path(arguments.parquet), result, family, arguments.folder)
    for file in (*wanted.values(), arguments.parquet):
        if file not in (None, STANDARD_OUTPUT) and STANDARD_OUTPUT not in wanted.values():
            emit(f"written: {file}")
    if document.breaches:
        say(f"{len(document.breaches)} breaches: the figures are not to be believed")
    return ExitStatus.CHECK_FAILED if document.breaches else ExitStatus.FINE


def _event_checks(folder: Path, result: StudyResult) -> tuple[Check, ...]:
    from scenarios.reporting.event_checks import event_checks  # noqa: PLC0415

    return event_checks(folder, result)


def _write(option: str, file: str, text: str) -> None:
    if file == STANDARD_OUTPUT:
        emit(text.removesuffix("\n"))
        return
    with OutputFile(option, file) as stream:
        stream.write(text)


def _write_parquet(folder: Path, result: StudyResult, family: Family, study: Path) -> None:
    from scenarios.reporting.study_files import write_study_files  # noqa: PLC0415

    try:
        write_study_files(folder, result, family, study)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"--parquet: {str(folder)!r}: {reason}, expected a folder that can be written"
        ) from None
