"""A supplier, network operators and the DCC between documents and devices: what SECMP0063 is tried on.

A play is what somebody does; it comes to the codes that its User gets, one after the other: ``I0 I99 I0`` is
a transform, a Signed Pre-Command that was taken, and the device's success, ``I99 E21`` a command in vain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dcc_worlds import (
    ESME,
    NETWORK_OPERATOR,
    START,
    SUPPLIER,
    World,
)

from dcc.bodies.credentials import ReplaceCredentials
from dcc.dsp import Submission
from dcc.modifications import Modification
from dcc.outbound import OutboundCommand
from dcc.response_codes import ResponseCode, StandIns
from dcc.service_requests import ServiceRequest, SignedPreCommand
from dcc.service_responses import PreCommand, ServiceResponse
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices import cells
from devices.device import Device
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.gbcs.message import MessageShape, parse
from scenarios.duis_client import DuisParty
from scenarios.engine.wire import DuisWire

STAND_INS: Final = StandIns()
WRITTEN: Final = {code.value: STAND_INS.wire_code(code) for code in ResponseCode}
"""What a document says in place of each code."""


class Bench:
    """One world in which every request and every answer is a signed document, every command octets."""

    def __init__(self, *modifications: Modification) -> None:
        self.world = World(modifications)
        self._parties: dict[Eui64, DuisParty] = {}
        self._wire = DuisWire(self.world.bed.front_door(), self._parties)
        self._devices: dict[Eui64, Device] = {}

    def submit(self, request: ServiceRequest) -> tuple[Submission, ServiceResponse]:
        """There and back; what is told is what was decided, in a code that DUIS knows."""
        user, world = request.request_id.originator, self.world
        if user not in self._parties:
            signer, provider = world.bed.xml_signer(user), world.bed.provider
            self._parties[user] = DuisParty(world.client(user), signer, world.dcc.repository, provider)
        submission, answer = self._wire.submit(request, world.now)
        assert answer.code.value == WRITTEN[submission.response.code.value]
        check_what_went_out(submission)
        return submission, answer

    def device(self, eui: Eui64, kind: DeviceType = DeviceType.ESME) -> Device:
        """The device, made before anything is sent to it: the DCC needs its certificates."""
        if eui not in self._devices:
            ready_made = self.world.dcc.inventory.device(eui).device_type in (DeviceType.ESME, DeviceType.GPF)
            made = self.world.device(eui) if ready_made else self.world.bed.manufacture(kind, eui, START)
            self._devices[eui] = made
        return self._devices[eui]

    def holder(self, eui: Eui64, role: RemotePartyRole = NETWORK_OPERATOR) -> Eui64:
        """Whose certificate is in the role's cell for digital signatures."""
        of_role = {NETWORK_OPERATOR: cells.NETWORK_OPERATOR_SIGNING}
        cell = of_role.get(role, cells.SUPPLIER_SIGNING)
        found = self.device(eui).state.store[cell].subject
        assert found is not None
        return found

    def send(self, command: OutboundCommand) -> ResponseCode:
        """What the User learns of a command: the device's response, or that none came (E21)."""
        effects = self.device(command.device).receive(command.octets, self.world.now)
        for octets in effects.sent:
            response = self.world.bed.dsp.receive(octets, self.world.now).response
            if response is not None and response.request_id == command.request.request_id:
                return response.code
        given_up = self.world.bed.dsp.give_up(command, ResponseCode.E21, self.world.now)
        assert given_up is not None
        return given_up.code


Play = Callable[[Bench], str]


def sent(request: Callable[[World], ServiceRequest], between: Callable[[World], None] | None = None) -> Play:
    """A request to its end; ``between`` happens after the transform, before the Signed Pre-Command."""

    def play(bench: Bench) -> str:
        asked = request(bench.world)
        target = asked.request_id.target
        kind = bench.world.dcc.inventory.device(target).device_type
        if kind in (DeviceType.ESME, DeviceType.GPF, DeviceType.GSME):
            bench.device(target, kind)
        submission, answer = bench.submit(asked)
        codes = [submission.response.code]
        if codes[-1] is ResponseCode.I0:
            if between is not None:
                between(bench.world)
            signed = bench.world.client(asked.request_id.originator).sign_pre_command(asked, answer)
            assert isinstance(signed.body, SignedPreCommand)
            submission, _ = bench.submit(signed)
            codes.append(submission.response.code)
        if submission.command is not None:
            codes.append(bench.send(submission.command))
        return " ".join(code.value for code in codes)

    return play


Certificates = Callable[[World], tuple[bytes, bytes]]
"""Makes the certificates for digital signatures and for key agreement that are to be placed."""


def update(
    owner: Eui64 | Certificates,
    user: Eui64 = SUPPLIER,
    target: Eui64 = ESME,
    between: Callable[[World], None] | None = None,
) -> Play:
    """6.15.1: transformed, signed, sent."""
    return sent(lambda world: world.update(_body(world, owner), user, target), between)


def handover(owner: Eui64 | Certificates, user: Eui64 = SUPPLIER, target: Eui64 = ESME) -> Play:
    """6.21."""
    return sent(lambda world: world.handover(_body(world, owner), user, target))


def suppliers_own(world: World) -> tuple[bytes, bytes]:
    """Certificates whose role is supplier."""
    credentials = world.client(SUPPLIER).credentials
    return credentials.signing.der, credentials.agreement.der


def suppliers_as_operator(world: World) -> tuple[bytes, bytes]:
    """Certificates whose role is network operator, of a party that is none."""
    signing = world.certificate(SUPPLIER, NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING)
    agreement = world.certificate(SUPPLIER, NETWORK_OPERATOR, CertificatePurpose.KEY_AGREEMENT)
    return signing.der, agreement.der


def brokers(world: World) -> tuple[bytes, bytes]:
    """The access control broker's certificates."""
    dcc = world.bed.dcc_certificates
    return dcc.acb_signing.der, dcc.acb_agreement.der


def _body(world: World, owner: Eui64 | Certificates) -> ReplaceCredentials:
    if isinstance(owner, Eui64):
        return world.certificates_of(owner)
    signing, agreement = owner(world)
    body = world.certificates_of(SUPPLIER, NETWORK_OPERATOR)
    return body._replace(signing=signing, agreement=agreement, top_up=None)


def check_what_went_out(submission: Submission) -> None:
    """I0 comes with a Pre-Command and no more, I99 with a protected command; a refusal with neither."""
    body, command = submission.response.body, submission.command
    match submission.response.code:
        case ResponseCode.I0:
            assert isinstance(body, PreCommand)
            assert command is None
            assert parse(body.gbcs).shape is MessageShape.PRE_COMMAND
        case ResponseCode.I99:
            assert body is None
            assert command is not None
            message = parse(command.octets)
            assert message.shape is MessageShape.FULL
            assert message.header.target == command.device == submission.request.request_id.target
        case _:
            assert body is None
            assert command is None
    assert submission.request.srv in (Srv.UPDATE_CREDENTIALS, Srv.HANDOVER)
