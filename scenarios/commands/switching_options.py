"""The options of every scenario that say which modifications are on: release, switches, a comparison."""

from __future__ import annotations

import argparse
from itertools import chain

from dcc.modification_records import switch_names
from dcc.releases import BEFORE, RELEASES
from scenarios.commands.arguments import release, switches
from scenarios.switching import Switching, switching


def add_switching_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--release``, ``--with``, ``--without`` and ``--compare``."""
    add_release_options(parser)
    text = "run without and with a modification, side by side on the same chances"
    parser.add_argument("--compare", type=switches, metavar="MODIFICATION", default=(), help=text)


def add_release_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--release``, ``--with`` and ``--without``."""
    names = ", ".join(item.name for item in RELEASES)
    text = f"begin with what a release has on: {names}, or a day as YYYY-MM-DD (default {BEFORE.name})"
    parser.add_argument("--release", type=release, metavar="NAME", default=BEFORE, help=text)
    known = ", ".join(switch_names())
    text = f"switch a modification on, may be given again: {known}"
    _add_repeatable(parser, "--with", "switched_on", text)
    _add_repeatable(parser, "--without", "switched_off", "switch a modification off, may be given again")


def switching_of(arguments: argparse.Namespace) -> Switching:
    """What the options ask for.

    Raises:
        InputError: they contradict each other.
    """
    on, off = (tuple(chain.from_iterable(given)) for given in (arguments.switched_on, arguments.switched_off))
    return switching(arguments.release, on, off, arguments.compare)


def _add_repeatable(parser: argparse.ArgumentParser, option: str, name: str, text: str) -> None:
    parser.add_argument(
        option, type=switches, action="append", default=[], dest=name, metavar="MODIFICATION", help=text
    )
