"""What the families of gas networks read off a finished run: times in some state, and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.identifiers import Eui64
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.outcome import Table
from scenarios.engine.run_kit import RunKit
from scenarios.test_bed import ACB_ID

HANDOVER: Final = ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR.message_code
"""The command by which the broker hands a network operator's cells over (6.21)."""

_DECIMALS: Final = 3


class Lasting(Protocol):
    """Something that was so from one moment to another."""

    @property
    def since(self) -> datetime:
        """When it began."""

    @property
    def until(self) -> datetime:
        """When it was over, or the run was."""


class Spell(NamedTuple):
    """A device was in some state, from when to when; ``found`` is when a refused handover showed it."""

    device: Eui64
    since: datetime
    until: datetime
    found: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether a moment is in it."""
        return self.since <= at < self.until

    @property
    def known(self) -> Spell | None:
        """What is left of it after it was found out; None if it never was."""
        return None if self.found is None else self._replace(since=self.found)


def is_handover(event: Event) -> bool:
    """Whether an event of a device is about the broker's handing its cells over."""
    return event.actor == ACB_ID and event.code == str(HANDOVER)


def found_out(kit: RunKit, spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """The spells, each with the first handover in it that its device refused.

    Other refusals show nothing of it: an operator's reads are refused by any device with the broker's
    certificates, deaf or not.
    """
    refused: dict[Eui64, list[datetime]] = {}
    for event in kit.journal:
        if event.kind is EventKind.REFUSED and event.device is not None and is_handover(event):
            refused.setdefault(event.device, []).append(event.at)
    return tuple(
        spell._replace(found=next((at for at in refused.get(spell.device, ()) if spell.holds(at)), None))
        for spell in spells
    )


def known(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """What of some spells was known: the time after each was found out."""
    return tuple(part for spell in spells if (part := spell.known) is not None)


def changes_of(spells: Iterable[Lasting], end: datetime) -> Iterator[tuple[datetime, int]]:
    """One more, one less; what lasts until the end of the run is still there on its last day."""
    for spell in spells:
        yield spell.since, 1
        if spell.until < end:
            yield spell.until, -1


def refusals_table(kit: RunKit) -> Table:
    """Who was refused what by the DCC, and how often."""
    parties = kit.bed.world.parties
    times = Counter((item.user_id, item.srv.value, item.code.value) for item in kit.records.refusals)
    rows = []
    for (user_id, service, code), requests in times.items():
        party = parties.party_of_user(user_id)
        rows.append((party.name if party else str(user_id), service, code, requests))
    columns = "party", "service", "code", "requests"
    return Table("refusals", "Requests that the DCC refused", columns, tuple(sorted(rows)))


def days_of(spells: Iterable[Spell]) -> float:
    """How long in all, in device-days."""
    total = sum((spell.until - spell.since for spell in spells), timedelta())
    return round(total / timedelta(days=1), _DECIMALS)
