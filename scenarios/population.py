"""Who and what a wave is about: network parties, suppliers, homes, and when each home is installed.

Licences and network parties are the real ones; suppliers, metering points and User Ids are invented. How
many metering points each area and each gas network has is general knowledge, rounded, for weighting alone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.network_licences import DISTRIBUTION_LICENCES, DistributionLicence, network_party_rows
from dcc.parties import Party, PartyRow, PartyTable, UserRole
from dcc.working_days import Calendar, bank_holidays
from devices.gbcs.identifiers import Eui64
from scenarios.engine.random_streams import RandomStreams

AREA_MILLIONS: Final[Mapping[int, float]] = {
    10: 3.6,
    11: 2.7,
    12: 2.3,
    13: 1.5,
    14: 2.5,
    15: 1.6,
    16: 2.4,
    17: 0.8,
    18: 2.0,
    19: 2.3,
    20: 3.1,
    21: 1.1,
    22: 1.6,
    23: 2.3,
}
"""Metering points by distributor id, millions (not confirmed)."""

INDEPENDENT_NETWORKS_MILLIONS: Final = 1.0
GAS_TRANSPORTER_MILLIONS: Final[Mapping[str, float]] = {
    "Cadent": 11.0,
    "Northern Gas Networks": 2.7,
    "SGN": 5.9,
    "Wales & West Utilities": 2.5,
}
"""Gas metering points by company, millions (not confirmed)."""

# Distributor ids above 38 are believed to exist; the DCC's table of parties ends there.
UNLISTED_DISTRIBUTOR_ID: Final = DistributorId(39)
# Of the homes whose MPAN the DCC does not know, those that are linked to an unlisted one (SIM).
UNLISTED_PREFIX_SHARE: Final = 0.5
# How much is installed on a Saturday, beside a weekday (SIM).
SATURDAY_WEIGHT: Final = 0.3
_SATURDAY: Final = 5
_WORK_BEGINS: Final = time(8)
_WORKING_HOURS: Final = 10
_WORKING_MS: Final = _WORKING_HOURS * 3_600_000
INSTALLING_HOURS: Final = f"{_WORK_BEGINS:%H:%M}-{_WORK_BEGINS.hour + _WORKING_HOURS}:00"
"""When meters are installed, each moment as likely (SIM)."""
GAS_DELAY: Final = timedelta(hours=1)
"""So long after the electricity meter a home's gas devices are installed, by the same visitor (SIM)."""
FIRST_GAS_NUMBER: Final = 10_000_000
"""The gas side of home 1 has the number after this one."""
MARKET_SHARES: Final = (24.0, 20.0, 17.0, 13.0, 11.0, 8.0, 3.0, 1.0)
"""Domestic electricity customers of the eight largest suppliers, rounded percent (not confirmed)."""
OTHER_MARKET_SHARE: Final = 0.4
"""The same of each supplier after those (not confirmed)."""
_DEVICE_PREFIX: Final = bytes.fromhex("00DB1234")
_EXCHANGED_PREFIX: Final = bytes.fromhex("00DB13")
_GSME_PREFIX: Final = bytes.fromhex("00DB1235")
_HUB_PREFIX: Final = bytes.fromhex("00DB1236")
_PARTY_PREFIX: Final = bytes.fromhex("90B3D51F30")


class MpanKnowledge(enum.Enum):
    """What the DCC knows of a home's MPAN."""

    KNOWN = "linked in the inventory, with a registration record"
    NOT_LINKED = "no link in the inventory, no registration record"
    UNLISTED_PREFIX = "linked, but no registration record, and a distributor id that the DCC does not know"


class Fuel(enum.Enum):
    """What a metering point is of."""

    ELECTRICITY = "electricity"
    GAS = "gas"


class SupplierShares(enum.Enum):
    """How the homes are shared among suppliers."""

    EQUAL = "equal"
    SKEWED = "skewed"


class Actor(NamedTuple):
    """A party in one role, with the User Id of its certificates; ``weight`` says how big it is."""

    party: Party
    role: UserRole
    user_id: Eui64
    weight: float = 1.0


