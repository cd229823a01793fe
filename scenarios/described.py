"""A described value: one tree of named fields, written as lines for people or as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Scalar = str | int | bool | None


class Item(NamedTuple):
    """A field: a value, a group of ``items``, or (``listed``) a list of items under one name.

    ``text`` is what people read in its place where that is shorter or clearer; it is one line.
    """

    key: str
    value: Scalar = None
    text: str | None = None
    items: tuple[Item, ...] | None = None
    listed: bool = False


def group(key: str, *items: Item | None, text: str | None = None) -> Item:
    """A group of fields; those that are None are left out."""
    return Item(key, text=text, items=tuple(item for item in items if item is not None))


def listing(key: str, *items: Item) -> Item:
    """A list of fields; their own names do not matter."""
    return Item(key, items=items, listed=True)


def octets(key: str, content: bytes | None) -> Item:
    """Octets in hex; absent ones are None."""
    return Item(key, None if content is None else content.hex().upper())


def counter(key: str, value: int | None) -> Item:
    """A number of 64 bits, as text: JSON readers that take numbers as floating point lose it above 2^53."""
    return Item(key, None if value is None else str(value))


def as_json(item: Item) -> Any:
    """The value of a field as ``json.dumps`` takes it; keys are those of the items."""
    if item.items is None:
        return item.value
    if item.listed:
        return [as_json(inner) for inner in item.items]
    return {inner.key: as_json(inner) for inner in item.items}


def as_lines(item: Item, label: str | None = None, indent: str = "") -> Iterator[str]:
    """A field as lines ``name: value``, groups indented below their name."""
    name = indent + (item.key.replace("_", " ") if label is None else label)
    if item.text is not None or item.items is None:
        yield f"{name}: {printable(_shown(item.value) if item.text is None else item.text)}"
    elif not item.items:
        yield f"{name}: none"
    elif item.listed:
        for number, inner in enumerate(item.items, 1):
            yield from as_lines(inner, f"{name.strip()} {number}", indent)
    else:
        yield f"{name}:"
        for inner in item.items:
            yield from as_lines(inner, indent=indent + "  ")


def _shown(value: Scalar) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "empty"


def printable(text: str) -> str:
    """The text on one line; what would move a cursor or colour a terminal is written out."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
