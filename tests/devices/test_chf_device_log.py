"""The communications hub's device log as it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import euis

from devices.chf_device_log import (
    CAPACITY_DEVICES,
    FULL,
    HISTORIC_CAPACITY_DEVICES,
    NO_KEY,
    NOT_REMOVED,
    ChfDeviceLog,
    JoinWindow,
)
from devices.gbcs.chf_commands import encode_ccs04_response, encode_ccs07_response, open_ccs04_response
from devices.gbcs.chf_log import Admission, BackedUpDevice, LogRestore, Registration
from devices.gbcs.dlms import AccessCode
from devices.gbcs.identifiers import Eui64, OriginatorCounter

SUITE = settings(max_examples=60, deadline=None)
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SUCCESS = AccessCode.SUCCESS
KEY = bytes(range(16))
OTHER_KEY = bytes(16)
EMPTY = ChfDeviceLog(bytes(8))
COUNTER = OriginatorCounter(1)


def eui(number: int) -> Eui64:
    return Eui64(number.to_bytes(8, "big"))


def admission(device: Eui64, seconds: int = 90) -> Admission:
    return Admission(Registration.of(device, KEY), seconds)


def log_of(count: int) -> ChfDeviceLog:
    log = EMPTY
    for number in range(count):
        log, codes = log.added(admission(eui(number)), NOW)
        assert codes == (SUCCESS,) * 3
    return log


def test_a_device_that_was_added_may_join_as_long_as_joining_is_open() -> None:
    log = log_of(1)
    assert log.devices == (BackedUpDevice(eui(0), NO_KEY),)
    end = NOW + 90 * SECOND
    assert log.joined(eui(0), KEY, end).devices == (BackedUpDevice(eui(0), KEY),)
    assert log.joined(eui(0), KEY, end + SECOND) == log
    assert log.joined(eui(1), KEY, NOW) == log
    assert EMPTY.joined(eui(0), KEY, NOW) == EMPTY


def test_a_device_that_is_added_again_stays_as_it_is_and_may_join_again() -> None:
    log = log_of(1).joined(eui(0), KEY, NOW)
    later = NOW + timedelta(days=1)
    again, codes = log.added(admission(eui(0), 10), later)
    assert codes == (SUCCESS,) * 3
    assert again == log._replace(window=JoinWindow(later, later + 10 * SECOND))


def test_the_log_takes_sixteen_devices() -> None:
    log = log_of(CAPACITY_DEVICES)
    full, codes = log.added(admission(eui(99)), NOW)
    assert full == log
    assert codes == (FULL, AccessCode.OTHER_REASON, AccessCode.OTHER_REASON)
    assert log.added(admission(eui(3)), NOW)[1] == (SUCCESS,) * 3


def test_what_is_removed_is_gone_and_what_is_not_there_cannot_be_removed() -> None:
    log, codes = log_of(2).removed(eui(0))
    assert codes == (SUCCESS,)
    assert [entry.device for entry in log.devices] == [eui(1)]
    assert log.removed(eui(0)) == (log, (NOT_REMOVED,))
    assert log.historic == ()


def gone(log: ChfDeviceLog, number: int, key: bytes = KEY) -> ChfDeviceLog:
    """The log after a device was added, joined and was removed."""
    log, _ = log.added(admission(eui(number)), NOW)
    return log.joined(eui(number), key, NOW + 45 * SECOND).removed(eui(number))[0]


def test_the_historic_log_holds_the_last_fifteen_that_had_a_key() -> None:
    log = EMPTY
    for number in range(HISTORIC_CAPACITY_DEVICES):
        log = gone(log, number)
    assert [entry.device for entry in log.historic] == [eui(number) for number in range(15)]
    more = gone(log, 15)
    assert [entry.device for entry in more.historic] == [eui(number) for number in range(1, 16)]
    again = gone(log, 0, OTHER_KEY)
    assert len(again.historic) == HISTORIC_CAPACITY_DEVICES
    assert again.historic[-1] == BackedUpDevice(eui(0), OTHER_KEY)
    unjoined, _ = log.added(admission(eui(0)), NOW)
    assert unjoined.removed(eui(0))[0].historic == log.historic


def test_a_removed_device_comes_back_with_its_key_in_the_first_half_and_joins_anew_in_the_second() -> None:
    log, _ = gone(EMPTY, 0).added(admission(eui(0)), NOW)
    assert log.devices == (BackedUpDevice(eui(0), NO_KEY),)
    half, end = NOW + 45 * SECOND, NOW + 90 * SECOND
    early = half - timedelta(microseconds=1)
    for now in (NOW, early):
        assert log.resumed(eui(0), now).devices == (BackedUpDevice(eui(0), KEY),)
        assert log.joined(eui(0), OTHER_KEY, now) == log
    for now in (half, end):
        assert log.resumed(eui(0), now) == log
        assert log.joined(eui(0), OTHER_KEY, now).devices == (BackedUpDevice(eui(0), OTHER_KEY),)
    assert log.joined(eui(0), OTHER_KEY, end + SECOND) == log
    assert log.resumed(eui(0), NOW - SECOND) == log


def test_only_a_device_that_was_removed_added_again_and_has_no_key_comes_back() -> None:
    removed = gone(EMPTY, 0)
    assert removed.resumed(eui(0), NOW) == removed
    new, _ = removed.added(admission(eui(1)), NOW)
    assert new.resumed(eui(1), NOW) == new
    assert new.joined(eui(1), KEY, NOW).devices == (BackedUpDevice(eui(1), KEY),)
    restored, _ = new.restored(LogRestore(bytes(8), (BackedUpDevice(eui(0), OTHER_KEY),)))
    assert restored.resumed(eui(0), NOW) == restored


def test_a_restore_replaces_the_log_and_leaves_the_historic_one() -> None:
    log = gone(log_of(2), 2)
    restore = LogRestore(b"new home", (BackedUpDevice(eui(7), KEY), BackedUpDevice(eui(8), NO_KEY)))
    restored, codes = log.restored(restore)
    assert codes == (SUCCESS,)
    assert (restored.pan_id, restored.devices) == restore
    said = restored.backups(NOW)
    assert said.codes == (SUCCESS,) * 2
    assert said.present == restored.backup(NOW)
    assert said.historic is not None
    assert said.historic.devices == (BackedUpDevice(eui(2), KEY),)
    assert EMPTY.backups(NOW).historic == EMPTY.backup(NOW)


def test_a_restore_of_too_many_devices_changes_nothing() -> None:
    entries = tuple(BackedUpDevice(eui(number), KEY) for number in range(CAPACITY_DEVICES + 1))
    assert EMPTY.restored(LogRestore(bytes(8), entries)) == (EMPTY, (FULL,))
    assert EMPTY.restored(LogRestore(bytes(8), entries[1:]))[1] == (SUCCESS,)


@SUITE
@given(euis, euis)
def test_only_devices_that_joined_are_connected(one: Eui64, other: Eui64) -> None:
    log, _ = EMPTY.added(admission(one), NOW)
    log, _ = log.added(admission(other), NOW)
    log = log.joined(one, KEY, NOW)
    connected = log.connected(NOW)
    assert [device.device for device in connected] == [one]
    assert open_ccs04_response(encode_ccs04_response(COUNTER, connected), COUNTER) == connected
    (device,) = connected
    assert device.least_rssi_dbm <= device.average_rssi_dbm <= device.greatest_rssi_dbm


@SUITE
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=40))
def test_every_device_is_in_the_log_once(steps: list[tuple[bool, int]]) -> None:
    log, expected = EMPTY, set[Eui64]()
    for adds, number in steps:
        log, codes = log.added(admission(eui(number)), NOW) if adds else log.removed(eui(number))
        if codes[0] is SUCCESS:
            (expected.add if adds else expected.discard)(eui(number))
        assert len(log.devices) == len(expected) <= CAPACITY_DEVICES
        assert {entry.device for entry in log.devices} == expected
    encode_ccs07_response(COUNTER, log.backups(NOW))
