"""Commands with a time of execution to come: how they wait, give way, are executed and reported."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Final

import pytest
from device_worlds import (
    ACB,
    ACB_BY_ACB_ON_HUB,
    BY_ACB,
    BY_CONTINGENCY,
    BY_COS,
    BY_LOAD_CONTROLLER,
    BY_OPERATOR,
    BY_RECOVERY,
    BY_SUPPLIER,
    BY_WAN_PROVIDER,
    LOAD_CONTROLLER_BY_SUPPLIER,
    METER_CASES,
    NOW,
    OPERATOR,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    SUPPLIER,
    SUPPLIER_CELLS,
    TRANSITIONAL_COS,
    ModeCase,
    World,
    counter_values,
    flip,
    make_party,
    mode_name,
    only_sent,
)

from devices import cells
from devices.assumptions import DeviceAssumptions, PathTimes
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import DeviceFaults
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    CredentialStatus,
    Replacement,
    SpecialistFloor,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, MessageShape, parse
from devices.gpf import Gpf
from devices.pending import PendingCommand
from devices.security_log import Refusal
from devices.snapshot import restore, snapshot

ROLE = RemotePartyRole
STATUS = CredentialStatus
SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)
DUE: Final = NOW + DAY
SIGNING: Final = cells.NETWORK_OPERATOR_SIGNING
EVERY_CASE: Final = [(Esme, case) for case in METER_CASES] + [
    (Chf, BY_WAN_PROVIDER),
    (Chf, ACB_BY_ACB_ON_HUB),
    (Gpf, BY_OPERATOR),
]
every_case = pytest.mark.parametrize(
    ("kind", "case"), EVERY_CASE, ids=[f"{kind.__name__}-{mode_name(case)}" for kind, case in EVERY_CASE]
)
AT_EXECUTION: Final = DeviceAssumptions(counter_moves_on_acceptance=False)


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


def dated(world: World, case: ModeCase = BY_OPERATOR, counter: int = 1000, **fields: Any) -> bytes:
    """A mode's command for tomorrow, unless ``fields`` say otherwise."""
    return world.update_octets(case, counter, **{"execution_date_time": DUE} | fields)


def held(world: World, case: ModeCase = BY_OPERATOR, counter: int = 1000, **fields: Any) -> bytes:
    """Sends it, and the device accepts it."""
    octets = dated(world, case, counter, **fields)
    effects = world.send(octets)
    assert credentials_codec.decode(only_sent(effects)) == UpdateCredentialsResponse(None)
    return octets


def alert_of(effects: Effects) -> UpdateCredentialsAlert:
    alert = credentials_codec.decode(only_sent(effects))
    assert isinstance(alert, UpdateCredentialsAlert)
    return alert


def executed(world: World, at: datetime = DUE) -> list[UpdateCredentialsAlert]:
    """What the alerts say of all that is due."""
    return [alert_of(effects) for effects in world.device.advance(at)]


# --- acceptance ----------------------------------------------------------------------------------------


@every_case
def test_it_is_accepted_at_once_and_changes_nothing_but_the_number(
    kind: type[Device], case: ModeCase
) -> None:
    world = World(kind)
    before = world.device.state
    effects = world.send(dated(world, case, floor=number(5)))
    response = only_sent(effects)
    assert (response.payload.hex(), response.shape) == ("30020500", MessageShape.SIGNED)
    assert world.has_signed(response)
    assert (response.header.target, response.header.originator_counter) == (case.by.eui, 1000)
    assert response.header.date_time is not None
    assert counter_values(world) == {case.authorising_cell.role: 1000}
    after = world.device.state
    assert after.log == (effects.entry,)
    assert f"{case.mode.field_name}: to be executed at 2026-01-06T12:00:00Z" == effects.entry.detail
    (waiting,) = after.pending
    assert (waiting.received_at, waiting.due, waiting.originator) == (NOW, DUE, case.by.eui)
    assert after._replace(log=(), counters=before.counters, pending=()) == before


