"""ECS23 Read Voltage Operational Data (message code 0039, SRV 4.10): command and response payloads.

Six items: value and unit of the under-voltage and over-voltage counters, the voltage log of a period, and
the time that each of its entries averages over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs import dlms
from devices.gbcs.dlms import (
    AccessCode,
    AccessRequest,
    AccessResponse,
    AccessResult,
    AccessService,
    AccessSpecification,
    ObisCode,
    Selection,
    long_invoke_id,
)
from devices.gbcs.dlms_data import (
    NULL,
    CompactArray,
    DataType,
    Nested,
    Number,
    TypeDescription,
    Value,
    array,
    octet_string,
    structure,
    unsigned,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.zcl import utc_moment, utc_seconds

ECS23: Final = MessageCode(0x0039)

_REGISTER: Final = 3
_PROFILE_GENERIC: Final = 7
_VALUE: Final = 2
_SCALER_UNIT: Final = 3
_CAPTURE_PERIOD: Final = 4
_BY_RANGE: Final = 1
_UNDER_VOLTAGE: Final = ObisCode(bytes((1, 0, 32, 32, 0, 4)))
_OVER_VOLTAGE: Final = ObisCode(bytes((1, 0, 32, 36, 0, 4)))
_VOLTAGE_LOG: Final = ObisCode(bytes((1, 0, 32, 24, 0, 255)))
_ENTRY_TIME: Final = structure(
    unsigned(16, 1), octet_string(bytes((0, 0, 94, 44, 100, 255))), Number(DataType.INT8, 2), unsigned(16, 0)
)
_UINT32: Final = TypeDescription(DataType.UINT32)
_ENTRY_TYPE: Final = TypeDescription(DataType.STRUCTURE, (_UINT32, _UINT32))
_WHERE: Final = "ECS23 response"

ITEMS: Final = (
    AccessSpecification(AccessService.GET, _REGISTER, _UNDER_VOLTAGE, _VALUE),
    AccessSpecification(AccessService.GET, _REGISTER, _UNDER_VOLTAGE, _SCALER_UNIT),
    AccessSpecification(AccessService.GET, _REGISTER, _OVER_VOLTAGE, _VALUE),
    AccessSpecification(AccessService.GET, _REGISTER, _OVER_VOLTAGE, _SCALER_UNIT),
    AccessSpecification(AccessService.GET_WITH_SELECTION, _PROFILE_GENERIC, _VOLTAGE_LOG, _VALUE),
    AccessSpecification(AccessService.GET, _PROFILE_GENERIC, _VOLTAGE_LOG, _CAPTURE_PERIOD),
)
"""What the use case reads, in its order; the log without the period that selects from it."""
UNDER_VOLTAGE_ITEM: Final = 0
OVER_VOLTAGE_ITEM: Final = 2
LOG_ITEM: Final = 4
PERIOD_ITEM: Final = 5


class ScalerUnit(NamedTuple):
    """Power of ten and unit of a register; 255 is a plain count."""

    scaler: int = 0
    unit: int = 255


class VoltageEntry(NamedTuple):
    """Average RMS voltage of the averaging period that ended at ``at``."""

    at: datetime
    volts: int


NetworkValue = int | ScalerUnit | tuple[VoltageEntry, ...]


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


def build_ecs23_command(counter: OriginatorCounter, start: datetime, end: datetime) -> bytes:
    """The payload that reads the voltage counters and the voltage log from ``start`` to ``end``.

    Raises:
        GbcsError: ``start`` is later than ``end``, or one doesn't fit seconds since 2000 in 32 bits.
    """
    if start > end:
        raise GbcsError("ECS23 period", f"{start.isoformat()} is later than {end.isoformat()}")
    items = list(ITEMS)
    items[LOG_ITEM] = items[LOG_ITEM]._replace(selection=_selection(utc_seconds(start), utc_seconds(end)))
    return dlms.encode(AccessRequest(long_invoke_id(counter), tuple(items), (NULL,) * len(items)))


def selected_period(selection: Selection) -> tuple[datetime, datetime] | None:
    """The period that a command selects, both ends included; None if it is no range over time."""
    parameters = selection.parameters
    if not isinstance(parameters, Nested) or len(parameters.items) != 4:
        return None
    _, start, end, _ = parameters.items
    if not isinstance(start, Number) or not isinstance(end, Number):
        return None
    # Anything but the one form that the use case knows differs from what its two numbers would give.
    if start.kind is not DataType.UINT32 or selection != _selection(start.value, end.value):
        return None
    return utc_moment(start.value), utc_moment(end.value)


def encode_ecs23_response(counter: OriginatorCounter, data: NetworkData) -> bytes:
    """The response payload that carries ``data``.

    Raises:
        GbcsError: a number is out of range, or there is not one code an item.
    """
    values = data[1:]
    encoded = [NULL if value is None else network_value(value) for value in values]
    results = [AccessResult(AccessService.GET, code) for code in data.codes]
    return dlms.encode(AccessResponse(long_invoke_id(counter), tuple(encoded), tuple(results)))


def open_ecs23_response(payload: bytes, counter: OriginatorCounter) -> NetworkData:
    """What an ESME answered to the command of ``counter``.

    Raises:
        GbcsError: the payload is no response to that command, or its values are not of the right types.
    """
    response = dlms.decode_response(payload)
    check_invoke_id(response.invoke_id, counter)
    if len(response.results) != len(ITEMS):
        raise GbcsError(_WHERE, f"{len(response.results)} items, expected {len(ITEMS)}")
    codes = tuple([result.code for result in response.results])
    for value, code in zip(response.data, codes, strict=True):
        if (value == NULL) == (code is AccessCode.SUCCESS):
            raise GbcsError(_WHERE, f"result {code.name} and value don't go together")
    under, under_unit, over, over_unit, voltages, period = response.data
    return NetworkData(
        codes,
        None if under == NULL else _number(under, DataType.UINT32),
        None if under_unit == NULL else _scaler_unit(under_unit),
        None if over == NULL else _number(over, DataType.UINT32),
        None if over_unit == NULL else _scaler_unit(over_unit),
        None if voltages == NULL else _voltages(voltages),
        None if period == NULL else _number(period, DataType.UINT32),
    )


def check_invoke_id(found: dlms.LongInvokeId, counter: OriginatorCounter) -> None:
    """Check that a payload belongs to the message with this originator counter.

    Raises:
        GbcsError: it has another invoke id.
    """
    expected = long_invoke_id(counter)
    if found != expected:
        raise GbcsError("long-invoke-id", f"{found:08X}, expected {expected:08X} of the originator counter")


def network_value(value: NetworkValue) -> Value:
    """The DLMS value of a counter or period, of a unit, or of voltage log entries."""
    if isinstance(value, int):
        return unsigned(32, value)
    if isinstance(value, ScalerUnit):
        return structure(Number(DataType.INT8, value.scaler), Number(DataType.ENUM, value.unit))
    rows = [structure(unsigned(32, utc_seconds(entry.at)), unsigned(32, entry.volts)) for entry in value]
    return CompactArray(_ENTRY_TYPE, tuple(rows))


def _selection(start_seconds: int, end_seconds: int) -> Selection:
    period = structure(_ENTRY_TIME, unsigned(32, start_seconds), unsigned(32, end_seconds), array())
    return Selection(_BY_RANGE, period)


def _number(value: Value, kind: DataType) -> int:
    if not isinstance(value, Number) or value.kind is not kind:
        raise GbcsError(_WHERE, f"a value is not of type {kind.name}")
    return value.value


def _items(value: Value, count: int) -> tuple[Value, ...]:
    if not isinstance(value, Nested) or value.kind is not DataType.STRUCTURE or len(value.items) != count:
        raise GbcsError(_WHERE, f"a value is not a structure of {count}")
    return value.items


def _scaler_unit(value: Value) -> ScalerUnit:
    scaler, unit = _items(value, 2)
    return ScalerUnit(_number(scaler, DataType.INT8), _number(unit, DataType.ENUM))


def _voltages(value: Value) -> tuple[VoltageEntry, ...]:
    if not isinstance(value, CompactArray) or value.row != _ENTRY_TYPE:
        raise GbcsError(_WHERE, "the voltage log is not a compact array of time and voltage")
    entries = []
    for row in value.rows:
        at, volts = [_number(column, DataType.UINT32) for column in _items(row, 2)]
        entries.append(VoltageEntry(utc_moment(at), volts))
    return tuple(entries)
