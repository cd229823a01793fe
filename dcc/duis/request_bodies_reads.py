"""Bodies of the services that read a device: registers and logs (4), some of 6.2, 6.13, 8.9, 11.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dcc.bodies.reads import EventLog, Read, ReadDeviceLog, ReadEventLog, ReadLog
from dcc.duis.request_bodies_credentials import EXECUTION_DATE_TIME
from dcc.duis.shapes import Absent, Child, Empty, Part, Record, Shape, Within
from dcc.duis.simple_types import BASE64, DATE_TIME, enumeration
from dcc.srv import Srv

READ_LOG_PERIOD: Final = Within(
    "ReadLogPeriod", Child("start", "StartDateTime", DATE_TIME), Child("end", "EndDateTime", DATE_TIME)
)

_AT_ONCE: Final = Record(Read, Absent("execution_date_time"))
_READ: Final = Record(Read, EXECUTION_DATE_TIME)


def _log(agreement: Part) -> Record[ReadLog]:
    return Record(ReadLog, EXECUTION_DATE_TIME, READ_LOG_PERIOD, agreement)


_LOG: Final = _log(Absent("agreement"))
_LOG_FOR_ANY_USER: Final = _log(Child("agreement", "KAPublicSecurityCredentials", BASE64, optional=True))

READS_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.READ_IMPORT_REGISTERS: _READ,
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES: _READ,
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES: _READ,
    Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS: _READ,
    Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS: _READ,
    Srv.READ_INSTANTANEOUS_PREPAY_VALUES: _READ,
    Srv.RETRIEVE_IMPORT_DAILY_READ_LOG: _LOG_FOR_ANY_USER,
    Srv.RETRIEVE_EXPORT_DAILY_READ_LOG: _LOG,
    Srv.READ_ACTIVE_IMPORT_PROFILE: _LOG_FOR_ANY_USER,
    Srv.READ_REACTIVE_IMPORT_PROFILE: _LOG,
    Srv.READ_EXPORT_PROFILE: _LOG,
    Srv.READ_NETWORK_DATA: _LOG_FOR_ANY_USER,
    Srv.READ_PREPAYMENT_DAILY_READ_LOG: _LOG_FOR_ANY_USER,
    Srv.READ_ACTIVE_POWER_IMPORT: _AT_ONCE,
    Srv.READ_DAILY_CONSUMPTION: _LOG_FOR_ANY_USER,
    Srv.READ_IDENTITY: _AT_ONCE,
    Srv.READ_MPXN: _AT_ONCE,
    Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS: _AT_ONCE,
    Srv.READ_EVENT_LOG: Record(
        ReadEventLog, READ_LOG_PERIOD, Child("log", "LogToRead", enumeration(EventLog))
    ),
    Srv.READ_DEVICE_LOG: Record(
        ReadDeviceLog,
        EXECUTION_DATE_TIME,
        Child("security_details", "ReadSecurityDetails", Empty(True), optional=True, absent=False),
    ),
    Srv.READ_FIRMWARE_VERSION: _READ,
}
