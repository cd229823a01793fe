"""GCS13a Read GSME Consumption Register (message code 0074, SRV 4.1.1): command and response payloads.

One ZigBee command on the metering cluster reads four attributes; the whole response is encrypted for the
party that asked.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from devices.gbcs import gbz
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import AttributeProtection, Component, ProtectedBody
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.zcl import (
    AttributeId,
    AttributeRecord,
    ClusterId,
    ReadAttributes,
    ReadAttributesResponse,
    ZclHeader,
    ZclStatus,
    ZclType,
    ZclValue,
)

GCS13A: Final = MessageCode(0x0074)
METERING_CLUSTER: Final = ClusterId(0x0702)
DIVISOR: Final = AttributeId(0x0302)
MULTIPLIER: Final = AttributeId(0x0301)
UNIT_OF_MEASURE: Final = AttributeId(0x0300)
CURRENT_SUMMATION: Final = AttributeId(0x0000)
CUBIC_METRES: Final = 1

ATTRIBUTES: Final = {
    DIVISOR: ZclType.UINT24,
    MULTIPLIER: ZclType.UINT24,
    UNIT_OF_MEASURE: ZclType.ENUM8,
    CURRENT_SUMMATION: ZclType.UINT48,
}
"""What the use case reads, in its order, and of which type each is."""

_COMMAND: Final = ZclHeader(frame_control=0x00, sequence=0, command=0x00)
_RESPONSE: Final = ZclHeader(frame_control=0x18, sequence=0, command=0x01)
_WHERE: Final = "GCS13a response"


class GasConsumption(NamedTuple):
    """What GCS13a reads, in the order of the command; a value is None where its status is not SUCCESS.

    The register stands at ``summation`` * ``multiplier`` / ``divisor`` in ``unit`` (1: cubic metres).
    """

    statuses: tuple[ZclStatus, ...]
    divisor: int | None
    multiplier: int | None
    unit: int | None
    summation: int | None

    @property
    def complete(self) -> bool:
        """Whether every attribute was read."""
        return all(status is ZclStatus.SUCCESS for status in self.statuses)

    @property
    def cubic_metres(self) -> Decimal | None:
        """The register in cubic metres; None if something is missing or the unit is another."""
        if not self.divisor or self.multiplier is None or self.summation is None:
            return None
        return Decimal(self.summation * self.multiplier) / self.divisor if self.unit == CUBIC_METRES else None


def build_gcs13a_command() -> bytes:
    """The payload that reads the gas consumption register."""
    return gbz.encode((Component(METERING_CLUSTER, _COMMAND, ReadAttributes(tuple(ATTRIBUTES))),))


def read_gcs13a_command(payload: bytes) -> tuple[int, tuple[AttributeId, ...]]:
    """The ZCL sequence number of a command, and the attributes that it asks for.

    Raises:
        GbcsError: the payload is anything but one read attributes command on the metering cluster.
    """
    components = gbz.decode(payload)
    first = components[0] if len(components) == 1 else None
    if first is None or first.cluster != METERING_CLUSTER or not isinstance(first.body, ReadAttributes):
        raise GbcsError("GCS13a command", "expected one read attributes command on cluster 0702")
    return first.header.sequence, first.body.attributes


def seal_gcs13a_response(
    sequence: int, records: tuple[AttributeRecord, ...], protection: AttributeProtection
) -> bytes:
    """The response payload that carries ``records``, encrypted.

    Raises:
        GbcsError: a value is out of range.
    """
    header = _RESPONSE._replace(sequence=sequence)
    response = Component(METERING_CLUSTER, header, ReadAttributesResponse(records))
    return gbz.encode((protection.seal(response),))


def encode_gcs13a_response(consumption: GasConsumption, protection: AttributeProtection) -> bytes:
    """The response payload that carries ``consumption``, encrypted.

    Raises:
        GbcsError: a value is out of range, or values and statuses don't go together.
    """
    columns = zip(ATTRIBUTES.items(), consumption.statuses, consumption[1:], strict=True)
    records = [
        AttributeRecord(attribute, status, None if value is None else ZclValue(kind, value))
        for (attribute, kind), status, value in columns
    ]
    return seal_gcs13a_response(0, tuple(records), protection)


def decrypt_gcs13a_response(payload: bytes, protection: AttributeProtection) -> GasConsumption:
    """What a GPF answered, decrypted.

    Raises:
        GbcsError: the payload is no encrypted response of this use case, or the tag does not verify.
    """
    components = gbz.decode(payload)
    if len(components) != 1 or components[0].cluster != METERING_CLUSTER:
        raise GbcsError(_WHERE, "expected one component on cluster 0702")
    if not isinstance(components[0].body, ProtectedBody):
        raise GbcsError(_WHERE, "not encrypted")
    body = protection.open(components[0]).body
    if not isinstance(body, ReadAttributesResponse):
        raise GbcsError(_WHERE, "not a read attributes response")
    if tuple([record.attribute for record in body.records]) != tuple(ATTRIBUTES):
        raise GbcsError(_WHERE, "other attributes than the use case reads")
    divisor, multiplier, unit, summation = [_integer(record) for record in body.records]
    statuses = tuple([record.status for record in body.records])
    return GasConsumption(statuses, divisor, multiplier, unit, summation)


def _integer(record: AttributeRecord) -> int | None:
    if record.value is None:
        return None
    kind, value = record.value
    expected = ATTRIBUTES[record.attribute]
    if kind is not expected or not isinstance(value, int):
        raise GbcsError(_WHERE, f"attribute {record.attribute:04X} is {kind.name}, expected {expected.name}")
    return value
