"""Faults between the DCC and a device or an S1SP: named values, off by default, drawn from a seed."""

from __future__ import annotations

from typing import Final, NamedTuple

from scenarios.engine.random_streams import RandomStream
from scenarios.errors import InputError


class LinkFaults(NamedTuple):
    """The faults of the SM WAN, and of the ways to S1SPs (assumed). Rates are 0 to 1.

    ``unreachable_rate`` is a share of commands: they find no device. The other rates are shares of the
    messages on either way. A delayed message takes ``delay_ms`` longer, and keeps its place among others that
    are delayed; a reordered one is held for a time of its own, so that later ones overtake it. The second
    copy of a duplicated message sets out ``duplicate_after_ms`` after the first, and meets its own faults. In
    a corrupted message one bit is flipped.
    """

    unreachable_rate: float = 0.0
    drop_rate: float = 0.0
    duplicate_rate: float = 0.0
    delay_rate: float = 0.0
    reorder_rate: float = 0.0
    corrupt_rate: float = 0.0
    duplicate_after_ms: int = 1_000
    delay_ms: int = 60_000
    reorder_longest_ms: int = 60_000

    def in_force(self) -> tuple[str, ...]:
        """Every fault that can happen: its rate, and the time that belongs to it."""
        lines = []
        for name in _RATES:
            rate, time = getattr(self, name), _TIMES.get(name)
            if rate:
                lines.append(f"{name}={rate}" + (f" {time}={getattr(self, time)}" if time else ""))
        return tuple(lines)


_RATES: Final = tuple(name for name in LinkFaults._fields if name.endswith("_rate"))
_TIMES: Final = {
    "duplicate_rate": "duplicate_after_ms",
    "delay_rate": "delay_ms",
    "reorder_rate": "reorder_longest_ms",
}
NO_LINK_FAULTS: Final = LinkFaults()


class Carried(NamedTuple):
    """A message as it arrives, and by how many milliseconds later than it would have."""

    octets: bytes
    extra_delay_ms: int


class FaultyWire:
    """The faults that one command and its answers meet.

    Every message takes as many draws whatever the rates are: with one fault more, the others strike where
    they struck before.

    Raises:
        InputError: a rate is not from 0 to 1, or a time is negative.
    """

    def __init__(self, faults: LinkFaults, stream: RandomStream) -> None:
        check_faults(faults)
        self._faults = faults
        self._stream = stream

    def reachable(self) -> bool:
        """Whether a command finds its device; to be asked once for each."""
        return not self._stream.chance(self._faults.unreachable_rate)

    def carry(self, octets: bytes) -> tuple[Carried, ...]:
        """What arrives of a message: nothing, one or two of it; in the order in which they set out."""
        faults, stream = self._faults, self._stream
        dropped, duplicated = stream.chance(faults.drop_rate), stream.chance(faults.duplicate_rate)
        first, second = self._copy(octets, 0), self._copy(octets, faults.duplicate_after_ms)
        if dropped:
            return ()
        return (first, second) if duplicated else (first,)

    def _copy(self, octets: bytes, sets_out_ms: int) -> Carried:
        faults, stream = self._faults, self._stream
        delayed = stream.chance(faults.delay_rate) * faults.delay_ms
        held = stream.chance(faults.reorder_rate) * stream.between(0, faults.reorder_longest_ms)
        corrupted, bit = stream.chance(faults.corrupt_rate), stream.between(0, max(0, 8 * len(octets) - 1))
        if corrupted and octets:
            octets = _flipped(octets, bit)
        return Carried(octets, sets_out_ms + delayed + held)


def check_faults(faults: LinkFaults) -> None:
    """Whether faults are possible ones.

    Raises:
        InputError: a rate is not from 0 to 1, or a time is negative.
    """
    for name, value in faults._asdict().items():
        if name in _RATES and not 0 <= value <= 1:
            raise InputError(f"{name}: found {value}, expected a rate from 0 to 1")
        if value < 0:
            raise InputError(f"{name}: found {value}, expected 0 or more")


def _flipped(octets: bytes, bit: int) -> bytes:
    changed = bytearray(octets)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)
