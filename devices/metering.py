"""What a meter measures: a small deterministic model, so that reads have something to answer.

A meter keeps no state beyond who it is and when it was made: every register is a pure function of that
and of the time. Registers never go down, and the voltage counters count just what the voltage log shows.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from devices.gbcs.identifiers import Eui64
from devices.gbcs.read_table import VoltageEntry

HALF_HOUR_SECONDS: Final = 1800
LITRES_PER_CUBIC_METRE: Final = 1000
# As many as a response may list (MMC schema 5.4, AvgRMSVoltageProfileDataType): 90 days.
VOLTAGE_LOG_ENTRIES: Final = 4320
UNDER_VOLTAGE_VOLTS: Final = 216
OVER_VOLTAGE_VOLTS: Final = 253

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_SLOTS_PER_DAY: Final = 48


class DailyShape:
    """How a day's consumption spreads over its 48 half hours; ``weights`` are relative."""

    def __init__(self, weights: tuple[int, ...]) -> None:
        if len(weights) != _SLOTS_PER_DAY:
            raise ValueError(f"{len(weights)} weights, expected {_SLOTS_PER_DAY}")
        self._weights = weights
        self._before = (0, *accumulate(weights))

    @cached_property
    def units_per_day(self) -> int:
        """The units in which :meth:`units_until` counts, for one day."""
        return self._before[-1] * HALF_HOUR_SECONDS

    def units_until(self, seconds: int) -> int:
        """Units from 1970 until ``seconds``; never goes down as the seconds go up."""
        slots, into_slot = divmod(seconds, HALF_HOUR_SECONDS)
        days, slot = divmod(slots, _SLOTS_PER_DAY)
        units = self._before[slot] * HALF_HOUR_SECONDS + self._weights[slot] * into_slot
        return days * self.units_per_day + units


class Quantity(enum.Enum):
    """What a register adds up: Wh, varh or, for gas, litres."""

    ACTIVE_IMPORT = "import energy"
    ACTIVE_EXPORT = "export energy"
    REACTIVE_IMPORT = "reactive import energy"
    REACTIVE_EXPORT = "reactive export energy"
    GAS = "gas volume"


# By two-hour blocks from midnight UTC: a home asleep, its morning, its evening.
_ELECTRICITY: Final = DailyShape(tuple(w for w in (4, 3, 3, 6, 9, 8, 8, 8, 11, 15, 13, 8) for _ in range(4)))
_GAS: Final = DailyShape(tuple(w for w in (1, 1, 4, 14, 10, 5, 4, 5, 12, 13, 7, 2) for _ in range(4)))
_SUN: Final = DailyShape(tuple(w for w in (0, 0, 0, 1, 6, 12, 14, 10, 4, 0, 0, 0) for _ in range(4)))
_SHAPES: Final = {
    Quantity.ACTIVE_IMPORT: _ELECTRICITY,
    Quantity.ACTIVE_EXPORT: _SUN,
    Quantity.REACTIVE_IMPORT: _ELECTRICITY,
    Quantity.REACTIVE_EXPORT: _SUN,
    Quantity.GAS: _GAS,
}
_PER_DAY: Final = {
    Quantity.ACTIVE_IMPORT: (4_000, 13_000),
    Quantity.ACTIVE_EXPORT: (2_000, 8_000),
    Quantity.GAS: (1_000, 5_000),
}
# Reactive energy is 10 to 30 per cent of the active.
_ACTIVE_OF: Final = {
    Quantity.REACTIVE_IMPORT: Quantity.ACTIVE_IMPORT,
    Quantity.REACTIVE_EXPORT: Quantity.ACTIVE_EXPORT,
}
# A two-rate home's night, in half hours from midnight UTC.
_NIGHT_SLOTS: Final = 14


