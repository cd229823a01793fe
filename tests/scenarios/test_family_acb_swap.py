"""The family ``acb-swap``: the seed's story for a fleet, closed forms, and what each input does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from dcc.access_control_broker import AcbCounters
from dcc.leaving import Departure, SwapOutcome
from dcc.modifications import Modification
from scenarios.acb_swap import FAMILY, SwapInputs
from scenarios.acb_swap_figures import SwapRun
from scenarios.engine.family import RunSettings
from scenarios.engine.journal import Event, Journal
from scenarios.engine.outcome import Number, Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.gas_actors import Act
from scenarios.gas_fleet import LEAVER_ID, gas_homes, gas_suppliers
from scenarios.gas_hearing import Hearing
from scenarios.small_counters import UserCounters

LONGEST_ROUND_TRIP_DAYS: Final = 125 / 86_400
OFF: Final[frozenset[Modification]] = frozenset()
ON: Final = frozenset({Modification.MP128A})
HOMES: Final = gas_homes(12, gas_suppliers(2), RandomStreams(1))
BOTH: Final = pytest.mark.parametrize("modifications", [OFF, ON], ids=["off", "on"])
CALM: Final = SwapInputs(
    devices=12,
    suppliers=2,
    deadline_days=5,
    sale_days=6,
    follow_up_days=24,
    swaps_a_day=6,
    handovers_a_day=24,
    unreachable_share=0.0,
    record_lost_share=0.0,
)
"""A dozen devices that are all in reach, and a DCC that loses nothing."""


def outcome(
    modifications: frozenset[Modification] = OFF, *, seed: int = 1, byte_share: float = 0.0, **changed: Any
) -> Outcome:
    """A run, which has to be without breaches; fidelity makes no difference (tested)."""
    inputs = CALM._replace(**changed)
    made = FAMILY.run(inputs, modifications, RunSettings(seed, byte_share))
    assert made.breaches == ()
    assert set(made.figures) == {figure.name for figure in FAMILY.figures}
    return made


def figures(
    modifications: frozenset[Modification] = OFF, *, seed: int = 1, **changed: Any
) -> Mapping[str, Number]:
    return outcome(modifications, seed=seed, **changed).figures


# The story


def test_without_mp128a_every_device_that_was_swapped_is_stranded() -> None:
    made = figures()
    assert (made["swapped"], made["stranded"], made["stranded_at_end"]) == (12, 12, 12)
    assert (made["handed_over"], made["residual"]) == (0, 0)
    assert made["handovers_unanswered"] == made["handovers"] == 12 * CALM.handover_attempts


def test_with_mp128a_none_is() -> None:
    made = figures(ON)
    assert (made["swapped"], made["stranded"], made["stranded_days"]) == (12, 0, 0)
    assert made["handed_over"] == made["handovers"] == 12


def test_devices_are_deaf_from_the_swap_on_and_known_to_be_from_the_first_refusal_on() -> None:
    """Closed forms: 6 swaps a day from the first day on, 24 handovers a day from the sale on, to the end."""
    made, length = figures(), CALM.sale_days + CALM.follow_up_days + 1
    deaf = sum(length - number / 6 for number in range(12))
    known = sum(length - CALM.sale_days - number / 24 for number in range(12))
    assert made["stranded_days"] == pytest.approx(deaf, abs=12 * LONGEST_ROUND_TRIP_DAYS)
    assert made["stranded_known_days"] == pytest.approx(known, abs=12 * LONGEST_ROUND_TRIP_DAYS)
    assert made["stranded_found"] == made["stranded"] == made["unreachable_at_end"] == 12
    assert made["unreachable_days"] == made["stranded_days"]


def test_what_nobody_tries_is_stranded_and_not_found_out() -> None:
    """One handover a day on four days, the first of them that of the sale."""
    made = figures(handovers_a_day=1, follow_up_days=3)
    assert (made["stranded"], made["stranded_at_end"], made["stranded_found"]) == (12, 12, 4)
    series = {item.name: item.values for item in outcome(handovers_a_day=1, follow_up_days=3).series}
    assert series["stranded"][-4:] == (12, 12, 12, 12)
    assert series["known"][-4:] == (1, 2, 3, 4)


@pytest.mark.parametrize(("modifications", "kind"), [(OFF, 1), (ON, 3)], ids=["off", "on"])
def test_commands_after_the_end_find_what_was_computed(
    modifications: frozenset[Modification], kind: int
) -> None:
    trials = next(item for item in outcome(modifications).tables if item.name == "trials")
    obeyed = 12 if modifications else 0
    assert [row[1:] for row in trials.rows] == [
        (12, 12, obeyed) if row == kind else (0, 0, 0) for row in range(4)
    ]


def test_devices_left_behind_are_tried_too() -> None:
    trials = next(item for item in outcome(ON, deadline_days=1).tables if item.name == "trials")
    assert [row[1:] for row in trials.rows] == [(6, 6, 0), (0, 0, 0), (0, 0, 0), (6, 6, 6)]


@BOTH
def test_a_wrong_computation_is_found_out_by_commands(
    modifications: frozenset[Modification], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: were devices taken for deaf that are not, or the other way round, commands would tell."""
    deaf = modifications == ON
    monkeypatch.setattr(Hearing, "is_deaf", lambda *_: deaf)
    made = FAMILY.run(CALM, modifications, RunSettings(1, 0.0))
    did = "obeyed" if deaf else "refused"
    assert any(f"{did} number" in breach and "by the numbers of both" in breach for breach in made.breaches)
    if not deaf:
        assert any("silent when tried, though computed" in breach for breach in made.breaches)


