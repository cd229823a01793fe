"""Pre-Commands of every critical service: signed if they do what was asked for, refused next to it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import party_cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from party_cases import CRITICAL
from party_worlds import CHF, ESME, GPF, GSME, HCALCS, HOUR, PPMID, SUPPLIER, PartyHome

import scenarios.correlation_services
from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials
from dcc.bodies.hub import JoinOrUnjoin
from dcc.bodies.meters import ActivateFirmware, SynchroniseClock
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.service_responses import PreCommand, ServiceResponse
from dcc.services import SERVICES
from dcc.srv import Srv
from dcc.transform import TRANSFORMS
from devices.gbcs.credentials import CANCELLATION_TIME, CounterChange, SpecialistFloor
from devices.gbcs.device_certificates import CS02D, CS02E, UnknownKeyUsage
from devices.gbcs.ecs70 import build_ecs70_command
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, KeyUsage, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import CS03A1, CS03B, CS04B, JoinDeviceType, JoinMethod
from devices.gbcs.message import Message, MessageShape, encode, parse
from devices.gbcs.payloads import decode_payload, encode_payload
from scenarios.correlation_services import CORRELATIONS
from scenarios.party_client import Delivery, PartyClient

Change = Callable[[Message], Message]
_MINUTE: Final = timedelta(minutes=1)


def first_call(name: str) -> tuple[PartyHome, ServiceRequest, ServiceResponse]:
    home, case = PartyHome(), CRITICAL[name]
    return home, *home.transformed(case.user, case.srv, case.target, case.body(home))


def changed(response: ServiceResponse, change: Change) -> ServiceResponse:
    assert isinstance(response.body, PreCommand)
    return response._replace(body=PreCommand(encode(change(parse(response.body.gbcs)))))


def payload(**fields: Any) -> Change:
    def change(message: Message) -> Message:
        value: Any = decode_payload(message)
        return message._replace(payload=encode_payload(value._replace(**fields)))

    return change


def code(number: MessageCode) -> Change:
    def change(message: Message) -> Message:
        other = message.header.other._replace(message_code=number)
        return message._replace(header=message.header._replace(other=other))

    return change


def both(*changes: Change) -> Change:
    def change(message: Message) -> Message:
        for each in changes:
            message = each(message)
        return message

    return change


def clock(start: datetime, tolerance: int) -> Change:
    return lambda message: message._replace(
        payload=build_ecs70_command(message.header.originator_counter, start, tolerance)
    )


def test_every_critical_service_that_is_modelled_is_correlated() -> None:
    critical = {srv for srv in TRANSFORMS if SERVICES[srv].critical}
    assert set(CORRELATIONS) == critical == {case.srv for case in CRITICAL.values()}


def test_nothing_is_taken_from_the_transform() -> None:
    """A fault of the DCC's must not vouch for itself."""
    for name in ("correlation", "correlation_services"):
        path = Path(scenarios.correlation_services.__file__).with_name(f"{name}.py")
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        assert not [node.module for node in nodes if (node.module or "").startswith("dcc.transform")]


