"""Bodies of the services that read (4, 6.2, 6.13, 8.9, 11.2): what is read is said by the SRV."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import NamedTuple


class EventLog(enum.Enum):
    """The log that 6.13 reads, by its DUIS token."""

    EVENT = "Event"
    ALCS_EVENT = "ALCSEvent"
    POWER_EVENT = "PowerEvent"
    SECURITY = "Security"
    GSME_EVENT = "GSMEEvent"
    GSME_SECURITY = "GSMESecurity"


class Read(NamedTuple):
    """Body of a read without parameters; ``execution_date_time`` where the DCC may hold it until then."""

    execution_date_time: datetime | None = None


class ReadLog(NamedTuple):
    """Body of a read of a log from ``start`` to ``end``, both with time zone and included.

    ``agreement`` is the key agreement certificate (DER) of a User whom the device does not know.
    """

    start: datetime
    end: datetime
    agreement: bytes | None = None
    execution_date_time: datetime | None = None


class ReadEventLog(NamedTuple):
    """Body of 6.13."""

    start: datetime
    end: datetime
    log: EventLog


class ReadDeviceLog(NamedTuple):
    """Body of 8.9; with ``security_details`` the hub also tells of its security details."""

    security_details: bool = False
    execution_date_time: datetime | None = None
