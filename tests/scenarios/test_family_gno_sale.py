"""The family ``gno-sale``: the Cadent case with and without the modifications, and what each input does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from dcc.access_control_broker import AcbCounters
from dcc.modifications import Modification
from dcc.releases import release_named
from devices.gbcs.identifiers import Eui64
from scenarios.engine.family import RunSettings
from scenarios.engine.journal import Journal
from scenarios.engine.outcome import Number, Outcome, Table
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.gas_fleet import LEAVER_ID
from scenarios.gno_sale import FAMILY, Newcomer, SaleInputs, SwapBefore
from scenarios.gno_sale_figures import Reach, SaleRun
from scenarios.study.planning import StudySpec, default_variants, plan_of

NEITHER: Final[frozenset[Modification]] = frozenset()
A, B = frozenset({Modification.MP128A}), frozenset({Modification.MP128B})
CALM: Final = SaleInputs(
    devices=10,
    new_devices=0,
    suppliers=2,
    swap_days=5,
    newcomer_after_days=20,
    follow_up_days=40,
    report_days=15,
    unreachable_share=0.0,
)
"""Ten devices that are all in reach, and none is installed any more."""
GPF: Final = Eui64.parse("00-DB-12-34-A3-00-00-01")
DAYS: Final = CALM.follow_up_days + 1


def outcome(modifications: frozenset[Modification] = NEITHER, *, seed: int = 1, **changed: Any) -> Outcome:
    """A run, which has to be without breaches; fidelity makes no difference (tested)."""
    made = FAMILY.run(CALM._replace(**changed), modifications, RunSettings(seed, byte_share=0.0))
    assert made.breaches == ()
    assert set(made.figures) == {figure.name for figure in FAMILY.figures}
    return made


def figures(
    modifications: frozenset[Modification] = NEITHER, *, seed: int = 1, **changed: Any
) -> Mapping[str, Number]:
    return outcome(modifications, seed=seed, **changed).figures


def table(made: Outcome, name: str) -> Table:
    return next(item for item in made.tables if item.name == name)


# The story: the devices that there were


@pytest.mark.parametrize("newcomer", Newcomer)
def test_without_a_swap_nobody_reaches_anything_ever_again(newcomer: Newcomer) -> None:
    """Whether the newcomer is a DCC User or not: the devices are locked from the sale on."""
    made = figures(newcomer=newcomer)
    assert made["swapped"] == made["reached_at_end"] == 0
    assert made["locked_at_end"] == made["seller_left"] == 10
    assert made["locked_days"] == made["unreached_days"] == pytest.approx(10 * DAYS, abs=0.01)
    assert made["handovers"] == (0 if newcomer is Newcomer.NEVER else 10 * CALM.handover_attempts)
    assert made["handovers_unanswered"] == made["handovers"]


def test_with_mp128a_the_newcomer_takes_over_when_it_comes() -> None:
    """10 a day from its first day on: n / throughput, as the swap campaign's."""
    made = figures(A)
    assert (made["swapped"], made["seller_left"], made["locked_at_end"], made["deaf_at_end"]) == (10, 0, 0, 0)
    assert made["reached_at_end"] == made["handovers"] == 10
    waiting = sum(20 + number / 10 for number in range(10))
    assert made["unreached_days"] == pytest.approx(waiting, abs=0.02)


def test_a_newcomer_from_the_sale_on_leaves_no_gap_but_the_throughputs() -> None:
    made = figures(A, newcomer=Newcomer.FROM_SALE)
    assert made["unreached_days"] == pytest.approx(sum(range(10)) / 10, abs=0.02)


def test_without_a_newcomer_the_devices_stay_the_brokers() -> None:
    made = figures(A, newcomer=Newcomer.NEVER)
    assert (made["broker_at_end"], made["reached_at_end"], made["handovers"]) == (10, 0, 0)
    assert made["unreached_days"] == pytest.approx(10 * DAYS, abs=0.01)


def test_a_swap_without_mp128a_trades_the_lock_for_deafness() -> None:
    made = figures(swap_before=SwapBefore.YES)
    assert (made["swapped"], made["locked_at_end"], made["deaf_at_end"]) == (10, 0, 10)
    assert made["deaf_days"] == pytest.approx(10 * DAYS, abs=0.01)
    # One swap after the other on the day 5 days before the sale; one handover after the other 20 days after.
    deaf = sum(DAYS + CALM.swap_days - number / CALM.swaps_a_day for number in range(10))
    known = sum(DAYS - 20 - number / CALM.handovers_a_day for number in range(10))
    assert made["stranded_days"] == pytest.approx(deaf, abs=0.02)
    assert made["stranded_known_days"] == pytest.approx(known, abs=0.02)


