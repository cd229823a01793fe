"""Payloads of the DCC's own alerts: one shape a kind (DUIS 3.6)."""

from __future__ import annotations

from functools import partial
from typing import Final

from dcc.alert_payloads import (
    AlertNotReadable,
    Breach,
    ChangeOfSupplierRefused,
    CommandFailure,
    CredentialsUpdated,
    DeviceChangedSupplier,
    DeviceLogRestored,
    DeviceStatusChange,
    DuisVersionMismatch,
    FirmwareDistributionFailure,
    FirmwareVersionMismatch,
    HanDeviceLogResult,
    OtherAlertPayload,
    PowerOutage,
    PpmidRemoved,
    RequestQuarantined,
    ResponseNotReadable,
    ScheduleRemoval,
)
from dcc.duis.alert_xml_changes import (
    CREDENTIALS_UPDATED,
    DEVICE,
    LOG_RESTORED,
    STATUS_CHANGE,
    TYPE_OF_DEVICE,
    ChangeOfSupplierShape,
)
from dcc.duis.shapes import (
    Adapted,
    Case,
    Child,
    Choice,
    Record,
    Sole,
)
from dcc.duis.simple_types import (
    DATE_TIME,
    DEVICE_LIST,
    EUI64,
    FIRMWARE_VERSION,
    MPXN,
    REQUEST_ID,
    SCHEDULE_ID,
    integer,
    text,
)
from dcc.duis.verbatim import Verbatim

_LARGEST_REFERENCE: Final = 10**20 - 1


# Requests and commands

_QUARANTINE_REFERENCE: Final = integer(-_LARGEST_REFERENCE, _LARGEST_REFERENCE, int)


def _breach(breach: Breach) -> Case:
    shape = Record(
        partial(RequestQuarantined, breach),
        Child("request_id", "RequestID", REQUEST_ID),
        Child("event_reference", "QuarantineEventRef", _QUARANTINE_REFERENCE),
    )
    return Case(breach.value, shape, lambda value: value.breach is breach)


_COMMAND_FAILURE: Final = Record(
    CommandFailure,
    Child("request_id", "CommandRequestID", REQUEST_ID),
    Child("schedule", "DSPScheduleID", SCHEDULE_ID, optional=True),
    DEVICE,
)
_SCHEDULE_REMOVAL: Final = Record(ScheduleRemoval, DEVICE, Child("schedule", "DSPScheduleID", SCHEDULE_ID))
_DISTRIBUTION_FAILURE: Final = Record(
    FirmwareDistributionFailure,
    Child("request_id", "UpdateFirmwareRequestID", REQUEST_ID),
    Child("meters", "MeterIDs", DEVICE_LIST),
)
_HAN_LOG_RESULT: Final = Record(
    HanDeviceLogResult, Child("request_id", "UpdateHANDeviceLogServiceRequestID", REQUEST_ID)
)


# Devices and versions

_POWER_OUTAGE: Final = Record(
    PowerOutage,
    Child("hub", "CommsHubDeviceID", EUI64),
    Child("since", "StartDateTime", DATE_TIME),
    Child("mpxn", "MPxN", MPXN),
)
_PPMID_REMOVED: Final = Record(
    PpmidRemoved, Child("ppmid", "PPMIDDeviceID", EUI64), Child("hub", "CHFDeviceID", EUI64)
)
_FIRMWARE_MISMATCH: Final = Record(
    FirmwareVersionMismatch,
    DEVICE,
    TYPE_OF_DEVICE,
    Child("in_inventory", "FirmwareVersionSMI", FIRMWARE_VERSION),
    Child("on_device", "FirmwareVersionDevice", FIRMWARE_VERSION),
)
_ALERT_NOT_READABLE: Final = Record(
    AlertNotReadable,
    Child("code", "DCCAlertCode", text()),
    Child("device", "DeviceID", EUI64, optional=True),
    Child("request_id", "RequestID", REQUEST_ID, optional=True),
)
_RESPONSE_NOT_READABLE: Final = Record(
    ResponseNotReadable,
    Child("request_id", "RequestID", REQUEST_ID),
    Child("service_reference", "ServiceReference", text()),
    Child("service_reference_variant", "ServiceReferenceVariant", text()),
    Child("request_duis_version", "ServiceRequestDUISVersion", text()),
)
_VERSION_MISMATCH: Final = Record(
    DuisVersionMismatch,
    Choice(
        "withheld",
        Case("DCCAlertVersionMismatch", _ALERT_NOT_READABLE, AlertNotReadable),
        Case("ServiceResponseVersionMismatch", _RESPONSE_NOT_READABLE, ResponseNotReadable),
    ),
    Child("user_duis_version", "ServiceUserDUISVersion", text()),
)

OTHER_ALERT_PAYLOADS: Final = (
    "PPMIDAlert",
    "DualBandCHAlert",
    "S1SPAlertDSP",
    "SMETS1CHFirmwareNotification",
    "ALCSHCALCSConfigurationChange",
    "FirmwareUpgradeRequested",
    "CSPFirmwareDeliveryStatus",
    "CommsHubAlert",
    "ECoSAlert",
    "CommsHubFirmwareActivation",
    "CoSCertificateAlert",
)
"""The payloads that travel as canonical XML."""


def _other(element: str) -> Case:
    shape = Adapted[OtherAlertPayload, bytes](
        Verbatim(), partial(OtherAlertPayload, element), lambda payload: payload.xml
    )
    return Case(element, shape, lambda v: isinstance(v, OtherAlertPayload) and v.element == element)


ALERT_PAYLOAD: Final = Choice(
    "payload",
    Case("PowerOutageEvent", _POWER_OUTAGE, PowerOutage),
    Case("DeviceStatusChangeEvent", STATUS_CHANGE, DeviceStatusChange),
    Case("DSPScheduleRemoval", _SCHEDULE_REMOVAL, ScheduleRemoval),
    Case("CommandFailure", _COMMAND_FAILURE, CommandFailure),
    Case("FirmwareDistributionFailure", _DISTRIBUTION_FAILURE, FirmwareDistributionFailure),
    Case("UpdateHANDeviceLogResult", _HAN_LOG_RESULT, HanDeviceLogResult),
    Case("ChangeOfSupplier", ChangeOfSupplierShape(), (ChangeOfSupplierRefused, DeviceChangedSupplier)),
    Case("DeviceLogRestored", LOG_RESTORED, DeviceLogRestored),
    Case("SecurityCredentialsUpdated", CREDENTIALS_UPDATED, CredentialsUpdated),
    Case("PPMIDRemoval", _PPMID_REMOVED, PpmidRemoved),
    Case("QuarantinedRequest", Sole(Choice("", *map(_breach, Breach))), RequestQuarantined),
    Case("FirmwareVersionMismatch", _FIRMWARE_MISMATCH, FirmwareVersionMismatch),
    Case("DUISVersionMismatch", _VERSION_MISMATCH, DuisVersionMismatch),
    *map(_other, OTHER_ALERT_PAYLOADS),
)
"""What a DCC alert says; of each kind of value, and of each kind of payload in the schema, one."""