NOW: Final = PartyHome().now
WRONG: Final[dict[str, tuple[str, Change, str]]] = {
    "clock, start": ("6.11 ESME", clock(NOW + _MINUTE, 0), "start"),
    "clock, end": ("6.11 ESME", clock(NOW, 61), "end"),
    "clock, earlier end": ("6.11 ESME", clock(NOW, 59), "end"),
    "commissioning, end": ("8.1.1 ESME", clock(NOW, 61), "end"),
    "gas clock, start": ("6.11 GSME", payload(validity_start=NOW - _MINUTE), "validity_start"),
    "gas clock, end": ("6.11 GSME", payload(validity_end=NOW + HOUR), "validity_end"),
    "gas commissioning": ("8.1.1 GSME", payload(validity_end=NOW), "validity_end"),
    "load controller, cell": (
        "6.15.1 load controller",
        payload(authorising_cell=None),
        "authorising_cell",
    ),
    "load controller, no floor": (
        "6.15.1 load controller",
        payload(other_changes=None),
        "other_changes",
    ),
    "load controller, other floor": (
        "6.15.1 load controller",
        payload(other_changes=(CounterChange(RemotePartyRole.LOAD_CONTROLLER, OriginatorCounter(8)),)),
        "other_changes",
    ),
    "load controller, floor of the supplier": (
        "6.15.1 load controller",
        payload(other_changes=(CounterChange(RemotePartyRole.SUPPLIER, OriginatorCounter(9)),)),
        "other_changes",
    ),
    "load controller, own floor": (
        "6.15.1 load controller",
        payload(floor=OriginatorCounter(9)),
        "floor",
    ),
    "load controller, top-up floor": (
        "6.15.1 load controller",
        payload(specialist_floors=(SpecialistFloor(OriginatorCounter(1)),)),
        "specialist_floors",
    ),
    "certificate": ("6.15.2", payload(certificate=b"\x30\x00"), "certificate"),
    "certificate, use case": ("6.15.2", code(CS02E), "other"),
    "key pair, usage": ("6.17", payload(key_usage=KeyUsage.DIGITAL_SIGNATURE), "key_usage"),
    "key pair, unknown usage": ("6.17", payload(key_usage=UnknownKeyUsage(b"\x07\x00")), "key_usage"),
    "key pair, use case": ("6.17", code(CS02E), "other"),
    "own certificate, usage": ("6.24.2", payload(key_usage=KeyUsage.KEY_AGREEMENT), "key_usage"),
    "own certificate, use case": ("6.24.2", code(CS02D), "other"),
    "join, other device": ("8.7.1 A, initiator", payload(other_device=PPMID), "other_device"),
    "join, other type": (
        "8.7.1 A, initiator",
        payload(other_type=JoinDeviceType.ESME),
        "other_type",
    ),
    "join, method": ("8.7.1 A, initiator", payload(method=JoinMethod.METHOD_B), "method"),
    "join, method and use case": (
        "8.7.1 A, initiator",
        both(payload(method=JoinMethod.METHOD_B), code(CS03B)),
        "other",
    ),
    "join, part": (
        "8.7.1 A, responder",
        both(payload(method=JoinMethod.METHOD_A_INITIATOR), code(CS03A1)),
        "other_type",
    ),
    "join, a certificate": ("8.7.1 A, initiator", payload(certificate=b"\x30\x00"), "certificate"),
    "join C, no certificate": ("8.7.1 C", payload(certificate=None), "certificate"),
    "join C, other certificate": ("8.7.1 C", payload(certificate=b"\x30\x00"), "certificate"),
    "join C, type": ("8.7.1 C", payload(other_type=JoinDeviceType.TYPE_1_HCALCS), "other_type"),
    "unjoin, other device": ("8.8.1", payload(other_device=HCALCS), "other_device"),
    "unjoin, use case": ("8.8.1", code(CS04B), "other"),
    "image": ("11.3 ESME", payload(image_hash=bytes(31) + b"\x01"), "image_hash"),
    "image, counter": ("11.3 ESME", payload(counter=OriginatorCounter(1)), "counter"),
    "image, later": ("11.3 ESME", payload(execution_date_time=NOW + HOUR), "execution_date_time"),
    "image, cancelled": (
        "11.3 GSME",
        payload(execution_date_time=CANCELLATION_TIME),
        "execution_date_time",
    ),
}


@pytest.mark.parametrize(("name", "change", "field"), WRONG.values(), ids=WRONG)
def test_a_pre_command_that_does_something_else_is_not_signed(name: str, change: Change, field: str) -> None:
    home, request, response = first_call(name)
    client = home.client(request.request_id.originator)
    client.sign_pre_command(request, response)
    before = home.bed.provider.tally.signatures_made
    with pytest.raises(GbcsError) as caught:
        client.sign_pre_command(request, changed(response, change))
    assert caught.value.where == f"Pre-Command/{field}", caught.value
    assert home.bed.provider.tally.signatures_made == before


