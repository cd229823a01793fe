"""Device logs of hubs and gas proxy functions: what the inventory makes of their changes (8.11, 8.12)."""

from __future__ import annotations

from datetime import datetime

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, DeviceLogRestored, HanDeviceLogResult, HubIds
from dcc.bodies.hub import RestoreDeviceLog, UpdateHanDeviceLog, WhitelistEntry
from dcc.inventory import MpxnLinks
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.notices import Notice
from dcc.service_requests import ServiceRequest
from dcc.world import DccWorld
from devices.gbcs.chf_commands import open_update_response, read_cs14_alert
from devices.gbcs.device_log import DeviceLogBackup, RestoreDeviceLogResponse
from devices.gbcs.dlms import AccessCode
from devices.gbcs.identifiers import DeviceType, Eui64
from devices.gbcs.joins import JoinResult
from devices.gbcs.message import Message
from devices.gbcs.payloads import decode_payload


def hub_log_updated(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """8.11: the device is Whitelisted or Pending; its User hears that it worked (N24) or may not (N25)."""
    succeeded = _succeeded(response)
    body = request.body
    if succeeded and isinstance(body, UpdateHanDeviceLog):
        if body.add is None:
            _remove(body.device, world, now)
        else:
            _add(body.device, request.request_id.target, body.add, world, now)
    code = DccAlertCode.N24 if succeeded else DccAlertCode.N25
    alert = DccAlert(code, HanDeviceLogResult(request.request_id))
    return (Notice(request.request_id.originator, alert),)


def _add(device: Eui64, hub: Eui64, entry: WhitelistEntry, world: DccWorld, now: datetime) -> None:
    world.inventory.assign_hub(device, hub)
    if entry.import_mpxn is not None or entry.export_mpan is not None:
        links = MpxnLinks(entry.import_mpxn, entry.secondary_import_mpan, entry.export_mpan)
        world.inventory.link(device, links)
    if world.inventory.device(device).status is DeviceStatus.PENDING:
        world.inventory.change_status(device, StatusCause.ADDED_TO_HUB, now)


def _remove(device: Eui64, world: DccWorld, now: datetime) -> None:
    status = world.inventory.device(device).status
    if status in (DeviceStatus.WHITELISTED, DeviceStatus.INSTALLED_NOT_COMMISSIONED):
        world.inventory.change_status(device, StatusCause.REMOVED_FROM_HUB, now)
    else:
        world.inventory.assign_hub(device, None)


def hub_log_changed(alert: Message, world: DccWorld, now: datetime) -> tuple[Notice, ...]:
    """CS14 (8F12): the log is kept; a device that now has a key with the hub has joined its HAN."""
    backup = read_cs14_alert(alert.payload).backup
    world.backups.hubs[alert.header.originator] = backup
    for entry in backup.devices:
        device = world.inventory.get(entry.device)
        if entry.key and device is not None and device.status is DeviceStatus.WHITELISTED:
            world.inventory.change_status(entry.device, StatusCause.JOINED_HAN, now)
    return ()


def gas_proxy_log_changed(alert: Message, world: DccWorld, _: datetime) -> tuple[Notice, ...]:
    """GCS62 (8071): the log is kept."""
    payload = decode_payload(alert)
    if isinstance(payload, DeviceLogBackup):
        world.backups.gas_proxies[alert.header.originator] = payload.entries
    return ()


def hub_log_restored(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """8.12.1: the devices of the old hub belong to the new one; their suppliers are told (N26)."""
    if not isinstance(request.body, RestoreDeviceLog) or not _succeeded(response):
        return ()
    old, new = request.body.old_device, request.request_id.target
    world.inventory.exchange_hub(old, new)
    return _restored(world, old, new, now, of_hub=True)


def gas_log_restored(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """8.12.2: the joins of the old gas proxy function are those of the new one (N27)."""
    payload = decode_payload(response)
    if not isinstance(request.body, RestoreDeviceLog) or not isinstance(payload, RestoreDeviceLogResponse):
        return ()
    if any(outcome.result is not JoinResult.SUCCESS for outcome in payload.outcomes):
        return ()
    old, new = request.body.old_device, request.request_id.target
    # The new one counts from its own beginning (MP128A, assumed).
    world.originator_counters.clear(old)
    world.inventory.exchange_gas_proxy(old, new)
    hubs = world.inventory.device(old).hub, world.inventory.device(new).hub
    if None in hubs:
        return ()
    return _restored(world, *hubs, now, of_hub=False)


def _restored(
    world: DccWorld, old: Eui64 | None, new: Eui64 | None, now: datetime, *, of_hub: bool
) -> tuple[Notice, ...]:
    """The alert to the suppliers behind the new hub, where both hubs have a gas proxy function."""
    gas_proxies = [_gas_proxy_of(hub, world) for hub in (old, new)]
    if old is None or new is None or gas_proxies[0] is None or gas_proxies[1] is None:
        return ()
    ids = HubIds(old, new, gas_proxies[0], gas_proxies[1])
    code = DccAlertCode.N26 if of_hub else DccAlertCode.N27
    alert = DccAlert(code, DeviceLogRestored(now.date(), ids, of_hub))
    return tuple(Notice(user, alert) for user in addressees.suppliers(world, new, now))


def _gas_proxy_of(hub: Eui64 | None, world: DccWorld) -> Eui64 | None:
    for device in world.inventory:
        if device.device_type is DeviceType.GPF and device.hub == hub:
            return device.device_id
    return None


def _succeeded(response: Message) -> bool:
    codes = open_update_response(response.code, response.payload, response.header.originator_counter)
    return all(code is AccessCode.SUCCESS for code in codes)
