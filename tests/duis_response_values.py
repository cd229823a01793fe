"""Strategies for responses of the DCC as values: every kind of body, within the limits of DUIS."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from hypothesis import strategies as st

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import (
    AlertNotReadable,
    AssociatedDevice,
    Breach,
    CertificateType,
    ChangeOfSupplierRefused,
    CommandFailure,
    CredentialsUpdated,
    DccAlert,
    DeviceChangedSupplier,
    DeviceLogRestored,
    DeviceStatusChange,
    DuisVersionMismatch,
    FirmwareDistributionFailure,
    FirmwareVersionMismatch,
    HanDeviceLogResult,
    HubIds,
    MeterGone,
    MeterIdentity,
    MeteringPoints,
    PlainChange,
    PowerOutage,
    PpmidRemoved,
    RecoveredToBroker,
    ReplacedCertificate,
    RequestQuarantined,
    ResponseNotReadable,
    ScheduleRemoval,
    Throttle,
)
from dcc.bodies.inventory import Address, RequestWanMatrix, Uprn
from dcc.bodies.schedules import CreateSchedule, Frequency, PeriodOffset, ScheduleId
from dcc.identifiers import Mpan, Mprn, RequestId
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.service_responses import (
    Coverage,
    CoverageDetails,
    CustomerIdentification,
    DeviceAlert,
    DeviceRecord,
    DeviceResponse,
    FirmwareWarning,
    FutureDatedAlert,
    HeldSchedule,
    InventoryDevices,
    LocalCommand,
    OptInCredentials,
    PreCommand,
    ScheduleCreated,
    ScheduledResponse,
    SchedulesRead,
    ServiceResponse,
    WanMatrix,
)
from dcc.srv import Srv
from devices.alerting import dlms_alert, gbz_alert
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode

AT: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
ALERT_MESSAGE: Final = MessageCode(0x1000)


def text(least: int, most: int) -> st.SearchStrategy[str]:
    """Strings that XML can carry."""
    alphabet = st.characters(min_codepoint=0x20, max_codepoint=0xD7FF) | st.sampled_from(
        "\t\n\r<&>\U0001f600"
    )
    return st.text(alphabet, min_size=least, max_size=most)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


euis = st.binary(min_size=8, max_size=8).map(Eui64)
counters = st.integers(0, 2**64 - 1).map(OriginatorCounter)
floors = st.integers(0, 2**63 - 1).map(OriginatorCounter)
request_ids = st.builds(RequestId, euis, euis, counters)
octets = st.binary(max_size=40)
mpans = st.from_regex(r"[0-9]{13}", fullmatch=True).map(Mpan)
mprns = st.from_regex(r"[0-9]{1,10}", fullmatch=True).map(Mprn)
schedule_ids = st.integers(0, 10**12).map(ScheduleId)
dates = st.dates(date(1900, 1, 1))
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
times = st.times(timezones=st.just(UTC))
device_types = st.sampled_from(DeviceType)
versions = text(1, 8)
variants = st.sampled_from(("A", "BD", "CDEF", "AEG"))
addresses = st.builds(Address, text(6, 8), text(0, 30))
uprns = st.integers(1, 10**12 - 1).map(Uprn)
regions = st.sampled_from(("North", "4G Central", "Unknown", "SMETS1"))
validities = st.sampled_from(("Active", "Cancelled", "Expired", "Withdrawn"))
real_codes = st.sampled_from([code for code in ResponseCode if not code.is_ours])
throttles = (
    st.none()
    | st.builds(Throttle, st.integers(0, 2**32 - 1), maybe(st.integers(0, 2**32 - 1)))
    | st.builds(Throttle, st.none(), st.integers(0, 2**32 - 1))
)

# Bodies of ResponseMessage

devices = st.builds(
    DeviceRecord,
    euis,
    device_types,
    maybe(st.sampled_from(DeviceStatus)),
    text(0, 30),
    text(0, 30),
    maybe(text(1, 20)),
    maybe(versions),
    maybe(validities),
    maybe(validities),
    maybe(dates),
    maybe(mpans | mprns),
    maybe(mpans),
    maybe(mpans),
    maybe(variants),
    maybe(uprns),
    maybe(addresses),
    maybe(regions),
    maybe(text(0, 9)),
    maybe(text(0, 9)),
    maybe(text(0, 9)),
    maybe(st.sampled_from(("Cellular", "Virtual"))),
)
_offsets = st.integers(-400, 0)
_log_reads = st.tuples(
    st.sampled_from((Srv.RETRIEVE_IMPORT_DAILY_READ_LOG, Srv.READ_NETWORK_DATA, Srv.READ_DAILY_CONSUMPTION)),
    st.builds(PeriodOffset, _offsets, times, _offsets, times),
)
_other_reads = st.tuples(
    st.sampled_from((Srv.READ_ACTIVE_POWER_IMPORT, Srv.RECORD_GAS_NETWORK_DATA)), st.none()
)


@st.composite
def _schedules(draw: st.DrawFn) -> HeldSchedule:
    srv, period = draw(_log_reads | _other_reads)
    start, end, at, agreement = draw(st.tuples(dates, maybe(dates), maybe(times), maybe(octets)))
    frequency = draw(st.sampled_from(Frequency))
    details = CreateSchedule(draw(euis), srv, frequency, start, end, at, period, agreement)
    return HeldSchedule(draw(schedule_ids), details)


_device_lists = several(euis, 0, 3)
_coverage_details = st.builds(
    CoverageDetails,
    st.booleans(),
    text(1, 30),
    st.sampled_from(("High", "Medium", "Low")),
    maybe(dates),
    maybe(text(0, 50)),
    maybe(text(0, 250)),
)
ANSWERS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "none": st.none(),
    "CINMessage": st.builds(CustomerIdentification, octets, st.from_regex("[0-9]{4}", fullmatch=True)),
    "DSPInventory": st.builds(InventoryDevices, several(devices, 1, 3)),
    "DSPOptIn": st.builds(OptInCredentials, euis, octets, maybe(octets)),
    "DSPSchedulesRead": st.builds(SchedulesRead, several(_schedules(), 1, 3)),
    "DSPScheduledMessage": st.builds(ScheduledResponse, octets, schedule_ids),
    "DSPScheduleID": st.builds(ScheduleCreated, schedule_ids),
    "DSPUpdateFirmwareWarning": st.builds(FirmwareWarning, *[_device_lists] * 5),
    "DSPWANMatrix": st.builds(
        WanMatrix,
        st.builds(RequestWanMatrix, uprns | addresses),
        several(st.builds(Coverage, regions, real_codes, maybe(_coverage_details)), 1, 3),
    ),
    "FutureDatedDeviceAlertMessage": st.builds(
        FutureDatedAlert,
        st.sampled_from((0x8F66, 0x8F67)),
        octets,
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**16 - 1),
    ),
    "GBCSPayload": st.builds(DeviceResponse, octets),
    "LocalCommand": st.builds(LocalCommand, octets),
    "PreCommand": st.builds(PreCommand, octets, text(0, 9)),
}
"""Bodies by the element that they are in DUIS, ``none`` for an acknowledgement."""

# Alerts of devices


def alert_octets(
    code: int, device: Eui64, user: Eui64, counter: OriginatorCounter, *, of_gas: bool = False
) -> bytes:
    """A device's alert with an alert code; the signature is none."""
    payload = (gbz_alert if of_gas else dlms_alert)(code, counter, AT)
    header = GroupingHeader(Cra.ALERT, counter, device, user, OtherInformation(ALERT_MESSAGE))
    return encode(Message(header, payload, signature=bytes(64)))


