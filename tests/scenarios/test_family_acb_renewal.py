"""The family acb-renewal: what depends on the old keys is what is lost with them."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest

from dcc.access_control_broker import AccessControlBroker
from devices import cells
from scenarios import acb_renewal
from scenarios.acb_renewal import FAMILY
from scenarios.acb_renewal_figures import RenewalRun, expected_of
from scenarios.acb_renewal_inputs import RenewalInputs
from scenarios.engine.family import RunSettings
from scenarios.engine.history import check_history
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.outcome import Cell, Outcome
from scenarios.engine.trials import Expected
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.test_bed import ACB_ID

SMALL: Final = RenewalInputs(
    meters=24,
    hubs=False,
    installs_a_day=0,
    observed_days=30,
    renewals_a_day=6,
    destroyed_after_days=10,
    back_out_after_days=3,
    late_handover_longest_days=30,
    operator_unplaced_share=0.4,
    unreachable_share=0.0,
)
GROWING: Final = SMALL._replace(installs_a_day=1, factory_switch_days=15)
CASES: Final = {
    "kept": GROWING,
    "destroyed": GROWING._replace(old_key_destroyed=True),
    "held cells left": GROWING._replace(old_key_destroyed=True, renews_held_cells=False),
    "backed out": GROWING._replace(backs_out=True),
    "late switch": GROWING._replace(switch_lag_hours=24.0),
    "with hubs": GROWING._replace(hubs=True, old_key_destroyed=True),
    "hubs backed out": SMALL._replace(hubs=True, backs_out=True),
    "out of reach": GROWING._replace(unreachable_share=0.5),
}


@cache
def outcome(inputs: RenewalInputs, seed: int = 1) -> Outcome:
    return FAMILY.run(inputs, frozenset(), RunSettings(seed))


def figure(name: str, inputs: RenewalInputs) -> float:
    return outcome(inputs).figures[name]


def trials(inputs: RenewalInputs) -> tuple[tuple[Cell, ...], ...]:
    return next(table.rows for table in outcome(inputs).tables if table.name == "trials")


def last(name: str, inputs: RenewalInputs) -> float:
    return next(series for series in outcome(inputs).series if series.name == name).values[-1]


def test_it_is_listed() -> None:
    assert family_named("acb-renewal") is FAMILY


@pytest.mark.parametrize("case", CASES)
def test_no_breaches_and_nothing_gets_lost(case: str) -> None:
    inputs = CASES[case]
    figures = outcome(inputs).figures
    assert outcome(inputs).breaches == ()
    homes = inputs.meters + inputs.installs_a_day * inputs.observed_days
    assert figures["devices"] == homes * (2 if inputs.hubs else 1)
    assert figures["renewed"] + figures["failed"] == figures["devices"]
    assert last("renewed", inputs) == figures["renewed"]
    assert last("dependent", inputs) == figures["dependent"]
    failed = figures["handovers"] - figures["handovers_done"]
    assert sum(row[1] for row in outcome(inputs).tables[0].rows if isinstance(row[1], int)) == failed


@pytest.mark.parametrize(("meters", "a_day"), [(24, 6), (25, 6), (10, 20)])
def test_a_campaign_ends_when_the_devices_are_through(meters: int, a_day: int) -> None:
    """Closed form: the last of n meters has its turn (n - 1) / pace days after the first, plus a tail.

    The tail is that of one meter: three or four round trips of at most two minutes each.
    """
    inputs = SMALL._replace(meters=meters, renewals_a_day=a_day)
    tail = figure("campaign_days", inputs) - (meters - 1) / a_day
    assert 0 < tail < 10 / (24 * 60)
    assert figure("renewed", inputs) == meters


def test_hubs_take_turns_of_their_own() -> None:
    """Closed form: twice as many devices, so that the last one's turn comes (2n - 1) / pace days later."""
    inputs = SMALL._replace(hubs=True)
    assert figure("renewed", inputs) == 2 * inputs.meters
    tail = figure("campaign_days", inputs) - (2 * inputs.meters - 1) / inputs.renewals_a_day
    assert 0 < tail < 10 / (24 * 60)


