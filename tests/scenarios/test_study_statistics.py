"""Means, intervals and paired differences, against tables of Student's t and by hand."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from study_worlds import TOY

from scenarios.engine.outcome import Number, Outcome
from scenarios.study.planning import StudySpec, SweepAxis, VariantSpec, plan_of
from scenarios.study.results import Finished, StudyResult, Task
from scenarios.study.statistics import difference_estimates, estimate, figure_estimates


def outcome(homes: Number, wrong: Number) -> Outcome:
    return Outcome({"homes": homes, "wrong": wrong, "cost": 0}, (), (), 0, 0.0, "")


def result_of(*by_variant: list[tuple[Number, Number] | None]) -> StudyResult:
    variants = tuple(VariantSpec(f"v{number}") for number in range(len(by_variant)))
    plan = plan_of(StudySpec(TOY, variants=variants, replications=len(by_variant[0])))
    finished = [
        Finished(Task(variant, replication), outcome(*figures))
        for variant, of_variant in enumerate(by_variant)
        for replication, figures in enumerate(of_variant)
        if figures is not None
    ]
    return StudyResult("0", plan, tuple(finished), True)


@pytest.mark.parametrize(
    ("count", "confidence", "quantile"),
    [(2, 0.95, 12.706), (5, 0.95, 2.776), (10, 0.90, 1.833), (30, 0.99, 2.756)],
)
def test_the_interval_is_students(count: int, confidence: float, quantile: float) -> None:
    values = [float(number % 2) for number in range(count)]
    found = estimate(values, confidence)
    assert found is not None
    assert found.sd is not None
    assert found.half_width == pytest.approx(quantile * found.sd / sqrt(count), rel=1e-3)
    assert found.interval == (found.mean - found.half_width, found.mean + found.half_width)


def test_one_value_has_no_interval_and_none_no_mean() -> None:
    assert estimate([3], 0.95) == (1, 3.0, None, None, None)
    assert estimate([], 0.95) is None


def test_values_that_are_apart_in_their_last_digits_alone_do_not_vary() -> None:
    found = estimate([0.1 + 0.2, 0.3], 0.95)
    assert found is not None
    assert (found.sd, found.half_width) == (0.0, 0.0)
    apart = estimate([0.300000001, 0.3], 0.95)
    assert apart is not None
    assert apart.half_width


def test_mean_and_deviation_are_those_of_the_sample() -> None:
    found = estimate([2, 4, 4, 4, 5, 5, 7, 9], 0.95)
    assert found is not None
    assert found.mean == 5.0
    assert found.sd == pytest.approx(sqrt(32 / 7))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(7)
    covered = 0
    for _ in range(2000):
        found = estimate([draw.gauss(10, 3) for _ in range(5)], 0.9)
        assert found is not None
        assert found.half_width is not None
        covered += abs(found.mean - 10) <= found.half_width
    assert abs(covered / 2000 - 0.9) < 3 * sqrt(0.9 * 0.1 / 2000)


def test_differences_are_paired_by_replication() -> None:
    result = result_of([(100, 10), (100, 50), (100, 90)], [(100, 8), (100, 47), (100, 86)])
    wrong = next(item for item in difference_estimates(result, TOY) if item.figure == "wrong")
    assert (wrong.variant, wrong.baseline) == (1, 0)
    assert wrong.estimate.mean == -3.0
    assert wrong.estimate.sd == pytest.approx(1.0)
    assert wrong.share is not None
    assert wrong.share.mean == pytest.approx(-0.03)


def test_what_only_one_of_a_pair_has_is_left_out_of_the_difference() -> None:
    result = result_of([(100, 10), (100, 50), (100, 90)], [(100, 8), None, (100, 86)])
    wrong = next(item for item in difference_estimates(result, TOY) if item.figure == "wrong")
    assert wrong.estimate == (2, -3.0, pytest.approx(sqrt(2)), pytest.approx(12.706, rel=1e-3), None)
    means = {item.variant: item.estimate for item in figure_estimates(result, TOY) if item.figure == "wrong"}
    assert (means[0].replications, means[1].replications) == (3, 2)


def test_a_share_of_nothing_is_left_out() -> None:
    result = result_of([(0, 0), (10, 5), (10, 1)])
    wrong = next(item for item in figure_estimates(result, TOY) if item.figure == "wrong")
    assert wrong.estimate.replications == 3
    assert wrong.share is not None
    assert (wrong.share.replications, wrong.share.mean) == (2, pytest.approx(0.3))


def test_in_a_sweep_each_point_has_its_own_baseline() -> None:
    axis = SweepAxis("errors.wrong_rate", "wrong_rate", (0.1, 0.2))
    plan = plan_of(StudySpec(TOY, variants=(VariantSpec("a"), VariantSpec("b")), sweep=(axis,)))
    wrongs = [10, 7, 20, 16]
    finished = tuple(Finished(Task(variant, 0), outcome(100, wrong)) for variant, wrong in enumerate(wrongs))
    found = difference_estimates(StudyResult("0", plan, finished, True), TOY)
    assert [
        (item.variant, item.baseline, item.estimate.mean) for item in found if item.figure == "wrong"
    ] == [
        (1, 0, -3.0),
        (2, 0, 10.0),
        (3, 2, -4.0),
    ]
