"""Logs of devices and their alerts: what a device keeps, and whose it is to read or to set."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from dcc_worlds import (
    AGENT,
    CHF,
    ESME,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    NOW,
    OPERATOR,
    START,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
)

from dcc.bodies.meters import (
    ActivateFirmware,
    AlertGroup,
    ConfigureAlerts,
    GasAlertSetting,
    SynchroniseClock,
)
from dcc.bodies.reads import EventLog, ReadEventLog
from dcc.response_codes import ResponseCode
from dcc.rules import device_services as rules
from dcc.service_requests import CommandVariant
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64

Code = ResponseCode
G, L = AlertGroup, EventLog
GAS: Final = GasAlertSetting(wan_alert=True, han_alert=True, event_log=True, alarm=False)


def log(which: EventLog, device: Eui64 = ESME, user: Eui64 = SUPPLIER) -> Make:
    return lambda world: world.ask(user, Srv.READ_EVENT_LOG, device, ReadEventLog(START, NOW, which))


def alerts(group: AlertGroup, device: Eui64 = ESME, user: Eui64 = SUPPLIER, *, empty: bool = False) -> Make:
    of_gas = group in (G.GAS_SUPPLIER_ALERTS, G.GAS_SUPPLIER_ALERTS_AND_EVENTS)
    section, setting = ("", GAS) if of_gas else ("SupplierESMECommon", True)
    of_operator = group in (G.ELECTRICITY_NETWORK_ALERTS, G.ELECTRICITY_NETWORK_LOGGING)
    event = 0x8014 if of_operator else 0x8145
    body = ConfigureAlerts(group, {section: {} if empty else {event: setting}})
    return lambda world: world.ask(user, Srv.CONFIGURE_ALERTS, device, body)


def clock(
    current: datetime = NOW, tolerance: int = 60, srv: Srv = Srv.COMMISSION_DEVICE, device: Eui64 = ESME
) -> Make:
    body = SynchroniseClock(current, tolerance)
    return lambda world: world.ask(SUPPLIER, srv, device, body, CommandVariant.TRANSFORM)


def activation(octets: int) -> Make:
    body = ActivateFirmware(bytes(octets))
    return lambda world: world.ask(SUPPLIER, Srv.ACTIVATE_FIRMWARE, ESME, body, CommandVariant.TRANSFORM)


CASES: Final = (
    RuleCase(
        rules.log_is_kept_by_device,
        log(L.POWER_EVENT),
        log(L.POWER_EVENT, GSME),
        Code.E061301,
        "log PowerEvent of GSME",
        "one of ESME",
        World.read,
    ),
    RuleCase(
        rules.role_may_read_log,
        log(L.ALCS_EVENT),
        log(L.ALCS_EVENT, ESME_WITHOUT_MPAN, AGENT),
        Code.E061304,
        "log ALCSEvent by RSA",
        "a supplier or a network operator",
        log(L.EVENT),
    ),
    RuleCase(
        rules.alert_group_fits_device,
        alerts(G.GAS_SUPPLIER_ALERTS_AND_EVENTS, GSME),
        alerts(G.ELECTRICITY_SUPPLIER_ALERTS, GSME),
        Code.E062201,
        "ElectricitySupplierAlerts on GSME",
        "ESME",
        World.read,
    ),
    RuleCase(
        rules.role_may_set_alert_group,
        alerts(G.ELECTRICITY_NETWORK_ALERTS, user=OPERATOR),
        alerts(G.ELECTRICITY_NETWORK_ALERTS),
        Code.E062202,
        "ElectricityNetworkOperatorAlerts by IS",
        "ED",
        World.read,
    ),
    RuleCase(
        rules.alert_group_has_settings,
        alerts(G.ELECTRICITY_SUPPLIER_ALERTS),
        alerts(G.ELECTRICITY_SUPPLIER_ALERTS, empty=True),
        Code.E062203,
        "ElectricitySupplierAlerts without a setting",
        "a setting of an event",
        World.read,
    ),
    RuleCase(
        rules.clock_setting_is_usable,
        clock(),
        clock(tolerance=86401),
        Code.SIM_SCHEMA,
        "a tolerance of 86401 seconds",
        "0 to 86400 seconds",
        World.read,
    ),
    RuleCase(
        rules.firmware_hash_has_its_length,
        activation(32),
        activation(31),
        Code.SIM_SCHEMA,
        "31 octets",
        "32 octets",
        World.read,
    ),
)
TOGETHER: Final[dict[str, Make]] = {
    "log-is-kept-by-device": log(L.ALCS_EVENT, GSME, AGENT),
    "alert-group-fits-device": alerts(G.ELECTRICITY_NETWORK_ALERTS, GSME),
    "role-may-set-alert-group": alerts(G.ELECTRICITY_NETWORK_ALERTS, empty=True),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


KEPT: Final[dict[Eui64, str]] = {
    ESME: "Event Security PowerEvent ALCSEvent",
    GSME: "Event Security",
    CHF: "Event Security",
    GPF: "Event Security GSMEEvent GSMESecurity",
}


def test_which_device_keeps_which_log() -> None:
    world = World()
    for device, which in itertools.product(KEPT, EventLog):
        answer = rules.log_is_kept_by_device.ask(world.view(log(which, device)(world)))
        kept = which.value in KEPT[device].split()
        assert (answer.code is None) is kept, (device, which)


OWNERS: Final = {
    "IS": "ElectricitySupplierAlerts ElectricitySupplierHANAlertSettings ElectricitySupplierAlarmSettings "
    "ElectricitySupplierLoggingSettings",
    "ED": "ElectricityNetworkOperatorAlerts ElectricityNetworkOperatorLoggingSettings",
    "GS": "GasSupplierAlerts GasSupplierAlertEventSettings",
}


@pytest.mark.parametrize(
    ("user", "device", "role"), [(SUPPLIER, ESME, "IS"), (OPERATOR, ESME, "ED"), (SUPPLIER, GSME, "GS")]
)
def test_whose_settings_are_whose(user: Eui64, device: Eui64, role: str) -> None:
    for group in AlertGroup:
        world = World()
        code = world.submit(alerts(group, device, user)(world)).response.code
        refused = code in (Code.E062201, Code.E062202)
        assert refused is (group.value not in OWNERS[role].split()), (group, code)


@pytest.mark.parametrize(
    ("group", "user", "first"),
    [(G.ELECTRICITY_SUPPLIER_ALERTS, SUPPLIER, 0x8100), (G.ELECTRICITY_NETWORK_ALERTS, OPERATOR, 0x8000)],
)
def test_events_are_those_that_the_group_can_set(group: AlertGroup, user: Eui64, first: int) -> None:
    for event, fits in ((first - 1, False), (first, True), (first + 255, True), (first + 256, False)):
        world = World()
        body = ConfigureAlerts(group, {"Common": {event: True}})
        submission = world.submit(world.ask(user, Srv.CONFIGURE_ALERTS, ESME, body))
        assert (submission.response.code is Code.I99) is fits, event
        assert (submission.response.code is Code.E062203) is not fits, event


def test_no_event_is_set_in_two_ways() -> None:
    for second, code in ((True, Code.I99), (False, Code.E062203)):
        world = World()
        settings = {"Common": {0x8145: True}, "SinglePhase": {0x8145: second}}
        body = ConfigureAlerts(G.ELECTRICITY_SUPPLIER_ALERTS, settings)
        assert world.submit(world.ask(SUPPLIER, Srv.CONFIGURE_ALERTS, ESME, body)).response.code is code


@pytest.mark.parametrize("user", [SUPPLIER, OPERATOR])
def test_security_logs_are_read_by_all_whom_the_meter_knows(user: Eui64) -> None:
    world = World()
    assert world.submit(log(L.SECURITY, user=user)(world)).response.code is Code.I99


def test_an_agent_reads_the_other_logs() -> None:
    for which in (L.EVENT, L.SECURITY, L.POWER_EVENT):
        world = World()
        submission = world.submit(log(which, ESME_WITHOUT_MPAN, AGENT)(world))
        assert submission.response.code is Code.I99, which


EAST: Final = timezone(timedelta(hours=14))
WEST: Final = timezone(-timedelta(hours=14))


@pytest.mark.parametrize(
    ("current", "tolerance", "code"),
    [
        (NOW, 0, Code.I0),
        (NOW, 86400, Code.I0),
        (NOW, -1, Code.SIM_SCHEMA),
        (NOW.replace(tzinfo=None), 0, Code.SIM_SCHEMA),
        (datetime.min.replace(tzinfo=EAST), 0, Code.SIM_SCHEMA),
        (datetime.max.replace(tzinfo=WEST), 0, Code.SIM_SCHEMA),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), 59, Code.I0),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), 60, Code.SIM_SCHEMA),
    ],
)
@pytest.mark.parametrize("srv", [Srv.SYNCHRONISE_CLOCK, Srv.COMMISSION_DEVICE])
@pytest.mark.parametrize("device", [ESME, GSME])
def test_clocks_that_no_command_could_set_are_refused(
    device: Eui64, srv: Srv, current: datetime, tolerance: int, code: ResponseCode
) -> None:
    world = World()
    assert world.submit(clock(current, tolerance, srv, device)(world)).response.code is code
