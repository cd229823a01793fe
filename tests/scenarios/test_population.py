from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from dcc.identifiers import DistributorId
from dcc.network_licences import DISTRIBUTION_LICENCES
from dcc.parties import UserRole
from scenarios.engine.random_streams import RandomStreams
from scenarios.market import AREA_MILLIONS, SupplierShares, licence_weight
from scenarios.population import (
    FIRST_GAS_NUMBER,
    GAS_DELAY,
    UNLISTED_DISTRIBUTOR_ID,
    Fuel,
    MpanKnowledge,
    Population,
    PopulationSize,
    draw_population,
    installation_days,
)

SIZE = PopulationSize(400, 5, 0.2, date(2026, 1, 5), 3)


def drawn(size: PopulationSize = SIZE, seed: int = 7) -> Population:
    return draw_population(size, RandomStreams(seed))


@pytest.fixture(scope="module")
def population() -> Population:
    return drawn()


def test_the_same_seed_gives_the_same_homes_and_another_one_others(population: Population) -> None:
    assert drawn().homes == population.homes
    assert drawn(seed=8).homes != population.homes


def test_more_homes_or_other_rates_do_not_change_what_else_is_drawn(population: Population) -> None:
    more = {home.number: home for home in drawn(SIZE._replace(homes=410)).homes}
    assert all(more[home.number] == home for home in population.homes)
    known = {home.number: home for home in drawn(SIZE._replace(unknown_mpan_rate=0.0)).homes}
    for home in population.homes:
        expected = home._replace(knowledge=MpanKnowledge.KNOWN, mpan=known[home.number].mpan)
        assert known[home.number] == expected


def test_homes_come_in_the_order_of_installation_each_with_its_own_ids(population: Population) -> None:
    homes = population.homes
    assert [home.installed_at for home in homes] == sorted(home.installed_at for home in homes)
    assert {home.number for home in homes} == set(range(1, 401))
    assert len({home.device for home in homes}) == 400
    assert len({home.mpan for home in homes}) == 400
    assert all(home.mpan.check_digit_ok for home in homes)


def test_installing_happens_in_working_hours_within_the_weeks_and_not_on_sundays(
    population: Population,
) -> None:
    weekdays = Counter(home.installed_at.weekday() for home in population.homes)
    assert weekdays[6] == 0
    assert 0 < weekdays[5] < min(weekdays[day] for day in range(5))
    for home in population.homes:
        assert SIZE.first_day <= home.installed_at.date() <= SIZE.last_day == date(2026, 1, 25)
        assert 8 <= home.installed_at.hour < 18


@pytest.mark.parametrize(
    ("day", "weight"),
    [
        ("2026-04-02", 1.0),
        ("2026-04-03", 0.0),  # Good Friday
        ("2026-04-04", 0.3),
        ("2026-04-05", 0.0),
        ("2026-04-06", 0.0),  # Easter Monday
        ("2026-04-07", 1.0),
        ("2026-12-26", 0.0),  # a Saturday, and Boxing Day
    ],
)
def test_the_share_of_a_day(day: str, weight: float) -> None:
    at = date.fromisoformat(day)
    assert installation_days(at, at) == ((at, weight),)


def test_the_true_operator_holds_the_licence_whatever_the_mpan_says(population: Population) -> None:
    for home in population.homes:
        assert population.parties.party_of_mpid(home.licence.mpid) == home.operator.party
        assert home.operator.role is UserRole.ED
        if home.knowledge is MpanKnowledge.UNLISTED_PREFIX:
            assert home.mpan.distributor_id == UNLISTED_DISTRIBUTOR_ID
        else:
            assert home.mpan.distributor_id == home.licence.distributor_id


def test_nobody_holds_the_unlisted_distributor_id(population: Population) -> None:
    assert population.parties.holders_of(UNLISTED_DISTRIBUTOR_ID) == ()


def test_a_party_with_several_licences_is_one_actor(population: Population) -> None:
    holders = {actor.party: actor for actor in population.network_operators}
    assert len(holders) == len(population.network_operators) == 21
    (ukpn,) = population.parties.holders_of(DistributorId(10))
    assert population.parties.holders_of(DistributorId(12)) == (ukpn,)
    assert holders[ukpn].weight == pytest.approx(3.6 + 2.3 + 2.3)


