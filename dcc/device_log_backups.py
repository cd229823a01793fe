"""The device logs that the DCC keeps of hubs and gas proxy functions, to restore them on a new hub."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.gbcs.chf_log import LogBackup
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.identifiers import Eui64


@dataclass(slots=True)
class DeviceLogBackups:
    """By Device ID, the last log that each device sent."""

    hubs: dict[Eui64, LogBackup] = field(default_factory=dict)
    gas_proxies: dict[Eui64, tuple[DeviceLogEntry, ...]] = field(default_factory=dict)
