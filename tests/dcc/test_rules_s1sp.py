"""The second book: what an S1SP checks of a Countersigned Service Request, in the smallest cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from dcc_worlds import NOW
from smets1_worlds import OPERATOR, OTHER_OPERATOR, SMETS1_ESME, SUPPLIER, Smets1World

from dcc.bodies.reads import Read
from dcc.countersigning import Countersigner, decode
from dcc.duis.parsing import parse
from dcc.envelope import WebService
from dcc.modifications import Modification
from dcc.response_codes import ResponseCode
from dcc.rules import smets1
from dcc.rules.model import Outcome, Rule
from dcc.rules.order import RULE_BOOK
from dcc.rules.smets1 import S1SP_RULES, decide, refusal_text
from dcc.rules.smets1_view import S1spView
from dcc.s1sp.cohorts import FOC, IOC, MODELLED_SERVICES
from dcc.s1sp.provider import S1sp
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import OriginatorCounter
from scenarios.test_bed import ACB_ID

FIRST_NUMBER: Final = str(int(NOW.timestamp() * 1000))
"""Users count in milliseconds since 1970."""


class Arrival(NamedTuple):
    """A Countersigned Service Request, and the S1SP that it comes to."""

    octets: bytes
    s1sp: S1sp


Make = Callable[[Smets1World], Arrival]


class S1spCase(NamedTuple):
    """The smallest request that a check rejects, and how; what every check passes is :func:`update`.

    ``abstains`` makes a request that the check has nothing to say to; None for one that always has.
    ``beside`` are later checks that cannot but reject the same.
    """

    rule: Rule
    fails: Make
    observed: str
    expected: str
    abstains: Make | None = None
    beside: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.rule.id}-{ResponseCode.E1004.value}"


def countersigned(world: Smets1World, request: ServiceRequest) -> Arrival:
    """What the DSP sends for a request that it passes."""
    document = world.party(request.request_id.originator).sign_request(request)
    submission = world.door.submit(document, WebService.SEND_COMMAND, world.now).submission
    assert submission.countersigned is not None, submission.decision.rejection
    return Arrival(submission.countersigned.encode(), world.s1sp)


def update(world: Smets1World) -> Arrival:
    return countersigned(world, world.update(OPERATOR, OTHER_OPERATOR))


def renewal(world: Smets1World) -> Arrival:
    return countersigned(world, world.update(OPERATOR, OPERATOR))


def read(world: Smets1World) -> Arrival:
    return countersigned(world, world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, Read()))


def tampered(world: Smets1World) -> Arrival:
    arrival = update(world)
    return arrival._replace(octets=decode(arrival.octets)._replace(signature=bytes(64)).encode())


def at_another_s1sp(world: Smets1World) -> Arrival:
    return update(world)._replace(s1sp=world.bed.open_s1sp(FOC))


def without_service(world: Smets1World, *, device: bool = True) -> S1sp:
    """The S1SP as it were if its cohort did not offer 6.15.1, with or without its device."""
    cohort = IOC._replace(services=MODELLED_SERVICES - {Srv.UPDATE_CREDENTIALS})
    s1sp = S1sp(world.s1sp.name, cohort, world.world.dcc, world.s1sp.signer, ACB_ID)
    s1sp.take_over(world.s1sp.proxies if device else ())
    return s1sp


def not_offered(world: Smets1World) -> Arrival:
    return update(world)._replace(s1sp=without_service(world))


def signed_by_another(world: Smets1World) -> Arrival:
    """As the DSP would countersign it, did it not look who had signed it."""
    arrival = update(world)
    request = decode(arrival.octets)
    tree = parse(request.document)
    tree.remove(tree[-1])
    document = world.bed.xml_signer(OTHER_OPERATOR).sign(tree, world.bed.provider)
    again = Countersigner(world.door.signer, world.bed.provider).countersign(
        request._replace(document=document)
    )
    return arrival._replace(octets=again.encode())


def as_value(world: Smets1World) -> Arrival:
    submission = world.bed.dsp.submit(world.update(OPERATOR, OTHER_OPERATOR), world.now)
    assert submission.countersigned is not None
    return Arrival(submission.countersigned.encode(), world.s1sp)


def registered_elsewhere_by_then(world: Smets1World) -> Arrival:
    arrival = update(world)
    world.register(to_other=True)
    return arrival


def exempt_by_mp107(world: Smets1World) -> Arrival:
    world.world.switch_on(Modification.MP107_S1SP)
    return registered_elsewhere_by_then(world)


def in_anothers_slot(world: Smets1World) -> Arrival:
    world.place(OTHER_OPERATOR)
    return update(world)


def again(world: Smets1World) -> Arrival:
    arrival = renewal(world)
    assert arrival.s1sp.receive(arrival.octets, world.now).text == ""
    return arrival


def revoked_by_then(world: Smets1World) -> Arrival:
    arrival = update(world)
    world.world.revoke(world.world.client(OTHER_OPERATOR).credentials.signing)
    return arrival


CASES: Final = (
    S1spCase(
        smets1.countersignature_is_the_dsps, tampered, "not by certificate", "a countersignature of the DSP"
    ),
    S1spCase(
        smets1.device_is_migrated,
        at_another_s1sp,
        str(SMETS1_ESME),
        "a device that was migrated to this S1SP",
        beside=("s1sp-ownership",),
    ),
    S1spCase(smets1.service_is_offered, not_offered, "6.15.1 in cohort IOC", "one of 4.1.1, 4.10"),
    S1spCase(
        smets1.authorising_signature_is_the_users,
        signed_by_another,
        f"certificate of {OTHER_OPERATOR}",
        f"one of {OPERATOR}",
        as_value,
    ),
    S1spCase(
        smets1.sender_is_registered,
        registered_elsewhere_by_then,
        "East and London Networks as ED is not registered",
        "the party registered there",
        read,
    ),
    S1spCase(
        smets1.sender_owns_the_slot,
        in_anothers_slot,
        "notified for networkOperator",
        f"one of {OPERATOR}",
        read,
    ),
    S1spCase(
        smets1.counter_is_above_the_last, again, FIRST_NUMBER, f"more than {FIRST_NUMBER} for networkOperator"
    ),
    S1spCase(smets1.replacement_certificates_are_good, revoked_by_then, "revoked", "not revoked", read),
)
BY_ID: Final = {case.rule.id: case for case in CASES}


def view_of(arrival: Arrival, world: Smets1World) -> S1spView:
    return arrival.s1sp._view(decode(arrival.octets), world.now)


# Every check has its cases


def test_every_check_has_its_smallest_cases_in_the_order_of_the_book() -> None:
    assert [case.rule for case in CASES] == list(S1SP_RULES)
    assert {case.rule.id for case in CASES if case.abstains is None} == {
        "s1sp-countersignature",
        "s1sp-device",
        "s1sp-service",
        "s1sp-counter",
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: S1spCase) -> None:
    world = Smets1World()
    arrival = update(world)
    answer = arrival.s1sp.receive(arrival.octets, world.now)
    outcomes = {verdict.rule_id: verdict.outcome for verdict in answer.decision.verdicts}
    assert (answer.text, outcomes[case.rule.id]) == ("", Outcome.PASS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: S1spCase) -> None:
    """It alone rejects but for what follows from it, the answer says so, and the device stays as it is."""
    world = Smets1World()
    arrival = case.fails(world)
    view, before = view_of(arrival, world), arrival.s1sp.proxies
    rejecting = [rule.id for rule in S1SP_RULES if rule.ask(view).outcome is Outcome.REJECT]
    answer = arrival.s1sp.receive(arrival.octets, world.now)
    rejection = answer.decision.rejection
    assert rejection is not None
    assert (rejection.rule_id, rejection.code) == (case.rule.id, ResponseCode.E1004)
    assert answer.text == f"S1SP: {case.rule.id.removeprefix('s1sp-')}"
    assert rejecting == [case.rule.id, *case.beside]
    assert case.observed in rejection.observed
    assert case.expected in rejection.expected
    assert arrival.s1sp.proxies == before


@pytest.mark.parametrize("case", [case for case in CASES if case.abstains], ids=lambda case: case.id)
def test_smallest_case_that_a_check_has_nothing_to_say_to(case: S1spCase) -> None:
    assert case.abstains is not None
    world = Smets1World()
    verdict = case.rule.ask(view_of(case.abstains(world), world))
    assert (verdict.outcome, verdict.code) == (Outcome.NOT_APPLICABLE, None)


def test_mp107_takes_registration_from_the_operators_slot_alone() -> None:
    world = Smets1World()
    verdict = smets1.sender_is_registered.ask(view_of(exempt_by_mp107(world), world))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


# What each check says of itself


@pytest.mark.parametrize("rule", S1SP_RULES, ids=lambda rule: rule.id)
def test_metadata_of_a_check(rule: Rule) -> None:
    assert re.fullmatch(r"s1sp-[a-z]+", rule.id)
    assert rule.text.endswith(".")
    assert rule.clause.document
    assert rule.clause.clause
    assert (rule.step, rule.on_fail, rule.under) == ("S1SP", ResponseCode.E1004, None)
    assert not ResponseCode.E1004.confirmed


def test_no_check_is_called_as_a_rule_of_the_dsp() -> None:
    assert not {rule.id for rule in S1SP_RULES} & {rule.id for rule in RULE_BOOK}


# The order of neighbours: both fail, and the first decides


def tampered_at_another(world: Smets1World) -> Arrival:
    return tampered(world)._replace(s1sp=world.bed.open_s1sp(FOC))


def neither_device_nor_service(world: Smets1World) -> Arrival:
    return update(world)._replace(s1sp=without_service(world, device=False))


def not_offered_and_signed_by_another(world: Smets1World) -> Arrival:
    return signed_by_another(world)._replace(s1sp=without_service(world))


def signed_by_another_and_not_registered(world: Smets1World) -> Arrival:
    arrival = signed_by_another(world)
    world.register(to_other=True)
    return arrival


def neither_registered_nor_owner(world: Smets1World) -> Arrival:
    arrival = in_anothers_slot(world)
    world.register(to_other=True)
    return arrival


def replaced_with_a_high_floor(world: Smets1World) -> Arrival:
    """The request comes again: its sender has left the slot, and under a number above its own."""
    body = world.world.certificates_of(OTHER_OPERATOR)._replace(floor=OriginatorCounter(2**62))
    arrival = countersigned(world, world.update(OPERATOR, body))
    assert arrival.s1sp.receive(arrival.octets, world.now).text == ""
    return arrival


def again_and_revoked(world: Smets1World) -> Arrival:
    arrival = again(world)
    world.world.revoke(world.world.client(OPERATOR).credentials.agreement)
    return arrival


TOGETHER: Final[dict[str, Make]] = {
    "s1sp-countersignature": tampered_at_another,
    "s1sp-device": neither_device_nor_service,
    "s1sp-service": not_offered_and_signed_by_another,
    "s1sp-signature": signed_by_another_and_not_registered,
    "s1sp-registration": neither_registered_nor_owner,
    "s1sp-ownership": replaced_with_a_high_floor,
    "s1sp-counter": again_and_revoked,
}
"""By the first of two neighbours: a request that both reject."""


def test_every_pair_of_neighbours_is_tried() -> None:
    assert list(TOGETHER) == [rule.id for rule in S1SP_RULES[:-1]]


@pytest.mark.parametrize("first_id", TOGETHER)
def test_of_two_neighbouring_checks_that_both_reject_the_first_decides(first_id: str) -> None:
    first = BY_ID[first_id].rule
    second = S1SP_RULES[S1SP_RULES.index(first) + 1]
    world = Smets1World()
    view = view_of(TOGETHER[first_id](world), world)
    assert [rule.ask(view).outcome for rule in (first, second)] == [Outcome.REJECT] * 2
    assert refusal_text(decide(view)) == f"S1SP: {first_id.removeprefix('s1sp-')}"
