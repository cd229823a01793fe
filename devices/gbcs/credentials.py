"""Values of the credential use cases CS02a/CS02f and CS02b/CS02g (GBCS 13.2, 13.3).

Each is immutable and holds what its payload says; ``forms`` tells where the payload was not minimal DER
(:mod:`devices.gbcs.der`), so that :mod:`devices.gbcs.credentials_codec` writes the same octets again.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.gbcs.der import Forms
from devices.gbcs.identifiers import (
    CellUsage,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)

NO_FORMS: Final[Forms] = MappingProxyType({})
CANCELLATION_TIME: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class ReplacementMode(enum.IntEnum):
    """CredentialsReplacementMode: who authorises the replacement of whose credentials."""

    ROOT_BY_SUPPLIER = 0
    ROOT_BY_WAN_PROVIDER = 1
    SUPPLIER_BY_SUPPLIER = 2
    NETWORK_OPERATOR_BY_NETWORK_OPERATOR = 3
    ACB_BY_ACB = 4
    WAN_PROVIDER_BY_WAN_PROVIDER = 5
    TRANS_COS_BY_TRANS_COS = 6
    SUPPLIER_BY_TRANS_COS = 7
    ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY = 8
    ANY_BY_CONTINGENCY = 9
    LOAD_CONTROLLER_BY_LOAD_CONTROLLER = 10
    LOAD_CONTROLLER_BY_SUPPLIER = 11

    @property
    def field_name(self) -> str:
        """The name as GBCS spells it: ``networkOperatorByNetworkOperator``."""
        return _MODE_NAMES[self]

    @property
    def number_confirmed(self) -> bool:
        """Whether the number was seen in real messages; 0, 1 and 10 are inferred."""
        return self not in _INFERRED_MODES

    @property
    def message_code(self) -> MessageCode:
        """The message code of the command and its response."""
        return MessageCode(_MODE_CODES[self])


_MODE_NAMES: Final = {
    ReplacementMode.ROOT_BY_SUPPLIER: "rootBySupplier",
    ReplacementMode.ROOT_BY_WAN_PROVIDER: "rootByWanProvider",
    ReplacementMode.SUPPLIER_BY_SUPPLIER: "supplierBySupplier",
    ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR: "networkOperatorByNetworkOperator",
    ReplacementMode.ACB_BY_ACB: "accessControlBrokerByACB",
    ReplacementMode.WAN_PROVIDER_BY_WAN_PROVIDER: "wanProviderByWanProvider",
    ReplacementMode.TRANS_COS_BY_TRANS_COS: "transCoSByTransCoS",
    ReplacementMode.SUPPLIER_BY_TRANS_COS: "supplierByTransCoS",
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY: "anyExceptAbnormalRootByRecovery",
    ReplacementMode.ANY_BY_CONTINGENCY: "anyByContingency",
    ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER: "loadControllerByLoadController",
    ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER: "loadControllerBySupplier",
}
_INFERRED_MODES: Final = {
    ReplacementMode.ROOT_BY_SUPPLIER,
    ReplacementMode.ROOT_BY_WAN_PROVIDER,
    ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER,
}
# CS02b is 0100 + mode; CS02g came later and counts on from 0125.
_MODE_CODES: Final[Mapping[ReplacementMode, int]] = {
    mode: (0x0100 if mode <= ReplacementMode.ANY_BY_CONTINGENCY else 0x0125 - 10) + mode
    for mode in ReplacementMode
}
MODE_OF_CODE: Final[Mapping[int, ReplacementMode]] = {code: mode for mode, code in _MODE_CODES.items()}


class CredentialStatus(enum.IntEnum):
    """StatusCode of one replacement or of one reported role."""

    SUCCESS = 0
    BAD_CERTIFICATE = 5
    NO_TRUST_ANCHOR = 10
    INSUFFICIENT_MEMORY = 17
    TRUST_ANCHOR_NOT_FOUND = 25
    RESOURCES_BUSY = 30
    OTHER = 127

    @property
    def field_name(self) -> str:
        """The name as GBCS spells it: ``noTrustAnchor``."""
        return _STATUS_NAMES[self]


_STATUS_NAMES: Final = {
    CredentialStatus.SUCCESS: "success",
    CredentialStatus.BAD_CERTIFICATE: "badCertificate",
    CredentialStatus.NO_TRUST_ANCHOR: "noTrustAnchor",
    CredentialStatus.INSUFFICIENT_MEMORY: "insufficientMemory",
    CredentialStatus.TRUST_ANCHOR_NOT_FOUND: "trustAnchorNotFound",
    CredentialStatus.RESOURCES_BUSY: "resourcesBusy",
    CredentialStatus.OTHER: "other",
}


class TrustAnchorCellId(NamedTuple):
    """Names a trust anchor cell: whose it is, and which of that role's keys it holds."""

    role: RemotePartyRole
    key_usage: KeyUsage
    cell_usage: CellUsage = CellUsage.MANAGEMENT

    def __str__(self) -> str:
        suffix = "" if self.cell_usage is CellUsage.MANAGEMENT else f", {self.cell_usage.field_name}"
        return f"{{{self.role.field_name}, {self.key_usage.field_name}{suffix}}}"


