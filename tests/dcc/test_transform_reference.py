"""Every command of the Reference Test Data Set whose service is modelled, from its request template.

Where template and sample go with other values, the values are the sample's; who sends to whom under which
numbers is always the sample's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from conftest import conformance_root

from dcc.bodies.credentials import (
    CANCELLATION,
    CredentialType,
    IssueDeviceCredential,
    PlaceDeviceCertificate,
    RetrieveDeviceCredential,
    RetrieveRoles,
)
from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog
from dcc.bodies.meters import (
    ActivateFirmware,
    AlertGroup,
    ConfigureAlerts,
    GasAlertSetting,
    SynchroniseClock,
    TopUp,
)
from dcc.bodies.reads import EventLog, Read, ReadDeviceLog, ReadEventLog, ReadLog
from dcc.command_plan import CommandPlan, SentBy
from dcc.duis.parsing import parse as parse_xml
from dcc.duis.requests import read_request
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from dcc.transform import TRANSFORMS, Transformable, plan
from devices.gbcs import firmware
from devices.gbcs.chf_commands import read_ccs03_command
from devices.gbcs.chf_log import CCS03, LogBackup
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    MODE_OF_CODE,
    RetrieveCredentials,
    UpdateCredentials,
)
from devices.gbcs.cs01 import CS01A, CS01B, read_cs01a_command, read_cs01b_command
from devices.gbcs.device_certificates import (
    IssueCredentials,
    ProvideDeviceCertificate,
    UpdateDeviceCertificate,
)
from devices.gbcs.device_log import RestoreDeviceLog as LogToRestore
from devices.gbcs.dlms_updates import BEHAVIOUR_UPDATES, read_behaviour_command
from devices.gbcs.gas_clock import SetClock
from devices.gbcs.gas_read_table import CS10A, CS10B, GBZ_READS, GCS16A, GCS17
from devices.gbcs.gas_updates import GCS20, GCS41, read_gcs20_command
from devices.gbcs.gbz import decode as decode_gbz
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import CS04AC, CS04B, JOIN_DEVICE_TYPES, JoinDevice, UnjoinDevice
from devices.gbcs.message import MINIMAL_LENGTHS, DlmsDateTime, Message, MessageShape, encode, parse
from devices.gbcs.payloads import decode_payload
from devices.gbcs.read_table import DLMS_READS, ECS21B
from devices.gbcs.zcl import OtherBody, utc_moment
from devices.gbcs.zcl_commands import SamplesRequest, SnapshotRequest
from devices.gbcs.zcl_events import EventsRequest

SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OPERATOR: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
BROKER: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")
COS_PARTY: Final = Eui64.parse("90-B3-D5-1F-30-00-00-04")
NAMES: Final = {BROKER: SentBy.BROKER, COS_PARTY: SentBy.COS_PARTY}
ROLES: Final = {SUPPLIER: RemotePartyRole.SUPPLIER, OPERATOR: RemotePartyRole.NETWORK_OPERATOR}
TYPES: Final = dict(enumerate(("ESME", "GSME", "CHF", "GPF", "PPMID", "HCALCS"), 0xA0))
NOT_MADE: Final = frozenset({
    "ECS26e", "ECS26i", "ECS35f", "GCS21e",  # No request is made of them any more.
    "ECS23b",  # Of a meter for three phases.
    "CCS06", "ECS21a", "GCS16b", "GCS20r", "GCS31",
})  # fmt: skip
"""Use cases of modelled services that the transform has no command for."""
ASSUMED: Final = frozenset({"CS02gLoadControllerBySupplier_6.15.1_CANCELLATION_SUCCESS"})
"""Whether a cancellation of CS02g leaves out the floor, as that of 6.23 does, is assumed."""
UNJOINED_FROM: Final = {
    (DeviceType.ESME, CS04AC): DeviceType.PPMID,
    (DeviceType.GSME, CS04B): DeviceType.GPF,
    (DeviceType.PPMID, CS04AC): DeviceType.ESME,
    (DeviceType.HCALCS, CS04AC): DeviceType.ESME,
}
"""The device from which a device of a type parts by a use case."""


class Sample(NamedTuple):
    """A protected command of the data set."""

    name: str
    srv: Srv
    message: Message

    @property
    def user(self) -> Eui64:
        """Who asked for it."""
        header = self.message.header
        return header.other.supplementary_party or header.originator

    @property
    def device_type(self) -> DeviceType:
        """The type of device that the data set has under this number."""
        return DeviceType(TYPES[self.message.header.target[-1]])


@cache
def samples() -> tuple[Sample, ...]:
    """The commands of the services that are modelled; none without the data set."""
    if not conformance_root().is_dir():
        return ()
    modelled = {srv.value: srv for srv in TRANSFORMS}
    ending, found = "_COMMAND_GBCS.HEX", []
    for path in sorted(conformance_root().glob(f"rtds/messages/*/*{ending}")):
        name = path.name.removesuffix(ending)
        srv = modelled.get(name.split("_")[1])
        if srv is None or name in ASSUMED or name.split("_")[0] in NOT_MADE:
            continue
        sample = Sample(name, srv, parse(bytes.fromhex(path.read_text("ascii"))))
        if name.startswith("CS04B_") and sample.message.code == CS04AC:
            continue  # A critical command under the name of one that is not.
        read = DLMS_READS.get(sample.message.code) or GBZ_READS.get(sample.message.code)
        # Of a read that is assumed a larger set may show another form.
        if read is None or read.confirmed:
            found.append(sample)
    return tuple(found)


@cache
def templates() -> Mapping[str, RequestBody]:
    """The bodies of the templates by name, as far as there are samples with that name."""
    root = conformance_root() / "duis" / "templates"
    paths = {sample.name: root / f"{sample.name}_REQUEST_DUIS.XML" for sample in samples()}
    return {
        name: read_request(parse_xml(path.read_bytes())).body
        for name, path in paths.items()
        if path.is_file()
    }


# Templates that say something else than the command of the same name: another party, other events. Those
# that replace credentials all bring other certificates.
DIFFERENT: Final = frozenset({
    "ECS21b_4.14_URP_SUCCESS",
    "ECS25a_6.22_SUCCESS",
    "ECS25b_6.22_SUCCESS",
    "GCS20_6.22_SUCCESS",  # In another order: which one the DCC gives the components is not known.
})  # fmt: skip


def body_of(sample: Sample) -> RequestBody:
    """The template's body, or that of the template next to the sample, with the sample's values."""
    found = templates().get(sample.name)
    is_different = sample.name in DIFFERENT or sample.message.code in MODE_OF_CODE
    if found is not None and not is_different:
        return found
    use_case = sample.name.split("_")[0]
    of_use_case = [body for name, body in templates().items() if name.startswith(f"{use_case}_")]
    succeeding = templates().get(sample.name.replace("_ERROR", "_SUCCESS"))
    near = found or succeeding or next(iter(of_use_case), None)
    return with_values(near, sample)


def with_values(near: RequestBody | None, sample: Sample) -> RequestBody:
    """The body that the command of a sample answers to; ``near`` is one of the same use case."""
    message, reader = sample.message, READERS.get(sample.message.code)
    if reader is not None:
        return reader(near, message)
    payload = decode_payload(message)
    for kind, of_payload in PAYLOADS.items():
        if isinstance(payload, kind):
            return of_payload(near, payload)
    return WITHOUT_VALUES.get(sample.name.split("_")[0]) or near or pytest.fail(f"no body of {sample.name}")


def with_certificates(near: Any, update: UpdateCredentials) -> RequestBody:
    certificates = [replacement.certificate for replacement in update.replacements]
    at = CANCELLATION if update.execution_date_time == CANCELLATION_TIME else update.execution_date_time
    body: RequestBody = near._replace(
        signing=certificates[0],
        agreement=certificates[1],
        top_up=certificates[2] if len(certificates) > 2 else None,
        path=update.path_certificates,
        apply_time_based_checks=update.apply_time_based_checks,
        execution_date_time=at,
    )
    return body


def firmware_activation(_: Any, command: firmware.ActivateFirmware) -> ActivateFirmware:
    at = CANCELLATION if command.execution_date_time == CANCELLATION_TIME else command.execution_date_time
    return ActivateFirmware(command.image_hash, at)


def clock(_: Any, command: SetClock) -> SynchroniseClock:
    tolerance = command.validity_end - command.validity_start
    return SynchroniseClock(command.validity_start, int(tolerance.total_seconds()))


def credential_type(command: IssueCredentials | ProvideDeviceCertificate) -> CredentialType:
    signing = command.key_usage is KeyUsage.DIGITAL_SIGNATURE
    return CredentialType.DIGITAL_SIGNATURE if signing else CredentialType.KEY_AGREEMENT


PAYLOADS: Final[Mapping[type, Callable[[Any, Any], RequestBody]]] = {
    UpdateCredentials: with_certificates,
    RetrieveCredentials: lambda _, command: RetrieveRoles(command.roles),
    IssueCredentials: lambda _, command: IssueDeviceCredential(credential_type(command)),
    ProvideDeviceCertificate: lambda _, command: RetrieveDeviceCredential(credential_type(command)),
    UpdateDeviceCertificate: lambda _, command: PlaceDeviceCertificate(command.certificate),
    firmware.ActivateFirmware: firmware_activation,
    SetClock: clock,
    JoinDevice: lambda _, command: JoinOrUnjoin(command.other_device),
    UnjoinDevice: lambda _, command: JoinOrUnjoin(command.other_device),
    LogToRestore: lambda near, _: near or RestoreDeviceLog(SUPPLIER),
}


def first_request(message: Message) -> bytes:
    body = decode_gbz(message.payload)[0].body
    assert isinstance(body, OtherBody)
    return body.octets


def events(log: EventLog) -> Callable[[Any, Message], RequestBody]:
    def body(_: Any, message: Message) -> ReadEventLog:
        asked = EventsRequest.read(first_request(message))
        return ReadEventLog(asked.start, asked.end, log)

    return body


def profile(_: Any, message: Message) -> ReadLog:
    asked = SamplesRequest.read(first_request(message))
    return ReadLog(asked.start, asked.start + timedelta(minutes=30) * (asked.samples - 1))


def snapshots(_: Any, message: Message) -> ReadLog:
    asked = SnapshotRequest.read(first_request(message))
    return ReadLog(asked.earliest, asked.latest)


def with_agreement(near: Any, message: Message) -> RequestBody:
    body: RequestBody = near._replace(agreement=message.header.other.certificate)
    return body


def alerts(near: Any, message: Message) -> ConfigureAlerts:
    counter = message.header.originator_counter
    change = read_behaviour_command(message.code, message.payload, counter)
    switches = dict.fromkeys(change.on, True) | dict.fromkeys(change.off, False)
    return ConfigureAlerts(near.group, {"SupplierESMECommon": switches})


def gas_alerts(_: Any, message: Message) -> ConfigureAlerts:
    """The settings in the order of the sample."""
    settings: dict[int, bool | GasAlertSetting] = {}
    for bits, codes in read_gcs20_command(message.payload):
        setting = GasAlertSetting(
            wan_alert=bool(bits & 0x08),
            han_alert=bool(bits & 0x10),
            event_log=bits & 3 == 3,
            alarm=bits >= 0x40,
        )
        settings |= dict.fromkeys(codes, setting)
    return ConfigureAlerts(AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS, {"": settings})


def top_up(_: Any, message: Message) -> TopUp:
    if message.code == CS01B:
        return TopUp(read_cs01b_command(message.payload).digits)
    return TopUp(read_cs01a_command(message.payload, message.header.originator_counter))


READERS: Final[Mapping[int, Callable[[Any, Message], RequestBody]]] = {
    CS01A: top_up,
    CS01B: top_up,
    CS10A: events(EventLog.EVENT),
    CS10B: events(EventLog.SECURITY),
    GCS16A: snapshots,
    GCS17: profile,
    ECS21B: with_agreement,
    GCS20: gas_alerts,
    **dict.fromkeys(BEHAVIOUR_UPDATES, alerts),
}
WITHOUT_VALUES: Final[Mapping[str, RequestBody]] = {
    "ECS17e": Read(),
    "ECS25r2": Read(),
    "ECS26n": Read(),
    "GCS21m": Read(),
    "GCS46": Read(),
    "CCS03": RestoreDeviceLog(SUPPLIER),
    "CCS07": ReadDeviceLog(security_details=True),
}


def asked(sample: Sample) -> Transformable:
    # Whoever the broker names beside itself is a User that the device does not know.
    is_unknown = sample.message.header.other.supplementary_party is not None
    role = None if is_unknown else ROLES.get(sample.user)
    facts = Transformable(sample.srv, body_of(sample), sample.device_type, role)
    message = sample.message
    match decode_payload(message):
        case JoinDevice(_, _, other_type, certificate):
            types = {join_type: device_type for device_type, join_type in JOIN_DEVICE_TYPES.items()}
            return facts._replace(other_device_type=types[other_type], other_certificate=certificate)
        case UnjoinDevice():
            return facts._replace(other_device_type=UNJOINED_FROM[sample.device_type, message.code])
        case LogToRestore(entries):
            return facts._replace(gas_log=entries)
    if message.code == CCS03:
        restore = read_ccs03_command(message.payload, message.header.originator_counter)
        at = DlmsDateTime.of(datetime.max, 0xFF)
        return facts._replace(hub_log=LogBackup(at, restore.pan_id, restore.devices))
    return facts._replace(now=issued(message))


def issued(message: Message) -> datetime | None:
    """When a gas meter's update was made: it is the first thing that its command says."""
    if message.code not in (GCS20, GCS41):
        return None
    return utc_moment(int.from_bytes(first_request(message)[:4], "little"))


