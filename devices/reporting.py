"""Devices that report each change of a log to the access control broker."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime

from devices.device import Device, Effects


class ReportingDevice(Device):
    """A device that sends an alert whenever its log has changed.

    What the last alert told is part of its state, so an alert that a power failure prevented follows with the
    next message.
    """

    __slots__ = ()

    @abstractmethod
    def report(self, now: datetime) -> tuple[bytes, ...]:
        """The alert about what has changed since the last one; ``now`` is the device's time."""

    def receive(self, octets: bytes, now: datetime) -> Effects:
        """As every device; alerts about a changed log stand after the response."""
        effects = super().receive(octets, now)
        if effects.accepted and not effects.sent:
            return effects
        reports = self.report(now + self.faults.clock_offset)
        return effects._replace(sent=effects.sent + reports) if reports else effects
