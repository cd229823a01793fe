"""Steps 14 to 16 of the DSP's checks: times, certificates, and what may be put where."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    DAY,
    ESME,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    HCALCS,
    NETWORK_OPERATOR,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    PPMID,
    SECOND,
    START,
    STRANGER,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    with_change,
)

from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials, RetrieveRoles
from dcc.bodies.reads import ReadLog
from dcc.response_codes import ResponseCode
from dcc.rules import certificates, credentials, dates
from dcc.rules.model import Outcome
from dcc.rules.order import decide
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.service_responses import PreCommand
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import CANCELLATION_TIME, UpdateCredentials
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse
from scenarios.test_bed import ACB_ID

Code = ResponseCode
ZERO = OriginatorCounter(0)
HIGHEST = OriginatorCounter(2**63 - 1)
ACB = RemotePartyRole.ACCESS_CONTROL_BROKER


def of_supplier(world: World, target: Eui64 = ESME) -> ServiceRequest:
    """6.15.1 by a supplier with its own three certificates."""
    return world.update(SUPPLIER, SUPPLIER, target)


def supplier_at(at: timedelta) -> Make:
    return lambda world: with_change(of_supplier(world), execution_date_time=world.now + at)


def read_until(end: timedelta) -> Make:
    return lambda world: world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME, ReadLog(START, START + end))


def without_certificates(world: World) -> ServiceRequest:
    return with_change(world.update(), signing=None, agreement=None)


def with_signing_alone(world: World) -> ServiceRequest:
    return with_change(world.update(), agreement=None)


def without_path(world: World) -> ServiceRequest:
    return with_change(world.update(), path=())


def with_revoked(world: World) -> ServiceRequest:
    request = world.update()
    world.revoke(world.client(OPERATOR).credentials.agreement)
    return request


def revoked_elsewhere(world: World) -> ServiceRequest:
    """Another certificate of the same party is revoked: none of the request's."""
    request = world.update()
    world.revoke(world.certificate(OPERATOR, NETWORK_OPERATOR, CertificatePurpose.PREPAYMENT_KEY_AGREEMENT))
    return request


def with_suppliers_certificates(world: World) -> ServiceRequest:
    body = world.certificates_of(SUPPLIER, NETWORK_OPERATOR)._replace(top_up=None)
    return world.update(body)


def of_a_supplier_as_operator(world: World) -> ServiceRequest:
    """Certificates that say network operator, issued to a User Id of a supplier."""
    signing = world.certificate(SUPPLIER, NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING)
    agreement = world.certificate(SUPPLIER, NETWORK_OPERATOR, CertificatePurpose.KEY_AGREEMENT)
    return with_change(world.update(), signing=signing.der, agreement=agreement.der)


def with_top_up_of_operator(world: World, request: ServiceRequest) -> ServiceRequest:
    purpose = CertificatePurpose.PREPAYMENT_KEY_AGREEMENT
    return with_change(request, top_up=world.certificate(OPERATOR, NETWORK_OPERATOR, purpose).der)


def on_hcalcs(request: ServiceRequest) -> ServiceRequest:
    return request._replace(request_id=request.request_id._replace(target=HCALCS))


def handed_over(owner: Eui64) -> Make:
    return lambda world: world.handover(owner)


def retrieving(*roles: RemotePartyRole) -> Make:
    return lambda world: world.ask(OPERATOR, Srv.RETRIEVE_CREDENTIALS, ESME, RetrieveRoles(roles))


def retrieving_from_gas(*roles: RemotePartyRole) -> Make:
    return lambda world: world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, GSME, RetrieveRoles(roles))


