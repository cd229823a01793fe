"""From a document to a device and back: what devices answer goes to Users in documents that are valid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from dcc_worlds import ESME, OPERATOR, SUPPLIER, World

from dcc.bodies.credentials import RetrieveRoles
from dcc.duis.front_door import FrontDoor, FrontDoorSettings, Reply
from dcc.duis.parsing import parse
from dcc.duis.requests import write_request
from dcc.duis.responses import read_response
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import verify_document
from dcc.envelope import WebService
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.service_responses import DeviceAlert, DeviceResponse, PreCommand, ServiceResponse
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import RemotePartyRole


class Wire:
    """The small DCC with its real devices, asked by documents alone."""

    def __init__(self, schema: DuisSchema) -> None:
        self.world = World()
        self.schema = schema
        self.door: FrontDoor = self.world.bed.front_door(FrontDoorSettings(schema=schema))
        self._signers = {user: self.world.bed.xml_signer(user) for user in (SUPPLIER, OPERATOR)}

    def submit(self, request: ServiceRequest, service: WebService) -> Reply:
        signer = self._signers[request.request_id.originator]
        document = signer.sign(write_request(request), self.world.dcc.provider)
        reply = self.door.submit(document, service, self.world.now)
        assert self.opened(reply.document) == reply.submission.response
        return reply

    def send(self, request: ServiceRequest) -> bytes:
        """Send a request, and its second call where it has one; what the device answers."""
        if request.command_variant is CommandVariant.TRANSFORM:
            first = self.submit(request, WebService.TRANSFORM)
            assert isinstance(first.submission.response.body, PreCommand)
            client = self.world.client(request.request_id.originator)
            request = client.sign_pre_command(request, self.opened(first.document))
        submission = self.submit(request, WebService.SEND_COMMAND).submission
        assert submission.response.code is ResponseCode.I99, submission.decision.rejection
        assert submission.command is not None
        effects = self.world.device(submission.command.device).receive(
            submission.command.octets, self.world.now
        )
        return effects.sent[0]

    def received(self, octets: bytes) -> tuple[ServiceResponse, ...]:
        """What Users are told of a device's message, read from the documents that they get."""
        received = self.door.dsp.receive(octets, self.world.now)
        told = (received.response, *received.notices)
        return tuple(self.opened(self.door.document(one), one) for one in told if one is not None)

    def opened(self, document: bytes, said: ServiceResponse | None = None) -> ServiceResponse:
        """A valid document with the DCC's signature; and where given, one that says what was to be said."""
        root = parse(document)
        self.schema.check(root)
        verified = verify_document(root, self._find, self.world.dcc.provider)
        assert verified.certificate == self.door.signer.certificate
        read = read_response(verified.root, said.recipient if said else None)
        assert said is None or read == said
        return read

    def _find(self, issuer: str, serial: int) -> Certificate | None:
        entry = self.world.dcc.repository.get(issuer, serial)
        return entry.certificate if entry else None


@pytest.fixture
def wire(conformance: Path) -> Wire:
    return Wire(DuisSchema.load(conformance / "duis" / "schema"))


def _handover(world: World) -> ServiceRequest:
    return world.handover()


def _retrieve(world: World) -> ServiceRequest:
    roles = RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,))
    return world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, ESME, roles)


ASKED: Final[dict[str, Callable[[World], ServiceRequest]]] = {
    "6.21": _handover,
    "6.24.1": _retrieve,
}


@pytest.mark.parametrize("make", ASKED.values(), ids=ASKED)
def test_response_of_a_device(wire: Wire, make: Callable[[World], ServiceRequest]) -> None:
    request = make(wire.world)
    octets = wire.send(request)
    response = wire.received(octets)[0]
    assert response.body == DeviceResponse(octets)
    assert response.request_id == request.request_id
    assert response.response_id == request.request_id.response_id
    assert wire.world.client(SUPPLIER).open(response) is not None


def test_update_and_read_by_who_took_over(wire: Wire) -> None:
    """The operator is handed its cells, renews its credentials in two calls, and reads."""
    world = wire.world
    handover = wire.received(wire.send(world.handover()))
    assert handover[0].code is ResponseCode.I0
    for request in (world.update(), world.read()):
        response = wire.received(wire.send(request))[0]
        assert response.recipient == OPERATOR
        assert world.client(OPERATOR).open(response) is not None


def test_alert_of_a_device(wire: Wire) -> None:
    """A meter tells its supplier that somebody has asked it whom it does not know."""
    wire.received(wire.send(wire.world.handover(SUPPLIER)))
    (alert,) = wire.received(wire.send(wire.world.read()))
    assert isinstance(alert.body, DeviceAlert)
    assert (alert.recipient, alert.request_id) == (SUPPLIER, None)
    assert wire.world.client(SUPPLIER).open_alert(alert).header.originator == ESME


@pytest.mark.parametrize("code", [ResponseCode.E20, ResponseCode.E21, ResponseCode.E30])
def test_command_without_answer(wire: Wire, code: ResponseCode) -> None:
    request = _retrieve(wire.world)
    command = wire.submit(request, WebService.SEND_COMMAND).submission.command
    assert command is not None
    answer = wire.door.dsp.give_up(command, code, wire.world.now)
    assert answer is not None
    document = wire.door.document(answer)
    assert wire.opened(document, answer).code is code
