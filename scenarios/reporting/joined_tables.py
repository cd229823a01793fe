"""Tables of all runs put together: a row for each that any run has, numbers as means by variant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scenarios.engine.outcome import Cell, Number, Table
from scenarios.study.results import StudyResult


class JoinedCell(NamedTuple):
    """The mean over the ``runs`` whose table has the row and a number in it; None where no run has."""

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
    """Every table by name, in the order in which the runs have them; rows in the order of the runs."""
    by_name: dict[str, list[tuple[int, Table]]] = {}
    for task, outcome, _ in result.finished:
        for table in outcome.tables:
            by_name.setdefault(table.name, []).append((task.variant, table))
    return tuple(_joined(found, len(result.plan.variants)) for found in by_name.values())


def _joined(found: Sequence[tuple[int, Table]], variants: int) -> JoinedTable:
    first = found[0][1]
    is_key = [_is_key(number, [table for _, table in found]) for number in range(len(first.columns))]
    values: dict[tuple[Cell, ...], list[list[list[Number]]]] = {}
    width = is_key.count(False)
    for variant, table in found:
        for row in table.rows:
            key = tuple(cell for cell, key in zip(row, is_key, strict=True) if key)
            cells = values.setdefault(key, [[[] for _ in range(variants)] for _ in range(width)])
            found_here = (cell for cell, key in zip(row, is_key, strict=True) if not key)
            for column, cell in zip(cells, found_here, strict=True):
                if isinstance(cell, (int, float)):
                    column[variant].append(cell)
    runs = tuple(sum(variant == each for variant, _ in found) for each in range(variants))
    keys, numbers = (_chosen(first.columns, is_key, wanted) for wanted in (True, False))
    return JoinedTable(
        first.name,
        first.title,
        keys,
        numbers,
        tuple(
            JoinedRow(key, tuple(tuple(map(_cell, column)) for column in cells))
            for key, cells in values.items()
        ),
        runs,
    )


def _is_key(column: int, tables: Sequence[Table]) -> bool:
    """The first column says what a row is about, and so does every other that never has a number."""
    cells = (row[column] for table in tables for row in table.rows)
    return column == 0 or not any(isinstance(cell, (int, float)) for cell in cells)


def _chosen(columns: Sequence[str], is_key: Sequence[bool], wanted: bool) -> tuple[str, ...]:
    return tuple(column for column, key in zip(columns, is_key, strict=True) if key is wanted)


def _cell(values: list[Number]) -> JoinedCell:
    return JoinedCell(math.fsum(values) / len(values) if values else None, len(values))
