"""What parties send to the DCC, as values.

DUIS documents are another form of these values: code that reads and writes XML converts at the edge and
nothing behind it changes.
"""

from __future__ import annotations

import enum
from datetime import datetime
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
from dcc.identifiers import RequestId
from dcc.srv import Srv


class CommandVariant(enum.IntEnum):
    """What a request asks for: over the SM WAN, transformed only, local delivery, DCC only (DUIS 2.6)."""

    COMMAND = 1
    LOCAL_COMMAND = 2
    COMMAND_AND_LOCAL = 3
    TRANSFORM = 4
    SIGNED_COMMAND = 5
    SIGNED_LOCAL_COMMAND = 6
    SIGNED_COMMAND_AND_LOCAL = 7
    DCC_ONLY = 8
    DCC_INTERNAL = 9


SIGNED_VARIANTS: Final = frozenset({
    CommandVariant.SIGNED_COMMAND,
    CommandVariant.SIGNED_LOCAL_COMMAND,
    CommandVariant.SIGNED_COMMAND_AND_LOCAL,
})  # fmt: skip


LOCAL_VARIANTS: Final = frozenset({
    CommandVariant.LOCAL_COMMAND,
    CommandVariant.COMMAND_AND_LOCAL,
    CommandVariant.SIGNED_LOCAL_COMMAND,
    CommandVariant.SIGNED_COMMAND_AND_LOCAL,
})  # fmt: skip
"""Those by which the User gets the command to deliver it on site."""


class SignedPreCommand(NamedTuple):
    """Body of the second call for a critical service: the GBCS octets that the User has signed.

    ``execution_date_time`` is when the DCC is to send them; None for at once.
    """

    gbcs: bytes
    execution_date_time: datetime | None = None


class OtherBody(NamedTuple):
    """Body of a service whose content the bench does not read: the service's element as canonical XML.

    ``problem`` says why it cannot be read, where the bench reads the service: the schema allows more than
    makes sense, a metering point of letters for instance. Empty where nothing is known to be wrong.
    """

    element: str
    xml: bytes
    execution_date_time: datetime | None = None
    problem: str = ""


RequestBody = (
    ActivateFirmware
    | ConfigureAlerts
    | CreateSchedule
    | DecommissionDevice
    | DeleteSchedule
    | HubFaultReturn
    | HubInstalled
    | HubNoFaultReturn
    | IssueDeviceCredential
    | JoinOrUnjoin
    | OptIn
    | OptOut
    | OtherBody
    | PlaceDeviceCertificate
    | PreNotifyDevice
    | Read
    | ReadDeviceLog
    | ReadEventLog
    | ReadInventory
    | ReadLog
    | ReadSchedule
    | RecordGasNetworkData
    | ReplaceCredentials
    | ReplaceSupplierCredentials
    | RequestWanMatrix
    | RestoreDeviceLog
    | RetrieveDeviceCredential
    | RetrieveRoles
    | ReturnLocalResponse
    | SetExportMpan
    | SetImportMpxn
    | SignedPreCommand
    | SynchroniseClock
    | TopUp
    | UpdateFirmware
    | UpdateHanDeviceLog
    | UpdateInventory
)


class ServiceRequest(NamedTuple):
    """One request of a User. ``first_in_sequence`` and ``preceding`` put it into a sequence (DUIS 2.6).

    ``reference`` is the service reference that it gives beside ``srv``, where it is not that of ``srv``.
    """

    request_id: RequestId
    command_variant: CommandVariant
    srv: Srv
    body: RequestBody
    first_in_sequence: bool | None = None
    preceding: RequestId | None = None
    reference: str | None = None
