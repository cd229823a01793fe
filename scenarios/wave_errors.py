"""How suppliers come to another party's certificate: how often, and whose it is.

Nobody published which wrong certificates were placed; SECMP0063 tells that suppliers choose them, that the
SMKI Repository shows no owner's name, and that a gas transporter's could end up on an electricity meter.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from scenarios.engine.random_streams import RandomStream
from scenarios.market import Actor
from scenarios.population import Fuel, Home, Population

NEIGHBOURING_AREAS: Final[Mapping[int, tuple[int, ...]]] = {
    10: (11, 12, 20),
    11: (10, 14, 16, 20, 23),
    12: (10, 19, 20),
    13: (14, 16, 21),
    14: (11, 13, 20, 21, 22),
    15: (16, 18, 23),
    16: (11, 13, 15, 18, 23),
    17: (18,),
    18: (15, 16, 17),
    19: (12, 20),
    20: (10, 11, 12, 14, 19, 22),
    21: (13, 14),
    22: (14, 20),
    23: (11, 15, 16),
}
"""Areas that lie side by side, by distributor id (general knowledge, not confirmed)."""


class ErrorModel(enum.Enum):
    """Whose certificate a supplier takes by mistake for an electricity meter."""

    BY_SIZE = "by-size"
    """Another distributor's, drawn by metering points."""

    UNIFORM = "uniform"
    """Another distributor's, each as likely."""

    NEIGHBOUR = "neighbouring-area"
    """That of the distributor of an area next to the home's, drawn by metering points."""

    HOST = "host-for-independent"
    """That of the area's distributor, where the home is on an independent network; elsewhere none."""

    GAS_TRANSPORTER = "gas-transporter"
    """A gas transporter's, always."""

    STALE = "stale-after-merger"
    """That of a company which the home's distributor took over; an independent network took over none."""


class ErrorRates(NamedTuple):
    """How often suppliers choose another party's certificate, and how often that is a gas transporter's.

    ``wrong_gas_certificate`` is the same for the gas transporter's on a gas proxy function. A choice after a
    refusal errs ``retry_factor`` times as often, every choice ``factor`` times.
    """

    wrong_certificate: float
    gas_transporter_share: float
    model: ErrorModel = ErrorModel.BY_SIZE
    wrong_gas_certificate: float = 0.0
    factor: float = 1.0
    retry_factor: float = 1.0

    @property
    def share_of_transporters(self) -> float:
        """How often it is a gas transporter's, 0 to 1: not where the model is another kind of mistake."""
        if self.model is ErrorModel.GAS_TRANSPORTER:
            return 1.0
        return 0.0 if self.model in (ErrorModel.HOST, ErrorModel.STALE) else self.gas_transporter_share

    def rate(self, fuel: Fuel, attempt: int) -> float:
        """How likely a choice is wrong, 0 to 1; attempts count from 1."""
        base = self.wrong_certificate if fuel is Fuel.ELECTRICITY else self.wrong_gas_certificate
        return base * self.factor * (self.retry_factor if attempt > 1 else 1.0)


def choose_owner(
    home: Home, chance: RandomStream, errors: ErrorRates, population: Population, attempt: int = 1
) -> Actor:
    """Whose certificate a supplier takes: the true operator's or, by mistake, another party's.

    Where the error model knows nobody whom the operator could be mistaken for, it is not.
    """
    if not chance.chance(errors.rate(home.fuel, attempt)):
        return home.operator
    candidates = _mistaken_for(home, chance, errors, population)
    return chance.pick(candidates) if candidates else home.operator


def _mistaken_for(
    home: Home, chance: RandomStream, errors: ErrorRates, population: Population
) -> Sequence[tuple[Actor, float]]:
    transporters = population.gas_transporters
    if home.fuel is Fuel.GAS:
        return _others(home, transporters, errors.model)
    if chance.chance(errors.share_of_transporters):
        return _others(home, transporters, errors.model)
    return _others(home, _distributors(home, errors.model, population), errors.model)


def _distributors(home: Home, model: ErrorModel, population: Population) -> Sequence[Actor]:
    operators = population.network_operators
    if model is ErrorModel.STALE:
        return [item.former for item in population.takeovers if item.by == home.operator.party]
    if model is ErrorModel.HOST:
        return _of_areas(operators, population, (home.area,)) if home.licence.independent else ()
    if model is ErrorModel.NEIGHBOUR:
        return _of_areas(operators, population, NEIGHBOURING_AREAS[home.area])
    return operators


def _of_areas(operators: Sequence[Actor], population: Population, areas: Sequence[int]) -> Sequence[Actor]:
    held = {actor.party: population.parties.distributor_ids(actor.party) for actor in operators}
    return [actor for actor in operators if not held[actor.party].isdisjoint(areas)]


def _others(home: Home, actors: Sequence[Actor], model: ErrorModel) -> Sequence[tuple[Actor, float]]:
    """All but the home's operator, with their weights."""
    others = [actor for actor in actors if actor.party != home.operator.party]
    if model is ErrorModel.UNIFORM:
        return [(actor, 1.0) for actor in others]
    return [(actor, actor.weight) for actor in others]
