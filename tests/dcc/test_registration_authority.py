"""The registration authority: who is admitted, which requests are good, and what becomes of certificates."""

from __future__ import annotations

from typing import Final

import installation_worlds
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from dcc_worlds import (
    ESME,
    GSME,
    NETWORK_OPERATOR,
    NOW,
    OPERATOR,
    SECOND,
    STRANGER,
    SUPPLIER,
    SUPPLIER_ROLE,
    user_id,
)
from hypothesis import given
from hypothesis import strategies as st
from registration_desk import (
    DEVICE,
    GOOD,
    ORGANISATION,
    SIGNING,
    Desk,
    flip_last_bit,
    hardware_module,
    key_usage,
    organisation,
)

from dcc.bodies.credentials import CredentialType, IssueDeviceCredential
from dcc.errors import DccValueError
from dcc.modifications import Modification
from dcc.parties import Party
from dcc.response_codes import ResponseCode
from dcc.smki.certification_requests import (
    OrganisationRequest,
    build_organisation_request,
    parse_organisation_request,
)
from dcc.smki.profiles import CertificatePurpose, organisation_name
from dcc.smki.registration_authority import RegistrationAuthority
from dcc.smki.repository import CertificateEvent, CertificateStatus
from dcc.smki.revocation_lists import RevocationReason
from dcc.smki.subscribers import CertificatePolicy, Interface, Refusal, SubscriberFacts
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.certification_request import build_certification_request
from devices.gbcs.crypto import KeyPair
from devices.gbcs.device_certificates import IssueCredentialsResponse
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole
from scenarios.test_bed import ACB_ID

MP074: Final = (Modification.MP074,)
AGREEMENT: Final = KeyUsage.KEY_AGREEMENT
PREPAYMENT: Final = CertificatePurpose.PREPAYMENT_KEY_AGREEMENT
KEY: Final = KeyPair.from_seed(b"registration authority", "one")
OTHER_KEY: Final = KeyPair.from_seed(b"registration authority", "other")
P_384: Final = ec.derive_private_key(7, ec.SECP384R1())
MODULE: Final = hardware_module(bytes.fromhex("3019 060D2A863A0001848FB90F01020201 0408") + ESME)
DEVICE_REQUEST: Final = build_certification_request(KEY, ESME, KeyUsage.DIGITAL_SIGNATURE)
SUPPLIER_NAME: Final = organisation_name("TEST supplier", SUPPLIER_ROLE, SUPPLIER)
REQUEST: Final = build_organisation_request(
    KEY, "TEST supplier", SUPPLIER_ROLE, SUPPLIER, KeyUsage.DIGITAL_SIGNATURE
)


def signed(
    subject: x509.Name,
    usage: x509.KeyUsage | None,
    names: x509.SubjectAlternativeName | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    algorithm: hashes.SHA256 | hashes.SHA384 | None = None,
) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension in (usage, names):
        if extension is not None:
            builder = builder.add_extension(extension, critical=True)
    made = builder.sign(key or KEY.private_key(), algorithm or hashes.SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.DER)


SIGNS: Final = key_usage("digital_signature")
NOBODY: Final = x509.Name([])


# Applications.


@pytest.mark.parametrize(
    ("facts", "interface", "told"),
    [
        (GOOD, Interface.GATEWAY_PORTAL, "granted"),
        (GOOD._replace(uept_done=False), Interface.GATEWAY_PORTAL, "uept"),
        (GOOD, Interface.SPOTI, "gateway"),
        (GOOD._replace(installs_devices=False), Interface.GATEWAY_PORTAL, "no_need"),
        (GOOD._replace(srept_done=False), Interface.GATEWAY_PORTAL, "srept"),
        (GOOD._replace(leaving=True), Interface.GATEWAY_PORTAL, "granted"),
        (GOOD._replace(uept_done=False), Interface.SPOTI, "uept, gateway"),
        (SubscriberFacts(srept_done=True), Interface.GATEWAY_PORTAL, "uept, no_need"),
        (GOOD._replace(installs_devices=False), Interface.SPOTI, "gateway, no_need"),
        (SubscriberFacts(), Interface.SPOTI, "srept"),
    ],
)
def test_each_reason_for_device_certificates_and_all_together(
    facts: SubscriberFacts, interface: Interface, told: str
) -> None:
    desk = Desk((*MP074, Modification.MP128A))
    desk.declare(facts)
    assert desk.apply(DEVICE, interface) == told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (SubscriberFacts(srept_done=True), "granted"),
        (SubscriberFacts(srept_done=True, leaving=True), "leaving"),
        (SubscriberFacts(uept_done=True, installs_devices=True), "srept"),
        (SubscriberFacts(leaving=True), "srept"),
    ],
)
def test_each_reason_for_organisation_certificates(facts: SubscriberFacts, told: str) -> None:
    desk = Desk((*MP074, Modification.MP128A))
    desk.declare(facts)
    assert desk.apply(ORGANISATION, Interface.SPOTI) == told


