"""Whom the DCC tells of what happens to a device: suppliers and network operators by registration data.

That alerts go to these parties is assumed: DUIS 3.6 could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dcc.identifiers import Mpan, Mpxn
from dcc.parties import Party, UserRole
from dcc.world import DccWorld
from devices.gbcs.identifiers import Eui64


def suppliers(world: DccWorld, device: Eui64, now: datetime) -> tuple[Eui64, ...]:
    """The User Ids of the suppliers registered at the device's metering points."""
    found = (
        (world.registration.registered_supplier_at(mpxn, now), _supplier_role(mpxn))
        for mpxn in world.inventory.metering_points_of(device)
    )
    return _user_ids(world, found)


def export_suppliers(world: DccWorld, device: Eui64, now: datetime) -> tuple[Eui64, ...]:
    """The User Ids of the supplier registered at the export MPAN of a device."""
    mpan = world.inventory.links_of(device).export_mpan
    if mpan is None:
        return ()
    return _user_ids(world, [(world.registration.registered_supplier_at(mpan, now), UserRole.ES)])


def network_operators(world: DccWorld, device: Eui64, now: datetime) -> tuple[Eui64, ...]:
    """The User Ids of the network operators of the device's metering points, by registration data."""
    found = (
        (world.registration.network_operator_at(mpxn, now), _network_role(mpxn))
        for mpxn in world.inventory.metering_points_of(device)
    )
    return _user_ids(world, found)


def _user_ids(world: DccWorld, parties: Iterable[tuple[Party | None, UserRole]]) -> tuple[Eui64, ...]:
    found = [
        user_id
        for party, role in parties
        if party is not None
        for user_id in world.parties.user_ids(party, role)
    ]
    return tuple(dict.fromkeys(found))


def _supplier_role(mpxn: Mpxn) -> UserRole:
    return UserRole.IS if isinstance(mpxn, Mpan) else UserRole.GS


def _network_role(mpxn: Mpxn) -> UserRole:
    return UserRole.ED if isinstance(mpxn, Mpan) else UserRole.GT
