"""Commands that devices hold until their time, and whose they are when a device says what became of them."""

from __future__ import annotations

from typing import NamedTuple

from dcc.outbound import OutboundCommand
from dcc.service_requests import ServiceRequest
from devices.gbcs.credentials import CANCELLATION_TIME, UpdateCredentials, UpdateCredentialsAlert
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import CS06, ActivateFirmware, ActivateFirmwareAlert
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Message
from devices.gbcs.payloads import decode_payload

FutureDatedResult = UpdateCredentialsAlert | ActivateFirmwareAlert
"""What a device says of a command that it had held: executed (8F66), or not (8F67)."""


class _Held(NamedTuple):
    device: Eui64
    originator: Eui64
    counter: OriginatorCounter


class FutureDatedCommands:
    """The commands that went out to be executed later, until their devices say what became of them."""

    def __init__(self) -> None:
        self._requests: dict[_Held, ServiceRequest] = {}

    def note(self, command: OutboundCommand) -> None:
        """Remember a command by what its alert will say of it."""
        device, originator, counter, _ = command.awaited
        self._requests[_Held(device, originator, counter)] = command.request

    def take(self, alert: Message, result: FutureDatedResult) -> ServiceRequest | None:
        """The request whose command an alert is about, once: None where no such command is out."""
        header, counter = alert.header, _counter_of(result)
        return self._requests.pop(_Held(header.originator, header.target, counter), None)


def waits_at_device(command: Message, *, is_dated: bool) -> bool:
    """Whether a device is to hold a command until the time in its payload.

    ``is_dated`` says that its request has an execution time; that of an activation stands in the payload.
    """
    if not is_dated and command.code != CS06:
        return False
    try:
        payload = decode_payload(command)
    except GbcsError:
        return False
    if not isinstance(payload, UpdateCredentials | ActivateFirmware):
        return False
    return payload.execution_date_time not in (None, CANCELLATION_TIME)


def result_in(alert: Message) -> FutureDatedResult | None:
    """What an alert says of a future-dated command; None for any other alert, and one that is malformed."""
    try:
        payload = decode_payload(alert)
    except GbcsError:
        return None
    return payload if isinstance(payload, FutureDatedResult) else None


def _counter_of(result: FutureDatedResult) -> OriginatorCounter:
    return result.outcome.counter if isinstance(result, UpdateCredentialsAlert) else result.counter
