"""What the DCC tells a User, as values: answers to requests, devices' alerts, its own alerts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

from dcc.alert_payloads import DccAlert, Throttle
from dcc.bodies.inventory import Address, RequestWanMatrix, Uprn
from dcc.bodies.schedules import CreateSchedule, ScheduleId
from dcc.identifiers import Mpan, Mpxn, RequestId
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode

GBCS_VERSION: Final = "4.2"
"""The version of GBCS that Pre-Commands say they are of (assumed: that of the public inventory samples)."""


class PreCommand(NamedTuple):
    """Result of a transform: Grouping Header and payload for the User to check and sign."""

    gbcs: bytes
    gbcs_version: str = GBCS_VERSION


class LocalCommand(NamedTuple):
    """A command, complete with its MAC, for the User to deliver on site."""

    gbcs: bytes


class DeviceResponse(NamedTuple):
    """A device's response as it came: the User verifies it and opens what is encrypted."""

    gbcs: bytes


class ScheduledResponse(NamedTuple):
    """A device's response to a command that the DCC sent by a schedule."""

    gbcs: bytes
    schedule: ScheduleId


class FutureDatedAlert(NamedTuple):
    """A device's alert that a future-dated command was executed (8F66) or failed (8F67)."""

    alert_code: int
    gbcs: bytes
    instruction_number: int = 1
    total_instructions: int = 1


class DeviceAlert(NamedTuple):
    """A device's alert as it came; its alert code stands in it."""

    message_code: MessageCode
    gbcs: bytes
    throttle: Throttle | None = None


class DeviceRecord(NamedTuple):
    """What the inventory tells a User of one device (8.2); what is unknown is None."""

    device: Eui64
    device_type: DeviceType
    status: DeviceStatus | None
    manufacturer: str
    model: str
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    firmware_version_status: str | None = None
    cpl_status: str | None = None
    date_commissioned: date | None = None
    import_mpxn: Mpxn | None = None
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None
    esme_variant: str | None = None
    uprn: Uprn | None = None
    address: Address | None = None
    csp_region: str | None = None
    gbcs_version: str | None = None
    han_variant: str | None = None
    s1sp: str | None = None
    connectivity: str | None = None


class InventoryDevices(NamedTuple):
    """Result of 8.2: 1 to 17 devices."""

    devices: tuple[DeviceRecord, ...]


class ScheduleCreated(NamedTuple):
    """Result of 5.1."""

    schedule: ScheduleId


class HeldSchedule(NamedTuple):
    """A schedule that the DCC holds."""

    schedule: ScheduleId
    details: CreateSchedule


class SchedulesRead(NamedTuple):
    """Result of 5.2: 1 to 99 schedules."""

    schedules: tuple[HeldSchedule, ...]


class FirmwareWarning(NamedTuple):
    """Result of 11.1 or 11.4 where some of the devices cannot get the image, by reason."""

    invalid: tuple[Eui64, ...] = ()
    not_commissioned: tuple[Eui64, ...] = ()
    not_applicable: tuple[Eui64, ...] = ()
    other_request_in_progress: tuple[Eui64, ...] = ()
    invalid_gbcs_version: tuple[Eui64, ...] = ()


class CoverageDetails(NamedTuple):
    """What SM WAN coverage a place has; ``likelihood`` of connectivity is High, Medium or Low."""

    available: bool
    technology: str
    likelihood: str
    anticipated: date | None = None
    auxiliary_equipment: str | None = None
    additional_information: str | None = None


class Coverage(NamedTuple):
    """SM WAN coverage of a place by one region's provider; with details where ``code`` is I0."""

    csp_region: str
    code: ResponseCode
    details: CoverageDetails | None = None


class WanMatrix(NamedTuple):
    """Result of 12.1: at least one region."""

    request: RequestWanMatrix
    coverage: tuple[Coverage, ...]


class OptInCredentials(NamedTuple):
    """Result of 8.6: the access control broker's certificates (DER)."""

    device: Eui64
    agreement: bytes
    signing: bytes | None = None


class CustomerIdentification(NamedTuple):
    """Result of 9.1: the number that the device shows, four digits."""

    gbcs: bytes
    number: str


class OtherPayload(NamedTuple):
    """A body that the bench does not read, as canonical XML of its element: ``SMETS1ResponseMessage``."""

    element: str
    xml: bytes


ResponseBody = (
    CustomerIdentification
    | DccAlert
    | DeviceAlert
    | DeviceResponse
    | FirmwareWarning
    | FutureDatedAlert
    | InventoryDevices
    | LocalCommand
    | OptInCredentials
    | OtherPayload
    | PreCommand
    | ScheduleCreated
    | ScheduledResponse
    | SchedulesRead
    | WanMatrix
)

_FROM_DEVICE = (DeviceResponse, ScheduledResponse, FutureDatedAlert, CustomerIdentification)


class ServiceResponse(NamedTuple):
    """What the DCC tells a User. ``request_id`` and ``srv`` are those of the request, None for an alert.

    ``alert_id`` is for alerts that are not a device's message, which has its own ids: who says it, to whom,
    and the sender's number.
    """

    recipient: Eui64
    request_id: RequestId | None
    code: ResponseCode
    at: datetime
    body: ResponseBody | None = None
    srv: Srv | None = None
    alert_id: RequestId | None = None

    @property
    def response_id(self) -> RequestId | None:
        """The ResponseID, where a device has answered: ids the other way round, the same counter."""
        answered = self.request_id is not None and isinstance(self.body, _FROM_DEVICE)
        return self.request_id.response_id if self.request_id is not None and answered else None
