"""The part of a snapshot that :mod:`devices.top_up` describes."""

from __future__ import annotations

from typing import Final

from devices.meter_balance import MeterBalance, Movement
from devices.snapshot_values import (
    Json,
    read_counter,
    read_integer,
    read_moment,
    read_octets,
    read_once,
    saved_moment,
)
from devices.top_up import TopUpCounters, TopUpState

_AT_MANUFACTURE: Final = TopUpState()
_PUBLIC_POINT_OCTETS: Final = 65


def saved_top_up(state: TopUpState) -> Json:
    """What a meter remembers about top-ups, as plain data."""
    return {
        "floor": state.counters.floor,
        "used": list(state.counters.used),
        "setAside": [[key.hex(), list(used)] for key, used in state.counters.set_aside.items()],
        "openingMillipence": state.balance.opening_millipence,
        "movements": [[saved_moment(at), millipence] for at, millipence in state.balance.movements],
        "failures": state.failures,
        "suspendedUntil": saved_moment(state.suspended_until),
    }


def read_top_up(saved: Json) -> TopUpState:
    """What was saved; as at manufacture it is the value that all devices share.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is not what :func:`saved_top_up` gives.
    """
    until = saved["suspendedUntil"]
    movements = [Movement(read_moment(at), read_integer(amount)) for at, amount in saved["movements"]]
    state = TopUpState(
        TopUpCounters(read_counter(saved["floor"]), _read_used(saved["used"]), _read_set_aside(saved)),
        MeterBalance(read_integer(saved["openingMillipence"]), tuple(movements)),
        read_integer(saved["failures"]),
        None if until is None else read_moment(until),
    )
    return _AT_MANUFACTURE if state == _AT_MANUFACTURE else state


def _read_set_aside(saved: Json) -> dict[bytes, tuple[int, ...]]:
    return read_once(
        (read_octets(key, _PUBLIC_POINT_OCTETS), _read_used(used)) for key, used in saved["setAside"]
    )


def _read_used(saved: list[object]) -> tuple[int, ...]:
    used = tuple(map(read_integer, saved))
    if used != tuple(sorted(set(used))):
        raise ValueError(f"used numbers {used}, expected each once, ascending")
    return used
