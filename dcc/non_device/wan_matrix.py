"""12.1: whether there is SM WAN at a place."""

from __future__ import annotations

from datetime import datetime

from dcc.bodies.inventory import RequestWanMatrix
from dcc.non_device.result import DONE, NonDeviceResult
from dcc.parties import User
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.service_responses import WanMatrix
from dcc.world import DccWorld


def read_wan_matrix(request: ServiceRequest, world: DccWorld, _: User, __: datetime) -> NonDeviceResult:
    """12.1: what each region says of the place."""
    body = request.body
    if not isinstance(body, RequestWanMatrix):
        return DONE
    return NonDeviceResult(WanMatrix(body, world.wan_coverage.at(body.at)), ResponseCode.I0)
