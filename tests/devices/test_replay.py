"""Replay counters as values: what passes after what. Then replays on bytes: what was obeyed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from device_worlds import (
    ACB,
    BY_ACB,
    BY_COS,
    BY_OPERATOR,
    BY_SUPPLIER,
    DCC,
    KINDS,
    MODE_CASES,
    OPERATOR,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    SUPPLIER,
    ModeCase,
    Party,
    World,
    mode_name,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import cells, rules
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.cells import factory_cells
from devices.device import Device
from devices.gbcs.credentials import CounterChange, Replacement, SpecialistFloor
from devices.gbcs.identifiers import UINT64_MAX, Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, OtherInformation
from devices.replay import ReplayCounters
from devices.security_log import DeviceRefusalError, Refusal
from devices.snapshot import restore, snapshot

ROLE = RemotePartyRole.NETWORK_OPERATOR
A, B = OPERATOR.eui, OTHER_OPERATOR.eui
ONLY_ROLES = DeviceAssumptions(party_numbers_only_rise=False)
NEW = ReplayCounters()


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


def floor(role: RemotePartyRole, value: int, *specialist: int) -> CounterChange:
    floors = tuple(SpecialistFloor(number(each)) for each in specialist)
    return CounterChange(role, number(value), floors or None)


def passes(
    counters: ReplayCounters,
    counter: int,
    party: Eui64 = A,
    role: RemotePartyRole = ROLE,
    assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS,
) -> bool:
    other = OtherInformation(MessageCode(0x0103))
    header = GroupingHeader(Cra.COMMAND, number(counter), party, Eui64(bytes(8)), other)
    try:
        rules.check_counter(counters, role, header, assumptions)
    except DeviceRefusalError as refused:
        return refused.refusal is not Refusal.REPLAY or str(counter) not in refused.detail
    return True


def test_at_manufacture_every_number_is_0_and_1_is_the_first_to_pass() -> None:
    assert NEW.current(ROLE) == NEW.reached_by(ROLE, A) == 0
    assert not passes(NEW, 0)
    assert passes(NEW, 1)


@pytest.mark.parametrize(("counter", "expected"), [(999, False), (1000, False), (1001, True)])
def test_strictly_greater_passes(counter: int, expected: bool) -> None:
    assert passes(NEW.advanced(ROLE, A, number(1000)), counter) is expected


def test_where_equal_numbers_are_let_pass_only_lower_ones_are_replays() -> None:
    lenient = DEFAULT_ASSUMPTIONS._replace(counters_strictly_rise=False)
    counters = NEW.advanced(ROLE, A, number(1000))
    assert passes(counters, 1000, assumptions=lenient)
    assert not passes(counters, 999, assumptions=lenient)


def test_after_the_last_number_there_is_none() -> None:
    last = NEW.advanced(ROLE, A, number(UINT64_MAX))
    assert passes(NEW.advanced(ROLE, A, number(UINT64_MAX - 1)), UINT64_MAX)
    assert not passes(last, UINT64_MAX)


def test_each_role_counts_for_itself() -> None:
    counters = NEW.advanced(ROLE, A, number(1000))
    assert passes(counters, 1, SUPPLIER.eui, RemotePartyRole.SUPPLIER)
    assert counters.current(RemotePartyRole.SUPPLIER) == 0


def test_the_parties_of_a_role_share_its_counter() -> None:
    counters = NEW.advanced(ROLE, A, number(1000))
    assert not passes(counters, 1000, B)
    assert passes(counters, 1001, B)


def test_a_floor_is_an_assignment_up_and_down() -> None:
    counters = NEW.advanced(ROLE, A, number(1000))
    assert counters.with_floors([floor(ROLE, 5000)]).current(ROLE) == 5000
    assert counters.with_floors([floor(ROLE, 0)]).current(ROLE) == 0
    assert not passes(counters.with_floors([floor(ROLE, 5000)]), 5000, B)
    assert passes(counters.with_floors([floor(ROLE, 5000)]), 5001, B)


def test_a_lower_floor_lets_the_next_party_start_low_but_not_the_one_who_was_there() -> None:
    counters = NEW.advanced(ROLE, A, number(1000)).with_floors([floor(ROLE, 0)])
    assert passes(counters, 1, B)
    assert not passes(counters, 1000, A)
    assert passes(counters, 1001, A)


def test_without_that_assumption_the_floor_alone_decides() -> None:
    counters = NEW.advanced(ROLE, A, number(1000)).with_floors([floor(ROLE, 0)])
    assert passes(counters, 1000, A, assumptions=ONLY_ROLES)
    assert not passes(counters, 0, A, assumptions=ONLY_ROLES)


def test_what_a_party_reached_binds_it_in_that_role_only() -> None:
    counters = NEW.advanced(RemotePartyRole.SUPPLIER, A, number(1000))
    assert passes(counters, 1, A)


def test_neither_number_goes_down_when_an_older_message_is_obeyed_later() -> None:
    counters = NEW.advanced(ROLE, A, number(1000)).advanced(ROLE, A, number(7))
    assert (counters.current(ROLE), counters.reached_by(ROLE, A)) == (1000, 1000)


def test_a_floor_for_top_ups_is_none_of_a_roles_number() -> None:
    with_one = NEW.with_floors([floor(RemotePartyRole.SUPPLIER, 3, 77)])
    assert with_one == NEW.with_floors([floor(RemotePartyRole.SUPPLIER, 3)])


def test_counters_are_values() -> None:
    before = NEW.advanced(ROLE, A, number(1))
    before.advanced(ROLE, A, number(2))
    before.with_floors([floor(ROLE, 0, 1)])
    assert before == NEW.advanced(ROLE, A, number(1))
    assert ReplayCounters() == NEW


_steps = st.lists(
    st.tuples(st.sampled_from((A, B, None)), st.integers(0, 6)),
    max_size=30,
)  # a party's number, or without party a floor


@given(_steps)
@settings(max_examples=200, deadline=None)
def test_no_number_of_a_party_is_ever_obeyed_twice(steps: list[tuple[Eui64 | None, int]]) -> None:
    counters, obeyed = NEW, set()
    for party, value in steps:
        if party is None:
            counters = counters.with_floors([floor(ROLE, value)])
        elif passes(counters, value, party):
            assert (party, value) not in obeyed
            obeyed.add((party, value))
            counters = counters.advanced(ROLE, party, number(value))
            assert counters.current(ROLE) == value


# --- on bytes ------------------------------------------------------------------------------------------

kinds = pytest.mark.parametrize("kind", KINDS)
BY_OTHER_OPERATOR = BY_OPERATOR._replace(by=OTHER_OPERATOR)
BY_BROKER = BY_OPERATOR._replace(by=ACB)
AGREEMENT = cells.NETWORK_OPERATOR_AGREEMENT


def obeyed(world: World, case: ModeCase, counter: int, new: Party | None = None, **fields: Any) -> bytes:
    """The octets of an update that the device has just obeyed."""
    octets = world.update_octets(case, counter, new=new, **fields)
    assert world.send(octets).accepted
    return octets


@kinds
@pytest.mark.parametrize("case", MODE_CASES, ids=mode_name)
@pytest.mark.parametrize("new", ["same keys", "new keys"])
def test_what_was_obeyed_once_is_refused_ever_after(kind: type[Device], case: ModeCase, new: str) -> None:
    world = World(kind)
    octets = obeyed(world, case, 1000, case.holder if new == "same keys" else case.new)
    assert not world.send(octets).accepted
    assert not world.send(octets).accepted
    world.device = restore(snapshot(world.device), world.context)
    assert not world.send(octets).accepted


def no_floor(world: World) -> bytes:
    return obeyed(world, BY_OPERATOR, 1000, OPERATOR)


def floor_zero_same_certificates(world: World) -> bytes:
    return obeyed(world, BY_OPERATOR, 1000, OPERATOR, floor=number(0))


def floor_at_its_own_number(world: World) -> bytes:
    return obeyed(world, BY_OPERATOR, 1000, OPERATOR, floor=number(1000))


def floor_just_below_its_own_number(world: World) -> bytes:
    return obeyed(world, BY_OPERATOR, 1000, OPERATOR, floor=number(999))


def floor_zero_key_agreement_alone(world: World) -> bytes:
    wanted = (Replacement(OPERATOR_NEXT.certificate(AGREEMENT).der, AGREEMENT),)
    return obeyed(world, BY_OPERATOR, 1000, replacements=wanted, floor=number(0))


def floor_zero_new_signing_key(world: World) -> bytes:
    return obeyed(world, BY_OPERATOR, 1000, OPERATOR_NEXT, floor=number(0))


def floor_zero_another_party(world: World) -> bytes:
    return obeyed(world, BY_OPERATOR, 1000, OTHER_OPERATOR, floor=number(0))


def the_party_came_back(world: World) -> bytes:
    octets = obeyed(world, BY_OPERATOR, 1000, OTHER_OPERATOR)
    obeyed(world, BY_OTHER_OPERATOR, 1001, OPERATOR)
    return octets


def the_party_came_back_with_a_floor_of_zero(world: World) -> bytes:
    octets = obeyed(world, BY_OPERATOR, 1000, OTHER_OPERATOR, floor=number(0))
    obeyed(world, BY_OTHER_OPERATOR, 5, OPERATOR, floor=number(0))
    return octets


def the_party_came_back_with_another_key(world: World) -> bytes:
    octets = obeyed(world, BY_OPERATOR, 1000, OTHER_OPERATOR, floor=number(0))
    obeyed(world, BY_OTHER_OPERATOR, 5, OPERATOR_NEXT, floor=number(0))
    return octets


def the_broker_came_back_to_a_handed_over_device(world: World) -> bytes:
    kind = type(world.device)
    world.device = World(kind, world.context.assumptions, factory_cells(kind.device_type, DCC)).device
    octets = obeyed(world, BY_BROKER, 7, OPERATOR, floor=number(0))
    obeyed(world, BY_OPERATOR, 1000, ACB, floor=number(0))
    return octets


def the_brokers_own_update_same_key(world: World) -> bytes:
    return obeyed(world, BY_ACB, 1000, ACB, floor=number(0))


def the_brokers_own_update_new_key(world: World) -> bytes:
    return obeyed(world, BY_ACB, 1000, floor=number(0))


def transitional_cos_and_back(world: World) -> bytes:
    floors = (CounterChange(RemotePartyRole.SUPPLIER, number(0)),)
    octets = obeyed(world, BY_COS, 1000, other_changes=floors)
    obeyed(world, BY_COS, 1001, SUPPLIER, other_changes=floors)
    return octets


def the_supplier_came_back_through_transitional_cos(world: World) -> bytes:
    octets = obeyed(world, BY_SUPPLIER, 1000, SUPPLIER)
    floors = (CounterChange(RemotePartyRole.SUPPLIER, number(0)),)
    obeyed(world, BY_COS, 1, other_changes=floors)
    obeyed(world, BY_COS, 2, SUPPLIER, other_changes=floors)
    return octets


REPLAY, NO_AUTHORITY = Refusal.REPLAY, Refusal.NO_AUTHORITY
# What becomes of the replay: by default, and where the role's counter alone decides (None: it passes).
HISTORIES: list[tuple[Callable[[World], bytes], Refusal, Refusal | None]] = [
    (no_floor, REPLAY, REPLAY),
    (floor_at_its_own_number, REPLAY, REPLAY),
    (floor_just_below_its_own_number, REPLAY, None),
    (floor_zero_same_certificates, REPLAY, None),
    (floor_zero_key_agreement_alone, REPLAY, None),
    (floor_zero_new_signing_key, REPLAY, Refusal.WRONG_SIGNATURE),
    (floor_zero_another_party, NO_AUTHORITY, NO_AUTHORITY),
    (the_party_came_back, REPLAY, REPLAY),
    (the_party_came_back_with_a_floor_of_zero, REPLAY, None),
    (the_party_came_back_with_another_key, REPLAY, Refusal.WRONG_SIGNATURE),
    (the_broker_came_back_to_a_handed_over_device, REPLAY, None),
    (the_brokers_own_update_same_key, REPLAY, None),
    (the_brokers_own_update_new_key, REPLAY, Refusal.WRONG_MAC),
    (transitional_cos_and_back, REPLAY, REPLAY),
    (the_supplier_came_back_through_transitional_cos, REPLAY, None),
]
histories = pytest.mark.parametrize(
    ("history", "expected", "with_roles_only"), HISTORIES, ids=[row[0].__name__ for row in HISTORIES]
)


@kinds
@histories
def test_no_floor_and_no_homecoming_opens_the_door_to_a_replay(
    kind: type[Device],
    history: Callable[[World], bytes],
    expected: Refusal,
    with_roles_only: Refusal | None,
) -> None:
    world = World(kind)
    octets = history(world)
    before = world.state
    assert world.send(octets).entry.refusal is expected
    assert world.state == before


@histories
def test_which_replays_pass_where_the_roles_counter_alone_decides(
    history: Callable[[World], bytes], expected: Refusal, with_roles_only: Refusal | None
) -> None:
    world = World(assumptions=ONLY_ROLES)
    assert world.send(history(world)).entry.refusal is with_roles_only
