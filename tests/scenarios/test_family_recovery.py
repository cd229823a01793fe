"""The family recovery: how long a fleet obeys a compromised key, and when its supplier has it back."""

from __future__ import annotations

from functools import cache
from math import ceil, sqrt
from typing import Final

import pytest

from scenarios.engine.family import RunSettings
from scenarios.engine.history import check_history
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.outcome import Outcome
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.recovery import FAMILY
from scenarios.recovery_inputs import MisuseWay, Order, RecoveryInputs
from scenarios.recovery_misuse import misuse_breaches

SMALL: Final = RecoveryInputs(meters=24, observed_days=30, recoveries_a_day=6, unreachable_share=0.0)
OUT: Final = SMALL._replace(unreachable_share=0.5, never_back_share=0.3, outage_longest_days=8.0)
CASES: Final = {
    "all in reach": SMALL,
    "some out of reach": OUT,
    "no floor": SMALL._replace(sets_floor=False),
    "misused": OUT._replace(misuse_a_day=10),
    "misused through the DCC": OUT._replace(misuse_a_day=10, misuse_way=MisuseWay.THROUGH_DCC),
    "too slow": SMALL._replace(recoveries_a_day=1, observed_days=15),
}
MISUSED: Final = SMALL._replace(misuse_a_day=10)
_DAY_HOURS: Final = 24.0
_TAIL_DAYS: Final = 121 / 86_400
"""One round trip over the SM WAN is at most two minutes."""


@cache
def outcome(inputs: RecoveryInputs, seed: int = 1) -> Outcome:
    return FAMILY.run(inputs, frozenset(), RunSettings(seed))


def figure(name: str, inputs: RecoveryInputs) -> float:
    return outcome(inputs).figures[name]


def values(name: str, inputs: RecoveryInputs) -> tuple[float, ...]:
    return next(series for series in outcome(inputs).series if series.name == name).values


def test_it_is_listed() -> None:
    assert family_named("recovery") is FAMILY


@pytest.mark.parametrize("case", CASES)
def test_no_breaches_and_nothing_gets_lost(case: str) -> None:
    inputs = CASES[case]
    figures = outcome(inputs).figures
    assert outcome(inputs).breaches == ()
    assert figures["recovered"] + figures["exposed_at_end"] == figures["meters"] == inputs.meters
    assert figures["taken_back"] + figures["without_supplier"] == figures["recovered"]
    stocks = [values(name, inputs) for name in ("exposed", "waiting", "taken_back")]
    assert {sum(day) for day in zip(*stocks, strict=True)} == {inputs.meters}
    assert [stock[-1] for stock in stocks] == [
        figures["exposed_at_end"],
        figures["without_supplier"],
        figures["taken_back"],
    ]


@pytest.mark.parametrize(("meters", "a_day"), [(24, 6), (25, 6), (9, 20)])
def test_a_recovery_ends_when_the_meters_are_through(meters: int, a_day: int) -> None:
    """Closed form: detection, decision, then (n - 1) / capacity days, and one round trip as a tail."""
    inputs = SMALL._replace(meters=meters, recoveries_a_day=a_day)
    lead = (inputs.detected_after_hours + inputs.decided_after_hours) / _DAY_HOURS
    tail = figure("days_to_last", inputs) - lead - (meters - 1) / a_day
    assert 0 < tail < _TAIL_DAYS


def test_exposure_is_the_sum_of_the_turns() -> None:
    """Closed form: each of n meters is exposed for the lead, and until its turn: n lead + n (n - 1) / 2c."""
    n, capacity = SMALL.meters, SMALL.recoveries_a_day
    lead = (SMALL.detected_after_hours + SMALL.decided_after_hours) / _DAY_HOURS
    expected = n * lead + n * (n - 1) / (2 * capacity)
    assert 0 < figure("exposed_meter_days", SMALL) - expected < n * _TAIL_DAYS


def test_a_day_later_found_out_is_a_day_more_for_each_meter() -> None:
    later = SMALL._replace(detected_after_hours=SMALL.detected_after_hours + _DAY_HOURS)
    more = figure("exposed_meter_days", later) - figure("exposed_meter_days", SMALL)
    assert more == pytest.approx(SMALL.meters)