@pytest.mark.parametrize(("ahead", "waits"), [(-SECOND, False), (0 * SECOND, False), (SECOND, True)])
def test_only_a_time_after_now_makes_it_wait(ahead: timedelta, waits: bool) -> None:
    world = World()
    assert world.send(dated(world, execution_date_time=NOW + ahead)).accepted
    assert bool(world.device.state.pending) is waits
    assert (world.device.store[SIGNING] == OPERATOR.signing.certificate) is waits


def test_it_needs_every_protection_that_it_would_need_now() -> None:
    world = World()
    good = dated(world)
    message = parse(good)
    wrong = {
        Refusal.WRONG_MAC: flip(good, -1),
        Refusal.WRONG_SIGNATURE: world.protected(message._replace(mac=None, signature=None), OTHER_OPERATOR),
        Refusal.NO_AUTHORITY: dated(world, BY_OPERATOR._replace(by=SUPPLIER)),
        Refusal.REPLAY: dated(world, counter=0),
    }
    for refusal, octets in wrong.items():
        assert world.send(octets).entry.refusal is refusal
    spoilt = (Replacement(OTHER_OPERATOR.signing.certificate.der, cells.SUPPLIER_SIGNING),)
    assert world.send(dated(world, replacements=spoilt)).entry.refusal is Refusal.NO_AUTHORITY
    assert (world.device.state.pending, counter_values(world)) == ((), {})
    assert world.send(good).accepted


# --- execution -----------------------------------------------------------------------------------------


