"""The SMKI repository: status by event and by time, and every way to look something up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.errors import DccValueError
from dcc.smki.hierarchy import TestSmki
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import (
    TRANSITIONS,
    CertificateEvent,
    CertificateStatus,
    RepositoryEntry,
    SmkiRepository,
)
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

SMKI = TestSmki(b"repository")
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OPERATOR = Eui64.parse("90-B3-D5-1F-30-02-00-00")
DEVICE = Eui64.parse("00-DB-12-34-56-78-90-A0")
NOBODY = Eui64.parse("00-00-00-00-00-00-00-01")
EVENTS = {
    CertificateStatus.PENDING: (),
    CertificateStatus.IN_USE: (CertificateEvent.ACCEPTED,),
    CertificateStatus.NOT_IN_USE: (CertificateEvent.NOT_ACCEPTED,),
    CertificateStatus.REVOKED: (CertificateEvent.REVOKED,),
}


def issue(
    party: Eui64, role: RemotePartyRole, purpose: CertificatePurpose, generation: int = 0
) -> Certificate:
    issued = SMKI.issue_organisation(party, role, purpose, date(2025, 1, 1), generation=generation)
    return issued.certificate


SIGNING = issue(SUPPLIER, RemotePartyRole.SUPPLIER, CertificatePurpose.DIGITAL_SIGNING)
AGREEMENT = issue(SUPPLIER, RemotePartyRole.SUPPLIER, CertificatePurpose.KEY_AGREEMENT)
PREPAYMENT = issue(SUPPLIER, RemotePartyRole.SUPPLIER, CertificatePurpose.PREPAYMENT_KEY_AGREEMENT)
XML = issue(SUPPLIER, RemotePartyRole.SUPPLIER, CertificatePurpose.XML_SIGNING)
NETWORK = issue(OPERATOR, RemotePartyRole.NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING)
METER = SMKI.issue_device(DEVICE, KeyUsage.DIGITAL_SIGNATURE, SIGNING.public_point, NOW)
LODGED = [
    (SIGNING, CertificatePurpose.DIGITAL_SIGNING),
    (AGREEMENT, CertificatePurpose.KEY_AGREEMENT),
    (PREPAYMENT, CertificatePurpose.PREPAYMENT_KEY_AGREEMENT),
    (XML, CertificatePurpose.XML_SIGNING),
    (NETWORK, CertificatePurpose.DIGITAL_SIGNING),
    (METER, CertificatePurpose.DIGITAL_SIGNING),
    (SMKI.issuer.certificate, None),
]


def full_repository() -> SmkiRepository:
    repository = SmkiRepository()
    for certificate, purpose in LODGED:
        repository.lodge(certificate, purpose)
    return repository


def certificates(entries: tuple[RepositoryEntry, ...]) -> list[Certificate]:
    return [entry.certificate for entry in entries]


def record(
    repository: SmkiRepository, certificate: Certificate, event: CertificateEvent, at: datetime
) -> None:
    repository.record(certificate.issuer, certificate.serial, event, at)


def status(repository: SmkiRepository, certificate: Certificate, at: datetime) -> CertificateStatus:
    entry = repository.get(certificate.issuer, certificate.serial)
    assert entry is not None
    return entry.status(at)


@pytest.mark.parametrize(("before", "event"), list(product(EVENTS, CertificateEvent)))
def test_every_event_at_every_status(before: CertificateStatus, event: CertificateEvent) -> None:
    repository = full_repository()
    for earlier in EVENTS[before]:
        record(repository, SIGNING, earlier, NOW)
    after = TRANSITIONS.get((before, event))
    if after is None:
        with pytest.raises(DccValueError, match=f"at status {before.value}"):
            record(repository, SIGNING, event, NOW)
        assert status(repository, SIGNING, NOW) is before
    else:
        record(repository, SIGNING, event, NOW)
        assert status(repository, SIGNING, NOW) is after


def test_nothing_leaves_expired_or_revoked() -> None:
    ends = {CertificateStatus.EXPIRED, CertificateStatus.REVOKED}
    assert not ends.intersection(before for before, _ in TRANSITIONS)
    assert CertificateStatus.EXPIRED not in TRANSITIONS.values()


@pytest.mark.parametrize("event", CertificateEvent)
def test_an_expired_certificate_takes_no_event(event: CertificateEvent) -> None:
    repository = full_repository()
    with pytest.raises(DccValueError, match="status E"):
        record(repository, SIGNING, event, SIGNING.not_after + SECOND)


def test_a_certificate_expires_with_time() -> None:
    repository = full_repository()
    record(repository, SIGNING, CertificateEvent.SEEN, NOW)
    assert status(repository, SIGNING, SIGNING.not_after) is CertificateStatus.IN_USE
    assert status(repository, SIGNING, SIGNING.not_after + SECOND) is CertificateStatus.EXPIRED


def test_a_certificate_is_revoked_from_its_moment_on_and_stays_so() -> None:
    repository = full_repository()
    record(repository, SIGNING, CertificateEvent.ACCEPTED, NOW)
    record(repository, SIGNING, CertificateEvent.REVOKED, NOW + SECOND)
    times = (NOW, NOW + SECOND, SIGNING.not_after + SECOND)
    expected = [CertificateStatus.IN_USE, CertificateStatus.REVOKED, CertificateStatus.REVOKED]
    assert [status(repository, SIGNING, at) for at in times] == expected
    revoked = [repository.is_revoked(SIGNING.issuer, SIGNING.serial, at) for at in times]
    assert revoked == [False, True, True]


def test_nobody_unknown_is_revoked_or_found() -> None:
    repository = full_repository()
    assert not repository.is_revoked("CN=Z1,OU=07", SIGNING.serial, NOW)
    assert not repository.is_revoked(SIGNING.issuer, SIGNING.serial + 1, NOW)
    assert repository.get("CN=Z1,OU=07", SIGNING.serial) is None
    assert repository.find(NOW, subject=NOBODY) == ()
    assert repository.find(NOW, subject_key_identifier=bytes(8)) == ()
    assert repository.find(NOW, serial=1) == ()
    with pytest.raises(DccValueError, match="expected one in the repository"):
        repository.record(SIGNING.issuer, 1, CertificateEvent.SEEN, NOW)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"subject": SUPPLIER}, [SIGNING, AGREEMENT, PREPAYMENT, XML]),
        ({"subject": SUPPLIER, "usage": KeyUsage.KEY_AGREEMENT}, [AGREEMENT, PREPAYMENT]),
        ({"purpose": CertificatePurpose.PREPAYMENT_KEY_AGREEMENT}, [PREPAYMENT]),
        ({"subject": SUPPLIER, "role": RemotePartyRole.XML_SIGN}, [XML]),
        ({"subject": OPERATOR, "role": RemotePartyRole.SUPPLIER}, []),
        ({"role": RemotePartyRole.NETWORK_OPERATOR}, [NETWORK]),
        ({"subject": DEVICE}, [METER]),
        ({"usage": KeyUsage.DIGITAL_SIGNATURE}, [SIGNING, XML, NETWORK, METER]),
        ({"issuer": METER.issuer}, [METER]),
        ({"serial": AGREEMENT.serial}, [AGREEMENT]),
        ({"serial": AGREEMENT.serial, "issuer": METER.issuer}, []),
        # The meter's certificate is for the same key as the supplier's: both are found.
        ({"subject_key_identifier": SIGNING.subject_key_identifier}, [SIGNING, METER]),
        ({"subject_key_identifier": SIGNING.subject_key_identifier, "subject": DEVICE}, [METER]),
        ({"role": RemotePartyRole.ISSUING_AUTHORITY}, [SMKI.issuer.certificate]),
        ({"status": CertificateStatus.IN_USE}, [NETWORK]),
        ({"status": CertificateStatus.REVOKED}, []),
    ],
)
def test_lookups(criteria: dict[str, object], expected: list[Certificate]) -> None:
    repository = full_repository()
    record(repository, NETWORK, CertificateEvent.ACCEPTED, NOW)
    assert certificates(repository.find(NOW, **criteria)) == expected  # type: ignore[arg-type]


def test_status_is_looked_up_at_a_time() -> None:
    repository = full_repository()
    late = SIGNING.not_after + SECOND
    # Devices' certificates outlast those of organisations and authorities.
    assert certificates(repository.find(late, status=CertificateStatus.PENDING)) == [
        METER,
        SMKI.issuer.certificate,
    ]
    assert len(repository.find(late, status=CertificateStatus.EXPIRED)) == 5


def test_lodging_twice_changes_nothing() -> None:
    repository = full_repository()
    record(repository, SIGNING, CertificateEvent.ACCEPTED, NOW)
    entry = repository.lodge(Certificate.parse(SIGNING.der), CertificatePurpose.DIGITAL_SIGNING)
    assert entry.recorded is CertificateStatus.IN_USE
    assert len(repository) == len(LODGED)
    assert len(repository.find(NOW, subject=SUPPLIER)) == 4


def test_a_purpose_fits_the_key_usage() -> None:
    repository = SmkiRepository()
    with pytest.raises(DccValueError, match="purpose: 'key agreement'"):
        repository.lodge(SIGNING, CertificatePurpose.KEY_AGREEMENT)
    assert len(repository) == 0


def test_a_serial_is_an_issuers_once() -> None:
    repository = full_repository()
    forged = Certificate.parse(SIGNING.der[:-1] + bytes((SIGNING.der[-1] ^ 1,)))
    with pytest.raises(DccValueError, match="serial"):
        repository.lodge(forged, CertificatePurpose.DIGITAL_SIGNING)


@given(st.lists(st.tuples(st.sampled_from(CertificateEvent), st.integers(0, 5000)), max_size=8))
def test_any_history(steps: list[tuple[CertificateEvent, int]]) -> None:
    """Over time a certificate never comes back from expired or revoked, nor to pending."""
    repository = full_repository()
    at = NOW
    reached = [CertificateStatus.PENDING]
    for event, days in steps:
        at += timedelta(days=days)
        before = status(repository, SIGNING, at)
        try:
            record(repository, SIGNING, event, at)
        except DccValueError:
            assert status(repository, SIGNING, at) is before
        reached += [before, status(repository, SIGNING, at)]
    rank = "PINER".index if CertificateStatus.REVOKED in reached else "PINRE".index
    ranks = [rank(each.value) for each in reached]
    assert ranks == sorted(ranks)
