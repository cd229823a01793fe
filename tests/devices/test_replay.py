"""Replay counters as values: what passes after what."""

from __future__ import annotations

import pytest
from device_worlds import OPERATOR, OTHER_OPERATOR, SUPPLIER
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import rules
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.gbcs.credentials import CounterChange, SpecialistFloor
from devices.gbcs.identifiers import UINT64_MAX, Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, OtherInformation
from devices.replay import ReplayCounters
from devices.security_log import DeviceRefusalError, Refusal

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
    assert NEW.current(ROLE) == NEW.prepayment == NEW.reached_by(ROLE, A) == 0
    assert not passes(NEW, 0)
    assert passes(NEW, 1)


@pytest.mark.parametrize(("counter", "expected"), [(999, False), (1000, False), (1001, True)])
def test_strictly_greater_passes(counter: int, expected: bool) -> None:
    assert passes(NEW.advanced(ROLE, A, number(1000)), counter) is expected


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


def test_what_a_party_reached_never_goes_down() -> None:
    counters = NEW.advanced(ROLE, A, number(1000)).advanced(ROLE, A, number(7))
    assert (counters.current(ROLE), counters.reached_by(ROLE, A)) == (7, 1000)


def test_the_prepayment_counter_gets_its_floor_and_else_keeps_its_number() -> None:
    counters = NEW.with_floors([floor(RemotePartyRole.SUPPLIER, 3, 77)])
    assert (counters.current(RemotePartyRole.SUPPLIER), counters.prepayment) == (3, 77)
    assert counters.with_floors([floor(RemotePartyRole.SUPPLIER, 4)]).prepayment == 77
    assert counters.advanced(RemotePartyRole.SUPPLIER, A, number(9)).prepayment == 77


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
