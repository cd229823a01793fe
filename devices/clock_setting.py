"""GCS28 and ECS70: a meter's clock is set from the communications hub's, for the first time on commissioning.

The supplier says between which moments the hub's time has to lie (GBCS 9.1); ``now`` is the hub's time, and
a device's fault of the clock is what the device shows until it is set.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from devices import commands
from devices.gbcs import gas_clock
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_times import STATUS_NOT_SPECIFIED, Period
from devices.gbcs.ecs70 import ECS70, ClockAnswer, ClockStatus, encode_ecs70_response, read_ecs70_command
from devices.gbcs.gas_clock import GCS28, SetClockResponse, TimeStatus
from devices.gbcs.message import DlmsDateTime, Message
from devices.management_state import DeviceClock

if TYPE_CHECKING:
    from devices.device import Device
    from devices.state import DeviceState

_COMMISSIONED: Final = 0x8F69
_ECS70_ITEMS: Final = 5
_ECS70_TIME_ITEM: Final = 3
_ECS70_STATUS_ITEM: Final = 4
_Value = TypeVar("_Value")


def set_gas_clock(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey GCS28.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    command = gas_clock.decode_set_clock(message.payload)
    authority = commands.authenticate(device, message)
    state = commands.accepted(device, message, authority)
    window = Period(command.validity_start, command.validity_end)
    shown, status = _set(device, state, window, message, now)
    payload = gas_clock.encode(SetClockResponse(shown, status))
    return commands.answer(device, message, authority, payload), f"set clock: {status.field_name}"


def set_meter_clock(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey ECS70; what the meter cannot do, and all items after it, is answered with its result code.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    counter = message.header.originator_counter
    window = read_ecs70_command(message.payload, counter)
    authority = commands.authenticate(device, message)
    state = commands.accepted(device, message, authority)
    codes = commands.access_codes(commands.defect(device, ECS70), _ECS70_ITEMS)
    if all(code is AccessCode.SUCCESS for code in codes[:_ECS70_TIME_ITEM]):
        shown, status = _set(device, state, window, message, now)
    else:
        device.commit(state)
        shown, status = now, device.state.clock.status
    answer = ClockAnswer(
        codes,
        _if_read(codes[_ECS70_TIME_ITEM], DlmsDateTime.of(shown, STATUS_NOT_SPECIFIED)),
        _if_read(codes[_ECS70_STATUS_ITEM], ClockStatus(status)),
    )
    payload = encode_ecs70_response(counter, answer)
    return commands.answer(device, message, authority, payload), f"set clock: {status.field_name}"


GAS_HANDLERS: Final = {GCS28: set_gas_clock}
METER_HANDLERS: Final = {ECS70: set_meter_clock}


def _set(
    device: Device, state: DeviceState, window: Period, message: Message, now: datetime
) -> tuple[datetime, TimeStatus]:
    """Take the hub's time over if it lies in the window; what the clock shows then, and its status."""
    network_time = now - device.faults.clock_offset
    if not window.start <= network_time <= window.end:
        device.commit(state._replace(clock=state.clock._replace(status=TimeStatus.UNRELIABLE)))
        return now, TimeStatus.UNRELIABLE
    commissioned_at = state.clock.commissioned_at
    if commissioned_at is None:
        commissioned_at = network_time
        detail = f"clock set to {network_time:%Y-%m-%dT%H:%M:%SZ}"
        state = state.logged(commands.event(_COMMISSIONED, detail, message.header, network_time))
    state = state._replace(clock=DeviceClock(TimeStatus.RELIABLE, commissioned_at))
    try:
        device.commit(state)
    finally:
        if device.state is state:
            device.faults = device.faults._replace(clock_offset=timedelta(0))
    return network_time, TimeStatus.RELIABLE


def _if_read(code: AccessCode, value: _Value) -> _Value | None:
    return value if code is AccessCode.SUCCESS else None
