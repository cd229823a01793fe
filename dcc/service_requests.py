"""What parties send to the DCC and what they get back, as values.

DUIS documents are another form of these values: code that reads and writes XML converts at the edge and
nothing behind it changes.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter, RemotePartyRole

CANCELLATION: Final = datetime(3000, 12, 31, tzinfo=UTC)
"""The execution time that asks a device to forget a command that it holds for later (DUIS)."""


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


class Srv(enum.Enum):
    """Service Reference Variants that the model knows."""

    READ_IMPORT_REGISTERS = "4.1.1"
    READ_NETWORK_DATA = "4.10"
    UPDATE_CREDENTIALS = "6.15.1"
    HANDOVER = "6.21"
    RETRIEVE_CREDENTIALS = "6.24.1"

    # By identity: members are looked up all the time.
    __hash__ = object.__hash__


class ReplaceCredentials(NamedTuple):
    """Body of 6.15.1 and 6.21: certificates (DER) for the cells of a role, floors, and how to check them.

    ``execution_date_time`` is None for at once, :data:`CANCELLATION` to call a future-dated command off.
    """

    role: RemotePartyRole
    signing: bytes | None
    agreement: bytes | None
    top_up: bytes | None = None
    path: tuple[bytes, ...] = ()
    apply_time_based_checks: bool = True
    floor: OriginatorCounter | None = None
    top_up_floor: OriginatorCounter | None = None
    execution_date_time: datetime | None = None

    @property
    def execution_time(self) -> datetime | None:
        """When the certificates are to be put in place; None for at once, and for a cancellation."""
        return None if self.execution_date_time == CANCELLATION else self.execution_date_time


class RetrieveRoles(NamedTuple):
    """Body of 6.24.1: whose credentials to report."""

    roles: tuple[RemotePartyRole, ...]


class ReadNetworkData(NamedTuple):
    """Body of 4.10: the voltage log from ``start`` to ``end``, both with time zone and included."""

    start: datetime
    end: datetime


class ReadImportRegisters(NamedTuple):
    """Body of 4.1.1; it has no parameters."""


class SignedPreCommand(NamedTuple):
    """Body of the second call for a critical service: the GBCS octets that the User has signed.

    ``execution_date_time`` is when the DCC is to send them, which is not modelled; None for at once.
    """

    gbcs: bytes
    execution_date_time: datetime | None = None


RequestBody = ReplaceCredentials | RetrieveRoles | ReadNetworkData | ReadImportRegisters | SignedPreCommand


class ServiceRequest(NamedTuple):
    """One request of a User."""

    request_id: RequestId
    command_variant: CommandVariant
    srv: Srv
    body: RequestBody


class PreCommand(NamedTuple):
    """Result of a transform: Grouping Header and payload for the User to check and sign."""

    gbcs: bytes


class DeviceResponse(NamedTuple):
    """A device's response as it came: the User verifies it and opens what is encrypted."""

    gbcs: bytes


class DeviceAlert(NamedTuple):
    """A device's alert as it came."""

    message_code: MessageCode
    gbcs: bytes


class ServiceResponse(NamedTuple):
    """What the DCC tells a User. ``request_id`` and ``srv`` are those of the request, None for an alert."""

    recipient: Eui64
    request_id: RequestId | None
    code: ResponseCode
    at: datetime
    body: PreCommand | DeviceResponse | DeviceAlert | None = None
    srv: Srv | None = None

    @property
    def response_id(self) -> RequestId | None:
        """The ResponseID, where a device has answered: ids the other way round, the same counter."""
        answered = self.request_id is not None and isinstance(self.body, DeviceResponse)
        return self.request_id.response_id if self.request_id is not None and answered else None
