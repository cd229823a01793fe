"""CS06, CS08, CS09, CCS08: the octets, the reference messages, and all that is near."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import Decode, check_neighbours, check_octets, check_round_trip, check_samples, samples
from wire_strategies import build, counters, euis, moments

from devices.gbcs import firmware as codec
from devices.gbcs.credentials import CANCELLATION_TIME
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import (
    ActivateFirmware,
    ActivateFirmwareAlert,
    ActivateFirmwareResponse,
    ActivationOutcome,
    ActivationResult,
    DirectActivationResult,
    FirmwarePayload,
    FirmwareTransferAlert,
    FirmwareVersion,
    FirmwareVersionAlert,
    ReadFirmwareVersion,
    ReadFirmwareVersionResponse,
    TransferResult,
)
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Cra

DECODERS = {
    ActivateFirmware: codec.decode_activate,
    ActivateFirmwareResponse: codec.decode_activate_response,
    ActivateFirmwareAlert: codec.decode_activate_alert,
    ReadFirmwareVersion: codec.decode_read,
    ReadFirmwareVersionResponse: codec.decode_read_response,
    FirmwareVersionAlert: codec.decode_version_alert,
    FirmwareTransferAlert: codec.decode_transfer_alert,
}
HASH = bytes(range(32))
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOON_OCTETS = "180F 32303236303130353132303030305A"
VERSION = FirmwareVersion(bytes.fromhex("0123ABCD"))
PPMID = Eui64.parse("00-DB-12-34-56-78-90-A4")
LARGEST = OriginatorCounter(2**64 - 1)
_versions = st.binary(min_size=0, max_size=8).map(FirmwareVersion)
_outcomes = build(ActivationOutcome, st.sampled_from(ActivationResult), _versions)
_alert_codes = st.integers(0, 0xFFFF)
values: st.SearchStrategy[FirmwarePayload] = st.one_of(
    build(ActivateFirmware, st.binary(min_size=32, max_size=32), counters, st.none() | moments),
    build(ActivateFirmwareResponse, st.none() | _outcomes),
    build(ActivateFirmwareAlert, _alert_codes, moments, counters, _outcomes),
    build(ReadFirmwareVersion),
    build(ReadFirmwareVersionResponse, st.none() | _versions, st.sampled_from(ReadResult)),
    build(FirmwareVersionAlert, _alert_codes, moments, _versions, st.sampled_from(DirectActivationResult)),
    build(FirmwareTransferAlert, _alert_codes, moments, euis, _versions, st.sampled_from(TransferResult)),
)


@given(values, st.data())
def test_values_come_back_in_any_form(value: FirmwarePayload, data: st.DataObject) -> None:
    check_round_trip(value, DECODERS[type(value)], data)


@given(values, st.data())
def test_octets_near_a_payload(value: FirmwarePayload, data: st.DataObject) -> None:
    check_neighbours(value, DECODERS[type(value)], data)


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (ActivateFirmware(HASH, OriginatorCounter(1000)), f"3026 0420{HASH.hex()} 020203E8"),
        (
            ActivateFirmware(HASH, LARGEST, CANCELLATION_TIME),
            f"303E 0420{HASH.hex()} 020900FFFFFFFFFFFFFFFF 180F 39393939313233313233353935395A",
        ),
        (ActivateFirmwareResponse(None), "0500"),
        (
            ActivateFirmwareResponse(ActivationOutcome(ActivationResult.SUCCESS, VERSION)),
            "3009 020100 04040123ABCD",
        ),
        (
            ActivateFirmwareAlert(
                0x8F67,
                NOON,
                OriginatorCounter(1004),
                ActivationOutcome(ActivationResult.HASH_MISMATCH, VERSION),
            ),
            f"3025 0203008F67 {NOON_OCTETS} 020203EC 3009 020102 04040123ABCD",
        ),
        (ReadFirmwareVersion(), "0500"),
        (ReadFirmwareVersionResponse(VERSION, ReadResult.SUCCESS), "3009 04040123ABCD 020100"),
        (ReadFirmwareVersionResponse(None, ReadResult.READ_FAILURE), "3003 020101"),
        (
            FirmwareVersionAlert(0x8F8B, NOON, VERSION, DirectActivationResult.FAILURE),
            f"301F 0203008F8B {NOON_OCTETS} 04040123ABCD 020101",
        ),
        (
            FirmwareTransferAlert(0x8F89, NOON, PPMID, VERSION, TransferResult.FILE_TRANSFER_FAILURE),
            f"3029 0203008F89 {NOON_OCTETS} 040800DB1234567890A4 04040123ABCD 020103",
        ),
    ],
)
def test_octets(value: FirmwarePayload, octets: str) -> None:
    check_octets(value, octets, DECODERS[type(value)])


@pytest.mark.parametrize("size", [31, 33])
def test_an_image_hash_is_of_32_octets(size: int) -> None:
    payload = codec.encode(ActivateFirmware(bytes(size), OriginatorCounter(1)))
    with pytest.raises(GbcsError, match=f"payload/command/manufacturerImageHash at octet 2: {size} octets"):
        codec.decode_activate(payload)


@pytest.mark.parametrize(
    ("decode", "octets", "where"),
    [
        (codec.decode_activate_response, "3009 020104 04040123ABCD", "activateImageResponseCode"),
        (codec.decode_activate_response, "050100", "commandAccepted"),
        (codec.decode_read_response, "3009 04040123ABCD 020102", "responseCode"),
        (codec.decode_version_alert, f"301F 0203008F8B {NOON_OCTETS} 04040123ABCD 020102", "responseCode"),
        (
            codec.decode_transfer_alert,
            f"3029 0203008F89 {NOON_OCTETS} 040800DB1234567890A4 04040123ABCD 020104",
            "responseCode",
        ),
        (codec.decode_version_alert, f"301F 0203018F8B {NOON_OCTETS} 04040123ABCD 020101", "alertCode"),
    ],
)
def test_numbers_end_where_the_list_ends(decode: Decode, octets: str, where: str) -> None:
    with pytest.raises(GbcsError, match=where):
        decode(bytes.fromhex(octets))


def test_a_version_is_shown_in_hex() -> None:
    assert str(VERSION) == "0123ABCD"


def test_reference_messages(conformance: Path) -> None:
    check_samples(conformance, codec.CS06, codec.CS06_ALERT, codec.CS08, codec.CS09, codec.CCS08)


def test_reference_commands_repeat_the_counter_of_their_header(conformance: Path) -> None:
    for name, message in samples(conformance, codec.CS06).items():
        if message.header.cra is Cra.COMMAND:
            command = codec.decode_activate(message.payload)
            assert command.counter == message.header.originator_counter, name
            assert ("CANCELLATION" in name) == (command.execution_date_time == CANCELLATION_TIME), name
            assert ("IMMEDIATE" in name) == (command.execution_date_time is None), name


def test_reference_alerts_say_in_their_code_how_it_went(conformance: Path) -> None:
    for name, message in samples(conformance, codec.CS06_ALERT).items():
        alert = codec.decode_activate_alert(message.payload)
        succeeded = alert.outcome.result is ActivationResult.SUCCESS
        assert alert.alert_code == (0x8F66 if succeeded else 0x8F67)
        assert f"{alert.alert_code:04X}" in name
