"""A device in the SMKI recovery procedure: its status, and who is told.

N43 for credentials replaced by the access control broker's and N44 for a recovery that is complete are
assumed: which of N43 to N48 says what was not seen.
"""

from __future__ import annotations

from datetime import datetime

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import (
    CertificateType,
    DccAlert,
    DeviceStatusChange,
    PlainChange,
    RecoveredToBroker,
)
from dcc.inventory_status import StatusCause
from dcc.notices import Notice
from dcc.world import DccWorld
from devices.gbcs.identifiers import Eui64


def begin(world: DccWorld, device: Eui64, now: datetime) -> None:
    """The recovery procedure begins: the DCC alone may now speak to the device.

    Raises:
        UnknownDevice, IllegalTransition: there is no such device, or it is not Commissioned.
    """
    world.inventory.change_status(device, StatusCause.RECOVERY_STARTED, now)


def replaced_by_broker(
    world: DccWorld,
    device: Eui64,
    supplier: tuple[CertificateType, ...],
    network_operator: tuple[CertificateType, ...],
    now: datetime,
) -> tuple[Notice, ...]:
    """The broker's certificates of these types are in place: the device is Recovered, its parties are told.

    Raises:
        UnknownDevice, IllegalTransition: there is no such device, or it is not in recovery.
    """
    world.inventory.change_status(device, StatusCause.RECOVERY_DONE, now)
    change = DeviceStatusChange(device, RecoveredToBroker(supplier, network_operator))
    return _tell(world, device, DccAlert(DccAlertCode.N43, change), now)


def complete(world: DccWorld, device: Eui64, now: datetime) -> tuple[Notice, ...]:
    """The parties' own credentials are in place again: the device is Commissioned, its parties are told.

    Raises:
        UnknownDevice, IllegalTransition: there is no such device, or it is not Recovered.
    """
    world.inventory.change_status(device, StatusCause.CREDENTIALS_REPLACED, now)
    change = DeviceStatusChange(device, PlainChange.RECOVERY_COMPLETE)
    return _tell(world, device, DccAlert(DccAlertCode.N44, change), now)


def _tell(world: DccWorld, device: Eui64, alert: DccAlert, now: datetime) -> tuple[Notice, ...]:
    told = (*addressees.suppliers(world, device, now), *addressees.network_operators(world, device, now))
    return tuple(Notice(user, alert) for user in dict.fromkeys(told))
