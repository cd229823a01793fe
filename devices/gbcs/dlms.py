"""DLMS payloads of GBCS: access-request (D9), access-response (DA), data-notification (0F).

::

    request     : D9 invoke-id(4) date-time specifications data
    response    : DA invoke-id(4) date-time [specifications] data results
    notification: 0F invoke-id(4) date-time value
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple, NewType

from devices.gbcs.cursor import Cursor
from devices.gbcs.dlms_data import Value, read_value, write_value
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import encode_length

_ACCESS_REQUEST: Final = 0xD9
_ACCESS_RESPONSE: Final = 0xDA
_DATA_NOTIFICATION: Final = 0x0F
_SPECIFICATION_OCTETS: Final = 10

LongInvokeId = NewType("LongInvokeId", int)
"""Long-invoke-id-and-priority: 32 bits."""


def long_invoke_id(counter: OriginatorCounter) -> LongInvokeId:
    """The invoke id of a message: 20, then the low 24 bits of its originator counter."""
    return LongInvokeId(0x20000000 | counter & 0xFFFFFF)


class ObisCode(bytes):
    """The logical name of an object: six octets, ``1-0:32.32.0.4`` in text.

    Raises:
        GbcsError: the value is not 6 octets.
    """

    __slots__ = ()

    def __new__(cls, octets: bytes) -> ObisCode:
        """Check the length and take the octets."""
        if len(octets) != 6:
            raise GbcsError("OBIS code", f"{len(octets)} octets, expected 6")
        return super().__new__(cls, octets)

    def __str__(self) -> str:
        medium, channel, *rest = self
        return f"{medium}-{channel}:{'.'.join(map(str, rest))}"


class AccessService(enum.IntEnum):
    """What a specification asks for; a result names only the first three."""

    GET = 1
    SET = 2
    ACTION = 3
    GET_WITH_SELECTION = 4
    SET_WITH_SELECTION = 5


class AccessCode(enum.IntEnum):
    """Result of one get, set or action (IEC 62056-5-3, data-access-result and action-result)."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_ACCESS_ABORTED = 15
    NO_LONG_ACCESS_IN_PROGRESS = 16
    LONG_SET_ABORTED = 17
    NO_LONG_SET_IN_PROGRESS = 18
    DATA_BLOCK_NUMBER_INVALID = 19
    OTHER_REASON = 250


class Selection(NamedTuple):
    """Selective access: which selector, with which parameters."""

    selector: int
    parameters: Value


class AccessSpecification(NamedTuple):
    """One attribute to get or set, or one method to act on (``member``: -128 to 127)."""

    service: AccessService
    class_id: int
    instance: ObisCode
    member: int
    selection: Selection | None = None


class AccessResult(NamedTuple):
    """How one item of a request went."""

    service: AccessService
    code: AccessCode


class ListForms(NamedTuple):
    """Forms of the lengths, as in :func:`devices.gbcs.message.encode_length`; 0 is minimal."""

    date_time: int = 0
    specifications: int = 0
    data: int = 0
    results: int = 0


_MINIMAL: Final = ListForms()


class AccessRequest(NamedTuple):
    """A command: as many data as specifications; a get and an action without parameter have null."""

    invoke_id: LongInvokeId
    specifications: tuple[AccessSpecification, ...]
    data: tuple[Value, ...]
    date_time: bytes = b""
    forms: ListForms = _MINIMAL


class AccessResponse(NamedTuple):
    """A response: as many data as results; what yields no value has null."""

    invoke_id: LongInvokeId
    data: tuple[Value, ...]
    results: tuple[AccessResult, ...]
    date_time: bytes = b""
    specifications: tuple[AccessSpecification, ...] | None = None
    forms: ListForms = _MINIMAL


class DataNotification(NamedTuple):
    """An alert: one value, in GBCS a structure that starts with alert code and time."""

    invoke_id: LongInvokeId
    body: Value
    date_time: bytes = b""
    forms: ListForms = _MINIMAL


DlmsPayload = AccessRequest | AccessResponse | DataNotification


def decode(payload: bytes) -> DlmsPayload:
    """Read a payload of any of the three kinds.

    Raises:
        GbcsError: anything else.
    """
    tag = payload[0] if payload else None
    if tag == _ACCESS_REQUEST:
        return decode_request(payload)
    if tag == _ACCESS_RESPONSE:
        return decode_response(payload)
    cursor, invoke_id, date_time, form = _open(payload, _DATA_NOTIFICATION, "DLMS payload")
    cursor.where = "data-notification/body"
    body = read_value(cursor)
    cursor.finish()
    return DataNotification(invoke_id, body, date_time, ListForms(date_time=form))


def decode_request(payload: bytes) -> AccessRequest:
    """Read an access-request.

    Raises:
        GbcsError: anything else.
    """
    name = "access-request"
    cursor, invoke_id, date_time, date_time_form = _open(payload, _ACCESS_REQUEST, name)
    specifications, specifications_form = _read_specifications(cursor, f"{name}/specification")
    data, data_form = _read_data(cursor, f"{name}/data")
    cursor.finish()
    if len(data) != len(specifications):
        raise cursor.error(f"{len(data)} data for {len(specifications)} specifications")
    forms = ListForms(date_time_form, specifications_form, data_form)
    return AccessRequest(invoke_id, specifications, data, date_time, forms)


