"""The gas smart metering equipment."""

from __future__ import annotations

from typing import ClassVar

from devices import (
    clock_setting,
    firmware_management,
    joining,
    own_credentials,
    retrieve_credentials,
    update_credentials,
)
from devices.alerting import gbz_alert
from devices.device import Device
from devices.gbcs.identifiers import DeviceType
from devices.gpf import GAS_READ_HANDLERS


class Gsme(Device):
    """A gas meter; speaks GBZ to remote parties."""

    __slots__ = ()
    device_type = DeviceType.GSME
    speaks_dlms = False
    encode_alert = staticmethod(gbz_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **GAS_READ_HANDLERS,
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **firmware_management.HANDLERS,
        **firmware_management.GBZ_READ_HANDLERS,
        **clock_setting.GAS_HANDLERS,
    }
    due_handlers: ClassVar = {**update_credentials.DUE_HANDLERS, **firmware_management.DUE_HANDLERS}
