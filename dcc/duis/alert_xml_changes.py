"""Payloads of the DCC's own alerts that tell of a change to a device, its holders or its hub (DUIS 3.6)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dcc.alert_payloads import (
    AssociatedDevice,
    CertificateType,
    ChangeOfSupplierRefused,
    CredentialsUpdated,
    DeviceChangedSupplier,
    DeviceLogRestored,
    DeviceStatusChange,
    HubIds,
    MeterGone,
    MeterIdentity,
    MeteringPoints,
    PlainChange,
    RecoveredToBroker,
    ReplacedCertificate,
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
    DEVICE_TYPE,
    ESME_VARIANT,
    EUI64,
    FLOOR,
    MPAN,
    MPXN,
    REQUEST_ID,
    enumeration,
    text,
)
from devices.gbcs.identifiers import OriginatorCounter

_SHA1_OCTETS: Final = 20
DEVICE: Final = Child("device", "DeviceID", EUI64)
TYPE_OF_DEVICE: Final = Child("device_type", "DeviceType", DEVICE_TYPE)
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
    Several("associated", "AssociatedType1Device", Record(AssociatedDevice, DEVICE, TYPE_OF_DEVICE), 0, 7),
)
_RECOVERED: Final = Record(
    RecoveredToBroker,
    Several("supplier", "SupplierCertificateType", _CERTIFICATE_TYPE, 1, 3),
    Several("network_operator", "NetworkOperatorCertificateType", _OPERATOR_CERTIFICATE_TYPE, 0, 2),
)


def _plain(change: PlainChange) -> Case:
    return Case(change.value, Empty(change), lambda value: value is change)


STATUS_CHANGE: Final = Record(
    DeviceStatusChange,
    DEVICE,
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


CREDENTIALS_UPDATED: Final[Adapted[CredentialsUpdated, Any]] = Adapted(
    Record(
        dict,
        DEVICE,
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


class ChangeOfSupplierShape(Shape[ChangeOfSupplierRefused | DeviceChangedSupplier]):
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
                    DEVICE,
                    TYPE_OF_DEVICE,
                    Child("metering_points", "MPxNs", _METERING_POINTS),
                ),
                DeviceChangedSupplier,
            ),
        )
    )

    def read(self, element: Element) -> ChangeOfSupplierRefused | DeviceChangedSupplier:  # noqa: D102
        child = first_child(element)
        first_of_either = (*self._refused.parts[0].first, *self._moved.part.first)
        if child is None or child.tag not in first_of_either:
            raise not_here(child, element, first_of_either)
        moved = child.tag in self._moved.part.first
        value: ChangeOfSupplierRefused | DeviceChangedSupplier = (
            self._moved.read(element) if moved else self._refused.read(element)
        )
        return value

    def write(  # noqa: D102
        self, out: list[str], name: str, value: ChangeOfSupplierRefused | DeviceChangedSupplier
    ) -> None:
        if isinstance(value, DeviceChangedSupplier):
            self._moved.write(out, name, value)
        else:
            self._refused.write(out, name, value)


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


LOG_RESTORED: Final[Adapted[DeviceLogRestored, Any]] = Adapted(
    Record(
        dict,
        Child("restored", "RestoredDate", DATE),
        Choice("log", _log("CHFDeviceLog", of_hub=True), _log("GPFDeviceLog", of_hub=False)),
    ),
    lambda fields: DeviceLogRestored(fields["restored"], ids=fields["log"][1], of_hub=fields["log"][0]),
    lambda value: {"restored": value.restored, "log": (value.of_hub, value.ids)},
)
