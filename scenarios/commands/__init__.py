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

from dcc.smki.keystore import Keystore
from dcc.smki.keystore_sources import KeystoreError
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
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        forget_output()


def forget_output() -> None:
    """Let what is still to be written to standard output go nowhere, at the end of the process too."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def load_keystore(path: Path) -> Keystore:
    """The test keys of a folder or ``keystore.json``.

    Raises:
        InputError: they cannot be read.
    """
    try:
        return Keystore.load(path)
    except KeystoreError as error:
        raise InputError(str(error)) from error
