"""Which input carries the answer: variants of such a study, the order of inputs, what is said of chance."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from study_worlds import TOY

from dcc.modifications import Modification
from scenarios import families
from scenarios.cli import main
from scenarios.engine.outcome import Outcome
from scenarios.errors import InputError
from scenarios.reporting.document import document_of
from scenarios.reporting.document_json import document_values
from scenarios.reporting.document_markdown import document_markdown
from scenarios.reporting.html import document_html
from scenarios.reporting.rerun import rerun_of
from scenarios.reporting.study_files import SENSITIVITY, write_study_files
from scenarios.reporting.wording import MINUS
from scenarios.study.file_schema import study_schema
from scenarios.study.planning import StudySpec, SweepAxis, VariantSpec, plan_of, switch_pair, tasks_of
from scenarios.study.pools import InProcess
from scenarios.study.results import Finished, Plan, StudyResult, Task
from scenarios.study.runner import run_study
from scenarios.study.sensitivity import Ranking, Verdict, rankings_of
from scenarios.study.sensitivity_words import sentences
from scenarios.study.store import load_study
from scenarios.study.study_file import read_study
from scenarios.study.study_json import study_report
from scenarios.study.study_text import study_text
from scenarios.study.study_values import plan_from, plan_values
from scenarios.study.varied import SensitivitySpec, Varied

PAIR = switch_pair((Modification.SECMP0063,))
NAMED = SensitivitySpec(
    ("wrong",), Varied.NAMED, {"homes": (20, 60), "wrong_rate": (0.1, 0.5), "weekends": None}
)


def plan(asked: SensitivitySpec = NAMED, **more: Any) -> Plan:
    return plan_of(StudySpec(TOY, **{"replications": 3, "sensitivity": asked, **more}))


def result_of(asked: Plan, wrong: dict[int, tuple[int, ...]], replications: int = 3) -> StudyResult:
    """A study whose figure "wrong" is this by variant and replication; 10 for all other variants."""
    finished = []
    for task in tasks_of(asked):
        values = wrong.get(task.variant, (10, 10, 10))
        if task.replication < replications:
            figures = {"homes": 40, "wrong": values[task.replication], "cost": 1.0}
            finished.append(Finished(task, Outcome(figures, (), (), 1, 1.0, "the end")))
    return StudyResult("0", asked, tuple(finished), True)


def ranking_of(wrong: dict[int, tuple[int, ...]], **more: Any) -> Ranking:
    return rankings_of(result_of(plan(**more), wrong), "wrong")[0]


def test_one_input_at_a_time_has_another_value() -> None:
    found = plan(NAMED, variants=PAIR)
    assert found.at_each_point == 2
    changed = [(variant.changed, variant.baseline) for variant in found.variants]
    assert changed[:4] == [((), 0), ((), 0), (("homes",), 0), (("homes",), 2)]
    assert len(found.variants) == 2 * (1 + 2 + 2 + 1)
    assert [variant.values["homes"] for variant in found.variants[:6]] == [40, 40, 20, 20, 60, 60]
    assert found.variants[-1].label == "with secmp0063, time.weekends = true"
    assert found.sensitivity is not None
    assert [item.others for item in found.sensitivity.inputs] == [(20, 60), (0.1, 0.5), (True,)]


def test_by_default_what_is_assumed_is_varied_about_the_studys_own_values() -> None:
    found = plan(SensitivitySpec(), values={"wrong_rate": 0.4}).sensitivity
    assert found is not None
    assert found.figures == ("wrong",)
    # Texts have nothing else to be, and homes are confirmed.
    assert {item.name: item.others for item in found.inputs}.keys() == {
        "wrong_rate", "care", "weekends", "start"
    }  # fmt: skip
    assert next(item for item in found.inputs if item.name == "wrong_rate").others == (0.2, 0.8)
    everything = plan(SensitivitySpec(only=Varied.ALL)).sensitivity
    assert everything is not None
    assert "homes" in {item.name for item in everything.inputs}
    chosen = tuple(item._replace(is_choice=item.name == "care") for item in TOY.parameters)
    left = plan_of(StudySpec(TOY._replace(parameters=chosen), sensitivity=SensitivitySpec())).sensitivity
    assert left is not None
    assert "care" not in {item.name for item in left.inputs}


def test_plausible_values_that_do_not_fit_the_others_are_left_out() -> None:
    def check(inputs: Any) -> None:
        if inputs.wrong_rate > 0.3:
            raise InputError("errors.wrong_rate: too high")

    spec = StudySpec(TOY._replace(check=check), sensitivity=SensitivitySpec())
    found = plan_of(spec).sensitivity
    assert found is not None
    assert next(item for item in found.inputs if item.name == "wrong_rate").others == (0.125,)
    named = SensitivitySpec(named={"wrong_rate": (0.2, 0.4)})
    with pytest.raises(
        InputError, match=r"sensitivity: errors\.wrong_rate = 0\.4: errors\.wrong_rate: too high"
    ):
        plan_of(spec._replace(sensitivity=named))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"asked": SensitivitySpec(only=Varied.NAMED)}, "no input to vary"),
        ({"asked": SensitivitySpec(named={"name": None})}, "population.name has nothing to be tried as"),
        ({"asked": SensitivitySpec(("wrogn",))}, "did you mean wrong?"),
        ({"sweep": (SweepAxis("population.homes", "homes", (1, 2)),)}, "there is a sweep"),
        ({"variants": tuple(VariantSpec(name) for name in "abc")}, "3 variants, expected one"),
        ({"variants": (VariantSpec("a", values={"homes": 3}),)}, "population.homes is set by a variant"),
    ],
)
def test_what_does_not_go_together_is_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told.replace("?", r"\?")):
        plan(**more)


def test_inputs_stand_in_the_order_of_their_effects_what_may_be_chance_last() -> None:
    # homes: 20, 60; wrong_rate: 0.1, 0.5; weekends: true.
    ranking = ranking_of({1: (7, 5, 6), 2: (10, 10, 10), 3: (40, 10, 1), 4: (1, 18, 10), 5: (11, 11, 11)})
    assert [item.input.name for item in ranking.inputs] == ["homes", "weekends", "wrong_rate"]
    assert [item.is_noise for item in ranking.inputs] == [False, False, True]
    assert ranking.inputs[0].span == 4
    assert ranking.inputs[0].effects[0].change.mean == -4
    assert ranking.inputs[0].effects[0].figure.mean == 6
    said = " ".join(sentences(ranking, 0.95))
    assert "May be chance, since 0 is in the intervals: errors.wrong_rate." in said
    assert "Were none" not in said


def test_an_effect_is_of_the_pairs_of_runs_alone() -> None:
    """The figure varies by far more than the input changes it: common random events tell it all the same."""
    ranking = ranking_of({0: (10, 100, 1000), 1: (9, 99, 999), 5: (10, 100, 1000)})
    homes = next(item for item in ranking.inputs if item.input.name == "homes")
    assert not homes.effects[0].is_noise
    assert homes.effects[0].change == (3, -1.0, 0.0, 0.0, None)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((10, 11, 12), (5, 7, 6), Verdict.STAYS),
        ((10, 11, 12), (15, 17, 16), Verdict.TURNS),
        ((10, 11, 12), (9, 11, 13), Verdict.UNCLEAR),
        ((10, 11, 12), (10, 11, 12), Verdict.GONE),
    ],
)
def test_whether_an_assumption_turns_the_answer_over(
    before: tuple[int, ...], after: tuple[int, ...], verdict: Verdict
) -> None:
    """Before and after by variants 0 and 1, and by 2 and 3 with the first other value."""
    wrong = {0: (10, 11, 12), 1: (5, 6, 7), 2: before, 3: after}
    for number in range(4, 12):
        wrong[number] = wrong[number % 2]
    ranking = ranking_of(wrong, variants=PAIR)
    assert ranking.is_difference
    assert ranking.label == "with secmp0063 less without secmp0063"
    item = next(item for item in ranking.inputs if item.input.name == "homes")
    assert ranking.verdict(item.effects[0]) is verdict
    said = next(sentences(ranking, 0.95))
    assert ("homes = 20" in said) is (verdict is not Verdict.STAYS)
    assert said.startswith("No value that was tried turns") is (verdict is not Verdict.TURNS)


def test_one_replication_tells_nothing_of_chance() -> None:
    result = result_of(plan(variants=PAIR), {1: (5,), 3: (4,)}, replications=1)
    ranking = rankings_of(result, "wrong")[0]
    assert all(ranking.verdict(effect) is Verdict.OPEN for item in ranking.inputs for effect in item.effects)
    said = " ".join(sentences(ranking, 0.95))
    assert "One replication does not tell whether any assumption turns" in said
    assert "One replication has no intervals" in said


def test_what_was_not_run_yet_is_told_and_the_rest_stands() -> None:
    whole = result_of(plan(), {1: (5, 5, 5)})
    part = whole._replace(finished=whole.finished[:3], complete=False)
    (ranking,) = rankings_of(part, "wrong")
    assert [len(item.effects) for item in ranking.inputs] == [2, 0, 0]
    assert "Not yet run with all values: errors.wrong_rate, time.weekends." in sentences(ranking, 0.95)
    page = document_html(document_of(part, TOY))
    assert "3 runs are finished of 18 at most" in " ".join(page.split())
    assert "Not complete: 3 runs are finished;" in study_text(part, TOY)


def test_a_real_study_finds_what_matters() -> None:
    """Homes go wrong at a rate: the number of homes and the rate decide, weekends nothing."""
    result = run_study(TOY, plan(variants=PAIR, replications=4), InProcess())
    difference, before, after = rankings_of(result, "wrong")
    assert [item.input.name for item in before.inputs][-1] == "weekends"
    assert {item.input.name for item in before.clear_inputs} == {"homes", "wrong_rate"}
    assert before.base.mean > after.base.mean
    assert difference.base.mean == pytest.approx(after.base.mean - before.base.mean)
    text = study_text(result, TOY)
    assert "the difference, with secmp0063 less without secmp0063" in text
    assert "Changed nothing on average: time.weekends." in text


def test_plans_come_back_and_can_be_asked_for_again() -> None:
    asked = plan(NAMED, variants=PAIR, values={"homes": 30})
    assert plan_from(json.loads(json.dumps(plan_values(asked))), TOY) == asked
    assert plan_from({**plan_values(plan_of(StudySpec(TOY))), "sensitivity": None}, TOY).sensitivity is None
    again = rerun_of(asked, TOY, "1.0")
    assert again is not None
    content = tomllib.loads(again.study_file)
    assert content["sensitivity"]["values"]["errors.wrong_rate"] == [0.1, 0.5]


def test_study_files_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY})
    monkeypatch.setattr("scenarios.study.study_file.family_named", lambda _: TOY)
    text = """
    scenario = "toy"
    [sensitivity]
    figures = ["cost"]
    only = "named"
    values = { errors.wrong_rate = [0.1], "population.homes" = [20, 60.0] }
    """
    spec = read_study(text)
    assert spec.sensitivity == SensitivitySpec(
        ("cost",), Varied.NAMED, {"wrong_rate": (0.1,), "homes": (20, 60)}
    )
    validator = jsonschema.Draft202012Validator(study_schema([TOY]))
    assert validator.is_valid(tomllib.loads(text))
    for wrong, told in (
        ('only = "some"', "sensitivity.only: 'some', expected one of: assumed, all, named"),
        ("figures = 3", "sensitivity.figures: 3, expected a list"),
        ("what = 3", "sensitivity.what: no such key"),
        ("values = { errors.wrong_rate = [2] }", "sensitivity.values.errors.wrong_rate: 2, expected 0.0 to"),
        ("values = { errors.wrong_rate = [] }", "expected a list of values"),
    ):
        broken = f'scenario = "toy"\n[sensitivity]\n{wrong}'
        with pytest.raises(InputError, match=told):
            read_study(broken)
        assert not validator.is_valid(tomllib.loads(broken))


def test_reports_have_it_in_every_form(tmp_path: Path) -> None:
    wrong = {1: (7, 5, 6), 3: (40, 10, 1)}
    document = document_of(result_of(plan(), wrong), TOY)
    assert len(document.variants) == 1
    page = document_html(document)
    assert "Which input carries the answer" in page
    assert 'id="sensitivity-0-effect-0-0"' in page
    assert "<script" not in page
    assert page == document_html(document_of(result_of(plan(), wrong), TOY))
    assert f"| `population.homes` | 40 | 20 | {MINUS}4.0 ± " in document_markdown(document)
    values = document_values(document)["sensitivity"]
    assert values["rankings"][0]["inputs"][0]["effects"][0]["change"]["mean"] == -4
    assert values["tried"][0]["source"] == "set by this study"
    assert values["left"] == ["population.name", "behaviour.care", "time.start", "behaviour.tripwire"]
    said = study_report(result_of(plan(), wrong), TOY)["sensitivity"]
    assert said == values["rankings"]
    names = write_study_files(tmp_path, result_of(plan(variants=PAIR), {}), TOY, tmp_path)
    assert SENSITIVITY in names
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415

    table = pq.read_table(tmp_path / SENSITIVITY)
    assert table.schema.metadata[b"dccbench_schema"] == b"dccbench/sensitivity/1"
    rows = table.to_pylist()
    assert rows[0] == {
        "variant": 2, "own_variant": 0, "path": "population.homes", "own_value": "40", "value": "20"
    }  # fmt: skip
    assert [row["variant"] for row in rows] == list(range(2, 12))


def test_a_report_without_the_own_values_is_refused() -> None:
    whole = result_of(plan(), {})
    part = whole._replace(finished=tuple(done for done in whole.finished if done.task.variant))
    with pytest.raises(InputError, match="own values"):
        document_of(part, TOY)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY})

    def call(text: str) -> tuple[int, str, str]:
        status = main(text.split())
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_the_command_runs_it_keeps_it_and_goes_on(command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    asked = "sensitivity toy --replications 2 --only named --parameter population.homes=20..60"
    asked += " --parameter behaviour.care --figure cost --with secmp0063"
    status, out, _ = command(f"{asked} --out {folder}")
    assert status == 0
    assert "the difference, with secmp0063 less without secmp0063" in out
    result = load_study(folder)
    assert len(result.plan.variants) == 8
    assert result.plan.sensitivity is not None
    assert result.plan.sensitivity.figures == ("cost",)
    (folder / "tasks" / "v003-r00001.json").unlink()
    status, again, err = command(f"sensitivity toy --resume {folder} --workers 2")
    assert (status, again) == (0, out)
    assert err.startswith("40 GBCS messages")
    assert command(f"{asked} --json")[1] == command(f"run {folder}/ --json")[1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("--parameter homes=3", "--parameter: homes: no such parameter, did you mean population.homes?"),
        ("--parameter population.homes=0..3", "--parameter: population.homes: 0, expected 1 to 100000"),
        ("--parameter population.homes --parameter population.homes=3", "is given twice"),
        ("--only some", "invalid choice: 'some'"),
        ("--figure wrogn", "did you mean wrong?"),
        ("--sweep population.homes=1,2", "unrecognized arguments: --sweep"),
    ],
)
def test_what_cannot_be_used_is_told(command: Any, asked: str, told: str) -> None:
    status, _, err = command(f"sensitivity toy {asked}")
    assert status == 2
    assert told in err


def test_tasks_of_a_replication_come_before_the_next() -> None:
    """So that a study that is interrupted has all inputs, though with less precision."""
    order = list(tasks_of(plan()))
    assert order[:7] == [*(Task(number, 0) for number in range(6)), Task(0, 1)]
