"""For every service that the DCC makes commands for, requests that real devices answer, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from party_worlds import (
    CHF,
    ESME,
    EXPORT_MPAN,
    EXPORTER,
    GPF,
    GSME,
    HCALCS,
    KINDS,
    LOAD_CONTROLLER,
    MPAN,
    MPRN,
    NEW,
    OLD_GPF,
    OLD_HUB,
    OPERATOR,
    OTHER_SUPPLIER,
    OTHER_USER,
    PPMID,
    START,
    SUPPLIER,
    TRANSPORTER,
    PartyHome,
)

from dcc.bodies.credentials import (
    CredentialType,
    IssueDeviceCredential,
    PlaceDeviceCertificate,
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
from dcc.identifiers import Mpid
from dcc.registration import ElectricityRecord
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from devices.gbcs.chf_log import Backups, LogBackup
from devices.gbcs.credentials import RetrieveCredentialsResponse, UpdateCredentialsResponse
from devices.gbcs.cs01 import GasTopUpAnswer
from devices.gbcs.device_certificates import (
    IssueCredentialsResponse,
    ProvideDeviceCertificateResponse,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.device_log import (
    DeviceLogEntry,
    ReadDeviceLogResponse,
    RestoreDeviceLogResponse,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_reads import DlmsReading
from devices.gbcs.ecs70 import ClockAnswer
from devices.gbcs.firmware import ActivateFirmwareResponse, ReadFirmwareVersionResponse
from devices.gbcs.gas_clock import SetClockResponse
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import JoinDeviceResponse, JoinDeviceType, UnjoinDeviceResponse
from devices.gbcs.message import DlmsDateTime
from devices.gbcs.zcl import ZclStatus
from devices.reads import GasConsumption, NetworkData

Body = Callable[[PartyHome], RequestBody]


class Case(NamedTuple):
    """Who asks which service of which device; ``body`` prepares the home where needed."""

    user: Eui64
    srv: Srv
    target: Eui64
    body: Body
    opened: type


def clock(home: PartyHome) -> RequestBody:
    return SynchroniseClock(home.now, 60)


def own_certificates(home: PartyHome) -> RequestBody:
    return home.client(SUPPLIER).replacement(home.client(SUPPLIER).credentials)


def of_load_controller(home: PartyHome) -> RequestBody:
    credentials = home.client(LOAD_CONTROLLER).credentials
    return home.client(SUPPLIER).replacement(credentials, floor=OriginatorCounter(9))


def of_operator(home: PartyHome) -> RequestBody:
    return home.client(SUPPLIER).replacement(home.client(OPERATOR).credentials)


def of_new_supplier(home: PartyHome) -> RequestBody:
    home.bed.world.registration.add_electricity(MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPB")))
    credentials = home.client(OTHER_SUPPLIER).credentials
    path = home.client(OTHER_SUPPLIER).replacement(credentials).path
    assert credentials.top_up is not None
    return ReplaceSupplierCredentials(
        credentials.signing.der,
        credentials.agreement.der,
        MPAN,
        OriginatorCounter(1),
        top_up=credentials.top_up.der,
        path=path,
    )


def meters_certificate(home: PartyHome) -> RequestBody:
    certificate = home.bed.repository.newest(home.now, ESME, KeyUsage.KEY_AGREEMENT)
    assert certificate is not None
    return PlaceDeviceCertificate(certificate.der)


def hour(home: PartyHome) -> RequestBody:
    return ReadLog(START, home.now)


def hour_for_other(home: PartyHome) -> RequestBody:
    return ReadLog(START, home.now, home.client(OTHER_USER).credentials.agreement.der)


def event_log(log: EventLog) -> Body:
    return lambda home: ReadEventLog(START, home.now, log)


def read(home: PartyHome) -> RequestBody:
    return Read()


def joined_with(other: Eui64) -> Body:
    return lambda _: JoinOrUnjoin(other)


def old_hub(home: PartyHome) -> RequestBody:
    at = DlmsDateTime.of(home.now, 0)
    home.bed.world.backups.hubs[OLD_HUB] = LogBackup(at, bytes(8), ())
    return RestoreDeviceLog(OLD_HUB)


def old_gas_proxy(home: PartyHome) -> RequestBody:
    home.bed.world.backups.gas_proxies[OLD_GPF] = (DeviceLogEntry(GSME, JoinDeviceType.GSME),)
    return RestoreDeviceLog(OLD_GPF)


def electricity_alerts(home: PartyHome) -> RequestBody:
    return ConfigureAlerts(
        AlertGroup.ELECTRICITY_SUPPLIER_ALERTS, {"SupplierESMECommon": {0x8101: True, 0x8102: False}}
    )


def gas_alerts(home: PartyHome) -> RequestBody:
    setting = GasAlertSetting(wan_alert=True, han_alert=True, event_log=True, alarm=False)
    return ConfigureAlerts(AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS, {"": {0x8101: setting}})


def image(home: PartyHome) -> RequestBody:
    return ActivateFirmware(bytes(32))


def _simple(srv: Srv, user: Eui64, body: Body, **opened: type) -> dict[str, Case]:
    """The same request to devices of several types, each with what it answers."""
    by_name = {kind.value: eui for eui, kind in KINDS.items()}
    return {
        f"{srv.value} {name}": Case(user, srv, by_name[name], body, kind) for name, kind in opened.items()
    }


CRITICAL: Final[dict[str, Case]] = {
    **_simple(Srv.SYNCHRONISE_CLOCK, SUPPLIER, clock, ESME=ClockAnswer, GSME=SetClockResponse),
    **_simple(Srv.COMMISSION_DEVICE, SUPPLIER, clock, ESME=ClockAnswer, GSME=SetClockResponse),
    "6.15.1": Case(SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, own_certificates, UpdateCredentialsResponse),
    "6.15.1 load controller": Case(
        SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, of_load_controller, UpdateCredentialsResponse
    ),
    "6.15.2": Case(
        SUPPLIER, Srv.UPDATE_DEVICE_CERTIFICATE, ESME, meters_certificate, UpdateDeviceCertificateResponse
    ),
    "6.17": Case(
        SUPPLIER,
        Srv.ISSUE_CREDENTIALS,
        ESME,
        lambda _: IssueDeviceCredential(CredentialType.KEY_AGREEMENT),
        IssueCredentialsResponse,
    ),
    "6.24.2": Case(
        SUPPLIER,
        Srv.RETRIEVE_DEVICE_CREDENTIALS,
        GSME,
        lambda _: RetrieveDeviceCredential(CredentialType.DIGITAL_SIGNATURE),
        ProvideDeviceCertificateResponse,
    ),
    "8.7.1 A, initiator": Case(SUPPLIER, Srv.JOIN_CRITICAL, ESME, joined_with(HCALCS), JoinDeviceResponse),
    "8.7.1 A, responder": Case(SUPPLIER, Srv.JOIN_CRITICAL, HCALCS, joined_with(ESME), JoinDeviceResponse),
    "8.7.1 C": Case(SUPPLIER, Srv.JOIN_CRITICAL, GSME, joined_with(PPMID), JoinDeviceResponse),
    "8.8.1": Case(SUPPLIER, Srv.UNJOIN_CRITICAL, ESME, joined_with(PPMID), UnjoinDeviceResponse),
    **_simple(
        Srv.ACTIVATE_FIRMWARE, SUPPLIER, image, ESME=ActivateFirmwareResponse, GSME=ActivateFirmwareResponse
    ),
}
"""Services that Users sign."""

BY_DCC: Final[dict[str, Case]] = {
    "6.21": Case(SUPPLIER, Srv.HANDOVER, ESME, of_operator, UpdateCredentialsResponse),
    "6.23": Case(
        OTHER_SUPPLIER, Srv.UPDATE_CREDENTIALS_COS, ESME, of_new_supplier, UpdateCredentialsResponse
    ),
    "6.24.1": Case(
        SUPPLIER,
        Srv.RETRIEVE_CREDENTIALS,
        ESME,
        lambda _: RetrieveRoles((RemotePartyRole.SUPPLIER,)),
        RetrieveCredentialsResponse,
    ),
    "6.24.1 load controller": Case(
        SUPPLIER,
        Srv.RETRIEVE_CREDENTIALS,
        ESME,
        lambda _: RetrieveRoles((RemotePartyRole.LOAD_CONTROLLER,)),
        RetrieveCredentialsResponse,
    ),
}
"""Services that the DCC asks in its own name, without a word of the User."""

FOR_PARTY: Final[dict[str, Case]] = {
    "4.8.1 ESME other User": Case(
        OTHER_USER, Srv.READ_ACTIVE_IMPORT_PROFILE, ESME, hour_for_other, DlmsReading
    ),
    "4.8.1 GPF other User": Case(OTHER_USER, Srv.READ_ACTIVE_IMPORT_PROFILE, GPF, hour_for_other, tuple),
    "4.17 ESME other User": Case(OTHER_USER, Srv.READ_DAILY_CONSUMPTION, ESME, hour_for_other, DlmsReading),
    "4.8.3": Case(EXPORTER, Srv.READ_EXPORT_PROFILE, ESME, hour, DlmsReading),
    "6.2.7 other User": Case(OTHER_USER, Srv.READ_MPXN, ESME, read, DlmsReading),
    "6.2.7 exporter": Case(EXPORTER, Srv.READ_MPXN, ESME, read, DlmsReading),
    "11.2 other User": Case(OTHER_USER, Srv.READ_FIRMWARE_VERSION, ESME, read, DlmsReading),
    "6.2.4 CHF": Case(SUPPLIER, Srv.READ_IDENTITY, CHF, read, DlmsReading),
    "6.13 CHF": Case(SUPPLIER, Srv.READ_EVENT_LOG, CHF, event_log(EventLog.SECURITY), DlmsReading),
    "6.20.2": Case(EXPORTER, Srv.SET_EXPORT_MPAN, ESME, lambda _: SetExportMpan(EXPORT_MPAN), AccessCode),
    "8.7.2 PPMID": Case(SUPPLIER, Srv.JOIN_NON_CRITICAL, PPMID, joined_with(ESME), JoinDeviceResponse),
    "8.8.2 PPMID": Case(SUPPLIER, Srv.UNJOIN_NON_CRITICAL, PPMID, joined_with(ESME), UnjoinDeviceResponse),
    "8.9 CHF": Case(SUPPLIER, Srv.READ_DEVICE_LOG, CHF, lambda _: ReadDeviceLog(), tuple),
    "8.9 security": Case(SUPPLIER, Srv.READ_DEVICE_LOG, CHF, lambda _: ReadDeviceLog(True), Backups),
    "8.11 add": Case(
        SUPPLIER,
        Srv.UPDATE_HAN_DEVICE_LOG,
        CHF,
        lambda _: UpdateHanDeviceLog(NEW, WhitelistEntry(600, bytes(16))),
        tuple,
    ),
    "8.11 remove": Case(
        SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, lambda _: UpdateHanDeviceLog(NEW, None), tuple
    ),
    "8.12.1": Case(SUPPLIER, Srv.RESTORE_HAN_DEVICE_LOG, CHF, old_hub, tuple),
    "8.12.2": Case(SUPPLIER, Srv.RESTORE_GPF_DEVICE_LOG, GPF, old_gas_proxy, RestoreDeviceLogResponse),
    "14.1": Case(TRANSPORTER, Srv.RECORD_GAS_NETWORK_DATA, GSME, lambda _: RecordGasNetworkData(), ZclStatus),
    **_simple(
        Srv.READ_FIRMWARE_VERSION,
        SUPPLIER,
        read,
        PPMID=ReadFirmwareVersionResponse,
        HCALCS=ReadFirmwareVersionResponse,
    ),
    "4.2": Case(EXPORTER, Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS, ESME, read, DlmsReading),
    "4.6.2": Case(EXPORTER, Srv.RETRIEVE_EXPORT_DAILY_READ_LOG, ESME, hour, DlmsReading),
}
"""Services that the DCC asks in its own name, the User going along."""

BY_USER: Final[dict[str, Case]] = {
    "2.2 ESME": Case(SUPPLIER, Srv.TOP_UP, ESME, lambda _: TopUp("1" * 20), AccessCode),
    "2.2 GSME": Case(SUPPLIER, Srv.TOP_UP, GSME, lambda _: TopUp("1" * 20), GasTopUpAnswer),
    **_simple(
        Srv.READ_IMPORT_REGISTERS,
        SUPPLIER,
        read,
        ESME=DlmsReading,
        GSME=GasConsumption,
        GPF=GasConsumption,
    ),
    **_simple(
        Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES, SUPPLIER, read, ESME=DlmsReading, GSME=tuple, GPF=tuple
    ),
    **_simple(Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES, SUPPLIER, read, ESME=DlmsReading),
    **_simple(Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS, SUPPLIER, read, GSME=tuple, GPF=tuple),
    **_simple(Srv.READ_INSTANTANEOUS_PREPAY_VALUES, SUPPLIER, read, ESME=DlmsReading, GSME=tuple, GPF=tuple),
    **_simple(Srv.RETRIEVE_IMPORT_DAILY_READ_LOG, SUPPLIER, hour, GSME=tuple, GPF=tuple),
    **_simple(Srv.READ_ACTIVE_IMPORT_PROFILE, SUPPLIER, hour, ESME=DlmsReading, GSME=tuple, GPF=tuple),
    **_simple(Srv.READ_REACTIVE_IMPORT_PROFILE, SUPPLIER, hour, ESME=DlmsReading),
    **_simple(Srv.READ_NETWORK_DATA, SUPPLIER, hour, ESME=NetworkData, GSME=tuple),
    **_simple(Srv.READ_PREPAYMENT_DAILY_READ_LOG, SUPPLIER, hour, ESME=DlmsReading),
    **_simple(Srv.READ_ACTIVE_POWER_IMPORT, SUPPLIER, read, ESME=DlmsReading),
    **_simple(Srv.READ_DAILY_CONSUMPTION, SUPPLIER, hour, ESME=DlmsReading, GPF=tuple),
    **_simple(Srv.READ_IDENTITY, SUPPLIER, read, ESME=DlmsReading, GSME=tuple),
    **_simple(Srv.READ_MPXN, SUPPLIER, read, ESME=DlmsReading, GSME=tuple, GPF=tuple),
    **_simple(Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS, SUPPLIER, read, ESME=DlmsReading),
    **_simple(
        Srv.READ_EVENT_LOG, SUPPLIER, event_log(EventLog.EVENT), ESME=DlmsReading, GSME=tuple, GPF=tuple
    ),
    "6.13 ALCS": Case(SUPPLIER, Srv.READ_EVENT_LOG, ESME, event_log(EventLog.ALCS_EVENT), DlmsReading),
    "6.13 power": Case(SUPPLIER, Srv.READ_EVENT_LOG, ESME, event_log(EventLog.POWER_EVENT), DlmsReading),
    "6.20.1 ESME": Case(SUPPLIER, Srv.SET_IMPORT_MPXN, ESME, lambda _: SetImportMpxn(MPAN), AccessCode),
    "6.20.1 GSME": Case(SUPPLIER, Srv.SET_IMPORT_MPXN, GSME, lambda _: SetImportMpxn(MPRN), ZclStatus),
    "6.22 ESME": Case(SUPPLIER, Srv.CONFIGURE_ALERTS, ESME, electricity_alerts, AccessCode),
    "6.22 GSME": Case(SUPPLIER, Srv.CONFIGURE_ALERTS, GSME, gas_alerts, tuple),
    "8.7.2 GPF": Case(SUPPLIER, Srv.JOIN_NON_CRITICAL, GPF, joined_with(PPMID), JoinDeviceResponse),
    "8.9 ESME": Case(SUPPLIER, Srv.READ_DEVICE_LOG, ESME, lambda _: ReadDeviceLog(), ReadDeviceLogResponse),
    **_simple(Srv.READ_FIRMWARE_VERSION, SUPPLIER, read, ESME=DlmsReading, GSME=tuple),
}
"""Services that go out in the name of a User whom the device knows."""

ALL: Final = {**CRITICAL, **BY_DCC, **FOR_PARTY, **BY_USER}
"""Every case."""


def exchange(home: PartyHome, case: Case) -> Any:
    return home.ask(case.user, case.srv, case.target, case.body(home))
