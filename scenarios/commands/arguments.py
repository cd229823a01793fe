"""Readers of option values, for ``type=`` of argparse: each says what it was given and what it expected."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date
from typing import Final

from dcc.errors import DccValueError
from dcc.modification_records import switches_named
from dcc.modifications import Modification
from dcc.releases import Release, release_named
from scenarios.engine.wire import WireForm

STANDARD_OUTPUT: Final = "-"
"""The name of a file that stands for standard output."""

_LONGEST_SHOWN: Final = 40
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``least``, at least 0, to ``most``."""

    def read(text: str) -> int:
        # Digits are counted first: Python refuses to read thousands of them.
        digits = text.lstrip("0") or "0"
        if not _is_digits(text) or len(digits) > len(str(most)) or not least <= int(digits) <= most:
            raise ArgumentTypeError(f"{_shown(text)}, expected a whole number from {least} to {most}")
        return int(digits)

    return read


def rate(text: str) -> float:
    """A share or probability."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{_shown(text)}, expected a number from 0 to 1")
    return value


def day_between(first: date, last: date) -> Callable[[str], date]:
    """A reader of days, written YYYY-MM-DD and in no other way that ISO 8601 knows."""

    def read(text: str) -> date:
        try:
            day = date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not first <= day <= last:
            raise ArgumentTypeError(f"{_shown(text)}, expected a date from {first} to {last} as YYYY-MM-DD")
        return day

    return read


def switches(text: str) -> tuple[Modification, ...]:
    """A switch by its name in either case, or all of a modification by its number."""
    try:
        return switches_named(text)
    except DccValueError as error:
        raise ArgumentTypeError(f"{_shown(text)}, expected {error.expected}") from None


def release(text: str) -> Release:
    """A release by its name in either case, or what was in force on a day."""
    try:
        return release_named(text)
    except DccValueError as error:
        raise ArgumentTypeError(f"{_shown(text)}, expected {error.expected}") from None


def output_file(text: str) -> str:
    """The name of a file to write."""
    if not text:
        raise ArgumentTypeError("'' is empty, expected a file that can be written")
    return text


def output_file_proper(text: str) -> str:
    """The name of a file to write that does not stand for standard output."""
    if text == STANDARD_OUTPUT:
        raise ArgumentTypeError("'-', expected a file: standard output has the report")
    return output_file(text)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _shown(text: str) -> str:
    if len(text) <= _LONGEST_SHOWN:
        return repr(text)
    return f"{text[:_LONGEST_SHOWN]!r}.. ({len(text)} characters)"


def wire_form(text: str) -> WireForm:
    """The form in which Users and the DCC talk."""
    try:
        return WireForm(text)
    except ValueError:
        forms = " or ".join(WireForm)
        raise ArgumentTypeError(f"{_shown(text)}, expected {forms}") from None
