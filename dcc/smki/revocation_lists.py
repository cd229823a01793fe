"""Certificate revocation lists: made, signed and read (RFC 5280 5; profile SIM).

An issuing authority lists organisation certificates (CRL), a root the certificates of authorities (ARL). A
root of SMKI has keyCertSign alone as its key usage (GBCS 12), which is taken to be enough for its ARL.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import SignatureAlgorithmOID

from dcc.errors import DccValueError
from dcc.smki.profiles import Signer
from devices.gbcs.certificates import LIBRARY_ERRORS, Certificate, key_identifier, quiet_library
from devices.gbcs.crypto import load_public_point
from devices.gbcs.identifiers import KeyUsage

_MAY_SIGN: Final = (KeyUsage.KEY_CERT_SIGN_CRL_SIGN, KeyUsage.KEY_CERT_SIGN)


class RevocationReason(enum.Enum):
    """Why a certificate is revoked (RFC 5280 5.3.1); which of these SMKI uses was not seen."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key compromise"
    AUTHORITY_COMPROMISE = "compromise of the authority"
    AFFILIATION_CHANGED = "affiliation changed"
    SUPERSEDED = "superseded"
    NO_DCC_USER_ANY_MORE = "no DCC User any more"


_FLAGS: Final[Mapping[RevocationReason, x509.ReasonFlags]] = MappingProxyType(
    {
        RevocationReason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
        RevocationReason.AUTHORITY_COMPROMISE: x509.ReasonFlags.ca_compromise,
        RevocationReason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
        RevocationReason.SUPERSEDED: x509.ReasonFlags.superseded,
        RevocationReason.NO_DCC_USER_ANY_MORE: x509.ReasonFlags.cessation_of_operation,
    }
)
_REASONS: Final = {flag: reason for reason, flag in _FLAGS.items()}


class RevokedCertificate(NamedTuple):
    """An entry: the serial number, since when (aware, whole seconds in a list), and why."""

    serial: int
    revoked_at: datetime
    reason: RevocationReason = RevocationReason.UNSPECIFIED


