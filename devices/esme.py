"""The electricity smart metering equipment."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from devices import (
    clock_setting,
    firmware_management,
    joining,
    own_credentials,
    reading,
    retrieve_credentials,
    update_credentials,
)
from devices.alerting import dlms_alert
from devices.device import Device
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import DeviceType
from devices.gbcs.message import Message
from devices.metering import Meter
from devices.reads import ECS23, answer_ecs23


def _answer_network_data(
    device: Device, message: Message, _asking: TrustAnchorCellId, now: datetime
) -> bytes:
    meter = Meter(device.eui, device.manufactured)
    return answer_ecs23(message.payload, counter=message.header.originator_counter, meter=meter, now=now)


def _read_network_data(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    return reading.execute(device, message, now, _answer_network_data)


class Esme(Device):
    """An electricity meter; speaks DLMS to remote parties."""

    __slots__ = ()
    device_type = DeviceType.ESME
    encode_alert = staticmethod(dlms_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        ECS23: _read_network_data,
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **firmware_management.HANDLERS,
        **firmware_management.DLMS_READ_HANDLERS,
        **clock_setting.METER_HANDLERS,
    }
    due_handlers: ClassVar = {**update_credentials.DUE_HANDLERS, **firmware_management.DUE_HANDLERS}
