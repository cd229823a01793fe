"""What a device, and the DCC, read out of an SMKI certificate (GBCS 12; RFC 5280, RFC 5759).

Parsing is lenient where the profile is a matter of judgement (uses, criticality, policies, who signed): that
is for path validation. It is strict about what nothing works without: a P-256 key, a key identifier of 8
octets, and an entity identifier that is well-formed where there is one.
"""

from __future__ import annotations

import hashlib
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from devices.gbcs.crypto import public_point_of
from devices.gbcs.der import DerReader
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

HARDWARE_MODULE_NAME: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
KEY_IDENTIFIER_OCTETS: Final = 8
_OBJECT_IDENTIFIER_TAG: Final = 0x06
_ROLE_TEXT: Final = re.compile(r"[0-9A-Fa-f]{2}")
_SHARED_CERTIFICATES: Final = 32768
# What the X.509 library raises for octets that are no certificate, or one beyond it (a KeyError for a
# name in an unknown string type).
LIBRARY_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_Extensions = Mapping[x509.ObjectIdentifier, x509.ExtensionType]


@dataclass(frozen=True, slots=True)
class Certificate:
    """An SMKI certificate; equal to another if the octets are.

    ``subject`` is the entity identifier: the uniqueIdentifier of an organisation, the hwSerialNum of a
    device, None for a certification authority. ``role`` is the remote party role that the organisational
    unit names in two hex digits; None for a device, and where the text is no role that we know (it stands
    in ``organisational_unit``). ``key_usage`` is None where it is missing or not one of those that SMKI
    knows: RTDS sends such a certificate, to be refused. ``issuer`` and ``subject_name`` are written as XML
    signatures write them (``CN=Z1,OU=07``). Key identifiers are of 8 octets, ``public_point`` of 65
    (uncompressed), times in UTC and inclusive. ``path_length`` is None where there is no limit.
    ``policy_oids`` and ``signature_algorithm`` are object identifiers with dots.
    """

    der: bytes = field(repr=False)
    subject: Eui64 | None = field(compare=False)
    role: RemotePartyRole | None = field(compare=False)
    organisational_unit: str | None = field(compare=False)
    common_name: str | None = field(compare=False)
    key_usage: KeyUsage | None = field(compare=False)
    subject_key_identifier: bytes = field(compare=False)
    authority_key_identifier: bytes | None = field(compare=False)
    issuer: str = field(compare=False)
    subject_name: str = field(compare=False)
    serial: int = field(compare=False)
    public_point: bytes = field(compare=False, repr=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    is_ca: bool = field(compare=False)
    path_length: int | None = field(compare=False)
    policy_oids: tuple[str, ...] = field(compare=False)
    signature_algorithm: str = field(compare=False)

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """Read a DER certificate; a new value each time (:func:`load_certificate` shares them).

        Raises:
            GbcsError: the octets are no certificate, or one that no device could use.
        """
        try:
            with quiet_library():
                return _read(der, x509.load_der_x509_certificate(der))
        except GbcsError:
            raise
        except LIBRARY_ERRORS as error:
            raise GbcsError("certificate", f"not a readable X.509 certificate: {error}") from error

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are one name, as at a root."""
        return self.subject_name == self.issuer

    @property
    def may_sign_certificates(self) -> bool:
        """Whether it is a certification authority's, by basic constraints and key usage both."""
        return self.is_ca and self.key_usage in _CERTIFICATE_SIGNING

    def is_valid_at(self, at: datetime) -> bool:
        """Whether ``at`` (aware) lies in the period of validity, both ends included."""
        return self.not_before <= at <= self.not_after


_CERTIFICATE_SIGNING: Final = frozenset({KeyUsage.KEY_CERT_SIGN, KeyUsage.KEY_CERT_SIGN_CRL_SIGN})


def key_identifier(public_point: bytes) -> bytes:
    """The key identifier of an uncompressed point, 8 octets (RFC 5280 4.2.1.2, method 2)."""
    digest = hashlib.sha1(public_point, usedforsecurity=False).digest()
    return bytes((0x40 | digest[12] & 0x0F,)) + digest[13:]


@lru_cache(maxsize=_SHARED_CERTIFICATES)
def load_certificate(der: bytes) -> Certificate:
    """The certificate of these octets, one object for all who ask while it is remembered.

    Raises:
        GbcsError: as :meth:`Certificate.parse`.
    """
    return Certificate.parse(der)


@contextmanager
def quiet_library() -> Iterator[None]:
    """Keep the X.509 library from warning of what later versions of it will refuse.

    Public test certificates exist whose signature algorithm carries NULL parameters; a warning on each is
    of no use to a user of the bench.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def _read(der: bytes, certificate: x509.Certificate) -> Certificate:
    if certificate.version is not x509.Version.v3:
        raise GbcsError("certificate/version", f"{certificate.version.name}, expected v3")
    # The library looks past it: a signature is whole octets, so no bit of its BIT STRING is unused.
    if der[len(der) - len(certificate.signature) - 1] != 0:
        raise GbcsError("certificate/signature", "a BIT STRING with unused bits, expected none")
    extensions = {extension.oid: extension.value for extension in certificate.extensions}
    constraints = _find(extensions, x509.BasicConstraints)
    unit = _one_text(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME, "organisational unit")
    return Certificate(
        der=der,
        subject=_organisation_identifier(certificate.subject) or _device_identifier(extensions),
        role=_role(unit),
        organisational_unit=unit,
        common_name=_one_text(certificate.subject, NameOID.COMMON_NAME, "common name"),
        key_usage=_key_usage(extensions),
        subject_key_identifier=_subject_key_identifier(extensions),
        authority_key_identifier=_shared(_authority_key_identifier(extensions)),
        issuer=sys.intern(certificate.issuer.rfc4514_string()),
        subject_name=sys.intern(certificate.subject.rfc4514_string()),
        serial=_serial(certificate),
        public_point=_public_point(certificate),
        not_before=_shared(certificate.not_valid_before_utc),
        not_after=_shared(certificate.not_valid_after_utc),
        is_ca=constraints is not None and constraints.ca,
        path_length=None if constraints is None else constraints.path_length,
        policy_oids=_shared(_policies(extensions)),
        signature_algorithm=sys.intern(certificate.signature_algorithm_oid.dotted_string),
    )


def _serial(certificate: x509.Certificate) -> int:
    if certificate.serial_number <= 0:
        raise GbcsError("certificate/serialNumber", f"{certificate.serial_number}, expected a positive one")
    return certificate.serial_number


@lru_cache(maxsize=4096)
def _shared(value: Any) -> Any:
    """The first of equal values: what a whole fleet has in common is held once."""
    return value


def _find(extensions: _Extensions, kind: type[_Extension]) -> _Extension | None:
    value = extensions.get(kind.oid)
    return value if isinstance(value, kind) else None


def _one_text(name: x509.Name, oid: x509.ObjectIdentifier, what: str) -> str | None:
    value = _one_value(name, oid, what)
    if value is None:
        return None
    if not isinstance(value, str):
        raise GbcsError(f"certificate/subject/{what}", f"{value.hex().upper()}, expected a text")
    return sys.intern(value)


def _one_value(name: x509.Name, oid: x509.ObjectIdentifier, what: str) -> str | bytes | None:
    found: Sequence[x509.NameAttribute[str | bytes]] = name.get_attributes_for_oid(oid)
    if len(found) > 1:
        raise GbcsError(f"certificate/subject/{what}", f"{len(found)} of them, expected one at most")
    return found[0].value if found else None


def _organisation_identifier(name: x509.Name) -> Eui64 | None:
    """The uniqueIdentifier: a BIT STRING of 64 bits, its first octet counting the unused ones."""
    value = _one_value(name, NameOID.X500_UNIQUE_IDENTIFIER, "unique identifier")
    if value is None:
        return None
    if not isinstance(value, bytes) or len(value) != 9 or value[0] != 0:
        raise GbcsError(
            "certificate/subject/unique identifier", f"{value!r}, expected a BIT STRING of 64 bits"
        )
    return Eui64(value[1:])


def _device_identifier(extensions: _Extensions) -> Eui64 | None:
    """The hwSerialNum of the HardwareModuleName (RFC 4108 5) among the alternative names."""
    names = _find(extensions, x509.SubjectAlternativeName)
    if names is None:
        return None
    others = names.get_values_for_type(x509.OtherName)
    modules = [other.value for other in others if other.type_id == HARDWARE_MODULE_NAME]
    if len(modules) != 1:
        what = f"{len(modules)} hardware module names, expected one"
        raise GbcsError("certificate/subjectAltName", what)
    reader = DerReader(modules[0], "certificate/subjectAltName", {})
    module = reader.constructed("hardwareModuleName")
    module.content("hwType", _OBJECT_IDENTIFIER_TAG)
    serial = module.octet_string("hwSerialNum", 8)
    module.finish()
    reader.finish()
    return Eui64(serial)


def _role(unit: str | None) -> RemotePartyRole | None:
    if unit is None or not _ROLE_TEXT.fullmatch(unit):
        return None
    try:
        return RemotePartyRole(int(unit, 16))
    except ValueError:
        return None


def _key_usage(extensions: _Extensions) -> KeyUsage | None:
    usage = _find(extensions, x509.KeyUsage)
    try:
        return None if usage is None else KeyUsage(usage.public_bytes()[2:])
    except ValueError:
        return None


def _subject_key_identifier(extensions: _Extensions) -> bytes:
    identifier = _find(extensions, x509.SubjectKeyIdentifier)
    if identifier is None:
        raise GbcsError("certificate/subjectKeyIdentifier", "missing")
    return _eight_octets(identifier.digest, "subjectKeyIdentifier")


def _authority_key_identifier(extensions: _Extensions) -> bytes | None:
    identifier = _find(extensions, x509.AuthorityKeyIdentifier)
    if identifier is None or identifier.key_identifier is None:
        return None
    return _eight_octets(identifier.key_identifier, "authorityKeyIdentifier")


def _eight_octets(octets: bytes, what: str) -> bytes:
    if len(octets) != KEY_IDENTIFIER_OCTETS:
        raise GbcsError(f"certificate/{what}", f"{len(octets)} octets, expected {KEY_IDENTIFIER_OCTETS}")
    return octets


def _public_point(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise GbcsError("certificate/subjectPublicKeyInfo", "expected a key on P-256")
    return public_point_of(key)


def _policies(extensions: _Extensions) -> tuple[str, ...]:
    policies = _find(extensions, x509.CertificatePolicies) or ()
    return tuple(sys.intern(policy.policy_identifier.dotted_string) for policy in policies)