def test_a_swap_under_way_at_the_deadline_leaves_nothing_behind() -> None:
    """Out of reach at first and asked again just before the deadline: some are answered just after it."""
    changed: dict[str, Any] = {"deadline_days": 1, "swaps_a_day": 86_400, "unreachable_share": 1.0}
    changed |= {"never_back_share": 0.0, "outage_longest_days": 0.5, "swap_retry_days": 1 - 10 / 86_400}
    inputs, journal = CALM._replace(**changed), list[Event]()
    made = FAMILY.run(inputs, OFF, RunSettings(1, 0.0, journal))
    assert any(event.code == Act.SWAPPED and event.at > inputs.leaves_at for event in journal)
    assert made.breaches == ()
    assert made.figures["residual"] == 12 - made.figures["swapped"]


@BOTH
def test_a_floor_of_0_would_have_done(modifications: frozenset[Modification]) -> None:
    made = figures(modifications, floor_share=1.0)
    assert (made["swapped"], made["stranded"], made["handed_over"]) == (12, 0, 12)


@BOTH
def test_and_so_would_a_dcc_that_counts_in_milliseconds(modifications: frozenset[Modification]) -> None:
    made = figures(modifications, acb_counters=AcbCounters.EPOCH_MILLISECONDS)
    assert (made["swapped"], made["stranded"], made["handed_over"]) == (12, 0, 12)


def test_floors_on_some_devices_save_these() -> None:
    """A run per share: whoever has a floor at one share has it at a higher one."""
    stranded = [figures(floor_share=share)["stranded"] for share in (0.0, 0.4, 0.8, 1.0)]
    assert stranded == sorted(stranded, reverse=True)
    assert (stranded[0], stranded[-1]) == (12, 0)
    assert len(set(stranded)) == 4


# Closed forms


@pytest.mark.parametrize("pace", [4, 6, 24])
def test_the_swaps_end_at_devices_over_throughput_and_a_tail(pace: int) -> None:
    """The first swap is at 0, so that the last of n begins after n - 1 turns; its tail is a round trip."""
    days = figures(swaps_a_day=pace)["campaign_days"]
    assert days == pytest.approx(11 / pace, abs=LONGEST_ROUND_TRIP_DAYS)


def test_hours_of_the_night_alone_put_the_same_number_into_each_day() -> None:
    days = figures(swaps_a_day=6, hours_a_day=6.0)["campaign_days"]
    assert days == pytest.approx(1 + 5 / 24, abs=LONGEST_ROUND_TRIP_DAYS)


def test_devices_that_never_come_back_cost_all_attempts_and_stay_behind() -> None:
    """The tail is then that of the attempts: each waits for the retry, and for a turn."""
    made = figures(unreachable_share=1.0, never_back_share=1.0, swap_retry_days=1.0, deadline_days=6)
    assert (made["swapped"], made["residual"]) == (0, 12)
    assert made["swap_requests"] == made["swaps_not_reached"] == 12 * CALM.swap_attempts
    assert 11 / 6 + 2 <= made["campaign_days"] <= 11 / 6 + 2 + 14 / 6


