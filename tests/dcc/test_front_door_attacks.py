"""What attackers send to the front door: it is refused, and the request that was meant still goes through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zaz1_worlds import ESME, GSME, OPERATOR, OTHER_SUPPLIER, OTHER_USER, SUPPLIER, Zaz1World, device_id

from dcc.bodies.credentials import ReplaceCredentials
from dcc.bodies.reads import Read
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError
from dcc.duis.front_door import FrontDoor, Reply
from dcc.duis.parsing import parse
from dcc.duis.requests import write_request
from dcc.duis.responses import read_response
from dcc.duis.signing_roles import XmlSigningRoles
from dcc.envelope import WebService
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.smki.hierarchy import TestSmki
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateEvent
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse as parse_gbcs
from devices.gbcs.protection import encode_signed

COUNTER: Final = 1000
REQUEST_ID: Final = RequestId(SUPPLIER, ESME, OriginatorCounter(COUNTER))
REQUEST: Final = ServiceRequest(REQUEST_ID, CommandVariant.COMMAND, Srv.READ_FIRMWARE_VERSION, Read())
SEND: Final = WebService.SEND_COMMAND
UNANSWERED: Final = "no answer"
"""Where a document cannot be read as a request at all, there is nothing to answer."""

WORLD: Final = Zaz1World()
GENUINE: Final = WORLD.signed(REQUEST)
SIGNATURE: Final = GENUINE[GENUINE.index(b"<ds:Signature ") : GENUINE.index(b"</sr:Request>")]
INSIDE: Final = GENUINE[GENUINE.index(b"<sr:Header>") : GENUINE.index(b"<ds:Signature ")]
START_TAG: Final = GENUINE[GENUINE.index(b"<sr:Request") : GENUINE.index(b"<sr:Header>")]
WHOLE: Final = GENUINE[GENUINE.index(b"<sr:Request") :]
EVIL: Final = INSIDE.replace(b":1000<", b":1001<").replace(b"-A0:", b"-A1:")
"""What the attacker would like to have: another number, another meter."""
OTHER_ESME: Final = device_id(0x93)
EVIL_ID: Final = RequestId(SUPPLIER, GSME, OriginatorCounter(1001))


def refusal(document: bytes, door: FrontDoor, now: datetime = WORLD.now) -> str:
    """What is said to a document, which puts nothing to work and takes no number away."""
    try:
        reply = door.submit(document, SEND, now)
    except DuisError:
        answer = UNANSWERED
    else:
        answer = reply.submission.response.code.value
        assert reply.submission.response.code.is_refusal, answer
        assert reply.submission.command is None
        assert read_response(parse(reply.document)).code.is_refusal
    ledger = door.dsp.world.ledger
    for request_id in (REQUEST_ID, EVIL_ID):
        assert not ledger.is_known(request_id)
        assert ledger.last_counter(request_id) is None
    return answer


def check_refused(document: bytes, expected: str) -> None:
    door = WORLD.door()
    assert refusal(document, door) == expected
    check_accepted(door)


def check_accepted(door: FrontDoor, document: bytes = GENUINE) -> None:
    reply = door.submit(document, SEND, WORLD.now)
    assert reply.submission.response.code is ResponseCode.I99, reply.submission.decision.rejection
    assert reply.submission.request == REQUEST
    assert reply.submission.command is not None
    assert reply.submission.command.device == ESME


def test_the_genuine_document() -> None:
    check_accepted(WORLD.door())


# Wrapped signatures.


def request_of(*parts: bytes) -> bytes:
    return START_TAG + b"".join(parts) + b"</sr:Request>"


WITH_ID: Final = WHOLE.replace(b"<sr:Request ", b'<sr:Request Id="signed" ', 1)
BY_ID: Final = SIGNATURE.replace(b'URI=""', b'URI="#signed"')
UNSIGNED: Final = request_of(INSIDE)
OBJECT: Final = b"<ds:Object>" + UNSIGNED + b"</ds:Object>"
BODY_END: Final = b"</sr:Body>"
NO_SIGNATURE: Final = "SIM-AUTH"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(request_of(EVIL, WHOLE), UNANSWERED, id="signed document after the body"),
        pytest.param(request_of(WHOLE, EVIL), UNANSWERED, id="signed document before the header"),
        pytest.param(
            request_of(EVIL.replace(BODY_END, WHOLE + BODY_END)), UNANSWERED, id="signed document in the body"
        ),
        pytest.param(request_of(EVIL, UNSIGNED, SIGNATURE), UNANSWERED, id="signature taken out of it"),
        pytest.param(
            request_of(EVIL, SIGNATURE.replace(b"</ds:Signature>", OBJECT + b"</ds:Signature>")),
            NO_SIGNATURE,
            id="signed document in an object of the signature",
        ),
        pytest.param(
            request_of(EVIL, BY_ID.replace(b"</ds:Signature>", OBJECT + b"</ds:Signature>")),
            NO_SIGNATURE,
            id="reference to an object by its id",
        ),
        pytest.param(request_of(EVIL, BY_ID, WITH_ID), UNANSWERED, id="reference to a part by its id"),
        pytest.param(request_of(EVIL, INSIDE, SIGNATURE), UNANSWERED, id="evil parts before the signed ones"),
        pytest.param(request_of(INSIDE, EVIL, SIGNATURE), UNANSWERED, id="evil parts after the signed ones"),
        pytest.param(request_of(INSIDE, SIGNATURE, EVIL), UNANSWERED, id="evil parts after the signature"),
        pytest.param(request_of(SIGNATURE, EVIL), NO_SIGNATURE, id="signature first"),
        pytest.param(request_of(EVIL, SIGNATURE), NO_SIGNATURE, id="signature of another document"),
        pytest.param(
            request_of(EVIL.replace(b"</sr:Header>", SIGNATURE + b"</sr:Header>")),
            UNANSWERED,
            id="signature in the header",
        ),
        pytest.param(
            request_of(EVIL.replace(BODY_END, SIGNATURE + BODY_END)), UNANSWERED, id="signature in the body"
        ),
        pytest.param(b"<x>" + WHOLE + b"</x>", UNANSWERED, id="another root around it"),
        pytest.param(WHOLE + WHOLE, UNANSWERED, id="two roots"),
    ],
)
def test_wrapped_signatures(document: bytes, expected: str) -> None:
    check_refused(document, expected)


OTHER_SIGNATURE: Final = WORLD.signed(REQUEST, by=OTHER_USER)
OTHER_SIGNATURE_PART: Final = OTHER_SIGNATURE[
    OTHER_SIGNATURE.index(b"<ds:Signature ") : OTHER_SIGNATURE.index(b"</sr:Request>")
]
REFERENCE: Final = SIGNATURE[SIGNATURE.index(b"<ds:Reference ") : SIGNATURE.index(b"</ds:SignedInfo>")]


@pytest.mark.parametrize(
    "signatures",
    [
        pytest.param(SIGNATURE + SIGNATURE, id="the same twice"),
        pytest.param(OTHER_SIGNATURE_PART + SIGNATURE, id="another User's first"),
        pytest.param(SIGNATURE + OTHER_SIGNATURE_PART, id="another User's second"),
        pytest.param(SIGNATURE.replace(REFERENCE, REFERENCE * 2), id="two references"),
        pytest.param(SIGNATURE.replace(REFERENCE, b""), id="no reference"),
        pytest.param(SIGNATURE.replace(b"ecdsa-sha256", b"ecdsa-sha1"), id="another algorithm"),
        pytest.param(
            SIGNATURE.replace(b"xmldsig#enveloped-signature", b"xmldsig#base64"), id="another transform"
        ),
        pytest.param(b"", id="none"),
    ],
)
def test_other_than_one_signature_of_the_profile(signatures: bytes) -> None:
    check_refused(request_of(INSIDE, signatures), NO_SIGNATURE)


# Changed documents.


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b":1000<", b":1001<", id="counter"),
        pytest.param(b":1000<", b": 1000<", id="white space in the RequestID"),
        pytest.param(b"-A0:", b"-A1:", id="target"),
        pytest.param(b"<sr:ReadFirmwareVersion>", b'<sr:ReadFirmwareVersion x="">', id="attribute"),
        pytest.param(b'schemaVersion="5.4"', b'schemaVersion="5.3"', id="schema version"),
        pytest.param(b'xmlns:sr="', b'xmlns:evil="urn:evil" xmlns:sr="', id="namespace"),
        pytest.param(
            b"</sr:RequestID>", b"</sr:RequestID><sr:FirstInSequence>true</sr:FirstInSequence>", id="element"
        ),
        pytest.param(b"<sr:Body>", b"<sr:Body> ", id="white space that was not signed"),
    ],
)
def test_changed_documents(old: bytes, new: bytes) -> None:
    changed = GENUINE.replace(old, new, 1)
    assert changed != GENUINE
    door = WORLD.door()
    assert refusal(changed, door) in ("SIM-AUTH", UNANSWERED)
    check_accepted(door)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b":1000<", b":10<!---->00<", id="comment splits the RequestID"),
        pytest.param(b":1000<", b":1000<!--1-->1<", id="comment hides a digit"),
        pytest.param(b">11.2<", b">11.<!-- -->2<", id="comment splits a value"),
        pytest.param(b":1000<", b":10<?x?>00<", id="processing instruction splits the RequestID"),
        pytest.param(b"<sr:Header>", b"<?x?><sr:Header>", id="processing instruction between elements"),
    ],
)
def test_asides_that_split_values(old: bytes, new: bytes) -> None:
    check_refused(GENUINE.replace(old, new, 1), UNANSWERED)


def test_comments_between_elements_change_nothing() -> None:
    check_accepted(WORLD.door(), GENUINE.replace(b"<sr:Body>", b"<!-- -A1:1001 --><sr:Body>"))


@given(at=st.integers(0, len(GENUINE) - 1), octet=st.integers(1, 255))
def test_one_changed_octet_never_asks_for_something_else(at: int, octet: int) -> None:
    changed = bytearray(GENUINE)
    changed[at] ^= octet
    door = WORLD.door()
    try:
        reply = door.submit(bytes(changed), SEND, WORLD.now)
    except DuisError:
        return
    code = reply.submission.response.code
    assert code.is_refusal or reply.submission.request == REQUEST, code


# Certificates.


def signed_with(signer: DocumentSigner, request: ServiceRequest = REQUEST) -> bytes:
    return signer.sign(write_request(request), WORLD.dcc.provider)


def issued(
    user: Eui64,
    role: RemotePartyRole,
    purpose: CertificatePurpose,
    smki: TestSmki | None = None,
    generation: int = 1,
) -> DocumentSigner:
    """A certificate that is not in the repository yet, and its key."""
    one = (smki or WORLD.bed.smki).issue_organisation(
        user, role, purpose, WORLD.bed.certified_from, generation=generation
    )
    return DocumentSigner(one.certificate, one.key)


def lodged(signer: DocumentSigner) -> DocumentSigner:
    WORLD.dcc.repository.lodge(signer.certificate, None)
    return signer


XML: Final = CertificatePurpose.XML_SIGNING
SIGNING: Final = CertificatePurpose.DIGITAL_SIGNING
AGREEMENT: Final = CertificatePurpose.KEY_AGREEMENT
XML_SIGN: Final = RemotePartyRole.XML_SIGN
OTHER_SMKI: Final = TestSmki(b"somebody else's", established=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: WORLD.signers[OTHER_SUPPLIER], "SIM-CERT", id="another User's"),
        pytest.param(lambda: WORLD.dcc_signer, "SIM-CERT", id="the DCC's"),
        pytest.param(
            lambda: lodged(issued(SUPPLIER, RemotePartyRole.SUPPLIER, SIGNING)),
            "SIM-CERT",
            id="for signing commands",
        ),
        pytest.param(
            lambda: lodged(issued(SUPPLIER, RemotePartyRole.SUPPLIER, AGREEMENT)),
            "SIM-CERT",
            id="for key agreement",
        ),
        pytest.param(lambda: issued(SUPPLIER, XML_SIGN, XML, generation=2), "SIM-AUTH", id="nobody knows it"),
        pytest.param(
            lambda: lodged(issued(SUPPLIER, XML_SIGN, XML, OTHER_SMKI)), "SIM-CERT", id="of another root"
        ),
        pytest.param(
            lambda: DocumentSigner(WORLD.signers[SUPPLIER].certificate, WORLD.signers[OPERATOR].key),
            "SIM-AUTH",
            id="named, but signed with another key",
        ),
    ],
)
def test_certificates_that_do_not_count(make: Callable[[], DocumentSigner], expected: str) -> None:
    check_refused(signed_with(make()), expected)


def test_certificates_of_commands_where_the_public_tools_are_followed() -> None:
    document = signed_with(lodged(issued(SUPPLIER, RemotePartyRole.SUPPLIER, SIGNING)))
    door = WORLD.door()
    assert refusal(document, door) == "SIM-CERT"
    door.dsp.world.xml_signing_roles = XmlSigningRoles.AS_PUBLIC_TOOLS
    agreement = signed_with(lodged(issued(SUPPLIER, RemotePartyRole.SUPPLIER, AGREEMENT)))
    assert refusal(agreement, door) == "SIM-CERT"
    of_another = signed_with(lodged(issued(OTHER_SUPPLIER, RemotePartyRole.SUPPLIER, SIGNING)))
    assert refusal(of_another, door) == "SIM-CERT"
    check_accepted(door, document)


def test_certificate_in_its_time() -> None:
    """Accepted from its first second to its last, refused before and after."""
    certificate = WORLD.signers[SUPPLIER].certificate
    first, last = certificate.not_before, certificate.not_after
    second = timedelta(seconds=1)
    assert refusal(GENUINE, WORLD.door(), first - second) == "SIM-CERT"
    assert refusal(GENUINE, WORLD.door(), last + second) == "SIM-CERT"
    for at in (first, last):
        code = WORLD.door().submit(GENUINE, SEND, at).submission.response.code
        assert code is not ResponseCode.SIM_CERT


def test_revoked_certificate() -> None:
    """Refused from the moment of its revocation on."""
    signer = lodged(issued(SUPPLIER, XML_SIGN, XML, generation=3))
    revoked_at = WORLD.now + timedelta(hours=1)
    name = signer.certificate.issuer, signer.certificate.serial
    WORLD.dcc.repository.record(*name, CertificateEvent.REVOKED, revoked_at)
    document = signed_with(signer)
    assert refusal(document, WORLD.door(), revoked_at) == "SIM-CERT"
    before = revoked_at - timedelta(seconds=1)
    reply = WORLD.door().submit(document, SEND, before)
    assert reply.submission.response.code is ResponseCode.I99


def test_unknown_originator_with_a_certificate_of_its_own() -> None:
    """A party with a certificate that is no User: authenticated, not authorised, and no number taken."""
    stranger = Eui64.parse("90-B3-D5-1F-30-0F-00-00")
    signer = lodged(issued(stranger, XML_SIGN, XML))
    request = REQUEST._replace(request_id=REQUEST_ID._replace(originator=stranger))
    door = WORLD.door()
    assert refusal(signed_with(signer, request), door) == "E1"
    assert not door.dsp.world.ledger.is_known(request.request_id)


def test_wrong_web_service() -> None:
    door = WORLD.door()
    for service in (WebService.TRANSFORM, WebService.NON_DEVICE):
        reply = door.submit(GENUINE, service, WORLD.now)
        assert reply.submission.response.code is ResponseCode.E13
    check_accepted(door)


# The second call for a critical service.


@pytest.fixture(scope="module")
def update() -> ServiceRequest:
    """A 6.15.1 by which the network operator puts its own certificates into a meter."""
    own = [
        issued(OPERATOR, RemotePartyRole.NETWORK_OPERATOR, purpose).certificate.der
        for purpose in (SIGNING, AGREEMENT)
    ]
    body = ReplaceCredentials(
        RemotePartyRole.NETWORK_OPERATOR, own[0], own[1], path=(WORLD.bed.smki.issuer.certificate.der,)
    )
    request_id = RequestId(OPERATOR, ESME, OriginatorCounter(COUNTER))
    return ServiceRequest(request_id, CommandVariant.TRANSFORM, Srv.UPDATE_CREDENTIALS, body)


def transformed(door: FrontDoor, update: ServiceRequest) -> ServiceRequest:
    """The second call as it should be."""
    reply = door.submit(WORLD.signed(update), WebService.TRANSFORM, WORLD.now)
    return WORLD.second_call(update, reply.submission.response)


def sent(door: FrontDoor, request: ServiceRequest) -> Reply:
    return door.submit(WORLD.signed(request), SEND, WORLD.now)


def test_second_call_as_it_should_be(update: ServiceRequest) -> None:
    door = WORLD.door()
    assert sent(door, transformed(door, update)).submission.response.code is ResponseCode.I99


def test_counter_in_the_document_differs_from_that_in_the_payload(update: ServiceRequest) -> None:
    """Signed by the User all the same: neither call is executed under a number of the other."""
    door = WORLD.door()
    second = transformed(door, update)
    other_number = second.request_id._replace(counter=OriginatorCounter(COUNTER + 1))
    reply = sent(door, second._replace(request_id=other_number))
    assert reply.submission.response.code is ResponseCode.SIM_GBCS
    assert "1001" in reply.submission.decision.rejection.expected  # type: ignore[union-attr]
    assert sent(door, second).submission.response.code is ResponseCode.I99


def test_target_in_the_document_differs_from_that_in_the_payload(update: ServiceRequest) -> None:
    door = WORLD.door()
    second = transformed(door, update)
    reply = sent(door, second._replace(request_id=second.request_id._replace(target=OTHER_ESME)))
    assert reply.submission.response.code is ResponseCode.SIM_GBCS
    assert reply.submission.command is None


@pytest.mark.parametrize("part", ["payload", "signature", "key"])
def test_signed_pre_command_that_is_not_what_was_given_out(update: ServiceRequest, part: str) -> None:
    door = WORLD.door()
    second = transformed(door, update)
    assert isinstance(second.body, SignedPreCommand)
    octets = bytearray(second.body.gbcs)
    if part == "key":
        another = WORLD.signers[OPERATOR].key
        message = parse_gbcs(bytes(octets))._replace(signature=b"")
        octets = bytearray(encode_signed(message, another, WORLD.dcc.provider))
    else:
        octets[-1 if part == "signature" else 60] ^= 1
    reply = sent(door, second._replace(body=SignedPreCommand(bytes(octets))))
    assert reply.submission.response.code is ResponseCode.SIM_GBCS, reply.submission.decision.rejection
    assert reply.submission.command is None


def test_second_call_of_another_user(update: ServiceRequest) -> None:
    """Somebody who has seen the Signed Pre-Command sends it in a document of its own, then as the User's."""
    door = WORLD.door()
    second = transformed(door, update)
    as_own = second._replace(request_id=second.request_id._replace(originator=SUPPLIER))
    assert sent(door, as_own).submission.response.code is ResponseCode.SIM_GBCS
    as_the_users = WORLD.signed(second, by=SUPPLIER)
    reply = door.submit(as_the_users, SEND, WORLD.now)
    assert reply.submission.response.code is ResponseCode.SIM_CERT
    assert sent(door, second).submission.response.code is ResponseCode.I99


