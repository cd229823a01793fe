"""A device's security log as the parties read it: a moment and a code an entry.

What the device wrote down is in :mod:`devices.security_log`; here it gets its codes. That they belong to
these causes is assumed, not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs.dlms_times import Period
from devices.security_log import LogEntry

CREDENTIALS_UPDATED: Final = 0x8F70


class LoggedEvent(NamedTuple):
    """One entry; ``other`` is what else it says."""

    at: datetime
    code: int
    other: bytes = b""


def security_events(log: Iterable[LogEntry]) -> tuple[LoggedEvent, ...]:
    """The entries that have a code, in the order of the log.

    A refusal without a code of its own, such as a message for another device, is not among them.
    """
    coded = [(entry.at, _code(entry)) for entry in log]
    return tuple([LoggedEvent(at, code) for at, code in coded if code is not None])


def events_in(events: Iterable[LoggedEvent], period: Period) -> tuple[LoggedEvent, ...]:
    """The entries of a period, both ends included; times count in whole seconds."""
    return tuple([event for event in events if period.start <= event.at.replace(microsecond=0) <= period.end])


def _code(entry: LogEntry) -> int | None:
    return CREDENTIALS_UPDATED if entry.refusal is None else entry.refusal.alert_code