@BOTH
def test_a_deadline_leaves_behind_what_the_throughput_did_not_get_to(
    modifications: frozenset[Modification],
) -> None:
    """6 a day for 1 day; the others are locked from the deadline to the end, whatever the DCC records."""
    made = figures(modifications, deadline_days=1)
    assert (made["swapped"], made["residual"]) == (6, 6)
    days_locked = CALM.sale_days - 1 + CALM.follow_up_days + 1
    assert made["residual_days"] == pytest.approx(6 * days_locked, abs=0.01)


@pytest.mark.parametrize("used", [1, 3])
def test_small_numbers_are_overtaken_by_asking_again(used: int) -> None:
    """The swap bears one more than was used; the DCC has used 1, and one more with each attempt."""
    small: dict[str, Any] = {"leaver_counters": UserCounters.SMALL, "leaver_numbers_used": used}
    small |= {"handover_retry_days": 2.0, "follow_up_days": 30}
    silent = small | {"reads_after_silence": False}
    made = figures(handover_attempts=10, **silent)
    assert made["stranded"] == made["handed_over"] == 12
    assert made["handovers"] == 12 * (used + 1)
    # Deaf from the swap on, a sixth of a day each, to the last number too low, a 24th of a day each.
    waiting = sum(CALM.sale_days - number / 6 + number / 24 for number in range(12))
    assert made["stranded_days"] == pytest.approx(waiting + 12 * 2 * (used - 1), rel=0.01)
    # The last number too low is used up: whoever asked once more would be heard, but nobody does.
    given_up = figures(handover_attempts=used, **silent)
    assert (given_up["stranded_at_end"], given_up["not_reached_at_end"]) == (0, 12)
    if used > 1:
        assert figures(handover_attempts=used - 1, **silent)["stranded_at_end"] == 12
    # A read bears a number of the DCC's own, too: it takes one attempt less where there is more than one.
    assert figures(handover_attempts=10, **small)["handovers"] == 12 * max(2, used)


# Lost records


def test_what_the_dcc_lost_strands_until_a_read_tells_it() -> None:
    lost = figures(ON, record_lost_share=1.0)
    assert (lost["records_lost"], lost["records_healed"]) == (12, 12)
    assert (lost["stranded"], lost["handed_over"]) == (12, 12)
    assert lost["stranded_known_days"] == pytest.approx(0, abs=12 * 900 / 86_400)
    waiting = sum(CALM.sale_days - number / 6 + number / 24 for number in range(12))
    assert lost["stranded_days"] == pytest.approx(waiting, rel=0.01)


@pytest.mark.parametrize("changed", [{"lost_records_heal": False}, {"reads_after_silence": False}])
def test_without_a_read_that_heals_what_was_lost_stays_lost(changed: dict[str, bool]) -> None:
    made = figures(ON, record_lost_share=1.0, **changed)
    assert (made["records_lost"], made["records_healed"], made["stranded_at_end"]) == (12, 0, 12)


@pytest.mark.parametrize(("days", "recorded"), [(0, 12), (1, 6), (2, 0)])
def test_what_was_swapped_before_mp128a_was_in_force_is_helped_by_a_read_alone(
    days: int, recorded: int
) -> None:
    """6 a day: so many were not recorded, and are deaf until suppliers have read them."""
    made = figures(ON, mp128a_after_days=days)
    assert made["stranded"] == made["records_healed"] == 12 - recorded
    assert made["handed_over"] == 12
    unread = figures(ON, mp128a_after_days=days, reads_after_silence=False)
    assert unread["stranded_at_end"] == 12 - recorded
    assert figures(OFF, mp128a_after_days=days)["stranded"] == 12


def test_a_share_of_the_records_lost_strands_these_alone() -> None:
    made = figures(ON, record_lost_share=0.5, lost_records_heal=False)
    assert 0 < made["records_lost"] == made["stranded_at_end"] < 12


# Devices out of reach


def test_who_is_out_of_reach_is_the_same_with_and_without() -> None:
    """Common random numbers: MP128A makes no difference before the handover."""
    changed: dict[str, Any] = {"unreachable_share": 0.5, "never_back_share": 0.5, "outage_longest_days": 4.0}
    before, after = (figures(modifications, **changed) for modifications in (OFF, ON))
    for name in ("swapped", "swap_requests", "swaps_not_reached", "campaign_days", "residual"):
        assert before[name] == after[name]
    assert 0 < before["residual"] < 12
    assert before["stranded"] == before["swapped"]


