"""Top-ups on bytes and at the keys of a meter: what is credited, what is not, and who gets to know."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from device_worlds import (
    ACB,
    BY_COS,
    BY_OPERATOR,
    BY_SUPPLIER,
    NOW,
    OPERATOR,
    OTHER_SUPPLIER,
    SENDERS,
    STRANGER,
    SUPPLIER,
    SUPPLIER_CELLS,
    Party,
    World,
    counter_values,
    flip,
    only_sent,
    outcome_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import cells
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.gbcs import gbz
from devices.gbcs.credentials import CounterChange, Replacement, SpecialistFloor, TrustAnchorCellId
from devices.gbcs.cs01 import (
    CS01A,
    CS01B,
    GasTopUp,
    GasTopUpAnswer,
    TopUpResult,
    build_cs01a_command,
    build_cs01b_command,
    open_cs01a_response,
    open_cs01b_response,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import UINT64_MAX, Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, DlmsDateTime, Message, MessageShape, OtherInformation, parse
from devices.gbcs.protection import mac_verifies
from devices.gbcs.utrn import TopUpValue, Utrn, UtrnKeys, ValueClass, check_digit, issue_utrn
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.management_state import Defect
from devices.meter_reading import view_of
from devices.prepayment_meter import PrepaymentMeter
from devices.security_log import Refusal
from devices.snapshot import restore, snapshot
from devices.state import DeviceState
from devices.top_up import DEFAULT_TOP_UP_ASSUMPTIONS, TopUpAssumptions, TopUpState
from devices.trust_anchor import TrustAnchorStore

SUITE = settings(max_examples=25, deadline=None)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
TEN_POUNDS = TopUpValue(ValueClass.POUNDS, 10)
METERS: tuple[type[PrepaymentMeter], ...] = (Esme, Gsme)
meters = pytest.mark.parametrize("kind", METERS)
OUT_OF_RANGE = "1234567890123456789" + str(check_digit("1234567890123456789"))


def number(top_up: int) -> OriginatorCounter:
    return OriginatorCounter(top_up << 32)


def digits(
    world: World,
    top_up: int,
    supplier: Party = SUPPLIER,
    value: TopUpValue = TEN_POUNDS,
    meter: Eui64 | None = None,
) -> str:
    """What a supplier sells for the meter, or for another one."""
    device = world.device
    point = device.agreement.public_point
    keys = UtrnKeys.of_supplier(supplier.eui, supplier.top_up.key, meter or device.eui, point, SENDERS)
    return issue_utrn(keys, number(top_up), value, SENDERS)


def command(
    world: World,
    top_up: int,
    entered: str | None = None,
    by: Party = SUPPLIER,
    other: OtherInformation | None = None,
) -> bytes:
    """The good command that enters digits, by default those of this number."""
    text = digits(world, top_up) if entered is None else entered
    if isinstance(world.device, Esme):
        code, payload = CS01A, build_cs01a_command(number(top_up), text)
    else:
        code, payload = CS01B, build_cs01b_command(GasTopUp(text))
    message = world.command(by, code, payload, number(top_up), other=other or OtherInformation(code))
    return world.protected(message, None)


def was_credited(effects: Effects) -> bool:
    """What a meter answers to a command."""
    assert effects.accepted, effects.entry
    response = only_sent(effects)
    if response.code == CS01A:
        code = open_cs01a_response(response.payload, response.header.originator_counter)
        return code is AccessCode.SUCCESS
    return open_cs01b_response(response.payload).result is TopUpResult.ACCEPTED


def enter(world: World, text: str, now: datetime = NOW) -> Effects:
    assert isinstance(world.device, PrepaymentMeter)
    return world.device.enter_utrn(text, now)


def balance(world: World) -> int:
    """In pounds."""
    return world.device.state.top_up.balance.millipence // 100_000


def forged(world: World) -> str:
    return Utrn.of(Utrn(digits(world, 1)).parts()._replace(mac_tail=b"none"))


def logged(world: World) -> list[int]:
    """The codes in the logs that parties read, ascending."""
    view = view_of(world.device)
    return sorted(event.code for event in (*view.security_log, *view.event_log))


class Reported(NamedTuple):
    """An alert about an event: its code, and whether it is the critical one."""

    code: int
    is_critical: bool


def reported(world: World, effects: Effects) -> list[Reported]:
    """The alerts, each checked to be the meter's to its supplier."""
    return [_reported(world, parse(octets)) for octets in effects.sent]


