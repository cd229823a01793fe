"""Bodies of 5.1 to 5.3: reads that the DCC repeats by itself."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

from dcc.bodies.schedules import (
    CreateSchedule,
    DeleteSchedule,
    Frequency,
    PeriodOffset,
    ReadSchedule,
    ScheduleId,
)
from dcc.duis.shapes import Adapted, Case, Child, Choice, Empty, Record, Shape
from dcc.duis.simple_types import BASE64, DATE, EUI64, SCHEDULE_ID, TIME, enumeration, integer, words
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64

SCHEDULED_WITH_PERIOD: Final = (
    Srv.RETRIEVE_IMPORT_DAILY_READ_LOG,
    Srv.RETRIEVE_EXPORT_DAILY_READ_LOG,
    Srv.READ_ACTIVE_IMPORT_PROFILE,
    Srv.READ_REACTIVE_IMPORT_PROFILE,
    Srv.READ_EXPORT_PROFILE,
    Srv.READ_NETWORK_DATA,
    Srv.READ_PREPAYMENT_DAILY_READ_LOG,
    Srv.READ_DAILY_CONSUMPTION,
)
"""The services that a schedule may repeat and that read a log, so that it says of which period."""

SCHEDULED_WITHOUT_PERIOD: Final = (
    Srv.READ_MAXIMUM_DEMAND_IMPORT_REGISTERS,
    Srv.READ_MAXIMUM_DEMAND_EXPORT_REGISTERS,
    Srv.READ_LOAD_LIMIT_DATA,
    Srv.READ_ACTIVE_POWER_IMPORT,
    Srv.RECORD_GAS_NETWORK_DATA,
    Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS,
)
"""The other services that a schedule may repeat."""

_SCHEDULED: Final = (*SCHEDULED_WITH_PERIOD, *SCHEDULED_WITHOUT_PERIOD)
_DAY_OFFSET: Final = integer(-400, 0, int)
_PERIOD: Final = Record(
    PeriodOffset,
    Child("start_day_offset", "StartDateOffset", _DAY_OFFSET),
    Child("start_time", "StartTime", TIME),
    Child("end_day_offset", "EndDateOffset", _DAY_OFFSET),
    Child("end_time", "EndTime", TIME),
)


def _case(srv: Srv, period: Shape[Any]) -> Case:
    """The element of a service in a schedule: it reads as the service and its period."""
    shape = Adapted[tuple[Srv, Any], Any](period, lambda offset: (srv, offset), lambda pair: pair[1])
    has_period = srv in SCHEDULED_WITH_PERIOD
    return Case(
        f"DSP{SERVICES[srv].element}",
        shape,
        lambda pair: pair[0] is srv and (pair[1] is not None) is has_period,
    )


def _schedule(reference: str, variant: str, command: tuple[Srv, Any], **fields: Any) -> CreateSchedule:
    srv, period = command
    if variant != srv.value or reference != srv.service_reference:
        what = f"{reference} and {variant} with DSP{SERVICES[srv].element}"
        raise ValueError(f"{what}, expected {srv.service_reference} and {srv.value}")
    return CreateSchedule(**fields, srv=srv, period=period)


SCHEDULE: Final = Record(
    _schedule,
    Child("frequency", "ScheduleFrequency", enumeration(Frequency)),
    Child("start_date", "ScheduleStartDate", DATE),
    Child("end_date", "ScheduleEndDate", DATE, optional=True),
    Child("execution_start_time", "ScheduleExecutionStartTime", TIME, optional=True),
    Child("agreement", "KAPublicSecurityCredential", BASE64, optional=True),
    Child(
        "reference",
        "DSPScheduledServiceReference",
        words(*dict.fromkeys(srv.service_reference for srv in _SCHEDULED)),
        get=attrgetter("srv.service_reference"),
    ),
    Child(
        "variant",
        "DSPScheduledServiceReferenceVariant",
        words(*(srv.value for srv in _SCHEDULED)),
        get=attrgetter("srv.value"),
    ),
    Child("device", "DeviceID", EUI64),
    Choice(
        "command",
        *(_case(srv, _PERIOD) for srv in SCHEDULED_WITH_PERIOD),
        *(_case(srv, Empty(None)) for srv in SCHEDULED_WITHOUT_PERIOD),
        get=attrgetter("srv", "period"),
    ),
)
"""A schedule, in 5.1 and in the answer to 5.2 (DUIS type DSPSchedule)."""

_WHICH: Final = Choice(
    "which", Case("DSPScheduleID", SCHEDULE_ID, ScheduleId), Case("DeviceID", EUI64, Eui64)
)

SCHEDULES_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.CREATE_SCHEDULE: SCHEDULE,
    Srv.READ_SCHEDULE: Record(ReadSchedule, _WHICH),
    Srv.DELETE_SCHEDULE: Record(DeleteSchedule, _WHICH),
}
