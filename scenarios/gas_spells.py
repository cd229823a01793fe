"""What the families of gas networks read off a finished run: times in some state, and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from devices.gbcs.identifiers import Eui64
from devices.security_log import Refusal
from scenarios.engine.journal import EventKind
from scenarios.engine.outcome import Table
from scenarios.engine.run_kit import RunKit
from scenarios.test_bed import ACB_ID

_DECIMALS: Final = 3
_REPLAY: Final = Refusal.REPLAY.name.lower()


class Spell(NamedTuple):
    """A device was in some state, from when to when."""

    device: Eui64
    since: datetime
    until: datetime


def deaf_spells(kit: RunKit, end: datetime) -> tuple[Spell, ...]:
    """The devices that refused the broker's command for the number it bore, until they took one."""
    since: dict[Eui64, datetime] = {}
    for event in kit.journal:
        by_broker = event.kind is EventKind.REFUSED and event.actor == ACB_ID
        if by_broker and event.detail == _REPLAY and event.device is not None:
            since.setdefault(event.device, event.at)
    ended = {
        change.device: change.at
        for change in reversed(kit.records.cell_changes)
        if change.at > since.get(change.device, end)
    }
    return tuple(Spell(device, at, ended.get(device, end)) for device, at in sorted(since.items()))


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
