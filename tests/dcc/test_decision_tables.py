"""Decision tables as data: what makes a table good, and that the tests they name are there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dcc.decision_tables.index import TABLES
from dcc.decision_tables.model import Column, DecisionRow, DecisionTable
from dcc.modification_records import RECORDS, record_named

ROOT = Path(__file__).resolve().parent.parent.parent
ONE = DecisionRow(1, ("a",), ("x", "y"))


def table(*rows: DecisionRow) -> DecisionTable:
    return DecisionTable("mp000", ("situation",), (Column("off"), Column("on")), rows)


def test_a_row_names_its_test_as_pytest_does() -> None:
    one = table(ONE, ONE._replace(number=2, tested=False))
    expected = "tests/dcc/test_modification_tables_mp000.py::test_row[mp000-1]"
    assert [one.test_of(row) for row in one.rows] == [expected, None]
    assert one.rows_held_by_tests() == (ONE,)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((ONE._replace(number=2),), "mp000: row 2, expected 1"),
        ((ONE, ONE), "mp000: row 1, expected 2"),
        ((ONE._replace(situation=()),), "mp000: row 1 has other columns"),
        ((ONE._replace(outcomes=("x",)),), "mp000: row 1 has other columns"),
    ],
)
def test_a_table_that_does_not_fit_together_is_none(rows: tuple[DecisionRow, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(*rows)


def test_every_modification_has_its_table_under_its_number() -> None:
    assert set(TABLES) == {record.name for record in RECORDS}


@pytest.mark.parametrize("name", TABLES)
def test_columns_switch_what_the_modification_has(name: str) -> None:
    """The first is before it; each of the others switches something of it on."""
    found, switches = TABLES[name], set(record_named(name).switches)
    assert found.name == name
    assert not found.columns[0].switches
    for column in found.columns[1:]:
        assert column.switches & switches, column.heading


def test_every_test_that_a_row_names_is_there() -> None:
    files = sorted(str(path) for path in (ROOT / "tests/dcc").glob("test_modification_tables_*.py"))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    collected = {line for line in done.stdout.splitlines() if "::test_row[" in line}
    named = {found.test_of(row) for found in TABLES.values() for row in found.rows_held_by_tests()}
    assert named == collected
