from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

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
from scenarios.population import Population, PopulationSize, draw_population
from scenarios.wave_errors import ErrorRates, choose_owner

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
