"""The electricity smart metering equipment."""

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
from devices.alerting import dlms_alert
from devices.gbcs.identifiers import DeviceType
from devices.meter_reading import read_handlers
from devices.prepayment_meter import PrepaymentMeter


class Esme(PrepaymentMeter):
    """An electricity meter; speaks DLMS to remote parties."""

    __slots__ = ()
    device_type = DeviceType.ESME
    encode_alert = staticmethod(dlms_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **read_handlers(DeviceType.ESME),
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **firmware_management.HANDLERS,
        **clock_setting.METER_HANDLERS,
        **configuration_commands.METER_HANDLERS,
        **top_up_commands.METER_HANDLERS,
    }
    due_handlers: ClassVar = {**update_credentials.DUE_HANDLERS, **firmware_management.DUE_HANDLERS}
