"""The party's end of DUIS: signs requests, opens answers, refuses whatever is not the DSP's word to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from dcc_worlds import (
    DAY,
    ESME,
    OPERATOR,
    SUPPLIER,
    SUPPLIER_ROLE,
    World,
)
from duis_response_values import ALERT_MESSAGE, alert_octets
from lxml import etree

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, HanDeviceLogResult
from dcc.bodies.inventory import ReadInventory
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.front_door import FrontDoor, FrontDoorSettings
from dcc.duis.parsing import Limits
from dcc.duis.responses import write_response
from dcc.duis.schema import DuisSchema
from dcc.duis.signing_roles import XmlSigningRoles
from dcc.envelope import WebService
from dcc.errors import DccValueError
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.service_responses import (
    DeviceAlert,
    DeviceResponse,
    InventoryDevices,
    PreCommand,
    ServiceResponse,
)
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateEvent, SmkiRepository
from dcc.srv import Srv
from devices.gbcs.certificates import load_certificate
from devices.gbcs.credentials import UpdateCredentialsResponse
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from scenarios.duis_client import DEFAULT_SETTINGS, DuisParty, DuisPartySettings
from scenarios.test_bed import ACB_ID

LENIENT: Final = DuisPartySettings(signing_roles=XmlSigningRoles.AS_PUBLIC_TOOLS)


def party(world: World, user: Eui64 = OPERATOR, settings: DuisPartySettings = DEFAULT_SETTINGS) -> DuisParty:
    return DuisParty(
        world.client(user), world.bed.xml_signer(user), world.dcc.repository, world.bed.provider, settings
    )


def door(world: World, settings: FrontDoorSettings | None = None) -> FrontDoor:
    return world.bed.front_door(settings)


def organisation_signer(world: World, owner: Eui64, role: RemotePartyRole) -> DocumentSigner:
    """A certificate that may sign GBCS, used on a document."""
    purpose = (
        CertificatePurpose.XML_SIGNING
        if role in (RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN)
        else CertificatePurpose.DIGITAL_SIGNING
    )
    issued = world.bed.smki.issue_organisation(owner, role, purpose, world.bed.certified_from, generation=5)
    world.dcc.repository.lodge(issued.certificate, purpose)
    return DocumentSigner(issued.certificate, issued.key)


# The way there and back


def test_a_handover_goes_there_and_back() -> None:
    world = World()
    supplier, gate = party(world, SUPPLIER), door(world)
    request = world.handover()
    reply = gate.submit(supplier.sign_request(request), WebService.SEND_COMMAND, world.now)
    acknowledgement = supplier.open_answer(request, reply.document)
    assert (acknowledgement.code, acknowledgement.body) == (ResponseCode.I99, None)
    command = reply.submission.command
    assert command is not None
    effects = world.device(command.device).receive(command.octets, world.now)
    response = world.bed.dsp.receive(effects.sent[0], world.now).response
    assert response is not None
    opened = supplier.open_answer(request, gate.document(response))
    assert opened == response
    assert isinstance(supplier.client.open(opened), UpdateCredentialsResponse)


def test_a_critical_command_takes_two_calls() -> None:
    world = World()
    operator, gate = party(world), door(world)
    request = world.update()
    reply = gate.submit(operator.sign_request(request), WebService.TRANSFORM, world.now)
    second = operator.sign_pre_command(request, reply.document)
    reply = gate.submit(second, WebService.SEND_COMMAND, world.now)
    assert operator.open_answer(request, reply.document).code is ResponseCode.I99
    assert reply.submission.command is not None


def test_a_refusal_has_no_pre_command() -> None:
    world = World()
    operator, gate = party(world), door(world)
    request = world.update()
    document = operator.sign_request(request)
    gate.submit(document, WebService.TRANSFORM, world.now)
    again = gate.submit(document, WebService.TRANSFORM, world.now).document
    with pytest.raises(GbcsError, match="without one"):
        operator.sign_pre_command(request, again)


def test_documents_are_valid_by_the_schema(conformance: Path) -> None:
    schema = DuisSchema.load(conformance / "duis" / "schema")
    world = World()
    operator = party(world, settings=DuisPartySettings(schema=schema))
    gate = door(world, FrontDoorSettings(schema=schema))
    request = world.ask(OPERATOR, Srv.READ_INVENTORY, ACB_ID, ReadInventory(ESME))
    reply = gate.submit(operator.sign_request(request), WebService.NON_DEVICE, world.now)
    assert operator.open_answer(request, reply.document).code is reply.submission.response.code


def test_the_same_request_gives_the_same_document() -> None:
    world = World()
    request = world.read()
    assert party(world).sign_request(request) == party(world).sign_request(request)


def test_a_party_asks_under_its_own_name_alone() -> None:
    world = World()
    with pytest.raises(DuisError, match=f"expected {SUPPLIER} to ask"):
        party(world, SUPPLIER).sign_request(world.read())
    with pytest.raises(DccValueError, match=f"expected {SUPPLIER}"):
        DuisParty(
            world.client(SUPPLIER), world.bed.xml_signer(OPERATOR), world.dcc.repository, world.bed.provider
        )


# What is opened


class Answered:
    """An operator's read that was answered, and a DSP that signs what a test wants."""

    def __init__(self, settings: DuisPartySettings = DEFAULT_SETTINGS) -> None:
        self.world = World()
        self.party = party(self.world, settings=settings)
        self.request = self.world.read()
        self.gate = door(self.world)
        self.response = ServiceResponse(
            OPERATOR, self.request.request_id, ResponseCode.I99, self.world.now, srv=self.request.srv
        )

    def document(self, response: ServiceResponse, signer: DocumentSigner | None = None) -> bytes:
        if signer is None:
            return self.gate.document(response)
        return signer.sign(write_response(response), self.world.bed.provider)

    def unsigned(self, response: ServiceResponse) -> bytes:
        return etree.tostring(write_response(response), encoding="UTF-8", xml_declaration=True)