def test_what_nobody_tries_is_stranded_and_not_found_out() -> None:
    made = outcome(swap_before=SwapBefore.YES, newcomer=Newcomer.NEVER)
    assert made.figures["stranded_at_end"] == made.figures["deaf_at_end"] == 10
    assert made.figures["stranded_days"] > 10 * DAYS
    assert made.figures["stranded_known_days"] == 0
    trials = {row[0]: row[1:] for row in table(made, "trials").rows}
    assert trials[Reach.DEAF.value] == (10, 10, 0)


@pytest.mark.parametrize("swap_before", SwapBefore)
def test_reads_in_vain_find_nothing_out(swap_before: SwapBefore) -> None:
    """Any device with the broker's certificates refuses them: a refused handover is the first to show it."""
    silent = figures(swap_before=swap_before)
    read = figures(swap_before=swap_before, read_share=1.0, read_days=2.0)
    assert read["reads_in_vain"] > 0
    assert read["stranded_known_days"] == pytest.approx(silent["stranded_known_days"], abs=0.02)
    never = figures(swap_before=swap_before, read_share=1.0, read_days=2.0, newcomer=Newcomer.NEVER)
    assert never["stranded_known_days"] == 0


@pytest.mark.parametrize("modifications", [NEITHER, A, B, A | B])
@pytest.mark.parametrize("newcomer", Newcomer)
def test_commands_after_the_end_find_what_was_computed(
    modifications: frozenset[Modification], newcomer: Newcomer
) -> None:
    made = outcome(modifications, newcomer=newcomer, new_devices=8, unreachable_share=0.3, stale_share=0.5)
    rows = {row[0]: row[1:] for row in table(made, "trials").rows}
    computed = {Reach.OPERATOR: "reached", Reach.LOCKED: "locked", Reach.BROKER: "broker", Reach.DEAF: "deaf"}
    for reach, name in computed.items():
        there = made.figures[f"{name}_at_end"]
        obeyed = there if reach in (Reach.OPERATOR, Reach.BROKER) else 0
        assert rows[reach.value] == (there, there, obeyed)


@pytest.mark.parametrize(
    "changed", [{"floor_share": 1.0}, {"acb_counters": AcbCounters.EPOCH_MILLISECONDS}], ids=["floor", "ms"]
)
def test_unless_a_floor_or_the_dccs_numbers_make_it_work(changed: dict[str, Any]) -> None:
    made = figures(swap_before=SwapBefore.YES, **changed)
    assert (made["reached_at_end"], made["deaf_at_end"]) == (10, 0)


def test_a_seller_may_break_its_duty() -> None:
    made = figures(A, swap_before=SwapBefore.NO)
    assert (made["swapped"], made["locked_at_end"]) == (0, 10)


def test_a_slow_swap_leaves_the_rest_to_be_locked() -> None:
    """1 a day for 5 days; a seller that stays 3 days longer gets so much further."""
    assert figures(A, swaps_a_day=1)["locked_at_end"] == 5
    assert figures(A, swaps_a_day=1, seller_leaves_days=3)["locked_at_end"] == 2


def test_devices_that_never_come_back_are_locked() -> None:
    made = figures(A, unreachable_share=1.0, never_back_share=1.0)
    assert (made["swapped"], made["locked_at_end"]) == (0, 10)


def test_reads_are_answered_from_the_day_on_which_the_newcomers_certificates_are_there() -> None:
    """By the devices themselves: a run in which a read contradicts the cells has a breach."""
    every: dict[str, Any] = {"read_share": 1.0, "read_days": 10.0, "swap_days": 10}
    locked = figures(newcomer=Newcomer.FROM_SALE, **every)
    assert locked["reads_in_vain"] == locked["reads"] > 30
    served = figures(A, newcomer=Newcomer.FROM_SALE, handovers_a_day=100, **every)
    assert 30 < served["reads"] == locked["reads"]
    assert served["reads_in_vain"] < 3
    assert figures(A, newcomer=Newcomer.NEVER, **every)["reads"] == 0


# New devices, and what suppliers owe


def test_before_mp128b_some_get_the_sellers_certificates_and_are_locked_too() -> None:
    every = figures(new_devices=20, newcomer=Newcomer.NEVER, stale_share=1.0)
    none = figures(new_devices=20, newcomer=Newcomer.NEVER, stale_share=0.0)
    by_b = figures(B, new_devices=20, newcomer=Newcomer.NEVER, stale_share=1.0)
    assert every["stale_placed"] > 12
    assert every["locked_at_end"] == every["seller_left"] + every["stale_placed"]
    assert every["breached"] > 8
    assert none["stale_placed"] == by_b["stale_placed"] == 0
    assert none["left_to_broker"] == by_b["left_to_broker"] == every["stale_placed"]
    assert none["breached"] == every["breached"]
    assert (by_b["breached"], by_b["most_breached"]) == (0, 0)
    assert by_b["not_required"] > every["breached"]
    assert by_b["met"] == every["met"]


