"""What the DCC's own alerts say: the payloads that the bench makes, as values (DUIS 3.6).

Which code goes with which payload is not told by the schema; the pairs that the bench uses are assumed but
for N24 with :class:`HanDeviceLogResult`.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import NamedTuple

from dcc.alert_codes import DccAlertCode
from dcc.bodies.schedules import ScheduleId
from dcc.identifiers import Mpan, Mpxn, RequestId
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole


class MeteringPoints(NamedTuple):
    """The metering points of a meter."""

    import_mpxn: Mpxn
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None


class CertificateType(enum.Enum):
    """A kind of certificate, by its DUIS token."""

    DIGITAL_SIGNING = "DigitalSigning"
    KEY_AGREEMENT = "KeyAgreement"
    KEY_AGREEMENT_TOP_UP = "KeyAgreementTopUp"


class MeterIdentity(NamedTuple):
    """A meter was commissioned."""

    metering_points: MeteringPoints
    esme_variant: str | None = None


class AssociatedDevice(NamedTuple):
    """A Type 1 device that belonged to a meter."""

    device: Eui64
    device_type: DeviceType


class MeterGone(NamedTuple):
    """A meter was decommissioned or withdrawn; up to seven devices belonged to it."""

    metering_points: MeteringPoints
    associated: tuple[AssociatedDevice, ...] = ()


class RecoveredToBroker(NamedTuple):
    """Recovery placed the access control broker's certificates of these types."""

    supplier: tuple[CertificateType, ...]
    network_operator: tuple[CertificateType, ...] = ()


class PlainChange(enum.Enum):
    """A change of a device's status that needs no further words, by its DUIS element."""

    REMOVED_FROM_INVENTORY = "DeviceRemovedFromInventory"
    HUB_DECOMMISSIONED = "CHFDecommissioning"
    SUSPENDED = "DeviceSuspended"
    RESTORED = "DeviceRestored"
    RECOVERY_COMPLETE = "RecoveryComplete"


class DeviceStatusChange(NamedTuple):
    """What became of a device."""

    device: Eui64
    change: MeterIdentity | MeterGone | RecoveredToBroker | PlainChange


class ScheduleRemoval(NamedTuple):
    """The DCC gave up a schedule."""

    device: Eui64
    schedule: ScheduleId


class CommandFailure(NamedTuple):
    """A command was not delivered, or not answered."""

    request_id: RequestId
    device: Eui64
    schedule: ScheduleId | None = None


class FirmwareDistributionFailure(NamedTuple):
    """Meters that did not get a firmware image."""

    request_id: RequestId
    meters: tuple[Eui64, ...]


class HanDeviceLogResult(NamedTuple):
    """What became of an 8.11."""

    request_id: RequestId


class ChangeOfSupplierRefused(NamedTuple):
    """A 6.23 was rejected by the change of supplier party; ``error`` has three characters."""

    request_id: RequestId
    error: str | None = None


class DeviceChangedSupplier(NamedTuple):
    """A device went to another supplier."""

    device: Eui64
    device_type: DeviceType
    metering_points: MeteringPoints


class HubIds(NamedTuple):
    """A hub with its gas proxy function, and the ones they replace."""

    old_hub: Eui64
    new_hub: Eui64
    old_gpf: Eui64
    new_gpf: Eui64


class DeviceLogRestored(NamedTuple):
    """A device log was restored on a new hub (``of_hub``) or on its gas proxy function."""

    restored: date
    ids: HubIds
    of_hub: bool


class ReplacedCertificate(NamedTuple):
    """A certificate now in place: its type and the SHA-1 of its DER form."""

    certificate_type: CertificateType
    sha1: bytes


class CredentialsUpdated(NamedTuple):
    """Certificates of a role were replaced on a device."""

    device: Eui64
    role: RemotePartyRole
    certificates: tuple[ReplacedCertificate, ...]
    floor: OriginatorCounter | None = None
    top_up_floor: OriginatorCounter | None = None


class Breach(enum.Enum):
    """Which limit of anomaly detection was passed, by its DUIS element."""

    USER_THRESHOLD = "ADUserThresholdBreach"
    DCC_THRESHOLD = "ADDCCThresholdBreach"
    ATTRIBUTE_LIMITS = "ADAttributeLimitsBreach"


class RequestQuarantined(NamedTuple):
    """A request is held back by anomaly detection; the reference has up to 20 digits."""

    breach: Breach
    request_id: RequestId
    event_reference: int


class FirmwareVersionMismatch(NamedTuple):
    """A device's firmware is not what the inventory says."""

    device: Eui64
    device_type: DeviceType
    in_inventory: str
    on_device: str


class PowerOutage(NamedTuple):
    """A hub lost its supply."""

    hub: Eui64
    since: datetime
    mpxn: Mpxn


class AlertNotReadable(NamedTuple):
    """A DCC alert that the User's version of DUIS does not have; ``code`` is what it would have said."""

    code: str
    device: Eui64 | None = None
    request_id: RequestId | None = None


class ResponseNotReadable(NamedTuple):
    """A response that the User's version of DUIS does not have; all but the id as the request had them."""

    request_id: RequestId
    service_reference: str
    service_reference_variant: str
    request_duis_version: str


class DuisVersionMismatch(NamedTuple):
    """The User takes a version of DUIS that is too old for what the DCC had to tell."""

    withheld: AlertNotReadable | ResponseNotReadable
    user_duis_version: str


class PpmidRemoved(NamedTuple):
    """A PPMID was taken off a hub."""

    ppmid: Eui64
    hub: Eui64


class OtherAlertPayload(NamedTuple):
    """A payload that the bench does not read, as canonical XML of its element."""

    element: str
    xml: bytes


AlertPayload = (
    ChangeOfSupplierRefused
    | CommandFailure
    | CredentialsUpdated
    | DeviceChangedSupplier
    | DeviceLogRestored
    | DeviceStatusChange
    | DuisVersionMismatch
    | FirmwareDistributionFailure
    | FirmwareVersionMismatch
    | HanDeviceLogResult
    | OtherAlertPayload
    | PowerOutage
    | PpmidRemoved
    | RequestQuarantined
    | ScheduleRemoval
)


class Throttle(NamedTuple):
    """Of repeated alerts: which series an alert belongs to, and how many were held back before it.

    Both are 0 to 2^32-1; either may be left out, not both.
    """

    sequence_id: int | None = None
    held_back: int | None = None


class DccAlert(NamedTuple):
    """An alert of the DCC itself."""

    code: DccAlertCode
    payload: AlertPayload
    throttle: Throttle | None = None
