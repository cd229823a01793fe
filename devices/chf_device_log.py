"""The communications hub function's device log as it changes: add, remove, restore, join, back up.

An immutable value; what is asked of it gives a new one and a result code. A device that is removed leaves
its link key in the historic log, and may come back with it. Hand-held terminals, which do not, are unknown
here. Which code says which refusal and how many devices fit are assumed, not confirmed, but for the sixteen
that a response may list, the fifteen of the historic log and the code of a removal that fails.
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
HISTORIC_CAPACITY_DEVICES: Final = 15
NO_KEY: Final = b""
"""The hash of a link key that there is not: the device was added and has not joined yet."""

NEVER: Final = DlmsDateTime(0xFFFF, *(0xFF,) * 7, deviation=0x8000, clock_status=STATUS_NOT_SPECIFIED)
"""When a device was last heard that was not yet."""

FULL: Final = AccessCode.TEMPORARY_FAILURE
NOT_REMOVED: Final = AccessCode.HARDWARE_FAULT


class JoinWindow(NamedTuple):
    """While joining is open: from one moment until another, both included."""

    opened: datetime
    until: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether devices may join."""
        return self.opened <= now <= self.until

    def is_in_first_half(self, now: datetime) -> bool:
        """Whether a removed device may come back with its historic key, and not join anew yet."""
        return self.opened <= now < self.opened + (self.until - self.opened) / 2


class ChfDeviceLog(NamedTuple):
    """The log of a home's network: its extended id (8 octets), who is in it, who left it (oldest first)."""

    pan_id: bytes
    devices: tuple[BackedUpDevice, ...] = ()
    historic: tuple[BackedUpDevice, ...] = ()
    window: JoinWindow | None = None

    def added(self, admission: Admission, now: datetime) -> tuple[ChfDeviceLog, tuple[AccessCode, ...]]:
        """The log with one more device, and joining open; a device that is there keeps its key.

        The codes are those of the three items of CCS01: what follows a refused one is not done.
        """
        device = admission.registration.device
        known = _find(self.devices, device) is not None
        if not known and len(self.devices) >= CAPACITY_DEVICES:
            return self, (FULL, AccessCode.OTHER_REASON, AccessCode.OTHER_REASON)
        devices = self.devices if known else (*self.devices, BackedUpDevice(device, NO_KEY))
        window = JoinWindow(now, now + timedelta(seconds=admission.join_seconds))
        return self._replace(devices=devices, window=window), (AccessCode.SUCCESS,) * 3

    def removed(self, device: Eui64) -> tuple[ChfDeviceLog, tuple[AccessCode, ...]]:
        """The log without a device; if it had a link key, it is now the latest of the historic log."""
        entry = _find(self.devices, device)
        if entry is None:
            return self, (NOT_REMOVED,)
        historic = self.historic
        if entry.key != NO_KEY:
            historic = (*_without(historic, device), entry)[-HISTORIC_CAPACITY_DEVICES:]
        log = self._replace(devices=_without(self.devices, device), historic=historic)
        return log, (AccessCode.SUCCESS,)

    def restored(self, restore: LogRestore) -> tuple[ChfDeviceLog, tuple[AccessCode, ...]]:
        """The log of a backup; the historic log stays (assumed)."""
        if len(restore.devices) > CAPACITY_DEVICES:
            return self, (FULL,)
        return self._replace(pan_id=restore.pan_id, devices=restore.devices), (AccessCode.SUCCESS,)

    def joined(self, device: Eui64, key: bytes, now: datetime) -> ChfDeviceLog:
        """The log after a device has joined by its install code, with the hash of its link key (16 octets).

        Nothing changes unless the device is in the log and joining is open: to a device that may come back
        with its historic key in the second half alone.
        """
        if self.window is None or not self.window.is_open(now) or self._historic_key(device, now) is not None:
            return self
        return self._with_key(device, key)

    def resumed(self, device: Eui64, now: datetime) -> ChfDeviceLog:
        """The log after a device has come back with its historic key; unchanged where it may not."""
        key = self._historic_key(device, now)
        return self if key is None else self._with_key(device, key)

    def _historic_key(self, device: Eui64, now: datetime) -> bytes | None:
        """The key with which a device that was removed and added again may come back now."""
        present, past = _find(self.devices, device), _find(self.historic, device)
        if present is None or present.key != NO_KEY or past is None:
            return None
        return past.key if self.window is not None and self.window.is_in_first_half(now) else None

    def _with_key(self, device: Eui64, key: bytes) -> ChfDeviceLog:
        entries = [entry._replace(key=key) if entry.device == device else entry for entry in self.devices]
        return self._replace(devices=tuple(entries))

    def backup(self, now: datetime) -> LogBackup:
        """The log as a backup."""
        return LogBackup(DlmsDateTime.of(now, STATUS_NOT_SPECIFIED), self.pan_id, self.devices)

    def backups(self, now: datetime) -> Backups:
        """What CCS07 answers; a historic log without entries is given as it is (assumed)."""
        present = self.backup(now)
        return Backups((AccessCode.SUCCESS,) * 2, present, present._replace(devices=self.historic))

    def connected(self, now: datetime) -> tuple[ConnectedDevice, ...]:
        """What CCS04 answers for the devices that have joined; the radio figures are made up by device."""
        at = DlmsDateTime.of(now, STATUS_NOT_SPECIFIED)
        return tuple([_connected(entry.device, at) for entry in self.devices if entry.key != NO_KEY])

    def listed(self, now: datetime) -> tuple[ConnectedDevice, ...]:
        """What CCS06 answers: all devices; those that have not joined were never heard (assumed)."""
        at = DlmsDateTime.of(now, STATUS_NOT_SPECIFIED)
        heard = [(entry.device, NEVER if entry.key == NO_KEY else at) for entry in self.devices]
        return tuple([_connected(*each) for each in heard])


def _find(entries: tuple[BackedUpDevice, ...], device: Eui64) -> BackedUpDevice | None:
    return next((entry for entry in entries if entry.device == device), None)


def _without(entries: tuple[BackedUpDevice, ...], device: Eui64) -> tuple[BackedUpDevice, ...]:
    return tuple([entry for entry in entries if entry.device != device])


def _connected(device: Eui64, at: DlmsDateTime) -> ConnectedDevice:
    noise = hashlib.blake2b(device, digest_size=3).digest()
    average = -50 - noise[0] % 30
    best, worst = average + noise[1] % 15, average - noise[2] % 15
    quality = 255 + 2 * average
    return ConnectedDevice(
        device, 0, best, average, worst, quality + 10, quality, quality - 10, at, 1, 0, 100, 1, 1
    )
