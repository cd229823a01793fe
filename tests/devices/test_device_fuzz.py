"""Anything at all into every type of device: it answers with effects, within bounds, or it is a fault.

Three ways: octets of the reference set, spoilt; its payloads, spoilt and then protected by whoever may send
them, so that they get past MAC and signature; and noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from device_worlds import (
    ACB,
    ALL_KINDS,
    CONTINGENCY,
    LOAD_CONTROLLER,
    METER_CASES,
    NOW,
    OPERATOR,
    RECOVERY,
    SENDERS,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
    Party,
    World,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_set import KINDS as REFERENCE_KINDS
from reference_set import load, make_device
from wire_strategies import mutations

from devices.device import Device, Effects
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import sign
from devices.security_log import LOG_CAPACITY_ENTRIES
from devices.snapshot import restore, snapshot
from devices.state import DeviceState

PARTIES = (
    SUPPLIER, OPERATOR, ACB, TRANSITIONAL_COS, RECOVERY, WAN_PROVIDER, LOAD_CONTROLLER, CONTINGENCY,
)  # fmt: skip
MOST_OCTETS_SENT = 20_000
MOST_MESSAGES_SENT = 4
SHAPES = (MessageShape.FULL, MessageShape.MAC_ONLY, MessageShape.SIGNED)
moments = st.sampled_from((NOW, datetime(2020, 1, 1, tzinfo=UTC), NOW + timedelta(days=4000)))


def lasting(state: DeviceState) -> DeviceState:
    """The state but for what a refusal may change."""
    return state._replace(log=(), alert_counter=OriginatorCounter(0))


def check_bounded(device: Device, octets: bytes, now: datetime) -> None:
    """The device takes it and is none the worse for it."""
    before = device.state
    effects = device.receive(octets, now)
    assert isinstance(effects, Effects)
    assert len(effects.sent) <= MOST_MESSAGES_SENT
    assert sum(map(len, effects.sent)) <= MOST_OCTETS_SENT
    for sent in effects.sent:
        assert parse(sent).header.originator == device.eui
    assert len(device.log) <= LOG_CAPACITY_ENTRIES
    assert len(effects.entry.detail) <= 1000
    if not effects.accepted:
        assert lasting(device.state) == lasting(before)
        assert all(parse(sent).header.cra is Cra.ALERT for sent in effects.sent)
    if device.agreement.scalar is not None:
        assert snapshot(restore(snapshot(device), device.context)) == snapshot(device)


# --- octets of the set -----------------------------------------------------------------------------------


@cache
def from_the_set(conformance: Path, eui: Eui64) -> Device | None:
    """A device that has answered in the set, if one of this name has."""
    reference = load(conformance)
    for message in reference.messages.values():
        if message.header.cra is Cra.RESPONSE and message.header.originator == eui:
            return make_device(reference, message)
    return None


@given(st.data())
@settings(max_examples=300)
def test_spoilt_messages_of_the_set(conformance: Path, data: st.DataObject) -> None:
    messages = load(conformance).messages
    message = messages[data.draw(st.sampled_from(sorted(messages)))]
    eui = message.header.target if message.header.target in REFERENCE_KINDS else message.header.originator
    device = from_the_set(conformance, eui) if eui in REFERENCE_KINDS else None
    if device is None:
        return
    fresh = device.state
    octets = encode(message)
    check_bounded(device, data.draw(st.just(octets) | mutations(octets)), data.draw(moments))
    device.state = fresh


# --- payloads under good protection ------------------------------------------------------------------------


@cache
def world(kind: type[Device]) -> World:
    return World(kind)


@cache
def payloads(conformance: Path) -> dict[int, tuple[bytes, ...]]:
    """The payloads of the commands of the set by message code; some codes have a few of our own besides."""
    found: dict[int, list[bytes]] = {}
    for message in (*load(conformance).messages.values(), *own_commands()):
        if message.header.cra is Cra.COMMAND:
            found.setdefault(message.code, []).append(message.payload)
    return {code: tuple(dict.fromkeys(each)) for code, each in found.items()}


def own_commands() -> Iterator[Message]:
    maker = World()
    for case in METER_CASES:
        for due in (None, NOW + timedelta(days=1)):
            yield maker.update_message(case, maker.update(case, execution_date_time=due))


def protected(world: World, message: Message, by: Party, shape: MessageShape) -> bytes:
    """A message of this shape, by this party, through the broker."""
    if shape is not MessageShape.MAC_ONLY:
        message = sign(message, by.signing.key, SENDERS)
    return encode(message if shape is MessageShape.SIGNED else world.maced(message))


@pytest.mark.parametrize("kind", ALL_KINDS)
@given(data=st.data())
@settings(max_examples=100)
def test_spoilt_payloads_under_good_protection(
    conformance: Path, kind: type[Device], data: st.DataObject
) -> None:
    known = payloads(conformance)
    code = data.draw(st.sampled_from(sorted(kind.handlers)))
    payload = data.draw(st.sampled_from(known.get(code, (b"\x05\x00",))))
    spoilt = data.draw(st.just(payload) | mutations(payload))
    by = data.draw(st.sampled_from(PARTIES))
    counter = data.draw(st.sampled_from((1, 1000, 1200, 2**64 - 1)))
    message = world(kind).command(by, code, spoilt, counter)
    if data.draw(st.booleans()):
        other = message.header.other._replace(
            supplementary_party=OPERATOR.eui, supplementary_counter=OriginatorCounter(5)
        )
        message = message._replace(header=message.header._replace(other=other))
    device = world(kind).device
    fresh = device.state
    octets = protected(world(kind), message, by, data.draw(st.sampled_from(SHAPES)))
    check_bounded(device, octets, data.draw(moments))
    device.advance(NOW + timedelta(days=5000))
    device.state = fresh


@pytest.mark.parametrize("kind", ALL_KINDS)
@given(octets=st.binary(max_size=120) | st.binary(max_size=60).map(b"\xdf\x09\x01".__add__))
@settings(max_examples=50)
def test_noise(kind: type[Device], octets: bytes) -> None:
    device = world(kind).device
    fresh = device.state
    check_bounded(device, octets, NOW)
    device.state = fresh


# --- a long run ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_thousand_refusals_leave_a_device_no_larger(kind: type[Device]) -> None:
    device = World(kind).device
    fresh = device.state
    for counter in range(1000):
        device.receive(counter.to_bytes(2, "big"), NOW)
    assert len(device.log) == LOG_CAPACITY_ENTRIES
    assert device.alert_counter == 1000
    assert lasting(device.state) == lasting(fresh)
