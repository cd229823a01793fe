"""12.1 and 12.2: where there is SM WAN, and devices that the DCC is to know of."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    ESME,
    GPF,
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
    NEW_DEVICE,
    NEW_GPF,
    NEW_HUB,
    PRODUCT,
    ask,
    certify,
    pre_notification,
    render,
)

from dcc.bodies.inventory import Address, PreNotifyDevice, RequestWanMatrix, Uprn
from dcc.certified_products import CplStatus
from dcc.inventory import NO_LINKS
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.response_codes import ResponseCode
from dcc.rules import non_device_notification as rules
from dcc.service_requests import ServiceRequest
from dcc.service_responses import Coverage, CoverageDetails, WanMatrix
from dcc.srv import Srv
from dcc.wan_coverage import WanCoverage
from devices.gbcs.identifiers import DeviceType

Code = ResponseCode
PLACE: Final = Address("M22 0RR", "Threapwood Road")


def notification(world: World, body: PreNotifyDevice | None = None) -> ServiceRequest:
    return ask(world, Srv.PRE_NOTIFY_DEVICE, body or pre_notification())


def of_a_hub(world: World) -> ServiceRequest:
    return notification(world, pre_notification(NEW_HUB, DeviceType.CHF, NEW_GPF))


def hub_and_gpf_alike(world: World) -> ServiceRequest:
    return notification(world, pre_notification(NEW_HUB, DeviceType.CHF, NEW_HUB))


def gpf_by_itself(world: World) -> ServiceRequest:
    return notification(world, pre_notification(NEW_GPF, DeviceType.GPF))


def meter_with_gpf(world: World) -> ServiceRequest:
    return notification(world, pre_notification(gpf=NEW_GPF))


def hub_without_gpf(world: World) -> ServiceRequest:
    return notification(world, pre_notification(NEW_HUB, DeviceType.CHF))


def known_meter(world: World) -> ServiceRequest:
    return notification(world, pre_notification(ESME))


def known_gpf(world: World) -> ServiceRequest:
    return notification(world, pre_notification(NEW_HUB, DeviceType.CHF, GPF))


def decommissioned_meter(world: World) -> ServiceRequest:
    set_status(world, ESME, StatusCause.DECOMMISSIONED)
    return known_meter(world)


def decommissioned_as_another(world: World) -> ServiceRequest:
    set_status(world, ESME, StatusCause.DECOMMISSIONED)
    return notification(world, pre_notification(ESME, DeviceType.GSME))


def certified(world: World) -> ServiceRequest:
    certify(world)
    return notification(world)


def not_certified(world: World) -> ServiceRequest:
    certify(world, CplStatus.WITHDRAWN)
    return notification(world)


def display_not_certified(world: World) -> ServiceRequest:
    certify(world, CplStatus.WITHDRAWN)
    return notification(world, pre_notification(kind=DeviceType.IHD))


def where(place: Uprn | Address) -> Make:
    return lambda world: ask(world, Srv.REQUEST_WAN_MATRIX, RequestWanMatrix(place))


CASES: Final = (
    RuleCase(
        rules.wan_matrix_place_is_given,
        where(PLACE),
        where(Address("M22 0RR", " ")),
        Code.E120102,
        "M22 0RR",
        "address identifier",
        notification,
    ),
    RuleCase(
        rules.hub_and_gas_proxy_have_ids_of_their_own,
        of_a_hub,
        hub_and_gpf_alike,
        Code.E120201,
        str(NEW_HUB),
        "of its own",
        notification,
    ),
    RuleCase(
        rules.gas_proxy_is_notified_with_its_hub,
        of_a_hub,
        gpf_by_itself,
        Code.E120201,
        "by itself",
        "associated device",
        where(PLACE),
    ),
    RuleCase(
        rules.hub_names_its_gas_proxy,
        of_a_hub,
        hub_without_gpf,
        Code.E120207,
        "no GPF",
        "hub's GPF",
        notification,
    ),
    RuleCase(
        rules.device_is_not_notified_yet,
        decommissioned_meter,
        known_meter,
        Code.E120203,
        "Commissioned",
        "not known yet",
        where(PLACE),
    ),
    RuleCase(
        rules.model_is_certified,
        certified,
        not_certified,
        Code.E120204,
        "010A030B",
        "active entry",
        notification,
    ),
)


def alike_and_by_itself(world: World) -> ServiceRequest:
    return notification(world, pre_notification(NEW_GPF, DeviceType.GPF, NEW_GPF))


def without_gpf_and_known(world: World) -> ServiceRequest:
    return notification(world, pre_notification(CHF, DeviceType.CHF))


def known_and_not_certified(world: World) -> ServiceRequest:
    certify(world, CplStatus.EXPIRED)
    return known_meter(world)


TOGETHER: Final[dict[str, Make]] = {
    "hub-and-gas-proxy-have-ids-of-their-own": alike_and_by_itself,
    "hub-names-its-gas-proxy": without_gpf_and_known,
    "device-is-not-notified-yet": known_and_not_certified,
}
NEVER_TOGETHER: Final = {
    "gas-proxy-is-notified-with-its-hub": "a gas proxy without its hub is no hub without its gas proxy",
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
        (meter_with_gpf, "E120201"),
        (known_gpf, "E120203"),
        (decommissioned_as_another, "E120203"),
        (display_not_certified, "I99"),
        (where(Uprn(0)), "E120102"),
        (where(Uprn(1)), "I0"),
    ],
)
def test_more_requests(make: Make, code: str) -> None:
    world = World()
    assert world.submit(make(world)).response.code.value == code


# 12.2


def test_a_notified_device_is_pending_and_its_notifier_is_known() -> None:
    world = World()
    result = render(world, notification(world))
    assert (result.code, result.body, result.alerts) == (Code.I99, None, ())
    device = world.dcc.inventory.device(NEW_DEVICE)
    assert device.status is DeviceStatus.PENDING
    assert (device.manufacturer, device.model, device.details.firmware_version) == PRODUCT
    assert (device.details.smets_chts_version, device.details.esme_variant) == ("SMETS V1.58", "AD")
    assert device.notified_by == SUPPLIER


def test_a_hub_comes_with_its_gas_proxy() -> None:
    world = World()
    render(world, of_a_hub(world))
    hub, gpf = world.dcc.inventory.device(NEW_HUB), world.dcc.inventory.device(NEW_GPF)
    assert (hub.device_type, gpf.device_type, gpf.hub) == (DeviceType.CHF, DeviceType.GPF, NEW_HUB)
    assert hub.status is gpf.status is DeviceStatus.PENDING
    assert (gpf.manufacturer, gpf.model, gpf.details) == (hub.manufacturer, hub.model, hub.details)


@pytest.mark.parametrize("kind", [DeviceType.IHD, DeviceType.CAD])
def test_a_type_2_device_is_noted_without_status(kind: DeviceType) -> None:
    world = World()
    render(world, notification(world, pre_notification(kind=kind)))
    assert world.dcc.inventory.device(NEW_DEVICE).status is None


def test_a_decommissioned_device_comes_back_as_new() -> None:
    world = World()
    render(world, decommissioned_meter(world))
    device = world.dcc.inventory.device(ESME)
    assert (device.status, device.links, device.hub) == (DeviceStatus.PENDING, NO_LINKS, None)
    assert (device.model, device.details.esme_variant) == ("010A030B", "AD")


def test_a_returned_hub_comes_back_with_another_gas_proxy() -> None:
    world = World()
    set_status(world, CHF, StatusCause.HUB_REMOVED)
    set_status(world, GPF, StatusCause.HUB_REMOVED)
    render(world, notification(world, pre_notification(CHF, DeviceType.CHF, NEW_GPF)))
    inventory = world.dcc.inventory
    assert inventory.device(CHF).status is inventory.device(NEW_GPF).status is DeviceStatus.PENDING
    assert inventory.device(GPF).status is DeviceStatus.DECOMMISSIONED
    gpf = inventory.gas_proxy_of(CHF)
    assert gpf is not None
    assert gpf.device_id == NEW_GPF


# 12.1

DETAILS: Final = CoverageDetails(True, "Cellular", "High")
UNKNOWN: Final = [Coverage(region, Code.E120101) for region in ("North", "Central", "South")]


def coverage(world: World, place: Uprn | Address) -> list[Coverage]:
    result = render(world, where(place)(world))
    assert result.code is Code.I0
    assert isinstance(result.body, WanMatrix)
    assert result.body.request == RequestWanMatrix(place)
    return list(result.body.coverage)


def test_no_region_knows_a_place_that_is_not_in_the_table() -> None:
    assert coverage(World(), PLACE) == UNKNOWN


def test_coverage_by_uprn_by_address_and_by_postcode() -> None:
    world = World()
    elsewhere = DETAILS._replace(available=False, likelihood="Low")
    world.dcc.wan_coverage = WanCoverage({
        Uprn(7): {"Central": DETAILS},
        Address("m220rr", "threapwood  road"): {"Central": DETAILS},
        Address("M22 0RR", ""): {"Central": elsewhere, "4G Central": DETAILS},
    })  # fmt: skip
    known = [UNKNOWN[0], Coverage("Central", Code.I0, DETAILS), UNKNOWN[2]]
    assert coverage(world, Uprn(7)) == coverage(world, PLACE) == known
    assert coverage(world, Uprn(8)) == coverage(world, Address("M22 0RS", "")) == UNKNOWN
    assert coverage(world, Address("M22 0RR", "1 High Street")) == [
        UNKNOWN[0],
        Coverage("Central", Code.I0, elsewhere),
        UNKNOWN[2],
        Coverage("4G Central", Code.I0, DETAILS),
    ]
