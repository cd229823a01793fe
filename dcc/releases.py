"""Releases: which modifications are on together, by name and by date; and single switches, by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from dcc.errors import DccValueError
from dcc.modification_records import RECORDS, record_of
from dcc.modifications import Modification

__all__ = [
    "BEFORE",
    "RELEASES",
    "Modification",
    "Release",
    "in_order",
    "release_at",
    "release_named",
    "switch_labels",
    "switched",
]

_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Release(NamedTuple):
    """A named set of switches. ``presumed`` are those whose being on by then no source confirms."""

    name: str
    text: str
    modifications: frozenset[Modification]
    presumed: frozenset[Modification] = frozenset()


def release_at(day: date) -> Release:
    """What was in force on a day, as far as it is known: the switches whose date has come."""
    on = [
        (switch, record.in_force.confirmed)
        for record in RECORDS
        for switch in record.switches
        if record.in_force.since is not None and record.in_force.since <= day
    ]
    return Release(
        day.isoformat(),
        f"as on {day.isoformat()}",
        frozenset(switch for switch, _ in on),
        frozenset(switch for switch, confirmed in on if not confirmed),
    )


def _named(name: str, text: str, day: date) -> Release:
    return release_at(day)._replace(name=name, text=text)


_LAST_CHANGE: Final = max(record.in_force.since for record in RECORDS if record.in_force.since)
_TODAY: Final = _named("today", "what is in force today, as far as it is known", _LAST_CHANGE)

RELEASES: Final = (
    Release("before", "before all of these modifications", frozenset()),
    _named("november-2019", "from 7 November 2019, the target of MP074", date(2019, 11, 7)),
    _named("june-2023", "June 2023 SEC Release, from 29 June 2023: with MP128A", date(2023, 6, 29)),
    _TODAY,
    Release(
        "all",
        "every switch, those of the withdrawn SECMP0063 too: a what-if, never in force",
        frozenset(Modification),
        frozenset(Modification) - (_TODAY.modifications - _TODAY.presumed),
    ),
)
"""The named releases, the oldest first."""

BEFORE: Final = RELEASES[0]


def release_named(text: str) -> Release:
    """A release by its name in either case, or by a day written YYYY-MM-DD.

    Raises:
        DccValueError: it is neither.
    """
    name = text.strip().lower()
    for release in RELEASES:
        if release.name == name:
            return release
    try:
        return release_at(date.fromisoformat(name if _ISO_DAY.fullmatch(name) else ""))
    except ValueError:
        names = ", ".join(release.name for release in RELEASES)
        raise DccValueError("release", text, f"one of: {names}; or a day as YYYY-MM-DD") from None


def switched(
    release: Release, on: Iterable[Modification] = (), off: Iterable[Modification] = ()
) -> frozenset[Modification]:
    """The switches of a release, with some put on and then some put off."""
    return (release.modifications | frozenset(on)) - frozenset(off)


def in_order(modifications: Iterable[Modification]) -> tuple[Modification, ...]:
    """Switches in the order in which they are listed, each once."""
    chosen = frozenset(modifications)
    return tuple(item for item in Modification if item in chosen)


def switch_labels(modifications: Iterable[Modification]) -> tuple[str, ...]:
    """The names of switches in order; a modification all of whose parts are on goes by its number.

    Not so SECMP0063, whose number is the name of one of its switches.
    """
    chosen = in_order(modifications)
    labels = []
    for item in chosen:
        record = record_of(item)
        whole = record.name not in {switch.value for switch in record.switches}
        labels.append(record.name if whole and set(record.switches) <= set(chosen) else item.value)
    return tuple(dict.fromkeys(labels))
