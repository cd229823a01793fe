"""Makes certificates of the SMKI profile, and neighbours that miss it by one detail."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from devices.gbcs.certificates import Certificate, key_identifier, load_certificate
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import Eui64

POLICY = "1.2.3.4"
OTHER_POLICY = "1.2.3.5"
PARTY = Eui64.parse("90-B3-D5-1F-30-02-00-00")
START = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC)
UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.99"), b"\x05\x00")

# An extension by its kind: value and criticality, or None to leave it out.
Extensions = dict[type[x509.ExtensionType], tuple[x509.ExtensionType, bool] | None]


class Made(NamedTuple):
    """A certificate and the key that it certifies."""

    certificate: Certificate
    key: KeyPair
    name: x509.Name


def key_usage(*flags: str) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in flags for name in names.split()})


def policies(*oids: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
    )


def organisation(unit: str = "03", party: bytes = PARTY, common_name: str | None = None) -> x509.Name:
    attributes: list[x509.NameAttribute[str] | x509.NameAttribute[bytes]] = [
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + party, _type=_ASN1Type.BitString),
    ]
    if common_name is not None:
        attributes.insert(0, x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def authority(common_name: str, unit: str = "07") -> x509.Name:
    unit_name = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)
    return x509.Name([unit_name, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def hardware_module(value: bytes) -> x509.SubjectAlternativeName:
    oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
    return x509.SubjectAlternativeName([x509.OtherName(oid, value)])


def make(
    name: x509.Name,
    issuer: Made | None,
    extensions: Extensions | None = None,
    *,
    ca: bool = False,
    path_length: int | None = None,
    not_before: datetime = START,
    not_after: datetime = END,
    algorithm: hashes.SHA256 | hashes.SHA384 | None = None,
    key_name: str = "",
    public_key: object = None,
) -> Made:
    """A certificate of the profile but for ``extensions``; self-signed without ``issuer``."""
    key = KeyPair.from_seed(b"certificate maker", name.rfc4514_string(), key_name)
    signer = issuer.key if issuer else key
    wanted: Extensions = {
        x509.KeyUsage: (key_usage(*(("key_cert_sign", "crl_sign") if ca else ("digital_signature",))), True),
        x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(key_identifier(key.public_point)), False),
        x509.CertificatePolicies: (policies(POLICY), True),
    }
    if ca:
        wanted[x509.BasicConstraints] = (x509.BasicConstraints(True, path_length), True)
    if issuer:
        identifier = issuer.certificate.subject_key_identifier
        wanted[x509.AuthorityKeyIdentifier] = x509.AuthorityKeyIdentifier(identifier, None, None), False
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.name if issuer else name)
        .public_key(public_key or key.private_key().public_key())  # type: ignore[arg-type]
        .serial_number(1 + int.from_bytes(key.public_point[1:9], "big"))
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension in (wanted | (extensions or {})).values():
        if extension is not None:
            builder = builder.add_extension(*extension)
    signed = builder.sign(signer.private_key(), algorithm or hashes.SHA256(), ecdsa_deterministic=True)
    return Made(_unchecked(signed.public_bytes(Encoding.DER)), key, name)


def _unchecked(der: bytes) -> Certificate:
    """The certificate, or for octets that cannot be read one that carries just these octets."""
    try:
        return load_certificate(der)
    except ValueError:
        empty = object.__new__(Certificate)
        object.__setattr__(empty, "der", der)
        return empty


def flip_last_bit(der: bytes) -> bytes:
    """The certificate with another signature."""
    return der[:-1] + bytes((der[-1] ^ 1,))


@cache
def sent_certificates(messages: Path) -> tuple[bytes, ...]:
    """The certificates inside all messages of a folder (hex text), by their first octets.

    Each once, those that are sent most often first: a message in error may bring a spoilt copy of one.
    """
    found: Counter[bytes] = Counter()
    for file in sorted(messages.glob("*/*.HEX")):
        octets = bytes.fromhex("".join(file.read_text().split()))
        for match in re.finditer(rb"\x30\x82(..)\x30\x82..\xa0\x03\x02\x01\x02", octets, re.DOTALL):
            end = match.start() + 4 + int.from_bytes(match[1], "big")
            found[octets[match.start() : end]] += 1
    return tuple(der for der, _ in found.most_common())
