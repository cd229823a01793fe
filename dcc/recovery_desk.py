"""The DCC's recovery of devices for which a User's key is compromised (GBCS 13.3, CS02b mode 8).

The recovery key replaces a role's certificates by those of the access control broker. Sans I/O, a command at
a time; of what comes before and after it (SMKI Recovery Procedure) the device's status alone is modelled.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from dcc import recovery
from dcc.acb_renewal import BrokerCredentials
from dcc.access_control_broker import DccSignatory
from dcc.alert_payloads import CertificateType
from dcc.inventory_status import DeviceStatus
from dcc.notices import Notice
from dcc.own_commands import OwnCommand, OwnCommands
from dcc.world import DccWorld
from devices import cells
from devices.gbcs.credentials import (
    CounterChange,
    CredentialStatus,
    Replacement,
    ReplacementMode,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsResponse,
    party_cells,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation
from devices.gbcs.payloads import decode_payload, encode_payload

_MODE: Final = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_FLOOR: Final = OriginatorCounter(0)


class Recovered(NamedTuple):
    """Whether every cell has the broker's certificates, as the device says, and who is told."""

    device: Eui64
    succeeded: bool
    notices: tuple[Notice, ...] = ()


class RecoveryDesk:
    """Recovers the cells of a role, device by device.

    ``sets_floor``: the command lowers the role's counter to 0. Without it the device goes on to want a number
    above the last one of the party whose key is compromised, which the broker's own numbers may never reach.
    That the DCC lowers it is assumed.
    """

    def __init__(
        self,
        world: DccWorld,
        signatory: DccSignatory,
        own: OwnCommands,
        broker: BrokerCredentials,
        role: RemotePartyRole,
        *,
        sets_floor: bool = True,
    ) -> None:
        self._world = world
        self._signatory = signatory
        self._own = own
        self._broker = broker
        self._role = role
        self._sets_floor = sets_floor

    def recover(self, device: Eui64, now: datetime) -> OwnCommand:
        """The command for a device; from the first one on no User can reach the device.

        Raises:
            UnknownDevice, IllegalTransition: there is no such device, or it is not Commissioned.
        """
        if self._world.inventory.device(device).status is not DeviceStatus.RECOVERY:
            recovery.begin(self._world, device, now)
        counter = self._signatory.next_counter(device, now)
        floors = (CounterChange(self._role, _FLOOR),) if self._sets_floor else None
        update = UpdateCredentials(
            _MODE,
            cells.RECOVERY,
            counter,
            self._replacements(device),
            self._broker.path,
            other_changes=floors,
        )
        other = OtherInformation(_MODE.message_code)
        header = GroupingHeader(Cra.COMMAND, counter, self._signatory.eui, device, other)
        return self._own.send(self._signatory.sign(Message(header, encode_payload(update))))

    def take(self, octets: bytes, now: datetime) -> Recovered | None:
        """What a device answers, and what follows; None of what is no answer to a recovery."""
        message = self._own.take(octets, now)
        if message is None:
            return None
        try:
            payload = decode_payload(message)
        except GbcsError:
            return None
        if not isinstance(payload, UpdateCredentialsResponse) or payload.outcome is None:
            return None
        device, done = message.header.originator, payload.outcome.replacements
        if any(item.status is not CredentialStatus.SUCCESS for item in done):
            return Recovered(device, False)
        types = tuple(_certificate_type(item.cell) for item in done)
        of_supplier = self._role is RemotePartyRole.SUPPLIER
        supplier, operator = (types, ()) if of_supplier else ((), types)
        notices = recovery.replaced_by_broker(self._world, device, supplier, operator, now)
        return Recovered(device, True, notices)

    def _replacements(self, device: Eui64) -> tuple[Replacement, ...]:
        """The broker's certificates for those cells of the role that the device has."""
        there = cells.CELLS_BY_DEVICE_TYPE[self._world.inventory.device(device).device_type]
        signing, agreement = self._broker.signing.certificate.der, self._broker.agreement.certificate.der
        return tuple(
            Replacement(signing if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE else agreement, cell)
            for cell in party_cells(self._role)
            if cell in there
        )


def _certificate_type(cell: TrustAnchorCellId) -> CertificateType:
    if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE:
        return CertificateType.DIGITAL_SIGNING
    if cell == cells.SUPPLIER_TOP_UP:
        return CertificateType.KEY_AGREEMENT_TOP_UP
    return CertificateType.KEY_AGREEMENT
