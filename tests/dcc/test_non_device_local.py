"""8.13: responses to commands that were delivered on site."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    ESME,
    GPF,
    OPERATOR,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
)
from non_device_worlds import ask, pre_notification, render

from dcc.bodies.inventory import ReturnLocalResponse
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from dcc.rules import non_device_local as rules
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode

Code = ResponseCode


def octets(original: RequestId, cra: Cra = Cra.RESPONSE, device: Eui64 | None = None) -> bytes:
    """What a device may answer; nobody checks here who protected it."""
    user, target, counter = original
    source, sink = (user, target) if cra is Cra.COMMAND else (device or target, user)
    header = GroupingHeader(cra, counter, source, sink, OtherInformation(MessageCode(0x0033)))
    return encode(Message(header, b"\x00"))


def taken_away(world: World) -> RequestId:
    """A request whose command the supplier took away."""
    request = world.read(SUPPLIER)
    world.dcc.ledger.consume(request)
    world.dcc.local_commands.note(request.request_id)
    return request.request_id


def returned(
    world: World, gbcs: bytes, original: RequestId | None = None, user: Eui64 = SUPPLIER
) -> ServiceRequest:
    return ask(world, Srv.RETURN_LOCAL_RESPONSE, ReturnLocalResponse(gbcs, original), user)


def named(world: World) -> ServiceRequest:
    original = taken_away(world)
    return returned(world, octets(original), original)


def not_named(world: World) -> ServiceRequest:
    return returned(world, octets(taken_away(world)))


def unreadable(world: World) -> ServiceRequest:
    return returned(world, b"rubbish", taken_away(world))


def a_command(world: World) -> ServiceRequest:
    original = taken_away(world)
    return returned(world, octets(original, Cra.COMMAND), original)


def never_sent(world: World) -> ServiceRequest:
    original = taken_away(world)._replace(counter=OriginatorCounter(1))
    return returned(world, octets(original), original)


def sent_over_the_wan(world: World) -> ServiceRequest:
    request = world.read(SUPPLIER)
    world.submit(request)
    return returned(world, octets(request.request_id), request.request_id)


def of_another_device(world: World) -> ServiceRequest:
    original = taken_away(world)
    return returned(world, octets(original, device=GPF), original)


def of_another_user(world: World) -> ServiceRequest:
    request = world.read(OPERATOR)
    world.dcc.ledger.consume(request)
    world.dcc.local_commands.note(request.request_id)
    return returned(world, octets(request.request_id), request.request_id)


def notification(world: World) -> ServiceRequest:
    return ask(world, Srv.PRE_NOTIFY_DEVICE, pre_notification())


def unreadable_without_original(world: World) -> ServiceRequest:
    return returned(world, b"rubbish")


CASES: Final = (
    RuleCase(
        rules.local_response_is_readable,
        named,
        unreadable,
        Code.SIM_GBCS,
        "",
        "a GBCS response",
        notification,
    ),
    RuleCase(
        rules.original_request_is_known,
        named,
        never_sent,
        Code.E081301,
        "unknown",
        "a known request",
        unreadable_without_original,
    ),
    RuleCase(
        rules.original_request_was_for_local_delivery,
        not_named,
        sent_over_the_wan,
        Code.E081302,
        "not given out",
        "local delivery",
        unreadable_without_original,
    ),
    RuleCase(
        rules.local_response_is_of_original_device,
        named,
        of_another_device,
        Code.E081303,
        str(GPF),
        str(ESME),
        unreadable,
    ),
)


def unreadable_and_unknown(world: World) -> ServiceRequest:
    return returned(world, b"rubbish", taken_away(world)._replace(counter=OriginatorCounter(1)))


def over_the_wan_and_of_another_device(world: World) -> ServiceRequest:
    request = world.read(SUPPLIER)
    world.submit(request)
    return returned(world, octets(request.request_id, device=GPF), request.request_id)


TOGETHER: Final[dict[str, Make]] = {
    "local-response-is-readable": unreadable_and_unknown,
    "original-request-is-known": never_sent,
    "original-request-was-for-local-delivery": over_the_wan_and_of_another_device,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


@pytest.mark.parametrize(
    ("make", "code"), [(a_command, "SIM-GBCS"), (of_another_user, "E081301"), (named, "I99")]
)
def test_more_returns(make: Make, code: str) -> None:
    world = World()
    assert world.submit(make(world)).response.code.value == code


def test_the_octets_are_handed_on_as_they_came() -> None:
    world = World()
    request = named(world)
    assert isinstance(request.body, ReturnLocalResponse)
    result = render(world, request)
    assert (result.code, result.body) == (Code.I99, None)
    assert result.device_octets == request.body.gbcs
