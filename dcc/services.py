"""Service Reference Variants as data: who may send them, to what, and in which form (DUIS 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from dcc.parties import UserRole
from dcc.service_requests import (
    ReadImportRegisters,
    ReadNetworkData,
    ReplaceCredentials,
    RequestBody,
    RetrieveRoles,
    Srv,
)
from devices.gbcs.identifiers import DeviceType

_SUPPLIERS: Final = frozenset({UserRole.IS, UserRole.GS})
_SUPPLIERS_AND_NETWORKS: Final = _SUPPLIERS | {UserRole.ED, UserRole.GT}
_METERS: Final = frozenset({DeviceType.ESME, DeviceType.GSME, DeviceType.GPF})


class Service(NamedTuple):
    """One row of the table. Device types are believed, not confirmed; the rest was read."""

    srv: Srv
    name: str
    critical: bool
    roles: frozenset[UserRole]
    device_types: frozenset[DeviceType]
    body: type[RequestBody]


SERVICES: Final[Mapping[Srv, Service]] = {
    service.srv: service
    for service in (
        Service(
            Srv.READ_IMPORT_REGISTERS,
            "Read Instantaneous Import Registers",
            critical=False,
            roles=_SUPPLIERS_AND_NETWORKS,
            device_types=_METERS,
            body=ReadImportRegisters,
        ),
        Service(
            Srv.READ_NETWORK_DATA,
            "Read Network Data",
            critical=False,
            roles=_SUPPLIERS_AND_NETWORKS,
            device_types=frozenset({DeviceType.ESME, DeviceType.GSME}),
            body=ReadNetworkData,
        ),
        Service(
            Srv.UPDATE_CREDENTIALS,
            "Update Security Credentials (KRP)",
            critical=True,
            roles=_SUPPLIERS_AND_NETWORKS,
            device_types=_METERS | {DeviceType.HCALCS},
            body=ReplaceCredentials,
        ),
        Service(
            Srv.HANDOVER,
            "Request Handover of DCC Controlled Device",
            critical=False,
            roles=_SUPPLIERS,
            device_types=_METERS | {DeviceType.HCALCS},
            body=ReplaceCredentials,
        ),
        Service(
            Srv.RETRIEVE_CREDENTIALS,
            "Retrieve Device Security Credentials (KRP)",
            critical=False,
            roles=_SUPPLIERS_AND_NETWORKS,
            device_types=_METERS | {DeviceType.CHF, DeviceType.PPMID, DeviceType.HCALCS},
            body=RetrieveRoles,
        ),
    )
}
