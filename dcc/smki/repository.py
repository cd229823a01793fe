"""The SMKI repository: certificates, their status, and who may be looked up by what (SIM).

The status letters and their transitions are assumed. A certificate does not say whether its key agreement
key is the one for prepayment, so the repository keeps what each certificate was asked for.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from dcc.errors import DccValueError
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole


class CertificateStatus(enum.Enum):
    """Where a certificate stands; the value is the letter of the repository (SIM)."""

    PENDING = "P"
    IN_USE = "I"
    NOT_IN_USE = "N"
    EXPIRED = "E"
    REVOKED = "R"


class CertificateEvent(enum.Enum):
    """What happens to a certificate (SIM). Expiry is no event: it comes with time."""

    ACCEPTED = "accepted by the subscriber"
    SEEN = "seen on a device or in a signature"
    NOT_ACCEPTED = "not accepted by the subscriber"
    SUPERSEDED = "superseded by the subscriber"
    REVOKED = "revoked"


TRANSITIONS: Final[Mapping[tuple[CertificateStatus, CertificateEvent], CertificateStatus]] = MappingProxyType(
    {
        (CertificateStatus.PENDING, CertificateEvent.ACCEPTED): CertificateStatus.IN_USE,
        (CertificateStatus.PENDING, CertificateEvent.SEEN): CertificateStatus.IN_USE,
        (CertificateStatus.PENDING, CertificateEvent.NOT_ACCEPTED): CertificateStatus.NOT_IN_USE,
        (CertificateStatus.PENDING, CertificateEvent.SUPERSEDED): CertificateStatus.NOT_IN_USE,
        (CertificateStatus.PENDING, CertificateEvent.REVOKED): CertificateStatus.REVOKED,
        (CertificateStatus.IN_USE, CertificateEvent.SEEN): CertificateStatus.IN_USE,
        (CertificateStatus.IN_USE, CertificateEvent.SUPERSEDED): CertificateStatus.NOT_IN_USE,
        (CertificateStatus.IN_USE, CertificateEvent.REVOKED): CertificateStatus.REVOKED,
        (CertificateStatus.NOT_IN_USE, CertificateEvent.REVOKED): CertificateStatus.REVOKED,
    }
)
"""From a status, by an event, to a status; what does not stand here cannot happen."""


class RepositoryEntry(NamedTuple):
    """A certificate as it lies in the repository; ``purpose`` is None for an authority's.

    ``recorded`` is the status that events led to, ``revoked_at`` when a revocation takes effect.
    """

    certificate: Certificate
    purpose: CertificatePurpose | None
    recorded: CertificateStatus = CertificateStatus.PENDING
    revoked_at: datetime | None = None

    def status(self, at: datetime) -> CertificateStatus:
        """The status at a time: revocation outlasts expiry, and expiry everything else."""
        if self.revoked_at is not None and at >= self.revoked_at:
            return CertificateStatus.REVOKED
        if at > self.certificate.not_after:
            return CertificateStatus.EXPIRED
        return self.recorded


class RevocationSource(Protocol):
    """Where whoever checks a certificate learns of revocations, such as the lists published so far."""

    def is_revoked(self, issuer: str, serial: int, at: datetime) -> bool:
        """Whether a certificate counts as revoked at a time."""


class SmkiRepository:
    """Holds certificates and finds them; answers come in the order in which they were lodged.

    ``revocation_source`` is what a check of certificates goes by: None for the status itself (SIM), so that
    a revocation counts at once; with revocation lists it counts from the next one on.
    """

    def __init__(self, revocation_source: RevocationSource | None = None) -> None:
        self.revocation_source = revocation_source
        self._entries: dict[tuple[str, int], RepositoryEntry] = {}
        self._of_subject: dict[Eui64, list[tuple[str, int]]] = {}
        self._of_key: dict[bytes, list[tuple[str, int]]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def lodge(self, certificate: Certificate, purpose: CertificatePurpose | None) -> RepositoryEntry:
        """Take a certificate in, pending; one that lies there already stays as it is.

        Raises:
            DccValueError: the purpose does not fit the key usage, or another certificate of the same
                issuer has this serial number.
        """
        if purpose is not None and purpose.key_usage is not certificate.key_usage:
            usage = certificate.key_usage.field_name if certificate.key_usage else "no usage of SMKI"
            raise DccValueError("purpose", purpose.value, f"one for a certificate for {usage}")
        name = certificate.issuer, certificate.serial
        known = self._entries.get(name)
        if known is not None and known.certificate != certificate:
            raise DccValueError("serial", f"{certificate.serial:X}", f"one new to {certificate.issuer}")
        if known is None:
            known = self._entries[name] = RepositoryEntry(certificate, purpose)
            if certificate.subject is not None:
                self._of_subject.setdefault(certificate.subject, []).append(name)
            self._of_key.setdefault(certificate.subject_key_identifier, []).append(name)
        return known

    def get(self, issuer: str, serial: int) -> RepositoryEntry | None:
        """The certificate that an issuer (``CN=Z1,OU=07``) gave a serial number; None if unknown."""
        return self._entries.get((issuer, serial))

    def find(
        self,
        at: datetime,
        *,
        subject: Eui64 | None = None,
        role: RemotePartyRole | None = None,
        usage: KeyUsage | None = None,
        purpose: CertificatePurpose | None = None,
        status: CertificateStatus | None = None,
        serial: int | None = None,
        issuer: str | None = None,
        subject_key_identifier: bytes | None = None,
    ) -> tuple[RepositoryEntry, ...]:
        """All certificates that fit every criterion given, with their status taken at ``at``.

        Nothing that fits, and nobody known, give an empty tuple.
        """
        return tuple(
            entry
            for entry in self._candidates(subject, subject_key_identifier)
            if (subject is None or entry.certificate.subject == subject)
            and (role is None or entry.certificate.role is role)
            and (usage is None or entry.certificate.key_usage is usage)
            and (purpose is None or entry.purpose is purpose)
            and (status is None or entry.status(at) is status)
            and (serial is None or entry.certificate.serial == serial)
            and (issuer is None or entry.certificate.issuer == issuer)
        )

    def newest(self, at: datetime, subject: Eui64, usage: KeyUsage) -> Certificate | None:
        """The certificate of a usage that a subject has in use; of several, or of none, the one lodged last.

        One that is revoked, expired or not in use any more is never taken. A certificate that is pending
        beside one in use is for a key that does not count yet.
        """
        pending = None
        for name in reversed(self._of_subject.get(subject, ())):
            entry = self._entries[name]
            if entry.certificate.key_usage is not usage:
                continue
            status = entry.status(at)
            if status is CertificateStatus.IN_USE:
                return entry.certificate
            if pending is None and status is CertificateStatus.PENDING:
                pending = entry.certificate
        return pending

    def record(self, issuer: str, serial: int, event: CertificateEvent, at: datetime) -> RepositoryEntry:
        """Let an event happen to a certificate at a time; a revocation takes effect then.

        Raises:
            DccValueError: no such certificate, or the event cannot happen to one of that status.
        """
        entry = self._entries.get((issuer, serial))
        if entry is None:
            raise DccValueError("certificate", f"{serial:X} of {issuer}", "one in the repository")
        status = entry.status(at)
        to = TRANSITIONS.get((status, event))
        if to is None:
            raise DccValueError("event", event.value, f"one that can happen at status {status.value}")
        if to is CertificateStatus.REVOKED:
            entry = entry._replace(revoked_at=at)
        else:
            entry = entry._replace(recorded=to)
        self._entries[issuer, serial] = entry
        return entry

    def is_revoked(self, issuer: str, serial: int, at: datetime) -> bool:
        """Whether a check at a time finds a certificate revoked; an unknown one is not, nor is it listed."""
        if self.revocation_source is not None:
            return self.revocation_source.is_revoked(issuer, serial, at)
        entry = self._entries.get((issuer, serial))
        return entry is not None and entry.revoked_at is not None and at >= entry.revoked_at

    def checked_status(self, entry: RepositoryEntry, at: datetime) -> CertificateStatus:
        """The status as a check finds it: one revoked but not listed yet stands where it did before."""
        if self.is_revoked(entry.certificate.issuer, entry.certificate.serial, at):
            return CertificateStatus.REVOKED
        return entry._replace(revoked_at=None).status(at)

    def _candidates(self, subject: Eui64 | None, key: bytes | None) -> Iterable[RepositoryEntry]:
        if key is not None:
            return (self._entries[name] for name in self._of_key.get(key, ()))
        if subject is not None:
            return (self._entries[name] for name in self._of_subject.get(subject, ()))
        return self._entries.values()
