"""``dccbench modifications``: what it lists, and what it shows of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dcc.decision_tables.index import TABLES
from dcc.modification_records import RECORDS
from dcc.releases import RELEASES, Modification
from scenarios.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(("modifications", *arguments))
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def shown(run: Run, name: str) -> dict[str, Any]:
    status, out, err = run("show", name, "--json")
    assert (status, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def rows_of(text: str) -> dict[str, tuple[str, str]]:
    """The rows of a decision table: situation and outcome by number, broken lines put together."""
    found: dict[str, tuple[str, str]] = {}
    number = ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3:
            number = cells[0] or number
            before = found.get(number, ("", ""))
            found[number] = (f"{before[0]} {cells[1]}".strip(), f"{before[1]} {cells[2]}".strip())
    return found


def test_the_list_has_every_modification_switch_and_release(run: Run) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    for record in RECORDS:
        assert record.number in out
    for name in (*(item.value for item in Modification), *(item.name for item in RELEASES)):
        assert name in out
    assert "never" in out
    assert "2023-06-29" in out
    assert "presumed: no source seen confirms" in out
    assert max(map(len, out.splitlines())) <= 110


def test_the_list_for_machines(run: Run) -> None:
    listed = json.loads(run("--json")[1])
    assert listed["schema"] == "dccbench/modifications/1"
    by_number = {item["number"]: item for item in listed["modifications"]}
    assert list(by_number) == [record.number for record in RECORDS]
    assert by_number["SECMP0063"]["in_force"] == {"since": None, "confirmed": True, "why": "withdrawn"}
    assert by_number["MP128A"]["in_force"]["since"] == "2023-06-29"
    assert by_number["MP107"]["switches"] == ["mp107.dsp", "mp107.s1sp"]
    assert [item for item, said in by_number.items() if said["in_force"]["confirmed"]] == [
        "SECMP0063",
        "MP128A",
    ]
    today = next(item for item in listed["releases"] if item["name"] == "today")
    assert "mp128a" in today["modifications"]
    assert "mp128a" not in today["presumed"]
    assert "mp107.dsp" in today["presumed"]
    assert not {"secmp0063", "secmp0063.gpf"} & set(today["modifications"])


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.number)
def test_of_each_the_rule_before_and_after_its_table_and_its_tests_are_shown(run: Run, record: Any) -> None:
    status, out, err = run("show", record.number)
    assert (status, err) == (0, "")
    for line in (*record.rule_before, *record.rule_after, record.problem, str(record.outcome)):
        assert line in out
    before, after = out.index("Rule before:"), out.index("Rule after:")
    assert before < after < out.index("Decision table:") < out.index("Tests:")
    table, rows = TABLES[record.name], rows_of(out)
    for row in table.rows:
        test = table.test_of(row)
        assert test is not None
        assert f"  row {row.number}: {test}\n" in f"{out}\n"
        situation, outcome = rows[str(row.number)]
        assert all(said in situation for said in row.situation), situation
        assert all(said in outcome for said in row.outcomes), outcome


def test_mp107_differs_by_where_it_is_switched_on(run: Run) -> None:
    found = shown(run, "MP107")["decision_table"]
    assert [column["switches"] for column in found["columns"]] == [
        [],
        ["mp107.dsp", "mp107.s1sp"],
        ["mp107.dsp"],
        ["mp107.s1sp"],
    ]
    row = found["rows"][1]
    off, on, dsp, s1sp = row["outcomes"].values()
    assert off == s1sp
    assert len({off, on, dsp}) == 3
    assert row["test"] == "tests/dcc/test_modification_tables_mp107.py::test_row[mp107-2]"


def test_what_no_source_says_is_not_shown_as_known(run: Run) -> None:
    found = shown(run, "MP107")
    assert found["outcome"]["confirmed"] is False
    assert found["in_force"]["confirmed"] is False
    assert found["sec_objectives"] == []
    text = run("show", "MP107")[1]
    assert "SEC objectives:\n  in no source seen\n" in text
    assert "In force: 2022-11-03, presumed" in text
    assert "Cost:\n  in no source seen\n" in run("show", "SECMP0063")[1]


def test_the_withdrawn_one_says_so_and_marks_its_codes_as_ours(run: Run) -> None:
    text = run("show", "secmp0063")[1]
    assert "withdrawn by its proposer in November 2019, never implemented" in text
    assert "In force: never (withdrawn)" in text
    found = shown(run, "SECMP0063")
    assert len(found["decision_table"]["rows"]) == 17
    outcomes = [said for row in found["decision_table"]["rows"] for said in row["outcomes"].values()]
    assert any(said.startswith("SIM-E061590") for said in outcomes)
    assert not any(said.startswith(("E061590", "E062190")) for said in outcomes)


def test_a_switch_shows_the_modification_that_it_is_of(run: Run) -> None:
    assert shown(run, "mp107.S1SP") == shown(run, "MP107")


@pytest.mark.parametrize(
    "arguments", [("show", "mp108"), ("show", ""), ("show",), ("list",), ("show", "a", "b")]
)
def test_bad_usage_is_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_an_unknown_one_is_told_with_those_there_are(run: Run) -> None:
    _, _, err = run("show", "mp108")
    assert (
        err == "dccbench: modification: 'mp108', expected one of: SECMP0063, MP107, MP128A, MP128B, MP074\n"
    )


def test_json_may_stand_on_either_side(run: Run) -> None:
    assert run("--json", "show", "MP074") == run("show", "MP074", "--json")
