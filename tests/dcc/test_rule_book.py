"""The rule book as a whole: every rule has its cases, its metadata, and its place in the order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import test_rules_credentials
import test_rules_signed_pre_command
from dcc_worlds import (
    DAY,
    EXPORT_SUPPLIER,
    GPF,
    GSME,
    HCALCS,
    NETWORK_OPERATOR,
    NO_DEVICE,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    PPMID,
    STRANGER,
    SUPPLIER,
    TRANSPORTER,
    Make,
    RuleCase,
    World,
    set_status,
    with_change,
)
from test_rules_authorisation import of_no_sense, with_counter_below

from dcc.bodies.credentials import RetrieveRoles
from dcc.inventory_status import StatusCause
from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.rules.model import SERVICE_SPECIFIC, Outcome, Rule
from dcc.rules.order import AFTER_CONSUMPTION, BEFORE_CONSUMPTION, RULE_BOOK, SERVICE_RULES, decide
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import encode

HERE: Final = Path(__file__).parent
MODULES: Final[tuple[ModuleType, ...]] = tuple(
    import_module(path.stem)
    for path in sorted(HERE.glob("test_*.py"))
    if path.stem != "test_rule_book" and "RuleCase(" in path.read_text("utf-8")
)
"""The tests of rules: each has its ``CASES``, and may say of neighbours what this module says of its own:
``TOGETHER`` and ``NEVER_TOGETHER``."""

ALL_CASES: Final[tuple[RuleCase, ...]] = tuple(
    case for module in MODULES for case in getattr(module, "CASES", ())
)
BY_ID: Final = {rule.id: rule for rule in RULE_BOOK}


# Every rule has its cases


def test_every_rule_has_its_smallest_cases_and_no_case_is_of_an_unknown_rule() -> None:
    assert {case.rule.id for case in ALL_CASES} == set(BY_ID)
    for case in ALL_CASES:
        assert BY_ID[case.rule.id] is case.rule


def test_every_code_that_a_rule_can_give_has_its_smallest_failing_case() -> None:
    """A rule with one code a service needs a case for each."""
    possible = {(rule.id, code) for rule in RULE_BOOK for code in codes_of(rule)}
    assert {(case.rule.id, case.code) for case in ALL_CASES} == possible


ALWAYS_APPLY: Final = {
    "originator-is-a-user",
    "role-may-send-service",
    "request-id-is-new",
    "service-reference-fits-variant",
    "command-variant-fits",
}


def test_every_rule_that_can_abstain_has_a_case_for_it() -> None:
    assert {case.rule.id for case in ALL_CASES if case.abstains is None} == ALWAYS_APPLY


# Every rule says what it is


def codes_of(rule: Rule) -> set[ResponseCode]:
    return {rule.on_fail} if isinstance(rule.on_fail, ResponseCode) else set(rule.on_fail.values())


def test_rule_ids_are_unique_and_spelt_alike() -> None:
    assert len(BY_ID) == len(RULE_BOOK)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id) for rule in RULE_BOOK)


@pytest.mark.parametrize("rule", RULE_BOOK, ids=lambda rule: rule.id)
def test_metadata_of_a_rule(rule: Rule) -> None:
    assert rule.text.endswith(".")
    assert "\n" not in rule.text
    assert rule.clause.document
    assert rule.clause.clause
    assert str(rule.clause) == f"{rule.clause.document} {rule.clause.clause}"
    assert all(code.is_refusal for code in codes_of(rule))


def test_a_rule_that_no_source_states_gives_only_codes_of_our_own() -> None:
    for rule in RULE_BOOK:
        if not rule.confirmed:
            assert not any(code.confirmed for code in codes_of(rule)), rule.id


def test_consumption_stands_after_the_replay_rules() -> None:
    assert RULE_BOOK == BEFORE_CONSUMPTION + AFTER_CONSUMPTION
    assert [rule.id for rule in BEFORE_CONSUMPTION[-2:]] == ["request-id-is-new", "originator-counter-rises"]


STEPS: Final = ("0b", *map(str, range(1, 20)))


def test_the_rules_stand_in_the_order_of_the_steps() -> None:
    places = [STEPS.index(rule.step) for rule in RULE_BOOK]
    assert places == sorted(places)
    assert set(STEPS) == {rule.step for rule in RULE_BOOK}
    assert {rule.step for rule in SERVICE_RULES} == {SERVICE_SPECIFIC}


CODES_BY_STEP: Final[Mapping[str, str]] = {
    "0b": "E13", "1": "SIM-AUTH SIM-AUTH", "2": "SIM-CERT SIM-CERT SIM-CERT SIM-CERT", "3": "E1", "4": "E2",
    "5": "E3", "6": "SIM-DUP SIM-REPLAY", "7": "SIM-SCHEMA SIM-SCHEMA E12", "8": "E17",
    "9": "E19 SIM-SCHEMA", "10": "E5", "11": "E11", "12": "E4", "13": " ".join(["SIM-SEQUENCE"] * 6),
    "14": " ".join(["SIM-DATE"] * 5),
    "15": "SIM-PSC SIM-PSC SIM-SCHEMA SIM-PSC SIM-PSC SIM-PSC SIM-PSC SIM-PSC SIM-PSC SIM-PSC",
    "17": "SIM-E062190 SIM-E061590", "18": " ".join(["SIM-GBCS"] * 5), "19": " ".join(["SIM-QUARANTINE"] * 3),
}  # fmt: skip


def test_the_order_of_the_checks() -> None:
    """Written out once more: the order decides which code the User gets."""
    for step, codes in CODES_BY_STEP.items():
        found = [min(code.value for code in codes_of(rule)) for rule in RULE_BOOK if rule.step == step]
        assert found == codes.split(), step
    assert set(CODES_BY_STEP) == set(STEPS) - {SERVICE_SPECIFIC}


def test_the_order_of_the_checks_on_credentials() -> None:
    codes = [min(code.value for code in codes_of(rule)) for rule in SERVICE_RULES]
    assert codes[:11] == [
        "E061501", "E061504", "E061505", "E061506", "E061507", "E062301", "E062303", "E062305", "E062306",
        "E062401", "E062402",
    ]  # fmt: skip


def test_a_service_specific_rule_is_asked_of_its_services_alone() -> None:
    assert all(not isinstance(rule.on_fail, ResponseCode) for rule in SERVICE_RULES)


# The order of neighbours: both fail, and the first decides


def _of(module: ModuleType, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(module, name, {})
    return found


def unknown_without_role(world: World) -> ServiceRequest:
    request = world.read()
    return request._replace(request_id=request.request_id._replace(originator=STRANGER))


def suspended_and_used(world: World) -> ServiceRequest:
    request = world.read()
    world.submit(request)
    world.dcc.parties.suspend(OPERATOR, world.now)
    return request


def used_and_not_above(world: World) -> ServiceRequest:
    request = world.read()
    world.submit(request)
    return request


def below_and_reference(world: World) -> ServiceRequest:
    return with_counter_below(world)._replace(reference="4.8")


def reference_and_sense(world: World) -> ServiceRequest:
    return of_no_sense(world)._replace(reference="4.8")


def sense_and_variant(world: World) -> ServiceRequest:
    return of_no_sense(world)._replace(command_variant=CommandVariant.DCC_ONLY)


def variant_and_not_for_a_distributor(world: World) -> ServiceRequest:
    return world.update()._replace(command_variant=CommandVariant.LOCAL_COMMAND)


def not_for_a_distributor_and_no_device(world: World) -> ServiceRequest:
    return world.read(target=NO_DEVICE)._replace(command_variant=CommandVariant.LOCAL_COMMAND)


def status_and_type(world: World) -> ServiceRequest:
    set_status(world, PPMID, StatusCause.DECOMMISSIONED)
    return world.handover(SUPPLIER, target=PPMID)


def type_and_registration(world: World) -> ServiceRequest:
    return world.read(OTHER_SUPPLIER, GPF)


def registration_and_sequence(world: World) -> ServiceRequest:
    request = world.read(OTHER_OPERATOR)
    return request._replace(first_in_sequence=True, preceding=request.request_id)


def nothing_to_hand_over(world: World) -> ServiceRequest:
    return with_change(world.handover(), signing=None, agreement=None)


def unsigned_and_above_limit(world: World) -> ServiceRequest:
    return with_change(world.handover(), signing=None, floor=OriginatorCounter(2**63))


def above_limit_and_chain(world: World) -> ServiceRequest:
    return with_change(world.update(), floor=OriginatorCounter(2**63), path=())


def chain_and_revoked(world: World) -> ServiceRequest:
    request = world.update()
    world.revoke(world.client(OPERATOR).credentials.signing)
    return with_change(request, agreement=b"rubbish")


def revoked_and_unfit(world: World) -> ServiceRequest:
    request = test_rules_credentials.with_suppliers_certificates(world)
    world.revoke(world.client(SUPPLIER).credentials.signing)
    return request


def unfit_and_owner(world: World) -> ServiceRequest:
    """Signing certificate of the role supplier, key agreement one of a party without the role."""
    request = test_rules_credentials.of_a_supplier_as_operator(world)
    return with_change(request, signing=world.client(SUPPLIER).credentials.signing.der)


def owner_and_combination(world: World) -> ServiceRequest:
    signing = world.certificate(SUPPLIER, NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING)
    return with_change(world.update(TRANSPORTER, TRANSPORTER), signing=signing.der, agreement=None)


def combination_and_floor(world: World) -> ServiceRequest:
    return with_change(world.update(TRANSPORTER, TRANSPORTER), top_up_floor=OriginatorCounter(1))


def dated_and_top_up(world: World) -> ServiceRequest:
    request = test_rules_credentials.with_top_up_of_operator(world, world.update())
    return with_change(request, execution_date_time=world.now + DAY)


def top_up_and_wrong_operator(world: World) -> ServiceRequest:
    request = world.update(OTHER_OPERATOR, SUPPLIER)
    return test_rules_credentials.with_top_up_of_operator(world, request)


def twice_and_not_on_a_gas_meter(world: World) -> ServiceRequest:
    roles = (RemotePartyRole.LOAD_CONTROLLER,) * 2
    return world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, GSME, RetrieveRoles(roles))


def second_call(world: World, request: ServiceRequest) -> ServiceRequest:
    gbcs = encode(test_rules_signed_pre_command.pre_command_of(world, request))
    body = SignedPreCommand(gbcs)
    return request._replace(command_variant=CommandVariant.SIGNED_COMMAND, body=body)


def wrong_operator_and_unsigned(world: World) -> ServiceRequest:
    request = second_call(world, world.update(OTHER_OPERATOR, SUPPLIER))
    world.switch_on(Modification.SECMP0063)
    return request


def unsigned_and_another_request(world: World) -> ServiceRequest:
    """What was given out for one request comes back, unsigned, under the next."""
    first, second = second_call(world, world.update()), second_call(world, world.update())
    return second._replace(body=first.body)


def another_request_and_not_given_out(world: World) -> ServiceRequest:
    change = test_rules_signed_pre_command.next_counter
    return test_rules_signed_pre_command.tampered(change)(world)


def another_request_and_service(world: World) -> ServiceRequest:
    def update(world: World) -> ServiceRequest:
        return world.update(SUPPLIER, SUPPLIER)

    change = test_rules_signed_pre_command.next_counter
    signed = test_rules_signed_pre_command.tampered(change, update)(world)
    return signed._replace(srv=Srv.ISSUE_CREDENTIALS)


def not_given_out_and_signature(world: World) -> ServiceRequest:
    request = test_rules_signed_pre_command.never_transformed(world)
    assert isinstance(request.body, SignedPreCommand)
    gbcs = request.body.gbcs[:-1] + bytes((request.body.gbcs[-1] ^ 1,))
    return request._replace(body=SignedPreCommand(gbcs))


TOGETHER: Final[dict[str, Make]] = {
    "originator-is-a-user": unknown_without_role,
    "user-is-live": suspended_and_used,
    "request-id-is-new": used_and_not_above,
    "originator-counter-rises": below_and_reference,
    "service-reference-fits-variant": reference_and_sense,
    "content-makes-sense": sense_and_variant,
    "command-variant-fits": variant_and_not_for_a_distributor,
    "local-delivery-is-available": not_for_a_distributor_and_no_device,
    "inventory-status-allows-service": status_and_type,
    "service-fits-device-type": type_and_registration,
    "sender-is-registered": registration_and_sequence,
    "replacement-certificates-present": nothing_to_hand_over,
    "handover-has-signing-certificate": unsigned_and_above_limit,
    "floors-are-within-limits": above_limit_and_chain,
    "replacement-certificates-chain": chain_and_revoked,
    "replacement-certificates-not-revoked": revoked_and_unfit,
    "replacement-certificates-fit-cells": unfit_and_owner,
    "user-role-may-replace-role-on-device": combination_and_floor,
    "future-dating-fits-role": dated_and_top_up,
    "retrieved-roles-are-applicable": twice_and_not_on_a_gas_meter,
    "network-operator-certificate-matches-mpan": wrong_operator_and_unsigned,
    "signed-pre-command-is-readable": unsigned_and_another_request,
    "signed-pre-command-matches-request-id": another_request_and_service,
    "signed-pre-command-serves-service": test_rules_signed_pre_command.under_another_service,
    "signed-pre-command-was-transformed": not_given_out_and_signature,
    **{rule_id: make for module in MODULES for rule_id, make in _of(module, "TOGETHER").items()},
}
"""By the first of two neighbours: a request that both reject."""

NEVER_TOGETHER: Final[dict[str, str]] = {
    "role-may-send-service": "liveness is asked of the role that sends; without one it abstains",
    "device-exists": "a device is to answer, or it is not",
    "target-is-the-dcc": "a request that no device is to answer has none with a status",
    "top-up-floor-fits-role": "the floor is wrong for roles other than supplier, the type on an HCALCS, and "
    "no other role can be replaced there: the combination is rejected before either",
    "certificate-type-fits-device": "the type is wrong on an HCALCS, dating for roles other than supplier, "
    "and no other role can be replaced there: the combination is rejected before either",
    **{rule_id: reason for module in MODULES for rule_id, reason in _of(module, "NEVER_TOGETHER").items()},
}
"""By the first of two neighbours: why no request gets to both and is rejected by both."""


def services_of(rule: Rule) -> frozenset[Srv]:
    return frozenset(Srv if isinstance(rule.on_fail, ResponseCode) else rule.on_fail)


def share_no_service(first: Rule) -> bool:
    """Of rules that are asked of different services, no request is rejected by both."""
    second = RULE_BOOK[RULE_BOOK.index(first) + 1]
    return services_of(first).isdisjoint(services_of(second))


OTHER_SERVICES: Final = {rule.id for rule in RULE_BOOK[:-1] if share_no_service(rule)}


def test_every_pair_of_neighbours_is_tried_or_explained() -> None:
    firsts = {rule.id for rule in RULE_BOOK[:-1]}
    tried, explained = set(TOGETHER), set(NEVER_TOGETHER)
    assert tried | explained | OTHER_SERVICES == firsts
    assert not tried & (explained | OTHER_SERVICES)


@pytest.mark.parametrize("first_id", TOGETHER)
def test_of_two_neighbours_that_both_reject_the_first_decides(first_id: str) -> None:
    first = BY_ID[first_id]
    second = RULE_BOOK[RULE_BOOK.index(first) + 1]
    modifications = (Modification.SECMP0063,) if "matches-mpan" in second.id else ()
    world = World(modifications)
    view = world.view(TOGETHER[first_id](world))
    assert second.ask(view).outcome is Outcome.REJECT
    verdict = first.ask(view)
    assert verdict.outcome is Outcome.REJECT
    decision = decide(view)
    assert decision.rejection == verdict
    assert [asked.rule_id for asked in decision.verdicts] == [
        rule.id for rule in RULE_BOOK[: RULE_BOOK.index(first) + 1]
    ]


@pytest.mark.parametrize("first_id", NEVER_TOGETHER)
def test_neighbours_that_cannot_reject_together_do_not(first_id: str) -> None:
    """In no failing case of either does the other reject as well."""
    first = BY_ID[first_id]
    second = RULE_BOOK[RULE_BOOK.index(first) + 1]
    for case in ALL_CASES:
        for rule, other in ((first, second), (second, first)):
            if case.rule is rule:
                world = World(case.modifications)
                assert other.ask(world.view(case.fails(world))).outcome is not Outcome.REJECT, case.id


def test_on_an_hcalcs_the_combination_comes_before_floor_type_and_date() -> None:
    """The three that can only fail together where the combination has failed already."""
    world = World()
    request = with_change(
        world.update(OPERATOR, SUPPLIER, HCALCS),
        top_up=world.client(SUPPLIER).credentials.agreement.der,
        top_up_floor=OriginatorCounter(1),
        execution_date_time=world.now + DAY,
    )
    fail_together = ("top-up-floor-fits-role", "certificate-type-fits-device", "future-dating-fits-role")
    for rule_id in ("user-role-may-replace-role-on-device", *fail_together):
        assert BY_ID[rule_id].ask(world.view(request)).outcome is Outcome.REJECT
    rejection = world.submit(request).decision.rejection
    assert rejection is not None
    # Its top-up certificate is a supplier's: without that, the combination is the first to reject.
    assert rejection.rule_id == "replacement-certificates-fit-cells"
    request = with_change(world.update(OPERATOR, SUPPLIER, HCALCS), top_up_floor=OriginatorCounter(1))
    assert world.submit(request).response.code is ResponseCode.E061501


# The decision


def test_a_decision_holds_every_verdict_up_to_the_first_rejection() -> None:
    world = World()
    accepted = decide(world.view(world.read()))
    assert [verdict.rule_id for verdict in accepted.verdicts] == [rule.id for rule in RULE_BOOK]
    assert accepted.rejection is None
    refused = decide(world.view(world.read(EXPORT_SUPPLIER)))
    asked = [rule.id for rule in RULE_BOOK]
    assert [verdict.rule_id for verdict in refused.verdicts] == asked[
        : asked.index("role-may-send-service") + 1
    ]
    assert refused.rejection is refused.verdicts[-1]


def test_only_a_rejection_carries_code_and_findings() -> None:
    for make in (World.read, World.handover, test_rules_signed_pre_command.signed):
        world = World()
        for verdict in decide(world.view(make(world))).verdicts:
            assert verdict.outcome is not Outcome.REJECT
            assert (verdict.code, verdict.observed, verdict.expected) == (None, "", "")


def test_asking_a_rule_changes_nothing() -> None:
    """Only a decision uses a RequestID up: any rule can be asked at any time, and twice."""
    world = World()
    request = world.handover()
    view = world.view(request)
    first = [rule.ask(view) for rule in RULE_BOOK]
    assert [rule.ask(view) for rule in RULE_BOOK] == first
    assert not world.dcc.ledger.is_used(request)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.id)
def test_every_rule_can_be_asked_of_every_request(case: RuleCase) -> None:
    """Also of those that an earlier rule would have kept from it: none of them raises."""
    for make in (case.passes, case.fails, case.abstains or case.fails):
        world = World((Modification.SECMP0063,))
        view = world.view(make(world))
        assert [rule.ask(view).rule_id for rule in RULE_BOOK] == list(BY_ID)


def test_a_rule_with_codes_for_some_services_does_not_apply_to_others() -> None:
    world = World()
    rule = BY_ID["user-role-may-replace-role-on-device"]
    assert not isinstance(rule.on_fail, ResponseCode)
    assert set(rule.on_fail) == {Srv.UPDATE_CREDENTIALS, Srv.HANDOVER, Srv.UPDATE_CREDENTIALS_COS}
    assert rule.ask(world.view(world.read())).outcome is Outcome.NOT_APPLICABLE


def test_one_modification_is_in_force_where_it_is_switched_on_and_nowhere_else() -> None:
    under = {rule.id: rule.under for rule in RULE_BOOK if rule.under}
    assert under == {
        "network-operator-certificate-matches-mpan": Modification.SECMP0063,
        "network-operator-certificate-matches-mprn": Modification.SECMP0063_GPF,
    }
    world = World()
    view = world.view(world.handover(OTHER_OPERATOR))
    outcomes = {verdict.rule_id: verdict.outcome for verdict in decide(view).verdicts}
    assert outcomes["network-operator-certificate-matches-mpan"] is Outcome.NOT_IN_FORCE
    assert outcomes["signed-pre-command-signature"] is Outcome.NOT_APPLICABLE


def test_rejections_name_what_was_seen_and_what_would_have_passed() -> None:
    for case in ALL_CASES:
        world = World(case.modifications)
        verdict = case.rule.ask(world.view(case.fails(world)))
        assert verdict.observed, case.id
        assert verdict.expected, case.id
        assert len(verdict.observed) < 300, case.id