def _reported(world: World, alert: Message) -> Reported:
    assert (alert.header.cra, alert.header.target) == (Cra.ALERT, SUPPLIER.eui)
    is_critical = alert.code == 0x1000
    if is_critical:
        assert alert.shape is MessageShape.SIGNED
        assert world.has_signed(alert)
    else:
        assert (alert.code, alert.shape) == (0x1001, MessageShape.MAC_ONLY)
        point = world.device.agreement.public_point
        assert mac_verifies(alert, SUPPLIER.agreement.key, point, SENDERS)
    if isinstance(world.device, Esme):
        return Reported(int.from_bytes(alert.payload[9:11], "big"), is_critical)
    return Reported(gbz.decode_alert(alert.payload).alert_code, is_critical)


# --- a top-up by command ----------------------------------------------------------------------------


@meters
def test_a_top_up_is_credited_and_answered_to_the_supplier(kind: type[Device]) -> None:
    world = World(kind)
    effects = world.send(command(world, 3))
    assert was_credited(effects)
    response = only_sent(effects)
    assert response.shape is MessageShape.MAC_ONLY
    assert mac_verifies(response, SUPPLIER.agreement.key, world.device.agreement.public_point, SENDERS)
    assert response.header.date_time == DlmsDateTime.of(NOW, 0xFF)
    assert (response.header.originator_counter, response.header.target) == (number(3), SUPPLIER.eui)
    assert effects.entry.detail == "top-up: accepted"
    assert (balance(world), logged(world), world.device.alert_counter) == (10, [], 0)
    assert view_of(world.device).balance.at(NOW) == 1_000_000
    assert view_of(world.device).balance.at(NOW - SECOND) == 0


def test_a_gas_meter_answers_value_and_remaining_credit() -> None:
    world = World(Gsme)
    world.send(command(world, 3))
    pence = digits(world, 4, value=TopUpValue(ValueClass.PENCE, 1250))
    response = only_sent(world.send(command(world, 4, pence)))
    answer = open_cs01b_response(response.payload)
    assert answer == GasTopUpAnswer(TopUpResult.ACCEPTED, 1_250_000, 2_250_000)


@meters
def test_a_replay_is_answered_and_not_credited(kind: type[Device]) -> None:
    world = World(kind)
    octets = command(world, 3)
    assert was_credited(world.send(octets))
    before = world.state
    again = world.send(octets, NOW + SECOND)
    assert not was_credited(again)
    assert again.entry.detail == "top-up: number used before"
    # The supplier has its answer; the event is in the log.
    assert (world.state, logged(world), world.device.alert_counter) == (before, [0x8F51], 0)
    entry = world.device.log[-1]
    assert (entry.refusal, entry.event, entry.counter) == (Refusal.TOP_UP, 0x8F51, number(3))


@meters
@pytest.mark.parametrize(
    ("entered", "code"),
    [
        (lambda world: digits(world, 3, meter=STRANGER.eui), 0x8F63),
        (lambda world: digits(world, 3, OTHER_SUPPLIER), 0x8F63),
        (lambda world: digits(world, 4), 0x8F63),
        (lambda world: OUT_OF_RANGE, 0x8F64),  # noqa: ARG005
        (lambda world: "12345678910121314156", None),  # noqa: ARG005
        (lambda world: "", None),  # noqa: ARG005
    ],
    ids=["another meter's", "another supplier's", "another number's", "out of range", "mistyped", "nothing"],
)
def test_what_is_no_top_up_of_this_meter_is_not_credited(
    kind: type[Device], entered: Callable[[World], str], code: int | None
) -> None:
    world = World(kind)
    assert not was_credited(world.send(command(world, 3, entered(world))))
    assert (balance(world), logged(world)) == (0, [] if code is None else [code])
    assert world.device.alert_counter == 0
    assert was_credited(world.send(command(world, 3)))


@meters
@pytest.mark.parametrize("party", [OTHER_SUPPLIER, OPERATOR, ACB])
def test_nobody_but_the_supplier_tops_up(kind: type[Device], party: Party) -> None:
    world = World(kind)
    effects = world.send(command(world, 3, by=party))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY
    assert reported(world, effects) == [Reported(0x8F30, is_critical=True)]
    behind = OtherInformation(only_code(kind), SUPPLIER.eui, OriginatorCounter(1))
    assert world.send(command(world, 3, by=ACB, other=behind)).entry.refusal is Refusal.NO_AUTHORITY
    assert balance(world) == 0


