"""A fleet of homes with gas on one network: who supplies and operates them, and its sale.

Parties, metering points and User Ids are invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from dcc.dates import ALWAYS, DateRange
from dcc.identifiers import Mpid, Mprn
from dcc.inventory import MpxnLinks
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import GasRecord
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit

LEAVER_ID: Final = Eui64.parse("90-B3-D5-1F-30-04-00-01")
NEWCOMER_ID: Final = Eui64.parse("90-B3-D5-1F-30-04-00-02")
LEAVER_MPID: Final = Mpid("OLDG")
NEWCOMER_MPID: Final = Mpid("NEWG")
LEAVER_NAME: Final = "Gas Networks that leave"
NEWCOMER_NAME: Final = "Gas Networks to come"
_SUPPLIER_PREFIX: Final = bytes.fromhex("90B3D51F300300")
_GPF, _HUB, _METER = (bytes.fromhex(f"00DB1234{kind}") for kind in ("A3", "A2", "A1"))


class GasSupplier(NamedTuple):
    """A gas supplier, with the User Id of its certificates."""

    user_id: Eui64
    mpid: Mpid
    name: str


class GasHome(NamedTuple):
    """A home with gas: its gas proxy function, the hub that it sits in, the meter behind it."""

    number: int
    gpf: Eui64
    hub: Eui64
    meter: Eui64
    mprn: Mprn
    supplier: GasSupplier


def gas_suppliers(count: int) -> tuple[GasSupplier, ...]:
    """Suppliers by number, 1 to 255 of them."""
    return tuple(
        GasSupplier(Eui64(_SUPPLIER_PREFIX + bytes((number,))), Mpid(f"GS{number:02X}"), f"Supplier {number}")
        for number in range(1, count + 1)
    )


def gas_parties(
    suppliers: Iterable[GasSupplier],
    leaver_is_user: DateRange = ALWAYS,
    newcomer_is_user: DateRange | None = ALWAYS,
) -> PartyTable:
    """Suppliers, the network party that leaves and the one that comes; None for one that is never a User."""
    rows = [PartyRow(item.mpid, UserRole.GS, item.name, item.user_id, dcc_user=True) for item in suppliers]
    leaver = PartyRow(
        LEAVER_MPID,
        UserRole.GT,
        LEAVER_NAME,
        LEAVER_ID,
        dcc_user=True,
        dcc_user_dates=leaver_is_user,
    )
    newcomer = PartyRow(NEWCOMER_MPID, UserRole.GT, NEWCOMER_NAME)
    if newcomer_is_user is not None:
        newcomer = newcomer._replace(user_id=NEWCOMER_ID, dcc_user=True, dcc_user_dates=newcomer_is_user)
    return PartyTable((*rows, leaver, newcomer))


def gas_users(
    suppliers: Iterable[GasSupplier], networks: Iterable[Eui64] = (LEAVER_ID, NEWCOMER_ID)
) -> tuple[tuple[Eui64, RemotePartyRole], ...]:
    """The User Ids to be enrolled, with their remote party roles."""
    of_suppliers = ((item.user_id, RemotePartyRole.SUPPLIER) for item in suppliers)
    return (*of_suppliers, *((user, RemotePartyRole.NETWORK_OPERATOR) for user in networks))


def gas_homes(
    count: int, suppliers: tuple[GasSupplier, ...], streams: RandomStreams, first: int = 1
) -> tuple[GasHome, ...]:
    """Homes from a number on, each drawn by itself; suppliers are all equally large (assumed)."""
    weighted = [(supplier, 1.0) for supplier in suppliers]
    return tuple(
        _home(number, streams.stream("home", number, "supplier").pick(weighted))
        for number in range(first, first + count)
    )


def install(kit: RunKit, home: GasHome, operator: Mpid) -> None:
    """Put a home on the network, now: hub, proxy function and meter commissioned.

    The supplier's certificates are in its cells, in the network operator's the access control broker's, as
    the device comes from the factory.
    """
    now, bed = kit.simulation.now, kit.bed
    credentials = kit.clients[home.supplier.user_id].credentials
    kit.link.connect(bed.manufacture(DeviceType.GPF, home.gpf, now, credentials))
    bed.commission_gpf(home.gpf, home.hub, home.meter, MpxnLinks(home.mprn), now)
    bed.world.registration.add_gas(home.mprn, GasRecord(operator, supplier=home.supplier.mpid))
    kit.act("installed", actor=home.supplier.user_id, device=home.gpf, home=home.number)


def sell(kit: RunKit, homes: Iterable[GasHome], buyer: Mpid) -> None:
    """The registration data has the buyer as the operator of these homes from today on."""
    today = kit.simulation.now.date()
    for home in homes:
        record = GasRecord(buyer, supplier=home.supplier.mpid, effective_from=today)
        kit.bed.world.registration.add_gas(home.mprn, record)
    kit.act("network sold", actor=LEAVER_ID)


def _home(number: int, supplier: GasSupplier) -> GasHome:
    unique = number.to_bytes(3, "big")
    gpf, hub, meter = (Eui64(prefix + unique) for prefix in (_GPF, _HUB, _METER))
    return GasHome(number, gpf, hub, meter, Mprn.from_unique(f"{10_000_000 + number}"), supplier)
