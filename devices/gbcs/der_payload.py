"""What the DER payloads of the use cases have in common: how they open, lists, numbers with names."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Self, TypeVar

from devices.gbcs import der
from devices.gbcs.der import DerReader, Forms, Node, write

_Value = TypeVar("_Value")
_Named = TypeVar("_Named", bound="NamedNumber")


class NamedNumber(enum.IntEnum):
    """A number of an ASN.1 payload; its ``field_name`` is the name as GBCS spells it."""

    field_name: str

    def __new__(cls, number: int, field_name: str) -> Self:
        """Take a member's number and name."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.field_name = field_name
        return member


class ReadResult(NamedNumber):
    """Whether something could be read."""

    SUCCESS = 0, "success"
    READ_FAILURE = 1, "readFailure"


def open_payload(payload: bytes) -> DerReader:
    """A reader for a payload, which collects forms of its own."""
    return DerReader(payload, "payload", {})


def named_number(reader: DerReader, field: str, kind: type[_Named]) -> _Named:
    """An INTEGER that must be one of the numbers of ``kind``."""
    return reader.number_of(field, {int(member): member for member in kind})


def write_payload(content: Node, forms: Forms) -> bytes:
    """The octets of a payload; it is no element itself, just the start of all paths in ``forms``."""
    return write(Node("payload", None, [content]), forms)


def sequence_of(
    reader: DerReader, field: str, item: Callable[[DerReader, str], _Value]
) -> tuple[_Value, ...]:
    """A SEQUENCE OF, its items named by their index."""
    inner = reader.constructed(field)
    items: list[_Value] = []
    while not inner.at_end:
        items.append(item(inner, str(len(items))))
    return tuple(items)


def sequence_of_node(name: str, items: Iterable[_Value], item: Callable[[str, _Value], Node]) -> Node:
    """A SEQUENCE OF to write."""
    nodes = [item(str(index), value) for index, value in enumerate(items)]
    return Node(name, der.SEQUENCE, nodes)
