from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages, secret
from wire_strategies import mutations

from devices.gbcs import dlms, gbz
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.dlms import AccessCode, AccessRequest, AccessResponse, AccessService, Selection
from devices.gbcs.dlms_data import NULL, DataType, Nested, Number, array, structure, unsigned
from devices.gbcs.dlms_reads import DlmsReading, ReadExchange, encode_dlms_reading, open_plain_reading
from devices.gbcs.dlms_shapes import ScalerUnit
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import DIVISOR, GBZ_READS
from devices.gbcs.gbz import AttributeProtection, ProtectedBody
from devices.gbcs.gbz_reads import encode_gbz_reading, open_gbz_reading
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Message
from devices.gbcs.read_table import DLMS_READS, VoltageEntry
from devices.gbcs.zcl import (
    AttributeId,
    ClusterId,
    OtherBody,
    ReadAttributes,
    ReadAttributesResponse,
    ZclStatus,
)
from devices.meter_balance import MeterBalance
from devices.meter_view import MeterView
from devices.metering import VOLTAGE_LOG_ENTRIES, Meter
from devices.reads import (
    ECS23,
    GCS13A,
    GasConsumption,
    NetworkData,
    build_ecs23_command,
    build_gcs13a_command,
    open_ecs23_response,
    open_gcs13a_response,
)
from devices.table_reads import answer_dlms_read, answer_gbz_read

SUITE = settings(max_examples=60, deadline=None)
COUNTER = OriginatorCounter(1002)
ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
GPF = Eui64.parse("00-DB-12-34-56-78-90-A3")
OPERATOR = Eui64.parse("90-B3-D5-1F-30-02-00-00")
SECRET = bytes(range(32))
MADE = datetime(2024, 1, 1, tzinfo=UTC)
NOW = MADE + timedelta(days=200, hours=3, minutes=10)
DAY = timedelta(days=1)
METER = Meter(ESME, MADE)
GAS_METER = Meter(GPF, MADE)
VOLTAGES, CONSUMPTION = DLMS_READS[ECS23], GBZ_READS[GCS13A]
LOG_ITEM = 4
SUCCESS = AccessCode.SUCCESS


# --- the reference set ------------------------------------------------------------------------------


def sample(conformance: Path, name: str) -> Message:
    return messages(conformance)[name]


def encoded_again(response: Message) -> bytes:
    exchange = ReadExchange.of(response.header)
    reading = open_plain_reading(VOLTAGES, response.payload, exchange.counter)
    return encode_dlms_reading(VOLTAGES, exchange, reading)


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_ecs23_command_is_built_octet_by_octet(conformance: Path, outcome: str) -> None:
    command = sample(conformance, f"ECS23_4.10_{outcome}_COMMAND")
    start = datetime(2014, 12, 29, 23, 59, tzinfo=UTC)
    end = datetime(2015, 1, 1, tzinfo=UTC)
    built = build_ecs23_command(command.header.originator_counter, start, end)
    assert built.hex() == command.payload.hex()
    assert command.code == ECS23


def test_the_real_ecs23_response_opens_and_builds_again(conformance: Path) -> None:
    response = sample(conformance, "ECS23_4.10_SUCCESS_RESPONSE")
    data = open_ecs23_response(response.payload, response.header.originator_counter)
    assert data.complete
    assert (data.under_voltage_count, data.over_voltage_count) == (147, 239)
    assert data.under_voltage_unit == data.over_voltage_unit == ScalerUnit(0, 255)
    assert data.period_seconds == 3600
    assert data.voltages is not None
    assert len(data.voltages) == 49
    assert data.voltages[0] == VoltageEntry(datetime(2014, 12, 30, tzinfo=UTC), 81)
    assert data.voltages[-1] == VoltageEntry(datetime(2015, 1, 1, tzinfo=UTC), 220)
    assert encoded_again(response).hex() == response.payload.hex()


def test_the_real_ecs23_failure_opens_and_builds_again(conformance: Path) -> None:
    response = sample(conformance, "ECS23_4.10_ERROR_RESPONSE")
    data = open_ecs23_response(response.payload, response.header.originator_counter)
    assert not data.complete
    assert data.codes == (SUCCESS,) * 4 + (AccessCode.HARDWARE_FAULT, AccessCode.OTHER_REASON)
    assert (data.under_voltage_count, data.over_voltage_count) == (147, 239)
    assert (data.voltages, data.period_seconds) == (None, None)
    assert encoded_again(response).hex() == response.payload.hex()


