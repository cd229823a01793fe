"""GCS28 and ECS70: a meter's clock is set from the communications hub's, for the first time on commissioning.

The supplier says between which moments the hub's time has to lie (GBCS 9.1); ``now`` is the hub's time, and
a device's fault of the clock is what the device shows until it is set.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

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


class _Setting(NamedTuple):
    """What a command comes to: the state after it, what the clock shows then, and its status."""

    state: DeviceState
    shown: datetime
    status: TimeStatus
    is_taken_over: bool = False


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
    setting = _set(device, state, window, message, now)
    payload = gas_clock.encode(SetClockResponse(setting.shown, setting.status))
    response = commands.answer(device, message, authority, payload)
    _commit(device, setting)
    return response, f"set clock: {setting.status.field_name}"


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
        setting = _set(device, state, window, message, now)
    else:
        setting = _Setting(state, now, state.clock.status)
    answer = ClockAnswer(
        codes,
        _if_read(codes[_ECS70_TIME_ITEM], DlmsDateTime.of(setting.shown, STATUS_NOT_SPECIFIED)),
        _if_read(codes[_ECS70_STATUS_ITEM], ClockStatus(setting.status)),
    )
    payload = encode_ecs70_response(counter, answer)
    response = commands.answer(device, message, authority, payload)
    _commit(device, setting)
    return response, f"set clock: {setting.status.field_name}"


GAS_HANDLERS: Final = {GCS28: set_gas_clock}
METER_HANDLERS: Final = {ECS70: set_meter_clock}


def _set(device: Device, state: DeviceState, window: Period, message: Message, now: datetime) -> _Setting:
    """The hub's time is taken over if it lies in the window."""
    network_time = now - device.faults.clock_offset
    if not window.start <= network_time <= window.end:
        state = state._replace(clock=state.clock._replace(status=TimeStatus.UNRELIABLE))
        return _Setting(state, now, TimeStatus.UNRELIABLE)
    commissioned_at = state.clock.commissioned_at
    if commissioned_at is None:
        commissioned_at = network_time
        detail = f"clock set to {network_time:%Y-%m-%dT%H:%M:%SZ}"
        state = state.logged(commands.event(_COMMISSIONED, detail, message.header, network_time))
    state = state._replace(clock=DeviceClock(TimeStatus.RELIABLE, commissioned_at))
    return _Setting(state, network_time, TimeStatus.RELIABLE, is_taken_over=True)


def _commit(device: Device, setting: _Setting) -> None:
    try:
        device.commit(setting.state)
    finally:
        if setting.is_taken_over and device.state is setting.state:
            device.faults = device.faults._replace(clock_offset=timedelta(0))


def _if_read(code: AccessCode, value: _Value) -> _Value | None:
    return value if code is AccessCode.SUCCESS else None
