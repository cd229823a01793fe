"""Documents made at random out of the schema itself: every service, answer and alert, and changes of them.

The same documents every time. What the schema leaves open and only the content can tell is given: who asks
for what, the numbers of metering points, the two service references of a schedule.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Final

import pytest
from document_changes import CHANGES
from duis_response_values import alert_octets
from lxml import etree
from schema_documents import Documents
from xml_schemas import Element, Schemas
from zaz1_worlds import (
    DEVICE_OF,
    ESME,
    EXPORT_MPAN,
    MPAN,
    MPRN,
    ROLES,
    SECONDARY_MPAN,
    SUPPLIER,
    Zaz1World,
)

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import sr
from dcc.duis.parsing import parse
from dcc.duis.request_bodies_schedules import SCHEDULED_WITH_PERIOD, SCHEDULED_WITHOUT_PERIOD
from dcc.duis.requests import encode_request, read_request
from dcc.duis.responses import encode_response, read_response
from dcc.duis.roots import SCHEMA_VERSIONS
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import verify_document
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode, StandIns
from dcc.rules.envelope import WEB_SERVICE_OF
from dcc.service_requests import CommandVariant, OtherBody
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from scenarios.test_bed import ACB_ID

SIGNED_PRE_COMMAND: Final = "SignedPreCommand"
NUMBERS: Final = {
    "ImportMPAN": MPAN,
    "SecondaryImportMPAN": SECONDARY_MPAN,
    "ExportMPAN": EXPORT_MPAN,
    "ImportMPRN": MPRN,
    "ImportMPxN": MPAN,
    "MPxN": MPRN,
}
READ_BODIES: Final = [srv for srv in Srv if SERVICES[srv].body is not OtherBody]
FUTURE_DATED_SUCCESS: Final = 0x8F66
ALERT: Final = 0x8F12
FULLNESS: Final = (0.0, 0.5, 1.0)


@pytest.fixture(scope="module")
def schemas(conformance: Path) -> Schemas:
    return Schemas(conformance / "duis" / "schema")


@pytest.fixture(scope="module")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


@pytest.fixture(scope="module")
def world(schema: DuisSchema) -> Zaz1World:
    return Zaz1World(schema=schema)


def sender_of(srv: Srv) -> Eui64:
    return next(user for user, roles in ROLES.items() if not SERVICES[srv].roles.isdisjoint(roles))


def target_of(srv: Srv) -> Eui64:
    service = SERVICES[srv]
    if service.non_device:
        return ACB_ID
    return next(eui for kind, eui in DEVICE_OF.items() if kind in service.device_types)


def texts_of(srv: Srv, asked: Srv, random: Random) -> dict[str, object]:
    """What a document about a service says of it; ``asked`` is what a schedule in it asks for."""
    return {
        **NUMBERS,
        "schemaVersion": random.choice(SCHEMA_VERSIONS),
        "ServiceReference": srv.service_reference,
        "ServiceReferenceVariant": srv.value,
        "DSPScheduledServiceReference": asked.service_reference,
        "DSPScheduledServiceReferenceVariant": asked.value,
    }


def request_of(
    schemas: Schemas,
    srv: Srv,
    random: Random,
    fullness: float,
    *,
    element: str | None = None,
    plain: bool = False,
    given: Mapping[str, object] | None = None,
) -> Element:
    """A request with the element of its service, or with another, in its body."""
    asked = random.choice((*SCHEDULED_WITH_PERIOD, *SCHEDULED_WITHOUT_PERIOD))
    texts = {
        **texts_of(srv, asked, random),
        "RequestType": "Remove",
        **(given or {}),
    }
    chosen = {"Body": element or SERVICES[srv].element, "CreateSchedule": f"DSP{SERVICES[asked].element}"}
    made = Documents(
        schemas, random, fullness, chosen, {name: str(text) for name, text in texts.items()}, plain=plain
    ).document(sr("Request"), random.choice(("sr", None, "duis")))
    for entry in made.iter(sr("RequestType")):
        entry.text = "Remove" if entry.getnext() is None else "Add"
    return made


def as_sent(made: Element) -> Element:
    return parse(etree.tostring(made))


def check_request(made: Element, schemas: Schemas, schema: DuisSchema) -> None:
    """It reads, and is written back to a document that means the same."""
    root = as_sent(made)
    schema.check(root)
    request = read_request(root)
    document = encode_request(request, root.get("schemaVersion", ""))
    again = parse(document)
    schema.check(again)
    assert read_request(again) == request
    assert etree.tostring(again, method="c14n") == document
    assert schemas.meaning(again) == schemas.meaning(root)


@pytest.mark.parametrize("part", range(4))
def test_requests_of_every_service(part: int, schemas: Schemas, schema: DuisSchema) -> None:
    for srv in list(Srv)[part::4]:
        for fullness in FULLNESS:
            made = request_of(schemas, srv, Random(f"{srv.value} {fullness}"), fullness)
            check_request(made, schemas, schema)


def test_signed_pre_commands(schemas: Schemas, schema: DuisSchema) -> None:
    for number in range(10):
        random = Random(f"signed pre-command {number}")
        srv = random.choice(list(Srv))
        check_request(request_of(schemas, srv, random, 0.5, element=SIGNED_PRE_COMMAND), schemas, schema)


# Answers and alerts.

MESSAGES: Final = ("DeviceAlertMessage", "SMETS1ResponseMessage")
FOR_ONE_SERVICE: Final = {
    "DSPUpdateFirmwareWarning": Srv.UPDATE_FIRMWARE,
    "DSPUpdatePPMIDFirmwareWarning": Srv.UPDATE_PPMID_FIRMWARE,
}
REQUEST_ID: Final = RequestId(SUPPLIER, ESME, OriginatorCounter(1000))


def kinds_of_response(schemas: Schemas) -> list[dict[str, str]]:
    """What to choose in which element, for one of each kind."""
    payloads = schemas.branches(sr("ResponseMessage"))
    alerts = schemas.branches(sr("DCCAlert"))
    assert (len(payloads), len(alerts)) == (13, 24)
    return [
        *({"Body": "ResponseMessage", "ResponseMessage": payload} for payload in payloads),
        *({"Body": "DCCAlertMessage", "DCCAlert": alert} for alert in alerts),
        *({"Body": message} for message in MESSAGES),
    ]


def response_of(schemas: Schemas, chosen: Mapping[str, str], fullness: float) -> Element:
    name = list(chosen.values())[-1]
    random = Random(f"{name} {fullness}")
    srv = FOR_ONE_SERVICE.get(name) or random.choice(list(Srv))
    code = FUTURE_DATED_SUCCESS if name == "FutureDatedDeviceAlertMessage" else ALERT
    asked = random.choice(SCHEDULED_WITH_PERIOD)
    texts = {
        **texts_of(srv, asked, random),
        "ResponseID": REQUEST_ID.response_id,
        "AlertCode": f"{ALERT:04X}",
        "FutureDatedAlertCode": f"{FUTURE_DATED_SUCCESS:04X}",
        "GBCSPayload": b64encode(alert_octets(code, ESME, SUPPLIER, REQUEST_ID.counter)).decode(),
        "CertificateHash": b64encode(bytes(20)).decode(),
    }
    chosen = {**chosen, "DSPScheduleDetails": f"DSP{SERVICES[asked].element}"}
    given = {text: str(value) for text, value in texts.items()}
    made = Documents(schemas, random, fullness, chosen, given).document(sr("Response"))
    for entry in made.iterfind(f"{sr('Header')}/{sr('RequestID')}"):
        entry.text = str(REQUEST_ID)
    return made


def test_answers_and_alerts_of_every_kind(schemas: Schemas, schema: DuisSchema) -> None:
    for chosen in kinds_of_response(schemas):
        for fullness in FULLNESS:
            root = as_sent(response_of(schemas, chosen, fullness))
            schema.check(root)
            response = read_response(root, SUPPLIER)
            again = parse(encode_response(response, version=root.get("schemaVersion", "")))
            schema.check(again)
            assert read_response(again, SUPPLIER) == response
            # The answer of a device is written with both ids, whichever of them was there.
            for document in (root, again):
                for entry in document[0].findall(sr("ResponseID")):
                    document[0].remove(entry)
            assert schemas.meaning(again) == schemas.meaning(root)


# Through the front door.


def variants_of(srv: Srv) -> tuple[CommandVariant, ...]:
    if SERVICES[srv].non_device:
        return (CommandVariant.DCC_ONLY,)
    if SERVICES[srv].critical:
        return (CommandVariant.TRANSFORM, CommandVariant.SIGNED_COMMAND)
    return (CommandVariant.COMMAND, CommandVariant.LOCAL_COMMAND)


AUTHENTICATED: Final = frozenset({
    ResponseCode.E1, ResponseCode.E2, ResponseCode.E3, ResponseCode.E11, ResponseCode.E12, ResponseCode.E13,
    ResponseCode.SIM_AUTH, ResponseCode.SIM_CERT, ResponseCode.SIM_DUP, ResponseCode.SIM_REPLAY,
})  # fmt: skip
"""Codes that nobody deserves who may ask, and asks by the right way."""


def test_every_service_by_its_variants_through_the_front_door(
    schemas: Schemas, schema: DuisSchema, world: Zaz1World
) -> None:
    def find(issuer: str, serial: int) -> Certificate | None:
        entry = world.dcc.repository.get(issuer, serial)
        return entry and entry.certificate

    for srv in (srv for srv in Srv if SERVICES[srv].roles):
        for variant in variants_of(srv):
            random = Random(f"{srv.value} {variant}")
            sender = sender_of(srv)
            signed = variant is CommandVariant.SIGNED_COMMAND
            given = {
                "RequestID": RequestId(sender, target_of(srv), OriginatorCounter(1)),
                "CommandVariant": variant.value,
                "FirstInSequence": "true",
            }
            element = SIGNED_PRE_COMMAND if signed else None
            made = request_of(schemas, srv, random, 0.5, element=element, given=given)
            document = world.signed(as_sent(made), by=sender)
            reply = world.door().submit(document, WEB_SERVICE_OF[variant], world.now)
            response = reply.submission.response
            assert response.code not in AUTHENTICATED, (srv, variant, reply.submission.decision.rejection)
            root = parse(reply.document)
            schema.check(root)
            verified = verify_document(root, find, world.dcc.provider)
            code = ResponseCode(StandIns().wire_code(response.code))
            assert read_response(verified.root, sender) == response._replace(code=code), (srv, variant)


def test_whatever_the_schema_allows_is_answered(
    schemas: Schemas, schema: DuisSchema, world: Zaz1World
) -> None:
    """Metering points that are no numbers, references of other services: a code says that it is wrong."""
    refused = set()
    for srv in (srv for srv in READ_BODIES if SERVICES[srv].roles):
        random = Random(f"open {srv.value}")
        variant = variants_of(srv)[0]
        given = {
            "schemaVersion": "5.4",
            "RequestID": str(RequestId(sender_of(srv), target_of(srv), OriginatorCounter(1))),
            "CommandVariant": str(variant.value),
            "ServiceReferenceVariant": srv.value,
        }
        if random.random() < 0.8:
            given["ServiceReference"] = srv.service_reference
        chosen = {"Body": SERVICES[srv].element}
        made = as_sent(Documents(schemas, random, 0.9, chosen, given).document(sr("Request")))
        schema.check(made)
        reply = world.door().submit(world.signed(made), WEB_SERVICE_OF[variant], world.now)
        schema.check(parse(reply.document))
        rejection = reply.submission.decision.rejection
        if rejection is not None and rejection.code is ResponseCode.SIM_SCHEMA:
            refused.add(rejection.rule_id)
    assert refused >= {"service-reference-fits-variant", "content-makes-sense"}


# Changed documents.


LENIENT: Final = ("xs:dateTime", "xs:time", "xs:date", "the content type is empty")
"""What the library refuses, and we do not: white space around times, as XML Schema has it, and in elements
that are to be empty."""


@pytest.mark.parametrize("change", CHANGES)
def test_changed_requests_are_refused_where_the_schema_refuses_them(
    change: str, schemas: Schemas, schema: DuisSchema
) -> None:
    """Without the schema, what is read is what the schema allows; whatever is wrong, it is told."""
    for number in range(20):
        random = Random(f"{change} {number}")
        srv = random.choice(READ_BODIES)
        made = request_of(schemas, srv, random, 0.7, plain=True)
        elements = list(made.iterdescendants())
        CHANGES[change](random.choice(elements), random)
        document = etree.tostring(made)
        problem = problem_of(document, read_request)
        if problem is not None:
            assert problem.where.startswith(("Request", "document")), problem
            continue
        problem = problem_of(document, schema.check)
        assert problem is None or any(words in problem.what for words in LENIENT), document


def problem_of(document: bytes, check: Callable[[Element], object]) -> DuisError | None:
    try:
        check(parse(document))
    except DuisError as error:
        return error
    return None
