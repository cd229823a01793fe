"""Bodies of the services about the Smart Metering Inventory: 8.2, 8.3, 8.4, 8.6, 8.13, 12.1, 12.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dcc.bodies.inventory import (
    Address,
    DecommissionDevice,
    DeleteDevice,
    MpxnKind,
    NewStatus,
    OptIn,
    PreNotifyDevice,
    ReadInventory,
    RequestWanMatrix,
    ReturnLocalResponse,
    SetDetails,
    SetHubStatus,
    SetMpxn,
    SetStatus,
    UpdateInventory,
    Uprn,
)
from dcc.duis.shapes import Adapted, Case, Child, Choice, Empty, Record, Shape, Sole, Within
from dcc.duis.simple_types import (
    ADDRESS_IDENTIFIER,
    BASE64,
    DATE,
    DEVICE_TYPE,
    ESME_VARIANT,
    EUI64,
    FIRMWARE_VERSION,
    MANUFACTURER,
    MODEL,
    MPAN,
    MPXN,
    POSTCODE,
    REQUEST_ID,
    SMETS_CHTS_VERSION,
    UPRN,
    enumeration,
)
from dcc.identifiers import Mpan, Mprn
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64

ADDRESS: Final = Record(
    Address,
    Child("postcode", "PostCode", POSTCODE),
    Child("address_identifier", "AddressIdentifier", ADDRESS_IDENTIFIER),
)

_DEVICE: Final = Child("device", "DeviceID", EUI64)
_NO_HUB_STATUSES: Final = enumeration(
    NewStatus, lambda status: status in (NewStatus.PENDING, NewStatus.INSTALLED_NOT_COMMISSIONED)
)
_HUB_STATUSES: Final = enumeration(NewStatus, lambda status: status is not NewStatus.PENDING)
_DETAILS: Final = Record(
    SetDetails,
    Child("manufacturer", "DeviceManufacturer", MANUFACTURER, optional=True),
    Child("model", "DeviceModel", MODEL, optional=True),
    Child("smets_chts_version", "SMETSCHTSVersion", SMETS_CHTS_VERSION, optional=True),
    Child("firmware_version", "FirmwareVersion", FIRMWARE_VERSION, optional=True),
    Child("esme_variant", "ESMEVariant", ESME_VARIANT, optional=True),
)


def _mpxn(kind: MpxnKind, number: Shape[Any]) -> Case:
    shape = Adapted[SetMpxn, Any](number, lambda mpxn: SetMpxn(kind, mpxn), lambda change: change.mpxn)
    return Case(kind.value, shape, lambda change: change.kind is kind)


_MPXN: Final = Sole(
    Choice(
        "",
        _mpxn(MpxnKind.IMPORT, MPXN),
        _mpxn(MpxnKind.SECONDARY_IMPORT, MPAN),
        _mpxn(MpxnKind.EXPORT, MPAN),
    )
)
_CHANGE: Final = Choice(
    "change",
    Case("UpdateDeviceStatusExceptCH", Adapted(_NO_HUB_STATUSES, SetStatus, lambda c: c.status), SetStatus),
    Case("UpdateDeviceStatusCH", Adapted(_HUB_STATUSES, SetHubStatus, lambda c: c.status), SetHubStatus),
    Case("UpdateDeviceDetails", _DETAILS, SetDetails),
    Case("DeleteDevice", Empty(DeleteDevice()), DeleteDevice),
    Case("UpdateMPxN", _MPXN, SetMpxn),
)

INVENTORY_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.READ_INVENTORY: Record(
        ReadInventory,
        Choice(
            "by",
            Case("UPRN", UPRN, Uprn),
            Case("DeviceID", EUI64, Eui64),
            Case("MPxN", MPXN, (Mpan, Mprn)),
            Case("PropertyFilter", ADDRESS, Address),
        ),
    ),
    Srv.DECOMMISSION_DEVICE: Record(DecommissionDevice, _DEVICE),
    Srv.UPDATE_INVENTORY: Record(UpdateInventory, _DEVICE, _CHANGE),
    Srv.OPT_IN: Record(
        OptIn,
        _DEVICE,
        Child("device_type", "DeviceType", DEVICE_TYPE),
        Within(
            "MPxNs",
            Child("import_mpxn", "ImportMPxN", MPXN),
            Child("secondary_import_mpan", "SecondaryImportMPAN", MPAN, optional=True),
            Child("export_mpan", "ExportMPAN", MPAN, optional=True),
        ),
        Child("opt_in_date", "OptInDate", DATE),
    ),
    Srv.RETURN_LOCAL_RESPONSE: Record(
        ReturnLocalResponse,
        Child("original_request", "OriginalRequestID", REQUEST_ID, optional=True),
        Child("gbcs", "DeviceGBCSResponse", BASE64),
    ),
    Srv.REQUEST_WAN_MATRIX: Record(
        RequestWanMatrix,
        Choice("at", Case("UPRN", UPRN, Uprn), Case("PartialAddress", ADDRESS, Address)),
    ),
    Srv.PRE_NOTIFY_DEVICE: Record(
        PreNotifyDevice,
        _DEVICE,
        Child("manufacturer", "DeviceManufacturer", MANUFACTURER),
        Child("model", "DeviceModel", MODEL),
        Child("device_type", "DeviceType", DEVICE_TYPE),
        Child("smets_chts_version", "SMETSCHTSVersion", SMETS_CHTS_VERSION, optional=True),
        Child("firmware_version", "FirmwareVersion", FIRMWARE_VERSION, optional=True),
        Child("esme_variant", "ESMEVariant", ESME_VARIANT, optional=True),
        Child("associated_gpf", "AssociatedGPFDeviceID", EUI64, optional=True),
    ),
}
