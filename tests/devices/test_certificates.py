"""What is read out of a certificate: made ones, one detail at a time, and all of the public test sets."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certificate_maker import (
    END,
    PARTY,
    POLICY,
    START,
    UNKNOWN_EXTENSION,
    Extensions,
    authority,
    hardware_module,
    key_usage,
    make,
    organisation,
    policies,
    sent_certificates,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from devices.gbcs.certificates import Certificate, key_identifier, load_certificate
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

ROOT = make(authority("ROOT", "00"), None, ca=True)
ISSUER = make(authority("ISSUER"), ROOT, ca=True, path_length=0)
LEAF = make(organisation(common_name="Wires"), ISSUER)
NOBODY = x509.Name([])
# SEQUENCE { OID 1.2.3, OCTET STRING 00DB1234567890A0 }
MODULE = bytes.fromhex("300E 06022A03 0408 00DB1234567890A0")


def device(value: bytes) -> Certificate:
    return make(NOBODY, ISSUER, {x509.SubjectAlternativeName: (hardware_module(value), True)}).certificate


def error_of(name: x509.Name = LEAF.name, extensions: Extensions | None = None) -> GbcsError:
    der = make(name, ISSUER, extensions).certificate.der
    with pytest.raises(GbcsError) as caught:
        Certificate.parse(der)
    return caught.value


def pem_certificates(folder: Path) -> list[bytes]:
    texts = [file.read_text() for file in sorted(folder.glob("*.pem"))]
    bodies = [text.split("-----")[2] for text in texts if "BEGIN CERTIFICATE" in text]
    return [base64.b64decode("".join(body.split())) for body in bodies]


def test_an_organisation_certificate() -> None:
    certificate = LEAF.certificate
    assert certificate.subject == PARTY
    assert certificate.role is RemotePartyRole.NETWORK_OPERATOR
    assert certificate.common_name == "Wires"
    assert certificate.key_usage is KeyUsage.DIGITAL_SIGNATURE
    assert certificate.public_point == LEAF.key.public_point
    assert certificate.subject_key_identifier == key_identifier(LEAF.key.public_point)
    assert certificate.authority_key_identifier == ISSUER.certificate.subject_key_identifier
    assert certificate.issuer == "CN=ISSUER,OU=07"
    assert (certificate.not_before, certificate.not_after) == (START, END)
    assert certificate.policy_oids == (POLICY,)
    assert not certificate.is_ca
    assert not certificate.may_sign_certificates


def test_certification_authorities() -> None:
    root, issuer = ROOT.certificate, ISSUER.certificate
    assert (root.subject, root.role, root.path_length) == (None, RemotePartyRole.ROOT, None)
    assert root.is_self_issued
    assert root.authority_key_identifier is None
    assert (issuer.role, issuer.path_length) == (RemotePartyRole.ISSUING_AUTHORITY, 0)
    assert issuer.may_sign_certificates
    assert not issuer.is_self_issued
    assert issuer.subject_name == LEAF.certificate.issuer


def test_a_device_certificate() -> None:
    certificate = device(MODULE)
    assert certificate.subject == Eui64.parse("00DB1234567890A0")
    assert (certificate.role, certificate.organisational_unit) == (None, None)
    assert certificate.subject_name == ""


@pytest.mark.parametrize(
    ("module", "what"),
    [
        ("300D 06022A03 0407 00DB1234567890", "7 octets"),
        ("3010 06022A03 0408 00DB1234567890A0 0500", "too many"),
        ("300A 0408 00DB1234567890A0", "tag 04"),
        ("0408 00DB1234567890A0", "tag 04"),
    ],
)
def test_a_hardware_module_name_of_another_form_is_refused(module: str, what: str) -> None:
    name = hardware_module(bytes.fromhex(module))
    error = error_of(NOBODY, {x509.SubjectAlternativeName: (name, True)})
    assert error.where.startswith("certificate/subjectAltName")
    assert what in error.what


def test_an_alternative_name_without_hardware_module_is_refused() -> None:
    name = x509.SubjectAlternativeName([x509.DNSName("meter.example")])
    error = error_of(NOBODY, {x509.SubjectAlternativeName: (name, True)})
    assert "0 hardware module names" in error.what


@pytest.mark.parametrize(
    ("unit", "role"),
    [
        ("03", RemotePartyRole.NETWORK_OPERATOR),
        ("7F", RemotePartyRole.OTHER),
        ("7f", RemotePartyRole.OTHER),
        ("87", RemotePartyRole.XML_SIGN),
        ("89", RemotePartyRole.DSP_XML_SIGN),
        ("09", None),
        ("3", None),
        ("003", None),
        ("137", None),
        ("0x", None),
        ("\u0660\u0663", None),
    ],
)
def test_a_role_is_two_hex_digits_and_known(unit: str, role: RemotePartyRole | None) -> None:
    certificate = make(organisation(unit), ISSUER).certificate
    assert certificate.role is role
    assert certificate.organisational_unit == unit


@pytest.mark.parametrize("party", [bytes(7), bytes(9), b""])
def test_a_unique_identifier_has_64_bits(party: bytes) -> None:
    assert error_of(organisation(party=party)).where == "certificate/subject/unique identifier"


def test_a_unique_identifier_is_a_bit_string() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, "12345678", _ASN1Type.UTF8String)])
    assert "expected a BIT STRING" in error_of(name).what


def test_two_roles_are_refused() -> None:
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "02")
    error = error_of(x509.Name([*LEAF.name, unit]))
    assert error.where == "certificate/subject/organisational unit"


@pytest.mark.parametrize(
    ("flags", "usage"),
    [
        (("digital_signature",), KeyUsage.DIGITAL_SIGNATURE),
        (("key_agreement",), KeyUsage.KEY_AGREEMENT),
        (("key_cert_sign",), KeyUsage.KEY_CERT_SIGN),
        (("key_cert_sign", "crl_sign"), KeyUsage.KEY_CERT_SIGN_CRL_SIGN),
        (("digital_signature", "key_agreement"), None),
        (("content_commitment",), None),
    ],
)
def test_key_usage_is_one_that_smki_knows(flags: tuple[str, ...], usage: KeyUsage | None) -> None:
    certificate = make(LEAF.name, ISSUER, {x509.KeyUsage: (key_usage(*flags), True)}).certificate
    assert certificate.key_usage is usage


def test_key_usage_may_be_missing_and_tells_so() -> None:
    assert make(LEAF.name, ISSUER, {x509.KeyUsage: None}).certificate.key_usage is None


def test_a_subject_key_identifier_has_8_octets() -> None:
    assert error_of(extensions={x509.SubjectKeyIdentifier: None}).what == "missing"
    for size in (7, 9, 20):
        identifier = x509.SubjectKeyIdentifier(bytes(size))
        error = error_of(extensions={x509.SubjectKeyIdentifier: (identifier, False)})
        assert error.what == f"{size} octets, expected 8"


def test_an_authority_key_identifier_has_8_octets_or_is_not_there() -> None:
    none = make(LEAF.name, ISSUER, {x509.AuthorityKeyIdentifier: None}).certificate
    assert none.authority_key_identifier is None
    identifier = x509.AuthorityKeyIdentifier(bytes(20), None, None)
    error = error_of(extensions={x509.AuthorityKeyIdentifier: (identifier, False)})
    assert error.where == "certificate/authorityKeyIdentifier"


def test_a_key_on_another_curve_is_refused() -> None:
    other = ec.derive_private_key(7, ec.SECP384R1()).public_key()
    der = make(LEAF.name, ISSUER, public_key=other).certificate.der
    with pytest.raises(GbcsError, match="expected a key on P-256"):
        Certificate.parse(der)


def test_several_policies_and_an_unknown_extension_are_read_past() -> None:
    extensions: Extensions = {
        x509.CertificatePolicies: (policies("1.2.3", "2.5.29.32.0"), True),
        x509.UnrecognizedExtension: (UNKNOWN_EXTENSION, True),
    }
    assert make(LEAF.name, ISSUER, extensions).certificate.policy_oids == ("1.2.3", "2.5.29.32.0")


@pytest.mark.parametrize(
    "octets", [b"", b"\x30\x00", LEAF.certificate.der + b"\x00", LEAF.certificate.der[:-1]]
)
def test_what_is_no_certificate_is_refused(octets: bytes) -> None:
    with pytest.raises(GbcsError, match="certificate"):
        Certificate.parse(octets)


@pytest.mark.filterwarnings("error")
def test_a_signature_has_no_unused_bits() -> None:
    der = LEAF.certificate.der
    signature = x509.load_der_x509_certificate(der).signature
    at = len(der) - len(signature) - 1
    assert der[at] == 0
    with pytest.raises(GbcsError, match="certificate/signature: a BIT STRING with unused bits"):
        Certificate.parse(der[:at] + b"\x01" + der[at + 1 :])


def test_a_serial_number_is_positive() -> None:
    der = bytearray(LEAF.certificate.der)
    der[der.index(b"\xa0\x03\x02\x01\x02") + 7] |= 0x80
    with pytest.raises(GbcsError, match="serialNumber"):
        Certificate.parse(bytes(der))


def test_validity_includes_both_ends() -> None:
    second = timedelta(seconds=1)
    times = (START - second, START, END, END + second)
    assert [LEAF.certificate.is_valid_at(at) for at in times] == [False, True, True, False]


def test_equal_octets_make_equal_certificates_and_one_shared_object() -> None:
    der = LEAF.certificate.der
    copy = bytes(bytearray(der))
    assert Certificate.parse(copy) == LEAF.certificate
    assert Certificate.parse(copy) is not LEAF.certificate
    assert load_certificate(copy) is load_certificate(der)
    assert hash(Certificate.parse(copy)) == hash(LEAF.certificate)
    assert ISSUER.certificate != LEAF.certificate


def test_a_certificate_does_not_change() -> None:
    with pytest.raises(AttributeError):
        LEAF.certificate.serial = 1  # type: ignore[misc]


@given(
    st.sampled_from([LEAF.certificate.der, ISSUER.certificate.der, device(MODULE).der]),
    st.lists(
        st.tuples(st.integers(0, 500), st.binary(max_size=3), st.integers(0, 3)), min_size=1, max_size=3
    ),
    st.booleans(),
)
def test_no_mutation_raises_another_error(
    der: bytes, edits: list[tuple[int, bytes, int]], mend_length: bool
) -> None:
    octets = bytearray(der)
    for at, put, remove in edits:
        octets[at : at + remove] = put
    if mend_length and len(octets) > 4:
        octets[2:4] = (len(octets) - 4).to_bytes(2, "big")
    try:
        certificate = Certificate.parse(bytes(octets))
    except GbcsError:
        return
    assert certificate.der == octets
    assert len(certificate.subject_key_identifier) == 8
    assert len(certificate.public_point) == 65


@pytest.mark.parametrize("tag", [0x05, 0x02, 0x63, 0x81])
def test_a_name_in_no_known_string_type_is_refused(tag: int) -> None:
    octets = bytearray(LEAF.certificate.der)
    octets[octets.index(b"ISSUER") - 2] = tag
    with pytest.raises(GbcsError, match="certificate"):
        Certificate.parse(bytes(octets))


def test_all_certificates_of_rtds_are_read(conformance: Path) -> None:
    rtds = conformance / "rtds"
    ders = {*pem_certificates(rtds / "keystore"), *sent_certificates(rtds / "messages")}
    assert len(ders) >= 400
    certificates = [load_certificate(der) for der in ders]
    for certificate in certificates:
        assert certificate.subject_key_identifier == key_identifier(certificate.public_point)
        assert certificate.serial.bit_length() in range(121, 128)
        assert (certificate.subject is None) == certificate.is_ca
    unusable = [certificate for certificate in certificates if certificate.key_usage is None]
    # One is sent with the wrong usage on purpose, in an erroneous CS02d command.
    assert {certificate.issuer for certificate in unusable} == {"CN=E357"}


@pytest.mark.filterwarnings("error")
def test_the_certificates_of_zaz1_are_read_without_a_warning(conformance: Path) -> None:
    certificates = [Certificate.parse(der) for der in pem_certificates(conformance / "zaz1")]
    unknown = [entry.organisational_unit for entry in certificates if entry.role is None]
    assert unknown == ["137"]


def test_the_issuing_certificate_that_rtds_sends(conformance: Path) -> None:
    sent = [load_certificate(der) for der in sent_certificates(conformance / "rtds" / "messages")]
    issuer, *copies = [certificate for certificate in sent if certificate.is_ca]
    assert {copy.public_point for copy in copies} <= {issuer.public_point}
    assert issuer.subject_name == "CN=Z1,OU=07"
    assert issuer.issuer == "CN=ZA,OU=00"
    assert issuer.serial == 0x71872BDBC82789BC1401CE01BA06ADA3
    assert issuer.subject_key_identifier.hex().upper() == "4F5688D7EC933BE2"
    assert issuer.not_after == datetime(2040, 10, 28, 23, 59, 59, tzinfo=UTC)
    assert (issuer.key_usage, issuer.path_length) == (KeyUsage.KEY_CERT_SIGN_CRL_SIGN, 0)