@every_case
def test_it_is_executed_at_its_time_and_reported_to_who_sent_it(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    before = world.device.store
    held(world, case)
    assert executed(world, DUE - SECOND) == []
    (done,) = world.device.advance(DUE)
    message = only_sent(done)
    assert (message.header.cra, message.shape) == (Cra.ALERT, MessageShape.SIGNED)
    assert world.has_signed(message)
    assert (message.header.originator, message.header.target) == (world.device.eui, case.by.eui)
    assert message.header.originator_counter == world.device.alert_counter == 1
    assert message.header.other == (0x0124 if case.mode >= 10 else 0x00CB, None, None, None, None)
    assert message.header.date_time is None
    alert = alert_of(done)
    assert (alert.alert_code, alert.execution_date_time) == (0x8F66, DUE)
    assert (alert.outcome.counter, alert.outcome.mode) == (1000, case.mode)
    assert [each.cell for each in alert.outcome.replacements] == list(case.cells)
    changed = {cell: now for cell, now in world.device.store.items() if now != before[cell]}
    assert changed == {cell: case.new.certificate(cell) for cell in case.cells}
    assert world.device.state.pending == ()
    assert world.device.log[-1] == done.entry
    assert done.entry[3:6] == (case.mode.message_code, case.by.eui, 1000)
    assert executed(world) == executed(world, DUE + 1000 * DAY) == []


def test_what_is_due_comes_before_the_message_that_arrives_then() -> None:
    """A message of the incoming operator, sent for the second of the handover."""
    world = World()
    held(world, new=OTHER_OPERATOR, floor=number(0))
    incoming = BY_OPERATOR._replace(by=OTHER_OPERATOR, new=OPERATOR_NEXT)
    assert world.send(world.update_octets(incoming, 1), DUE - SECOND).entry.refusal is Refusal.NO_AUTHORITY
    effects = world.send(world.update_octets(incoming, 1), DUE)
    assert effects.accepted
    first, second = map(parse, effects.sent)
    assert (first.header.cra, first.header.target) == (Cra.ALERT, OPERATOR.eui)
    assert (second.header.cra, second.header.target) == (Cra.RESPONSE, OTHER_OPERATOR.eui)
    assert world.device.store[SIGNING] == OPERATOR_NEXT.signing.certificate


def test_a_message_that_is_refused_then_does_not_keep_it_waiting() -> None:
    world = World()
    held(world)
    effects = world.send(b"", DUE)
    assert effects.entry.refusal is Refusal.MALFORMED
    alerts = [parse(octets) for octets in effects.sent]
    assert [alert.code for alert in alerts] == [0x00CB, 0x1000]
    assert [alert.header.originator_counter for alert in alerts] == [1, 2]


def test_several_are_executed_in_the_order_of_their_times_and_then_of_their_arrival() -> None:
    world = World()
    held(world, BY_OPERATOR, execution_date_time=DUE + SECOND)
    held(world, BY_COS, 6001)
    held(world, BY_SUPPLIER, new=make_party(0x102, ROLE.SUPPLIER))
    held(world, BY_ACB, 7, execution_date_time=DUE + 2 * SECOND)
    alerts = executed(world, DUE + SECOND)
    assert [alert.outcome.mode for alert in alerts] == [BY_COS.mode, BY_SUPPLIER.mode, BY_OPERATOR.mode]
    assert [alert.execution_date_time for alert in alerts] == [DUE, DUE, DUE + SECOND]
    assert world.device.store[cells.SUPPLIER_SIGNING].subject == make_party(0x102, ROLE.SUPPLIER).eui
    assert [command.code for command in world.device.state.pending] == [BY_ACB.mode.message_code]
    assert world.device.alert_counter == 3


# --- one takes the place of another --------------------------------------------------------------------


def test_a_second_command_of_the_same_kind_and_party_takes_the_place_of_the_first() -> None:
    world = World()
    held(world, new=OTHER_OPERATOR)
    held(world, new=OPERATOR_NEXT, counter=1001, execution_date_time=DUE + DAY)
    assert executed(world) == []
    (alert,) = executed(world, DUE + DAY)
    assert alert.outcome.counter == 1001
    assert world.device.store[SIGNING] == OPERATOR_NEXT.signing.certificate


def test_a_second_command_that_is_refused_takes_nobodys_place() -> None:
    world = World()
    held(world)
    for refused in (dated(world, counter=1000, new=OPERATOR_NEXT), flip(dated(world, counter=1001), -1)):
        assert not world.send(refused).accepted
    (alert,) = executed(world)
    assert alert.outcome.counter == 1000


def test_a_command_that_is_obeyed_at_once_leaves_the_one_that_waits() -> None:
    world = World()
    held(world, new=OTHER_OPERATOR)
    assert world.send(world.update_octets(BY_OPERATOR, 1001, new=OPERATOR_NEXT)).accepted
    assert world.device.store[SIGNING] == OPERATOR_NEXT.signing.certificate
    (alert,) = executed(world)
    assert alert.outcome.counter == 1000
    assert world.device.store[SIGNING] == OTHER_OPERATOR.signing.certificate


def test_commands_of_two_kinds_or_of_two_parties_wait_side_by_side() -> None:
    """The supplier's for its own cells and for the load controller's; the broker's beside an operator's."""
    split = World().device.store.with_cells({cells.SUPPLIER_SIGNING: ACB.signing.certificate})
    world = World(store=split)
    held(world, BY_SUPPLIER._replace(by=ACB))
    held(world, BY_OPERATOR)
    held(world, LOAD_CONTROLLER_BY_SUPPLIER._replace(by=ACB), 1001)
    held(world, BY_LOAD_CONTROLLER)
    world.device.state = world.device.state._replace(
        store=world.device.store.with_cells({cells.SUPPLIER_SIGNING: SUPPLIER.signing.certificate})
    )
    held(world, BY_SUPPLIER, 1002)
    assert [(command.code, command.originator) for command in world.device.state.pending] == [
        (0x0102, ACB.eui),
        (0x0103, OPERATOR.eui),
        (0x0126, ACB.eui),
        (0x0125, BY_LOAD_CONTROLLER.by.eui),
        (0x0102, SUPPLIER.eui),
    ]
    assert [alert.alert_code for alert in executed(world)] == [0x8F66] * 5


# --- cancellation --------------------------------------------------------------------------------------


@every_case
def test_a_cancellation_takes_away_what_waits_and_is_answered_like_it(
    kind: type[Device], case: ModeCase
) -> None:
    world = World(kind)
    held(world, case)
    effects = world.send(dated(world, case, 1001, execution_date_time=CANCELLATION_TIME))
    assert only_sent(effects).payload.hex() == "30020500"
    assert effects.entry.detail == f"{case.mode.field_name}: cancelled"
    assert counter_values(world) == {case.authorising_cell.role: 1001}
    assert executed(world) == executed(world, CANCELLATION_TIME) == []


def test_a_cancellation_with_nothing_to_cancel_uses_its_number_up() -> None:
    for assumptions in (DeviceAssumptions(), AT_EXECUTION):
        world = World(assumptions=assumptions)
        octets = held(world, execution_date_time=CANCELLATION_TIME)
        assert counter_values(world) == {ROLE.NETWORK_OPERATOR: 1000}
        assert world.send(octets).entry.refusal is Refusal.REPLAY


def test_a_second_before_the_end_of_time_is_a_time_like_others() -> None:
    world = World()
    held(world, execution_date_time=CANCELLATION_TIME - SECOND)
    assert len(world.device.state.pending) == 1


def test_a_cancellation_is_for_the_own_commands_of_that_kind() -> None:
    world = World()
    held(world, BY_SUPPLIER)
    held(world, LOAD_CONTROLLER_BY_SUPPLIER, 1001)
    held(world, BY_COS)
    held(world, BY_SUPPLIER, 1002, execution_date_time=CANCELLATION_TIME)
    assert [alert.outcome.mode for alert in executed(world)] == [
        LOAD_CONTROLLER_BY_SUPPLIER.mode,
        BY_COS.mode,
    ]


def test_a_cancellation_that_is_refused_cancels_nothing() -> None:
    world = World()
    held(world)
    cancelling = dated(world, counter=1001, execution_date_time=CANCELLATION_TIME)
    assert world.send(flip(cancelling, -1)).entry.refusal is Refusal.WRONG_MAC
    too_low = dated(world, counter=999, execution_date_time=CANCELLATION_TIME)
    assert world.send(too_low).entry.refusal is Refusal.REPLAY
    assert len(executed(world)) == 1


def test_what_was_cancelled_may_be_ordered_again_but_not_by_the_same_message() -> None:
    world = World()
    octets = held(world)
    held(world, counter=1001, execution_date_time=CANCELLATION_TIME)
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    held(world, counter=1002)
    assert len(executed(world)) == 1


def test_what_cannot_be_executed_is_dropped_and_reported() -> None:
    """Such a command can only have come with a state that somebody put together."""
    world = World(Gpf)
    octets = {
        Refusal.NO_AUTHORITY: world.update_octets(BY_LOAD_CONTROLLER),
        Refusal.MALFORMED: world.finished(
            BY_OPERATOR, world.update_message(BY_OPERATOR)._replace(payload=b"0")
        ),
    }
    before = world.device.store
    for refusal, command in octets.items():
        code = BY_OPERATOR.mode.message_code
        pending = (PendingCommand(command, code, OPERATOR.eui, NOW, DUE),)
        world.device.state = world.device.state._replace(pending=pending)
        (dropped,) = world.device.advance(DUE)
        assert dropped.entry.refusal is refusal
        assert len(dropped.sent) == 1
        assert (world.device.state.pending, world.device.store) == ((), before)


# --- the authorising cell in the meantime --------------------------------------------------------------


def test_a_command_stands_though_its_sender_no_longer_holds_the_cell() -> None:
    """That a change of hands takes no waiting command away is assumed; it is reported to who sent it."""
    world = World()
    held(world, new=OPERATOR_NEXT)
    assert world.send(world.update_octets(BY_OPERATOR, 1001, new=OTHER_OPERATOR, floor=number(0))).accepted
    (done,) = world.device.advance(DUE)
    assert only_sent(done).header.target == OPERATOR.eui
    assert {each.existing_subject for each in alert_of(done).outcome.replacements} == {OTHER_OPERATOR.eui}
    assert world.device.store[SIGNING] == OPERATOR_NEXT.signing.certificate


def test_where_that_is_assumed_it_falls_with_its_senders_authority() -> None:
    world = World(assumptions=DeviceAssumptions(held_commands_outlive_authority=False))
    held(world, new=OPERATOR_NEXT)
    assert world.send(world.update_octets(BY_OPERATOR, 1001, new=OTHER_OPERATOR, floor=number(0))).accepted
    before = world.device.store
    (dropped,) = world.device.advance(DUE)
    assert dropped.entry.refusal is Refusal.NO_AUTHORITY
    assert world.device.store == before
    assert world.device.state.pending == ()
    keeper = World(assumptions=DeviceAssumptions(held_commands_outlive_authority=False))
    held(keeper, new=OPERATOR_NEXT)
    assert len(executed(keeper)) == 1


def test_who_no_longer_holds_the_cell_can_neither_cancel_nor_replace() -> None:
    world = World()
    held(world, new=OPERATOR_NEXT)
    world.send(world.update_octets(BY_OPERATOR, 1001, new=OTHER_OPERATOR, floor=number(0)))
    for at in (CANCELLATION_TIME, DUE):
        refused = world.send(dated(world, counter=1002, execution_date_time=at))
        assert refused.entry.refusal is Refusal.NO_AUTHORITY
    incoming = BY_OPERATOR._replace(by=OTHER_OPERATOR)
    held(world, incoming, 1, execution_date_time=CANCELLATION_TIME)
    assert len(world.device.state.pending) == 1


def test_the_alert_goes_to_transitional_cos_and_not_to_either_supplier() -> None:
    world = World()
    held(world, BY_COS, 6001, other_changes=(CounterChange(ROLE.SUPPLIER, number(3)),))
    (done,) = world.device.advance(DUE)
    assert only_sent(done).header.target == TRANSITIONAL_COS.eui
    assert alert_of(done).outcome.counter_changes == (CounterChange(ROLE.SUPPLIER, number(3)),)
    assert counter_values(world) == {ROLE.TRANSITIONAL_COS: 6001, ROLE.SUPPLIER: 3}


# --- partial failure -----------------------------------------------------------------------------------

FOREIGN: Final = b"\x30\x00"


@pytest.mark.parametrize("bad", [(), (0,), (1,), (0, 2), (0, 1, 2)])
def test_one_failure_makes_the_alert_8f67_and_stops_nothing_else(bad: tuple[int, ...]) -> None:
    world = World()
    wanted = [
        Replacement(FOREIGN if at in bad else OTHER_SUPPLIER.certificate(cell).der, cell)
        for at, cell in enumerate(SUPPLIER_CELLS)
    ]
    held(world, BY_SUPPLIER, replacements=tuple(wanted), floor=number(4))
    (alert,) = executed(world)
    assert alert.alert_code == (0x8F67 if bad else 0x8F66)
    statuses = [each.status for each in alert.outcome.replacements]
    assert statuses == [STATUS.BAD_CERTIFICATE if at in bad else STATUS.SUCCESS for at in range(3)]
    subjects = [world.device.store[cell].subject for cell in SUPPLIER_CELLS]
    assert subjects == [(SUPPLIER if at in bad else OTHER_SUPPLIER).eui for at in range(3)]
    all_failed = len(bad) == 3
    assert counter_values(world) == {ROLE.SUPPLIER: 1000 if all_failed else 4}
    assert bool(alert.outcome.counter_changes) is not all_failed


# --- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumptions", [DeviceAssumptions(), AT_EXECUTION], ids=["acceptance", "execution"])
@every_case
def test_no_message_is_executed_twice_whenever_its_number_counts(
    kind: type[Device], case: ModeCase, assumptions: DeviceAssumptions
) -> None:
    world = World(kind, assumptions)
    # The same party stays in the cells, so that nothing but the number can stop a replay.
    octets = held(world, case, replacements=())
    again = world.send(octets)
    assert again.entry.refusal is Refusal.REPLAY
    assert len(world.device.state.pending) == 1
    assert len(executed(world)) == 1
    assert world.send(octets, DUE).entry.refusal is Refusal.REPLAY
    assert world.send(octets, NOW).entry.refusal is Refusal.REPLAY
    assert counter_values(world) == {case.authorising_cell.role: 1000}


def test_a_command_that_waits_is_followed_by_higher_numbers_alone() -> None:
    world = World(assumptions=AT_EXECUTION)
    earlier = dated(world, BY_OPERATOR, 999)
    held(world, BY_OPERATOR, 1000, new=OPERATOR_NEXT)
    before = world.state
    for octets in (
        earlier,
        dated(world, counter=1000),
        dated(world, counter=1000, execution_date_time=CANCELLATION_TIME),
    ):
        assert world.send(octets).entry.refusal is Refusal.REPLAY
        assert world.state == before
    # Another use case or party of the same number takes nobody's place.
    held(world, BY_SUPPLIER, 1000)
    held(world, BY_OPERATOR, 1001)
    assert world.send(dated(world, counter=1000)).entry.refusal is Refusal.REPLAY
    assert len(world.device.state.pending) == 2
    held(world, BY_OPERATOR, 1002, execution_date_time=CANCELLATION_TIME)
    assert [command.code for command in world.device.state.pending] == [BY_SUPPLIER.mode.message_code]


def test_a_number_that_counts_at_execution_leaves_room_for_lower_ones_until_then() -> None:
    world = World(assumptions=AT_EXECUTION)
    held(world, BY_SUPPLIER, 1000, replacements=())
    assert counter_values(world) == {}
    assert world.send(world.update_octets(BY_SUPPLIER, 999, new=SUPPLIER)).accepted
    executed(world)
    assert world.send(world.update_octets(BY_SUPPLIER, 1000), DUE).entry.refusal is Refusal.REPLAY


def test_a_number_that_was_passed_in_the_meantime_does_not_come_back() -> None:
    for assumptions in (DeviceAssumptions(), AT_EXECUTION):
        world = World(assumptions=assumptions)
        held(world, BY_SUPPLIER, 1000, replacements=())
        later = world.update_octets(BY_SUPPLIER, 1005, new=SUPPLIER)
        assert world.send(later).accepted
        (done,) = world.device.advance(DUE)
        # One that counts at execution comes too late then.
        counts_late = not assumptions.counter_moves_on_acceptance
        assert done.entry.refusal is (Refusal.REPLAY if counts_late else None)
        assert world.device.state.pending == ()
        assert counter_values(world) == {ROLE.SUPPLIER: 1005}
        assert world.send(later, DUE).entry.refusal is Refusal.REPLAY


def test_a_floor_for_top_ups_alone_reports_the_number_of_the_role_and_leaves_it() -> None:
    """The role went on while the command waited: its number must not fall back to the command's."""
    world = World(assumptions=DeviceAssumptions(party_numbers_only_rise=False))
    held(world, BY_SUPPLIER, 1000, new=SUPPLIER, specialist_floors=(SpecialistFloor(number(6)),))
    later = world.update_octets(BY_SUPPLIER, 1005, new=SUPPLIER)
    assert world.send(later).accepted
    (alert,) = executed(world)
    changes = (CounterChange(ROLE.SUPPLIER, number(1005), (SpecialistFloor(number(6)),)),)
    assert alert.outcome.counter_changes == changes
    assert (counter_values(world), world.device.state.top_up.counters.floor) == ({ROLE.SUPPLIER: 1005}, 6)
    assert world.send(later, DUE).entry.refusal is Refusal.REPLAY


def test_a_floor_counts_from_execution_on() -> None:
    world = World()
    held(world, BY_OPERATOR, 1000, new=OPERATOR, floor=number(2000))
    assert world.send(world.update_octets(BY_OPERATOR, 1001, replacements=())).accepted
    executed(world)
    for counter in (1002, 2000):
        refused = world.send(world.update_octets(BY_OPERATOR, counter, replacements=()), DUE)
        assert refused.entry.refusal is Refusal.REPLAY
    assert world.send(world.update_octets(BY_OPERATOR, 2001, replacements=()), DUE).accepted


# --- clocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", PathTimes)
@pytest.mark.parametrize("checks", [True, False])
def test_a_certificate_that_expires_before_the_execution(times: PathTimes, checks: bool) -> None:
    world = World(assumptions=DeviceAssumptions(path_times=times))
    last = OTHER_OPERATOR.signing.certificate.not_after
    held(world, execution_date_time=last + SECOND, apply_time_based_checks=checks)
    (alert,) = executed(world, last + SECOND)
    fails = checks and times is PathTimes.EXECUTION
    assert {each.status for each in alert.outcome.replacements} == {
        STATUS.BAD_CERTIFICATE if fails else STATUS.SUCCESS
    }


@pytest.mark.parametrize("times", PathTimes)
def test_a_certificate_that_is_not_yet_valid_on_receipt(times: PathTimes) -> None:
    world = World(assumptions=DeviceAssumptions(path_times=times))
    to_come = make_party(0x201, ROLE.NETWORK_OPERATOR, 3, valid_from=DUE.date())
    held(world, new=to_come)
    (alert,) = executed(world)
    fails = times is PathTimes.RECEIPT
    assert {each.status for each in alert.outcome.replacements} == {
        STATUS.BAD_CERTIFICATE if fails else STATUS.SUCCESS
    }


@pytest.mark.parametrize("ahead", [timedelta(hours=1), -timedelta(hours=1)])
def test_a_clock_that_is_wrong_executes_by_its_own_time(ahead: timedelta) -> None:
    world = World()
    world.device.faults = DeviceFaults(clock_offset=ahead)
    held(world)
    (waiting,) = world.device.state.pending
    assert waiting.received_at == NOW + ahead
    assert executed(world, DUE - ahead - SECOND) == []
    (alert,) = executed(world, DUE - ahead)
    assert alert.execution_date_time == DUE


def test_a_clock_that_is_ahead_takes_what_is_to_come_for_what_has_been() -> None:
    world = World()
    world.device.faults = DeviceFaults(clock_offset=2 * DAY)
    effects = world.send(dated(world))
    response = credentials_codec.decode(only_sent(effects))
    assert isinstance(response, UpdateCredentialsResponse)
    assert response.outcome is not None
    assert only_sent(effects).header.date_time[:3] == (2026, 1, 7)  # type: ignore[index]


def test_a_clock_that_is_put_back_makes_it_wait_longer_and_executes_nothing_twice() -> None:
    world = World()
    held(world)
    assert executed(world, DUE - SECOND) == []
    assert world.send(world.read_octets(OPERATOR), NOW - 10 * DAY).accepted
    assert executed(world, NOW - 10 * DAY) == []
    assert len(executed(world)) == 1
    assert executed(world, NOW) == executed(world) == []


def test_the_time_of_execution_is_compared_as_an_instant() -> None:
    world = World()
    held(world)
    summer = DUE.astimezone(timezone(timedelta(hours=1)))
    assert executed(world, summer - SECOND) == []
    assert len(executed(world, summer)) == 1


# --- a restart in between ------------------------------------------------------------------------------


def test_a_device_that_was_off_at_the_time_executes_when_it_is_back() -> None:
    world = World()
    octets = held(world, BY_SUPPLIER, floor=number(0))
    held(world, BY_OPERATOR, execution_date_time=DUE + DAY)
    world.device = restore(snapshot(world.device), world.context)
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    alerts = executed(world, DUE + 30 * DAY)
    assert [alert.execution_date_time for alert in alerts] == [DUE, DUE + DAY]
    world.device = restore(snapshot(world.device), world.context)
    assert executed(world, DUE + 31 * DAY) == []
    assert world.device.store[SIGNING] == OTHER_OPERATOR.signing.certificate


def test_a_cancellation_after_a_restart_finds_what_waits() -> None:
    world = World()
    held(world)
    world.device = restore(snapshot(world.device), world.context)
    held(world, counter=1001, execution_date_time=CANCELLATION_TIME)
    world.device = restore(snapshot(world.device), world.context)
    assert executed(world) == []


# --- recovery and contingency --------------------------------------------------------------------------


@pytest.mark.parametrize("case", [BY_RECOVERY, BY_CONTINGENCY], ids=mode_name)
def test_recovery_may_be_ordered_ahead_too(case: ModeCase) -> None:
    world = World()
    floors = (CounterChange(ROLE.SUPPLIER, number(0)),)
    held(world, case, other_changes=floors)
    (done,) = world.device.advance(DUE)
    assert only_sent(done).header.target == case.by.eui
    assert alert_of(done).outcome.counter_changes == floors
