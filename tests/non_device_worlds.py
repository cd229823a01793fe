"""Requests to the DCC itself, and what comes of them, in the small DCC for tests."""

from __future__ import annotations

from typing import Final

from dcc_worlds import CHF, ESME, GPF, GSME, MPAN, PPMID, SUPPLIER, World, device_id

from dcc import non_device
from dcc.bodies.hub_visits import HubInstalled
from dcc.bodies.inventory import PreNotifyDevice
from dcc.certified_products import CertifiedProducts, CplStatus, Product
from dcc.identifiers import Mpxn
from dcc.non_device.hub_visits import NEW_INSTALL
from dcc.non_device.result import NonDeviceResult
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64
from scenarios.test_bed import ACB_ID

NEW_DEVICE: Final = device_id(0xC0)
NEW_HUB: Final = device_id(0xC1)
NEW_GPF: Final = device_id(0xC2)
PRODUCT: Final = Product("AB01", "010A030B", "0002012F")


def ask(world: World, srv: Srv, body: RequestBody, user: Eui64 = SUPPLIER) -> ServiceRequest:
    """A request to the DCC."""
    return world.ask(user, srv, ACB_ID, body, CommandVariant.DCC_ONLY)


def render(world: World, request: ServiceRequest) -> NonDeviceResult:
    """What the DCC does with a request that has passed the rules."""
    user = world.dcc.parties.user(request.request_id.originator)
    assert user is not None
    return non_device.execute(request, world.dcc, user, world.now)


def pre_notification(
    device: Eui64 = NEW_DEVICE,
    kind: DeviceType = DeviceType.ESME,
    gpf: Eui64 | None = None,
) -> PreNotifyDevice:
    variant = "AD" if kind is DeviceType.ESME else None
    manufacturer, model, version = PRODUCT
    return PreNotifyDevice(device, kind, manufacturer, model, "SMETS V1.58", version, variant, gpf)


def notify(world: World, device: Eui64 = NEW_DEVICE, kind: DeviceType = DeviceType.ESME) -> None:
    """A device that the supplier notified."""
    gpf = NEW_GPF if kind is DeviceType.CHF else None
    render(world, ask(world, Srv.PRE_NOTIFY_DEVICE, pre_notification(device, kind, gpf)))


def settle_home(world: World) -> None:
    """Put the meters of the world into the HAN of its hub."""
    for device in (ESME, GSME, PPMID):
        world.dcc.inventory.assign_hub(device, CHF)
    assert world.dcc.inventory.device(GPF).hub == CHF


def installation(hub: Eui64 = CHF, install_type: str = NEW_INSTALL, mpxn: Mpxn = MPAN) -> HubInstalled:
    return HubInstalled(hub, install_type, mpxn, aerial_install=False, location="Deep indoors")


def certify(world: World, status: CplStatus = CplStatus.ACTIVE, product: Product = PRODUCT) -> None:
    """Switch the Certified Products List on, and put a product on it."""
    if world.dcc.certified_products is None:
        world.dcc.certified_products = CertifiedProducts()
    world.dcc.certified_products.set_status(product, status)
