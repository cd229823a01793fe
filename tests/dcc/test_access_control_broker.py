"""The access control broker: its counters, its signature, and MACs that a device accepts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from dcc_worlds import ESME, GPF, NOW, SUPPLIER, World
from hypothesis import given
from hypothesis import strategies as st

from dcc.access_control_broker import AcbCounters, AccessControlBroker
from dcc.bodies.credentials import RetrieveRoles
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, Message, MessageShape, OtherInformation, encode, parse
from devices.gbcs.protection import answer_header, mac_verifies, signature_verifies
from devices.security_log import Refusal
from scenarios.test_bed import ACB_ID

TIME: Final = datetime(2026, 1, 5, tzinfo=UTC)
TIME_IN_MS: Final = 1767571200000
MILLISECOND: Final = timedelta(milliseconds=1)
SIGNING: Final = KeyPair.from_seed(b"broker", "signing")
AGREEMENT: Final = KeyPair.from_seed(b"broker", "agreement")
DEVICE: Final = KeyPair.from_seed(b"device", "agreement")
PROVIDER: Final = CryptoProvider()
COMMAND: Final = Message(
    GroupingHeader(Cra.COMMAND, OriginatorCounter(1), ACB_ID, ESME, OtherInformation(MessageCode(0x0103))),
    b"payload",
)


def broker(counters: AcbCounters = AcbCounters.PER_DEVICE) -> AccessControlBroker:
    return AccessControlBroker(ACB_ID, SIGNING, AGREEMENT, PROVIDER, counters)


# Counters


def test_per_device_counters_begin_at_1_for_every_device() -> None:
    acb = broker()
    assert [acb.next_counter(ESME, TIME) for _ in range(3)] == [1, 2, 3]
    assert acb.next_counter(GPF, TIME) == 1
    assert acb.next_counter(ESME, TIME + timedelta(days=1)) == 4


def test_counters_by_the_clock_are_milliseconds_and_still_rise_within_one() -> None:
    acb = broker(AcbCounters.EPOCH_MILLISECONDS)
    assert [acb.next_counter(ESME, TIME) for _ in range(3)] == [TIME_IN_MS + n for n in range(3)]
    assert acb.next_counter(GPF, TIME) == TIME_IN_MS
    assert acb.next_counter(ESME, TIME + MILLISECOND) == TIME_IN_MS + 3
    assert acb.next_counter(ESME, TIME + 10 * MILLISECOND) == TIME_IN_MS + 10


@pytest.mark.parametrize("switch", AcbCounters)
@given(steps=st.lists(st.integers(-5, 5), max_size=20))
def test_counters_rise_strictly_even_when_the_clock_goes_back(switch: AcbCounters, steps: list[int]) -> None:
    acb, now, counters = broker(switch), TIME, []
    for step in steps:
        now += step * MILLISECOND
        counters.append(acb.next_counter(ESME, now))
    assert all(one < other for one, other in pairwise(counters))
    assert all(isinstance(counter, OriginatorCounter) for counter in counters)


@pytest.mark.parametrize("switch", AcbCounters)
@pytest.mark.parametrize("above", [None, OriginatorCounter(0), OriginatorCounter(2**50)])
def test_the_coming_number_is_the_next_one_and_is_not_used_up(
    switch: AcbCounters, above: OriginatorCounter | None
) -> None:
    acb = broker(switch)
    for _ in range(2):
        coming = acb.coming_counter(ESME, TIME, above)
        assert acb.coming_counter(ESME, TIME, above) == coming == acb.next_counter(ESME, TIME, above)


# Protection


def test_a_signature_is_the_signing_keys_and_drops_a_mac() -> None:
    maced = broker().protect(COMMAND, DEVICE.public_point)
    signed = broker().sign(maced)
    assert signed.shape is MessageShape.SIGNED
    assert signature_verifies(signed, SIGNING.public_point, PROVIDER)
    assert not signature_verifies(signed, AGREEMENT.public_point, PROVIDER)


def test_a_mac_covers_the_signature_and_is_the_devices_to_verify() -> None:
    for message, shape in ((COMMAND, MessageShape.MAC_ONLY), (broker().sign(COMMAND), MessageShape.FULL)):
        protected = broker().protect(message, DEVICE.public_point)
        assert protected.shape is shape
        assert parse(encode(protected)) == protected
        assert mac_verifies(protected, DEVICE, AGREEMENT.public_point, PROVIDER)
        assert not mac_verifies(protected, DEVICE, SIGNING.public_point, PROVIDER)
        assert not mac_verifies(
            protected._replace(payload=b"payloae"), DEVICE, AGREEMENT.public_point, PROVIDER
        )
    other_signature = protected._replace(signature=bytes(64))
    assert not mac_verifies(other_signature, DEVICE, AGREEMENT.public_point, PROVIDER)


def test_a_users_signature_is_kept_under_the_mac() -> None:
    user = KeyPair.from_seed(b"user", "signing")
    signed = AccessControlBroker(SUPPLIER, user, user, PROVIDER).sign(COMMAND)
    protected = broker().protect(signed, DEVICE.public_point)
    assert protected.signature == signed.signature
    assert signature_verifies(protected, user.public_point, PROVIDER)


def test_a_response_is_the_brokers_to_verify() -> None:
    header = answer_header(COMMAND.header)
    device = AccessControlBroker(ESME, DEVICE, DEVICE, PROVIDER)
    response = device.protect(Message(header, b"answer"), AGREEMENT.public_point)
    assert broker().verifies(response, DEVICE.public_point)
    assert not broker().verifies(response._replace(payload=b"answes"), DEVICE.public_point)
    assert not broker().verifies(response, AGREEMENT.public_point)
    assert not broker().verifies(response._replace(mac=None), DEVICE.public_point)


# On real devices, through the DSP


def credentials(world: World) -> ServiceRequest:
    roles = RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,))
    return world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, ESME, roles)


@pytest.mark.parametrize("switch", AcbCounters)
def test_devices_accept_what_the_broker_sends_under_either_switch(switch: AcbCounters) -> None:
    """Two handovers and a retrieval between them: the device's counter rises with the broker's."""
    world = World(acb_counters=switch)
    device = world.device(ESME)
    for request in (world.handover(SUPPLIER), credentials(world), world.handover()):
        command = world.submit(request).command
        assert command is not None
        assert device.receive(command.octets, world.now).accepted
    supplier = device.counters.current(RemotePartyRole.SUPPLIER)
    operator = device.counters.current(RemotePartyRole.NETWORK_OPERATOR)
    first = 1 if switch is AcbCounters.PER_DEVICE else (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND
    assert (supplier, operator) == (first, first + 2)


@pytest.mark.parametrize("name", ["signature", "mac"])
def test_a_device_refuses_what_the_broker_did_not_protect(name: str) -> None:
    """One bit of the signature, or of the MAC, is enough; and so is a device that it was not made for."""
    world = World()
    command = world.submit(world.handover()).command
    assert command is not None
    octets = bytearray(command.octets)
    octets[-1 if name == "mac" else -20] ^= 1
    refusal = world.device(ESME).receive(bytes(octets), world.now).entry.refusal
    # The MAC covers the signature, so it is the first to fail either way.
    assert refusal is Refusal.WRONG_MAC
    assert world.device(GPF).receive(command.octets, world.now).entry.refusal is Refusal.NOT_ADDRESSED
    assert world.device(ESME).receive(command.octets, world.now).accepted


def test_a_users_own_command_carries_the_brokers_mac_and_no_counter_of_the_broker() -> None:
    world = World()
    command = world.submit(world.read()).command
    assert command is not None
    message = parse(command.octets)
    assert message.shape is MessageShape.MAC_ONLY
    assert message.header.originator_counter == command.request.request_id.counter
    after = world.submit(credentials(world)).command
    assert after is not None
    assert parse(after.octets).header.originator_counter == 1
