"""Renewal of the access control broker's own certificates on devices (GBCS 13.3, CS02b mode 4).

Sans I/O, a command at a time. Beside its own cell a device may have the broker's certificates in those of a
supplier or of a network operator, which nobody has been handed yet: there the broker renews them as the
holder of the role (modes 2 and 3). That the DCC would do so, and how it would go about a renewal, was not
published.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from dcc.access_control_broker import AccessControlBroker, BrokerKeys
from dcc.own_commands import OwnCommand, OwnCommands
from dcc.smki.hierarchy import IssuedCertificate
from dcc.world import DccWorld
from devices import cells
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CredentialStatus,
    Replacement,
    ReplacementMode,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsResponse,
    party_cells,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import (
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation
from devices.gbcs.payloads import decode_payload, encode_payload

HELD_ROLES: Final = (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR)
"""The roles in whose cells devices have the broker's certificates until they are handed over."""

_MODES: Final = {
    RemotePartyRole.SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}


class BrokerCredentials(NamedTuple):
    """The broker's two certificates with their keys, and the issuing certificates (DER) above them."""

    signing: IssuedCertificate
    agreement: IssuedCertificate
    path: tuple[bytes, ...] = ()

    @property
    def keys(self) -> BrokerKeys:
        """The key pairs."""
        return BrokerKeys(self.signing.key, self.agreement.key)


class Renewed(NamedTuple):
    """What a device says: the cells of ``role`` have the new certificates now, or some of them have not."""

    device: Eui64
    role: RemotePartyRole
    succeeded: bool


class Held(NamedTuple):
    """What a device says: in the cells of these roles it has certificates of the broker's."""

    device: Eui64
    roles: tuple[RemotePartyRole, ...]


class AcbRenewal:
    """Brings devices to new certificates of the broker's; going back is a renewal to the former ones."""

    def __init__(
        self, world: DccWorld, broker: AccessControlBroker, own: OwnCommands, new: BrokerCredentials
    ) -> None:
        self._world = world
        self._broker = broker
        self._own = own
        self._new = new

    def renew(self, device: Eui64, now: datetime) -> OwnCommand | None:
        """Mode 4, for the broker's own cells; None of a device without certificate in the repository."""
        signing, agreement = self._new.signing.certificate.der, self._new.agreement.certificate.der
        on_hub = self._world.inventory.device(device).device_type is DeviceType.CHF
        replacements: tuple[Replacement, ...] = (Replacement(agreement, cells.ACB_AGREEMENT),)
        if on_hub:
            replacements = (Replacement(signing, cells.ACB_SIGNING), *replacements)
        authority = cells.ACB_SIGNING if on_hub else None
        return self._update(device, ReplacementMode.ACB_BY_ACB, authority, replacements, now, signed=on_hub)

    def renew_held(self, device: Eui64, role: RemotePartyRole, now: datetime) -> OwnCommand | None:
        """Mode 2 or 3, for cells of a supplier or network operator that have the broker's certificates.

        A device that has no cell for top-ups is sent no certificate for it. The number is the broker's next,
        also where that of a gas operator is recorded: MP128A is about 6.21 alone (assumed).
        """
        of_role, kind = party_cells(role), self._world.inventory.device(device).device_type
        signing, agreement = self._new.signing.certificate.der, self._new.agreement.certificate.der
        wanted = ((signing, of_role.signing), (agreement, of_role.agreement), (agreement, of_role.top_up))
        there = cells.CELLS_BY_DEVICE_TYPE[kind]
        replacements = tuple(Replacement(der, cell) for der, cell in wanted if cell in there)
        return self._update(device, _MODES[role], of_role.signing, replacements, now, signed=True)

    def ask(self, device: Eui64, now: datetime) -> OwnCommand | None:
        """CS02a: whose certificates there are in the cells of a supplier and of a network operator."""
        payload = encode_payload(RetrieveCredentials(cells.ACB_AGREEMENT, HELD_ROLES))
        message = self._message(device, credentials_codec.CS02A, self._number(device, now), payload)
        return self._send(message, now)

    def take(self, octets: bytes, now: datetime) -> Renewed | Held | None:
        """What a device answers; None of what is no answer to a renewal."""
        message = self._own.take(octets, now)
        if message is None:
            return None
        device = message.header.originator
        try:
            payload = decode_payload(message)
        except GbcsError:
            return None
        if isinstance(payload, RetrieveCredentialsResponse):
            return Held(device, tuple(_held_by(payload, self._broker.eui)))
        if not isinstance(payload, UpdateCredentialsResponse) or payload.outcome is None:
            return None
        outcome = payload.outcome
        role = {mode: role for role, mode in _MODES.items()}.get(outcome.mode)
        succeeded = all(item.status is CredentialStatus.SUCCESS for item in outcome.replacements)
        return Renewed(device, role or RemotePartyRole.ACCESS_CONTROL_BROKER, succeeded)

    def adopt(self, renewed: Renewed) -> None:
        """From now on use the keys that the device knows; nothing changes where it has not taken them."""
        if not renewed.succeeded:
            return
        keys = self._new.keys
        if renewed.role is RemotePartyRole.ACCESS_CONTROL_BROKER:
            self._broker.note_agreement(renewed.device, keys.agreement)
        self._broker.note_signing(renewed.device, renewed.role, keys.signing)

    def _update(
        self,
        device: Eui64,
        mode: ReplacementMode,
        authority: TrustAnchorCellId | None,
        replacements: tuple[Replacement, ...],
        now: datetime,
        *,
        signed: bool,
    ) -> OwnCommand | None:
        counter = self._number(device, now)
        update = UpdateCredentials(mode, authority, counter, replacements, self._new.path)
        message = self._message(device, mode.message_code, counter, encode_payload(update))
        return self._send(self._broker.sign(message) if signed else message, now)

    def _number(self, device: Eui64, now: datetime) -> OriginatorCounter:
        return self._broker.next_counter(device, now)

    def _message(
        self, device: Eui64, code: MessageCode, counter: OriginatorCounter, payload: bytes
    ) -> Message:
        header = GroupingHeader(Cra.COMMAND, counter, self._broker.eui, device, OtherInformation(code))
        return Message(header, payload)

    def _send(self, message: Message, now: datetime) -> OwnCommand | None:
        device = self._world.repository.newest(now, message.header.target, KeyUsage.KEY_AGREEMENT)
        if device is None:
            return None
        return self._own.send(self._broker.protect(message, device.public_point))


def _held_by(payload: RetrieveCredentialsResponse, broker: Eui64) -> list[RemotePartyRole]:
    return [role.role for role in payload.roles if any(cell.subject == broker for cell in role.cells or ())]
