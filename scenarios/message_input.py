"""Messages from outside: an argument, a file or standard input, as hex text or as raw octets."""

from __future__ import annotations

import os
import re
import string
from pathlib import Path
from typing import BinaryIO, Final

from scenarios.errors import InputError

MAXIMUM_OCTETS: Final = 1 << 20
"""Largest message that is read; real ones are a few thousand octets."""

_MAXIMUM_INPUT: Final = 4 * MAXIMUM_OCTETS
_FIRST_OCTETS: Final = (b"\xdd", b"\xdf")
_HEX_DIGITS: Final = frozenset(string.hexdigits.encode())
_WHITE_SPACE: Final = re.compile(rb"\s+")


def octets_of_argument(argument: str, standard_input: BinaryIO) -> bytes:
    """The octets of ``-`` (standard input), of a file, or of the argument itself as hex.

    Raises:
        InputError: there is nothing like that, or too much of it.
    """
    if argument == "-":
        return octets_of(_read_standard_input(standard_input), "standard input")
    if os.path.exists(argument):
        return octets_of_file(Path(argument))
    digits = _hex_digits(argument.encode(errors="replace"))
    if digits is None:
        raise InputError(f"{_shown(argument)}: neither a file nor hex digits")
    return _from_hex(digits, "the argument")


def _read_standard_input(standard_input: BinaryIO) -> bytes:
    try:
        return _bounded(standard_input, "standard input")
    except OSError as error:
        raise InputError(f"standard input: {error.strerror or error}") from error


def octets_of_file(path: Path) -> bytes:
    """The octets of a message in a file, hex text or raw.

    Raises:
        InputError: the file cannot be read, is too large or holds something else.
    """
    try:
        with path.open("rb") as file:
            return octets_of(_bounded(file, str(path)), str(path))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def octets_of(content: bytes, where: str) -> bytes:
    """The octets that a content stands for: raw if it starts like a message, else hex text.

    Raises:
        InputError: it is neither, or too large.
    """
    if content.startswith(_FIRST_OCTETS):
        return _within_bound(content, where)
    digits = _hex_digits(content)
    if digits is None:
        start = content[:8].hex().upper()
        raise InputError(
            f"{where}: neither hex text nor a message, which starts with DD or DF; found {start}"
        )
    return _from_hex(digits, where)


def _hex_digits(text: bytes) -> bytes | None:
    """The digits without white space, or None where something else stands among them."""
    digits = _WHITE_SPACE.sub(b"", text)
    return digits if _HEX_DIGITS.issuperset(digits) else None


def _from_hex(digits: bytes, where: str) -> bytes:
    if not digits:
        raise InputError(f"{where}: empty")
    if len(digits) % 2:
        raise InputError(f"{where}: {len(digits)} hex digits, expected an even number")
    return _within_bound(bytes.fromhex(digits.decode("ascii")), where)


def _within_bound(octets: bytes, where: str) -> bytes:
    if len(octets) > MAXIMUM_OCTETS:
        raise InputError(f"{where}: {len(octets)} octets, expected at most {MAXIMUM_OCTETS}")
    return octets


def _bounded(stream: BinaryIO, where: str) -> bytes:
    content = stream.read(_MAXIMUM_INPUT + 1)
    if len(content) > _MAXIMUM_INPUT:
        raise InputError(f"{where}: more than {_MAXIMUM_INPUT} octets of input")
    return content


def _shown(argument: str) -> str:
    """The argument on one line, cut short if it is long."""
    return ascii(argument[:40])[1:-1] + (".." if len(argument) > 40 else "")
