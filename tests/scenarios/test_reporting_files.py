"""JSON, Markdown and Parquet of reports, and the commands that write them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from report_worlds import FAMILY, NASTY, plan, study, sweep_plan, with_breach
from study_worlds import TOY

from dcc.modifications import Modification
from devices.gbcs.identifiers import Eui64
from scenarios import families
from scenarios.cli import main
from scenarios.engine.journal import Event, EventKind
from scenarios.errors import InputError
from scenarios.reporting.document import document_of
from scenarios.reporting.document_json import SCHEMA, document_json
from scenarios.reporting.document_markdown import document_markdown
from scenarios.reporting.event_checks import event_checks
from scenarios.reporting.study_diff import study_diff
from scenarios.reporting.study_files import SCHEMAS, SENSITIVITY, write_study_files
from scenarios.study.events_file import events_parquet
from scenarios.study.planning import StudySpec, plan_of, switch_pair
from scenarios.study.pools import InProcess
from scenarios.study.runner import run_study
from scenarios.study.store import Store, events_file


@pytest.fixture(autouse=True)
def only_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY})


def kept(folder: Path, *, events: bool = False, **changes: object) -> Path:
    asked = plan_of(
        StudySpec(TOY, seed=5, variants=switch_pair((Modification.SECMP0063,)), replications=3)._replace(
            **changes
        )
    )
    run_study(TOY, asked, InProcess(), store=Store(folder, asked, keeps_events=events))
    return folder


def test_json_has_a_schema_and_what_the_document_says() -> None:
    document = document_of(study(), FAMILY)
    values = json.loads(document_json(document))
    assert values["schema"] == SCHEMA
    (figure,) = (item for item in values["figures"] if item["name"] == "wrong")
    assert [item["mean"] for item in figure["variants"]] == [11, 7]
    assert [item and item["mean"] for item in figure["differences"]] == [None, -4]
    assert values["series"][0]["variants"][0]["mean"] == list(document.curves[0].curves[0].mean)
    assert [item["confirmed"] for item in values["assumptions"]] == [True, False, False, False]
    assert values["question"] == FAMILY.question
    assert values["tables"][0]["runs"] == [3, 3]
    assert "wall" not in document_json(document)


def test_json_of_a_sweep_names_its_axes() -> None:
    values = json.loads(document_json(document_of(study(sweep_plan()), FAMILY)))
    assert values["sweep"]["axes"] == [{"path": "errors.rate", "values": [0.1, 0.2, 0.4]}]


@pytest.mark.parametrize("of", [plan(), sweep_plan(), plan(variants=(), replications=1)])
def test_markdown_has_every_figure_and_each_table_one_width(of: object) -> None:
    text = document_markdown(document_of(study(of), FAMILY))  # type: ignore[arg-type]
    assert "still wrong at the end" in text.lower()
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1
    assert re.search(r"(?<!\\)<b", text) is None


def test_markdown_begins_with_what_is_wrong() -> None:
    result = with_breach(study(complete=False), f"lost {NASTY}")
    text = document_markdown(document_of(result, FAMILY))
    assert text.index("not to be believed") < text.index("Partial") < text.index("## Figures")
    assert "by variant)" in text


def test_markdown_says_what_intervals_are_or_that_there_are_none() -> None:
    several = document_markdown(document_of(study(), FAMILY))
    assert "replications, intervals of 95 % confidence. Intervals are as wide to each side" in several
    one = document_markdown(document_of(study(plan(variants=(), replications=1)), FAMILY))
    assert "1 replication, no intervals." in one


def test_duckdb_reads_runs_figures_series_and_events(tmp_path: Path) -> None:
    folder = kept(tmp_path / "study", events=True)
    assert main(["report", str(folder), "--parquet", str(tmp_path / "tables")]) == 0
    database = duckdb.connect()
    database.execute(f"SET file_search_path = '{tmp_path / 'tables'}'")
    wrong = database.sql(
        "SELECT label, sum(value)::BIGINT FROM 'figures.parquet' JOIN 'runs.parquet' "
        "USING (variant, replication) WHERE figure = 'wrong' AND unit = 'homes' GROUP BY ALL ORDER BY label"
    ).fetchall()
    events = database.sql(
        "SELECT label, count(*) FROM 'events.parquet' JOIN 'runs.parquet' USING (variant, replication) "
        "GROUP BY ALL ORDER BY label"
    ).fetchall()
    # The toy writes an event for each home that went wrong.
    assert wrong == events
    assert [label for label, _ in wrong] == ["with secmp0063", "without secmp0063"]
    assert database.sql("SELECT min(event), typeof(any_value(at_utc)) FROM 'events.parquet'").fetchall() == [
        (0, "TIMESTAMP WITH TIME ZONE")
    ]
    stock = "SELECT count(DISTINCT day) FROM 'series.parquet' WHERE series = 'stock' AND NOT is_per_day"
    assert database.sql(stock).fetchall() == [(2,)]


def test_tables_name_their_schemas_and_are_the_same_each_time(tmp_path: Path) -> None:
    folder = kept(tmp_path / "study", events=True)
    for name in ("one", "other"):
        assert main(["report", str(folder), "--parquet", str(tmp_path / name)]) == 0
    assert not (tmp_path / "one" / SENSITIVITY).exists()
    for name, schema in SCHEMAS.items():
        if name == SENSITIVITY:
            continue
        assert pq.read_schema(tmp_path / "one" / name).metadata[b"dccbench_schema"] == schema.encode()
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_study_without_events_has_no_table_of_them(tmp_path: Path) -> None:
    names = write_study_files(tmp_path, study(), FAMILY, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert "events.parquet" not in names


def test_a_report_goes_into_the_studys_folder_and_does_not_disturb_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = kept(tmp_path / "study")
    assert main(["report", str(folder)]) == 0
    page = folder / "report.html"
    assert capsys.readouterr().out == f"written: {page}\n"
    first = page.read_bytes()
    kept(folder)
    assert main(["report", str(folder), "--html", str(tmp_path / "again.html")]) == 0
    assert (tmp_path / "again.html").read_bytes() == first


def test_what_goes_to_standard_output_goes_there_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = kept(tmp_path / "study")
    assert main(["report", str(folder), "--json", "-", "--html", str(tmp_path / "page.html")]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == SCHEMA
    assert main(["report", str(folder), "--json", "-", "--markdown", "-"]) == 2
    assert "expected two files" in capsys.readouterr().err


def test_breaches_leave_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept(tmp_path / "study", values={"homes": 7})
    assert main(["report", str(folder), "--markdown", "-"]) == 1
    assert "not to be believed" in capsys.readouterr().err


def test_kept_events_are_held_against_each_other(tmp_path: Path) -> None:
    result = study(plan(replications=1, variants=()))
    task = result.finished[0].task
    assert event_checks(tmp_path, result) == ()
    file = events_file(tmp_path, task)
    file.parent.mkdir(parents=True)
    at, who, device = datetime(2026, 1, 5, tzinfo=UTC), Eui64(b"\x01" * 8), Eui64(b"\x02" * 8)

    def found(*events: tuple[EventKind, int]) -> tuple[str, ...]:
        file.write_bytes(events_parquet([Event(at, kind, "I0", who, device, number=n) for kind, n in events]))
        (check,) = event_checks(tmp_path, result)
        return check.found

    request, final = EventKind.REQUEST, EventKind.FINAL
    assert found((request, 1), (request, 2), (final, 2), (final, 1)) == ()
    where = "no modification, replication 1"
    assert found((request, 1)) == (f"{where}: 1 requests have not one final state in the events",)
    assert found((request, 1), (final, 1), (final, 1)) == (
        f"{where}: 1 requests have not one final state in the events",
    )
    assert found((final, 1)) == (f"{where}: 1 final states are of no request in the events",)
    file.write_bytes(b"no Parquet")
    with pytest.raises(InputError, match="expected the events of a run"):
        event_checks(tmp_path, result)


@pytest.mark.parametrize("command", ["report {}", "diff {} {}"])
def test_a_folder_without_a_study_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.format(tmp_path, tmp_path).split()) == 2
    assert "expected the folder of a study" in capsys.readouterr().err


def test_files_that_cannot_be_written_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept(tmp_path / "study")
    (tmp_path / "file").touch()
    assert main(["report", str(folder), "--parquet", str(tmp_path / "file")]) == 2
    assert "--parquet" in capsys.readouterr().err
    assert main(["report", str(folder), "--html", str(tmp_path / "file" / "page.html")]) == 2
    assert "--html" in capsys.readouterr().err


def test_a_study_and_itself_differ_in_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = kept(tmp_path / "one"), kept(tmp_path / "other")
    assert main(["diff", str(one), str(other), "--check"]) == 0
    assert capsys.readouterr().out.startswith("Nothing differs: the same was asked, and 6 runs")


def test_studies_of_other_inputs_are_compared_by_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = kept(tmp_path / "one"), kept(tmp_path / "other", values={"wrong_rate": 0.5})
    assert main(["diff", str(one), str(other)]) == 0
    assert main(["diff", str(one), str(other), "--check", "--json"]) == 1
    text, _, values = capsys.readouterr().out.partition("{")
    assert re.search(r"errors\.wrong_rate\s*\|\s*0\.25\s*\|\s*0\.5", text)
    found = json.loads("{" + values)
    assert not found["same"]
    (wrong,) = (
        item
        for item in found["figures"]
        if item["figure"] == "wrong" and item["variant"] == "without secmp0063"
    )
    assert wrong["pairs"] == 3
    assert wrong["difference"]["low"] is not None
    assert wrong["difference"]["mean"] == pytest.approx(wrong["second"]["mean"] - wrong["first"]["mean"])


def test_studies_of_other_seeds_have_no_pairs_and_no_intervals() -> None:
    one, other = study(), study(plan(seed=10))
    found = study_diff(one, other, FAMILY)
    assert [item.what for item in found.asked] == ["seed"]
    assert found.runs == 0
    for item in found.figures:
        assert item.pairs == 0
        assert item.change is not None
        assert item.change.half_width is None
    assert not found.is_same


def test_a_run_that_came_to_something_else_is_counted_even_with_the_same_figures() -> None:
    one, other = study(), with_breach(study(), "a home got lost")
    found = study_diff(one, other, FAMILY)
    assert (found.runs, found.runs_apart) == (6, 1)
    assert all(item.is_same for item in found.figures)
    assert not found.is_same


def test_switches_that_differ_are_told_and_variants_that_are_in_one_alone() -> None:
    alone = study(plan(variants=()))
    other = study(plan(variants=(), on=(Modification.MP128A,)))
    (asked,) = (item for item in study_diff(alone, other, FAMILY).asked if item.what == "modifications")
    assert (asked.first, asked.second) == ("–", "mp128a")  # noqa: RUF001
    found = study_diff(study(), other, FAMILY)
    assert found.unmatched == (
        "variant 'without secmp0063' is in the first study alone",
        "variant 'with secmp0063' is in the first study alone",
        "variant 'with mp128a' is in the second study alone",
    )


def test_studies_of_two_scenarios_are_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = kept(tmp_path / "one")
    other_family = TOY._replace(name="other-toy")
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY, "other-toy": other_family})
    asked = plan_of(StudySpec(other_family))
    run_study(other_family, asked, InProcess(), store=Store(tmp_path / "other", asked))
    assert main(["diff", str(one), str(tmp_path / "other")]) == 2
    assert "expected studies of one scenario" in capsys.readouterr().err
