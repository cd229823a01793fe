"""CS02a and CS02f Provide Security Credential Details on a device (GBCS 13.2): who is in which cell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import cells, commands, rules
from devices.commands import Authority
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    RoleCredentials,
    TrustAnchorCellId,
)
from devices.gbcs.credentials_codec import CS02A, CS02F
from devices.gbcs.identifiers import RemotePartyRole
from devices.gbcs.message import Message, MessageShape
from devices.security_log import DeviceRefusalError, Refusal

if TYPE_CHECKING:
    from devices.device import Device
    from devices.state import DeviceState


# Who may ask, and whether by signature alone; the broker asks by MAC.
_SIGNING_CELLS: Final = (cells.SUPPLIER_SIGNING, cells.TRANSITIONAL_COS)


def execute(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Answer a CS02a or CS02f command: by MAC to the broker, signed to supplier and transitional CoS.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    command = credentials_codec.decode(message)
    if not isinstance(command, RetrieveCredentials):
        raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
    cell = command.authorising_cell
    state = _authenticated(device, message, cell)
    absent = CredentialStatus.OTHER if message.code == CS02F else CredentialStatus.TRUST_ANCHOR_NOT_FOUND
    answers = tuple(_role_credentials(state, role, absent) for role in command.roles)
    payload = credentials_codec.encode(RetrieveCredentialsResponse(answers))
    detail = "roles " + ", ".join(role.field_name for role in command.roles)
    if cell == cells.ACB_AGREEMENT:
        response = device.maced_response(message, payload, cell)
    else:
        response = device.signed_response(message, payload, None)
    if state is not device.state:
        device.commit(state)
    return response, detail


def _authenticated(device: Device, message: Message, cell: TrustAnchorCellId) -> DeviceState:
    """The device's state once the command has passed all checks."""
    header, assumptions = message.header, device.context.assumptions
    if cell != cells.ACB_AGREEMENT and cell not in _SIGNING_CELLS:
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"{cell} does not authorise {message.code}")
    by_mac = cell == cells.ACB_AGREEMENT
    rules.check_shape(message, MessageShape.MAC_ONLY if by_mac else MessageShape.SIGNED)
    holder = device.store[cell].subject if cell in device.store else None
    if holder != header.originator:
        detail = f"{cell} is held by {holder}, not by {header.originator}"
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, detail)
    if assumptions.credential_reads_are_protected:
        rules.check_counter(device.counters_of(is_critical=not by_mac), cell.role, header, assumptions)
    if by_mac:
        device.check_mac(message)
    else:
        device.check_signature(message, cell)
    authority = Authority(cell.role, not by_mac, assumptions.credential_reads_are_protected)
    return commands.accepted(device, message, authority)


def _role_credentials(state: DeviceState, role: RemotePartyRole, absent: CredentialStatus) -> RoleCredentials:
    contents = state.store.contents(role)
    if not contents:
        return RoleCredentials(role, absent)
    return RoleCredentials(role, CredentialStatus.SUCCESS, state.counters.current(role), contents)


HANDLERS: Final = {CS02A: execute, CS02F: execute}
