"""The communications hub function's device log as it changes: add, remove, restore, back up.

An immutable value; what is asked of it gives a new one and a result code. Which code says which refusal
and how many devices fit are assumed, not confirmed, but for the sixteen that a response may list.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from devices.gbcs.chf_log import (
    Admission,
    BackedUpDevice,
    Backups,
    ConnectedDevice,
    LogBackup,
    LogRestore,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_times import STATUS_NOT_SPECIFIED
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import DlmsDateTime

CAPACITY_DEVICES: Final = 16
NO_KEY: Final = bytes(16)
"""What stands for the link key of a device that was added and has not joined yet."""

FULL: Final = AccessCode.TEMPORARY_FAILURE
UNKNOWN_DEVICE: Final = AccessCode.OBJECT_UNAVAILABLE


class ChfDeviceLog(NamedTuple):
    """The log of a home's network: its extended id (8 octets), who is in it, what was there before.

    ``former`` is the log that the last restore replaced. ``joining_until`` is when joining closes.
    """

    pan_id: bytes
    devices: tuple[BackedUpDevice, ...] = ()
    former: LogBackup | None = None
    joining_until: datetime | None = None

    def added(self, admission: Admission, now: datetime) -> tuple[ChfDeviceLog, tuple[AccessCode, ...]]:
        """The log with one more device, and joining open; a device that is there stays, and may join again.

        The codes are those of the three items of CCS01: what follows a refused one is not done.
        """
        device = admission.registration.device
        known = any(entry.device == device for entry in self.devices)
        if not known and len(self.devices) >= CAPACITY_DEVICES:
            return self, (FULL, AccessCode.OTHER_REASON, AccessCode.OTHER_REASON)
        devices = self.devices if known else (*self.devices, BackedUpDevice(device, NO_KEY))
        until = now + timedelta(seconds=admission.join_seconds)
        return self._replace(devices=devices, joining_until=until), (AccessCode.SUCCESS,) * 3

    def removed(self, device: Eui64) -> tuple[ChfDeviceLog, tuple[AccessCode, ...]]:
        """The log without a device."""
        devices = tuple([entry for entry in self.devices if entry.device != device])
        if len(devices) == len(self.devices):
            return self, (UNKNOWN_DEVICE,)
        return self._replace(devices=devices), (AccessCode.SUCCESS,)

    def restored(self, restore: LogRestore, now: datetime) -> tuple[ChfDeviceLog, tuple[AccessCode, ...]]:
        """The log of a backup; the present one becomes the former."""
        if len(restore.devices) > CAPACITY_DEVICES:
            return self, (FULL,)
        log = ChfDeviceLog(restore.pan_id, restore.devices, self.backup(now), self.joining_until)
        return log, (AccessCode.SUCCESS,)

    def joined(self, device: Eui64, key: bytes, now: datetime) -> ChfDeviceLog:
        """The log after a device has joined with what stands for its link key (16 octets).

        Nothing changes unless the device is in the log and joining is open.
        """
        if self.joining_until is None or now > self.joining_until:
            return self
        entries = [entry._replace(key=key) if entry.device == device else entry for entry in self.devices]
        return self._replace(devices=tuple(entries))

    def backup(self, now: datetime) -> LogBackup:
        """The log as a backup."""
        return LogBackup(DlmsDateTime.of(now, STATUS_NOT_SPECIFIED), self.pan_id, self.devices)

    def backups(self, now: datetime) -> Backups:
        """What CCS07 answers: without a former log, the second result says that there is none."""
        present = self.backup(now)
        if self.former is None:
            return Backups((AccessCode.SUCCESS, AccessCode.OBJECT_UNAVAILABLE), present, None)
        return Backups((AccessCode.SUCCESS,) * 2, present, self.former)

    def connected(self, now: datetime) -> tuple[ConnectedDevice, ...]:
        """What CCS04 answers for the devices that have joined; the radio figures are made up by device."""
        at = DlmsDateTime.of(now, STATUS_NOT_SPECIFIED)
        return tuple([_connected(entry.device, at) for entry in self.devices if entry.key != NO_KEY])


def _connected(device: Eui64, at: DlmsDateTime) -> ConnectedDevice:
    noise = hashlib.blake2b(device, digest_size=3).digest()
    average = -50 - noise[0] % 30
    best, worst = average + noise[1] % 15, average - noise[2] % 15
    quality = 255 + 2 * average
    return ConnectedDevice(
        device, 0, best, average, worst, quality + 10, quality, quality - 10, at, 1, 0, 100, 1, 1
    )
