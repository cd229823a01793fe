"""DLMS data: values of the self-describing encoding A-XDR (IEC 62056-6-2, 62056-5-3).

Every value keeps what its octets said, so that encoding it again gives the same octets: a Boolean keeps
its octet, a length keeps its form where that is not minimal (``form``, 0 for minimal).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from devices.gbcs.cursor import Cursor, check_depth
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import encode_length


class DataType(enum.IntEnum):
    """The tags of DLMS data."""

    NULL = 0x00
    ARRAY = 0x01
    STRUCTURE = 0x02
    BOOLEAN = 0x03
    BIT_STRING = 0x04
    INT32 = 0x05
    UINT32 = 0x06
    OCTET_STRING = 0x09
    VISIBLE_STRING = 0x0A
    UTF8_STRING = 0x0C
    BCD = 0x0D
    INT8 = 0x0F
    INT16 = 0x10
    UINT8 = 0x11
    UINT16 = 0x12
    COMPACT_ARRAY = 0x13
    INT64 = 0x14
    UINT64 = 0x15
    ENUM = 0x16
    FLOAT32 = 0x17
    FLOAT64 = 0x18
    DATE_TIME = 0x19
    DATE = 0x1A
    TIME = 0x1B
    DONT_CARE = 0xFF


_TYPES: Final = {int(kind): kind for kind in DataType}
_NUMBERS: Final = {  # octets, signed
    DataType.BOOLEAN: (1, False),
    DataType.BCD: (1, False),
    DataType.ENUM: (1, False),
    DataType.INT8: (1, True),
    DataType.INT16: (2, True),
    DataType.INT32: (4, True),
    DataType.INT64: (8, True),
    DataType.UINT8: (1, False),
    DataType.UINT16: (2, False),
    DataType.UINT32: (4, False),
    DataType.UINT64: (8, False),
}
_FIXED: Final = {  # octets
    DataType.NULL: 0,
    DataType.DONT_CARE: 0,
    DataType.FLOAT32: 4,
    DataType.FLOAT64: 8,
    DataType.DATE_TIME: 12,
    DataType.DATE: 5,
    DataType.TIME: 4,
}
_TEXTS: Final = frozenset({DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING})
_NESTING: Final = frozenset({DataType.ARRAY, DataType.STRUCTURE})


@dataclass(frozen=True, slots=True)
class Number:
    """An integer, enumeration, BCD octet or Boolean (any octet but 0 is true)."""

    kind: DataType
    value: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value of fixed width, as its octets: null, don't-care, float, date-time, date, time."""

    kind: DataType
    octets: bytes = b""


@dataclass(frozen=True, slots=True)
class Text:
    """An octet string, visible string or UTF-8 string, as its octets."""

    kind: DataType
    octets: bytes
    form: int = 0


@dataclass(frozen=True, slots=True)
class BitString:
    """``bits`` bits, the first in the highest bit of the first octet; unused bits as sent."""

    bits: int
    octets: bytes
    form: int = 0


@dataclass(frozen=True, slots=True)
class Nested:
    """An array or a structure."""

    kind: DataType
    items: tuple[Value, ...]
    form: int = 0


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """What each row of a compact array is: a plain type, a structure of ``elements``, or an array.

    An array has one element description and a ``count`` of up to 65,535.
    """

    kind: DataType
    elements: tuple[TypeDescription, ...] = ()
    count: int = 0
    form: int = 0


@dataclass(frozen=True, slots=True)
class CompactArray:
    """Rows of one type, sent without their tags."""

    row: TypeDescription
    rows: tuple[Value, ...]
    form: int = 0


Value: TypeAlias = Number | Fixed | Text | BitString | Nested | CompactArray

NULL: Final = Fixed(DataType.NULL)


def octet_string(octets: bytes) -> Text:
    """An octet string."""
    return Text(DataType.OCTET_STRING, octets)


