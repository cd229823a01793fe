"""What the DCC does once a device has answered or raised an alert: inventory, repository, and who is told.

That a status changes on a successful response is assumed, and so are the alerts and their addressees, but for
N24 to who asked for an 8.11. A response that only its User can verify is taken at its word (assumed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from dcc.commissioning import clock_set, firmware_activated, held_activation_done, joined, unjoined
from dcc.credential_changes import (
    credentials_replaced,
    credentials_reported,
    device_certificate_placed,
    held_update_done,
)
from dcc.errors import DccValueError
from dcc.future_dated import FutureDatedResult
from dcc.hub_changes import (
    gas_log_restored,
    gas_proxy_log_changed,
    hub_log_changed,
    hub_log_restored,
    hub_log_updated,
)
from dcc.notices import Notice
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.credentials import UpdateCredentialsAlert
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode
from devices.gbcs.message import Message

OnResponse = Callable[[ServiceRequest, Message, DccWorld, datetime], tuple[Notice, ...]]
OnAlert = Callable[[Message, DccWorld, datetime], tuple[Notice, ...]]

_ON_RESPONSE: Final[Mapping[Srv, OnResponse]] = {
    Srv.UPDATE_CREDENTIALS: credentials_replaced,
    Srv.HANDOVER: credentials_replaced,
    Srv.UPDATE_CREDENTIALS_COS: credentials_replaced,
    Srv.RETRIEVE_CREDENTIALS: credentials_reported,
    Srv.UPDATE_DEVICE_CERTIFICATE: device_certificate_placed,
    Srv.COMMISSION_DEVICE: clock_set,
    Srv.JOIN_CRITICAL: joined,
    Srv.JOIN_NON_CRITICAL: joined,
    Srv.UNJOIN_CRITICAL: unjoined,
    Srv.UNJOIN_NON_CRITICAL: unjoined,
    Srv.ACTIVATE_FIRMWARE: firmware_activated,
    Srv.UPDATE_HAN_DEVICE_LOG: hub_log_updated,
    Srv.RESTORE_HAN_DEVICE_LOG: hub_log_restored,
    Srv.RESTORE_GPF_DEVICE_LOG: gas_log_restored,
}
_CS14: Final = MessageCode(0x0018)
_GCS62: Final = MessageCode(0x00B2)
_ON_ALERT: Final[Mapping[MessageCode, OnAlert]] = {
    _CS14: hub_log_changed,
    _GCS62: gas_proxy_log_changed,
}


def of_response(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """What follows from a device's response to a request.

    A response that cannot be read, and a change that the inventory does not allow, have no consequences: the
    User gets the response all the same.
    """
    handler = _ON_RESPONSE.get(request.srv)
    if handler is None:
        return ()
    try:
        return handler(request, response, world, now)
    except (GbcsError, DccValueError):
        return ()


def of_alert(alert: Message, world: DccWorld, now: datetime) -> tuple[Notice, ...]:
    """What follows from a device's alert; one that cannot be read has no consequences."""
    handler = _ON_ALERT.get(alert.code)
    if handler is None:
        return ()
    try:
        return handler(alert, world, now)
    except (GbcsError, DccValueError):
        return ()


def of_future_dated(
    device: Eui64, result: FutureDatedResult, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """What follows from a command that a device had held, and now says what became of."""
    try:
        if isinstance(result, UpdateCredentialsAlert):
            return held_update_done(device, result, world, now)
        return held_activation_done(device, result, world, now)
    except DccValueError:
        return ()
