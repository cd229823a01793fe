"""Every Service Reference Variant as data: who may send it, to what, and in which form (DUIS 3.1).

The table is ``services.csv``. Device types are believed, from the use cases that serve a service, and not
confirmed; the rest was read.
"""

from __future__ import annotations

import csv
import enum
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NamedTuple

from dcc.bodies.credentials import (
    IssueDeviceCredential,
    OptOut,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    ReplaceSupplierCredentials,
    RetrieveDeviceCredential,
    RetrieveRoles,
)
from dcc.bodies.firmware import UpdateFirmware
from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog, UpdateHanDeviceLog
from dcc.bodies.hub_visits import HubFaultReturn, HubInstalled, HubNoFaultReturn
from dcc.bodies.inventory import (
    DecommissionDevice,
    OptIn,
    PreNotifyDevice,
    ReadInventory,
    RequestWanMatrix,
    ReturnLocalResponse,
    UpdateInventory,
)
from dcc.bodies.meters import (
    ActivateFirmware,
    ConfigureAlerts,
    RecordGasNetworkData,
    SetExportMpan,
    SetImportMpxn,
    SynchroniseClock,
    TopUp,
)
from dcc.bodies.reads import Read, ReadDeviceLog, ReadEventLog, ReadLog
from dcc.bodies.schedules import CreateSchedule, DeleteSchedule, ReadSchedule
from dcc.parties import UserRole
from dcc.service_requests import OtherBody, RequestBody
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType


class HeldBy(enum.Enum):
    """Who holds a future-dated command until its time."""

    DCC = "DSP"
    DEVICE = "device"


class Service(NamedTuple):
    """One row of the table. ``element`` is the name of its body in DUIS, ``body`` the type of its value."""

    srv: Srv
    name: str
    element: str
    critical: bool
    on_demand: bool
    future_dated: frozenset[HeldBy]
    schedulable: bool
    non_device: bool
    roles: frozenset[UserRole]
    device_types: frozenset[DeviceType]
    body: type[RequestBody]


_BODIES: Final[Mapping[Srv, type[RequestBody]]] = {
    Srv.TOP_UP: TopUp,
    Srv.READ_IMPORT_REGISTERS: Read,
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES: Read,
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES: Read,
    Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS: Read,
    Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS: Read,
    Srv.READ_INSTANTANEOUS_PREPAY_VALUES: Read,
    Srv.RETRIEVE_IMPORT_DAILY_READ_LOG: ReadLog,
    Srv.RETRIEVE_EXPORT_DAILY_READ_LOG: ReadLog,
    Srv.READ_ACTIVE_IMPORT_PROFILE: ReadLog,
    Srv.READ_REACTIVE_IMPORT_PROFILE: ReadLog,
    Srv.READ_EXPORT_PROFILE: ReadLog,
    Srv.READ_NETWORK_DATA: ReadLog,
    Srv.READ_PREPAYMENT_DAILY_READ_LOG: ReadLog,
    Srv.READ_ACTIVE_POWER_IMPORT: Read,
    Srv.READ_DAILY_CONSUMPTION: ReadLog,
    Srv.CREATE_SCHEDULE: CreateSchedule,
    Srv.READ_SCHEDULE: ReadSchedule,
    Srv.DELETE_SCHEDULE: DeleteSchedule,
    Srv.READ_IDENTITY: Read,
    Srv.READ_MPXN: Read,
    Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS: Read,
    Srv.SYNCHRONISE_CLOCK: SynchroniseClock,
    Srv.READ_EVENT_LOG: ReadEventLog,
    Srv.UPDATE_CREDENTIALS: ReplaceCredentials,
    Srv.UPDATE_DEVICE_CERTIFICATE: PlaceDeviceCertificate,
    Srv.ISSUE_CREDENTIALS: IssueDeviceCredential,
    Srv.SET_IMPORT_MPXN: SetImportMpxn,
    Srv.SET_EXPORT_MPAN: SetExportMpan,
    Srv.HANDOVER: ReplaceCredentials,
    Srv.CONFIGURE_ALERTS: ConfigureAlerts,
    Srv.UPDATE_CREDENTIALS_COS: ReplaceSupplierCredentials,
    Srv.RETRIEVE_CREDENTIALS: RetrieveRoles,
    Srv.RETRIEVE_DEVICE_CREDENTIALS: RetrieveDeviceCredential,
    Srv.COMMISSION_DEVICE: SynchroniseClock,
    Srv.READ_INVENTORY: ReadInventory,
    Srv.DECOMMISSION_DEVICE: DecommissionDevice,
    Srv.UPDATE_INVENTORY: UpdateInventory,
    Srv.OPT_OUT: OptOut,
    Srv.OPT_IN: OptIn,
    Srv.JOIN_CRITICAL: JoinOrUnjoin,
    Srv.JOIN_NON_CRITICAL: JoinOrUnjoin,
    Srv.UNJOIN_CRITICAL: JoinOrUnjoin,
    Srv.UNJOIN_NON_CRITICAL: JoinOrUnjoin,
    Srv.READ_DEVICE_LOG: ReadDeviceLog,
    Srv.UPDATE_HAN_DEVICE_LOG: UpdateHanDeviceLog,
    Srv.RESTORE_HAN_DEVICE_LOG: RestoreDeviceLog,
    Srv.RESTORE_GPF_DEVICE_LOG: RestoreDeviceLog,
    Srv.RETURN_LOCAL_RESPONSE: ReturnLocalResponse,
    Srv.HUB_INSTALLED: HubInstalled,
    Srv.HUB_INSTALLED_WITHOUT_WAN: HubInstalled,
    Srv.HUB_FAULT_RETURN: HubFaultReturn,
    Srv.HUB_NO_FAULT_RETURN: HubNoFaultReturn,
    Srv.UPDATE_FIRMWARE: UpdateFirmware,
    Srv.READ_FIRMWARE_VERSION: Read,
    Srv.ACTIVATE_FIRMWARE: ActivateFirmware,
    Srv.REQUEST_WAN_MATRIX: RequestWanMatrix,
    Srv.PRE_NOTIFY_DEVICE: PreNotifyDevice,
    Srv.RECORD_GAS_NETWORK_DATA: RecordGasNetworkData,
}
"""The services whose bodies the bench reads; any other travels as :class:`OtherBody`."""


def _load() -> Mapping[Srv, Service]:
    text = files("dcc").joinpath("services.csv").read_text("utf-8")
    return {row.srv: row for row in map(_service, csv.DictReader(text.splitlines()))}


def _service(row: Mapping[str, str]) -> Service:
    srv = Srv(row["srv"])
    return Service(
        srv,
        row["name"],
        row["element"],
        critical=row["critical"] == "yes",
        on_demand=row["on_demand"] == "yes",
        future_dated=frozenset(map(HeldBy, _tokens(row["future_dated"]))),
        schedulable=row["dcc_scheduled"] == "yes",
        non_device=row["non_device"] == "yes",
        roles=frozenset(map(UserRole, _tokens(row["roles"]))),
        device_types=frozenset(DeviceType[token] for token in _tokens(row["device_types"])),
        body=_BODIES.get(srv, OtherBody),
    )


def _tokens(cell: str) -> list[str]:
    return cell.split("|") if cell else []


SERVICES: Final[Mapping[Srv, Service]] = _load()
