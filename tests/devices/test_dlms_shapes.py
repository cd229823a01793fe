"""Shapes of DLMS values: what goes in comes out, and nothing else goes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import euis

from devices.gbcs.cursor import Cursor
from devices.gbcs.dlms import (
    AccessCode,
    AccessResponse,
    AccessResult,
    AccessService,
    AccessSpecification,
    ObisCode,
    Selection,
    encode,
    long_invoke_id,
)
from devices.gbcs.dlms_data import (
    NULL,
    BitString,
    CompactArray,
    DataType,
    Fixed,
    TypeDescription,
    Value,
    array,
    octet_string,
    read_value,
    structure,
    unsigned,
    write_value,
)
from devices.gbcs.dlms_exchange import (
    encode_request,
    encode_response,
    open_request,
    open_response,
    result_service,
)
from devices.gbcs.dlms_shapes import (
    DATE_TIME,
    ENTITY_ID,
    ENUM,
    INT8,
    INT32,
    SECONDS,
    UINT8,
    UINT16,
    UINT32,
    UNIT,
    Constant,
    Flags,
    ListOf,
    Octets,
    Record,
    Rows,
    ScalerUnit,
)
from devices.gbcs.dlms_times import Period, moment_value, range_selection, selected_range
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import DlmsDateTime

SUITE = settings(max_examples=60, deadline=None)
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
COUNTER = OriginatorCounter(7)
moments = st.integers(0, 2**32 - 1).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(0, seconds)
)


class Pair(NamedTuple):
    first: int
    second: int | None = None


PAIR = Record(Pair, (UINT8, UINT16), optional=1)
MARKED = Record(Pair, (Constant(octet_string(b"!")), UINT8, UINT16), optional=1)
PAIRS = Rows(Pair, (UINT8, UINT16), optional=1)
date_times = st.builds(
    DlmsDateTime, *[st.integers(0, high) for high in (65535, 255, 255, 255, 255, 255, 255, 255, 65535, 255)]
)


def through_octets(value: Value) -> Value:
    cursor = Cursor(write_value(value), "value")
    found = read_value(cursor)
    cursor.finish()
    return found


@pytest.mark.parametrize(
    ("shape", "contents"),
    [
        (INT8, st.integers(-128, 127)),
        (INT32, st.integers(-(2**31), 2**31 - 1)),
        (UINT32, st.integers(0, 2**32 - 1)),
        (ENUM, st.integers(0, 255)),
        (SECONDS, moments),
        (Octets(), st.binary(max_size=40)),
        (Octets(4), st.binary(min_size=4, max_size=4)),
        (ENTITY_ID, euis),
        (DATE_TIME, date_times),
        (Flags(), st.integers(0, 255)),
        (UNIT, st.builds(ScalerUnit, st.integers(-128, 127), st.integers(0, 255))),
        (PAIR, st.builds(Pair, st.integers(0, 255), st.none() | st.integers(0, 65535))),
        (MARKED, st.builds(Pair, st.integers(0, 255), st.none() | st.integers(0, 65535))),
        (ListOf(UINT8), st.lists(st.integers(0, 255), max_size=5).map(tuple)),
        (PAIRS, st.lists(st.integers(0, 255).map(Pair), max_size=5).map(tuple)),
        (PAIRS, st.lists(st.builds(Pair, st.integers(0, 255), st.integers(0, 9)), max_size=5).map(tuple)),
    ],
)
@SUITE
@given(data=st.data())
def test_contents_come_back_octet_by_octet(shape: Any, contents: Any, data: st.DataObject) -> None:
    content = data.draw(contents)
    value = shape.write(content)
    assert shape.read(through_octets(value)) == content
    assert shape.write(shape.read(value)) == value


VALUES: dict[str, Value] = {
    "UINT8": unsigned(8, 1),
    "UINT16": unsigned(16, 1),
    "octets": octet_string(b"abc"),
    "null": NULL,
    "date": Fixed(DataType.DATE, bytes(5)),
    "bits": BitString(7, b"\0"),
    "structure": structure(unsigned(8, 1), unsigned(16, 2), unsigned(8, 3)),
    "array": array([unsigned(16, 1)]),
    "rows": CompactArray(TypeDescription(DataType.UINT8), (unsigned(8, 1),)),
}


@pytest.mark.parametrize(
    ("shape", "reads"),
    [
        (UINT8, {"UINT8"}),
        (UINT32, set()),
        (SECONDS, set()),
        (Octets(), {"octets"}),
        (Octets(3), {"octets"}),
        (Octets(4), set()),
        (ENTITY_ID, set()),
        (DATE_TIME, set()),
        (Flags(), set()),
        (PAIR, set()),
        (ListOf(UINT16), {"array"}),
        (ListOf(UINT16, 1), {"array"}),
        (ListOf(UINT16, 2), set()),
        (ListOf(UINT8), set()),
        (PAIRS, set()),
        (Constant(NULL), {"null"}),
    ],
)
def test_a_shape_reads_nothing_else(shape: Any, reads: set[str]) -> None:
    found = set()
    for name, value in VALUES.items():
        try:
            shape.read(value)
            found.add(name)
        except GbcsError:
            continue
    assert found == reads


@pytest.mark.parametrize(
    ("shape", "content"),
    [
        (Octets(4), b"abc"),
        (Flags(), 256),
        (PAIR, ()),
        (PAIR, (1, 2, 3)),
        (Record(Pair, (UINT8, UINT16)), (1,)),
        (ListOf(UINT8, 2), (1,)),
        (DATE_TIME, DlmsDateTime(0, 256, 0, 0, 0, 0, 0, 0, 0, 0)),
        (SECONDS, datetime(1999, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_shape_writes_nothing_else(shape: Any, content: Any) -> None:
    with pytest.raises(GbcsError):
        shape.write(content)


def test_rows_of_different_columns_are_refused() -> None:
    with pytest.raises(GbcsError, match="not the STRUCTURE"):
        write_value(PAIRS.write((Pair(1, 2), Pair(3))))


def test_no_rows_are_of_the_least_columns() -> None:
    value = PAIRS.write(())
    assert isinstance(value, CompactArray)
    assert len(value.row.elements) == 1


# --- times ------------------------------------------------------------------------------------------


@SUITE
@given(moments, moments)
def test_a_period_comes_back_from_its_selection(one: datetime, other: datetime) -> None:
    period = Period(*sorted((one, other)))
    assert selected_range(range_selection(period)) == period


def test_a_period_ends_no_earlier_than_it_starts() -> None:
    assert Period(START, START).checked() == (START, START)
    with pytest.raises(GbcsError, match="is later than"):
        range_selection(Period(START + DAY, START))


def test_a_selection_of_another_form_is_no_period() -> None:
    good = range_selection(Period(START, START + DAY))
    parameters = good.parameters
    assert hasattr(parameters, "items")
    what, start, end, columns = parameters.items
    for selection in (
        good._replace(selector=2),
        Selection(1, NULL),
        Selection(1, structure(what, start, end)),
        Selection(1, structure(unsigned(8, 1), start, end, columns)),
        Selection(1, structure(what, unsigned(16, 1), end, columns)),
        Selection(1, structure(what, start, octet_string(b""), columns)),
        Selection(1, structure(what, start, end, array([NULL]))),
    ):
        assert selected_range(selection) is None


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    moment = datetime(2026, 7, 1, 13, 5, 9, 999_999, tzinfo=UTC)
    abroad = moment.astimezone(datetime.strptime("+0100", "%z").tzinfo)
    assert moment_value(moment).octets.hex() == "07ea0701ff0d0509008000ff"
    assert moment_value(abroad) == moment_value(moment)


# --- exchanges --------------------------------------------------------------------------------------

OBIS = ObisCode(bytes(6))
GET = AccessSpecification(AccessService.GET, 1, OBIS, 2)
SET = AccessSpecification(AccessService.SET, 1, OBIS, 2)
ACTION = AccessSpecification(AccessService.ACTION, 1, OBIS, 1)
SUCCESS, FAILURE = AccessCode.SUCCESS, AccessCode.HARDWARE_FAULT


def test_requests_and_responses_come_back() -> None:
    items, data = (GET, SET, ACTION), (NULL, unsigned(8, 1), NULL)
    assert open_request(encode_request(COUNTER, items, data), COUNTER, items, "x") == data
    codes, answers = (SUCCESS, FAILURE, SUCCESS), (unsigned(8, 2), NULL, NULL)
    payload = encode_response(COUNTER, items, codes, answers)
    assert open_response(payload, COUNTER, items, "x") == (codes, answers)


def test_a_result_names_what_a_selection_came_down_to() -> None:
    assert result_service(AccessService.GET_WITH_SELECTION) is AccessService.GET
    assert result_service(AccessService.SET_WITH_SELECTION) is AccessService.SET
    assert result_service(AccessService.ACTION) is AccessService.ACTION


@pytest.mark.parametrize(
    ("item", "code", "value", "is_good"),
    [
        (GET, SUCCESS, unsigned(8, 1), True),
        (GET, SUCCESS, NULL, False),
        (GET, FAILURE, NULL, True),
        (GET, FAILURE, unsigned(8, 1), False),
        (SET, SUCCESS, NULL, True),
        (SET, SUCCESS, unsigned(8, 1), False),
        (ACTION, SUCCESS, NULL, True),
        (ACTION, SUCCESS, unsigned(8, 1), True),
        (ACTION, FAILURE, unsigned(8, 1), False),
    ],
)
def test_a_value_goes_with_its_result(
    item: AccessSpecification, code: AccessCode, value: Value, is_good: bool
) -> None:
    result = AccessResult(item.service, code)
    payload = encode(AccessResponse(long_invoke_id(COUNTER), (value,), (result,)))
    if is_good:
        assert open_response(payload, COUNTER, (item,), "x") == ((code,), (value,))
        return
    with pytest.raises(GbcsError, match="don't go together"):
        open_response(payload, COUNTER, (item,), "x")


def test_the_services_of_a_response_are_those_of_the_items() -> None:
    payload = encode_response(COUNTER, (SET,), (SUCCESS,), (NULL,))
    for items in ((GET,), (), (SET, SET)):
        with pytest.raises(GbcsError, match="use case y"):
            open_response(payload, COUNTER, items, "use case y")
    with pytest.raises(GbcsError, match="1 codes, 1 values, 2 items"):
        encode_response(COUNTER, (SET, SET), (SUCCESS,), (NULL,))
