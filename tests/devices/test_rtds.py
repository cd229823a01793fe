"""The wire against every message of the reference test data set."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import credentials_asn1 as oracle
import pytest
from wire_oracle import rebuilt, segments

from devices.gbcs import credentials_codec as codec
from devices.gbcs.credentials import NO_FORMS, CredentialPayload
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse

Sample = tuple[str, bytes, Message]
MUTATIONS = 6000


@pytest.fixture(scope="module")
def samples(conformance: Path) -> list[Sample]:
    """Path, octets and parsed form of every message."""
    files = sorted((conformance / "rtds" / "messages").glob("*/*.HEX"))
    assert files
    octets = {str(file): bytes.fromhex(file.read_text()) for file in files}
    return [(name, raw, parse(raw)) for name, raw in octets.items()]


@pytest.fixture(scope="module")
def payloads(samples: list[Sample]) -> list[tuple[Message, CredentialPayload]]:
    """Every CS02a, b, f and g message with its payload as a value."""
    decoded = [(message, codec.decode(message)) for _, _, message in samples]
    return [(message, value) for message, value in decoded if value is not None]


def test_every_message_comes_back_octet_for_octet_from_its_values(samples: list[Sample]) -> None:
    for name, raw, message in samples:
        assert encode(message) == raw, name
        assert encode(rebuilt(message)) == raw, name
        assert b"".join(segments(raw).values()) == raw, name


def test_the_shapes_follow_from_what_kind_of_message_it_is(samples: list[Sample]) -> None:
    found = {message.shape for _, _, message in samples}
    assert found == set(MessageShape)
    for name, raw, message in samples:
        assert (message.mac is not None) == (raw[0] == 0xDD), name
        assert (message.header.cra is Cra.ALERT) == ("_ALERT_" in name), name
        if "_PRECOMMAND_" in name:
            assert message.shape is MessageShape.PRE_COMMAND, name


def test_a_pre_command_is_its_command_without_signature_and_mac(samples: list[Sample]) -> None:
    by_name = {name: message for name, _, message in samples}
    pairs = [
        (message, by_name[name.replace("_PRECOMMAND_", "_COMMAND_")])
        for name, message in by_name.items()
        if "_PRECOMMAND_" in name and name.replace("_PRECOMMAND_", "_COMMAND_") in by_name
    ]
    assert pairs
    for before, after in pairs:
        assert after._replace(signature=None, mac=None) == before


def test_changing_one_field_of_a_header_changes_just_its_octets(samples: list[Sample]) -> None:
    for name, raw, message in samples:
        header, before = message.header, segments(raw)
        other = header.other._replace(message_code=MessageCode(header.other.message_code ^ 1))
        changes = {
            "cra": header._replace(cra=Cra(header.cra % 3 + 1)),
            "counter": header._replace(originator_counter=OriginatorCounter(2**64 - 1)),
            "originator": header._replace(originator=Eui64(b"\xaa" * 8)),
            "target": header._replace(target=Eui64(b"\xbb" * 8)),
            "other": header._replace(other=other),
        }
        for field, changed in changes.items():
            after = segments(encode(message._replace(header=changed)))
            assert {part for part in before if before[part] != after[part]} == {field}, (name, field)


def test_every_credential_payload_comes_back_from_its_values(
    payloads: list[tuple[Message, CredentialPayload]],
) -> None:
    assert {type(value) for _, value in payloads} == set(oracle.SCHEMAS)
    for message, value in payloads:
        assert codec.encode(value) == message.payload
        assert codec.encode(rebuilt(value)) == message.payload


def test_pyasn1_reads_the_same_values(payloads: list[tuple[Message, CredentialPayload]]) -> None:
    for message, value in payloads:
        assert oracle.decode(type(value), message.payload) == oracle.plain(value)
        minimal = value._replace(forms=NO_FORMS)
        assert codec.encode(minimal) == oracle.encode(value)


def test_lengths_that_are_not_minimal_occur_and_are_values(
    payloads: list[tuple[Message, CredentialPayload]],
) -> None:
    odd = [(message, value) for message, value in payloads if value.forms]
    assert odd
    for message, value in odd:
        assert len(codec.encode(value._replace(forms=NO_FORMS))) < len(message.payload)


def mutated(octets: bytes, chance: random.Random) -> bytes:
    """Octets cut, lengthened, flipped, swapped, inserted or overwritten with an odd length."""
    at, other = chance.randrange(len(octets)), chance.randrange(len(octets))
    if chance.random() < 0.5:
        at %= 100
    front, back = octets[:at], octets[at + 1 :]
    match chance.randrange(6):
        case 0:
            return front
        case 1:
            return octets + chance.randbytes(chance.randrange(1, 20))
        case 2:
            return front + bytes((octets[at] ^ 1 << chance.randrange(8),)) + back
        case 3:
            swapped = bytearray(octets)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            return bytes(swapped)
        case 4:
            return front + chance.choice((b"\x82\x00", b"\x84\x00", b"\x00", b"\x81")) + octets[at:]
    return front + bytes((chance.choice((0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x85, 0xFF)),)) + back


def value_or_error(read: Callable[[], Message | CredentialPayload | None]) -> Any:
    """What there is to read, or why there is nothing."""
    try:
        return read()
    except GbcsError as error:
        return error


def test_mutated_messages_parse_to_what_encodes_them_or_raise_the_one_error(samples: list[Sample]) -> None:
    chance, refused = random.Random(2), 0
    for _ in range(MUTATIONS):
        name, raw, _ = chance.choice(samples)
        octets = mutated(raw, chance)
        message = value_or_error(partial(parse, octets))
        if isinstance(message, GbcsError):
            refused += 1
            assert message.offset is not None, name
            assert len(str(message)) < 200, name
        else:
            assert encode(message) == octets, name
    assert 0 < refused < MUTATIONS


def test_mutated_payloads_decode_to_what_encodes_them_or_raise_the_one_error(
    payloads: list[tuple[Message, CredentialPayload]],
) -> None:
    chance, refused = random.Random(3), 0
    for _ in range(MUTATIONS):
        message, _ = chance.choice(payloads)
        octets = mutated(message.payload, chance)
        value = value_or_error(partial(codec.decode, message._replace(payload=octets)))
        if isinstance(value, GbcsError):
            refused += 1
            assert len(str(value)) < 300, message.code
        else:
            assert codec.encode(value) == octets
    assert 0 < refused < MUTATIONS
