"""Payloads of the DCC's own alerts: one shape a kind (DUIS 3.6)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NamedTuple

from dcc.alert_payloads import (
    AlertNotReadable,
    AssociatedDevice,
    Breach,
    CertificateType,
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
    HubIds,
    MeterGone,
    MeterIdentity,
    MeteringPoints,
    OtherAlertPayload,
    PlainChange,
    PowerOutage,
    PpmidRemoved,
    RecoveredToBroker,
    ReplacedCertificate,
    RequestQuarantined,
    ResponseNotReadable,
    ScheduleRemoval,
)
from dcc.duis.request_bodies_credentials import REMOTE_PARTY_ROLE
from dcc.duis.shapes import (
    Adapted,
    Case,
    Child,
    Choice,
    Element,
    Empty,
    Record,
    Several,
    Shape,
    Sole,
    Within,
    first_child,
    not_here,
)
from dcc.duis.simple_types import (
    BASE64,
    DATE,
    DATE_TIME,
    DEVICE_LIST,
    DEVICE_TYPE,
    ESME_VARIANT,
    EUI64,
    FIRMWARE_VERSION,
    FLOOR,
    MPAN,
    MPXN,
    REQUEST_ID,
    SCHEDULE_ID,
    enumeration,
    integer,
    text,
)
from dcc.duis.verbatim import Verbatim
from devices.gbcs.identifiers import OriginatorCounter

_SHA1_OCTETS: Final = 20
_LARGEST_REFERENCE: Final = 10**20 - 1
_DEVICE: Final = Child("device", "DeviceID", EUI64)
_DEVICE_TYPE: Final = Child("device_type", "DeviceType", DEVICE_TYPE)
_CERTIFICATE_TYPE: Final = enumeration(CertificateType)
_OPERATOR_CERTIFICATE_TYPE: Final = enumeration(
    CertificateType, lambda kind: kind is not CertificateType.KEY_AGREEMENT_TOP_UP
)
_METERING_POINTS: Final = Record(
    MeteringPoints,
    Child("import_mpxn", "ImportMPxN", MPXN),
    Child("secondary_import_mpan", "SecondaryImportMPAN", MPAN, optional=True),
    Child("export_mpan", "ExportMPAN", MPAN, optional=True),
)


# What became of a device

_METER_IDENTITY: Final = Record(
    MeterIdentity,
    Child("metering_points", "MeterMPxNs", _METERING_POINTS),
    Child("esme_variant", "ESMEVariant", ESME_VARIANT, optional=True),
)
_METER_GONE: Final = Record(
    MeterGone,
    Child("metering_points", "MeterDecommissionOrWithdrawal", _METERING_POINTS),
    Several("associated", "AssociatedType1Device", Record(AssociatedDevice, _DEVICE, _DEVICE_TYPE), 0, 7),
)
_RECOVERED: Final = Record(
    RecoveredToBroker,
    Several("supplier", "SupplierCertificateType", _CERTIFICATE_TYPE, 1, 3),
    Several("network_operator", "NetworkOperatorCertificateType", _OPERATOR_CERTIFICATE_TYPE, 0, 2),
)


def _plain(change: PlainChange) -> Case:
    return Case(change.value, Empty(change), lambda value: value is change)


_STATUS_CHANGE: Final = Record(
    DeviceStatusChange,
    _DEVICE,
    Within(
        "DeviceStatusChange",
        Choice(
            "change",
            Case("MeterIdentity", _METER_IDENTITY, MeterIdentity),
            Case("MeterDecommissioningOrWithdrawal", _METER_GONE, MeterGone),
            Case("RecoveryCompleteACBCredentials", _RECOVERED, RecoveredToBroker),
            *map(_plain, PlainChange),
        ),
    ),
)


# Credentials


class _Floors(NamedTuple):
    floor: OriginatorCounter
    top_up_floor: OriginatorCounter | None = None


_FLOORS: Final = Record(
    _Floors,
    Child("floor", "RemotePartyFloorSeqNumber", FLOOR),
    Child("top_up_floor", "RemotePartyPrepaymentTopUpFloorSeqNumber", FLOOR, optional=True),
)


def _sha1(octets: bytes) -> bytes:
    if len(octets) != _SHA1_OCTETS:
        raise ValueError(f"{len(octets)} octets, expected {_SHA1_OCTETS} (SHA-1)")
    return octets


def _credentials_updated(fields: dict[str, Any]) -> CredentialsUpdated:
    floors = fields.pop("floors")
    return CredentialsUpdated(**fields, **({} if floors is None else floors._asdict()))


def _credentials_fields(updated: CredentialsUpdated) -> dict[str, Any]:
    floors = None
    if updated.floor is not None:
        floors = _Floors(updated.floor, updated.top_up_floor)
    elif updated.top_up_floor is not None:
        raise ValueError("RemotePartyPrepaymentTopUpFloorSeqNumber without RemotePartyFloorSeqNumber")
    fields = updated._asdict()
    return {name: fields[name] for name in ("device", "role", "certificates")} | {"floors": floors}


_CREDENTIALS_UPDATED: Final[Adapted[CredentialsUpdated, Any]] = Adapted(
    Record(
        dict,
        _DEVICE,
        Child("role", "RemotePartyRole", REMOTE_PARTY_ROLE),
        Child("floors", "RemotePartySeqNumberChange", _FLOORS, optional=True),
        Several(
            "certificates",
            "Certificates",
            Record(
                ReplacedCertificate,
                Child("certificate_type", "CertificateType", _CERTIFICATE_TYPE),
                Child("sha1", "CertificateHash", Adapted(BASE64, _sha1, _sha1)),
            ),
            1,
            3,
        ),
    ),
    _credentials_updated,
    _credentials_fields,
)


# Change of supplier: one of two contents under the same name


class _ChangeOfSupplier(Shape[ChangeOfSupplierRefused | DeviceChangedSupplier]):
    """A refusal is two elements, the news of a device's move one."""

    _refused = Record(
        ChangeOfSupplierRefused,
        Child("request_id", "ChangeOfSupplierServiceRequestID", REQUEST_ID),
        Child("error", "ECoSErrorCode", text(3, 3), optional=True),
    )
    _moved = Sole(
        Choice(
            "",
            Case(
                "DeviceChangeOfSupplier",
                Record(
                    DeviceChangedSupplier,
                    _DEVICE,
                    _DEVICE_TYPE,
                    Child("metering_points", "MPxNs", _METERING_POINTS),
                ),
                DeviceChangedSupplier,
            ),
        )
    )

    def read(self, element: Element) -> ChangeOfSupplierRefused | DeviceChangedSupplier:
        child = first_child(element)
        first_of_either = (*self._refused.parts[0].first, *self._moved.part.first)
        if child is None or child.tag not in first_of_either:
            raise not_here(child, element, first_of_either)
        moved = child.tag in self._moved.part.first
        value: ChangeOfSupplierRefused | DeviceChangedSupplier = (
            self._moved.read(element) if moved else self._refused.read(element)
        )
        return value

    def write(self, element: Element, value: ChangeOfSupplierRefused | DeviceChangedSupplier) -> None:
        if isinstance(value, DeviceChangedSupplier):
            self._moved.write(element, value)
        else:
            self._refused.write(element, value)