CASES: Final = (
    RuleCase(
        dates.execution_time_is_usable,
        supplier_at(timedelta()),
        supplier_at(-SECOND),
        Code.SIM_DATE,
        "2026-01-05T00:59:59+00:00",
        "not before 2026-01-05T01:00:00+00:00",
        World.update,
    ),
    RuleCase(
        dates.read_period_is_usable,
        read_until(timedelta()),
        read_until(-SECOND),
        Code.SIM_DATE,
        "2026-01-05T00:00:00+00:00 to 2026-01-04T23:59:59+00:00",
        "an end not before the start",
        World.update,
    ),
    RuleCase(
        certificates.replacement_certificates_present,
        with_signing_alone,
        without_certificates,
        Code.SIM_PSC,
        "no replacement certificate",
        "at least one",
        World.read,
    ),
    RuleCase(
        certificates.handover_has_signing_certificate,
        lambda world: with_change(world.handover(), agreement=None),
        lambda world: with_change(world.handover(), signing=None),
        Code.SIM_PSC,
        "none",
        "a digital signing certificate",
        World.update,
    ),
    RuleCase(
        certificates.floors_are_within_limits,
        lambda world: with_change(world.update(), floor=HIGHEST),
        lambda world: with_change(world.update(), floor=OriginatorCounter(HIGHEST + 1)),
        Code.SIM_SCHEMA,
        "floor 9223372036854775808",
        "at most 9223372036854775807",
        World.update,
    ),
    RuleCase(
        credentials.retrieved_roles_are_applicable,
        retrieving(NETWORK_OPERATOR),
        retrieving(NETWORK_OPERATOR, NETWORK_OPERATOR),
        Code.E062401,
        "networkOperator, networkOperator",
        "1 to 7 different roles",
        World.read,
    ),
    RuleCase(
        credentials.retrieved_roles_fit_device,
        retrieving(RemotePartyRole.LOAD_CONTROLLER),
        retrieving_from_gas(RemotePartyRole.LOAD_CONTROLLER),
        Code.E062402,
        "loadController on a GSME",
        "no loadController",
        World.read,
    ),
    RuleCase(
        certificates.replacement_certificates_chain,
        World.update,
        without_path,
        Code.SIM_PSC,
        "{networkOperator, digitalSignature}: an issuer is neither in the command nor held",
        "a valid path to the root",
        World.read,
    ),
    RuleCase(
        certificates.replacement_certificates_not_revoked,
        revoked_elsewhere,
        with_revoked,
        Code.SIM_PSC,
        "{networkOperator, keyAgreement}: serial",
        "not revoked",
        World.read,
    ),
    RuleCase(
        certificates.replacement_certificates_fit_cells,
        World.update,
        with_suppliers_certificates,
        Code.SIM_PSC,
        "{networkOperator, digitalSignature}: role supplier",
        "networkOperator",
        World.read,
    ),
    RuleCase(
        certificates.network_operator_certificate_has_network_owner,
        World.update,
        of_a_supplier_as_operator,
        Code.SIM_PSC,
        "{networkOperator, digitalSignature}: Supplier A with roles IS, GS",
        "role ED or GT",
        of_supplier,
    ),
    RuleCase(
        credentials.user_role_may_replace_role_on_device,
        World.update,
        lambda world: world.update(TRANSPORTER, TRANSPORTER),
        Code.E061501,
        "GT, networkOperator, ESME",
        "a combination that exists",
        World.read,
    ),
    RuleCase(
        credentials.user_role_may_replace_role_on_device,
        World.handover,
        lambda world: world.handover(TRANSPORTER, target=GSME),
        Code.E062101,
        "GS, networkOperator, GSME",
        "a combination that exists",
        World.read,
    ),
    RuleCase(
        credentials.top_up_floor_fits_role,
        lambda world: with_change(of_supplier(world), top_up_floor=ZERO),
        lambda world: with_change(world.update(), top_up_floor=ZERO),
        Code.E061504,
        "top-up floor 0 for networkOperator",
        "none",
        World.update,
    ),
    RuleCase(
        credentials.top_up_floor_fits_role,
        lambda world: with_change(world.handover(SUPPLIER), top_up_floor=ZERO),
        lambda world: with_change(world.handover(), top_up_floor=ZERO),
        Code.E062102,
        "top-up floor 0 for networkOperator",
        "none",
        World.handover,
    ),
    RuleCase(
        credentials.certificate_type_fits_device,
        of_supplier,
        lambda world: of_supplier(world, HCALCS),
        Code.E061505,
        "top-up certificate for a HCALCS",
        "none",
        World.update,
    ),
    RuleCase(
        credentials.certificate_type_fits_device,
        handed_over(SUPPLIER),
        lambda world: on_hcalcs(world.handover(SUPPLIER)),
        Code.E062103,
        "top-up certificate for a HCALCS",
        "none",
        World.handover,
    ),
    RuleCase(
        credentials.future_dating_fits_role,
        supplier_at(DAY),
        lambda world: with_change(world.update(), execution_date_time=world.now + DAY),
        Code.E061506,
        "execution time for networkOperator",
        "executed at once",
        World.update,
    ),
    RuleCase(
        credentials.future_dating_fits_role,
        lambda world: with_change(world.handover(SUPPLIER), execution_date_time=world.now + DAY),
        lambda world: with_change(world.handover(), execution_date_time=world.now + DAY),
        Code.E062105,
        "execution time for networkOperator",
        "executed at once",
        World.handover,
    ),
    RuleCase(
        credentials.certificate_type_fits_role,
        of_supplier,
        lambda world: with_top_up_of_operator(world, world.update()),
        Code.E061507,
        "top-up certificate for networkOperator",
        "keyAgreement",
        World.update,
    ),
    RuleCase(
        credentials.certificate_type_fits_role,
        handed_over(SUPPLIER),
        lambda world: with_top_up_of_operator(world, world.handover()),
        Code.E062103,
        "top-up certificate for networkOperator",
        "keyAgreement",
        World.handover,
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


def told(world: World, request: ServiceRequest) -> tuple[str, str]:
    """The code, and the id of the rule that rejected."""
    submission = world.submit(request)
    rejection = submission.decision.rejection
    return submission.response.code.value, rejection.rule_id if rejection else ""


# Roles and floors


NAMED: Final = tuple(role for role in RemotePartyRole if role in (0, 1, 2, 3, 4, 5, 8))


@pytest.mark.parametrize("role", RemotePartyRole, ids=lambda role: role.field_name)
def test_only_roles_that_duis_names_are_asked_for(role: RemotePartyRole) -> None:
    world = World()
    refused = told(world, retrieving(role)(world)) == ("E062401", "retrieved-roles-are-applicable")
    assert refused is (role not in NAMED)


def test_from_one_to_seven_roles() -> None:
    world = World()
    assert told(world, retrieving()(world)) == ("E062401", "retrieved-roles-are-applicable")
    assert decide(world.view(retrieving(*NAMED)(world))).rejection is None
    assert told(world, retrieving(*NAMED, NETWORK_OPERATOR)(world))[0] == "E062401"


def test_a_top_up_floor_has_the_same_limit() -> None:
    world = World()
    for floor, code in ((HIGHEST, "I0"), (OriginatorCounter(HIGHEST + 1), "SIM-SCHEMA")):
        assert told(world, with_change(of_supplier(world), top_up_floor=floor))[0] == code


# Times


def test_an_execution_time_without_zone_is_refused_and_breaks_nothing() -> None:
    world = World()
    naive = (world.now + DAY).replace(tzinfo=None)
    for request in (of_supplier(world), world.handover(SUPPLIER)):
        dated = with_change(request, execution_date_time=naive)
        assert all(item.path.ok for item in world.view(dated).certificates)
        assert told(world, dated) == ("SIM-DATE", "execution-time-is-usable")


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (CANCELLATION - SECOND, "SIM-PSC"),
        (CANCELLATION, "I0"),
        (CANCELLATION + SECOND, "SIM-DATE"),
        (CANCELLATION_TIME, "SIM-DATE"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "SIM-DATE"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), "SIM-DATE"),
    ],
    ids=["before", "cancellation", "after", "as GBCS cancels", "end of time", "beginning of time"],
)
def test_no_time_but_that_of_duis_is_a_cancellation(at: datetime, code: str) -> None:
    """Certificates are long expired in 3000: before it, they are checked and found so."""
    world = World()
    assert told(world, with_change(of_supplier(world), execution_date_time=at))[0] == code
    handover = with_change(world.handover(SUPPLIER), execution_date_time=at)
    # What the DCC holds is not called off by a time (assumed).
    assert told(world, handover)[0] == code.replace("I0", "SIM-DATE")


