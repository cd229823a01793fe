"""8.14: hubs installed, exchanged and taken back."""

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
    NOW,
    OTHER_SUPPLIER,
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
from non_device_worlds import (
    NEW_GPF,
    NEW_HUB,
    ask,
    installation,
    notify,
    pre_notification,
    render,
    settle_home,
)

from dcc.alert_payloads import DeviceStatusChange, PlainChange
from dcc.bodies.hub_visits import HubFaultReturn, HubInstalled, HubNoFaultReturn
from dcc.bodies.inventory import Address, Uprn
from dcc.bodies.schedules import CreateSchedule, Frequency
from dcc.identifiers import DistributorId, Mpan, Mpid
from dcc.inventory import DeviceDetails
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.non_device.hub_visits import NEW_INSTALL, REPLACEMENT, WITHOUT_WAN
from dcc.registration import ElectricityRecord, GasRecord
from dcc.response_codes import ResponseCode
from dcc.rules import non_device_hub as rules
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64

Code = ResponseCode
S = DeviceStatus
ELSEWHERE: Final = Mpan.from_core(DistributorId(10), 3)
FAULT: Final = "Fault identified prior to installation"


def installed(body: HubInstalled | None = None, srv: Srv = Srv.HUB_INSTALLED, user: Eui64 = SUPPLIER) -> Make:
    return lambda world: ask(world, srv, body or installation(), user)


def without_wan(body: HubInstalled | None = None) -> Make:
    return installed(body or installation(install_type=WITHOUT_WAN), Srv.HUB_INSTALLED_WITHOUT_WAN)


def faulty(hub: Eui64 = CHF, user: Eui64 = SUPPLIER) -> Make:
    body = HubFaultReturn(hub, FAULT, ESME, "Hot-shoe", "Damaged case")
    return lambda world: ask(world, Srv.HUB_FAULT_RETURN, body, user)


def not_faulty(hub: Eui64 = CHF, user: Eui64 = SUPPLIER) -> Make:
    body = HubNoFaultReturn(hub, "No Fault Return (general)")
    return lambda world: ask(world, Srv.HUB_NO_FAULT_RETURN, body, user)


def gone_first(make: Make, cause: StatusCause) -> Make:
    def prepared(world: World) -> ServiceRequest:
        set_status(world, CHF, cause)
        return make(world)

    return prepared


def notification(world: World) -> ServiceRequest:
    return ask(world, Srv.PRE_NOTIFY_DEVICE, pre_notification())


def supplied_by_another(make: Make) -> Make:
    def prepared(world: World) -> ServiceRequest:
        world.dcc.registration.add_electricity(ELSEWHERE, ElectricityRecord(Mpid("EELC"), Mpid("SUPB")))
        return make(world)

    return prepared


WITHDRAWN: Final = StatusCause.HUB_WITHDRAWN
VISITS: Final = (
    (installed(), installed(installation(NO_DEVICE)), installed()),
    (without_wan(), without_wan(installation(NO_DEVICE, WITHOUT_WAN)), without_wan()),
    (faulty(), faulty(NO_DEVICE), faulty()),
    (not_faulty(), not_faulty(ESME), not_faulty()),
)
AT_ELSEWHERE: Final = supplied_by_another(installed(installation(mpxn=ELSEWHERE)))

CASES: Final = (
    RuleCase(
        rules.visited_device_is_a_hub,
        installed(),
        installed(installation(NO_DEVICE)),
        Code.E081401,
        "unknown",
        "CHF",
        notification,
    ),
    RuleCase(
        rules.hub_status_allows_visit,
        installed(),
        gone_first(installed(), StatusCause.HUB_REMOVED),
        Code.E081402,
        "Decommissioned",
        "in use",
        notification,
    ),
    RuleCase(
        rules.install_type_fits_service,
        installed(),
        installed(installation(install_type=WITHOUT_WAN)),
        Code.E081405,
        WITHOUT_WAN,
        REPLACEMENT,
        faulty(),
    ),
    RuleCase(
        rules.sender_supplies_at_hub,
        installed(),
        AT_ELSEWHERE,
        Code.E081406,
        f"not registered at {ELSEWHERE}",
        "registered there",
        faulty(),
    ),
)


def gone_and_of_wrong_type(world: World) -> ServiceRequest:
    body = installation(install_type=WITHOUT_WAN)
    return gone_first(installed(body), StatusCause.HUB_REMOVED)(world)


def wrong_type_and_elsewhere(world: World) -> ServiceRequest:
    body = installation(install_type=WITHOUT_WAN, mpxn=ELSEWHERE)
    return supplied_by_another(installed(body))(world)


def no_hub_and_gone(world: World) -> ServiceRequest:
    set_status(world, ESME, StatusCause.DECOMMISSIONED)
    return installed(installation(ESME))(world)


TOGETHER: Final[dict[str, Make]] = {
    "visited-device-is-a-hub": no_hub_and_gone,
    "hub-status-allows-visit": gone_and_of_wrong_type,
    "install-type-fits-service": wrong_type_and_elsewhere,
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


@pytest.mark.parametrize(("make", "no_hub", "gone"), VISITS)
def test_every_visit_is_to_a_hub_that_is_not_withdrawn(make: Make, no_hub: Make, gone: Make) -> None:
    world = World()
    assert world.submit(make(world)).response.code is Code.I99
    world = World()
    assert world.submit(no_hub(world)).response.code is Code.E081401
    world = World()
    assert world.submit(gone_first(gone, WITHDRAWN)(world)).response.code is Code.E081402


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (without_wan(), "I99"),
        (without_wan(installation(install_type=NEW_INSTALL)), "E081405"),
        (installed(installation(install_type=REPLACEMENT)), "I99"),
        (installed(installation(mpxn=MPRN)), "I99"),
        (installed(installation(mpxn=ELSEWHERE)), "I99"),
        (installed(user=OTHER_SUPPLIER), "E081406"),
        (faulty(user=OTHER_SUPPLIER), "E4"),
        (not_faulty(user=OTHER_SUPPLIER), "E4"),
        (gone_first(faulty(), StatusCause.HUB_REMOVED), "W081401"),
        (gone_first(not_faulty(), StatusCause.HUB_REMOVED), "W081401"),
    ],
)
def test_more_visits(make: Make, code: str) -> None:
    world = World()
    settle_home(world)
    assert world.submit(make(world)).response.code.value == code


