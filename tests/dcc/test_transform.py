"""From requests to commands: the same octets as in the Reference Test Data Set, from the same values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from dcc import transform
from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials, RetrieveRoles
from dcc.bodies.reads import Read, ReadLog
from dcc.service_requests import RequestBody, SignedPreCommand
from dcc.srv import Srv
from dcc.transform import Transformable
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import CANCELLATION_TIME, UpdateCredentials
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message, MessageShape, encode, parse

SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
NETWORK_OPERATOR: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
BROKER: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")
ESME: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")
GPF: Final = Eui64.parse("00-DB-12-34-56-78-90-A3")
ZERO: Final = OriginatorCounter(0)
ROLE = RemotePartyRole


class Sample(NamedTuple):
    """A command of the data set: what was asked for, apart from the certificates, and by and of whom."""

    folder: str
    name: str
    device_type: DeviceType
    originator: Eui64
    target: Eui64
    counter: int
    body: RequestBody


OF_OPERATOR: Final = ReplaceCredentials(ROLE.NETWORK_OPERATOR, None, None, floor=ZERO)
OF_SUPPLIER: Final = ReplaceCredentials(ROLE.SUPPLIER, None, None, floor=ZERO, top_up_floor=ZERO)
DATED: Final = OF_SUPPLIER._replace(execution_date_time=datetime(2030, 1, 15, tzinfo=UTC))
CANCELLED: Final = OF_SUPPLIER._replace(execution_date_time=CANCELLATION)
UNCHECKED: Final = OF_SUPPLIER._replace(apply_time_based_checks=False)
NO_BY_NO: Final = "6.15.1_CS02bNOByNO"
BY_SUPPLIER: Final = "6.15.1_CS02bSupplierBySupplier"
ESME_OF: Final = (DeviceType.ESME, SUPPLIER, ESME)
GPF_OF: Final = (DeviceType.GPF, SUPPLIER, GPF)

PRE_COMMANDS: Final = (
    Sample(NO_BY_NO, "SUCCESS", DeviceType.ESME, NETWORK_OPERATOR, ESME, 1200, OF_OPERATOR),
    Sample(BY_SUPPLIER, "IMMEDIATE_SUCCESS", *ESME_OF, 1000, UNCHECKED),
    Sample(BY_SUPPLIER, "IMMEDIATE_ERROR", *ESME_OF, 1003, OF_SUPPLIER),
    Sample(BY_SUPPLIER, "FUTURE_DATED_SUCCESS", *ESME_OF, 1001, DATED),
    Sample(BY_SUPPLIER, "FUTURE_DATED_ERROR", *ESME_OF, 1004, DATED),
    Sample(BY_SUPPLIER, "CANCELLATION_SUCCESS", *ESME_OF, 1002, CANCELLED),
)
VOLTAGES: Final = ReadLog(datetime(2014, 12, 29, 23, 59, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC))
CREDENTIALS: Final = RetrieveRoles((ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR))
COMMANDS: Final = (
    Sample("6.21_CS02bNOByNOHandover", "SUCCESS", DeviceType.GPF, BROKER, GPF, 1301, OF_OPERATOR),
    Sample("6.24.1_CS02aMAC", "SUCCESS", DeviceType.ESME, BROKER, ESME, 1302, CREDENTIALS),
    Sample("4.10_ECS23", "SUCCESS", *ESME_OF, 1002, VOLTAGES),
    Sample("4.1.1_GCS13a", "SUCCESS_RELIABLE_GPF", *GPF_OF, 1001, Read()),
)


def sample_id(sample: Sample) -> str:
    return f"{sample.folder}-{sample.name}"


def read_message(conformance: Path, sample: Sample, kind: str) -> bytes:
    reference, _, use_case = sample.folder.partition("_")
    name = f"{use_case}_{reference}_{sample.name}_{kind}_GBCS.HEX"
    path = conformance / "rtds" / "messages" / sample.folder / name
    return bytes.fromhex(path.read_text(encoding="ascii"))


def with_certificates_of(body: RequestBody, message: Message) -> RequestBody:
    """The body with replacement and path certificates out of the sample; nothing else is taken from it."""
    if not isinstance(body, ReplaceCredentials):
        return body
    update = credentials_codec.decode(message)
    assert isinstance(update, UpdateCredentials)
    certificates = [replacement.certificate for replacement in update.replacements]
    return body._replace(
        signing=certificates[0],
        agreement=certificates[1],
        top_up=certificates[2] if len(certificates) > 2 else None,
        path=update.path_certificates,
    )


SERVICE_OF_BODY: Final = {
    ReplaceCredentials: Srv.UPDATE_CREDENTIALS,
    RetrieveRoles: Srv.RETRIEVE_CREDENTIALS,
    ReadLog: Srv.READ_NETWORK_DATA,
    Read: Srv.READ_IMPORT_REGISTERS,
}


def service_of(sample: Sample) -> Srv:
    return Srv(sample.folder.split("_")[0])


def transformed(sample: Sample, message: Message) -> bytes:
    body = with_certificates_of(sample.body, message)
    counter = OriginatorCounter(sample.counter)
    plan = transform.plan(Transformable(service_of(sample), body, sample.device_type))
    assert plan is not None
    command = plan.message(sample.originator, sample.target, counter)
    assert command.shape is MessageShape.PRE_COMMAND
    return encode(command)


@pytest.mark.parametrize("sample", PRE_COMMANDS, ids=sample_id)
def test_pre_commands_are_those_of_the_reference(conformance: Path, sample: Sample) -> None:
    expected = read_message(conformance, sample, "PRECOMMAND")
    assert transformed(sample, parse(expected)) == expected


@pytest.mark.parametrize("sample", PRE_COMMANDS + COMMANDS, ids=sample_id)
def test_commands_are_those_of_the_reference_before_their_protection(
    conformance: Path, sample: Sample
) -> None:
    message = parse(read_message(conformance, sample, "COMMAND"))
    bare = encode(message._replace(signature=None, mac=None))
    assert transformed(sample, message) == bare


# Without the data set


def command(body: RequestBody, device_type: DeviceType = DeviceType.ESME) -> Message | None:
    plan = transform.plan(Transformable(SERVICE_OF_BODY.get(type(body), Srv.HANDOVER), body, device_type))
    return plan.message(SUPPLIER, ESME, OriginatorCounter(7)) if plan else None


DER: Final = b"\x30\x00"
ROLES_WITH_MODE: Final = {ROLE.SUPPLIER: "0102", ROLE.NETWORK_OPERATOR: "0103", ROLE.LOAD_CONTROLLER: "0126"}


@pytest.mark.parametrize("role", ROLE, ids=lambda role: role.field_name)
def test_a_role_that_no_service_replaces_is_not_modelled(role: RemotePartyRole) -> None:
    message = command(ReplaceCredentials(role, DER, None))
    assert (str(message.code) if message else None) == ROLES_WITH_MODE.get(role)


MODELLED: Final = {
    "ReadLog": {DeviceType.ESME, DeviceType.GSME},
    "Read": {DeviceType.ESME, DeviceType.GSME, DeviceType.GPF},
    "RetrieveRoles": set(DeviceType),
    "ReplaceCredentials": set(DeviceType),
    "SignedPreCommand": set[DeviceType](),
}


@pytest.mark.parametrize("device_type", DeviceType, ids=lambda kind: kind.value)
def test_what_is_modelled_for_which_device_type(device_type: DeviceType) -> None:
    bodies = (VOLTAGES, Read(), CREDENTIALS, OF_OPERATOR, SignedPreCommand(b""))
    for body in bodies:
        modelled = device_type in MODELLED[type(body).__name__]
        assert (command(body, device_type) is not None) is modelled, body


def test_a_load_controllers_credentials_are_another_use_case() -> None:
    """CS02f of an ESME; on others, CS02a for that role would be something that nobody asked for."""
    roles = RetrieveRoles((ROLE.SUPPLIER, ROLE.LOAD_CONTROLLER))
    message = command(roles)
    assert message is not None
    assert message.code == credentials_codec.CS02F
    assert command(roles, DeviceType.GSME) is None


def update_of(body: ReplaceCredentials) -> UpdateCredentials:
    message = command(body)
    assert message is not None
    update = credentials_codec.decode(message)
    assert isinstance(update, UpdateCredentials)
    return update


def test_only_what_was_asked_for_is_in_the_payload() -> None:
    least = update_of(ReplaceCredentials(ROLE.SUPPLIER, None, DER))
    assert [str(item.cell) for item in least.replacements] == ["{supplier, keyAgreement}"]
    assert (least.floor, least.specialist_floors, least.other_changes) == (None, None, None)
    assert (least.execution_date_time, least.contingency_key) == (None, None)
    assert least.path_certificates == ()
    assert least.apply_time_based_checks


def test_a_top_up_floor_does_not_need_a_floor() -> None:
    update = update_of(ReplaceCredentials(ROLE.SUPPLIER, DER, None, top_up_floor=OriginatorCounter(5)))
    assert update.floor is None
    assert update.specialist_floors is not None
    assert [(floor.usage, floor.floor) for floor in update.specialist_floors] == [(0, 5)]


def test_times_are_written_in_utc_and_a_cancellation_in_gbcs_own_way() -> None:
    summer = timezone(timedelta(hours=1))
    dated = OF_SUPPLIER._replace(execution_date_time=datetime(2030, 6, 1, 0, 30, tzinfo=summer))
    assert update_of(dated).execution_date_time == datetime(2030, 5, 31, 23, 30, tzinfo=UTC)
    assert update_of(CANCELLED).execution_date_time == CANCELLATION_TIME
    second_before = CANCELLATION - timedelta(seconds=1)
    almost = OF_SUPPLIER._replace(execution_date_time=second_before)
    assert update_of(almost).execution_date_time == second_before


@pytest.mark.parametrize("counter", [1, 127, 128, 2**63 - 1, 2**63, 2**64 - 1])
def test_the_counter_stands_in_header_and_payload(counter: int) -> None:
    number = OriginatorCounter(counter)
    plan = transform.plan(Transformable(Srv.UPDATE_CREDENTIALS, OF_OPERATOR, DeviceType.ESME))
    assert plan is not None
    message = plan.message(SUPPLIER, ESME, number)
    update = credentials_codec.decode(parse(encode(message)))
    assert isinstance(update, UpdateCredentials)
    assert message.header.originator_counter == update.counter == counter
