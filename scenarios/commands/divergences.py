"""``dccbench divergences``: what the bench assumes or leaves out, by clause where that is known."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from textwrap import wrap
from typing import Any, Final

from scenarios.commands import ExitStatus, emit
from scenarios.errors import InputError
from scenarios.explain_divergence import Divergence
from scenarios.explain_divergences import Section, sections

SCHEMA: Final = "dccbench/divergences/1"
"""Changes whenever a key changes its meaning or goes away."""

_WIDTH: Final = 110


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "divergences",
        help="print what is assumed and what is not modelled",
        description="Print everything that the bench assumes because no source could be read, and what it "
        "does not model, gathered from the code.",
    )
    text = "print only what has all these words; the key of a section, such as rules, stands for all of it"
    parser.add_argument("words", nargs="*", metavar="WORD", help=text)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list, or the part of it that was asked for.

    Raises:
        InputError: nothing has all of the words.
    """
    words = [word.casefold() for word in arguments.words]
    found = [kept for section in sections() if (kept := _with_words(section, words)).entries]
    if not found:
        keys = ", ".join(section.key for section in sections())
        raise InputError(f"WORD: nothing has {' '.join(words)!r}, expected other words or one of: {keys}")
    emit(json.dumps(_as_json(found), indent=2) if arguments.json else "\n".join(_lines(found)))
    return ExitStatus.FINE


def _with_words(section: Section, words: Sequence[str]) -> Section:
    """What of a section has all the words; the section's own key stands for all of it."""
    asked = [word for word in words if word != section.key]
    return section._replace(entries=tuple(entry for entry in section.entries if _has(entry, asked)))


def _has(entry: Divergence, words: Sequence[str]) -> bool:
    text = " ".join(filter(None, entry)).casefold()
    return all(word in text for word in words)


def _as_json(found: Sequence[Section]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dccbench": version("dccbench"),
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "entries": [entry._asdict() for entry in section.entries],
            }
            for section in found
        ],
    }


def _lines(found: Sequence[Section]) -> Iterator[str]:
    for section in found:
        yield f"{section.title} ({section.key}): {len(section.entries)}"
        for entry in section.entries:
            told = "; ".join(filter(None, (entry.clause, entry.in_force)))
            name = f"{entry.name} ({told})" if told else entry.name
            yield from wrap(name, _WIDTH, initial_indent=" " * 2, subsequent_indent=" " * 4)
            yield from wrap(entry.text, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
        yield ""
    count = sum(len(section.entries) for section in found)
    yield f"{count} in all; dccbench explain tells more of codes and rules"
