"""Firmware images on their way to devices (11.1): what is sent to which device, and what came of it."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from dcc.identifiers import RequestId
from devices.gbcs.identifiers import Eui64


class Delivery(enum.Enum):
    """What became of an image on its way to one device."""

    IN_PROGRESS = "in progress"
    DELIVERED = "delivered"
    FAILED = "failed"


class FirmwareDistribution(NamedTuple):
    """One image for some devices. The bench does not look into images: they are opaque octets.

    ``image_hash`` is their SHA-256, by which 11.3 names the image.
    """

    request_id: RequestId
    image: bytes
    image_hash: bytes
    firmware_version: str
    devices: tuple[Eui64, ...]

    @classmethod
    def of(
        cls, request_id: RequestId, image: bytes, firmware_version: str, devices: tuple[Eui64, ...]
    ) -> FirmwareDistribution:
        """A distribution of an image, with its hash."""
        return cls(request_id, image, hashlib.sha256(image).digest(), firmware_version, devices)


@dataclass(slots=True)
class FirmwareDistributions:
    """Every distribution, in the order of the requests, and the last one of each device."""

    distributions: list[FirmwareDistribution] = field(default_factory=list)
    _last: dict[Eui64, tuple[FirmwareDistribution, Delivery]] = field(default_factory=dict)

    def start(self, distribution: FirmwareDistribution) -> None:
        """Send an image on its way; it replaces what is known of earlier ones to the same devices."""
        self.distributions.append(distribution)
        self._last.update(dict.fromkeys(distribution.devices, (distribution, Delivery.IN_PROGRESS)))

    def last(self, device: Eui64) -> FirmwareDistribution | None:
        """The last distribution to a device."""
        found = self._last.get(device)
        return found[0] if found else None

    def state(self, device: Eui64) -> Delivery | None:
        """What became of the last distribution to a device; None if there was none."""
        found = self._last.get(device)
        return found[1] if found else None

    def settle(self, device: Eui64, delivery: Delivery) -> None:
        """Say what became of the last distribution to a device; nothing happens where there was none."""
        found = self._last.get(device)
        if found is not None:
            self._last[device] = (found[0], delivery)

    def delivered_version(self, device: Eui64, image_hash: bytes) -> str | None:
        """The version of the image with this hash, where it was the last one delivered to the device."""
        found = self._last.get(device)
        if found is None or found[1] is not Delivery.DELIVERED or found[0].image_hash != image_hash:
            return None
        return found[0].firmware_version
