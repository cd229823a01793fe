"""The gas smart metering equipment."""

from __future__ import annotations

from typing import ClassVar

from devices import (
    clock_setting,
    configuration_commands,
    firmware_management,
    joining,
    own_credentials,
    retrieve_credentials,
    top_up_commands,
    update_credentials,
)
from devices.alerting import gbz_alert
from devices.gbcs.identifiers import DeviceType
from devices.meter_reading import read_handlers
from devices.prepayment_meter import PrepaymentMeter


class Gsme(PrepaymentMeter):
    """A gas meter; speaks GBZ to remote parties."""

    __slots__ = ()
    device_type = DeviceType.GSME
    speaks_dlms = False
    encode_alert = staticmethod(gbz_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **read_handlers(DeviceType.GSME),
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **firmware_management.HANDLERS,
        **clock_setting.GAS_HANDLERS,
        **configuration_commands.GAS_HANDLERS,
        **top_up_commands.GAS_HANDLERS,
    }
    due_handlers: ClassVar = {**update_credentials.DUE_HANDLERS, **firmware_management.DUE_HANDLERS}
