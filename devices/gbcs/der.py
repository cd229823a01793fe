"""A small DER reader and writer for GBCS payloads.

Real devices send lengths that are longer than they need to be, which strict parsers refuse. The reader
accepts them and notes their form by the path of the field; the writer reproduces it. Both carry
integers of 64 bits and certificates as they came.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from devices.gbcs.errors import GbcsError
from devices.gbcs.message import encode_length, read_length

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
ENUMERATED = 0x0A
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
_OCTETS_SHOWN = 16
_Member = TypeVar("_Member")
_new_tuple = tuple.__new__
_TAG_AND_LENGTH = struct.Struct(">BB")
_TAG_AND_LONGER_LENGTH = struct.Struct(">BBB")
_TIME_FIELDS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))


class Form(NamedTuple):
    """How one element was written where that is not the minimal DER way.

    ``length`` as in :func:`devices.gbcs.message.encode_length`, ``width`` the octets of a padded
    integer (0: minimal), ``explicit`` whether a DEFAULT value was written out.
    """

    length: int = 0
    width: int = 0
    explicit: bool = False


MINIMAL = Form()
Forms = Mapping[str, Form]


class DerReader:
    """Reads the elements of one constructed value in order, by tag and field name."""

    __slots__ = ("_octets", "_parent", "_position", "end", "forms", "name")

    def __init__(self, octets: bytes, name: str, forms: dict[str, Form]) -> None:
        self._octets = octets
        self._position = 0
        self._parent: DerReader | None = None
        self.end = len(octets)
        self.name = name
        self.forms = forms

    def path(self, field: str = "") -> str:
        """Where a field of this value stands: names from the outside in, joined by slashes."""
        own = f"{self._parent.path()}/{self.name}" if self._parent else self.name
        return f"{own}/{field}" if field else own

    def error(self, field: str, what: str) -> GbcsError:
        """The error that ``what`` is wrong with a field at the present position."""
        return GbcsError(self.path(field), what, self._position)

    @property
    def at_end(self) -> bool:
        """Whether all elements have been read."""
        return self._position == self.end

    def next_is(self, tag: int) -> bool:
        """Whether an element with this tag comes next."""
        return self._position < self.end and self._octets[self._position] == tag

    def rest(self, read: Callable[[bytes, str], _Member]) -> _Member:
        """What ``read`` makes of all that is left, and of the path to it; errors get the right offset."""
        start, self._position = self._position, self.end
        try:
            return read(self._octets[start : self.end], self.path())
        except GbcsError as error:
            offset = None if error.offset is None else start + error.offset
            raise GbcsError(error.where, error.what, offset) from None

    def finish(self) -> None:
        """Check that nothing is left.

        Raises:
            GbcsError: octets are left over.
        """
        if self._position != self.end:
            raise self.error("", f"{self.end - self._position} octets too many")

    def _open(self, field: str, tag: int, *, noted: bool = True) -> int:
        """Step behind tag and length of the next element; the position where its content ends."""
        octets, position, limit = self._octets, self._position, self.end
        start = position + 2
        if start > limit or octets[position] != tag:
            raise self._not_there(field, tag)
        length = octets[position + 1]
        if length < 0x80:
            end = start + length
        else:
            start, end = self._open_long(field, position, noted=noted)
        if end > limit:
            raise self.error(field, f"length {end - start}, but only {limit - start} octets are left")
        self._position = start
        return end

    def _not_there(self, field: str, tag: int) -> GbcsError:
        """The error that the next element does not begin with this tag and a length."""
        position = self._position
        if position >= self.end:
            return self.error(field, f"missing, expected tag {tag:02X}")
        found = self._octets[position]
        if found != tag:
            return self.error(field, f"tag {found:02X}, expected {tag:02X}")
        return GbcsError(self.path(field), "length is missing", position + 1)

    def _open_long(self, field: str, position: int, *, noted: bool) -> tuple[int, int]:
        """Where the content of an element starts and ends whose length takes several octets."""
        # The path of a field is built only for those rare ones that need it.
        try:
            length, form, start = read_length(self._octets, position + 1, self.end, field)
        except GbcsError as error:
            raise GbcsError(self.path(field), error.what, error.offset) from None
        if form and noted and start + length <= self.end:
            self.forms[self.path(field)] = Form(length=form)
        return start, start + length

    def content(self, field: str, tag: int) -> bytes:
        """The content octets of the next element."""
        end = self._open(field, tag)
        octets = self._octets[self._position : end]
        self._position = end
        return octets

    def constructed(self, field: str, tag: int = SEQUENCE) -> DerReader:
        """A reader for the elements inside the next element."""
        end = self._open(field, tag)
        inner = DerReader.__new__(DerReader)
        inner._octets, inner._position, inner.end = self._octets, self._position, end
        inner._parent, inner.name, inner.forms = self, field, self.forms
        self._position = end
        return inner

    def integer(self, field: str, tag: int = INTEGER, maximum: int = 2**64 - 1) -> int:
        """A non-negative integer up to ``maximum``; padding octets are noted as a form."""
        start = self._position
        content = self.content(field, tag)
        value = int.from_bytes(content, "big")
        if not content or content[0] & 0x80 or value > maximum:
            self._position = start
            raise self.error(field, f"integer {_shown(content)}, expected 0 to {maximum}")
        if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
            path = self.path(field)
            self.forms[path] = self.forms.get(path, MINIMAL)._replace(width=len(content))
        return value

    def number_of(self, field: str, members: Mapping[int, _Member], tag: int = INTEGER) -> _Member:
        """The member, by a number below 80 hex, that an integer stands for."""
        start, octets = self._position, self._octets
        # Nearly all of them are one octet: take that without ado.
        if start + 2 < self.end and octets[start] == tag and octets[start + 1] == 1:
            member = members.get(octets[start + 2])
            if member is not None:
                self._position = start + 3
                return member
        number = self.integer(field, tag)
        member = members.get(number)
        if member is None:
            self._position = start
            raise self.error(field, f"{number}, expected one of {', '.join(map(str, members))}")
        return member

    def content_of(self, field: str, members: Mapping[bytes, _Member], tag: int) -> _Member:
        """The member that the content octets of an element stand for."""
        start = self._position
        content = self.content(field, tag)
        member = members.get(content)
        if member is None:
            self._position = start
            expected = ", ".join(known.hex().upper() for known in members)
            raise self.error(field, f"{_shown(content)}, expected one of {expected}")
        return member

    def known_content(self, members: Mapping[bytes, _Member], tag: int) -> _Member | None:
        """The member that the content of the next element stands for; None, and nothing read, if it is none.

        Members are of less than 128 octets, their length in the minimal form.
        """
        octets, position = self._octets, self._position
        start = position + 2
        if start > self.end or octets[position] != tag:
            return None
        end = start + octets[position + 1]
        member = members.get(octets[start:end]) if end <= self.end else None
        if member is not None:
            self._position = end
        return member

    def octet_string(self, field: str, size: int | None = None, tag: int = OCTET_STRING) -> bytes:
        """The octets of an OCTET STRING, of a fixed size if one is given."""
        start = self._position
        content = self.content(field, tag)
        if size is not None and len(content) != size:
            self._position = start
            raise self.error(field, f"{len(content)} octets, expected {size}")
        return content

    def time(self, field: str) -> datetime:
        """A GeneralizedTime ``YYYYMMDDHHMMSSZ`` in UTC."""
        start = self._position
        text = self.content(field, GENERALIZED_TIME)
        try:
            if len(text) != 15 or not text[:14].isdigit() or text[14:] != b"Z":
                raise ValueError
            year, *rest = (int(text[first:last]) for first, last in _TIME_FIELDS)
            month, day, hour, minute, second = rest
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            self._position = start
            what = f"time {text[:_OCTETS_SHOWN]!r} of {len(text)} octets, expected YYYYMMDDHHMMSSZ"
            raise self.error(field, what) from None

    def raw(self, field: str, tag: int = SEQUENCE) -> bytes:
        """The next element whole, tag and length included, as it came."""
        start = self._position
        # A value carried whole keeps the form of its own length in its octets.
        self._position = end = self._open(field, tag, noted=False)
        return self._octets[start:end]


def _shown(octets: bytes) -> str:
    """Octets for an error message: in hex, the first of them if they are many."""
    if len(octets) <= _OCTETS_SHOWN:
        return octets.hex().upper() or "empty"
    return f"{octets[:_OCTETS_SHOWN].hex().upper()}.. of {len(octets)} octets"


Element = tuple[str, int | None, "bytes | Sequence[Element]"]
"""An element to write: name, tag, and content octets or elements inside; a tag of None for raw octets."""


class Node(NamedTuple):
    """An element whose fields have names."""

    name: str
    tag: int | None
    content: bytes | Sequence[Element]


def write(element: Element, forms: Forms) -> bytes:
    """The octets of an element, its name being the start of all paths in ``forms``."""
    if not forms:
        return _write_minimal(element)
    return _write(element, forms, element[0])


def _write_minimal(element: Element) -> bytes:
    _, tag, content = element
    if not isinstance(content, bytes):
        content = b"".join(map(_write_minimal, content))
    return content if tag is None else element_octets(tag, content)


def element_octets(tag: int, content: bytes) -> bytes:
    """An element in minimal form."""
    length = len(content)
    if length < 0x80:
        return _TAG_AND_LENGTH.pack(tag, length) + content
    if length < 0x100:
        return _TAG_AND_LONGER_LENGTH.pack(tag, 0x81, length) + content
    return bytes((tag,)) + encode_length(length) + content


def integer_octets(value: int, tag: int = INTEGER) -> bytes:
    """A non-negative integer in minimal form."""
    return element_octets(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _write(element: Element, forms: Forms, path: str) -> bytes:
    _, tag, content = element
    form = forms.get(path, MINIMAL)
    if not isinstance(content, bytes):
        content = b"".join([_write(inner, forms, f"{path}/{inner[0]}") for inner in content])
    if tag is None:
        return content
    if form.width > len(content):
        content = content.rjust(form.width, b"\0")
    return bytes((tag,)) + encode_length(len(content), form.length) + content


def integer_node(name: str, value: int, tag: int = INTEGER) -> Node:
    """A non-negative integer."""
    if 0 <= value < 0x80:
        return _new_tuple(Node, (name, tag, bytes((value,))))
    return Node(name, tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def time_node(name: str, moment: datetime) -> Node:
    """A GeneralizedTime in UTC, whole seconds."""
    at = moment.astimezone(UTC)
    text = f"{at.year:04}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}{at.second:02}Z"
    return Node(name, GENERALIZED_TIME, text.encode())
