"""The PKCS#10 request of CS02c: against the library, against the reference message, and near misses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from certificate_maker import flip_last_bit, hardware_module, key_usage, organisation
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import samples
from wire_strategies import euis, mutations

from devices.gbcs.certification_request import (
    CertificationRequest,
    build_certification_request,
    parse_certification_request,
)
from devices.gbcs.crypto import KeyPair
from devices.gbcs.device_certificates import CS02C, decode_issue, decode_issue_response
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage

ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
KEY = KeyPair.from_seed(b"certification request", "esme", "next")
DEVICE_USAGES = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
MODULE = bytes.fromhex("3019 060D2A863A0001848FB90F01020201 0408") + ESME
GOOD = build_certification_request(KEY, ESME, KeyUsage.DIGITAL_SIGNATURE)
Builder = x509.CertificateSigningRequestBuilder
SHA_256 = hashes.SHA256()


def signed(
    builder: Builder,
    key: ec.EllipticCurvePrivateKey | None = None,
    algorithm: hashes.SHA256 | hashes.SHA384 = SHA_256,
) -> bytes:
    request = builder.sign(key or KEY.private_key(), algorithm, ecdsa_deterministic=True)
    return request.public_bytes(Encoding.DER)


def request_of(
    usage: x509.KeyUsage | None,
    names: x509.SubjectAlternativeName | None,
    *,
    critical: bool = True,
    subject: x509.Name | None = None,
) -> Builder:
    builder = Builder().subject_name(subject or x509.Name([]))
    if names is not None:
        builder = builder.add_extension(names, critical)
    if usage is not None:
        builder = builder.add_extension(usage, critical)
    return builder


SIGNING = key_usage("digital_signature")
NAMES = hardware_module(MODULE)


@given(st.integers(1, 2**200), euis, st.sampled_from(DEVICE_USAGES))
def test_what_is_built_is_read(scalar: int, device: Eui64, usage: KeyUsage) -> None:
    key = KeyPair.from_scalar(scalar)
    der = build_certification_request(key, device, usage)
    assert parse_certification_request(der) == CertificationRequest(device, usage, key.public_point)
    assert build_certification_request(key, device, usage) == der


@pytest.mark.parametrize("usage", DEVICE_USAGES)
def test_the_library_reads_the_profile(usage: KeyUsage) -> None:
    request = x509.load_der_x509_csr(build_certification_request(KEY, ESME, usage))
    assert request.is_signature_valid
    assert isinstance(request.signature_hash_algorithm, hashes.SHA256)
    assert list(request.subject) == []
    usage_found, names = request.extensions
    flag = "digital_signature" if usage is KeyUsage.DIGITAL_SIGNATURE else "key_agreement"
    assert usage_found.value == key_usage(flag)
    assert names.value == NAMES
    assert usage_found.critical
    assert names.critical


def test_a_reference_request_is_read_and_built_again(conformance: Path) -> None:
    found = samples(conformance, CS02C)
    for name, message in found.items():
        if not name.endswith("SUCCESS_RESPONSE"):
            continue
        der = decode_issue_response(message.payload).outcome
        assert isinstance(der, bytes)
        request = parse_certification_request(der)
        assert request.device == message.header.originator
        command = found[name.replace("RESPONSE", "COMMAND")]
        assert request.key_usage is decode_issue(command.payload).key_usage
        ours = build_certification_request(KEY, request.device, request.key_usage)
        theirs = x509.load_der_x509_csr(der).tbs_certrequest_bytes
        certified = x509.load_der_x509_csr(ours).tbs_certrequest_bytes
        assert certified.replace(KEY.public_point, request.public_point) == theirs


def test_order_and_criticality_of_the_extensions_and_the_hardware_type_are_free() -> None:
    other_type = hardware_module(bytes.fromhex("300F 06032A0304 0408") + ESME)
    request = parse_certification_request(signed(request_of(SIGNING, other_type, critical=False)))
    assert request == CertificationRequest(ESME, KeyUsage.DIGITAL_SIGNATURE, KEY.public_point)


WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "no request": (lambda: b"\x05\x00", "not a readable PKCS#10 request"),
    "octet too many": (lambda: GOOD + b"\0", "not a readable PKCS#10 request"),
    "another signature": (lambda: flip_last_bit(GOOD), "signature"),
    "another key": (lambda: GOOD.replace(KEY.public_point, KeyPair.from_scalar(2).public_point), "signature"),
    "SHA-384": (lambda: signed(request_of(SIGNING, NAMES), algorithm=hashes.SHA384()), "signatureAlgorithm"),
    "P-384": (
        lambda: signed(request_of(SIGNING, NAMES), ec.derive_private_key(7, ec.SECP384R1())),
        "subjectPKInfo",
    ),
    "a subject": (lambda: signed(request_of(SIGNING, NAMES, subject=organisation())), "subject:"),
    "no usage": (lambda: signed(request_of(None, NAMES)), "keyUsage"),
    "two usages": (
        lambda: signed(request_of(key_usage("digital_signature", "key_agreement"), NAMES)),
        "keyUsage",
    ),
    "usage of an authority": (lambda: signed(request_of(key_usage("key_cert_sign"), NAMES)), "keyUsage"),
    "no name": (lambda: signed(request_of(SIGNING, None)), "subjectAltName"),
    "two names": (
        lambda: signed(request_of(SIGNING, x509.SubjectAlternativeName([*NAMES, *NAMES]))),
        "subjectAltName",
    ),
    "name of a host": (
        lambda: signed(request_of(SIGNING, x509.SubjectAlternativeName([x509.DNSName("meter")]))),
        "subjectAltName",
    ),
    "another kind of name": (
        lambda: signed(
            request_of(
                SIGNING,
                x509.SubjectAlternativeName([x509.OtherName(x509.ObjectIdentifier("1.2.3"), MODULE)]),
            )
        ),
        "1.2.3, expected a hardware module name",
    ),
    "serial of seven octets": (
        lambda: signed(
            request_of(SIGNING, hardware_module(bytes.fromhex("300E 06032A0304 0407") + ESME[1:]))
        ),
        "hwSerialNum",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_near_misses_are_refused(case: str) -> None:
    make, where = WRONG[case]
    with pytest.raises(GbcsError, match=where):
        parse_certification_request(make())


@pytest.mark.parametrize("usage", [KeyUsage.KEY_CERT_SIGN, KeyUsage.KEY_CERT_SIGN_CRL_SIGN])
def test_a_device_has_no_keys_for_certificates(usage: KeyUsage) -> None:
    with pytest.raises(GbcsError, match="keyUsage"):
        build_certification_request(KEY, ESME, usage)


def test_a_request_needs_the_private_key() -> None:
    with pytest.raises(GbcsError, match="private key"):
        build_certification_request(KeyPair(KEY.public_point), ESME, KeyUsage.KEY_AGREEMENT)


def test_the_last_bit_of_a_signature_counts_also_if_it_is_zero() -> None:
    signature = x509.load_der_x509_csr(GOOD).signature
    assert signature[-1] & 1 == 0
    spoilt = GOOD.replace(b"\0" + signature, b"\1" + signature)
    assert spoilt != GOOD
    with pytest.raises(GbcsError, match="signature"):
        parse_certification_request(spoilt)


@given(mutations(GOOD))
def test_no_other_octets_are_a_request(der: bytes) -> None:
    try:
        request = parse_certification_request(der)
    except GbcsError:
        return
    assert der == GOOD
    assert request.device == ESME