device_alerts = st.builds(
    DeviceAlert,
    st.just(ALERT_MESSAGE),
    st.builds(alert_octets, st.integers(0, 0xFFFF), euis, euis, counters, of_gas=st.booleans()),
    throttles,
)

# Alerts of the DCC

metering_points = st.builds(MeteringPoints, mpans | mprns, maybe(mpans), maybe(mpans))
_types = st.sampled_from(CertificateType)
_operator_types = st.sampled_from((CertificateType.DIGITAL_SIGNING, CertificateType.KEY_AGREEMENT))
_roles = st.sampled_from((
    RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR, RemotePartyRole.ACCESS_CONTROL_BROKER,
    RemotePartyRole.ROOT, RemotePartyRole.RECOVERY, RemotePartyRole.TRANSITIONAL_COS,
    RemotePartyRole.LOAD_CONTROLLER,
))  # fmt: skip
_replaced = several(st.builds(ReplacedCertificate, _types, st.binary(min_size=20, max_size=20)), 1, 3)
_changes = (
    st.builds(MeterIdentity, metering_points, maybe(variants))
    | st.builds(MeterGone, metering_points, several(st.builds(AssociatedDevice, euis, device_types), 0, 7))
    | st.builds(RecoveredToBroker, several(_types, 1, 3), several(_operator_types, 0, 2))
    | st.sampled_from(PlainChange)
)
ALERT_PAYLOADS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "PowerOutageEvent": st.builds(PowerOutage, euis, moments, mpans | mprns),
    "DeviceStatusChangeEvent": st.builds(DeviceStatusChange, euis, _changes),
    "DSPScheduleRemoval": st.builds(ScheduleRemoval, euis, schedule_ids),
    "CommandFailure": st.builds(CommandFailure, request_ids, euis, maybe(schedule_ids)),
    "FirmwareDistributionFailure": st.builds(FirmwareDistributionFailure, request_ids, several(euis, 1, 3)),
    "UpdateHANDeviceLogResult": st.builds(HanDeviceLogResult, request_ids),
    "ChangeOfSupplier": st.builds(ChangeOfSupplierRefused, request_ids, maybe(text(3, 3)))
    | st.builds(DeviceChangedSupplier, euis, device_types, metering_points),
    "DeviceLogRestored": st.builds(
        DeviceLogRestored, dates, st.builds(HubIds, euis, euis, euis, euis), st.booleans()
    ),
    "SecurityCredentialsUpdated": st.builds(CredentialsUpdated, euis, _roles, _replaced, st.none(), st.none())
    | st.builds(CredentialsUpdated, euis, _roles, _replaced, floors, maybe(floors)),
    "PPMIDRemoval": st.builds(PpmidRemoved, euis, euis),
    "QuarantinedRequest": st.builds(
        RequestQuarantined, st.sampled_from(Breach), request_ids, st.integers(1 - 10**20, 10**20 - 1)
    ),
    "FirmwareVersionMismatch": st.builds(FirmwareVersionMismatch, euis, device_types, versions, versions),
    "DUISVersionMismatch": st.builds(
        DuisVersionMismatch,
        st.builds(AlertNotReadable, text(0, 5), maybe(euis), maybe(request_ids))
        | st.builds(ResponseNotReadable, request_ids, text(0, 5), text(0, 5), text(0, 5)),
        text(0, 5),
    ),
}
"""Payloads by the element that they are in DUIS."""


def dcc_alerts(payload: st.SearchStrategy[Any]) -> st.SearchStrategy[DccAlert]:
    return st.builds(DccAlert, st.sampled_from(DccAlertCode), payload, throttles)


# Responses


@st.composite
def answers(draw: st.DrawFn, body: st.SearchStrategy[Any]) -> ServiceResponse:
    """Responses to requests; a warning about firmware answers 11.1 or 11.4 alike."""
    request_id = draw(request_ids)
    srv = draw(st.sampled_from(Srv))
    return ServiceResponse(
        request_id.originator, request_id, draw(real_codes), draw(moments), draw(body), srv
    )


@st.composite
def alerts(draw: st.DrawFn, body: st.SearchStrategy[Any]) -> ServiceResponse:
    """Alerts of a device, or of the DCC under an id of its own."""
    content = draw(body)
    recipient = draw(euis)
    alert_id = None
    if isinstance(content, DccAlert):
        alert_id = RequestId(draw(euis), recipient, draw(counters))
    return ServiceResponse(recipient, None, ResponseCode.I0, draw(moments), content, None, alert_id)