def transformed(sample: Sample) -> CommandPlan:
    found = plan(asked(sample))
    assert found is not None
    return found


def test_there_are_samples() -> None:
    if not conformance_root().is_dir():
        pytest.skip("no conformance data")
    assert len({sample.srv for sample in samples()}) > 25


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_command_is_that_of_the_reference_before_its_protection(sample: Sample) -> None:
    header = sample.message.header
    user_counter = header.other.supplementary_counter
    command = transformed(sample).message(
        header.originator, header.target, header.originator_counter, sample.user, user_counter
    )
    bare = sample.message._replace(signature=None, mac=None, forms=MINIMAL_LENGTHS)
    assert command.shape is MessageShape.PRE_COMMAND
    assert command.header == bare.header
    assert encode(command) == encode(bare)


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_command_goes_out_in_the_name_that_the_reference_has(sample: Sample) -> None:
    message, made = sample.message, transformed(sample)
    assert made.sent_by is NAMES.get(message.header.originator, SentBy.USER)
    assert made.signed is (made.sent_by is not SentBy.USER and bool(message.signature))


def test_gas_alerts_are_those_of_the_template_in_whatever_order() -> None:
    found = [sample for sample in samples() if sample.name == "GCS20_6.22_SUCCESS"]
    if not found:
        pytest.skip("no conformance data")
    (sample,) = found
    made = plan(asked(sample)._replace(body=templates()[sample.name]))
    assert made is not None
    payload = made.message(SUPPLIER, sample.message.header.target, OriginatorCounter(1)).payload
    configurations = {bits: set(codes) for bits, codes in read_gcs20_command(payload)}
    assert configurations == {bits: set(codes) for bits, codes in read_gcs20_command(sample.message.payload)}