def test_revoked_certificates_cannot_be_placed_any_more() -> None:
    made = figures(A, new_devices=20, newcomer=Newcomer.NEVER, stale_share=1.0)
    assert made["stale_placed"] == made["locked_at_end"] == 0
    assert made["handovers_refused"] == made["left_to_broker"] > 12


def test_devices_that_the_seller_swaps_are_not_required_to_meet_the_duty_and_so_met_has_no_better() -> None:
    before, after = (figures(*on, new_devices=0, newcomer=Newcomer.NEVER) for on in ((), (A,)))
    assert after["met"] < before["met"]
    assert before["met"] - after["met"] == after["not_required"] == after["swapped"] > 0
    assert {figure.name: figure.better for figure in FAMILY.figures}["met"] == ""


def test_the_dccs_check_of_operators_would_have_stopped_the_sellers_certificates() -> None:
    """SECMP0063 on gas proxy functions: the registered operator is another one by then."""
    check = frozenset({Modification.SECMP0063, Modification.SECMP0063_GPF})
    made = outcome(check, new_devices=20, newcomer=Newcomer.NEVER, stale_share=1.0)
    assert made.figures["stale_placed"] == 0
    refused = table(made, "refusals").rows
    assert {row[1:3] for row in refused} == {("6.21", "SIM-E062190")}
    assert sum(int(row[3] or 0) for row in refused) == made.figures["handovers_refused"] > 12


def test_where_the_newcomer_is_a_user_its_certificates_are_placed_in_time() -> None:
    made = outcome(A | B, new_devices=20, newcomer=Newcomer.FROM_SALE)
    reports = table(made, "reports")
    breached = [row[reports.columns.index("breached")] for row in reports.rows]
    assert breached == [0] * len(reports.rows)
    assert made.figures["left_to_broker"] == 0


def test_who_reads_nothing_leaves_the_report_without_knowledge() -> None:
    told = figures(B, new_devices=20, newcomer=Newcomer.NEVER)
    silent = figures(B, new_devices=20, newcomer=Newcomer.NEVER, reads_what_is_left=False)
    assert silent["breached"] > told["breached"] == 0


def test_reports_of_one_run_under_each_modification() -> None:
    """Swapped devices are the broker's: breached before, not required with either, until they change."""
    made = outcome(A, new_devices=0)
    rows = {row[:2]: row[2:] for row in table(made, "reports_by_modification").rows}
    day = f"{CALM.sold_at:%Y-%m-%d}"
    # met, met late, open, breached, not required; commissioned not yet seven working days ago.
    assert rows[day, "neither"] == (0, 0, 10, 0, 0)
    assert rows[day, "MP128A"] == rows[day, "MP128B"] == rows[day, "both"] == (0, 0, 0, 0, 10)
    assert rows["2026-03-17", "neither"] == (0, 0, 0, 10, 0)
    assert rows["2026-03-17", "MP128B"] == (0, 0, 0, 0, 10)
    for regime in ("neither", "MP128A", "MP128B", "both"):
        assert rows["2026-04-11", regime] == (10, 0, 0, 0, 0)
    assert [row[2:] for row in table(made, "reports").rows] == [
        rows[row[0], "MP128A"] for row in table(made, "reports").rows
    ]


