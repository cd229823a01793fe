"""Get Protected Attributes: how DLMS asks for attributes that are encrypted for the asking party (GBCS 8).

One method of a Data Protection object (class 30) names the attributes and how the answer is to be protected;
the answer repeats that from its side, and the attributes follow as one encrypted structure::

    parameter : structure( array( object definition ), array( protection ) )
    answer    : structure( array( protection ), octet string 31 00000000 ciphertext tag )

The identifiers in a protection are those of the message's header, even where the key is that of a party for
which the access control broker reads; only the command then names the party.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from devices.gbcs.dlms import ObisCode
from devices.gbcs.dlms_data import NULL, DataType, Number, Value, octet_string, structure, unsigned
from devices.gbcs.dlms_shapes import (
    DATE_TIME,
    ENTITY_ID,
    INT8,
    UINT16,
    Constant,
    ListOf,
    Octets,
    Record,
)
from devices.gbcs.dlms_times import STATUS_NOT_SPECIFIED, Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import DlmsDateTime
from devices.gbcs.protection import KeyPurpose

DATA_PROTECTION: Final = 30
GET_PROTECTED_ATTRIBUTES: Final = 1

_WHERE: Final = "protected attributes"
_TRANSACTION_ID: Final = struct.Struct(">BQ")


class ObjectAttribute(NamedTuple):
    """An attribute of a DLMS object."""

    class_id: int
    instance: ObisCode
    member: int


class AskedAttribute(NamedTuple):
    """An attribute that is asked for; of a log, the entries of a period."""

    attribute: ObjectAttribute
    period: Period | None = None


class Protection(NamedTuple):
    """Under which counter who sends to whom."""

    counter: OriginatorCounter
    originator: Eui64
    recipient: Eui64


class ProtectedRequest(NamedTuple):
    """What a command asks."""

    asked: tuple[AskedAttribute, ...]
    protection: Protection


class ProtectedAnswer(NamedTuple):
    """What a response carries: ``31 00000000``, ciphertext, tag."""

    protection: Protection
    octets: bytes


def request_value(request: ProtectedRequest) -> Value:
    """The parameter of the method.

    Raises:
        GbcsError: a period ends before it starts.
    """
    definitions = tuple([_Definition(*asked.attribute, asked.period) for asked in request.asked])
    return _REQUEST.write(_Request(definitions, _wire_form(request.protection)))


def read_request_value(value: Value) -> ProtectedRequest:
    """What a command asks.

    Raises:
        GbcsError: the parameter is not in the form that GBCS knows.
    """
    definitions, protections = _REQUEST.read(value)
    asked = [
        AskedAttribute(ObjectAttribute(class_id, ObisCode(instance), member), period)
        for class_id, instance, member, period in definitions
    ]
    return ProtectedRequest(tuple(asked), _protection(protections))


def answer_value(answer: ProtectedAnswer) -> Value:
    """The value that the method yields."""
    return _ANSWER.write(_Answer(_wire_form(answer.protection), answer.octets))


def read_answer_value(value: Value) -> ProtectedAnswer:
    """What a response carries.

    Raises:
        GbcsError: the value is not in the form that GBCS knows.
    """
    protections, octets = _ANSWER.read(value)
    return ProtectedAnswer(_protection(protections), octets)


class _DateRange(NamedTuple):
    start: DlmsDateTime
    end: DlmsDateTime


class _ByDate(NamedTuple):
    dates: _DateRange


_UNRESTRICTED: Final = structure(Number(DataType.ENUM, 0), NULL)
_BY_DATE: Final = Record(
    _ByDate, (Constant(Number(DataType.ENUM, 1)), Record(_DateRange, (DATE_TIME, DATE_TIME)))
)


@dataclass(frozen=True, slots=True)
class _Restriction:
    """All entries, or those between two dates."""

    kind: DataType = DataType.STRUCTURE

    def read(self, value: Value) -> Period | None:
        if value == _UNRESTRICTED:
            return None
        start, end = _BY_DATE.read(value).dates
        return Period(start.moment(), end.moment()).checked()

    def write(self, content: Period | None) -> Value:
        if content is None:
            return _UNRESTRICTED
        bounds = [DlmsDateTime.of(moment, STATUS_NOT_SPECIFIED) for moment in content.checked()]
        return _BY_DATE.write(_ByDate(_DateRange(*bounds)))


class _Definition(NamedTuple):
    class_id: int
    instance: bytes
    member: int
    period: Period | None


class _Parameters(NamedTuple):
    transaction_id: bytes
    originator: Eui64
    recipient: Eui64


class _Protected(NamedTuple):
    parameters: _Parameters


class _Request(NamedTuple):
    definitions: tuple[_Definition, ...]
    protections: tuple[_Protected, ...]


class _Answer(NamedTuple):
    protections: tuple[_Protected, ...]
    octets: bytes


_AGREED_KEY: Final = structure(Number(DataType.ENUM, 2), structure(octet_string(b"\x02"), octet_string(b"")))
_PARAMETERS: Final = Record(
    _Parameters,
    (Octets(9), ENTITY_ID, ENTITY_ID, Constant(octet_string(b"")), Constant(_AGREED_KEY)),
)
# Authenticated and encrypted, which is all that GBCS knows.
_PROTECTIONS: Final = ListOf(Record(_Protected, (Constant(Number(DataType.ENUM, 2)), _PARAMETERS)), count=1)
_DEFINITION: Final = Record(_Definition, (UINT16, Octets(6), INT8, Constant(unsigned(16, 0)), _Restriction()))
_REQUEST: Final = Record(_Request, (ListOf(_DEFINITION), _PROTECTIONS))
_ANSWER: Final = Record(_Answer, (_PROTECTIONS, Octets()))


def _wire_form(protection: Protection) -> tuple[_Protected, ...]:
    transaction_id = _TRANSACTION_ID.pack(KeyPurpose.ATTRIBUTE_ENCRYPTION, protection.counter)
    return (_Protected(_Parameters(transaction_id, protection.originator, protection.recipient)),)


def _protection(protections: tuple[_Protected, ...]) -> Protection:
    ((transaction_id, originator, recipient),) = protections[0]
    purpose, counter = _TRANSACTION_ID.unpack(transaction_id)
    if purpose != KeyPurpose.ATTRIBUTE_ENCRYPTION:
        raise GbcsError(_WHERE, f"transaction id starts with {purpose:02X}, expected 04")
    return Protection(OriginatorCounter(counter), originator, recipient)
