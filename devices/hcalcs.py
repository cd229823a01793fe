"""The HAN connected auxiliary load control switch."""

from __future__ import annotations

from typing import ClassVar

from devices import (
    firmware_management,
    joining,
    own_credentials,
    retrieve_credentials,
    update_credentials,
)
from devices.alerting import gbz_alert
from devices.device import Device
from devices.gbcs.identifiers import DeviceType


class Hcalcs(Device):
    """A load control switch; in which form it alerts is assumed."""

    __slots__ = ()
    device_type = DeviceType.HCALCS
    speaks_dlms = False
    encode_alert = staticmethod(gbz_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **firmware_management.DER_READ_HANDLERS,
    }
