"""CS01a and CS01b Apply Prepayment Top Up (message codes 0007 and 0097, SRV 2.2): payloads both ways.

To an electricity meter (CS01a) the digits are the parameter of a DLMS token gateway's method. To a gas
meter (CS01b) they are a ZigBee Consumer Top Up command; no CS01b was at hand, its form is that of the
same command from a prepayment interface device (PCS01) with the source that ZigBee gives the wide area.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from devices.gbcs import gbz
from devices.gbcs.cursor import Cursor
from devices.gbcs.dlms import AccessCode, AccessService, AccessSpecification, ObisCode
from devices.gbcs.dlms_data import NULL, DataType, Text, octet_string
from devices.gbcs.dlms_exchange import encode_request, encode_response, open_request, open_response
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import Component
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.zcl import ClusterId, OtherBody, ZclHeader

CS01A: Final = MessageCode(0x0007)
CS01B: Final = MessageCode(0x0097)
UNCONFIRMED: Final = frozenset({CS01B})
"""Use cases of which no real message was at hand."""

PREPAYMENT_CLUSTER: Final = ClusterId(0x0705)

_TOKEN_GATEWAY: Final = 115
_PREPAYMENT_CREDIT: Final = ObisCode(bytes((0, 0, 19, 40, 0, 255)))
_ENTER: Final = AccessSpecification(AccessService.ACTION, _TOKEN_GATEWAY, _PREPAYMENT_CREDIT, 1)
_TOP_UP: Final = ZclHeader(frame_control=0x01, sequence=0, command=0x04)
_TOP_UP_RESPONSE: Final = ZclHeader(frame_control=0x09, sequence=0, command=0x03)


class TopUpSource(enum.IntEnum):
    """From where a ZigBee top-up comes."""

    WIDE_AREA = 0x00
    METER = 0x01
    IN_HOME_DISPLAY = 0x02


class TopUpResult(enum.IntEnum):
    """How a ZigBee top-up went (ZigBee Smart Energy, Consumer Top Up Response)."""

    ACCEPTED = 0x00
    INVALID = 0x01
    DUPLICATE = 0x02
    ERROR = 0x03
    MAXIMUM_CREDIT_REACHED = 0x04
    KEYPAD_LOCKED = 0x05
    VALUE_TOO_LARGE = 0x06
    ACCEPTED_SUPPLY_ENABLED = 0x10
    ACCEPTED_SUPPLY_DISABLED = 0x11
    ACCEPTED_SUPPLY_ARMED = 0x12


class GasTopUp(NamedTuple):
    """A top-up command to a gas meter; ``digits`` as sent, be they a UTRN or not."""

    digits: str
    source: TopUpSource = TopUpSource.WIDE_AREA


class GasTopUpAnswer(NamedTuple):
    """A gas meter's answer: value and remaining credit in its unit of currency, signed 32-bit."""

    result: TopUpResult
    value: int
    remaining_credit: int
    source: TopUpSource = TopUpSource.WIDE_AREA


def build_cs01a_command(counter: OriginatorCounter, digits: str) -> bytes:
    """The payload that enters ``digits`` at an electricity meter.

    Raises:
        GbcsError: the digits are not ASCII.
    """
    return encode_request(counter, (_ENTER,), (octet_string(_ascii(digits)),))


def read_cs01a_command(payload: bytes, counter: OriginatorCounter) -> str:
    """The digits of a command with this originator counter, be they a UTRN or not.

    Raises:
        GbcsError: the payload is no such command.
    """
    (value,) = open_request(payload, counter, (_ENTER,), "CS01a command")
    if not isinstance(value, Text) or value.kind is not DataType.OCTET_STRING:
        raise GbcsError("CS01a command", f"expected octets entered at {_PREPAYMENT_CREDIT}")
    return _text(value.octets)


def encode_cs01a_response(counter: OriginatorCounter, code: AccessCode) -> bytes:
    """The response payload that says how the entry went."""
    return encode_response(counter, (_ENTER,), (code,), (NULL,))


