"""The homes of a wave out of files of registration data: parties and metering points are those of the files.

Who is registered on the first day stays so throughout a run. Which MPAN and which MPRN are of one home is
assumed, for addresses are passed over: both are drawn, of one supplier as long as it has any left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final, NamedTuple

from dcc.identifiers import Mpan, Mprn, Mpxn
from dcc.network_licences import DISTRIBUTION_LICENCES, DistributionLicence
from dcc.parties import NETWORK_ROLES, SUPPLIER_ROLES, Party, PartyTable, UserRole, UserStatus
from dcc.registration import Direction, ElectricityRecord, RegistrationRecord
from devices.gbcs.identifiers import Eui64
from scenarios.engine.outcome import Table
from scenarios.engine.random_streams import RandomStream, RandomStreams
from scenarios.errors import InputError
from scenarios.market import AREA_MILLIONS, Actor, Market
from scenarios.population import (
    ElectricityPoint,
    Fuel,
    GasPoint,
    MpanKnowledge,
    Population,
    PopulationSize,
    populate,
)
from scenarios.study.registration_input import (
    MeteringPoint,
    RegistrationInput,
    electricity_points,
    files_table,
    gas_points,
)

_PUBLISHED: Final = {licence.distributor_id: licence for licence in DISTRIBUTION_LICENCES}
_USED: Final = "a home's, if it is drawn"


class RolePair(NamedTuple):
    """Who operates and who supplies the metering points of a fuel."""

    operator: UserRole
    supplier: UserRole


ROLES: Final[Mapping[Fuel, RolePair]] = {
    Fuel.ELECTRICITY: RolePair(UserRole.ED, UserRole.IS),
    Fuel.GAS: RolePair(UserRole.GT, UserRole.GS),
}


class Pool(NamedTuple):
    """The metering points of a fuel that homes may have, and how many others there are, by what they lack."""

    numbers: tuple[Mpxn, ...]
    passed_over: Mapping[str, int]


class RegisteredMarket(NamedTuple):
    """The parties of files on a day, each as big as the number of its metering points, and those points."""

    market: Market
    pools: Mapping[Fuel, Pool]


def registered_population(
    size: PopulationSize, streams: RandomStreams, loaded: RegistrationInput
) -> Population:
    """Draw metering points for every home, none of them twice: one home more does not change the others.

    Raises:
        InputError: there are too few metering points, or an EUI-64 has roles that no certificate joins.
    """
    registered = registered_market(loaded, size.first_day)
    _check_enough(loaded, registered, Fuel.ELECTRICITY, size.homes)
    with_gas = sum(
        streams.stream("home", number, "gas").chance(size.gas_share) for number in range(1, size.homes + 1)
    )
    _check_enough(loaded, registered, Fuel.GAS, with_gas)
    return populate(
        size, streams, registered.market, _RegisteredPoints(loaded, registered, size.first_day, streams)
    )


def registration_tables(loaded: RegistrationInput, day: date) -> tuple[Table, ...]:
    """What a run was made of: the files, and how many of their metering points homes may have."""
    rows = [
        (fuel.value, what, count)
        for fuel, pool in registered_market(loaded, day).pools.items()
        for what, count in ((_USED, len(pool.numbers)), *pool.passed_over.items())
    ]
    points = Table(
        "registered_points",
        f"Metering points as registered on {day}",
        ("fuel", "what becomes of them", "metering points"),
        tuple(rows),
    )
    return files_table(loaded), points


@lru_cache(maxsize=4)
def registered_market(loaded: RegistrationInput, day: date) -> RegisteredMarket:
    """The parties as they are on a day, and the metering points; kept, for many runs are made of them.

    Raises:
        InputError: an EUI-64 is a supplier's and a network party's.
    """
    parties = loaded.parties
    _refuse_mixed(parties)
    points = {Fuel.ELECTRICITY: electricity_points, Fuel.GAS: gas_points}
    sizes: Counter[tuple[Party | None, UserRole]] = Counter()
    pools = {
        fuel: _pool(loaded, fuel, day, _counted(of_fuel(loaded, day), ROLES[fuel].operator, sizes))
        for fuel, of_fuel in points.items()
    }
    suppliers = {
        actor.user_id: actor for role in (UserRole.IS, UserRole.GS) for actor in _live(parties, role, day)
    }
    operators, transporters = (
        tuple(
            actor._replace(weight=float(max(1, sizes[actor.party, role])))
            for actor in _actors(parties, role, day)
        )
        for role in (UserRole.ED, UserRole.GT)
    )
    return RegisteredMarket(Market(parties, tuple(suppliers.values()), operators, transporters, ()), pools)


class _RegisteredPoints:
    """Draws metering points out of the pools, and says who is registered there."""

    linked_unknown = MpanKnowledge.WITHHELD

    def __init__(
        self, loaded: RegistrationInput, registered: RegisteredMarket, day: date, streams: RandomStreams
    ) -> None:
        self._data, self._at = loaded.data, _beginning_of(day)
        self._day, self._parties = day, loaded.parties
        self._streams = streams
        self._electricity = _Draw(registered.pools[Fuel.ELECTRICITY].numbers)
        self._gas = {
            supplier: _Draw(tuple(numbers))
            for supplier, numbers in self._by_supplier(registered.pools[Fuel.GAS].numbers).items()
        }
        market = registered.market
        self._operators = {
            (actor.party, actor.role): actor
            for actor in (*market.network_operators, *market.gas_transporters)
        }

    def electricity(self, number: int, knowledge: MpanKnowledge) -> ElectricityPoint:  # noqa: ARG002
        """The next MPAN; where the DCC is not to know it, its record will be withheld."""
        mpan = self._electricity.take(self._streams.stream("home", number, "mpan"))
        assert isinstance(mpan, Mpan)
        operator, supplier = self._registered(mpan, Fuel.ELECTRICITY)
        return ElectricityPoint(mpan, self._licence(mpan, operator.party), operator, supplier)

    def gas(self, number: int, supplier: Actor) -> GasPoint:
        """The next MPRN of the supplier of the electricity or, where none is left, of any other."""
        chance = self._streams.stream("home", number, "mprn")
        draw = self._gas.get(supplier.party)
        if draw is None or not draw.left:
            draw = chance.pick([(other, float(other.left)) for other in self._gas.values()])
        mprn = draw.take(chance)
        assert isinstance(mprn, Mprn)
        operator, of_gas = self._registered(mprn, Fuel.GAS)
        return GasPoint(mprn, operator.party.mpid, operator, of_gas)

    def _by_supplier(self, numbers: Iterable[Mpxn]) -> dict[Party | None, list[Mpxn]]:
        found: dict[Party | None, list[Mpxn]] = {}
        for number in numbers:
            found.setdefault(self._data.registered_supplier_at(number, self._at), []).append(number)
        return found

    def _registered(self, number: Mpxn, fuel: Fuel) -> tuple[Actor, Actor]:
        operator = self._data.network_operator_at(number, self._at)
        supplier = self._data.registered_supplier_at(number, self._at)
        assert operator is not None
        assert supplier is not None
        acting = _actor(self._parties, supplier, ROLES[fuel].supplier, self._day)
        assert acting is not None
        return self._operators[operator, ROLES[fuel].operator], acting

    def _licence(self, mpan: Mpan, operator: Party) -> DistributionLicence:
        """The published licence of a distributor id or, where that is another's here, one of the operator."""
        published = _PUBLISHED.get(mpan.distributor_id)
        if published is not None and self._parties.party_of_mpid(published.mpid) == operator:
            return published
        independent = mpan.distributor_id not in AREA_MILLIONS
        name = operator.name
        return DistributionLicence(mpan.distributor_id, operator.mpid, (), name, name, name, independent)