class Takeover(NamedTuple):
    """A company that another took over: its certificates are still there, and so are their keys."""

    former: Actor
    by: Party


class GasService(NamedTuple):
    """The gas meter of a home, its metering point, and the participant id of the gas transporter."""

    gsme: Eui64
    mprn: Mprn
    transporter: Mpid


class Home(NamedTuple):
    """One side of a home, electricity or gas, and what is to happen there.

    ``device`` is what holds the network operator's certificates: the electricity meter, or the gas proxy
    function, which has ``gas`` behind it. ``operator`` is the true network operator, of the electricity or
    the gas; ``area`` the distributor id of the area, in which ``licence`` may be an independent network's.
    A meter that took another's place is of a higher ``generation``.
    """

    number: int
    device: Eui64
    mpan: Mpan
    knowledge: MpanKnowledge
    licence: DistributionLicence
    operator: Actor
    supplier: Actor
    installed_at: datetime
    area: int
    hub: Eui64
    fuel: Fuel = Fuel.ELECTRICITY
    gas: GasService | None = None
    generation: int = 1

    @property
    def mpan_known(self) -> bool:
        """Whether the DCC can tell the network operator."""
        return self.knowledge is MpanKnowledge.KNOWN

    @property
    def linked(self) -> bool:
        """Whether the inventory links the meter to its metering point."""
        return self.knowledge is not MpanKnowledge.NOT_LINKED


class PopulationSize(NamedTuple):
    """How many homes and suppliers, the share of unknown MPANs, and the weeks of installing.

    ``gas_share`` is the share of homes with gas, ``takeovers`` whether distributors took over companies.
    With ``always_linked`` every MPAN that the DCC does not know has an unlisted prefix.
    """

    homes: int
    suppliers: int
    unknown_mpan_rate: float
    first_day: date
    weeks: int
    shares: SupplierShares = SupplierShares.EQUAL
    gas_share: float = 0.0
    calendar: Calendar = Calendar.ENGLAND_AND_WALES
    takeovers: bool = False
    always_linked: bool = False

    @property
    def last_day(self) -> date:
        """The last day on which meters may be installed."""
        return self.first_day + timedelta(days=7 * self.weeks - 1)


class Population(NamedTuple):
    """The parties of a run and its homes, each fuel by itself, in the order in which they are installed."""

    parties: PartyTable
    suppliers: tuple[Actor, ...]
    network_operators: tuple[Actor, ...]
    gas_transporters: tuple[Actor, ...]
    homes: tuple[Home, ...]
    takeovers: tuple[Takeover, ...] = ()


def draw_population(size: PopulationSize, streams: RandomStreams) -> Population:
    """Draw every home from streams of its own: one home more does not change the others."""
    network_rows = network_party_rows(_NetworkUserIds())
    supplier_rows = _supplier_rows(size)
    former_rows = _former_rows(network_rows) if size.takeovers else {}
    parties = PartyTable((*network_rows, *supplier_rows, *former_rows.values()))
    operators = _actors(parties, network_rows, UserRole.ED)
    transporters = _actors(parties, network_rows, UserRole.GT)
    suppliers = _suppliers(parties, supplier_rows, size.shares)
    draw = _HomeDraw(size, streams, parties, operators, transporters, suppliers)
    homes = [side for number in range(1, size.homes + 1) for side in draw.sides(number)]
    homes.sort(key=lambda home: (home.installed_at, home.number))
    takeovers = _takeovers(parties, former_rows)
    return Population(parties, suppliers, operators, transporters, tuple(homes), takeovers)


def installation_days(
    first: date, last: date, calendar: Calendar = Calendar.ENGLAND_AND_WALES
) -> tuple[tuple[date, float], ...]:
    """The days of a period, each with its share of the work: weekdays 1, Saturdays 0.3, others 0 (SIM)."""
    count = (last - first).days + 1
    days = (first + timedelta(days=offset) for offset in range(count))
    return tuple((day, _day_weight(day, calendar)) for day in days)


