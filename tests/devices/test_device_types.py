"""Every type of device and every management command: obeyed in its one right form, refused in all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from datetime import UTC, datetime

import pytest
from device_worlds import (
    ACB,
    DCC,
    NOW,
    OPERATOR,
    OTHER_SUPPLIER,
    SENDERS,
    STRANGER,
    SUPPLIER,
    flip,
    only_sent,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from management_worlds import ALL_KINDS, USE_CASES, AnyWorld, device_id, kind_name, sender_of
from wire_strategies import mutations

from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.faults import PowerLoss
from devices.gbcs.dlms_updates import BEHAVIOUR_UPDATES
from devices.gbcs.gas_updates import GCS20
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import sign, signature_verifies
from devices.gbcs.use_cases import use_case
from devices.gpf import Gpf
from devices.hcalcs import Hcalcs
from devices.ppmid import Ppmid
from devices.security_log import Refusal
from devices.snapshot import restore, snapshot
from devices.state import DeviceState

# What they set stays as it is if it is set again.
UNPROTECTED_UPDATES = {GCS20, *BEHAVIOUR_UPDATES}
PAIRS = [(kind, code) for kind in ALL_KINDS for code in USE_CASES[kind]]
every_use_case = pytest.mark.parametrize(
    ("kind", "code"), PAIRS, ids=[f"{kind_name(kind)}-{MessageCode(code)}" for kind, code in PAIRS]
)
every_kind = pytest.mark.parametrize("kind", ALL_KINDS, ids=kind_name)


def good(world: AnyWorld, code: int, counter: int = 1000) -> Message:
    """The good command of a use case, unprotected."""
    payload = USE_CASES[type(world.device)][code](OriginatorCounter(counter))
    return world.command(sender_of(world, code), code, payload, counter)


def is_critical(code: int) -> bool:
    facts = use_case(MessageCode(code))
    assert facts is not None
    return facts.critical is True


def is_protected(code: int) -> bool:
    facts = use_case(MessageCode(code))
    assert facts is not None
    return facts.replay_protected


def octets_of(world: AnyWorld, code: int, counter: int = 1000) -> bytes:
    """The good command in its right form."""
    signer = sender_of(world, code) if is_critical(code) else None
    return world.protected(good(world, code, counter), signer)


def lasting(state: DeviceState) -> DeviceState:
    """What a refusal must leave as it was."""
    return state._replace(log=(), alert_counter=OriginatorCounter(0))


# --- the good command --------------------------------------------------------------------------------------


@every_use_case
def test_a_good_command_is_answered_in_the_form_of_its_use_case(kind: type[Device], code: int) -> None:
    world = AnyWorld(kind)
    octets = octets_of(world, code)
    effects = world.send(octets)
    assert effects.accepted, effects.entry
    command, response = parse(octets).header, parse(effects.sent[0])
    assert response.shape is (MessageShape.SIGNED if is_critical(code) else MessageShape.MAC_ONLY)
    assert response.header.cra is Cra.RESPONSE
    assert response.header.originator_counter == command.originator_counter
    assert (response.header.originator, response.header.target) == (command.target, command.originator)
    assert response.header.other == command.other


@every_use_case
def test_a_command_comes_once_where_it_changes_something_and_again_where_it_reads(
    kind: type[Device], code: int
) -> None:
    world = AnyWorld(kind)
    octets = octets_of(world, code)
    first = world.send(octets)
    state = lasting(world.device.state)
    again, earlier, later = (
        world.send(each) for each in (octets, octets_of(world, code, 999), octets_of(world, code, 1001))
    )
    assert later.accepted
    if is_protected(code):
        assert again.entry.refusal is earlier.entry.refusal is Refusal.REPLAY
    else:
        assert again.sent[0] == first.sent[0] or is_critical(code)
        assert again.accepted
        assert earlier.accepted
        assert lasting(world.device.state) == state


@every_use_case
def test_a_replay_is_seen_before_any_key_is_used(kind: type[Device], code: int) -> None:
    world = AnyWorld(kind)
    octets = octets_of(world, code)
    world.send(octets)
    before = astuple(world.provider.tally)
    if is_protected(code):
        broken = flip(octets, len(octets) - 1)
        assert world.send(broken).entry.refusal is Refusal.REPLAY
        after = astuple(world.provider.tally)
        # Just the signature of the alert was made.
        assert [late - early for late, early in zip(after, before, strict=True)] == [1, 0, 0, 0, 0, 0]


# --- and its neighbours ------------------------------------------------------------------------------------


def neighbours(world: AnyWorld, code: int) -> Iterator[tuple[str, bytes, Refusal]]:
    """Commands that miss the good one by one thing, and why they are refused."""
    command, sender = good(world, code), sender_of(world, code)
    wrong_cell = Refusal.NO_AUTHORITY
    for party in (STRANGER, OTHER_SUPPLIER):
        foreign = command._replace(header=command.header._replace(originator=party.eui))
        yield f"of {party.eui}", world.protected(foreign, party if is_critical(code) else None), wrong_cell
    elsewhere = command._replace(header=command.header._replace(target=Eui64(bytes(8))))
    yield "to another device", world.protected(elsewhere, sender), Refusal.NOT_ADDRESSED
    own = sender.agreement.key if sender is not ACB else SUPPLIER.agreement.key
    signer = sender if is_critical(code) else None
    yield "with another party's MAC", world.protected(command, signer, own), Refusal.WRONG_MAC
    right = world.protected(command, signer)
    yield "with another MAC", flip(right, len(right) - 1), Refusal.WRONG_MAC
    other = parse(right)._replace(payload=flip(command.payload, len(command.payload) - 1))
    yield "with another payload", encode(other), Refusal.WRONG_MAC
    if is_critical(code):
        signed = sign(command, sender.signing.key, SENDERS)
        yield "without MAC", encode(signed), Refusal.WRONG_MAC
        yield "without signature", encode(world.maced(command)), Refusal.WRONG_SIGNATURE
        stranger = STRANGER.signing.key
        yield (
            "of another signer",
            encode(world.maced(sign(command, stranger, SENDERS))),
            Refusal.WRONG_SIGNATURE,
        )
    else:
        yield "with a signature", world.protected(command, sender), Refusal.WRONG_MAC
        yield "without anything", encode(command), Refusal.WRONG_MAC


@every_use_case
def test_what_misses_the_good_command_by_one_thing_is_refused_and_changes_nothing(
    kind: type[Device], code: int
) -> None:
    world = AnyWorld(kind)
    before = lasting(world.device.state)
    for what, octets, refusal in neighbours(world, code):
        effects = world.send(octets)
        # A payload with its last bit turned may not even be one.
        allowed = {refusal, Refusal.MALFORMED} if what == "with another payload" else {refusal}
        assert effects.entry.refusal in allowed, what
        assert all(parse(sent).header.cra is Cra.ALERT for sent in effects.sent), what
        assert lasting(world.device.state) == before, what
    assert world.send(octets_of(world, code)).accepted


# --- power -------------------------------------------------------------------------------------------------


@every_use_case
@pytest.mark.parametrize("loss", PowerLoss)
def test_a_command_that_the_power_interrupts_stands_as_a_whole_or_not_at_all(
    kind: type[Device], code: int, loss: PowerLoss
) -> None:
    world, whole = AnyWorld(kind), AnyWorld(kind)
    before = snapshot(world.device)
    world.device.faults = world.device.faults._replace(power_loss=loss)
    effects = world.send(octets_of(world, code))
    whole.send(octets_of(whole, code))
    if not is_protected(code) and not is_critical(code) and code not in UNPROTECTED_UPDATES:
        # A read changes nothing, so there is no moment at which it could be interrupted.
        assert effects.sent
        return
    assert effects.sent == ()
    expected = before if loss is PowerLoss.BEFORE_COMMIT else snapshot(whole.device)
    states = [restore(each, world.context).state for each in (snapshot(world.device), expected)]
    found, wanted = [
        lasting(state)._replace(keys=states[0].keys, renewal=states[0].renewal) for state in states
    ]
    if kind not in (Gpf, Chf) or loss is PowerLoss.BEFORE_COMMIT:
        assert found == wanted
    else:
        # What the broker has not been told yet is told with the next message.
        assert found._replace(device_log=wanted.device_log, hub_log=wanted.hub_log) == wanted
    assert snapshot(world.restored()) == snapshot(world.device)


# --- the types ---------------------------------------------------------------------------------------------


@every_kind
def test_a_device_of_any_type_survives_a_power_failure(kind: type[Device]) -> None:
    world = AnyWorld(kind)
    for counter, code in enumerate(USE_CASES[kind], 1):
        assert world.send(octets_of(world, code, counter)).accepted
        device = world.restored()
        assert type(device) is kind
        assert lasting(device.state)._replace(
            keys=world.device.state.keys, renewal=world.device.state.renewal
        ) == (lasting(world.device.state))


@every_kind
def test_a_factory_device_shares_all_that_it_has_not_changed(kind: type[Device]) -> None:
    """A hundred thousand devices hold one value of each."""
    one, other = AnyWorld(kind, handed_over=False).device, AnyWorld(kind).device
    for state in (one.state, restore(snapshot(other), other.context).state):
        for name in ("renewal", "device_log", "firmware", "clock", "hub_log", "defects"):
            assert getattr(state, name) is DeviceState._field_defaults[name]


@every_kind
def test_a_device_has_the_cells_of_its_type_and_holds_the_dccs_certificates(kind: type[Device]) -> None:
    store = AnyWorld(kind, handed_over=False).device.store
    assert tuple(store) == CELLS_BY_DEVICE_TYPE[kind.device_type]
    assert set(store.values()) <= set(DCC)
    assert store[cells.ROOT] == DCC.root


@every_kind
def test_a_device_needs_the_cell_that_its_alerts_go_to(kind: type[Device]) -> None:
    world = AnyWorld(kind)
    expected = cells.ACB_SIGNING if kind in (Chf, Ppmid) else cells.SUPPLIER_SIGNING
    assert kind.alert_cell == expected
    refused = world.send(octets_of(world, next(iter(USE_CASES[kind])))[:-1] + b"\x00")
    assert refused.entry.refusal is Refusal.WRONG_MAC
    alert = only_sent(refused)
    assert alert.header.target == (ACB if kind in (Chf, Ppmid) else SUPPLIER).eui
    assert signature_verifies(alert, world.device.signing.public_point, SENDERS)


@every_kind
def test_what_a_type_does_not_know_is_unsupported(kind: type[Device]) -> None:
    known = {code for other in ALL_KINDS for code in USE_CASES[other]}
    for code in sorted(known - set(kind.handlers)):
        world = AnyWorld(kind)
        effects = world.send(world.octets(code, b"\x05\x00"))
        assert effects.entry.refusal is Refusal.UNSUPPORTED
        assert len(effects.sent) == int(kind.speaks_dlms)


def test_each_type_knows_the_use_cases_that_are_meant_for_it() -> None:
    for kind in ALL_KINDS:
        assert set(USE_CASES[kind]) <= set(kind.handlers)
        for code in USE_CASES[kind]:
            facts = use_case(MessageCode(code))
            assert facts is not None
            if facts.targets_confirmed and facts.targets:
                assert kind.device_type in facts.targets


@pytest.mark.parametrize("kind", [Ppmid, Hcalcs], ids=kind_name)
def test_other_devices_know_no_operator(kind: type[Device]) -> None:
    world = AnyWorld(kind)
    code = next(iter(USE_CASES[kind]))
    refused = world.send(world.octets(code, USE_CASES[kind][code](OriginatorCounter(1)), by=OPERATOR))
    assert refused.entry.refusal is Refusal.NO_AUTHORITY


# --- fuzz --------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_mutated_command_does_no_harm(data: st.DataObject) -> None:
    kind, code = data.draw(st.sampled_from(PAIRS))
    world = AnyWorld(kind)
    octets = data.draw(mutations(octets_of(world, code)))
    before = lasting(world.device.state)
    effects = world.send(octets, NOW)
    assert isinstance(effects, Effects)
    if not effects.accepted:
        assert lasting(world.device.state) == before
    assert world.device.eui == device_id(kind)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_good_command_of_any_payload_is_answered_or_refused(data: st.DataObject) -> None:
    """The payload is mutated before it is protected, so that only its own checks stand in its way."""
    kind, code = data.draw(st.sampled_from(PAIRS))
    world = AnyWorld(kind)
    command = good(world, code)
    payload = data.draw(mutations(command.payload))
    signer = sender_of(world, code) if is_critical(code) else None
    before = lasting(world.device.state)
    effects = world.send(
        world.protected(command._replace(payload=payload), signer), datetime(2026, 2, 1, tzinfo=UTC)
    )
    if not effects.accepted:
        assert effects.entry.refusal is Refusal.MALFORMED
        assert lasting(world.device.state) == before
    world.restored()