def test_a_read_at_the_ends_of_time_breaks_nothing() -> None:
    world = World()
    east, west = timezone(timedelta(hours=1)), timezone(-timedelta(hours=1))
    body = ReadLog(datetime.min.replace(tzinfo=east), datetime.max.replace(tzinfo=west))
    request = world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME, body)
    assert told(world, request) == ("SIM-DATE", "read-period-is-usable")


def test_an_execution_time_is_a_whole_second() -> None:
    world = World()
    for fraction, code in ((0, "I0"), (1, "SIM-DATE"), (500_000, "SIM-DATE")):
        at = (world.now + DAY).replace(microsecond=fraction)
        assert told(world, with_change(of_supplier(world), execution_date_time=at))[0] == code


def test_an_execution_time_in_another_zone_is_the_same_moment() -> None:
    world = World()
    summer = timezone(timedelta(hours=1))
    for at, code in ((world.now, "I0"), (world.now - SECOND, "SIM-DATE")):
        request = with_change(of_supplier(world), execution_date_time=at.astimezone(summer))
        assert told(world, request)[0] == code


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START.replace(tzinfo=None), NOW),
        (START, NOW.replace(tzinfo=None)),
        (START.replace(year=1999), NOW),
        (START, NOW.replace(year=2137)),
        (NOW, START),
    ],
    ids=["start without zone", "end without zone", "before 2000", "after 2136", "backwards"],
)
def test_a_period_that_no_device_could_read_is_refused(start: object, end: object) -> None:
    world = World()
    body = ReadLog(start, end)  # type: ignore[arg-type]
    for target in (ESME, ESME_WITHOUT_MPAN):
        request = world.ask(OPERATOR, Srv.READ_NETWORK_DATA, target, body)
        assert told(world, request) == ("SIM-DATE", "read-period-is-usable")


