"""8.13: what a device answered to a command that was delivered on site."""

from __future__ import annotations

from datetime import datetime

from dcc.bodies.inventory import ReturnLocalResponse
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.parties import User
from dcc.service_requests import ServiceRequest
from dcc.world import DccWorld


def take_local_response(request: ServiceRequest, _: DccWorld, __: User, ___: datetime) -> NonDeviceResult:
    """8.13: the octets are for the DSP to take, as if they had come over the SM WAN."""
    if not isinstance(request.body, ReturnLocalResponse):
        return DONE
    return NonDeviceResult(device_octets=request.body.gbcs)
