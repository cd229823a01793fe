"""Bodies of 5.1 to 5.3: reads that the DCC repeats by itself."""

from __future__ import annotations

import enum
from datetime import date, time
from typing import NamedTuple

from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64


class ScheduleId(int):
    """The number of a schedule, 0 to 10^12."""


class Frequency(enum.Enum):
    """How often a schedule runs, by its DUIS token."""

    DAILY = "Daily"
    WEEKLY = "Weekly"
    MONTHLY = "Monthly"
    QUARTERLY = "Quarterly"
    HALF_YEARLY = "Half-Yearly"
    YEARLY = "Yearly"


class PeriodOffset(NamedTuple):
    """A period before the day of a run: day offsets are -400 to 0, times have the zone UTC."""

    start_day_offset: int
    start_time: time
    end_day_offset: int
    end_time: time


class CreateSchedule(NamedTuple):
    """Body of 5.1: the read ``srv`` of a device, on a beat; ``period`` where the read has one.

    ``execution_start_time`` has the zone UTC.
    """

    device: Eui64
    srv: Srv
    frequency: Frequency
    start_date: date
    end_date: date | None = None
    execution_start_time: time | None = None
    period: PeriodOffset | None = None
    agreement: bytes | None = None


class ReadSchedule(NamedTuple):
    """Body of 5.2: one schedule, or all of the sender's on a device."""

    which: ScheduleId | Eui64


class DeleteSchedule(NamedTuple):
    """Body of 5.3: one schedule, or all of the sender's on a device."""

    which: ScheduleId | Eui64
