"""The gas proxy function: the part of a communications hub that answers for the gas meter."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from devices import (
    firmware_management,
    joining,
    own_credentials,
    reading,
    retrieve_credentials,
    update_credentials,
)
from devices.alerting import gbz_alert
from devices.device import Device
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import DeviceType
from devices.gbcs.message import Message
from devices.metering import Meter
from devices.reads import GCS13A, answer_gcs13a
from devices.reporting import ReportingDevice


def _answer_import_registers(
    device: Device, message: Message, asking: TrustAnchorCellId, now: datetime
) -> bytes:
    provider = device.context.provider
    return answer_gcs13a(
        message.payload,
        counter=message.header.originator_counter,
        device=device.eui,
        requester=message.header.originator,
        secret=provider.agree(device.agreement, device.store[asking].public_point),
        provider=provider,
        meter=Meter(device.eui, device.manufactured),
        now=now,
    )


def _read_import_registers(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    return reading.execute(device, message, now, _answer_import_registers)


GAS_READ_HANDLERS: Final = {GCS13A: _read_import_registers}


class Gpf(ReportingDevice):
    """Mirrors the gas meter's readings; speaks GBZ to remote parties."""

    __slots__ = ()
    device_type = DeviceType.GPF
    speaks_dlms = False
    encode_alert = staticmethod(gbz_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **GAS_READ_HANDLERS,
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **joining.RESTORE_HANDLERS,
        **firmware_management.GBZ_READ_HANDLERS,
    }

    def report(self, now: datetime) -> tuple[bytes, ...]:
        """The alert GCS62."""
        return joining.back_up(self, now)
