"""A network operator's two reads, as values: ECS23 of the ESME (SRV 4.10), GCS13a of the GPF (SRV 4.1.1).

The DCC builds the command, the party opens the response. Both are rows of the tables of reads.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_reads import build_plain_command, open_plain_reading
from devices.gbcs.dlms_shapes import ScalerUnit
from devices.gbcs.dlms_times import Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import (
    CUBIC_METRES,
    CURRENT_SUMMATION,
    DIVISOR,
    GBZ_READS,
    GCS13A,
    MULTIPLIER,
    UNIT_OF_MEASURE,
)
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import attribute_value, build_gbz_command, open_gbz_reading
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.read_table import (
    DLMS_READS,
    ECS23,
    OVER_VOLTAGES,
    OVER_VOLTAGES_UNIT,
    UNDER_VOLTAGES,
    UNDER_VOLTAGES_UNIT,
    VOLTAGE_LOG,
    VOLTAGE_PERIOD_SECONDS,
    VoltageEntry,
)
from devices.gbcs.zcl import AttributeId, ReadAttributesResponse, ZclStatus

__all__ = [
    "ECS23",
    "GCS13A",
    "GasConsumption",
    "NetworkData",
    "build_ecs23_command",
    "build_gcs13a_command",
    "open_ecs23_response",
    "open_gcs13a_response",
]


class NetworkData(NamedTuple):
    """What ECS23 reads, in the order of the command; a value is None where its code is not SUCCESS.

    ``voltages`` are average RMS volts, ``period_seconds`` is the time that each averages over.
    """

    codes: tuple[AccessCode, ...]
    under_voltage_count: int | None
    under_voltage_unit: ScalerUnit | None
    over_voltage_count: int | None
    over_voltage_unit: ScalerUnit | None
    voltages: tuple[VoltageEntry, ...] | None
    period_seconds: int | None

    @property
    def complete(self) -> bool:
        """Whether every item was read."""
        return all(code is AccessCode.SUCCESS for code in self.codes)


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


def build_ecs23_command(counter: OriginatorCounter, start: datetime, end: datetime) -> bytes:
    """The payload that reads the voltage counters and the voltage log from ``start`` to ``end``.

    Raises:
        GbcsError: ``start`` is later than ``end``, or one doesn't fit seconds since 2000 in 32 bits.
    """
    return build_plain_command(DLMS_READS[ECS23], counter, Period(start, end))


def open_ecs23_response(payload: bytes, counter: OriginatorCounter) -> NetworkData:
    """What an ESME answered to the command of ``counter``.

    Raises:
        GbcsError: the payload is no response to that command, or its values are not of the right types.
    """
    reading = open_plain_reading(DLMS_READS[ECS23], payload, counter)
    return NetworkData(
        reading.codes,
        reading.value(UNDER_VOLTAGES),
        reading.value(UNDER_VOLTAGES_UNIT),
        reading.value(OVER_VOLTAGES),
        reading.value(OVER_VOLTAGES_UNIT),
        reading.value(VOLTAGE_LOG),
        reading.value(VOLTAGE_PERIOD_SECONDS),
    )


def build_gcs13a_command() -> bytes:
    """The payload that reads the gas consumption register."""
    return build_gbz_command(GBZ_READS[GCS13A])


def open_gcs13a_response(
    payload: bytes,
    *,
    counter: OriginatorCounter,
    device: Eui64,
    requester: Eui64,
    secret: bytes,
    provider: CryptoProvider,
) -> GasConsumption:
    """What a gas device answered to ``requester``.

    ``secret`` is the shared secret Z (32 octets) of device and requester, ``counter`` that of the command's
    header.

    Raises:
        GbcsError: the payload is no encrypted response of this use case, or the tag does not verify.
    """
    protection = AttributeProtection.between(provider, secret, device, counter, requester)
    (answer,) = open_gbz_reading(GBZ_READS[GCS13A], payload, protection)
    if not isinstance(answer, ReadAttributesResponse):
        raise GbcsError("GCS13a response", f"nothing was read: {answer}")

    def number(attribute: AttributeId) -> int | None:
        value = attribute_value(answer, attribute)
        return value if isinstance(value, int) else None

    values = [number(attribute) for attribute in (DIVISOR, MULTIPLIER, UNIT_OF_MEASURE, CURRENT_SUMMATION)]
    return GasConsumption(tuple([record.status for record in answer.records]), *values)
