"""Certification path validation on the device: a short list of checks (GBCS 12, 13.3; RFC 5280 6.1).

A replacement certificate must lead, through certificates that the command carries or that the device
holds already, to a trust anchor: the certificate of the root cell. What was computed once is remembered by
the exact octets, so that the second device of a fleet pays for comparing them; times are checked each time.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtensionOID, SignatureAlgorithmOID

from devices.gbcs.certificates import LIBRARY_ERRORS, Certificate, load_certificate, quiet_library
from devices.gbcs.credentials import CredentialStatus
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import KeyUsage

MAX_PATH_CERTIFICATES: Final = 3
ANY_POLICY: Final = "2.5.29.32.0"
_TIME: Final = "%Y-%m-%d %H:%M:%S %Z"
_ECDSA_WITH_SHA256: Final = SignatureAlgorithmOID.ECDSA_WITH_SHA256.dotted_string
_LEAF_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
# Each extension that the profile knows, and whether it has to be critical; None: either way is accepted.
_CRITICALITY: Final = {
    ExtensionOID.KEY_USAGE: True,
    ExtensionOID.CERTIFICATE_POLICIES: True,
    ExtensionOID.BASIC_CONSTRAINTS: None,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME: None,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER: False,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER: False,
}


class PathFault(enum.Enum):
    """Why a path was refused: the first thing found wrong, from the leaf upwards, times last."""

    LEAF_UNREADABLE = "the certificate cannot be read"
    LEAF_PROFILE = "the certificate is not of the profile"
    LEAF_SIGNATURE = "the certificate's signature is not its issuer's"
    LEAF_POLICY = "the certificate has no policy in common with its issuers"
    LEAF_OUT_OF_TIME = "the certificate is not valid at this time"
    TOO_MANY_CERTIFICATES = "the command carries too many path certificates"
    ISSUER_MISSING = "an issuer is neither in the command nor held"
    ISSUER_PROFILE = "an issuer's certificate is not of the profile"
    ISSUER_NOT_AUTHORITY = "an issuer is no certification authority"
    ISSUER_SIGNATURE = "the signature of an issuer's certificate is not its issuer's"
    ISSUER_OUT_OF_TIME = "an issuer's certificate is not valid at this time"
    PATH_TOO_LONG = "more certificates below an issuer than it allows"

    @property
    def status(self) -> CredentialStatus:
        """The status with which a CS02b response reports it."""
        leaf = self.name.startswith("LEAF_")
        return CredentialStatus.BAD_CERTIFICATE if leaf else CredentialStatus.NO_TRUST_ANCHOR

    @property
    def confirmed(self) -> bool:
        """Whether real messages show this status for this fault; the others are assumed."""
        return self in _CONFIRMED


_CONFIRMED: Final = frozenset({PathFault.ISSUER_MISSING, PathFault.ISSUER_SIGNATURE})


@dataclass(frozen=True, slots=True)
class PathResult:
    """What validation found: ``chain`` from leaf to anchor, both included, or a ``fault`` and its ``text``.

    ``certificate`` is the leaf wherever it could be read, also beside a fault.
    """

    certificate: Certificate | None
    chain: tuple[Certificate, ...] = field(default=(), repr=False)
    fault: PathFault | None = None
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether the path is good."""
        return self.fault is None

    @property
    def status(self) -> CredentialStatus:
        """The status for the response; success where the path is good."""
        return CredentialStatus.SUCCESS if self.fault is None else self.fault.status


