"""The homes of a wave, with their metering points and devices, and when each home is installed.

Licences are the real ones; metering points and devices are invented.
"""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple, Protocol

from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.network_licences import DISTRIBUTION_LICENCES, DistributionLicence
from dcc.parties import PartyTable
from dcc.working_days import Calendar, bank_holidays
from devices.gbcs.identifiers import Eui64
from scenarios.engine.civil_time import civil_time
from scenarios.engine.random_streams import RandomStreams
from scenarios.market import (
    AREA_MILLIONS,
    Actor,
    Market,
    SupplierShares,
    Takeover,
    draw_market,
    licence_weight,
)

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
"""When meters are installed by British clocks, each moment as likely (SIM)."""
GAS_DELAY: Final = timedelta(hours=1)
"""So long after the electricity meter a home's gas devices are installed, by the same visitor (SIM)."""
FIRST_GAS_NUMBER: Final = 10_000_000
"""The gas side of home 1 has the number after this one."""
_DEVICE_PREFIX: Final = bytes.fromhex("00DB1234")
_EXCHANGED_PREFIX: Final = bytes.fromhex("00DB13")
_GSME_PREFIX: Final = bytes.fromhex("00DB1235")
_HUB_PREFIX: Final = bytes.fromhex("00DB1236")


class MpanKnowledge(enum.Enum):
    """What the DCC knows of a home's MPAN."""

    KNOWN = "linked in the inventory, with a registration record"
    NOT_LINKED = "no link in the inventory, no registration record"
    UNLISTED_PREFIX = "linked, but no registration record, and a distributor id that the DCC does not know"
    WITHHELD = "linked, but no registration record; the distributor id is what it is"


class Fuel(enum.Enum):
    """What a metering point is of."""

    ELECTRICITY = "electricity"
    GAS = "gas"


class GasService(NamedTuple):
    """The gas meter of a home, its metering point, and the participant id of the gas transporter."""

    gsme: Eui64
    mprn: Mprn
    transporter: Mpid


class ElectricityPoint(NamedTuple):
    """An electricity metering point of a home: its network, whose that is, and who supplies there."""

    mpan: Mpan
    licence: DistributionLicence
    operator: Actor
    supplier: Actor


class GasPoint(NamedTuple):
    """A gas metering point of a home, as :class:`ElectricityPoint`."""

    mprn: Mprn
    transporter: Mpid
    operator: Actor
    supplier: Actor


class MeteringPoints(Protocol):
    """Where homes have their metering points from.

    ``linked_unknown`` is what an MPAN is that the inventory links and that has no registration record.
    """

    linked_unknown: MpanKnowledge

    def electricity(self, number: int, knowledge: MpanKnowledge) -> ElectricityPoint:
        """That of a home; asked for one home after the other."""

    def gas(self, number: int, supplier: Actor) -> GasPoint:
        """That of a home with gas, which has this supplier of electricity."""


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
        """Whether the DCC has a registration record."""
        return self.knowledge is MpanKnowledge.KNOWN

    @property
    def linked(self) -> bool:
        """Whether the inventory links the meter to its metering point."""
        return self.knowledge is not MpanKnowledge.NOT_LINKED


