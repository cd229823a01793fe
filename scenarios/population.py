"""Who and what a wave is about: network parties, suppliers, homes, and when each home is installed.

Licences and network parties are the real ones; suppliers, metering points and User Ids are invented. How
many metering points each area and each gas network has is general knowledge, rounded, for weighting alone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from dcc.identifiers import DistributorId, Mpan, Mpid
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
_DEVICE_PREFIX: Final = bytes.fromhex("00DB1234")
_PARTY_PREFIX: Final = bytes.fromhex("90B3D51F30")


class MpanKnowledge(enum.Enum):
    """What the DCC knows of a home's MPAN."""

    KNOWN = "linked in the inventory, with a registration record"
    NOT_LINKED = "no link in the inventory, no registration record"
    UNLISTED_PREFIX = "linked, but no registration record, and a distributor id that the DCC does not know"


class Actor(NamedTuple):
    """A party in one role, with the User Id of its certificates; ``weight`` says how big it is."""

    party: Party
    role: UserRole
    user_id: Eui64
    weight: float = 1.0


class Home(NamedTuple):
    """A home and what is to happen there. ``operator`` is its true network operator."""

    number: int
    device: Eui64
    mpan: Mpan
    knowledge: MpanKnowledge
    licence: DistributionLicence
    operator: Actor
    supplier: Actor
    installed_at: datetime

    @property
    def mpan_known(self) -> bool:
        """Whether the DCC can tell the network operator."""
        return self.knowledge is MpanKnowledge.KNOWN


class PopulationSize(NamedTuple):
    """How many homes and suppliers, the share of unknown MPANs, and the weeks of installing."""

    homes: int
    suppliers: int
    unknown_mpan_rate: float
    first_day: date
    weeks: int

    @property
    def last_day(self) -> date:
        """The last day on which meters may be installed."""
        return self.first_day + timedelta(days=7 * self.weeks - 1)


class Population(NamedTuple):
    """The parties of a run and its homes, in the order in which they are installed."""

    parties: PartyTable
    suppliers: tuple[Actor, ...]
    network_operators: tuple[Actor, ...]
    gas_transporters: tuple[Actor, ...]
    homes: tuple[Home, ...]


def draw_population(size: PopulationSize, streams: RandomStreams) -> Population:
    """Draw every home from streams of its own: one home more does not change the others."""
    network_rows = network_party_rows(_NetworkUserIds())
    supplier_rows = [_supplier_row(number) for number in range(1, size.suppliers + 1)]
    parties = PartyTable((*network_rows, *supplier_rows))
    operators = _actors(parties, network_rows, UserRole.ED)
    suppliers = _actors(parties, supplier_rows, UserRole.IS)
    draw = _HomeDraw(size, streams, parties, operators, suppliers)
    homes = [draw.home(number) for number in range(1, size.homes + 1)]
    homes.sort(key=lambda home: (home.installed_at, home.number))
    gas_transporters = _actors(parties, network_rows, UserRole.GT)
    return Population(parties, suppliers, operators, gas_transporters, tuple(homes))


def installation_days(first: date, last: date) -> tuple[tuple[date, float], ...]:
    """The days of a period, each with its share of the work: weekdays 1, Saturdays 0.3, others 0 (SIM)."""
    count = (last - first).days + 1
    days = (first + timedelta(days=offset) for offset in range(count))
    return tuple((day, _day_weight(day)) for day in days)


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
        suppliers: Sequence[Actor],
    ) -> None:
        self._size = size
        self._streams = streams
        self._operator_of = {actor.party: actor for actor in operators}
        self._parties = parties
        self._licences = [(licence, licence_weight(licence)) for licence in DISTRIBUTION_LICENCES]
        self._suppliers = [(actor, actor.weight) for actor in suppliers]
        self._days = installation_days(size.first_day, size.last_day)

    def home(self, number: int) -> Home:
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
        )

    def _knowledge(self, number: int) -> MpanKnowledge:
        chance = self._streams.stream("home", number, "mpan-known")
        if not chance.chance(self._size.unknown_mpan_rate):
            return MpanKnowledge.KNOWN
        unlisted = chance.chance(UNLISTED_PREFIX_SHARE)
        return MpanKnowledge.UNLISTED_PREFIX if unlisted else MpanKnowledge.NOT_LINKED

    def _installed_at(self, number: int) -> datetime:
        chance = self._streams.stream("home", number, "installed-at")
        day = chance.pick(self._days)
        into_day = timedelta(milliseconds=chance.between(0, _WORKING_MS - 1))
        return datetime.combine(day, _WORK_BEGINS, UTC) + into_day


def _day_weight(day: date) -> float:
    if day.weekday() > _SATURDAY or day in bank_holidays(Calendar.ENGLAND_AND_WALES, day.year):
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


def _supplier_row(number: int) -> PartyRow:
    name = f"Supplier {number:03d}"
    return PartyRow(Mpid(f"SUP{number:03d}"), UserRole.IS, name, _user_id(2, number), dcc_user=True)


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
