"""What the DSP knows when it checks a request: parties, registration, inventory, certificates, its ledger."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dcc.anomaly import AnomalyDetection
from dcc.cell_sightings import CellSightings
from dcc.certified_products import CertifiedProducts
from dcc.device_log_backups import DeviceLogBackups
from dcc.duis.signing_roles import XmlSigningRoles
from dcc.firmware_distributions import FirmwareDistributions
from dcc.inventory import Inventory
from dcc.ledger import RequestLedger
from dcc.local_commands import LocalCommands
from dcc.originator_counters import LostRecords, OriginatorCounters, RecordedNumber
from dcc.parties import PartyTable
from dcc.registration import RegistrationData
from dcc.releases import Modification
from dcc.schedules import Schedules
from dcc.smki.repository import CertificateStatus, SmkiRepository
from dcc.wan_coverage import WanCoverage
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

_COMMAND_SIGNING_ROLES: Final = frozenset({RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR})
_USABLE: Final = frozenset({CertificateStatus.PENDING, CertificateStatus.IN_USE})


class UnknownMpxn(enum.Enum):
    """What becomes of a request that registration data cannot decide (SEC Appendix AB 6.2, not seen).

    That is one for a device that belongs to no metering point, or to none with a registration record.
    """

    PASS = "pass"
    REFUSE = "refuse"


class LocalDelivery(enum.Enum):
    """Who may take commands away to deliver them on site; network parties' a supplier returns (DUIS 2.6)."""

    SUPPLIERS = "suppliers, who alone may send 8.13"
    NETWORK_PARTIES_TOO = "suppliers and network parties"


@dataclass(slots=True)
class DccWorld:
    """Everything that the rules look at beside the request.

    ``anchors`` are the roots of organisations' certificates, ``device_anchors`` those of devices', and
    ``issuers`` the issuing certificates that the DCC holds for both. ``dcc_id`` is the target of requests
    that no device is to answer; None if any will do. ``furthest_execution`` is how far ahead an execution
    date-time may lie; None for no limit (no source gives one). ``anomaly`` is off while it has no
    thresholds. Without ``certified_products`` every product counts as certified. ``vouched_signers`` are
    certificates that may sign documents though no path leads from them to a root: those for XML of the public
    test set name an issuer that did not sign them.
    """

    parties: PartyTable
    registration: RegistrationData
    inventory: Inventory
    repository: SmkiRepository
    anchors: tuple[Certificate, ...]
    provider: CryptoProvider
    validator: PathValidator
    modifications: frozenset[Modification] = frozenset()
    unknown_mpxn: UnknownMpxn = UnknownMpxn.PASS
    ledger: RequestLedger = field(default_factory=RequestLedger)
    issuers: tuple[Certificate, ...] = ()
    device_anchors: tuple[Certificate, ...] = ()
    dcc_id: Eui64 | None = None
    xml_signing_roles: XmlSigningRoles = XmlSigningRoles.STRICT
    vouched_signers: frozenset[Certificate] = frozenset()
    furthest_execution: timedelta | None = None
    anomaly: AnomalyDetection = field(default_factory=AnomalyDetection)
    schedules: Schedules = field(default_factory=Schedules)
    firmware: FirmwareDistributions = field(default_factory=FirmwareDistributions)
    certified_products: CertifiedProducts | None = None
    wan_coverage: WanCoverage = field(default_factory=WanCoverage)
    local_commands: LocalCommands = field(default_factory=LocalCommands)
    backups: DeviceLogBackups = field(default_factory=DeviceLogBackups)
    local_delivery: LocalDelivery = LocalDelivery.SUPPLIERS
    cell_sightings: CellSightings = field(default_factory=CellSightings)
    originator_counters: OriginatorCounters = field(default_factory=OriginatorCounters)
    recorded_number: RecordedNumber = RecordedNumber.HIGHER
    lost_records: LostRecords = LostRecords.HEALED

    def signing_certificates(self, user: Eui64, at: datetime) -> tuple[Certificate, ...]:
        """The certificates by which a User's signature on GBCS commands may be checked at a time."""
        found = self.repository.find(at, subject=user, usage=KeyUsage.DIGITAL_SIGNATURE)
        return tuple(
            entry.certificate
            for entry in found
            if entry.certificate.role in _COMMAND_SIGNING_ROLES
            and self.repository.checked_status(entry, at) in _USABLE
            and entry.certificate.not_before <= at
        )
