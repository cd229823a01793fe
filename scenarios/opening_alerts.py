"""What a device's alert says of a command that it had held until its time (GBCS alerts 8F66 and 8F67)."""

from __future__ import annotations

from typing import Final

from dcc.identifiers import RequestId
from devices.gbcs.credentials import ReplacementMode, UpdateCredentialsAlert
from devices.gbcs.firmware import ActivateFirmwareAlert
from devices.gbcs.message import Cra, Message
from devices.gbcs.payloads import decode_payload

FutureDatedResult = UpdateCredentialsAlert | ActivateFirmwareAlert
"""An alert that names the command that it is about by its counter."""

_SENT_BY_USERS: Final = frozenset({
    ReplacementMode.SUPPLIER_BY_SUPPLIER,
    ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
    ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER,
})  # fmt: skip


def future_dated_result(alert: Message) -> FutureDatedResult | None:
    """What became of a future-dated command; None for an alert about anything else.

    Raises:
        GbcsError: the payload is not what its use case says.
    """
    payload = decode_payload(alert) if alert.header.cra is Cra.ALERT else None
    return payload if isinstance(payload, FutureDatedResult) else None


def request_of_alert(alert: Message) -> RequestId | None:
    """The request of the addressee that a device's alert is about, where the payload says so.

    None for alerts about nothing that was asked for, and where the DCC sent the command under a number of its
    own (6.23): then only the response that carries the alert can tell.

    Raises:
        GbcsError: as :func:`future_dated_result`.
    """
    result, header = future_dated_result(alert), alert.header
    if isinstance(result, ActivateFirmwareAlert):
        return RequestId(header.target, header.originator, result.counter)
    if result is None or result.outcome.mode not in _SENT_BY_USERS:
        return None
    return RequestId(header.target, header.originator, result.outcome.counter)
