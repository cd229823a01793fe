"""Migration into an S1SP: every certificate is checked on the way in, and every fault is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from smets1_worlds import (
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    SMETS1_ESME,
    SUPPLIER,
    SUPPLIER_ROLE,
    Smets1World,
)

from dcc.inventory import DeviceDetails
from dcc.s1sp.cohorts import FOC
from dcc.s1sp.migration import MigrationCertificates, MigrationFault, MigrationRefused, migrate
from dcc.smki.hierarchy import TestSmki
from dcc.smki.profiles import CertificatePurpose
from dcc.world import UnknownMpxn
from devices.gbcs.identifiers import Eui64
from devices.smets1_proxy import CertificateId, NotifiedCertificates

STRANGER = Eui64.parse("90-B3-D5-1F-30-0B-00-00")
Spoil = Callable[[Smets1World, MigrationCertificates], MigrationCertificates]


@pytest.fixture
def world() -> Smets1World:
    return Smets1World(empty=True)


def faults(world: Smets1World, certificates: MigrationCertificates) -> list[tuple[str, MigrationFault]]:
    with pytest.raises(MigrationRefused) as caught:
        world.migrate(certificates)
    assert world.s1sp.proxies == ()
    assert str(world.device) in str(caught.value)
    for finding in caught.value.findings:
        assert finding.fault.value in str(caught.value)
    return [(finding.field, finding.fault) for finding in caught.value.findings]


def test_good_certificates_come_in_by_their_ids(world: Smets1World) -> None:
    proxy = world.migrate(world.certificates(SUPPLIER, OPERATOR))
    clients = [world.world.client(user).credentials for user in (SUPPLIER, OPERATOR)]
    ids = [CertificateId.of(item) for owner in clients for item in (owner.signing, owner.agreement)]
    assert proxy.notified == NotifiedCertificates(*ids)
    assert ids[0].issuer == "TEST-ISSUER"
    assert world.s1sp.proxies == (proxy,)


def test_a_slot_may_stay_empty(world: Smets1World) -> None:
    own = world.certificates(SUPPLIER, OPERATOR)
    proxy = world.migrate(own._replace(non_critical_network_operator=None))
    assert proxy.notified.critical_network_operator is not None
    assert proxy.notified.non_critical_network_operator is None


def unreadable(_: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    return own._replace(critical_supplier=b"nonsense")


def of_another_root(world: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    smki = TestSmki(b"another", established=world.bed.smki.established)
    issued = smki.issue_organisation(
        SUPPLIER, SUPPLIER_ROLE, CertificatePurpose.DIGITAL_SIGNING, world.bed.certified_from
    )
    return own._replace(critical_supplier=issued.certificate.der)


def revoked(world: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    world.world.revoke(world.world.client(SUPPLIER).credentials.signing)
    return own


def not_lodged(world: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    issued = world.bed.smki.issue_organisation(
        SUPPLIER, SUPPLIER_ROLE, CertificatePurpose.DIGITAL_SIGNING, world.bed.certified_from, generation=9
    )
    return own._replace(critical_supplier=issued.certificate.der)


def of_another_role(world: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    other = world.world.certificate(SUPPLIER, NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING)
    return own._replace(critical_supplier=other.der)


def for_another_use(_: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    return own._replace(critical_supplier=own.non_critical_supplier)


def of_a_stranger(world: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    theirs = [
        world.world.certificate(STRANGER, SUPPLIER_ROLE, purpose).der
        for purpose in (CertificatePurpose.DIGITAL_SIGNING, CertificatePurpose.KEY_AGREEMENT)
    ]
    return MigrationCertificates(*theirs, *own[2:])


def of_two_owners(world: Smets1World, own: MigrationCertificates) -> MigrationCertificates:
    return own._replace(non_critical_supplier=world.certificates(OTHER_SUPPLIER, OPERATOR)[1])


CRITICAL, NON_CRITICAL = "critical supplier", "non-critical supplier"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (unreadable, [(CRITICAL, MigrationFault.NO_PATH)]),
        (
            of_another_root,
            [(CRITICAL, MigrationFault.NO_PATH), (CRITICAL, MigrationFault.NOT_IN_REPOSITORY)],
        ),
        (revoked, [(CRITICAL, MigrationFault.REVOKED)]),
        (not_lodged, [(CRITICAL, MigrationFault.NOT_IN_REPOSITORY)]),
        (of_another_role, [(CRITICAL, MigrationFault.WRONG_ROLE)]),
        (for_another_use, [(CRITICAL, MigrationFault.WRONG_USAGE)]),
        (
            of_a_stranger,
            [(CRITICAL, MigrationFault.UNKNOWN_OWNER), (NON_CRITICAL, MigrationFault.UNKNOWN_OWNER)],
        ),
        (
            of_two_owners,
            [(NON_CRITICAL, MigrationFault.NOT_REGISTERED), ("supplier", MigrationFault.TWO_OWNERS)],
        ),
    ],
)
def test_each_fault_is_named_with_its_slot(
    world: Smets1World, spoil: Spoil, expected: list[tuple[str, MigrationFault]]
) -> None:
    assert faults(world, spoil(world, world.certificates(SUPPLIER, OPERATOR))) == expected


def test_an_expired_certificate_leads_nowhere(world: Smets1World) -> None:
    certificates = world.certificates(SUPPLIER, OPERATOR)
    world.world.now = world.now.replace(year=world.now.year + 12)
    assert {fault for _, fault in faults(world, certificates)} == {MigrationFault.NO_PATH}


def test_a_certificate_of_another_operator_than_the_registered_one_stays_out(world: Smets1World) -> None:
    """What MP107 mends cannot come in by migration, only by a 6.15.1 later."""
    slots = ["critical network operator", "non-critical network operator"]
    expected = [(slot, MigrationFault.NOT_REGISTERED) for slot in slots]
    assert faults(world, world.certificates(SUPPLIER, OTHER_OPERATOR)) == expected
    world.register(to_other=True)
    world.migrate(world.certificates(SUPPLIER, OTHER_OPERATOR))


@pytest.mark.parametrize("unknown", UnknownMpxn)
def test_without_a_registration_record_it_is_as_with_requests(unknown: UnknownMpxn) -> None:
    world = Smets1World(empty=True)
    dcc = world.world.dcc
    dcc.inventory.link(SMETS1_ESME, type(dcc.inventory.links_of(SMETS1_ESME))())
    dcc.unknown_mpxn = unknown
    certificates = world.certificates(OTHER_SUPPLIER, OTHER_OPERATOR)
    if unknown is UnknownMpxn.PASS:
        world.migrate(certificates)
    else:
        assert {fault for _, fault in faults(world, certificates)} == {MigrationFault.NOT_REGISTERED}


def test_a_device_is_migrated_once(world: Smets1World) -> None:
    certificates = world.certificates(SUPPLIER, OPERATOR)
    proxy = world.migrate(certificates)
    with pytest.raises(MigrationRefused) as caught:
        world.migrate(certificates)
    assert [item.fault for item in caught.value.findings] == [MigrationFault.ALREADY_HERE]
    assert world.s1sp.proxies == (proxy,)


def test_a_device_that_nobody_knows_stays_out(world: Smets1World) -> None:
    certificates = world.certificates(SUPPLIER, OPERATOR)
    world.device = STRANGER
    assert faults(world, certificates) == [("device", MigrationFault.UNKNOWN_DEVICE)]


@pytest.mark.parametrize("name", [None, "elsewhere"])
def test_a_device_of_another_s1sp_stays_out(world: Smets1World, name: str | None) -> None:
    world.world.dcc.inventory.describe(SMETS1_ESME, details=DeviceDetails(s1sp=name))
    certificates = world.certificates(SUPPLIER, OPERATOR)
    assert faults(world, certificates) == [("device", MigrationFault.NOT_THIS_S1SP)]


def test_each_s1sp_has_its_own_devices(world: Smets1World) -> None:
    other = world.bed.open_s1sp(FOC)
    certificates = world.certificates(SUPPLIER, OPERATOR)
    with pytest.raises(MigrationRefused, match="at another S1SP"):
        migrate(other, SMETS1_ESME, certificates, world.readings, world.now)
    world.migrate(certificates)
    assert other.proxies == ()