def open_cs01a_response(payload: bytes, counter: OriginatorCounter) -> AccessCode:
    """How the entry of the command with this originator counter went.

    Raises:
        GbcsError: the payload is no response to that command.
    """
    codes, data = open_response(payload, counter, (_ENTER,), "CS01a response")
    if data != (NULL,):
        raise GbcsError("CS01a response", "a value, expected none")
    return codes[0]


def build_cs01b_command(top_up: GasTopUp) -> bytes:
    """The payload that enters digits at a gas meter.

    Raises:
        GbcsError: the digits are not ASCII or more than 255.
    """
    digits = _ascii(top_up.digits)
    if len(digits) > 0xFF:
        raise GbcsError("top-up digits", f"{len(digits)} octets, expected up to 255")
    body = OtherBody(bytes((top_up.source, len(digits))) + digits)
    return gbz.encode((Component(PREPAYMENT_CLUSTER, _TOP_UP, body),))


def read_cs01b_command(payload: bytes) -> GasTopUp:
    """The top-up of a command.

    Raises:
        GbcsError: the payload is anything but one Consumer Top Up command.
    """
    cursor = _open(payload, _TOP_UP, "CS01b command")
    source, length = cursor.number(1), cursor.number(1)
    digits = cursor.take(length)
    cursor.finish()
    return GasTopUp(_text(digits), _source(source, cursor))


def encode_cs01b_response(answer: GasTopUpAnswer) -> bytes:
    """The response payload of a gas meter.

    Raises:
        GbcsError: a value does not fit 32 bits.
    """
    try:
        value = answer.value.to_bytes(4, "little", signed=True)
        credit = answer.remaining_credit.to_bytes(4, "little", signed=True)
    except OverflowError:
        raise GbcsError("CS01b response", f"{answer} has a value beyond 32 bits") from None
    body = OtherBody(b"".join((bytes((answer.result,)), value, bytes((answer.source,)), credit)))
    return gbz.encode((Component(PREPAYMENT_CLUSTER, _TOP_UP_RESPONSE, body),))


def open_cs01b_response(payload: bytes) -> GasTopUpAnswer:
    """What a gas meter answered.

    Raises:
        GbcsError: the payload is anything but one Consumer Top Up response.
    """
    cursor = _open(payload, _TOP_UP_RESPONSE, "CS01b response")
    code, value = cursor.number(1), cursor.number(4, "little", signed=True)
    source, credit = cursor.number(1), cursor.number(4, "little", signed=True)
    cursor.finish()
    try:
        result = TopUpResult(code)
    except ValueError:
        raise cursor.error(f"{code:02X} is no result of a top-up") from None
    return GasTopUpAnswer(result, value, credit, _source(source, cursor))


def _open(payload: bytes, header: ZclHeader, where: str) -> Cursor:
    """A cursor on the body of the one component of a payload, which has this header."""
    components = gbz.decode(payload)
    first = components[0]
    if len(components) != 1 or first.cluster != PREPAYMENT_CLUSTER or not isinstance(first.body, OtherBody):
        raise GbcsError(where, "expected one plain command on cluster 0705")
    if first.header._replace(sequence=0) != header:
        raise GbcsError(where, f"ZCL header {first.header}, expected {header}")
    return Cursor(first.body.octets, where)


def _source(octet: int, cursor: Cursor) -> TopUpSource:
    try:
        return TopUpSource(octet)
    except ValueError:
        raise cursor.error(f"{octet:02X} is no source of a top-up") from None


def _ascii(digits: str) -> bytes:
    try:
        return digits.encode("ascii")
    except UnicodeEncodeError:
        raise GbcsError("top-up digits", f"{digits[:40]!r}, expected ASCII") from None


def _text(octets: bytes) -> str:
    try:
        return octets.decode("ascii")
    except UnicodeDecodeError:
        raise GbcsError("top-up digits", f"{octets[:40]!r}, expected ASCII") from None
