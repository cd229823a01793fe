"""None or all in every run: bounds by Clopper and Pearson in place of an interval of no width."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]
from study_worlds import TOY
from test_study_statistics import result_of

from scenarios.reporting.wording import MINUS, estimate_text, share_text
from scenarios.study.pooled_bounds import bounds_of, bounds_of_difference
from scenarios.study.statistics import (
    DifferenceEstimate,
    FigureEstimate,
    difference_estimates,
    figure_estimates,
)
from scenarios.study.study_json import estimate_as_json
from scenarios.study.study_numbers import number_text
from scenarios.study.study_text import study_text


def wrong(*by_variant: list[tuple[float, float] | None], difference: bool = False) -> FigureEstimate:
    found: list[FigureEstimate | DifferenceEstimate] = []
    result = result_of(*by_variant)
    found += difference_estimates(result, TOY) if difference else figure_estimates(result, TOY)
    (item,) = (item for item in found if item.figure == "wrong" and item.variant == len(by_variant) - 1)
    return item  # type: ignore[return-value]


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_they_are_those_of_clopper_and_pearson(confidence: float) -> None:
    none = bounds_of({0: (0, 100), 1: (0, 80)}, confidence)
    assert none is not None
    exact = binomtest(0, 180, alternative="less").proportion_ci(confidence, "exact")
    assert none[1] == (0, pytest.approx(exact.high))
    assert none[0] == (0, pytest.approx(90 * exact.high))
    every = bounds_of({0: (100, 100), 1: (80, 80)}, confidence)
    assert every is not None
    exact = binomtest(180, 180, alternative="greater").proportion_ci(confidence, "exact")
    assert every[1] == (pytest.approx(exact.low), 1)


def test_none_of_180_is_no_zero() -> None:
    item = wrong([(60, 0), (60, 0), (60, 0)])
    assert item.share is not None
    assert share_text(item.share) == "0 %, at most 1.7 %"
    assert estimate_text(item.estimate) == "0, at most 0.99"
    assert number_text(item.estimate) == "0, at most 0.99"
    said = estimate_as_json(item.share)
    assert said is not None
    assert (said["low"], said["interval"]) == (0.0, "Clopper-Pearson")
    text = study_text(result_of([(60, 0), (60, 0), (60, 0)]), TOY)
    assert "0 (0 %, at most 1.7 %)" in text
    assert "as if each had a chance of its own" in text


def test_the_table_says_of_how_many_runs_a_share_is_where_some_have_none() -> None:
    folded = " ".join(study_text(result_of([(0, 0), (10, 5), (10, 4)]), TOY).split())
    assert "%) in 2 of 3 runs" not in folded
    assert "% in 2 of 3 runs)" in folded
    assert "runs)" not in study_text(result_of([(10, 0), (10, 5), (10, 4)]), TOY)


def test_all_of_some_is_no_certainty() -> None:
    item = wrong([(60, 60), (50, 50), (70, 70)])
    assert item.share is not None
    assert share_text(item.share) == "100 %, at least 98.3 %"
    # The count itself varies, and has its own interval.
    assert item.estimate.bound is None
    assert item.estimate.half_width


@pytest.mark.parametrize(
    "runs",
    [
        [(60, 0)],  # one run has no interval of any kind
        [(60, 0), (60, 1)],
        [(60, 5), (60, 5)],
        [(0, 0), (0, 0)],
        [(60.5, 0.0), (60.5, 0.0)],  # days are not counted
    ],
)
def test_anything_else_has_students_interval(runs: list[tuple[float, float] | None]) -> None:
    item = wrong(runs)
    assert item.estimate.bound is None
    assert item.share is None or item.share.bound is None


def test_the_difference_of_two_zeros_is_as_uncertain_as_both() -> None:
    item = wrong([(60, 0), (60, 0)], [(60, 0), (60, 0)], difference=True)
    assert item.share is not None
    one = binomtest(0, 120, alternative="less").proportion_ci(0.975, "exact").high
    assert item.share.interval == (pytest.approx(-one), pytest.approx(one))
    assert share_text(item.share, signed=True) == f"0 points, {MINUS}3.0 to +3.0 points"
    assert estimate_text(item.estimate, signed=True) == f"0, {MINUS}1.8 to +1.8"


def test_the_difference_of_none_and_all_has_a_bound_on_one_side() -> None:
    item = wrong([(60, 60), (60, 60)], [(60, 0), (60, 0)], difference=True)
    assert item.share is not None
    assert share_text(item.share, signed=True) == f"{MINUS}100 points, at most {MINUS}93.9 points"
    mixed = wrong([(60, 20), (60, 20)], [(60, 0), (60, 0)], difference=True)
    assert mixed.estimate.bound is None


def test_a_difference_is_of_the_replications_that_both_have() -> None:
    base = {0: (0, 60), 1: (0, 60), 2: (3, 60)}
    there = {0: (0, 60), 1: (0, 60)}
    assert bounds_of_difference(there, base, 0.95) is not None
    assert bounds_of_difference({**there, 2: (0, 60)}, base, 0.95) is None


def test_an_interval_that_reaches_below_0_is_told() -> None:
    told = "also below 0, where no count can be"
    assert told in study_text(result_of([(60, 0), (60, 5)]), TOY)
    assert told not in study_text(result_of([(60, 30), (60, 31)]), TOY)
