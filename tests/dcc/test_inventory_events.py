"""What befalls devices without a request: the Certified Products List, and recovery."""

from __future__ import annotations

import pytest
from dcc_worlds import ESME, GPF, GSME, OPERATOR, SUPPLIER, World
from non_device_worlds import PRODUCT, certify

from dcc import recovery
from dcc.alert_payloads import CertificateType, DeviceStatusChange, PlainChange, RecoveredToBroker
from dcc.certified_products import CertifiedProducts, CplStatus, Product
from dcc.cpl_events import entry_changed, firmware_changed, review
from dcc.inventory import DeviceDetails, IllegalTransition
from dcc.inventory_status import DeviceStatus
from devices.gbcs.identifiers import Eui64

S = DeviceStatus
OLDER = PRODUCT._replace(firmware_version="00020000")


def with_product() -> World:
    world = World()
    for device in (ESME, GPF):
        details = DeviceDetails(firmware_version=PRODUCT.firmware_version)
        world.dcc.inventory.describe(
            device, manufacturer=PRODUCT.manufacturer, model=PRODUCT.model, details=details
        )
    return world


def status(world: World, device: Eui64) -> DeviceStatus | None:
    return world.dcc.inventory.device(device).status


def test_devices_are_suspended_and_restored_with_the_entry_of_their_firmware() -> None:
    world = with_product()
    assert entry_changed(world.dcc, PRODUCT, CplStatus.ACTIVE, world.now) == ()
    alerts = entry_changed(world.dcc, PRODUCT, CplStatus.WITHDRAWN, world.now)
    assert status(world, ESME) is status(world, GPF) is S.SUSPENDED
    assert status(world, GSME) is S.COMMISSIONED
    assert [(notice.recipient, notice.alert.code.value) for notice in alerts] == [(SUPPLIER, "N8")] * 2
    assert [notice.alert.payload for notice in alerts] == [
        DeviceStatusChange(device, PlainChange.SUSPENDED) for device in (ESME, GPF)
    ]
    assert entry_changed(world.dcc, PRODUCT, CplStatus.CANCELLED, world.now) == ()
    alerts = entry_changed(world.dcc, PRODUCT, CplStatus.ACTIVE, world.now)
    assert status(world, ESME) is S.COMMISSIONED
    assert [notice.alert.code.value for notice in alerts] == ["N9", "N9"]
    assert alerts[0].alert.payload == DeviceStatusChange(ESME, PlainChange.RESTORED)


def test_new_firmware_suspends_a_device_or_brings_it_back() -> None:
    world = with_product()
    certify(world)
    alerts = firmware_changed(world.dcc, ESME, OLDER.firmware_version, world.now)
    assert [notice.alert.code.value for notice in alerts] == ["N8"]
    assert (status(world, ESME), status(world, GPF)) == (S.SUSPENDED, S.COMMISSIONED)
    alerts = firmware_changed(world.dcc, ESME, PRODUCT.firmware_version, world.now)
    assert [notice.alert.code.value for notice in alerts] == ["N9"]
    assert status(world, ESME) is S.COMMISSIONED


def test_nothing_is_suspended_without_a_list_or_without_known_firmware() -> None:
    world = with_product()
    assert firmware_changed(world.dcc, ESME, OLDER.firmware_version, world.now) == ()
    certify(world)
    assert review(world.dcc, GSME, world.now) == ()
    assert status(world, ESME) is status(world, GSME) is S.COMMISSIONED


def test_what_the_list_says() -> None:
    products = CertifiedProducts({PRODUCT: CplStatus.ACTIVE, OLDER: CplStatus.EXPIRED})
    assert products.is_active(PRODUCT)
    assert not products.is_active(OLDER)
    assert not products.is_active(Product("AB01", "010A030B", "unheard of"))
    assert products.has_active_model("AB01", "010A030B")
    assert not products.has_active_model("AB02", "010A030B")
    assert products.has_active_version(PRODUCT.firmware_version)
    assert not products.has_active_version(OLDER.firmware_version)
    products.set_status(PRODUCT, CplStatus.CANCELLED)
    assert not products.has_active_model("AB01", "010A030B")
    assert products.status(PRODUCT) is CplStatus.CANCELLED


def test_recovery_from_beginning_to_end() -> None:
    world = World()
    both = (CertificateType.DIGITAL_SIGNING, CertificateType.KEY_AGREEMENT)
    recovery.begin(world.dcc, ESME, world.now)
    assert status(world, ESME) is S.RECOVERY
    alerts = recovery.replaced_by_broker(world.dcc, ESME, both, both[:1], world.now)
    assert status(world, ESME) is S.RECOVERED
    assert [(notice.recipient, notice.alert.code.value) for notice in alerts] == [
        (SUPPLIER, "N43"),
        (OPERATOR, "N43"),
    ]
    assert alerts[0].alert.payload == DeviceStatusChange(ESME, RecoveredToBroker(both, both[:1]))
    alerts = recovery.complete(world.dcc, ESME, world.now)
    assert status(world, ESME) is S.COMMISSIONED
    assert [notice.alert.code.value for notice in alerts] == ["N44", "N44"]
    with pytest.raises(IllegalTransition):
        recovery.complete(world.dcc, ESME, world.now)
