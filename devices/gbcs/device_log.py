"""CS07, GCS59, GCS62: the log of the devices that a device has joined, read, restored and backed up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs import der
from devices.gbcs.credentials import NO_FORMS
from devices.gbcs.der import DerReader, Forms, Node, integer_node, time_node
from devices.gbcs.der_payload import (
    ReadResult,
    named_number,
    open_payload,
    sequence_of,
    sequence_of_node,
    write_payload,
)
from devices.gbcs.identifiers import Eui64, MessageCode
from devices.gbcs.joins import JoinDeviceType, JoinResult
from devices.gbcs.message import Cra

CS07: Final = MessageCode(0x0013)
GCS59: Final = MessageCode(0x008C)
GCS62: Final = MessageCode(0x00B2)


class DeviceLogEntry(NamedTuple):
    """A device that this one has joined."""

    device: Eui64
    device_type: JoinDeviceType


class ReadDeviceLog(NamedTuple):
    """Payload of a CS07 command; it says nothing."""

    forms: Forms = NO_FORMS


class ReadDeviceLogResponse(NamedTuple):
    """Payload of a CS07 response; no entries at all after a failure."""

    result: ReadResult
    entries: tuple[DeviceLogEntry, ...] | None = None
    forms: Forms = NO_FORMS


class RestoreDeviceLog(NamedTuple):
    """Payload of a GCS59 command."""

    entries: tuple[DeviceLogEntry, ...]
    forms: Forms = NO_FORMS


class RestoreOutcome(NamedTuple):
    """What became of one entry to restore."""

    entry: DeviceLogEntry
    result: JoinResult


class RestoreDeviceLogResponse(NamedTuple):
    """Payload of a GCS59 response."""

    outcomes: tuple[RestoreOutcome, ...]
    forms: Forms = NO_FORMS


class DeviceLogBackup(NamedTuple):
    """Payload of the alert GCS62 (8071): the log after a change, for the DCC to keep."""

    alert_code: int
    backup_date_time: datetime
    entries: tuple[DeviceLogEntry, ...]
    forms: Forms = NO_FORMS


DeviceLogPayload = (
    ReadDeviceLog | ReadDeviceLogResponse | RestoreDeviceLog | RestoreDeviceLogResponse | DeviceLogBackup
)


def decode_read(payload: bytes) -> ReadDeviceLog:
    """A CS07 command payload."""
    outer = open_payload(payload)
    outer.octet_string("command", 0, der.NULL)
    outer.finish()
    return ReadDeviceLog(outer.forms)


def decode_read_response(payload: bytes) -> ReadDeviceLogResponse:
    """A CS07 response payload."""
    outer = open_payload(payload)
    response = outer.constructed("response")
    result = named_number(response, "responseCode", ReadResult)
    entries = None if response.at_end else _read_entries(response)
    response.finish()
    outer.finish()
    return ReadDeviceLogResponse(result, entries, outer.forms)


def decode_restore(payload: bytes) -> RestoreDeviceLog:
    """A GCS59 command payload."""
    outer = open_payload(payload)
    command = outer.constructed("command")
    entries = _read_entries(command)
    command.finish()
    outer.finish()
    return RestoreDeviceLog(entries, outer.forms)


def decode_restore_response(payload: bytes) -> RestoreDeviceLogResponse:
    """A GCS59 response payload."""
    outer = open_payload(payload)
    response = outer.constructed("response")
    outcomes = sequence_of(response, "restoreOutcomes", _read_outcome)
    response.finish()
    outer.finish()
    return RestoreDeviceLogResponse(outcomes, outer.forms)


def decode_backup(payload: bytes) -> DeviceLogBackup:
    """A GCS62 alert payload."""
    outer = open_payload(payload)
    alert = outer.constructed("alert")
    code = alert.integer("alertCode", maximum=0xFFFF)
    at = alert.time("backupDateTime")
    entries = _read_entries(alert)
    alert.finish()
    outer.finish()
    return DeviceLogBackup(code, at, entries, outer.forms)


DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], DeviceLogPayload]]] = {
    (CS07, Cra.COMMAND): decode_read,
    (CS07, Cra.RESPONSE): decode_read_response,
    (GCS59, Cra.COMMAND): decode_restore,
    (GCS59, Cra.RESPONSE): decode_restore_response,
    (GCS62, Cra.ALERT): decode_backup,
}


def encode(value: DeviceLogPayload) -> bytes:
    """The payload of a value, minimal DER but for the elements that its forms name."""
    return write_payload(_node(value), value.forms)


def _read_entries(reader: DerReader) -> tuple[DeviceLogEntry, ...]:
    return sequence_of(reader, "deviceLogEntries", _read_entry)


def _read_entry(reader: DerReader, field: str) -> DeviceLogEntry:
    inner = reader.constructed(field)
    entry = DeviceLogEntry(
        Eui64(inner.octet_string("deviceEntityIdentifier", 8)),
        named_number(inner, "deviceType", JoinDeviceType),
    )
    inner.finish()
    return entry


def _read_outcome(reader: DerReader, field: str) -> RestoreOutcome:
    inner = reader.constructed(field)
    outcome = RestoreOutcome(
        _read_entry(inner, "deviceLogEntry"), named_number(inner, "joinResponseCode", JoinResult)
    )
    inner.finish()
    return outcome


def _node(value: DeviceLogPayload) -> Node:
    match value:
        case ReadDeviceLog():
            return Node("command", der.NULL, b"")
        case ReadDeviceLogResponse(result, entries):
            fields = [integer_node("responseCode", result)]
            if entries is not None:
                fields.append(_entries_node(entries))
            return Node("response", der.SEQUENCE, fields)
        case RestoreDeviceLog(restored):
            return Node("command", der.SEQUENCE, [_entries_node(restored)])
        case RestoreDeviceLogResponse(outcomes):
            listed = sequence_of_node("restoreOutcomes", outcomes, _outcome_node)
            return Node("response", der.SEQUENCE, [listed])
        case DeviceLogBackup(code, at, kept):
            alert = [integer_node("alertCode", code), time_node("backupDateTime", at), _entries_node(kept)]
            return Node("alert", der.SEQUENCE, alert)


def _entries_node(entries: tuple[DeviceLogEntry, ...]) -> Node:
    return sequence_of_node("deviceLogEntries", entries, _entry_node)


def _entry_node(name: str, entry: DeviceLogEntry) -> Node:
    fields = [
        Node("deviceEntityIdentifier", der.OCTET_STRING, bytes(entry.device)),
        integer_node("deviceType", entry.device_type),
    ]
    return Node(name, der.SEQUENCE, fields)


def _outcome_node(name: str, outcome: RestoreOutcome) -> Node:
    fields = [
        _entry_node("deviceLogEntry", outcome.entry),
        integer_node("joinResponseCode", outcome.result),
    ]
    return Node(name, der.SEQUENCE, fields)
