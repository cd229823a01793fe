"""A fleet of SMETS1 meters in Great Britain's network areas, each migrated into an S1SP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from dcc.identifiers import Mpan, Mprn
from dcc.inventory import MpxnLinks
from dcc.inventory_records import SMETS1_REGION
from dcc.inventory_status import StatusCause
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord, GasRecord
from dcc.s1sp.cohorts import COHORTS
from dcc.s1sp.migration import MigrationCertificates, migrate
from dcc.s1sp.provider import S1sp
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.smets1_proxy import Readings
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit
from scenarios.market import Actor
from scenarios.population import Home, PopulationSize, draw_population

_GPF_PREFIX: Final = bytes.fromhex("00DB1235")
_HUB_PREFIX: Final = bytes.fromhex("00DB1236")
_GSME_PREFIX: Final = bytes.fromhex("00DB1237")


class Smets1Meter(NamedTuple):
    """A metering point with its SMETS1 device: an electricity meter, or the gas proxy function of a hub.

    ``operator`` is registered there, as distributor or as gas transporter. ``cohort`` is the number of its
    S1SP. ``others`` are those behind a gas proxy function: its hub and its meter.
    """

    number: int
    device: Eui64
    gas: bool
    home: Home
    operator: Actor
    cohort: int
    others: tuple[Eui64, ...] = ()


class Smets1Fleet(NamedTuple):
    """The meters with their parties."""

    parties: PartyTable
    suppliers: tuple[Actor, ...]
    network_operators: tuple[Actor, ...]
    gas_transporters: tuple[Actor, ...]
    meters: tuple[Smets1Meter, ...]

    @property
    def users(self) -> tuple[tuple[Eui64, RemotePartyRole], ...]:
        """The User Ids, each with the role of its certificates."""
        networks = (*self.network_operators, *self.gas_transporters)
        return (
            *((actor.user_id, RemotePartyRole.SUPPLIER) for actor in self.suppliers),
            *((actor.user_id, RemotePartyRole.NETWORK_OPERATOR) for actor in networks),
        )

    def others_than(self, meter: Smets1Meter) -> list[tuple[Actor, float]]:
        """The operators of the same kind that the meter is not registered with, by size."""
        kind = self.gas_transporters if meter.gas else self.network_operators
        return [(actor, actor.weight) for actor in kind if actor.party != meter.operator.party]


def draw_fleet(meters: int, suppliers: int, gas_share: float, streams: RandomStreams) -> Smets1Fleet:
    """Draw every meter from streams of its own: one meter more does not change the others."""
    size = PopulationSize(meters, suppliers, 0.0, date(2020, 1, 6), 1)
    drawn = draw_population(size, streams)
    for actor in drawn.suppliers:
        mpid, name = actor.party.mpid, actor.party.name
        drawn.parties.add(PartyRow(mpid, UserRole.GS, name, actor.user_id, dcc_user=True))
    transporters = [(actor, actor.weight) for actor in drawn.gas_transporters]
    found = []
    for home in sorted(drawn.homes, key=lambda item: item.number):
        number = home.number
        cohort = streams.stream("home", number, "cohort").between(0, len(COHORTS) - 1)
        meter = Smets1Meter(number, home.device, False, home, home.operator, cohort)
        if streams.stream("home", number, "gas").chance(gas_share):
            operator = streams.stream("home", number, "transporter").pick(transporters)
            others = (_eui(_HUB_PREFIX, number), _eui(_GSME_PREFIX, number))
            device = _eui(_GPF_PREFIX, number)
            meter = Smets1Meter(number, device, True, home, operator, cohort, others)
        found.append(meter)
    operators, gas = drawn.network_operators, drawn.gas_transporters
    return Smets1Fleet(drawn.parties, drawn.suppliers, operators, gas, tuple(found))


def migrate_fleet(kit: RunKit, fleet: Smets1Fleet, day: date) -> None:
    """Register and commission all meters, and migrate them with the certificates that they should have."""
    now = datetime.combine(day, time(), UTC)
    s1sps = [kit.bed.open_s1sp(cohort) for cohort in COHORTS]
    for s1sp in s1sps:
        kit.link.connect_s1sp(s1sp)
    certificates: dict[tuple[Eui64, Eui64], MigrationCertificates] = {}
    for meter in fleet.meters:
        s1sp = s1sps[meter.cohort]
        links = MpxnLinks(_register(kit, meter))
        _commission(kit, meter, links, s1sp, now)
        owners = meter.home.supplier.user_id, meter.operator.user_id
        if owners not in certificates:
            certificates[owners] = _certificates(kit, owners)
        migrate(s1sp, meter.device, certificates[owners], Readings(now), now)


def mpxn_of(meter: Smets1Meter) -> Mpan | Mprn:
    """The metering point."""
    return Mprn.from_unique(f"{meter.number:08d}") if meter.gas else meter.home.mpan


def retire(kit: RunKit, meter: Smets1Meter) -> None:
    """Take a meter out of use, since another is installed in its place."""
    inventory, now = kit.bed.world.inventory, kit.simulation.now
    if not meter.gas:
        inventory.change_status(meter.device, StatusCause.DECOMMISSIONED, now)
        return
    hub, gsme = meter.others
    inventory.change_status(gsme, StatusCause.DECOMMISSIONED, now)
    for device in (meter.device, hub):
        inventory.change_status(device, StatusCause.HUB_REMOVED, now)


def _register(kit: RunKit, meter: Smets1Meter) -> Mpan | Mprn:
    registration, supplier = kit.bed.world.registration, meter.home.supplier.party.mpid
    mpxn = mpxn_of(meter)
    if isinstance(mpxn, Mpan):
        registration.add_electricity(mpxn, ElectricityRecord(meter.home.licence.mpid, supplier))
    else:
        registration.add_gas(mpxn, GasRecord(meter.operator.party.mpid, supplier=supplier))
    return mpxn


def _commission(kit: RunKit, meter: Smets1Meter, links: MpxnLinks, s1sp: S1sp, now: datetime) -> None:
    if not meter.gas:
        kit.bed.commission_smets1_meter(meter.device, DeviceType.ESME, links, s1sp, now)
        return
    hub, gsme = meter.others
    kit.bed.commission_gpf(meter.device, hub, gsme, links, now)
    inventory = kit.bed.world.inventory
    for eui in (meter.device, hub, gsme):
        details = inventory.device(eui).details
        inventory.describe(eui, details=details._replace(csp_region=SMETS1_REGION, s1sp=s1sp.name))


def _certificates(kit: RunKit, owners: Iterable[Eui64]) -> MigrationCertificates:
    credentials = [kit.clients[user].credentials for user in owners]
    return MigrationCertificates(
        *(certificate.der for item in credentials for certificate in (item.signing, item.agreement))
    )


def _eui(prefix: bytes, number: int) -> Eui64:
    return Eui64(prefix + number.to_bytes(4, "big"))


def holders(kit: RunKit, fleet: Smets1Fleet) -> Mapping[Eui64, Eui64 | None]:
    """Who has each device's network operator slots, as its S1SP knows it now."""
    now = kit.simulation.now
    return {meter.device: kit.link.s1sps.network_operator_of(meter.device, now) for meter in fleet.meters}
