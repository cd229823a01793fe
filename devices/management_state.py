"""What joins, key renewals, firmware and clock commands change about a device, as immutable values.

Each has a default, the state at manufacture, that all devices share.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple, Self

from devices.chf_device_log import ChfDeviceLog
from devices.defects import check_defect
from devices.gbcs.chf_log import BackedUpDevice
from devices.gbcs.crypto import KeyPair
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.firmware import FirmwareVersion
from devices.gbcs.gas_clock import TimeStatus
from devices.gbcs.identifiers import Eui64, KeyUsage, MessageCode
from devices.gbcs.joins import JoinDeviceType

DEVICE_LOG_CAPACITY_ENTRIES: Final = 16
"""How many devices a device log holds at least is assumed, not confirmed."""


class KeyRenewal(NamedTuple):
    """Key pairs made for CS02c that wait for their certificate; ``generation`` counts all that were made."""

    generation: int = 0
    signing: KeyPair | None = None
    agreement: KeyPair | None = None

    def pending(self, usage: KeyUsage) -> KeyPair | None:
        """The key pair that waits, of one usage."""
        return self.signing if usage is KeyUsage.DIGITAL_SIGNATURE else self.agreement

    def with_pending(self, usage: KeyUsage, key: KeyPair | None) -> KeyRenewal:
        """With another key pair of one usage waiting, or with none."""
        if usage is KeyUsage.DIGITAL_SIGNATURE:
            return self._replace(signing=key)
        return self._replace(agreement=key)


class JoinedDevice(NamedTuple):
    """An entry of a device log; ``certificate`` (DER) is the other device's for key agreement.

    A gas meter and a prepayment interface device know each other's certificate; no others do.
    """

    device: Eui64
    device_type: JoinDeviceType
    certificate: bytes | None = None

    @property
    def entry(self) -> DeviceLogEntry:
        """What a device log says of it."""
        return DeviceLogEntry(self.device, self.device_type)


class DeviceLog(NamedTuple):
    """The devices that a device has joined, in their order.

    ``backed_up`` are the entries that the last backup told, or would have with a number left for it, where
    the device sends backups.
    """

    entries: tuple[JoinedDevice, ...] = ()
    capacity: int = DEVICE_LOG_CAPACITY_ENTRIES
    backed_up: tuple[DeviceLogEntry, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another device."""
        return len(self.entries) >= self.capacity

    def find(self, device: Eui64) -> JoinedDevice | None:
        """The entry of a device."""
        return next((entry for entry in self.entries if entry.device == device), None)

    def listed(self) -> tuple[DeviceLogEntry, ...]:
        """The entries as messages list them."""
        return tuple([entry.entry for entry in self.entries])

    def with_entry(self, joined: JoinedDevice) -> DeviceLog:
        """With a device, in the place of its former entry if there is one."""
        if self.find(joined.device) is None:
            return self._replace(entries=(*self.entries, joined))
        kept = [joined if entry.device == joined.device else entry for entry in self.entries]
        return self._replace(entries=tuple(kept))

    def without(self, device: Eui64) -> DeviceLog:
        """Without a device."""
        return self._replace(entries=tuple([entry for entry in self.entries if entry.device != device]))


class FirmwareImage(NamedTuple):
    """An image that was distributed to a device: its SHA-256 (32 octets) and the version it brings."""

    image_hash: bytes
    version: FirmwareVersion


class Firmware(NamedTuple):
    """The version in use, and the image that waits for its activation."""

    version: FirmwareVersion = FirmwareVersion(bytes.fromhex("00000001"))
    image: FirmwareImage | None = None


class DeviceClock(NamedTuple):
    """How far a device trusts its clock, and when it was set for the first time: its commissioning."""

    status: TimeStatus = TimeStatus.INVALID
    commissioned_at: datetime | None = None


class HubLog(NamedTuple):
    """A communications hub's device log.

    ``backed_up`` are the entries that the last alert told, or would have with a number left for it.
    """

    log: ChfDeviceLog = ChfDeviceLog(bytes(8))
    backed_up: tuple[BackedUpDevice, ...] = ()


class _Defect(NamedTuple):
    code: MessageCode
    result: int
    item: int


class Defect(_Defect):
    """A use case that a device cannot carry out, and how it answers.

    ``result`` is a number of the use case's own kind of answer; where it answers item by item, ``item`` is
    the first that fails, from 0.

    Raises:
        GbcsError: the use case has no such failure.
    """

    __slots__ = ()

    def __new__(cls, code: MessageCode, result: int, item: int = 0) -> Self:
        """Take a failure that the use case can have."""
        check_defect(code, result, item)
        return super().__new__(cls, code, result, item)