def test_a_stranger_has_done_nothing() -> None:
    desk = Desk()
    assert (desk.apply(DEVICE), desk.apply(ORGANISATION)) == ("srept", "srept")


def test_an_application_is_for_one_policy_and_one_party() -> None:
    desk = Desk()
    desk.declare()
    desk.declare(user=OPERATOR)
    assert desk.apply(DEVICE) == "granted"
    assert desk.send(DEVICE).issued
    for decision in (desk.send(ORGANISATION), desk.send(DEVICE, user=OPERATOR)):
        assert decision.refusals == (Refusal.NOT_SUBSCRIBER,)
        assert not decision.issued


def test_the_internet_closes_for_those_admitted_before() -> None:
    """By MP074 a subscriber stays one, but its requests for devices have to come over the gateway."""
    desk = Desk()
    desk.declare(SubscriberFacts(srept_done=True))
    assert desk.apply(DEVICE, Interface.SPOTI) == desk.apply(ORGANISATION, Interface.SPOTI) == "granted"
    assert desk.send(DEVICE, Interface.SPOTI).issued
    desk.world.switch_on(*MP074)
    assert desk.send(DEVICE, Interface.SPOTI).refusals == (Refusal.GATEWAY,)
    assert desk.send(DEVICE, Interface.BATCHED_WEB_SERVICE).issued
    assert desk.send(ORGANISATION, Interface.SPOTI).issued


# The form of a request.


@given(
    st.integers(1, 2**200),
    st.text("abcdefghijklmnopqrstuvwxyz TES", min_size=1, max_size=64),
    st.sampled_from((SUPPLIER_ROLE, NETWORK_OPERATOR, RemotePartyRole.OTHER, RemotePartyRole.XML_SIGN)),
    st.binary(min_size=8, max_size=8).map(Eui64),
    st.sampled_from((KeyUsage.DIGITAL_SIGNATURE, AGREEMENT)),
)
def test_what_is_built_is_read(
    scalar: int, name: str, role: RemotePartyRole, subject: Eui64, usage: KeyUsage
) -> None:
    key = KeyPair.from_scalar(scalar)
    der = build_organisation_request(key, name, role, subject, usage)
    expected = OrganisationRequest(name, role, subject, usage, key.public_point)
    assert parse_organisation_request(der) == expected
    assert build_organisation_request(key, name, role, subject, usage) == der
    assert x509.load_der_x509_csr(der).is_signature_valid


@given(st.integers(0, len(REQUEST) - 1), st.integers(0, 2), st.binary(max_size=3))
def test_no_other_octets_are_a_request(at: int, taken: int, put: bytes) -> None:
    der = REQUEST[:at] + put + REQUEST[at + taken :]
    try:
        parse_organisation_request(der)
    except GbcsError:
        return
    assert der == REQUEST


