"""Signatures and MACs of whole messages: one flipped bit anywhere under them and they fail."""

from __future__ import annotations

import pytest

from devices.gbcs import protection
from devices.gbcs.crypto import CryptoProvider, KeyPair, derive_key
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import (
    Cra,
    DlmsDateTime,
    GroupingHeader,
    LengthForms,
    Message,
    OtherInformation,
    encode,
    parse,
)

SUPPLIER, ESME = Eui64(b"\x10" + bytes(6) + b"\x01"), Eui64(b"\x20" + bytes(6) + b"\x02")
SIGNING = KeyPair.from_seed(b"test", "supplier", "signing")
BROKER = KeyPair.from_seed(b"test", "broker", "agreement")
METER = KeyPair.from_seed(b"test", "meter", "agreement")
STRANGER = KeyPair.from_seed(b"test", "stranger")
OTHER = OtherInformation(MessageCode(0x0103), SUPPLIER, OriginatorCounter(9))
HEADER = GroupingHeader(Cra.COMMAND, OriginatorCounter(2**63), SUPPLIER, ESME, OTHER)
COMMAND = Message(HEADER, b"\xd9\x20payload")


@pytest.fixture
def provider() -> CryptoProvider:
    return CryptoProvider()


@pytest.fixture
def full(provider: CryptoProvider) -> Message:
    signed = protection.sign(COMMAND, SIGNING, provider)
    return protection.add_mac(signed, BROKER, METER.public_point, provider)


def test_a_signed_and_maced_message_verifies_from_its_octets(full: Message, provider: CryptoProvider) -> None:
    received = parse(encode(full))
    assert protection.signature_verifies(received, SIGNING.public_point, provider)
    assert protection.mac_verifies(received, BROKER, METER.public_point, provider)
    assert protection.mac_verifies(received, METER, BROKER.public_point, provider)
    assert not protection.signature_verifies(received, STRANGER.public_point, provider)
    assert not protection.mac_verifies(received, STRANGER, METER.public_point, provider)


def test_a_message_without_signature_or_mac_does_not_verify(provider: CryptoProvider) -> None:
    for signature in (None, b""):
        bare = COMMAND._replace(signature=signature)
        assert not protection.signature_verifies(bare, SIGNING.public_point, provider)
        assert not protection.mac_verifies(bare, BROKER, METER.public_point, provider)


def test_every_flipped_bit_is_refused_by_the_parser_or_by_the_mac(
    full: Message, provider: CryptoProvider
) -> None:
    octets = encode(full)
    for bit in range(8 * len(octets)):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            received = parse(bytes(flipped))
        except GbcsError:
            continue
        assert not protection.mac_verifies(received, METER, BROKER.public_point, provider), bit


def test_every_flipped_bit_of_header_payload_and_signature_fails_the_signature(
    full: Message, provider: CryptoProvider
) -> None:
    signed = full._replace(mac=None)
    octets = encode(signed)
    for bit in range(8 * len(octets)):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            received = parse(bytes(flipped))
        except GbcsError:
            continue
        assert not protection.signature_verifies(received, SIGNING.public_point, provider), bit


def test_the_mac_covers_what_gbcs_says_with_five_zero_octets(full: Message, provider: CryptoProvider) -> None:
    octets = encode(full)
    grouped = octets[octets.index(b"\xdf") : -12]
    transaction_id = bytes.fromhex("01 8000000000000000")
    key = derive_key(provider.agree(BROKER, METER.public_point), SUPPLIER, transaction_id, ESME)
    tag = provider.gmac(key, SUPPLIER, bytes.fromhex("110000000000") + grouped)
    assert octets[-12:] == tag[:12]


def test_the_mac_covers_lengths_in_the_form_that_they_have(full: Message, provider: CryptoProvider) -> None:
    odd = full._replace(forms=LengthForms(mac_header=3, payload=4))
    assert not protection.mac_verifies(odd, METER, BROKER.public_point, provider)
    again = protection.add_mac(odd, BROKER, METER.public_point, provider)
    assert protection.mac_verifies(parse(encode(again)), METER, BROKER.public_point, provider)
    # The MAC Header's own length stands outside.
    assert again.mac == again._replace(forms=LengthForms(payload=4)).mac
    assert protection.compute_mac(again, provider.agree(METER, BROKER.public_point), provider) == again.mac


def test_signing_drops_the_mac_that_no_longer_fits(full: Message, provider: CryptoProvider) -> None:
    again = protection.sign(full, SIGNING, provider)
    assert again.mac is None
    assert again.signature == full.signature


def test_a_mac_without_signature_brings_an_empty_one(provider: CryptoProvider) -> None:
    maced = protection.add_mac(COMMAND, BROKER, METER.public_point, provider)
    assert maced.signature == b""
    assert protection.mac_verifies(parse(encode(maced)), METER, BROKER.public_point, provider)


def test_a_mac_needs_a_private_key_or_a_known_secret(full: Message, provider: CryptoProvider) -> None:
    nobody = KeyPair(METER.public_point)
    assert protection.mac_verifies(full, nobody, BROKER.public_point, provider)
    with pytest.raises(GbcsError, match="private key"):
        protection.mac_verifies(full, nobody, STRANGER.public_point, provider)


def test_an_answer_swaps_the_ends_and_keeps_counter_and_code() -> None:
    certificate = b"\x30\x07abcdefg"
    command = HEADER._replace(other=OTHER._replace(certificate=certificate))
    answer = protection.answer_header(command)
    assert (answer.cra, answer.originator, answer.target) == (Cra.RESPONSE, ESME, SUPPLIER)
    assert answer.originator_counter == command.originator_counter
    assert answer.other == OTHER
    dated = answer._replace(date_time=DlmsDateTime(2024, 1, 1, 255, 0, 0, 0, 0, 0x8000, 255))
    for header in (answer, dated, command._replace(cra=Cra.ALERT)):
        with pytest.raises(GbcsError, match="CRA flag"):
            protection.answer_header(header)


def test_attributes_for_a_party_have_a_key_of_their_own(provider: CryptoProvider) -> None:
    secret = provider.agree(METER, BROKER.public_point)
    key = protection.attribute_key(secret, ESME, OriginatorCounter(1002), SUPPLIER)
    assert key == derive_key(secret, ESME, bytes.fromhex("04 00000000000003EA"), SUPPLIER)
    assert key != protection.attribute_key(secret, SUPPLIER, OriginatorCounter(1002), ESME)
    assert key != protection.attribute_key(secret, ESME, OriginatorCounter(1003), SUPPLIER)


def test_signing_and_encoding_in_one_step_gives_the_same_octets(
    full: Message, provider: CryptoProvider
) -> None:
    for message in (COMMAND, full, full._replace(forms=LengthForms(payload=4))):
        at_once = protection.encode_signed(message, SIGNING, provider)
        assert at_once == encode(protection.sign(message, SIGNING, provider))