def test_the_first_and_the_last_moment_of_devices_can_be_read() -> None:
    world = World()
    body = ReadLog(START.replace(year=2000, month=1, day=1), START.replace(2136, 2, 7, 6, 28, 15))
    request = world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME_WITHOUT_MPAN, body)
    assert told(world, request) == ("I99", "")
    after = body._replace(end=body.end + SECOND)
    request = world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME_WITHOUT_MPAN, after)
    assert told(world, request) == ("SIM-DATE", "read-period-is-usable")


def test_a_cancellation_is_no_execution_in_the_year_3000() -> None:
    """Certificates are long expired then: it must not be checked as a time, on either call."""
    world = World()
    cancel = with_change(of_supplier(world), execution_date_time=CANCELLATION)
    signed = world.signed(cancel)
    assert told(world, signed)[0] == "I99"


def test_certificates_are_checked_at_the_time_of_execution() -> None:
    world = World()
    end = world.client(SUPPLIER).credentials.signing.not_after
    for at, expected in ((end, ("I0", "")), (end + SECOND, ("SIM-PSC", "replacement-certificates-chain"))):
        dated = with_change(of_supplier(world), execution_date_time=at)
        assert told(world, dated) == expected


def test_expired_certificates_pass_only_where_time_is_not_checked() -> None:
    world = World()
    world.now = world.client(OPERATOR).credentials.signing.not_after + SECOND
    assert told(world, world.update()) == ("SIM-PSC", "replacement-certificates-chain")
    assert told(world, with_change(world.update(), apply_time_based_checks=False)) == ("I0", "")


def test_certificates_that_are_not_valid_yet() -> None:
    world = World()
    world.client(OPERATOR)
    world.now = world.client(OPERATOR).credentials.signing.not_before - SECOND
    assert told(world, world.update()) == ("SIM-PSC", "replacement-certificates-chain")


