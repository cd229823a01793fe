"""Reads by known remote parties: who may ask, in what form, and how the answer is protected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from devices import rules
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import KeyUsage
from devices.gbcs.message import Message, MessageShape
from devices.gbcs.use_cases import use_case
from devices.reads import response_date_time
from devices.security_log import DeviceRefusalError, Refusal

if TYPE_CHECKING:
    from devices.device import Device

ReadAnswer = Callable[["Device", Message, TrustAnchorCellId, datetime], bytes]
"""Makes a response payload: the device, the command, the asking party's key agreement cell, the time."""


def execute(device: Device, message: Message, now: datetime, answer: ReadAnswer) -> tuple[bytes, str]:
    """Answer a non-critical command that reads.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    facts = use_case(message.code)
    if facts is None:
        raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
    rules.check_shape(message, MessageShape.MAC_ONLY)
    role = rules.answered_role(device.store, message.header, facts.roles)
    asking = TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)
    if facts.replay_protected:
        rules.check_counter(device.counters, role, message.header, device.context.assumptions)
    device.check_mac(message)
    payload = answer(device, message, asking, now)
    date_time = response_date_time(message.code, now)
    return device.maced_response(message, payload, asking, date_time), f"read as {role.field_name}"