class PopulationSize(NamedTuple):
    """How many homes and suppliers, the share of unknown MPANs, and the weeks of installing.

    ``gas_share`` is the share of homes with gas, ``takeovers`` whether distributors took over companies.
    With ``always_linked`` the inventory links every MPAN, those too that the DCC does not know.
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
    market = draw_market(size.suppliers, size.shares, with_gas=size.gas_share > 0, takeovers=size.takeovers)
    return populate(size, streams, market, _InventedPoints(streams, market))


def populate(
    size: PopulationSize, streams: RandomStreams, market: Market, points: MeteringPoints
) -> Population:
    """The homes of a market, with these metering points, as :func:`draw_population` draws them."""
    draw = _HomeDraw(size, streams, points)
    homes = [side for number in range(1, size.homes + 1) for side in draw.sides(number)]
    homes.sort(key=lambda home: (home.installed_at, home.number))
    return Population(
        market.parties,
        market.suppliers,
        market.network_operators,
        market.gas_transporters,
        tuple(homes),
        market.takeovers,
    )


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


class _InventedPoints:
    """Draws metering points, each by itself, by the sizes of networks and suppliers."""

    linked_unknown = MpanKnowledge.UNLISTED_PREFIX

    def __init__(self, streams: RandomStreams, market: Market) -> None:
        self._streams = streams
        self._operator_of = {actor.party: actor for actor in market.network_operators}
        self._parties = market.parties
        self._licences = [(licence, licence_weight(licence)) for licence in DISTRIBUTION_LICENCES]
        self._suppliers = [(actor, actor.weight) for actor in market.suppliers]
        self._transporters = [(actor, actor.weight) for actor in market.gas_transporters]

    def electricity(self, number: int, knowledge: MpanKnowledge) -> ElectricityPoint:
        """One of the licences, and one of the suppliers."""
        licence = self._streams.stream("home", number, "licence").pick(self._licences)
        supplier = self._streams.stream("home", number, "supplier").pick(self._suppliers)
        listed = knowledge is not MpanKnowledge.UNLISTED_PREFIX
        prefix = licence.distributor_id if listed else UNLISTED_DISTRIBUTOR_ID
        operator = self._parties.party_of_mpid(licence.mpid)
        assert operator is not None, f"no party holds {licence.mpid}"
        return ElectricityPoint(
            Mpan.from_core(prefix, number), licence, self._operator_of[operator], supplier
        )

    def gas(self, number: int, supplier: Actor) -> GasPoint:
        """One of the gas transporters; the supplier is that of the electricity (SIM)."""
        transporter = self._streams.stream("home", number, "transporter").pick(self._transporters)
        mprn = Mprn.from_unique(f"{number:08d}")
        return GasPoint(mprn, transporter.party.mpid, transporter, supplier)


class _HomeDraw:
    """Draws homes, each by itself."""

    def __init__(self, size: PopulationSize, streams: RandomStreams, points: MeteringPoints) -> None:
        self._size = size
        self._streams = streams
        self._points = points
        self._days = installation_days(size.first_day, size.last_day, size.calendar)

    def sides(self, number: int) -> tuple[Home, ...]:
        """The electricity of a home and, where it has any, the gas."""
        home = self._electricity(number)
        if self._streams.stream("home", number, "gas").chance(self._size.gas_share):
            return home, self._gas_of(home)
        return (home,)

    def _electricity(self, number: int) -> Home:
        knowledge = self._knowledge(number)
        point = self._points.electricity(number, knowledge)
        return Home(
            number,
            Eui64(_DEVICE_PREFIX + number.to_bytes(4, "big")),
            point.mpan,
            knowledge,
            point.licence,
            point.operator,
            point.supplier,
            self._installed_at(number),
            self._area(number, point.licence),
            Eui64(_HUB_PREFIX + number.to_bytes(4, "big")),
        )

    def _gas_of(self, home: Home) -> Home:
        """The gas side; the inventory links the gas meter where it links the electricity meter (SIM)."""
        number = FIRST_GAS_NUMBER + home.number
        point = self._points.gas(home.number, home.supplier)
        linked = home.knowledge is not MpanKnowledge.NOT_LINKED
        return home._replace(
            number=number,
            device=Eui64(_DEVICE_PREFIX + number.to_bytes(4, "big")),
            knowledge=MpanKnowledge.KNOWN if linked else MpanKnowledge.NOT_LINKED,
            operator=point.operator,
            supplier=point.supplier,
            installed_at=home.installed_at + GAS_DELAY,
            fuel=Fuel.GAS,
            gas=GasService(
                Eui64(_GSME_PREFIX + home.number.to_bytes(4, "big")), point.mprn, point.transporter
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
        linked = chance.chance(UNLISTED_PREFIX_SHARE) or self._size.always_linked
        return self._points.linked_unknown if linked else MpanKnowledge.NOT_LINKED

    def _installed_at(self, number: int) -> datetime:
        chance = self._streams.stream("home", number, "installed-at")
        day = chance.pick(self._days)
        into_day = timedelta(milliseconds=chance.between(0, _WORKING_MS - 1))
        return civil_time(day, _WORK_BEGINS) + into_day


def _day_weight(day: date, calendar: Calendar) -> float:
    if day.weekday() > _SATURDAY or day in bank_holidays(calendar, day.year):
        return 0.0
    return SATURDAY_WEIGHT if day.weekday() == _SATURDAY else 1.0
