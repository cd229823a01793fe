"""How a meter takes prepayment top-ups: authenticity, the cache of used numbers, lock-out (GBCS 14.3, 14.4).

A top-up has a number: bits 32 and up of its Originator Counter. A remote command says the whole counter in
its header. Typed digits say ten bits of it, so the meter tries the numbers with those bits around the
highest that it knows, low 32 bits zero, and the MAC shows which is meant. That search, the size of the
cache, the numbers of the lock-out and the code of each refusal are assumed, not confirmed
(:class:`TopUpAssumptions`, :attr:`TopUpOutcome.alert_code`). Nothing here has state: what is accepted or
refused gives a new state.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.utrn import (
    COUNTER_BITS,
    COUNTER_SHIFT,
    TopUpValue,
    Utrn,
    UtrnKeys,
    UtrnParts,
    is_authentic,
)
from devices.meter_balance import MILLIPENCE_PER_PENNY, MeterBalance

CREDIT_ADDED_LOCALLY: Final = 0x810E
TOP_UP_SUSPENDED: Final = 0x81C4
_CYCLE: Final = 1 << COUNTER_BITS
_GREATEST_NUMBER: Final = (1 << COUNTER_SHIFT) - 1


class TopUpOutcome(enum.Enum):
    """How an entry went."""

    ACCEPTED = "accepted"
    MISTYPED = "not 20 digits with their check digit"
    NOT_FOR_THIS_DEVICE = "outside the range of top-ups"
    NOT_AUTHENTIC = "MAC does not verify"
    DUPLICATE = "number used before"
    OUT_OF_RANGE = "number at or below the floor, or older than the cache"
    ABOVE_MAXIMUM_CREDIT = "value above the maximum credit threshold"
    LOCKED_OUT = "manual entry suspended"
    FAILED = "the meter failed"

    @property
    def alert_code(self) -> int | None:
        """The event that a meter logs; that the code belongs to this cause is assumed, not confirmed."""
        return _ALERT_CODES.get(self)


_ALERT_CODES: Final = {
    TopUpOutcome.NOT_FOR_THIS_DEVICE: 0x8F64,
    TopUpOutcome.NOT_AUTHENTIC: 0x8F63,
    TopUpOutcome.DUPLICATE: 0x8F51,
    TopUpOutcome.OUT_OF_RANGE: 0x8F51,
    TopUpOutcome.ABOVE_MAXIMUM_CREDIT: 0x8F5B,
    TopUpOutcome.LOCKED_OUT: 0x81C5,
}


class TopUpAssumptions(NamedTuple):
    """What decides on top-ups and no source could be read for; every field is assumed, none confirmed."""

    cached_numbers: int = 100
    """14.4.2: how many used numbers a meter remembers. Full, it refuses what is below the lowest of them."""

    cycles_each_way: int = 1
    """14.3: how many times 1024 below and above the highest known number typed digits may mean."""

    failures_before_suspension: int = 5
    """14.6: after how many refused manual entries in a row manual entry is suspended."""

    suspension_seconds: int = 900
    """14.6: for how long."""

    mistyped_entries_count: bool = True
    """14.6: digits that fail their own check are among the refused entries that lead to suspension."""

    floors_forget_used_numbers: bool = False
    """13.3: a prepayment floor empties the cache for good; what was used above it is credited once more."""

    entries_raise_alerts: bool = True
    """16: each event of a manual entry makes the meter send an alert to the holder of the supplier cell."""


DEFAULT_TOP_UP_ASSUMPTIONS: Final = TopUpAssumptions()
_NO_NUMBERS: Final[Mapping[bytes, tuple[int, ...]]] = MappingProxyType({})


class TopUpCounters(NamedTuple):
    """The floor of the supplier's prepayment counter, and the top-up numbers used since, ascending.

    ``set_aside`` are those that were used while other public keys (65 octets) stood in the top-up cell: a
    key that comes back finds them again, for with it what was sold under it is authentic again.
    """

    floor: OriginatorCounter = OriginatorCounter(0)
    used: tuple[int, ...] = ()
    set_aside: Mapping[bytes, tuple[int, ...]] = _NO_NUMBERS

    @property
    def highest(self) -> int:
        """The highest number known: the last used or that of the floor."""
        return max(self.floor >> COUNTER_SHIFT, self.used[-1] if self.used else 0)

    def refusal(self, counter: OriginatorCounter, capacity: int) -> TopUpOutcome | None:
        """Why a top-up under this counter is refused; None if its number is fresh."""
        number = counter >> COUNTER_SHIFT
        if number in self.used:
            return TopUpOutcome.DUPLICATE
        full_and_older = len(self.used) >= capacity and number < self.used[0]
        return TopUpOutcome.OUT_OF_RANGE if counter <= self.floor or full_and_older else None

    def with_used(self, counter: OriginatorCounter, capacity: int) -> TopUpCounters:
        """The counters after a top-up; the lowest numbers give way."""
        used = tuple(sorted((*self.used, counter >> COUNTER_SHIFT)))
        return self._replace(used=used[-capacity:])

    def with_floor(self, floor: OriginatorCounter, assumptions: TopUpAssumptions) -> TopUpCounters:
        """The counters after a CS02b with a prepayment floor."""
        if assumptions.floors_forget_used_numbers:
            return TopUpCounters(floor)
        return self._replace(floor=floor)

    def with_key(self, former: bytes, key: bytes, *, new_sequence: bool, capacity: int) -> TopUpCounters:
        """The counters after another public key came into the top-up cell.

        Its holder goes on where the former one stopped, or begins a sequence of its own.
        """
        kept = _merged(self.set_aside.get(former, ()), self.used)[-capacity:]
        known = self.set_aside.get(key, ())
        used = known if new_sequence else _merged(known, self.used)[-capacity:]
        return self._replace(used=used, set_aside={**self.set_aside, former: kept})

    def candidates(self, counter_bits: int, cycles_each_way: int) -> Iterator[OriginatorCounter]:
        """The counters that typed digits may mean, the nearest cycles first."""
        start = self.highest - self.highest % _CYCLE + counter_bits
        for cycle in sorted(range(-cycles_each_way, cycles_each_way + 1), key=abs):
            number = start + cycle * _CYCLE
            if 0 <= number <= _GREATEST_NUMBER:
                yield OriginatorCounter(number << COUNTER_SHIFT)


class TopUpState(NamedTuple):
    """All that a meter remembers about top-ups.

    ``failures`` counts refused manual entries in a row, ``suspended_until`` (timezone-aware) is when manual
    entry is open again.
    """

    counters: TopUpCounters = TopUpCounters()
    balance: MeterBalance = MeterBalance()
    failures: int = 0
    suspended_until: datetime | None = None

    def is_suspended(self, now: datetime) -> bool:
        """Whether manual entry is suspended."""
        return self.suspended_until is not None and now < self.suspended_until

    def with_floor(
        self, floor: OriginatorCounter, assumptions: TopUpAssumptions = DEFAULT_TOP_UP_ASSUMPTIONS
    ) -> TopUpState:
        """The state after a prepayment floor was set; the same one if nothing changes."""
        counters = self.counters.with_floor(floor, assumptions)
        return self if counters == self.counters else self._replace(counters=counters)

    def with_key(
        self,
        former: bytes,
        key: bytes,
        *,
        new_sequence: bool,
        assumptions: TopUpAssumptions = DEFAULT_TOP_UP_ASSUMPTIONS,
    ) -> TopUpState:
        """The state after another public key (65 octets) came into the top-up cell."""
        if not self.counters.used and not self.counters.set_aside:
            return self
        capacity = assumptions.cached_numbers
        counters = self.counters.with_key(former, key, new_sequence=new_sequence, capacity=capacity)
        return self._replace(counters=counters)


class TopUpVerdict(NamedTuple):
    """How an entry went; value and counter where they are known, ``events`` as the meter logs them."""

    outcome: TopUpOutcome
    value: TopUpValue | None = None
    counter: OriginatorCounter | None = None
    events: tuple[int, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the value was credited."""
        return self.outcome is TopUpOutcome.ACCEPTED


