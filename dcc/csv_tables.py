"""Reading a CSV table row by row: bad rows are reported by line and skipped, a bad file raises.

UTF-8 with a header; a name that ends in ``.gz`` is read through gzip. Columns may stand in any order. A row
is one line: no value of ours holds a line break, and so a lost quote spoils its own line only.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from dcc.errors import DccValueError

BAD_ROWS_KEPT: Final = 1000
_OCTETS_SHOWN: Final = 8
Row = dict[str, str]
TakeRow = Callable[[Row], bool]
"""Takes a row or raises DccValueError; says whether its check digits are right, which is only counted."""
_Value = TypeVar("_Value")


class Columns(NamedTuple):
    """The columns of a file: those that are read, and those that may be there and are passed over."""

    read: tuple[str, ...]
    passed_over: tuple[str, ...] = ()


class BadRow(NamedTuple):
    """Why a row was skipped; ``line`` counts from 1, the header included."""

    line: int
    field: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: {self.value!r}, expected {self.expected}"


class LoadReport(NamedTuple):
    """What became of the rows of a file; of many bad rows only the first thousand are kept."""

    file_name: str
    rows_loaded: int
    bad_row_count: int
    bad_rows: tuple[BadRow, ...]
    wrong_check_digits: int = 0


def load_table(path: Path, columns: Columns, take: TakeRow, *, strict: bool = False) -> LoadReport:
    """Hand each row of a file to ``take``; values are stripped of surrounding space, empty lines passed over.

    Raises:
        DccValueError: the header or the file is bad or, ``strict``, any row.
        OSError: the file cannot be read.
    """
    loaded = bad = wrong_check_digits = 0
    bad_rows: list[BadRow] = []
    lines = enumerate(_lines(path), start=1)
    header = _header(next(lines, (1, ""))[1], columns, f"{path.name} header")
    for number, line in lines:
        try:
            if row := _row(line, header):
                wrong_check_digits += not take(row)
                loaded += 1
        except DccValueError as error:
            if strict:
                where = f"{path.name} line {number}: {error.field}"
                raise DccValueError(where, error.value, error.expected) from None
            bad += 1
            if len(bad_rows) < BAD_ROWS_KEPT:
                bad_rows.append(BadRow(number, error.field, str(error.value), error.expected))
    return LoadReport(path.name, loaded, bad, tuple(bad_rows), wrong_check_digits)


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as octets:
            # Octets that are not UTF-8 come through as lone surrogates and so spoil their own row only.
            yield from io.TextIOWrapper(octets, encoding="utf-8-sig", errors="surrogateescape")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DccValueError(path.name, str(error), "a whole gzip file") from None


def _is_not_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _values(line: str) -> list[str]:
    try:
        return [value.strip() for value in next(csv.reader((line,), strict=True), [])]
    except csv.Error as error:
        raise DccValueError("row", line.strip(), f"comma-separated values ({error})") from None


def _row(line: str, header: list[str]) -> Row | None:
    values = _values(line)
    if not values:
        return None
    if len(values) != len(header):
        raise DccValueError("row", f"{len(values)} values", f"{len(header)} values")
    return dict(zip(header, values, strict=True))


def _header(line: str, columns: Columns, where: str) -> list[str]:
    octets = line.encode("utf-8", "surrogateescape")
    if _is_not_utf8(octets):
        shown = octets[:_OCTETS_SHOWN].hex(" ").upper()
        raise DccValueError(where, f"octets {shown} ..", "text in UTF-8")
    try:
        header = _values(line)
    except DccValueError as error:
        raise DccValueError(where, error.value, error.expected) from None
    known = (*columns.read, *columns.passed_over)
    for name in header:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise DccValueError(where, name, f"a known column; the nearest is {nearest!r}")
        if header.count(name) > 1:
            raise DccValueError(where, name, "each column once")
    for name in columns.read:
        if name not in header:
            raise DccValueError(where, ",".join(header), f"a column {name!r}")
    return header


def read_value(row: Row, column: str, parse: Callable[[str], _Value]) -> _Value:
    """The value of a column that has to be filled; an error names the column."""
    try:
        return parse(row[column])
    except DccValueError as error:
        raise DccValueError(column, row[column], error.expected) from None


def read_optional(row: Row, column: str, parse: Callable[[str], _Value]) -> _Value | None:
    """The value of a column, ``None`` where it is empty."""
    return read_value(row, column, parse) if row[column] else None


def read_each(row: Row, column: str, parse: Callable[[str], _Value]) -> tuple[_Value, ...]:
    """The values of a column that semicolons part; empty ones are passed over."""
    parts = (part.strip() for part in row[column].split(";"))
    return tuple(read_value({column: part}, column, parse) for part in parts if part)