@dataclass(frozen=True, slots=True)
class Meter:
    """The measurements of one device since it was made (``manufactured``: timezone-aware)."""

    device: Eui64
    manufactured: datetime

    def import_energy_wh(self, now: datetime) -> int:
        """The active import register, in Wh; 4 to 13 kWh a day."""
        return self.register(Quantity.ACTIVE_IMPORT, now)

    def gas_volume_litres(self, now: datetime) -> int:
        """The gas consumption register, in litres (thousandths of a cubic metre); 1 to 5 m3 a day."""
        return self.register(Quantity.GAS, now)

    def register(self, quantity: Quantity, now: datetime) -> int:
        """A register: 0 until the meter is made, never going down."""
        return max(0, self._since_made(quantity, _seconds(now)))

    def import_power_w(self, now: datetime) -> int:
        """Active power import, which is even within a half hour."""
        start = _seconds(now) // HALF_HOUR_SECONDS * HALF_HOUR_SECONDS
        before = self._since_made(Quantity.ACTIVE_IMPORT, start)
        energy = self._since_made(Quantity.ACTIVE_IMPORT, start + HALF_HOUR_SECONDS) - before
        return energy * 3600 // HALF_HOUR_SECONDS if now >= self.manufactured else 0

    def time_of_use_wh(self, now: datetime) -> tuple[int, int]:
        """The import of the day rate and of the night rate, in Wh; together the active import register.

        Homes with one rate, which are most, have it all in the first. The night is 00:00 to 07:00 UTC.
        """
        total = self.register(Quantity.ACTIVE_IMPORT, now)
        if not self.has_two_rates or not total:
            return total, 0
        night = self._night_until(_seconds(now)) - self._night_until(_seconds(self.manufactured))
        return total - night, night

    @property
    def has_two_rates(self) -> bool:
        """Whether the home has a night rate; about one in three."""
        return self._draw("two rates", 3) == 0

    @property
    def exports(self) -> bool:
        """Whether the home generates; about one in four."""
        return self._draw("generates", 4) == 0

    def under_voltage_count(self, now: datetime) -> int:
        """Half hours since manufacture with an average below 216 V."""
        return self._count(self._under_voltage_slots(), now)

    def over_voltage_count(self, now: datetime) -> int:
        """Half hours since manufacture with an average above 253 V."""
        return self._count(self._over_voltage_slots(), now)

    def voltage_log(self, start: datetime, end: datetime, now: datetime) -> tuple[VoltageEntry, ...]:
        """Entries of the log from ``start`` to ``end``, both included, oldest first.

        The log holds the newest 4,320 half hours that have ended by ``now``.
        """
        newest = _seconds(now) // HALF_HOUR_SECONDS
        first = max(self._slot_made(), newest - VOLTAGE_LOG_ENTRIES, _seconds_up(start) - 1) + 1
        last = min(newest, _seconds(end) // HALF_HOUR_SECONDS)
        base = 228 + self._draw("base voltage", 13)
        under, over = self._under_voltage_slots(), self._over_voltage_slots()
        return tuple([self._entry(slot, base, under, over) for slot in range(first, last + 1)])

    def _entry(self, slot: int, base: int, under: _EverySo, over: _EverySo) -> VoltageEntry:
        at = _EPOCH + timedelta(seconds=slot * HALF_HOUR_SECONDS)
        noise = hashlib.blake2b(slot.to_bytes(8, "big"), digest_size=1, key=self.device).digest()[0] % 5
        if over.holds(slot):
            return VoltageEntry(at, OVER_VOLTAGE_VOLTS + 1 + noise)
        if under.holds(slot):
            return VoltageEntry(at, UNDER_VOLTAGE_VOLTS - 1 - noise)
        return VoltageEntry(at, base + noise)

    def _under_voltage_slots(self) -> _EverySo:
        half = 1_000 + self._draw("under-voltage interval", 4_001)
        return _EverySo(2 * half, 2 * self._draw("under-voltage phase", half) + 1)

    def _over_voltage_slots(self) -> _EverySo:
        # Even slots, and the under-voltage ones odd: no half hour is both.
        half = 250 + self._draw("over-voltage interval", 2_001)
        return _EverySo(2 * half, 2 * self._draw("over-voltage phase", half))

    def _count(self, slots: _EverySo, now: datetime) -> int:
        return max(0, slots.until(_seconds(now) // HALF_HOUR_SECONDS) - slots.until(self._slot_made()))

    def _slot_made(self) -> int:
        """The last half hour that was not measured from its beginning."""
        return _seconds_up(self.manufactured)

    def _since_made(self, quantity: Quantity, seconds: int) -> int:
        """The amount from manufacture until ``seconds`` from 1970; negative before, and alike each day."""
        shape = _SHAPES[quantity]
        units = shape.units_until(seconds) - shape.units_until(_seconds(self.manufactured))
        return self._per_day(quantity) * units // shape.units_per_day

    def _per_day(self, quantity: Quantity) -> int:
        """The amount of one day."""
        active = _ACTIVE_OF.get(quantity)
        if active is not None:
            return self._per_day(active) * (10 + self._draw(quantity.value, 21)) // 100
        if quantity is Quantity.ACTIVE_EXPORT and not self.exports:
            return 0
        least, most = _PER_DAY[quantity]
        return least + self._draw(quantity.value, most - least + 1)

    def _night_until(self, seconds: int) -> int:
        """The night import until ``seconds`` from 1970, from some fixed start.

        Whole days of the register are alike to the watt-hour, so the nights of past days are counted at once.
        """
        day, into_day = divmod(seconds, _SLOTS_PER_DAY * HALF_HOUR_SECONDS)
        start, night = seconds - into_day, _NIGHT_SLOTS * HALF_HOUR_SECONDS
        before = self._since_made(Quantity.ACTIVE_IMPORT, start)
        a_night = self._since_made(Quantity.ACTIVE_IMPORT, start + night) - before
        tonight = self._since_made(Quantity.ACTIVE_IMPORT, start + min(into_day, night)) - before
        return day * a_night + tonight

    def _draw(self, name: str, count: int) -> int:
        """A number from 0 to ``count`` - 1 that is this device's for this name."""
        digest = hashlib.blake2b(name.encode(), digest_size=8, key=self.device).digest()
        return int.from_bytes(digest, "big") % count


class _EverySo(NamedTuple):
    """Slots that come back every ``interval``."""

    interval: int
    phase: int

    def holds(self, slot: int) -> bool:
        return slot % self.interval == self.phase

    def until(self, slot: int) -> int:
        """How many there are up to and including ``slot``, from some fixed start."""
        return (slot - self.phase) // self.interval


def _seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _SECOND


def _seconds_up(moment: datetime) -> int:
    """The half-hour slot that ends at or next after ``moment``."""
    return -((_EPOCH - moment) // timedelta(seconds=HALF_HOUR_SECONDS))
