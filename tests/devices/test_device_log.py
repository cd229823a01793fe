"""CS07, GCS59, GCS62: the octets, the reference messages, and all that is near."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import check_neighbours, check_octets, check_round_trip, check_samples, samples
from wire_strategies import build, euis, moments

from devices.gbcs import device_log as codec
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.device_log import (
    DeviceLogBackup,
    DeviceLogEntry,
    DeviceLogPayload,
    ReadDeviceLog,
    ReadDeviceLogResponse,
    RestoreDeviceLog,
    RestoreDeviceLogResponse,
    RestoreOutcome,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64
from devices.gbcs.joins import JoinDeviceType, JoinResult

DECODERS = {
    ReadDeviceLog: codec.decode_read,
    ReadDeviceLogResponse: codec.decode_read_response,
    RestoreDeviceLog: codec.decode_restore,
    RestoreDeviceLogResponse: codec.decode_restore_response,
    DeviceLogBackup: codec.decode_backup,
}
CODES = (codec.CS07, codec.GCS59, codec.GCS62)
GSME = DeviceLogEntry(Eui64.parse("00-DB-12-34-56-78-90-A1"), JoinDeviceType.GSME)
PPMID = DeviceLogEntry(Eui64.parse("00-DB-12-34-56-78-90-A4"), JoinDeviceType.TYPE_1_PPMID)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
GSME_OCTETS = "300D 040800DB1234567890A1 020100"
PPMID_OCTETS = "300D 040800DB1234567890A4 020105"
_entries = build(DeviceLogEntry, euis, st.sampled_from(JoinDeviceType))
_logs = st.lists(_entries, max_size=17).map(tuple)
values: st.SearchStrategy[DeviceLogPayload] = st.one_of(
    build(ReadDeviceLog),
    build(ReadDeviceLogResponse, st.sampled_from(ReadResult), st.none() | _logs),
    build(RestoreDeviceLog, _logs),
    build(
        RestoreDeviceLogResponse,
        st.lists(build(RestoreOutcome, _entries, st.sampled_from(JoinResult)), max_size=9).map(tuple),
    ),
    build(DeviceLogBackup, st.integers(0, 0xFFFF), moments, _logs),
)


@given(values, st.data())
def test_values_come_back_in_any_form(value: DeviceLogPayload, data: st.DataObject) -> None:
    check_round_trip(value, DECODERS[type(value)], data)


@given(values, st.data())
def test_octets_near_a_payload(value: DeviceLogPayload, data: st.DataObject) -> None:
    check_neighbours(value, DECODERS[type(value)], data)


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (ReadDeviceLog(), "0500"),
        (ReadDeviceLogResponse(ReadResult.READ_FAILURE), "3003 020101"),
        (ReadDeviceLogResponse(ReadResult.SUCCESS, ()), "3005 020100 3000"),
        (ReadDeviceLogResponse(ReadResult.SUCCESS, (GSME,)), f"3014 020100 300F {GSME_OCTETS}"),
        (RestoreDeviceLog((PPMID, GSME)), f"3020 301E {PPMID_OCTETS} {GSME_OCTETS}"),
        (
            RestoreDeviceLogResponse((RestoreOutcome(PPMID, JoinResult.DEVICE_LOG_FULL),)),
            f"3016 3014 3012 {PPMID_OCTETS} 020104",
        ),
        (
            DeviceLogBackup(0x8071, NOON, (GSME,)),
            f"3027 0203008071 180F 32303236303130353132303030305A 300F {GSME_OCTETS}",
        ),
    ],
)
def test_octets(value: DeviceLogPayload, octets: str) -> None:
    check_octets(value, octets, DECODERS[type(value)])


@pytest.mark.parametrize(
    ("octets", "where"),
    [
        (f"3014 020102 300F {GSME_OCTETS}", "response/responseCode"),
        ("3014 020100 300F 300D 040800DB1234567890A1 020107", "response/deviceLogEntries/0/deviceType"),
        ("3013 020100 300E 300C 040700DB1234567890 020100", "response/deviceLogEntries/0/"),
        (f"3016 020100 300F {GSME_OCTETS} 0500", "response"),
    ],
)
def test_an_error_names_the_field(octets: str, where: str) -> None:
    with pytest.raises(GbcsError, match=f"payload/{where}"):
        codec.decode_read_response(bytes.fromhex(octets))


def test_a_command_to_read_says_nothing() -> None:
    with pytest.raises(GbcsError, match="payload/command"):
        codec.decode_read(bytes.fromhex("050100"))


def test_reference_messages(conformance: Path) -> None:
    check_samples(conformance, *CODES)


def test_a_reference_restore_answers_every_entry_in_its_order(conformance: Path) -> None:
    found = samples(conformance, codec.GCS59)
    for name, message in found.items():
        response = found.get(name.replace("COMMAND", "RESPONSE"))
        if "COMMAND" in name and response is not None:
            outcomes = codec.decode_restore_response(response.payload).outcomes
            entries = codec.decode_restore(message.payload).entries
            assert tuple(outcome.entry for outcome in outcomes) == entries


def test_reference_backups_carry_their_alert_code(conformance: Path) -> None:
    for name, message in samples(conformance, codec.GCS62).items():
        assert f"{codec.decode_backup(message.payload).alert_code:04X}" in name
