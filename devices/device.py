"""A device: takes bytes, gives back what it sends and what it writes down (GBCS 6.2.4).

Sans I/O and without a clock: ``receive(octets, now)``. What fails a check is discarded without a
response, logged with the reason, and reported to the holder of the supplier cell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from devices import cells, update_credentials
from devices.alerting import generic_alert
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.faults import NO_FAULTS, PowerLoss, PowerLostError
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.dlms import long_invoke_id
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import UINT64_MAX, DeviceType, Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import (
    COMMAND,
    Cra,
    DlmsDateTime,
    GroupingHeader,
    Message,
    OtherInformation,
    encode,
    parse,
)
from devices.gbcs.protection import (
    add_mac,
    answer_header,
    encode_signed,
    mac_verifies,
    signature_verifies,
)
from devices.gbcs.unsupported import ECS100, UnsupportedCommandAlert
from devices.gbcs.unsupported import encode as encode_unsupported
from devices.pending import PendingCommand, next_due, without
from devices.replay import ReplayCounters
from devices.security_log import NO_NUMBER_LEFT, DeviceRefusalError, LogEntry, Refusal
from devices.state import DeviceCertificates, DeviceKeys, DeviceState
from devices.top_up import DEFAULT_TOP_UP_ASSUMPTIONS, TopUpAssumptions
from devices.trust_anchor import TrustAnchorStore


class DeviceContext(NamedTuple):
    """What all devices of a run share: cryptography, the path validator, the assumptions in force."""

    provider: CryptoProvider
    validator: PathValidator
    assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS
    top_ups: TopUpAssumptions = DEFAULT_TOP_UP_ASSUMPTIONS


class Effects(NamedTuple):
    """What one received message caused: octets sent, in order, and one line for the log or a trace."""

    sent: tuple[bytes, ...]
    entry: LogEntry

    @property
    def accepted(self) -> bool:
        """Whether the message was obeyed."""
        return self.entry.refusal is None


Handler = Callable[["Device", Message, datetime], tuple[bytes, str]]
DueHandler = Callable[["Device", PendingCommand, datetime], tuple[tuple[bytes, ...], str, int]]
"""Gives the alert, if a number is left for it, what the log says, and the code of the event."""


class Device(ABC):
    """What all device types have in common; a type says which use cases it knows and how it alerts.

    Raises:
        GbcsError: the certificates are not those of this device's keys, the private signing key is missing,
            or a cell that every device needs is.
    """

    __slots__ = (
        "context",
        "eui",
        "faults",
        "manufactured",
        "state",
    )

    device_type: ClassVar[DeviceType]
    handlers: ClassVar[Mapping[MessageCode, Handler]]
    # Codes whose execution is itself an event of the security log.
    logged_codes: ClassVar[frozenset[MessageCode]] = frozenset(update_credentials.HANDLERS)
    due_handlers: ClassVar[Mapping[MessageCode, DueHandler]] = update_credentials.DUE_HANDLERS
    # Whose cell the security alerts go to.
    alert_cell: ClassVar[TrustAnchorCellId] = cells.SUPPLIER_SIGNING
    speaks_dlms: ClassVar[bool] = True

    def __init__(
        self,
        eui: Eui64,
        keys: DeviceKeys,
        certificates: DeviceCertificates,
        store: TrustAnchorStore,
        context: DeviceContext,
        manufactured: datetime,
    ) -> None:
        _check_fits(eui, keys, certificates, store, self.alert_cell)
        self.eui = eui
        self.context = context
        self.manufactured = manufactured
        self.faults = NO_FAULTS
        self.state = DeviceState(keys, certificates, store)

    @staticmethod
    @abstractmethod
    def encode_alert(alert_code: int, counter: OriginatorCounter, now: datetime) -> bytes:
        """The payload of a generic critical alert, in the language of the device type."""

    @property
    def store(self) -> TrustAnchorStore:
        """The trust anchor cells."""
        return self.state.store

    @property
    def counters(self) -> ReplayCounters:
        """The replay counters."""
        return self.state.counters

    def counters_of(self, *, is_critical: bool) -> ReplayCounters:
        """The replay counters of a kind of messages; whether each kind has its own is an assumption."""
        if is_critical or self.context.assumptions.critical_and_other_messages_share_counters:
            return self.state.counters
        return self.state.non_critical_counters

    def with_counters(self, counters: ReplayCounters, *, is_critical: bool) -> DeviceState:
        """The device's state with other replay counters of a kind of messages."""
        if is_critical or self.context.assumptions.critical_and_other_messages_share_counters:
            return self.state._replace(counters=counters)
        return self.state._replace(non_critical_counters=counters)

    @property
    def signing(self) -> KeyPair:
        """The device's own digital signing key."""
        return self.state.keys.signing

    @property
    def agreement(self) -> KeyPair:
        """The device's own key agreement key."""
        return self.state.keys.agreement

    @property
    def certificates(self) -> DeviceCertificates:
        """The certificates of the device's own keys."""
        return self.state.certificates

    @property
    def alert_counter(self) -> OriginatorCounter:
        """The number of the last alert that it sent."""
        return self.state.alert_counter

    @property
    def can_alert(self) -> bool:
        """Whether a number is left for one more alert."""
        return self.state.alert_counter < UINT64_MAX

    @property
    def log(self) -> Sequence[LogEntry]:
        """The security log, oldest first; the oldest entries give way when it is full."""
        return self.state.log

    def receive(self, octets: bytes, now: datetime) -> Effects:
        """Obey or refuse one message; never raises on bad input.

        What was future-dated and is due comes first, so that its alerts stand before the response.
        """
        due = self.advance(now) if self.state.pending else ()
        effects = self._receive(octets, now + self.faults.clock_offset)
        if due:
            earlier = tuple(octets for done in due for octets in done.sent)
            effects = effects._replace(sent=earlier + effects.sent)
        return effects

    def _receive(self, octets: bytes, now: datetime) -> Effects:
        message = header = None
        try:
            message = parse(octets)
            header = message.header
            self._check_addressed(header)
            code = header.other.message_code
            handler = self.handlers.get(code)
            if handler is None:
                raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {code}")
            response, detail = handler(self, message, now)
        except DeviceRefusalError as refused:
            return self._refuse(refused.refusal, refused.detail, message, now)
        except GbcsError as error:
            return self._refuse(Refusal.MALFORMED, str(error), message, now)
        except PowerLostError:
            return Effects((), _entry(now, None, "power lost", header))
        entry = _entry(now, None, detail, header)
        if code in self.logged_codes:
            self.state = self.state.logged(entry)
        return Effects((response,), entry)

    def advance(self, now: datetime) -> tuple[Effects, ...]:
        """Execute what was future-dated and is due; the alerts that report it."""
        at = now + self.faults.clock_offset
        done = []
        while (command := next_due(self.state.pending, at)) is not None:
            done.append(self._execute_due(command, at))
        return tuple(done)

    def _execute_due(self, command: PendingCommand, now: datetime) -> Effects:
        message = parse(command.octets)
        header = message.header
        try:
            alerts, detail, event = self.due_handlers[command.code](self, command, now)
        except PowerLostError:
            return Effects((), _entry(now, None, "power lost", header))
        except DeviceRefusalError as refused:
            return self._drop(command, refused.refusal, refused.detail, message, now)
        except GbcsError as error:
            return self._drop(command, Refusal.MALFORMED, str(error), message, now)
        if not alerts:
            detail = f"{detail}; {NO_NUMBER_LEFT}"
        entry = _entry(now, None, detail, header)._replace(event=event)
        self.state = self.state.logged(entry)
        return Effects(alerts, entry)

    def _drop(
        self, command: PendingCommand, refusal: Refusal, detail: str, message: Message, now: datetime
    ) -> Effects:
        pending = without(self.state.pending, command.code, command.originator)
        self.state = self.state._replace(pending=pending)
        return self._refuse(refusal, detail, message, now)

    def commit(self, state: DeviceState) -> None:
        """Put a new state in force; the one place where the power may fail.

        Raises:
            PowerLostError: it did, before or after.
        """
        loss = self.faults.power_loss
        if loss is None:
            self.state = state
            return
        self.faults = self.faults._replace(power_loss=None)
        if loss is PowerLoss.AFTER_COMMIT:
            self.state = state
        raise PowerLostError

    def check_mac_and_signature(self, message: Message, cell: TrustAnchorCellId) -> None:
        """A critical command's MAC, then its signature; what both cover is put together once.

        Raises:
            DeviceRefusalError: as :meth:`check_mac` and :meth:`check_signature`.
        """
        grouped = message.grouped_octets()
        self.check_mac(message, grouped)
        self.check_signature(message, cell, grouped)

    def check_mac(self, message: Message, grouped: bytes | None = None) -> None:
        """A command's MAC is the access control broker's with this device.

        Raises:
            DeviceRefusalError: it is not.
        """
        if not self._is_from_broker(message, grouped):
            raise DeviceRefusalError(Refusal.WRONG_MAC, "not the access control broker's with this device")

    def _is_from_broker(self, message: Message, grouped: bytes | None = None) -> bool:
        """Whether the MAC is good; one that cannot be computed, since a key is half known, is not."""
        broker = self.store[cells.ACB_AGREEMENT].public_point
        try:
            return mac_verifies(message, self.state.keys.agreement, broker, self.context.provider, grouped)
        except GbcsError:
            return False

    def check_signature(
        self, message: Message, cell: TrustAnchorCellId, grouped: bytes | None = None
    ) -> None:
        """A critical command's signature is that of the key in the authorising cell.

        Raises:
            DeviceRefusalError: it is not.
        """
        point = self.state.store[cell].public_point
        if not signature_verifies(message, point, self.context.provider, grouped):
            raise DeviceRefusalError(Refusal.WRONG_SIGNATURE, f"not that of the key in {cell}")

    def signed_response(
        self, command: Message, payload: bytes, now: datetime | None, key: KeyPair | None = None
    ) -> bytes:
        """The response to a critical command: signed, no MAC; with the device's time if one is given.

        ``key`` signs in place of the device's signing key.
        """
        date_time = None if now is None else DlmsDateTime.of(now, 0xFF)
        header = answer_header(command.header, date_time)
        return encode_signed(Message(header, payload), key or self.signing, self.context.provider)

    def maced_response(
        self,
        command: Message,
        payload: bytes,
        addressee: TrustAnchorCellId,
        date_time: DlmsDateTime | None = None,
    ) -> bytes:
        """The response to a non-critical command: a MAC with the key in the addressee's cell."""
        header = answer_header(command.header, date_time)
        peer = self.store[addressee].public_point
        return encode(add_mac(Message(header, payload), self.agreement, peer, self.context.provider))

    def _check_addressed(self, header: GroupingHeader) -> None:
        if header.cra is not COMMAND:
            raise DeviceRefusalError(Refusal.NOT_ADDRESSED, f"a {header.cra.name.lower()}, not a command")
        if header.target != self.eui:
            raise DeviceRefusalError(Refusal.NOT_ADDRESSED, f"target is {header.target}")

    def _refuse(self, refusal: Refusal, detail: str, message: Message | None, now: datetime) -> Effects:
        if not self.can_alert:
            detail = f"{detail}; {NO_NUMBER_LEFT}"
        entry = _entry(now, refusal, detail, message.header if message else None)
        self.state = self.state.logged(entry)
        if refusal is Refusal.UNSUPPORTED and message is not None:
            return Effects(self._unsupported_alert(message, now), entry)
        if refusal.alert_code is None or not self.context.assumptions.refusals_raise_alerts:
            return Effects((), entry)
        return Effects(generic_alert(self, refusal.alert_code, now), entry)

    def _unsupported_alert(self, message: Message, now: datetime) -> tuple[bytes, ...]:
        """Alert 8F85 to whoever sent the command, if it came through the access control broker.

        Nobody knows the form that gas devices use, so they stay silent (assumed).
        """
        header, other = message.header, message.header.other
        wanted = self.context.assumptions.unsupported_raises_alert and self.speaks_dlms
        if not wanted or not self._is_from_broker(message):
            return ()
        alert_other = other._replace(
            message_code=ECS100,
            certificate=None,
            supplementary_originator_counter=None,
        )
        date_time = DlmsDateTime.of(now, 0xFF)
        command = message.code, header.originator_counter
        return self.signed_alert(
            alert_other,
            header.originator,
            lambda counter: encode_unsupported(
                UnsupportedCommandAlert(long_invoke_id(counter), date_time, *command)
            ),
        )

    def signed_alert(
        self, other: OtherInformation, recipient: Eui64, payload: Callable[[OriginatorCounter], bytes]
    ) -> tuple[bytes, ...]:
        """A critical alert under the device's next own counter, which the payload may repeat.

        None if no number is left for it.
        """
        if not self.can_alert:
            return ()
        message = self._alert(other, recipient, payload)
        return (encode_signed(message, self.signing, self.context.provider),)

    def maced_alert(
        self, code: MessageCode, cell: TrustAnchorCellId, payload: Callable[[OriginatorCounter], bytes]
    ) -> tuple[bytes, ...]:
        """A non-critical alert to the holder of a key agreement cell, under the next own counter.

        None if no number is left for it.
        """
        if not self.can_alert:
            return ()
        message = self._alert(OtherInformation(code), self.store.holder(cell).subject, payload)
        peer = self.store[cell].public_point
        return (encode(add_mac(message, self.agreement, peer, self.context.provider)),)

    def _alert(
        self, other: OtherInformation, recipient: Eui64, payload: Callable[[OriginatorCounter], bytes]
    ) -> Message:
        counter = OriginatorCounter(self.state.alert_counter + 1)
        self.state = self.state._replace(alert_counter=counter)
        return Message(GroupingHeader(Cra.ALERT, counter, self.eui, recipient, other), payload(counter))


def _check_fits(
    eui: Eui64,
    keys: DeviceKeys,
    certificates: DeviceCertificates,
    store: TrustAnchorStore,
    alert_cell: TrustAnchorCellId,
) -> None:
    """A device that could not obey or answer is a mistake of whoever makes it, not of a message."""
    if keys.signing.scalar is None:
        raise GbcsError("device/signing key", "the private half is missing")
    for key, certificate, use in zip(keys, certificates, DeviceKeys._fields, strict=True):
        if certificate.subject != eui or certificate.public_point != key.public_point:
            what = f"{certificate.subject}, expected {eui} with the key of the device"
            raise GbcsError(f"device/{use} certificate", what)
    for cell in (cells.ROOT, alert_cell, cells.ACB_AGREEMENT):
        if cell not in store:
            raise GbcsError("device/cells", f"{cell} is missing")


def _entry(now: datetime, refusal: Refusal | None, detail: str, header: GroupingHeader | None) -> LogEntry:
    if header is None:
        return LogEntry(now, refusal, detail)
    return LogEntry(
        now, refusal, detail, header.other.message_code, header.originator, header.originator_counter
    )
