"""What a device writes down about the messages that it obeys and refuses."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter

LOG_CAPACITY_ENTRIES: Final = 100
NO_NUMBER_LEFT: Final = "no number is left for alerts"


class Refusal(enum.Enum):
    """Why a device refused a message. The alert code of each kind is assumed, not confirmed."""

    MALFORMED = "malformed"
    NOT_ADDRESSED = "not addressed to this device"
    UNSUPPORTED = "use case not supported"
    NO_AUTHORITY = "originator without authority"
    REPLAY = "replay"
    WRONG_MAC = "MAC does not verify"
    WRONG_SIGNATURE = "signature does not verify"
    TOP_UP = "top-up not credited"

    @property
    def alert_code(self) -> int | None:
        """The alert that goes to the supplier, None where there is none, or the event says more."""
        return _ALERT_CODES.get(self)


_ALERT_CODES: Final = {
    Refusal.MALFORMED: 0x8F1E,
    Refusal.NO_AUTHORITY: 0x8F30,
    Refusal.REPLAY: 0x8F53,
    Refusal.WRONG_MAC: 0x8F3D,
    Refusal.WRONG_SIGNATURE: 0x8F3D,
}


class DeviceRefusalError(Exception):
    """A message is refused; caught inside the device and turned into a log entry and an alert."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        self.refusal = refusal
        self.detail = detail
        super().__init__(f"{refusal.value}: {detail}")


class LogEntry(NamedTuple):
    """One entry of a device's log; what a malformed message did not tell is None.

    ``event`` is the code of the event, if it is one of those that have their own (GBCS 16).
    """

    at: datetime
    refusal: Refusal | None
    detail: str
    message_code: MessageCode | None = None
    originator: Eui64 | None = None
    counter: OriginatorCounter | None = None
    event: int | None = None


def unsent(code: MessageCode, now: datetime) -> LogEntry:
    """The entry in place of an alert that would have told a change."""
    return LogEntry(now, None, f"alert {code} is not sent: {NO_NUMBER_LEFT}")
