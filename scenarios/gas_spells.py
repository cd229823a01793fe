"""Times during which gas proxy functions were in some state, read off a finished run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from devices.gbcs.identifiers import Eui64
from devices.security_log import Refusal
from scenarios.engine.journal import EventKind
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


def days_of(spells: Iterable[Spell]) -> float:
    """How long in all, in device-days."""
    total = sum((spell.until - spell.since for spell in spells), timedelta())
    return round(total / timedelta(days=1), _DECIMALS)
