"""A meter's clock is set and the meter commissioned: GCS28 and ECS70 on bytes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from device_worlds import ACB, NOW, OPERATOR, SUPPLIER
from management_worlds import AnyWorld, encode_any, events, kind_name

from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.gbcs.dlms import AccessCode
from devices.gbcs.ecs70 import ECS70, build_ecs70_command, open_ecs70_response
from devices.gbcs.gas_clock import GCS28, SetClock, SetClockResponse, TimeStatus
from devices.gbcs.identifiers import MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import MessageShape, parse
from devices.gbcs.payloads import decode_payload
from devices.gsme import Gsme
from devices.management_state import DeviceClock
from devices.security_log import Refusal

STATUS = TimeStatus
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
AHEAD = timedelta(minutes=10)
meters = pytest.mark.parametrize("kind", [Esme, Gsme], ids=kind_name)


class Clock(NamedTuple):
    """What a meter says that its clock shows."""

    time: datetime
    status: TimeStatus


class Meter(AnyWorld):
    """A meter whose clock is not set yet."""

    @property
    def code(self) -> MessageCode:
        return ECS70 if isinstance(self.device, Esme) else GCS28

    def payload(self, counter: int, start: datetime, end: datetime) -> bytes:
        if self.code == ECS70:
            seconds = int((end - start).total_seconds())
            return build_ecs70_command(OriginatorCounter(counter), start, seconds)
        return encode_any(SetClock(start, end))

    def set(self, counter: int, start: datetime, end: datetime, now: datetime = NOW) -> Effects:
        octets = self.octets(self.code, self.payload(counter, start, end), counter)
        return self.send(octets, now)

    @property
    def clock(self) -> DeviceClock:
        return self.device.state.clock

    def drift(self, offset: timedelta) -> None:
        """Put the device's clock ahead."""
        self.device.faults = self.device.faults._replace(clock_offset=offset)


def shown(effects: Effects) -> Clock:
    """What the response says."""
    assert effects.accepted, effects.entry
    response = parse(effects.sent[0])
    assert (response.shape, response.header.date_time) == (MessageShape.SIGNED, None)
    value = decode_payload(response)
    if isinstance(value, SetClockResponse):
        return Clock(value.device_time, value.status)
    answer = open_ecs70_response(response.payload, response.header.originator_counter)
    assert answer.codes == (AccessCode.SUCCESS,) * 5
    assert answer.device_time is not None
    assert answer.status is not None
    status = {int(each): each for each in TimeStatus}[answer.status]
    return Clock(answer.device_time.moment(), status)


WINDOWS = {
    "around now": (NOW - HOUR, NOW + HOUR, STATUS.RELIABLE),
    "from now": (NOW, NOW + HOUR, STATUS.RELIABLE),
    "until now": (NOW - HOUR, NOW, STATUS.RELIABLE),
    "from a second later": (NOW + SECOND, NOW + HOUR, STATUS.UNRELIABLE),
    "until a second earlier": (NOW - HOUR, NOW - SECOND, STATUS.UNRELIABLE),
}


@meters
@pytest.mark.parametrize(("start", "end", "status"), WINDOWS.values(), ids=WINDOWS)
def test_a_clock_is_set_if_the_hubs_time_lies_in_the_window(
    kind: type[Device], start: datetime, end: datetime, status: TimeStatus
) -> None:
    world = Meter(kind)
    assert world.clock == DeviceClock(STATUS.INVALID, None)
    assert shown(world.set(1, start, end)) == (NOW, status)
    commissioned_at = NOW if status is STATUS.RELIABLE else None
    assert world.clock == DeviceClock(status, commissioned_at)
    assert events(world.device) == (["8F69"] if status is STATUS.RELIABLE else [])


@meters
def test_a_meter_is_commissioned_once(kind: type[Device]) -> None:
    world = Meter(kind)
    world.set(1, NOW, NOW + HOUR)
    later = NOW + timedelta(days=30)
    assert shown(world.set(2, later, later + HOUR, later)) == (later, STATUS.RELIABLE)
    assert shown(world.set(3, NOW, NOW + HOUR, later)) == (later, STATUS.UNRELIABLE)
    assert world.clock == DeviceClock(STATUS.UNRELIABLE, NOW)
    assert events(world.device) == ["8F69"]


@meters
def test_a_clock_that_goes_wrong_is_right_once_it_is_set(kind: type[Device]) -> None:
    world = Meter(kind)
    world.drift(AHEAD)
    # The hub's time counts, not the device's: the device's alone lies in this window.
    assert shown(world.set(1, NOW + AHEAD, NOW + HOUR)) == (NOW + AHEAD, STATUS.UNRELIABLE)
    assert shown(world.set(2, NOW, NOW + SECOND)) == (NOW, STATUS.RELIABLE)
    assert world.device.faults.clock_offset == timedelta(0)
    assert shown(world.set(3, NOW + HOUR, NOW + 2 * HOUR)) == (NOW, STATUS.UNRELIABLE)


@meters
def test_only_the_supplier_sets_a_clock_and_only_once_by_a_command(kind: type[Device]) -> None:
    world = Meter(kind)
    payload = world.payload(1, NOW, NOW + HOUR)
    for party in (ACB, OPERATOR):
        refused = world.send(world.octets(world.code, payload, 1, party))
        assert refused.entry.refusal is Refusal.NO_AUTHORITY
    assert world.clock.commissioned_at is None
    octets = world.octets(world.code, payload, 1, SUPPLIER)
    assert world.send(octets).accepted
    assert world.send(octets).entry.refusal is Refusal.REPLAY


def test_a_window_that_ends_before_it_starts() -> None:
    """A gas meter's holds no moment; an electricity meter's is no command."""
    assert shown(Meter(Gsme).set(1, NOW + HOUR, NOW - HOUR)).status is STATUS.UNRELIABLE
    assert shown(Meter(Gsme).set(1, NOW, NOW)).status is STATUS.RELIABLE


@pytest.mark.parametrize("item", range(5))
def test_what_an_electricity_meter_cannot_do_ends_its_answer(item: int) -> None:
    world = Meter(Esme)
    world.break_down(ECS70, AccessCode.HARDWARE_FAULT, item)
    response = parse(world.set(1, NOW, NOW + HOUR).sent[0])
    answer = open_ecs70_response(response.payload, OriginatorCounter(1))
    untried = (AccessCode.OTHER_REASON,) * (4 - item)
    assert answer.codes == (AccessCode.SUCCESS,) * item + (AccessCode.HARDWARE_FAULT,) + untried
    assert (answer.device_time is None, answer.status is None) == (item <= 3, True)
    assert world.clock == (DeviceClock() if item < 3 else DeviceClock(STATUS.RELIABLE, NOW))
    assert world.device.counters.current(RemotePartyRole.SUPPLIER) == 1


@meters
@pytest.mark.parametrize("loss", PowerLoss)
def test_when_the_power_fails_the_clock_is_set_with_its_status_or_not_at_all(
    kind: type[Device], loss: PowerLoss
) -> None:
    world = Meter(kind)
    world.drift(AHEAD)
    world.device.faults = world.device.faults._replace(power_loss=loss)
    assert world.set(1, NOW, NOW + HOUR).sent == ()
    is_set = loss is PowerLoss.AFTER_COMMIT
    assert world.clock.status is (STATUS.RELIABLE if is_set else STATUS.INVALID)
    assert world.device.faults.clock_offset == (timedelta(0) if is_set else AHEAD)
    assert world.restored().state.clock == world.clock
    again = world.set(1, NOW, NOW + HOUR)
    assert (again.entry.refusal is Refusal.REPLAY) is is_set