GCS13A_SAMPLES = ("ERROR", "SUCCESS_RELIABLE_GPF", "SUCCESS_RELIABLE_GSME", "SUCCESS_UNRELIABLE")


@pytest.mark.parametrize("outcome", GCS13A_SAMPLES)
def test_the_real_gcs13a_command_is_built_octet_by_octet(conformance: Path, outcome: str) -> None:
    command = sample(conformance, f"GCS13a_4.1.1_{outcome}_COMMAND")
    assert build_gcs13a_command().hex() == command.payload.hex()
    assert command.code == GCS13A


@pytest.mark.parametrize("outcome", GCS13A_SAMPLES)
def test_the_real_gcs13a_response_opens_and_builds_again(conformance: Path, outcome: str) -> None:
    response = sample(conformance, f"GCS13a_4.1.1_{outcome}_RESPONSE")
    header, provider = response.header, CryptoProvider()
    shared = secret(conformance, provider, header.target, header.originator)
    consumption = open_gcs13a_response(
        response.payload,
        counter=header.originator_counter,
        device=header.originator,
        requester=header.target,
        secret=shared,
        provider=provider,
    )
    assert consumption.summation == 12345
    if outcome == "ERROR":
        assert consumption.statuses == (ZclStatus.HARDWARE_FAILURE,) + (ZclStatus.SUCCESS,) * 3
        assert (consumption.divisor, consumption.cubic_metres) == (None, None)
    else:
        assert consumption.complete
        assert consumption.cubic_metres == Decimal("12.345")
    protection = AttributeProtection.between(
        provider, shared, header.originator, header.originator_counter, header.target
    )
    answers = open_gbz_reading(CONSUMPTION, response.payload, protection)
    assert encode_gbz_reading(CONSUMPTION, answers, protection).hex() == response.payload.hex()


# --- ECS23 ------------------------------------------------------------------------------------------


def answered(request: AccessRequest) -> AccessResponse:
    return dlms.decode_response(answer(dlms.encode(request)))


def answer(payload: bytes, counter: OriginatorCounter = COUNTER) -> bytes:
    view = MeterView(METER, (), MeterBalance(), bytes(4))
    return answer_dlms_read(VOLTAGES, payload, ReadExchange(counter, OPERATOR, ESME), view, NOW).payload


def command(start: datetime = NOW - 2 * DAY, end: datetime = NOW) -> AccessRequest:
    return dlms.decode_request(build_ecs23_command(COUNTER, start, end))


def with_log_selection(selection: Selection) -> AccessRequest:
    request = command()
    items = list(request.specifications)
    items[LOG_ITEM] = items[LOG_ITEM]._replace(selection=selection)
    return request._replace(specifications=tuple(items))


def codes_of(response: AccessResponse) -> list[AccessCode]:
    return [result.code for result in response.results]


def test_an_operator_reads_what_the_meter_measured() -> None:
    start, end = NOW - 2 * DAY, NOW - DAY
    payload = answer(build_ecs23_command(COUNTER, start, end))
    assert open_ecs23_response(payload, COUNTER) == NetworkData(
        (SUCCESS,) * 6,
        METER.under_voltage_count(NOW),
        ScalerUnit(),
        METER.over_voltage_count(NOW),
        ScalerUnit(),
        METER.voltage_log(start, end, NOW),
        1800,
    )
    assert METER.under_voltage_count(NOW) > 0
    assert METER.over_voltage_count(NOW) > 0
    assert len(METER.voltage_log(start, end, NOW)) == 48


def test_the_whole_log_fits_a_message() -> None:
    payload = answer(build_ecs23_command(COUNTER, MADE, NOW))
    voltages = open_ecs23_response(payload, COUNTER).voltages
    assert voltages is not None
    assert len(voltages) == VOLTAGE_LOG_ENTRIES
    assert len(payload) < 0x10000