# Documents made to exhaust the reader, or to make it fetch something.

BOMB: Final = (
    b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>"""
)
PROLOGUE: Final = GENUINE[: GENUINE.index(b"<sr:Request")]


def nested(levels: int) -> bytes:
    return WHOLE.replace(b"<sr:Body>", b"<sr:Body>" + b"<x>" * levels + b"</x>" * levels)


def with_attributes(count: int) -> bytes:
    attributes = b"".join(b' a%d=""' % number for number in range(count))
    return WHOLE.replace(b"<sr:ReadFirmwareVersion", b"<sr:ReadFirmwareVersion" + attributes)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        pytest.param(lambda: PROLOGUE + b"<!DOCTYPE x>" + WHOLE, "document type", id="document type"),
        pytest.param(
            lambda: (
                PROLOGUE
                + b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
                + WHOLE.replace(b":1000<", b":1000&e;<")
            ),
            "document type",
            id="external entity",
        ),
        pytest.param(
            lambda: PROLOGUE + BOMB + WHOLE.replace(b":1000<", b":1000&c;<"), "document type", id="entities"
        ),
        pytest.param(lambda: WHOLE.replace(b":1000<", b":1000&e;<"), "not well-formed", id="no such entity"),
        pytest.param(lambda: WHOLE + b" " * 10_000_000, "octets", id="10 MB"),
        pytest.param(lambda: nested(100_000), "tags", id="100,000 levels"),
        pytest.param(lambda: with_attributes(200_000), "octets", id="200,000 attributes"),
        pytest.param(lambda: nested(1_000), "deep", id="1,000 levels"),
        pytest.param(lambda: with_attributes(3_001), "attributes", id="3,001 attributes"),
        pytest.param(lambda: b"", "not well-formed", id="nothing"),
        pytest.param(lambda: GENUINE[:-1], "not well-formed", id="cut short"),
        pytest.param(lambda: GENUINE.decode().encode("utf-16"), "zero octet", id="UTF-16"),
        pytest.param(lambda: bytes(range(256)) * 4, "zero octet", id="no XML"),
    ],
)
def test_hostile_documents(make: Callable[[], bytes], named: str) -> None:
    door = WORLD.door()
    with pytest.raises(DuisError, match=named):
        door.submit(make(), SEND, WORLD.now)
    check_accepted(door)


def test_responses_are_no_requests() -> None:
    door = WORLD.door()
    reply = door.submit(GENUINE, SEND, WORLD.now)
    with pytest.raises(DuisError, match="Request"):
        door.submit(reply.document, SEND, WORLD.now)


def test_refusal_answers_the_document_as_it_came() -> None:
    """The answer to a forged document carries its RequestID, so that whoever is meant can tell."""
    reply = WORLD.door().submit(GENUINE.replace(b":1000<", b":1001<"), SEND, WORLD.now)
    answer = read_response(parse(reply.document))
    assert answer.request_id == REQUEST_ID._replace(counter=OriginatorCounter(1001))
    assert answer.code is not ResponseCode.SIM_AUTH
    assert reply.submission.response.code is ResponseCode.SIM_AUTH
