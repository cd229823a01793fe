"""What a payload is by its first octets: which carrier, and which alert code (GBCS 7, 16)."""

from __future__ import annotations

import enum
from typing import Final

from devices.gbcs import dlms, gbz
from devices.gbcs.der import DerReader
from devices.gbcs.dlms_data import DataType, Nested, Number
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Cra, Message

GBZ_PROFILE: Final = b"\x01\x09"
_ALERT_CODE_MAXIMUM: Final = 0xFFFF


class Carrier(enum.Enum):
    """How a payload is encoded; the value is its name for people and machines."""

    DLMS_ACCESS_REQUEST = "DLMS access-request"
    DLMS_ACCESS_RESPONSE = "DLMS access-response"
    DLMS_DATA_NOTIFICATION = "DLMS data-notification"
    GBZ = "GBZ"
    ASN1 = "ASN.1"
    EMPTY = "empty"
    UNKNOWN = "unknown"


_BY_FIRST_OCTET: Final = {
    0xD9: Carrier.DLMS_ACCESS_REQUEST,
    0xDA: Carrier.DLMS_ACCESS_RESPONSE,
    0x0F: Carrier.DLMS_DATA_NOTIFICATION,
    0x02: Carrier.ASN1,
    0x04: Carrier.ASN1,
    0x05: Carrier.ASN1,
    0x30: Carrier.ASN1,
}
DLMS_CARRIERS: Final = frozenset(
    (Carrier.DLMS_ACCESS_REQUEST, Carrier.DLMS_ACCESS_RESPONSE, Carrier.DLMS_DATA_NOTIFICATION)
)


def carrier_of(payload: bytes) -> Carrier:
    """The carrier, by the first octets of a payload."""
    if not payload:
        return Carrier.EMPTY
    if payload.startswith(GBZ_PROFILE):
        return Carrier.GBZ
    return _BY_FIRST_OCTET.get(payload[0], Carrier.UNKNOWN)


def alert_code_of(message: Message) -> int | None:
    """The alert code that an alert carries; None for other messages and where none can be read."""
    if message.header.cra is not Cra.ALERT:
        return None
    try:
        match carrier_of(message.payload):
            case Carrier.DLMS_DATA_NOTIFICATION:
                return _dlms_alert_code(message.payload)
            case Carrier.GBZ:
                return gbz.decode_alert(message.payload).alert_code
            case Carrier.ASN1:
                alert = DerReader(message.payload, "payload", {}).constructed("alert")
                return alert.integer("alertCode", maximum=_ALERT_CODE_MAXIMUM)
            case _:
                return None
    except GbcsError:
        return None


def _dlms_alert_code(payload: bytes) -> int | None:
    """The first element of the structure that a notification carries."""
    notification = dlms.decode(payload)
    if not isinstance(notification, dlms.DataNotification) or not isinstance(notification.body, Nested):
        return None
    first = notification.body.items[0] if notification.body.items else None
    return first.value if isinstance(first, Number) and first.kind is DataType.UINT16 else None