def test_a_period_without_entries_gives_an_empty_log() -> None:
    later = NOW + DAY
    payload = answer(build_ecs23_command(COUNTER, later, later))
    data = open_ecs23_response(payload, COUNTER)
    assert data.complete
    assert data.voltages == ()


def test_a_period_of_one_moment_is_built_but_not_one_that_runs_backwards() -> None:
    build_ecs23_command(COUNTER, NOW, NOW)
    with pytest.raises(GbcsError, match="is later than"):
        build_ecs23_command(COUNTER, NOW + timedelta(seconds=1), NOW)


def test_fewer_items_in_another_order_are_answered_in_that_order() -> None:
    request = command()
    items = (request.specifications[5], request.specifications[0])
    response = answered(request._replace(specifications=items, data=(NULL, NULL)))
    assert response.data == (unsigned(32, 1800), unsigned(32, METER.under_voltage_count(NOW)))
    assert codes_of(response) == [SUCCESS, SUCCESS]


def test_an_item_outside_the_use_case_is_refused_and_nothing_is_read_after_it() -> None:
    request = command()
    foreign = request.specifications[1]._replace(member=4)
    items = (request.specifications[0], foreign, *request.specifications[2:])
    response = answered(request._replace(specifications=items))
    assert (
        codes_of(response) == [SUCCESS, AccessCode.SCOPE_OF_ACCESS_VIOLATED] + [AccessCode.OTHER_REASON] * 4
    )
    assert response.data[1:] == (NULL,) * 5


def test_an_item_is_read_once() -> None:
    request = command()
    response = answered(request._replace(specifications=(request.specifications[LOG_ITEM],) * 6))
    assert (
        codes_of(response) == [SUCCESS, AccessCode.SCOPE_OF_ACCESS_VIOLATED] + [AccessCode.OTHER_REASON] * 4
    )


@pytest.mark.parametrize(
    ("service", "named"),
    [(AccessService.SET, AccessService.SET), (AccessService.ACTION, AccessService.ACTION)],
)
def test_a_read_sets_nothing_and_acts_on_nothing(service: AccessService, named: AccessService) -> None:
    request = command()
    item = request.specifications[0]._replace(service=service)
    response = answered(request._replace(specifications=(item,), data=(NULL,)))
    assert response.results == ((named, AccessCode.SCOPE_OF_ACCESS_VIOLATED),)


def test_the_log_is_not_read_whole() -> None:
    request = command()
    item = request.specifications[LOG_ITEM]._replace(service=AccessService.GET, selection=None)
    response = answered(request._replace(specifications=(item,), data=(NULL,)))
    assert codes_of(response) == [AccessCode.SCOPE_OF_ACCESS_VIOLATED]


def test_a_set_with_selection_is_answered_as_a_set() -> None:
    request = command()
    item = request.specifications[LOG_ITEM]._replace(service=AccessService.SET_WITH_SELECTION)
    response = answered(request._replace(specifications=(item,), data=(NULL,)))
    assert response.results == ((AccessService.SET, AccessCode.SCOPE_OF_ACCESS_VIOLATED),)


def selections() -> list[Selection]:
    selection = command().specifications[LOG_ITEM].selection
    assert selection is not None
    assert isinstance(selection.parameters, Nested)
    entry_time, start, end, columns = selection.parameters.items
    return [
        selection._replace(selector=2),
        selection._replace(parameters=NULL),
        Selection(1, structure(entry_time, start, end)),
        Selection(1, array([entry_time, start, end, columns])),
        Selection(1, structure(entry_time, start, NULL, columns)),
        Selection(1, structure(entry_time, unsigned(16, 0), end, columns)),
        Selection(1, structure(entry_time, start, unsigned(16, 0), columns)),
        Selection(1, structure(entry_time, start, Number(DataType.INT32, -1), columns)),
        Selection(1, structure(entry_time, start, end, array([entry_time]))),
        Selection(1, structure(structure(), start, end, columns)),
    ]


@pytest.mark.parametrize("selection", selections())
def test_a_selection_that_is_no_period_is_refused(selection: Selection) -> None:
    response = answered(with_log_selection(selection))
    assert codes_of(response) == [SUCCESS] * 4 + [AccessCode.TYPE_UNMATCHED, AccessCode.OTHER_REASON]