@pytest.mark.parametrize("case", CASES)
def test_commands_after_the_end_find_what_was_computed(case: str) -> None:
    """Each device up to 50 of a kind: a meter is asked and handed over, a hub renewed, on copies of them."""
    figures = outcome(CASES[case]).figures
    stranded, dependent, without = (row[1:] for row in trials(CASES[case]))
    there = figures["stranded"], figures["dependent"] - figures["stranded"]
    assert stranded == (there[0], there[0], 0)
    assert dependent == (there[1], min(there[1], 50), min(there[1], 50))
    assert without[0] == figures["devices"] - figures["dependent"]
    assert without[1] == without[2] == min(without[0], 50)


def test_a_meter_whose_own_cell_is_new_is_stranded_by_a_held_one() -> None:
    """It answers the DCC, yet a handover needs the key that is destroyed; with the key kept it works."""
    left = SMALL._replace(old_key_destroyed=True, renews_held_cells=False, late_handover_longest_days=3000)
    held = figure("stranded", left)
    assert figure("failed", left) == 0 < held
    assert trials(left)[0][1:] == (held, held, 0)
    kept = left._replace(old_key_destroyed=False)
    assert trials(kept)[1][1:] == (held, held, held)


def test_devices_out_of_reach_are_not_stranded_by_that_alone() -> None:
    """A trial goes past the SM WAN: what a device would do, were it in reach."""
    away = SMALL._replace(unreachable_share=1.0, never_back_share=1.0)
    assert trials(away)[1][1:] == (away.meters,) * 3
    assert trials(away._replace(old_key_destroyed=True))[0][1:] == (away.meters, away.meters, 0)


