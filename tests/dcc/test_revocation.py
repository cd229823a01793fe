"""Revocation: real lists, what stands on them, who believes them, and the time until they tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import installation_worlds
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from dcc_worlds import DAY, NOW, OPERATOR, SECOND, SUPPLIER, World
from hypothesis import given
from hypothesis import strategies as st
from registration_desk import DEVICE, ORGANISATION, Desk, flip_last_bit

from dcc.bodies.credentials import CredentialType
from dcc.errors import DccValueError
from dcc.response_codes import ResponseCode
from dcc.smki.hierarchy import Authority, TestSmki
from dcc.smki.profiles import CertificatePurpose, Signer
from dcc.smki.repository import CertificateEvent, CertificateStatus
from dcc.smki.revocation import (
    ListPeriods,
    ListPublisher,
    OverdueList,
    PublishedLists,
    RevocationLists,
    RevocationRegister,
)
from dcc.smki.revocation_lists import (
    ListContents,
    RevocationReason,
    RevokedCertificate,
    issuer_of_list,
    load_revocation_list,
    sign_revocation_list,
)
from devices.gbcs.certificates import Certificate, key_identifier
from devices.gbcs.crypto import load_public_point
from devices.gbcs.identifiers import RemotePartyRole

SMKI: Final = TestSmki(b"revocation")
OTHER_SMKI: Final = TestSmki(b"another revocation")
ISSUER, ROOT = SMKI.issuer, SMKI.root
NEXT: Final = NOW + DAY
GONE: Final = RevocationReason.NO_DCC_USER_ANY_MORE
CONTENTS: Final = ListContents(3, NOW, NEXT, (RevokedCertificate(0x4711, NOW - DAY, GONE),))
GOOD: Final = sign_revocation_list(ISSUER.signer, CONTENTS)
UNKNOWN: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.99"), b"\x05\x00")
entries = st.builds(
    RevokedCertificate,
    st.integers(1, 2**127 - 1),
    st.integers(0, 10**8).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    st.sampled_from(RevocationReason),
)


# The list as octets.


@given(
    st.integers(0, 2**64), st.lists(entries, max_size=5, unique_by=lambda entry: entry.serial), st.booleans()
)
def test_what_is_signed_is_read(number: int, revoked: list[RevokedCertificate], of_root: bool) -> None:
    authority = ROOT if of_root else ISSUER
    contents = ListContents(number, NOW, NEXT, tuple(revoked), authorities=of_root)
    der = sign_revocation_list(authority.signer, contents)
    found = load_revocation_list(der, authority.certificate, NOW)
    assert (found.number, found.this_update, found.next_update) == (number, NOW, NEXT)
    assert (found.issuer, found.authorities) == (authority.certificate.subject_name, of_root)
    assert dict(found.revoked) == {entry.serial: entry for entry in revoked}
    assert found.serials == {entry.serial for entry in revoked}
    assert sign_revocation_list(authority.signer, contents) == der


def test_the_library_reads_the_profile() -> None:
    found = x509.load_der_x509_crl(GOOD)
    assert found.is_signature_valid(load_public_point(ISSUER.certificate.public_point))
    assert found.issuer == ISSUER.signer.name
    assert isinstance(found.signature_hash_algorithm, hashes.SHA256)
    key, number = found.extensions
    assert not key.critical
    assert not number.critical
    assert key.value == x509.AuthorityKeyIdentifier(ISSUER.certificate.subject_key_identifier, None, None)
    assert number.value == x509.CRLNumber(3)
    (entry,) = found
    assert (entry.serial_number, entry.revocation_date_utc) == (0x4711, NOW - DAY)
    assert [item.value for item in entry.extensions] == [
        x509.CRLReason(x509.ReasonFlags.cessation_of_operation)
    ]


def test_times_lose_what_is_under_a_second() -> None:
    odd = timedelta(microseconds=999999)
    contents = CONTENTS._replace(this_update=NOW + odd, next_update=NEXT + odd)
    assert sign_revocation_list(ISSUER.signer, contents) == GOOD
    with pytest.raises(DccValueError, match="next update"):
        sign_revocation_list(ISSUER.signer, CONTENTS._replace(next_update=NOW + odd))


def made(
    *extensions: tuple[x509.ExtensionType, bool],
    signer: Authority = ISSUER,
    named: Authority = ISSUER,
    next_update: datetime | None = NEXT,
    entry: tuple[x509.ExtensionType, bool] | None = None,
    twice: bool = False,
    algorithm: hashes.SHA256 | hashes.SHA384 | None = None,
) -> bytes:
    """A list of just these extensions, with one entry."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(named.signer.name).last_update(NOW)
    builder = builder.next_update(next_update or NEXT)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    revoked = x509.RevokedCertificateBuilder().serial_number(0x4711).revocation_date(NOW)
    if entry is not None:
        revoked = revoked.add_extension(*entry)
    for _ in range(1 + twice):
        builder = builder.add_revoked_certificate(revoked.build())
    private_key = signer.signer.private_key
    done = builder.sign(private_key, algorithm or hashes.SHA256(), ecdsa_deterministic=True)
    return done.public_bytes(Encoding.DER)


