"""What studies tell of folders, damaged files, labels and switches; reports of many variants and of zeros."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from report_worlds import FAMILY, plan, study, sweep_plan
from study_worlds import OTHER, TOY

from dcc.modifications import Modification
from scenarios import families
from scenarios.cli import main
from scenarios.errors import InputError
from scenarios.families import FAMILIES
from scenarios.reporting.document import document_of
from scenarios.reporting.html import document_html
from scenarios.reporting.study_diff import study_diff
from scenarios.study.planning import VariantSpec, switch_pair
from scenarios.study.results import StudyResult
from scenarios.study.store import load_study
from scenarios.unrelated import note_on

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    known = {family.name: family for family in (FAMILIES["install-wave"], TOY, OTHER)}
    monkeypatch.setattr(families, "FAMILIES", known)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_sweep_goes_on_by_the_name_of_its_scenario_alone(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "study")
    sweep = ("compare", "toy", "--sweep", "population.homes=20,30", "--replications", "2", "--seed", "4")
    _, first, _ = run(*sweep, "--out", folder)
    (tmp_path / "study" / "tasks" / "v001-r00001.json").unlink()
    status, again, err = run("compare", "toy", "--resume", folder)
    assert (status, again, err[:16]) == (0, first, "60 GBCS messages")
    assert run("run", "toy", "--resume", folder)[:2] == (0, first)
    status, _, err = run("compare", "other-toy", "--resume", folder)
    assert status == 2
    assert "has a study of toy, expected one of other-toy" in err
    # With an option of a plan it is that plan which has to be there.
    assert "has another study" in run("compare", "toy", "--resume", folder, "--seed", "5")[2]
    assert run("compare", "toy", "--resume", str(tmp_path))[2].endswith("expected the folder of one\n")


def test_the_install_wave_goes_on_too(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "study")
    asked = ("run", "install-wave", "--homes", "3", "--seed", "3", "--replications", "1")
    status, first, _ = run(*asked, "--out", folder)
    assert status == 0
    status, again, err = run("run", "install-wave", "--resume", folder)
    assert (status, again) == (0, first)
    assert err.startswith("0 GBCS messages")


@pytest.mark.parametrize("content", ['{"schema": ', "[]", "{}", "\udcff"])
def test_a_damaged_file_of_a_task_is_named_and_what_to_do(run: Run, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "study"
    run("run", "toy", "--out", str(folder))
    task = folder / "tasks" / "v000-r00000.json"
    task.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError) as raised:
        load_study(folder)
    assert str(task) in str(raised.value)
    assert str(raised.value).endswith("remove it, and go on with the study to run it again")
    task.unlink()
    assert run("run", f"{folder}/")[0] == 0


def test_variants_of_other_labels_are_held_against_each_other() -> None:
    renamed = tuple(VariantSpec(label, *of[1:]) for label, of in zip("ab", switch_pair(_ON), strict=True))
    found = study_diff(study(), study(plan(variants=renamed)), FAMILY)
    assert not found.unmatched
    assert {item.variant for item in found.figures} == {"without secmp0063 / a", "with secmp0063 / b"}
    assert found.runs == 6
    assert [item.what for item in found.asked] == [
        "label, without secmp0063 / a", "label, with secmp0063 / b"
    ]  # fmt: skip


def test_what_is_the_same_but_for_its_label_is_found_whatever_its_place() -> None:
    before, after = switch_pair(_ON)
    turned = study(plan(variants=(after._replace(label="b"), before._replace(label="a"))))
    assert {item.variant for item in study_diff(study(), turned, FAMILY).figures} == {
        "without secmp0063 / a", "with secmp0063 / b"
    }  # fmt: skip


def test_as_many_unlike_variants_go_by_their_order_and_others_stay_alone() -> None:
    other = study(plan(variants=switch_pair((Modification.MP128A,))))
    found = study_diff(study(), other, FAMILY)
    assert {item.variant for item in found.figures} == {
        "without secmp0063 / without mp128a", "with secmp0063 / with mp128a"
    }  # fmt: skip
    three = study(plan(variants=(*switch_pair((Modification.MP128A,)), VariantSpec("third"))))
    assert len(study_diff(study(), three, FAMILY).unmatched) == 3


_ON = (Modification.SECMP0063,)


@pytest.mark.parametrize(
    ("family", "switch", "is_met"),
    [
        ("install-wave", Modification.SECMP0063, True),
        ("install-wave", Modification.MP107_DSP, False),
        ("acb-swap", Modification.MP128A, True),
        ("acb-swap", Modification.MP128B, False),
        ("gno-sale", Modification.SECMP0063_GPF, True),
        ("smets1-correction", Modification.MP107_S1SP, True),
        ("recovery", Modification.MP074, False),
    ],
)
def test_switches_that_nothing_depends_on_are_told(family: str, switch: Modification, is_met: bool) -> None:
    note = note_on(FAMILIES[family], [switch])
    assert (note == "") is is_met
    assert is_met or f"nothing in {family} depends on that" in note


def test_the_wave_says_so_on_standard_error_and_in_its_report(run: Run) -> None:
    _, out, err = run("run", "install-wave", "--homes", "2", "--compare", "mp107")
    told = "mp107: nothing in install-wave depends on that"
    assert told in err
    assert told in out
    assert told not in run("run", "install-wave", "--homes", "2", "--compare", "secmp0063")[1]
    assert told in run("compare", "install-wave", "--set", "population.homes=2", "--with", "mp107")[2]
    document = document_of(study(plan(variants=switch_pair((Modification.MP107_DSP,)))), FAMILY)
    assert "mp107.dsp: nothing in made-up depends on that" in document_html(document)


def test_a_sweep_with_many_variants_has_a_row_for_each_value() -> None:
    page = " ".join(document_html(document_of(study(sweep_plan()), FAMILY)).split())
    table = re.search(r'<table class="stack one"> <caption>Wrong ones.*?</table>', page)
    assert table is not None
    assert table[0].count("<tr>") == 1 + 3
    headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table[0])
    assert headings[1:] == ["without secmp0063", "with secmp0063", "Difference"]
    assert re.findall(r'<th scope="row">(.*?)</th>', table[0]) == ["0.1", "0.2", "0.4"]
    # One legend above all charts, not one below each of them.
    assert page.count("with secmp0063, errors.rate = 0.4</span>") == 1


def _without_waiting(result: StudyResult) -> StudyResult:
    def still(done):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        series = tuple(
            item._replace(values=tuple(0 for _ in item.values)) if item.name == "waiting" else item
            for item in done.outcome.series
        )
        return done._replace(outcome=done.outcome._replace(series=series))

    return result._replace(finished=tuple(map(still, result.finished)))


def test_what_is_0_throughout_has_a_line_and_no_chart() -> None:
    page = document_html(document_of(_without_waiting(study()), FAMILY))
    assert "series-waiting-title" not in page
    assert "series-commands-title" in page
    assert "0 throughout, and so without a chart: Corrections waiting." in page
    assert "0 throughout" not in document_html(document_of(study(), FAMILY))
