"""In whose name commands go out, which use case serves a service, and what is not modelled."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    ESME,
    EXPORT_SUPPLIER,
    GPF,
    GSME,
    HCALCS,
    NO_DEVICE,
    NOW,
    OPERATOR,
    PPMID,
    SUPPLIER,
    World,
)

from dcc.bodies.credentials import (
    CANCELLATION,
    CredentialType,
    IssueDeviceCredential,
    OptOut,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    ReplaceSupplierCredentials,
    RetrieveDeviceCredential,
    RetrieveRoles,
)
from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog, UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.meters import (
    ActivateFirmware,
    AlertGroup,
    ConfigureAlerts,
    GasAlertSetting,
    RecordGasNetworkData,
    SetExportMpan,
    SetImportMpxn,
    SynchroniseClock,
    TopUp,
)
from dcc.bodies.reads import EventLog, Read, ReadDeviceLog, ReadEventLog, ReadLog
from dcc.bodies.schedules import CreateSchedule, Frequency, PeriodOffset
from dcc.command_plan import CommandPlan, SentBy
from dcc.identifiers import Mpan, Mprn
from dcc.service_requests import OtherBody, RequestBody
from dcc.services import SERVICES
from dcc.srv import Srv
from dcc.transform import TRANSFORMS, Transformable, plan
from dcc.transform.request import transformable
from devices.gbcs.chf_commands import read_ccs01_command, read_ccs03_command
from devices.gbcs.chf_log import BackedUpDevice, LogBackup
from devices.gbcs.credentials import CounterChange, SpecialistFloor, UpdateCredentials
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.device_log import RestoreDeviceLog as LogToRestore
from devices.gbcs.gas_updates import read_gcs20_command
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import JoinDevice, JoinDeviceType, JoinMethod
from devices.gbcs.message import DlmsDateTime, Message, encode, parse
from devices.gbcs.payloads import decode_payload

T = DeviceType
S = RemotePartyRole.SUPPLIER
N = RemotePartyRole.NETWORK_OPERATOR
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
END: Final = datetime(2026, 1, 2, tzinfo=UTC)
OTHER: Final = Eui64.parse("00-DB-12-34-56-78-90-B0")
DER: Final = b"\x30\x00"
LOG: Final = ReadLog(START, END)
CODE: Final = bytes(16)
BROKER: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")
USER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
DEVICE: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")


def asked(srv: Srv, body: RequestBody, kind: DeviceType, role: RemotePartyRole | None = S) -> Transformable:
    return Transformable(srv, body, kind, role, NOW)


def message_of(made: CommandPlan | None, originator: Eui64 = USER) -> Message:
    assert made is not None
    message = made.message(originator, DEVICE, OriginatorCounter(7), USER, OriginatorCounter(3))
    return parse(encode(message))


def name_of(made: CommandPlan | None) -> str:
    """Use case and sender in short: ``0027 User``, ``0103 signed broker``, ``0001 broker for User``."""
    if made is None:
        return ""
    sender = {SentBy.USER: "User", SentBy.BROKER: "broker", SentBy.COS_PARTY: "CoS party"}[made.sent_by]
    signed = "signed " if made.signed else ""
    return f"{made.code} {signed}{sender}{' for User' if made.for_party else ''}"


REPLACEMENT: Final = ReplaceCredentials(S, DER, DER)
CHANGE: Final = ReplaceSupplierCredentials(DER, None, Mpan.parse("2099999999993"), OriginatorCounter(0))
CLOCK: Final = SynchroniseClock(START, 10)
ALERTS: Final = ConfigureAlerts(
    AlertGroup.ELECTRICITY_SUPPLIER_ALERTS, {"SupplierESMECommon": {0x810D: True}}
)
GAS_SETTING: Final = GasAlertSetting(wan_alert=True, han_alert=False, event_log=True, alarm=False)
GAS_ALERTS: Final = ConfigureAlerts(
    AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS, {"": {0x810E: GAS_SETTING, 0x8161: GAS_SETTING}}
)
ADD: Final = UpdateHanDeviceLog(OTHER, WhitelistEntry(3600, CODE))


def event_log(log: EventLog) -> ReadEventLog:
    return ReadEventLog(START, END, log)


NAMED: Final = (
    (Srv.TOP_UP, TopUp("1" * 20), T.ESME, S, "0007 User"),
    (Srv.TOP_UP, TopUp("1" * 20), T.GSME, S, "0097 User"),
    (Srv.TOP_UP, TopUp("1" * 20), T.GPF, S, ""),
    (Srv.READ_IMPORT_REGISTERS, Read(), T.ESME, N, "0027 User"),
    (Srv.READ_IMPORT_REGISTERS, Read(), T.GPF, N, "0074 User"),
    (Srv.READ_IMPORT_REGISTERS, Read(), T.CHF, S, ""),
    (Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES, Read(), T.ESME, N, "0029 User"),
    (Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES, Read(), T.GPF, N, "00B6 User"),
    (Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES, Read(), T.ESME, S, "002A User"),
    (Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS, Read(), T.GSME, S, "00B8 User"),
    (Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS, Read(), T.ESME, N, "0026 User"),
    (Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS, Read(), T.ESME, None, "0026 broker for User"),
    (Srv.READ_INSTANTANEOUS_PREPAY_VALUES, Read(), T.ESME, S, "002D User"),
    (Srv.RETRIEVE_IMPORT_DAILY_READ_LOG, LOG, T.GPF, S, "0077 User"),
    (Srv.RETRIEVE_IMPORT_DAILY_READ_LOG, LOG, T.ESME, S, ""),
    (Srv.RETRIEVE_EXPORT_DAILY_READ_LOG, LOG, T.ESME, None, "0035 broker for User"),
    (Srv.READ_PREPAYMENT_DAILY_READ_LOG, LOG, T.ESME, S, "0034 User"),
    (Srv.READ_PREPAYMENT_DAILY_READ_LOG, LOG, T.GSME, S, ""),
    (Srv.READ_ACTIVE_POWER_IMPORT, Read(), T.ESME, N, "0028 User"),
    (Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS, Read(), T.ESME, S, "00EE User"),
    (Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS, Read(), T.ESME, N, "00EF User"),
    (Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS, Read(), T.GSME, S, ""),
    (Srv.READ_ACTIVE_IMPORT_PROFILE, LOG, T.ESME, S, "0037 User"),
    (Srv.READ_ACTIVE_IMPORT_PROFILE, LOG, T.ESME, None, "0037 broker for User"),
    (Srv.READ_ACTIVE_IMPORT_PROFILE, LOG, T.GPF, N, "0078 User"),
    (Srv.READ_ACTIVE_IMPORT_PROFILE, LOG, T.GSME, N, "0078 broker for User"),
    (Srv.READ_REACTIVE_IMPORT_PROFILE, LOG, T.ESME, N, "0038 User"),
    (Srv.READ_EXPORT_PROFILE, LOG, T.ESME, N, "0036 User"),
    (Srv.READ_EXPORT_PROFILE, LOG, T.ESME, S, "0036 broker for User"),
    (Srv.READ_NETWORK_DATA, LOG, T.GSME, S, "0079 User"),
    (Srv.READ_NETWORK_DATA, LOG, T.GSME, N, "0079 broker for User"),
    (Srv.READ_DAILY_CONSUMPTION, LOG, T.GPF, S, "00A0 User"),
    (Srv.READ_DAILY_CONSUMPTION, LOG, T.GSME, S, ""),
    (Srv.READ_IDENTITY, Read(), T.ESME, S, "00F9 User"),
    (Srv.READ_IDENTITY, Read(), T.GSME, S, "00FB User"),
    (Srv.READ_IDENTITY, Read(), T.CHF, S, "00FA broker for User"),
    (Srv.READ_MPXN, Read(), T.ESME, N, "004E User"),
    (Srv.READ_EVENT_LOG, event_log(EventLog.EVENT), T.GSME, S, "0014 User"),
    (Srv.READ_EVENT_LOG, event_log(EventLog.SECURITY), T.CHF, S, "0094 broker for User"),
    (Srv.READ_EVENT_LOG, event_log(EventLog.ALCS_EVENT), T.ESME, S, "00FD User"),
    (Srv.READ_EVENT_LOG, event_log(EventLog.GSME_EVENT), T.GPF, S, ""),
    (Srv.READ_FIRMWARE_VERSION, Read(), T.PPMID, S, "0129 broker for User"),
    (Srv.READ_FIRMWARE_VERSION, Read(), T.CHF, None, "0059 broker for User"),
    (Srv.READ_FIRMWARE_VERSION, Read(), T.GPF, N, "0084 User"),
    (Srv.SYNCHRONISE_CLOCK, CLOCK, T.ESME, S, "0062 User"),
    (Srv.COMMISSION_DEVICE, CLOCK, T.GSME, S, "007F User"),
    (Srv.COMMISSION_DEVICE, CLOCK, T.HCALCS, S, ""),
    (Srv.COMMISSION_DEVICE, SynchroniseClock(CANCELLATION.replace(year=9999), 86400), T.ESME, S, ""),
    (Srv.SET_IMPORT_MPXN, SetImportMpxn(Mpan.parse("2099999999993")), T.ESME, S, "004C User"),
    (Srv.SET_IMPORT_MPXN, SetImportMpxn(Mprn.parse("1234567890")), T.GSME, S, "0087 User"),
    (Srv.SET_IMPORT_MPXN, SetImportMpxn(Mprn.parse("1234567890")), T.ESME, S, ""),
    (Srv.SET_EXPORT_MPAN, SetExportMpan(Mpan.parse("2099999999993")), T.ESME, None, "004D broker for User"),
    (Srv.CONFIGURE_ALERTS, ALERTS, T.ESME, S, "00AC User"),
    (Srv.CONFIGURE_ALERTS, ALERTS, T.GSME, S, ""),
    (Srv.CONFIGURE_ALERTS, GAS_ALERTS, T.GSME, S, "00AD User"),
    (Srv.CONFIGURE_ALERTS, GAS_ALERTS, T.ESME, S, ""),
    (
        Srv.CONFIGURE_ALERTS,
        GAS_ALERTS._replace(group=AlertGroup.GAS_SUPPLIER_ALERTS),
        T.GSME,
        S,
        "",
    ),
    (Srv.ACTIVATE_FIRMWARE, ActivateFirmware(bytes(32)), T.GSME, S, "0012 User"),
    (Srv.ACTIVATE_FIRMWARE, ActivateFirmware(bytes(32)), T.PPMID, S, ""),
    (Srv.RECORD_GAS_NETWORK_DATA, RecordGasNetworkData(), T.GSME, N, "0080 broker for User"),
    (Srv.RECORD_GAS_NETWORK_DATA, Read(), T.GSME, N, "0080 broker for User"),
    (Srv.UPDATE_CREDENTIALS, REPLACEMENT, T.ESME, S, "0102 User"),
    (Srv.UPDATE_CREDENTIALS, REPLACEMENT._replace(role=N), T.ESME, N, "0103 User"),
    (Srv.UPDATE_CREDENTIALS, REPLACEMENT._replace(role=RemotePartyRole.LOAD_CONTROLLER), T.GPF, S, ""),
    (Srv.HANDOVER, REPLACEMENT, T.GPF, S, "0102 signed broker"),
    (Srv.UPDATE_CREDENTIALS_COS, CHANGE, T.ESME, S, "0107 signed CoS party"),
    (Srv.RETRIEVE_CREDENTIALS, RetrieveRoles((S,)), T.CHF, S, "0008 broker"),
    (Srv.ISSUE_CREDENTIALS, IssueDeviceCredential(CredentialType.KEY_AGREEMENT), T.GPF, S, "000A User"),
    (Srv.ISSUE_CREDENTIALS, IssueDeviceCredential(CredentialType.KEY_AGREEMENT), T.PPMID, S, ""),
    (Srv.UPDATE_DEVICE_CERTIFICATE, PlaceDeviceCertificate(DER), T.HCALCS, S, "000B User"),
    (Srv.UPDATE_DEVICE_CERTIFICATE, PlaceDeviceCertificate(DER), T.CHF, S, ""),
    (
        Srv.RETRIEVE_DEVICE_CREDENTIALS,
        RetrieveDeviceCredential(CredentialType.DIGITAL_SIGNATURE),
        T.ESME,
        S,
        "000C User",
    ),
    (Srv.READ_DEVICE_LOG, ReadDeviceLog(), T.ESME, S, "0013 User"),
    (Srv.READ_DEVICE_LOG, ReadDeviceLog(), T.PPMID, S, "0013 broker for User"),
    (Srv.READ_DEVICE_LOG, ReadDeviceLog(), T.CHF, S, "0004 broker for User"),
    (Srv.READ_DEVICE_LOG, ReadDeviceLog(security_details=True), T.CHF, S, "00FE broker for User"),
    (Srv.UPDATE_HAN_DEVICE_LOG, ADD, T.CHF, S, "0001 broker for User"),
    (Srv.UPDATE_HAN_DEVICE_LOG, ADD, T.ESME, S, ""),
    (Srv.UPDATE_HAN_DEVICE_LOG, UpdateHanDeviceLog(OTHER, None), T.CHF, S, "0002 broker for User"),
    (Srv.UPDATE_HAN_DEVICE_LOG, ADD._replace(add=WhitelistEntry(1, bytes(15))), T.CHF, S, ""),
    (Srv.RESTORE_HAN_DEVICE_LOG, RestoreDeviceLog(OTHER), T.CHF, S, ""),
    (Srv.RESTORE_GPF_DEVICE_LOG, RestoreDeviceLog(OTHER), T.GPF, S, ""),
    (Srv.OPT_OUT, OptOut(DER, OriginatorCounter(0), START), T.ESME, S, ""),
)


@pytest.mark.parametrize(
    ("srv", "body", "kind", "role", "expected"),
    NAMED,
    ids=[f"{srv.value}-{kind.value}-{n}" for n, (srv, _, kind, _, _) in enumerate(NAMED)],
)
def test_use_case_and_sender(
    srv: Srv, body: RequestBody, kind: DeviceType, role: RemotePartyRole | None, expected: str
) -> None:
    made = plan(asked(srv, body, kind, role))
    assert name_of(made) == expected
    if made is not None:
        assert message_of(made).code == made.code


def test_every_service_that_is_modelled_is_in_the_table() -> None:
    named = {srv for srv, _, _, _, expected in NAMED if expected}
    without_log = {Srv.RESTORE_HAN_DEVICE_LOG, Srv.RESTORE_GPF_DEVICE_LOG}
    joins = {Srv.JOIN_CRITICAL, Srv.JOIN_NON_CRITICAL, Srv.UNJOIN_CRITICAL, Srv.UNJOIN_NON_CRITICAL}
    assert named >= TRANSFORMS.keys() - without_log - joins


@pytest.mark.parametrize("srv", TRANSFORMS, ids=lambda srv: srv.value)
def test_a_service_with_a_body_that_is_not_read_is_not_modelled(srv: Srv) -> None:
    body = OtherBody(SERVICES[srv].element, b"")
    assert all(plan(asked(srv, body, kind)) is None for kind in DeviceType)


@pytest.mark.parametrize("srv", TRANSFORMS, ids=lambda srv: srv.value)
def test_critical_services_alone_are_for_the_user_to_sign(srv: Srv) -> None:
    made = [plan(asked(*row[:4])) for row in NAMED if row[0] is srv]
    if SERVICES[srv].critical:
        assert all(each.sent_by is SentBy.USER and not each.signed for each in made if each)
    assert SERVICES[srv].non_device is False


# Whom the device does not know


def test_the_user_goes_along_with_its_counter_where_the_broker_asks() -> None:
    made = plan(asked(Srv.READ_NETWORK_DATA, LOG, T.ESME, None))
    other = message_of(made, BROKER).header.other
    assert (other.supplementary_party, other.supplementary_counter) == (USER, 3)
    assert other.certificate is None


def test_the_broker_itself_brings_nobody_along() -> None:
    made = plan(asked(Srv.READ_FIRMWARE_VERSION, Read(), T.PPMID, None))
    assert made is not None
    message = made.message(BROKER, DEVICE, OriginatorCounter(7), BROKER, OriginatorCounter(7))
    assert message.header.other.supplementary_party is None


ENCRYPTED: Final = (Srv.READ_ACTIVE_IMPORT_PROFILE, T.ESME, True)
PLAIN: Final = (Srv.READ_NETWORK_DATA, T.ESME, False)


@pytest.mark.parametrize(("srv", "kind", "encrypted"), [ENCRYPTED, PLAIN], ids=["encrypted", "plain"])
def test_a_certificate_goes_along_only_where_the_answer_is_encrypted(
    srv: Srv, kind: DeviceType, encrypted: bool
) -> None:
    newest, given = b"\x30\x01\x00", b"\x30\x02\x00\x00"
    unknown = asked(srv, LOG, kind, None)._replace(party_certificate=newest)
    with_own = unknown._replace(body=LOG._replace(agreement=given), role=S)
    for facts, certificate in ((unknown, newest), (with_own, given)):
        made = plan(facts)
        assert made is not None
        assert made.sent_by is SentBy.BROKER
        assert made.party_certificate == (certificate if encrypted else None)


def test_a_known_user_needs_no_certificate() -> None:
    made = plan(asked(Srv.READ_ACTIVE_IMPORT_PROFILE, LOG, T.ESME)._replace(party_certificate=DER))
    assert made is not None
    assert made.party_certificate is None


def test_a_read_of_more_samples_than_a_command_can_say_is_not_modelled() -> None:
    most = timedelta(minutes=30) * 65534
    for length, modelled in ((most, True), (most + timedelta(minutes=30), False)):
        body = ReadLog(START, START + length)
        made = plan(asked(Srv.READ_ACTIVE_IMPORT_PROFILE, body, T.GSME))
        assert (made is not None) is modelled


# Credentials


def update_of(made: CommandPlan | None) -> UpdateCredentials:
    update = decode_payload(message_of(made))
    assert isinstance(update, UpdateCredentials)
    return update


def test_a_change_of_supplier_sets_the_floors_of_another() -> None:
    floors = CHANGE._replace(floor=OriginatorCounter(5), top_up_floor=OriginatorCounter(6))
    update = update_of(plan(asked(Srv.UPDATE_CREDENTIALS_COS, floors, T.GSME)))
    assert (update.floor, update.specialist_floors) == (None, None)
    expected = CounterChange(S, OriginatorCounter(5), (SpecialistFloor(OriginatorCounter(6)),))
    assert update.other_changes == (expected,)
    assert str(update.authorising_cell) == "{transitionalCoS, digitalSignature}"


def test_the_device_holds_a_dated_change_of_supplier_and_the_dcc_a_dated_handover() -> None:
    change = update_of(
        plan(asked(Srv.UPDATE_CREDENTIALS_COS, CHANGE._replace(execution_date_time=END), T.ESME))
    )
    handover = update_of(plan(asked(Srv.HANDOVER, REPLACEMENT._replace(execution_date_time=END), T.ESME)))
    assert (change.execution_date_time, handover.execution_date_time) == (END, None)


def test_a_cancelled_change_of_supplier_changes_no_floor() -> None:
    cancelled = CHANGE._replace(execution_date_time=CANCELLATION)
    assert update_of(plan(asked(Srv.UPDATE_CREDENTIALS_COS, cancelled, T.ESME))).other_changes is None


def test_a_supplier_replaces_a_load_controllers_credentials_by_its_own_authority() -> None:
    role = RemotePartyRole.LOAD_CONTROLLER
    body = REPLACEMENT._replace(role=role, floor=OriginatorCounter(9))
    made = plan(asked(Srv.UPDATE_CREDENTIALS, body, T.ESME))
    update = update_of(made)
    assert name_of(made) == "0126 User"
    assert str(update.authorising_cell) == "{supplier, digitalSignature}"
    assert {replacement.cell.role for replacement in update.replacements} == {role}
    assert update.other_changes == (CounterChange(role, OriginatorCounter(9), None),)


# Joins

JoinRow = tuple[DeviceType, DeviceType | None, str, str, str, str]
"""Target and other device, and what 8.7.1, 8.7.2, 8.8.1 and 8.8.2 come to."""

JOINS: Final[tuple[JoinRow, ...]] = (
    (T.ESME, T.PPMID, "000D User", "", "000F User", ""),
    (T.ESME, T.HCALCS, "000D User", "", "000F User", ""),
    (T.HCALCS, T.ESME, "00AB User", "", "000F User", ""),
    (T.GSME, T.PPMID, "00AF User", "", "000F User", ""),
    (T.PPMID, T.ESME, "", "00AB signed broker for User", "", "000F signed broker for User"),
    (T.PPMID, T.GSME, "", "00AF signed broker for User", "", "000F signed broker for User"),
    (T.PPMID, T.GPF, "", "000E broker for User", "", "0010 broker for User"),
    (T.GSME, T.GPF, "", "000E User", "", "0010 User"),
    (T.GPF, T.GSME, "", "000E User", "", "0010 User"),
    (T.ESME, T.CAD, "", "000E User", "", "0010 User"),
    (T.GPF, T.IHD, "", "000E User", "", "0010 User"),
    (T.ESME, T.GSME, "", "", "", ""),
    (T.ESME, None, "", "", "", ""),
)


@pytest.mark.parametrize("row", JOINS, ids=lambda row: f"{row[0].value}-{row[1].value if row[1] else None}")
def test_joins_by_the_types_of_the_devices(
    row: tuple[DeviceType, DeviceType | None, str, str, str, str],
) -> None:
    kind, other, *expected = row
    services = (Srv.JOIN_CRITICAL, Srv.JOIN_NON_CRITICAL, Srv.UNJOIN_CRITICAL, Srv.UNJOIN_NON_CRITICAL)
    made = [plan(asked(srv, JoinOrUnjoin(OTHER), kind)._replace(other_device_type=other)) for srv in services]
    assert [name_of(each) for each in made] == expected


def test_a_user_without_a_role_in_devices_joins_by_the_broker() -> None:
    facts = asked(Srv.JOIN_NON_CRITICAL, JoinOrUnjoin(OTHER), T.GPF, None)
    made = plan(facts._replace(other_device_type=T.CAD))
    assert name_of(made) == "000E broker for User"


@pytest.mark.parametrize(
    ("kind", "brought"), [(T.PPMID, DER), (T.HCALCS, None)], ids=["method C", "method A"]
)
def test_a_certificate_comes_with_method_c_alone(kind: DeviceType, brought: bytes | None) -> None:
    target = T.GSME if kind is T.PPMID else T.ESME
    facts = asked(Srv.JOIN_CRITICAL, JoinOrUnjoin(OTHER), target)
    made = plan(facts._replace(other_device_type=kind, other_certificate=DER))
    command = decode_payload(message_of(made))
    assert isinstance(command, JoinDevice)
    assert (command.other_device, command.certificate) == (OTHER, brought)


# Meters and hubs


def test_gas_events_of_one_behaviour_share_a_component() -> None:
    message = message_of(plan(asked(Srv.CONFIGURE_ALERTS, GAS_ALERTS, T.GSME)))
    assert [events for _, events in read_gcs20_command(message.payload)] == [(0x810E, 0x8161)]


def test_gas_alerts_without_a_setting_are_not_modelled() -> None:
    assert plan(asked(Srv.CONFIGURE_ALERTS, GAS_ALERTS._replace(settings={"": {}}), T.GSME)) is None


def test_a_hub_of_two_bands_is_read_by_another_use_case() -> None:
    facts = asked(Srv.READ_DEVICE_LOG, ReadDeviceLog(), T.CHF)._replace(dual_band=True)
    assert name_of(plan(facts)) == "010F broker for User"
    assert name_of(plan(facts._replace(body=ReadDeviceLog(security_details=True)))) == "00FE broker for User"


def test_the_install_code_and_the_time_to_join_are_those_of_the_request() -> None:
    message = message_of(plan(asked(Srv.UPDATE_HAN_DEVICE_LOG, ADD, T.CHF)), BROKER)
    admission = read_ccs01_command(message.payload, OriginatorCounter(7))
    assert admission.registration.device == OTHER
    assert (admission.registration.install_code, admission.join_seconds) == (CODE, 3600)


# From what the DCC knows


def facts_of(world: World, user: Eui64, srv: Srv, target: Eui64, body: RequestBody) -> Transformable | None:
    return transformable(world.view(world.ask(user, srv, target, body)))


@pytest.mark.parametrize(
    ("user", "srv", "role"),
    [
        (SUPPLIER, Srv.READ_NETWORK_DATA, S),
        (OPERATOR, Srv.READ_NETWORK_DATA, N),
        (EXPORT_SUPPLIER, Srv.READ_EXPORT_PROFILE, None),
    ],
    ids=["supplier", "network operator", "export supplier"],
)
def test_the_role_in_which_devices_know_a_user(user: Eui64, srv: Srv, role: RemotePartyRole | None) -> None:
    world = World()
    facts = facts_of(world, user, srv, ESME, LOG)
    assert facts is not None
    assert (facts.role, facts.device_type, facts.now) == (role, T.ESME, world.now)
    assert facts.party_certificate == world.client(user).credentials.agreement.der


def test_a_device_that_nobody_knows() -> None:
    assert facts_of(World(), SUPPLIER, Srv.READ_NETWORK_DATA, NO_DEVICE, LOG) is None


@pytest.mark.parametrize(
    ("other", "kind"), [(GPF, T.GPF), (PPMID, T.PPMID), (HCALCS, T.HCALCS), (NO_DEVICE, None)]
)
def test_the_other_device_of_a_join(other: Eui64, kind: DeviceType | None) -> None:
    facts = facts_of(World(), SUPPLIER, Srv.JOIN_CRITICAL, GSME, JoinOrUnjoin(other))
    assert facts is not None
    assert facts.other_device_type is kind
    assert (facts.other_certificate is None) is (other == NO_DEVICE)


BACKUP: Final = LogBackup(DlmsDateTime.of(START, 0xFF), bytes(8), (BackedUpDevice(OTHER, bytes(16)),))
ENTRY: Final = DeviceLogEntry(OTHER, JoinDeviceType.GSME)


def test_a_new_hub_gets_the_last_log_of_the_old_one() -> None:
    world = World()
    world.dcc.backups.hubs[OTHER] = BACKUP
    facts = facts_of(world, SUPPLIER, Srv.RESTORE_HAN_DEVICE_LOG, CHF, RestoreDeviceLog(OTHER))
    assert facts is not None
    made = plan(facts)
    restore = read_ccs03_command(message_of(made).payload, OriginatorCounter(7))
    assert (name_of(made), restore.devices) == ("0003 broker for User", BACKUP.devices)
    other = facts_of(world, SUPPLIER, Srv.RESTORE_HAN_DEVICE_LOG, CHF, RestoreDeviceLog(NO_DEVICE))
    assert other is not None
    assert plan(other) is None


def test_a_new_gas_proxy_function_gets_the_last_log_of_the_old_one() -> None:
    world = World()
    world.dcc.backups.gas_proxies[OTHER] = (ENTRY,)
    facts = facts_of(world, SUPPLIER, Srv.RESTORE_GPF_DEVICE_LOG, GPF, RestoreDeviceLog(OTHER))
    assert facts is not None
    made = plan(facts)
    assert name_of(made) == "008C broker for User"
    assert decode_payload(message_of(made)) == LogToRestore((ENTRY,))


@pytest.mark.parametrize(
    ("variant", "dual"), [(None, False), ("Single Band", False), ("Dual Band", True), ("dual band", True)]
)
def test_the_bands_of_a_hub(variant: str | None, dual: bool) -> None:
    world = World()
    details = world.dcc.inventory.device(CHF).details._replace(han_variant=variant)
    world.dcc.inventory.describe(CHF, details=details)
    facts = facts_of(world, SUPPLIER, Srv.READ_DEVICE_LOG, CHF, ReadDeviceLog())
    assert facts is not None
    assert facts.dual_band is dual


def test_method_c_is_ready_for_signing() -> None:
    """The method that a GSME and a PPMID join by, with nothing of the PPMID's certificate known."""
    facts = asked(Srv.JOIN_CRITICAL, JoinOrUnjoin(OTHER), T.GSME)._replace(other_device_type=T.PPMID)
    command = decode_payload(message_of(plan(facts)))
    assert isinstance(command, JoinDevice)
    assert (command.method, command.certificate) == (JoinMethod.METHOD_C, None)


YESTERDAY: Final = PeriodOffset(-1, time(0), -1, time(1))


@pytest.mark.parametrize(
    ("srv", "encrypted"), [(Srv.READ_ACTIVE_IMPORT_PROFILE, True), (Srv.READ_NETWORK_DATA, False)]
)
def test_a_scheduled_read_brings_a_certificate_where_it_is_to_encrypt_for_it(
    srv: Srv, encrypted: bool
) -> None:
    """The broker asks, so that the device has to be told whom to encrypt for."""
    world = World()
    agreement = world.client(OPERATOR).credentials.agreement.der
    tomorrow = NOW.date() + timedelta(days=1)
    what = CreateSchedule(ESME, srv, Frequency.DAILY, tomorrow, period=YESTERDAY)
    world.dcc.schedules.create(OPERATOR, what, NOW)
    due = world.bed.dsp.next_due
    assert due is not None
    (command,) = world.bed.dsp.advance(due).commands
    assert parse(command.octets).header.other.certificate == (agreement if encrypted else None)
    assert world.device(ESME).receive(command.octets, due).accepted