WRONG_ORGANISATION: Final[dict[str, tuple[bytes, str]]] = {
    "no request": (b"\x05\x00", "certification request"),
    "another signature": (flip_last_bit(REQUEST), "signature"),
    "another key": (REQUEST.replace(KEY.public_point, OTHER_KEY.public_point), "signature"),
    "SHA-384": (signed(SUPPLIER_NAME, SIGNS, algorithm=hashes.SHA384()), "signatureAlgorithm"),
    "P-384": (signed(SUPPLIER_NAME, SIGNS, key=P_384), "subjectPKInfo"),
    "no usage": (signed(SUPPLIER_NAME, None), "keyUsage"),
    "two usages": (signed(SUPPLIER_NAME, key_usage("digital_signature", "key_agreement")), "keyUsage"),
    "usage of an authority": (signed(SUPPLIER_NAME, key_usage("key_cert_sign")), "keyUsage"),
    "a usage other than asked": (signed(SUPPLIER_NAME, key_usage("key_agreement")), "keyUsage"),
    "no subject": (signed(NOBODY, SIGNS), "subject"),
    "no common name": (signed(organisation("02", SUPPLIER), SIGNS), "subject"),
    "unit in words": (signed(organisation("ES", SUPPLIER, "TEST"), SIGNS), "organisationalUnit"),
    "an unknown role": (signed(organisation("55", SUPPLIER, "TEST"), SIGNS), "organisationalUnit"),
    "seven octets": (signed(organisation("02", SUPPLIER[1:], "TEST"), SIGNS), "uniqueIdentifier"),
    "another party": (signed(organisation("02", OPERATOR, "TEST"), SIGNS), "uniqueIdentifier"),
    "a stranger": (signed(organisation("02", STRANGER, "TEST"), SIGNS), "uniqueIdentifier"),
    "a role of others": (signed(organisation("03", SUPPLIER, "TEST"), SIGNS), "organisationalUnit"),
    "the broker's role": (signed(organisation("04", SUPPLIER, "TEST"), SIGNS), "organisationalUnit"),
    "the role for XML": (signed(organisation("87", SUPPLIER, "TEST"), SIGNS), "organisationalUnit"),
    "no mark": (signed(organisation("02", SUPPLIER, "supplier"), SIGNS), "common name"),
}


@pytest.mark.parametrize("case", WRONG_ORGANISATION)
def test_near_misses_of_an_organisation(case: str) -> None:
    desk = Desk()
    desk.admit()
    held = len(desk.world.dcc.repository)
    der, field = WRONG_ORGANISATION[case]
    decision = desk.send(ORGANISATION, der=der)
    assert decision.fault is not None
    assert (decision.fault.field, decision.issued, decision.refusals) == (field, False, ())
    assert len(desk.world.dcc.repository) == held
    assert desk.send(ORGANISATION, der=REQUEST).issued


WRONG_DEVICE: Final[dict[str, tuple[bytes, str]]] = {
    "no request": (b"\x05\x00", "certification request"),
    "another signature": (flip_last_bit(DEVICE_REQUEST), "signature"),
    "another key": (DEVICE_REQUEST.replace(KEY.public_point, OTHER_KEY.public_point), "signature"),
    "P-384": (signed(NOBODY, SIGNS, MODULE, key=P_384), "subjectPKInfo"),
    "an organisation's": (REQUEST, "subject"),
    "no name": (signed(NOBODY, SIGNS), "subjectAltName"),
    "two usages": (signed(NOBODY, key_usage("digital_signature", "key_agreement"), MODULE), "keyUsage"),
    "a User Id": (build_certification_request(KEY, OPERATOR, AGREEMENT), "subjectAltName"),
    "the DCC": (build_certification_request(KEY, ACB_ID, AGREEMENT), "subjectAltName"),
}


@pytest.mark.parametrize("case", WRONG_DEVICE)
def test_near_misses_of_a_device(case: str) -> None:
    desk = Desk(MP074)
    desk.admit()
    held = len(desk.world.dcc.repository)
    der, field = WRONG_DEVICE[case]
    decision = desk.send(DEVICE, der=der)
    assert decision.fault is not None
    assert (decision.fault.field, decision.issued) == (field, False)
    assert len(desk.world.dcc.repository) == held
    assert desk.send(DEVICE, der=DEVICE_REQUEST).issued


def test_each_purpose_with_its_key_usage_and_role() -> None:
    desk = Desk()
    desk.admit()
    desk.admit(OPERATOR)
    made = (
        (CertificatePurpose.KEY_AGREEMENT, SUPPLIER_ROLE, SUPPLIER),
        (PREPAYMENT, SUPPLIER_ROLE, SUPPLIER),
        (CertificatePurpose.XML_SIGNING, RemotePartyRole.XML_SIGN, SUPPLIER),
        (SIGNING, NETWORK_OPERATOR, OPERATOR),
    )
    for purpose, role, user in made:
        der = desk.organisation_request(user, role, purpose.key_usage)
        certificate = desk.send(ORGANISATION, der=der, purpose=purpose, user=user).certificate
        assert certificate is not None
        entry = desk.world.dcc.repository.get(certificate.issuer, certificate.serial)
        assert entry is not None
        assert entry.purpose is purpose
        assert (certificate.role, certificate.subject, certificate.common_name) == (
            role,
            user,
            "TEST supplier",
        )
        assert certificate.not_before.date() == NOW.date()


