"""Whether gas proxy functions can still be reached from the network side: tried after a run, by commands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from dcc.bodies.reads import Read
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64
from scenarios.engine.outcome import Table
from scenarios.engine.run_kit import RunKit
from scenarios.engine.trials import to_try, try_request
from scenarios.gas_fleet import GasHome
from scenarios.parties import replaced_all
from scenarios.party_client import PartyClient


class Expected(NamedTuple):
    """What is computed of devices: what they are called together, and whether a command should be obeyed."""

    name: str
    reached: bool
    homes: Collection[GasHome]


class Trial(NamedTuple):
    """What came of the trials of some devices: of so many ``tried`` the DCC sent commands."""

    expected: Expected
    tried: int
    reached: int
    others: tuple[Eui64, ...]
    """The devices that did something else than was computed."""


def try_all(
    kit: RunKit,
    expected: Collection[Expected],
    owner: PartyClient,
    operators: Mapping[Eui64, PartyClient],
) -> tuple[Trial, ...]:
    """Try to hand each device over to ``owner`` (6.21), then to read it as one of ``operators`` (4.1.1).

    A device to which the DCC would send neither is not counted as tried.
    """
    return tuple(_try(kit, group, owner, operators) for group in expected)


def _try(
    kit: RunKit, expected: Expected, owner: PartyClient, operators: Mapping[Eui64, PartyClient]
) -> Trial:
    homes = {home.gpf: home for home in expected.homes}
    tried, others = 0, []
    for gpf in to_try(homes, kit.streams):
        found = _is_reached(kit, homes[gpf], owner, operators)
        tried += found is not None
        if found is not None and found is not expected.reached:
            others.append(gpf)
    as_expected = tried - len(others)
    return Trial(expected, tried, as_expected if expected.reached else len(others), tuple(others))


def _is_reached(
    kit: RunKit, home: GasHome, owner: PartyClient, operators: Mapping[Eui64, PartyClient]
) -> bool | None:
    """Whether a device obeys anybody on the network side; None if the DCC would send it nothing."""
    supplier = kit.clients[home.supplier.user_id]
    body = supplier.replacement(owner.credentials)
    handover = try_request(kit, supplier, Srv.HANDOVER, home.gpf, body)
    if replaced_all(handover.opened):
        return True
    reads = [
        try_request(kit, operator, Srv.READ_IMPORT_REGISTERS, home.gpf, Read())
        for operator in operators.values()
    ]
    if any(read.answered for read in reads):
        return True
    return False if handover.sent or any(read.sent for read in reads) else None


def trials_table(trials: Collection[Trial]) -> Table:
    """What was tried, beside what was computed."""
    rows = tuple(
        (trial.expected.name, len(trial.expected.homes), trial.tried, trial.reached) for trial in trials
    )
    title = "Devices tried with real commands after the end"
    return Table("trials", title, ("as computed", "devices", "tried", "obeyed"), rows)


def contradicted(trials: Collection[Trial]) -> Iterator[str]:
    """Devices that did something else than was computed."""
    for trial in trials:
        told = "silent" if trial.expected.reached else "obeyed"
        for gpf in trial.others:
            yield f"{gpf}: {told} when tried, though computed as {trial.expected.name}"
