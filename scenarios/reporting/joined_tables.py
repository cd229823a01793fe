"""Tables of all runs put together: a row for each that any run has, numbers as means by variant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scenarios.engine.outcome import Cell, Number, Table
from scenarios.study.results import StudyResult

_Key = tuple[Cell, ...]
_Values = list[list[list[Number]]]
"""For each column of numbers and each variant what there is in its runs."""


class JoinedCell(NamedTuple):
    """The mean over so many ``runs``; None where there is none.

    Of counts, which are columns of whole numbers, that is all runs of the variant, if any has the row: those
    that do not count as 0. Of other numbers it is the runs that have the row and a number in it.
    """

    mean: float | None
    runs: int


class JoinedRow(NamedTuple):
    """What the row is about, then its numbers: for each column of numbers a cell for each variant."""

    key: tuple[Cell, ...]
    cells: tuple[tuple[JoinedCell, ...], ...]


class JoinedTable(NamedTuple):
    """``keys`` and ``numbers`` are the headings of the two kinds of columns; ``runs`` counts by variant."""

    name: str
    title: str
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[JoinedRow, ...]
    runs: tuple[int, ...]

    @property
    def is_uneven(self) -> bool:
        """Whether a row is missing in some of the runs, so that its mean is not of all of them."""
        return any(
            cell.runs != runs
            for row in self.rows
            for column in row.cells
            for cell, runs in zip(column, self.runs, strict=True)
        )


def joined_tables(result: StudyResult) -> tuple[JoinedTable, ...]:
    """Every table by name, in the order in which the runs have them.

    Rows are sorted as those of the runs are, if they are; else they stand as they first came. Tables whose
    rows are no rows of their columns are left out, for the checks to tell.
    """
    found: dict[tuple[str, tuple[str, ...]], list[tuple[int, Table]]] = {}
    for task, outcome, _ in result.finished:
        for table in outcome.tables:
            if all(len(row) == len(table.columns) for row in table.rows):
                found.setdefault((table.name, table.columns), []).append((task.variant, table))
    return tuple(_joined(tables, len(result.plan.variants)) for tables in found.values())


def _joined(found: Sequence[tuple[int, Table]], variants: int) -> JoinedTable:
    tables = [table for _, table in found]
    columns = range(len(tables[0].columns))
    keys = [column for column in columns if _is_key(column, tables)]
    numbers = [column for column in columns if column not in keys]
    runs = tuple(sum(variant == each for variant, _ in found) for each in range(variants))
    of_which = [runs if _are_counts(column, tables) else None for column in numbers]
    rows = _in_order(_collected(found, keys, numbers, variants), tables)
    return JoinedTable(
        tables[0].name,
        tables[0].title,
        tuple(tables[0].columns[column] for column in keys),
        tuple(tables[0].columns[column] for column in numbers),
        tuple(JoinedRow(key, tuple(map(_cells, values, of_which))) for key, values in rows),
        runs,
    )


def _is_key(column: int, tables: Sequence[Table]) -> bool:
    """The first column says what a row is about, and so does every other that never has a number."""
    cells = (row[column] for table in tables for row in table.rows)
    return column == 0 or not any(isinstance(cell, (int, float)) for cell in cells)


def _are_counts(column: int, tables: Sequence[Table]) -> bool:
    return all(type(row[column]) is int for table in tables for row in table.rows)


def _collected(
    found: Sequence[tuple[int, Table]], keys: Sequence[int], numbers: Sequence[int], variants: int
) -> dict[_Key, _Values]:
    values: dict[_Key, _Values] = {}
    for variant, table in found:
        for row in table.rows:
            key = tuple(row[column] for column in keys)
            cells = values.setdefault(key, [[[] for _ in range(variants)] for _ in numbers])
            for of_column, column in zip(cells, numbers, strict=True):
                cell = row[column]
                if isinstance(cell, (int, float)):
                    of_column[variant].append(cell)
    return values


def _in_order(values: Mapping[_Key, _Values], tables: Sequence[Table]) -> list[tuple[_Key, _Values]]:
    firsts = [[_rank(row[0]) for row in table.rows] for table in tables]
    if all(each == sorted(each) for each in firsts):
        return sorted(values.items(), key=lambda item: tuple(map(_rank, item[0])))
    return list(values.items())


def _rank(cell: Cell) -> tuple[bool, Number, str]:
    """Numbers by size, then texts."""
    return (False, cell, "") if isinstance(cell, (int, float)) else (True, 0, cell or "")


def _cells(values: Sequence[Sequence[Number]], runs: Sequence[int] | None) -> tuple[JoinedCell, ...]:
    """The means by variant; of counts ``runs`` is in how many there might have been one."""
    counts = list(map(len, values)) if runs is None else runs
    return tuple(
        JoinedCell(math.fsum(each) / count if each else None, count)
        for each, count in zip(values, counts, strict=True)
    )