class _Refused(Exception):
    """Leaves a search with a fault; stays inside this module."""

    def __init__(self, fault: PathFault, detail: str) -> None:
        super().__init__(f"{fault.value}: {detail}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class _Issuers:
    """Who may have issued: certificates of the command, held ones, anchors."""

    sent: tuple[Certificate, ...]
    held: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...]

    def of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Those whose name and key identifier a certificate gives as its issuer's.

        What the command brings goes first, and alone: a corrupted issuing certificate in a command is
        refused in RTDS, although the device has met the true one.
        """
        for group in (self.sent, (*self.anchors, *self.held)):
            found = tuple(issuer for issuer in group if _names(certificate, issuer))
            if found:
                return found
        return ()


class PathValidator:
    """Validates paths and remembers what it found; one object serves a whole fleet.

    ``enforce_profile`` switches the checks on form (criticality, policies, key identifiers present): that
    a device refuses for them is assumed. ``cache_size`` bounds the paths and signatures remembered.
    Signatures really checked are counted in the tally of ``provider``.
    """

    def __init__(
        self, provider: CryptoProvider, *, enforce_profile: bool = True, cache_size: int = 4096
    ) -> None:
        self._provider = provider
        self._enforce_profile = enforce_profile
        self._path = lru_cache(cache_size)(self._find_path)
        self._signature_is_good = lru_cache(cache_size)(self._check_signature)

    def validate(
        self,
        replacement: bytes,
        path_certificates: Sequence[bytes],
        anchors: Sequence[Certificate],
        at: datetime | None,
        held: Sequence[Certificate] = (),
    ) -> PathResult:
        """Validate a replacement certificate (DER) up to one of ``anchors``.

        ``path_certificates`` (DER, three at most) come in any order; unused and unreadable ones do no
        harm. ``anchors`` are trusted as they are: the root cell's certificate, or an issuing one where the
        root isn't published. ``held`` are issuing certificates that the device met before; they must lead to
        an anchor as those of the command must. ``at`` is the time to check periods of validity against
        (an anchor's own doesn't count); None disapplies it. Never raises, whatever the octets.
        """
        found = self._path(replacement, tuple(path_certificates), tuple(anchors), tuple(held))
        if at is None or found.fault is not None:
            return found
        return _check_times(found, at)

    def is_issued_by(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether a certificate names an issuer and carries its signature."""
        return _names(certificate, issuer) and self._signature_is_good(certificate, issuer)

    def _find_path(
        self,
        replacement: bytes,
        path_certificates: tuple[bytes, ...],
        anchors: tuple[Certificate, ...],
        held: tuple[Certificate, ...],
    ) -> PathResult:
        try:
            leaf = load_certificate(replacement)
        except GbcsError as error:
            fault = PathFault.LEAF_UNREADABLE
            return PathResult(None, fault=fault, text=f"{fault.value}: {error}")
        try:
            self._check_leaf(leaf)
            if len(path_certificates) > MAX_PATH_CERTIFICATES:
                what = f"{len(path_certificates)}, expected {MAX_PATH_CERTIFICATES} at most"
                raise _Refused(PathFault.TOO_MANY_CERTIFICATES, what)
            issuers = _Issuers(_readable(path_certificates), held, anchors)
            return PathResult(leaf, self._extend((leaf,), issuers))
        except _Refused as refused:
            return PathResult(leaf, fault=refused.fault, text=str(refused))

    def _check_leaf(self, leaf: Certificate) -> None:
        if leaf.is_ca:
            raise _Refused(PathFault.LEAF_PROFILE, "it is a certification authority's")
        if leaf.key_usage not in _LEAF_USAGES:
            raise _Refused(PathFault.LEAF_PROFILE, "expected digitalSignature or keyAgreement as its one use")
        if wrong := self._form_error(leaf):
            raise _Refused(PathFault.LEAF_PROFILE, wrong)

    def _extend(self, chain: tuple[Certificate, ...], issuers: _Issuers) -> tuple[Certificate, ...]:
        """The chain, continued to an anchor: the first way that is good, else the first way's fault."""
        refusal: _Refused | None = None
        for issuer in issuers.of(chain[-1]):
            if issuer in chain:
                continue
            try:
                self._check_link(chain, issuer, is_anchor=issuer in issuers.anchors)
                longer = (*chain, issuer)
                return longer if issuer in issuers.anchors else self._extend(longer, issuers)
            except _Refused as refused:
                refusal = refusal or refused
        name = chain[-1].issuer or "a nameless issuer"
        raise refusal or _Refused(PathFault.ISSUER_MISSING, f"{name} with the key identifier given")

    def _check_link(self, chain: tuple[Certificate, ...], issuer: Certificate, *, is_anchor: bool) -> None:
        child, is_leaf = chain[-1], len(chain) == 1
        name = issuer.subject_name
        if not issuer.may_sign_certificates:
            raise _Refused(PathFault.ISSUER_NOT_AUTHORITY, name)
        between = sum(not authority.is_self_issued for authority in chain[1:])
        if issuer.path_length is not None and between > issuer.path_length:
            raise _Refused(PathFault.PATH_TOO_LONG, f"{between} below {name}, allowed {issuer.path_length}")
        if not is_anchor and (wrong := self._form_error(issuer)):
            raise _Refused(PathFault.ISSUER_PROFILE, f"{name}, {wrong}")
        if not self._signature_is_good(child, issuer):
            fault = PathFault.LEAF_SIGNATURE if is_leaf else PathFault.ISSUER_SIGNATURE
            raise _Refused(fault, f"{child.subject_name or child.subject} by {name}")
        if self._enforce_profile and not is_anchor and not _share_policy(chain[0], issuer):
            raise _Refused(PathFault.LEAF_POLICY, f"{', '.join(chain[0].policy_oids)} under {name}")

    def _form_error(self, certificate: Certificate) -> str:
        if certificate.signature_algorithm != _ECDSA_WITH_SHA256:
            return f"signature algorithm {certificate.signature_algorithm}, expected {_ECDSA_WITH_SHA256}"
        return _profile_error(certificate) if self._enforce_profile else ""

    def _check_signature(self, child: Certificate, issuer: Certificate) -> bool:
        with quiet_library():
            signed = x509.load_der_x509_certificate(child.der)
            signer = x509.load_der_x509_certificate(issuer.der)
            self._provider.tally.signatures_verified += 1
            try:
                signed.verify_directly_issued_by(signer)
            except (InvalidSignature, *LIBRARY_ERRORS):
                return False
        return True


