"""What 11.1 asks of its body; which code stands for what is assumed (DUIS 3.8)."""

from __future__ import annotations

from collections import Counter
from typing import Final

from dcc.bodies.firmware import UpdateFirmware
from dcc.non_device.firmware import sort_devices
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv

_CLAUSE: Final = Clause("DUIS", "3.8 (11.1)")
LARGEST_IMAGE_OCTETS: Final = 10_240_000


@rule(
    id="firmware-image-is-given",
    clause=_CLAUSE,
    on_fail={Srv.UPDATE_FIRMWARE: ResponseCode.E110101},
    confirmed=False,
)
def firmware_image_is_given(view: RequestView) -> Answer:
    """The image has 1 to 10,240,000 octets."""
    body = view.request.body
    if not isinstance(body, UpdateFirmware):
        return NOT_APPLICABLE
    if 1 <= len(body.image) <= LARGEST_IMAGE_OCTETS:
        return None
    return Finding(f"{len(body.image)} octets", f"1 to {LARGEST_IMAGE_OCTETS}")


@rule(
    id="firmware-devices-are-named-once",
    clause=_CLAUSE,
    on_fail={Srv.UPDATE_FIRMWARE: ResponseCode.E110102},
    confirmed=False,
)
def firmware_devices_are_named_once(view: RequestView) -> Answer:
    """At least one device is named, and none twice."""
    body = view.request.body
    if not isinstance(body, UpdateFirmware):
        return NOT_APPLICABLE
    if not body.devices:
        return Finding("no device", "at least one")
    twice = [device for device, times in Counter(body.devices).items() if times > 1]
    return Finding(f"{twice[0]} twice", "each device once") if twice else None


@rule(
    id="firmware-version-is-certified",
    clause=_CLAUSE,
    on_fail={Srv.UPDATE_FIRMWARE: ResponseCode.E110103},
    confirmed=False,
)
def firmware_version_is_certified(view: RequestView) -> Answer:
    """The version is on the Certified Products List for some model."""
    body, certified = view.request.body, view.world.certified_products
    if not isinstance(body, UpdateFirmware) or certified is None:
        return NOT_APPLICABLE
    if certified.has_active_version(body.firmware_version):
        return None
    return Finding(body.firmware_version, "a version with an active entry on the list")


@rule(
    id="some-device-can-take-firmware",
    clause=_CLAUSE,
    on_fail={Srv.UPDATE_FIRMWARE: ResponseCode.E110105},
    confirmed=False,
)
def some_device_can_take_firmware(view: RequestView) -> Answer:
    """At least one of the devices can take the image."""
    body, user = view.request.body, view.user
    if not isinstance(body, UpdateFirmware) or user is None:
        return NOT_APPLICABLE
    accepted, warning = sort_devices(body, view.world, user, view.now)
    if accepted:
        return None
    reasons = ", ".join(field for field, devices in warning._asdict().items() if devices)
    return Finding(f"all {len(body.devices)} refused: {reasons}", "a device that can take the image")


RULES: Final[tuple[Rule, ...]] = (
    firmware_image_is_given,
    firmware_devices_are_named_once,
    firmware_version_is_certified,
    some_device_can_take_firmware,
)
