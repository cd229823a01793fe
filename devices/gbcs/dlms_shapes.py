"""Shapes of DLMS values: how a typed value stands in DLMS data, and how it is read back.

A shape takes only what it describes, so that what it reads it writes again octet by octet, but for lengths
that are not minimal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from devices.gbcs.dlms_data import (
    BitString,
    CompactArray,
    DataType,
    Nested,
    Number,
    Text,
    TypeDescription,
    Value,
    octet_string,
)
from devices.gbcs.dlms_times import date_time_value, read_date_time
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import DlmsDateTime
from devices.gbcs.zcl import utc_moment, utc_seconds

Content = TypeVar("Content")
_WHERE: Final = "DLMS value"


class ScalerUnit(NamedTuple):
    """Power of ten and unit of a register; 255 is a plain count."""

    scaler: int = 0
    unit: int = 255


class Shape(Protocol[Content]):
    """One kind of value; ``kind`` is its DLMS type."""

    @property
    def kind(self) -> DataType:
        """The DLMS type of the value."""
        ...

    def read(self, value: Value) -> Content:
        """The typed value.

        Raises:
            GbcsError: the DLMS value is not of this shape.
        """
        ...

    def write(self, content: Content) -> Value:
        """The DLMS value; whether a number fits its type is seen when it is encoded.

        Raises:
            GbcsError: the typed value is none that this shape can hold.
        """
        ...


@dataclass(frozen=True, slots=True)
class Integer:
    """A number of one type."""

    kind: DataType

    def read(self, value: Value) -> int:
        """The number."""
        if not isinstance(value, Number) or value.kind is not self.kind:
            raise GbcsError(_WHERE, f"not a value of type {self.kind.name}")
        return value.value

    def write(self, content: int) -> Value:
        """The number with its type."""
        return Number(self.kind, content)


@dataclass(frozen=True, slots=True)
class Seconds:
    """A moment as seconds since 2000 in 32 bits."""

    kind: DataType = DataType.UINT32

    def read(self, value: Value) -> datetime:
        """The moment."""
        return utc_moment(UINT32.read(value))

    def write(self, content: datetime) -> Value:
        """The seconds."""
        return UINT32.write(utc_seconds(content))


@dataclass(frozen=True, slots=True)
class Octets:
    """An octet string, of ``count`` octets where that is said; ``or_empty`` lets it have none as well."""

    count: int | None = None
    or_empty: bool = False
    kind: DataType = DataType.OCTET_STRING

    def read(self, value: Value) -> bytes:
        """The octets."""
        if not isinstance(value, Text) or value.kind is not self.kind:
            raise GbcsError(_WHERE, "not an octet string")
        return self._checked(value.octets)

    def write(self, content: bytes) -> Value:
        """The octet string."""
        return octet_string(self._checked(content))

    def _checked(self, octets: bytes) -> bytes:
        if self.count is not None and len(octets) != self.count and (octets or not self.or_empty):
            none = " or none" if self.or_empty else ""
            raise GbcsError(_WHERE, f"{len(octets)} octets, expected {self.count}{none}")
        return octets


@dataclass(frozen=True, slots=True)
class EntityId:
    """An EUI-64 as an octet string."""

    kind: DataType = DataType.OCTET_STRING

    def read(self, value: Value) -> Eui64:
        """The identifier."""
        return Eui64(Octets(8).read(value))

    def write(self, content: Eui64) -> Value:
        """The octet string."""
        return octet_string(content)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date-time as an octet string of 12."""

    kind: DataType = DataType.OCTET_STRING

    def read(self, value: Value) -> DlmsDateTime:
        """The date-time."""
        return read_date_time(value, _WHERE)

    def write(self, content: DlmsDateTime) -> Value:
        """The octet string."""
        return date_time_value(content)


@dataclass(frozen=True, slots=True)
class Flags:
    """Eight bits, the first the highest."""

    kind: DataType = DataType.BIT_STRING

    def read(self, value: Value) -> int:
        """The bits as a number."""
        if not isinstance(value, BitString) or value.bits != 8:
            raise GbcsError(_WHERE, "not a bit string of 8")
        return value.octets[0]

    def write(self, content: int) -> Value:
        """The bit string."""
        if not 0 <= content <= 0xFF:
            raise GbcsError(_WHERE, f"{content}, expected 8 bits")
        return BitString(8, bytes((content,)))


