"""Future-dated commands that a device holds until their time: one a use case and originator (assumed)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from devices.gbcs.identifiers import Eui64, MessageCode


class PendingCommand(NamedTuple):
    """A command as it came, with what finds it again; times are those of the device's clock."""

    octets: bytes
    code: MessageCode
    originator: Eui64
    received_at: datetime
    due: datetime


def without(
    pending: Iterable[PendingCommand], code: MessageCode, originator: Eui64
) -> tuple[PendingCommand, ...]:
    """The commands but for the one of this use case and originator."""
    return tuple(item for item in pending if (item.code, item.originator) != (code, originator))


def next_due(pending: Iterable[PendingCommand], now: datetime) -> PendingCommand | None:
    """The command that is to be executed next, None if none is due; earlier times and arrivals first."""
    due = [item for item in pending if item.due <= now]
    return min(due, key=lambda item: item.due, default=None)
