"""The published sample requests through the front door, signed with the keys of the ZAZ1 test set."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from zaz1_worlds import (
    ESME,
    OPERATOR,
    OTHER_SUPPLIER,
    OTHER_USER,
    SUPPLIER,
    Zaz1World,
    lodge_keystore,
    templates,
    z1_certificate,
)

from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError
from dcc.duis.front_door import FrontDoor
from dcc.duis.parsing import parse
from dcc.duis.requests import read_request
from dcc.duis.responses import read_response
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import read_signature
from dcc.duis.signing_roles import XmlSigningRoles
from dcc.envelope import WebService
from dcc.response_codes import ResponseCode
from dcc.smki.keystore import Keystore
from dcc.smki.repository import SmkiRepository
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

ECS17B: Final = "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS"
XML_SIGN: Final = RemotePartyRole.XML_SIGN
SECOND: Final = timedelta(seconds=1)


class Zaz1(Zaz1World):
    """The world of the templates, with the certificates of the ZAZ1 test set in its repository."""

    def __init__(self, conformance: Path, schema: DuisSchema) -> None:
        super().__init__([z1_certificate(templates(conformance))], schema)
        self.keystore: Keystore = lodge_keystore(self, conformance)

    def signer(self, user: Eui64, role: RemotePartyRole = XML_SIGN) -> DocumentSigner:
        """The newest certificate of ZAZ1 that a User has in a role, and its key."""
        found = [
            DocumentSigner(entry.certificate, entry.key)
            for entry in self.keystore.candidates(user, KeyUsage.DIGITAL_SIGNATURE)
            if entry.certificate is not None and entry.certificate.role is role
        ]
        return found[-1]

    def sign(self, document: bytes, user: Eui64, role: RemotePartyRole = XML_SIGN) -> bytes:
        return self.signer(user, role).sign(parse(document), self.dcc.provider)


@pytest.fixture(scope="module")
def zaz1(conformance: Path) -> Zaz1:
    return Zaz1(conformance, DuisSchema.load(conformance / "duis" / "schema"))


@pytest.fixture(scope="module")
def samples(conformance: Path) -> dict[str, bytes]:
    """The sample documents by name without ending."""
    return {path.stem: path.read_bytes() for path in (conformance / "duis" / "samples").iterdir()}


def outcome(zaz1: Zaz1, document: bytes, door: FrontDoor | None = None) -> ResponseCode:
    door = door or zaz1.door()
    return door.submit(document, WebService.SEND_COMMAND, zaz1.now).submission.response.code


def test_request_that_is_invalid(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """Two colons before the counter: with the schema or without, that is no RequestID."""
    document = samples[f"{ECS17B}-invalid"]
    with pytest.raises(DuisError, match="RequestID"):
        zaz1.door().submit(document, WebService.SEND_COMMAND, zaz1.now)
    door = zaz1.door()
    without_schema = FrontDoor(door.dsp, zaz1.dcc_signer)
    with pytest.raises(DuisError, match="RequestID"):
        without_schema.submit(document, WebService.SEND_COMMAND, zaz1.now)


def test_request_that_is_not_signed(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """Refused as it lies there, with an answer; signed with the originator's key of ZAZ1 it is served."""
    document = samples[ECS17B]
    assert outcome(zaz1, document) is ResponseCode.SIM_AUTH
    request = read_request(parse(document))
    assert request.request_id.originator == SUPPLIER
    # Its meter is none of the templates': the signature counts, and the inventory does not know it.
    assert outcome(zaz1, zaz1.sign(document, SUPPLIER)) is ResponseCode.E19
    known = document.replace(str(request.request_id.target).encode(), str(ESME).encode())
    assert outcome(zaz1, zaz1.sign(known, SUPPLIER)) is ResponseCode.I99