class TopUpReader(NamedTuple):
    """What a meter judges digits by: with whom it shares which secret, and its settings.

    ``maximum_credit_pence`` is the greatest value of one top-up, None for no limit.
    """

    keys: UtrnKeys
    provider: CryptoProvider
    assumptions: TopUpAssumptions = DEFAULT_TOP_UP_ASSUMPTIONS
    maximum_credit_pence: int | None = None

    def accept_remote(
        self, state: TopUpState, digits: str, counter: OriginatorCounter, now: datetime
    ) -> tuple[TopUpState, TopUpVerdict]:
        """Judge digits that came in a command under ``counter``; a suspension does not concern them."""
        verdict = self._judge(state.counters, digits, counter)
        return self._credited(state, verdict, now), verdict

    def accept_typed(self, state: TopUpState, digits: str, now: datetime) -> tuple[TopUpState, TopUpVerdict]:
        """Judge digits that were typed at the meter or at a prepayment interface device."""
        if state.is_suspended(now):
            outcome = TopUpOutcome.LOCKED_OUT
            return state, TopUpVerdict(outcome, events=_events(outcome))
        verdict = self._judge(state.counters, digits, None)
        if verdict.accepted:
            credited = self._credited(state, verdict, now)._replace(failures=0, suspended_until=None)
            return credited, verdict._replace(events=(CREDIT_ADDED_LOCALLY,))
        return self._failed(state, verdict, now)

    def _judge(self, counters: TopUpCounters, digits: str, counter: OriginatorCounter | None) -> TopUpVerdict:
        try:
            utrn = Utrn(digits)
        except GbcsError:
            return _refused(TopUpOutcome.MISTYPED)
        try:
            parts = utrn.parts()
        except GbcsError:
            return _refused(TopUpOutcome.NOT_FOR_THIS_DEVICE)
        meant = self._counter_of(parts, counters, counter)
        if meant is None:
            return _refused(TopUpOutcome.NOT_AUTHENTIC)
        refusal = counters.refusal(meant, self.assumptions.cached_numbers)
        if refusal is None and self._is_too_much(parts.value):
            refusal = TopUpOutcome.ABOVE_MAXIMUM_CREDIT
        outcome = refusal or TopUpOutcome.ACCEPTED
        return TopUpVerdict(outcome, parts.value, meant, _events(outcome))

    def _counter_of(
        self, parts: UtrnParts, counters: TopUpCounters, counter: OriginatorCounter | None
    ) -> OriginatorCounter | None:
        """The counter under which the top-up is authentic."""
        among: Iterator[OriginatorCounter]
        if counter is not None:
            among = iter((counter,))
        else:
            among = counters.candidates(parts.counter_bits, self.assumptions.cycles_each_way)
        found = (each for each in among if is_authentic(parts, self.keys, each, self.provider))
        return next(found, None)

    def _is_too_much(self, value: TopUpValue) -> bool:
        return self.maximum_credit_pence is not None and value.pence > self.maximum_credit_pence

    def _credited(self, state: TopUpState, verdict: TopUpVerdict, now: datetime) -> TopUpState:
        if not verdict.accepted or verdict.value is None or verdict.counter is None:
            return state
        counters = state.counters.with_used(verdict.counter, self.assumptions.cached_numbers)
        balance = state.balance.moved(verdict.value.pence * MILLIPENCE_PER_PENNY, now)
        return state._replace(counters=counters, balance=balance)

    def _failed(
        self, state: TopUpState, verdict: TopUpVerdict, now: datetime
    ) -> tuple[TopUpState, TopUpVerdict]:
        if verdict.outcome is TopUpOutcome.MISTYPED and not self.assumptions.mistyped_entries_count:
            return state, verdict
        failures = state.failures + 1
        if failures < self.assumptions.failures_before_suspension:
            return state._replace(failures=failures), verdict
        until = now + timedelta(seconds=self.assumptions.suspension_seconds)
        suspended = state._replace(failures=0, suspended_until=until)
        return suspended, verdict._replace(events=(*verdict.events, TOP_UP_SUSPENDED))


def _merged(*numbers: tuple[int, ...]) -> tuple[int, ...]:
    """All of them, each once, ascending."""
    return tuple(sorted(set().union(*numbers)))


def _refused(outcome: TopUpOutcome) -> TopUpVerdict:
    return TopUpVerdict(outcome, events=_events(outcome))


def _events(outcome: TopUpOutcome) -> tuple[int, ...]:
    return () if outcome.alert_code is None else (outcome.alert_code,)
