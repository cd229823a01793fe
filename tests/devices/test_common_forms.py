"""Messages and payloads of the usual form are read in one go, which comes to what reading by field gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from device_worlds import BY_OPERATOR, BY_SUPPLIER, World

from devices.gbcs import credentials_codec, message
from devices.gbcs.credentials_codec import decode_update, encode_update
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import UINT64_MAX, OriginatorCounter
from devices.gbcs.message import parse

COMMAND = World().update_octets(BY_OPERATOR)
PAYLOAD = parse(COMMAND).payload
HEADERS = 51
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x100, 2**63 - 1, 2**63, UINT64_MAX)


def result_of(read: Callable[[bytes], object], octets: bytes) -> object:
    try:
        return read(octets)
    except GbcsError as error:
        return error.where, error.what, error.offset


def neighbours(octets: bytes, positions: range) -> Iterator[bytes]:
    """The octets, each shorter or longer by one, and each with another value in one of the positions."""
    yield from (octets, octets[:-1], octets + b"\0", octets[1:])
    for position in positions:
        for value in range(256):
            yield octets[:position] + bytes((value,)) + octets[position + 1 :]


def test_a_large_command_is_read_as_any_message_is() -> None:
    signature = len(COMMAND) - message.MAC_OCTETS - message.SIGNATURE_OCTETS - 1
    for positions in (range(HEADERS), range(signature, signature + 1)):
        for octets in neighbours(COMMAND, positions):
            assert result_of(parse, octets) == result_of(message._parse_any, octets), octets[:HEADERS].hex()


def test_the_usual_command_is_read_in_one_go() -> None:
    assert message._parse_large_command(COMMAND) == parse(COMMAND)
    assert credentials_codec._decode_plain_update(PAYLOAD) == decode_update(PAYLOAD)


def test_a_plain_update_is_read_as_any_payload_is() -> None:
    control = 6 + PAYLOAD[5]
    for octets in neighbours(PAYLOAD, range(control + 4)):
        expected = result_of(credentials_codec._decode_any_update, octets)
        assert result_of(decode_update.__wrapped__, octets) == expected, octets[:control].hex()


@pytest.mark.parametrize("floor", [None, *NUMBERS])
@pytest.mark.parametrize("counter", NUMBERS)
def test_numbers_of_all_widths(counter: int, floor: int | None) -> None:
    update = decode_update(PAYLOAD)._replace(
        counter=OriginatorCounter(counter), floor=None if floor is None else OriginatorCounter(floor)
    )
    payload = encode_update(update)
    assert credentials_codec._decode_plain_update(payload) == update
    assert credentials_codec._decode_any_update(payload) == update


def test_what_is_more_than_plain_is_left_to_the_reader_of_any_payload() -> None:
    by_supplier = World().update_octets(BY_SUPPLIER, apply_time_based_checks=False)
    payload = parse(by_supplier).payload
    assert credentials_codec._decode_plain_update(payload) is None
    assert not decode_update(payload).apply_time_based_checks
