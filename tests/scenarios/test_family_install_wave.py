"""The install wave as a family: its story, what is known of it in closed form, and what each input does."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import product
from statistics import mean
from typing import Any

import pytest

from dcc.modifications import Modification
from scenarios.engine.family import RunSettings
from scenarios.engine.journal import Event, EventKind, Journal
from scenarios.engine.outcome import Outcome, Series
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.install_wave import WaveInputs, draw_homes, run_wave
from scenarios.wave_family import FAMILY
from scenarios.wave_figures import wave_figures

ON = (Modification.SECMP0063, Modification.SECMP0063_GPF)
FEW = {"homes": 30, "wrong_certificate_rate": 0.4, "unknown_mpan_rate": 0.3, "weeks": 2}
ALL_WRONG = {
    "homes": 24,
    "wrong_certificate_rate": 1.0,
    "gas_transporter_share": 0.0,
    "unknown_mpan_rate": 0.0,
    "weeks": 1,
}


@cache
def _played(
    values: tuple[tuple[str, Any], ...], modifications: tuple[Modification, ...], seed: int
) -> tuple[Outcome, Journal]:
    journal: Journal = []
    settings = RunSettings(seed, byte_share=0.0, journal=journal)
    outcome = FAMILY.run(FAMILY.inputs(dict(values)), frozenset(modifications), settings)
    assert outcome.breaches == ()
    assert set(outcome.figures) == {figure.name for figure in FAMILY.figures}
    return outcome, journal


def played(
    values: dict[str, Any], *modifications: Modification, seed: int = 7, **more: Any
) -> tuple[Outcome, Journal]:
    return _played(tuple((values | more).items()), modifications, seed)


def figures(values: dict[str, Any], *modifications: Modification, **more: Any) -> dict[str, Any]:
    return dict(played(values, *modifications, **more)[0].figures)


def series(outcome: Outcome, name: str) -> Series:
    (found,) = (item for item in outcome.series if item.name == name)
    return found


def acts(journal: Journal, code: str) -> list[Event]:
    return [event for event in journal if event.kind is EventKind.ACT and event.code == code]


# The family


def test_each_input_is_explained_once_and_its_default_is_a_possible_value() -> None:
    assert family_named("install-wave") is FAMILY
    names = [parameter.name for parameter in FAMILY.parameters]
    assert sorted(names) == sorted(FAMILY.inputs_type._fields)
    defaults = {parameter.name: FAMILY.default(parameter) for parameter in FAMILY.parameters}
    assert FAMILY.inputs(defaults) == FAMILY.inputs_type()
    for figure in FAMILY.figures:
        assert not figure.share_of or figure.share_of in {item.name for item in FAMILY.figures}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wrong_certificate_rate", 1.01),
        ("homes", 0),
        ("homes", 2.5),
        ("error_model", "moon"),
        ("read_first_working_days", 0),
        ("exchange_meters", 1),
        ("start", date(2046, 1, 1)),
    ],
)
def test_impossible_values_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"\.{name}: "):
        FAMILY.inputs({name: value})


def test_an_earliest_day_after_the_latest_is_refused() -> None:
    inputs = FAMILY.inputs({"read_first_working_days": 3, "read_last_working_days": 2})
    with pytest.raises(InputError, match=r"^delays\.read_first_working_days: 3, expected at most"):
        FAMILY.run(inputs, frozenset(), RunSettings(1))


def test_without_further_inputs_it_is_the_wave_of_the_command_line() -> None:
    inputs = WaveInputs(**FEW, seed=7)
    for modifications in ((), (Modification.SECMP0063,)):
        of_run = wave_figures(run_wave(inputs, draw_homes(inputs), modifications))
        of_family = figures(FEW, *modifications)
        assert of_family["wrong"] == of_run.wrong
        assert of_family["found"] == of_run.found
        assert of_family["corrected"] == of_run.corrected
        assert of_family["needs_exchange"] == of_run.needs_exchange
        assert of_family["wrong_at_end"] == of_run.another_party_in_cells_at_end
        assert of_family["late"] == of_run.deadline_breaches
        assert of_family["days_without_access"] == of_run.meter_days_without_access
        assert of_family["refused"] == of_run.supplier_requests_refused
        assert of_family["service_requests"] == of_run.service_requests


def test_the_same_seed_gives_the_same_outcome_journal_or_not_and_another_one_another() -> None:
    values = FEW | {"homes": 15}
    kept, _ = played(values)
    assert FAMILY.run(FAMILY.inputs(values), frozenset(), RunSettings(7, byte_share=0.0)) == kept
    assert played(values, seed=8)[0] != kept


# The story


def test_the_check_lets_only_those_wrong_certificates_pass_whose_mpan_it_does_not_know() -> None:
    off, _ = played(FEW)
    on, journal = played(FEW, *ON)
    assert off.figures["blocked"] == 0
    assert off.figures["wrong"] > on.figures["wrong"] > 0
    assert on.figures["blocked"] > 0
    assert on.figures["late"] < off.figures["late"]
    unknown = draw_homes(WaveInputs(**FEW, seed=7)).homes
    known = {home.number: home.mpan_known for home in unknown}
    assert not any(known[event.home] for event in acts(journal, "found") if event.home)
    # Common random numbers: who was not blocked did the same in both runs.
    assert on.figures["placed"] == off.figures["placed"] == 30
    (refusals,) = (table for table in on.tables if table.name == "refusals")
    of_suppliers = [row for row in refusals.rows if str(row[0]).startswith("Supplier")]
    assert sum(int(row[3] or 0) for row in of_suppliers) == on.figures["refused"]
    assert {row[2] for row in of_suppliers} == {"SIM-E062190"}


def test_series_end_where_the_figures_say() -> None:
    outcome, journal = played(FEW)
    found = outcome.figures
    wrong, waiting = series(outcome, "wrong"), series(outcome, "waiting")
    assert (wrong.values[-1], max(wrong.values)) == (found["wrong_at_end"], found["most_wrong"])
    assert (waiting.values[-1], max(waiting.values)) == (0, found["most_waiting"])
    assert sum(series(outcome, "installed").values) == found["installed"] == 30
    assert sum(series(outcome, "commands").values) == found["commands"]
    assert len(acts(journal, "placed")) == found["placed"]
    assert len(acts(journal, "corrected")) == found["corrected"]


def test_more_homes_change_nothing_for_those_that_there_were() -> None:
    _, few = played(FEW)
    _, more = played(FEW, homes=40)
    of_few = [event for event in more if event.kind is EventKind.ACT and (event.home or 0) <= 30]
    assert of_few == [event for event in few if event.kind is EventKind.ACT]


# Closed forms


def test_without_correction_the_wrong_share_is_the_rate() -> None:
    """Independent errors at rate p: the share is p, give or take three standard deviations.

    SECMP0063 estimates 1,000s to 10,000s a month; a tenth of 200,000 is 20,000.
    """
    homes, rate, a_month = 150, 0.1, 200_000
    values = {"homes": homes, "wrong_certificate_rate": rate, "weeks": 2, "installs_a_month": a_month}
    found = figures(values, owners_correct=False)
    assert found["corrected"] == found["most_waiting"] == 0
    assert found["wrong_at_end"] == found["wrong"] == found["found"]
    deviation = (rate * (1 - rate) / homes) ** 0.5
    assert found["wrong"] / homes == pytest.approx(rate, abs=3 * deviation)
    assert found["wrong_a_month"] == round(found["wrong"] / homes * a_month)
    assert found["wrong_a_month"] == pytest.approx(20_000, abs=3 * deviation * a_month)


def test_the_stock_settles_where_littles_law_says() -> None:
    """Stock = arrivals a day x mean days that one stays, from the delays alone.

    No bank holiday lies in the weeks. From the fifth week on, the longest stay, the stock is steady.
    """
    homes, weeks, read_last, correct_last = 120, 10, 15, 10
    values = ALL_WRONG | {"homes": homes, "weeks": weeks, "start": date(2026, 6, 1)}
    outcome, _ = played(values, read_last_working_days=read_last, correction_last_working_days=correct_last)
    weights = {day: 1.0 if day < 5 else 0.3 for day in range(6)}
    stays = {
        day: mean(
            _days_later(day, read + correct)
            for read, correct in product(range(1, read_last + 1), range(1, correct_last + 1))
        )
        for day in weights
    }
    stay = sum(weights[day] * stays[day] for day in weights) / sum(weights.values())
    expected = homes / (7 * weeks) * stay
    steady = series(outcome, "wrong").values[7 * 5 : 7 * weeks]
    # A mean over as many days as two stays or so: the standard deviation is sqrt(stock x stay / days).
    deviation = (expected * stay / len(steady)) ** 0.5
    assert mean(steady) == pytest.approx(expected, abs=3 * deviation)
    assert outcome.figures["days_wrong"] == pytest.approx(stay, abs=3 * 8 / homes**0.5)


def _days_later(weekday: int, working_days: int) -> int:
    """Calendar days from a weekday, Monday is 0, until so many working days later."""
    day = weekday
    while working_days:
        day += 1
        working_days -= day % 7 < 5
    return day - weekday


# What inputs do


def test_with_owners_names_shown_suppliers_err_less() -> None:
    shown = {"repository_shows_owner_name": True}
    usual, none = figures(ALL_WRONG), figures(ALL_WRONG | shown, owner_name_factor=0.0)
    some = figures(ALL_WRONG | shown, owner_name_factor=0.3)
    assert (usual["wrong"], none["wrong"]) == (24, 0)
    assert 0 < some["wrong"] < 15


def test_suppliers_that_learn_from_a_refusal_are_refused_less() -> None:
    values = ALL_WRONG | {"wrong_certificate_rate": 0.7}
    same, careful = figures(values, *ON), figures(values, *ON, retry_error_factor=0.0)
    assert careful["wrong"] == same["wrong"] == 0
    # Each of those that erred at first is refused once.
    assert 0 < careful["blocked"] < same["blocked"]
    assert careful["blocked"] <= 24


def test_few_staff_make_corrections_wait() -> None:
    enough, few = figures(ALL_WRONG), figures(ALL_WRONG, corrections_a_day=1)
    assert few["days_wrong"] > enough["days_wrong"]
    _, journal = played(ALL_WRONG, corrections_a_day=1)
    a_day = Counter((event.actor, event.at.date()) for event in acts(journal, "corrected"))
    assert max(a_day.values()) == 1


def test_a_meter_that_nobody_can_correct_is_exchanged_if_its_supplier_does_that() -> None:
    values = ALL_WRONG | {"error_model": "gas-transporter", "wrong_certificate_rate": 0.5}
    stuck = figures(values, follow_up_days=150)
    assert (
        stuck["wrong"] == stuck["wrong_gas_transporter"] == stuck["needs_exchange"] == stuck["wrong_at_end"]
    )
    outcome, journal = played(values, exchange_meters=True, exchange_last_working_days=15, follow_up_days=400)
    found = outcome.figures
    assert found["corrected"] == found["wrong_at_end"] == 0
    # The new meter may get a wrong certificate again, and is exchanged too.
    assert found["wrong"] == found["exchanged"] == len(acts(journal, "exchanged")) > stuck["wrong"]
    assert found["installed"] == found["placed"] == 24 + found["exchanged"]
    for event in acts(journal, "exchanged"):
        asked = next(item for item in acts(journal, "not corrected") if item.device == event.device)
        assert event.at - asked.at >= timedelta(days=10)


def test_another_calendar_has_other_holidays() -> None:
    """2 January 2026 is a holiday in Scotland alone: nothing is installed, no working day counts."""
    values = ALL_WRONG | {"start": date(2025, 12, 29)}
    scotland = {"working_days": "scotland"}
    there, _ = played(values, **scotland)
    here, _ = played(values)
    assert series(here, "installed").values[4] > series(there, "installed").values[4] == 0


def test_a_longer_deadline_is_missed_less() -> None:
    values = FEW | {"follow_up_days": 20}
    assert (
        figures(values, deadline_working_days=2)["late"] > figures(values, deadline_working_days=20)["late"]
    )


@pytest.mark.parametrize("model", ["by-size", "uniform", "neighbouring-area", "stale-after-merger"])
def test_wrong_certificates_of_distributors_are_corrected_whatever_the_mistake(model: str) -> None:
    found = figures(ALL_WRONG, error_model=model)
    assert 0 < found["wrong"] == found["found"] == found["corrected"]
    assert found["wrong_gas_transporter"] == found["wrong_at_end"] == 0
    # The check knows a former company for another one.
    assert (
        figures(ALL_WRONG | {"homes": 12, "weeks": 2, "follow_up_days": 10}, *ON, error_model=model)["wrong"]
        == 0
    )


def test_suppliers_may_be_of_one_size_or_not() -> None:
    equal, skewed = (_homes_by_supplier(shares) for shares in ("equal", "skewed"))
    assert skewed[0] > equal[0]
    assert skewed[-1] < equal[-1]


def _homes_by_supplier(shares: str) -> list[int]:
    outcome, _ = played(ALL_WRONG, supplier_shares=shares, wrong_certificate_rate=0.0)
    (table,) = (item for item in outcome.tables if item.name == "suppliers")
    found = {str(row[0]): int(row[2] or 0) for row in table.rows}
    assert sum(found.values()) == 24
    return [found.get(f"Supplier {number:03d}", 0) for number in range(1, 9)]


# Gas


def test_gas_transporters_find_and_correct_wrong_certificates_on_gas_proxies() -> None:
    values = ALL_WRONG | {"wrong_gas_certificate_rate": 0.5, "wrong_certificate_rate": 0.0}
    none, half = figures(values), figures(values, gas_share=0.5)
    assert (none["gas_installed"], none["gas_wrong"]) == (0, 0)
    assert 0 < half["gas_wrong"] < half["gas_installed"] < 24
    assert half["gas_wrong_at_end"] == 0
    only_electricity = figures(values, Modification.SECMP0063, gas_share=0.5)
    assert only_electricity["gas_wrong"] == half["gas_wrong"]
    both = figures(values, *ON, gas_share=0.5)
    assert (both["gas_wrong"], both["wrong"]) == (0, 0)
    assert both["blocked"] > 0


def test_gas_changes_nothing_for_electricity() -> None:
    without, with_gas = figures(FEW), figures(FEW, gas_share=1.0)
    of_electricity = ("installed", "placed", "wrong", "found", "corrected", "days_wrong", "most_wrong")
    assert [with_gas[name] for name in of_electricity] == [without[name] for name in of_electricity]
    assert with_gas["gas_installed"] == 30


# A full installation

IN_ORDER = ["12.2", "8.14.1", "8.11", "8.1.1", "6.20.1", "6.21", "6.17", "6.15.2", "6.17", "6.15.2", "6.24.1"]


def test_a_full_installation_asks_for_the_services_in_their_order() -> None:
    values = ALL_WRONG | {"wrong_certificate_rate": 0.0, "homes": 2, "suppliers": 1, "gas_share": 1.0}
    outcome, journal = played(values, installation="full")
    assert (outcome.figures["placed"], outcome.figures["refused"]) == (2, 0)
    supplier = acts(journal, "installed")[0].actor
    asked = [event for event in journal if event.kind is EventKind.FINAL and event.actor == supplier]
    assert {event.code for event in asked} == {"I0", "I99"}
    electricity, gas = _by_home(asked)
    assert electricity == IN_ORDER
    with_pairing = IN_ORDER.copy()
    with_pairing.remove("8.14.1")
    # The gas proxy gets its supplier's certificates first, then the gas transporter's.
    with_pairing[with_pairing.index("6.20.1") : with_pairing.index("6.21")] = ["8.7.2", "6.20.1", "6.21"]
    assert gas == with_pairing


def _by_home(asked: list[Event]) -> tuple[list[str], list[str]]:
    """The services of the first home's electricity and of its gas, which comes an hour later."""
    first = asked[0].at
    home = [event for event in asked if event.at < first + timedelta(hours=2)]
    of_gas = [event.at for event in home if event.srv == "12.2"][1]
    electricity = [event.srv or "" for event in home if event.at < of_gas]
    return electricity, [event.srv or "" for event in home if event.at >= of_gas]


def test_a_full_installation_comes_to_the_same_certificates() -> None:
    values = FEW | {"homes": 8, "unknown_mpan_rate": 0.0, "gas_share": 0.3}
    for modifications in ((), ON):
        short = figures(values, *modifications)
        full = figures(values, *modifications, installation="full")
        for name in ("installed", "placed", "wrong", "gas_wrong", "found", "corrected", "blocked", "late"):
            assert full[name] == short[name], name
        assert full["commands"] > 2 * short["commands"]
