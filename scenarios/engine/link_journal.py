"""What a link writes into the journal of a run: requests, what devices did with messages, cells, counters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from dcc.dsp import Submission
from dcc.outbound import AwaitedResponse
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from devices.device import Device
from devices.gbcs.carriers import alert_code_of
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import TrustAnchorCellId, UpdateCredentials
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message, parse
from devices.gbcs.payloads import decode_payload
from devices.security_log import LogEntry
from devices.trust_anchor import TrustAnchorStore
from scenarios.engine.history import FLOOR
from scenarios.engine.journal import Event, EventKind, Journal

OWN_COMMAND: Final = "own command"
"""What the detail of a request begins with that is a command of the DCC's own; its message code follows."""


class DeviceView(NamedTuple):
    """What of a device is watched: its cells, and its Execution Counters by role."""

    store: TrustAnchorStore
    counters: Mapping[RemotePartyRole, OriginatorCounter]

    @classmethod
    def of(cls, device: Device) -> DeviceView:
        """The device as it is now; both parts are immutable."""
        return cls(device.store, device.counters.by_role)


class LinkJournal:
    """Writes events."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def submitted(self, now: datetime, submission: Submission) -> None:
        """A request, or a signed Pre-Command, at the DSP."""
        user, target, counter = submission.request.request_id
        code, srv = submission.response.code.value, submission.request.srv.value
        variant = f"CV{submission.request.command_variant.value}"
        self._write(Event(now, EventKind.REQUEST, code, user, target, srv, counter, detail=variant))

    def final(self, now: datetime, request: ServiceRequest, code: ResponseCode) -> None:
        """What came of a request."""
        user, target, counter = request.request_id
        self._write(Event(now, EventKind.FINAL, code.value, user, target, request.srv.value, counter))

    def own_command(self, now: datetime, awaited: AwaitedResponse) -> None:
        """The DCC sends a command of its own, which no User has asked for."""
        code = f"{OWN_COMMAND} {awaited.message_code}"
        sender, device, counter = awaited.addressee, awaited.device, awaited.counter
        self._write(Event(now, EventKind.REQUEST, "", sender, device, None, counter, detail=code))

    def own_command_over(self, now: datetime, awaited: AwaitedResponse, code: ResponseCode) -> None:
        """What came of a command of the DCC's own."""
        sender, device, counter = awaited.addressee, awaited.device, awaited.counter
        self._write(Event(now, EventKind.FINAL, code.value, sender, device, None, counter))

    def delivered(
        self, now: datetime, device: Device, octets: bytes, entry: LogEntry, before: DeviceView
    ) -> None:
        """What a device did with a message, and how that changed it."""
        refused = entry.refusal
        kind = EventKind.OBEYED if refused is None else EventKind.REFUSED
        code = "" if entry.message_code is None else str(entry.message_code)
        why = entry.detail if refused is None else refused.name.lower()
        counter = entry.counter
        self._write(Event(now, kind, code, entry.originator, device.eui, None, counter, detail=why))
        after = DeviceView.of(device)
        if after.store is not before.store:
            self._write_cells(now, device.eui, before.store, after.store)
        if after.counters is not before.counters:
            floors = _floors(octets) if refused is None else frozenset()
            self._write_counters(now, device.eui, before.counters, after.counters, floors)

    def alerted(self, now: datetime, device: Eui64, recipient: Eui64, message: Message) -> None:
        """A device's alert at the party that it is for."""
        code = alert_code_of(message)
        name = "" if code is None else f"{code:04X}"
        number = message.header.originator_counter
        self._write(Event(now, EventKind.ALERT, name, recipient, device, None, number))

    def _write_cells(
        self, now: datetime, device: Eui64, before: TrustAnchorStore, after: TrustAnchorStore
    ) -> None:
        for cell, held in after.items():
            if held is not before[cell]:
                self._write(cell_event(now, device, cell, held))

    def _write_counters(
        self,
        now: datetime,
        device: Eui64,
        before: Mapping[RemotePartyRole, OriginatorCounter],
        after: Mapping[RemotePartyRole, OriginatorCounter],
        floors: Collection[OriginatorCounter],
    ) -> None:
        for role, counter in after.items():
            was = before.get(role, 0)
            if counter != was:
                name, reached = role.name.lower(), str(counter)
                detail = f"{reached} {FLOOR}" if counter in floors else reached
                self._write(Event(now, EventKind.COUNTER, name, None, device, None, was, detail=detail))

    def _write(self, event: Event) -> None:
        self._journal.append(event)


def cell_event(now: datetime, device: Eui64, cell: TrustAnchorCellId, held: Certificate) -> Event:
    """From now on this certificate is in a cell of a device."""
    return Event(now, EventKind.CELL, cell_name(cell), held.subject, device, detail=str(held.serial))


def cell_name(cell: TrustAnchorCellId) -> str:
    """A cell as the journal names it: ``network_operator digital_signature management``."""
    return f"{cell.role.name.lower()} {cell.key_usage.name.lower()} {cell.cell_usage.name.lower()}"


def _floors(octets: bytes) -> frozenset[OriginatorCounter]:
    """The floors that an obeyed command set."""
    command = decode_payload(parse(octets))
    if not isinstance(command, UpdateCredentials):
        return frozenset()
    of_others = {change.floor for change in command.other_changes or ()}
    return frozenset(of_others if command.floor is None else of_others | {command.floor})
