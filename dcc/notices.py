"""Alerts of the DCC on their way to Users."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from dcc.alert_payloads import DccAlert
from dcc.response_codes import ResponseCode
from dcc.service_responses import ServiceResponse
from devices.gbcs.identifiers import Eui64


class Notice(NamedTuple):
    """An alert of the DCC and the User Id that it is for."""

    recipient: Eui64
    alert: DccAlert

    def at(self, now: datetime) -> ServiceResponse:
        """The notice as it goes to its User."""
        return ServiceResponse(self.recipient, None, ResponseCode.I0, now, self.alert)
