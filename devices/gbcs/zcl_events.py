"""ZigBee Smart Energy commands that read an event log. Numbers are little-endian."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs.cursor import Cursor
from devices.gbcs.zcl import ClusterId
from devices.gbcs.zcl_commands import checked_count, octets_of, octets_of_moment, take_moment, take_number

EVENTS: Final = ClusterId(0x0709)
EVENT_LOG_ID: Final = 3
SECURITY_LOG_ID: Final = 4
FULL_INFORMATION: Final = 0x10
"""In the first octet of an event log request: entries with what else they say."""


class EventsRequest(NamedTuple):
    """Get Event Log: which log in what detail, and the time; all events, from the first."""

    log: int
    start: datetime
    end: datetime

    def octets(self) -> bytes:
        """The octets."""
        return (
            octets_of(self.log, 1)
            + bytes(2)
            + octets_of_moment(self.start)
            + octets_of_moment(self.end)
            + bytes(3)
        )

    @classmethod
    def read(cls, octets: bytes) -> EventsRequest:
        """From the octets; a request for one kind of event, or for a part of the log, is not known here."""
        cursor = Cursor(octets, "get event log")
        log, event = take_number(cursor, 1), cursor.take(2)
        start, end, part = take_moment(cursor), take_moment(cursor), cursor.take(3)
        cursor.finish()
        if any(event + part):
            raise cursor.error("an event, a number or an offset, expected none")
        return cls(log, start, end)


class ZclEvent(NamedTuple):
    """One event, and what else it says."""

    log: int
    code: int
    at: datetime
    other: bytes = b""


class Events(NamedTuple):
    """Publish Event Log, in one command."""

    events: tuple[ZclEvent, ...]

    def octets(self) -> bytes:
        """The octets."""
        head = octets_of(len(self.events), 2) + b"\x00\x01\x00"
        return head + b"".join([_event_octets(event) for event in self.events])

    @classmethod
    def read(cls, octets: bytes) -> Events:
        """From the octets; a log that is split over several commands is none that is known here."""
        cursor = Cursor(octets, "event log")
        count, part = take_number(cursor, 2), cursor.take(3)
        if part != b"\x00\x01\x00":
            raise cursor.error(f"part {part.hex()}, expected the first of one", 3)
        events = tuple([_take_event(cursor) for _ in range(checked_count(cursor, count, 8))])
        cursor.finish()
        return cls(events)


def _event_octets(event: ZclEvent) -> bytes:
    head = octets_of(event.log, 1) + octets_of(event.code, 2) + octets_of_moment(event.at)
    return head + octets_of(len(event.other), 1) + event.other


def _take_event(cursor: Cursor) -> ZclEvent:
    log, code, at = take_number(cursor, 1), take_number(cursor, 2), take_moment(cursor)
    return ZclEvent(log, code, at, cursor.take(take_number(cursor, 1)))
