"""The communications hub's device log on the wire: real messages, round trips, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import counters, euis, mutations

from devices.gbcs import dlms
from devices.gbcs.chf_commands import (
    build_ccs01_command,
    build_ccs02_command,
    build_ccs03_command,
    build_cs14_alert,
    build_log_read_command,
    check_log_read_command,
    encode_ccs04_response,
    encode_ccs07_response,
    encode_update_response,
    open_ccs04_response,
    open_ccs07_response,
    open_update_response,
    read_ccs01_command,
    read_ccs02_command,
    read_ccs03_command,
    read_cs14_alert,
)
from devices.gbcs.chf_log import (
    CCS01,
    CCS02,
    CCS03,
    CCS04,
    CCS06,
    CCS07,
    ITEMS,
    Admission,
    BackedUpDevice,
    Backups,
    ConnectedDevice,
    LogBackup,
    LogRestore,
    Registration,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_data import DataType, Number, unsigned
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime

SUITE = settings(max_examples=50, deadline=None)
COUNTER = OriginatorCounter(1302)
ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
GSME = Eui64.parse("00-DB-12-34-56-78-90-A1")
SUCCESS = AccessCode.SUCCESS
AT = DlmsDateTime(2026, 1, 5, 0xFF, 12, 0, 0, 0, 0x8000, 0xFF)
KEY = bytes(range(16))
BACKUP = LogBackup(AT, bytes(8), (BackedUpDevice(ESME, KEY),))
ADMISSION = Admission(Registration.of(ESME, KEY), 90)

_times = st.builds(
    DlmsDateTime,
    *[st.integers(0, high) for high in (0xFFFF, 255, 255, 255, 255, 255, 255, 255, 0xFFFF, 255)],
)
_keys = st.just(b"") | st.binary(min_size=16, max_size=16)
_backed_up = st.lists(st.builds(BackedUpDevice, euis, _keys), max_size=20).map(tuple)
_octet, _signed = st.integers(0, 255), st.integers(-128, 127)
_connected = st.builds(
    ConnectedDevice, euis, _octet, _signed, _signed, _signed, _octet, _octet, _octet, _times, *[_octet] * 5
)
_backups = st.builds(LogBackup, _times, st.binary(min_size=8, max_size=8), _backed_up)


# --- the reference set ------------------------------------------------------------------------------


def command_and_response(conformance: Path, name: str) -> tuple[bytes, bytes, OriginatorCounter]:
    command = messages(conformance)[f"{name}_COMMAND"]
    response = messages(conformance)[f"{name}_RESPONSE"]
    return command.payload, response.payload, command.header.originator_counter


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_messages_that_add_and_remove(conformance: Path, outcome: str) -> None:
    command, response, counter = command_and_response(conformance, f"CCS01_8.11_{outcome}")
    admission = Admission(Registration.of(ESME, b"0123456789ABCDEF"), 90)
    assert build_ccs01_command(counter, admission).hex() == command.hex()
    assert read_ccs01_command(command, counter) == admission
    codes = open_update_response(CCS01, response, counter)
    errors = (SUCCESS, AccessCode.HARDWARE_FAULT, AccessCode.OTHER_REASON)
    assert codes == ((SUCCESS,) * 3 if outcome == "SUCCESS" else errors)
    assert encode_update_response(CCS01, counter, codes).hex() == response.hex()

    command, response, counter = command_and_response(conformance, f"CCS02_8.11_{outcome}")
    assert build_ccs02_command(counter, ESME).hex() == command.hex()
    assert read_ccs02_command(command, counter) == ESME
    codes = open_update_response(CCS02, response, counter)
    assert encode_update_response(CCS02, counter, codes).hex() == response.hex()


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_messages_that_restore(conformance: Path, outcome: str) -> None:
    command, response, counter = command_and_response(conformance, f"CCS03_8.12.1_{outcome}")
    restore = read_ccs03_command(command, counter)
    assert [entry.device for entry in restore.devices] == [ESME, GSME]
    assert restore.pan_id == bytes.fromhex("0000000000000140")
    assert build_ccs03_command(counter, restore).hex() == command.hex()
    codes = open_update_response(CCS03, response, counter)
    assert encode_update_response(CCS03, counter, codes).hex() == response.hex()


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_messages_that_read(conformance: Path, outcome: str) -> None:
    command, response, counter = command_and_response(conformance, f"CCS05CCS04_8.9_{outcome}")
    assert build_log_read_command(CCS04, counter).hex() == command.hex()
    check_log_read_command(CCS04, command, counter)
    connected = open_ccs04_response(response, counter)
    assert encode_ccs04_response(counter, connected).hex() == response.hex()
    if outcome == "SUCCESS":
        assert isinstance(connected, tuple)
        assert [device.average_rssi_dbm for device in connected] == [-50, -54]
        assert connected[0].last_communication.weekday == 3
    else:
        assert connected is AccessCode.HARDWARE_FAULT

    command, response, counter = command_and_response(conformance, f"CCS07_8.9_{outcome}")
    assert build_log_read_command(CCS07, counter).hex() == command.hex()
    check_log_read_command(CCS07, command, counter)
    backups = open_ccs07_response(response, counter)
    assert encode_ccs07_response(counter, backups).hex() == response.hex()
    assert (backups.present is None) == (backups.historic is None) == (outcome == "ERROR")


def test_the_real_alert(conformance: Path) -> None:
    alert = messages(conformance)["CS14_NA_8F12_ALERT"]
    said = read_cs14_alert(alert.payload)
    assert said.alert_code == 0x8F12
    assert [entry.device for entry in said.backup.devices] == [ESME, GSME]
    built = build_cs14_alert(alert.header.originator_counter, said.at, said.backup)
    assert built.hex() == alert.payload.hex()


# --- round trips ------------------------------------------------------------------------------------


@SUITE
@given(counters, euis, st.binary(min_size=16, max_size=16), st.integers(0, 0xFFFF))
def test_additions_come_back(counter: OriginatorCounter, device: Eui64, code: bytes, seconds: int) -> None:
    admission = Admission(Registration.of(device, code), seconds)
    assert read_ccs01_command(build_ccs01_command(counter, admission), counter) == admission


@SUITE
@given(counters, _backups, st.none() | _backups)
def test_logs_come_back(counter: OriginatorCounter, present: LogBackup, historic: LogBackup | None) -> None:
    restore = LogRestore(present.pan_id, present.devices)
    assert read_ccs03_command(build_ccs03_command(counter, restore), counter) == restore
    codes = (SUCCESS, SUCCESS if historic else AccessCode.OBJECT_UNAVAILABLE)
    backups = Backups(codes, present, historic)
    assert open_ccs07_response(encode_ccs07_response(counter, backups), counter) == backups
    assert read_cs14_alert(build_cs14_alert(counter, AT, present)) == (0x8F12, AT, present)


@SUITE
@given(counters, st.lists(_connected, max_size=4).map(tuple))
def test_connected_devices_come_back(
    counter: OriginatorCounter, connected: tuple[ConnectedDevice, ...]
) -> None:
    assert open_ccs04_response(encode_ccs04_response(counter, connected), counter) == connected


def keyed(octets: int) -> LogBackup:
    return BACKUP._replace(devices=(BackedUpDevice(ESME, bytes(octets)),))


def test_a_device_without_a_link_key_has_an_empty_string_in_its_place() -> None:
    payload = build_cs14_alert(COUNTER, AT, keyed(0))
    assert payload.endswith(bytes.fromhex("0908") + ESME + bytes.fromhex("0900"))
    assert read_cs14_alert(payload).backup == keyed(0)


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (lambda: build_ccs01_command(COUNTER, Admission(Registration.of(ESME, bytes(15)), 1)), "15 octets"),
        (lambda: build_ccs01_command(COUNTER, ADMISSION._replace(join_seconds=65_536)), "out of range"),
        (lambda: build_ccs03_command(COUNTER, LogRestore(bytes(7), ())), "7 octets, expected 8"),
        (lambda: build_cs14_alert(COUNTER, AT._replace(month=256), BACKUP), "out of range"),
        (lambda: build_cs14_alert(COUNTER, AT, keyed(1)), "1 octets, expected 16 or none"),
        (lambda: build_cs14_alert(COUNTER, AT, keyed(15)), "15 octets, expected 16 or none"),
        (lambda: build_cs14_alert(COUNTER, AT, keyed(17)), "17 octets, expected 16 or none"),
        (lambda: build_ccs01_command(COUNTER, Admission(Registration.of(ESME, b""), 1)), "expected 16$"),
        (lambda: encode_update_response(CCS01, COUNTER, (SUCCESS,) * 2), "2 codes"),
        (lambda: encode_ccs07_response(COUNTER, Backups((SUCCESS,), BACKUP, None)), "1 codes"),
    ],
)
def test_values_that_do_not_fit_are_refused(build: Callable[[], bytes], what: str) -> None:
    with pytest.raises(GbcsError, match=what):
        build()


def test_a_command_that_closes_joining_adds_nothing() -> None:
    request = dlms.decode_request(build_ccs01_command(COUNTER, ADMISSION))
    *others, joining = request.data
    assert joining == Number(DataType.BOOLEAN, 0xFF)
    opened = request._replace(data=(*others, Number(DataType.BOOLEAN, 1)))
    assert read_ccs01_command(dlms.encode(opened), COUNTER) == ADMISSION
    closed = request._replace(data=(*others, Number(DataType.BOOLEAN, 0)))
    with pytest.raises(GbcsError, match="joining is switched off"):
        read_ccs01_command(dlms.encode(closed), COUNTER)


def test_each_payload_is_refused_where_another_is_expected() -> None:
    payloads: dict[MessageCode, bytes] = {
        CCS01: build_ccs01_command(COUNTER, ADMISSION),
        CCS02: build_ccs02_command(COUNTER, ESME),
        CCS03: build_ccs03_command(COUNTER, LogRestore(bytes(8), ())),
        CCS04: build_log_read_command(CCS04, COUNTER),
        CCS07: build_log_read_command(CCS07, COUNTER),
    }
    readers: dict[MessageCode, Callable[[bytes], Any]] = {
        CCS01: lambda payload: read_ccs01_command(payload, COUNTER),
        CCS02: lambda payload: read_ccs02_command(payload, COUNTER),
        CCS03: lambda payload: read_ccs03_command(payload, COUNTER),
        CCS04: lambda payload: check_log_read_command(CCS04, payload, COUNTER),
        CCS07: lambda payload: check_log_read_command(CCS07, payload, COUNTER),
    }
    for code, read in readers.items():
        for other, payload in payloads.items():
            if other == code:
                read(payload)
                continue
            with pytest.raises(GbcsError, match="other items than the use case has"):
                read(payload)


def test_a_read_with_a_parameter_is_refused() -> None:
    request = dlms.decode_request(build_log_read_command(CCS07, COUNTER))
    changed = dlms.encode(request._replace(data=(request.data[0], unsigned(8, 1))))
    with pytest.raises(GbcsError, match="a parameter, expected none"):
        check_log_read_command(CCS07, changed, COUNTER)


def test_an_alert_of_another_code_or_no_alert_is_refused() -> None:
    payload = build_cs14_alert(COUNTER, AT, BACKUP)
    with pytest.raises(GbcsError, match="alert code 8F13, expected 8F12"):
        read_cs14_alert(payload.replace(bytes.fromhex("8F12"), bytes.fromhex("8F13")))
    with pytest.raises(GbcsError, match="not a data-notification"):
        read_cs14_alert(build_log_read_command(CCS04, COUNTER))


@SUITE
@given(st.data())
def test_damaged_payloads_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    backups = Backups((SUCCESS,) * 2, BACKUP, BACKUP)
    restore = build_ccs03_command(COUNTER, LogRestore(bytes(8), BACKUP.devices))
    for read, octets in (
        (lambda payload: read_ccs01_command(payload, COUNTER), build_ccs01_command(COUNTER, ADMISSION)),
        (lambda payload: read_ccs03_command(payload, COUNTER), restore),
        (lambda payload: open_ccs07_response(payload, COUNTER), encode_ccs07_response(COUNTER, backups)),
        (read_cs14_alert, build_cs14_alert(COUNTER, AT, BACKUP)),
    ):
        try:
            read(data.draw(mutations(octets)))
        except GbcsError:
            continue


def test_every_use_case_of_the_log_has_its_items() -> None:
    assert {code: len(items) for code, items in ITEMS.items()} == {
        CCS01: 3,
        CCS02: 1,
        CCS03: 1,
        CCS04: 1,
        CCS06: 1,
        CCS07: 2,
    }
