"""The reference set as judge of reads and top-ups: devices get its commands, byte for byte.

What the meters of the set measured is not known, so a read is judged by everything but its values: header,
protection, result codes, which values there are and of how many octets. Top-ups are judged octet by octet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from payload_samples import keys_of, secret
from reference_set import ReferenceSet, check_answer, command_octets, load, make_device, prepared_for

from devices.alerting import generic_alert
from devices.configuration import Behaviours, Configuration, Identity
from devices.device import Device
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.cs01 import CS01A, CS01B, TopUpResult, open_cs01a_response, open_cs01b_response
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_reads import DlmsRead, DlmsReading, ReadExchange, open_dlms_reading
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_clock import TimeStatus
from devices.gbcs.gas_read_table import CS10A, CS10B, GBZ_READS, GCS17, GCS18, SITE_ID
from devices.gbcs.gas_read_table import MANUFACTURER as GAS_MANUFACTURER
from devices.gbcs.gas_read_table import MODEL as GAS_MODEL
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import GbzRead, PartAnswer, attribute_value, open_gbz_reading
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.read_table import (
    DLMS_READS,
    ECS23,
    ECS35A,
    ECS35B,
    ECS35E,
    ECS35G,
    EVENT_LOG,
    EXPORT_MPAN,
    IMPORT_MPANS,
    IMPORT_PROFILE,
    IMPORT_REGISTERS,
    MANUFACTURER,
    METER_VARIANT,
    MODEL,
    OPERATOR_LOGGING,
    OPERATOR_WAN_ALERTS,
    POWER_EVENT_LOG,
    SECURITY_LOG,
    ImportEntry,
    ImportRegisters,
)
from devices.gbcs.zcl import ReadAttributesResponse, ZclStatus
from devices.gbcs.zcl_commands import DefaultResponse, Samples
from devices.gbcs.zcl_events import Events
from devices.management_state import Defect, DeviceClock
from devices.meter_balance import MeterBalance
from devices.security_log import LogEntry
from devices.table_reads import NOT_TRIED
from devices.top_up import TopUpState

MADE = datetime(2014, 1, 1, tzinfo=UTC)
AT = datetime(2015, 1, 1, tzinfo=UTC)
READS: Mapping[MessageCode, DlmsRead | GbzRead] = {**DLMS_READS, **GBZ_READS}
AT_LEAST = {
    "ECS17b_4.1.1_SINGLE_SUCCESS", "ECS17b_4.1.1_ERROR", "ECS17c_4.16_SUCCESS", "ECS17e_4.1.3_SUCCESS",
    "ECS19_4.3_SUCCESS", "ECS21b_4.14_KRP_SUCCESS", "ECS21b_4.14_URP_SUCCESS", "ECS21c_4.6.2_SUCCESS",
    "ECS21c_4.6.2_ERROR", "ECS22b_4.8.1_SINGLE_SUCCESS", "ECS22c_4.8.2_SUCCESS", "ECS23_4.10_SUCCESS",
    "ECS23_4.10_ERROR", "ECS35a_6.13_SUCCESS", "ECS35b_6.13_SUCCESS", "ECS52_11.2_SUCCESS",
    "ECS66_4.17_SUCCESS", "GCS13a_4.1.1_SUCCESS_RELIABLE_GPF", "GCS13a_4.1.1_SUCCESS_UNRELIABLE",
    "GCS13a_4.1.1_ERROR", "GCS13c_4.1.2_ERROR", "GCS14_4.3_SUCCESS_RELIABLE_GPF", "GCS14_4.3_ERROR",
    "GCS16a_4.6.1_SUCCESS", "GCS16a_4.6.1_ERROR", "GCS17_4.8.1_SUCCESS", "GCS17_4.8.1_NOT_FOUND",
    "GCS17_4.8.1_ERROR", "GCS38_11.2_SUCCESS", "CS10a_6.13_SUCCESS", "CS10a_6.13_NOT_FOUND",
    "CS10b_6.13_SUCCESS", "CS10b_6.13_ERROR", "ECS25r2_6.2.10_SUCCESS", "ECS25r2_6.2.10_ERROR",
    "ECS26i_6.2.4_SUCCESS", "ECS26i_6.2.4_ERROR", "ECS26m_6.2.4_SUCCESS", "ECS26m_6.2.4_ERROR",
    "ECS26n_6.2.4_SUCCESS", "ECS26n_6.2.4_ERROR", "ECS35e_6.13_SUCCESS", "ECS35g_6.13_SUCCESS",
    "GCS18_4.10_SUCCESS", "GCS18_4.10_NOT_FOUND", "GCS18_4.10_ERROR", "GCS21e_6.2.4_SUCCESS",
    "GCS21e_6.2.4_ERROR", "GCS21m_6.2.4_SUCCESS", "GCS21m_6.2.4_ERROR", "GCS46_6.2.7_SUCCESS",
    "GCS46_6.2.7_ERROR",
}  # fmt: skip


@pytest.fixture(scope="session")
def reference(conformance: Path) -> ReferenceSet:
    return load(conformance)


def exchanges(reference: ReferenceSet, *codes: MessageCode) -> dict[str, tuple[Message, Message]]:
    """The commands of use cases by their names, each with its response."""
    found = {}
    for name, message in reference.messages.items():
        is_command = message.header.cra is Cra.COMMAND and message.shape is not MessageShape.PRE_COMMAND
        if is_command and message.code in codes:
            service = name.removesuffix("_COMMAND")
            found[service] = message, reference.messages[f"{service}_RESPONSE"]
    return found


Answer = DlmsReading | tuple[PartAnswer, ...]


def opened(conformance: Path, response: Message) -> Answer:
    """What a response says to the party that it is for, with that party's private key."""
    keys, exchange = keys_of(conformance, response), ReadExchange.of(response.header)
    if response.code in DLMS_READS:
        return open_dlms_reading(DLMS_READS[response.code], response.payload, exchange, keys)
    return open_gbz_reading(GBZ_READS[response.code], response.payload, keys)


