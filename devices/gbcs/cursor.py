"""A reading position in a payload: every read is checked, every failure says where it stands."""

from __future__ import annotations

from typing import Final, Literal

from devices.gbcs.errors import GbcsError
from devices.gbcs.message import read_length

MAXIMUM_DEPTH: Final = 16
MAXIMUM_VALUES: Final = 65_536


class Cursor:
    """Reads a payload from front to back.

    ``where`` names the part being read, for errors. ``spend`` bounds how many values one payload may
    hold: a type of no octets could otherwise claim any number of them.
    """

    __slots__ = ("_end", "_octets", "_values_left", "position", "where")

    def __init__(self, octets: bytes, where: str) -> None:
        self._octets = octets
        self._end = len(octets)
        self._values_left = MAXIMUM_VALUES
        self.position = 0
        self.where = where

    @property
    def left(self) -> int:
        """How many octets are left."""
        return self._end - self.position

    def window(self, length: int) -> Cursor:
        """A cursor for just the next ``length`` octets, behind which this one then stands.

        Raises:
            GbcsError: fewer are left.
        """
        if length > self.left:
            raise self.error(f"length {length}, but only {self.left} octets are left")
        inner = Cursor(self._octets, self.where)
        inner.position = self.position
        self.position += length
        inner._end = self.position
        return inner

    def error(self, what: str, back: int = 0) -> GbcsError:
        """The error that ``what`` is wrong, ``back`` octets before the present position."""
        return GbcsError(self.where, what, self.position - back)

    def take(self, count: int) -> bytes:
        """The next ``count`` octets.

        Raises:
            GbcsError: fewer are left.
        """
        after = self.position + count
        if after > self._end:
            raise self.error(f"{self.left} octets left, expected {count}")
        octets = self._octets[self.position : after]
        self.position = after
        return octets

    def number(self, size: int, byteorder: Literal["big", "little"] = "big", *, signed: bool = False) -> int:
        """An integer of ``size`` octets."""
        return int.from_bytes(self.take(size), byteorder, signed=signed)

    def length(self) -> tuple[int, int]:
        """A length or count, and its form as in :func:`devices.gbcs.message.encode_length`."""
        length, form, self.position = read_length(self._octets, self.position, self._end, self.where)
        return length, form

    def with_length(self) -> tuple[bytes, int]:
        """Octets behind their length, and the form of that length."""
        length, form = self.length()
        return self.take(length), form

    def spend(self, values: int) -> None:
        """Count ``values`` more values.

        Raises:
            GbcsError: the payload holds more than it may.
        """
        self._values_left -= values
        if self._values_left < 0:
            raise self.error(f"more than {MAXIMUM_VALUES} values in one payload")

    def finish(self) -> None:
        """Check that nothing is left.

        Raises:
            GbcsError: octets are left over.
        """
        if self.left:
            raise self.error(f"{self.left} octets too many")


def check_depth(depth: int, where: str, offset: int | None = None) -> None:
    """Check that a value is not nested too deeply.

    Raises:
        GbcsError: deeper than ``MAXIMUM_DEPTH``.
    """
    if depth > MAXIMUM_DEPTH:
        raise GbcsError(where, f"values nested more than {MAXIMUM_DEPTH} deep", offset)
