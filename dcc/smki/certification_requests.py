"""The certification request (PKCS#10) with which an organisation asks for a certificate (RFC 2986).

Its subject is that of the certificate asked for: common name, remote party role and EUI-64. The form is that
of a device's request, with the organisation's name (SIM: no sample of a real one was seen).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from dcc.smki.profiles import key_usage_extension, organisation_name
from devices.gbcs.certificates import LIBRARY_ERRORS, quiet_library
from devices.gbcs.crypto import KeyPair, public_point_of
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

_WHERE: Final = "certification request"
_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_ROLE: Final = re.compile(r"[0-9A-Fa-f]{2}")
_NAME_PARTS: Final = (
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.X500_UNIQUE_IDENTIFIER,
)


class OrganisationRequest(NamedTuple):
    """What an organisation asks to have certified; ``public_point`` is 65 octets, uncompressed."""

    common_name: str
    role: RemotePartyRole
    subject: Eui64
    key_usage: KeyUsage
    public_point: bytes


def build_organisation_request(
    key: KeyPair, common_name: str, role: RemotePartyRole, subject: Eui64, usage: KeyUsage
) -> bytes:
    """The request, DER: ECDSA with SHA-256 by ``key`` itself, deterministic (RFC 6979).

    Raises:
        GbcsError: the private key is not held.
    """
    value, critical = key_usage_extension(usage)
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        organisation_name(common_name, role, subject)
    )
    request = builder.add_extension(value, critical).sign(
        key.private_key(), hashes.SHA256(), ecdsa_deterministic=True
    )
    return request.public_bytes(Encoding.DER)


def parse_organisation_request(der: bytes) -> OrganisationRequest:
    """What a request asks for, its signature verified.

    Raises:
        GbcsError: the octets are no request, or not one that an organisation may make.
    """
    try:
        with quiet_library():
            return _read(x509.load_der_x509_csr(der), der)
    except GbcsError:
        raise
    except LIBRARY_ERRORS as error:
        raise GbcsError(_WHERE, f"not a readable PKCS#10 request: {error}") from error


def _read(request: x509.CertificateSigningRequest, der: bytes) -> OrganisationRequest:
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise GbcsError(f"{_WHERE}/subjectPKInfo", "expected a key on P-256")
    algorithm = request.signature_algorithm_oid
    if algorithm != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        what = f"{algorithm.dotted_string}, expected ECDSA with SHA-256"
        raise GbcsError(f"{_WHERE}/signatureAlgorithm", what)
    if not request.is_signature_valid:
        raise GbcsError(f"{_WHERE}/signature", "does not verify with the key of the request")
    if not der.endswith(b"\x00" + request.signature):
        # A BIT STRING says first how many of its last bits do not count.
        raise GbcsError(f"{_WHERE}/signature", "expected all bits of its last octet")
    name, unit, identifier = _name_parts(request.subject)
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        raise GbcsError(f"{_WHERE}/subject/commonName", f"{name!r}, expected 1 to 64 characters")
    return OrganisationRequest(
        name, _read_role(unit), _read_identifier(identifier), _read_usage(request), public_point_of(key)
    )


def _name_parts(subject: x509.Name) -> list[str | bytes]:
    """Common name, organisational unit and unique identifier, each there once and nothing beside them."""
    found = {attribute.oid: attribute.value for attribute in subject}
    if set(found) != set(_NAME_PARTS) or len(list(subject)) != len(_NAME_PARTS):
        expected = "one each of common name, organisational unit and unique identifier"
        raise GbcsError(f"{_WHERE}/subject", f"{subject.rfc4514_string()!r}, expected {expected}")
    return [found[oid] for oid in _NAME_PARTS]


def _read_role(unit: str | bytes) -> RemotePartyRole:
    try:
        if isinstance(unit, str) and _ROLE.fullmatch(unit):
            return RemotePartyRole(int(unit, 16))
    except ValueError:
        pass
    what = f"{unit!r}, expected a remote party role in two hex digits"
    raise GbcsError(f"{_WHERE}/subject/organisationalUnit", what)


def _read_identifier(value: str | bytes) -> Eui64:
    if not isinstance(value, bytes) or len(value) != 9 or value[0] != 0:
        what = f"{value!r}, expected a BIT STRING of 64 bits"
        raise GbcsError(f"{_WHERE}/subject/uniqueIdentifier", what)
    return Eui64(value[1:])


def _read_usage(request: x509.CertificateSigningRequest) -> KeyUsage:
    asked = [item.value for item in request.extensions if item.oid == x509.KeyUsage.oid]
    for usage in _USAGES:
        if asked == [key_usage_extension(usage).value]:
            return usage
    expected = " or ".join(usage.field_name for usage in _USAGES)
    raise GbcsError(f"{_WHERE}/keyUsage", f"expected just {expected}")