# --- what a response says of the device that sent it ------------------------------------------------


def first_failure(answer: Answer) -> tuple[int, int] | None:
    """Which item failed, with which code; nothing found is no failure."""
    if isinstance(answer, DlmsReading):
        codes: list[int] = list(answer.codes)
        success: set[int] = {AccessCode.SUCCESS}
    else:
        codes, success = [], {ZclStatus.SUCCESS, ZclStatus.NOT_FOUND}
        for part in answer:
            records = part.records if isinstance(part, ReadAttributesResponse) else ()
            codes += [record.status for record in records]
            if not records:
                codes.append(part.status if isinstance(part, DefaultResponse) else ZclStatus.SUCCESS)
    return next(((item, code) for item, code in enumerate(codes) if code not in success), None)


def logged(answer: Answer) -> tuple[LogEntry, ...]:
    """The log that a read of a log implies."""
    if isinstance(answer, DlmsReading):
        events: Any = next(filter(None, map(answer.value, (EVENT_LOG, SECURITY_LOG, POWER_EVENT_LOG))), ())
    else:
        events = [event for part in answer if isinstance(part, Events) for event in part.events]
    return tuple([LogEntry(event.at, None, "of the set", event=event.code) for event in events])


def configured(answer: Answer) -> Configuration:
    """What a device is called and what was set on it, as far as an answer says."""
    if isinstance(answer, DlmsReading):
        own = Identity()
        identity = own._replace(
            manufacturer=answer.value(MANUFACTURER) or own.manufacturer,
            model=answer.value(MODEL) or own.model,
            variant=answer.value(METER_VARIANT) or own.variant,
        )
        operator = [answer.value(item) or 0 for item in (OPERATOR_WAN_ALERTS, OPERATOR_LOGGING)]
        return Configuration(
            identity,
            answer.value(IMPORT_MPANS) or b"",
            answer.value(EXPORT_MPAN) or b"",
            behaviours=Behaviours(operator_wan_alerts=operator[0], operator_logging=operator[1]),
        )
    texts = {}
    for part in answer:
        for each in (GAS_MANUFACTURER, GAS_MODEL, SITE_ID):
            value = attribute_value(part, each)
            if isinstance(value, bytes):
                texts[each] = value
    identity = Identity(texts.get(GAS_MANUFACTURER, b"0000"), texts.get(GAS_MODEL, b"00000000"))
    started = next((part.start for part in answer if isinstance(part, Samples)), None)
    return Configuration(identity, mprn=texts.get(SITE_ID, b""), network_log_started=started)


def prepared(reference: ReferenceSet, conformance: Path, response: Message) -> Device:
    device, answer = make_device(reference, response), opened(conformance, response)
    device.manufactured = MADE
    failure = first_failure(answer)
    defects = () if failure is None else (Defect(response.code, failure[1], failure[0]),)
    own_number = response.header.other.supplementary_originator_counter or 1
    date_time = response.header.date_time
    is_reliable = date_time is None or not date_time.clock_status & 2
    device.state = device.state._replace(
        defects=defects,
        log=logged(answer),
        clock=DeviceClock(TimeStatus.RELIABLE if is_reliable else TimeStatus.UNRELIABLE),
        alert_counter=OriginatorCounter(own_number - 1),
        configuration=configured(answer),
    )
    return device