def only_code(kind: type[Device]) -> MessageCode:
    return CS01A if kind is Esme else CS01B


@meters
def test_a_command_that_is_not_the_brokers_or_cannot_be_read_is_refused(kind: type[Device]) -> None:
    world = World(kind)
    octets = command(world, 3)
    assert world.send(flip(octets, -1)).entry.refusal is Refusal.WRONG_MAC
    bare = parse(octets)._replace(mac=None)
    assert world.send(world.protected(bare, SUPPLIER)).entry.refusal is Refusal.WRONG_MAC
    for payload in (b"", bare.payload[:-1], bare.payload + b"\0"):
        spoilt = world.protected(bare._replace(payload=payload), None)
        assert world.send(spoilt).entry.refusal is Refusal.MALFORMED
    assert balance(world) == 0
    assert was_credited(world.send(octets))


@meters
def test_top_ups_have_numbers_of_their_own(kind: type[Device]) -> None:
    world = World(kind)
    assert was_credited(world.send(command(world, 9)))
    assert counter_values(world) == {}
    assert world.send(world.update_octets(BY_SUPPLIER, 1000, new=SUPPLIER)).accepted
    huge = 50 << 32
    assert world.send(world.update_octets(BY_SUPPLIER, huge, new=SUPPLIER)).accepted
    assert was_credited(world.send(command(world, 10)))
    assert was_credited(world.send(command(world, 8)))
    assert counter_values(world) == {RemotePartyRole.SUPPLIER: huge}
    assert world.device.state.top_up.counters.used == (8, 9, 10)


def test_only_meters_take_top_ups_of_their_own_kind() -> None:
    assert (CS01A in Esme.handlers, CS01B in Gsme.handlers) == (True, True)
    gpf, esme = World(Gpf), World(Esme)
    assert gpf.send(command(gpf, 3)).entry.refusal is Refusal.UNSUPPORTED
    payload = build_cs01b_command(GasTopUp(digits(esme, 3)))
    octets = esme.protected(esme.command(SUPPLIER, CS01B, payload, number(3)), None)
    assert esme.send(octets).entry.refusal is Refusal.UNSUPPORTED


def test_a_meter_that_fails_credits_nothing() -> None:
    esme, gsme = World(Esme), World(Gsme)
    for world, code, result in (
        (esme, CS01A, AccessCode.HARDWARE_FAULT),
        (gsme, CS01B, TopUpResult.ERROR),
    ):
        world.device.state = world.device.state._replace(defects=(Defect(code, result),))
        assert not was_credited(world.send(command(world, 3)))
        assert (balance(world), logged(world)) == (0, [])
        world.device.state = world.device.state._replace(defects=())
        assert was_credited(world.send(command(world, 3)))


def test_a_meter_without_a_top_up_cell_takes_none() -> None:
    world = World()
    store = {cell: held for cell, held in world.device.store.items() if cell != cells.SUPPLIER_TOP_UP}
    world.device.state = world.device.state._replace(store=TrustAnchorStore(store))
    assert world.send(command(world, 3)).entry.refusal is Refusal.NO_AUTHORITY
    effects = enter(world, digits(world, 3))
    assert (effects.entry.refusal, effects.sent) == (Refusal.NO_AUTHORITY, ())


# --- typed in ---------------------------------------------------------------------------------------


@meters
def test_typed_digits_are_credited_and_reported(kind: type[Device]) -> None:
    world = World(kind)
    effects = enter(world, digits(world, 3))
    assert effects.accepted
    assert effects.entry.detail == "typed top-up: accepted"
    assert reported(world, effects) == [Reported(0x810E, is_critical=False)]
    assert (balance(world), logged(world)) == (10, [0x810E])
    again = enter(world, digits(world, 3), NOW + SECOND)
    assert again.entry.refusal is Refusal.TOP_UP
    assert reported(world, again) == [Reported(0x8F51, is_critical=True)]
    assert (balance(world), logged(world)) == (10, [0x810E, 0x8F51])


@meters
def test_digits_are_good_once_however_they_come(kind: type[Device]) -> None:
    world = World(kind)
    assert was_credited(world.send(command(world, 3)))
    assert not enter(world, digits(world, 3)).accepted
    assert enter(world, digits(world, 4)).accepted
    assert not was_credited(world.send(command(world, 4)))
    assert balance(world) == 20


