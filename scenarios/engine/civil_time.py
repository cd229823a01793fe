"""The clock on the wall: people work by British time, the DCC and all messages by UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_GREAT_BRITAIN: Final = ZoneInfo("Europe/London")


def civil(moment: datetime) -> datetime:
    """A moment as British clocks show it: in summer they are an hour ahead of UTC."""
    return moment.astimezone(_GREAT_BRITAIN)


def civil_time(day: date, at: time) -> datetime:
    """The moment, in UTC, at which British clocks show a time of a day."""
    return datetime.combine(day, at, _GREAT_BRITAIN).astimezone(UTC)