def _names(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether ``certificate`` gives the name and key of ``issuer``; a missing key identifier fits any."""
    identifier = certificate.authority_key_identifier
    return certificate.issuer == issuer.subject_name and identifier in (None, issuer.subject_key_identifier)


def _readable(path_certificates: tuple[bytes, ...]) -> tuple[Certificate, ...]:
    readable = []
    for der in path_certificates:
        try:
            readable.append(load_certificate(der))
        except GbcsError:
            continue
    return tuple(readable)


def _share_policy(leaf: Certificate, issuer: Certificate) -> bool:
    return ANY_POLICY in issuer.policy_oids or not set(leaf.policy_oids).isdisjoint(issuer.policy_oids)


@lru_cache(maxsize=4096)
def _profile_error(certificate: Certificate) -> str:
    """What is wrong with the form of a certificate that somebody else issued; empty where nothing is."""
    with quiet_library():
        extensions = x509.load_der_x509_certificate(certificate.der).extensions
    for extension in extensions:
        wanted = _CRITICALITY.get(extension.oid, False)
        if wanted is not None and extension.critical is not wanted:
            how = "critical" if extension.critical else "not critical"
            return f"extension {extension.oid.dotted_string} is {how}"
    if certificate.authority_key_identifier is None and not certificate.is_self_issued:
        return "authorityKeyIdentifier is missing"
    if not certificate.policy_oids:
        return "certificatePolicies is missing"
    return ""


def _check_times(found: PathResult, at: datetime) -> PathResult:
    # The anchor is the last of the chain and stays outside (RFC 5280 6.1.1).
    for certificate in found.chain[:-1]:
        if not certificate.not_before <= at <= certificate.not_after:
            is_leaf = certificate is found.certificate
            fault = PathFault.LEAF_OUT_OF_TIME if is_leaf else PathFault.ISSUER_OUT_OF_TIME
            period = f"{certificate.not_before:{_TIME}} to {certificate.not_after:{_TIME}}"
            text = f"{fault.value}: {at:{_TIME}}, valid {period}"
            return replace(found, chain=(), fault=fault, text=text)
    return found
