"""Which gas proxy functions would refuse the DCC's next command for the number it bears: the truth of it.

Nobody in the run knows this before a command is refused. It is read off both ends: the numbers that the
device has reached, and the one that the DCC would use.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from dcc.modifications import Modification
from devices import rules
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import COMMAND, GroupingHeader, OtherInformation
from devices.security_log import DeviceRefusalError, Refusal
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.link import network_operator_cells
from scenarios.engine.run_kit import RunKit
from scenarios.gas_spells import HANDOVER, Spell, is_handover
from scenarios.test_bed import ACB_ID

_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
_OTHER: Final = OtherInformation(HANDOVER)
_REPLAY: Final = Refusal.REPLAY.name.lower()


class Change(NamedTuple):
    """From now on a device with the broker's certificates is deaf to the DCC, or is not any more."""

    at: datetime
    device: Eui64
    deaf: bool


class Hearing:
    """Looks at devices when something may have changed, and keeps the changes."""

    def __init__(self, kit: RunKit) -> None:
        self._kit = kit
        self._deaf: set[Eui64] = set()
        self.changes: list[Change] = []

    def look(self, gpf: Eui64) -> None:
        """See whether the device would take a handover (6.21) now, if there was one."""
        deaf = self.is_deaf(gpf)
        if deaf is not (gpf in self._deaf):
            (self._deaf.add if deaf else self._deaf.discard)(gpf)
            self.changes.append(Change(self._kit.simulation.now, gpf, deaf))

    def is_deaf(self, gpf: Eui64) -> bool:
        """Whether the broker is in the network operator cell, and its next number too low for that."""
        device = self._kit.link.device(gpf)
        if network_operator_cells(device)[0] != ACB_ID:
            return False
        number = self._number_of_handover(gpf)
        if number is None:
            return True
        header = GroupingHeader(COMMAND, number, ACB_ID, gpf, _OTHER)
        try:
            rules.check_counter(device.counters, _NETWORK_OPERATOR, header, device.context.assumptions)
        except DeviceRefusalError:
            return True
        return False

    def _number_of_handover(self, gpf: Eui64) -> OriginatorCounter | None:
        """The number that a handover would bear: above the recorded one, where MP128A is in force.

        None if there is none above that.
        """
        world, broker = self._kit.bed.world, self._kit.bed.dsp.broker
        in_force = Modification.MP128A in world.modifications
        above = world.originator_counters.floor_of(gpf) if in_force else None
        return broker.coming_counter(gpf, self._kit.simulation.now, above)

    def spells(self, end: datetime) -> tuple[Spell, ...]:
        """When which device was deaf, by Device ID."""
        since: dict[Eui64, datetime] = {}
        found: list[tuple[Eui64, datetime, datetime]] = []
        for change in self.changes:
            if change.deaf:
                since[change.device] = change.at
            else:
                found.append((change.device, since.pop(change.device), change.at))
        found += [(device, at, end) for device, at in since.items()]
        return tuple(Spell(*spell) for spell in sorted(found) if spell[1] < spell[2])

    def contradictions(self) -> Iterator[str]:
        """Handovers with which a device did something else than its numbers said it would."""
        changes = iter(self.changes)
        change, deaf = next(changes, None), set[Eui64]()
        for event in self._kit.journal:
            while change is not None and change.at <= event.at:
                (deaf.add if change.deaf else deaf.discard)(change.device)
                change = next(changes, None)
            obeyed = _takes_handover(event)
            if obeyed is not None and obeyed is (event.device in deaf):
                did = "obeyed" if obeyed else "refused"
                told = f"{event.device}: {did} number {event.number} of the DCC"
                yield f"{told}, expected otherwise by the numbers of both"


def _takes_handover(event: Event) -> bool | None:
    """Whether a device obeyed the broker's handover, or refused it for its number; None of other events."""
    if not is_handover(event):
        return None
    if event.kind is EventKind.OBEYED:
        return True
    return False if event.kind is EventKind.REFUSED and event.detail == _REPLAY else None
