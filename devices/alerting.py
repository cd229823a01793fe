"""Generic alerts (message codes 1000 and 1001): their payload in the two forms that devices speak.

In real ones codes from 8F00 come in the critical alert, signed, those below in the other, with a MAC; that
it is so for all codes is assumed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import KeyUsage, MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime, OtherInformation

if TYPE_CHECKING:
    from devices.device import Device

GENERIC_CRITICAL_ALERT: Final = MessageCode(0x1000)
GENERIC_NON_CRITICAL_ALERT: Final = MessageCode(0x1001)
_FIRST_CRITICAL_CODE: Final = 0x8F00
_DATE_TIME: Final = struct.Struct(">HBBBBBBBHB")
_GBZ_ALERT: Final = struct.Struct(">BBBHI")
_ZIGBEE_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def generic_alert(device: Device, alert_code: int, now: datetime) -> tuple[bytes, ...]:
    """The alert of an event, to whoever the device alerts, under its next own counter if one is left."""

    def payload(counter: OriginatorCounter) -> bytes:
        return device.encode_alert(alert_code, counter, now)

    if alert_code < _FIRST_CRITICAL_CODE:
        cell = TrustAnchorCellId(device.alert_cell.role, KeyUsage.KEY_AGREEMENT)
        return device.maced_alert(GENERIC_NON_CRITICAL_ALERT, cell, payload)
    recipient = device.store.holder(device.alert_cell).subject
    return device.signed_alert(OtherInformation(GENERIC_CRITICAL_ALERT), recipient, payload)


def event_alerts(device: Device, alert_codes: Iterable[int], now: datetime) -> tuple[bytes, ...]:
    """The alerts of several events, as long as the device has numbers left for them."""
    return tuple([octets for code in alert_codes for octets in generic_alert(device, code, now)])


def dlms_alert(alert_code: int, counter: OriginatorCounter, now: datetime) -> bytes:
    """A DLMS data-notification holding alert code and time, as an ESME sends it."""
    invoke_id = 0x20000000 | (counter & 0xFFFFFF)
    head = struct.pack(">BIBBBBH", 0x0F, invoke_id, 0, 2, 2, 0x12, alert_code)
    return head + bytes((9, 12)) + _DATE_TIME.pack(*DlmsDateTime.of(now, 0xFF))


def gbz_alert(alert_code: int, counter: OriginatorCounter, now: datetime) -> bytes:  # noqa: ARG001
    """A GBZ alert holding alert code and seconds since 2000, as a gas device sends it."""
    seconds = int((now - _ZIGBEE_EPOCH).total_seconds())
    return _GBZ_ALERT.pack(1, 9, 0, alert_code, seconds)
