"""What the DCC tells a User, as values: answers to requests, devices' alerts, its own alerts."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from dcc.alert_payloads import DccAlert
from dcc.bodies.inventory import Address, RequestWanMatrix, Uprn
from dcc.bodies.schedules import CreateSchedule, ScheduleId
from dcc.identifiers import Mpan, Mpxn, RequestId
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode


class PreCommand(NamedTuple):
    """Result of a transform: Grouping Header and payload for the User to check and sign."""

    gbcs: bytes


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
    """A device's alert as it came."""

    message_code: MessageCode
    gbcs: bytes


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


class SchedulesRead(NamedTuple):
    """Result of 5.2: 1 to 99 schedules."""

    schedules: tuple[tuple[ScheduleId, CreateSchedule], ...]


class FirmwareWarning(NamedTuple):
    """Result of 11.1 where some of the devices cannot get the image, by reason."""

    invalid: tuple[Eui64, ...] = ()
    not_commissioned: tuple[Eui64, ...] = ()
    not_applicable: tuple[Eui64, ...] = ()
    other_request_in_progress: tuple[Eui64, ...] = ()
    invalid_gbcs_version: tuple[Eui64, ...] = ()


class Coverage(NamedTuple):
    """SM WAN coverage of a place by one region's provider; the last fields where ``code`` is I0."""

    csp_region: str
    code: ResponseCode
    available: bool | None = None
    anticipated: date | None = None
    technology: str | None = None
    likelihood: str | None = None


class WanMatrix(NamedTuple):
    """Result of 12.1."""

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
    """A payload that the bench does not read, as canonical XML of its element."""

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
    """What the DCC tells a User. ``request_id`` and ``srv`` are those of the request, None for an alert."""

    recipient: Eui64
    request_id: RequestId | None
    code: ResponseCode
    at: datetime
    body: ResponseBody | None = None
    srv: Srv | None = None

    @property
    def response_id(self) -> RequestId | None:
        """The ResponseID, where a device has answered: ids the other way round, the same counter."""
        answered = self.request_id is not None and isinstance(self.body, _FROM_DEVICE)
        return self.request_id.response_id if self.request_id is not None and answered else None