# Certificates


def broken(der: bytes) -> bytes:
    """A certificate whose signature is no longer its issuer's."""
    return der[:-1] + bytes((der[-1] ^ 1,))


@pytest.mark.parametrize("field", ["signing", "agreement", "top_up"])
@pytest.mark.parametrize("octets", [b"", b"\x30", b"\x30\x00", b"rubbish", bytes(400)])
def test_octets_that_are_no_certificate(field: str, octets: bytes) -> None:
    world = World()
    request = with_change(of_supplier(world), **{field: octets})
    assert told(world, request) == ("SIM-PSC", "replacement-certificates-chain")


@pytest.mark.parametrize("field", ["signing", "agreement", "top_up"])
def test_each_certificate_has_to_be_signed_by_its_issuer(field: str) -> None:
    world = World()
    request = of_supplier(world)
    changed = with_change(request, **{field: broken(getattr(request.body, field))})
    assert told(world, changed) == ("SIM-PSC", "replacement-certificates-chain")


@pytest.mark.parametrize("octets", [b"", b"\x05\x00", b"\x30\x03\x02\x01", b"\x30\x00", b"rubbish"])
def test_a_path_certificate_that_cannot_be_read_is_refused(octets: bytes) -> None:
    """It stands inside the payload: the device could not read what comes after it."""
    world = World()
    request = world.update()
    assert isinstance(request.body, ReplaceCredentials)
    path = (*request.body.path, octets)
    submission = world.submit(with_change(request, path=path))
    rejection = submission.decision.rejection
    assert rejection is not None
    assert (rejection.code, rejection.rule_id) == (Code.SIM_PSC, "replacement-certificates-chain")
    assert rejection.observed.startswith("path certificate 2: ")


def test_two_certificates_in_one_place_of_the_path_are_refused() -> None:
    world = World()
    request = world.update()
    assert isinstance(request.body, ReplaceCredentials)
    doubled = with_change(request, path=(request.body.path[0] * 2,))
    assert told(world, doubled) == ("SIM-PSC", "replacement-certificates-chain")


def test_no_more_than_three_path_certificates() -> None:
    world = World()
    for count, code in ((3, "I0"), (4, "SIM-PSC")):
        request = world.update()
        assert isinstance(request.body, ReplaceCredentials)
        assert told(world, with_change(request, path=request.body.path * count))[0] == code


def test_a_revoked_issuer_spoils_what_it_issued() -> None:
    world = World()
    issuer = world.bed.smki.issuer.certificate
    request = world.update()
    world.dcc.repository.lodge(issuer, None)
    world.revoke(issuer)
    assert told(world, request) == ("SIM-PSC", "replacement-certificates-not-revoked")


def test_a_revocation_counts_from_its_moment() -> None:
    world = World()
    world.revoke(world.client(OPERATOR).credentials.signing)
    world.now -= SECOND
    assert told(world, world.update()) == ("I0", "")
    world.now += SECOND
    assert told(world, world.update()) == ("SIM-PSC", "replacement-certificates-not-revoked")


def test_key_usage_is_that_of_the_cell() -> None:
    world = World()
    request = world.update()
    body = request.body
    assert isinstance(body, ReplaceCredentials)
    swapped = with_change(request, signing=body.agreement, agreement=body.signing)
    rejection = world.submit(swapped).decision.rejection
    assert rejection is not None
    assert (rejection.observed, rejection.expected) == (
        "{networkOperator, digitalSignature}: key usage keyAgreement",
        "digitalSignature",
    )


def test_certificates_for_xml_have_no_place_on_a_device() -> None:
    world = World()
    certificate = world.certificate(OPERATOR, NETWORK_OPERATOR, CertificatePurpose.XML_SIGNING)
    request = with_change(world.update(), signing=certificate.der)
    assert told(world, request) == ("SIM-PSC", "replacement-certificates-fit-cells")


