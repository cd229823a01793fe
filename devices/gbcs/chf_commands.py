"""Payloads of the communications hub function's device log, as :mod:`devices.gbcs.chf_log` describes it."""

from __future__ import annotations

from devices.gbcs import dlms
from devices.gbcs.chf_log import (
    ALERT,
    BACKUP,
    CCS01,
    CCS02,
    CCS03,
    CCS04,
    CCS07,
    CHF_LOG_CHANGED,
    CONNECTED,
    ITEMS,
    JOINING,
    JOINING_IS_OPEN,
    REGISTRATION,
    RESTORE,
    Admission,
    Backups,
    ConnectedDevice,
    LogAlert,
    LogBackup,
    LogRestore,
)
from devices.gbcs.dlms import AccessCode, DataNotification, long_invoke_id
from devices.gbcs.dlms_data import NULL, Value
from devices.gbcs.dlms_exchange import encode_request, encode_response, open_request, open_response
from devices.gbcs.dlms_shapes import ENTITY_ID, UINT16
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime


def build_ccs01_command(counter: OriginatorCounter, admission: Admission) -> bytes:
    """The payload that adds a device.

    Raises:
        GbcsError: the install code is not 16 octets, or a number is out of range.
    """
    registration = REGISTRATION.write(admission.registration)
    data = (registration, UINT16.write(admission.join_seconds), JOINING.write(JOINING_IS_OPEN))
    return encode_request(counter, ITEMS[CCS01], data)


def read_ccs01_command(payload: bytes, counter: OriginatorCounter) -> Admission:
    """The device that a command adds.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    registration, join_seconds, joining = open_request(payload, counter, ITEMS[CCS01], "CCS01 command")
    if not JOINING.read(joining):
        raise GbcsError("CCS01 command", "joining is switched off, expected on")
    return Admission(REGISTRATION.read(registration), UINT16.read(join_seconds))


def build_ccs02_command(counter: OriginatorCounter, device: Eui64) -> bytes:
    """The payload that removes a device."""
    return encode_request(counter, ITEMS[CCS02], (ENTITY_ID.write(device),))


def read_ccs02_command(payload: bytes, counter: OriginatorCounter) -> Eui64:
    """The device that a command removes.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    (device,) = open_request(payload, counter, ITEMS[CCS02], "CCS02 command")
    return ENTITY_ID.read(device)


def build_ccs03_command(counter: OriginatorCounter, restore: LogRestore) -> bytes:
    """The payload that restores a log.

    Raises:
        GbcsError: network id or a key is not of its length.
    """
    return encode_request(counter, ITEMS[CCS03], (RESTORE.write(restore),))


def read_ccs03_command(payload: bytes, counter: OriginatorCounter) -> LogRestore:
    """The log that a command restores.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    (restore,) = open_request(payload, counter, ITEMS[CCS03], "CCS03 command")
    return RESTORE.read(restore)


def build_log_read_command(code: MessageCode, counter: OriginatorCounter) -> bytes:
    """The payload of CCS04, CCS06 or CCS07, which have no parameters."""
    return encode_request(counter, ITEMS[code], (NULL,) * len(ITEMS[code]))


def check_log_read_command(code: MessageCode, payload: bytes, counter: OriginatorCounter) -> None:
    """Check the payload of CCS04, CCS06 or CCS07.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    if any(value != NULL for value in open_request(payload, counter, ITEMS[code], f"command {code}")):
        raise GbcsError(f"command {code}", "a parameter, expected none")


def encode_update_response(
    code: MessageCode, counter: OriginatorCounter, codes: tuple[AccessCode, ...]
) -> bytes:
    """The response payload of CCS01, CCS02 or CCS03: one code an item of the command.

    Raises:
        GbcsError: there is not one code an item.
    """
    return encode_response(counter, ITEMS[code], codes, (NULL,) * len(codes))


def open_update_response(
    code: MessageCode, payload: bytes, counter: OriginatorCounter
) -> tuple[AccessCode, ...]:
    """What the communications hub answered to CCS01, CCS02 or CCS03.

    Raises:
        GbcsError: the payload is no response to that command.
    """
    if code not in ITEMS:
        raise GbcsError(f"response {code}", "of a use case that changes no device log")
    codes, data = open_response(payload, counter, ITEMS[code], f"response {code}")
    if any(value != NULL for value in data):
        raise GbcsError(f"response {code}", "a value, expected none")
    return codes


def encode_ccs04_response(
    counter: OriginatorCounter, answer: tuple[ConnectedDevice, ...] | AccessCode
) -> bytes:
    """The response payload of CCS04 or CCS06: the devices, or why they cannot be read.

    Raises:
        GbcsError: a value is out of range.
    """
    if isinstance(answer, AccessCode):
        return encode_response(counter, ITEMS[CCS04], (answer,), (NULL,))
    return encode_response(counter, ITEMS[CCS04], (AccessCode.SUCCESS,), (CONNECTED.write(answer),))


def open_ccs04_response(
    payload: bytes, counter: OriginatorCounter
) -> tuple[ConnectedDevice, ...] | AccessCode:
    """The devices of a response to CCS04 or CCS06, or why they could not be read.

    Raises:
        GbcsError: the payload is no response to that command.
    """
    (code,), (value,) = open_response(payload, counter, ITEMS[CCS04], "CCS04 response")
    return CONNECTED.read(value) if code is AccessCode.SUCCESS else code


def encode_ccs07_response(counter: OriginatorCounter, backups: Backups) -> bytes:
    """The response payload of CCS07.

    Raises:
        GbcsError: a value is out of range, or there are not two codes.
    """
    logs = (backups.present, backups.historic)
    data: list[Value] = [NULL if backup is None else BACKUP.write(backup) for backup in logs]
    return encode_response(counter, ITEMS[CCS07], backups.codes, tuple(data))


def open_ccs07_response(payload: bytes, counter: OriginatorCounter) -> Backups:
    """The present and the historic log.

    Raises:
        GbcsError: the payload is no response to that command.
    """
    codes, data = open_response(payload, counter, ITEMS[CCS07], "CCS07 response")
    present, historic = [None if value == NULL else BACKUP.read(value) for value in data]
    return Backups(codes, present, historic)


def build_cs14_alert(counter: OriginatorCounter, at: DlmsDateTime, backup: LogBackup) -> bytes:
    """The payload of the alert that the log has changed; ``counter`` is the alert's own.

    Raises:
        GbcsError: a value is out of range.
    """
    body = ALERT.write(LogAlert(CHF_LOG_CHANGED, at, backup))
    return dlms.encode(DataNotification(long_invoke_id(counter), body))


def read_cs14_alert(payload: bytes) -> LogAlert:
    """When the log changed, and the log.

    Raises:
        GbcsError: the payload is another.
    """
    notification = dlms.decode(payload)
    if not isinstance(notification, DataNotification):
        raise GbcsError("CS14 alert", "not a data-notification")
    alert = ALERT.read(notification.body)
    if alert.alert_code != CHF_LOG_CHANGED:
        raise GbcsError("CS14 alert", f"alert code {alert.alert_code:04X}, expected {CHF_LOG_CHANGED:04X}")
    return alert
