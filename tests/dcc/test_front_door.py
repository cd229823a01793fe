"""The front door's own settings: what it checks first, and how its answers look."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from zaz1_worlds import ESME, SUPPLIER, Zaz1World

from dcc.bodies.inventory import ReadInventory
from dcc.bodies.reads import Read
from dcc.duis.errors import DuisError
from dcc.duis.front_door import FrontDoor, FrontDoorSettings, Reply
from dcc.duis.parsing import Limits, parse
from dcc.duis.requests import write_request
from dcc.duis.responses import read_response
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import is_signed, read_signature
from dcc.envelope import WebService
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode, StandIns
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.service_responses import InventoryDevices
from dcc.srv import Srv
from devices.gbcs.identifiers import OriginatorCounter
from scenarios.test_bed import ACB_ID

WORLD: Final = Zaz1World()
READ: Final = ServiceRequest(
    RequestId(SUPPLIER, ESME, OriginatorCounter(1000)),
    CommandVariant.COMMAND,
    Srv.READ_FIRMWARE_VERSION,
    Read(),
)
SEARCH: Final = ServiceRequest(
    RequestId(SUPPLIER, ACB_ID, OriginatorCounter(1000)),
    CommandVariant.DCC_ONLY,
    Srv.READ_INVENTORY,
    ReadInventory(ESME),
)


def door_with(settings: FrontDoorSettings | None) -> FrontDoor:
    return FrontDoor(WORLD.door().dsp, WORLD.dcc_signer, settings)


def submit(
    request: ServiceRequest | bytes = READ,
    settings: FrontDoorSettings | None = None,
    door: FrontDoor | None = None,
) -> Reply:
    """Send a request, to a DCC without a past unless a door is given."""
    document = request if isinstance(request, bytes) else WORLD.signed(request)
    non_device = b"<sr:CommandVariant>8<" in document
    service = WebService.NON_DEVICE if non_device else WebService.SEND_COMMAND
    return (door or door_with(settings)).submit(document, service, WORLD.now)


UNSIGNED: Final = WORLD.signed(READ).split(b"<ds:Signature")[0] + b"</sr:Request>"


def test_answer_tells_who_asked_what_when_and_what_came_of_it() -> None:
    reply = submit(SEARCH)
    answer = read_response(parse(reply.document))
    assert answer == reply.submission.response
    assert answer.request_id == SEARCH.request_id
    assert (answer.recipient, answer.srv, answer.at) == (SUPPLIER, Srv.READ_INVENTORY, WORLD.now)
    assert isinstance(answer.body, InventoryDevices)
    assert ESME in [record.device for record in answer.body.devices]


def test_answers_name_the_certificate_of_the_dcc() -> None:
    signature = read_signature(parse(submit().document))
    certificate = WORLD.dcc_signer.certificate
    assert (signature.issuer, signature.serial) == (certificate.issuer, certificate.serial)


def test_same_document_and_same_past_give_the_same_octets() -> None:
    """Down to the signature: another world of the same seed answers with the same document."""
    another = Zaz1World()
    for request, service in ((READ, WebService.SEND_COMMAND), (SEARCH, WebService.NON_DEVICE)):
        document = WORLD.signed(request)
        assert another.signed(request) == document
        replies = [world.door().submit(document, service, world.now) for world in (another, Zaz1World())]
        assert replies[0].document == replies[1].document
        assert replies[0].submission.command == replies[1].submission.command


def test_refusals_are_signed_unless_set_otherwise() -> None:
    """As in one of the public samples, where what is refused comes back without a signature."""
    for sign_refusals in (True, False):
        settings = FrontDoorSettings(sign_refusals=sign_refusals)
        refusal = submit(UNSIGNED, settings)
        assert refusal.submission.response.code is ResponseCode.SIM_AUTH
        assert is_signed(parse(refusal.document)) is sign_refusals
        assert read_response(parse(refusal.document)).request_id == READ.request_id
        assert is_signed(parse(submit(READ, settings).document))


def test_own_codes_go_out_as_their_stand_ins() -> None:
    """In the document alone: the submission keeps ours."""
    usual = submit(UNSIGNED)
    assert read_response(parse(usual.document)).code.value == ResponseCode.SIM_AUTH.stand_in
    chosen = submit(UNSIGNED, FrontDoorSettings(stand_ins=StandIns({"SIM-AUTH": "E100"})))
    assert chosen.submission.response.code is ResponseCode.SIM_AUTH
    assert read_response(parse(chosen.document)).code is ResponseCode.E100


@pytest.mark.parametrize("version", ["5.0", "5.4"])
def test_schema_version_of_answers(version: str) -> None:
    root = parse(submit(READ, FrontDoorSettings(version=version)).document)
    assert root.get("schemaVersion") == version


def test_requests_of_earlier_versions_are_taken() -> None:
    for version in ("5.0", "5.1", "5.2", "5.3", "5.4"):
        reply = submit(WORLD.signed(write_request(READ, version)))
        assert reply.submission.response.code is ResponseCode.I99, version


def test_limits_of_documents() -> None:
    octets = len(WORLD.signed(READ))
    exactly = FrontDoorSettings(limits=Limits(document_octets=octets))
    assert submit(READ, exactly).submission.response.code is ResponseCode.I99
    with pytest.raises(DuisError, match=f"{octets} octets, expected at most {octets - 1}"):
        submit(READ, FrontDoorSettings(limits=Limits(document_octets=octets - 1)))


SIGNATURE_WITHOUT_CONTENT: Final = (
    b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Signature></sr:Request>'
)


def test_schema_is_held_against_a_document_before_its_signature(conformance: Path) -> None:
    """What is not valid gets no answer; without the schema it gets one, as a document without signature."""
    settings = FrontDoorSettings(schema=DuisSchema.load(conformance / "duis" / "schema"))
    assert submit(READ, settings).submission.response.code is ResponseCode.I99
    # An element that we would not look at, since it stands in the place of the signature.
    invalid = UNSIGNED.replace(b"</sr:Request>", SIGNATURE_WITHOUT_CONTENT)
    assert submit(invalid).submission.response.code is ResponseCode.SIM_AUTH
    with pytest.raises(DuisError, match="Signature"):
        submit(invalid, settings)


def test_a_document_without_answer_leaves_nothing_behind() -> None:
    door = door_with(None)
    with pytest.raises(DuisError):
        submit(UNSIGNED.replace(b"ReadFirmwareVersion", b"ReadNothing"), door=door)
    assert not door.dsp.world.ledger.is_known(READ.request_id)
    assert submit(READ, door=door).submission.response.code is ResponseCode.I99