def key_of(authority: Authority) -> tuple[x509.ExtensionType, bool]:
    identifier = key_identifier(authority.certificate.public_point)
    return x509.AuthorityKeyIdentifier(identifier, None, None), False


NUMBER: Final = (x509.CRLNumber(1), False)
AUTHORITIES_ONLY: Final = x509.IssuingDistributionPoint(None, None, False, True, None, False, False)
USERS_ONLY: Final = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
INDIRECT: Final = x509.IssuingDistributionPoint(None, None, False, True, None, True, False)
OF_ANOTHER: Final = x509.CertificateIssuer([x509.DirectoryName(ROOT.signer.name)])
RIGHT: Final[dict[str, bytes]] = {
    "the least": made(NUMBER),
    "key named": made(NUMBER, key_of(ISSUER)),
    "unknown extension": made(NUMBER, (UNKNOWN, False)),
    "unknown extension of an entry": made(NUMBER, entry=(UNKNOWN, False)),
}
WRONG: Final[dict[str, tuple[bytes, str]]] = {
    "no list": (b"\x05\x00", "revocation list"),
    "a certificate": (ISSUER.certificate.der, "revocation list"),
    "an octet too many": (GOOD + b"\0", "revocation list"),
    "another signature": (flip_last_bit(GOOD), "signature"),
    "another serial": (GOOD.replace(b"\x47\x11", b"\x47\x12"), "signature"),
    "another key of that name": (made(NUMBER, signer=OTHER_SMKI.issuer), "signature"),
    "another name of that key": (made(NUMBER, named=ROOT), "issuer"),
    "another authority's": (made(NUMBER, signer=ROOT, named=ROOT), "issuer"),
    "SHA-384": (made(NUMBER, algorithm=hashes.SHA384()), "signatureAlgorithm"),
    "another key named": (made(NUMBER, key_of(ROOT)), "authorityKeyIdentifier"),
    "no number": (made(key_of(ISSUER)), "cRLNumber"),
    "no time until the next": (made(NUMBER, next_update=NOW), "nextUpdate"),
    "a delta": (made(NUMBER, (x509.DeltaCRLIndicator(1), True)), "critical extension"),
    "unknown and critical": (made(NUMBER, (UNKNOWN, True)), "critical extension"),
    "authorities only": (made(NUMBER, (AUTHORITIES_ONLY, True)), "issuingDistributionPoint"),
    "users only": (made(NUMBER, (USERS_ONLY, True)), "issuingDistributionPoint"),
    "an indirect one": (made(NUMBER, entry=(OF_ANOTHER, True)), "critical extension of an entry"),
    "a serial twice": (made(NUMBER, twice=True), "serial number"),
}


@pytest.mark.parametrize("case", RIGHT)
def test_neighbours_that_are_good(case: str) -> None:
    assert load_revocation_list(RIGHT[case], ISSUER.certificate, NOW).serials == {0x4711}