@meters
def test_after_five_failures_the_keys_are_locked_for_a_quarter_of_an_hour(kind: type[Device]) -> None:
    world = World(kind)
    not_authentic, locked = Reported(0x8F63, is_critical=True), Reported(0x81C5, is_critical=False)
    for _ in range(4):
        assert reported(world, enter(world, forged(world))) == [not_authentic]
    fifth = enter(world, forged(world))
    assert reported(world, fifth) == [not_authentic, Reported(0x81C4, is_critical=False)]
    end = NOW + timedelta(seconds=DEFAULT_TOP_UP_ASSUMPTIONS.suspension_seconds)
    assert reported(world, enter(world, digits(world, 3), end - SECOND)) == [locked]
    assert balance(world) == 0
    # The supplier's command gets through, and ends nothing.
    assert was_credited(world.send(command(world, 4), NOW + SECOND))
    assert reported(world, enter(world, digits(world, 3), end - SECOND)) == [locked]
    assert enter(world, digits(world, 3), end).accepted
    assert logged(world) == [0x810E, 0x81C4, 0x81C5, 0x81C5, *[0x8F63] * 5]


def test_mistyped_digits_are_no_event_but_lead_to_the_lock() -> None:
    world = World()
    for _ in range(4):
        assert enter(world, "1").sent == ()
    assert (logged(world), world.device.alert_counter) == ([], 0)
    assert reported(world, enter(world, "1")) == [Reported(0x81C4, is_critical=False)]


def test_entries_can_go_unreported() -> None:
    world = World()
    quiet = world.context._replace(top_ups=TopUpAssumptions(entries_raise_alerts=False))
    world.device.context = quiet
    assert enter(world, digits(world, 3)).sent == enter(world, digits(world, 3)).sent == ()
    assert logged(world) == [0x810E, 0x8F51]


@meters
def test_a_meter_without_a_number_left_for_alerts_reports_nothing(kind: type[Device]) -> None:
    world = World(kind)
    for left in (1, 0):
        last = OriginatorCounter(UINT64_MAX - left)
        world.device.state = world.device.state._replace(alert_counter=last, top_up=TopUpState(failures=4))
        assert len(enter(world, forged(world)).sent) == left


def test_an_entry_is_at_the_time_of_the_meters_clock() -> None:
    world = World()
    world.device.faults = world.device.faults._replace(clock_offset=-HOUR)
    assert enter(world, digits(world, 3)).entry.at == NOW - HOUR
    assert view_of(world.device).balance.at(NOW - HOUR) == 1_000_000


def test_an_entry_comes_after_what_is_due() -> None:
    world = World()
    octets = world.update_octets(
        BY_SUPPLIER, 10, execution_date_time=NOW + HOUR, specialist_floors=(SpecialistFloor(number(0)),)
    )
    assert world.send(octets).accepted
    old, new = digits(world, 3), digits(world, 3, OTHER_SUPPLIER)
    assert enter(world, old, NOW + HOUR - SECOND).accepted
    effects = enter(world, new, NOW + HOUR)
    assert effects.accepted
    executed, credited = map(parse, effects.sent)
    assert (executed.code, executed.header.target) == (0x00CB, SUPPLIER.eui)
    assert (credited.code, credited.header.target) == (0x1001, OTHER_SUPPLIER.eui)


# --- after a change of supplier ---------------------------------------------------------------------


def hand_over(
    world: World, floor: int | None, changing: tuple[TrustAnchorCellId, ...] = SUPPLIER_CELLS
) -> None:
    """Let OTHER_SUPPLIER take over, with a floor for top-ups or without."""
    wanted = tuple(Replacement(OTHER_SUPPLIER.certificate(cell).der, cell) for cell in changing)
    floors = None if floor is None else (SpecialistFloor(number(floor)),)
    octets = world.update_octets(BY_SUPPLIER, 1000, replacements=wanted, specialist_floors=floors)
    assert world.send(octets).accepted


@meters
def test_without_a_floor_the_new_supplier_must_not_use_the_old_ones_numbers(kind: type[Device]) -> None:
    world = World(kind)
    assert was_credited(world.send(command(world, 3)))
    hand_over(world, None)
    new = [command(world, each, digits(world, each, OTHER_SUPPLIER), OTHER_SUPPLIER) for each in (3, 4)]
    assert not was_credited(world.send(new[0]))
    assert was_credited(world.send(new[1]))
    assert balance(world) == 20


