"""A second, naive reading of messages and DER, sharing nothing with the code under test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple


def ber_length(octets: bytes, at: int) -> tuple[int, int]:
    """A definite length and the position behind it."""
    if octets[at] < 0x80:
        return octets[at], at + 1
    count = octets[at] & 0x7F
    return int.from_bytes(octets[at + 1 : at + 1 + count], "big"), at + 1 + count


def segments(octets: bytes) -> dict[str, bytes]:
    """A well-formed message cut at its field boundaries; joined, they are the message again."""
    parts: dict[str, bytes] = {}
    at, end = 0, len(octets)
    if octets[0] == 0xDD:
        _, after = ber_length(octets, 7)
        parts |= {"mac header": octets[:7], "mac length": octets[7:after]}
        parts["security header"] = octets[after : after + 5]
        at, end = after + 5, end - 12
    for name, width in (
        ("tag", 2),
        ("cra", 1),
        ("counter", 8),
        ("originator length", 1),
        ("originator", 8),
        ("target length", 1),
        ("target", 8),
        ("date-time length", 1),
    ):
        parts[name] = octets[at : at + width]
        at += width
    width = parts["date-time length"][0]
    parts["date-time"] = octets[at : at + width]
    at += width
    for name in ("other", "payload"):
        length, after = ber_length(octets, at)
        parts[f"{name} length"] = octets[at:after]
        parts[name] = octets[after : after + length]
        at = after + length
    parts["signature length"] = octets[at : min(at + 1, end)]
    parts["signature"] = octets[at + 1 : end]
    parts["mac"] = octets[end:]
    return parts


class Element(NamedTuple):
    """A DER element: its tag, and its content octets or the elements inside."""

    tag: int
    content: bytes | tuple[Element, ...]


CONSTRUCTED = frozenset((0x30, 0xA2, 0xA5, 0xA6))


def elements(octets: bytes, opaque: frozenset[bytes] = frozenset()) -> tuple[Element, ...]:
    """The elements that make up ``octets``; elements whose whole octets are in ``opaque`` stay closed."""
    found: list[Element] = []
    at = 0
    while at < len(octets):
        length, start = ber_length(octets, at + 1)
        whole, content, tag = octets[at : start + length], octets[start : start + length], octets[at]
        if whole in opaque:
            found.append(Element(-1, whole))
        else:
            found.append(Element(tag, elements(content, opaque) if tag in CONSTRUCTED else content))
        at = start + length
    return tuple(found)


def leaves(tree: tuple[Element, ...], path: str = "") -> list[tuple[str, bytes]]:
    """The content of all primitive elements, each with the tags above it."""
    found: list[tuple[str, bytes]] = []
    for tag, content in tree:
        here = f"{path}/{tag:02X}"
        found += [(here, content)] if isinstance(content, bytes) else leaves(content, here)
    return found


def minimal_length(length: int) -> bytes:
    """The DER length."""
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def write_elements(
    tree: tuple[Element, ...], length_octets: Callable[[int], bytes] = minimal_length
) -> bytes:
    """The octets of elements, with lengths written as ``length_octets`` likes them."""
    parts: list[bytes] = []
    for tag, content in tree:
        if tag < 0:
            assert isinstance(content, bytes)
            parts.append(content)
            continue
        inside = content if isinstance(content, bytes) else write_elements(content, length_octets)
        parts.append(bytes((tag,)) + length_octets(len(inside)) + inside)
    return b"".join(parts)


def rebuilt(value: Any) -> Any:  # noqa: PLR0911
    """A value built anew from plain numbers, octets and names, nothing of the original in it."""
    match value:
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*map(rebuilt, value))
        case tuple():
            return tuple(map(rebuilt, value))
        case bytes():
            return type(value)(bytes(bytearray(value)))
        case bool() | None | datetime():
            return value
        case Enum():
            return type(value)(value.value)
        case int():
            return type(value)(int(value))
    return {str(key): rebuilt(form) for key, form in value.items()}
