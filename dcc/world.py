"""What the DSP knows when it checks a request: parties, registration, inventory, certificates, its ledger."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dcc.identifiers import RequestId
from dcc.inventory import Inventory
from dcc.parties import PartyTable
from dcc.registration import RegistrationData
from dcc.releases import Modification
from dcc.service_requests import SIGNED_VARIANTS, ServiceRequest
from dcc.smki.repository import CertificateStatus, SmkiRepository
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole

_COMMAND_SIGNING_ROLES: Final = frozenset({RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR})
_USABLE: Final = frozenset({CertificateStatus.PENDING, CertificateStatus.IN_USE})


class UnknownMpxn(enum.Enum):
    """What becomes of a request that registration data cannot decide (SEC Appendix AB 6.2, not seen).

    That is one for a device that belongs to no metering point, or to none with a registration record.
    """

    PASS = "pass"
    REFUSE = "refuse"


class RequestLedger:
    """Which RequestIDs were used at which stage, the last counters, and the Pre-Commands given out."""

    def __init__(self) -> None:
        self._used: set[tuple[RequestId, bool]] = set()
        self._last: dict[tuple[Eui64, Eui64], OriginatorCounter] = {}
        self._pre_commands: dict[RequestId, bytes] = {}

    def is_used(self, request: ServiceRequest) -> bool:
        """Whether the RequestID was used before at this request's stage: transform, or everything else."""
        return (request.request_id, request.command_variant in SIGNED_VARIANTS) in self._used

    def last_counter(self, request_id: RequestId) -> OriginatorCounter | None:
        """The last counter from this originator to this target, None if there was none."""
        return self._last.get((request_id.originator, request_id.target))

    def consume(self, request: ServiceRequest) -> None:
        """Use a RequestID up, whatever becomes of the request."""
        request_id, signed = request.request_id, request.command_variant in SIGNED_VARIANTS
        self._used.add((request_id, signed))
        if not signed:
            self._last[request_id.originator, request_id.target] = request_id.counter

    def give_out(self, request_id: RequestId, pre_command: bytes) -> None:
        """Remember the Pre-Command of a transform, by digest."""
        self._pre_commands[request_id] = hashlib.sha256(pre_command).digest()

    def was_given_out(self, request_id: RequestId, pre_command: bytes) -> bool:
        """Whether this is the Pre-Command that was given out under the RequestID."""
        return self._pre_commands.get(request_id) == hashlib.sha256(pre_command).digest()


@dataclass(slots=True)
class DccWorld:
    """Everything that the rules look at beside the request."""

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

    def signing_certificates(self, user: Eui64, at: datetime) -> tuple[Certificate, ...]:
        """The certificates by which a User's signature on GBCS commands may be checked at a time."""
        found = self.repository.find(at, subject=user, usage=KeyUsage.DIGITAL_SIGNATURE)
        return tuple(
            entry.certificate
            for entry in found
            if entry.certificate.role in _COMMAND_SIGNING_ROLES
            and entry.status(at) in _USABLE
            and entry.certificate.not_before <= at
        )
