"""How devices answer the reads of the tables, of any use case in one way.

An item outside the use case, or asked for twice, is refused; after a refused item a meter reads nothing
more. A gas device answers attributes one by one, commands that it cannot answer with a default response,
and after a failure no further component. Which codes are used for what is not in the use case is assumed,
not confirmed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from devices.gas_view import ATTRIBUTE_SOURCES, COMMAND_SOURCES
from devices.gbcs import dlms
from devices.gbcs.dlms import AccessCode, AccessResponse, AccessResult, AccessSpecification
from devices.gbcs.dlms_data import NULL, Value
from devices.gbcs.dlms_exchange import check_invoke_id, result_service
from devices.gbcs.dlms_reads import (
    DlmsRead,
    DlmsReading,
    ReadExchange,
    ReadItem,
    encode_dlms_reading,
    items_by_specification,
    open_protected_command,
)
from devices.gbcs.dlms_times import Period, selected_range
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import AttributeProtection, Component
from devices.gbcs.gbz_reads import (
    AttributesPart,
    CommandPart,
    GbzRead,
    PartAnswer,
    encode_gbz_reading,
    open_gbz_command,
)
from devices.gbcs.protected_data import AskedAttribute, read_request_value
from devices.gbcs.zcl import (
    AttributeId,
    AttributeRecord,
    OtherBody,
    ReadAttributes,
    ReadAttributesResponse,
    ZclStatus,
    ZclValue,
)
from devices.gbcs.zcl_commands import DefaultResponse
from devices.management_state import Defect
from devices.meter_view import SOURCES, MeterView, Reading

FOREIGN_ITEM: Final = AccessCode.SCOPE_OF_ACCESS_VIOLATED
FOREIGN_SELECTION: Final = AccessCode.TYPE_UNMATCHED
NOT_TRIED: Final = DefaultResponse(0xFF, ZclStatus.FAILURE)
"""How a component is answered that comes after a failure, as real responses show."""
_MOST_ATTRIBUTES: Final = 64


class TableAnswer(NamedTuple):
    """A response payload, and whether there is anything encrypted in it."""

    payload: bytes
    encrypted: bool = False


def answer_dlms_read(
    read: DlmsRead,
    payload: bytes,
    exchange: ReadExchange,
    view: MeterView,
    now: datetime,
    protection: AttributeProtection | None = None,
    fault: Defect | None = None,
) -> TableAnswer:
    """The response payload of an electricity meter; ``protection`` is for a protected read.

    ``fault`` says which item fails, and with which code; a protected read fails as a whole.

    Raises:
        GbcsError: the payload is no command that could be this read, or protection lacks.
    """
    if read.protected_by is None:
        return TableAnswer(_answer_plain(read, payload, exchange, view, now, fault))
    value = open_protected_command(read, payload, exchange)
    asked, parties = read_request_value(value)
    if [item.attribute for item in asked] != [item.attribute for item in read.items]:
        reading = DlmsReading((FOREIGN_ITEM,), {})
    elif parties != exchange.asked or not _periods_fit(read, asked):
        reading = DlmsReading((FOREIGN_SELECTION,), {})
    elif fault is not None:
        reading = DlmsReading((AccessCode(fault.result),), {})
    else:
        pairs = zip(read.items, asked, strict=True)
        values = {item: SOURCES[item](_reading(view, now, each.period)) for item, each in pairs}
        reading = DlmsReading((AccessCode.SUCCESS,), values)
    return TableAnswer(encode_dlms_reading(read, exchange, reading, protection), reading.complete)


def answer_gbz_read(
    read: GbzRead,
    payload: bytes,
    view: MeterView,
    now: datetime,
    protection: AttributeProtection | None = None,
    fault: Defect | None = None,
) -> TableAnswer:
    """The response payload of a gas device; ``protection`` is for what is encrypted.

    ``fault`` says which attribute or command fails, counted over all components, and with which status.

    Raises:
        GbcsError: the payload is no command that could be this read, or protection lacks.
    """
    components = open_gbz_command(read, payload)
    reading = _reading(view, now, None)
    pairs = zip(read.parts, components, strict=True)
    answers = tuple([_answer_part(part, component, reading) for part, component in pairs])
    if fault is not None:
        answers = _with_fault(read, answers, fault)
    sequences = tuple([component.header.sequence for component in components])
    payload = encode_gbz_reading(read, answers, protection, sequences)
    answered = zip(read.parts, answers, strict=True)
    sealed = [part.encrypted and not isinstance(answer, DefaultResponse) for part, answer in answered]
    return TableAnswer(payload, any(sealed))


def _answer_plain(
    read: DlmsRead,
    payload: bytes,
    exchange: ReadExchange,
    view: MeterView,
    now: datetime,
    fault: Defect | None,
) -> bytes:
    request = dlms.decode_request(payload)
    check_invoke_id(request.invoke_id, exchange.counter)
    unread = dict(items_by_specification(read))
    unselected = _reading(view, now, None)
    data: list[Value] = []
    results: list[AccessResult] = []
    code = AccessCode.SUCCESS
    for asked in request.specifications:
        value: Value = NULL
        if code is not AccessCode.SUCCESS:
            code = AccessCode.OTHER_REASON
        elif (item := unread.pop(_unselected(asked), None)) is None:
            code = FOREIGN_ITEM
        elif (reading := _selected(item, asked, unselected)) is None:
            code = FOREIGN_SELECTION
        elif fault is not None and fault.item == len(data):
            code = AccessCode(fault.result)
        else:
            value = item.shape.write(SOURCES[item](reading))
        data.append(value)
        results.append(AccessResult(result_service(asked.service), code))
    return dlms.encode(AccessResponse(request.invoke_id, tuple(data), tuple(results)))


def _unselected(asked: AccessSpecification) -> AccessSpecification:
    return asked if asked.selection is None else asked._replace(selection=None)


def _selected(item: ReadItem[Any], asked: AccessSpecification, unselected: Reading) -> Reading | None:
    """What an item is read from; None if the selection that it needs is no period."""
    if not item.by_period:
        return unselected
    period = None if asked.selection is None else selected_range(asked.selection)
    return None if period is None else unselected._replace(period=period)


def _periods_fit(read: DlmsRead, asked: tuple[AskedAttribute, ...]) -> bool:
    pairs = zip(read.items, asked, strict=True)
    return all(item.by_period == (each.period is not None) for item, each in pairs)


def _reading(view: MeterView, now: datetime, period: Period | None) -> Reading:
    return Reading(view, now, period or Period(now, now))


def _answer_part(part: AttributesPart | CommandPart, component: Component, reading: Reading) -> PartAnswer:
    body = component.body
    if isinstance(part, CommandPart) and isinstance(body, OtherBody):
        answer = COMMAND_SOURCES[part](reading, part.request.read(body.octets))
        return DefaultResponse(part.command, answer) if isinstance(answer, ZclStatus) else answer
    assert isinstance(part, AttributesPart)
    assert isinstance(body, ReadAttributes)
    if len(body.attributes) > _MOST_ATTRIBUTES:
        raise GbcsError("read attributes", f"{len(body.attributes)}, expected up to {_MOST_ATTRIBUTES}")
    return ReadAttributesResponse(tuple([_record(part, each, reading) for each in body.attributes]))


def _with_fault(read: GbzRead, answers: tuple[PartAnswer, ...], fault: Defect) -> tuple[PartAnswer, ...]:
    """The answers with the failure in its place; components after that are not tried."""
    left, status = fault.item, ZclStatus(fault.result)
    changed: list[PartAnswer] = []
    for part, answer in zip(read.parts, answers, strict=True):
        records = answer.records if isinstance(answer, ReadAttributesResponse) else ()
        if left < 0:
            changed.append(NOT_TRIED)
        elif left < len(records):
            failed = AttributeRecord(records[left].attribute, status)
            changed.append(ReadAttributesResponse((*records[:left], failed, *records[left + 1 :])))
        elif left == 0 and isinstance(part, CommandPart):
            changed.append(DefaultResponse(part.command, status))
        else:
            changed.append(answer)
        left -= len(records) or 1
    return tuple(changed)


def _record(part: AttributesPart, attribute: AttributeId, reading: Reading) -> AttributeRecord:
    kind = part.attributes.get(attribute)
    if kind is None:
        return AttributeRecord(attribute, ZclStatus.UNSUPPORTED_ATTRIBUTE)
    value = ATTRIBUTE_SOURCES[part.cluster, attribute](reading)
    return AttributeRecord(attribute, ZclStatus.SUCCESS, ZclValue(kind, value))