class PartyCells(NamedTuple):
    """The cells of a role that the certificates of a party go to."""

    signing: TrustAnchorCellId
    agreement: TrustAnchorCellId
    top_up: TrustAnchorCellId


@cache
def party_cells(role: RemotePartyRole) -> PartyCells:
    """The cells of a party's certificates; that for prepayment top-ups exists for suppliers alone."""
    return PartyCells(
        TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE),
        TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT),
        TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP),
    )


class SpecialistFloor(NamedTuple):
    """A floor for the counter of prepayment top-ups; usage 0 is the only one there is."""

    floor: OriginatorCounter
    usage: int = 0


class CounterChange(NamedTuple):
    """RemotePartySeqNumberChange: a role's counter gets a new floor."""

    role: RemotePartyRole
    floor: OriginatorCounter
    specialist_floors: tuple[SpecialistFloor, ...] | None = None


class Replacement(NamedTuple):
    """A certificate (DER, as it came) and the cell that it is for."""

    certificate: bytes
    cell: TrustAnchorCellId


class UpdateCredentials(NamedTuple):
    """Payload of a CS02b or CS02g command."""

    mode: ReplacementMode
    authorising_cell: TrustAnchorCellId | None
    counter: OriginatorCounter
    replacements: tuple[Replacement, ...]
    path_certificates: tuple[bytes, ...]
    apply_time_based_checks: bool = True
    floor: OriginatorCounter | None = None
    specialist_floors: tuple[SpecialistFloor, ...] | None = None
    other_changes: tuple[CounterChange, ...] | None = None
    execution_date_time: datetime | None = None
    contingency_key: bytes | None = None
    forms: Forms = NO_FORMS


class ReplacementOutcome(NamedTuple):
    """What became of one replacement: the cell's holder and key identifier before and after."""

    cell: TrustAnchorCellId
    status: CredentialStatus
    existing_subject: Eui64
    existing_key_identifier: bytes
    replacing_subject: Eui64
    replacing_key_identifier: bytes


class ExecutionOutcome(NamedTuple):
    """What an executed CS02b command did."""

    counter: OriginatorCounter
    mode: ReplacementMode
    counter_changes: tuple[CounterChange, ...]
    replacements: tuple[ReplacementOutcome, ...]


class UpdateCredentialsResponse(NamedTuple):
    """Payload of a CS02b or CS02g response: accepted and, if executed at once, the outcome."""

    outcome: ExecutionOutcome | None
    forms: Forms = NO_FORMS


class UpdateCredentialsAlert(NamedTuple):
    """Payload of the alert after a future-dated CS02b or CS02g: 8F66 or 8F67."""

    alert_code: int
    execution_date_time: datetime
    outcome: ExecutionOutcome
    forms: Forms = NO_FORMS


class RetrieveCredentials(NamedTuple):
    """Payload of a CS02a or CS02f command: which roles' credentials to report."""

    authorising_cell: TrustAnchorCellId
    roles: tuple[RemotePartyRole, ...]
    forms: Forms = NO_FORMS


class CellContent(NamedTuple):
    """A cell as CS02a reports it."""

    key_usage: KeyUsage
    cell_usage: CellUsage
    subject: Eui64
    key_identifier: bytes


class RoleCredentials(NamedTuple):
    """One role as CS02a reports it; counter and cells only with status success."""

    role: RemotePartyRole
    status: CredentialStatus
    counter: OriginatorCounter | None = None
    cells: tuple[CellContent, ...] | None = None


class RetrieveCredentialsResponse(NamedTuple):
    """Payload of a CS02a or CS02f response."""

    roles: tuple[RoleCredentials, ...]
    forms: Forms = NO_FORMS


CredentialPayload = (
    UpdateCredentials
    | UpdateCredentialsResponse
    | UpdateCredentialsAlert
    | RetrieveCredentials
    | RetrieveCredentialsResponse
)
