"""Checks of a message with the keys of a store: verified, failed, no key, not present."""

from __future__ import annotations

import pytest
from message_samples import (
    BROKER,
    COUNTER,
    DLMS_PARAMETERS,
    ESME,
    PPMID,
    SUPPLIER,
    Keys,
    encrypted,
    encrypted_response,
    header,
    maced,
    signed,
    update_command,
)

from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import Cra, Message
from scenarios.encrypted_attributes import protected_attributes
from scenarios.message_checks import Verdict, check_attributes, check_mac, check_signature

ALL = Keys().store()
ALERT_START = bytes.fromhex("010901 8F0A 1C374A80")


@pytest.fixture
def provider() -> CryptoProvider:
    return CryptoProvider()


def flipped(octets: bytes | None, at: int = 0) -> bytes:
    assert octets
    return octets[:at] + bytes((octets[at] ^ 1,)) + octets[at + 1 :]


def gbz_response(*bodies: tuple[bool, bytes]) -> bytes:
    """A GBZ payload of components, encrypted or not."""
    components = []
    for number, (is_encrypted, body) in enumerate(bodies, 1):
        control = (number == len(bodies)) | is_encrypted << 1
        zcl = b"\x18\x00\x01"
        content = b"\0\0" + zcl + len(body).to_bytes(2, "big") + body if is_encrypted else zcl + body
        components.append(bytes((control,)) + b"\x07\x02" + len(content).to_bytes(2, "big") + content)
    return b"\x01\x09" + bytes((len(bodies),)) + b"".join(components)


def test_a_command_verifies_with_originator_and_broker(provider: CryptoProvider) -> None:
    command = update_command()
    assert check_signature(command, ALL, provider).verdict is Verdict.OK
    assert check_mac(command, ALL, provider).verdict is Verdict.OK
    assert check_attributes(command, ALL, provider).verdict is Verdict.NOT_PRESENT


def test_one_flipped_bit_fails_what_covers_it(provider: CryptoProvider) -> None:
    command = update_command()
    for changed, signature, mac in (
        (command._replace(payload=flipped(command.payload, -1 % len(command.payload))), False, False),
        (command._replace(signature=flipped(command.signature)), False, False),
        (command._replace(mac=flipped(command.mac)), True, False),
    ):
        expected = [Verdict.OK if fine else Verdict.FAILED for fine in (signature, mac)]
        found = [check(changed, ALL, provider).verdict for check in (check_signature, check_mac)]
        assert found == expected


def test_what_a_message_does_not_carry_is_not_present(provider: CryptoProvider) -> None:
    bare = update_command()._replace(signature=None, mac=None)
    for check in (check_signature, check_mac, check_attributes):
        assert check(bare, ALL, provider).verdict is Verdict.NOT_PRESENT
    assert check_signature(bare._replace(signature=b""), ALL, provider).verdict is Verdict.NOT_PRESENT


def test_a_key_that_is_not_held_is_named(provider: CryptoProvider) -> None:
    command = update_command()
    nobody = Keys(private=(BROKER,), public=()).store()
    result = check_signature(command, nobody, provider)
    assert (result.verdict, str(SUPPLIER) in result.detail) == (Verdict.NO_KEY, True)
    result = check_mac(command, nobody, provider)
    assert (result.verdict, result.detail) == (Verdict.NO_KEY, f"no key agreement key of {ESME}")
    result = check_mac(command, Keys(private=()).store(), provider)
    assert (result.verdict, "access control broker" in result.detail) == (Verdict.NO_KEY, True)


def test_the_mac_of_an_answer_is_between_the_device_and_its_addressee(provider: CryptoProvider) -> None:
    for cra in (Cra.RESPONSE, Cra.ALERT):
        message = maced(Message(header(cra, 0x1001, ESME, SUPPLIER), b"\x05\x00"), ESME, SUPPLIER)
        assert check_mac(message, ALL, provider).verdict is Verdict.OK
        assert check_mac(message, Keys(private=(BROKER,)).store(), provider).verdict is Verdict.NO_KEY
        by_broker = maced(message, ESME, BROKER)
        assert check_mac(by_broker, ALL, provider).verdict is Verdict.FAILED


def test_a_device_whose_private_key_is_held_checks_as_well(provider: CryptoProvider) -> None:
    message = maced(Message(header(Cra.RESPONSE, 0x0059, ESME, SUPPLIER), b"\x05\x00"), ESME, SUPPLIER)
    other_way = Keys(private=(ESME,), public=(SUPPLIER,)).store()
    assert check_mac(message, other_way, provider).verdict is Verdict.OK


def test_a_command_between_devices_is_not_the_brokers(provider: CryptoProvider) -> None:
    message = maced(Message(header(Cra.COMMAND, 0x009B, PPMID, ESME), b"\x05\x00"), PPMID, ESME)
    result = check_mac(message, ALL, provider)
    assert result.verdict is Verdict.NO_KEY
    assert str(PPMID) in result.detail
    assert check_mac(message, Keys(private=(PPMID,), public=(ESME,)).store(), provider).verdict is Verdict.OK