def test_request_of_a_business_id_that_does_not_exist(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """Unsigned it is nobody's; nobody has a certificate of that id; and no User may sign for it."""
    document = samples[f"{ECS17B}-nonexist-businessid"]
    originator = read_request(parse(document)).request_id.originator
    assert not zaz1.dcc.repository.find(zaz1.now, subject=originator)
    assert outcome(zaz1, document) is ResponseCode.SIM_AUTH
    assert outcome(zaz1, zaz1.sign(document, SUPPLIER)) is ResponseCode.SIM_CERT


def test_request_with_a_signature(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """The signature inside is a place holder of nobody's certificate; a real one takes its place."""
    document = samples[f"{ECS17B}-signed"]
    assert read_request(parse(document)).request_id.target == ESME
    assert outcome(zaz1, document) is ResponseCode.SIM_AUTH
    assert outcome(zaz1, zaz1.sign(document, SUPPLIER)) is ResponseCode.I99


def test_document_with_an_external_entity(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    with pytest.raises(DuisError, match="document type"):
        zaz1.door().submit(samples["duis-xxe"], WebService.SEND_COMMAND, zaz1.now)


def test_request_for_a_customer_number(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """The User Id stands there in small letters; its certificate is that of the same eight octets."""
    document = samples["ECS50_9.1_SUCCESS_REQUEST_DUIS"]
    assert read_request(parse(document)).request_id.originator == OTHER_USER
    # The signature inside is a place holder: it has neither a digest nor a value.
    assert outcome(zaz1, document) is ResponseCode.SIM_AUTH
    # 9.1 is for Other Users, of whom registration data knows nothing; its body is not read.
    assert outcome(zaz1, zaz1.sign(document, OTHER_USER)) is ResponseCode.SIM_NOT_MODELLED
    assert outcome(zaz1, zaz1.sign(document, SUPPLIER)) is ResponseCode.SIM_CERT


def test_templates_with_the_keys_of_zaz1(zaz1: Zaz1, conformance: Path) -> None:
    """Those of the two parties that have certificates for XML get what they get under our own keys."""
    for name, document in templates(conformance).items():
        request = read_request(parse(document))
        originator, service = request.request_id.originator, WebService.SEND_COMMAND
        if originator not in (SUPPLIER, OPERATOR) or request.command_variant != 1:
            continue
        signed = zaz1.sign(document, originator)
        assert read_signature(parse(signed)).issuer == "CN=Z1,OU=07"
        reply = zaz1.door().submit(signed, service, zaz1.now)
        ours = zaz1.door().submit(zaz1.signed(document), service, zaz1.now)
        assert reply.submission.response == ours.submission.response, name
        answer = read_response(parse(reply.document))
        assert answer.request_id == request.request_id, name


def test_certificates_that_have_expired(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """Supplier 2 has only certificates for commands, and those of ZAZ1 ended in December 2025."""
    known = samples[ECS17B].replace(b"00-07-81-D7-00-00-36-CE", str(ESME).encode())
    ours = known.replace(str(SUPPLIER).encode(), str(OTHER_SUPPLIER).encode())
    signed = zaz1.sign(ours, OTHER_SUPPLIER, RemotePartyRole.SUPPLIER)
    door = zaz1.door()
    door.dsp.world.xml_signing_roles = XmlSigningRoles.AS_PUBLIC_TOOLS
    assert outcome(zaz1, signed, door) is ResponseCode.SIM_CERT
    in_time = zaz1.signer(OTHER_SUPPLIER, RemotePartyRole.SUPPLIER).certificate.not_after
    reply = door.submit(signed, WebService.SEND_COMMAND, in_time)
    assert reply.submission.response.code is ResponseCode.E4, "it supplies elsewhere"


def test_certificates_for_commands_sign_xml_only_as_public_tools_do(
    zaz1: Zaz1, samples: dict[str, bytes]
) -> None:
    known = samples[ECS17B].replace(b"00-07-81-D7-00-00-36-CE", str(ESME).encode())
    signed = zaz1.sign(known, SUPPLIER, RemotePartyRole.SUPPLIER)
    assert outcome(zaz1, signed) is ResponseCode.SIM_CERT
    door = zaz1.door()
    door.dsp.world.xml_signing_roles = XmlSigningRoles.AS_PUBLIC_TOOLS
    assert outcome(zaz1, signed, door) is ResponseCode.I99


def test_certificates_for_xml_that_nobody_vouches_for(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """Whoever signed them, it was not Z1; and an end to their time there is all the same."""
    signed = zaz1.sign(samples[f"{ECS17B}-signed"], SUPPLIER)
    certificate = zaz1.signer(SUPPLIER).certificate
    door = zaz1.door()
    for at in (certificate.not_before, certificate.not_after):
        late = door.submit(signed, WebService.SEND_COMMAND, at).submission.response.code
        assert late is not ResponseCode.SIM_CERT
    for at in (certificate.not_before - SECOND, certificate.not_after + SECOND):
        late = zaz1.door().submit(signed, WebService.SEND_COMMAND, at).submission.response.code
        assert late is ResponseCode.SIM_CERT
    door = zaz1.door()
    door.dsp.world.vouched_signers = frozenset()
    assert outcome(zaz1, signed, door) is ResponseCode.SIM_CERT


def test_nobody_in_the_repository(zaz1: Zaz1, samples: dict[str, bytes]) -> None:
    """Without the certificates of ZAZ1 its signatures are worth nothing."""
    known = samples[ECS17B].replace(b"00-07-81-D7-00-00-36-CE", str(ESME).encode())
    door = zaz1.door()
    door.dsp.world.repository = SmkiRepository()
    assert outcome(zaz1, zaz1.sign(known, SUPPLIER), door) is ResponseCode.SIM_AUTH
