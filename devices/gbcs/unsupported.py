"""ECS100: the alert 8F85 of a device that doesn't support a command (GBCS 4.x).

It goes to who sent the command or, if that was the access control broker on behalf of another party, to the
broker, with the other information of the command.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from devices.gbcs import dlms
from devices.gbcs.dlms import DataNotification, LongInvokeId
from devices.gbcs.dlms_data import Nested, Text, octet_string, structure, unsigned
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, DlmsDateTime

ECS100: Final = MessageCode(0x0120)
COMMAND_NOT_SUPPORTED: Final = 0x8F85
_COMMAND: Final = struct.Struct(">HQ")
_DATE_TIME: Final = struct.Struct(">HBBBBBBBHB")


class UnsupportedCommandAlert(NamedTuple):
    """Payload of ECS100: when the device refused, and message code and counter of the command.

    The invoke id is that of the alert's own originator counter
    (:func:`devices.gbcs.dlms.long_invoke_id`).
    """

    invoke_id: LongInvokeId
    date_time: DlmsDateTime
    command_code: MessageCode
    command_counter: OriginatorCounter


def decode_unsupported(payload: bytes) -> UnsupportedCommandAlert:
    """An ECS100 alert payload.

    Raises:
        GbcsError: the payload is no data-notification with just that content, in minimal lengths.
    """
    notification = dlms.decode(payload)
    where = "ECS100 alert"
    if not isinstance(notification, DataNotification) or not isinstance(notification.body, Nested):
        raise GbcsError(where, "expected a data-notification with a structure")
    texts = [item.octets for item in notification.body.items if isinstance(item, Text)]
    if [len(octets) for octets in texts] != [_DATE_TIME.size, _COMMAND.size]:
        raise GbcsError(where, "expected octet strings of 12 and of 10 octets")
    date_time, command = texts
    code, counter = _COMMAND.unpack(command)
    value = UnsupportedCommandAlert(
        notification.invoke_id,
        DlmsDateTime(*_DATE_TIME.unpack(date_time)),
        MessageCode(code),
        OriginatorCounter(counter),
    )
    if encode(value) != payload:
        raise GbcsError(where, f"expected alert code {COMMAND_NOT_SUPPORTED:04X} and minimal lengths")
    return value


def encode(value: UnsupportedCommandAlert) -> bytes:
    """The payload of a value.

    Raises:
        GbcsError: a field of the date-time is out of range.
    """
    try:
        date_time = _DATE_TIME.pack(*value.date_time)
    except struct.error as error:
        raise GbcsError("date-time", f"{tuple(value.date_time)}: {error}") from error
    body = structure(
        unsigned(16, COMMAND_NOT_SUPPORTED),
        octet_string(date_time),
        octet_string(_COMMAND.pack(value.command_code, value.command_counter)),
    )
    return dlms.encode(DataNotification(value.invoke_id, body))


DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], UnsupportedCommandAlert]]] = {
    (ECS100, Cra.ALERT): decode_unsupported
}
