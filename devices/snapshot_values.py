"""How single values stand in a snapshot, and how they are read back.

What is wrong raises a ValueError, a TypeError, a KeyError or an AttributeError.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from devices.gbcs.crypto import KeyPair
from devices.gbcs.der_payload import NamedNumber
from devices.gbcs.identifiers import OriginatorCounter

Json = dict[str, Any]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_Named = TypeVar("_Named", bound=NamedNumber)


def read_once(items: Iterable[tuple[_Key, _Value]]) -> dict[_Key, _Value]:
    """The items as a dictionary; none of them may come twice."""
    read: dict[_Key, _Value] = {}
    for key, value in items:
        if key in read:
            raise ValueError(f"{key} comes twice")
        read[key] = value
    return read


def read_integer(value: object) -> int:
    """An integer, and no boolean."""
    if type(value) is not int:
        raise TypeError(f"{value!r}, expected an integer")
    return value


def read_counter(value: object) -> OriginatorCounter:
    """A counter in its range."""
    return OriginatorCounter(read_integer(value))


def read_octets(text: str, *lengths: int) -> bytes:
    """Octets in hex, of one of these lengths if there are any."""
    octets = bytes.fromhex(text)
    if lengths and len(octets) not in lengths:
        raise ValueError(f"{len(octets)} octets, expected {' or '.join(map(str, lengths))}")
    return octets


def read_named(kind: type[_Named], value: object) -> _Named:
    """The member of a kind of numbers."""
    return {int(member): member for member in kind}[read_integer(value)]


def read_moment(text: str) -> datetime:
    """A time with its offset from UTC, which in UTC is a time too."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}, expected a time with its offset from UTC")
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text}, expected a time from year 1 to 9999 in UTC") from error
    return moment


def saved_moment(moment: datetime | None) -> str | None:
    """A time, if there is one."""
    return None if moment is None else moment.isoformat()


def saved_key(key: KeyPair) -> Json:
    """A key pair, with its private half if that is held."""
    return {"public": key.public_point.hex(), "scalar": None if key.scalar is None else f"{key.scalar:064x}"}


def read_key(state: Json) -> KeyPair:
    """A key pair whose halves belong together."""
    if state["scalar"] is None:
        return KeyPair(bytes.fromhex(state["public"]))
    pair = KeyPair.from_scalar(int(state["scalar"], 16))
    if pair.public_point.hex() != state["public"].lower():
        raise ValueError("the public key is not that of the private key")
    return pair