class ListContents(NamedTuple):
    """What a list is to say. ``authorities`` is True for an ARL; times lose what is under a second."""

    number: int
    this_update: datetime
    next_update: datetime
    revoked: tuple[RevokedCertificate, ...]
    authorities: bool = False


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list that was verified; equal to another if the octets are.

    ``issuer`` is the name of its signer (``CN=Z1,OU=07``), ``revoked`` has the entries by serial number.
    """

    der: bytes = field(repr=False)
    issuer: str = field(compare=False)
    number: int = field(compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime = field(compare=False)
    authorities: bool = field(compare=False)
    revoked: Mapping[int, RevokedCertificate] = field(compare=False, repr=False)

    @property
    def serials(self) -> frozenset[int]:
        """The serial numbers of all that the list revokes."""
        return frozenset(self.revoked)

    def is_current(self, at: datetime) -> bool:
        """Whether ``at`` (aware) lies between its updates, both included."""
        return self.this_update <= at <= self.next_update


def sign_revocation_list(signer: Signer, contents: ListContents) -> bytes:
    """The DER octets of a list: ECDSA with SHA-256, deterministic (RFC 6979).

    Raises:
        DccValueError: the next update is not after this one.
    """
    this_update, next_update = _whole_seconds(contents.this_update), _whole_seconds(contents.next_update)
    if next_update <= this_update:
        raise DccValueError("next update", next_update.isoformat(), f"after {this_update.isoformat()}")
    key = x509.AuthorityKeyIdentifier(key_identifier(signer.key.public_point), None, None)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.name)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(key, critical=False)
        .add_extension(x509.CRLNumber(contents.number), critical=False)
    )
    if contents.authorities:
        builder = builder.add_extension(_AUTHORITIES_ONLY, critical=True)
    for entry in contents.revoked:
        builder = builder.add_revoked_certificate(_entry(entry))
    made = builder.sign(signer.private_key, hashes.SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.DER)


def load_revocation_list(der: bytes, authority: Certificate, at: datetime | None = None) -> RevocationList:
    """Read a list and verify it with its signer's certificate: name, key, signature and dates.

    With ``at`` (aware) the list also has to be current then. Whether ``authority`` itself can be trusted is
    the caller's question.

    Raises:
        DccValueError: the octets are no list, or not a good one of that authority at that time.
    """
    found = _read(der, _parse(der), authority)
    if at is not None and not found.is_current(at):
        period = f"a time from {found.this_update.isoformat()} to {found.next_update.isoformat()}"
        raise DccValueError("time of the check", at.isoformat(), period)
    return found


def issuer_of_list(der: bytes) -> str:
    """The name of the issuer (``CN=Z1,OU=07``) as the list gives it, nothing verified.

    Raises:
        DccValueError: the octets are no list.
    """
    return _parse(der).issuer.rfc4514_string()


def _parse(der: bytes) -> x509.CertificateRevocationList:
    """The list with everything read once, so that what the library reads late fails here."""
    try:
        with quiet_library():
            found = x509.load_der_x509_crl(der)
            for item in found:
                list(item.extensions)
            list(found.extensions)
            found.issuer.rfc4514_string()
    except LIBRARY_ERRORS as error:
        raise DccValueError("revocation list", f"{len(der)} octets", f"a readable list: {error}") from error
    return found


def _whole_seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


_AUTHORITIES_ONLY: Final = x509.IssuingDistributionPoint(
    full_name=None,
    relative_name=None,
    only_contains_user_certs=False,
    only_contains_ca_certs=True,
    only_some_reasons=None,
    indirect_crl=False,
    only_contains_attribute_certs=False,
)


def _entry(entry: RevokedCertificate) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(entry.serial)
    builder = builder.revocation_date(_whole_seconds(entry.revoked_at))
    flag = _FLAGS.get(entry.reason)
    if flag is not None:
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()


def _read(der: bytes, found: x509.CertificateRevocationList, authority: Certificate) -> RevocationList:
    issuer = found.issuer.rfc4514_string()
    if issuer != authority.subject_name:
        raise DccValueError("issuer", issuer, authority.subject_name)
    _check_signature(found, authority)
    extensions = {item.oid: item.value for item in found.extensions}
    _check_extensions(found, authority)
    number = extensions.get(x509.CRLNumber.oid)
    if not isinstance(number, x509.CRLNumber):
        raise DccValueError("cRLNumber", "none", "the number of the list")
    this_update, next_update = found.last_update_utc, found.next_update_utc
    if next_update is None or next_update <= this_update:
        given = "none" if next_update is None else next_update.isoformat()
        raise DccValueError("nextUpdate", given, f"a time after {this_update.isoformat()}")
    return RevocationList(
        der,
        issuer,
        number.crl_number,
        this_update,
        next_update,
        x509.IssuingDistributionPoint.oid in extensions,
        MappingProxyType(_entries(found)),
    )


def _check_signature(found: x509.CertificateRevocationList, authority: Certificate) -> None:
    if not authority.is_ca or authority.key_usage not in _MAY_SIGN:
        raise DccValueError("signer", authority.subject_name, "a certification authority's certificate")
    if authority.key_usage is KeyUsage.KEY_CERT_SIGN and not authority.is_self_issued:
        raise DccValueError("signer's key usage", authority.key_usage.field_name, "cRLSign, save for a root")
    algorithm = found.signature_algorithm_oid
    if algorithm != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        raise DccValueError("signatureAlgorithm", algorithm.dotted_string, "ECDSA with SHA-256")
    if not found.is_signature_valid(load_public_point(authority.public_point)):
        raise DccValueError("signature", found.signature.hex().upper(), f"one by {authority.subject_name}")


def _check_extensions(found: x509.CertificateRevocationList, authority: Certificate) -> None:
    """Those that are known, and none that is critical beside them: delta and indirect lists are no use."""
    for item in found.extensions:
        if isinstance(item.value, x509.AuthorityKeyIdentifier):
            if item.value.key_identifier != authority.subject_key_identifier:
                given = (item.value.key_identifier or b"").hex().upper()
                expected = authority.subject_key_identifier.hex().upper()
                raise DccValueError("authorityKeyIdentifier", given, expected)
        elif isinstance(item.value, x509.IssuingDistributionPoint):
            if item.value != _AUTHORITIES_ONLY or not authority.is_self_issued:
                raise DccValueError("issuingDistributionPoint", item.value, "that of a root's ARL, or none")
        elif item.critical:
            raise DccValueError("critical extension", item.oid.dotted_string, "one that is known")


def _entries(found: Iterable[x509.RevokedCertificate]) -> dict[int, RevokedCertificate]:
    entries: dict[int, RevokedCertificate] = {}
    for item in found:
        reason = RevocationReason.UNSPECIFIED
        for extension in item.extensions:
            if isinstance(extension.value, x509.CRLReason):
                reason = _REASONS.get(extension.value.reason, RevocationReason.UNSPECIFIED)
            elif extension.critical:
                oid = extension.oid.dotted_string
                raise DccValueError("critical extension of an entry", oid, "one that is known")
        if item.serial_number in entries:
            raise DccValueError("serial number", f"{item.serial_number:X}", "no other entry with it")
        entries[item.serial_number] = RevokedCertificate(item.serial_number, item.revocation_date_utc, reason)
    return entries
