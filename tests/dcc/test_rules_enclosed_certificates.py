"""Step 15 of the DSP's checks: the one certificate that a request may enclose; an opt-out's."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    ESME,
    GSME,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    START,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
)

from dcc.bodies.credentials import OptOut, PlaceDeviceCertificate
from dcc.bodies.reads import ReadLog
from dcc.bodies.schedules import CreateSchedule, Frequency
from dcc.response_codes import ResponseCode
from dcc.rules import certificates, enclosed_certificates
from dcc.rules.model import Outcome, Rule
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole

Code = ResponseCode


def reading_with(der: bytes, world: World) -> ServiceRequest:
    """4.10 with the key agreement certificate of a reader whom the device does not know."""
    return world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME, ReadLog(START, NOW, der))


def agreement_of(world: World, user: Eui64 = OPERATOR) -> Certificate:
    return world.client(user).credentials.agreement


def with_own(world: World) -> ServiceRequest:
    return reading_with(agreement_of(world).der, world)


def with_rubbish(world: World) -> ServiceRequest:
    return reading_with(b"rubbish", world)


def with_revoked(world: World) -> ServiceRequest:
    request = with_own(world)
    world.revoke(agreement_of(world))
    return request


def with_anothers(world: World) -> ServiceRequest:
    return reading_with(agreement_of(world, OTHER_OPERATOR).der, world)


CASES: Final = (
    RuleCase(
        enclosed_certificates.enclosed_certificate_chains,
        with_own,
        with_rubbish,
        Code.SIM_PSC,
        "the certificate cannot be read",
        "a valid path to the root",
        World.read,
    ),
    RuleCase(
        enclosed_certificates.enclosed_certificate_is_not_revoked,
        with_own,
        with_revoked,
        Code.SIM_PSC,
        "is revoked",
        "not revoked",
        with_rubbish,
    ),
    RuleCase(
        enclosed_certificates.enclosed_certificate_is_its_owners,
        with_own,
        with_anothers,
        Code.SIM_PSC,
        f"certificate of {OTHER_OPERATOR}, networkOperator, keyAgreement",
        f"one of {OPERATOR} for keyAgreement",
        World.read,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


def revoked_of_another(world: World) -> ServiceRequest:
    world.revoke(agreement_of(world, OTHER_OPERATOR))
    return with_anothers(world)


TOGETHER: Final[dict[str, Make]] = {"enclosed-certificate-is-not-revoked": revoked_of_another}
NEVER_TOGETHER: Final = {
    "network-operator-certificate-has-network-owner": "a request either replaces credentials or encloses one",
    "enclosed-certificate-chains": "revocation is asked of a path that is good",
    "enclosed-certificate-is-its-owners": "a request either encloses a certificate or replaces credentials",
}


def reject(world: World, request: ServiceRequest) -> list[str]:
    """Ids of the rules on certificates that reject a request."""
    view = world.view(request)
    modules = (certificates, enclosed_certificates)
    rules = [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]
    return [rule.id for rule in rules if rule.ask(view).outcome is Outcome.REJECT]


# 6.15.2: a device's own certificate


def placing(certificate: Certificate, world: World, target: Eui64 = ESME) -> ServiceRequest:
    body = PlaceDeviceCertificate(certificate.der)
    return world.ask(SUPPLIER, Srv.UPDATE_DEVICE_CERTIFICATE, target, body)


@pytest.mark.parametrize("usage", [KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT])
def test_a_device_gets_a_certificate_of_its_own(usage: KeyUsage) -> None:
    world = World()
    held = world.device(ESME).certificates
    certificate = held.signing if usage is KeyUsage.DIGITAL_SIGNATURE else held.agreement
    assert reject(world, placing(certificate, world)) == []
    assert reject(world, placing(certificate, world, GSME)) == ["enclosed-certificate-is-its-owners"]


def test_a_device_gets_no_organisations_certificate() -> None:
    world = World()
    request = placing(agreement_of(world), world)
    assert reject(world, request) == ["enclosed-certificate-is-its-owners"]


def test_the_certificate_of_an_authority_is_no_devices() -> None:
    world = World()
    request = placing(world.bed.smki.device_issuer.certificate, world)
    assert "enclosed-certificate-chains" in reject(world, request)


def test_a_devices_certificate_is_one_of_the_devices_hierarchy() -> None:
    world = World()
    world.dcc.device_anchors = ()
    certificate = world.device(ESME).certificates.signing
    assert reject(world, placing(certificate, world)) == ["enclosed-certificate-chains"]


def test_a_revoked_certificate_is_not_placed() -> None:
    world = World()
    certificate = world.device(ESME).certificates.signing
    world.revoke(certificate)
    assert reject(world, placing(certificate, world)) == ["enclosed-certificate-is-not-revoked"]


# A reader's certificate, and schedules


def test_a_reader_gives_the_certificate_for_its_key_agreement() -> None:
    world = World()
    signing = world.client(OPERATOR).credentials.signing
    assert reject(world, reading_with(signing.der, world)) == ["enclosed-certificate-is-its-owners"]


@pytest.mark.parametrize(
    ("owner", "expected"), [(OPERATOR, []), (OTHER_OPERATOR, ["enclosed-certificate-is-its-owners"])]
)
def test_a_schedule_encloses_the_certificate_of_its_owner(owner: Eui64, expected: list[str]) -> None:
    world = World()
    body = CreateSchedule(
        ESME, Srv.READ_NETWORK_DATA, Frequency.DAILY, START.date(), agreement=agreement_of(world, owner).der
    )
    target = world.bed.dsp.broker.eui
    request = world.ask(OPERATOR, Srv.CREATE_SCHEDULE, target, body, CommandVariant.DCC_ONLY)
    assert reject(world, request) == expected


# 8.5: no role may send it, but its certificates are checked as any replacement's


def test_an_opt_out_replaces_the_brokers_certificates() -> None:
    world = World()
    path = (world.bed.smki.issuer.certificate.der,)
    broker = world.bed.dcc_certificates.acb_agreement

    def request(agreement: bytes) -> ServiceRequest:
        body: RequestBody = OptOut(agreement, OriginatorCounter(0), NOW, path=path)
        return world.ask(SUPPLIER, Srv.OPT_OUT, ESME, body)

    assert broker.role is RemotePartyRole.ACCESS_CONTROL_BROKER
    assert reject(world, request(broker.der)) == []
    assert reject(world, request(agreement_of(world).der)) == ["replacement-certificates-fit-cells"]
    assert world.submit(request(broker.der)).response.code is Code.E2
