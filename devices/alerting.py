"""Payload of the generic critical alert (message code 1000) in the two forms that devices speak."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Final

from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime

GENERIC_CRITICAL_ALERT: Final = MessageCode(0x1000)
_DATE_TIME: Final = struct.Struct(">HBBBBBBBHB")
_GBZ_ALERT: Final = struct.Struct(">BBBHI")
_ZIGBEE_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def dlms_alert(alert_code: int, counter: OriginatorCounter, now: datetime) -> bytes:
    """A DLMS data-notification holding alert code and time, as an ESME sends it."""
    invoke_id = 0x20000000 | (counter & 0xFFFFFF)
    head = struct.pack(">BIBBBBH", 0x0F, invoke_id, 0, 2, 2, 0x12, alert_code)
    return head + bytes((9, 12)) + _DATE_TIME.pack(*DlmsDateTime.of(now, 0xFF))


def gbz_alert(alert_code: int, counter: OriginatorCounter, now: datetime) -> bytes:  # noqa: ARG001
    """A GBZ alert holding alert code and seconds since 2000, as a gas device sends it."""
    seconds = int((now - _ZIGBEE_EPOCH).total_seconds())
    return _GBZ_ALERT.pack(1, 9, 0, alert_code, seconds)
