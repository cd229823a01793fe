"""The communications hub function: the home's network, as the DCC manages it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from devices import (
    cells,
    hub_commands,
    own_credentials,
    retrieve_credentials,
    update_credentials,
)
from devices.alerting import dlms_alert
from devices.chf_device_log import ChfDeviceLog
from devices.gbcs.identifiers import DeviceType, Eui64
from devices.meter_reading import read_handlers
from devices.reporting import ReportingDevice


class Chf(ReportingDevice):
    """A communications hub function: it knows the access control broker and the WAN provider."""

    __slots__ = ()
    device_type = DeviceType.CHF
    alert_cell = cells.ACB_SIGNING
    encode_alert = staticmethod(dlms_alert)
    handlers: ClassVar = {
        **retrieve_credentials.HANDLERS,
        **update_credentials.HANDLERS,
        **own_credentials.HANDLERS,
        **hub_commands.HANDLERS,
        **read_handlers(DeviceType.CHF),
    }

    def report(self, now: datetime) -> tuple[bytes, ...]:
        """The alert CS14."""
        return hub_commands.report(self, now)

    def joined(self, device: Eui64, key: bytes, now: datetime) -> tuple[bytes, ...]:
        """A device has joined by its install code, with the hash of its new link key (16 octets): the alert.

        Nothing happens unless the device is in the log and may join so now.
        """
        return self._with_log(self.state.hub_log.log.joined(device, key, now), now)

    def resumed(self, device: Eui64, now: datetime) -> tuple[bytes, ...]:
        """A device that was removed and added again uses its former link key: the alert.

        Nothing happens unless the hub knows that key and takes it now.
        """
        return self._with_log(self.state.hub_log.log.resumed(device, now), now)

    def _with_log(self, log: ChfDeviceLog, now: datetime) -> tuple[bytes, ...]:
        self.state = self.state._replace(hub_log=self.state.hub_log._replace(log=log))
        return self.report(now)