def alert_of_the_dcc(answered: Answered) -> ServiceResponse:
    alert = DccAlert(DccAlertCode.N24, HanDeviceLogResult(answered.request.request_id))
    return ServiceResponse(OPERATOR, None, ResponseCode.I0, answered.world.now, alert)


def alert_of_a_device(answered: Answered) -> ServiceResponse:
    octets = alert_octets(0x8F20, ESME, OPERATOR, OriginatorCounter(7))
    alert = DeviceAlert(ALERT_MESSAGE, octets)
    return ServiceResponse(OPERATOR, None, ResponseCode.I0, answered.world.now, alert)


Make = Callable[[Answered], ServiceResponse]
NEED_A_SIGNATURE: Final[dict[str, Make]] = {
    "acknowledgement": lambda answered: answered.response,
    "device response": lambda answered: answered.response._replace(
        code=ResponseCode.I0, body=DeviceResponse(b"\x01")
    ),
    "warning": lambda answered: answered.response._replace(code=ResponseCode.W110101),
    "refusal with a body": lambda answered: answered.response._replace(
        code=ResponseCode.E65, body=PreCommand(b"\x01")
    ),
    "DCC alert": alert_of_the_dcc,
    "device alert": alert_of_a_device,
}


@pytest.mark.parametrize("make", NEED_A_SIGNATURE.values(), ids=NEED_A_SIGNATURE)
def test_what_comes_unsigned_is_refused_unless_a_setting_takes_it(make: Make) -> None:
    strict, lenient = Answered(), Answered(DuisPartySettings(accept_unsigned=True))
    response = make(strict)
    assert strict.party.open_response(strict.document(response)) == response
    with pytest.raises(SignatureError, match=f"no signature on a response with code {response.code.value}"):
        strict.party.open_response(strict.unsigned(response))
    assert lenient.party.open_response(lenient.unsigned(response)) == response


def test_a_plain_refusal_may_come_unsigned() -> None:
    answered = Answered()
    refusal = answered.response._replace(code=ResponseCode.E65)
    assert answered.party.open_response(answered.unsigned(refusal)) == refusal
    assert answered.party.open_response(answered.document(refusal)) == refusal


@pytest.mark.parametrize("accept_unsigned", [False, True])
def test_a_signature_in_another_place_is_none(accept_unsigned: bool) -> None:
    answered = Answered(DuisPartySettings(accept_unsigned=accept_unsigned))
    document = answered.document(answered.response)
    root = etree.fromstring(document)
    root[1].append(root[2])
    with pytest.raises(DuisError):
        answered.party.open_response(etree.tostring(root))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">I99<", b">I0<"),
        (b">I99<", b">E65<"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>A"),
        (b"4.10", b"4.17"),
    ],
)
def test_a_document_that_was_changed_is_refused(old: bytes, new: bytes) -> None:
    answered = Answered()
    document = answered.document(answered.response)
    assert old in document
    with pytest.raises(SignatureError):
        answered.party.open_response(document.replace(old, new))


