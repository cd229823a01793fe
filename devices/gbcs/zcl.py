"""ZigBee Cluster Library frames as GBCS carries them: header, read attributes and its response.

ZCL numbers are little-endian. A value keeps what its octets said, so that encoding gives them back.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, NewType

from devices.gbcs.cursor import Cursor
from devices.gbcs.errors import GbcsError

ClusterId = NewType("ClusterId", int)
AttributeId = NewType("AttributeId", int)

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_MANUFACTURER_SPECIFIC: Final = 0x04
_FRAME_TYPE: Final = 0x03
_READ_ATTRIBUTES: Final = 0x00
_READ_ATTRIBUTES_RESPONSE: Final = 0x01


def utc_seconds(moment: datetime) -> int:
    """Seconds since 2000-01-01 00:00 UTC, as ZigBee and GBCS logs count them.

    Raises:
        GbcsError: the moment does not fit 32 bits.
    """
    seconds = (moment - _EPOCH) // _SECOND
    if not 0 <= seconds <= 0xFFFFFFFF:
        raise GbcsError("UTC time", f"{moment.isoformat()}, expected 2000-01-01 to 2136-02-07")
    return seconds


def utc_moment(seconds: int) -> datetime:
    """The moment of a number of seconds since 2000-01-01 00:00 UTC."""
    return _EPOCH + timedelta(seconds=seconds)


class ZclType(enum.IntEnum):
    """Data types of the ZigBee Cluster Library, without those that nest."""

    NO_DATA = 0x00
    DATA8 = 0x08
    DATA16 = 0x09
    DATA24 = 0x0A
    DATA32 = 0x0B
    DATA40 = 0x0C
    DATA48 = 0x0D
    DATA56 = 0x0E
    DATA64 = 0x0F
    BOOLEAN = 0x10
    BITMAP8 = 0x18
    BITMAP16 = 0x19
    BITMAP24 = 0x1A
    BITMAP32 = 0x1B
    BITMAP40 = 0x1C
    BITMAP48 = 0x1D
    BITMAP56 = 0x1E
    BITMAP64 = 0x1F
    UINT8 = 0x20
    UINT16 = 0x21
    UINT24 = 0x22
    UINT32 = 0x23
    UINT40 = 0x24
    UINT48 = 0x25
    UINT56 = 0x26
    UINT64 = 0x27
    INT8 = 0x28
    INT16 = 0x29
    INT24 = 0x2A
    INT32 = 0x2B
    INT40 = 0x2C
    INT48 = 0x2D
    INT56 = 0x2E
    INT64 = 0x2F
    ENUM8 = 0x30
    ENUM16 = 0x31
    OCTET_STRING = 0x41
    CHARACTER_STRING = 0x42
    LONG_OCTET_STRING = 0x43
    LONG_CHARACTER_STRING = 0x44
    TIME_OF_DAY = 0xE0
    DATE = 0xE1
    UTC_TIME = 0xE2
    CLUSTER_ID = 0xE8
    ATTRIBUTE_ID = 0xE9
    IEEE_ADDRESS = 0xF0
    SECURITY_KEY = 0xF1


_TYPES: Final = {int(kind): kind for kind in ZclType}
# Within each of these runs the width goes up by one octet per type.
_RUNS: Final = (0x08, 0x18, 0x20, 0x28)
_NUMBER_OCTETS: Final = {
    **{_TYPES[run + step]: step + 1 for run in _RUNS for step in range(8)},
    ZclType.BOOLEAN: 1,
    ZclType.ENUM8: 1,
    ZclType.ENUM16: 2,
    ZclType.TIME_OF_DAY: 4,
    ZclType.DATE: 4,
    ZclType.UTC_TIME: 4,
    ZclType.CLUSTER_ID: 2,
    ZclType.ATTRIBUTE_ID: 2,
    ZclType.IEEE_ADDRESS: 8,
}
_STRING_LENGTH_OCTETS: Final = {
    ZclType.OCTET_STRING: 1,
    ZclType.CHARACTER_STRING: 1,
    ZclType.LONG_OCTET_STRING: 2,
    ZclType.LONG_CHARACTER_STRING: 2,
}
_FIXED_OCTETS: Final = {ZclType.NO_DATA: 0, ZclType.SECURITY_KEY: 16}


class ZclStatus(enum.IntEnum):
    """ZCL status codes."""

    SUCCESS = 0x00
    FAILURE = 0x01
    NOT_AUTHORISED = 0x7E
    MALFORMED_COMMAND = 0x80
    UNSUPPORTED_CLUSTER_COMMAND = 0x81
    UNSUPPORTED_GENERAL_COMMAND = 0x82
    UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND = 0x83
    UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND = 0x84
    INVALID_FIELD = 0x85
    UNSUPPORTED_ATTRIBUTE = 0x86
    INVALID_VALUE = 0x87
    READ_ONLY = 0x88
    INSUFFICIENT_SPACE = 0x89
    DUPLICATE_EXISTS = 0x8A
    NOT_FOUND = 0x8B
    UNREPORTABLE_ATTRIBUTE = 0x8C
    INVALID_DATA_TYPE = 0x8D
    INVALID_SELECTOR = 0x8E
    WRITE_ONLY = 0x8F
    INCONSISTENT_STARTUP_STATE = 0x90
    DEFINED_OUT_OF_BAND = 0x91
    INCONSISTENT = 0x92
    ACTION_DENIED = 0x93
    TIMEOUT = 0x94
    ABORT = 0x95
    INVALID_IMAGE = 0x96
    WAIT_FOR_DATA = 0x97
    NO_IMAGE_AVAILABLE = 0x98
    REQUIRE_MORE_IMAGE = 0x99
    HARDWARE_FAILURE = 0xC0
    SOFTWARE_FAILURE = 0xC1
    CALIBRATION_ERROR = 0xC2


class ZclValue(NamedTuple):
    """A value: an integer, or the octets of a string or key; None is the invalid string (length all ones)."""

    kind: ZclType
    value: int | bytes | None


class ReadAttributes(NamedTuple):
    """Body of the read attributes command."""

    attributes: tuple[AttributeId, ...]


class AttributeRecord(NamedTuple):
    """One attribute of a read attributes response; ``value`` if and only if the status is SUCCESS."""

    attribute: AttributeId
    status: ZclStatus
    value: ZclValue | None = None


class ReadAttributesResponse(NamedTuple):
    """Body of the read attributes response."""

    records: tuple[AttributeRecord, ...]


class OtherBody(NamedTuple):
    """Body of any other command, as its octets."""

    octets: bytes


ZclBody = ReadAttributes | ReadAttributesResponse | OtherBody


class ZclHeader(NamedTuple):
    """ZCL header: three octets, since GBCS uses no manufacturer-specific frames."""

    frame_control: int
    sequence: int
    command: int

    @property
    def profile_wide(self) -> bool:
        """Whether the command is one of those common to all clusters."""
        return self.frame_control & _FRAME_TYPE == 0


def read_header(cursor: Cursor) -> ZclHeader:
    """Read a ZCL header.

    Raises:
        GbcsError: it is cut short or manufacturer-specific.
    """
    frame_control, sequence, command = cursor.take(3)
    if frame_control & _MANUFACTURER_SPECIFIC:
        raise cursor.error(f"frame control {frame_control:02X} is manufacturer-specific", 3)
    return ZclHeader(frame_control, sequence, command)


def read_body(header: ZclHeader, cursor: Cursor) -> ZclBody:
    """The body of a frame: typed for read attributes and its response, octets for any other command.

    Raises:
        GbcsError: the body is not what the header says.
    """
    if header.profile_wide and header.command == _READ_ATTRIBUTES:
        if cursor.left % 2:
            raise cursor.error(f"{cursor.left} octets, expected two for each attribute")
        count = cursor.left // 2
        return ReadAttributes(tuple([AttributeId(cursor.number(2, "little")) for _ in range(count)]))
    if header.profile_wide and header.command == _READ_ATTRIBUTES_RESPONSE:
        records = []
        while cursor.left:
            records.append(_read_record(cursor))
        return ReadAttributesResponse(tuple(records))
    return OtherBody(cursor.take(cursor.left))


def write_body(body: ZclBody) -> bytes:
    """The octets of a body.

    Raises:
        GbcsError: a value is out of range for its type.
    """
    if isinstance(body, OtherBody):
        return body.octets
    if isinstance(body, ReadAttributes):
        return b"".join([_write_number(attribute, 2) for attribute in body.attributes])
    return b"".join([_write_record(record) for record in body.records])


def _read_record(cursor: Cursor) -> AttributeRecord:
    attribute, code = AttributeId(cursor.number(2, "little")), cursor.number(1)
    try:
        status = ZclStatus(code)
    except ValueError:
        raise cursor.error(f"{code:02X} is no ZCL status", 1) from None
    if status is not ZclStatus.SUCCESS:
        return AttributeRecord(attribute, status)
    return AttributeRecord(attribute, status, _read_value(cursor))


def _write_record(record: AttributeRecord) -> bytes:
    if (record.value is not None) != (record.status is ZclStatus.SUCCESS):
        raise GbcsError("attribute record", f"{record.status.name} and value don't go together")
    value = b"" if record.value is None else _write_value(record.value)
    return _write_number(record.attribute, 2) + bytes((record.status,)) + value


def _read_value(cursor: Cursor) -> ZclValue:
    tag = cursor.number(1)
    kind = _TYPES.get(tag)
    if kind is None:
        raise cursor.error(f"{tag:02X} is no ZCL type that can be read here", 1)
    if (octets := _NUMBER_OCTETS.get(kind)) is not None:
        return ZclValue(kind, cursor.number(octets, "little", signed=_is_signed(kind)))
    if (octets := _FIXED_OCTETS.get(kind)) is not None:
        return ZclValue(kind, cursor.take(octets))
    width = _STRING_LENGTH_OCTETS[kind]
    length = cursor.number(width, "little")
    return ZclValue(kind, None if length == _invalid_length(width) else cursor.take(length))


def _write_value(value: ZclValue) -> bytes:
    kind, content = value
    tag = bytes((kind,))
    if isinstance(content, int):
        if (octets := _NUMBER_OCTETS.get(kind)) is None:
            raise GbcsError("ZCL value", f"an integer is no {kind.name}")
        return tag + _write_number(content, octets, signed=_is_signed(kind))
    if kind in _FIXED_OCTETS:
        if content is None or len(content) != _FIXED_OCTETS[kind]:
            raise GbcsError("ZCL value", f"{kind.name} takes {_FIXED_OCTETS[kind]} octets")
        return tag + content
    return tag + _write_string(kind, content)


def _write_string(kind: ZclType, content: bytes | None) -> bytes:
    if (width := _STRING_LENGTH_OCTETS.get(kind)) is None:
        raise GbcsError("ZCL value", f"octets are no {kind.name}")
    if content is None:
        return _invalid_length(width).to_bytes(width, "little")
    if len(content) >= _invalid_length(width):
        raise GbcsError("ZCL value", f"{len(content)} octets are too many for {kind.name}")
    return len(content).to_bytes(width, "little") + content


def _write_number(number: int, octets: int, *, signed: bool = False) -> bytes:
    try:
        return number.to_bytes(octets, "little", signed=signed)
    except OverflowError:
        sign = "a signed" if signed else "an unsigned"
        raise GbcsError("ZCL value", f"{number} is out of range for {sign} {octets}-octet integer") from None


def _is_signed(kind: ZclType) -> bool:
    return ZclType.INT8 <= kind <= ZclType.INT64


def _invalid_length(width: int) -> int:
    return (1 << 8 * width) - 1
