"""Step 19 of the DSP's checks: anomaly detection, off until thresholds are set."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    GPF,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    SECOND,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
)

from dcc.alert_payloads import Breach
from dcc.anomaly import AnomalyDetection, Threshold, top_up_pence
from dcc.bodies.meters import TopUp
from dcc.errors import DccValueError
from dcc.response_codes import ResponseCode
from dcc.rules import anomaly
from dcc.rules.model import Decision, Outcome
from dcc.rules.order import decide
from dcc.service_requests import OtherBody, ServiceRequest, SignedPreCommand
from dcc.srv import Srv
from devices.gbcs.utrn import TopUpValue, Utrn, UtrnParts, ValueClass

Code = ResponseCode
READS: Final = frozenset({Srv.READ_NETWORK_DATA, Srv.READ_IMPORT_REGISTERS})


def reads(most: int, period: timedelta = DAY) -> Threshold:
    return Threshold(READS, most, period)


def second_read(most: int, *, of_dcc: bool = False) -> Make:
    """The second read of a day, in which ``most`` are expected."""

    def make(world: World) -> ServiceRequest:
        detection = world.dcc.anomaly
        if of_dcc:
            detection.set_dcc_thresholds([reads(most)])
        else:
            detection.set_user_thresholds(OPERATOR, [reads(most)])
        assert decide(world.view(world.read())).rejection is None
        return world.read()

    return make


def utrn(pounds: int) -> str:
    return Utrn.of(UtrnParts(0, TopUpValue(ValueClass.POUNDS, pounds), bytes(4)))


def top_up(pounds: int) -> Make:
    """A top-up of a supplier that expects none above £50."""

    def make(world: World) -> ServiceRequest:
        world.dcc.anomaly.set_top_up_limit(SUPPLIER, 5000)
        return world.ask(SUPPLIER, Srv.TOP_UP, ESME, TopUp(utrn(pounds)))

    return make


CASES: Final = (
    RuleCase(
        anomaly.user_threshold_holds,
        second_read(2),
        second_read(1),
        Code.SIM_QUARANTINE,
        "one more",
        "at most 1 of 4.1.1, 4.10 in 1 day, 0:00:00, as the User has set",
        World.read,
    ),
    RuleCase(
        anomaly.dcc_threshold_holds,
        second_read(2, of_dcc=True),
        second_read(1, of_dcc=True),
        Code.SIM_QUARANTINE,
        "one more",
        "as the DCC has set",
        World.read,
    ),
    RuleCase(
        anomaly.attribute_limits_hold,
        top_up(50),
        top_up(51),
        Code.SIM_QUARANTINE,
        "top-up of 5100 pence",
        "at most 5000 pence",
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


def badly_signed_beyond_threshold(world: World) -> ServiceRequest:
    updates = Threshold(frozenset({Srv.UPDATE_CREDENTIALS}), 1, DAY)
    world.dcc.anomaly.set_user_thresholds(OPERATOR, [updates])
    assert decide(world.view(world.signed(world.update()))).rejection is None
    signed = world.signed(world.update())
    assert isinstance(signed.body, SignedPreCommand)
    return signed._replace(body=SignedPreCommand(signed.body.gbcs[:-1] + bytes([signed.body.gbcs[-1] ^ 1])))


def beyond_both(world: World) -> ServiceRequest:
    world.dcc.anomaly.set_dcc_thresholds([reads(1)])
    return second_read(1)(world)


def top_up_beyond_threshold(world: World) -> ServiceRequest:
    top_ups = Threshold(frozenset({Srv.TOP_UP}), 1, DAY)
    world.dcc.anomaly.set_dcc_thresholds([top_ups])
    assert decide(world.view(top_up(50)(world))).rejection is None
    return top_up(51)(world)


TOGETHER: Final[dict[str, Make]] = {
    "signed-pre-command-signature": badly_signed_beyond_threshold,
    "user-threshold-holds": beyond_both,
    "dcc-threshold-holds": top_up_beyond_threshold,
}


# Counting


def quarantined(world: World, request: ServiceRequest) -> bool:
    rejection = decide(world.view(request)).rejection
    assert rejection is None or rejection.code is Code.SIM_QUARANTINE, rejection
    return rejection is not None


def test_the_window_slides() -> None:
    """Two reads within any hour; the third waits until the first is an hour old."""
    world = World()
    world.dcc.anomaly.set_user_thresholds(OPERATOR, [reads(2, timedelta(hours=1))])
    for minutes, held in ((0, False), (30, False), (59, True), (60, False), (89, True), (90, False)):
        world.now = NOW + timedelta(minutes=minutes)
        assert quarantined(world, world.read()) is held, minutes


def test_a_window_is_open_to_the_second() -> None:
    world = World()
    world.dcc.anomaly.set_user_thresholds(OPERATOR, [reads(1)])
    assert not quarantined(world, world.read())
    world.now = NOW + DAY - SECOND
    assert quarantined(world, world.read())
    world.now = NOW + DAY
    assert not quarantined(world, world.read())


def test_services_of_a_group_count_together_and_others_not() -> None:
    world = World()
    world.dcc.anomaly.set_user_thresholds(SUPPLIER, [Threshold(frozenset({Srv.READ_NETWORK_DATA}), 1, DAY)])
    for expected in (False, True):
        assert quarantined(world, world.read(SUPPLIER)) is expected
    assert not quarantined(world, top_up(1)(world))


def test_thresholds_of_one_user_leave_others_alone_those_of_the_dcc_do_not() -> None:
    world = World()
    world.dcc.anomaly.set_user_thresholds(OPERATOR, [reads(1)])
    world.dcc.anomaly.set_dcc_thresholds([reads(2)])
    assert not quarantined(world, world.read())
    assert not quarantined(world, world.read(SUPPLIER))
    assert quarantined(world, world.read(SUPPLIER))


def test_what_is_refused_or_held_back_does_not_count() -> None:
    world = World()
    world.dcc.anomaly.set_dcc_thresholds([reads(1)])
    assert decide(world.view(world.read(OTHER_OPERATOR))).rejection is not None
    assert not quarantined(world, world.read())
    assert quarantined(world, world.read())
    world.now = NOW + DAY
    assert not quarantined(world, world.read())


def test_what_is_not_modelled_counts_as_the_dcc_would_have_sent_it() -> None:
    world = World()
    srv = Srv.READ_PREPAYMENT_CONFIGURATION
    world.dcc.anomaly.set_dcc_thresholds([Threshold(frozenset({srv}), 1, DAY)])
    body = OtherBody("ReadPrepaymentConfiguration", b"<ReadPrepaymentConfiguration/>")
    codes = [world.submit(world.ask(SUPPLIER, srv, ESME, body)).response.code for _ in range(2)]
    assert codes == [ResponseCode.SIM_NOT_MODELLED, ResponseCode.I99]
    assert [request.srv for request in world.dcc.ledger.quarantined.values()] == [srv]


def test_a_transform_does_not_count_its_second_call_does() -> None:
    world = World()
    updates = Threshold(frozenset({Srv.UPDATE_CREDENTIALS}), 1, DAY)
    world.dcc.anomaly.set_user_thresholds(OPERATOR, [updates])
    calls = [world.signed(world.update()) for _ in range(2)]
    assert [quarantined(world, signed) for signed in calls] == [False, True]


def test_a_quarantined_request_is_neither_done_nor_failed_but_used() -> None:
    world = World()
    request = second_read(1)(world)
    assert quarantined(world, request)
    assert world.dcc.ledger.is_used(request)
    assert world.dcc.ledger.outcome(request.request_id) is None


def test_thresholds_can_be_taken_back() -> None:
    world = World()
    request = second_read(1)(world)
    world.dcc.anomaly.set_user_thresholds(OPERATOR, [])
    assert not quarantined(world, request)
    world.dcc.anomaly.set_top_up_limit(SUPPLIER, 1)
    world.dcc.anomaly.set_top_up_limit(SUPPLIER, None)
    view = world.view(world.ask(SUPPLIER, Srv.TOP_UP, ESME, TopUp(utrn(99))))
    assert anomaly.attribute_limits_hold.ask(view).outcome is Outcome.NOT_APPLICABLE


def test_a_number_that_is_no_top_up_has_no_value() -> None:
    """Whether it is one, is for the meter."""
    world = World()
    world.dcc.anomaly.set_top_up_limit(SUPPLIER, 1)
    for digits in ("", "0" * 20, utrn(1)[:-1] + "x"):
        request = world.ask(SUPPLIER, Srv.TOP_UP, ESME, TopUp(digits))
        assert top_up_pence(request) is None
        assert anomaly.attribute_limits_hold.ask(world.view(request)).outcome is Outcome.NOT_APPLICABLE
    assert top_up_pence(world.ask(SUPPLIER, Srv.TOP_UP, ESME, TopUp(utrn(3)))) == 300


def test_a_threshold_of_many_services_and_of_all_time() -> None:
    world = World()
    threshold = Threshold(frozenset(Srv), 1, timedelta.max)
    assert str(threshold).startswith(f"1 of {len(Srv)} services in ")
    world.dcc.anomaly.set_dcc_thresholds([threshold])
    assert [quarantined(world, world.read()) for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    "threshold", [Threshold(READS, 0, DAY), Threshold(READS, 1, 0 * DAY), Threshold(frozenset(), 1, DAY)]
)
def test_a_threshold_that_makes_no_sense_is_refused(threshold: Threshold) -> None:
    detection = AnomalyDetection()
    with pytest.raises(DccValueError, match="anomaly threshold"):
        detection.set_dcc_thresholds([threshold])
    with pytest.raises(DccValueError, match="anomaly threshold"):
        detection.set_user_thresholds(OPERATOR, [threshold])


# Which limit was passed


@pytest.mark.parametrize(
    ("case", "breach"),
    list(zip(CASES, (Breach.USER_THRESHOLD, Breach.DCC_THRESHOLD, Breach.ATTRIBUTE_LIMITS), strict=True)),
    ids=lambda item: item.id if isinstance(item, RuleCase) else "",
)
def test_the_decision_says_which_limit_was_passed(case: RuleCase, breach: Breach) -> None:
    world = World()
    assert anomaly.breach_of(decide(world.view(case.fails(world)))) is breach


def test_any_other_decision_passes_no_limit() -> None:
    world = World()
    assert anomaly.breach_of(Decision(())) is None
    assert anomaly.breach_of(decide(world.view(world.read()))) is None
    assert anomaly.breach_of(decide(world.view(world.read(OPERATOR, GPF)))) is None
