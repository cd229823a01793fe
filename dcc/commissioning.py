"""Devices that become part of a home: commissioned, joined, unjoined, with new firmware (SIM)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dcc import addressees
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, DeviceStatusChange, MeterIdentity, MeteringPoints
from dcc.bodies.hub import JoinOrUnjoin
from dcc.cpl_events import firmware_changed
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.notices import Notice
from dcc.service_requests import ServiceRequest, SignedPreCommand
from dcc.world import DccWorld
from devices.gbcs.dlms import AccessCode
from devices.gbcs.ecs70 import ECS70, ClockStatus, open_ecs70_response
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import (
    ActivateFirmwareAlert,
    ActivateFirmwareResponse,
    ActivationOutcome,
    ActivationResult,
)
from devices.gbcs.gas_clock import SetClockResponse, TimeStatus
from devices.gbcs.identifiers import DeviceType, Eui64
from devices.gbcs.joins import (
    JoinDevice,
    JoinDeviceResponse,
    JoinResult,
    UnjoinDevice,
    UnjoinDeviceResponse,
    UnjoinResult,
)
from devices.gbcs.message import Message, parse
from devices.gbcs.payloads import decode_payload

_JOIN_COMMISSIONS: Final = frozenset({DeviceType.GPF, DeviceType.PPMID, DeviceType.HCALCS})


def clock_set(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """8.1.1: a meter whose clock is right is Commissioned; its network operator is told (N1)."""
    meter = request.request_id.target
    if not _clock_is_reliable(response):
        return ()
    if world.inventory.device(meter).status is not DeviceStatus.INSTALLED_NOT_COMMISSIONED:
        return ()
    device = world.inventory.change_status(meter, StatusCause.COMMISSION_COMMAND_SUCCEEDED, now)
    links = device.links
    if links.import_mpxn is None:
        return ()
    points = MeteringPoints(links.import_mpxn, links.secondary_import_mpan, links.export_mpan)
    change = DeviceStatusChange(meter, MeterIdentity(points))
    alert = DccAlert(DccAlertCode.N1, change)
    return tuple(Notice(user, alert) for user in addressees.network_operators(world, meter, now))


def _clock_is_reliable(response: Message) -> bool:
    if response.code == ECS70:
        answer = open_ecs70_response(response.payload, response.header.originator_counter)
        return (
            all(code is AccessCode.SUCCESS for code in answer.codes) and answer.status is ClockStatus.RELIABLE
        )
    payload = decode_payload(response)
    return isinstance(payload, SetClockResponse) and payload.status is TimeStatus.RELIABLE


def joined(request: ServiceRequest, response: Message, world: DccWorld, now: datetime) -> tuple[Notice, ...]:
    """8.7: the inventory notes who is joined to whom; what a join commissions is Commissioned."""
    payload = decode_payload(response)
    if not isinstance(payload, JoinDeviceResponse) or payload.result is not JoinResult.SUCCESS:
        return ()
    pair = request.request_id.target, _other_device(request)
    world.inventory.join(*pair)
    for device in map(world.inventory.device, pair):
        installed = device.status is DeviceStatus.INSTALLED_NOT_COMMISSIONED
        if installed and device.device_type in _JOIN_COMMISSIONS:
            world.inventory.change_status(device.device_id, StatusCause.JOINED_METER, now)
    return ()


def unjoined(request: ServiceRequest, response: Message, world: DccWorld, _: datetime) -> tuple[Notice, ...]:
    """8.8: the inventory forgets the join."""
    payload = decode_payload(response)
    if isinstance(payload, UnjoinDeviceResponse) and payload.result is UnjoinResult.SUCCESS:
        world.inventory.unjoin(request.request_id.target, _other_device(request))
    return ()


def _other_device(request: ServiceRequest) -> Eui64:
    """The other end of a join, from the request or from the command that its User signed."""
    body = request.body
    if isinstance(body, JoinOrUnjoin):
        return body.other_device
    command = decode_payload(parse(body.gbcs)) if isinstance(body, SignedPreCommand) else None
    if not isinstance(command, JoinDevice | UnjoinDevice):
        raise GbcsError("command", "names no other device")
    return command.other_device


def firmware_activated(
    request: ServiceRequest, response: Message, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """11.3: the inventory notes the version in use, which may suspend the device or bring it back."""
    payload = decode_payload(response)
    outcome = payload.outcome if isinstance(payload, ActivateFirmwareResponse) else None
    return _activated(request.request_id.target, outcome, world, now)


def held_activation_done(
    device: Eui64, result: ActivateFirmwareAlert, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """The same for an activation that the device had held until its time."""
    return _activated(device, result.outcome, world, now)


def _activated(
    device: Eui64, outcome: ActivationOutcome | None, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    if outcome is None or outcome.result is not ActivationResult.SUCCESS:
        return ()
    return firmware_changed(world, device, outcome.version.hex().upper(), now)
