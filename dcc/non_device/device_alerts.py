"""Who is told when a device leaves the inventory or a home; the addressees are assumed (DUIS 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import (
    AssociatedDevice,
    DccAlert,
    DeviceStatusChange,
    MeterGone,
    MeteringPoints,
    PlainChange,
    ScheduleRemoval,
)
from dcc.inventory import InventoryDevice
from dcc.inventory_status import TYPE_2_DEVICES
from dcc.notices import Notice
from dcc.schedules import Schedule
from dcc.world import DccWorld
from devices.gbcs.identifiers import Eui64

_MOST_ASSOCIATED = 7


def meter_gone(
    device: InventoryDevice, world: DccWorld, sender: Eui64 | None, now: datetime
) -> tuple[Notice, ...]:
    """N2 to the network operator and to the other suppliers of a meter; nothing for what has no MPxN."""
    links = device.links
    if links.import_mpxn is None:
        return ()
    points = MeteringPoints(links.import_mpxn, links.secondary_import_mpan, links.export_mpan)
    change = MeterGone(points, _associated(device, world))
    told = (
        *addressees.network_operators(world, device.device_id, now),
        *addressees.suppliers(world, device.device_id, now),
        *addressees.export_suppliers(world, device.device_id, now),
    )
    alert = DccAlert(DccAlertCode.N2, DeviceStatusChange(device.device_id, change))
    return notices(told, alert, sender)


def plain_change(
    device: Eui64,
    change: PlainChange,
    code: DccAlertCode,
    told: Iterable[Eui64 | None],
    sender: Eui64 | None,
) -> tuple[Notice, ...]:
    """A change of status that needs no further words, to each User once and not to its sender."""
    return notices(told, DccAlert(code, DeviceStatusChange(device, change)), sender)


def schedules_removed(device: Eui64, world: DccWorld) -> tuple[Notice, ...]:
    """Forget the schedules on a device; N4 to the owner of each."""
    return tuple(remove_schedule(item, DccAlertCode.N4, world) for item in world.schedules.on(device))


def remove_schedule(schedule: Schedule, code: DccAlertCode, world: DccWorld) -> Notice:
    """Forget a schedule and tell its owner. N4, N5, N6: which code goes with which reason is assumed."""
    world.schedules.delete(schedule.schedule_id)
    payload = ScheduleRemoval(schedule.what.device, schedule.schedule_id)
    return Notice(schedule.owner, DccAlert(code, payload))


def notices(told: Iterable[Eui64 | None], alert: DccAlert, sender: Eui64 | None) -> tuple[Notice, ...]:
    """The alert for each User Id, once, in order; without the sender of the request that brought it on."""
    return tuple(Notice(user, alert) for user in dict.fromkeys(told) if user is not None and user != sender)


def _associated(device: InventoryDevice, world: DccWorld) -> tuple[AssociatedDevice, ...]:
    joined = (world.inventory.device(item) for item in device.joined_to)
    found = [AssociatedDevice(item.device_id, item.device_type) for item in joined if _is_type_1(item)]
    return tuple(found[:_MOST_ASSOCIATED])


def _is_type_1(device: InventoryDevice) -> bool:
    return device.device_type not in TYPE_2_DEVICES