# Whose signature


@pytest.mark.parametrize(
    ("owner", "role", "strict", "as_tools"),
    [
        (ACB_ID, RemotePartyRole.DSP_XML_SIGN, True, True),
        (SUPPLIER, RemotePartyRole.XML_SIGN, False, True),
        (SUPPLIER, SUPPLIER_ROLE, False, True),
        (OPERATOR, RemotePartyRole.NETWORK_OPERATOR, False, False),
        (ACB_ID, RemotePartyRole.ACCESS_CONTROL_BROKER, False, False),
    ],
)
def test_a_setting_says_whose_certificates_sign_for_the_dsp(
    owner: Eui64, role: RemotePartyRole, strict: bool, as_tools: bool
) -> None:
    for settings, accepted in ((DEFAULT_SETTINGS, strict), (LENIENT, as_tools)):
        answered = Answered(settings)
        signer = organisation_signer(answered.world, owner, role)
        document = answered.document(answered.response, signer)
        if accepted:
            assert answered.party.open_response(document) == answered.response
            continue
        with pytest.raises(SignatureError, match="may not sign for the DSP"):
            answered.party.open_response(document)


def test_the_dsp_can_be_named() -> None:
    for named, accepted in ((ACB_ID, True), (SUPPLIER, False)):
        answered = Answered(DuisPartySettings(dsp=named))
        document = answered.document(answered.response)
        if accepted:
            assert answered.party.open_response(document) == answered.response
            continue
        with pytest.raises(SignatureError, match=f"is of {ACB_ID}, expected {SUPPLIER}"):
            answered.party.open_response(document)


def test_a_certificate_that_nobody_lodged_is_refused() -> None:
    answered = Answered()
    role, purpose = RemotePartyRole.DSP_XML_SIGN, CertificatePurpose.XML_SIGNING
    issued = answered.world.bed.smki.issue_organisation(
        ACB_ID, role, purpose, answered.world.bed.certified_from, generation=9
    )
    document = answered.document(answered.response, DocumentSigner(issued.certificate, issued.key))
    with pytest.raises(SignatureError, match=rf"certificate {issued.certificate.serial} .* is not known"):
        answered.party.open_response(document)


def test_a_certificate_is_good_from_its_first_day_until_it_is_revoked() -> None:
    answered = Answered()
    signer = organisation_signer(answered.world, ACB_ID, RemotePartyRole.DSP_XML_SIGN)
    certificate = signer.certificate
    first = answered.response._replace(at=certificate.not_before)
    assert answered.party.open_response(answered.document(first, signer)) == first
    before = first._replace(at=first.at - timedelta(seconds=1))
    with pytest.raises(SignatureError, match=r"is valid .* not at"):
        answered.party.open_response(answered.document(before, signer))
    after = first._replace(at=certificate.not_after + timedelta(seconds=1))
    with pytest.raises(SignatureError, match=r"is valid .* not at"):
        answered.party.open_response(answered.document(after, signer))
    name = certificate.issuer, certificate.serial
    answered.world.dcc.repository.record(*name, CertificateEvent.REVOKED, answered.world.now + DAY)
    today = answered.response
    assert answered.party.open_response(answered.document(today, signer)) == today
    tomorrow = today._replace(at=today.at + DAY)
    with pytest.raises(SignatureError, match="is revoked"):
        answered.party.open_response(answered.document(tomorrow, signer))


# For whom, and to what


def test_a_response_to_somebody_else_is_refused() -> None:
    answered = Answered()
    theirs = answered.world.read(SUPPLIER).request_id
    document = answered.document(answered.response._replace(recipient=SUPPLIER, request_id=theirs))
    with pytest.raises(DuisError, match=f"for {SUPPLIER}, expected {OPERATOR}"):
        answered.party.open_response(document)