def unsigned(bits: int, value: int) -> Number:
    """An unsigned integer of 8, 16, 32 or 64 bits."""
    return Number(_UNSIGNED[bits], value)


def structure(*items: Value) -> Nested:
    """A structure."""
    return Nested(DataType.STRUCTURE, items)


def array(items: Iterable[Value] = ()) -> Nested:
    """An array."""
    return Nested(DataType.ARRAY, tuple(items))


_UNSIGNED: Final = {8: DataType.UINT8, 16: DataType.UINT16, 32: DataType.UINT32, 64: DataType.UINT64}


def read_value(cursor: Cursor, depth: int = 0) -> Value:
    """Read one value with its tag.

    Raises:
        GbcsError: no value stands there, or it is nested too deeply.
    """
    check_depth(depth, cursor.where, cursor.position)
    cursor.spend(1)
    kind = _read_type(cursor)
    if kind in _NESTING:
        count, form = cursor.length()
        if count > cursor.left:
            raise cursor.error(f"count {count}, but only {cursor.left} octets are left")
        return Nested(kind, tuple([read_value(cursor, depth + 1) for _ in range(count)]), form)
    if kind is DataType.COMPACT_ARRAY:
        return _read_compact_array(cursor, depth)
    return _read_plain(cursor, kind)


def write_value(value: Value, depth: int = 0) -> bytes:
    """The octets of a value, tag first.

    Raises:
        GbcsError: a number is out of range, octets don't fit the type, a row isn't of the described type.
    """
    check_depth(depth, "DLMS data")
    if isinstance(value, Nested):
        _check_kind(value.kind, _NESTING)
        items = b"".join([write_value(item, depth + 1) for item in value.items])
        return bytes((value.kind,)) + encode_length(len(value.items), value.form) + items
    if isinstance(value, CompactArray):
        rows = b"".join([_write_row(row, value.row, depth) for row in value.rows])
        description = _write_description(value.row, depth)
        return b"".join((b"\x13", description, encode_length(len(rows), value.form), rows))
    kind = DataType.BIT_STRING if isinstance(value, BitString) else value.kind
    return bytes((kind,)) + _write_plain(value)


def _read_type(cursor: Cursor) -> DataType:
    tag = cursor.number(1)
    kind = _TYPES.get(tag)
    if kind is None:
        raise cursor.error(f"{tag:02X} is no tag of DLMS data", 1)
    return kind


