"""The family smets1-correction: MP107 at both ends saves every site visit, at one end none."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Final

import pytest

from dcc.modifications import Modification
from scenarios import smets1_correction_operators
from scenarios.engine.family import RunSettings
from scenarios.engine.history import check_history
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.outcome import Outcome
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.smets1_correction import FAMILY
from scenarios.smets1_correction_inputs import CorrectionInputs
from scenarios.smets1_fleet import Smets1Meter
from scenarios.smets1_successors import Successor

DSP, S1SP = Modification.MP107_DSP, Modification.MP107_S1SP
SMALL: Final = CorrectionInputs(meters=30, mistake_rate=0.3, visit_last_working_days=25)
EACH_WAY: Final = ((), (DSP,), (S1SP,), (DSP, S1SP))


@cache
def outcome(inputs: CorrectionInputs, *modifications: Modification, seed: int = 1) -> Outcome:
    return FAMILY.run(inputs, frozenset(modifications), RunSettings(seed))


def figure(name: str, inputs: CorrectionInputs, *modifications: Modification) -> float:
    return outcome(inputs, *modifications).figures[name]


def test_it_is_listed() -> None:
    assert family_named("smets1-correction") is FAMILY


@pytest.mark.parametrize("modifications", EACH_WAY)
def test_no_breaches_and_nothing_gets_lost(modifications: tuple[Modification, ...]) -> None:
    found = outcome(SMALL, *modifications)
    figures = found.figures
    assert found.breaches == ()
    assert figures["mistakes"] == figures["corrected"] + figures["visits_made"] + figures["wrong_at_end"]
    assert figures["found"] == figures["corrected"] + figures["visits_needed"] + figures["open"]
    wrong = next(series for series in found.series if series.name == "wrong")
    assert wrong.values[-1] == figures["wrong_at_end"]
    assert len(wrong.values) == SMALL.observed_days


def test_every_visit_is_avoided_with_both_switches_and_none_with_one() -> None:
    """Closed form: of the mistakes whose end is known the share corrected is 1 with both, 0 otherwise."""
    for modifications in EACH_WAY:
        figures = outcome(SMALL, *modifications).figures
        settled = figures["found"] - figures["open"]
        assert settled > 5
        both = len(modifications) == 2
        assert figures["visits_avoided"] == (settled if both else 0)
        assert figures["visits_needed"] == (0 if both else settled)
        a_year = figures["visits_needed"] / (SMALL.meters * SMALL.observed_days) * 100_000 * 365
        assert figures["visits_a_year"] == pytest.approx(a_year)


@pytest.mark.parametrize("modifications", EACH_WAY)
@pytest.mark.parametrize("gas_share", [0.0, 1.0])
def test_each_metering_point_has_a_device_at_the_end(
    modifications: tuple[Modification, ...], gas_share: float
) -> None:
    """Each meter that is exchanged has a SMETS2 one in its place."""
    inputs = SMALL._replace(meters=15, gas_share=gas_share)
    figures = outcome(inputs, *modifications).figures
    assert outcome(inputs, *modifications).breaches == ()
    assert figures["devices"] == inputs.meters
    assert figures["smets1_at_end"] + figures["successors"] == inputs.meters
    assert figures["successors"] == figures["visits_made"]
    assert (figures["successors"] > 0) is (len(modifications) < 2)


def test_successors_take_the_right_certificates_by_a_command() -> None:
    journal: Journal = []
    figures = FAMILY.run(SMALL, frozenset(), RunSettings(1, journal=journal)).figures
    installed = {event.device: event.detail for event in journal if event.code == "successor installed"}
    handed = [event for event in journal if event.srv == "6.21" and event.kind is EventKind.FINAL]
    assert len(installed) == len(handed) == figures["successors"] > 0
    assert {event.device for event in handed} == set(installed)
    assert {event.code for event in handed} == {"I0"}
    gone = {str(event.device) for event in journal if event.code == "exchanged"}
    assert gone == set(installed.values())
    assert not any(event.code == "placed" and event.device in installed for event in journal)


@pytest.mark.parametrize("left_out", ["retire", "install_successor"])
def test_a_meter_that_vanishes_or_stays_beside_its_successor_is_found_out(
    left_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary."""

    def nobody(kit: RunKit, meter: Smets1Meter) -> Conversation[Successor]:
        yield kit.simulation.wait_ms(0)
        return Successor(meter, meter.device)

    instead = nobody if left_out == "install_successor" else lambda *_: None
    monkeypatch.setattr(smets1_correction_operators, left_out, instead)
    made = FAMILY.run(SMALL, frozenset(), RunSettings(1))
    assert any("devices in use, expected" in breach for breach in made.breaches)


def test_who_refuses_depends_on_where_the_switch_is_on() -> None:
    neither = outcome(SMALL).figures
    at_dsp, at_s1sp, both = (outcome(SMALL, *switches).figures for switches in EACH_WAY[1:])
    assert neither["refused_e4"] == at_s1sp["refused_e4"] == neither["visits_needed"] > 0
    assert at_dsp["refused_e4"] == both["refused_e4"] == 0
    assert at_dsp["refused_registration"] == at_dsp["visits_needed"] == neither["visits_needed"]
    assert neither["refused_registration"] == both["refused_registration"] == 0
    assert both["refused_ownership"] == both["found"]
    # Without it the registered operator tries once more itself, before anybody is sent out.
    assert neither["refused_ownership"] == neither["found"] + neither["visits_needed"]