def test_capacity_shortens_the_exposure() -> None:
    quick = SMALL._replace(recoveries_a_day=12)
    assert figure("exposed_meter_days", quick) < figure("exposed_meter_days", SMALL)
    assert figure("days_to_most", quick) < figure("days_to_most", SMALL)


def test_the_order_decides_who_waits_not_how_long_all_wait() -> None:
    mixed = SMALL._replace(prepayment_share=0.4)
    by_order = {order: mixed._replace(order=order) for order in Order}
    totals = [figure("exposed_meter_days", inputs) for inputs in by_order.values()]
    assert max(totals) - min(totals) < SMALL.meters * _TAIL_DAYS
    old = {order: figure("exposed_old_days", inputs) for order, inputs in by_order.items()}
    assert min(old, key=lambda order: old[order]) is Order.OLDEST_FIRST
    assert max(old, key=lambda order: old[order]) is Order.NEWEST_FIRST
    prepayment = {order: figure("exposed_prepayment_days", inputs) for order, inputs in by_order.items()}
    assert min(prepayment, key=lambda order: prepayment[order]) is Order.PREPAYMENT_FIRST


def test_meters_out_of_reach_for_good_stay_exposed() -> None:
    inputs = SMALL._replace(unreachable_share=1.0, never_back_share=1.0)
    assert figure("exposed_at_end", inputs) == inputs.meters
    assert figure("exposed_meter_days", inputs) == pytest.approx(inputs.meters * inputs.observed_days)


def test_those_that_come_back_are_recovered_later() -> None:
    inputs = OUT._replace(never_back_share=0.0)
    assert figure("exposed_at_end", inputs) == 0 < figure("attempts_failed", inputs)
    assert figure("days_to_last", inputs) > figure("days_to_last", SMALL)


def test_without_a_floor_the_supplier_never_gets_its_meters_back() -> None:
    """The meter wants numbers above the supplier's last one, which the broker's own never reach."""
    without = CASES["no floor"]
    assert figure("taken_back", without) == 0
    assert figure("recovered", without) == figure("recovered", SMALL) == SMALL.meters
    assert figure("taken_back", SMALL) == SMALL.meters
    assert figure("replacements_failed", without) == SMALL.meters * SMALL.replacement_attempts


def test_nobody_takes_meters_back_before_there_are_new_certificates() -> None:
    late = SMALL._replace(new_credentials_after_hours=14 * _DAY_HOURS)
    days = int((late.detected_after_hours + late.new_credentials_after_hours) / _DAY_HOURS)
    back = values("taken_back", late)
    assert set(back[:days]) == {0}
    assert back[-1] == late.meters
    assert figure("waiting_meter_days", late) > figure("waiting_meter_days", SMALL)


def test_the_meters_do_it_themselves() -> None:
    """Canary: what is recovered obeyed the recovery key, and a command seen twice would be told."""
    journal: Journal = []
    FAMILY.run(SMALL._replace(meters=4), frozenset(), RunSettings(1, journal=journal))
    recoveries = [event for event in journal if event.kind is EventKind.OBEYED and event.code == "0108"]
    assert len({event.device for event in recoveries}) == len(recoveries) == 4
    devices = [event.device for event in journal if event.device is not None]
    assert check_history(journal, devices) == ()
    assert any("obeyed twice" in breach for breach in check_history([*journal, recoveries[0]], devices))


# Misuse of the stolen key


def test_without_misuse_exposure_alone_is_told() -> None:
    assert figure("misuse", SMALL) == figure("misuse_obeyed", SMALL) == figure("meters_misused", SMALL) == 0


@pytest.mark.parametrize("inputs", [MISUSED, MISUSED._replace(recoveries_a_day=2)], ids=["quick", "slow"])
def test_what_is_exposed_obeys_and_what_is_recovered_does_not(inputs: RecoveryInputs) -> None:
    """Closed form: commands go to any of n meters at any time; of m a day m / n of the exposure obey."""
    expected = inputs.misuse_a_day * figure("exposed_meter_days", inputs) / inputs.meters
    obeyed, refused = figure("misuse_obeyed", inputs), figure("misuse_refused", inputs)
    assert abs(obeyed - expected) < 3 * sqrt(expected)
    assert obeyed + refused == figure("misuse", inputs) == inputs.misuse_a_day * inputs.observed_days
    assert outcome(inputs).breaches == ()
    assert sum(values("misuse_obeyed", inputs)) == obeyed
    last_safe = ceil(figure("days_to_last", inputs))
    assert set(values("misuse_obeyed", inputs)[last_safe:]) == {0}


