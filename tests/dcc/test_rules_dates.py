"""Step 14 of the DSP's checks: execution date-times of any service."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    DAY,
    ESME,
    NOW,
    OPERATOR,
    SECOND,
    START,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    with_change,
)

from dcc.bodies.credentials import CANCELLATION
from dcc.bodies.meters import ActivateFirmware
from dcc.bodies.reads import EventLog, Read, ReadDeviceLog, ReadEventLog, ReadLog
from dcc.response_codes import ResponseCode
from dcc.rules import dates
from dcc.rules.model import Outcome
from dcc.rules.order import decide
from dcc.service_requests import CommandVariant, OtherBody, RequestBody, ServiceRequest
from dcc.services import SERVICES, HeldBy
from dcc.srv import Srv

Code = ResponseCode


def registers(at: datetime | None, variant: CommandVariant = CommandVariant.COMMAND) -> Make:
    """4.1.1, which the DCC holds until its time."""
    return lambda world: world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, ESME, Read(at), variant)


def identity(at: datetime | None) -> Make:
    """6.2.4, which cannot wait."""
    return lambda world: world.ask(OPERATOR, Srv.READ_IDENTITY, ESME, Read(at))


def update_at(at: datetime) -> Make:
    """6.15.1 of a supplier, which the device holds until its time."""
    return lambda world: with_change(world.update(SUPPLIER, SUPPLIER), execution_date_time=at)


def within(days: int, make: Make) -> Make:
    def limited(world: World) -> ServiceRequest:
        world.dcc.furthest_execution = days * DAY
        return make(world)

    return limited


CASES: Final = (
    RuleCase(
        dates.execution_time_is_allowed,
        registers(NOW + DAY),
        identity(NOW + DAY),
        Code.SIM_DATE,
        "2026-01-06T01:00:00+00:00",
        "none for 6.2.4, executed at once",
        World.read,
    ),
    RuleCase(
        dates.cancellation_is_for_a_device,
        update_at(CANCELLATION),
        registers(CANCELLATION),
        Code.SIM_DATE,
        "cancellation of 4.1.1",
        "a service that devices hold until its time",
        registers(NOW + DAY),
    ),
    RuleCase(
        dates.execution_time_is_near_enough,
        within(1, registers(NOW + DAY)),
        within(1, registers(NOW + DAY + SECOND)),
        Code.SIM_DATE,
        "1 day, 0:00:01 ahead",
        "1 day, 0:00:00 at most",
        registers(NOW + DAY),
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


def far_and_backwards(world: World) -> ServiceRequest:
    body = ReadLog(NOW, START, execution_date_time=NOW + 2 * DAY)
    world.dcc.furthest_execution = DAY
    return world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME, body)


TOGETHER: Final[dict[str, Make]] = {
    "execution-time-is-allowed": identity(NOW - SECOND),
    "execution-time-is-near-enough": far_and_backwards,
}
NEVER_TOGETHER: Final = {
    "execution-time-is-usable": "of a cancellation nothing is asked but whom it is for",
    "cancellation-is-for-a-device": "a cancellation is no time ahead",
    "read-period-is-usable": "a request either reads a period or replaces credentials",
}


# Beside the smallest cases


DATED: Final = {
    Srv.READ_IMPORT_REGISTERS: Read(NOW + DAY),
    Srv.READ_NETWORK_DATA: ReadLog(START, NOW, execution_date_time=NOW + DAY),
    Srv.READ_DEVICE_LOG: ReadDeviceLog(execution_date_time=NOW + DAY),
    Srv.ACTIVATE_FIRMWARE: ActivateFirmware(bytes(32), NOW + DAY),
    Srv.DISPLAY_MESSAGE: OtherBody("DisplayMessage", b"", NOW + DAY),
    Srv.UPDATE_IMPORT_TARIFF_PRIMARY_ELEMENT: OtherBody("UpdateImportTariff", b"", NOW + DAY),
    Srv.CLEAR_EVENT_LOG: OtherBody("ClearEventLog", b"", NOW + DAY),
    Srv.ADD_AUXILIARY_LOAD_TO_BOOST_BUTTON: OtherBody("AddAuxiliaryLoadToBoostButton", b"", NOW + DAY),
}


@pytest.mark.parametrize("srv", DATED, ids=lambda srv: srv.value)
def test_any_body_with_an_execution_time_is_held_against_its_service(srv: Srv) -> None:
    """What the schema lets carry a time is not always what may have one."""
    world = World()
    target = CHF if srv is Srv.READ_DEVICE_LOG else ESME
    view = world.view(world.ask(SUPPLIER, srv, target, DATED[srv]))
    assert view.execution_date_time == view.execution_time == NOW + DAY
    allowed = dates.execution_time_is_allowed.ask(view).outcome
    assert allowed is (Outcome.PASS if SERVICES[srv].future_dated else Outcome.REJECT)
    assert dates.execution_time_is_usable.ask(view).outcome is Outcome.PASS


@pytest.mark.parametrize("srv", Srv, ids=lambda srv: srv.value)
def test_who_holds_what_decides_what_can_be_called_off(srv: Srv) -> None:
    """By the service table, for a body of any kind."""
    world = _WORLD
    body: RequestBody = OtherBody(SERVICES[srv].element, b"", CANCELLATION)
    verdict = dates.cancellation_is_for_a_device.ask(world.view(world.ask(SUPPLIER, srv, ESME, body)))
    held_by_device = HeldBy.DEVICE in SERVICES[srv].future_dated
    assert verdict.outcome is (Outcome.PASS if held_by_device else Outcome.REJECT)


_WORLD: Final = World()


@pytest.mark.parametrize(
    ("at", "passes"),
    [
        (NOW, True),
        (NOW - SECOND, False),
        ((NOW + DAY).replace(tzinfo=None), False),
        ((NOW + DAY).replace(microsecond=1), False),
        (CANCELLATION - SECOND, True),
        (CANCELLATION + SECOND, False),
    ],
    ids=["now", "past", "without zone", "part of a second", "far ahead", "after a cancellation"],
)
def test_which_time_can_be_used_for_a_read(at: datetime, passes: bool) -> None:
    world = World()
    rejection = decide(world.view(registers(at)(world))).rejection
    assert (rejection is None) is passes
    if rejection is not None:
        assert (rejection.rule_id, rejection.code) == ("execution-time-is-usable", Code.SIM_DATE)


@pytest.mark.parametrize("variant", [CommandVariant.LOCAL_COMMAND, CommandVariant.COMMAND_AND_LOCAL])
def test_what_is_delivered_on_site_does_not_wait(variant: CommandVariant) -> None:
    world = World()
    rejection = decide(world.view(registers(NOW + DAY, variant)(world))).rejection
    assert rejection is not None
    assert rejection.rule_id == "execution-time-is-allowed"
    assert rejection.observed.endswith("for local delivery")
    assert decide(world.view(registers(None, variant)(world))).rejection is None


def test_the_limit_counts_for_a_time_inside_a_signed_payload_as_well() -> None:
    world = World()
    signed = world.signed(update_at(NOW + 2 * DAY)(world))
    world.dcc.furthest_execution = DAY
    rejection = decide(world.view(signed)).rejection
    assert rejection is not None
    assert rejection.rule_id == "execution-time-is-near-enough"
    world.dcc.furthest_execution = timedelta(days=2)
    assert dates.execution_time_is_near_enough.ask(world.view(signed)).outcome is Outcome.PASS


def test_the_period_of_an_event_log_is_checked_as_any_other() -> None:
    world = World()
    for start, end, code in ((START, NOW, None), (NOW, START, Code.SIM_DATE)):
        body = ReadEventLog(start, end, EventLog.EVENT)
        view = world.view(world.ask(OPERATOR, Srv.READ_EVENT_LOG, ESME, body))
        assert dates.read_period_is_usable.ask(view).code is code
