"""Bodies of the services that set something on a meter (2.2, 6.11, 6.20, 6.22, 8.1.1, 11.3, 14.1)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from dcc.identifiers import Mpan, Mpxn


class TopUp(NamedTuple):
    """Body of 2.2: the Unique Transaction Reference Number, 20 digits."""

    utrn: str


class SynchroniseClock(NamedTuple):
    """Body of 8.1.1 and 6.11: the time, and how far off, 0 to 86400 seconds, is near enough."""

    current_date_time: datetime
    tolerance_seconds: int


class SetImportMpxn(NamedTuple):
    """Body of 6.20.1: MPAN of an ESME with its secondary one, or MPRN of a GSME."""

    import_mpxn: Mpxn
    secondary_import_mpan: Mpan | None = None
    execution_date_time: datetime | None = None


class SetExportMpan(NamedTuple):
    """Body of 6.20.2."""

    export_mpan: Mpan
    execution_date_time: datetime | None = None


class AlertGroup(enum.Enum):
    """The element of 6.22 by which a group of settings goes."""

    ELECTRICITY_SUPPLIER_ALERTS = "ElectricitySupplierAlerts"
    ELECTRICITY_SUPPLIER_HAN_ALERTS = "ElectricitySupplierHANAlertSettings"
    ELECTRICITY_SUPPLIER_ALARMS = "ElectricitySupplierAlarmSettings"
    ELECTRICITY_SUPPLIER_LOGGING = "ElectricitySupplierLoggingSettings"
    ELECTRICITY_NETWORK_ALERTS = "ElectricityNetworkOperatorAlerts"
    ELECTRICITY_NETWORK_LOGGING = "ElectricityNetworkOperatorLoggingSettings"
    GAS_SUPPLIER_ALERTS = "GasSupplierAlerts"
    GAS_SUPPLIER_ALERTS_AND_EVENTS = "GasSupplierAlertEventSettings"


class GasAlertSetting(NamedTuple):
    """What a GSME does on an event."""

    wan_alert: bool
    han_alert: bool
    event_log: bool
    alarm: bool


class ConfigureAlerts(NamedTuple):
    """Body of 6.22: by section of its group (``SupplierESMECommon``; "" for gas) and event code, on or off.

    A group of alerts and events of gas has a :class:`GasAlertSetting` for each code.
    """

    group: AlertGroup
    settings: Mapping[str, Mapping[int, bool | GasAlertSetting]]


class ActivateFirmware(NamedTuple):
    """Body of 11.3: the SHA-256 of the image, 32 octets."""

    firmware_hash: bytes
    execution_date_time: datetime | None = None


class RecordGasNetworkData(NamedTuple):
    """Body of 14.1; it has no parameters."""
