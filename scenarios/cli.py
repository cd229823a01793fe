"""The ``dccbench`` command: finds the subcommand, turns what goes wrong into one line and an exit status.

0 fine, 1 a check or expectation failed, 2 usage or bad input, 4 internal error.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final, NoReturn, Protocol

from scenarios.commands import (
    ExitStatus,
    compare,
    conformance,
    decode,
    device,
    diff,
    divergences,
    duis,
    emit,
    explain,
    modifications,
    open_closed_streams,
    output_failed,
    registration,
    report,
    rules,
    run,
    say,
    scenarios,
    sensitivity,
)
from scenarios.errors import InputError

DEBUG_VARIABLE: Final = "DCCBENCH_DEBUG"
"""Set to 1, it has the traceback of an internal error printed, as ``--debug`` does."""

_INTERRUPTED: Final = 130


class Command(Protocol):
    """What a module of :mod:`scenarios.commands` offers."""

    def add_parser(self, subparsers: argparse._SubParsersAction[Any]) -> None:
        """Register the subcommand; its parser's default ``run`` takes the arguments, returns the status."""


COMMANDS: Final[tuple[Command, ...]] = (
    scenarios,
    run,
    compare,
    sensitivity,
    report,
    diff,
    registration,
    device,
    decode,
    conformance,
    duis,
    rules,
    modifications,
    explain,
    divergences,
)
"""The subcommands, in the order of the help text."""


class _UsageError(Exception):
    """The arguments cannot be understood."""


class _Parser(argparse.ArgumentParser):
    """A parser that knows ``--debug`` anywhere and says what is wrong in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        text = "print the traceback of an internal error"
        self.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=text)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what is unknown where it is met: argparse would have the outermost command tell of it."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message} (try {self.prog} --help)")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Help and version; argparse itself would pass over an output that takes nothing."""
        if file is sys.stdout:
            emit(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``dccbench`` with these arguments, those of the process by default; returns the exit status."""
    open_closed_streams()
    status = _status(argv)
    try:
        _flush_output()
    except InputError as error:
        return _report(str(error), ExitStatus.BAD_INPUT)
    return status


def _flush_output() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        output_failed(error)


def _status(argv: Sequence[str] | None) -> int:
    arguments = argparse.Namespace()
    try:
        _parser().parse_args(argv, arguments)
        status: int = arguments.run(arguments)
    except SystemExit as leaving:
        return ExitStatus.FINE if leaving.code is None else int(leaving.code)
    except (_UsageError, InputError) as error:
        return _report(str(error), ExitStatus.BAD_INPUT)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        if getattr(arguments, "debug", False) or os.environ.get(DEBUG_VARIABLE) == "1":
            traceback.print_exc()
        return _report(f"internal error: {type(error).__name__}: {error}", ExitStatus.INTERNAL_ERROR)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="dccbench",
        description="A test bench for Great Britain's smart metering system.",
        epilog="Leaves with 0 if all is fine, 1 if a check failed, 2 on bad input, 4 on an internal error.",
    )
    parser.add_argument("--version", action="version", version=f"dccbench {version('dccbench')}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def _report(what: str, status: ExitStatus) -> ExitStatus:
    say(what)
    return status
