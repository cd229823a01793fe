"""CS06, CS08, CS09, CCS08: firmware activated, its version read, and the alerts about both (GBCS Annex 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs import der
from devices.gbcs.credentials import NO_FORMS
from devices.gbcs.der import DerReader, Forms, Node, integer_node, time_node
from devices.gbcs.der_payload import NamedNumber, ReadResult, named_number, open_payload, write_payload
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra

CS06: Final = MessageCode(0x0012)
CS06_ALERT: Final = MessageCode(0x00CA)
CS08: Final = MessageCode(0x0129)
CS09: Final = MessageCode(0x012B)
CCS08: Final = MessageCode(0x0128)
IMAGE_HASH_OCTETS: Final = 32


class FirmwareVersion(bytes):
    """A firmware version: four octets in all messages seen, but nothing says that it must be."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.hex().upper()


class ActivationResult(NamedNumber):
    """ActivateImageResponseCode: how the activation of an image went."""

    SUCCESS = 0, "success"
    NO_IMAGE_HELD = 1, "noImageHeld"
    HASH_MISMATCH = 2, "hashMismatch"
    ACTIVATION_FAILURE = 3, "activationFailure"


class DirectActivationResult(NamedNumber):
    """How a PPMID fared that activates an image without CS06."""

    SUCCESS = 0, "success"
    FAILURE = 1, "failure"


class TransferResult(NamedNumber):
    """How the transfer of an image to a device of the home went."""

    SUCCESS = 0, "success"
    IMAGE_DISCARDED = 1, "imageDiscarded"
    HARDWARE_VERSION_MISMATCH = 2, "hardwareVersionMismatch"
    FILE_TRANSFER_FAILURE = 3, "fileTransferFailure"


class ActivateFirmware(NamedTuple):
    """Payload of a CS06 command: the SHA-256 of the image (32 octets), the header's counter, when."""

    image_hash: bytes
    counter: OriginatorCounter
    execution_date_time: datetime | None = None
    forms: Forms = NO_FORMS


class ActivationOutcome(NamedTuple):
    """What an activation did, and the version in use since."""

    result: ActivationResult
    version: FirmwareVersion


class ActivateFirmwareResponse(NamedTuple):
    """Payload of a CS06 response: the outcome if executed at once, None if just accepted."""

    outcome: ActivationOutcome | None
    forms: Forms = NO_FORMS


class ActivateFirmwareAlert(NamedTuple):
    """Payload of the alert after a future-dated CS06 (8F66 or 8F67); the counter is the command's."""

    alert_code: int
    execution_date_time: datetime
    counter: OriginatorCounter
    outcome: ActivationOutcome
    forms: Forms = NO_FORMS


class ReadFirmwareVersion(NamedTuple):
    """Payload of a CS08 command; it says nothing."""

    forms: Forms = NO_FORMS


class ReadFirmwareVersionResponse(NamedTuple):
    """Payload of a CS08 response; ``version`` is None where the device left it out."""

    version: FirmwareVersion | None
    result: ReadResult
    forms: Forms = NO_FORMS


class FirmwareVersionAlert(NamedTuple):
    """Payload of the alert CS09 (8F8B): a PPMID has changed, or failed to change, its firmware."""

    alert_code: int
    date_time: datetime
    version: FirmwareVersion
    result: DirectActivationResult
    forms: Forms = NO_FORMS


class FirmwareTransferAlert(NamedTuple):
    """Payload of the alert CCS08 (8F89, 8F8A): the hub passed an image on to a device, or failed to."""

    alert_code: int
    date_time: datetime
    device: Eui64
    version: FirmwareVersion
    result: TransferResult
    forms: Forms = NO_FORMS


FirmwarePayload = (
    ActivateFirmware
    | ActivateFirmwareResponse
    | ActivateFirmwareAlert
    | ReadFirmwareVersion
    | ReadFirmwareVersionResponse
    | FirmwareVersionAlert
    | FirmwareTransferAlert
)


def decode_activate(payload: bytes) -> ActivateFirmware:
    """A CS06 command payload."""
    outer = open_payload(payload)
    command = outer.constructed("command")
    image_hash = command.octet_string("manufacturerImageHash", IMAGE_HASH_OCTETS)
    counter = OriginatorCounter(command.integer("originatorCounter"))
    at = None if command.at_end else command.time("executionDateTime")
    command.finish()
    outer.finish()
    return ActivateFirmware(image_hash, counter, at, outer.forms)


def decode_activate_response(payload: bytes) -> ActivateFirmwareResponse:
    """A CS06 response payload."""
    outer = open_payload(payload)
    outcome = None
    if outer.next_is(der.NULL):
        outer.octet_string("commandAccepted", 0, der.NULL)
    else:
        outcome = _read_outcome(outer)
    outer.finish()
    return ActivateFirmwareResponse(outcome, outer.forms)


def decode_activate_alert(payload: bytes) -> ActivateFirmwareAlert:
    """The payload of the alert after a future-dated CS06."""
    outer = open_payload(payload)
    alert, code, at = _open_alert(outer, "executionDateTime")
    counter = OriginatorCounter(alert.integer("originatorCounter"))
    outcome = _read_outcome(alert)
    alert.finish()
    outer.finish()
    return ActivateFirmwareAlert(code, at, counter, outcome, outer.forms)


