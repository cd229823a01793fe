"""The payloads of joins, device certificates, device logs, firmware and gas clock as a declared ASN.1 schema.

It is read and written by pyasn1: an independent oracle. The fields of our values stand in the order of the
schema, so that a value fills its schema field by field.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyasn1.codec.ber import decoder as ber_decoder
from pyasn1.codec.ber import encoder as ber_encoder
from pyasn1.type import namedtype, univ, useful

from devices.gbcs import device_certificates, device_log, firmware, gas_clock, joins
from devices.gbcs.identifiers import KeyUsage

_Integer, _Octets, _Time, _Null = univ.Integer(), univ.OctetString(), useful.GeneralizedTime(), univ.Null()
_Certificate = univ.Any()


def _sequence(*kinds: Any, optional: tuple[int, ...] = ()) -> univ.Sequence:
    fields = [
        (namedtype.OptionalNamedType if index in optional else namedtype.NamedType)(f"f{index}", kind)
        for index, kind in enumerate(kinds)
    ]
    return univ.Sequence(componentType=namedtype.NamedTypes(*fields))


def _sequence_of(kind: Any) -> univ.SequenceOf:
    return univ.SequenceOf(componentType=kind)


_LogEntry = _sequence(_Octets, _Integer)
_Log = _sequence_of(_LogEntry)
_Outcome = _sequence(_Integer, _Octets)
_SCHEMAS: dict[type, Any] = {
    device_certificates.IssueCredentials: _sequence(univ.BitString()),
    device_certificates.UpdateDeviceCertificate: _Certificate,
    device_certificates.UpdateDeviceCertificateResponse: _Integer,
    device_certificates.ProvideDeviceCertificate: _sequence(univ.BitString()),
    joins.JoinDevice: _sequence(_Integer, _Octets, _Integer, _Certificate, optional=(3,)),
    joins.JoinDeviceResponse: _Integer,
    joins.UnjoinDevice: _Octets,
    joins.UnjoinDeviceResponse: _Integer,
    device_log.ReadDeviceLog: _Null,
    device_log.ReadDeviceLogResponse: _sequence(_Integer, _Log, optional=(1,)),
    device_log.RestoreDeviceLog: _sequence(_Log),
    device_log.RestoreDeviceLogResponse: _sequence(_sequence_of(_sequence(_LogEntry, _Integer))),
    device_log.DeviceLogBackup: _sequence(_Integer, _Time, _Log),
    firmware.ActivateFirmware: _sequence(_Octets, _Integer, _Time, optional=(2,)),
    firmware.ActivateFirmwareAlert: _sequence(_Integer, _Time, _Integer, _Outcome),
    firmware.ReadFirmwareVersion: _Null,
    firmware.ReadFirmwareVersionResponse: _sequence(_Octets, _Integer, optional=(0,)),
    firmware.FirmwareVersionAlert: _sequence(_Integer, _Time, _Octets, _Integer),
    firmware.FirmwareTransferAlert: _sequence(_Integer, _Time, _Octets, _Octets, _Integer),
    gas_clock.SetClock: _sequence(_Time, _Time),
    gas_clock.SetClockResponse: _sequence(_Time, _Integer),
}


def encode(value: Any) -> bytes:
    """The payload of a value, written by pyasn1."""
    octets: bytes = ber_encoder.encode(_fill(_schema(value), value))
    return octets


def rewritten(value: Any, payload: bytes) -> bytes:
    """The payload of a value's kind, read by pyasn1 and written again with minimal lengths."""
    read, rest = ber_decoder.decode(payload, asn1Spec=_schema(value))
    assert rest == b""
    octets: bytes = ber_encoder.encode(read)
    return octets


def _schema(value: Any) -> Any:
    if type(value) in _SCHEMAS:
        return _SCHEMAS[type(value)]
    # What is left are the three choices.
    if isinstance(value, firmware.ActivateFirmwareResponse):
        return _Null if value.outcome is None else _Outcome
    return _Certificate if isinstance(value.outcome, bytes) else _Integer


def _fill(schema: Any, value: Any) -> Any:  # noqa: PLR0911
    match schema:
        case univ.Sequence():
            return _filled_sequence(schema, value)
        case univ.SequenceOf():
            filled = schema.clone()
            filled.extend(_fill(schema.componentType, item) for item in value)
            return filled
        case univ.Null():
            return schema.clone("")
        case _ if hasattr(value, "_fields"):
            return _fill(schema, value[0])
        case univ.BitString():
            content = value.value if isinstance(value, KeyUsage) else value
            return univ.BitString.fromOctetString(content[1:], padding=content[0])
        case useful.GeneralizedTime():
            return schema.clone(_text(value))
        case univ.Integer():
            return schema.clone(int(value))
    return schema.clone(bytes(value))


def _filled_sequence(schema: Any, value: Any) -> Any:
    # A choice of a sequence is a value with this sequence as its only field.
    fields = [item for name, item in zip(value._fields, value, strict=True) if name != "forms"]
    if len(fields) != len(schema.componentType):
        return _fill(schema, fields[0])
    filled = schema.clone()
    for index, item in enumerate(fields):
        if item is not None:
            filled.setComponentByPosition(index, _fill(schema.componentType[index].asn1Object, item))
    return filled


def _text(at: datetime) -> str:
    return f"{at.year:04}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}{at.second:02}Z"