def decode_response(payload: bytes) -> AccessResponse:
    """Read an access-response.

    Raises:
        GbcsError: anything else.
    """
    name = "access-response"
    cursor, invoke_id, date_time, date_time_form = _open(payload, _ACCESS_RESPONSE, name)
    cursor.where = f"{name}/specifications"
    specifications, specifications_form = None, 0
    present = cursor.number(1)
    if present > 1:
        raise cursor.error(f"presence octet {present:02X}, expected 00 or 01", 1)
    if present:
        specifications, specifications_form = _read_specifications(cursor, cursor.where)
    data, data_form = _read_data(cursor, f"{name}/data")
    results, results_form = _read_results(cursor, f"{name}/result")
    cursor.finish()
    if len(data) != len(results):
        raise cursor.error(f"{len(data)} data for {len(results)} results")
    forms = ListForms(date_time_form, specifications_form, data_form, results_form)
    return AccessResponse(invoke_id, data, results, date_time, specifications, forms)


def encode(payload: DlmsPayload) -> bytes:
    """The octets of a payload.

    Raises:
        GbcsError: a value is out of range, or the lists are not of one length.
    """
    if isinstance(payload, DataNotification):
        return _start(_DATA_NOTIFICATION, payload) + write_value(payload.body)
    data = encode_length(len(payload.data), payload.forms.data)
    data += b"".join([write_value(value) for value in payload.data])
    if isinstance(payload, AccessRequest):
        if len(payload.data) != len(payload.specifications):
            raise GbcsError("access-request", "expected as many data as specifications")
        specifications = _write_specifications(payload.specifications, payload.forms.specifications)
        return _start(_ACCESS_REQUEST, payload) + specifications + data
    if len(payload.data) != len(payload.results):
        raise GbcsError("access-response", "expected as many data as results")
    specifications = b"\x00"
    if payload.specifications is not None:
        listed = _write_specifications(payload.specifications, payload.forms.specifications)
        specifications = b"\x01" + listed
    results = encode_length(len(payload.results), payload.forms.results)
    results += b"".join([bytes((result.service, result.code)) for result in payload.results])
    return _start(_ACCESS_RESPONSE, payload) + specifications + data + results


def _open(payload: bytes, tag: int, name: str) -> tuple[Cursor, LongInvokeId, bytes, int]:
    cursor = Cursor(payload, name)
    found = cursor.number(1)
    if found != tag:
        raise cursor.error(f"tag {found:02X}, expected {tag:02X}", 1)
    invoke_id = LongInvokeId(cursor.number(4))
    return cursor, invoke_id, *cursor.with_length()


def _start(tag: int, payload: DlmsPayload) -> bytes:
    if not 0 <= payload.invoke_id <= 0xFFFFFFFF:
        raise GbcsError("long-invoke-id", f"{payload.invoke_id}, expected 32 bits")
    invoke_id = payload.invoke_id.to_bytes(4, "big")
    length = encode_length(len(payload.date_time), payload.forms.date_time)
    return b"".join((bytes((tag,)), invoke_id, length, payload.date_time))


def _read_count(cursor: Cursor, item_octets: int) -> tuple[int, int]:
    """A count of items that take at least ``item_octets`` each, and its form."""
    count, form = cursor.length()
    if count * item_octets > cursor.left:
        raise cursor.error(f"count {count}, but only {cursor.left} octets are left")
    return count, form


def _read_specifications(cursor: Cursor, where: str) -> tuple[tuple[AccessSpecification, ...], int]:
    cursor.where = where
    count, form = _read_count(cursor, _SPECIFICATION_OCTETS)
    return tuple([_read_specification(cursor) for _ in range(count)]), form


def _read_specification(cursor: Cursor) -> AccessSpecification:
    choice = cursor.number(1)
    if not AccessService.GET <= choice <= AccessService.SET_WITH_SELECTION:
        raise cursor.error(f"choice {choice:02X}, expected 01 to 05", 1)
    service = AccessService(choice)
    class_id, instance = cursor.number(2), ObisCode(cursor.take(6))
    member, selection = cursor.number(1, signed=True), None
    if service >= AccessService.GET_WITH_SELECTION:
        selection = Selection(cursor.number(1), read_value(cursor))
    return AccessSpecification(service, class_id, instance, member, selection)


def _write_specifications(specifications: tuple[AccessSpecification, ...], form: int) -> bytes:
    written = [_write_specification(specification) for specification in specifications]
    return encode_length(len(written), form) + b"".join(written)


def _write_specification(specification: AccessSpecification) -> bytes:
    service, class_id, instance, member, selection = specification
    if (selection is not None) != (service >= AccessService.GET_WITH_SELECTION):
        raise GbcsError("access specification", f"{service.name} and selection don't go together")
    try:
        start = bytes((service,)) + class_id.to_bytes(2, "big") + instance
        start += member.to_bytes(1, "big", signed=True)
        if selection is None:
            return start
        return start + selection.selector.to_bytes(1, "big") + write_value(selection.parameters)
    except OverflowError as error:
        raise GbcsError("access specification", f"class, member or selector: {error}") from None


def _read_data(cursor: Cursor, where: str) -> tuple[tuple[Value, ...], int]:
    cursor.where = where
    count, form = _read_count(cursor, 1)
    return tuple([read_value(cursor) for _ in range(count)]), form


def _read_results(cursor: Cursor, where: str) -> tuple[tuple[AccessResult, ...], int]:
    cursor.where = where
    count, form = _read_count(cursor, 2)
    return tuple([_read_result(cursor) for _ in range(count)]), form


def _read_result(cursor: Cursor) -> AccessResult:
    choice, code = cursor.take(2)
    try:
        result = AccessResult(AccessService(choice), AccessCode(code))
    except ValueError as error:
        raise cursor.error(str(error), 2) from None
    if result.service > AccessService.ACTION:
        raise cursor.error(f"choice {choice:02X}, expected 01 to 03", 2)
    return result