@pytest.mark.parametrize("case", WRONG)
def test_near_misses_are_refused(case: str) -> None:
    der, field = WRONG[case]
    with pytest.raises(DccValueError) as caught:
        load_revocation_list(der, ISSUER.certificate)
    assert caught.value.field == field


def test_a_root_lists_authorities_and_its_list_may_not_be_indirect() -> None:
    good = made(NUMBER, (AUTHORITIES_ONLY, True), signer=ROOT, named=ROOT)
    assert load_revocation_list(good, ROOT.certificate).authorities
    indirect = made(NUMBER, (INDIRECT, True), signer=ROOT, named=ROOT)
    with pytest.raises(DccValueError, match="issuingDistributionPoint"):
        load_revocation_list(indirect, ROOT.certificate)


def test_an_organisation_signs_no_list() -> None:
    purpose, role = CertificatePurpose.DIGITAL_SIGNING, RemotePartyRole.SUPPLIER
    party = SMKI.issue_organisation(SUPPLIER, role, purpose, NOW.date())
    subject = x509.load_der_x509_certificate(party.certificate.der).subject
    own = Authority(party.certificate, Signer(subject, party.key))
    with pytest.raises(DccValueError, match="signer"):
        load_revocation_list(made(NUMBER, signer=own, named=own), party.certificate)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 2), st.binary(max_size=3))
def test_no_other_octets_are_a_list(at: int, taken: int, put: bytes) -> None:
    der = GOOD[:at] + put + GOOD[at + taken :]
    try:
        load_revocation_list(der, ISSUER.certificate)
        issuer_of_list(der)
    except DccValueError:
        return
    assert der == GOOD


@pytest.mark.parametrize(
    ("at", "good"), [(NOW - SECOND, False), (NOW, True), (NEXT, True), (NEXT + SECOND, False)]
)
def test_a_list_is_current_between_its_updates(at: datetime, good: bool) -> None:
    assert load_revocation_list(GOOD, ISSUER.certificate).is_current(at) is good
    if good:
        load_revocation_list(GOOD, ISSUER.certificate, at)
    else:
        with pytest.raises(DccValueError, match="time of the check"):
            load_revocation_list(GOOD, ISSUER.certificate, at)


# What is listed.