def test_a_command_of_another_counter_is_refused() -> None:
    payload = build_ecs23_command(COUNTER, MADE, NOW)
    with pytest.raises(GbcsError, match="long-invoke-id: 200003EA, expected 200003EB"):
        answer(payload, OriginatorCounter(COUNTER + 1))


@SUITE
@given(data=st.data())
def test_a_damaged_ecs23_command_is_answered_or_raises_the_one_error(data: st.DataObject) -> None:
    payload = data.draw(mutations(build_ecs23_command(COUNTER, NOW - DAY, NOW)))
    try:
        answered = answer(payload)
    except GbcsError:
        return
    assert dlms.encode(dlms.decode(answered)) == answered


@SUITE
@given(data=st.data())
def test_a_damaged_ecs23_response_opens_or_raises_the_one_error(data: st.DataObject) -> None:
    command = build_ecs23_command(COUNTER, NOW - DAY, NOW)
    payload = answer(command)
    try:
        open_ecs23_response(data.draw(mutations(payload)), COUNTER)
    except GbcsError:
        return


def test_ecs23_responses_that_are_none_are_refused() -> None:
    request = command()
    good = answered(request)
    for response, what in (
        (good._replace(data=good.data[:5], results=good.results[:5]), "other items than the use case has"),
        (good._replace(data=(NULL, *good.data[1:])), "result SUCCESS and value don't go together"),
        (good._replace(data=(unsigned(16, 1), *good.data[1:])), "not a value of type UINT32"),
        (good._replace(data=(*good.data[:1], unsigned(32, 1), *good.data[2:])), "not a STRUCTURE"),
        (good._replace(data=(*good.data[:4], array(), good.data[5])), "not a compact array"),
        (good._replace(invoke_id=dlms.LongInvokeId(1)), "expected 200003EA"),
    ):
        with pytest.raises(GbcsError, match=what):
            open_ecs23_response(dlms.encode(response), COUNTER)


def test_values_and_codes_of_a_response_go_together() -> None:
    exchange = ReadExchange(COUNTER, OPERATOR, ESME)
    reading = open_plain_reading(VOLTAGES, dlms.encode(answered(command())), COUNTER)
    with pytest.raises(GbcsError, match="5 codes, 6 values, 6 items"):
        encode_dlms_reading(VOLTAGES, exchange, reading._replace(codes=reading.codes[:5]))
    too_many = DlmsReading(reading.codes, {**reading.values, VOLTAGES.items[0]: 2**32})
    with pytest.raises(GbcsError, match="out of range"):
        encode_dlms_reading(VOLTAGES, exchange, too_many)


# --- GCS13a -----------------------------------------------------------------------------------------


def gas_answer(payload: bytes, counter: OriginatorCounter = COUNTER, requester: Eui64 = OPERATOR) -> bytes:
    keys = AttributeProtection.between(CryptoProvider(), SECRET, GPF, counter, requester)
    view = MeterView(GAS_METER, (), MeterBalance(), bytes(4))
    return answer_gbz_read(CONSUMPTION, payload, view, NOW, keys).payload


def open_gas(
    payload: bytes, counter: OriginatorCounter = COUNTER, requester: Eui64 = OPERATOR
) -> GasConsumption:
    return open_gcs13a_response(
        payload, counter=counter, device=GPF, requester=requester, secret=SECRET, provider=CryptoProvider()
    )


def reading(*attributes: int, sequence: int = 0) -> bytes:
    (component,) = gbz.decode(build_gcs13a_command())
    header = component.header._replace(sequence=sequence)
    body = ReadAttributes(tuple(AttributeId(attribute) for attribute in attributes))
    return gbz.encode((component._replace(header=header, body=body),))


def protection() -> AttributeProtection:
    return AttributeProtection.between(CryptoProvider(), SECRET, GPF, COUNTER, OPERATOR)


def test_an_operator_reads_the_gas_that_was_used() -> None:
    consumption = open_gas(gas_answer(build_gcs13a_command()))
    litres = GAS_METER.gas_volume_litres(NOW)
    assert litres > 0
    assert consumption == GasConsumption((ZclStatus.SUCCESS,) * 4, 1000, 1, 1, litres)
    assert consumption.cubic_metres == Decimal(litres) / 1000