@dataclass(frozen=True, slots=True)
class Bits:
    """A bit string of ``count`` bits (a multiple of 8) as a number: the last bit is the lowest."""

    count: int
    kind: DataType = DataType.BIT_STRING

    def read(self, value: Value) -> int:
        """The bits as a number."""
        if not isinstance(value, BitString) or value.bits != self.count:
            raise GbcsError(_WHERE, f"not a bit string of {self.count}")
        return int.from_bytes(value.octets, "big")

    def write(self, content: int) -> Value:
        """The bit string."""
        if not 0 <= content < 1 << self.count:
            raise GbcsError(_WHERE, f"{content}, expected {self.count} bits")
        return BitString(self.count, content.to_bytes(self.count // 8, "big"))


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same value; no part of the record that it stands in."""

    value: Value
    kind: DataType = DataType.NULL

    def read(self, value: Value) -> None:
        """Nothing."""
        if value != self.value:
            raise GbcsError(_WHERE, f"{value}, expected {self.value}")

    def write(self, content: None = None) -> Value:
        """The value."""
        if content is not None:
            raise GbcsError(_WHERE, f"{content}, where always the same stands")
        return self.value


@dataclass(frozen=True, slots=True)
class Record(Generic[Content]):
    """A structure that is a named tuple; the last ``optional`` fields may lack, and are None then."""

    make: Callable[..., Content]
    fields: tuple[Shape[Any], ...]
    optional: int = 0
    kind: DataType = DataType.STRUCTURE

    def read(self, value: Value) -> Content:
        """The named tuple."""
        if not isinstance(value, Nested) or value.kind is not self.kind:
            raise GbcsError(_WHERE, f"not a {self.kind.name}")
        return self.make(*_read_fields(self.fields, self.optional, value.items))

    def write(self, content: Content) -> Value:
        """The structure."""
        return Nested(self.kind, _write_fields(self.fields, self.optional, content))


@dataclass(frozen=True, slots=True)
class ListOf(Generic[Content]):
    """An array of items of one shape, ``count`` of them where that is said."""

    item: Shape[Content]
    count: int | None = None
    kind: DataType = DataType.ARRAY

    def read(self, value: Value) -> tuple[Content, ...]:
        """The items."""
        if not isinstance(value, Nested) or value.kind is not self.kind:
            raise GbcsError(_WHERE, f"not an {self.kind.name}")
        self._check(len(value.items))
        return tuple([self.item.read(item) for item in value.items])

    def write(self, content: tuple[Content, ...]) -> Value:
        """The array."""
        self._check(len(content))
        return Nested(self.kind, tuple([self.item.write(item) for item in content]))

    def _check(self, found: int) -> None:
        if self.count is not None and found != self.count:
            raise GbcsError(_WHERE, f"an array of {found}, expected {self.count}")


@dataclass(frozen=True, slots=True)
class Rows(Generic[Content]):
    """A compact array of structures; the last ``optional`` columns may lack, and are None then.

    All rows have the same columns: those of the first. No rows at all are sent without the optional ones.
    """

    make: Callable[..., Content]
    columns: tuple[Shape[Any], ...]
    optional: int = 0
    kind: DataType = DataType.COMPACT_ARRAY

    def read(self, value: Value) -> tuple[Content, ...]:
        """The rows."""
        if not isinstance(value, CompactArray):
            raise GbcsError(_WHERE, "not a compact array")
        if value.row != self._description(len(value.row.elements)):
            raise GbcsError(_WHERE, "a compact array of other columns")
        return tuple([self._read_row(row) for row in value.rows])

    def write(self, content: tuple[Content, ...]) -> Value:
        """The compact array."""
        rows = [_write_fields(self.columns, self.optional, row) for row in content]
        columns = len(rows[0]) if rows else len(self.columns) - self.optional
        nested = tuple([Nested(DataType.STRUCTURE, row) for row in rows])
        return CompactArray(self._description(columns), nested)

    def _description(self, columns: int) -> TypeDescription:
        elements = tuple([TypeDescription(column.kind) for column in self.columns[:columns]])
        return TypeDescription(DataType.STRUCTURE, elements)

    def _read_row(self, row: Value) -> Content:
        if not isinstance(row, Nested):
            raise GbcsError(_WHERE, "a row is no structure")
        return self.make(*_read_fields(self.columns, self.optional, row.items))


BOOLEAN: Final = Integer(DataType.BOOLEAN)
INT8: Final = Integer(DataType.INT8)
INT32: Final = Integer(DataType.INT32)
UINT8: Final = Integer(DataType.UINT8)
UINT16: Final = Integer(DataType.UINT16)
UINT32: Final = Integer(DataType.UINT32)
ENUM: Final = Integer(DataType.ENUM)
SECONDS: Final = Seconds()
DATE_TIME: Final = DateTime()
ENTITY_ID: Final = EntityId()
UNIT: Final = Record(ScalerUnit, (INT8, ENUM))


def _read_fields(fields: tuple[Shape[Any], ...], optional: int, values: tuple[Value, ...]) -> list[Any]:
    lacking = len(fields) - len(values)
    if not 0 <= lacking <= optional:
        raise GbcsError(_WHERE, f"{len(values)} fields, expected {len(fields)}")
    pairs = zip(fields, values, strict=False)
    found = [(field, field.read(value)) for field, value in pairs]
    return [read for field, read in found if not isinstance(field, Constant)] + [None] * lacking


def _write_fields(fields: tuple[Shape[Any], ...], optional: int, content: Any) -> tuple[Value, ...]:
    if len(content) == len(fields) and (not optional or content[-1] is not None):
        return tuple([field.write(value) for field, value in zip(fields, content, strict=True)])
    given = list(content)
    lacking = 0
    while lacking < optional and given and given[-1] is None:
        given.pop()
        lacking += 1
    written = fields[: len(fields) - lacking]
    expected = sum(not isinstance(field, Constant) for field in written)
    if len(given) != expected:
        raise GbcsError(_WHERE, f"{content}, expected {expected} values")
    values = iter(given)
    return tuple([field.write(None if isinstance(field, Constant) else next(values)) for field in written])