def form_of(answer: Answer) -> Any:
    """An answer without its values."""
    if isinstance(answer, DlmsReading):
        return answer.codes, set(answer.values)
    forms: list[Any] = []
    for part in answer:
        if isinstance(part, ReadAttributesResponse):
            forms.append([(record.attribute, record.status) for record in part.records])
        else:
            forms.append(part if isinstance(part, DefaultResponse) else type(part))
    return forms


def is_of_twin_elements(answer: Answer) -> bool:
    if not isinstance(answer, DlmsReading):
        return False
    registers, profile = answer.value(IMPORT_REGISTERS), answer.value(IMPORT_PROFILE) or ()
    twin = isinstance(registers, ImportRegisters) and registers.secondary_active_wh is not None
    return twin or any(isinstance(each, ImportEntry) and each.secondary_wh is not None for each in profile)


# --- reads ------------------------------------------------------------------------------------------


def clock_of(code: MessageCode) -> datetime:
    """Midnight as the responses say; later for logs that have an interval of the new year."""
    return AT + {GCS17: timedelta(minutes=30), GCS18: timedelta(minutes=6)}.get(code, timedelta())


def test_every_read_of_the_set_gets_an_answer_of_its_form(reference: ReferenceSet, conformance: Path) -> None:
    # Of a read that is assumed a larger set may show another form.
    found = exchanges(reference, *(code for code, read in READS.items() if read.confirmed))
    assert set(found) >= AT_LEAST
    for name, (command, sample) in found.items():
        meant = opened(conformance, sample)
        if is_of_twin_elements(meant):
            continue  # The meters of this project have a single element.
        device = prepared(reference, conformance, sample)
        effects = device.receive(command_octets(reference, conformance, name), clock_of(command.code))
        assert effects.accepted, (name, effects.entry)
        response = parse(effects.sent[0])
        check_header(response, sample, name)
        said = opened(conformance, response)
        assert form_of(said) == form_of(meant), name
        # A half hour is the averaging period of ours; the set has hours, events that say more, controllers.
        if command.code not in (ECS23, ECS35A, ECS35G, CS10A):
            assert len(response.payload) == len(sample.payload), name
        if first_failure(meant) is not None and isinstance(meant, DlmsReading) and len(meant.codes) == 1:
            assert response.payload == sample.payload, name


def check_header(response: Message, sample: Message, name: str) -> None:
    header, meant = response.header, sample.header
    assert header._replace(date_time=None) == meant._replace(date_time=None), name
    assert response.shape is sample.shape is MessageShape.MAC_ONLY
    assert (header.date_time is None) is (meant.date_time is None), name
    # 04, time of the gas meter as its proxy has it, is not modelled.
    if header.date_time is not None and meant.date_time is not None and "RELIABLE_GSME" not in name:
        assert header.date_time[7:] == meant.date_time[7:], name
    if response.payload == sample.payload and header == meant:
        assert encode(response) == encode(sample), name


@pytest.mark.parametrize(
    "name",
    [
        "ECS35a_6.13_SUCCESS",
        "ECS35b_6.13_SUCCESS",
        "ECS35e_6.13_SUCCESS",
        "CS10a_6.13_SUCCESS",
        "CS10b_6.13_SUCCESS",
    ],
)
def test_events_stand_in_the_log_in_which_the_set_has_them(
    reference: ReferenceSet, conformance: Path, name: str
) -> None:
    sample = reference.messages[f"{name}_RESPONSE"]
    device = prepared(reference, conformance, sample)
    response = parse(device.receive(command_octets(reference, conformance, name), AT).sent[0])
    said, meant = (logged(opened(conformance, each)) for each in (response, sample))
    assert said == meant
    assert len(meant) >= 32
    other = {ECS35A: "ECS35b", ECS35B: "ECS35e", ECS35E: "ECS35a", CS10A: "CS10b", CS10B: "CS10a"}[
        sample.code
    ]
    asked = command_octets(reference, conformance, f"{other}_6.13_SUCCESS")
    assert logged(opened(conformance, parse(device.receive(asked, AT).sent[0]))) == ()