def test_unknown_mpans_come_at_the_rate_and_in_both_ways(population: Population) -> None:
    ways = Counter(home.knowledge for home in population.homes)
    unknown = 400 - ways[MpanKnowledge.KNOWN]
    assert unknown / 400 == pytest.approx(0.2, abs=3 * (0.2 * 0.8 / 400) ** 0.5)
    assert ways[MpanKnowledge.NOT_LINKED] > 10
    assert ways[MpanKnowledge.UNLISTED_PREFIX] > 10


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_all_or_no_mpans_are_known_at_the_ends_of_the_rate(rate: float) -> None:
    homes = drawn(SIZE._replace(homes=50, unknown_mpan_rate=rate)).homes
    assert {home.mpan_known for home in homes} == {rate == 0.0}


def test_areas_come_by_their_metering_points(population: Population) -> None:
    total = sum(licence_weight(licence) for licence in DISTRIBUTION_LICENCES)
    independent = sum(home.licence.independent for home in population.homes) / 400
    assert independent == pytest.approx(1.0 / total, abs=0.025)
    east = sum(home.licence.distributor_id == 10 for home in population.homes) / 400
    assert east == pytest.approx(3.6 / total, abs=0.05)


def test_everybody_has_a_user_id_of_their_own(population: Population) -> None:
    actors = (*population.suppliers, *population.network_operators, *population.gas_transporters)
    assert len({actor.user_id for actor in actors}) == len(actors) == 5 + 21 + 4
    for actor in actors:
        assert population.parties.party_of_user(actor.user_id) == actor.party


def test_gas_comes_to_its_share_of_homes_an_hour_later_and_changes_no_electricity(
    population: Population,
) -> None:
    homes = drawn(SIZE._replace(gas_share=0.7)).homes
    electricity = {home.number: home for home in homes if home.fuel is Fuel.ELECTRICITY}
    assert [electricity[home.number] for home in population.homes] == list(population.homes)
    gas = [home for home in homes if home.fuel is Fuel.GAS]
    assert len(gas) / 400 == pytest.approx(0.7, abs=3 * (0.7 * 0.3 / 400) ** 0.5)
    for home in gas:
        beside = electricity[home.number - FIRST_GAS_NUMBER]
        assert (home.installed_at, home.hub) == (beside.installed_at + GAS_DELAY, beside.hub)
        assert home.supplier == beside.supplier
        assert UserRole.GT is home.operator.role
        assert home.gas is not None
        assert home.gas.mprn.check_digits_ok
    assert len({home.device for home in homes}) == len(homes)


def test_a_skewed_market_has_large_suppliers_and_small_ones(population: Population) -> None:
    skewed = drawn(SIZE._replace(shares=SupplierShares.SKEWED, suppliers=12))
    assert len({actor.user_id for actor in skewed.suppliers}) == 12
    of_first = sum(home.supplier == skewed.suppliers[0] for home in skewed.homes)
    of_last = sum(home.supplier == skewed.suppliers[-1] for home in skewed.homes)
    assert of_first > 60
    assert of_last < 15
    assert {actor.weight for actor in population.suppliers} == {1.0}


def test_where_every_meter_is_linked_an_unknown_mpan_is_one_of_an_unlisted_prefix() -> None:
    homes = drawn(SIZE._replace(always_linked=True)).homes
    assert {home.knowledge for home in homes} == {MpanKnowledge.KNOWN, MpanKnowledge.UNLISTED_PREFIX}
    assert all(home.linked for home in homes)


def test_companies_that_were_taken_over_are_parties_of_their_own_without_an_area() -> None:
    found = drawn(SIZE._replace(takeovers=True))
    assert len(found.takeovers) == 6
    for item in found.takeovers:
        assert item.former.party != item.by
        assert not found.parties.distributor_ids(item.former.party)
        assert found.parties.distributor_ids(item.by)
    assert found.network_operators == drawn().network_operators


def test_the_area_of_an_independent_network_is_one_of_the_fourteen(population: Population) -> None:
    for home in population.homes:
        if home.licence.independent:
            assert home.area in AREA_MILLIONS
        else:
            assert home.area == home.licence.distributor_id