# Keys.


def with_key(desk: Desk, key: KeyPair, device: Eui64 = ESME) -> str:
    """The field that is at fault in a request for a device with a key."""
    der = build_certification_request(key, device, KeyUsage.DIGITAL_SIGNATURE)
    fault = desk.send(DEVICE, der=der).fault
    return "" if fault is None else fault.field


def test_a_key_is_one_subjects_own() -> None:
    desk = Desk()
    desk.admit()
    assert with_key(desk, KEY) == ""
    assert with_key(desk, KEY, GSME) == "subjectPKInfo"
    assert desk.send(ORGANISATION, der=REQUEST).fault is not None
    assert with_key(desk, OTHER_KEY, GSME) == ""


@pytest.mark.parametrize("name", ["root", "issuer", "device_root", "device_issuer"])
def test_nobody_has_an_authoritys_key_certified(name: str) -> None:
    desk = Desk()
    desk.admit()
    assert with_key(desk, getattr(desk.world.bed.smki, name).signer.key) == "subjectPKInfo"


def test_a_batch_is_decided_one_by_one() -> None:
    desk = Desk(MP074)
    party = desk.admit()
    good = [desk.device_request() for _ in range(2)]
    theirs = build_certification_request(KEY, GSME, AGREEMENT)
    requests = [good[0], DEVICE_REQUEST, theirs, b"", good[1]]
    decisions = desk.authority.request_devices(party, requests, NOW)
    assert [decision.issued for decision in decisions] == [True, True, False, False, True]


def test_a_subject_may_have_its_key_certified_again_but_not_after_a_revocation() -> None:
    desk = Desk()
    party = desk.admit()
    first = desk.send(DEVICE, der=DEVICE_REQUEST).certificate
    assert first is not None
    later = NOW + SECOND
    again = desk.authority.request_device(party, Interface.GATEWAY_PORTAL, DEVICE_REQUEST, later)
    assert again.certificate is not None
    assert again.certificate != first
    desk.authority.request_revocation(party, first, RevocationReason.KEY_COMPROMISE, later)
    refused = desk.authority.request_device(party, Interface.GATEWAY_PORTAL, DEVICE_REQUEST, later + SECOND)
    assert refused.fault is not None
    assert refused.fault.field == "subjectPKInfo"


def test_a_request_sent_twice_gets_one_certificate_until_that_is_taken() -> None:
    desk = Desk()
    party = desk.admit()
    first = desk.send(ORGANISATION, der=REQUEST).certificate
    assert first is not None
    assert desk.send(ORGANISATION, der=REQUEST).certificate == first
    desk.authority.tell(party, first, CertificateEvent.ACCEPTED, NOW)
    assert desk.send(ORGANISATION, der=REQUEST).fault is not None


def test_certificates_are_a_function_of_seed_and_request() -> None:
    made = []
    for _ in range(2):
        desk = Desk()
        desk.admit()
        made.append([desk.send(policy).certificate for policy in (DEVICE, ORGANISATION)])
    assert made[0] == made[1]


# What becomes of a certificate.


def issued(desk: Desk, policy: CertificatePolicy) -> Certificate:
    certificate = desk.send(policy).certificate
    assert certificate is not None
    assert desk.status(certificate) is CertificateStatus.PENDING
    return certificate


@pytest.mark.parametrize("policy", CertificatePolicy)
@pytest.mark.parametrize(
    ("events", "letter"),
    [
        ((CertificateEvent.ACCEPTED,), "I"),
        ((CertificateEvent.NOT_ACCEPTED,), "N"),
        ((CertificateEvent.ACCEPTED, CertificateEvent.SUPERSEDED), "N"),
    ],
)
def test_a_subscriber_tells_what_it_makes_of_its_certificate(
    policy: CertificatePolicy, events: tuple[CertificateEvent, ...], letter: str
) -> None:
    desk = Desk()
    party = desk.admit()
    certificate = issued(desk, policy)
    for event in events:
        desk.authority.tell(party, certificate, event, NOW)
    assert desk.status(certificate).value == letter


