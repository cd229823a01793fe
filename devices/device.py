"""A device: takes bytes, gives back what it sends and what it writes down (GBCS 6.2.4).

Sans I/O and without a clock: ``receive(octets, now)``. What fails a check is discarded without a
response, logged with the reason, and reported to the holder of the supplier cell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from devices import cells
from devices.alerting import GENERIC_CRITICAL_ALERT
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, DlmsDateTime, GroupingHeader, Message, OtherInformation, encode, parse
from devices.gbcs.protection import add_mac, answer_header, mac_verifies, sign, signature_verifies
from devices.replay import ReplayCounters
from devices.security_log import DeviceRefusalError, LogEntry, Refusal
from devices.state import DeviceCertificates, DeviceKeys, DeviceState
from devices.trust_anchor import TrustAnchorStore


class DeviceContext(NamedTuple):
    """What all devices of a run share: cryptography, the path validator, the assumptions in force."""

    provider: CryptoProvider
    validator: PathValidator
    assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS


class Effects(NamedTuple):
    """What one received message caused: octets sent, in order, and one line for the log or a trace."""

    sent: tuple[bytes, ...]
    entry: LogEntry

    @property
    def accepted(self) -> bool:
        """Whether the message was obeyed."""
        return self.entry.refusal is None


Handler = Callable[["Device", Message, datetime], tuple[bytes, str]]


class Device(ABC):
    """What all device types have in common; a type says which use cases it knows and how it alerts.

    Raises:
        GbcsError: the certificates are not those of this device's keys, the private signing key is missing,
            or a cell that every device needs is.
    """

    __slots__ = (
        "context",
        "eui",
        "manufactured",
        "state",
    )

    device_type: ClassVar[DeviceType]
    handlers: ClassVar[Mapping[MessageCode, Handler]]
    # Codes whose execution is itself an event of the security log.
    logged_codes: ClassVar[frozenset[MessageCode]] = frozenset(map(MessageCode, range(0x0100, 0x010A)))

    def __init__(
        self,
        eui: Eui64,
        keys: DeviceKeys,
        certificates: DeviceCertificates,
        store: TrustAnchorStore,
        context: DeviceContext,
        manufactured: datetime,
    ) -> None:
        _check_fits(eui, keys, certificates, store)
        self.eui = eui
        self.context = context
        self.manufactured = manufactured
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
    def log(self) -> Sequence[LogEntry]:
        """The security log, oldest first; the oldest entries give way when it is full."""
        return self.state.log

    def receive(self, octets: bytes, now: datetime) -> Effects:
        """Obey or refuse one message; never raises on bad input."""
        header = None
        try:
            message = parse(octets)
            header = message.header
            self._check_addressed(header)
            handler = self.handlers.get(message.code)
            if handler is None:
                raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
            response, detail = handler(self, message, now)
        except DeviceRefusalError as refused:
            return self._refuse(refused.refusal, refused.detail, header, now)
        except GbcsError as error:
            return self._refuse(Refusal.MALFORMED, str(error), header, now)
        entry = _entry(now, None, detail, header)
        if message.code in self.logged_codes:
            self.state = self.state.logged(entry)
        return Effects((response,), entry)

    def commit(self, store: TrustAnchorStore, counters: ReplayCounters) -> None:
        """Put new cells and counters in force together."""
        self.state = self.state._replace(store=store, counters=counters)

    def check_mac(self, message: Message) -> None:
        """A command's MAC is the access control broker's with this device.

        Raises:
            DeviceRefusalError: it is not.
        """
        broker = self.store[cells.ACB_AGREEMENT].public_point
        if not mac_verifies(message, self.agreement, broker, self.context.provider):
            raise DeviceRefusalError(Refusal.WRONG_MAC, "not the access control broker's with this device")

    def check_signature(self, message: Message, cell: TrustAnchorCellId) -> None:
        """A critical command's signature is that of the key in the authorising cell.

        Raises:
            DeviceRefusalError: it is not.
        """
        if not signature_verifies(message, self.store[cell].public_point, self.context.provider):
            raise DeviceRefusalError(Refusal.WRONG_SIGNATURE, f"not that of the key in {cell}")

    def signed_response(self, command: Message, payload: bytes, now: datetime) -> bytes:
        """The response to a critical command: signed, no MAC, with the device's time."""
        header = answer_header(command.header, DlmsDateTime.of(now, 0xFF))
        return encode(sign(Message(header, payload), self.signing, self.context.provider))

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
        if header.cra is not Cra.COMMAND:
            raise DeviceRefusalError(Refusal.NOT_ADDRESSED, f"a {header.cra.name.lower()}, not a command")
        if header.target != self.eui:
            raise DeviceRefusalError(Refusal.NOT_ADDRESSED, f"target is {header.target}")

    def _refuse(self, refusal: Refusal, detail: str, header: GroupingHeader | None, now: datetime) -> Effects:
        entry = _entry(now, refusal, detail, header)
        self.state = self.state.logged(entry)
        if refusal.alert_code is None or not self.context.assumptions.refusals_raise_alerts:
            return Effects((), entry)
        return Effects((self._alert(refusal.alert_code, now),), entry)

    def _alert(self, alert_code: int, now: datetime) -> bytes:
        """A generic critical alert to the holder of the supplier cell, under the device's own counter."""
        counter = OriginatorCounter(self.state.alert_counter + 1)
        self.state = self.state._replace(alert_counter=counter)
        recipient = self.store.holder(cells.SUPPLIER_SIGNING).subject
        other = OtherInformation(GENERIC_CRITICAL_ALERT)
        header = GroupingHeader(Cra.ALERT, counter, self.eui, recipient, other)
        payload = self.encode_alert(alert_code, counter, now)
        return encode(sign(Message(header, payload), self.signing, self.context.provider))


def _check_fits(
    eui: Eui64, keys: DeviceKeys, certificates: DeviceCertificates, store: TrustAnchorStore
) -> None:
    """A device that could not obey or answer is a mistake of whoever makes it, not of a message."""
    if keys.signing.scalar is None:
        raise GbcsError("device/signing key", "the private half is missing")
    for key, certificate, use in zip(keys, certificates, DeviceKeys._fields, strict=True):
        if certificate.subject != eui or certificate.public_point != key.public_point:
            what = f"{certificate.subject}, expected {eui} with the key of the device"
            raise GbcsError(f"device/{use} certificate", what)
    for cell in (cells.ROOT, cells.SUPPLIER_SIGNING, cells.ACB_AGREEMENT):
        if cell not in store:
            raise GbcsError("device/cells", f"{cell} is missing")


def _entry(now: datetime, refusal: Refusal | None, detail: str, header: GroupingHeader | None) -> LogEntry:
    if header is None:
        return LogEntry(now, refusal, detail)
    return LogEntry(
        now, refusal, detail, header.other.message_code, header.originator, header.originator_counter
    )
