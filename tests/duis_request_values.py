"""Generated requests of DUIS: any value that each typed body may have, for tests of both directions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from hypothesis import strategies as st

from dcc.bodies import credentials as c
from dcc.bodies import hub, hub_visits, inventory, meters, reads, schedules
from dcc.bodies.firmware import UpdateFirmware
from dcc.duis.request_bodies_schedules import SCHEDULED_WITH_PERIOD, SCHEDULED_WITHOUT_PERIOD
from dcc.identifiers import Mpan, Mprn, RequestId
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole

builds = st.builds


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def strings(least: int, most: int) -> st.SearchStrategy[str]:
    characters = st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n\r")
    return st.text(characters, min_size=least, max_size=min(most, least + 12)) | st.just("x" * most)


def numbers(digits: int, least: int | None = None) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=digits if least is None else least, max_size=digits)


DATE_TIMES = st.datetimes(timezones=st.just(UTC)) | st.datetimes(timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
TIMES = st.times(timezones=st.just(UTC))
DATES = st.dates()
EUI64S = st.binary(min_size=8, max_size=8).map(Eui64)
COUNTERS = st.integers(0, 2**64 - 1).map(OriginatorCounter)
FLOORS = st.integers(0, 2**63 - 1).map(OriginatorCounter)
REQUEST_IDS = builds(RequestId, EUI64S, EUI64S, COUNTERS)
MPANS = numbers(13).map(Mpan)
MPRNS = numbers(10, 1).map(Mprn)
MPXNS = MPANS | MPRNS
OCTETS = st.binary(max_size=40)
FLAGS = st.booleans()
ADDRESSES = builds(inventory.Address, strings(6, 8), strings(0, 30))
UPRNS = st.integers(1, 10**12 - 1).map(inventory.Uprn)
SCHEDULE_IDS = st.integers(0, 10**12).map(schedules.ScheduleId)
ROLES = st.sampled_from(
    [
        RemotePartyRole.ACCESS_CONTROL_BROKER,
        RemotePartyRole.NETWORK_OPERATOR,
        RemotePartyRole.RECOVERY,
        RemotePartyRole.ROOT,
        RemotePartyRole.SUPPLIER,
        RemotePartyRole.TRANSITIONAL_COS,
        RemotePartyRole.LOAD_CONTROLLER,
    ]
)
PATHS = st.lists(OCTETS, min_size=1, max_size=3).map(tuple)
AT = optional(DATE_TIMES)
VARIANTS = st.sampled_from(["A", "BD", "ADEF", "AEG"])

replaces = partial(
    builds,
    c.ReplaceCredentials,
    role=ROLES,
    agreement=optional(OCTETS),
    top_up=optional(OCTETS),
    path=PATHS,
    apply_time_based_checks=FLAGS,
    floor=optional(FLOORS),
    top_up_floor=optional(FLOORS),
    execution_date_time=AT,
)


def logs(agreement: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return builds(reads.ReadLog, DATE_TIMES, DATE_TIMES, agreement, AT)


def installations(premises: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return builds(
        hub_visits.HubInstalled,
        hub=EUI64S,
        install_type=st.sampled_from(["New CHF Install", "CHF Install - no SM WAN"]),
        mpxn=MPXNS,
        aerial_install=FLAGS,
        location=st.sampled_from(["Outside Premises", "Basement or Cellar"]),
        installed_at=AT,
        user_reference=optional(strings(0, 25)),
        gis_data=optional(strings(0, 25)),
        premises=premises,
        additional_information=optional(strings(0, 200)),
    )


def visit_notes() -> tuple[st.SearchStrategy[Any], ...]:
    return AT, optional(strings(0, 25)), optional(strings(0, 15)), optional(strings(0, 200))


def schedule(srvs: tuple[Srv, ...], period: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return builds(
        schedules.CreateSchedule,
        EUI64S,
        st.sampled_from(srvs),
        st.sampled_from(schedules.Frequency),
        DATES,
        optional(DATES),
        optional(TIMES),
        period,
        optional(OCTETS),
    )


DAY_OFFSETS = st.integers(-400, 0)
PERIODS = builds(schedules.PeriodOffset, DAY_OFFSETS, TIMES, DAY_OFFSETS, TIMES)


def switches(codes: list[int], values: st.SearchStrategy[Any] = FLAGS) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(codes), values)


def settings(**sections: list[int]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={name: switches(codes) for name, codes in sections.items()})


SUPPLIER_SETTINGS = settings(SupplierESMECommon=[0x810D, 0x8161, 0x81C6], SupplierESMEPolyPhase=[0x81B7])
NETWORK_SETTINGS = settings(
    NetworkOperatorESMECommon=[0x8014, 0x8015], NetworkOperatorESMESinglePhase=[0x8002, 0x8099, 0x8010]
) | settings(NetworkOperatorESMEPolyPhase=[0x8003, 0x809C, 0x8016, 0x8013])
GAS_SWITCHES = builds(meters.GasAlertSetting, FLAGS, FLAGS, FLAGS, FLAGS)
GAS_CODES = [0x810D, 0x8145, 0x81C5]


def alerts(group: meters.AlertGroup) -> st.SearchStrategy[Any]:
    if group is meters.AlertGroup.GAS_SUPPLIER_ALERTS:
        values = st.fixed_dictionaries({"": switches(GAS_CODES)})
    elif group is meters.AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS:
        values = st.fixed_dictionaries({"": switches(GAS_CODES, GAS_SWITCHES)})
    else:
        values = NETWORK_SETTINGS if "Network" in group.value else SUPPLIER_SETTINGS
    return builds(meters.ConfigureAlerts, st.just(group), values)


CLOCKS = builds(meters.SynchroniseClock, DATE_TIMES, st.integers(0, 86400))
JOINS = builds(hub.JoinOrUnjoin, EUI64S)
RESTORES = builds(hub.RestoreDeviceLog, EUI64S)
READS = builds(reads.Read, AT)
READS_AT_ONCE = st.just(reads.Read())
WHICH = SCHEDULE_IDS | EUI64S
CHANGES = st.one_of(
    builds(
        inventory.SetStatus,
        st.sampled_from([inventory.NewStatus.PENDING, inventory.NewStatus.INSTALLED_NOT_COMMISSIONED]),
    ),
    builds(
        inventory.SetHubStatus,
        st.sampled_from([s for s in inventory.NewStatus if s is not inventory.NewStatus.PENDING]),
    ),
    builds(
        inventory.SetDetails,
        optional(strings(0, 30)),
        optional(strings(0, 30)),
        optional(strings(1, 20)),
        optional(strings(1, 8)),
        optional(VARIANTS),
    ),
    st.just(inventory.DeleteDevice()),
    builds(inventory.SetMpxn, st.just(inventory.MpxnKind.IMPORT), MPXNS),
    builds(
        inventory.SetMpxn,
        st.sampled_from([inventory.MpxnKind.SECONDARY_IMPORT, inventory.MpxnKind.EXPORT]),
        MPANS,
    ),
)

BODIES: Mapping[Srv, st.SearchStrategy[Any]] = {
    Srv.TOP_UP: builds(meters.TopUp, numbers(20)),
    Srv.READ_IMPORT_REGISTERS: READS,
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES: READS,
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES: READS,
    Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS: READS,
    Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS: READS,
    Srv.READ_INSTANTANEOUS_PREPAY_VALUES: READS,
    Srv.RETRIEVE_IMPORT_DAILY_READ_LOG: logs(optional(OCTETS)),
    Srv.RETRIEVE_EXPORT_DAILY_READ_LOG: logs(st.none()),
    Srv.READ_ACTIVE_IMPORT_PROFILE: logs(optional(OCTETS)),
    Srv.READ_REACTIVE_IMPORT_PROFILE: logs(st.none()),
    Srv.READ_EXPORT_PROFILE: logs(st.none()),
    Srv.READ_NETWORK_DATA: logs(optional(OCTETS)),
    Srv.READ_PREPAYMENT_DAILY_READ_LOG: logs(optional(OCTETS)),
    Srv.READ_ACTIVE_POWER_IMPORT: READS_AT_ONCE,
    Srv.READ_DAILY_CONSUMPTION: logs(optional(OCTETS)),
    Srv.CREATE_SCHEDULE: schedule(SCHEDULED_WITH_PERIOD, PERIODS)
    | schedule(SCHEDULED_WITHOUT_PERIOD, st.none()),
    Srv.READ_SCHEDULE: builds(schedules.ReadSchedule, WHICH),
    Srv.DELETE_SCHEDULE: builds(schedules.DeleteSchedule, WHICH),
    Srv.READ_IDENTITY: READS_AT_ONCE,
    Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS: READS_AT_ONCE,
    Srv.READ_MPXN: READS_AT_ONCE,
    Srv.SYNCHRONISE_CLOCK: CLOCKS,
    Srv.READ_EVENT_LOG: builds(reads.ReadEventLog, DATE_TIMES, DATE_TIMES, st.sampled_from(reads.EventLog)),
    Srv.UPDATE_CREDENTIALS: replaces(signing=optional(OCTETS)),
    Srv.UPDATE_DEVICE_CERTIFICATE: builds(c.PlaceDeviceCertificate, OCTETS),
    Srv.ISSUE_CREDENTIALS: builds(c.IssueDeviceCredential, st.sampled_from(c.CredentialType)),
    Srv.SET_IMPORT_MPXN: builds(meters.SetImportMpxn, MPANS, optional(MPANS), AT)
    | builds(meters.SetImportMpxn, MPRNS, st.none(), AT),
    Srv.SET_EXPORT_MPAN: builds(meters.SetExportMpan, MPANS, AT),
    Srv.HANDOVER: replaces(signing=OCTETS),
    Srv.CONFIGURE_ALERTS: st.one_of(*map(alerts, meters.AlertGroup)),
    Srv.UPDATE_CREDENTIALS_COS: builds(
        c.ReplaceSupplierCredentials,
        OCTETS,
        optional(OCTETS),
        MPXNS,
        FLOORS,
        optional(OCTETS),
        PATHS,
        FLAGS,
        optional(FLOORS),
        AT,
    ),
    Srv.RETRIEVE_CREDENTIALS: builds(c.RetrieveRoles, st.lists(ROLES, min_size=1, max_size=7).map(tuple)),
    Srv.RETRIEVE_DEVICE_CREDENTIALS: builds(c.RetrieveDeviceCredential, st.sampled_from(c.CredentialType)),
    Srv.COMMISSION_DEVICE: CLOCKS,
    Srv.READ_INVENTORY: builds(inventory.ReadInventory, UPRNS | EUI64S | MPXNS | ADDRESSES),
    Srv.DECOMMISSION_DEVICE: builds(inventory.DecommissionDevice, EUI64S),
    Srv.UPDATE_INVENTORY: builds(inventory.UpdateInventory, EUI64S, CHANGES),
    Srv.OPT_OUT: builds(c.OptOut, OCTETS, FLOORS, DATE_TIMES, optional(OCTETS), PATHS, FLAGS),
    Srv.OPT_IN: builds(
        inventory.OptIn,
        EUI64S,
        st.sampled_from(DeviceType),
        MPXNS,
        DATES,
        optional(MPANS),
        optional(MPANS),
    ),
    Srv.JOIN_CRITICAL: JOINS,
    Srv.JOIN_NON_CRITICAL: JOINS,
    Srv.UNJOIN_CRITICAL: JOINS,
    Srv.UNJOIN_NON_CRITICAL: JOINS,
    Srv.READ_DEVICE_LOG: builds(reads.ReadDeviceLog, FLAGS, AT),
    Srv.UPDATE_HAN_DEVICE_LOG: builds(
        hub.UpdateHanDeviceLog,
        EUI64S,
        optional(
            builds(
                hub.WhitelistEntry,
                st.integers(1, 3600),
                st.binary(min_size=6, max_size=16),
                optional(MPXNS),
                optional(MPANS),
                optional(MPANS),
            )
        ),
        AT,
    ),
    Srv.RESTORE_HAN_DEVICE_LOG: RESTORES,
    Srv.RESTORE_GPF_DEVICE_LOG: RESTORES,
    Srv.RETURN_LOCAL_RESPONSE: builds(inventory.ReturnLocalResponse, OCTETS, optional(REQUEST_IDS)),
    Srv.HUB_INSTALLED: installations(st.none()),
    Srv.HUB_INSTALLED_WITHOUT_WAN: installations(
        builds(
            hub_visits.Premises,
            st.sampled_from(["Terraced", "Low Rise Apartment (MDU <= 5 floors)"]),
            FLAGS,
            FLAGS,
            FLAGS,
        )
    ),
    Srv.HUB_FAULT_RETURN: builds(
        hub_visits.HubFaultReturn,
        EUI64S,
        st.just("Fault identified post installation"),
        EUI64S,
        st.sampled_from(["Hot-shoe", "Cradle", "ESME"]),
        st.sampled_from(["LED Fault", "Manufacturing defect"]),
        *visit_notes(),
    ),
    Srv.HUB_NO_FAULT_RETURN: builds(
        hub_visits.HubNoFaultReturn, EUI64S, st.just("Lost or Stolen Hub"), *visit_notes()
    ),
    Srv.UPDATE_FIRMWARE: builds(
        UpdateFirmware, OCTETS, strings(1, 8), st.lists(EUI64S, min_size=1, max_size=3).map(tuple)
    ),
    Srv.READ_FIRMWARE_VERSION: READS,
    Srv.ACTIVATE_FIRMWARE: builds(meters.ActivateFirmware, st.binary(min_size=32, max_size=32), AT),
    Srv.REQUEST_WAN_MATRIX: builds(inventory.RequestWanMatrix, UPRNS | ADDRESSES),
    Srv.PRE_NOTIFY_DEVICE: builds(
        inventory.PreNotifyDevice,
        EUI64S,
        st.sampled_from(DeviceType),
        strings(0, 30),
        strings(0, 30),
        optional(strings(1, 20)),
        optional(strings(1, 8)),
        optional(VARIANTS),
        optional(EUI64S),
    ),
    Srv.RECORD_GAS_NETWORK_DATA: st.just(meters.RecordGasNetworkData()),
}
"""A strategy for the body of each service whose bodies are read."""

SIGNED_PRE_COMMANDS = builds(SignedPreCommand, OCTETS, AT)


def requests(srv: Srv, bodies: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[ServiceRequest]:
    """Requests of a service, with any header."""
    return builds(
        ServiceRequest,
        REQUEST_IDS,
        st.sampled_from(CommandVariant),
        st.just(srv),
        BODIES[srv] if bodies is None else bodies,
        optional(FLAGS),
        optional(REQUEST_IDS),
        st.none(),
    )


SOME_REQUEST_ID = RequestId.parse("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000")
SOME_TIME = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
SOME_DATE = date(2030, 1, 15)
SOME_TIME_OF_DAY = time(9, 0, tzinfo=UTC)


def request_of(srv: Srv, body: Any) -> ServiceRequest:
    """A plain request; its header is that of no service in particular."""
    return ServiceRequest(SOME_REQUEST_ID, CommandVariant.COMMAND, srv, body)