def test_only_the_subscriber_tells_and_only_of_what_is_its_own_to_tell() -> None:
    desk = Desk()
    party, other = desk.admit(), desk.admit(OPERATOR)
    certificate = issued(desk, DEVICE)
    with pytest.raises(DccValueError, match="subscribed to"):
        desk.authority.tell(other, certificate, CertificateEvent.ACCEPTED, NOW)
    with pytest.raises(DccValueError, match="subscribed to"):
        desk.authority.request_revocation(other, certificate, RevocationReason.SUPERSEDED, NOW)
    for event in (CertificateEvent.SEEN, CertificateEvent.REVOKED):
        with pytest.raises(DccValueError, match="a subscriber tells of"):
            desk.authority.tell(party, certificate, event, NOW)
    desk.authority.tell(party, certificate, CertificateEvent.ACCEPTED, NOW)
    with pytest.raises(DccValueError, match="at status I"):
        desk.authority.tell(party, certificate, CertificateEvent.NOT_ACCEPTED, NOW)


def test_a_party_subscribes_to_what_names_its_user_id_wherever_that_was_issued() -> None:
    desk = Desk()
    own = desk.world.client(SUPPLIER).credentials.signing
    assert desk.authority.subscriber_of(own) == desk.party()
    for nobodys in (desk.world.bed.smki.issuer.certificate, desk.world.device(ESME).certificates.signing):
        assert desk.authority.subscriber_of(nobodys) is None
    desk.authority.request_revocation(desk.party(), own, RevocationReason.SUPERSEDED, NOW)
    assert desk.status(own) is CertificateStatus.REVOKED


def test_a_party_that_leaves_has_all_its_certificates_to_revoke() -> None:
    desk = Desk()
    party = desk.admit()
    credentials = desk.world.client(SUPPLIER).credentials
    assert credentials.top_up is not None
    new = issued(desk, ORGANISATION)
    assert desk.authority.to_be_revoked(party, NOW) == ()
    desk.declare(GOOD._replace(leaving=True))
    expected = (credentials.signing, credentials.agreement, credentials.top_up, new)
    assert desk.authority.to_be_revoked(party, NOW) == expected
    for certificate in expected:
        desk.authority.request_revocation(party, certificate, RevocationReason.NO_DCC_USER_ANY_MORE, NOW)
    assert desk.authority.to_be_revoked(party, NOW) == ()


# Devices' own requests.


@pytest.mark.parametrize("credential", [CredentialType.DIGITAL_SIGNATURE, CredentialType.KEY_AGREEMENT])
def test_a_meters_answer_to_6_17_becomes_its_certificate(credential: CredentialType) -> None:
    """MP074 on; over the gateway. The meter takes the certificate by 6.15.2, and it is in use."""
    site = installation_worlds.installed()
    site.bed.world.modifications = frozenset(MP074)
    authority = RegistrationAuthority(site.bed.smki, site.bed.world)
    meter, service = installation_worlds.ESME, Interface.AD_HOC_WEB_SERVICE
    party = site.bed.world.parties.party_of_user(installation_worlds.SUPPLIER)
    assert isinstance(party, Party)
    authority.subscribers.declare(party, GOOD)
    assert authority.apply(party, DEVICE, service, site.now).granted
    answer = site.ask(
        installation_worlds.SUPPLIER, Srv.ISSUE_CREDENTIALS, meter, IssueDeviceCredential(credential)
    ).payload
    assert isinstance(answer, IssueCredentialsResponse)
    der = answer.outcome
    assert isinstance(der, bytes)
    wrong = authority.request_device(party, service, der, site.now, answered_by=GSME)
    assert wrong.fault is not None
    assert wrong.fault.field == "subjectAltName"
    certificate = authority.request_device(party, service, der, site.now, answered_by=meter).certificate
    assert certificate is not None
    assert certificate.subject == meter
    entry = site.bed.repository.get(certificate.issuer, certificate.serial)
    assert entry is not None
    assert entry.status(site.now) is CertificateStatus.PENDING
    assert site.place_certificate(meter, certificate).code is ResponseCode.I0
    entry = site.bed.repository.get(certificate.issuer, certificate.serial)
    assert entry is not None
    assert entry.status(site.now) is CertificateStatus.IN_USE


def test_a_device_is_no_user_though_its_number_looks_like_one() -> None:
    """The EUI-64 next to a User's is a device's as good as any."""
    desk = Desk(MP074)
    desk.admit()
    next_to_user = user_id(99)
    der = build_certification_request(KEY, next_to_user, AGREEMENT)
    certificate = desk.send(DEVICE, der=der).certificate
    assert certificate is not None
    assert certificate.subject == next_to_user
