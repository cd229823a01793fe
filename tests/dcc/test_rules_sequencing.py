"""Step 13 of the DSP's checks: requests in a sequence, and what the ledger remembers for it."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    OPERATOR,
    OTHER_OPERATOR,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
)

from dcc.bodies.reads import Read
from dcc.identifiers import RequestId
from dcc.ledger import RequestLedger
from dcc.response_codes import ResponseCode
from dcc.rules import sequencing
from dcc.rules.order import decide
from dcc.service_requests import OtherBody, ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import OriginatorCounter

Code = ResponseCode


def first(world: World) -> ServiceRequest:
    """The first request of a sequence, accepted by the DCC and not answered yet."""
    request = world.read()._replace(first_in_sequence=True)
    assert world.submit(request).decision.rejection is None
    return request


def finished(world: World) -> ServiceRequest:
    request = first(world)
    world.dcc.ledger.settle(request.request_id, succeeded=True)
    return request


def failed(world: World) -> ServiceRequest:
    request = first(world)
    world.dcc.ledger.settle(request.request_id, succeeded=False)
    return request


def after(request_id: RequestId, world: World) -> ServiceRequest:
    return world.read()._replace(preceding=request_id)


def second(world: World) -> ServiceRequest:
    return after(finished(world).request_id, world)


def both_flags(world: World) -> ServiceRequest:
    return second(world)._replace(first_in_sequence=True)


def after_itself(world: World) -> ServiceRequest:
    request = world.read()
    return request._replace(preceding=request.request_id)


def after_anothers(world: World) -> ServiceRequest:
    """The other's request is as good as done: it is just not the sender's."""
    other = world.ask(SUPPLIER, Srv.READ_IDENTITY, world.read().request_id.target, Read())
    world.submit(other)
    world.dcc.ledger.settle(other.request_id, succeeded=True)
    return after(other.request_id, world)


def after_unknown(world: World) -> ServiceRequest:
    """One that was never sent. What counts is that the DCC took it, whatever is said of its end."""
    request_id = world.read().request_id
    world.dcc.ledger.settle(request_id, succeeded=True)
    return after(request_id, world)


def after_unfinished(world: World) -> ServiceRequest:
    return after(first(world).request_id, world)


def as_second_follower(world: World) -> ServiceRequest:
    preceding = finished(world).request_id
    assert world.submit(after(preceding, world)).decision.rejection is None
    return after(preceding, world)


CASES: Final = (
    RuleCase(
        sequencing.sequence_flags_agree,
        lambda world: world.read()._replace(first_in_sequence=True),
        both_flags,
        Code.SIM_SEQUENCE,
        "first in sequence, preceded by",
        "one of the two",
        World.read,
    ),
    RuleCase(
        sequencing.preceding_request_is_another,
        second,
        after_itself,
        Code.SIM_SEQUENCE,
        "precedes itself",
        "an earlier request",
        World.read,
    ),
    RuleCase(
        sequencing.preceding_request_is_the_senders,
        second,
        after_anothers,
        Code.SIM_SEQUENCE,
        str(SUPPLIER),
        f"one of {OPERATOR}",
        World.read,
    ),
    RuleCase(
        sequencing.preceding_request_is_known,
        second,
        after_unknown,
        Code.SIM_SEQUENCE,
        "is not known",
        "a request that the DCC has taken",
        World.read,
    ),
    RuleCase(
        sequencing.preceding_request_succeeded,
        second,
        after_unfinished,
        Code.SIM_SEQUENCE,
        "is not answered yet",
        "a request that has succeeded",
        World.read,
    ),
    RuleCase(
        sequencing.preceding_request_has_no_follower,
        second,
        as_second_follower,
        Code.SIM_SEQUENCE,
        "is followed by",
        "a request that none follows yet",
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


def first_after_itself(world: World) -> ServiceRequest:
    return after_itself(world)._replace(first_in_sequence=True)


def after_anothers_unknown(world: World) -> ServiceRequest:
    request_id = world.read().request_id._replace(originator=OTHER_OPERATOR)
    return after(request_id, world)


def after_never_sent(world: World) -> ServiceRequest:
    return after(world.read().request_id, world)


def second_follower_at_a_time(world: World) -> ServiceRequest:
    request = as_second_follower(world)
    return request._replace(srv=Srv.READ_IDENTITY, body=Read(world.now + DAY))


TOGETHER: Final[dict[str, Make]] = {
    "sequence-flags-agree": first_after_itself,
    "preceding-request-is-the-senders": after_anothers_unknown,
    "preceding-request-is-known": after_never_sent,
    "preceding-request-has-no-follower": second_follower_at_a_time,
}
NEVER_TOGETHER: Final = {
    "preceding-request-is-another": "a request that names itself names one of the same User",
    "preceding-request-succeeded": "only what has succeeded is followed by another",
}


# Beside the smallest cases


def test_a_request_that_failed_is_followed_by_none() -> None:
    world = World()
    rejection = decide(world.view(after(failed(world).request_id, world))).rejection
    assert rejection is not None
    assert rejection.observed.endswith("has failed")


def test_what_the_dcc_refused_has_failed() -> None:
    world = World()
    refused = world.read(OTHER_OPERATOR)
    assert world.submit(refused).response.code is Code.E4
    assert world.dcc.ledger.outcome(refused.request_id) is False
    follower = world.read(OTHER_OPERATOR)._replace(preceding=refused.request_id)
    rejection = sequencing.preceding_request_succeeded.ask(world.view(follower))
    assert rejection.observed == f"{refused.request_id} has failed"


def test_a_refused_follower_leaves_its_place_to_the_next() -> None:
    world = World()
    preceding = finished(world).request_id
    late = after(preceding, world)._replace(srv=Srv.READ_IDENTITY, body=Read(world.now + DAY))
    assert world.submit(late).response.code is Code.SIM_DATE
    assert decide(world.view(after(preceding, world))).rejection is None


def test_a_follower_that_is_not_modelled_has_failed_and_leaves_its_place() -> None:
    world = World()
    preceding = world.read(SUPPLIER)
    world.submit(preceding)
    world.dcc.ledger.settle(preceding.request_id, succeeded=True)
    body = OtherBody("ReadPrepaymentConfiguration", b"<ReadPrepaymentConfiguration/>")
    lost = world.ask(SUPPLIER, Srv.READ_PREPAYMENT_CONFIGURATION, ESME, body)
    lost = lost._replace(preceding=preceding.request_id)
    assert world.submit(lost).response.code is Code.SIM_NOT_MODELLED
    for follows, code in (
        (lost, Code.SIM_SEQUENCE),
        (preceding, Code.I99),
        (preceding, Code.SIM_SEQUENCE),
    ):
        follower = world.read(SUPPLIER)._replace(preceding=follows.request_id)
        assert world.submit(follower).response.code is code


def test_what_is_refused_does_not_take_the_place_of_the_follower_that_there_is() -> None:
    world = World()
    preceding = finished(world).request_id
    follower, late = after(preceding, world), after(preceding, world)
    assert world.submit(follower).response.code is Code.I99
    world.dcc.ledger.leave_place(late)
    assert world.dcc.ledger.follower(preceding) == follower.request_id
    world.dcc.ledger.leave_place(follower)
    assert world.dcc.ledger.follower(preceding) is None


def test_a_follower_whose_command_was_in_vain_keeps_its_place() -> None:
    world = World()
    preceding = finished(world).request_id
    submission = world.submit(after(preceding, world))
    assert submission.command is not None
    world.bed.dsp.give_up(submission.command, Code.E21, world.now)
    assert world.submit(after(preceding, world)).response.code is Code.SIM_SEQUENCE


def test_a_sequence_of_three() -> None:
    world = World()
    request = finished(world)
    for _ in range(2):
        request = after(request.request_id, world)
        assert decide(world.view(request)).rejection is None
        world.dcc.ledger.settle(request.request_id, succeeded=True)


def test_a_transform_waits_for_nothing_and_its_second_call_does() -> None:
    world = World()
    unfinished = first(world)
    update = world.update()._replace(preceding=unfinished.request_id)
    signed = world.signed(update)._replace(preceding=unfinished.request_id)
    verdict = sequencing.preceding_request_succeeded.ask(world.view(signed))
    assert verdict.code is Code.SIM_SEQUENCE
    world.dcc.ledger.settle(unfinished.request_id, succeeded=True)
    assert decide(world.view(signed)).rejection is None


def test_both_flags_and_strangers_requests_are_refused_at_the_transform() -> None:
    world = World()
    update = world.update()
    for asked in (
        update._replace(first_in_sequence=True, preceding=update.request_id),
        update._replace(preceding=update.request_id),
        update._replace(preceding=update.request_id._replace(originator=SUPPLIER)),
    ):
        view = world.view(asked)
        codes = {rule.ask(view).code for rule in (case.rule for case in CASES)}
        assert Code.SIM_SEQUENCE in codes


# The ledger


def test_what_has_succeeded_cannot_fail_any_more() -> None:
    ledger = RequestLedger()
    request_id = RequestId(OPERATOR, SUPPLIER, OriginatorCounter(1))
    assert ledger.outcome(request_id) is None
    for succeeded, expected in ((False, False), (True, True), (False, True)):
        ledger.settle(request_id, succeeded)
        assert ledger.outcome(request_id) is expected


def test_a_duplicate_does_not_make_the_first_fail() -> None:
    world = World()
    request = first(world)
    assert world.submit(request).response.code is Code.SIM_DUP
    world.dcc.ledger.settle(request.request_id, succeeded=True)
    assert world.dcc.ledger.outcome(request.request_id) is True


def test_quarantined_requests_are_numbered_from_one() -> None:
    world, ledger = World(), RequestLedger()
    requests = [world.read(), world.read()]
    assert [ledger.quarantine(request) for request in requests] == [1, 2]
    assert dict(ledger.quarantined) == {1: requests[0], 2: requests[1]}
