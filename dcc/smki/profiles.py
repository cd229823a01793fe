"""The certificate profiles of SMKI, for the X.509 library's builder (GBCS 12; RFC 5280, RFC 5759).

Names, extensions with their order and criticality, and string types are those of the public test sets.
The form of a root certificate was not seen; it follows the issuing authority's (SIM).
"""

from __future__ import annotations

import enum
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from devices.gbcs.certificates import HARDWARE_MODULE_NAME, key_identifier
from devices.gbcs.crypto import KeyPair, load_public_point
from devices.gbcs.der import OCTET_STRING, SEQUENCE, Node, write
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

SERIAL_OCTETS: Final = 16
_OBJECT_IDENTIFIER: Final = 0x06
_FLAGS: Final = {
    KeyUsage.DIGITAL_SIGNATURE: ("digital_signature",),
    KeyUsage.KEY_AGREEMENT: ("key_agreement",),
    KeyUsage.KEY_CERT_SIGN: ("key_cert_sign",),
    KeyUsage.KEY_CERT_SIGN_CRL_SIGN: ("key_cert_sign", "crl_sign"),
}
_ALL_FLAGS: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class CertificatePurpose(enum.Enum):
    """What a certificate was asked for; the certificate itself says less (its key usage)."""

    DIGITAL_SIGNING = "digital signing"
    KEY_AGREEMENT = "key agreement"
    PREPAYMENT_KEY_AGREEMENT = "prepayment key agreement"
    XML_SIGNING = "XML signing"

    @property
    def key_usage(self) -> KeyUsage:
        """The one key usage of such a certificate."""
        if self in (CertificatePurpose.DIGITAL_SIGNING, CertificatePurpose.XML_SIGNING):
            return KeyUsage.DIGITAL_SIGNATURE
        return KeyUsage.KEY_AGREEMENT


class SmkiProfile(NamedTuple):
    """Object identifiers of an environment; the defaults are those of the public test sets."""

    organisation_policy: str = "1.2.826.0.1.8641679.1.2.1.4"
    device_policy: str = "1.2.826.0.1.1800000.1.2.1.4"
    hardware_type: str = "1.2.826.0.1.8641679.1.2.2.1"


class Extension(NamedTuple):
    """An extension and whether it is critical."""

    value: x509.ExtensionType
    critical: bool


@dataclass(frozen=True)
class Signer:
    """A certification authority as it signs: its name and key."""

    name: x509.Name
    key: KeyPair

    @cached_property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """The library's key object, made once; there are a handful of signers."""
        return self.key.private_key()


class Contents(NamedTuple):
    """What a certificate is to say, apart from serial and signer; times in UTC, whole seconds."""

    subject: x509.Name
    public_point: bytes
    not_before: datetime
    not_after: datetime
    extensions: Sequence[Extension]


