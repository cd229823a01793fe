"""The life of each wrong certificate in an install wave, and when true operators were locked out.

Told by the devices' own cells (:class:`scenarios.engine.records.CellChange`), not by what parties believe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from dcc.response_codes import ResponseCode
from devices.gbcs.identifiers import Eui64
from scenarios.engine.records import CellChange, Correction, Exchange, Finding, Records
from scenarios.population import Home


class Case(NamedTuple):
    """Another party's certificate on a device, from the moment that it came until the moment that it went.

    ``stuck_at`` is when its owner learnt that it cannot give it up; ``by_exchange`` tells that the case
    ended with the meter's exchange, not with a correction.
    """

    home: Home
    holder: Eui64
    since: datetime
    found_at: datetime | None = None
    stuck_at: datetime | None = None
    ended_at: datetime | None = None
    by_exchange: bool = False

    @property
    def corrected(self) -> bool:
        """Whether its owner gave the device up."""
        return self.ended_at is not None and not self.by_exchange


class Access(NamedTuple):
    """How long a home's true operator could not talk to its device, and whether the deadline was missed."""

    home: Home
    without: timedelta
    late: bool


_Event = CellChange | Finding | Correction | Exchange


def cases_of(records: Records, homes: Sequence[Home]) -> tuple[Case, ...]:
    """Every case, in the order in which they began; ``homes`` are as they were at first."""
    by_number, home_of = {home.number: home for home in homes}, devices_of(records, homes)
    cases: list[Case] = []
    open_case: dict[int, int] = {}
    for event in _in_order(records):
        home = home_of[event.device] if isinstance(event, CellChange) else by_number[event.home]
        number = open_case.get(home.number)
        if number is not None:
            cases[number] = _after(cases[number], event)
            if cases[number].ended_at is not None:
                del open_case[home.number]
        elif isinstance(event, CellChange) and not _holds(event, home):
            open_case[home.number] = len(cases)
            cases.append(Case(home, event.signing, event.at))
    return tuple(cases)


def access_of(records: Records, homes: Sequence[Home], until: datetime) -> Iterator[Access]:
    """The access of each home that was installed, observed up to a moment."""
    by_number, home_of = {home.number: home for home in homes}, devices_of(records, homes)
    holding: dict[int, list[tuple[datetime, bool]]] = {}
    for event in _in_order(records):
        if isinstance(event, CellChange):
            home = home_of[event.device]
            holding.setdefault(home.number, []).append((event.at, _holds(event, home)))
        elif isinstance(event, Exchange):
            holding.setdefault(event.home, []).append((event.at, False))
    for item in records.installations:
        held = holding.get(item.home, [])
        in_time = next((holds for at, holds in reversed(held) if at <= item.deadline), False)
        yield Access(by_number[item.home], time_without(item.at, held, until), not in_time)


def time_without(start: datetime, holds_at: Sequence[tuple[datetime, bool]], end: datetime) -> timedelta:
    """The time that something was not held, from what changed when; at the start it is not."""
    total, since, holding = timedelta(), start, False
    for at, holds in (*holds_at, (end, False)):
        if not holding:
            total += at - since
        since, holding = at, holds
    return total


def devices_of(records: Records, homes: Sequence[Home]) -> Mapping[Eui64, Home]:
    """The home of each device that ever held a network operator's certificates."""
    found = {home.device: home for home in homes}
    for item in records.exchanges:
        found[item.new] = found[item.old]
    return found


_RANK: Final[Mapping[type, int]] = {CellChange: 0, Finding: 1, Correction: 2, Exchange: 3}


def _in_order(records: Records) -> list[_Event]:
    events: list[_Event] = [
        *records.cell_changes,
        *records.findings,
        *records.corrections,
        *records.exchanges,
    ]
    return sorted(events, key=lambda event: (event.at, _RANK[type(event)]))


def _after(case: Case, event: _Event) -> Case:
    if isinstance(event, Finding):
        return case._replace(found_at=case.found_at or event.at)
    if isinstance(event, Correction):
        stuck = event.code is ResponseCode.E061501
        return case._replace(stuck_at=event.at) if stuck and case.stuck_at is None else case
    if isinstance(event, Exchange):
        return case._replace(ended_at=event.at, by_exchange=True)
    return case._replace(ended_at=event.at) if _holds(event, case.home) else case


def _holds(change: CellChange, home: Home) -> bool:
    return change.signing == change.agreement == home.operator.user_id