class Revoking:
    """A desk whose authority revokes, and who publishes for it."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.authority = self.desk.authority
        self.smki = self.desk.world.bed.smki
        self.publisher = ListPublisher(self.smki, self.authority.register)
        self.party = self.desk.admit()

    def issued(self, policy: object) -> Certificate:
        certificate = self.desk.send(DEVICE if policy is DEVICE else ORGANISATION).certificate
        assert certificate is not None
        return certificate

    def listed(self, at: datetime = NOW) -> tuple[dict[int, RevocationReason], ...]:
        lists = self.publisher.publish(at)
        signers = (self.smki.issuer, self.smki.root, self.smki.device_root)
        found = [
            load_revocation_list(der, who.certificate, at) for der, who in zip(lists, signers, strict=True)
        ]
        return tuple({entry.serial: entry.reason for entry in item.revoked.values()} for item in found)


def test_organisations_on_the_crl_authorities_on_the_arl_devices_nowhere() -> None:
    revoking = Revoking()
    organisation, device = revoking.issued(ORGANISATION), revoking.issued(DEVICE)
    assert revoking.listed() == ({}, {}, {})
    reason = RevocationReason.KEY_COMPROMISE
    revoking.authority.request_revocation(revoking.party, organisation, reason, NOW)
    revoking.authority.request_revocation(revoking.party, device, reason, NOW)
    assert revoking.desk.status(device) is CertificateStatus.REVOKED
    assert revoking.listed() == ({organisation.serial: reason}, {}, {})
    issuer, device_issuer = revoking.smki.issuer.certificate, revoking.smki.device_issuer.certificate
    for authority in (issuer, device_issuer, revoking.smki.root.certificate):
        revoking.authority.decide_revocation(authority, RevocationReason.AUTHORITY_COMPROMISE, NOW)
    compromised = RevocationReason.AUTHORITY_COMPROMISE
    assert revoking.listed() == (
        {organisation.serial: reason},
        {issuer.serial: compromised},
        {device_issuer.serial: compromised},
    )


def test_a_certificate_is_revoked_once_and_only_if_it_is_there() -> None:
    revoking = Revoking()
    certificate = revoking.issued(ORGANISATION)
    revoking.authority.decide_revocation(certificate, RevocationReason.KEY_COMPROMISE, NOW)
    with pytest.raises(DccValueError, match="at status R"):
        revoking.authority.request_revocation(revoking.party, certificate, GONE, NOW)
    assert revoking.listed()[0] == {certificate.serial: RevocationReason.KEY_COMPROMISE}
    with pytest.raises(DccValueError, match="in the repository"):
        revoking.authority.decide_revocation(OTHER_SMKI.issuer.certificate, GONE, NOW)


def test_what_was_recorded_without_the_authority_is_listed_without_a_reason() -> None:
    revoking = Revoking()
    certificate = revoking.issued(ORGANISATION)
    revoking.desk.world.revoke(certificate)
    assert revoking.listed(NOW - SECOND)[0] == {}
    assert revoking.listed()[0] == {certificate.serial: RevocationReason.UNSPECIFIED}


def test_publications_are_numbered_and_dated() -> None:
    publisher = ListPublisher(
        SMKI, RevocationRegister(World().dcc.repository), ListPeriods(crl=DAY, arl=30 * DAY)
    )
    publisher.publish(NOW)
    second = publisher.publish(NOW + DAY)
    crl = load_revocation_list(second.organisation_crl, ISSUER.certificate)
    arl = load_revocation_list(second.organisation_arl, ROOT.certificate)
    assert (crl.number, crl.this_update, crl.next_update) == (2, NOW + DAY, NOW + 2 * DAY)
    assert (arl.number, arl.this_update, arl.next_update) == (2, NOW + DAY, NOW + 31 * DAY)


# Those who go by lists.


def list_of(number: int, at: datetime, *serials: int) -> bytes:
    revoked = tuple(RevokedCertificate(serial, at) for serial in serials)
    return sign_revocation_list(ISSUER.signer, ListContents(number, at, at + DAY, revoked))


NAME: Final = ISSUER.certificate.subject_name


def test_the_last_list_until_then_counts() -> None:
    lists = RevocationLists([ISSUER.certificate])
    lists.take(list_of(1, NOW))
    lists.take(list_of(2, NOW + DAY, 7))
    times = (NOW - SECOND, NOW, NOW + DAY - SECOND, NOW + DAY, NOW + 9 * DAY)
    assert [lists.is_revoked(NAME, 7, at) for at in times] == [False, False, False, True, True]
    assert not lists.is_revoked(NAME, 8, NOW + DAY)
    assert not lists.is_revoked(ROOT.certificate.subject_name, 7, NOW + DAY)


def test_overdue_lists_may_be_distrusted() -> None:
    lists = RevocationLists([ISSUER.certificate], OverdueList.DISTRUST)
    assert not lists.is_revoked(NAME, 8, NOW)
    lists.take(list_of(1, NOW))
    assert [lists.is_revoked(NAME, 8, at) for at in (NOW - SECOND, NEXT, NEXT + SECOND)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("der", "field"),
    [
        (list_of(2, NOW + SECOND), "cRLNumber"),
        (list_of(1, NOW + SECOND), "cRLNumber"),
        (list_of(3, NOW - SECOND), "thisUpdate"),
        (flip_last_bit(list_of(3, NOW)), "signature"),
        (sign_revocation_list(ROOT.signer, CONTENTS._replace(authorities=True)), "issuer"),
        (b"", "revocation list"),
    ],
)
def test_a_list_that_is_no_good_or_not_newer_is_not_taken(der: bytes, field: str) -> None:
    lists = RevocationLists([ISSUER.certificate])
    taken = lists.take(list_of(2, NOW))
    with pytest.raises(DccValueError) as caught:
        lists.take(der)
    assert caught.value.field == field
    assert lists.last(NAME, NEXT) == taken
    assert lists.take(list_of(2, NOW)) == taken
    newer = lists.take(list_of(3, NOW))
    assert lists.last(NAME, NOW) == newer


# The DSP.


class ListReading:
    """A world whose DSP goes by lists, the first of them made when it opens."""

    def __init__(self) -> None:
        self.world = World()
        smki = self.world.bed.smki
        self.register = RevocationRegister(self.world.dcc.repository)
        self.publisher = ListPublisher(smki, self.register)
        signers = (smki.issuer, smki.root, smki.device_root)
        self.lists = RevocationLists(item.certificate for item in signers)
        self.world.dcc.repository.revocation_source = self.lists
        self.world.dcc.repository.lodge(smki.issuer.certificate, None)
        self.publish()

    def publish(self) -> PublishedLists:
        published = self.publisher.publish(self.world.now)
        for der in published:
            self.lists.take(der)
        return published

    def revoke(self, certificate: Certificate) -> None:
        self.register.revoke(certificate, RevocationReason.KEY_COMPROMISE, self.world.now)


def _placing(world: World) -> str:
    """6.15.1 with the operator's own certificates: what is made of them as replacements."""
    return world.submit(world.update()).response.code.value


