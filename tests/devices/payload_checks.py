"""What must hold for every DER payload codec, whatever its use case; tests call these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import payload_asn1 as oracle
import pytest
from hypothesis import strategies as st
from payload_samples import messages
from wire_oracle import Element, elements, leaves, minimal_length, write_elements
from wire_strategies import mutations

from devices.gbcs.der_payload import NamedNumber
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Cra, Message
from devices.gbcs.payloads import decode_payload, encode_payload

Decode = Callable[[bytes], Any]


def samples(conformance: Path, *codes: int) -> dict[str, Message]:
    """The reference messages with these codes, by file name; skips where the set has none."""
    found = {name: message for name, message in messages(conformance).items() if message.code in codes}
    if not found:
        pytest.skip(f"no reference messages with codes {', '.join(f'{code:04X}' for code in codes)}")
    return found


def check_samples(conformance: Path, *codes: int) -> None:
    """All reference messages with these codes come back octet by octet, and say what their name says."""
    for name, message in samples(conformance, *codes).items():
        value = decode_payload(message)
        assert value is not None, name
        assert encode_payload(value) == message.payload, name
        results = list(results_in(value))
        if "SUCCESS" in name:
            assert all(succeeded(result) for result in results), name
        elif "ERROR" in name and results:
            assert message.header.cra is not Cra.COMMAND, name
            assert not all(succeeded(result) for result in results), name


def succeeded(result: NamedNumber) -> bool:
    return result.field_name in ("success", "reliable")


def results_in(value: Any) -> Iterator[NamedNumber]:
    """The numbers in a value that say how something went."""
    if isinstance(value, NamedNumber):
        if any(map(succeeded, type(value))) or "Failure" in type(value).__name__:
            yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from results_in(item)


def opaque(value: Any) -> frozenset[bytes]:
    """Certificates and requests in a value, which are carried as they came."""
    inner = [opaque(item) for item in value] if isinstance(value, tuple) else []
    own = {value} if isinstance(value, bytes) and value[:1] == b"\x30" and len(value) > 8 else set()
    return frozenset(own).union(*inner)


def check_octets(value: Any, octets: str, decode: Decode) -> None:
    """The value is written as these octets (hex, spaces free), and they are read as the value."""
    payload = bytes.fromhex(octets)
    assert encode_payload(value).hex() == payload.hex()
    assert decode(payload) == value


def check_round_trip(value: Any, decode: Decode, data: st.DataObject) -> None:
    """It is written as pyasn1 does it, comes back in any form, and a changed field changes its own octets."""
    minimal = encode_payload(value)
    assert minimal == oracle.encode(value)
    assert decode(minimal) == value
    payload = odd_forms(data.draw, value)
    assert oracle.rewritten(value, payload) == minimal
    decoded = decode(payload)
    assert decoded._replace(forms=value.forms) == value
    assert encode_payload(decoded) == payload
    assert bool(decoded.forms) == (payload != minimal)
    before = leaves(elements(payload, opaque(decoded)))
    for changed in changes_of_one_field(decoded):
        check_change(before, changed, decode)


def check_change(before: list[tuple[str, bytes]], changed: Any, decode: Decode) -> None:
    payload = encode_payload(changed)
    after = leaves(elements(payload, opaque(changed)))
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    assert decode(payload)._replace(forms=changed.forms) == changed


def check_neighbours(value: Any, decode: Decode, data: st.DataObject) -> None:
    """Octets near a payload are read as what writes them, or refused with the one error."""
    payload = data.draw(mutations(odd_forms(data.draw, value)))
    decoded = decoded_or_error(decode, payload)
    if not isinstance(decoded, GbcsError):
        assert encode_payload(decoded) == payload
        return
    assert decoded.where.startswith("payload")
    assert decoded.offset is not None
    assert 0 <= decoded.offset <= len(payload)
    assert len(str(decoded)) < 300


def decoded_or_error(decode: Decode, payload: bytes) -> Any:
    try:
        return decode(payload)
    except GbcsError as error:
        return error


def odd_forms(draw: Callable[[st.SearchStrategy[Any]], Any], value: Any) -> bytes:
    """The payload with lengths longer than need be and padded integers."""

    def odd(found: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(odd_element(*element) for element in found)

    def odd_element(tag: int, content: Any) -> Element:
        if not isinstance(content, bytes):
            return Element(tag, odd(content))
        padding = draw(st.sampled_from((0, 0, 0, 1, 9))) if tag == 0x02 else 0
        return Element(tag, b"\0" * padding + content)

    def length_octets(length: int) -> bytes:
        minimal = minimal_length(length)
        count = draw(st.sampled_from((0, 0, 0, 1, 2, 3, 4)))
        return minimal if count < len(minimal) else bytes((0x80 | count,)) + length.to_bytes(count, "big")

    return write_elements(odd(elements(encode_payload(value), opaque(value))), length_octets)


def changes_of_one_field(value: Any) -> list[Any]:  # noqa: PLR0911
    """The same value many times, each time with one field, however deep, changed to a neighbour."""
    match value:
        case Enum():
            return [member for member in type(value) if member is not value][:1]
        case tuple() if hasattr(value, "_fields"):
            return [
                value._replace(**{name: changed})
                for name in value._fields
                if name != "forms"
                for changed in changes_of_one_field(getattr(value, name))
            ]
        case tuple():
            return [
                (*value[:index], changed, *value[index + 1 :])
                for index, item in enumerate(value)
                for changed in changes_of_one_field(item)
            ]
        case datetime():
            return [value - timedelta(seconds=1) if value.year > 1 else value + timedelta(seconds=1)]
        case int():
            return [type(value)(value ^ 1)]
        case bytes():
            return [type(value)(value[:-1] + bytes((value[-1] ^ 1,)))] if value else []
    return []
