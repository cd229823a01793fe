"""What may go wrong inside a device: named values, all off by default (GBCS has no say in them)."""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import NamedTuple

from devices.gbcs.credentials import TrustAnchorCellId


class PowerLoss(enum.Enum):
    """When the power fails while a message is being obeyed."""

    BEFORE_COMMIT = "before the new state stands"
    AFTER_COMMIT = "after the new state stands, before the response is sent"


class DeviceFaults(NamedTuple):
    """The faults of one device.

    ``cells_without_memory`` answer a replacement with insufficientMemory; ``clock_offset`` is how far the
    device's clock is ahead; ``power_loss`` strikes at the next message that changes something.
    """

    cells_without_memory: frozenset[TrustAnchorCellId] = frozenset()
    clock_offset: timedelta = timedelta(0)
    power_loss: PowerLoss | None = None


NO_FAULTS = DeviceFaults()


class PowerLostError(Exception):
    """The power failed; caught inside the device."""
