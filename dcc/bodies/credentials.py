"""Bodies of the services that replace, issue and report security credentials (6.15 to 6.24, 8.5)."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dcc.identifiers import Mpxn
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole

CANCELLATION: Final = datetime(3000, 12, 31, tzinfo=UTC)
"""The execution time that asks a device to forget a command that it holds for later (DUIS)."""


class CredentialType(enum.Enum):
    """Which of a device's own two credentials."""

    DIGITAL_SIGNATURE = "Digital Signature"
    KEY_AGREEMENT = "Key Agreement"


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


class ReplaceSupplierCredentials(NamedTuple):
    """Body of 6.23: the incoming supplier's certificates (DER), placed by the change of supplier party."""

    signing: bytes
    agreement: bytes | None
    import_mpxn: Mpxn
    floor: OriginatorCounter
    top_up: bytes | None = None
    path: tuple[bytes, ...] = ()
    apply_time_based_checks: bool = True
    top_up_floor: OriginatorCounter | None = None
    execution_date_time: datetime | None = None


class OptOut(NamedTuple):
    """Body of 8.5: certificates (DER) in place of the access control broker's, and the broker's floor."""

    agreement: bytes
    floor: OriginatorCounter
    execution_date_time: datetime
    signing: bytes | None = None
    path: tuple[bytes, ...] = ()
    apply_time_based_checks: bool = True


class RetrieveRoles(NamedTuple):
    """Body of 6.24.1: whose credentials to report."""

    roles: tuple[RemotePartyRole, ...]


class IssueDeviceCredential(NamedTuple):
    """Body of 6.17: which key pair the device is to renew."""

    credential: CredentialType


class RetrieveDeviceCredential(NamedTuple):
    """Body of 6.24.2: which of its own certificates the device is to report."""

    credential: CredentialType


class PlaceDeviceCertificate(NamedTuple):
    """Body of 6.15.2: the device's new certificate (DER)."""

    certificate: bytes