class _Draw:
    """Takes items out of a pool, each as likely, in an order that does not depend on how many are taken."""

    def __init__(self, items: tuple[Mpxn, ...]) -> None:
        self._items = items
        self._taken = 0
        self._moved: dict[int, int] = {}

    @property
    def left(self) -> int:
        """How many there still are."""
        return len(self._items) - self._taken

    def take(self, chance: RandomStream) -> Mpxn:
        """The next item: a shuffle that goes only as far as it has to."""
        first, last = self._taken, len(self._items) - 1
        chosen = chance.between(first, last)
        item = self._items[self._moved.get(chosen, chosen)]
        self._moved[chosen] = self._moved.get(first, first)
        self._taken += 1
        return item


def _counted(
    points: Iterable[MeteringPoint], role: UserRole, sizes: Counter[tuple[Party | None, UserRole]]
) -> Iterator[MeteringPoint]:
    for point in points:
        sizes[point.operator, role] += 1
        yield point


def _pool(loaded: RegistrationInput, fuel: Fuel, day: date, points: Iterable[MeteringPoint]) -> Pool:
    numbers: list[Mpxn] = []
    passed_over: Counter[str] = Counter()
    lacks: dict[int, str | None] = {}
    for point in points:
        records = loaded.data.records(point.number)
        # As in registration_input: points with the same terms lack the same.
        if (terms := id(records)) not in lacks:
            lacks[terms] = _lack(loaded.parties, fuel, day, records[0], point)
        if (lack := lacks[terms]) is None:
            numbers.append(point.number)
        else:
            passed_over[lack] += 1
    return Pool(tuple(numbers), dict(sorted(passed_over.items())))