def test_misuse_does_not_hinder_the_recovery() -> None:
    for name in (
        "recovered",
        "taken_back",
        "exposed_meter_days",
        "waiting_meter_days",
        "replacements_failed",
    ):
        assert figure(name, MISUSED) == figure(name, SMALL)


def test_through_the_dcc_there_is_no_misuse_once_the_certificates_are_revoked() -> None:
    """Closed form: all of the commands before that are obeyed, and none after; the rule book sees to it."""
    for hours in (24.0, 48.0):
        inputs = MISUSED._replace(misuse_way=MisuseWay.THROUGH_DCC, detected_after_hours=hours)
        before = inputs.misuse_a_day * hours / _DAY_HOURS
        assert figure("misuse_obeyed", inputs) == before
        assert figure("misuse_not_sent_on", inputs) == figure("misuse", inputs) - before > before
        assert figure("misuse_refused", inputs) == 0
        assert outcome(inputs).breaches == ()


def test_meters_out_of_reach_obey_nobody() -> None:
    away = MISUSED._replace(unreachable_share=1.0, never_back_share=1.0)
    days = (away.detected_after_hours + away.decided_after_hours) / _DAY_HOURS
    assert figure("misuse_obeyed", away) == days * away.misuse_a_day
    assert figure("misuse_refused", away) == 0


def test_a_command_that_a_later_one_overtakes_is_refused_and_no_breach() -> None:
    """More commands than there is time for: a meter that has obeyed the later one refuses the earlier."""
    busy = SMALL._replace(meters=1, observed_days=3, recoveries_a_day=1, misuse_a_day=1000)
    made = FAMILY.run(busy, frozenset(), RunSettings(1, 0.0))
    overtaken, refused = made.figures["misuse_overtaken"], made.figures["misuse_refused"]
    assert made.breaches == ()
    assert 0 < overtaken < refused
    assert made.figures["misuse_obeyed"] + overtaken + refused == made.figures["misuse"] == 3000


def test_alerts_that_overtake_each_other_are_no_error() -> None:
    """A meter alerts its supplier to each command that it refuses, and several are under way at once."""
    at_once = SMALL._replace(
        detected_after_hours=0.0, decided_after_hours=0.0, new_credentials_after_hours=0.0
    )
    busy = at_once._replace(meters=1, observed_days=3, recoveries_a_day=1, misuse_a_day=1000)
    made = FAMILY.run(busy, frozenset(), RunSettings(1, 0.0))
    assert made.breaches == ()
    assert made.figures["misuse_refused"] == made.figures["misuse"] == 3000


def test_a_meter_that_obeyed_the_stolen_key_after_its_recovery_would_be_told() -> None:
    """The canary, and its neighbour: one that refused it before, so that it was not exposed at all."""
    journal: Journal = []
    FAMILY.run(MISUSED._replace(meters=4), frozenset(), RunSettings(1, 0.0, journal))
    assert list(misuse_breaches(journal)) == []
    obeyed = next(event for event in journal if event.kind is EventKind.OBEYED and event.code == "0062")
    told = f"{obeyed.device}: obeyed number {obeyed.number} of the stolen key after its recovery"
    assert told in misuse_breaches([*journal, obeyed])
    refused = obeyed._replace(kind=EventKind.REFUSED)
    early = [refused if event is obeyed else event for event in journal]
    assert any("before its recovery" in breach for breach in misuse_breaches(early))


def test_stand_ins_for_signatures_change_nothing() -> None:
    mixed = FAMILY.run(OUT, frozenset(), RunSettings(1, byte_share=0.3))
    assert mixed == outcome(OUT)


def test_same_seed_same_outcome_and_another_seed_another() -> None:
    assert FAMILY.run(OUT, frozenset(), RunSettings(1)) == outcome(OUT)
    assert outcome(OUT, seed=2) != outcome(OUT)


def test_inputs_are_checked() -> None:
    assert FAMILY.inputs({"order": "oldest first"}).order is Order.OLDEST_FIRST
    for name, value in (("order", "at once"), ("recoveries_a_day", 0), ("unreachable_share", -0.1)):
        with pytest.raises(InputError, match=name):
            FAMILY.inputs({name: value})