@pytest.mark.parametrize("name", ["ECS21b_4.14_URP_SUCCESS", "ECS21c_4.6.2_SUCCESS", "ECS21c_4.6.2_ERROR"])
def test_a_party_behind_the_broker_is_answered_as_in_the_set(
    reference: ReferenceSet, conformance: Path, name: str
) -> None:
    command, sample = exchanges(reference, *READS)[name]
    assert command.header.other.supplementary_party is not None
    device = prepared(reference, conformance, sample)
    response = parse(device.receive(encode(command), AT).sent[0])
    assert response.header == sample.header
    if READS[command.code].encrypted:
        assert response.header.other.supplementary_originator_counter == 2002
        broker = secret(conformance, CryptoProvider(), response.header.target, device.eui)
        keys = AttributeProtection.between(
            CryptoProvider(), broker, device.eui, response.header.originator_counter, response.header.target
        )
        exchange = ReadExchange.of(response.header)
        with pytest.raises(GbcsError, match="tag does not verify"):
            open_dlms_reading(DLMS_READS[response.code], response.payload, exchange, keys)


@pytest.mark.parametrize(
    "name",
    [
        "ECS25r2_6.2.10_SUCCESS",
        "ECS26i_6.2.4_SUCCESS",
        "ECS26n_6.2.4_SUCCESS",
        "GCS21m_6.2.4_SUCCESS",
        "GCS46_6.2.7_SUCCESS",
        "GCS46_6.2.7_ERROR",
        "GCS21m_6.2.4_ERROR",
    ],
)
def test_what_was_set_is_read_octet_by_octet(reference: ReferenceSet, conformance: Path, name: str) -> None:
    sample = reference.messages[f"{name}_RESPONSE"]
    device = prepared(reference, conformance, sample)
    assert device.receive(command_octets(reference, conformance, name), AT).sent == (encode(sample),)


# --- top-ups ----------------------------------------------------------------------------------------


def prepare_top_up(device: Device, command: Message, response: Message) -> None:
    """What a failure comes from, and what was paid in before."""
    if command.code == CS01A:
        result = open_cs01a_response(response.payload, command.header.originator_counter)
        failed = result is not AccessCode.SUCCESS
    else:
        answer = open_cs01b_response(response.payload)
        failed = answer.result is TopUpResult.ERROR
        result = answer.result  # type: ignore[assignment]
        before = TopUpState(balance=MeterBalance(answer.remaining_credit - answer.value))
        device.state = device.state._replace(top_up=before)
    if failed:
        device.state = device.state._replace(defects=(Defect(command.code, result),))


def test_every_top_up_of_the_set_gets_its_answer(reference: ReferenceSet, conformance: Path) -> None:
    found = exchanges(reference, CS01A, CS01B)
    assert set(found) >= {"CS01a_2.2_SUCCESS", "CS01a_2.2_ERROR"}
    for name, (command, sample) in found.items():
        device = make_device(reference, sample)
        prepare_top_up(device, command, sample)
        before = device.state.top_up.balance.millipence
        check_answer(device, command_octets(reference, conformance, name), sample, AT)
        credited = device.state.top_up.balance.millipence - before
        assert (credited > 0) == ("SUCCESS" in name), name


def test_a_top_up_of_the_set_is_answered_octet_by_octet_and_credited_once(
    reference: ReferenceSet, conformance: Path
) -> None:
    sample = reference.messages["CS01a_2.2_SUCCESS_RESPONSE"]
    octets = command_octets(reference, conformance, "CS01a_2.2_SUCCESS")
    device = make_device(reference, sample)
    assert device.receive(octets, AT).sent == (encode(sample),)
    assert device.state.top_up.balance.millipence == 1_000_000
    (again,) = device.receive(octets, AT).sent
    counter = sample.header.originator_counter
    assert open_cs01a_response(parse(again).payload, counter) is not AccessCode.SUCCESS
    assert device.state.top_up.balance.millipence == 1_000_000
    assert device.state.top_up.counters.used == (3,)


@pytest.mark.parametrize("form", ["DLMS", "ZigBee"])
def test_credit_that_was_typed_in_is_reported_as_in_the_set(reference: ReferenceSet, form: str) -> None:
    sample = reference.messages[f"GNCA-{form}_NA_810E_ALERT"]
    device = prepared_for(reference, sample)
    assert generic_alert(device, 0x810E, AT) == (encode(sample),)


def test_what_comes_after_a_failure_is_answered_as_in_the_set(
    reference: ReferenceSet, conformance: Path
) -> None:
    for name in ("GCS14_4.3_ERROR", "GCS16a_4.6.1_ERROR"):
        answers = opened(conformance, reference.messages[f"{name}_RESPONSE"])
        assert isinstance(answers, tuple)
        assert answers[-1] == NOT_TRIED
