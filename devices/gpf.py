"""The gas proxy function: the part of a communications hub that answers for the gas meter."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from devices import joining, own_credentials, retrieve_credentials, update_credentials
from devices.alerting import gbz_alert
from devices.gbcs.identifiers import DeviceType
from devices.meter_reading import read_handlers
from devices.reporting import ReportingDevice


class Gpf(ReportingDevice):
    """Mirrors the gas meter's readings; speaks GBZ to remote parties."""

    __slots__ = ()
    device_type = DeviceType.GPF
    speaks_dlms = False
    encode_alert = staticmethod(gbz_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **read_handlers(DeviceType.GPF),
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **joining.HANDLERS,
        **joining.RESTORE_HANDLERS,
    }

    def report(self, now: datetime) -> tuple[bytes, ...]:
        """The alert GCS62."""
        return joining.back_up(self, now)
