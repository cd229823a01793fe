"""8.11: which devices a hub may be asked to take in or to forget; which code stands for what is assumed."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    ESME,
    GPF,
    GSME,
    MPAN,
    MPRN,
    NO_DEVICE,
    PPMID,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    set_status,
)

from dcc.bodies.hub import UpdateHanDeviceLog, WhitelistEntry
from dcc.identifiers import Mpan, Mpxn
from dcc.inventory_status import StatusCause
from dcc.response_codes import ResponseCode
from dcc.rules import hub_log as rules
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64

Code = ResponseCode
C = StatusCause
PENDING: Final = (C.DECOMMISSIONED, C.SET_TO_PENDING)
WHITELISTED: Final = (*PENDING, C.ADDED_TO_HUB)
INSTALLED: Final = (*WHITELISTED, C.JOINED_HAN)


def add(device: Eui64 = ESME, mpxn: Mpxn | None = MPAN, *causes: StatusCause) -> Make:
    return _change(device, WhitelistEntry(3600, bytes(16), mpxn), causes)


def remove(device: Eui64 = ESME, *causes: StatusCause) -> Make:
    return _change(device, None, causes)


def _change(device: Eui64, entry: WhitelistEntry | None, causes: tuple[StatusCause, ...]) -> Make:
    def make(world: World) -> ServiceRequest:
        set_status(world, device, *causes)
        return world.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, UpdateHanDeviceLog(device, entry))

    return make


def display(world: World) -> ServiceRequest:
    """A device without status."""
    world.dcc.inventory.pre_notify(NO_DEVICE, DeviceType.IHD, world.now)
    return add(NO_DEVICE, None)(world)


CASES: Final = (
    RuleCase(
        rules.device_for_hub_log_is_notified,
        add(),
        add(NO_DEVICE),
        Code.E081101,
        "unknown",
        "in the inventory",
        World.read,
    ),
    RuleCase(
        rules.device_status_allows_log_change,
        add(ESME, MPAN, *WHITELISTED),
        add(ESME, MPAN, *INSTALLED),
        Code.E081102,
        "InstalledNotCommissioned",
        "added",
        display,
    ),
    RuleCase(
        rules.added_meter_has_metering_point,
        add(),
        add(mpxn=None),
        Code.E081107,
        "no metering point for ESME",
        "an MPAN",
        remove(ESME, *INSTALLED),
    ),
)


def gone_and_of_wrong_fuel(world: World) -> ServiceRequest:
    return add(ESME, MPRN, C.DECOMMISSIONED)(world)


TOGETHER: Final[dict[str, Make]] = {"device-status-allows-log-change": gone_and_of_wrong_fuel}
NEVER_TOGETHER: Final[dict[str, str]] = {
    "device-for-hub-log-is-notified": "what is not notified has no status, a part of a hub a good one",
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


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (add(ESME, MPAN, *PENDING), Code.I99),
        (add(ESME, MPAN, C.DECOMMISSIONED), Code.E081102),
        (add(PPMID, None, *INSTALLED), Code.E081102),
        (remove(ESME, *PENDING), Code.E081102),
        (remove(ESME, *WHITELISTED), Code.I99),
        (remove(ESME), Code.I99),
        (remove(ESME, C.DECOMMISSIONED), Code.E081102),
        (remove(PPMID), Code.I99),
        (remove(PPMID, C.DECOMMISSIONED), Code.E081102),
        (remove(NO_DEVICE), Code.E081101),
        (add(CHF, None), Code.E081101),
        (remove(GPF), Code.E081101),
    ],
)
def test_what_a_status_allows(make: Make, code: ResponseCode) -> None:
    world = World()
    assert world.submit(make(world)).response.code is code


@pytest.mark.parametrize(
    ("device", "mpxn", "code"),
    [
        (GSME, MPRN, Code.I99),
        (GSME, MPAN, Code.E081107),
        (GSME, None, Code.E081107),
        (ESME, MPRN, Code.E081107),
        (PPMID, None, Code.I99),
        (PPMID, MPAN, Code.E081107),
    ],
)
def test_a_metering_point_is_of_the_meters_fuel(device: Eui64, mpxn: Mpan | None, code: ResponseCode) -> None:
    world = World()
    assert world.submit(add(device, mpxn)(world)).response.code is code


def test_a_device_without_status_comes_and_goes() -> None:
    world = World()
    assert world.submit(display(world)).response.code is Code.I99
    assert world.submit(remove(NO_DEVICE)(world)).response.code is Code.I99