# Installed


def test_an_installed_hub_is_found_at_its_metering_point() -> None:
    world = World()
    result = render(world, installed()(world))
    assert (result.code, result.body, result.alerts) == (Code.I99, None, ())
    assert world.dcc.inventory.device(CHF).details.site == MPAN
    assert {device.device_id for device in world.dcc.inventory.devices_at(MPAN)} == {ESME, CHF}


def test_a_hub_that_was_not_heard_of_is_taken_with_a_warning_save_where_there_is_no_wan() -> None:
    world = World()
    notify(world, NEW_HUB, DeviceType.CHF)
    assert render(world, installed(installation(NEW_HUB))(world)).code is Code.W081401
    body = installation(NEW_HUB, WITHOUT_WAN)
    assert render(world, without_wan(body)(world)).code is Code.I99
    assert world.dcc.inventory.device(NEW_HUB).details.site == MPAN


# Exchanged


def exchanged(world: World) -> ServiceRequest:
    settle_home(world)
    notify(world, NEW_HUB, DeviceType.CHF)
    set_status(world, NEW_HUB, StatusCause.CONNECTED_TO_WAN)
    set_status(world, NEW_GPF, StatusCause.CONNECTED_TO_WAN)
    return installed(installation(NEW_HUB, REPLACEMENT))(world)


def test_a_replacement_takes_over_the_home() -> None:
    world = World()
    request = exchanged(world)
    place = DeviceDetails(uprn=Uprn(7), address=Address("M22 0RR", "1"), csp_region="North")
    world.dcc.inventory.describe(CHF, details=place)
    submission = world.submit(request)
    assert submission.response.code is Code.I99
    inventory = world.dcc.inventory
    in_new_home = {device.device_id for device in inventory.devices_of_hub(NEW_HUB)}
    assert in_new_home == {ESME, GSME, PPMID, NEW_GPF}
    assert inventory.device(CHF).status is inventory.device(GPF).status is S.DECOMMISSIONED
    assert inventory.device(GSME).joined_to == (NEW_GPF,)
    assert inventory.links_of(NEW_GPF).import_mpxn == MPRN
    details = inventory.device(NEW_HUB).details
    assert (details.uprn, details.address, details.csp_region) == place[4:7]
    assert details.site == MPAN
    assert inventory.device(ESME).status is S.COMMISSIONED


def test_the_other_suppliers_of_the_home_hear_of_an_exchange() -> None:
    world = World()
    request = exchanged(world)
    world.dcc.registration.add_gas(MPRN, GasRecord(Mpid("GTA"), supplier=Mpid("SUPB")))
    alerts = render(world, request).alerts
    assert [(notice.recipient, notice.alert.code.value) for notice in alerts] == [(OTHER_SUPPLIER, "N3")]
    assert alerts[0].alert.payload == DeviceStatusChange(CHF, PlainChange.HUB_DECOMMISSIONED)


def test_a_new_install_exchanges_nothing() -> None:
    world = World()
    exchanged(world)
    render(world, installed(installation(NEW_HUB))(world))
    assert world.dcc.inventory.device(ESME).hub == CHF
    assert world.dcc.inventory.device(CHF).status is S.COMMISSIONED


def test_the_old_hub_can_be_returned_after_the_exchange() -> None:
    world = World()
    world.submit(exchanged(world))
    assert world.submit(not_faulty()(world)).response.code is Code.W081401
    assert world.dcc.inventory.device(ESME).hub == NEW_HUB


# Returned


@pytest.mark.parametrize("make", [faulty(), not_faulty()])
def test_a_returned_hub_leaves_its_home_without_one(make: Make) -> None:
    world = World()
    settle_home(world)
    schedule = CreateSchedule(GPF, Srv.READ_NETWORK_DATA, Frequency.DAILY, NOW.date())
    world.dcc.schedules.create(OTHER_SUPPLIER, schedule, NOW)
    result = render(world, make(world))
    inventory = world.dcc.inventory
    assert inventory.device(CHF).status is inventory.device(GPF).status is S.DECOMMISSIONED
    assert [device.device_id for device in inventory.devices_of_hub(CHF)] == [GPF]
    assert inventory.device(ESME).hub is None
    assert inventory.device(GSME).joined_to == ()
    assert inventory.device(ESME).status is S.COMMISSIONED
    assert [(notice.recipient, notice.alert.code.value) for notice in result.alerts] == [
        (OTHER_SUPPLIER, "N4")
    ]


def test_a_hub_can_be_faulty_before_it_is_installed() -> None:
    world = World()
    notify(world, NEW_HUB, DeviceType.CHF)
    assert render(world, faulty(NEW_HUB)(world)).code is Code.I99
    assert world.dcc.inventory.device(NEW_HUB).status is S.DECOMMISSIONED
    assert world.dcc.inventory.device(NEW_GPF).status is S.DECOMMISSIONED
