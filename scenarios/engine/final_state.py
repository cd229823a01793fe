"""At the end of a run each device is as the journal says: its cells, and its Execution Counters.

What the journal has of both is written when a message changes them; so a change that was never written, or
one that a device lost again, shows here, whatever the family reads off the one or the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from devices.device import Device
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from devices.smets1_proxy import SLOTS, Smets1Proxy
from scenarios.engine.history import at_most_shown
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.link_journal import DeviceView, cell_name

_TITLE: Final = "device that is not as the journal says"


class Connected(NamedTuple):
    """A device, and how it was when it was connected."""

    device: Device
    before: DeviceView


class _Told(NamedTuple):
    """What the journal has last of cells, and of counters: by device and name."""

    held: Mapping[tuple[Eui64 | None, str], str]
    reached: Mapping[tuple[Eui64 | None, str], int]


def check_final_state(
    journal: Journal, connected: Iterable[Connected], proxies: Iterable[Smets1Proxy] = ()
) -> tuple[str, ...]:
    """The breaches found, in words: cells and counters whose last event in the journal is not what they are.

    Of what the journal has no event, nothing has changed since the device was connected. SMETS1 devices come
    to their S1SP with counters at 0, and with certificates that only what follows them is held against.
    """
    told, found = _last_told(journal), list[str]()
    for device, before in connected:
        found += _cells(device, before, told)
        found += _counters(device.eui, device.counters.by_role, before.counters, told)
    for proxy in proxies:
        found += _slots(proxy, told)
        found += _counters(proxy.device, proxy.counters.by_role, {}, told)
    return tuple(at_most_shown(_TITLE, found))


def _last_told(journal: Journal) -> _Told:
    held: dict[tuple[Eui64 | None, str], str] = {}
    reached: dict[tuple[Eui64 | None, str], int] = {}
    for event in journal:
        if event.kind is EventKind.CELL:
            held[event.device, event.code] = event.detail
        elif event.kind is EventKind.COUNTER:
            reached[event.device, event.code] = int(event.detail.partition(" ")[0])
    return _Told(held, reached)


def _cells(device: Device, before: DeviceView, told: _Told) -> Iterator[str]:
    for cell, certificate in device.store.items():
        name, came_with = cell_name(cell), before.store.find(cell)
        serial = told.held.get((device.eui, name), "none" if came_with is None else str(came_with.serial))
        if serial != str(certificate.serial):
            yield f"{device.eui}: {name} has certificate {certificate.serial}, expected {serial}"


def _slots(proxy: Smets1Proxy, told: _Told) -> Iterator[str]:
    for role, usage in SLOTS:
        name = cell_name(TrustAnchorCellId(role, usage))
        notified, serial = proxy.notified.get(role, usage), told.held.get((proxy.device, name))
        has = "none" if notified is None else str(notified.serial)
        if serial not in (None, has):
            yield f"{proxy.device}: {name} has certificate {has}, expected {serial}"


def _counters(
    device: Eui64,
    by_role: Mapping[RemotePartyRole, OriginatorCounter],
    before: Mapping[RemotePartyRole, OriginatorCounter],
    told: _Told,
) -> Iterator[str]:
    for role, counter in by_role.items():
        name = role.name.lower()
        number = told.reached.get((device, name), before.get(role, 0))
        if number != counter:
            yield f"{device}: counter of {name} at {counter}, expected {number}"
