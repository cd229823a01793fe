"""The communications hub function's device log: what its commands and its alert say (DLMS class 104).

====== ====== ============================================== =========
CCS01  0001   add a device and let it join                   SRV 8.11
CCS02  0002   remove a device                                SRV 8.11
CCS03  0003   restore the log from a backup                  SRV 8.12.1
CCS04  0004   read who is connected and how well (and CCS05) SRV 8.9
CCS06  010F   read who is in the log and when last heard     SRV 8.9
CCS07  00FE   read the present and the historic log          SRV 8.9
CS14   0018   alert: the log has changed, with a backup
====== ====== ============================================== =========

Their payloads are built and read in :mod:`devices.gbcs.chf_commands`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devices.gbcs.dlms import (
    AccessCode,
    AccessService,
    AccessSpecification,
    ObisCode,
)
from devices.gbcs.dlms_data import DataType
from devices.gbcs.dlms_shapes import (
    DATE_TIME,
    ENTITY_ID,
    ENUM,
    INT8,
    UINT8,
    UINT16,
    Flags,
    Integer,
    ListOf,
    Octets,
    Record,
)
from devices.gbcs.identifiers import Eui64, MessageCode
from devices.gbcs.message import DlmsDateTime

CCS01: Final = MessageCode(0x0001)
CCS02: Final = MessageCode(0x0002)
CCS03: Final = MessageCode(0x0003)
CCS04: Final = MessageCode(0x0004)
CCS06: Final = MessageCode(0x010F)
CCS07: Final = MessageCode(0x00FE)
CS14: Final = MessageCode(0x0018)
CHF_LOG_CHANGED: Final = 0x8F12

_NETWORK_CONTROL: Final = 104
_LOG: Final = ObisCode(bytes((0, 0, 30, 3, 0, 255)))
_HISTORIC_LOG: Final = ObisCode(bytes((0, 0, 30, 3, 1, 255)))


def _item(service: AccessService, member: int, instance: ObisCode = _LOG) -> AccessSpecification:
    return AccessSpecification(service, _NETWORK_CONTROL, instance, member)


ITEMS: Final = {
    CCS01: (_item(AccessService.ACTION, 1), _item(AccessService.SET, 3), _item(AccessService.SET, 2)),
    CCS02: (_item(AccessService.ACTION, 2),),
    CCS03: (_item(AccessService.ACTION, 5),),
    CCS04: (_item(AccessService.GET, 4),),
    CCS06: (_item(AccessService.GET, 4),),
    CCS07: (_item(AccessService.ACTION, 4), _item(AccessService.ACTION, 4, _HISTORIC_LOG)),
}
"""What each use case asks, in its order."""


class Registration(NamedTuple):
    """A device that may join, and its install code (16 octets).

    What ``key_kind`` and ``device_kind`` count was not found; the defaults are those of real commands.
    """

    device: Eui64
    key_kind: int
    install_code: bytes
    device_kind: int

    @classmethod
    def of(cls, device: Eui64, install_code: bytes) -> Registration:
        """With the kinds of real commands."""
        return cls(device, 1, install_code, 0)


class Admission(NamedTuple):
    """What CCS01 says: a device, and for how many seconds joining is open."""

    registration: Registration
    join_seconds: int


class BackedUpDevice(NamedTuple):
    """A device in a backup, and the hash of its link key: 16 octets, or none until there is such a key."""

    device: Eui64
    key: bytes


class LogRestore(NamedTuple):
    """What CCS03 says: the extended id of the home's network (8 octets), and who is in it."""

    pan_id: bytes
    devices: tuple[BackedUpDevice, ...]


class LogBackup(NamedTuple):
    """A backup of the log, and when it was made."""

    at: DlmsDateTime
    pan_id: bytes
    devices: tuple[BackedUpDevice, ...]


class ConnectedDevice(NamedTuple):
    """A device on the home's network: signal strengths in dBm, link qualities 0 to 255."""

    device: Eui64
    status: int
    greatest_rssi_dbm: int
    average_rssi_dbm: int
    least_rssi_dbm: int
    greatest_link_quality: int
    average_link_quality: int
    least_link_quality: int
    last_communication: DlmsDateTime
    hops: int
    transmission_failures: int
    transmission_successes: int
    application_version: int
    stack_version: int


class Backups(NamedTuple):
    """What CCS07 answers: a code for the present log and one for the historic; None where not SUCCESS.

    The historic log lists devices that were removed, with the link keys that they had.
    """

    codes: tuple[AccessCode, ...]
    present: LogBackup | None
    historic: LogBackup | None


class LogAlert(NamedTuple):
    """What CS14 says."""

    alert_code: int
    at: DlmsDateTime
    backup: LogBackup


JOINING_IS_OPEN: Final = 0xFF
REGISTRATION: Final = Record(Registration, (ENTITY_ID, ENUM, Octets(16), ENUM))
JOINING: Final = Integer(DataType.BOOLEAN)
_PAN_ID: Final = Octets(8)
_BACKED_UP: Final = ListOf(Record(BackedUpDevice, (ENTITY_ID, Octets(16, or_empty=True))))
RESTORE: Final = Record(LogRestore, (_PAN_ID, _BACKED_UP))
BACKUP: Final = Record(LogBackup, (DATE_TIME, _PAN_ID, _BACKED_UP))
ALERT: Final = Record(LogAlert, (UINT16, DATE_TIME, BACKUP))
CONNECTED: Final = ListOf(
    Record(
        ConnectedDevice,
        (ENTITY_ID, Flags(), INT8, INT8, INT8, UINT8, UINT8, UINT8, DATE_TIME, *(UINT8,) * 5),
    )
)