def _read_plain(cursor: Cursor, kind: DataType) -> Value:
    """A value that holds no other, behind its tag."""
    if (number := _NUMBERS.get(kind)) is not None:
        return Number(kind, cursor.number(number[0], signed=number[1]))
    if (size := _FIXED.get(kind)) is not None:
        return Fixed(kind, cursor.take(size))
    if kind is DataType.BIT_STRING:
        bits, form = cursor.length()
        return BitString(bits, cursor.take((bits + 7) // 8), form)
    return Text(kind, *cursor.with_length())


def _write_plain(value: Number | Fixed | Text | BitString) -> bytes:
    if isinstance(value, Number):
        size, signed = _NUMBERS[_check_kind(value.kind, _NUMBERS)]
        try:
            return value.value.to_bytes(size, "big", signed=signed)
        except OverflowError:
            raise GbcsError("DLMS data", f"{value.value} is out of range for {value.kind.name}") from None
    if isinstance(value, Text):
        _check_kind(value.kind, _TEXTS)
        return encode_length(len(value.octets), value.form) + value.octets
    if isinstance(value, BitString):
        _check_size(value.octets, (value.bits + 7) // 8, f"BIT_STRING of {value.bits} bits")
        return encode_length(value.bits, value.form) + value.octets
    _check_size(value.octets, _FIXED[_check_kind(value.kind, _FIXED)], value.kind.name)
    return value.octets


def _check_kind(kind: DataType, allowed: Iterable[DataType]) -> DataType:
    if kind not in allowed:
        raise GbcsError("DLMS data", f"{kind.name} is not the type of such a value")
    return kind


def _check_size(octets: bytes, size: int, what: str) -> None:
    if len(octets) != size:
        raise GbcsError("DLMS data", f"{len(octets)} octets for {what}, expected {size}")


def _read_compact_array(cursor: Cursor, depth: int) -> CompactArray:
    description = _read_description(cursor, depth + 1)
    length, form = cursor.length()
    if length > cursor.left:
        raise cursor.error(f"length {length}, but only {cursor.left} octets are left")
    end, rows = cursor.position + length, []
    while (start := cursor.position) < end:
        rows.append(_read_row(cursor, description))
        if cursor.position == start:
            raise cursor.error("rows of a type that takes no octets")
    if cursor.position != end:
        raise cursor.error("a row runs over the end of its compact array", cursor.position - end)
    return CompactArray(description, tuple(rows), form)


def _read_description(cursor: Cursor, depth: int) -> TypeDescription:
    check_depth(depth, cursor.where, cursor.position)
    cursor.spend(1)
    kind = _read_type(cursor)
    if kind is DataType.ARRAY:
        count = cursor.number(2)
        return TypeDescription(kind, (_read_description(cursor, depth + 1),), count)
    if kind is DataType.STRUCTURE:
        count, form = cursor.length()
        if count > cursor.left:
            raise cursor.error(f"count {count}, but only {cursor.left} octets are left")
        elements = tuple([_read_description(cursor, depth + 1) for _ in range(count)])
        return TypeDescription(kind, elements, form=form)
    if kind is DataType.COMPACT_ARRAY:
        raise cursor.error("a compact array holds no compact arrays", 1)
    return TypeDescription(kind)


def _read_row(cursor: Cursor, description: TypeDescription) -> Value:
    cursor.spend(1)
    kind = description.kind
    if kind is DataType.STRUCTURE:
        return Nested(kind, tuple([_read_row(cursor, element) for element in description.elements]))
    if kind is DataType.ARRAY:
        element = description.elements[0]
        return Nested(kind, tuple([_read_row(cursor, element) for _ in range(description.count)]))
    return _read_plain(cursor, kind)


def _write_description(description: TypeDescription, depth: int) -> bytes:
    check_depth(depth + 1, "DLMS data")
    kind = description.kind
    if kind is DataType.COMPACT_ARRAY:
        raise GbcsError("DLMS data", "a compact array holds no compact arrays")
    elements = b"".join([_write_description(element, depth + 1) for element in description.elements])
    if kind is DataType.ARRAY:
        if len(description.elements) != 1 or not 0 <= description.count <= 0xFFFF:
            raise GbcsError("DLMS data", "an array description has one element and a count to 65,535")
        return bytes((kind,)) + description.count.to_bytes(2, "big") + elements
    if kind is DataType.STRUCTURE:
        return bytes((kind,)) + encode_length(len(description.elements), description.form) + elements
    return bytes((kind,))


def _write_row(row: Value, description: TypeDescription, depth: int) -> bytes:
    check_depth(depth + 1, "DLMS data")
    kind = description.kind
    if kind in _NESTING:
        elements = description.elements * (description.count if kind is DataType.ARRAY else 1)
        if not isinstance(row, Nested) or row.kind is not kind or len(row.items) != len(elements):
            raise GbcsError("DLMS data", f"a row is not the {kind.name} that its compact array describes")
        pairs = zip(row.items, elements, strict=True)
        return b"".join([_write_row(item, element, depth + 1) for item, element in pairs])
    if isinstance(row, Nested | CompactArray):
        raise GbcsError("DLMS data", f"a row is nested, expected {kind.name}")
    if (DataType.BIT_STRING if isinstance(row, BitString) else row.kind) is not kind:
        raise GbcsError("DLMS data", f"a row is not the {kind.name} that its compact array describes")
    return _write_plain(row)