# Hub exchange


_HUB_IDS: Final = Record(
    HubIds,
    Child("old_hub", "OldCHFDeviceID", EUI64),
    Child("new_hub", "NewCHFDeviceID", EUI64),
    Child("old_gpf", "OldGPFDeviceID", EUI64),
    Child("new_gpf", "NewGPFDeviceID", EUI64),
)


def _log(element: str, *, of_hub: bool) -> Case:
    """The hubs, with which of them the log is of: the name of the element says it."""
    shape = Adapted[tuple[bool, HubIds], HubIds](_HUB_IDS, lambda ids: (of_hub, ids), lambda pair: pair[1])
    return Case(element, shape, lambda pair: pair[0] is of_hub)


_LOG_RESTORED: Final[Adapted[DeviceLogRestored, Any]] = Adapted(
    Record(
        dict,
        Child("restored", "RestoredDate", DATE),
        Choice("log", _log("CHFDeviceLog", of_hub=True), _log("GPFDeviceLog", of_hub=False)),
    ),
    lambda fields: DeviceLogRestored(fields["restored"], ids=fields["log"][1], of_hub=fields["log"][0]),
    lambda value: {"restored": value.restored, "log": (value.of_hub, value.ids)},
)


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
    _DEVICE,
)
_SCHEDULE_REMOVAL: Final = Record(ScheduleRemoval, _DEVICE, Child("schedule", "DSPScheduleID", SCHEDULE_ID))
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
    _DEVICE,
    _DEVICE_TYPE,
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
    Case("DeviceStatusChangeEvent", _STATUS_CHANGE, DeviceStatusChange),
    Case("DSPScheduleRemoval", _SCHEDULE_REMOVAL, ScheduleRemoval),
    Case("CommandFailure", _COMMAND_FAILURE, CommandFailure),
    Case("FirmwareDistributionFailure", _DISTRIBUTION_FAILURE, FirmwareDistributionFailure),
    Case("UpdateHANDeviceLogResult", _HAN_LOG_RESULT, HanDeviceLogResult),
    Case("ChangeOfSupplier", _ChangeOfSupplier(), (ChangeOfSupplierRefused, DeviceChangedSupplier)),
    Case("DeviceLogRestored", _LOG_RESTORED, DeviceLogRestored),
    Case("SecurityCredentialsUpdated", _CREDENTIALS_UPDATED, CredentialsUpdated),
    Case("PPMIDRemoval", _PPMID_REMOVED, PpmidRemoved),
    Case("QuarantinedRequest", Sole(Choice("", *map(_breach, Breach))), RequestQuarantined),
    Case("FirmwareVersionMismatch", _FIRMWARE_MISMATCH, FirmwareVersionMismatch),
    Case("DUISVersionMismatch", _VERSION_MISMATCH, DuisVersionMismatch),
    *map(_other, OTHER_ALERT_PAYLOADS),
)
"""What a DCC alert says; of each kind of value, and of each kind of payload in the schema, one."""
