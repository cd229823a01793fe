"""CCS01, CCS02, CCS03, CCS04, CCS06, CCS07 and CS14: a communications hub's device log, and its alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import cells, commands
from devices.chf_device_log import ChfDeviceLog
from devices.gbcs.chf_commands import (
    build_cs14_alert,
    check_log_read_command,
    encode_ccs04_response,
    encode_ccs07_response,
    encode_update_response,
    read_ccs01_command,
    read_ccs02_command,
    read_ccs03_command,
)
from devices.gbcs.chf_log import CCS01, CCS02, CCS03, CCS04, CCS06, CCS07, CS14, ITEMS, Backups
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_times import STATUS_NOT_SPECIFIED
from devices.gbcs.message import DlmsDateTime, Message
from devices.security_log import unsent

if TYPE_CHECKING:
    from devices.device import Device

_Change = Callable[[ChfDeviceLog], tuple[ChfDeviceLog, tuple[AccessCode, ...]]]


def add(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CCS01: let a device join.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    admission = read_ccs01_command(message.payload, message.header.originator_counter)
    return _change(device, message, lambda log: log.added(admission, now))


def remove(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey CCS02: strike a device off the log.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    other = read_ccs02_command(message.payload, message.header.originator_counter)
    return _change(device, message, lambda log: log.removed(other))


def restore(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey CCS03: put a backup in the place of the log.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    backup = read_ccs03_command(message.payload, message.header.originator_counter)
    return _change(device, message, lambda log: log.restored(backup))


def read_connected(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CCS04 or CCS06: say who is connected and how well, or who is in the log and when last heard.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    counter = message.header.originator_counter
    check_log_read_command(message.code, message.payload, counter)
    authority = commands.authenticate(device, message)
    (code,) = commands.access_codes(commands.defect(device, message.code), 1)
    log = device.state.hub_log.log
    listed = log.listed(now) if message.code == CCS06 else log.connected(now)
    payload = encode_ccs04_response(counter, listed if code is AccessCode.SUCCESS else code)
    return commands.answer(device, message, authority, payload), f"connected devices: {code.name}"


def read_backups(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CCS07: give the present and the historic log.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    counter = message.header.originator_counter
    check_log_read_command(CCS07, message.payload, counter)
    authority = commands.authenticate(device, message)
    fault = commands.defect(device, CCS07)
    backups = device.state.hub_log.log.backups(now)
    if fault is not None:
        codes = commands.access_codes(fault, len(ITEMS[CCS07]))
        backups = Backups(codes, backups.present if fault.item else None, None)
    payload = encode_ccs07_response(counter, backups)
    names = ", ".join(code.name for code in backups.codes)
    return commands.answer(device, message, authority, payload), f"device logs: {names}"


def report(device: Device, now: datetime) -> tuple[bytes, ...]:
    """The alert CS14 to the access control broker, if the log has changed since the last one."""
    hub_log = device.state.hub_log
    if hub_log.log.devices == hub_log.backed_up:
        return ()
    at, backup = DlmsDateTime.of(now, STATUS_NOT_SPECIFIED), hub_log.log.backup(now)
    alerts = device.maced_alert(
        CS14, cells.ACB_AGREEMENT, lambda counter: build_cs14_alert(counter, at, backup)
    )
    state = device.state._replace(hub_log=hub_log._replace(backed_up=hub_log.log.devices))
    device.state = state if alerts else state.logged(unsent(CS14, now))
    return alerts


HANDLERS: Final = {
    CCS01: add,
    CCS02: remove,
    CCS03: restore,
    CCS04: read_connected,
    CCS06: read_connected,
    CCS07: read_backups,
}


def _change(device: Device, message: Message, change: _Change) -> tuple[bytes, str]:
    """Change the log as a command says; if its first item fails, so does the change."""
    authority = commands.authenticate(device, message)
    state, fault = commands.accepted(device, message, authority), commands.defect(device, message.code)
    log, codes = change(device.state.hub_log.log)
    if fault is not None:
        codes = commands.access_codes(fault, len(ITEMS[message.code]))
    if codes[0] is AccessCode.SUCCESS:
        state = state._replace(hub_log=state.hub_log._replace(log=log))
    payload = encode_update_response(message.code, message.header.originator_counter, codes)
    response = commands.answer(device, message, authority, payload)
    device.commit(state)
    return response, f"device log: {', '.join(code.name for code in codes)}"
