"""The way to SMETS1 devices: countersigned requests to their S1SPs, whose doings go into the journal.

An S1SP stands for its devices: it obeys or refuses, and keeps their cells and counters. Its events carry the
message code that a SMETS2+ device would have been sent, so that one set of checks reads both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from dcc.bodies.credentials import ReplaceCredentials
from dcc.countersigning import CountersignedRequest
from dcc.errors import DccValueError
from dcc.s1sp.provider import S1sp, S1spAnswer
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.credentials import ReplacementMode, TrustAnchorCellId
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.smets1_proxy import SLOTS, CertificateId, Smets1Proxy
from scenarios.engine.history import FLOOR
from scenarios.engine.journal import Event, EventKind, Journal
from scenarios.engine.link_journal import cell_name

UNREADABLE: Final = "malformed"
"""What the journal says of octets that an S1SP cannot read, as of those that a device cannot."""

_MODES: Final = {
    RemotePartyRole.SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}


class S1spWay:
    """The S1SPs that a DSP reaches; with ``journal`` what they do is written down."""

    def __init__(self, world: DccWorld, journal: Journal | None) -> None:
        self._world = world
        self._journal = journal
        self._s1sps: list[S1sp] = []

    def connect(self, s1sp: S1sp) -> None:
        """Make an S1SP reachable, with all devices that it has or will have."""
        self._s1sps.append(s1sp)

    @property
    def devices(self) -> tuple[Eui64, ...]:
        """All devices of the S1SPs, in the order in which they came."""
        return tuple(proxy.device for proxy in self.proxies)

    @property
    def proxies(self) -> tuple[Smets1Proxy, ...]:
        """What the S1SPs keep of each of them."""
        return tuple(proxy for s1sp in self._s1sps for proxy in s1sp.proxies)

    def s1sp_of(self, device: Eui64) -> S1sp | None:
        """Who has a device; None if nobody does."""
        return next((s1sp for s1sp in self._s1sps if s1sp.proxy(device) is not None), None)

    def network_operator_of(self, device: Eui64, now: datetime) -> Eui64 | None:
        """Whose the network operator's critical certificate is, as the S1SP has it; None if it has none."""
        s1sp = self.s1sp_of(device)
        proxy = None if s1sp is None else s1sp.proxy(device)
        if proxy is None:
            return None
        notified = proxy.notified.critical_network_operator
        return None if notified is None else self._owner(notified, now)

    def deliver(
        self, octets: bytes, countersigned: CountersignedRequest, request: ServiceRequest, now: datetime
    ) -> S1spAnswer | None:
        """Bring what has become of a Countersigned Service Request on its way to the S1SP of its device.

        None of octets that the S1SP cannot read: it knows nobody to answer.
        """
        device = countersigned.target
        s1sp = self.s1sp_of(device)
        assert s1sp is not None, f"no S1SP has {device}"
        before = s1sp.proxy(device)
        try:
            answer = s1sp.receive(octets, now)
        except DccValueError:
            if self._journal is not None:
                self._journal.append(Event(now, EventKind.REFUSED, "", None, device, detail=UNREADABLE))
            return None
        after = s1sp.proxy(device)
        if self._journal is not None and before is not None and after is not None:
            self._journal.append(_done(countersigned, request, answer.text, now))
            self._journal.extend(self._cells(before, after, now))
            self._journal.extend(_counters(before, after, request, now))
        return answer

    def _cells(self, before: Smets1Proxy, after: Smets1Proxy, now: datetime) -> Iterator[Event]:
        for role, usage in SLOTS:
            held = after.notified.get(role, usage)
            if held is not None and held != before.notified.get(role, usage):
                name = cell_name(TrustAnchorCellId(role, usage))
                owner, serial = self._owner(held, now), str(held.serial)
                yield Event(now, EventKind.CELL, name, owner, after.device, detail=serial)

    def _owner(self, notified: CertificateId, now: datetime) -> Eui64 | None:
        found = self._world.repository.find(now, serial=notified.serial)
        owners = (item.certificate for item in found if CertificateId.of(item.certificate) == notified)
        return next((certificate.subject for certificate in owners), None)


def _done(countersigned: CountersignedRequest, request: ServiceRequest, text: str, now: datetime) -> Event:
    kind = EventKind.REFUSED if text else EventKind.OBEYED
    originator, device, counter = countersigned.originator, countersigned.target, countersigned.counter
    return Event(now, kind, _code(request), originator, device, request.srv.value, counter, detail=text)


def _code(request: ServiceRequest) -> str:
    """The message code of what a SMETS2+ device would be sent; nothing for what has no replay protection."""
    mode = None
    if request.srv is Srv.UPDATE_CREDENTIALS_COS:
        mode = ReplacementMode.SUPPLIER_BY_TRANS_COS
    elif request.srv is Srv.UPDATE_CREDENTIALS and isinstance(request.body, ReplaceCredentials):
        mode = _MODES.get(request.body.role)
    return "" if mode is None else str(mode.message_code)


def _counters(
    before: Smets1Proxy, after: Smets1Proxy, request: ServiceRequest, now: datetime
) -> Iterator[Event]:
    floors = _floors(before, after, request)
    for role, counter in after.counters.by_role.items():
        was = before.counters.current(role)
        if counter != was:
            reached = f"{counter} {FLOOR}" if counter in floors else str(counter)
            yield Event(
                now, EventKind.COUNTER, role.name.lower(), None, after.device, number=was, detail=reached
            )


def _floors(
    before: Smets1Proxy, after: Smets1Proxy, request: ServiceRequest
) -> frozenset[OriginatorCounter | int]:
    """The floors that a replacement set: its own, or 0 where an owner new to the slot brought none."""
    floor = getattr(request.body, "floor", None)
    if floor is not None:
        return frozenset({floor})
    signing = ((role, usage) for role, usage in SLOTS if usage is KeyUsage.DIGITAL_SIGNATURE)
    replaced = any(before.notified.get(*slot) != after.notified.get(*slot) for slot in signing)
    return frozenset({0}) if replaced else frozenset()
