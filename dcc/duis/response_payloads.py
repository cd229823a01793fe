"""What a ResponseMessage holds beside the service that it answers: one shape a kind of body (DUIS 3.5)."""

from __future__ import annotations

from typing import Final, NamedTuple

from dcc.bodies.schedules import ScheduleId
from dcc.duis.request_bodies_inventory import ADDRESS, INVENTORY_BODIES
from dcc.duis.request_bodies_schedules import SCHEDULE
from dcc.duis.shapes import Adapted, Case, Child, Choice, Group, Record, Several
from dcc.duis.simple_types import (
    BASE64,
    BOOLEAN,
    DATE,
    DEVICE_LIST,
    DEVICE_TYPE,
    ESME_VARIANT,
    EUI64,
    FIRMWARE_VERSION,
    MANUFACTURER,
    MODEL,
    MPAN,
    MPXN,
    SCHEDULE_ID,
    SMETS_CHTS_VERSION,
    UPRN,
    enumeration,
    hexadecimal,
    integer,
    text,
    words,
)
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.service_responses import (
    Coverage,
    CoverageDetails,
    CustomerIdentification,
    DeviceRecord,
    DeviceResponse,
    FirmwareWarning,
    FutureDatedAlert,
    HeldSchedule,
    InventoryDevices,
    LocalCommand,
    OptInCredentials,
    PreCommand,
    ScheduleCreated,
    ScheduledResponse,
    SchedulesRead,
    WanMatrix,
)
from dcc.srv import Srv
from devices.gbcs.carriers import alert_code_of
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import parse

RESPONSE_CODE: Final = enumeration(ResponseCode, lambda code: not code.is_ours)
SERVICE_REFERENCE: Final = words(*dict.fromkeys(srv.service_reference for srv in Srv))
ALERT_CODE: Final[Adapted[int, bytes]] = Adapted(
    hexadecimal(2, 2), lambda octets: int.from_bytes(octets, "big"), lambda code: code.to_bytes(2, "big")
)
"""An alert code, four hex digits."""

GBCS_PAYLOAD: Final = Child("gbcs", "GBCSPayload", BASE64)
_MOST_DEVICES: Final = 17
_MOST_SCHEDULES: Final = 99
_FUTURE_DATED_CODES: Final = (0x8F66, 0x8F67)
_CSP_REGION: Final = words(
    "North", "Central", "South", "4G North", "4G Central", "4G South", "Unknown", "SMETS1"
)
_VALIDITY: Final = words("Active", "Cancelled", "Expired", "Withdrawn")
_UNSIGNED_SHORT: Final = integer(0, 2**16 - 1, int)

_DEVICE: Final = Record(
    DeviceRecord,
    Child("device", "DeviceID", EUI64),
    Child("device_type", "DeviceType", DEVICE_TYPE),
    Child("status", "DeviceStatus", enumeration(DeviceStatus), optional=True),
    Child("manufacturer", "DeviceManufacturer", MANUFACTURER),
    Child("model", "DeviceModel", MODEL),
    Child("smets_chts_version", "SMETSCHTSVersion", SMETS_CHTS_VERSION, optional=True),
    Child("firmware_version", "DeviceFirmwareVersion", FIRMWARE_VERSION, optional=True),
    Child("firmware_version_status", "DeviceFirmwareVersionStatus", _VALIDITY, optional=True),
    Child("cpl_status", "CPLStatus", _VALIDITY, optional=True),
    Child("date_commissioned", "DateCommissioned", DATE, optional=True),
    Child("import_mpxn", "ImportMPxN", MPXN, optional=True),
    Child("secondary_import_mpan", "SecondaryImportMPAN", MPAN, optional=True),
    Child("export_mpan", "ExportMPAN", MPAN, optional=True),
    Child("esme_variant", "ESMEVariant", ESME_VARIANT, optional=True),
    Child("uprn", "UPRN", UPRN, optional=True),
    Child("address", "PropertyFilter", ADDRESS, optional=True),
    Child("csp_region", "CSPRegion", _CSP_REGION, optional=True),
    Child("gbcs_version", "DeviceGBCSVersion", text(), optional=True),
    Child("han_variant", "HANVariant", text(), optional=True),
    Child("s1sp", "S1SP", text(), optional=True),
    Child("connectivity", "Connectivity", words("Cellular", "Virtual"), optional=True),
)
_INVENTORY: Final = Record(InventoryDevices, Several("devices", "Device", _DEVICE, most=_MOST_DEVICES))
_OPT_IN: Final = Record(
    OptInCredentials,
    Child("device", "DeviceID", EUI64),
    Child("signing", "DSPBrokerSecurityCredentialsDigitalSigning", BASE64, optional=True),
    Child("agreement", "DSPBrokerSecurityCredentialsKeyAgreement", BASE64),
)
_SCHEDULES: Final = Record(
    SchedulesRead,
    Several(
        "schedules",
        "DSPSchedules",
        Record(
            HeldSchedule,
            Child("schedule", "DSPScheduleID", SCHEDULE_ID),
            Child("details", "DSPScheduleDetails", SCHEDULE),
        ),
        most=_MOST_SCHEDULES,
    ),
)
_SCHEDULE_CREATED: Final[Adapted[ScheduleCreated, ScheduleId]] = Adapted(
    SCHEDULE_ID, ScheduleCreated, lambda created: created.schedule
)
_FIRMWARE_WARNING: Final = Record(
    FirmwareWarning,
    Child("invalid", "InvalidDeviceIDList", DEVICE_LIST, optional=True, absent=()),
    Child("not_commissioned", "NotCommissionedDeviceIDList", DEVICE_LIST, optional=True, absent=()),
    Child("not_applicable", "NotApplicableFirmwareDeviceIDList", DEVICE_LIST, optional=True, absent=()),
    Child("other_request_in_progress", "OtherRequestInProgressList", DEVICE_LIST, optional=True, absent=()),
    Child("invalid_gbcs_version", "InvalidGBCSVersionList", DEVICE_LIST, optional=True, absent=()),
)
_COVERAGE_DETAILS: Final = Record(
    CoverageDetails,
    Child("available", "CoverageAvailability", BOOLEAN),
    Child("anticipated", "AnticipatedCoverageDate", DATE, optional=True),
    Child("technology", "WANTechnology", text(1, 30)),
    Child("likelihood", "ConnectivityLikelihood", words("High", "Medium", "Low")),
    Child("auxiliary_equipment", "AuxiliaryEquipmentRequired", text(0, 50), optional=True),
    Child("additional_information", "AdditionalInformation", text(0, 250), optional=True),
)
_COVERAGE: Final = Record(
    Coverage,
    Child("csp_region", "CSPRegion", _CSP_REGION),
    Child("code", "CSPRegionResponseCode", RESPONSE_CODE),
    Group("details", _COVERAGE_DETAILS, optional=True),
)
_WAN_MATRIX: Final = Record(
    WanMatrix,
    Child("request", "Request", INVENTORY_BODIES[Srv.REQUEST_WAN_MATRIX]),
    Several("coverage", "DSPWANMatrixResponse", _COVERAGE),
)


