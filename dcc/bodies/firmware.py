"""Body of 11.1: a firmware image for a list of devices."""

from __future__ import annotations

from typing import NamedTuple

from devices.gbcs.identifiers import Eui64


class UpdateFirmware(NamedTuple):
    """Body of 11.1: the image as it is, its version, and the devices that are to get it."""

    image: bytes
    firmware_version: str
    devices: tuple[Eui64, ...]