def exchanged_device(device: Eui64, generation: int) -> Eui64:
    """The id of the meter that takes another's place, the second of a home, the third and so on."""
    return Eui64(_EXCHANGED_PREFIX + bytes((generation,)) + device[4:])


def licence_weight(licence: DistributionLicence) -> float:
    """Metering points of a licence, millions; the independent networks share theirs equally (SIM)."""
    if licence.independent:
        return INDEPENDENT_NETWORKS_MILLIONS / sum(item.independent for item in DISTRIBUTION_LICENCES)
    return AREA_MILLIONS[licence.distributor_id]


class _HomeDraw:
    """Draws homes, each by itself."""

    def __init__(
        self,
        size: PopulationSize,
        streams: RandomStreams,
        parties: PartyTable,
        operators: Sequence[Actor],
        transporters: Sequence[Actor],
        suppliers: Sequence[Actor],
    ) -> None:
        self._size = size
        self._streams = streams
        self._operator_of = {actor.party: actor for actor in operators}
        self._parties = parties
        self._licences = [(licence, licence_weight(licence)) for licence in DISTRIBUTION_LICENCES]
        self._suppliers = [(actor, actor.weight) for actor in suppliers]
        self._transporters = [(actor, actor.weight) for actor in transporters]
        self._days = installation_days(size.first_day, size.last_day, size.calendar)

    def sides(self, number: int) -> tuple[Home, ...]:
        """The electricity of a home and, where it has any, the gas."""
        home = self._electricity(number)
        if self._streams.stream("home", number, "gas").chance(self._size.gas_share):
            return home, self._gas_of(home)
        return (home,)

    def _electricity(self, number: int) -> Home:
        licence = self._streams.stream("home", number, "licence").pick(self._licences)
        supplier = self._streams.stream("home", number, "supplier").pick(self._suppliers)
        knowledge = self._knowledge(number)
        listed = knowledge is not MpanKnowledge.UNLISTED_PREFIX
        prefix = licence.distributor_id if listed else UNLISTED_DISTRIBUTOR_ID
        operator = self._parties.party_of_mpid(licence.mpid)
        assert operator is not None, f"no party holds {licence.mpid}"
        return Home(
            number,
            Eui64(_DEVICE_PREFIX + number.to_bytes(4, "big")),
            Mpan.from_core(prefix, number),
            knowledge,
            licence,
            self._operator_of[operator],
            supplier,
            self._installed_at(number),
            self._area(number, licence),
            Eui64(_HUB_PREFIX + number.to_bytes(4, "big")),
        )

    def _gas_of(self, home: Home) -> Home:
        """The gas side; the inventory links the gas meter where it links the electricity meter (SIM)."""
        number = FIRST_GAS_NUMBER + home.number
        transporter = self._streams.stream("home", number, "transporter").pick(self._transporters)
        linked = home.knowledge is not MpanKnowledge.NOT_LINKED
        return home._replace(
            number=number,
            device=Eui64(_DEVICE_PREFIX + number.to_bytes(4, "big")),
            knowledge=MpanKnowledge.KNOWN if linked else MpanKnowledge.NOT_LINKED,
            operator=transporter,
            installed_at=home.installed_at + GAS_DELAY,
            fuel=Fuel.GAS,
            gas=GasService(
                Eui64(_GSME_PREFIX + home.number.to_bytes(4, "big")),
                Mprn.from_unique(f"{home.number:08d}"),
                transporter.party.mpid,
            ),
        )

    def _area(self, number: int, licence: DistributionLicence) -> int:
        if not licence.independent:
            return licence.distributor_id
        return self._streams.stream("home", number, "area").pick(tuple(AREA_MILLIONS.items()))

    def _knowledge(self, number: int) -> MpanKnowledge:
        chance = self._streams.stream("home", number, "mpan-known")
        if not chance.chance(self._size.unknown_mpan_rate):
            return MpanKnowledge.KNOWN
        unlisted = chance.chance(UNLISTED_PREFIX_SHARE) or self._size.always_linked
        return MpanKnowledge.UNLISTED_PREFIX if unlisted else MpanKnowledge.NOT_LINKED

    def _installed_at(self, number: int) -> datetime:
        chance = self._streams.stream("home", number, "installed-at")
        day = chance.pick(self._days)
        into_day = timedelta(milliseconds=chance.between(0, _WORKING_MS - 1))
        return datetime.combine(day, _WORK_BEGINS, UTC) + into_day


