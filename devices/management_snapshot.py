"""The part of a snapshot that :mod:`devices.management_state` describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devices.chf_device_log import ChfDeviceLog, JoinWindow
from devices.gbcs.chf_log import BackedUpDevice
from devices.gbcs.crypto import KeyPair
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.firmware import IMAGE_HASH_OCTETS, FirmwareVersion
from devices.gbcs.gas_clock import TimeStatus
from devices.gbcs.identifiers import Eui64, MessageCode
from devices.gbcs.joins import JoinDeviceType
from devices.management_state import (
    Defect,
    DeviceClock,
    DeviceLog,
    Firmware,
    FirmwareImage,
    HubLog,
    JoinedDevice,
    KeyRenewal,
)
from devices.snapshot_values import (
    Json,
    read_integer,
    read_key,
    read_moment,
    read_named,
    read_octets,
    saved_key,
    saved_moment,
)

if TYPE_CHECKING:
    from devices.state import DeviceState

_KEY_OCTETS: Final = 16
_PAN_ID_OCTETS: Final = 8


def saved_management(state: DeviceState) -> Json:
    """What the management use cases have changed, as plain data."""
    return {
        "renewal": _renewal(state.renewal),
        "deviceLog": _device_log(state.device_log),
        "firmware": _firmware(state.firmware),
        "clock": [int(state.clock.status), saved_moment(state.clock.commissioned_at)],
        "hubLog": _hub_log(state.hub_log),
        "defects": [list(defect) for defect in state.defects],
    }


def with_management(state: DeviceState, saved: Json) -> DeviceState:
    """The state with what was saved; what is as at manufacture stays the value that all devices share.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is not what :func:`saved_management` gives.
    """
    read: dict[str, Any] = {
        "renewal": _read_renewal(saved["renewal"]),
        "device_log": _read_device_log(saved["deviceLog"]),
        "firmware": _read_firmware(saved["firmware"]),
        "clock": _read_clock(*saved["clock"]),
        "hub_log": _read_hub_log(saved["hubLog"]),
        "defects": tuple([_read_defect(*item) for item in saved["defects"]]),
    }
    changed = {name: value for name, value in read.items() if value != getattr(state, name)}
    return state._replace(**changed)


def _renewal(renewal: KeyRenewal) -> list[Any]:
    keys = (renewal.signing, renewal.agreement)
    return [renewal.generation, *(None if key is None else saved_key(key) for key in keys)]


def _read_renewal(saved: list[Any]) -> KeyRenewal:
    generation, signing, agreement = saved
    return KeyRenewal(read_integer(generation), _read_pending_key(signing), _read_pending_key(agreement))


def _read_pending_key(saved: Json | None) -> KeyPair | None:
    key = None if saved is None else read_key(saved)
    if key is not None and key.scalar is None:
        raise ValueError("a key pair that waits for its certificate lacks the private half")
    return key


def _device_log(log: DeviceLog) -> Json:
    return {
        "entries": [[*_entry(joined.entry), _hex(joined.certificate)] for joined in log.entries],
        "capacity": log.capacity,
        "backedUp": [_entry(entry) for entry in log.backed_up],
    }


def _read_device_log(saved: Json) -> DeviceLog:
    return DeviceLog(
        tuple([_read_joined(*item) for item in saved["entries"]]),
        read_integer(saved["capacity"]),
        tuple([_read_entry(*item) for item in saved["backedUp"]]),
    )


def _entry(entry: DeviceLogEntry) -> list[Any]:
    return [str(entry.device), int(entry.device_type)]


def _read_entry(device: str, device_type: object) -> DeviceLogEntry:
    return DeviceLogEntry(Eui64.parse(device), read_named(JoinDeviceType, device_type))


def _read_joined(device: str, device_type: object, certificate: str | None) -> JoinedDevice:
    octets = None if certificate is None else read_octets(certificate)
    return JoinedDevice(*_read_entry(device, device_type), octets)


def _firmware(firmware: Firmware) -> list[Any]:
    image = firmware.image
    return [firmware.version.hex(), None if image is None else [image.image_hash.hex(), image.version.hex()]]


def _read_firmware(saved: list[Any]) -> Firmware:
    version, image = saved
    held = None
    if image is not None:
        image_hash, image_version = image
        held = FirmwareImage(read_octets(image_hash, IMAGE_HASH_OCTETS), _read_version(image_version))
    return Firmware(_read_version(version), held)


def _read_version(text: str) -> FirmwareVersion:
    return FirmwareVersion(read_octets(text))


def _read_clock(status: object, commissioned_at: str | None) -> DeviceClock:
    at = None if commissioned_at is None else read_moment(commissioned_at)
    return DeviceClock(read_named(TimeStatus, status), at)


def _hub_log(hub_log: HubLog) -> Json:
    log, window = hub_log.log, hub_log.log.window
    return {
        "panId": log.pan_id.hex(),
        "devices": _backed_up(log.devices),
        "historic": _backed_up(log.historic),
        "window": None if window is None else [saved_moment(moment) for moment in window],
        "backedUp": _backed_up(hub_log.backed_up),
    }


def _read_hub_log(saved: Json) -> HubLog:
    window = saved["window"]
    log = ChfDeviceLog(
        read_octets(saved["panId"], _PAN_ID_OCTETS),
        _read_backed_up(saved["devices"]),
        _read_backed_up(saved["historic"]),
        None if window is None else JoinWindow(*map(read_moment, window)),
    )
    return HubLog(log, _read_backed_up(saved["backedUp"]))


def _backed_up(devices: tuple[BackedUpDevice, ...]) -> list[list[str]]:
    return [[str(device.device), device.key.hex()] for device in devices]


def _read_backed_up(saved: list[list[str]]) -> tuple[BackedUpDevice, ...]:
    return tuple(
        [BackedUpDevice(Eui64.parse(device), read_octets(key, 0, _KEY_OCTETS)) for device, key in saved]
    )


def _read_defect(code: object, result: object, item: object) -> Defect:
    return Defect(MessageCode(read_integer(code)), read_integer(result), read_integer(item))


def _hex(octets: bytes | None) -> str | None:
    return None if octets is None else octets.hex()
