"""CS03, CS04, CS07, GCS59, GCS62: the device log, changed by joins and unjoins, read, restored, backed up.

GBCS 13.7, 13.8. What devices settle between themselves on the home's network (link keys) is not simulated;
a :class:`~devices.management_state.Defect` stands for its failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import cells, commands
from devices.gbcs import device_log as log_codec
from devices.gbcs import joins as codec
from devices.gbcs.certificates import load_certificate
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.device_log import (
    CS07,
    GCS59,
    GCS62,
    DeviceLogBackup,
    DeviceLogEntry,
    ReadDeviceLogResponse,
    RestoreDeviceLogResponse,
    RestoreOutcome,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, KeyUsage, MessageCode
from devices.gbcs.joins import (
    CS03A1,
    CS03A2,
    CS03B,
    CS03C,
    CS04AC,
    CS04B,
    JoinDevice,
    JoinDeviceResponse,
    JoinDeviceType,
    JoinMethod,
    JoinResult,
    UnjoinDeviceResponse,
    UnjoinResult,
)
from devices.gbcs.message import Message
from devices.management_state import DeviceLog, JoinedDevice
from devices.security_log import unsent

if TYPE_CHECKING:
    from devices.device import Device

DEVICE_LOG_CHANGED: Final = 0x8071
_JOIN_FAILED: Final = 0x8F48
_JOIN_SUCCEEDED: Final = 0x8F49
_UNJOIN_FAILED: Final = 0x8F4A
_UNJOIN_SUCCEEDED: Final = 0x8F4B

_Partners = Mapping[JoinMethod, frozenset[JoinDeviceType]]
_OTHER: Final = JoinDeviceType
# Real messages show method A of a prepayment device and of a load switch with an electricity meter, and
# method C; a gas meter's log shows gas proxies. The rest is assumed.
_PARTNERS: Final[Mapping[DeviceType, _Partners]] = {
    DeviceType.ESME: {
        JoinMethod.METHOD_A_INITIATOR: frozenset({_OTHER.TYPE_1_HCALCS, _OTHER.TYPE_1_PPMID}),
        JoinMethod.METHOD_B: frozenset({_OTHER.TYPE_2}),
    },
    DeviceType.GSME: {
        JoinMethod.METHOD_B: frozenset({_OTHER.GPF}),
        JoinMethod.METHOD_C: frozenset({_OTHER.TYPE_1_PPMID}),
    },
    DeviceType.GPF: {
        JoinMethod.METHOD_B: frozenset({_OTHER.GSME, _OTHER.TYPE_1_PPMID, _OTHER.TYPE_2}),
    },
    DeviceType.PPMID: {
        JoinMethod.METHOD_A_RESPONDER: frozenset({_OTHER.ESME}),
        JoinMethod.METHOD_B: frozenset({_OTHER.GPF}),
        JoinMethod.METHOD_C: frozenset({_OTHER.GSME}),
    },
    DeviceType.HCALCS: {
        JoinMethod.METHOD_A_RESPONDER: frozenset({_OTHER.ESME}),
    },
}


def join(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CS03: enter another device in the log, if nothing speaks against it.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    command = codec.decode_join(message.payload)
    authority = commands.authenticate(device, message)
    state, log = commands.accepted(device, message, authority), device.state.device_log
    result = _verdict(device, message.code, command)
    if result is JoinResult.SUCCESS:
        # Only devices that join by method C need each other's certificate; another is not kept (assumed).
        certificate = command.certificate if command.method is JoinMethod.METHOD_C else None
        log = log.with_entry(JoinedDevice(command.other_device, command.other_type, certificate))
    event = _JOIN_SUCCEEDED if result is JoinResult.SUCCESS else _JOIN_FAILED
    detail = f"{command.other_device} {result.field_name}"
    state = state.logged(commands.event(event, detail, message.header, now))
    response = commands.answer(device, message, authority, codec.encode(JoinDeviceResponse(result)))
    device.commit(state._replace(device_log=log))
    return response, f"join {detail}"


def unjoin(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CS04: strike another device off the log.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    other = codec.decode_unjoin(message.payload).other_device
    authority = commands.authenticate(device, message)
    state, log = commands.accepted(device, message, authority), device.state.device_log
    fault = commands.defect(device, message.code)
    result = UnjoinResult.SUCCESS
    if log.find(other) is None:
        result = UnjoinResult.OTHER_DEVICE_NOT_IN_DEVICE_LOG
    elif fault is not None:
        result = commands.failure(UnjoinResult, fault)
    else:
        log = log.without(other)
    event = _UNJOIN_SUCCEEDED if result is UnjoinResult.SUCCESS else _UNJOIN_FAILED
    detail = f"{other} {result.field_name}"
    state = state.logged(commands.event(event, detail, message.header, now))
    response = commands.answer(device, message, authority, codec.encode(UnjoinDeviceResponse(result)))
    device.commit(state._replace(device_log=log))
    return response, f"unjoin {detail}"


def read(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey CS07: list the devices of the log.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    log_codec.decode_read(message.payload)
    authority = commands.authenticate(device, message)
    fault = commands.defect(device, CS07)
    if fault is None:
        response = ReadDeviceLogResponse(ReadResult.SUCCESS, device.state.device_log.listed())
    else:
        response = ReadDeviceLogResponse(commands.failure(ReadResult, fault))
    payload = log_codec.encode(response)
    return commands.answer(device, message, authority, payload), f"device log: {response.result.field_name}"


def restore(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey GCS59: enter the devices of a backup, each for itself.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    entries = log_codec.decode_restore(message.payload).entries
    authority = commands.authenticate(device, message)
    fault = commands.defect(device, GCS59)
    log, outcomes = device.state.device_log, []
    for entry in entries:
        result = _entry_verdict(log, entry) if fault is None else commands.failure(JoinResult, fault)
        if result is JoinResult.SUCCESS and log.find(entry.device) is None:
            log = log.with_entry(JoinedDevice(*entry))
        outcomes.append(RestoreOutcome(entry, result))
    payload = log_codec.encode(RestoreDeviceLogResponse(tuple(outcomes)))
    restored = sum(outcome.result is JoinResult.SUCCESS for outcome in outcomes)
    response = commands.answer(device, message, authority, payload)
    device.commit(commands.accepted(device, message, authority)._replace(device_log=log))
    return response, f"{restored} of {len(entries)} entries restored"


def back_up(device: Device, now: datetime) -> tuple[bytes, ...]:
    """The alert GCS62 to the access control broker, if the log has changed since the last one."""
    log = device.state.device_log
    listed = log.listed()
    if listed == log.backed_up:
        return ()
    backup = DeviceLogBackup(DEVICE_LOG_CHANGED, now, listed)
    alerts = device.maced_alert(GCS62, cells.ACB_AGREEMENT, lambda _: log_codec.encode(backup))
    state = device.state._replace(device_log=log._replace(backed_up=listed))
    device.state = state if alerts else state.logged(unsent(GCS62, now))
    return alerts


def _verdict(device: Device, code: MessageCode, command: JoinDevice) -> JoinResult:
    """The first thing that speaks against a join; that the message code comes first is confirmed, no more."""
    if command.method.message_code != code:
        return JoinResult.INVALID_MESSAGE_CODE_FOR_JOIN_METHOD_AND_ROLE
    if command.other_type not in _PARTNERS[device.device_type].get(command.method, ()):
        return JoinResult.INVALID_JOIN_METHOD_AND_ROLE
    if command.method is JoinMethod.METHOD_C and not _is_for_agreement(command.certificate):
        return JoinResult.INVALID_OR_MISSING_CERTIFICATE
    result = _entry_verdict(device.state.device_log, DeviceLogEntry(command.other_device, command.other_type))
    fault = commands.defect(device, code)
    return (
        commands.failure(JoinResult, fault) if result is JoinResult.SUCCESS and fault is not None else result
    )


def _entry_verdict(log: DeviceLog, entry: DeviceLogEntry) -> JoinResult:
    """Whether there is room for an entry; one that is there already may come again (assumed)."""
    known = log.find(entry.device)
    if known is not None and known.device_type is not entry.device_type:
        return JoinResult.INCOMPATIBLE_WITH_EXISTING_ENTRY
    return JoinResult.DEVICE_LOG_FULL if known is None and log.is_full else JoinResult.SUCCESS


def _is_for_agreement(der: bytes | None) -> bool:
    """Whether it is a certificate for key agreement.

    RTDS has a join with the certificate of another device than the one to be joined: the subject is not
    looked at.
    """
    if der is None:
        return False
    try:
        return load_certificate(der).key_usage is KeyUsage.KEY_AGREEMENT
    except GbcsError:
        return False


HANDLERS: Final = {
    **dict.fromkeys((CS03A1, CS03A2, CS03B, CS03C), join),
    **dict.fromkeys((CS04AC, CS04B), unjoin),
    CS07: read,
}
"""What every device with a device log obeys."""

RESTORE_HANDLERS: Final = {GCS59: restore}
