"""A modification's decision table: situations in rows, and what becomes of each under which switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dcc.releases import Modification


class Column(NamedTuple):
    """An outcome column: its heading, and which of the modification's switches are on."""

    heading: str
    switches: frozenset[Modification] = frozenset()


class DecisionRow(NamedTuple):
    """One situation and its outcomes, in the order of the table's columns.

    An outcome names the code that the User gets, where there is one, before a colon: ``I0: Pre-Command``.
    ``assumed`` says what of the row no source confirms. ``tested`` is False while no test holds the row.
    """

    number: int
    situation: tuple[str, ...]
    outcomes: tuple[str, ...]
    assumed: str = ""
    tested: bool = True


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """The rows of one modification. ``name`` is its number in lower case, such as ``mp107``.

    Raises:
        ValueError: a row has other columns than the table, or the rows are not numbered from 1.
    """

    name: str
    situation: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[DecisionRow, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if row.number != number:
                raise ValueError(f"{self.name}: row {row.number}, expected {number}")
            if len(row.situation) != len(self.situation) or len(row.outcomes) != len(self.columns):
                raise ValueError(f"{self.name}: row {number} has other columns than the table")

    def test_of(self, row: DecisionRow) -> str | None:
        """The test that holds a row, as pytest names it; None while there is none."""
        if not row.tested:
            return None
        return f"tests/dcc/test_modification_tables_{self.name}.py::test_row[{self.row_id(row)}]"

    def row_id(self, row: DecisionRow) -> str:
        """Table and row, ``mp107-2``: the id of the row's test."""
        return f"{self.name}-{row.number}"

    def rows_held_by_tests(self) -> tuple[DecisionRow, ...]:
        """The rows that tests hold: what the table's test is parametrised with."""
        return tuple(row for row in self.rows if row.tested)
