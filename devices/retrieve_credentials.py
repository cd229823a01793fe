"""CS02a Provide Security Credential Details on a device (GBCS 13.2): who is in which cell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from devices import cells, rules
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    RoleCredentials,
)
from devices.gbcs.identifiers import RemotePartyRole
from devices.gbcs.message import Message, MessageShape
from devices.security_log import DeviceRefusalError, Refusal

if TYPE_CHECKING:
    from devices.device import Device


def execute(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Answer a CS02a command of the access control broker, protected by MAC.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    command = credentials_codec.decode(message)
    if not isinstance(command, RetrieveCredentials):
        raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
    _authenticate(device, message, command)
    answers = tuple(_role_credentials(device, role) for role in command.roles)
    payload = credentials_codec.encode(RetrieveCredentialsResponse(answers))
    response = device.maced_response(message, payload, cells.ACB_AGREEMENT)
    return response, "roles " + ", ".join(role.field_name for role in command.roles)


def _authenticate(device: Device, message: Message, command: RetrieveCredentials) -> None:
    if command.authorising_cell != cells.ACB_AGREEMENT:
        detail = f"authorising cell {command.authorising_cell}; only {cells.ACB_AGREEMENT} is modelled"
        raise DeviceRefusalError(Refusal.UNSUPPORTED, detail)
    rules.check_shape(message, MessageShape.MAC_ONLY)
    holder = device.store[cells.ACB_AGREEMENT].subject
    originator = message.header.originator
    if holder != originator:
        detail = f"{cells.ACB_AGREEMENT} is held by {holder}, not by {originator}"
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, detail)
    device.check_mac(message)


def _role_credentials(device: Device, role: RemotePartyRole) -> RoleCredentials:
    contents = device.store.contents(role)
    if not contents:
        return RoleCredentials(role, CredentialStatus.TRUST_ANCHOR_NOT_FOUND)
    return RoleCredentials(role, CredentialStatus.SUCCESS, device.counters.current(role), contents)