def test_an_attribute_of_dlms_opens(provider: CryptoProvider) -> None:
    response = encrypted_response(encrypted(b"\x12\x00\x07"))
    result = check_attributes(response, ALL, provider)
    assert (result.verdict, result.plaintexts) == (Verdict.OK, (b"\x12\x00\x07",))
    nobody = Keys(private=(BROKER,)).store()
    assert check_attributes(response, nobody, provider).verdict is Verdict.NO_KEY


def test_an_attribute_that_was_changed_fails(provider: CryptoProvider) -> None:
    attribute = encrypted(b"\x12\x00\x07")
    for at in range(5, len(attribute)):
        response = encrypted_response(flipped(attribute, at))
        assert check_attributes(response, ALL, provider).verdict is Verdict.FAILED


def test_attributes_are_under_the_counter_and_for_the_party_that_the_header_names(
    provider: CryptoProvider,
) -> None:
    second = OriginatorCounter(2002)
    for_broker = header(Cra.RESPONSE, 0x0034, ESME, BROKER)
    with_party = for_broker.other._replace(supplementary_party=SUPPLIER, supplementary_counter=COUNTER)
    with_counter = with_party._replace(supplementary_originator_counter=second)
    cases = {
        for_broker.other: encrypted(b"krp", party=BROKER),
        with_party: encrypted(b"urp"),
        with_counter: encrypted(b"urp", second),
    }
    for other, attribute in cases.items():
        payload = gbz_response((True, attribute))
        message = Message(for_broker._replace(other=other), payload)
        assert check_attributes(message, ALL, provider).verdict is Verdict.OK
        wrong = Message(
            for_broker._replace(other=other), gbz_response((True, encrypted(b"", COUNTER, PPMID)))
        )
        assert check_attributes(wrong, ALL, provider).verdict is Verdict.FAILED


def test_every_encrypted_component_of_gbz_is_found_in_order() -> None:
    one, two = encrypted(b"one"), encrypted(b"two")
    plain = (False, b"\x01\x02")
    payload = gbz_response(plain, (True, one), plain, (True, two))
    assert protected_attributes(Message(header(Cra.RESPONSE, 0x0077, ESME, SUPPLIER), payload)) == (one, two)


def test_an_alert_of_gbz_carries_components_or_something_else() -> None:
    one = encrypted(b"one")
    alert = header(Cra.ALERT, 0x008B, ESME, SUPPLIER)
    components = gbz_response((True, one))[3:]
    assert protected_attributes(Message(alert, ALERT_START + components)) == (one,)
    future_dated = bytes.fromhex("0E 006F 00000000000003E9 0705 0103")
    assert protected_attributes(Message(alert, ALERT_START + future_dated)) == ()


def test_an_alert_of_dlms_carries_an_attribute_beside_its_parameters() -> None:
    one = encrypted(b"one")
    start = bytes.fromhex("0F 200007D1 00 0204 12 8F0A 090C 07DF0101FF000000008000FF")
    alert = header(Cra.ALERT, 0x0061, ESME, SUPPLIER)
    payload = start + DLMS_PARAMETERS + b"\x09" + bytes((len(one),)) + one
    assert protected_attributes(Message(alert, payload)) == (one,)


def test_octets_that_only_look_protected_are_not() -> None:
    text = b"\x09\x11" + bytes.fromhex("3100000000") + bytes(12)
    payload = bytes.fromhex("DA 200004B0 00 00 01") + text + bytes.fromhex("01 0100")
    assert protected_attributes(Message(header(Cra.RESPONSE, 0x0027, ESME, SUPPLIER), payload)) == ()


@pytest.mark.parametrize("cut", [1, 3])
def test_a_payload_that_may_hide_an_attribute_and_cannot_be_read_fails(
    provider: CryptoProvider, cut: int
) -> None:
    response = encrypted_response(encrypted(b"\x12\x00\x07"))
    broken = response._replace(payload=response.payload[:-cut])
    with pytest.raises(GbcsError):
        protected_attributes(broken)
    assert check_attributes(broken, ALL, provider).verdict is Verdict.FAILED
    harmless = response._replace(payload=bytes.fromhex("DA 200004B0 00 00 02 09"))
    assert check_attributes(harmless, ALL, provider).verdict is Verdict.NOT_PRESENT


def test_a_signed_answer_of_a_device_verifies(provider: CryptoProvider) -> None:
    message = signed(Message(header(Cra.RESPONSE, 0x001D, ESME, SUPPLIER), b"\x05\x00"))
    assert check_signature(message, ALL, provider).verdict is Verdict.OK
    other = message._replace(header=message.header._replace(originator=PPMID))
    assert check_signature(other, ALL, provider).verdict is Verdict.FAILED
