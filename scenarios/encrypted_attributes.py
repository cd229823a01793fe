"""Finds the encrypted attributes in a payload (GBCS 4.3.3.3, 7).

DLMS carries one as an octet string behind an array of protection parameters, GBZ as the body of a
component whose control field says so. Only the framing is read here, so that a value of a kind that the
decoders don't know hides no attribute of GBZ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from devices.gbcs import dlms
from devices.gbcs.carriers import DLMS_CARRIERS, Carrier, carrier_of
from devices.gbcs.cursor import Cursor
from devices.gbcs.dlms_data import DataType, Nested, Text, Value
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Cra, Message

PROTECTION_HEADER: Final = bytes.fromhex("3100000000")
"""What every protected attribute starts with: security control octet and invocation counter."""

_ENCRYPTED: Final = 0x02
_ALERT_CODE_AND_TIME: Final = 6
_ADDITIONAL_AND_ZCL_HEADER: Final = 5


def protected_attributes(message: Message) -> tuple[bytes, ...]:
    """The protected octets of each encrypted attribute, ``31 00000000`` first, in the order of the payload.

    Raises:
        GbcsError: there may be some, but the payload cannot be read.
    """
    try:
        carrier = carrier_of(message.payload)
        if carrier in DLMS_CARRIERS:
            return tuple(_in_dlms(message.payload))
        if carrier is Carrier.GBZ:
            return tuple(_in_gbz(message))
    except GbcsError:
        if PROTECTION_HEADER in message.payload:
            raise
    return ()


def _in_dlms(payload: bytes) -> Iterator[bytes]:
    decoded = dlms.decode(payload)
    if isinstance(decoded, dlms.DataNotification):
        return _among((decoded.body,))
    return _among(decoded.data)


def _among(values: Sequence[Value]) -> Iterator[bytes]:
    """The protected octet strings among values that stand side by side, and inside those that nest."""
    before: Value | None = None
    for value in values:
        if isinstance(value, Nested):
            yield from _among(value.items)
        elif (
            isinstance(value, Text)
            and value.octets.startswith(PROTECTION_HEADER)
            and isinstance(before, Nested)
            and before.kind is DataType.ARRAY
        ):
            yield value.octets
        before = value


def _in_gbz(message: Message) -> Iterator[bytes]:
    cursor = Cursor(message.payload, "GBZ payload")
    cursor.take(2)
    count = cursor.number(1)
    if message.header.cra is Cra.ALERT:
        cursor.take(_ALERT_CODE_AND_TIME)
        # What follows is components in some alerts and of another form in others, which end in an error.
    for number in range(1, count + 1):
        cursor.where = f"GBZ component {number}"
        control = cursor.number(1)
        cursor.take(2)
        content = cursor.window(cursor.number(2))
        if control & _ENCRYPTED:
            content.take(_ADDITIONAL_AND_ZCL_HEADER)
            yield content.take(content.number(2))
            content.finish()
    cursor.finish()
