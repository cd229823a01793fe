"""The one door: which messages it takes, and that what comes out goes in again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import credential_values

from devices.gbcs import (
    credentials_codec,
    device_certificates,
    device_log,
    firmware,
    gas_clock,
    joins,
    unsupported,
)
from devices.gbcs.credentials import CredentialPayload, RetrieveCredentials
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.joins import UnjoinDevice
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation
from devices.gbcs.payloads import decode_payload, encode_payload

MODULES = (device_certificates, joins, device_log, firmware, gas_clock, unsupported)
DECODERS = {key: decode for module in MODULES for key, decode in module.DECODERS.items()}
DER_STARTS = (0x30, 0x02, 0x04, 0x05)


def message_of(code: int, cra: Cra, payload: bytes) -> Message:
    other = OtherInformation(MessageCode(code))
    header = GroupingHeader(cra, OriginatorCounter(1), Eui64(bytes(8)), Eui64(bytes(8)), other)
    return Message(header, payload)


def test_all_der_payloads_of_the_reference_set_come_back(conformance: Path) -> None:
    found = messages(conformance)
    opened = 0
    for name, message in found.items():
        value = decode_payload(message)
        if value is None:
            assert message.payload[0] not in DER_STARTS, name
            continue
        opened += 1
        assert encode_payload(value) == message.payload, name
    assert opened == sum(
        message.payload[0] in DER_STARTS or message.code == 0x0120 for message in found.values()
    )


def test_each_code_and_direction_has_its_own_decoder() -> None:
    assert len(DECODERS) == sum(len(module.DECODERS) for module in MODULES)
    for code, cra in DECODERS:
        with pytest.raises(GbcsError):
            decode_payload(message_of(code, cra, b""))
        for other in Cra:
            if (code, other) not in DECODERS:
                assert decode_payload(message_of(code, other, b"")) is None


@pytest.mark.parametrize("code", [joins.CS04AC, joins.CS04B])
def test_both_unjoins_have_one_payload(code: MessageCode) -> None:
    value = UnjoinDevice(Eui64(b"12345678"))
    assert decode_payload(message_of(code, Cra.COMMAND, encode_payload(value))) == value


@given(credential_values)
def test_credential_payloads_go_through_the_same_door(value: CredentialPayload) -> None:
    assert encode_payload(value) == credentials_codec.encode(value)
    if isinstance(value, RetrieveCredentials):
        assert decode_payload(message_of(0x0008, Cra.COMMAND, encode_payload(value))) == value


@given(st.integers(0, 0xFFFF), st.sampled_from(Cra), st.binary(max_size=60))
def test_any_message_is_decoded_or_left_alone_or_refused_with_the_one_error(
    code: int, cra: Cra, payload: bytes
) -> None:
    try:
        value = decode_payload(message_of(code, cra, payload))
    except GbcsError:
        return
    assert value is None or encode_payload(value) == payload