def test_more_patience_leaves_less_behind() -> None:
    changed: dict[str, Any] = {"unreachable_share": 1.0, "never_back_share": 0.0, "outage_longest_days": 8.0}
    residual = [
        figures(deadline_days=12, sale_days=12, swap_attempts=attempts, **changed)["residual"]
        for attempts in (1, 3, 6)
    ]
    assert residual == sorted(residual, reverse=True)
    assert residual[0] > residual[-1] == 0


def test_twice_the_devices_at_twice_the_pace_take_the_same_time() -> None:
    once = figures(ON, swap_attempts=1)
    twice = figures(ON, swap_attempts=1, devices=24, swaps_a_day=12, handovers_a_day=48)
    assert twice["campaign_days"] == pytest.approx(once["campaign_days"], abs=1 / 6)
    for name in ("swapped", "handed_over", "handovers"):
        assert twice[name] == 2 * once[name]


def test_what_does_not_add_up_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: devices that hold other than the journal says, and a swap that the DCC knows nothing of."""
    monkeypatch.setattr(SwapRun, "holders", {home.gpf: LEAVER_ID for home in HOMES})
    made = FAMILY.run(CALM, OFF, RunSettings(1, 0.0))
    assert any("as last changed" in breach for breach in made.breaches)
    assert any("expected 12 devices" in breach for breach in made.breaches)
    monkeypatch.undo()
    monkeypatch.setattr(Departure, "outcome", lambda *_: SwapOutcome.NOT_ASKED)
    made = FAMILY.run(CALM, ON, RunSettings(1, 0.0))
    assert made.breaches[0].endswith("not swapped as the DCC has it, not so the journal")


# Series, sameness, inputs


def test_series_end_where_the_figures_do() -> None:
    made = outcome(deadline_days=1)
    last = {series.name: series.values[-1] for series in made.series}
    assert last["swapped"] == made.figures["swapped"]
    assert last["residual"] == made.figures["residual"]
    by_name = {series.name: series for series in made.series}
    assert by_name["residual"].values[0] == 12 - 6
    assert max(by_name["stranded"].values) == made.figures["stranded"]
    assert max(by_name["known"].values) == made.figures["stranded_found"]
    assert all(series.first_day == CALM.start for series in made.series)


def test_same_seed_same_run_and_fidelity_changes_nothing() -> None:
    journals: list[Journal] = [[], [], []]
    for journal, share in zip(journals, (1.0, 1.0, 0.3), strict=True):
        inputs = CALM._replace(unreachable_share=0.3, record_lost_share=0.3)
        FAMILY.run(inputs, ON, RunSettings(5, share, journal))
    assert journals[0] == journals[1] == journals[2]
    other = outcome(ON, seed=6, unreachable_share=0.3, record_lost_share=0.3)
    again = outcome(ON, seed=5, unreachable_share=0.3, record_lost_share=0.3)
    assert other.figures != again.figures


def test_the_family_is_listed_and_every_input_explained() -> None:
    assert family_named("acb-swap") is FAMILY
    assert [parameter.name for parameter in FAMILY.parameters] == sorted(
        SwapInputs._fields, key=[parameter.name for parameter in FAMILY.parameters].index
    )
    assert FAMILY.inputs({}) == SwapInputs()
    assert FAMILY.inputs({"acb_counters": "milliseconds since 1970"}).acb_counters is (
        AcbCounters.EPOCH_MILLISECONDS
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"floor_share": 1.1}, "behaviour.floor_share: 1.1, expected 0.0 to 1.0"),
        ({"swaps_a_day": 0}, "dcc.swaps_a_day: 0, expected at least 1"),
        ({"leaver_counters": "roman"}, "behaviour.leaver_counters: 'roman', expected one of"),
        ({"devices": 1.5}, "population.devices: 1.5, expected a whole number"),
    ],
)
def test_bad_values_are_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        FAMILY.inputs(values)


def test_a_network_is_not_sold_before_its_operator_has_left() -> None:
    with pytest.raises(InputError, match=r"time.sale_days: 4, expected at least 5"):
        FAMILY.run(CALM._replace(sale_days=4), OFF, RunSettings(1))