@meters
def test_with_a_floor_the_new_supplier_starts_above_it(kind: type[Device]) -> None:
    world = World(kind)
    assert was_credited(world.send(command(world, 3)))
    hand_over(world, 2)
    counters = world.device.state.top_up.counters
    assert (counters.floor, counters.used) == (number(2), ())
    new = [command(world, each, digits(world, each, OTHER_SUPPLIER), OTHER_SUPPLIER) for each in (2, 3)]
    assert not was_credited(world.send(new[0]))
    assert was_credited(world.send(new[1]))
    assert not was_credited(world.send(new[1]))
    assert balance(world) == 20


def take_back(world: World, counter: int, floor: int) -> None:
    """Let OTHER_SUPPLIER give the meter back to SUPPLIER, under the keys that SUPPLIER had before."""
    case = BY_SUPPLIER._replace(by=OTHER_SUPPLIER, new=SUPPLIER)
    octets = world.update_octets(case, counter, specialist_floors=(SpecialistFloor(number(floor)),))
    assert world.send(octets).accepted


@meters
@pytest.mark.parametrize("floor", [0, 2, 3, 4])
def test_no_top_up_is_credited_twice_under_the_key_that_it_was_sold_under(
    kind: type[Device], floor: int
) -> None:
    world = World(kind)
    octets = command(world, 3)
    assert was_credited(world.send(octets))
    floors = (SpecialistFloor(number(floor)),)
    for counter, new in ((10, OTHER_SUPPLIER), (11, SUPPLIER)):
        wanted = (Replacement(new.signing.certificate.der, cells.SUPPLIER_SIGNING),)
        case = BY_SUPPLIER._replace(by=SUPPLIER if counter == 10 else OTHER_SUPPLIER)
        update = world.update_octets(case, counter, replacements=wanted, specialist_floors=floors)
        assert world.send(update).accepted
        assert world.device.state.top_up.counters.floor == number(floor)
    assert not was_credited(world.send(octets))
    hand_over(world, floor)
    assert was_credited(world.send(command(world, 5, digits(world, 5, OTHER_SUPPLIER), OTHER_SUPPLIER)))
    world.device = restore(snapshot(world.device), world.context)
    take_back(world, 2000, floor)
    assert not was_credited(world.send(octets))
    assert balance(world) == 20
    # What the other supplier used does not bind this one.
    assert was_credited(world.send(command(world, 5)))


def test_the_cache_that_a_floor_empties_for_good_is_a_switch() -> None:
    world = World()
    world.device.context = world.context._replace(top_ups=TopUpAssumptions(floors_forget_used_numbers=True))
    octets = command(world, 3)
    assert was_credited(world.send(octets))
    update = world.update_octets(
        BY_SUPPLIER, 10, new=SUPPLIER, specialist_floors=(SpecialistFloor(number(0)),)
    )
    assert world.send(update).accepted
    assert was_credited(world.send(octets))


@meters
def test_what_the_old_supplier_sold_is_worth_nothing_after_the_change(kind: type[Device]) -> None:
    world = World(kind)
    sold, sent = digits(world, 7), command(world, 8)
    hand_over(world, 0)
    assert world.send(sent).entry.refusal is Refusal.NO_AUTHORITY
    by_new = command(world, 7, sold, OTHER_SUPPLIER)
    assert not was_credited(world.send(by_new))
    assert not enter(world, sold).accepted
    assert logged(world) == [0x8F30, 0x8F63, 0x8F63, 0x8F70]
    assert enter(world, digits(world, 7, OTHER_SUPPLIER)).accepted


def test_the_top_up_cell_says_whose_digits_are_good() -> None:
    world = World()
    hand_over(world, None, (cells.SUPPLIER_SIGNING, cells.SUPPLIER_AGREEMENT))
    assert was_credited(world.send(command(world, 3, digits(world, 3), OTHER_SUPPLIER)))
    assert not was_credited(world.send(command(world, 4, digits(world, 4, OTHER_SUPPLIER), OTHER_SUPPLIER)))


def test_a_floor_without_success_of_its_role_leaves_the_numbers() -> None:
    world = World()
    assert was_credited(world.send(command(world, 3)))
    spoilt = Replacement(OTHER_SUPPLIER.agreement.certificate.der, cells.SUPPLIER_SIGNING)
    octets = world.update_octets(
        BY_SUPPLIER, 1000, replacements=(spoilt,), specialist_floors=(SpecialistFloor(number(0)),)
    )
    assert outcome_of(world.send(octets)).counter_changes == ()
    assert world.device.state.top_up.counters.used == (3,)


