"""11.1: firmware images for lists of devices; the Certified Products List."""

from __future__ import annotations

import hashlib
from typing import Final

import pytest
from dcc_worlds import (
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    NO_DEVICE,
    OTHER_SUPPLIER,
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
    PRODUCT,
    ask,
    certify,
    notify,
    pre_notification,
    render,
)

from dcc.alert_payloads import FirmwareDistributionFailure
from dcc.bodies.firmware import UpdateFirmware
from dcc.certified_products import CplStatus
from dcc.firmware_distributions import Delivery
from dcc.inventory_status import StatusCause
from dcc.non_device.firmware import settle_delivery
from dcc.response_codes import ResponseCode
from dcc.rules import non_device_firmware as rules
from dcc.service_requests import ServiceRequest
from dcc.service_responses import FirmwareWarning
from dcc.srv import Srv
from dcc.world import UnknownMpxn
from devices.gbcs.identifiers import Eui64

Code = ResponseCode
IMAGE: Final = b"an image"
VERSION: Final = PRODUCT.firmware_version


def firmware(*devices: Eui64, image: bytes = IMAGE, user: Eui64 = SUPPLIER) -> Make:
    return lambda world: ask(world, Srv.UPDATE_FIRMWARE, UpdateFirmware(image, VERSION, devices), user)


def certified(status: CplStatus) -> Make:
    def make(world: World) -> ServiceRequest:
        world.dcc.inventory.describe(ESME, manufacturer=PRODUCT.manufacturer, model=PRODUCT.model)
        certify(world, status)
        return firmware(ESME)(world)

    return make


def notification(world: World) -> ServiceRequest:
    return ask(world, Srv.PRE_NOTIFY_DEVICE, pre_notification())


CASES: Final = (
    RuleCase(
        rules.firmware_image_is_given,
        firmware(ESME),
        firmware(ESME, image=b""),
        Code.E110101,
        "0 octets",
        "10240000",
        notification,
    ),
    RuleCase(
        rules.firmware_devices_are_named_once,
        firmware(ESME),
        firmware(ESME, ESME),
        Code.E110102,
        f"{ESME} twice",
        "once",
        notification,
    ),
    RuleCase(
        rules.firmware_version_is_certified,
        certified(CplStatus.ACTIVE),
        certified(CplStatus.WITHDRAWN),
        Code.E110103,
        VERSION,
        "active entry",
        firmware(ESME),
    ),
    RuleCase(
        rules.some_device_can_take_firmware,
        firmware(ESME),
        firmware(NO_DEVICE),
        Code.E110105,
        "invalid",
        "can take",
        notification,
    ),
)


def twice_and_not_certified(world: World) -> ServiceRequest:
    certify(world, CplStatus.CANCELLED)
    return firmware(ESME, ESME)(world)


TOGETHER: Final[dict[str, Make]] = {
    "firmware-image-is-given": firmware(ESME, ESME, image=b""),
    "firmware-devices-are-named-once": twice_and_not_certified,
    "firmware-version-is-certified": certified(CplStatus.CANCELLED),
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
        (firmware(), "E110102"),
        (firmware(ESME, image=bytes(rules.LARGEST_IMAGE_OCTETS)), "I99"),
        (firmware(ESME, image=bytes(rules.LARGEST_IMAGE_OCTETS + 1)), "E110101"),
        (firmware(GPF), "E110105"),
        (firmware(ESME, user=OTHER_SUPPLIER), "E110105"),
        (firmware(ESME_WITHOUT_MPAN, user=OTHER_SUPPLIER), "I99"),
    ],
)
def test_more_requests(make: Make, code: str) -> None:
    world = World()
    assert world.submit(make(world)).response.code.value == code


def test_an_image_for_meters_that_can_all_take_it() -> None:
    world = World()
    request = firmware(ESME, GSME)(world)
    submission = world.submit(request)
    assert (submission.response.code, submission.response.body) == (Code.I99, None)
    (distribution,) = world.dcc.firmware.distributions
    assert distribution.request_id == request.request_id
    assert distribution.devices == (ESME, GSME)
    assert distribution.image_hash == hashlib.sha256(IMAGE).digest()
    assert world.dcc.firmware.state(GSME) is Delivery.IN_PROGRESS


def test_a_warning_names_who_cannot_take_it_and_why() -> None:
    world = World()
    notify(world)
    render(world, firmware(GSME)(world))
    certify(world)
    for device in (ESME, GSME, ESME_OF_NOBODY):
        world.dcc.inventory.describe(device, manufacturer=PRODUCT.manufacturer, model=PRODUCT.model)
    world.dcc.inventory.describe(ESME_OF_NOBODY, model="another")
    request = firmware(GSME, NO_DEVICE, ESME, NEW_DEVICE, GPF, ESME_OF_NOBODY)(world)
    response = world.submit(request).response
    assert response.code is Code.W110101
    assert response.body == FirmwareWarning(
        invalid=(NO_DEVICE, GPF),
        not_commissioned=(NEW_DEVICE,),
        not_applicable=(ESME_OF_NOBODY,),
        other_request_in_progress=(GSME,),
    )
    assert world.dcc.firmware.distributions[-1].devices == (ESME,)


def test_a_suspended_meter_gets_firmware_and_the_world_decides_on_what_is_unknown() -> None:
    world = World()
    set_status(world, ESME, StatusCause.FIRMWARE_DELISTED)
    assert world.submit(firmware(ESME)(world)).response.code is Code.I99
    world.dcc.unknown_mpxn = UnknownMpxn.REFUSE
    assert world.submit(firmware(ESME_OF_NOBODY)(world)).response.code is Code.E110105


def test_a_delivery_settles_and_of_a_failure_the_sender_hears() -> None:
    world = World()
    request = firmware(ESME, GSME)(world)
    render(world, request)
    image_hash = hashlib.sha256(IMAGE).digest()
    assert world.dcc.firmware.delivered_version(ESME, image_hash) is None
    assert settle_delivery(ESME, delivered=True, world=world.dcc) == ()
    assert world.dcc.firmware.delivered_version(ESME, image_hash) == VERSION
    assert world.dcc.firmware.delivered_version(ESME, bytes(32)) is None
    (notice,) = settle_delivery(GSME, delivered=False, world=world.dcc)
    assert (notice.recipient, notice.alert.code.value) == (SUPPLIER, "N18")
    assert notice.alert.payload == FirmwareDistributionFailure(request.request_id, (GSME,))
    assert world.dcc.firmware.state(GSME) is Delivery.FAILED
    assert world.submit(firmware(ESME, GSME)(world)).response.code is Code.I99
    assert settle_delivery(NO_DEVICE, delivered=False, world=world.dcc) == ()