def test_a_devices_certificate_has_no_place_in_a_cell() -> None:
    world = World()
    request = with_change(world.update(), signing=world.device(ESME).certificates.signing.der)
    assert told(world, request)[0] == "SIM-PSC"


def test_a_certificate_of_nobody_known_says_nothing_against_itself() -> None:
    world = World()
    request = world.update(world.certificates_of(STRANGER))
    rule = certificates.network_operator_certificate_has_network_owner
    assert rule.ask(world.view(request)).outcome is Outcome.NOT_APPLICABLE
    assert told(world, request) == ("I0", "")


# What may be put where


COMBINATIONS: Final = {
    "6.15.1": {
        "IS supplier ESME", "IS networkOperator ESME", "ED networkOperator ESME", "IS supplier HCALCS",
        "GS supplier GSME", "GS supplier GPF", "GS networkOperator GPF", "GT networkOperator GPF",
        "IS loadController ESME",
    },
    "6.21": {
        "IS supplier ESME", "IS networkOperator ESME", "IS supplier HCALCS",
        "GS supplier GSME", "GS supplier GPF", "GS networkOperator GPF",
    },
}  # fmt: skip
SENDERS: Final = {"IS": SUPPLIER, "GS": SUPPLIER, "ED": OPERATOR, "GT": TRANSPORTER}
TARGETS: Final = {"ESME": ESME_WITHOUT_MPAN, "GSME": GSME, "GPF": GPF, "HCALCS": HCALCS}


@pytest.mark.parametrize("srv", [Srv.UPDATE_CREDENTIALS, Srv.HANDOVER], ids=lambda srv: srv.value)
def test_every_combination_of_user_role_remote_party_role_and_device_type(srv: Srv) -> None:
    """The whole product; which combinations exist is believed, not confirmed."""
    world = World()
    rule = credentials.user_role_may_replace_role_on_device
    refused = Code.E061501 if srv is Srv.UPDATE_CREDENTIALS else Code.E062101
    for sender, role, target in itertools.product(SENDERS, RemotePartyRole, TARGETS):
        body = world.certificates_of(SENDERS[sender])._replace(role=role, top_up=None)
        view = world.view(world.ask(SENDERS[sender], srv, TARGETS[target], body))
        if view.acting_role is None or view.acting_role.value != sender:
            # Both supplier roles are one User Id: which one acts is the device's fuel.
            continue
        verdict = rule.ask(view)
        exists = f"{sender} {role.field_name} {target}" in COMBINATIONS[srv.value]
        assert verdict.outcome is (Outcome.PASS if exists else Outcome.REJECT), view.request
        assert verdict.code is (None if exists else refused)


def of_load_controller(world: World, target: Eui64 = ESME) -> ServiceRequest:
    role = RemotePartyRole.LOAD_CONTROLLER
    signing = world.certificate(OPERATOR, role, CertificatePurpose.DIGITAL_SIGNING)
    agreement = world.certificate(OPERATOR, role, CertificatePurpose.KEY_AGREEMENT)
    request = world.update(world.certificates_of(SUPPLIER), SUPPLIER, target)
    return with_change(request, role=role, signing=signing.der, agreement=agreement.der, top_up=None)


def test_a_supplier_places_a_load_controllers_credentials_at_any_time() -> None:
    """As public requests show it; on no other device, and never with anything for top-ups."""
    world = World()
    for at in (None, world.now + DAY, CANCELLATION):
        request = with_change(of_load_controller(world), execution_date_time=at)
        assert decide(world.view(request)).rejection is None
    assert told(world, of_load_controller(world, HCALCS)) == (
        "E061501",
        "user-role-may-replace-role-on-device",
    )
    assert told(world, with_change(of_load_controller(world), top_up_floor=ZERO))[0] == "E061504"


@pytest.mark.parametrize("role", RemotePartyRole, ids=lambda role: role.field_name)
def test_a_role_without_mode_is_refused_and_never_reaches_the_transform(role: RemotePartyRole) -> None:
    world = World()
    for request in (world.update(SUPPLIER, SUPPLIER), world.handover(SUPPLIER)):
        if role is not SUPPLIER_ROLE:
            assert told(world, with_change(request, role=role))[0] in ("SIM-PSC", "E061501", "E062101")


