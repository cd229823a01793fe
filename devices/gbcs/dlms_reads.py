"""Reads of an electricity meter, described as a list of items: commands, answers, and how they are opened.

A read is plain (each item a get, of a log with the period) or protected: then one method names all items
and they come back together, encrypted for the asking party (:mod:`devices.gbcs.protected_data`).
:mod:`devices.gbcs.read_table` describes the use cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from devices.gbcs.cursor import Cursor
from devices.gbcs.dlms import AccessCode, AccessService, AccessSpecification, ObisCode
from devices.gbcs.dlms_data import NULL, DataType, Nested, Value, read_value, structure, write_value
from devices.gbcs.dlms_exchange import encode_request, encode_response, open_request, open_response
from devices.gbcs.dlms_shapes import Shape
from devices.gbcs.dlms_times import Period, range_selection
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, GroupingHeader
from devices.gbcs.protected_data import (
    DATA_PROTECTION,
    GET_PROTECTED_ATTRIBUTES,
    AskedAttribute,
    ObjectAttribute,
    ProtectedAnswer,
    ProtectedRequest,
    Protection,
    answer_value,
    read_answer_value,
    request_value,
)

Content = TypeVar("Content")


# Items are keys of tables: each is its own, which costs no hash over all that it says.
@dataclass(frozen=True, slots=True, eq=False)
class ReadItem(Generic[Content]):
    """One attribute that a use case reads; of a log (``by_period``) the entries of a period."""

    attribute: ObjectAttribute
    shape: Shape[Content]
    by_period: bool = False


class DlmsRead(NamedTuple):
    """A use case that reads. ``protected_by`` is the Data Protection object of a protected one.

    ``dated``: the response's header carries a date-time. ``confirmed``: a real message shows the payload.
    """

    code: MessageCode
    items: tuple[ReadItem[Any], ...]
    protected_by: ObisCode | None = None
    dated: bool = False
    confirmed: bool = True

    @property
    def by_period(self) -> bool:
        """Whether the command says a period."""
        return any(item.by_period for item in self.items)

    @property
    def encrypted(self) -> bool:
        """Whether the answer is encrypted."""
        return self.protected_by is not None


class ReadExchange(NamedTuple):
    """Who reads from whom, as the header says it; ``party``: for whom the requester reads, if not itself."""

    counter: OriginatorCounter
    requester: Eui64
    device: Eui64
    party: Eui64 | None = None

    @classmethod
    def of(cls, header: GroupingHeader) -> ReadExchange:
        """The exchange that a command or its response belongs to."""
        requester, device = header.originator, header.target
        if header.cra is not Cra.COMMAND:
            requester, device = device, requester
        return cls(header.originator_counter, requester, device, header.other.supplementary_party)

    @property
    def asked(self) -> Protection:
        """The protection that a command asks for; it names the party, where there is one."""
        return Protection(self.counter, self.party or self.requester, self.device)

    @property
    def answered(self) -> Protection:
        """The protection that a response names; it is always the requester's."""
        return Protection(self.counter, self.device, self.requester)


class DlmsReading(NamedTuple):
    """What a meter answered: result codes, and each item's value; an item without value is not in it.

    A protected read has a single code for all items.
    """

    codes: tuple[AccessCode, ...]
    values: Mapping[ReadItem[Any], Any]

    @property
    def complete(self) -> bool:
        """Whether everything was read."""
        return all(code is AccessCode.SUCCESS for code in self.codes)

    def value(self, item: ReadItem[Content]) -> Content | None:
        """The value of an item; None where it was not read."""
        found: Content | None = self.values.get(item)
        return found


def build_dlms_command(read: DlmsRead, exchange: ReadExchange, period: Period | None = None) -> bytes:
    """The payload of a command.

    Raises:
        GbcsError: the use case takes a period and none is given, or takes none and one is; the period
            ends before it starts.
    """
    if read.protected_by is None:
        return build_plain_command(read, exchange.counter, period)
    _check_period(read, period)
    asked = [AskedAttribute(item.attribute, period if item.by_period else None) for item in read.items]
    value = request_value(ProtectedRequest(tuple(asked), exchange.asked))
    return encode_request(exchange.counter, (_protected_item(read.protected_by),), (value,))


def build_plain_command(read: DlmsRead, counter: OriginatorCounter, period: Period | None = None) -> bytes:
    """The payload of the command of a plain read.

    Raises:
        GbcsError: as :func:`build_dlms_command`.
    """
    _check_period(read, period)
    items = plain_items(read)
    if period is not None:
        selection, pairs = range_selection(period), zip(items, read.items, strict=True)
        items = tuple(
            [asked._replace(selection=selection) if item.by_period else asked for asked, item in pairs]
        )
    return encode_request(counter, items, (NULL,) * len(items))


@cache
def plain_items(read: DlmsRead) -> tuple[AccessSpecification, ...]:
    """What the command of a plain read asks; logs without the period that selects from them."""
    get = {True: AccessService.GET_WITH_SELECTION, False: AccessService.GET}
    return tuple([AccessSpecification(get[item.by_period], *item.attribute) for item in read.items])


