"""Top-ups at the meter: used numbers, floors, lock-out, and what the balance says afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.cs01 import (
    GasTopUp,
    GasTopUpAnswer,
    TopUpResult,
    build_cs01a_command,
    build_cs01b_command,
    open_cs01a_response,
    open_cs01b_response,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.utrn import TopUpValue, Utrn, UtrnKeys, ValueClass, check_digit, issue_utrn
from devices.meter_balance import KEPT_MOVEMENTS, MeterBalance
from devices.top_up import (
    DEFAULT_TOP_UP_ASSUMPTIONS,
    TOP_UP_SUSPENDED,
    TopUpAssumptions,
    TopUpCounters,
    TopUpOutcome,
    TopUpReader,
    TopUpState,
)
from devices.top_up_commands import answer_cs01a, answer_cs01b

SUITE = settings(max_examples=60, deadline=None)
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PROVIDER = CryptoProvider()
KEYS = UtrnKeys(Eui64(b"supplier"), Eui64(b"a meter!"), bytes(range(32)))
OTHER_KEYS = KEYS._replace(meter=Eui64(b"another!"))
READER = TopUpReader(KEYS, PROVIDER)
FRESH = TopUpState()
TEN_POUNDS = TopUpValue(ValueClass.POUNDS, 10)
GOOD_PARTS = issue_utrn(KEYS, OriginatorCounter(1 << 32), TEN_POUNDS, PROVIDER).parts()
FORGED = str(Utrn.of(GOOD_PARTS._replace(mac_tail=b"none")))
OUT_OF_RANGE = "1234567890123456789" + str(check_digit("1234567890123456789"))


def counter(number: int) -> OriginatorCounter:
    return OriginatorCounter(number << 32)


def digits(number: int, value: TopUpValue = TEN_POUNDS, keys: UtrnKeys = KEYS) -> str:
    return issue_utrn(keys, counter(number), value, PROVIDER)


def typed(state: TopUpState, *numbers: int, reader: TopUpReader = READER) -> TopUpState:
    for number in numbers:
        state, verdict = reader.accept_typed(state, digits(number), NOW)
        assert verdict.accepted, number
    return state


# --- one entry --------------------------------------------------------------------------------------


def test_a_top_up_is_credited_once() -> None:
    state, verdict = READER.accept_remote(FRESH, digits(3), counter(3), NOW)
    assert verdict.accepted
    assert (verdict.value, verdict.counter, verdict.events) == (TEN_POUNDS, counter(3), ())
    assert state.balance.millipence == 1_000_000
    assert state.counters.used == (3,)
    again, refused = READER.accept_remote(state, digits(3), counter(3), NOW)
    assert refused.outcome is TopUpOutcome.DUPLICATE
    assert refused.events == (0x8F51,)
    assert again == state


def test_what_came_by_command_is_not_taken_when_typed_and_the_other_way_round() -> None:
    by_command, _ = READER.accept_remote(FRESH, digits(3), counter(3), NOW)
    _, verdict = READER.accept_typed(by_command, digits(3), NOW)
    assert verdict.outcome is TopUpOutcome.DUPLICATE
    by_hand = typed(FRESH, 3)
    _, verdict = READER.accept_remote(by_hand, digits(3), counter(3), NOW)
    assert verdict.outcome is TopUpOutcome.DUPLICATE


def test_top_ups_may_come_out_of_order() -> None:
    state = typed(FRESH, 5, 3, 4, 1000)
    assert state.counters.used == (3, 4, 5, 1000)
    assert state.balance.millipence == 4_000_000


@pytest.mark.parametrize(
    ("entered", "outcome", "event"),
    [
        (FORGED, TopUpOutcome.NOT_AUTHENTIC, 0x8F63),
        (digits(3, keys=OTHER_KEYS), TopUpOutcome.NOT_AUTHENTIC, 0x8F63),
        (OUT_OF_RANGE, TopUpOutcome.NOT_FOR_THIS_DEVICE, 0x8F64),
        ("12345678910121314156", TopUpOutcome.MISTYPED, None),
        ("", TopUpOutcome.MISTYPED, None),
    ],
)
def test_what_is_no_top_up_of_this_meter_is_refused(
    entered: str, outcome: TopUpOutcome, event: int | None
) -> None:
    events = () if event is None else (event,)
    for state, verdict in (
        READER.accept_remote(FRESH, entered, counter(3), NOW),
        READER.accept_typed(FRESH, entered, NOW),
    ):
        assert (verdict.outcome, verdict.events) == (outcome, events)
        assert (state.balance, state.counters) == (FRESH.balance, FRESH.counters)


def test_a_command_under_another_counter_than_its_digits_is_not_authentic() -> None:
    for other in (counter(4), counter(3 + 1024), OriginatorCounter(counter(3) + 1)):
        _, verdict = READER.accept_remote(FRESH, digits(3), other, NOW)
        assert verdict.outcome is TopUpOutcome.NOT_AUTHENTIC


def test_a_value_above_the_threshold_is_refused_and_its_number_stays_good() -> None:
    strict, exact = READER._replace(maximum_credit_pence=999), READER._replace(maximum_credit_pence=1000)
    state, verdict = strict.accept_remote(FRESH, digits(3), counter(3), NOW)
    assert (verdict.outcome, verdict.events) == (TopUpOutcome.ABOVE_MAXIMUM_CREDIT, (0x8F5B,))
    assert state == FRESH
    _, verdict = exact.accept_remote(state, digits(3), counter(3), NOW)
    assert verdict.accepted


# --- which number typed digits mean -----------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 1023, 1024, 2047])
def test_typed_digits_mean_a_number_one_cycle_ahead_at_most(number: int) -> None:
    assert typed(FRESH, number).counters.used == (number,)


def test_farther_ahead_they_are_not_understood() -> None:
    _, verdict = READER.accept_typed(FRESH, digits(2048), NOW)
    assert verdict.outcome is TopUpOutcome.NOT_AUTHENTIC
    farther = READER._replace(assumptions=TopUpAssumptions(cycles_each_way=2))
    _, verdict = farther.accept_typed(FRESH, digits(2048), NOW)
    assert verdict.accepted
    _, verdict = READER.accept_remote(FRESH, digits(2048), counter(2048), NOW)
    assert verdict.accepted


def test_numbers_go_around_with_the_highest() -> None:
    state = typed(FRESH, 1000, 1500, 2500, 3000)
    assert state.counters.used == (1000, 1500, 2500, 3000)
    _, old = READER.accept_typed(state, digits(2500), NOW)
    assert old.outcome is TopUpOutcome.DUPLICATE
    # Two cycles below the highest the meter no longer looks.
    _, older = READER.accept_typed(state, digits(1000), NOW)
    assert older.outcome is TopUpOutcome.NOT_AUTHENTIC


def test_the_last_numbers_of_all_are_understood() -> None:
    state = FRESH.with_floor(OriginatorCounter((2**32 - 10) << 32))
    assert typed(state, 2**32 - 1).counters.highest == 2**32 - 1


@SUITE
@given(st.integers(0, 2**32 - 1), st.integers(0, 1023), st.integers(0, 3))
def test_candidates_are_the_numbers_with_the_bits_around_the_highest(
    highest: int, bits: int, cycles: int
) -> None:
    counters = TopUpCounters(used=(highest,))
    found = [each >> 32 for each in counters.candidates(bits, cycles)]
    assert len(set(found)) == len(found)
    assert all(number % 1024 == bits for number in found)
    start = highest - highest % 1024
    assert set(found) == {
        number for cycle in range(-cycles, cycles + 1) if 0 <= (number := start + cycle * 1024 + bits) < 2**32
    }


# --- the cache --------------------------------------------------------------------------------------


def test_a_full_cache_refuses_what_is_below_its_lowest() -> None:
    reader = READER._replace(assumptions=TopUpAssumptions(cached_numbers=3))
    almost = typed(FRESH, 10, 20, reader=reader)
    assert typed(almost, 5, reader=reader).counters.used == (5, 10, 20)
    full = typed(almost, 30, reader=reader)
    _, verdict = reader.accept_typed(full, digits(9), NOW)
    assert (verdict.outcome, verdict.events) == (TopUpOutcome.OUT_OF_RANGE, (0x8F51,))
    assert typed(full, 11, reader=reader).counters.used == (11, 20, 30)


def test_a_floor_is_the_least_that_is_refused() -> None:
    state = FRESH.with_floor(counter(7))
    _, at = READER.accept_remote(state, digits(7), counter(7), NOW)
    assert at.outcome is TopUpOutcome.OUT_OF_RANGE
    assert typed(state, 8).counters.used == (8,)
    between = OriginatorCounter(counter(7) + 1)
    entered = issue_utrn(KEYS, between, TEN_POUNDS, PROVIDER)
    _, above = READER.accept_remote(state, entered, between, NOW)
    assert above.accepted


def test_a_floor_makes_used_numbers_good_again_unless_it_is_not_to() -> None:
    forgetful = TopUpAssumptions(floors_forget_used_numbers=True)
    state = typed(FRESH, 8).with_floor(counter(7), forgetful)
    assert typed(state, 8).balance.millipence == 2_000_000
    kept = typed(FRESH, 8).with_floor(counter(7))
    _, verdict = READER.accept_typed(kept, digits(8), NOW)
    assert verdict.outcome is TopUpOutcome.DUPLICATE


ONE, TWO, THREE = bytes(65), b"\1" * 65, b"\2" * 65


def test_numbers_are_those_of_the_key_that_they_were_used_under() -> None:
    first = typed(FRESH, 8)
    second = first.with_key(ONE, TWO, new_sequence=True)
    assert second.counters == TopUpCounters(used=(), set_aside={ONE: (8,)})
    back = typed(second, 3, 8).with_key(TWO, ONE, new_sequence=True)
    assert back.counters == TopUpCounters(used=(8,), set_aside={ONE: (8,), TWO: (3, 8)})
    goes_on = typed(second, 3).with_key(TWO, ONE, new_sequence=False)
    assert goes_on.counters.used == (3, 8)
    # The holder of a third key went on in between: what was used before is not lost to the first.
    third = first.with_key(ONE, THREE, new_sequence=False)
    assert third.counters.used == (8,)
    assert third.with_key(THREE, ONE, new_sequence=True).counters.used == (8,)


def test_numbers_set_aside_have_room_for_as_many_as_the_cache() -> None:
    few = TopUpAssumptions(cached_numbers=2)
    state = typed(FRESH, 1, 2, 3).with_key(ONE, TWO, new_sequence=True, assumptions=few)
    assert state.counters.set_aside == {ONE: (2, 3)}
    again = typed(state, 1).with_key(TWO, ONE, new_sequence=False, assumptions=few)
    assert again.counters.used == (2, 3)


def test_a_meter_that_used_no_number_sets_none_aside() -> None:
    assert FRESH.with_key(ONE, TWO, new_sequence=True) is FRESH


@SUITE
@given(st.lists(st.integers(1, 40), max_size=30), st.integers(1, 8))
def test_no_number_is_ever_credited_twice(numbers: list[int], capacity: int) -> None:
    reader = READER._replace(
        assumptions=TopUpAssumptions(cached_numbers=capacity, failures_before_suspension=1000)
    )
    state, credited = FRESH, []
    for number in numbers:
        state, verdict = reader.accept_typed(state, digits(number), NOW)
        if verdict.accepted:
            credited.append(number)
        assert len(state.counters.used) <= capacity
        assert state.counters.used == tuple(sorted(state.counters.used))
    assert len(credited) == len(set(credited))
    assert state.balance.millipence == 1_000_000 * len(credited)


# --- lock-out ---------------------------------------------------------------------------------------


def fail(state: TopUpState, times: int, now: datetime = NOW, entered: str = FORGED) -> TopUpState:
    for _ in range(times):
        state, _ = READER.accept_typed(state, entered, now)
    return state


def test_the_fifth_failure_in_a_row_suspends_manual_entry() -> None:
    assert DEFAULT_TOP_UP_ASSUMPTIONS.failures_before_suspension == 5
    four = fail(FRESH, 4)
    assert not four.is_suspended(NOW)
    five, verdict = READER.accept_typed(four, FORGED, NOW)
    assert verdict.events == (0x8F63, TOP_UP_SUSPENDED)
    assert five.is_suspended(NOW)
    state, locked = READER.accept_typed(five, digits(3), NOW)
    assert (locked.outcome, locked.events) == (TopUpOutcome.LOCKED_OUT, (0x81C5,))
    assert state == five


def test_a_suspension_ends_to_the_second() -> None:
    suspended = fail(FRESH, 5)
    end = NOW + timedelta(seconds=DEFAULT_TOP_UP_ASSUMPTIONS.suspension_seconds)
    _, verdict = READER.accept_typed(suspended, digits(3), end - SECOND)
    assert verdict.outcome is TopUpOutcome.LOCKED_OUT
    state, verdict = READER.accept_typed(suspended, digits(3), end)
    assert verdict.accepted
    assert (state.failures, state.suspended_until) == (0, None)


def test_commands_are_taken_during_a_suspension_and_do_not_end_it() -> None:
    state, verdict = READER.accept_remote(fail(FRESH, 5), digits(3), counter(3), NOW)
    assert verdict.accepted
    assert state.is_suspended(NOW)


def test_refused_commands_lead_to_no_suspension() -> None:
    state = FRESH
    for _ in range(10):
        state, _ = READER.accept_remote(state, FORGED, counter(1), NOW)
    assert state == FRESH


def test_a_good_entry_starts_the_count_again() -> None:
    state = fail(typed(fail(FRESH, 4), 3), 4)
    assert not state.is_suspended(NOW)
    assert fail(state, 1).is_suspended(NOW)


def test_mistyped_entries_count_unless_they_are_not_to() -> None:
    assert fail(FRESH, 5, entered="1").is_suspended(NOW)
    lenient = READER._replace(assumptions=TopUpAssumptions(mistyped_entries_count=False))
    state = FRESH
    for _ in range(9):
        state, _ = lenient.accept_typed(state, "1", NOW)
    assert state == FRESH


# --- as commands ------------------------------------------------------------------------------------


def test_an_electricity_meter_answers_how_the_top_up_went() -> None:
    payload = build_cs01a_command(counter(3), digits(3))
    answer, state, verdict = answer_cs01a(payload, counter(3), READER, FRESH, NOW)
    assert verdict.accepted
    assert open_cs01a_response(answer, counter(3)) is AccessCode.SUCCESS
    again, same, _ = answer_cs01a(payload, counter(3), READER, state, NOW)
    assert open_cs01a_response(again, counter(3)) is AccessCode.OTHER_REASON
    assert same == state


def test_a_gas_meter_answers_value_and_remaining_credit() -> None:
    payload = build_cs01b_command(GasTopUp(digits(3)))
    answer, state, _ = answer_cs01b(payload, counter(3), READER, FRESH, NOW)
    assert open_cs01b_response(answer) == GasTopUpAnswer(TopUpResult.ACCEPTED, 1_000_000, 1_000_000)
    again, _, _ = answer_cs01b(payload, counter(3), READER, state, NOW)
    assert open_cs01b_response(again) == GasTopUpAnswer(TopUpResult.DUPLICATE, 0, 1_000_000)
    wrong, _, _ = answer_cs01b(build_cs01b_command(GasTopUp("x")), counter(4), READER, state, NOW)
    assert open_cs01b_response(wrong) == GasTopUpAnswer(TopUpResult.INVALID, 0, 1_000_000)


def test_a_credit_beyond_32_bits_is_answered_as_far_as_they_go() -> None:
    rich = FRESH._replace(balance=MeterBalance(2**31 - 1))
    payload = build_cs01b_command(GasTopUp(digits(3)))
    answer, state, _ = answer_cs01b(payload, counter(3), READER, rich, NOW)
    assert open_cs01b_response(answer).remaining_credit == 2**31 - 1
    assert state.balance.millipence == 2**31 - 1 + 1_000_000


# --- balance ----------------------------------------------------------------------------------------


def test_a_balance_is_what_moved_until_then() -> None:
    balance = MeterBalance(100).moved(50, NOW).moved(-30, NOW + SECOND)
    assert [balance.at(NOW + shift * SECOND) for shift in (-1, 0, 1, 2)] == [100, 150, 120, 120]
    assert balance.millipence == 120


@SUITE
@given(st.lists(st.integers(-(10**9), 10**9), max_size=KEPT_MOVEMENTS + 30))
def test_old_movements_go_into_the_opening_balance(amounts: list[int]) -> None:
    balance = MeterBalance()
    for second, amount in enumerate(amounts):
        balance = balance.moved(amount, NOW + second * SECOND)
    assert balance.millipence == sum(amounts)
    assert len(balance.movements) == min(len(amounts), KEPT_MOVEMENTS)
