"""Costs of what a study counts, by the prices that its user gives: shown, and neither run nor kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from study_worlds import TOY

from scenarios import families
from scenarios.cli import main
from scenarios.errors import InputError
from scenarios.study.planning import StudySpec, plan_of
from scenarios.study.pools import InProcess
from scenarios.study.results import StudyResult
from scenarios.study.runner import run_study
from scenarios.study.statistics import figure_estimates
from scenarios.study.unit_costs import UNIT, check_costs, priced, unit_costs

NAMES = [figure.name for figure in TOY.figures]
FIRST, SECOND = NAMES[:2]


@pytest.fixture(autouse=True)
def only_the_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY})


def studied() -> StudyResult:
    return run_study(TOY, plan_of(StudySpec(TOY, replications=3)), InProcess(lambda _: None))


def means(result: StudyResult, *costs: tuple[str, float]) -> dict[str, float]:
    family, dear = priced(TOY, result, dict(costs))
    assert [figure.name for figure in family.figures][: len(NAMES)] == NAMES
    return {item.figure: item.estimate.mean for item in figure_estimates(dear, family)}


def test_a_cost_is_the_count_times_what_one_costs() -> None:
    result = studied()
    plain = means(result)
    dear = means(result, (FIRST, 2.5))
    assert dear[f"cost_of_{FIRST}"] == pytest.approx(2.5 * plain[FIRST])
    assert dear.keys() - plain.keys() == {f"cost_of_{FIRST}"}, "one cost needs no total"
    assert {name: dear[name] for name in plain} == plain


def test_several_costs_have_a_total() -> None:
    dear = means(studied(), (FIRST, 2.0), (SECOND, 0.0))
    assert dear[f"cost_of_{SECOND}"] == 0
    assert dear["cost_in_total"] == dear[f"cost_of_{FIRST}"]


def test_without_prices_nothing_is_added() -> None:
    result = studied()
    assert priced(TOY, result, {}) == (TOY, result)


def test_prices_that_cannot_be_are_refused() -> None:
    assert unit_costs([(FIRST, "0"), (SECOND, "1e3")]) == {FIRST: 0.0, SECOND: 1000.0}
    for amount in ("-1", "nan", "inf", "dear", ""):
        with pytest.raises(InputError, match=f"--cost: {FIRST}: .*expected a number from 0 on"):
            unit_costs([(FIRST, amount)])
    with pytest.raises(InputError, match="there twice"):
        unit_costs([(FIRST, "1"), (FIRST, "1")])
    check_costs(TOY, [FIRST])
    with pytest.raises(InputError, match=f"did you mean {FIRST}"):
        check_costs(TOY, [f"{FIRST}x"])


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_costs_are_shown_and_not_kept(said: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    """The folder goes on with other prices, or none, and its report has prices of its own."""
    folder = str(tmp_path / "study")
    status, out, _ = said("run", "toy", "--out", folder, "--cost", f"{FIRST}=7", "--json")
    assert status == 0
    shown = json.loads(out)
    assert {"name": f"cost_of_{FIRST}", "unit": UNIT}.items() <= shown["figures"][-1].items()
    status, out, _ = said("run", f"{folder}/")
    assert status == 0
    assert "cost of" not in out
    status, out, _ = said("report", folder, "--markdown", "-", "--cost", f"{FIRST}=7.5")
    assert status == 0
    assert "7.5 each" in out


def test_a_cost_of_nothing_is_refused_before_anything_is_run(
    said: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    status, _, err = said("compare", "toy", "--out", str(folder), "--cost", "nothing=7")
    assert status == 2
    assert "--cost: nothing: no such figure" in err
    assert not folder.exists()