def _day_weight(day: date, calendar: Calendar) -> float:
    if day.weekday() > _SATURDAY or day in bank_holidays(calendar, day.year):
        return 0.0
    return SATURDAY_WEIGHT if day.weekday() == _SATURDAY else 1.0


class _NetworkUserIds:
    """Invented User Ids of network parties, in the order in which they are asked for."""

    def __init__(self) -> None:
        self._given = 0

    def __call__(self, _party: Party, _role: UserRole) -> Eui64:
        self._given += 1
        return _user_id(1, self._given)


def _user_id(kind: int, number: int) -> Eui64:
    return Eui64(_PARTY_PREFIX + bytes((kind,)) + number.to_bytes(2, "big"))


def _supplier_rows(size: PopulationSize) -> list[PartyRow]:
    """Suppliers of electricity and, where any home has it, of gas."""
    roles = (UserRole.IS, UserRole.GS) if size.gas_share else (UserRole.IS,)
    return [_supplier_row(number, role) for number in range(1, size.suppliers + 1) for role in roles]


def _supplier_row(number: int, role: UserRole) -> PartyRow:
    name = f"Supplier {number:03d}"
    return PartyRow(Mpid(f"SUP{number:03d}"), role, name, _user_id(2, number), dcc_user=True)


def _suppliers(parties: PartyTable, rows: Sequence[PartyRow], shares: SupplierShares) -> tuple[Actor, ...]:
    actors = _actors(parties, rows, UserRole.IS)
    if shares is SupplierShares.EQUAL:
        return actors
    weights = (*MARKET_SHARES, *(OTHER_MARKET_SHARE for _ in actors[len(MARKET_SHARES) :]))
    return tuple(actor._replace(weight=weight) for actor, weight in zip(actors, weights, strict=False))


def _former_rows(network_rows: Sequence[PartyRow]) -> dict[str, PartyRow]:
    """Of each group of distributors one company that it took over, by the name of the group (SIM)."""
    groups = {row.party_name for row in network_rows if row.role is UserRole.ED}
    independent = {licence.group for licence in DISTRIBUTION_LICENCES if licence.independent}
    return {
        group: PartyRow(
            Mpid(f"OLD{number}"), UserRole.ED, f"Taken over by {group}", _user_id(3, number), dcc_user=True
        )
        for number, group in enumerate(sorted(groups - independent), start=1)
    }


def _takeovers(parties: PartyTable, former_rows: Mapping[str, PartyRow]) -> tuple[Takeover, ...]:
    formers = _actors(parties, tuple(former_rows.values()), UserRole.ED)
    named = {party.name: party for party in parties.parties}
    return tuple(
        Takeover(former._replace(weight=1.0), named[group])
        for former, group in zip(formers, former_rows, strict=True)
    )


def _actors(parties: PartyTable, rows: Sequence[PartyRow], role: UserRole) -> tuple[Actor, ...]:
    """The parties of the rows in a role, each once; all of them have a User Id."""
    found: dict[Party, Actor] = {}
    for row in rows:
        party = parties.party_of_mpid(row.mpid)
        if row.role is role and party is not None and row.user_id is not None and party not in found:
            found[party] = Actor(party, role, row.user_id, _weight(parties, party, role))
    return tuple(found.values())


def _weight(parties: PartyTable, party: Party, role: UserRole) -> float:
    """How big a party is: its metering points, millions; suppliers are all of one size (SIM)."""
    if role is UserRole.GT:
        return GAS_TRANSPORTER_MILLIONS[party.name]
    if role is not UserRole.ED:
        return 1.0
    held = {number for row in parties.rows_of(party) for number in row.distributor_ids}
    return sum(licence_weight(item) for item in DISTRIBUTION_LICENCES if item.distributor_id in held)