def test_a_report_that_does_not_fit_the_devices_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: a run read wrongly has breaches, as to its cells and as to what reads were answered."""
    inputs = CALM._replace(read_share=1.0, read_days=10.0, newcomer=Newcomer.FROM_SALE)
    monkeypatch.setattr(SaleRun, "_reach", lambda *_, **__: Reach.OPERATOR)
    made = FAMILY.run(inputs, NEITHER, RunSettings(1, 0.0))
    assert any("read E21 with its operator's certificates" in breach for breach in made.breaches)
    monkeypatch.undo()
    monkeypatch.setattr(SaleRun, "holders", {GPF: LEAVER_ID})
    made = FAMILY.run(inputs, A, RunSettings(1, 0.0))
    assert any(f"{GPF}: cells {LEAVER_ID}" in breach for breach in made.breaches)


def test_a_seller_that_is_still_there_swaps_what_suppliers_place_after_the_sale() -> None:
    """Its duty by MP128A is over all devices with its certificates; after it has left nobody can."""
    changed: dict[str, Any] = {"new_devices": 20, "newcomer": Newcomer.NEVER, "stale_share": 1.0}
    stays, leaves = figures(A, seller_leaves_days=30, **changed), figures(A, **changed)
    assert leaves["stale_placed"] == leaves["locked_at_end"] == 0 < leaves["handovers_refused"]
    assert stays["stale_placed"] > 0 == stays["locked_at_end"]
    assert stays["swapped"] > leaves["swapped"]
    without = figures(seller_leaves_days=30, **changed)
    assert without["locked_at_end"] == without["seller_left"] + without["stale_placed"]


# Each modification by itself


def test_by_default_each_modification_is_shown_alone_and_both_together() -> None:
    variants = default_variants(FAMILY)
    assert [variant.label for variant in variants] == [
        "without mp128a, mp128b",
        "with mp128a",
        "with mp128b",
        "with mp128a, mp128b",
    ]
    plan = plan_of(StudySpec(FAMILY, release=release_named("today"), variants=variants))
    switched = [frozenset(variant.modifications) & (A | B) for variant in plan.variants]
    assert switched == [NEITHER, A, B, A | B]
    assert [variant.baseline for variant in plan.variants] == [0, 0, 0, 0]


def test_other_families_compare_all_of_theirs_at_once() -> None:
    assert len(default_variants(family_named("smets1-correction"))) == 2
    assert default_variants(family_named("recovery")) == ()


def test_the_two_have_effects_of_their_own() -> None:
    """MP128A saves the devices that there were, MP128B what suppliers owe for new ones and place there."""
    changed: dict[str, Any] = {"new_devices": 20, "newcomer": Newcomer.NEVER, "stale_share": 1.0}
    neither, by_a, by_b, both = (figures(regime, **changed) for regime in (NEITHER, A, B, A | B))
    for with_a, without_a in ((by_a, neither), (both, by_b)):
        assert with_a["seller_left"] == 0 < without_a["seller_left"]
    assert by_b["stale_placed"] == 0 < neither["stale_placed"]
    assert by_b["seller_left"] == neither["seller_left"]
    assert both["breached"] == by_b["breached"] == 0 < neither["breached"]
    assert by_a["handovers_refused"] > 0 == both["handovers_refused"]


# Series, sameness, inputs


def test_series_and_figures_agree() -> None:
    made = outcome(A, new_devices=10, unreachable_share=0.3, never_back_share=1.0)
    last = {series.name: series.values[-1] for series in made.series}
    for name in ("locked", "deaf", "broker", "reached"):
        assert last[name] == made.figures[f"{name}_at_end"]
    assert last["unreached"] == made.figures["devices"] - made.figures["reached_at_end"]
    by_name = {series.name: series.values for series in made.series}
    for day in zip(*(by_name[name] for name in ("unreached", "reached")), strict=True):
        assert sum(day) <= made.figures["devices"]


def test_same_seed_same_run_and_fidelity_changes_nothing() -> None:
    journals: list[Journal] = [[], [], []]
    for journal, share in zip(journals, (1.0, 1.0, 0.3), strict=True):
        inputs = CALM._replace(new_devices=5, unreachable_share=0.3)
        FAMILY.run(inputs, A, RunSettings(5, share, journal))
    assert journals[0] == journals[1] == journals[2]


def test_new_devices_come_on_top_of_the_same_old_ones() -> None:
    """Common random numbers: who is out of reach does not depend on how many are installed later."""
    changed: dict[str, Any] = {"unreachable_share": 0.5, "never_back_share": 1.0}
    few, many = (figures(A, new_devices=number, **changed) for number in (0, 15))
    assert few["seller_left"] == many["seller_left"]
    assert many["devices"] == few["devices"] + 15


def test_the_family_is_listed_and_every_input_explained() -> None:
    assert family_named("gno-sale") is FAMILY
    assert sorted(parameter.name for parameter in FAMILY.parameters) == sorted(SaleInputs._fields)
    assert FAMILY.inputs({}) == SaleInputs()
    assert FAMILY.inputs({"newcomer": "never"}).newcomer is Newcomer.NEVER


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"newcomer": "soon"}, "behaviour.newcomer: 'soon', expected one of: from the sale, later, never"),
        ({"stale_share": -0.1}, "behaviour.stale_share: -0.1, expected 0.0 to 1.0"),
        ({"report_days": 0}, "time.report_days: 0, expected at least 1"),
    ],
)
def test_bad_values_are_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        FAMILY.inputs(values)


def test_a_seller_leaves_before_the_end() -> None:
    with pytest.raises(InputError, match=r"time\.seller_leaves_days: 41, expected at most 40"):
        FAMILY.run(CALM._replace(seller_leaves_days=41), NEITHER, RunSettings(1))
