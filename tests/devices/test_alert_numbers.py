"""A device whose numbers for alerts are used up goes on obeying; what it cannot report, it writes down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from device_worlds import BY_OPERATOR, BY_SUPPLIER, NOW, OTHER_SUPPLIER
from management_worlds import IMAGE_HASH, USE_CASES, AnyWorld, encode_any

from devices import cells
from devices.comms_hub import Chf
from devices.device import Device
from devices.esme import Esme
from devices.gbcs.chf_log import CCS01
from devices.gbcs.firmware import CS06, ActivateFirmware
from devices.gbcs.identifiers import UINT64_MAX, MessageCode, OriginatorCounter
from devices.gbcs.joins import CS03B
from devices.gbcs.message import parse
from devices.gpf import Gpf
from devices.reporting import ReportingDevice
from devices.security_log import Refusal

DUE = NOW + timedelta(days=1)
NONE_LEFT = "no number is left for alerts"


def world_with(left: int, kind: type[Device] = Esme) -> AnyWorld:
    """A device that has so many numbers left."""
    world = AnyWorld(kind)
    world.change(alert_counter=OriginatorCounter(UINT64_MAX - left))
    return world


@pytest.mark.parametrize("left", [2, 1, 0])
def test_what_is_due_is_executed_and_reported_as_long_as_there_are_numbers(left: int) -> None:
    world = world_with(left)
    activate = encode_any(ActivateFirmware(IMAGE_HASH, OriginatorCounter(5), DUE))
    assert world.send(world.octets(CS06, activate, 5)).accepted
    assert world.send(world.update_octets(BY_SUPPLIER, 6, execution_date_time=DUE)).accepted
    before = len(world.device.log)
    first, second = world.device.advance(DUE)
    assert [len(done.sent) for done in (first, second)] == [int(left > 0), int(left > 1)]
    assert (NONE_LEFT in first.entry.detail) is (left == 0)
    assert (NONE_LEFT in second.entry.detail) is (left < 2)
    assert world.device.log[before:] == (first.entry, second.entry)
    assert world.device.store[cells.SUPPLIER_SIGNING] == OTHER_SUPPLIER.signing.certificate
    assert world.device.state.pending == ()
    assert world.device.alert_counter == UINT64_MAX


def test_a_message_that_arrives_when_something_is_due_is_answered() -> None:
    world = world_with(0)
    assert world.send(world.update_octets(BY_OPERATOR, 6, execution_date_time=DUE)).accepted
    effects = world.send(world.update_octets(BY_SUPPLIER, 6), DUE)
    assert effects.accepted
    assert [parse(octets).code for octets in effects.sent] == [BY_SUPPLIER.mode.message_code]


@pytest.mark.parametrize("left", [1, 0])
def test_a_refusal_says_that_it_could_not_be_reported(left: int) -> None:
    effects = world_with(left).send(b"")
    assert effects.entry.refusal is Refusal.MALFORMED
    assert len(effects.sent) == left
    assert (NONE_LEFT in effects.entry.detail) is (left == 0)


@pytest.mark.parametrize("left", [1, 0])
@pytest.mark.parametrize(("kind", "code"), [(Gpf, CS03B), (Chf, CCS01)])
def test_a_changed_log_that_cannot_be_reported_is_written_down_once(
    kind: type[ReportingDevice], code: MessageCode, left: int
) -> None:
    world = world_with(left, kind)
    octets = world.octets(code, USE_CASES[kind][code](OriginatorCounter(1)), 1)
    effects = world.send(octets)
    assert effects.accepted
    assert len(effects.sent) == 1 + left
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    unsent = [entry for entry in world.device.log if entry.detail.startswith("alert ")]
    assert len(unsent) == 1 - left
    assert all(NONE_LEFT in entry.detail for entry in unsent)
