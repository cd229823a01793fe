"""The subcommands of ``dccbench``, one module each.

A module has ``add_parser(subparsers)``, which registers it, and ``run(arguments) -> int``, which returns
the exit status. What a run computes it prints with :func:`emit`, at the end.
"""

from __future__ import annotations

import io
import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import TextIO

from dcc.smki.keystore import Keystore
from dcc.smki.keystore_sources import KeystoreError
from scenarios.described import printable
from scenarios.errors import InputError


class ExitStatus(IntEnum):
    """How ``dccbench`` leaves."""

    FINE = 0
    CHECK_FAILED = 1
    BAD_INPUT = 2
    INTERNAL_ERROR = 4


def emit(text: str) -> None:
    """Print to standard output, signs that it cannot show as escapes.

    A reader who has gone away is no error and changes no exit status.

    Raises:
        InputError: standard output takes no more, as when a disk is full.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(text, flush=True)
    except OSError as error:
        output_failed(error)


def output_failed(error: OSError) -> None:
    """Make an end of standard output.

    Raises:
        InputError: anything is wrong with it, except that its reader has gone away.
    """
    forget(sys.stdout)
    if not isinstance(error, BrokenPipeError):
        raise InputError(f"standard output: {error.strerror or error}") from error


def say(text: str) -> None:
    """What is wrong, in one line on standard error, whatever the text holds."""
    tell(f"dccbench: {printable(' '.join(text.split()))}")


def tell(line: str) -> None:
    """A line on standard error; lost where nothing can be written there."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        forget(sys.stderr)


def forget(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere, at the end of the process too."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def open_closed_streams() -> None:
    """Put the null device in the place of standard streams that were closed when the process began."""
    # In this order each takes the lowest file descriptor that is free: its own.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def load_keystore(path: Path) -> Keystore:
    """The test keys of a folder or ``keystore.json``.

    Raises:
        InputError: they cannot be read.
    """
    try:
        return Keystore.load(path)
    except KeystoreError as error:
        raise InputError(str(error)) from error