def _lack(
    parties: PartyTable, fuel: Fuel, day: date, record: RegistrationRecord, point: MeteringPoint
) -> str | None:
    """Why no home can have a metering point; None where homes can."""
    roles, (_, operator, supplier) = ROLES[fuel], point
    if isinstance(record, ElectricityRecord) and record.direction is Direction.EXPORT:
        return "passed over: of export"
    if operator is None:
        return "passed over: no network operator that parties.csv has"
    if _actor(parties, operator, roles.operator, day) is None:
        return f"passed over: network operator without EUI-64 in role {roles.operator.value}"
    if supplier is None:
        return "passed over: no supplier that parties.csv has"
    if not _is_live(parties, _actor(parties, supplier, roles.supplier, day), day):
        return f"passed over: supplier that is no DCC User in role {roles.supplier.value}"
    return None


def _actor(parties: PartyTable, party: Party, role: UserRole, day: date) -> Actor | None:
    """A party in a role with its User Id: of several the first that is live, or else the first."""
    user_ids = parties.user_ids(party, role)
    live = [user_id for user_id in user_ids if _is_user(parties, user_id, role, day)]
    found = (live or user_ids)[:1]
    return Actor(party, role, found[0]) if found else None


def _actors(parties: PartyTable, role: UserRole, day: date) -> Iterator[Actor]:
    for party in parties.parties:
        if (actor := _actor(parties, party, role, day)) is not None:
            yield actor


def _live(parties: PartyTable, role: UserRole, day: date) -> Iterator[Actor]:
    return (actor for actor in _actors(parties, role, day) if _is_live(parties, actor, day))


def _is_live(parties: PartyTable, actor: Actor | None, day: date) -> bool:
    return actor is not None and _is_user(parties, actor.user_id, actor.role, day)


def _is_user(parties: PartyTable, user_id: Eui64, role: UserRole, day: date) -> bool:
    return parties.user_status(user_id, role, _beginning_of(day)) is UserStatus.LIVE


def _refuse_mixed(parties: PartyTable) -> None:
    """An Organisation Certificate has one remote party role: supplier or network operator."""
    for party in parties.parties:
        for row in parties.rows_of(party):
            user = parties.user(row.user_id) if row.user_id else None
            roles = set(user.roles) if user else set()
            if roles & NETWORK_ROLES and roles & SUPPLIER_ROLES:
                raise InputError(
                    f"registration data: parties.csv: eui64: {str(row.user_id)!r} of {party.name!r} is a "
                    "supplier's and a network party's, expected one for each"
                )


def _check_enough(loaded: RegistrationInput, registered: RegisteredMarket, fuel: Fuel, wanted: int) -> None:
    pool = registered.pools[fuel]
    if wanted <= len(pool.numbers):
        return
    others = ", ".join(f"{count} {what}" for what, count in pool.passed_over.items())
    told = f" ({others})" if others else ""
    path = "population.homes" if fuel is Fuel.ELECTRICITY else "population.gas_share"
    raise InputError(
        f"{path}: {wanted} homes with {fuel.value}, expected at most {len(pool.numbers)}: so many metering "
        f"points of {_file_of(loaded, fuel)} a home can have{told}"
    )


def _file_of(loaded: RegistrationInput, fuel: Fuel) -> str:
    names = [report.file_name for report, _ in loaded.files if report.file_name.startswith(fuel.value)]
    return names[0] if names else f"{fuel.value}.csv, which is not there,"


def _beginning_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
