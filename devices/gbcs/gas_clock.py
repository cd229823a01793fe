"""GCS28 Set Clock on a GSME, in commissioning (SRV 8.1.1) and later (6.11) (GBCS Annex 3, SetTime)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs import der
from devices.gbcs.credentials import NO_FORMS
from devices.gbcs.der import Forms, Node, integer_node, time_node
from devices.gbcs.der_payload import NamedNumber, named_number, open_payload, write_payload
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.message import Cra

GCS28: Final = MessageCode(0x007F)


class TimeStatus(NamedNumber):
    """DeviceTimeStatus: how far a device trusts its clock."""

    RELIABLE = 0, "reliable"
    INVALID = 1, "invalid"
    UNRELIABLE = 2, "unreliable"


class SetClock(NamedTuple):
    """Payload of a GCS28 command: the period in which the hub's time must lie to be taken over."""

    validity_start: datetime
    validity_end: datetime
    forms: Forms = NO_FORMS


class SetClockResponse(NamedTuple):
    """Payload of a GCS28 response: the device's clock, set or not."""

    device_time: datetime
    status: TimeStatus
    forms: Forms = NO_FORMS


ClockPayload = SetClock | SetClockResponse


def decode_set_clock(payload: bytes) -> SetClock:
    """A GCS28 command payload."""
    outer = open_payload(payload)
    command = outer.constructed("command")
    start, end = command.time("validityIntervalStart"), command.time("validityIntervalEnd")
    command.finish()
    outer.finish()
    return SetClock(start, end, outer.forms)


def decode_set_clock_response(payload: bytes) -> SetClockResponse:
    """A GCS28 response payload."""
    outer = open_payload(payload)
    response = outer.constructed("response")
    device_time = response.time("deviceTime")
    status = named_number(response, "deviceTimeStatus", TimeStatus)
    response.finish()
    outer.finish()
    return SetClockResponse(device_time, status, outer.forms)


DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], ClockPayload]]] = {
    (GCS28, Cra.COMMAND): decode_set_clock,
    (GCS28, Cra.RESPONSE): decode_set_clock_response,
}


def encode(value: ClockPayload) -> bytes:
    """The payload of a value, minimal DER but for the elements that its forms name."""
    return write_payload(_node(value), value.forms)


def _node(value: ClockPayload) -> Node:
    match value:
        case SetClock(start, end):
            period = [time_node("validityIntervalStart", start), time_node("validityIntervalEnd", end)]
            return Node("command", der.SEQUENCE, period)
        case SetClockResponse(device_time, status):
            fields = [time_node("deviceTime", device_time), integer_node("deviceTimeStatus", status)]
            return Node("response", der.SEQUENCE, fields)
