"""A device's logs as the parties read them: a moment and a code an entry.

What the device wrote down is in :mod:`devices.security_log`; here it gets its codes and its place in one of
three logs. In real logs events to 80FF and a few from 8F00 stand in the power event log, all others from 8F00
in the security log, but for a few, and the rest in the event log. What is assumed: that 8F70 is every
credential update that was obeyed, that a refusal stands there under the code of its alert (8F30 and 8F3D were
seen in alerts alone), and where 8F69, 810E, 81C4 and 81C5 stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.dlms_times import Period
from devices.security_log import LogEntry

CREDENTIALS_UPDATED: Final = 0x8F70
_FIRST_SECURITY_EVENT: Final = 0x8F00
_FIRST_SUPPLIER_EVENT: Final = 0x8100
_POWER_EVENTS: Final = frozenset({*range(0x8F35, 0x8F3D), 0x8F58})
_OTHER_EVENTS: Final = frozenset({0x8F01, 0x8F1F, 0x8F66, 0x8F67, 0x8F69})
_UPDATES: Final = frozenset(mode.message_code for mode in ReplacementMode)


class LoggedEvent(NamedTuple):
    """One entry; ``other`` is what else it says."""

    at: datetime
    code: int
    other: bytes = b""


def security_log(log: Iterable[LogEntry]) -> tuple[LoggedEvent, ...]:
    """The security log, in the order of the device's own.

    A refusal without a code, such as that of a message for another device, is not in it.
    """
    return tuple([event for event in _events(log) if _is_security_event(event.code)])


def event_log(log: Iterable[LogEntry]) -> tuple[LoggedEvent, ...]:
    """The event log, in the order of the device's own."""
    events = _events(log)
    return tuple([e for e in events if not _is_security_event(e.code) and not _is_power_event(e.code)])


def power_event_log(log: Iterable[LogEntry]) -> tuple[LoggedEvent, ...]:
    """The power event log, in the order of the device's own."""
    return tuple([event for event in _events(log) if _is_power_event(event.code)])


def events_in(events: Iterable[LoggedEvent], period: Period) -> tuple[LoggedEvent, ...]:
    """The entries of a period, both ends included; times count in whole seconds."""
    return tuple([event for event in events if period.start <= event.at.replace(microsecond=0) <= period.end])


def _events(log: Iterable[LogEntry]) -> Iterator[LoggedEvent]:
    for entry in log:
        code = entry.event
        if code is None and entry.refusal is not None:
            code = entry.refusal.alert_code
        if code is not None:
            yield LoggedEvent(entry.at, code)
        if entry.refusal is None and entry.message_code in _UPDATES:
            yield LoggedEvent(entry.at, CREDENTIALS_UPDATED)


def _is_security_event(code: int) -> bool:
    return code >= _FIRST_SECURITY_EVENT and code not in _OTHER_EVENTS | _POWER_EVENTS


def _is_power_event(code: int) -> bool:
    return code < _FIRST_SUPPLIER_EVENT or code in _POWER_EVENTS