@pytest.mark.parametrize("loss", PowerLoss)
def test_cells_counters_and_numbers_of_top_ups_change_together(loss: PowerLoss) -> None:
    world = World()
    assert was_credited(world.send(command(world, 3)))
    before = world.device.state
    change = CounterChange(RemotePartyRole.SUPPLIER, OriginatorCounter(5), (SpecialistFloor(number(1)),))
    octets = world.update_octets(BY_COS, 1000, other_changes=(change,))
    world.device.faults = world.device.faults._replace(power_loss=loss)
    assert world.send(octets).sent == ()
    after = world.device.state
    if loss is PowerLoss.BEFORE_COMMIT:
        assert after == before
        assert world.send(octets).accepted
        after = world.device.state
    assert after.store.holder(cells.SUPPLIER_TOP_UP).subject == OTHER_SUPPLIER.eui
    assert after.counters.current(RemotePartyRole.SUPPLIER) == 5
    assert (after.top_up.counters.floor, after.top_up.counters.used) == (number(1), ())
    assert after.top_up.balance == before.top_up.balance


# --- durability -------------------------------------------------------------------------------------


@meters
@pytest.mark.parametrize("loss", PowerLoss)
def test_power_loss_credits_once_or_not_at_all(kind: type[Device], loss: PowerLoss) -> None:
    world = World(kind)
    before = world.device.state
    by_command, typed = command(world, 3), digits(world, 4)
    ways: tuple[Callable[[], Effects], ...] = (
        lambda: world.send(by_command),
        lambda: enter(world, typed),
    )
    for once, entering in enumerate(ways):
        world.device.faults = world.device.faults._replace(power_loss=loss)
        lost = entering()
        assert (lost.sent, lost.entry.detail) == ((), "power lost")
        stands = loss is PowerLoss.AFTER_COMMIT
        assert (balance(world) == 10 * (once + 1)) == stands
        if not stands and not once:
            assert world.device.state == before
        entering()
        assert balance(world) == 10 * (once + 1)


Entry = tuple[bool, int, int]
entries = st.lists(st.tuples(st.booleans(), st.integers(1, 6), st.integers(0, 400)), max_size=12)


@meters
@SUITE
@given(entries=entries)
def test_a_restored_meter_goes_on_where_it_was(kind: type[Device], entries: list[Entry]) -> None:
    world, restored = World(kind), World(kind)
    now = NOW
    for is_typed, top_up, seconds in entries:
        now += timedelta(seconds=seconds)
        restored.device = restore(snapshot(restored.device), restored.context)
        text = digits(world, top_up) if top_up < 6 else forged(world)
        if is_typed:
            assert enter(world, text, now) == enter(restored, text, now)
        else:
            octets = command(world, top_up, text)
            assert world.send(octets, now) == restored.send(octets, now)
        assert snapshot(world.device) == snapshot(restored.device)
    used = world.device.state.top_up.counters.used
    assert balance(world) == 10 * len(used)


@pytest.mark.parametrize(
    "change",
    [
        {"used": [4, 3]},
        {"used": [3, 3]},
        {"used": ["3"]},
        {"setAside": [["04", [3]]]},
        {"setAside": [["04" * 65, [4, 3]]]},
        {"setAside": [["04" * 65, [3]], ["04" * 65, [3]]]},
        {"failures": 0.5},
        {"movements": [["2026-01-05T12:00:00", 1]]},
        {"suspendedUntil": "soon"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_snapshot_that_cannot_be_says_so(change: dict[str, Any]) -> None:
    world = World()
    saved = json.loads(snapshot(world.device))
    restore(json.dumps(saved).encode(), world.context)
    saved["topUp"].update(change)
    with pytest.raises(GbcsError, match="snapshot/topUp"):
        restore(json.dumps(saved).encode(), world.context)


def test_meters_share_what_they_have_in_common() -> None:
    at_manufacture = DeviceState._field_defaults["top_up"]
    world = World()
    assert world.device.state.top_up is at_manufacture
    hand_over(world, 0)
    assert world.device.state.top_up is at_manufacture
    restored = restore(snapshot(world.device), world.context)
    assert restored.state.top_up == at_manufacture
    assert restore(snapshot(restored), world.context).state.top_up is restored.state.top_up
    # Another role's update does not concern it.
    assert world.send(world.update_octets(BY_OPERATOR, 2000)).accepted
    assert world.device.state.top_up is at_manufacture
