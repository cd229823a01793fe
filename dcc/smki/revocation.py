"""Revocation: what is revoked and why, the lists that tell of it, and a check that goes by those lists.

An organisation certificate is listed on the CRL of its issuer, an authority's on the ARL of its root, a
device certificate nowhere (the DCC's repository alone knows). How often lists come is not known (SIM).
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from dcc.errors import DccValueError
from dcc.smki.hierarchy import Authority, TestSmki
from dcc.smki.repository import CertificateEvent, CertificateStatus, RepositoryEntry, SmkiRepository
from dcc.smki.revocation_lists import (
    ListContents,
    RevocationList,
    RevocationReason,
    RevokedCertificate,
    issuer_of_list,
    load_revocation_list,
    sign_revocation_list,
)
from devices.gbcs.certificates import Certificate


class RevocationRegister:
    """Revokes certificates in a repository and keeps the reason of each.

    One whose revocation was recorded in the repository directly is listed too, without a reason.
    """

    def __init__(self, repository: SmkiRepository) -> None:
        self.repository = repository
        self._reasons: dict[tuple[str, int], RevocationReason] = {}

    def revoke(self, certificate: Certificate, reason: RevocationReason, now: datetime) -> RepositoryEntry:
        """Revoke a certificate from ``now`` (aware) on.

        Raises:
            DccValueError: it is not in the repository, or is revoked or expired already.
        """
        name = certificate.issuer, certificate.serial
        entry = self.repository.record(*name, CertificateEvent.REVOKED, now)
        self._reasons[name] = reason
        return entry

    def listed(self, authority: Certificate, now: datetime) -> tuple[RevokedCertificate, ...]:
        """What an authority has to list at a time, in the order of revocation."""
        found = self.repository.find(now, issuer=authority.subject_name, status=CertificateStatus.REVOKED)
        entries = [
            RevokedCertificate(entry.certificate.serial, entry.revoked_at, self._reason(entry.certificate))
            for entry in found
            if entry.revoked_at is not None and _belongs_on_a_list(entry.certificate)
        ]
        return tuple(sorted(entries, key=lambda entry: (entry.revoked_at, entry.serial)))

    def _reason(self, certificate: Certificate) -> RevocationReason:
        name = certificate.issuer, certificate.serial
        return self._reasons.get(name, RevocationReason.UNSPECIFIED)


def _belongs_on_a_list(certificate: Certificate) -> bool:
    """Not a device's, which has no role; and no root lists itself."""
    if certificate.is_ca:
        return not certificate.is_self_issued
    return certificate.organisational_unit is not None


class ListPeriods(NamedTuple):
    """How long after a list its next one is promised (both assumed)."""

    crl: timedelta = timedelta(days=1)
    arl: timedelta = timedelta(days=365)


class PublishedLists(NamedTuple):
    """The lists of one publication, DER: the organisation issuer's CRL and the two roots' ARLs."""

    organisation_crl: bytes
    organisation_arl: bytes
    device_arl: bytes


class ListPublisher:
    """Makes and numbers the lists of a hierarchy; the issuer of device certificates makes none."""

    def __init__(
        self, smki: TestSmki, register: RevocationRegister, periods: ListPeriods | None = None
    ) -> None:
        self._smki = smki
        self._register = register
        self._periods = periods or ListPeriods()
        self._published = 0

    def publish(self, now: datetime) -> PublishedLists:
        """All lists as of ``now`` (aware), each numbered one above its last; the first are 1."""
        self._published += 1
        return PublishedLists(
            self._list(self._smki.issuer, now, self._periods.crl),
            self._list(self._smki.root, now, self._periods.arl),
            self._list(self._smki.device_root, now, self._periods.arl),
        )

    def _list(self, authority: Authority, now: datetime, period: timedelta) -> bytes:
        contents = ListContents(
            self._published,
            now,
            now + period,
            self._register.listed(authority.certificate, now),
            authorities=authority.certificate.is_self_issued,
        )
        return sign_revocation_list(authority.signer, contents)


class OverdueList(enum.Enum):
    """What a check makes of certificates whose last list should have been replaced by then (SIM)."""

    GO_ON = "goes by the last list"
    DISTRUST = "takes every certificate for revoked"


class RevocationLists:
    """The lists that somebody has taken in so far, as a source for a check of certificates.

    At any time the check goes by the last list made until then, so a revocation is seen from the next list
    on. An authority of which no list was made until then has revoked nothing. ``authorities`` are those
    whose lists are taken; they are trusted.
    """

    def __init__(self, authorities: Iterable[Certificate], overdue: OverdueList = OverdueList.GO_ON) -> None:
        self._authorities = {item.subject_name: item for item in authorities}
        self._lists: dict[str, list[RevocationList]] = {name: [] for name in self._authorities}
        self._overdue: Final = overdue

    def take(self, der: bytes) -> RevocationList:
        """Take a list in, verified with its issuer's certificate; the last one again changes nothing.

        Raises:
            DccValueError: no list of that issuer is taken, it is not a good one, or it is not newer than the
                last by number and by date.
        """
        issuer = issuer_of_list(der)
        authority = self._authorities.get(issuer)
        if authority is None:
            raise DccValueError("issuer", issuer, f"one of: {'; '.join(self._authorities)}")
        found = load_revocation_list(der, authority)
        taken = self._lists[issuer]
        if not taken or found != taken[-1]:
            _check_newer(found, taken[-1] if taken else None)
            taken.append(found)
        return found

    def last(self, issuer: str, at: datetime) -> RevocationList | None:
        """The list that counts at a time (aware): the last one made until then."""
        taken = self._lists.get(issuer, [])
        count = bisect_right(taken, at, key=lambda item: item.this_update)
        return taken[count - 1] if count else None

    def is_revoked(self, issuer: str, serial: int, at: datetime) -> bool:
        """Whether the list that counts at a time has a certificate on it."""
        counting = self.last(issuer, at)
        if counting is None:
            return False
        if self._overdue is OverdueList.DISTRUST and not counting.is_current(at):
            return True
        return serial in counting.revoked


def _check_newer(found: RevocationList, last: RevocationList | None) -> None:
    if last is None:
        return
    if found.number <= last.number:
        raise DccValueError("cRLNumber", found.number, f"above {last.number}")
    if found.this_update < last.this_update:
        given = found.this_update.isoformat()
        raise DccValueError("thisUpdate", given, f"{last.this_update.isoformat()} or later")