@pytest.mark.parametrize("name", CRITICAL)
@pytest.mark.parametrize("field", ["originator_counter", "originator", "target"])
def test_header_and_protection_have_to_be_those_of_the_request(name: str, field: str) -> None:
    home, request, response = first_call(name)
    client = home.client(request.request_id.originator)
    values = {"originator_counter": OriginatorCounter(1), "originator": CHF, "target": CHF}

    def other_header(message: Message) -> Message:
        return message._replace(header=message.header._replace(**{field: values[field]}))

    with pytest.raises(GbcsError, match=f"Pre-Command/{field}: not that of request"):
        client.sign_pre_command(request, changed(response, other_header))
    signed = client.sign_pre_command(request, response).body
    assert isinstance(signed, SignedPreCommand)
    assert parse(signed.gbcs).shape is MessageShape.SIGNED
    with pytest.raises(GbcsError, match="protected by signature"):
        client.sign_pre_command(request, response._replace(body=PreCommand(signed.gbcs)))


@pytest.mark.parametrize("name", CRITICAL)
def test_the_pre_command_for_one_service_answers_no_other(name: str) -> None:
    """Where the bodies are of one type, services are told apart by the use case alone."""
    home, request, response = first_call(name)
    client = home.client(request.request_id.originator)
    same = {Srv.SYNCHRONISE_CLOCK, Srv.COMMISSION_DEVICE}
    for srv in CORRELATIONS:
        if srv is request.srv or {srv, request.srv} == same:
            continue
        with pytest.raises(GbcsError):
            client.sign_pre_command(request._replace(srv=srv), response)


ASKED: Final = {name: first_call(name) for name in CRITICAL}


@given(name=st.sampled_from(sorted(CRITICAL)), data=st.data())
@settings(max_examples=300)
def test_a_pre_command_with_any_octet_changed_is_not_signed(name: str, data: st.DataObject) -> None:
    home, request, response = ASKED[name]
    assert isinstance(response.body, PreCommand)
    octets = bytearray(response.body.gbcs)
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    false = response._replace(body=PreCommand(bytes(octets)))
    with pytest.raises(GbcsError):
        home.client(request.request_id.originator).sign_pre_command(request, false)


# What the party knows of the devices


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("6.11 ESME", DeviceType.ESME, DeviceType.GSME),
        ("6.11 GSME", DeviceType.GSME, DeviceType.ESME),
        ("8.1.1 ESME", DeviceType.ESME, DeviceType.GPF),
        ("8.7.1 A, initiator", DeviceType.ESME, DeviceType.HCALCS),
        ("8.7.1 A, responder", DeviceType.HCALCS, DeviceType.ESME),
        ("8.7.1 C", DeviceType.GSME, DeviceType.ESME),
    ],
)
def test_the_type_of_the_device_is_checked_where_it_is_known(
    name: str, right: DeviceType, wrong: DeviceType
) -> None:
    home, request, response = first_call(name)
    client = home.client(request.request_id.originator)
    client.sign_pre_command(request, response, device_type=right)
    with pytest.raises(GbcsError):
        client.sign_pre_command(request, response, device_type=wrong)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("8.7.1 A, initiator", DeviceType.HCALCS, DeviceType.PPMID),
        ("8.7.1 A, responder", DeviceType.ESME, DeviceType.GSME),
        ("8.7.1 C", DeviceType.PPMID, DeviceType.HCALCS),
    ],
)
def test_the_type_of_the_other_device_is_checked_where_it_is_known(
    name: str, right: DeviceType, wrong: DeviceType
) -> None:
    home, request, response = first_call(name)
    client = home.client(request.request_id.originator)
    client.sign_pre_command(request, response, other_type=right)
    with pytest.raises(GbcsError):
        client.sign_pre_command(request, response, other_type=wrong)


