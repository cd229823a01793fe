"""Every published request template through the front door, and what a DCC that holds its device answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from zaz1_worlds import (
    CHF,
    DECOMMISSIONED,
    DEVICES,
    EARLY_START,
    ESME,
    GPF,
    GSME,
    INSTALLED,
    MPRN,
    OPERATOR,
    OTHER_SUPPLIER,
    OTHER_USER,
    PENDING,
    RECOVERED,
    RECOVERY,
    ROLES,
    SUPPLIER,
    SUSPENDED,
    WHITELISTED,
    WITHDRAWN,
    Progress,
    Zaz1World,
    templates,
    z1_certificate,
)

from dcc.bodies.credentials import PlaceDeviceCertificate
from dcc.bodies.schedules import CreateSchedule
from dcc.duis.front_door import FrontDoor, Reply
from dcc.duis.parsing import parse
from dcc.duis.requests import read_request
from dcc.duis.responses import read_response
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import verify_document
from dcc.envelope import WebService
from dcc.identifiers import Mpid
from dcc.registration import GasRecord
from dcc.response_codes import ResponseCode, StandIns
from dcc.rules import envelope
from dcc.rules.model import Outcome
from dcc.service_requests import CommandVariant, OtherBody, ServiceRequest
from dcc.service_responses import LocalCommand, PreCommand, ScheduleCreated, ServiceResponse
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage
from devices.gbcs.message import MessageShape
from devices.gbcs.message import parse as parse_gbcs
from scenarios.test_bed import ACB_ID

WEB_SERVICES: Final = {
    CommandVariant.COMMAND: WebService.SEND_COMMAND,
    CommandVariant.LOCAL_COMMAND: WebService.NON_DEVICE,
    CommandVariant.TRANSFORM: WebService.TRANSFORM,
    CommandVariant.SIGNED_COMMAND: WebService.SEND_COMMAND,
    CommandVariant.SIGNED_LOCAL_COMMAND: WebService.NON_DEVICE,
    CommandVariant.DCC_ONLY: WebService.NON_DEVICE,
}
WITH_DATA: Final = frozenset(
    {Srv.READ_INVENTORY, Srv.CREATE_SCHEDULE, Srv.READ_SCHEDULE, Srv.REQUEST_WAN_MATRIX}
)
"""Services of the DCC whose answer to a User who gets what he asked for carries data, and so I0."""

REFUSED: Final[Mapping[str, tuple[ResponseCode, str]]] = {
    "12.2_DEVICE_PRE_NOTIFICATION": (ResponseCode.E120203, "the meter is in the inventory already"),
    "5.2_READ_SCHEDULE": (ResponseCode.E050201, "there is no schedule 123"),
    "5.3_DELETE_SCHEDULE": (ResponseCode.E050301, "there is no schedule 123"),
    "8.4_UPDATE_INVENTORY": (ResponseCode.E080409, "a commissioned meter cannot be deleted"),
    "8.13_RETURN_LOCAL_COMMAND_RESPONSE_CS06": (
        ResponseCode.E081301,
        "it answers a request that was never made",
    ),
    "ECS17b_4.1.1_DSP_FUTURE_DATED": (ResponseCode.SIM_DATE, "the execution time lies in 2015"),
    "ECS21a_5.1._DCC_SCHEDULED": (ResponseCode.E050102, "the schedule starts in 2015"),
    "CS02d_6.15.2_SUCCESS": (
        ResponseCode.SIM_PSC,
        "the certificate's issuer, E357, is in no public data, so no path leads to a root",
    ),
    "GCS16b_4.14_URP_SUCCESS": (ResponseCode.E4, "another supplier is registered at the metering point"),
}
"""The templates that the DCC of these tests refuses for their content, beside those for their senders."""

ALLOWED_BEFORE_AND_AFTER: Final[Mapping[str, tuple[Progress, frozenset[str]]]] = {
    "Pending": (PENDING, frozenset()),
    # That 8.9 goes with it means the log of its hub: a device that has not joined the HAN is not asked.
    "Whitelisted": (WHITELISTED, frozenset()),
    "InstalledNotCommissioned": (
        INSTALLED,
        frozenset({"8.1.1", "8.7.1", "8.7.2", "8.9", "11.2", "6.24.1", "6.20.1"}),
    ),
    "Suspended": (SUSPENDED, frozenset({"11.2", "11.3", "6.24.1", "6.23"})),
    "Recovery": (RECOVERY, frozenset()),
    "Recovered": (RECOVERED, frozenset({"6.15.1", "6.21", "6.24.1"})),
    "Decommissioned": (DECOMMISSIONED, frozenset()),
    "Withdrawn": (WITHDRAWN, frozenset()),
}
"""By status of a meter that is not Commissioned, the services that it may be sent (assumed)."""

NOT_MODELLED_ON: Final = {
    (Srv.RETRIEVE_IMPORT_DAILY_READ_LOG, ESME),
    (Srv.READ_PREPAYMENT_DAILY_READ_LOG, GSME),
    (Srv.READ_PREPAYMENT_DAILY_READ_LOG, GPF),
}
"""Services that are modelled on other types of device (ECS21a and GCS16b are not)."""

LOGS_THAT_NO_DEVICE_KEEPS: Final = frozenset({
    (Srv.RETRIEVE_IMPORT_DAILY_READ_LOG, ESME),
    (Srv.READ_PREPAYMENT_DAILY_READ_LOG, GSME),
    (Srv.READ_PREPAYMENT_DAILY_READ_LOG, GPF),
})  # fmt: skip
"""What is read by ECS21a and GCS16b: the devices of the bench have the logs of other use cases alone."""

OTHER_DEVICES: Final = {"CS04B_8.8.2_SUCCESS": DeviceType.GPF}
"""What the nameless other device is, where not an ESME: method B unjoins a GSME from a GPF."""


class Exchange(NamedTuple):
    """A request as the template has it, its document signed anew, and what came of it."""

    request: ServiceRequest
    document: bytes
    reply: Reply

    @property
    def code(self) -> ResponseCode:
        return self.reply.submission.response.code


Matrix = Mapping[str, frozenset[str]]


@pytest.fixture(scope="module")
def documents(conformance: Path) -> dict[str, bytes]:
    return templates(conformance)


@pytest.fixture(scope="module")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


@pytest.fixture(scope="module")
def roles_of_services(conformance: Path) -> Matrix:
    """By SRV, the User Roles that may send it, as published."""
    rows = json.loads((conformance / "duis" / "service-request-matrix.json").read_text("utf-8"))
    return {row["Service Reference Variant"]: frozenset(row["Eligible User Roles"]) for row in rows}


@pytest.fixture(scope="module")
def world(documents: dict[str, bytes], schema: DuisSchema) -> Zaz1World:
    return Zaz1World([z1_certificate(documents)], schema)


@pytest.fixture(scope="module")
def exchanges(documents: dict[str, bytes], world: Zaz1World) -> dict[str, Exchange]:
    """Every template, each sent to a DCC without a past."""
    return {
        name: send(world, world.door(nameless=OTHER_DEVICES.get(name, DeviceType.ESME)), document)
        for name, document in documents.items()
    }


def send(world: Zaz1World, door: FrontDoor, document: bytes | ServiceRequest) -> Exchange:
    octets = world.signed(document)
    request = read_request(parse(octets))
    return Exchange(request, octets, door.submit(octets, WEB_SERVICES[request.command_variant], world.now))


def deserved(request: ServiceRequest, roles_of_services: Matrix) -> ResponseCode:
    """What a sender gets who may ask, for a request with nothing wrong in it."""
    roles = ROLES.get(request.request_id.originator)
    if roles is None:
        return ResponseCode.E1
    if roles_of_services[request.srv.value].isdisjoint(role.value for role in roles):
        return ResponseCode.E2
    on_device = request.srv, request.request_id.target
    if isinstance(request.body, OtherBody) or on_device in NOT_MODELLED_ON:
        return ResponseCode.SIM_NOT_MODELLED
    if request.command_variant is CommandVariant.DCC_ONLY:
        return ResponseCode.I0 if request.srv in WITH_DATA else ResponseCode.I99
    # The User gets the command back at once, to sign it or to take it to the device; or it is on its way.
    handed_back = (CommandVariant.TRANSFORM, CommandVariant.LOCAL_COMMAND)
    return ResponseCode.I0 if request.command_variant in handed_back else ResponseCode.I99


Codes = Mapping[str, ResponseCode]


def differences(found: Codes, expected: Codes) -> dict[str, str]:
    """By template: the code found, and the one expected."""
    assert found.keys() == expected.keys()
    return {
        name: f"{found[name].value}, expected {expected[name].value}"
        for name in found
        if found[name] is not expected[name]
    }


def test_every_template_gets_the_code_that_it_deserves(
    exchanges: dict[str, Exchange], roles_of_services: Matrix
) -> None:
    expected = {
        name: REFUSED[name][0] if name in REFUSED else deserved(exchange.request, roles_of_services)
        for name, exchange in exchanges.items()
    }
    assert REFUSED.keys() <= expected.keys()
    assert differences({name: exchange.code for name, exchange in exchanges.items()}, expected) == {}


def test_every_signature_and_certificate_passes(exchanges: dict[str, Exchange]) -> None:
    checks = {
        envelope.web_service_fits.id,
        envelope.signing_certificate_is_known.id,
        envelope.xml_signature_verifies.id,
        envelope.signing_certificate_is_valid.id,
        envelope.signing_certificate_is_not_revoked.id,
        envelope.signing_certificate_may_sign_xml.id,
        envelope.signing_certificate_is_the_originators.id,
    }
    for name, exchange in exchanges.items():
        verdicts = exchange.reply.submission.decision.verdicts
        passed = {verdict.rule_id for verdict in verdicts if verdict.outcome is Outcome.PASS}
        assert checks <= passed, name


def test_requests_keep_their_numbers(documents: dict[str, bytes], exchanges: dict[str, Exchange]) -> None:
    """Also those of top-ups, above 32 bits: in the answer, and in the commands made of them."""
    for name, document in documents.items():
        request_id = read_request(parse(document)).request_id
        submission = exchanges[name].reply.submission
        assert submission.response.request_id == request_id, name
        body = submission.response.body
        if isinstance(body, PreCommand):
            header = parse_gbcs(body.gbcs).header
            assert (header.originator, header.target, header.originator_counter) == request_id, name
    assert max(exchange.request.request_id.counter for exchange in exchanges.values()) == 6 * 2**32


# The refused ones again, where nothing stands against them.

Documents = Mapping[str, bytes]


def _with_schedules(world: Zaz1World, documents: Documents) -> FrontDoor:
    """The supplier has the schedules 1 to 123."""
    door = world.door()
    read = read_request(parse(documents["ECS21a_5.1._DCC_SCHEDULED"])).body
    assert isinstance(read, CreateSchedule)
    read = read._replace(start_date=world.now.date())
    for _ in range(123):
        door.dsp.world.schedules.create(SUPPLIER, read, world.now)
    return door


def _with_local_command(world: Zaz1World, documents: Documents) -> FrontDoor:
    """The supplier has got a firmware activation to deliver on site."""
    door = world.door()
    first = send(world, door, documents["CS06_11.3_IMMEDIATE_SUCCESS"])
    second = world.second_call(first.request, first.reply.submission.response)
    local = second._replace(command_variant=CommandVariant.SIGNED_LOCAL_COMMAND)
    given = send(world, door, local).reply.submission
    assert isinstance(given.response.body, LocalCommand), given.decision.rejection
    assert given.command is None
    return door


def _with_meter(progress: Progress) -> Callable[[Zaz1World, Documents], FrontDoor]:
    return lambda world, _: world.door(meters={ESME: progress, GSME: progress})


PREPARED: Final[Mapping[str, Callable[[Zaz1World, Documents], FrontDoor]]] = {
    "12.2_DEVICE_PRE_NOTIFICATION": lambda world, _: world.door(without=[ESME]),
    "5.2_READ_SCHEDULE": _with_schedules,
    "5.3_DELETE_SCHEDULE": _with_schedules,
    "8.4_UPDATE_INVENTORY": _with_meter(PENDING),
    "8.13_RETURN_LOCAL_COMMAND_RESPONSE_CS06": _with_local_command,
    # These succeed with a commissioned meter too, but here is where they belong.
    "CCS01_8.11_SUCCESS": _with_meter(PENDING),
    "CCS02_8.11_SUCCESS": _with_meter(WHITELISTED),
    "ECS70Commission_8.1.1_SUCCESS": _with_meter(INSTALLED),
    "GCS28Commission_8.1.1_SUCCESS": _with_meter(INSTALLED),
}


@pytest.mark.parametrize("name", PREPARED)
def test_where_nothing_is_against_it(
    name: str, world: Zaz1World, documents: dict[str, bytes], roles_of_services: Matrix
) -> None:
    exchange = send(world, PREPARED[name](world, documents), documents[name])
    assert exchange.code is deserved(exchange.request, roles_of_services), exchange.reply.submission


def test_dates_of_2015_before_they_have_passed(documents: dict[str, bytes], schema: DuisSchema) -> None:
    """In December 2014 the dated read is taken and held, and the schedule is made."""
    world = Zaz1World(schema=schema, start=EARLY_START)
    door = world.door()
    held = send(world, door, documents["ECS17b_4.1.1_DSP_FUTURE_DATED"])
    assert held.code is ResponseCode.I99
    assert held.reply.submission.command is None
    assert door.dsp.next_due == held.request.body.execution_date_time  # type: ignore[union-attr]
    schedule = send(world, door, documents["ECS21a_5.1._DCC_SCHEDULED"])
    assert schedule.code is ResponseCode.I0
    assert schedule.reply.submission.response.body == ScheduleCreated(1)  # type: ignore[arg-type]


def test_device_certificate_of_an_issuer_that_is_known(
    world: Zaz1World, documents: dict[str, bytes], roles_of_services: Matrix
) -> None:
    request = read_request(parse(documents["CS02d_6.15.2_SUCCESS"]))
    assert isinstance(request.body, PlaceDeviceCertificate)
    point = world.dcc_signer.key.public_point
    certificate = world.bed.smki.issue_device(ESME, KeyUsage.DIGITAL_SIGNATURE, point, world.start)
    ours = request._replace(body=PlaceDeviceCertificate(certificate.der))
    assert send(world, world.door(), ours).code is deserved(ours, roles_of_services)
    of_another = world.bed.smki.issue_device(GSME, KeyUsage.DIGITAL_SIGNATURE, point, world.start)
    others = request._replace(body=PlaceDeviceCertificate(of_another.der))
    assert send(world, world.door(), others).code is ResponseCode.SIM_PSC


def test_other_supplier_where_it_is_registered(
    documents: dict[str, bytes], schema: DuisSchema, roles_of_services: Matrix
) -> None:
    world = Zaz1World([z1_certificate(documents)], schema)
    document = documents["GCS16b_4.14_URP_SUCCESS"]
    refused = send(world, world.door(), document)
    assert refused.request.request_id.originator == OTHER_SUPPLIER
    assert refused.code is ResponseCode.E4
    world.dcc.registration.add_gas(MPRN, GasRecord(Mpid("NETA"), supplier=Mpid("SUPB")))
    assert send(world, world.door(), document).code is deserved(refused.request, roles_of_services)


# Whatever the template: another sender, web service or Command Variant.


@pytest.mark.parametrize("sender", [SUPPLIER, OPERATOR, OTHER_USER], ids=["suppliers", "networks", "other"])
def test_every_service_from_every_role(
    sender: Eui64, world: Zaz1World, documents: dict[str, bytes], roles_of_services: Matrix
) -> None:
    """Whoever asks for what the published matrix does not list for a role of theirs gets E2, nobody else."""
    held = {role.value for role in ROLES[sender]}
    for name, document in documents.items():
        request = read_request(parse(document))
        asked = request._replace(request_id=request.request_id._replace(originator=sender))
        code = send(world, world.door(), asked).code
        may_ask = not roles_of_services[request.srv.value].isdisjoint(held)
        assert (code is not ResponseCode.E2) is may_ask, (name, code)


def test_every_template_at_the_wrong_web_services(world: Zaz1World, exchanges: dict[str, Exchange]) -> None:
    for name, exchange in exchanges.items():
        for service in set(WebService) - {WEB_SERVICES[exchange.request.command_variant]}:
            door = world.door()
            reply = door.submit(exchange.document, service, world.now)
            assert reply.submission.response.code is ResponseCode.E13, (name, service)
            assert not door.dsp.world.ledger.is_known(exchange.request.request_id), (name, service)


def test_every_template_under_the_wrong_variants(world: Zaz1World, exchanges: dict[str, Exchange]) -> None:
    """A critical service is transformed, one of the DCC stays there, any other is sent or handed out."""
    fitting = {
        CommandVariant.TRANSFORM: {CommandVariant.TRANSFORM},
        CommandVariant.DCC_ONLY: {CommandVariant.DCC_ONLY},
    }
    plain = {CommandVariant.COMMAND, CommandVariant.LOCAL_COMMAND, CommandVariant.COMMAND_AND_LOCAL}
    for name, exchange in exchanges.items():
        if exchange.code in (ResponseCode.E1, ResponseCode.E2):
            continue
        right = fitting.get(exchange.request.command_variant, plain)
        for variant in set(WEB_SERVICES) - right:
            changed = exchange.request._replace(command_variant=variant)
            assert send(world, world.door(), changed).code is ResponseCode.E12, (name, variant)


# Whatever the template: the device suspended, unknown, the document repeated.


def to_devices(exchanges: Mapping[str, Exchange], *targets: Eui64) -> dict[str, Exchange]:
    """The templates for devices, whose senders may send them."""
    return {
        name: exchange
        for name, exchange in exchanges.items()
        if exchange.request.request_id.target != ACB_ID
        and (not targets or exchange.request.request_id.target in targets)
        and exchange.code not in (ResponseCode.E1, ResponseCode.E2)
    }


@pytest.mark.parametrize("status", ALLOWED_BEFORE_AND_AFTER)
def test_meters_that_are_not_commissioned(
    status: str, world: Zaz1World, exchanges: dict[str, Exchange]
) -> None:
    progress, allowed = ALLOWED_BEFORE_AND_AFTER[status]
    found, refused = {}, set()
    for name, exchange in to_devices(exchanges, ESME, GSME).items():
        door = world.door(meters={ESME: progress, GSME: progress})
        # A command to take to the device is refused before its status is looked at for the service.
        if exchange.request.command_variant is CommandVariant.LOCAL_COMMAND:
            continue
        found[name] = send(world, door, exchange.document).code
        if exchange.request.srv.value not in allowed:
            refused.add(name)
    expected = {name: ResponseCode.E5 if name in refused else exchanges[name].code for name in found}
    assert differences(found, expected) == {}


def test_unknown_devices(world: Zaz1World, exchanges: dict[str, Exchange]) -> None:
    unknown = [*(eui for eui in DEVICES if eui != CHF), CHF]
    found = {
        name: send(world, world.door(without=unknown), exchange.document).code
        for name, exchange in to_devices(exchanges).items()
    }
    assert differences(found, dict.fromkeys(found, ResponseCode.E19)) == {}
    assert len(found) > 150


def test_same_document_twice(world: Zaz1World, documents: dict[str, bytes]) -> None:
    """Whatever came of it, its RequestID is used up, unless the sender might not even have asked."""
    found, expected = {}, {}
    for name, document in documents.items():
        door = world.door()
        first, again = send(world, door, document), send(world, door, document)
        found[name] = again.code
        not_asked = first.code in (ResponseCode.E1, ResponseCode.E2)
        expected[name] = first.code if not_asked else ResponseCode.SIM_DUP
    assert differences(found, expected) == {}


def test_counters_of_the_originals_must_rise(world: Zaz1World, documents: dict[str, bytes]) -> None:
    """Of those for one device only such as come in the order of their counters are new."""
    door = world.door()
    names = ("ECS52_11.2_SUCCESS", "ECS23_4.10_SUCCESS", "ECS26m_6.2.4_SUCCESS", "ECS10_3.1_SUCCESS")
    sent = [send(world, door, documents[name]) for name in names]
    assert [exchange.request.request_id.counter for exchange in sent] == [1000, 1002, 1001, 1003]
    assert [exchange.code is ResponseCode.SIM_REPLAY for exchange in sent] == [False, False, True, False]
    # Another device, or another sender, has a counter of its own.
    for name in ("GCS38_11.2_SUCCESS", "ECS25b_6.22_SUCCESS"):
        assert send(world, door, documents[name]).code is not ResponseCode.SIM_REPLAY


# Critical services: the Pre-Command signed and sent back.


def test_second_calls(world: Zaz1World, documents: dict[str, bytes]) -> None:
    """Every Pre-Command, signed, is taken once, and goes out as it was signed, with the DCC's MAC."""
    served: set[Srv] = set()
    for name, document in documents.items():
        door = world.door()
        first = send(world, door, document)
        response = first.reply.submission.response
        if not isinstance(response.body, PreCommand):
            continue
        second = send(world, door, world.second_call(first.request, response))
        assert second.code is ResponseCode.I99, (name, second.reply.submission.decision.rejection)
        command = second.reply.submission.command
        assert command is not None, name
        given, sent = parse_gbcs(response.body.gbcs), parse_gbcs(command.octets)
        assert sent.shape is MessageShape.FULL, name
        assert (sent.header, sent.payload) == (given.header, given.payload), name
        again = send(world, door, world.second_call(first.request, response))
        assert again.code is ResponseCode.SIM_DUP, name
        served.add(first.request.srv)
    assert Srv.UPDATE_CREDENTIALS in served