@cache
def items_by_specification(read: DlmsRead) -> Mapping[AccessSpecification, ReadItem[Any]]:
    """The items of a plain read by what asks for them, as :func:`plain_items` has it."""
    return dict(zip(plain_items(read), read.items, strict=True))


def open_protected_command(read: DlmsRead, payload: bytes, exchange: ReadExchange) -> Value:
    """The method's parameter in the command of a protected read.

    Raises:
        GbcsError: the payload is anything but one call of that method.
    """
    if read.protected_by is None:
        raise GbcsError(f"command {read.code}", "not a protected read")
    item = _protected_item(read.protected_by)
    return open_request(payload, exchange.counter, (item,), f"command {read.code}")[0]


def encode_dlms_reading(
    read: DlmsRead,
    exchange: ReadExchange,
    reading: DlmsReading,
    protection: AttributeProtection | None = None,
) -> bytes:
    """The response payload that carries ``reading``; ``protection`` encrypts a protected one.

    Raises:
        GbcsError: codes and values don't go together, a value is out of range, or protection lacks.
    """
    if read.protected_by is None:
        values = [_optional_value(item, reading) for item in read.items]
        return encode_response(exchange.counter, plain_items(read), reading.codes, tuple(values))
    item = (_protected_item(read.protected_by),)
    if not reading.complete:
        return encode_response(exchange.counter, item, reading.codes, (NULL,))
    written = structure(*[each.shape.write(_value_of(each, reading)) for each in read.items])
    keys = _required(protection, read)
    sealed = keys.provider.encrypt_attribute(keys.key, keys.device, write_value(written))
    value = answer_value(ProtectedAnswer(exchange.answered, sealed))
    return encode_response(exchange.counter, item, reading.codes, (value,))


def open_dlms_reading(
    read: DlmsRead, payload: bytes, exchange: ReadExchange, protection: AttributeProtection | None = None
) -> DlmsReading:
    """What a meter answered; ``protection`` decrypts a protected reading.

    Raises:
        GbcsError: the payload is no response to that command, its values are not what the use case reads,
            protection lacks, or the tag does not verify.
    """
    if read.protected_by is None:
        return open_plain_reading(read, payload, exchange.counter)
    where = f"response {read.code}"
    items = (_protected_item(read.protected_by),)
    codes, (value,) = open_response(payload, exchange.counter, items, where)
    if codes[0] is not AccessCode.SUCCESS:
        return DlmsReading(codes, {})
    parties, sealed = read_answer_value(value)
    if parties != exchange.answered:
        raise GbcsError(where, "protected between others or under another counter")
    keys = _required(protection, read)
    cursor = Cursor(keys.provider.decrypt_attribute(keys.key, keys.device, sealed), f"{where}, decrypted")
    inner = read_value(cursor)
    cursor.finish()
    if not isinstance(inner, Nested) or inner.kind is not DataType.STRUCTURE:
        raise GbcsError(where, "the decrypted value is no structure")
    if len(inner.items) != len(read.items):
        raise GbcsError(where, f"{len(inner.items)} values, expected {len(read.items)}")
    opened = {item: item.shape.read(each) for item, each in zip(read.items, inner.items, strict=True)}
    return DlmsReading(codes, opened)


def open_plain_reading(read: DlmsRead, payload: bytes, counter: OriginatorCounter) -> DlmsReading:
    """What a meter answered to the command of a plain read.

    Raises:
        GbcsError: the payload is no response to the command with this originator counter, or its values are
            not what the use case reads.
    """
    codes, data = open_response(payload, counter, plain_items(read), f"response {read.code}")
    pairs = [(item, value) for item, value in zip(read.items, data, strict=True) if value != NULL]
    return DlmsReading(codes, {item: item.shape.read(value) for item, value in pairs})


def _check_period(read: DlmsRead, period: Period | None) -> None:
    if read.by_period != (period is not None):
        raise GbcsError(f"command {read.code}", f"a period {'lacks' if period is None else 'is given'}")


def _protected_item(instance: ObisCode) -> AccessSpecification:
    return AccessSpecification(AccessService.ACTION, DATA_PROTECTION, instance, GET_PROTECTED_ATTRIBUTES)


def _optional_value(item: ReadItem[Any], reading: DlmsReading) -> Value:
    return item.shape.write(reading.values[item]) if item in reading.values else NULL


def _value_of(item: ReadItem[Any], reading: DlmsReading) -> Any:
    if item not in reading.values:
        raise GbcsError("reading", f"no value of {item.attribute.instance}, though the code is SUCCESS")
    return reading.values[item]


def _required(protection: AttributeProtection | None, read: DlmsRead) -> AttributeProtection:
    if protection is None:
        raise GbcsError(f"response {read.code}", "encrypted, but no key is given")
    return protection
