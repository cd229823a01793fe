"""A fleet of electricity meters of several suppliers and network operators, and its handovers (6.21)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from dcc.inventory import MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.registration import ElectricityRecord
from dcc.srv import Srv
from devices.device import Device
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.engine.link import Answer
from scenarios.engine.link_journal import cell_event
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.party_client import PartyCredentials
from scenarios.population import Home, Population, PopulationSize, draw_population

INSTALLED: Final = "installed"
_WATCHED: Final = (
    RemotePartyRole.ACCESS_CONTROL_BROKER,
    RemotePartyRole.SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR,
)
_HUB_STEPS: Final = (StatusCause.CONNECTED_TO_WAN, StatusCause.HUB_COMMISSIONED)
_LAST_INSTALLED: Final = date(2025, 12, 29)


def draw_meters(meters: int, suppliers: int, streams: RandomStreams, *, weeks: int = 1) -> Population:
    """Meters with their parties, by number, as if installed over some weeks up to the end of 2025.

    When they are there in a run is the family's business.
    """
    first = _LAST_INSTALLED - timedelta(weeks=weeks)
    population = draw_population(PopulationSize(meters, suppliers, 0.0, first, weeks), streams)
    return population._replace(homes=tuple(sorted(population.homes, key=lambda home: home.number)))


def users_of(population: Population) -> tuple[tuple[Eui64, RemotePartyRole], ...]:
    """The User Ids, each with the role of its certificates."""
    return (
        *((actor.user_id, RemotePartyRole.SUPPLIER) for actor in population.suppliers),
        *((actor.user_id, RemotePartyRole.NETWORK_OPERATOR) for actor in population.network_operators),
    )


def install_hub(kit: RunKit, home: Home) -> None:
    """Put the communications hub of a home in, now, and commission it."""
    now, inventory = kit.simulation.now, kit.bed.world.inventory
    device = kit.bed.manufacture(DeviceType.CHF, home.hub, now)
    inventory.pre_notify(home.hub, DeviceType.CHF, now)
    for cause in _HUB_STEPS:
        inventory.change_status(home.hub, cause, now)
    _put_in(kit, home, device)


def install(kit: RunKit, home: Home, *, supplier_placed: bool) -> None:
    """Put a meter in, now, and commission it.

    Its supplier cells have the supplier's certificates, or else the access control broker's; those of the
    network operator have the broker's, as they come from the factory.
    """
    now, bed = kit.simulation.now, kit.bed
    credentials = kit.clients[home.supplier.user_id].credentials if supplier_placed else None
    device = bed.manufacture(DeviceType.ESME, home.device, now, credentials)
    bed.commission_meter(home.device, DeviceType.ESME, MpxnLinks(home.mpan), now)
    record = ElectricityRecord(home.licence.mpid, home.supplier.party.mpid)
    bed.world.registration.add_electricity(home.mpan, record)
    _put_in(kit, home, device)


def _put_in(kit: RunKit, home: Home, device: Device) -> None:
    """Connect a device, and note what is in its cells."""
    now = kit.simulation.now
    kit.link.connect(device)
    kit.act(INSTALLED, actor=home.supplier.user_id, device=device.eui, home=home.number)
    kit.journal.extend(
        cell_event(now, device.eui, cell, held)
        for cell, held in device.store.items()
        if cell.role in _WATCHED
    )


def hand_over(kit: RunKit, home: Home, owner: PartyCredentials, attempt: int) -> Conversation[Answer]:
    """The supplier has the DCC put somebody's certificates in the cells of a role (6.21)."""
    client = kit.clients[home.supplier.user_id]
    chance = kit.streams.stream("home", home.number, "6.21", owner.role.name, attempt)
    return kit.link.call(client, Srv.HANDOVER, home.device, client.replacement(owner), chance)