@pytest.mark.parametrize("destroyed", [True, False])
def test_a_wrong_computation_is_found_out_by_commands(
    destroyed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: devices taken for stranded that are not, or the other way round, are told by commands."""
    inputs = SMALL._replace(meters=6, old_key_destroyed=destroyed, renews_held_cells=False)

    def turned_round(run: RenewalRun) -> tuple[Expected, ...]:
        return tuple(group._replace(obeys=not group.obeys) for group in expected_of(run))

    monkeypatch.setattr(acb_renewal, "expected_of", turned_round)
    breaches = FAMILY.run(inputs, frozenset(), RunSettings(1)).breaches
    assert len(breaches) == inputs.meters
    assert any("obeyed when tried, though computed as" in breach for breach in breaches)
    assert any("silent when tried" in breach for breach in breaches) is destroyed


def test_a_key_that_is_said_to_be_destroyed_and_is_used_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: the broker keeps the old keys, so that handovers go on."""
    inputs = SMALL._replace(old_key_destroyed=True, destroyed_after_days=1, renews_held_cells=False)
    assert FAMILY.run(inputs, frozenset(), RunSettings(1, 0.0)).breaches == ()
    monkeypatch.setattr(AccessControlBroker, "use_only", lambda *_: None)
    breaches = FAMILY.run(inputs, frozenset(), RunSettings(1, 0.0)).breaches
    assert any("replaced, though the old key is destroyed" in breach for breach in breaches)


def test_what_cannot_be_reached_is_what_fails() -> None:
    """Closed form: with everything out of reach for good nothing is renewed, and each is tried every time."""
    inputs = SMALL._replace(unreachable_share=1.0, never_back_share=1.0)
    assert figure("renewed", inputs) == 0
    assert figure("commands_unanswered", inputs) == inputs.attempts * inputs.meters


def test_later_attempts_reach_meters_that_come_back() -> None:
    out = SMALL._replace(unreachable_share=1.0, never_back_share=0.0, outage_longest_days=12.0)
    once, often = out._replace(attempts=1), out._replace(attempts=5)
    assert figure("renewed", once) < figure("renewed", often) == SMALL.meters


def test_a_destroyed_key_strands_exactly_what_still_depends_on_it() -> None:
    kept = SMALL._replace(renews_held_cells=False)
    gone = kept._replace(old_key_destroyed=True)
    assert figure("handovers_failed_old_key", kept) == figure("stranded", kept) == 0
    assert figure("stranded", gone) == figure("dependent", gone) > 0
    # Each of them is tried as often as suppliers try, and never works.
    locked = figure("old_in_operator_cell", gone) + figure("old_in_supplier_cell", gone)
    failed = figure("handovers_failed_old_key", gone)
    assert locked <= failed <= locked * gone.handover_attempts


def test_a_kept_key_hands_every_cell_over() -> None:
    inputs = SMALL._replace(renews_held_cells=False)
    assert figure("handovers_done", inputs) == figure("handovers", inputs) > 0
    assert figure("old_in_operator_cell", inputs) == 0


def test_renewing_held_cells_saves_them() -> None:
    left = SMALL._replace(old_key_destroyed=True, renews_held_cells=False)
    renewed = left._replace(renews_held_cells=True)
    assert figure("stranded", renewed) == 0 < figure("stranded", left)
    assert figure("handovers_failed_old_key", renewed) == 0


def test_new_meters_with_old_certificates_are_lost_once_the_key_is_destroyed() -> None:
    """Those that factories deliver between the key's end and their own change-over, one a day."""
    gone = GROWING._replace(old_key_destroyed=True)
    delivered_too_late = gone.factory_switch_days - gone.destroyed_after_days
    assert figure("stranded", gone) == delivered_too_late
    assert figure("stranded", gone._replace(factory_switch_days=5)) == 0


def test_a_late_switch_costs_handovers() -> None:
    busy = GROWING._replace(installs_a_day=4, meters=6, renewals_a_day=40, new_handover_longest_days=1)
    at_once, late = busy, busy._replace(switch_lag_hours=24.0)
    assert figure("handovers_failed_in_change", at_once) < figure("handovers_failed_in_change", late)


def test_backing_out_brings_every_renewed_meter_back() -> None:
    inputs = SMALL._replace(backs_out=True)
    assert figure("renewed", inputs) == 0
    turns = inputs.renewals_a_day * inputs.back_out_after_days
    assert figure("returned", inputs) == turns


def test_the_meters_do_it_themselves() -> None:
    """Canary: mode 4 is obeyed by devices, and what is refused for want of a key they refuse."""
    journal: Journal = []
    inputs = SMALL._replace(meters=10, old_key_destroyed=True, renews_held_cells=False)
    FAMILY.run(inputs, frozenset(), RunSettings(1, journal=journal))
    obeyed = [event for event in journal if event.kind is EventKind.OBEYED and event.code == "0104"]
    assert len(obeyed) == inputs.meters
    refused = {event.detail for event in journal if event.kind is EventKind.REFUSED}
    assert refused == {"wrong_signature"}
    assert cells.ACB_AGREEMENT.role.name.lower() in {event.code.split()[0] for event in journal if event.code}


def test_the_dccs_own_commands_have_final_states_too() -> None:
    """Canary: what the DCC sends of itself is in the history, and one that were never over would be told."""
    journal: Journal = []
    inputs = SMALL._replace(meters=6, unreachable_share=0.5, never_back_share=1.0)
    FAMILY.run(inputs, frozenset(), RunSettings(1, journal=journal))
    own = [event for event in journal if event.kind is EventKind.REQUEST and event.srv is None]
    assert {event.actor for event in own} == {ACB_ID}
    assert {event.detail for event in own} >= {"own command 0008", "own command 0104"}
    over = [event for event in journal if event.kind is EventKind.FINAL and event.srv is None]
    assert len(over) == len(own)
    assert {event.code for event in over} == {"I0", "E20"}
    devices = [event.device for event in journal if event.device is not None]
    assert check_history(journal, devices) == ()
    (breach,) = check_history([event for event in journal if event is not over[0]], devices)
    assert breach.startswith("request without one final state")


def test_stand_ins_for_signatures_change_nothing() -> None:
    mixed = FAMILY.run(GROWING, frozenset(), RunSettings(1, byte_share=0.3))
    assert mixed == outcome(GROWING)


def test_same_seed_same_outcome_and_another_seed_another() -> None:
    assert FAMILY.run(GROWING, frozenset(), RunSettings(1)) == outcome(GROWING)
    assert outcome(GROWING, seed=2) != outcome(GROWING)


def test_inputs_are_checked() -> None:
    for name, value in (("renewals_a_day", 0), ("hours_a_day", 25.0), ("backs_out", 1), ("start", "soon")):
        with pytest.raises(InputError, match=name):
            FAMILY.inputs({name: value})
    with pytest.raises(InputError, match="backs_out"):
        outcome(SMALL._replace(backs_out=True, old_key_destroyed=True))