def test_the_brokers_certificate_on_a_gpf_is_a_gas_transporters_alone() -> None:
    """MP128A: before it leaves, a gas transporter puts the access control broker in its place."""
    world = World()
    acb = world.bed.dcc_certificates
    body = world.certificates_of(TRANSPORTER)._replace(
        signing=acb.acb_signing.der, agreement=acb.acb_agreement.der
    )
    assert acb.acb_signing.subject == ACB_ID
    assert told(world, world.update(body, TRANSPORTER, GPF)) == ("I0", "")
    assert told(world, world.update(body, SUPPLIER, GPF)) == (
        "E061501",
        "user-role-may-replace-role-on-device",
    )
    fits = "replacement-certificates-fit-cells"
    assert told(world, world.handover(body, target=GPF)) == ("SIM-PSC", fits)
    assert told(world, world.update(body, OPERATOR, ESME)) == ("SIM-PSC", fits)
    of_supplier_cells = world.update(body._replace(role=SUPPLIER_ROLE), SUPPLIER, GPF)
    assert told(world, of_supplier_cells) == ("SIM-PSC", fits)


@pytest.mark.parametrize("target", [PPMID, CHF])
def test_devices_without_cells_for_it_are_refused_by_type(target: Eui64) -> None:
    world = World()
    assert told(world, world.update(OPERATOR, SUPPLIER, target)) == ("E11", "service-fits-device-type")
    assert told(world, world.handover(OPERATOR, SUPPLIER, target)) == ("E11", "service-fits-device-type")


def test_the_second_call_is_checked_by_what_the_signed_payload_says() -> None:
    """Revoked between the two calls: the certificate stands only in the signed octets by then."""
    world = World()
    signed = world.signed(world.update(OTHER_OPERATOR, OPERATOR))
    assert signed.command_variant is CommandVariant.SIGNED_COMMAND
    world.revoke(world.client(OTHER_OPERATOR).credentials.signing)
    assert told(world, signed) == ("SIM-PSC", "replacement-certificates-not-revoked")


@pytest.mark.parametrize(
    ("user", "target", "code"),
    [(OPERATOR, ESME, "E061506"), (TRANSPORTER, GPF, "E061506"), (SUPPLIER, ESME, "I99")],
)
def test_a_time_beside_the_signed_payload_is_future_dating_too(user: Eui64, target: Eui64, code: str) -> None:
    world = World()
    signed = world.signed(world.update(user, user, target))
    assert isinstance(signed.body, SignedPreCommand)
    dated = signed._replace(body=signed.body._replace(execution_date_time=world.now + DAY))
    assert world.submit(dated).response.code.value == code


def test_every_field_of_the_body_is_read_back_from_the_signed_payload() -> None:
    world = World()
    request = with_change(
        of_supplier(world),
        apply_time_based_checks=False,
        floor=OriginatorCounter(7),
        top_up_floor=HIGHEST,
    )
    for at in (world.now + DAY, CANCELLATION, None):
        body = with_change(request, execution_date_time=at).body
        asked = world.ask(SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, body)
        assert world.view(world.signed(asked)).replacement == body


def test_what_goes_into_the_pre_command_is_what_was_checked() -> None:
    world = World()
    request = of_supplier(world)
    response = world.submit(request).response
    assert isinstance(response.body, PreCommand)
    payload = credentials_codec.decode(parse(response.body.gbcs))
    body = request.body
    assert isinstance(payload, UpdateCredentials)
    assert isinstance(body, ReplaceCredentials)
    assert [item.certificate for item in payload.replacements] == [body.signing, body.agreement, body.top_up]
    assert {item.cell.role for item in payload.replacements} == {SUPPLIER_ROLE}
    assert payload.path_certificates == body.path
    assert ACB not in {item.cell.role for item in payload.replacements}