def test_without_a_certificate_in_the_repository_no_method_c_is_signed() -> None:
    """The party compares with what it finds itself, not with what the Pre-Command brings."""
    home, request, response = first_call("8.7.1 C")
    empty = PartyClient(
        home.client(SUPPLIER).credentials,
        type(home.bed.repository)(),
        home.bed.smki.issuer.certificate,
        home.bed.provider,
    )
    with pytest.raises(GbcsError, match="Pre-Command/other"):
        empty.sign_pre_command(request, response)
    with pytest.raises(GbcsError, match=r"none can answer 8\.7\.1 with JoinOrUnjoin on a GSME"):
        empty.sign_pre_command(request, response, device_type=DeviceType.GSME)


# Times


def asked(home: PartyHome, srv: Srv, target: Any, body: Any) -> ServiceRequest:
    return home.client(SUPPLIER).sign_pre_command(*home.transformed(SUPPLIER, srv, target, body))


@pytest.mark.parametrize("at", [None, datetime(2030, 1, 1, tzinfo=UTC), CANCELLATION])
def test_activation_at_once_later_and_cancelled(at: datetime | None) -> None:
    home = PartyHome()
    signed = asked(home, Srv.ACTIVATE_FIRMWARE, GSME, ActivateFirmware(bytes(32), at)).body
    assert isinstance(signed, SignedPreCommand)
    decoded: Any = decode_payload(parse(signed.gbcs))
    assert decoded.execution_date_time == (CANCELLATION_TIME if at == CANCELLATION else at)


def test_the_time_that_cancels_in_gbcs_is_no_time_to_ask_for() -> None:
    home, request, response = first_call("11.3 ESME")
    asked_for = request._replace(body=ActivateFirmware(bytes(32), CANCELLATION_TIME))
    false = changed(response, payload(execution_date_time=CANCELLATION_TIME))
    with pytest.raises(GbcsError, match="expected 3000-12-31"):
        home.client(SUPPLIER).sign_pre_command(asked_for, false)


@pytest.mark.parametrize("target", [ESME, GSME])
def test_fractions_of_a_second_are_not_carried(target: Any) -> None:
    home = PartyHome()
    body = SynchroniseClock(home.now + timedelta(milliseconds=999), 60)
    assert asked(home, Srv.SYNCHRONISE_CLOCK, target, body).command_variant is CommandVariant.SIGNED_COMMAND


def test_a_cancellation_of_a_load_controllers_credentials_changes_no_counter() -> None:
    home = PartyHome()
    body = party_cases.of_load_controller(home)
    assert isinstance(body, ReplaceCredentials)
    cancelled = body._replace(execution_date_time=CANCELLATION)
    signed = asked(home, Srv.UPDATE_CREDENTIALS, ESME, cancelled).body
    assert isinstance(signed, SignedPreCommand)
    decoded: Any = decode_payload(parse(signed.gbcs))
    assert decoded.other_changes is None


# The second call


@pytest.mark.parametrize(
    ("delivery", "variant"),
    [
        (Delivery.WAN, CommandVariant.SIGNED_COMMAND),
        (Delivery.LOCAL, CommandVariant.SIGNED_LOCAL_COMMAND),
        (Delivery.BOTH, CommandVariant.SIGNED_COMMAND_AND_LOCAL),
    ],
)
def test_the_second_call_says_how_the_command_is_delivered(
    delivery: Delivery, variant: CommandVariant
) -> None:
    home, request, response = first_call("8.8.1")
    at = home.now + HOUR
    signed = home.client(SUPPLIER).sign_pre_command(
        request._replace(first_in_sequence=True), response, delivery=delivery, execution_date_time=at
    )
    assert signed.command_variant is variant
    assert (signed.request_id, signed.srv, signed.first_in_sequence) == (
        request.request_id,
        Srv.UNJOIN_CRITICAL,
        True,
    )
    assert isinstance(signed.body, SignedPreCommand)
    assert signed.body.execution_date_time == at


def test_a_service_that_is_not_critical_has_no_pre_command() -> None:
    home, request, response = first_call("8.8.1")
    other = request._replace(srv=Srv.UNJOIN_NON_CRITICAL, body=JoinOrUnjoin(GPF))
    with pytest.raises(GbcsError, match=r"none can answer 8\.8\.2"):
        home.client(SUPPLIER).sign_pre_command(other, response)
