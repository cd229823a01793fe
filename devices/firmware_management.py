"""CS06, CS08: firmware that a device holds is activated, now or later, and its version read.

Activation is at the level of state: an image is its hash and the version that it brings (GBCS 11.5).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import commands, rules
from devices.commands import Authority
from devices.gbcs import firmware as codec
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.firmware import (
    CS06,
    CS06_ALERT,
    CS08,
    ActivateFirmware,
    ActivateFirmwareAlert,
    ActivateFirmwareResponse,
    ActivationOutcome,
    ActivationResult,
    FirmwareVersion,
    ReadFirmwareVersionResponse,
)
from devices.gbcs.identifiers import KeyUsage, RemotePartyRole
from devices.gbcs.message import Message, OtherInformation, parse
from devices.management_state import Firmware, FirmwareImage
from devices.pending import PendingCommand, without
from devices.security_log import DeviceRefusalError, Refusal

if TYPE_CHECKING:
    from devices.device import Device
    from devices.state import DeviceState

EXECUTED_ALERT: Final = 0x8F66
NOT_EXECUTED_ALERT: Final = 0x8F67
_VERSION_CHANGED: Final = 0x8F43
_SUPPLIER: Final = Authority(RemotePartyRole.SUPPLIER, is_critical=True, is_replay_protected=True)


def take_image(device: Device, image: FirmwareImage) -> None:
    """The home's network has brought an image; it takes the place of one that was held before."""
    device.state = device.state._replace(firmware=device.state.firmware._replace(image=image))


def activate(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CS06: activate the image that is held, or keep the command until its time.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    command = codec.decode_activate(message.payload)
    header = message.header
    if command.counter != header.originator_counter:
        what = f"counter {command.counter} in the payload, {header.originator_counter} in the header"
        raise DeviceRefusalError(Refusal.MALFORMED, what)
    authority = commands.authenticate(device, message)
    outcome = None
    if command.execution_date_time is not None and command.execution_date_time > now:
        state, detail = commands.hold(device, message, authority, command.execution_date_time, now)
    else:
        state = commands.accepted(device, message, authority)
        state, outcome = _activated(device, state, command, message, now)
        detail = outcome.result.field_name
    payload = codec.encode(ActivateFirmwareResponse(outcome))
    response = commands.answer(device, message, authority, payload, now)
    device.commit(state)
    return response, f"activate firmware: {detail}"


def activate_due(
    device: Device, command: PendingCommand, now: datetime
) -> tuple[tuple[bytes, ...], str, int]:
    """Execute a held CS06 whose time has come: the alert that reports it, what the log says, the event.

    Raises:
        DeviceRefusalError: it is dropped: its originator has lost the authority meanwhile, or its number was
            passed.
    """
    message = parse(command.octets)
    said = codec.decode_activate(message.payload)
    if not device.context.assumptions.held_commands_outlive_authority:
        rules.heard_role(device.store, message.header, {_SUPPLIER.role}, KeyUsage.DIGITAL_SIGNATURE)
    state = commands.accepted_when_due(device, message, _SUPPLIER)
    state, outcome = _activated(device, state, said, message, now)
    pending = without(device.state.pending, command.code, command.originator)
    success = outcome.result is ActivationResult.SUCCESS
    code = EXECUTED_ALERT if success else NOT_EXECUTED_ALERT
    payload = codec.encode(ActivateFirmwareAlert(code, command.due, said.counter, outcome))
    device.commit(state._replace(pending=pending))
    alerts = device.signed_alert(OtherInformation(CS06_ALERT), command.originator, lambda _: payload)
    return alerts, f"activate firmware: {outcome.result.field_name}", code


def read_der(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey CS08: say which version is in use.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    codec.decode_read(message.payload)
    authority = commands.authenticate(device, message)
    fault = commands.defect(device, CS08)
    version = device.state.firmware.version if fault is None else None
    result = ReadResult.SUCCESS if fault is None else commands.failure(ReadResult, fault)
    payload = codec.encode(ReadFirmwareVersionResponse(version, result))
    return commands.answer(device, message, authority, payload), f"firmware version: {result.field_name}"


HANDLERS: Final = {CS06: activate}
DUE_HANDLERS: Final = {CS06: activate_due}
DER_READ_HANDLERS: Final = {CS08: read_der}


def _activated(
    device: Device, state: DeviceState, command: ActivateFirmware, message: Message, now: datetime
) -> tuple[DeviceState, ActivationOutcome]:
    """The state after an activation, and its outcome; an image that is activated is not held any more."""
    firmware = state.firmware
    fault = commands.defect(device, CS06)
    if firmware.image is None:
        return state, ActivationOutcome(ActivationResult.NO_IMAGE_HELD, firmware.version)
    if firmware.image.image_hash != command.image_hash:
        return state, ActivationOutcome(ActivationResult.HASH_MISMATCH, firmware.version)
    if fault is not None:
        return state, ActivationOutcome(commands.failure(ActivationResult, fault), firmware.version)
    version: FirmwareVersion = firmware.image.version
    change = commands.event(_VERSION_CHANGED, f"{firmware.version} to {version}", message.header, now)
    state = state._replace(firmware=Firmware(version)).logged(change)
    return state, ActivationOutcome(ActivationResult.SUCCESS, version)