def test_half_on_is_no_better_than_off() -> None:
    for switch in (DSP, S1SP):
        half, off = outcome(SMALL, switch), outcome(SMALL)
        assert half.series == off.series


def test_the_same_mistakes_are_made_until_the_first_correction() -> None:
    off, on = (Journal(), Journal())
    FAMILY.run(SMALL, frozenset(), RunSettings(1, journal=off))
    FAMILY.run(SMALL, frozenset({DSP, S1SP}), RunSettings(1, journal=on))
    first = next(event.at for event in on if event.code == "corrected")
    # The same attempt is refused by the DSP at once, and takes its time where it succeeds.
    before = [[event for event in journal
               if event.at < first and event.kind is EventKind.ACT and event.code != "stuck"]
              for journal in (off, on)]  # fmt: skip
    assert before[0] == before[1]
    assert any(event.code == "mistaken" for event in before[0])


def test_mistakes_come_at_the_rate_given() -> None:
    """Closed form: each placement that the S1SP takes is a mistake with the rate's chance, independently."""
    inputs = SMALL._replace(meters=80, mistake_rate=0.1, observed_days=240)
    figures = outcome(inputs, DSP, S1SP).figures
    expected = 0.1 * figures["actions"]
    assert abs(figures["mistakes"] - expected) < 3 * sqrt(0.9 * expected)


def test_placements_come_at_one_rate_from_the_first_day_on() -> None:
    """Closed form: of placements every 60 days on the mean (30 to 90), a meter sees one third in 20 days."""
    inputs = SMALL._replace(meters=400, mistake_rate=0.0, observed_days=20)
    inputs = inputs._replace(action_shortest_days=30, action_longest_days=90)
    actions = FAMILY.run(inputs, frozenset(), RunSettings(1)).figures["actions"]
    assert abs(actions - 400 / 3) < 3 * sqrt(400 * 2 / 9)


def test_no_mistakes_no_trouble() -> None:
    figures = figure("mistakes", SMALL._replace(mistake_rate=0.0)), figure("actions", SMALL)
    assert figures[0] == 0 < figures[1]
    found = outcome(SMALL._replace(mistake_rate=0.0))
    assert sum(row[1] for row in found.tables[0].rows if isinstance(row[1], int)) == 0


def test_an_owner_that_does_not_help_costs_the_visits_again() -> None:
    for rate in (0.0, 0.5):
        figures = outcome(SMALL._replace(other_operator_helps_rate=rate), DSP, S1SP).figures
        assert figures["visits_needed"] > 0
        assert (figures["visits_avoided"] > 0) is (rate > 0)


def test_quicker_help_means_fewer_days_with_wrong_certificates() -> None:
    quick = SMALL._replace(asked_last_working_days=1)
    slow = SMALL._replace(asked_first_working_days=30, asked_last_working_days=30)
    quick_days, slow_days = (figure("days_to_correction", item, DSP, S1SP) for item in (quick, slow))
    assert quick_days < slow_days


def test_who_reads_alerts_finds_its_mistakes_at_once_and_needs_no_refusal() -> None:
    reading = SMALL._replace(alerts_read_rate=1.0)
    assert outcome(reading, DSP, S1SP).breaches == ()
    figures = outcome(reading, DSP, S1SP).figures
    assert figures["refused_ownership"] == 0 < figures["found"]
    assert figures["days_to_correction"] < figure("days_to_correction", SMALL, DSP, S1SP)
    # It helps to find them, not to correct them: without the modification nobody can.
    assert outcome(reading).figures["visits_avoided"] == 0 < outcome(reading).figures["visits_needed"]


def test_stand_ins_for_signatures_change_nothing() -> None:
    assert FAMILY.run(SMALL, frozenset(), RunSettings(1, byte_share=0.3)) == outcome(SMALL)


@pytest.mark.parametrize("gas_share", [0.0, 1.0])
def test_both_fuels(gas_share: float) -> None:
    inputs = SMALL._replace(gas_share=gas_share, meters=15)
    assert outcome(inputs, DSP, S1SP).breaches == ()
    assert figure("visits_avoided", inputs, DSP, S1SP) > 0


def test_same_seed_same_outcome_and_another_seed_another() -> None:
    again = FAMILY.run(SMALL, frozenset(), RunSettings(1))
    assert again == outcome(SMALL)
    assert outcome(SMALL, seed=2) != outcome(SMALL)


def test_the_history_check_sees_a_replayed_request() -> None:
    """Canary: requests at S1SPs are held against the history like commands to devices."""
    journal: Journal = []
    FAMILY.run(SMALL._replace(meters=3), frozenset(), RunSettings(1, journal=journal))
    obeyed = next(event for event in journal if event.kind is EventKind.OBEYED and event.code)
    devices = [event.device for event in journal if event.device is not None]
    assert check_history(journal, devices) == ()
    assert any("obeyed twice" in breach for breach in check_history([*journal, obeyed], devices))


def test_inputs_are_checked() -> None:
    for name, value in (("mistake_rate", 1.1), ("meters", 0), ("meters", True), ("start", "soon")):
        with pytest.raises(InputError, match=name):
            FAMILY.inputs({name: value})
    with pytest.raises(InputError, match="asked_first_working_days"):
        outcome(SMALL._replace(asked_first_working_days=11))