def authority_name(common_name: str, unit: RemotePartyRole | None) -> x509.Name:
    """The name of a certification authority, in printable strings: OU (two hex digits), then CN."""
    attributes: list[x509.NameAttribute[str]] = []
    if unit is not None:
        attributes.append(_printable(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{unit:02X}"))
    attributes.append(_printable(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def organisation_name(common_name: str, role: RemotePartyRole, party: Eui64) -> x509.Name:
    """The name of an organisation: CN, OU (the role), uniqueIdentifier (the EUI-64 as a BIT STRING)."""
    unique = b"\x00" + party
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role:02X}"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, unique, _type=_ASN1Type.BitString),
        ]
    )


def root_extensions(point: bytes, policy: str) -> list[Extension]:
    """Extensions of a root; it names no authority above itself (SIM, but for the key usage)."""
    return [
        key_usage_extension(KeyUsage.KEY_CERT_SIGN),
        Extension(x509.BasicConstraints(ca=True, path_length=None), critical=True),
        _policies(policy),
        _subject_key(point),
    ]


def issuing_extensions(point: bytes, issuer_point: bytes, policy: str) -> list[Extension]:
    """Extensions of an issuing authority, below which only end entities come."""
    return [
        key_usage_extension(KeyUsage.KEY_CERT_SIGN_CRL_SIGN),
        Extension(x509.BasicConstraints(ca=True, path_length=0), critical=True),
        _policies(policy),
        _subject_key(point),
        _authority_key(issuer_point),
    ]


def organisation_extensions(
    point: bytes, usage: KeyUsage, issuer_point: bytes, policy: str
) -> list[Extension]:
    """Extensions of an organisation certificate."""
    return [key_usage_extension(usage), _subject_key(point), _policies(policy), _authority_key(issuer_point)]


def device_extensions(
    point: bytes, usage: KeyUsage, issuer_point: bytes, device: Eui64, profile: SmkiProfile
) -> list[Extension]:
    """Extensions of a device certificate; the subject being empty, the alternative name is critical."""
    name = x509.OtherName(HARDWARE_MODULE_NAME, _hardware_module(profile.hardware_type, device))
    return [
        key_usage_extension(usage),
        _subject_key(point),
        Extension(x509.SubjectAlternativeName([name]), critical=True),
        _policies(profile.device_policy),
        _authority_key(issuer_point),
    ]


def serial_of(seed: bytes, signer: Signer, contents: Contents) -> int:
    """A serial number of 16 octets, top bit clear: a function of the seed and of all that is certified."""
    parts = (
        signer.key.public_point,
        contents.subject.public_bytes(),
        contents.public_point,
        f"{contents.not_before.isoformat()}/{contents.not_after.isoformat()}".encode(),
        *(extension.value.public_bytes() for extension in contents.extensions),
    )
    octets = hmac.digest(seed, b"smki serial/" + b"/".join(parts), "sha256")[:SERIAL_OCTETS]
    # A first octet of 40 to 7F hex: positive, and never shorter than 16 octets.
    return int.from_bytes(bytes((octets[0] & 0x3F | 0x40,)) + octets[1:], "big")


def sign_certificate(signer: Signer, contents: Contents, serial: int) -> bytes:
    """The DER octets of the certificate: ECDSA with SHA-256, deterministic (RFC 6979).

    Raises:
        GbcsError: the public point is not on the curve.
    """
    builder = (
        x509.CertificateBuilder()
        .issuer_name(signer.name)
        .subject_name(contents.subject)
        .public_key(load_public_point(contents.public_point))
        .serial_number(serial)
        .not_valid_before(contents.not_before)
        .not_valid_after(contents.not_after)
    )
    for value, critical in contents.extensions:
        builder = builder.add_extension(value, critical)
    certificate = builder.sign(signer.private_key, hashes.SHA256(), ecdsa_deterministic=True)
    return certificate.public_bytes(Encoding.DER)


def _printable(oid: x509.ObjectIdentifier, text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(oid, text, _type=_ASN1Type.PrintableString)


@lru_cache(maxsize=32)
def key_usage_extension(usage: KeyUsage) -> Extension:
    """The key usage of a certificate or of a request for one, critical."""
    flags = {flag: flag in _FLAGS[usage] for flag in _ALL_FLAGS}
    return Extension(x509.KeyUsage(**flags), critical=True)


@lru_cache(maxsize=32)
def _policies(policy: str) -> Extension:
    information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
    return Extension(x509.CertificatePolicies([information]), critical=True)


def _subject_key(point: bytes) -> Extension:
    return Extension(x509.SubjectKeyIdentifier(key_identifier(point)), critical=False)


@lru_cache(maxsize=32)
def _authority_key(issuer_point: bytes) -> Extension:
    identifier = x509.AuthorityKeyIdentifier(key_identifier(issuer_point), None, None)
    return Extension(identifier, critical=False)


def _hardware_module(hardware_type: str, device: Eui64) -> bytes:
    """A HardwareModuleName (RFC 4108 5): what the module is, and its serial number."""
    fields = (
        Node("hwType", _OBJECT_IDENTIFIER, _object_identifier(hardware_type)),
        Node("hwSerialNum", OCTET_STRING, bytes(device)),
    )
    return write(Node("hardwareModuleName", SEQUENCE, fields), {})


def _object_identifier(dotted: str) -> bytes:
    """The content octets of an object identifier: the first two arcs together, seven bits an octet."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return b"".join(_base_128(arc) for arc in (40 * first + second, *rest))


def _base_128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))