def decode_read(payload: bytes) -> ReadFirmwareVersion:
    """A CS08 command payload."""
    outer = open_payload(payload)
    outer.octet_string("command", 0, der.NULL)
    outer.finish()
    return ReadFirmwareVersion(outer.forms)


def decode_read_response(payload: bytes) -> ReadFirmwareVersionResponse:
    """A CS08 response payload."""
    outer = open_payload(payload)
    response = outer.constructed("response")
    version = _read_version(response) if response.next_is(der.OCTET_STRING) else None
    result = named_number(response, "responseCode", ReadResult)
    response.finish()
    outer.finish()
    return ReadFirmwareVersionResponse(version, result, outer.forms)


def decode_version_alert(payload: bytes) -> FirmwareVersionAlert:
    """A CS09 alert payload."""
    outer = open_payload(payload)
    alert, code, at = _open_alert(outer, "dateTime")
    version = _read_version(alert)
    result = named_number(alert, "responseCode", DirectActivationResult)
    alert.finish()
    outer.finish()
    return FirmwareVersionAlert(code, at, version, result, outer.forms)


def decode_transfer_alert(payload: bytes) -> FirmwareTransferAlert:
    """A CCS08 alert payload."""
    outer = open_payload(payload)
    alert, code, at = _open_alert(outer, "dateTime")
    device = Eui64(alert.octet_string("deviceEntityIdentifier", 8))
    version = _read_version(alert)
    result = named_number(alert, "responseCode", TransferResult)
    alert.finish()
    outer.finish()
    return FirmwareTransferAlert(code, at, device, version, result, outer.forms)


DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], FirmwarePayload]]] = {
    (CS06, Cra.COMMAND): decode_activate,
    (CS06, Cra.RESPONSE): decode_activate_response,
    (CS06_ALERT, Cra.ALERT): decode_activate_alert,
    (CS08, Cra.COMMAND): decode_read,
    (CS08, Cra.RESPONSE): decode_read_response,
    (CS09, Cra.ALERT): decode_version_alert,
    (CCS08, Cra.ALERT): decode_transfer_alert,
}


def encode(value: FirmwarePayload) -> bytes:
    """The payload of a value, minimal DER but for the elements that its forms name."""
    return write_payload(_node(value), value.forms)


def _open_alert(outer: DerReader, time_field: str) -> tuple[DerReader, int, datetime]:
    alert = outer.constructed("alert")
    return alert, alert.integer("alertCode", maximum=0xFFFF), alert.time(time_field)


def _read_outcome(reader: DerReader) -> ActivationOutcome:
    inner = reader.constructed("executionOutcome")
    result = named_number(inner, "activateImageResponseCode", ActivationResult)
    outcome = ActivationOutcome(result, _read_version(inner))
    inner.finish()
    return outcome


def _read_version(reader: DerReader) -> FirmwareVersion:
    return FirmwareVersion(reader.octet_string("firmwareVersion"))


def _node(value: FirmwarePayload) -> Node:
    match value:
        case ActivateFirmware():
            return _activate_node(value)
        case ActivateFirmwareResponse(outcome):
            if outcome is None:
                return Node("commandAccepted", der.NULL, b"")
            return _outcome_node(outcome)
        case ReadFirmwareVersion():
            return Node("command", der.NULL, b"")
        case ReadFirmwareVersionResponse(version, result):
            fields = [] if version is None else [_version_node(version)]
            return Node("response", der.SEQUENCE, [*fields, integer_node("responseCode", result)])
        case _:
            return _alert_node(value)


def _activate_node(value: ActivateFirmware) -> Node:
    fields = [
        Node("manufacturerImageHash", der.OCTET_STRING, value.image_hash),
        integer_node("originatorCounter", value.counter),
    ]
    if value.execution_date_time is not None:
        fields.append(time_node("executionDateTime", value.execution_date_time))
    return Node("command", der.SEQUENCE, fields)


def _alert_node(value: ActivateFirmwareAlert | FirmwareVersionAlert | FirmwareTransferAlert) -> Node:
    fields = [integer_node("alertCode", value.alert_code)]
    match value:
        case ActivateFirmwareAlert():
            fields.append(time_node("executionDateTime", value.execution_date_time))
            fields.append(integer_node("originatorCounter", value.counter))
            fields.append(_outcome_node(value.outcome))
        case FirmwareVersionAlert():
            fields.append(time_node("dateTime", value.date_time))
            fields.append(_version_node(value.version))
            fields.append(integer_node("responseCode", value.result))
        case FirmwareTransferAlert():
            fields.append(time_node("dateTime", value.date_time))
            fields.append(Node("deviceEntityIdentifier", der.OCTET_STRING, bytes(value.device)))
            fields.append(_version_node(value.version))
            fields.append(integer_node("responseCode", value.result))
    return Node("alert", der.SEQUENCE, fields)


def _outcome_node(outcome: ActivationOutcome) -> Node:
    fields = [
        integer_node("activateImageResponseCode", outcome.result),
        _version_node(outcome.version),
    ]
    return Node("executionOutcome", der.SEQUENCE, fields)


def _version_node(version: FirmwareVersion) -> Node:
    return Node("firmwareVersion", der.OCTET_STRING, bytes(version))
