"""A device in a file: its snapshot, the seed of its test world, and the time up to which it has lived."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from devices.device import Device, DeviceContext
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.snapshot import restore, snapshot
from scenarios.errors import InputError

FORMAT: Final = "dccbench-device/1"
NOTE: Final = (
    "A simulated device. It holds private test keys, made from the seed: anybody can make them again, "
    "so trust nothing that they protect."
)
MAXIMUM_SEED: Final = 2**63 - 1
_MAXIMUM_OCTETS: Final = 1 << 24
_FIRST_YEAR: Final = 2016
_LAST_YEAR: Final = 2099


class SavedDevice(NamedTuple):
    """What a device file stands for; ``at`` is the time of what happened to the device last, in UTC."""

    device: Device
    seed: int
    at: datetime


def moment_of(text: str) -> datetime:
    """A time with its offset from UTC, such as ``2026-01-05T00:00:00Z``; in UTC.

    Raises:
        InputError: it is none, or outside the years that certificates and clocks are made for.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and _FIRST_YEAR <= moment.astimezone(UTC).year <= _LAST_YEAR:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    years = f"from {_FIRST_YEAR} to {_LAST_YEAR}"
    raise InputError(f"{text[:40]!r}, expected a time {years} such as 2026-01-05T00:00:00Z")


def timestamp(moment: datetime) -> str:
    """A time as people and machines read it here: UTC, with fractions of a second where there are any."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def load_device(path: Path) -> SavedDevice:
    """The device of a file.

    Raises:
        InputError: the file cannot be read or holds something else; says which field is at fault.
    """
    envelope = _envelope(path)
    try:
        seed = envelope["seed"]
        if type(seed) is not int or not 0 <= seed <= MAXIMUM_SEED:
            raise InputError(f"seed {str(seed)[:40]}, expected a whole number from 0 to {MAXIMUM_SEED}")
        at = moment_of(_text(envelope, "at"))
        provider = CryptoProvider()
        context = DeviceContext(provider, PathValidator(provider))
        device = restore(json.dumps(envelope["device"]).encode(), context)
        moment_of(device.manufactured.isoformat())
    except KeyError as error:
        raise InputError(f"{path}: {error.args[0]!r} is missing") from error
    except (GbcsError, InputError) as error:
        raise InputError(f"{path}: {error}") from error
    return SavedDevice(device, seed, at)


def save_device(path: Path, saved: SavedDevice) -> None:
    """Write a device file, whole or not at all: what stood there before stays until the new one is complete.

    Raises:
        InputError: it cannot be written.
    """
    envelope = {
        "format": FORMAT,
        "note": NOTE,
        "seed": saved.seed,
        "at": timestamp(saved.at),
        "device": json.loads(snapshot(saved.device)),
    }
    try:
        _replace(path.resolve(), json.dumps(envelope, indent=1) + "\n")
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"{path}: {reason}, expected a file that can be written") from error


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _envelope(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAXIMUM_OCTETS + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if len(content) > _MAXIMUM_OCTETS:
        raise InputError(f"{path}: more than {_MAXIMUM_OCTETS} octets, expected a device file")
    try:
        envelope = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no device file: not JSON") from error
    found = envelope.get("format") if isinstance(envelope, dict) else None
    if not isinstance(envelope, dict) or found != FORMAT:
        raise InputError(f"{path}: no device file: format {str(found)[:40]!r}, expected {FORMAT!r}")
    return envelope


def _text(envelope: dict[str, Any], field: str) -> str:
    value = envelope[field]
    if not isinstance(value, str):
        raise InputError(f"{field} {str(value)[:40]}, expected a text")
    return value