def test_the_answer_says_nothing_to_another_party_or_under_another_counter() -> None:
    answer = gas_answer(build_gcs13a_command())
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_gas(answer, requester=ESME)
    with pytest.raises(GbcsError, match="tag does not verify"):
        open_gas(answer, counter=OriginatorCounter(COUNTER + 1))


def test_an_attribute_outside_the_use_case_is_refused_and_the_others_are_read() -> None:
    (sealed,) = gbz.decode(gas_answer(reading(0x0A00, DIVISOR, sequence=9)))
    assert isinstance(sealed.body, ProtectedBody)
    assert sealed.header.sequence == 9
    body = protection().open(sealed).body
    assert isinstance(body, ReadAttributesResponse)
    assert [record.status for record in body.records] == [ZclStatus.UNSUPPORTED_ATTRIBUTE, ZclStatus.SUCCESS]
    with pytest.raises(GbcsError, match="other attributes than the use case reads"):
        open_gas(gbz.encode((sealed,)))


def test_up_to_64_attributes_are_read() -> None:
    gas_answer(reading(*[0] * 64))
    with pytest.raises(GbcsError, match="65, expected up to 64"):
        gas_answer(reading(*[0] * 65))


def test_commands_that_are_none_are_refused() -> None:
    (component,) = gbz.decode(build_gcs13a_command())
    for components, what in (
        ((component, component), "2 components, expected 1"),
        ((component._replace(cluster=ClusterId(0x0705)),), "none of the use case"),
        (
            (component._replace(header=component.header._replace(frame_control=1), body=OtherBody(b"")),),
            "none of the use case",
        ),
        ((protection().seal(component),), "none of the use case"),
    ):
        with pytest.raises(GbcsError, match=what):
            gas_answer(gbz.encode(components))


def test_gcs13a_responses_that_are_none_are_refused() -> None:
    (sealed,) = gbz.decode(gas_answer(build_gcs13a_command()))
    plain = protection().open(sealed)
    asked = gbz.decode(build_gcs13a_command())[0]
    for components, what in (
        ((plain,), "not encrypted"),
        ((sealed, sealed), "2 components, expected 1"),
        ((sealed._replace(cluster=ClusterId(0x0705)),), "cluster 0705, expected 0702"),
        ((protection().seal(asked),), "not a read attributes response"),
    ):
        with pytest.raises(GbcsError, match=what):
            open_gas(gbz.encode(components))


def test_a_value_of_another_type_is_refused() -> None:
    (sealed,) = gbz.decode(gas_answer(build_gcs13a_command()))
    plain = protection().open(sealed)
    assert isinstance(plain.body, ReadAttributesResponse)
    first, second, third, fourth = plain.body.records
    swapped = first._replace(value=fourth.value)
    body = ReadAttributesResponse((swapped, second, third, fourth))
    with pytest.raises(GbcsError, match="attribute 0302 is no UINT24"):
        open_gas(gbz.encode((protection().seal(plain._replace(body=body)),)))


def test_only_cubic_metres_are_cubic_metres() -> None:
    good = GasConsumption((ZclStatus.SUCCESS,) * 4, 1000, 2, 1, 5)
    assert good.cubic_metres == Decimal("0.01")
    assert good._replace(unit=2).cubic_metres is None
    assert good._replace(divisor=0).cubic_metres is None
    assert good._replace(summation=None).cubic_metres is None


@SUITE
@given(data=st.data())
def test_a_damaged_gcs13a_command_is_answered_or_raises_the_one_error(data: st.DataObject) -> None:
    try:
        answer = gas_answer(data.draw(mutations(build_gcs13a_command())))
    except GbcsError:
        return
    assert gbz.encode(gbz.decode(answer)) == answer


@SUITE
@given(data=st.data())
def test_a_damaged_gcs13a_response_never_says_anything_else(data: st.DataObject) -> None:
    """Most damage raises the one error; the frame counter is not under the tag, and changes nothing."""
    payload = gas_answer(build_gcs13a_command())
    damaged = data.draw(mutations(payload).filter(lambda octets: octets != payload))
    with suppress(GbcsError):
        assert open_gas(damaged) == open_gas(payload)
