"""Bodies of the services about a home area network and its hub: 8.7 to 8.12 and 8.14."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog, UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.hub_visits import HubFaultReturn, HubInstalled, HubNoFaultReturn, Premises
from dcc.duis.request_bodies_credentials import EXECUTION_DATE_TIME
from dcc.duis.shapes import Absent, Child, Group, Part, Record, Shape
from dcc.duis.simple_types import BOOLEAN, DATE_TIME, EUI64, MPAN, MPXN, hexadecimal, integer, text, words
from dcc.srv import Srv

_HUB: Final = Child("hub", "DeviceID", EUI64)
_USER_REFERENCE: Final = Child("user_reference", "UserRefID", text(0, 25), optional=True)
_RETURN_TIME: Final = Child("at", "UserRefDateTime", DATE_TIME, optional=True)
_INCIDENT: Final = Child("incident_reference", "IncidentReference", text(0, 15), optional=True)
_MORE: Final = Child("additional_information", "AdditionalInformation", text(0, 200), optional=True)
_JOIN: Final = Record(JoinOrUnjoin, Child("other_device", "OtherDeviceID", EUI64))
_ADD: Final = "Add"
_REMOVE: Final = "Remove"

_WHITELIST_ENTRY: Final = Record(
    WhitelistEntry,
    Child("join_seconds", "JoinTimePeriod", integer(1, 3600, int)),
    Child("install_code", "InstallCode", hexadecimal(6, 16)),
    Child("import_mpxn", "ImportMPxN", MPXN, optional=True),
    Child("secondary_import_mpan", "SecondaryImportMPAN", MPAN, optional=True),
    Child("export_mpan", "ExportMPAN", MPAN, optional=True),
)
_PREMISES: Final = Record(
    Premises,
    Child(
        "premise_type",
        "PremiseType",
        words(
            "Detached / Semi Detached",
            "Terraced",
            "Low Rise Apartment (MDU <= 5 floors)",
            "High Rise Apartment (MDU > 5 floors)",
        ),
    ),
    Child("metal_obstruction", "MetalObstructionCheck", BOOLEAN),
    Child("connectivity_obstruction", "ConnectivityObstructionCheck", BOOLEAN),
    Child("shared_obstruction", "SharedObstructionCheck", BOOLEAN),
)
_FAULT_REASONS: Final = words(
    "Damaged case",
    "Damaged Connector",
    "Illegal interference or missing seals",
    "Environmental conditions exceeded",
    "SM WAN Fault",
    "SMHAN Interface Fault",
    "LED Fault",
    "Aerial fault",
    "Manufacturing defect",
)
_NO_FAULT_RETURNS: Final = words(
    "No Fault Return (general)",
    "No Fault Return (non-dom opt out)",
    "No Fault Return (dual supplier HAN variant replacement)",
    "No Fault Return (SM WAN variant replacement requested by DCC)",
    "Lost or Stolen Hub",
)


def _device_log_change(request_type: str, add: WhitelistEntry | None, **fields: Any) -> UpdateHanDeviceLog:
    if (request_type == _ADD) != (add is not None):
        has = "no" if add is None else "an"
        raise ValueError(f"{has} AddDeviceToCHFWhitelist with {request_type}, expected one with {_ADD} only")
    return UpdateHanDeviceLog(**fields, add=add)


def _request_type(body: UpdateHanDeviceLog) -> str:
    return _REMOVE if body.add is None else _ADD


def _installed(premises: Part) -> Record[HubInstalled]:
    return Record(
        HubInstalled,
        _HUB,
        Child(
            "install_type",
            "CHFInstallType",
            words("New CHF Install", "Replacement CHF Install", "CHF Install - no SM WAN"),
        ),
        Child("installed_at", "InstallDateTime", DATE_TIME, optional=True),
        _USER_REFERENCE,
        Child("mpxn", "MPxN", MPXN),
        Child("gis_data", "GISData", text(0, 25), optional=True),
        Child("aerial_install", "AerialInstall", BOOLEAN),
        Child(
            "location",
            "CHFLocation",
            words("Outside Premises", "Indoors on external wall", "Deep indoors", "Basement or Cellar"),
        ),
        premises,
        _MORE,
    )


HUB_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.JOIN_CRITICAL: _JOIN,
    Srv.JOIN_NON_CRITICAL: _JOIN,
    Srv.UNJOIN_CRITICAL: _JOIN,
    Srv.UNJOIN_NON_CRITICAL: _JOIN,
    Srv.UPDATE_HAN_DEVICE_LOG: Record(
        _device_log_change,
        EXECUTION_DATE_TIME,
        Child("device", "DeviceID", EUI64),
        Child("request_type", "RequestType", words(_ADD, _REMOVE), get=_request_type),
        Child("add", "AddDeviceToCHFWhitelist", _WHITELIST_ENTRY, optional=True),
    ),
    Srv.RESTORE_HAN_DEVICE_LOG: Record(RestoreDeviceLog, Child("old_device", "OldCHFID", EUI64)),
    Srv.RESTORE_GPF_DEVICE_LOG: Record(RestoreDeviceLog, Child("old_device", "OldGPFID", EUI64)),
    Srv.HUB_INSTALLED: _installed(Absent("premises")),
    Srv.HUB_INSTALLED_WITHOUT_WAN: _installed(Group("premises", _PREMISES)),
    Srv.HUB_FAULT_RETURN: Record(
        HubFaultReturn,
        _HUB,
        Child(
            "return_type",
            "CHFFaultReturnType",
            words("Fault identified prior to installation", "Fault identified post installation"),
        ),
        _RETURN_TIME,
        _USER_REFERENCE,
        Child("other_device", "OtherDeviceID", EUI64),
        _INCIDENT,
        Child("connection_method", "CHFConnectionMethod", words("Hot-shoe", "Cradle", "ESME")),
        Child("fault_reason", "CHFFaultReason", _FAULT_REASONS),
        _MORE,
    ),
    Srv.HUB_NO_FAULT_RETURN: Record(
        HubNoFaultReturn,
        _HUB,
        Child("return_type", "CHFNoFaultReturnType", _NO_FAULT_RETURNS),
        _RETURN_TIME,
        _USER_REFERENCE,
        _INCIDENT,
        _MORE,
    ),
}
