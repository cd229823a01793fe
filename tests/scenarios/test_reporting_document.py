"""What a report says, as values: numbers, assumptions, rules, checks, how to run it again."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from report_worlds import FAMILY, PAIR, plan, study, sweep_plan, with_breach, with_figures

from dcc.modifications import Modification
from dcc.releases import release_at, release_named
from scenarios import families
from scenarios.engine.outcome import Table
from scenarios.errors import InputError
from scenarios.reporting.day_ticks import day_ticks
from scenarios.reporting.document import document_of
from scenarios.reporting.rerun import rerun_of
from scenarios.reporting.rules_told import rules_in_words
from scenarios.reporting.wording import estimate_text, number, share_text
from scenarios.study.planning import StudySpec, SweepAxis, VariantSpec, plan_of
from scenarios.study.results import Plan
from scenarios.study.statistics import Estimate
from scenarios.study.study_file import read_study


def test_figures_are_means_of_the_runs_with_students_interval_and_differences_by_pairs() -> None:
    (row,) = (row for row in document_of(study(), FAMILY).rows if row.figure.name == "wrong")
    before, after = row.estimates
    assert before is not None
    assert after is not None
    assert (before.estimate.mean, after.estimate.mean) == (11, 7)
    assert before.estimate.half_width == pytest.approx(4.302653 / math.sqrt(3))
    assert before.share is not None
    assert before.share.mean == pytest.approx(0.11)
    assert row.differences[0] is None
    assert row.differences[1] is not None
    assert row.differences[1].estimate == Estimate(3, -4.0, 0.0, 0.0)
    assert row.is_headline


def test_stocks_keep_their_days_and_counts_are_summed_by_whole_weeks() -> None:
    wrong, commands, waiting = document_of(study(), FAMILY).curves
    assert wrong.step_days == 1
    first = wrong.curves[0]
    assert first.mean[:4] == (0, 1, 2, 3)
    assert (first.low[-2], first.mean[-2], first.high[-2]) == (10, 11, 12)
    assert (first.low[-1], first.mean[-1], first.high[-1]) == (0, 2, 4)
    assert first.total is None
    assert commands.step_days == 7
    assert len(commands.curves[0].mean) == 61 // 7
    # 5 days of 1 and 2 of 2; 5 of 2 and 2 of 3; 5 of 3 and 2 of 1.
    assert (commands.curves[0].low[0], commands.curves[0].high[0]) == (9, 17)
    assert commands.curves[0].mean[0] == pytest.approx((9 + 16 + 17) / 3)
    assert commands.curves[0].days[1] == date(2026, 1, 12)
    assert commands.curves[0].total == pytest.approx(185)
    assert waiting.curves[1].peak == (date(2026, 1, 6), 4)


def test_throughput_is_by_simulated_time() -> None:
    rows = {row.name: row for row in document_of(study(), FAMILY).throughput}
    means = {name: [item.mean for item in row.estimates if item] for name, row in rows.items()}
    assert means["messages"] == [1000, 1001]
    assert means["messages_per_simulated_second"] == [2, 2.002]
    assert means["commands_per_simulated_second"] == pytest.approx([185 / 500] * 2)
    assert means["peak_waiting"] == [3, 4]
    assert "peak_backlog" not in rows


def test_rows_of_tables_are_means_of_the_runs_or_of_those_that_have_them() -> None:
    refusals, ages = document_of(study(), FAMILY).tables
    assert refusals.keys == ("party", "code")
    assert refusals.numbers == ("times",)
    first, second = refusals.rows
    assert [tuple(cell) for cell in first.cells[0]] == [(6, 3), (6, 3)]
    # Whole numbers are counts: two of three runs have none.
    assert [tuple(cell) for cell in second.cells[0]] == [(pytest.approx(2 / 3), 3)] * 2
    assert not refusals.is_uneven
    assert ages.is_uneven
    # What a row is about stands first, be it a number.
    assert ages.keys == ("days",)
    assert [row.key for row in ages.rows] == [(1,), (2,)]
    assert [cell.mean for cell in ages.rows[1].cells[0]] == [6, 6]
    assert [cell.mean for cell in ages.rows[1].cells[1]] == [None, None]


def test_codes_of_tables_are_explained_and_the_benchs_own_are_not_confirmed() -> None:
    codes = {note.code: note.confirmed for note in document_of(study(), FAMILY).codes}
    assert codes["E4"] is True
    assert codes["SIM-PSC"] is False


def test_a_value_that_a_study_sets_is_no_longer_the_sources() -> None:
    asked = plan(values={"homes": 40})
    stated = {item.parameter.name: item.is_stated for item in document_of(study(asked), FAMILY).assumptions}
    assert stated == {"homes": False, "rate": False, "start": False, "careful": False}
    as_it_comes = document_of(study(), FAMILY).assumptions
    assert [item.parameter.name for item in as_it_comes if item.is_stated] == ["homes"]


def test_a_figure_that_is_not_what_its_series_ends_with_is_a_breach() -> None:
    assert document_of(study(), FAMILY).breaches == ()
    (breach,) = document_of(with_figures(study(), wrong_at_end=1), FAMILY).breaches
    assert breach == "without secmp0063, replication 1: wrong_at_end 1, but the series wrong ends with 0"


def test_a_part_above_its_whole_is_a_breach() -> None:
    assert document_of(with_figures(study(), wrong=100), FAMILY).breaches == ()
    (breach,) = document_of(with_figures(study(), wrong=101), FAMILY).breaches
    assert breach.endswith("wrong 101, more than homes 100")


def test_a_missing_or_endless_figure_is_a_breach() -> None:
    (breach,) = document_of(with_figures(study(), homes=math.inf), FAMILY).breaches
    assert "figure homes: inf" in breach


def test_a_row_without_a_cell_for_each_column_is_a_breach() -> None:
    result = study()
    first = result.finished[0]
    ragged = Table("ragged", "Ragged", ("party", "times"), (("a", 1),))
    fine = first._replace(outcome=first.outcome._replace(tables=(ragged,)))
    assert document_of(result._replace(finished=(fine,)), FAMILY).breaches == ()
    short = ragged._replace(rows=(("a", 1), ("b",)))
    outcome = first.outcome._replace(tables=(short,))
    document = document_of(result._replace(finished=(first._replace(outcome=outcome),)), FAMILY)
    assert document.breaches == ("without secmp0063, replication 1: table ragged: a row has not 2 cells",)
    assert document.tables == ()


def test_rows_are_sorted_as_the_runs_have_them() -> None:
    result = study(plan(variants=(), replications=2))

    def keys(*rows_of_runs: tuple[object, ...]) -> list[object]:
        finished = tuple(
            done._replace(
                outcome=done.outcome._replace(
                    tables=(Table("t", "T", ("what", "times"), tuple((key, 1) for key in rows)),)  # type: ignore[misc]
                )
            )
            for done, rows in zip(result.finished, rows_of_runs, strict=True)
        )
        (table,) = document_of(result._replace(finished=finished), FAMILY).tables
        return [row.key[0] for row in table.rows]

    assert keys((1, 10), (2,)) == [1, 2, 10]
    assert keys(("b", "d"), ("a", "c")) == ["a", "b", "c", "d"]
    assert keys(("placed", "found"), ("found", "gone")) == ["placed", "found", "gone"]


def test_replications_whose_series_are_of_other_days_are_a_breach() -> None:
    result = study()
    last = result.finished[-1]
    shorter = last.outcome.series[0]._replace(values=(1, 2, 4))
    outcome = last.outcome._replace(series=(shorter, *last.outcome.series[1:]))
    other = result._replace(finished=(*result.finished[:-1], last._replace(outcome=outcome)))
    (breach,) = document_of(other, FAMILY).breaches
    assert breach == "with secmp0063, replication 3: series of other days than before"


def test_breaches_of_the_runs_are_told_with_variant_and_replication() -> None:
    breaches = document_of(with_breach(study(), "a home got lost"), FAMILY).breaches
    assert breaches == ("without secmp0063, replication 1: a home got lost",)


def test_a_study_without_a_finished_run_is_refused() -> None:
    with pytest.raises(InputError, match="no run is finished"):
        document_of(study(finished=(), complete=False), FAMILY)


@pytest.mark.parametrize(
    ("on", "words", "not_words"),
    [
        ((), "MP128A, MP128B, MP074 are off here", "what-if"),
        ((Modification.SECMP0063,), "A what-if: SECMP0063 never came into force", "Today's rules, as"),
        (
            tuple(release_named("today").modifications),
            "Today's rules, as far as they are known",
            "Not today's rules",
        ),
        (tuple(Modification), "A what-if: SECMP0063, secmp0063.gpf never came", "Today's rules, as"),
        ((Modification.MP128A,), "MP128A is on", "That MP128A came into force is presumed"),
        ((Modification.MP128B,), "That MP128B came into force is presumed, not confirmed", "what-if"),
    ],
)
def test_no_what_if_passes_for_todays_rules(on: tuple[Modification, ...], words: str, not_words: str) -> None:
    variant = plan().variants[0]._replace(modifications=on)
    told = rules_in_words(variant)
    assert words in told
    assert not_words not in told


def test_what_became_of_a_modification_is_told() -> None:
    (note,) = document_of(study(), FAMILY).modifications
    assert note.number == "SECMP0063"
    assert note.never_in_force
    assert "withdrawn" in note.outcome


PLANS = {
    "pair": plan(),
    "sweep": sweep_plan(),
    "sweep alone": plan(variants=(), sweep=(SweepAxis("behaviour.careful", "careful", (True, False)),)),
    "two axes": plan(
        sweep=(
            SweepAxis("time.start", "start", (date(2026, 1, 5), date(2026, 2, 2))),
            SweepAxis("errors.rate", "rate", (0.1, 0.3)),
        )
    ),
    "one": plan(variants=(), replications=1),
    "one release": plan(variants=(), release=release_named("today")),
    "a day": plan(release=release_at(date(2022, 1, 1))),
    "values": plan(values={"homes": 7, "start": date(2026, 3, 1)}, byte_share=0.5, confidence=0.9),
    "own variants": plan(
        variants=(
            VariantSpec("as it is"),
            VariantSpec('quoted "label", with, commas', (Modification.MP128A,), (), {"rate": 0.25}),
        ),
        precision={"wrong": 1.5, "difference.wrong": 2.0},
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_study_file_of_a_report_makes_the_plan_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {FAMILY.name: FAMILY})
    again = rerun_of(PLANS[name], FAMILY, "9.9.9")
    assert again is not None
    assert plan_of(read_study(again.study_file)) == PLANS[name]


def test_a_plan_that_no_study_file_asks_for_has_none() -> None:
    asked = plan()
    odd: Plan = asked._replace(variants=(asked.variants[0], asked.variants[1]._replace(baseline=1)))
    assert rerun_of(odd, FAMILY, "9.9.9") is None
    assert document_of(study(odd), FAMILY).rerun is None


def test_a_sweep_is_found_in_the_variants() -> None:
    sweep = document_of(study(sweep_plan()), FAMILY).sweep
    assert sweep is not None
    assert sweep.labels == ("without secmp0063", "with secmp0063")
    assert sweep.points == ((0.1,), (0.2,), (0.4,))
    spec = StudySpec(FAMILY, variants=(*PAIR, VariantSpec("other", values={"rate": 0.3})))
    assert document_of(study(plan_of(spec)), FAMILY).sweep is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12345, "12,345"), (-3, "\N{MINUS SIGN}3"), (0.5, "0.5"), (1234.56, "1,235"),
     (0.012341, "0.01234"), (-0.25, "\N{MINUS SIGN}0.25"), (100.04, "100")],
)  # fmt: skip
def test_numbers_have_four_digits_at_most_where_they_are_not_whole(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (None, "\N{EN DASH}"),
        (Estimate(1, 11.0, None, None), "11"),
        (Estimate(2, 11.25, 1.0, 1.234), "11.2 ± 1.2"),
        (Estimate(2, 11.25, 1.0, 123.4), "11 ± 123"),
        (Estimate(2, 0.05, 0.01, 0.012), "0.050 ± 0.012"),
        (Estimate(2, 4.0, 0.0, 0.0), "4 ± 0"),
    ],
)
def test_means_are_as_exact_as_their_intervals(item: Estimate | None, text: str) -> None:
    assert estimate_text(item) == text


def test_differences_have_signs_and_shares_are_per_cent() -> None:
    assert estimate_text(Estimate(2, 3.0, 0.0, 0.0), signed=True) == "+3 ± 0"
    assert estimate_text(Estimate(2, 0.0, 0.0, 0.0), signed=True) == "0 ± 0"
    assert share_text(Estimate(2, 0.07, None, None)) == "7 %"
    assert share_text(Estimate(2, -0.07, None, None), signed=True) == "\N{MINUS SIGN}7 points"


@pytest.mark.parametrize("length", [0, 1, 5, 6, 60, 83, 84, 120, 365, 3000, 20_000])
def test_an_axis_names_a_few_days_within_it(length: int) -> None:
    first = date(2025, 12, 30)
    last = first + timedelta(days=length)
    ticks = day_ticks(first, last)
    assert 1 <= len(ticks) <= 6
    assert all(first <= day <= last for day, _ in ticks)
    assert str(ticks[0][0].year) in ticks[0][1]
