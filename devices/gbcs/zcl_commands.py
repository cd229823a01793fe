"""ZigBee Smart Energy commands that read consumption logs: sampled data and snapshots (little-endian)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol, Self

from devices.gbcs.cursor import Cursor
from devices.gbcs.errors import GbcsError
from devices.gbcs.zcl import ClusterId, ZclStatus, utc_moment, utc_seconds

METERING: Final = ClusterId(0x0702)

DAILY_SNAPSHOT: Final = 1
"""Snapshot cause: the general one, daily."""
TIERS_AND_BLOCKS: Final = 6
"""Snapshot payload: the register, its time-of-use tiers and its blocks."""
TIERS: Final = 4
BLOCKS: Final = 4

_MOST_ENTRIES: Final = 0xFFFF


class ZclContent(Protocol):
    """What a command says; the octets are those behind its ZCL header."""

    def octets(self) -> bytes:
        """The octets.

        Raises:
            GbcsError: a number is out of range.
        """
        ...

    @classmethod
    def read(cls, octets: bytes) -> Self:
        """From the octets.

        Raises:
            GbcsError: they are not such a command's.
        """
        ...


class DefaultResponse(NamedTuple):
    """What is said in place of an answer: to which command (FF: to none in particular), and why."""

    command: int
    status: ZclStatus

    def octets(self) -> bytes:
        """The octets."""
        return octets_of(self.command, 1) + octets_of(self.status, 1)

    @classmethod
    def read(cls, octets: bytes) -> DefaultResponse:
        """From the octets."""
        cursor = Cursor(octets, "default response")
        command, code = cursor.number(1), cursor.number(1)
        cursor.finish()
        try:
            return cls(command, ZclStatus(code))
        except ValueError:
            raise cursor.error(f"{code:02X} is no ZCL status", 1) from None


class SamplesRequest(NamedTuple):
    """Get Sampled Data: from when, and how many samples."""

    start: datetime
    samples: int
    sample_id: int = 0
    kind: int = 0

    def octets(self) -> bytes:
        """The octets."""
        head = octets_of(self.sample_id, 2) + octets_of_moment(self.start)
        return head + octets_of(self.kind, 1) + octets_of(self.samples, 2)

    @classmethod
    def read(cls, octets: bytes) -> SamplesRequest:
        """From the octets."""
        cursor = Cursor(octets, "get sampled data")
        sample_id, start = take_number(cursor, 2), take_moment(cursor)
        kind, count = take_number(cursor, 1), take_number(cursor, 2)
        cursor.finish()
        return cls(start, count, sample_id, kind)


class Samples(NamedTuple):
    """Get Sampled Data Response: amounts of equal intervals, the first of which began at ``start``."""

    start: datetime
    interval_seconds: int
    amounts: tuple[int, ...]
    sample_id: int = 0
    kind: int = 0

    def octets(self) -> bytes:
        """The octets."""
        head = octets_of(self.sample_id, 2) + octets_of_moment(self.start) + octets_of(self.kind, 1)
        head += octets_of(self.interval_seconds, 2) + octets_of(len(self.amounts), 2)
        return head + b"".join([octets_of(amount, 3) for amount in self.amounts])

    @classmethod
    def read(cls, octets: bytes) -> Samples:
        """From the octets."""
        cursor = Cursor(octets, "sampled data")
        sample_id, start = take_number(cursor, 2), take_moment(cursor)
        kind, interval, count = take_number(cursor, 1), take_number(cursor, 2), take_number(cursor, 2)
        amounts = tuple([take_number(cursor, 3) for _ in range(checked_count(cursor, count, 3))])
        cursor.finish()
        return cls(start, interval, amounts, sample_id, kind)


class SnapshotRequest(NamedTuple):
    """Get Snapshot: the ``offset``-th of those made in a time."""

    earliest: datetime
    latest: datetime
    offset: int
    cause: int = DAILY_SNAPSHOT

    def octets(self) -> bytes:
        """The octets."""
        times = octets_of_moment(self.earliest) + octets_of_moment(self.latest)
        return times + octets_of(self.offset, 1) + octets_of(self.cause, 4)

    @classmethod
    def read(cls, octets: bytes) -> SnapshotRequest:
        """From the octets."""
        cursor = Cursor(octets, "get snapshot")
        earliest, latest = take_moment(cursor), take_moment(cursor)
        offset, cause = take_number(cursor, 1), take_number(cursor, 4)
        cursor.finish()
        return cls(earliest, latest, offset, cause)


class GasRegisters(NamedTuple):
    """A gas register with its four time-of-use tiers and four blocks; units as the meter says."""

    summation: int
    tiers: tuple[int, ...]
    blocks: tuple[int, ...]
    tiers_and_thresholds_in_use: int = 0x14

    def octets(self) -> bytes:
        """The octets."""
        tiers = b"".join([octets_of(tier, 6) for tier in self.tiers])
        blocks = b"".join([octets_of(block, 6) for block in self.blocks])
        in_use = octets_of(self.tiers_and_thresholds_in_use, 1)
        return b"".join((octets_of(self.summation, 6), octets_of(len(self.tiers), 1), tiers, in_use, blocks))

    @classmethod
    def take(cls, cursor: Cursor) -> GasRegisters:
        """From the octets at a cursor, up to its end.

        Raises:
            GbcsError: not four tiers and four blocks.
        """
        summation, tiers = take_number(cursor, 6), take_number(cursor, 1)
        if tiers != TIERS:
            raise cursor.error(f"{tiers} tiers, expected {TIERS}", 1)
        tier_values = tuple([take_number(cursor, 6) for _ in range(TIERS)])
        in_use = take_number(cursor, 1)
        blocks = tuple([take_number(cursor, 6) for _ in range(BLOCKS)])
        cursor.finish()
        return cls(summation, tier_values, blocks, in_use)


class Snapshot(NamedTuple):
    """Publish Snapshot: registers as they stood at ``at``."""

    snapshot_id: int
    at: datetime
    total: int
    registers: GasRegisters
    cause: int = DAILY_SNAPSHOT

    def octets(self) -> bytes:
        """The octets."""
        head = (
            octets_of(self.snapshot_id, 4)
            + octets_of_moment(self.at)
            + octets_of(self.total, 1)
            + b"\x00\x01"
        )
        return head + octets_of(self.cause, 4) + bytes((TIERS_AND_BLOCKS,)) + self.registers.octets()

    @classmethod
    def read(cls, octets: bytes) -> Snapshot:
        """From the octets; a snapshot that is split over several commands is none that is known here."""
        cursor = Cursor(octets, "snapshot")
        snapshot_id, at, total = take_number(cursor, 4), take_moment(cursor), take_number(cursor, 1)
        if (part := cursor.take(2)) != b"\x00\x01":
            raise cursor.error(f"part {part.hex()}, expected the first of one", 2)
        cause, kind = take_number(cursor, 4), take_number(cursor, 1)
        if kind != TIERS_AND_BLOCKS:
            raise cursor.error(f"payload of type {kind}, expected {TIERS_AND_BLOCKS}", 1)
        return cls(snapshot_id, at, total, GasRegisters.take(cursor), cause)


def samples_in(start: datetime, end: datetime, interval: timedelta) -> int:
    """How many samples a period takes, both ends included.

    Raises:
        GbcsError: the start is later than the end, or there are more than 65,535.
    """
    count = (end - start) // interval + 1
    if not 1 <= count <= _MOST_ENTRIES:
        raise GbcsError("sampled period", f"{count} samples, expected 1 to {_MOST_ENTRIES}")
    return count


def checked_count(cursor: Cursor, count: int, octets: int) -> int:
    """A count of items that take at least ``octets`` each.

    Raises:
        GbcsError: there is not as much.
    """
    if count * octets > cursor.left:
        raise cursor.error(f"count {count}, but only {cursor.left} octets are left")
    return count


def take_number(cursor: Cursor, octets: int) -> int:
    """The next octets as a number."""
    return cursor.number(octets, "little")


def take_moment(cursor: Cursor) -> datetime:
    """The next four octets as seconds since 2000."""
    return utc_moment(cursor.number(4, "little"))


def octets_of_moment(moment: datetime) -> bytes:
    """A moment as seconds since 2000."""
    return octets_of(utc_seconds(moment), 4)


def octets_of(value: int, octets: int) -> bytes:
    """A number in its octets.

    Raises:
        GbcsError: it does not fit.
    """
    try:
        return value.to_bytes(octets, "little")
    except OverflowError:
        raise GbcsError("ZCL command", f"{value} does not fit {octets} octets") from None
