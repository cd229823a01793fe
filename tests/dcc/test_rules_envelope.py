"""Steps 0b to 2 of the DSP's checks: by which web service a document came, and who signed it."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    SECOND,
    SUPPLIER,
    SUPPLIER_ROLE,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
)

from dcc.duis.signing_roles import XmlSigningRoles
from dcc.envelope import Envelope, WebService
from dcc.response_codes import ResponseCode
from dcc.rules import envelope
from dcc.rules.model import Outcome
from dcc.rules.order import decide
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64

Code = ResponseCode
_PROBLEM: Final = "the digest is another"
_SEND: Final = WebService.SEND_COMMAND


def xml_certificate(world: World, user: Eui64 = OPERATOR) -> Certificate:
    return world.certificate(user, NETWORK_OPERATOR, CertificatePurpose.XML_SIGNING)


def sealed(world: World, certificate: Certificate | None, problem: str | None = None) -> ServiceRequest:
    """A read that came as a document, with the certificate that its signature names."""
    world.envelope = Envelope(_SEND, certificate, problem)
    return world.read()


def signed_document(world: World) -> ServiceRequest:
    return sealed(world, xml_certificate(world))


def to_transform(world: World) -> ServiceRequest:
    world.envelope = Envelope(WebService.TRANSFORM, xml_certificate(world))
    return world.read()


def with_problem(world: World) -> ServiceRequest:
    return sealed(world, xml_certificate(world), _PROBLEM)


def with_expired_certificate(world: World) -> ServiceRequest:
    certificate = xml_certificate(world)
    world.now = certificate.not_after + SECOND
    return sealed(world, certificate)


def at_the_last_second(world: World) -> ServiceRequest:
    certificate = xml_certificate(world)
    world.now = certificate.not_after
    return sealed(world, certificate)


def with_revoked_certificate(world: World) -> ServiceRequest:
    certificate = xml_certificate(world)
    world.revoke(certificate)
    return sealed(world, certificate)


def with_command_certificate(world: World) -> ServiceRequest:
    """Signed with the key that signs commands."""
    return sealed(world, world.client(OPERATOR).credentials.signing)


def of_another(world: World) -> ServiceRequest:
    return sealed(world, xml_certificate(world, OTHER_OPERATOR))


CASES: Final = (
    RuleCase(
        envelope.web_service_fits,
        signed_document,
        to_transform,
        Code.E13,
        "1 at Transform",
        "Send Command",
        World.read,
    ),
    RuleCase(
        envelope.signing_certificate_is_known,
        signed_document,
        lambda world: sealed(world, None),
        Code.SIM_AUTH,
        "an issuer and serial number that nobody has",
        "a certificate in the SMKI Repository",
        World.read,
    ),
    RuleCase(
        envelope.xml_signature_verifies,
        signed_document,
        with_problem,
        Code.SIM_AUTH,
        _PROBLEM,
        "a signature over the whole document",
        World.read,
    ),
    RuleCase(
        envelope.signing_certificate_is_valid,
        at_the_last_second,
        with_expired_certificate,
        Code.SIM_CERT,
        "the certificate is not valid at this time",
        "a valid path to the root",
        World.read,
    ),
    RuleCase(
        envelope.signing_certificate_is_not_revoked,
        signed_document,
        with_revoked_certificate,
        Code.SIM_CERT,
        "is revoked",
        "not revoked",
        with_expired_certificate,
    ),
    RuleCase(
        envelope.signing_certificate_may_sign_xml,
        signed_document,
        with_command_certificate,
        Code.SIM_CERT,
        "role networkOperator, key usage digitalSignature",
        "xmlSign, digitalSignature",
        World.read,
    ),
    RuleCase(
        envelope.signing_certificate_is_the_originators,
        signed_document,
        of_another,
        Code.SIM_CERT,
        f"certificate of {OTHER_OPERATOR}",
        f"one of {OPERATOR}",
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


# Neighbours that both reject: the first decides


def at_the_wrong_service_by_nobody(world: World) -> ServiceRequest:
    world.envelope = Envelope(WebService.NON_DEVICE, None)
    return world.read()


def expired_with_problem(world: World) -> ServiceRequest:
    request = with_expired_certificate(world)
    assert world.envelope is not None
    world.envelope = world.envelope._replace(signature_problem=_PROBLEM)
    return request


def revoked_that_signs_commands(world: World) -> ServiceRequest:
    world.revoke(world.client(OPERATOR).credentials.signing)
    return with_command_certificate(world)


def anothers_that_signs_commands(world: World) -> ServiceRequest:
    return sealed(world, world.client(OTHER_OPERATOR).credentials.signing)


def of_another_for_a_stranger(world: World) -> ServiceRequest:
    request = of_another(world)
    stranger = Eui64(bytes(8))
    return request._replace(request_id=request.request_id._replace(originator=stranger))


TOGETHER: Final[dict[str, Make]] = {
    "web-service-fits": at_the_wrong_service_by_nobody,
    "signing-certificate-is-known": lambda world: sealed(world, None, _PROBLEM),
    "xml-signature-verifies": expired_with_problem,
    "signing-certificate-is-not-revoked": revoked_that_signs_commands,
    "signing-certificate-may-sign-xml": anothers_that_signs_commands,
    "signing-certificate-is-the-originators": of_another_for_a_stranger,
}
NEVER_TOGETHER: Final = {
    "signing-certificate-is-valid": "revocation is asked of a path that is good",
}


# Beside the smallest cases


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (1, "Send Command"), (2, "Non-Device"), (3, "Send Command"), (4, "Transform"), (5, "Send Command"),
        (6, "Non-Device"), (7, "Send Command"), (8, "Non-Device"),
    ],
)  # fmt: skip
def test_where_each_command_variant_is_sent_to(variant: int, expected: str) -> None:
    world = World()
    request = world.read()._replace(command_variant=CommandVariant(variant))
    for service in WebService:
        world.envelope = Envelope(service, None)
        outcome = envelope.web_service_fits.ask(world.view(request)).outcome
        assert outcome is (Outcome.PASS if service.value == expected else Outcome.REJECT)


def test_the_variant_of_the_dcc_itself_is_not_refused_for_where_it_came() -> None:
    world = World()
    request = signed_document(world)._replace(command_variant=CommandVariant.DCC_INTERNAL)
    assert world.submit(request).response.code is Code.E12


def test_a_value_without_envelope_passes_as_it_is() -> None:
    world = World()
    assert decide(world.view(world.read())).rejection is None


def test_the_public_tools_sign_with_certificates_for_commands_too() -> None:
    """One of their suppliers has no other; a key agreement certificate signs nothing."""
    world = World()
    for setting, expected in ((XmlSigningRoles.STRICT, False), (XmlSigningRoles.AS_PUBLIC_TOOLS, True)):
        world.dcc.xml_signing_roles = setting
        for user, passes in ((SUPPLIER, expected), (OPERATOR, False)):
            world.envelope = Envelope(_SEND, world.client(user).credentials.signing)
            assert (decide(world.view(world.read(user))).rejection is None) is passes, setting
        world.envelope = Envelope(_SEND, world.client(SUPPLIER).credentials.agreement)
        rejection = decide(world.view(world.read(SUPPLIER))).rejection
        assert rejection is not None
        assert rejection.rule_id == "signing-certificate-may-sign-xml"


def test_a_certificate_that_the_dccs_own_systems_sign_with_is_no_users() -> None:
    world = World()
    purpose = CertificatePurpose.XML_SIGNING
    issued = world.bed.smki.issue_organisation(
        OPERATOR, SUPPLIER_ROLE.DSP_XML_SIGN, purpose, world.bed.certified_from
    )
    rejection = decide(world.view(sealed(world, issued.certificate))).rejection
    assert rejection is not None
    assert rejection.rule_id == "signing-certificate-may-sign-xml"


def test_without_issuing_certificates_no_signature_is_trusted() -> None:
    world = World()
    world.dcc.issuers = ()
    assert world.submit(signed_document(world)).response.code is Code.SIM_CERT


def test_a_refused_document_uses_no_request_id_up() -> None:
    for case in CASES:
        world = World()
        request = case.fails(world)
        assert world.submit(request).response.code is case.code
        assert not world.dcc.ledger.is_used(request)
