"""Bodies of the services that set something: 2.2, 6.11, 6.20, 8.1.1, 11.1, 11.3, 14.1."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

from dcc.bodies.firmware import UpdateFirmware
from dcc.bodies.meters import (
    ActivateFirmware,
    RecordGasNetworkData,
    SetExportMpan,
    SetImportMpxn,
    SynchroniseClock,
    TopUp,
)
from dcc.duis.request_bodies_credentials import EXECUTION_DATE_TIME
from dcc.duis.shapes import Adapted, Case, Child, Choice, Empty, Record, Shape, itself
from dcc.duis.simple_types import (
    DATE_TIME,
    DEVICE_LIST,
    FIRMWARE_VERSION,
    MPAN,
    MPRN,
    binary,
    hexadecimal,
    integer,
    text,
)
from dcc.identifiers import Mpan, Mprn
from dcc.srv import Srv

_LARGEST_IMAGE: Final = 10_240_000
_LARGEST_TOLERANCE: Final = 86_400
_CLOCK: Final = Record(
    SynchroniseClock,
    Child("current_date_time", "CurrentDateTime", DATE_TIME),
    Child("tolerance_seconds", "TolerancePeriod", integer(0, _LARGEST_TOLERANCE, int)),
)
# Electricity has its two numbers in an element of their own, gas its one in another.
_IMPORT_MPANS: Final[Record[Any]] = Record(
    dict,
    Child("import_mpxn", "ImportMPAN", MPAN),
    Child("secondary_import_mpan", "SecondaryImportMPAN", MPAN, optional=True),
)
_IMPORT_MPRN: Final = Adapted[Any, Any](MPRN, lambda mprn: {"import_mpxn": mprn}, attrgetter("import_mpxn"))


def _set_import_mpxn(numbers: dict[str, Any], **fields: Any) -> SetImportMpxn:
    return SetImportMpxn(**numbers, **fields)


def _is_electricity(body: SetImportMpxn) -> bool:
    return isinstance(body.import_mpxn, Mpan)


def _is_gas(body: SetImportMpxn) -> bool:
    return isinstance(body.import_mpxn, Mprn) and body.secondary_import_mpan is None


METERS_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.TOP_UP: Record(TopUp, Child("utrn", "UTRN", text(20, 20, "[0-9]{20}"))),
    Srv.SYNCHRONISE_CLOCK: _CLOCK,
    Srv.COMMISSION_DEVICE: _CLOCK,
    Srv.SET_IMPORT_MPXN: Record(
        _set_import_mpxn,
        EXECUTION_DATE_TIME,
        Choice(
            "numbers",
            Case("ImportMPANs", _IMPORT_MPANS, _is_electricity),
            Case("ImportMPRN", _IMPORT_MPRN, _is_gas),
            get=itself,
        ),
    ),
    Srv.SET_EXPORT_MPAN: Record(SetExportMpan, EXECUTION_DATE_TIME, Child("export_mpan", "ExportMPAN", MPAN)),
    Srv.UPDATE_FIRMWARE: Record(
        UpdateFirmware,
        Child("image", "FirmwareImage", binary(_LARGEST_IMAGE)),
        Child("firmware_version", "FirmwareVersion", FIRMWARE_VERSION),
        Child("devices", "DeviceIDList", DEVICE_LIST),
    ),
    Srv.ACTIVATE_FIRMWARE: Record(
        ActivateFirmware, EXECUTION_DATE_TIME, Child("firmware_hash", "FirmwareHash", hexadecimal(32, 32))
    ),
    Srv.RECORD_GAS_NETWORK_DATA: Empty(RecordGasNetworkData()),
}