def test_second_call_without_a_first(world: Zaz1World, documents: dict[str, bytes]) -> None:
    """A Pre-Command that another DCC gave out was not given out here."""
    document = documents["CS02bNOByNO_6.15.1_SUCCESS"]
    elsewhere = send(world, world.door(), document)
    second = world.second_call(elsewhere.request, elsewhere.reply.submission.response)
    assert send(world, world.door(), second).code is ResponseCode.SIM_GBCS


# What goes out.


def wire(response: ServiceResponse) -> ServiceResponse:
    """A response as its document says it: with a code of DUIS in place of one of ours."""
    return response._replace(code=ResponseCode(StandIns().wire_code(response.code)))


def test_answers_are_valid_signed_and_read_back(
    exchanges: dict[str, Exchange], world: Zaz1World, schema: DuisSchema
) -> None:
    for name, exchange in exchanges.items():
        check_document(exchange.reply.document, exchange.reply.submission.response, world, schema, name)


def test_notices_are_valid_signed_and_read_back(
    world: Zaz1World, documents: dict[str, bytes], schema: DuisSchema
) -> None:
    told = 0
    for name, document in documents.items():
        door = PREPARED[name](world, documents) if name in PREPARED else world.door()
        for notice in send(world, door, document).reply.submission.notices:
            told += 1
            check_document(door.document(notice), notice, world, schema, name)
    assert told > 0


def check_document(
    document: bytes, response: ServiceResponse, world: Zaz1World, schema: DuisSchema, name: str
) -> None:
    root = parse(document)
    schema.check(root)
    repository = world.dcc.repository

    def find(issuer: str, serial: int) -> object:
        entry = repository.get(issuer, serial)
        return entry.certificate if entry else None

    verified = verify_document(root, find, world.dcc.provider)  # type: ignore[arg-type]
    assert verified.certificate == world.dcc_signer.certificate, name
    assert read_response(verified.root, response.recipient) == wire(response), name