def test_an_answer_is_to_the_request_and_its_service() -> None:
    answered = Answered()
    document = answered.document(answered.response)
    assert answered.party.open_answer(answered.request, document) == answered.response
    another: ServiceRequest = answered.world.read()
    with pytest.raises(DuisError, match=f"expected an answer to {another.request_id}"):
        answered.party.open_answer(another, document)
    other_service = answered.request._replace(srv=Srv.READ_DAILY_CONSUMPTION)
    with pytest.raises(DuisError, match=r"4\.10, expected 4\.17 as in the request"):
        answered.party.open_answer(other_service, document)
    with pytest.raises(DuisError, match="None, expected an answer"):
        answered.party.open_answer(answered.request, answered.document(alert_of_the_dcc(answered)))


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (b"", "not well-formed"),
        (b"<a/>", "expected Response"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (b"<" * 3, "not well-formed"),
    ],
)
def test_what_is_no_response_is_refused(document: bytes, what: str) -> None:
    with pytest.raises(DuisError, match=what):
        Answered(DuisPartySettings(accept_unsigned=True)).party.open_response(document)


def test_limits_are_heeded() -> None:
    answered = Answered(DuisPartySettings(limits=Limits(document_octets=100)))
    with pytest.raises(DuisError, match="expected at most 100"):
        answered.party.open_response(answered.document(answered.response))


# The samples have the outcome that their names say

SAMPLES: Final[dict[str, str]] = {
    "readfw-response": "",
    "readfw-response-resigned": "",
    "read-inventory-response-4g": "",
    "read-inventory-response-5.4": "",
    "acknowledgement-error": "",
    "readfw-response-badsignature": "Signature",
    "readfw-response-nonexist-serial": "is not known",
    "readfw-response-no-serial": "KeyInfo",
    "readfw-response-no-signature": "no signature on a response with code I0",
    "readfw-response-invalid": "ServiceReference|DigestValue",
}
SAMPLE_USER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")


def sample_party(conformance: Path, settings: DuisPartySettings) -> DuisParty:
    """The User of the samples, with the certificates that the public tools know."""
    repository = SmkiRepository()
    for file in sorted((conformance / "zaz1").glob("*-*.pem")):
        if file.name.endswith(".key.pem"):
            continue
        der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
        repository.lodge(load_certificate(der), CertificatePurpose.XML_SIGNING)
    world = World()
    # The same User Id as in the samples; what it signs with is of no matter to what it opens.
    assert world.client(SUPPLIER).user_id == SAMPLE_USER
    signer = world.bed.xml_signer(SUPPLIER)
    return DuisParty(world.client(SUPPLIER), signer, repository, world.bed.provider, settings)


@pytest.mark.parametrize("with_schema", [False, True])
@pytest.mark.parametrize("name", SAMPLES)
def test_samples_have_the_outcome_of_their_names(conformance: Path, name: str, with_schema: bool) -> None:
    schema = DuisSchema.load(conformance / "duis" / "schema") if with_schema else None
    settings = DuisPartySettings(schema=schema, signing_roles=XmlSigningRoles.AS_PUBLIC_TOOLS)
    client = sample_party(conformance, settings)
    document = (conformance / "duis" / "samples" / f"{name}.xml").read_bytes()
    if not SAMPLES[name]:
        response = client.open_response(document)
        assert response.recipient == SAMPLE_USER
        assert isinstance(response.body, InventoryDevices) == ("inventory" in name)
        assert isinstance(response.body, DeviceResponse) == ("readfw" in name)
        assert response.code is (ResponseCode.E65 if "error" in name else ResponseCode.I0)
        return
    with pytest.raises(DuisError, match=SAMPLES[name]):
        client.open_response(document)


def test_of_the_samples_signers_the_oldest_is_none_by_the_letter(conformance: Path) -> None:
    """Its certificate writes the role in decimal."""
    client = sample_party(conformance, DEFAULT_SETTINGS)
    samples = conformance / "duis" / "samples"
    for name in ("readfw-response-resigned", "read-inventory-response-4g", "read-inventory-response-5.4"):
        client.open_response((samples / f"{name}.xml").read_bytes())
    with pytest.raises(SignatureError, match=r"OU=137\) may not sign for the DSP"):
        client.open_response((samples / "readfw-response.xml").read_bytes())


def test_the_unsigned_sample_is_taken_as_the_public_tools_take_it(conformance: Path) -> None:
    client = sample_party(conformance, DuisPartySettings(accept_unsigned=True))
    document = (conformance / "duis" / "samples" / "readfw-response-no-signature.xml").read_bytes()
    assert isinstance(client.open_response(document).body, DeviceResponse)