def _issuer(reading: ListReading) -> Certificate:
    return reading.world.bed.smki.issuer.certificate


@pytest.mark.parametrize(
    "revoked",
    [lambda reading: reading.world.client(OPERATOR).credentials.signing, _issuer],
    ids=["organisation", "issuing authority"],
)
def test_a_revoked_certificate_may_be_placed_until_the_next_list(
    revoked: Callable[[ListReading], Certificate],
) -> None:
    reading = ListReading()
    certificate = revoked(reading)
    assert _placing(reading.world) == "I0"
    reading.revoke(certificate)
    reading.world.now += DAY
    assert _placing(reading.world) == "I0"
    reading.publish()
    assert _placing(reading.world) == ResponseCode.SIM_PSC.value
    reading.world.dcc.repository.revocation_source = None
    assert _placing(reading.world) == ResponseCode.SIM_PSC.value


def test_a_revoked_key_signs_commands_until_the_next_list() -> None:
    reading = ListReading()
    reading.revoke(reading.world.client(SUPPLIER).credentials.signing)
    update = reading.world.update(OPERATOR, SUPPLIER)
    reading.world.now += SECOND
    signed = reading.world.signed(update)
    before = reading.world.submit(signed).decision.rejection
    assert before is None, before
    another = reading.world.signed(reading.world.update(OPERATOR, SUPPLIER))
    reading.publish()
    after = reading.world.submit(another).decision.rejection
    assert after is not None
    assert after.rule_id == "signed-pre-command-signature"


def test_by_status_a_revocation_counts_at_once() -> None:
    world = World()
    assert _placing(world) == "I0"
    world.revoke(world.client(OPERATOR).credentials.signing)
    assert _placing(world) == ResponseCode.SIM_PSC.value


def test_a_meter_takes_a_certificate_whose_revocation_no_list_tells_of() -> None:
    """6.15.2: the DCC can't tell by its lists; the certificate stays revoked in the repository."""
    site = installation_worlds.installed()
    certificate = site.new_certificate(installation_worlds.ESME, CredentialType.DIGITAL_SIGNATURE)
    site.bed.repository.revocation_source = RevocationLists([site.bed.smki.issuer.certificate])
    site.bed.repository.record(certificate.issuer, certificate.serial, CertificateEvent.REVOKED, site.now)
    assert site.place_certificate(installation_worlds.ESME, certificate).code is ResponseCode.I0
    entry = site.bed.repository.get(certificate.issuer, certificate.serial)
    assert entry is not None
    assert entry.status(site.now) is CertificateStatus.REVOKED
    assert site.devices[installation_worlds.ESME].certificates.signing == certificate
