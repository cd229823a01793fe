"""Whether gas proxy functions can still be reached from the network side: tried after a run, by commands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from dcc.bodies.reads import Read
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64
from scenarios.engine.run_kit import RunKit
from scenarios.engine.trials import Expected, Trial, try_groups, try_request
from scenarios.gas_fleet import GasHome
from scenarios.parties import replaced_all
from scenarios.party_client import PartyClient


def try_homes(
    kit: RunKit,
    homes: Iterable[GasHome],
    expected: Collection[Expected],
    owner: PartyClient,
    operators: Mapping[Eui64, PartyClient],
) -> tuple[Trial, ...]:
    """Try to hand each device over to ``owner`` (6.21), then to read it as one of ``operators`` (4.1.1).

    A device to which the DCC would send neither is not counted as tried.
    """
    by_device = {home.gpf: home for home in homes}

    def is_reached(gpf: Eui64) -> bool | None:
        return _is_reached(kit, by_device[gpf], owner, operators.values())

    return try_groups(kit, expected, is_reached)


def _is_reached(
    kit: RunKit, home: GasHome, owner: PartyClient, operators: Iterable[PartyClient]
) -> bool | None:
    """Whether a device obeys anybody on the network side; None if the DCC would send it nothing."""
    supplier = kit.clients[home.supplier.user_id]
    body = supplier.replacement(owner.credentials)
    handover = try_request(kit, supplier, Srv.HANDOVER, home.gpf, body)
    if replaced_all(handover.opened):
        return True
    read = [try_request(kit, user, Srv.READ_IMPORT_REGISTERS, home.gpf, Read()) for user in operators]
    if any(tried.answered for tried in read):
        return True
    return False if handover.sent or any(tried.sent for tried in read) else None