def _check_future_dated(alert: FutureDatedAlert) -> FutureDatedAlert:
    """The code in the XML is one of the two, and that of the device's message where that can be read."""
    if alert.alert_code not in _FUTURE_DATED_CODES:
        raise ValueError(f"alert code {alert.alert_code:04X}, expected 8F66 or 8F67")
    try:
        found = alert_code_of(parse(alert.gbcs))
    except GbcsError:
        found = None
    if found is not None and found != alert.alert_code:
        raise ValueError(f"alert code {alert.alert_code:04X}, but {found:04X} in the GBCS payload")
    return alert


_FUTURE_DATED: Final[Adapted[FutureDatedAlert, FutureDatedAlert]] = Adapted(
    Record(
        FutureDatedAlert,
        Child("alert_code", "FutureDatedAlertCode", ALERT_CODE),
        GBCS_PAYLOAD,
        Child("instruction_number", "InstructionNumber", _UNSIGNED_SHORT),
        Child("total_instructions", "TotalCommandInstructions", _UNSIGNED_SHORT),
    ),
    _check_future_dated,
    _check_future_dated,
)
_CUSTOMER_IDENTIFICATION: Final = Record(
    CustomerIdentification,
    GBCS_PAYLOAD,
    Child("number", "CustomerIdentificationNumber", text(4, 4, "[0-9]{4}")),
)
_SCHEDULED: Final = Record(ScheduledResponse, GBCS_PAYLOAD, Child("schedule", "DSPScheduleID", SCHEDULE_ID))
_PRE_COMMAND: Final = Record(PreCommand, Child("gbcs_version", "GBCSVersion", text()), GBCS_PAYLOAD)
_DEVICE_RESPONSE: Final[Adapted[DeviceResponse, bytes]] = Adapted(
    BASE64, DeviceResponse, lambda response: response.gbcs
)


class PpmidFirmwareWarning(NamedTuple):
    """The same lists as in a warning of 11.1, under the name that they have in 11.4."""

    warning: FirmwareWarning


_PPMID_WARNING: Final[Adapted[PpmidFirmwareWarning, FirmwareWarning]] = Adapted(
    _FIRMWARE_WARNING, PpmidFirmwareWarning, lambda named: named.warning
)

PAYLOAD: Final[Choice] = Choice(
    "body",
    Case("CINMessage", _CUSTOMER_IDENTIFICATION, CustomerIdentification),
    Case("DSPInventory", _INVENTORY, InventoryDevices),
    Case("DSPOptIn", _OPT_IN, OptInCredentials),
    Case("DSPSchedulesRead", _SCHEDULES, SchedulesRead),
    Case("DSPScheduledMessage", _SCHEDULED, ScheduledResponse),
    Case("DSPScheduleID", _SCHEDULE_CREATED, ScheduleCreated),
    Case("DSPUpdateFirmwareWarning", _FIRMWARE_WARNING, FirmwareWarning),
    Case("DSPUpdatePPMIDFirmwareWarning", _PPMID_WARNING, PpmidFirmwareWarning),
    Case("DSPWANMatrix", _WAN_MATRIX, WanMatrix),
    Case("FutureDatedDeviceAlertMessage", _FUTURE_DATED, FutureDatedAlert),
    Case("GBCSPayload", _DEVICE_RESPONSE, DeviceResponse),
    Case("LocalCommand", Record(LocalCommand, GBCS_PAYLOAD), LocalCommand),
    Case("PreCommand", _PRE_COMMAND, PreCommand),
    optional=True,
)
"""The body of a ResponseMessage, or none."""
