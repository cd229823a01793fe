"""What must be true of every run, whatever the scenario: read off its journal when it is over.

A breach is an error in the bench, or a fault that the run was given; either way its figures are not to be
believed as they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from devices.gbcs.identifiers import Eui64, MessageCode
from devices.gbcs.use_cases import use_case
from devices.security_log import Refusal
from scenarios.engine.journal import Event, EventKind, Journal

FLOOR: Final = "floor"
"""What follows the new number of a counter where a floor set it."""

MOST_SHOWN: Final = 5
"""So many breaches of each kind are told in full."""

# Refusals by which the device, or its S1SP, never believed that the message was what it says it is.
_NOT_BELIEVED: Final = frozenset({
    *(
        reason.name.lower()
        for reason in (Refusal.MALFORMED, Refusal.NOT_ADDRESSED, Refusal.WRONG_MAC, Refusal.WRONG_SIGNATURE)
    ),
    "S1SP: countersignature",
})  # fmt: skip


class _Command(NamedTuple):
    """What makes a command this command and no other: a replay has all of it in common."""

    device: Eui64 | None
    originator: Eui64 | None
    number: int | None
    code: str


def check_history(journal: Journal, devices: Collection[Eui64]) -> tuple[str, ...]:
    """The breaches found, in words; ``devices`` are those that there are at the end.

    - No command with replay protection is obeyed twice, or obeyed after it was refused.
    - Every request that the DSP was given, and every command that the DCC sent of itself, has one final
      state, and none has one that was never made.
    - No Execution Counter falls but by a floor in a command that was obeyed.
    - Whatever device did something is still there at the end: none gets lost, none is made up.
    """
    found: list[str] = []
    for title, breaches in (
        ("obeyed twice", _obeyed_twice(journal)),
        ("obeyed after it was refused", _obeyed_after_refusal(journal)),
        ("request without one final state", _not_final(journal)),
        ("counter that fell without a floor", _fallen(journal)),
        ("device that is not there", _unknown_devices(journal, devices)),
    ):
        found += at_most_shown(title, breaches)
    return tuple(found)


def at_most_shown(title: str, breaches: Iterable[str]) -> list[str]:
    """The first breaches of a kind in full, and how many more there are."""
    told = [f"{title}: {breach}" for breach in breaches]
    more = len(told) - MOST_SHOWN
    return [*told[:MOST_SHOWN], *([f"{title}: {more} more"] if more > 0 else [])]


def _obeyed_twice(journal: Journal) -> Iterator[str]:
    obeyed: set[_Command] = set()
    for command, event in _protected(journal, EventKind.OBEYED):
        if command in obeyed:
            yield _told(event)
        obeyed.add(command)


def _obeyed_after_refusal(journal: Journal) -> Iterator[str]:
    refused: set[_Command] = set()
    for event in journal:
        if event.kind is EventKind.REFUSED and event.detail not in _NOT_BELIEVED:
            refused.add(_command(event))
        elif event.kind is EventKind.OBEYED and _is_protected(event) and _command(event) in refused:
            yield _told(event)


def _not_final(journal: Journal) -> Iterator[str]:
    final: dict[tuple[Eui64 | None, Eui64 | None, int | None], int] = defaultdict(int)
    made: dict[tuple[Eui64 | None, Eui64 | None, int | None], Event] = {}
    for event in journal:
        request_id = event.actor, event.device, event.number
        if event.kind is EventKind.REQUEST:
            made.setdefault(request_id, event)
        elif event.kind is EventKind.FINAL:
            final[request_id] += 1
            if request_id not in made:
                yield f"{_told(event)}, never asked for"
    for request_id, event in made.items():
        times = final.get(request_id, 0)
        if times != 1:
            yield f"{_told(event)}: {times} final states"


def _fallen(journal: Journal) -> Iterator[str]:
    for event in journal:
        if event.kind is not EventKind.COUNTER or event.number is None:
            continue
        now, _, floor = event.detail.partition(" ")
        if int(now) < event.number and floor != FLOOR:
            yield f"{_told(event)}, from {event.number} to {now}"


def _unknown_devices(journal: Journal, devices: Collection[Eui64]) -> Iterator[str]:
    there = set(devices)
    of_devices = (event for event in journal if event.kind in (EventKind.OBEYED, EventKind.REFUSED))
    acted = {event.device for event in of_devices if event.device is not None}
    for device in sorted(acted - there, key=str):
        yield str(device)


def _protected(journal: Iterable[Event], kind: EventKind) -> Iterator[tuple[_Command, Event]]:
    for event in journal:
        if event.kind is kind and _is_protected(event):
            yield _command(event), event


def _is_protected(event: Event) -> bool:
    facts = use_case(MessageCode(int(event.code, 16))) if event.code else None
    return facts is not None and facts.replay_protected is True


def _command(event: Event) -> _Command:
    return _Command(event.device, event.actor, event.number, event.code)


def _told(event: Event) -> str:
    who = "" if event.actor is None else f" of {event.actor}"
    number = "" if event.number is None else f" number {event.number}"
    what = event.srv or event.code
    return f"{event.at.isoformat()} {event.device}: {what}{number}{who}"
