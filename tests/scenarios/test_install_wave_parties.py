from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from dcc.identifiers import DistributorId
from dcc.network_licences import DISTRIBUTION_LICENCES
from devices.gbcs.credentials import (
    CellContent,
    CredentialStatus,
    ExecutionOutcome,
    ReplacementMode,
    ReplacementOutcome,
    RetrieveCredentialsResponse,
    RoleCredentials,
    TrustAnchorCellId,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import CellUsage, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from scenarios.engine.random_streams import RandomStreams
from scenarios.parties import network_operator_in, replaced_all
from scenarios.population import Fuel, Home, Population, PopulationSize, draw_population
from scenarios.wave_errors import NEIGHBOURING_AREAS, ErrorModel, ErrorRates, choose_owner

ONE, TWO = Eui64(bytes(7) + b"\x01"), Eui64(bytes(7) + b"\x02")
OPERATOR, SUPPLIER = RemotePartyRole.NETWORK_OPERATOR, RemotePartyRole.SUPPLIER
SUCCESS, BAD = CredentialStatus.SUCCESS, CredentialStatus.BAD_CERTIFICATE


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(PopulationSize(1, 1, 0.0, date(2026, 1, 5), 1), RandomStreams(7))


def choices(population: Population, errors: ErrorRates, count: int = 1500) -> Counter[str]:
    home = population.homes[0]
    chosen = Counter[str]()
    for number in range(count):
        chance = RandomStreams(1).stream("choice", number)
        owner = choose_owner(home, chance, errors, population)
        right = owner.party == home.operator.party
        chosen["right" if right else owner.role.value] += 1
    return chosen


def test_no_error_at_rate_0(population: Population) -> None:
    assert choices(population, ErrorRates(0.0, 1.0)) == {"right": 1500}


def test_every_choice_is_another_partys_at_rate_1(population: Population) -> None:
    chosen = choices(population, ErrorRates(1.0, 0.0))
    assert chosen == {"ED": 1500}


def test_all_errors_may_be_gas_transporters(population: Population) -> None:
    assert choices(population, ErrorRates(1.0, 1.0)) == {"GT": 1500}


def test_errors_and_gas_transporters_come_at_their_rates(population: Population) -> None:
    chosen = choices(population, ErrorRates(0.2, 0.5))
    assert (chosen["ED"] + chosen["GT"]) / 1500 == pytest.approx(0.2, abs=0.032)
    assert chosen["GT"] / (chosen["ED"] + chosen["GT"]) == pytest.approx(0.5, abs=0.09)


def mistaken_for(population: Population, home: Home, model: ErrorModel) -> Counter[str]:
    """Whom a home's operator is taken for when every choice errs."""
    chosen = Counter[str]()
    errors = ErrorRates(1.0, 0.0, model, wrong_gas_certificate=1.0)
    for number in range(300):
        owner = choose_owner(home, RandomStreams(1).stream("choice", number), errors, population)
        chosen[owner.party.name] += 1
    return chosen


def home_of(population: Population, distributor_id: int) -> Home:
    return next(home for home in population.homes if home.licence.distributor_id == distributor_id)


@pytest.fixture(scope="module")
def everywhere() -> Population:
    size = PopulationSize(400, 2, 0.0, date(2026, 1, 5), 1, gas_share=0.2, takeovers=True)
    return draw_population(size, RandomStreams(7))


def test_areas_lie_side_by_side_with_each_other_and_each_has_another_companys_beside_it() -> None:
    groups = {licence.distributor_id: licence.group for licence in DISTRIBUTION_LICENCES}
    for area, neighbours in NEIGHBOURING_AREAS.items():
        assert all(area in NEIGHBOURING_AREAS[other] for other in neighbours), area
        assert any(groups[DistributorId(other)] != groups[DistributorId(area)] for other in neighbours), area


def test_a_neighbour_is_taken_by_mistake(everywhere: Population) -> None:
    london = mistaken_for(everywhere, home_of(everywhere, 12), ErrorModel.NEIGHBOUR)
    # Beside London lie two areas of its own distributor, and one of another.
    assert london == {"SSEN": 300}
    yorkshire = mistaken_for(everywhere, home_of(everywhere, 23), ErrorModel.NEIGHBOUR)
    assert set(yorkshire) == {"National Grid Electricity Distribution", "Electricity North West"}


def test_the_host_is_taken_for_an_independent_network_alone(everywhere: Population) -> None:
    independent = next(home for home in everywhere.homes if home.licence.independent)
    (host,) = everywhere.parties.holders_of(DistributorId(independent.area))
    assert mistaken_for(everywhere, independent, ErrorModel.HOST) == {host.name: 300}
    other = home_of(everywhere, 12)
    assert mistaken_for(everywhere, other, ErrorModel.HOST) == {other.operator.party.name: 300}


def test_a_company_that_was_taken_over_is_taken_for_its_successor(everywhere: Population) -> None:
    home = home_of(everywhere, 16)
    former = f"Taken over by {home.operator.party.name}"
    assert mistaken_for(everywhere, home, ErrorModel.STALE) == {former: 300}
    independent = next(home for home in everywhere.homes if home.licence.independent)
    assert set(mistaken_for(everywhere, independent, ErrorModel.STALE)) == {independent.operator.party.name}


def test_each_other_distributor_is_as_likely_or_by_its_size(everywhere: Population) -> None:
    home = home_of(everywhere, 16)
    uniform = mistaken_for(everywhere, home, ErrorModel.UNIFORM)
    assert len(uniform) == 20
    assert max(uniform.values()) < 300 / 20 * 2
    by_size = mistaken_for(everywhere, home, ErrorModel.BY_SIZE)
    assert by_size["UK Power Networks"] > 2 * uniform["UK Power Networks"]


@pytest.mark.parametrize("model", ErrorModel)
def test_on_a_gas_proxy_it_is_another_gas_transporter(everywhere: Population, model: ErrorModel) -> None:
    home = next(home for home in everywhere.homes if home.fuel is Fuel.GAS)
    names = {actor.party.name for actor in everywhere.gas_transporters} - {home.operator.party.name}
    assert set(mistaken_for(everywhere, home, model)) == names


def test_careful_suppliers_err_less_often_and_after_a_refusal_less_again() -> None:
    errors = ErrorRates(0.4, 0.0, wrong_gas_certificate=0.2, factor=0.5, retry_factor=0.1)
    assert errors.rate(Fuel.ELECTRICITY, 1) == pytest.approx(0.2)
    assert errors.rate(Fuel.ELECTRICITY, 2) == errors.rate(Fuel.ELECTRICITY, 3) == pytest.approx(0.02)
    assert errors.rate(Fuel.GAS, 1) == pytest.approx(0.1)


def update(*statuses: CredentialStatus) -> UpdateCredentialsResponse:
    cell = TrustAnchorCellId(OPERATOR, KeyUsage.DIGITAL_SIGNATURE)
    mode = ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR
    outcomes = tuple(ReplacementOutcome(cell, status, ONE, b"", TWO, b"") for status in statuses)
    return UpdateCredentialsResponse(ExecutionOutcome(OriginatorCounter(1), mode, (), outcomes))


def test_a_replacement_counts_only_if_the_device_took_all_of_it() -> None:
    assert replaced_all(update(SUCCESS, SUCCESS))
    assert not replaced_all(update(SUCCESS, BAD))
    assert not replaced_all(UpdateCredentialsResponse(None))
    assert not replaced_all(None)


def retrieved(*roles: RoleCredentials) -> RetrieveCredentialsResponse:
    return RetrieveCredentialsResponse(roles)


def cells(role: RemotePartyRole, *contents: tuple[KeyUsage, Eui64]) -> RoleCredentials:
    found = tuple(CellContent(usage, CellUsage.MANAGEMENT, holder, b"") for usage, holder in contents)
    return RoleCredentials(role, SUCCESS, OriginatorCounter(0), found)


def test_the_holder_is_who_may_sign_as_network_operator() -> None:
    signing, agreement = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
    supplier = cells(SUPPLIER, (signing, ONE))
    assert network_operator_in(retrieved(supplier, cells(OPERATOR, (agreement, ONE), (signing, TWO)))) == TWO
    assert network_operator_in(retrieved(supplier)) is None
    refused = RoleCredentials(OPERATOR, CredentialStatus.TRUST_ANCHOR_NOT_FOUND)
    assert network_operator_in(retrieved(refused)) is None
    assert network_operator_in(None) is None
