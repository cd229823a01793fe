"""The test world of a device: the DCC and a few parties of one seed, and who is who among them."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from dcc.identifiers import Mpid
from dcc.parties import PartyRow, PartyTable, UserRole
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.party_client import PartyClient
from scenarios.test_bed import ACB_ID, RECOVERY_ID, TRANSITIONAL_COS_ID, WAN_PROVIDER_ID, TestBed

SUPPLIER_ID: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
NETWORK_OPERATOR_IDS: Final = (
    Eui64.parse("90-B3-D5-1F-30-02-00-00"),
    Eui64.parse("90-B3-D5-1F-30-03-00-00"),
)
GAS_TRANSPORTER_IDS: Final = (
    Eui64.parse("90-B3-D5-1F-30-04-00-00"),
    Eui64.parse("90-B3-D5-1F-30-05-00-00"),
)
_DCC_NAMES: Final = {
    ACB_ID: "Access control broker",
    RECOVERY_ID: "DCC recovery",
    TRANSITIONAL_COS_ID: "Transitional CoS",
    WAN_PROVIDER_ID: "WAN provider",
}
_ROWS: Final = (
    PartyRow(Mpid("SUPA"), UserRole.IS, "Supplier A", SUPPLIER_ID, dcc_user=True),
    PartyRow(Mpid("SUPA"), UserRole.GS, "Supplier A", SUPPLIER_ID, dcc_user=True),
    PartyRow(Mpid("NETA"), UserRole.ED, "Network operator A", NETWORK_OPERATOR_IDS[0], dcc_user=True),
    PartyRow(Mpid("NETB"), UserRole.ED, "Network operator B", NETWORK_OPERATOR_IDS[1], dcc_user=True),
    PartyRow(Mpid("GTA"), UserRole.GT, "Gas transporter A", GAS_TRANSPORTER_IDS[0], dcc_user=True),
    PartyRow(Mpid("GTB"), UserRole.GT, "Gas transporter B", GAS_TRANSPORTER_IDS[1], dcc_user=True),
)
_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})


class Entity(NamedTuple):
    """A device or remote party, with its name where the test world knows it."""

    eui: Eui64
    name: str | None

    def __str__(self) -> str:
        return f"{self.name or 'unknown'} ({self.eui})"


class DeviceWorld:
    """The DCC and the parties of a seed; ``start`` is when the device was made (aware).

    Same seed and start, same keys and certificates.
    """

    def __init__(self, seed: int, start: datetime) -> None:
        self.bed = TestBed(seed, PartyTable(_ROWS), start)
        self.supplier = self._enrol(SUPPLIER_ID, RemotePartyRole.SUPPLIER)
        networks = (*NETWORK_OPERATOR_IDS, *GAS_TRANSPORTER_IDS)
        clients = [self._enrol(user_id, RemotePartyRole.NETWORK_OPERATOR) for user_id in networks]
        self._network_operators = tuple(clients[:2])
        self._gas_transporters = tuple(clients[2:])

    def network_operators(self, device_type: DeviceType) -> tuple[PartyClient, ...]:
        """The two parties that may take the network operator's place on a type of device."""
        return self._gas_transporters if device_type in _GAS else self._network_operators

    def name(self, eui: Eui64) -> str | None:
        """What an entity is called here; None for a stranger."""
        party = self.bed.world.parties.party_of_user(eui)
        return party.name if party else _DCC_NAMES.get(eui)

    def entity(self, eui: Eui64) -> Entity:
        """An entity with its name."""
        return Entity(eui, self.name(eui))

    def owner(self, certificate: Certificate) -> str | None:
        """Whose a certificate is; None for a stranger's, and for another key under a name known here."""
        key = certificate.subject_key_identifier
        if key == self.bed.smki.root.certificate.subject_key_identifier:
            return "Test root"
        known = self.bed.repository.find(
            certificate.not_before, subject=certificate.subject, subject_key_identifier=key
        )
        return self.name(certificate.subject) if known and certificate.subject else None

    def _enrol(self, user_id: Eui64, role: RemotePartyRole) -> PartyClient:
        return self.bed.enrol(user_id, role, f"TEST {self.name(user_id)}")
