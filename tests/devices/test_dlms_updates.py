"""MPANs and alert behaviours of electricity meters on the wire: the real messages, bits, what is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import counters, mutations

from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_updates import (
    ALL_BEHAVIOUR_UPDATES,
    BEHAVIOUR_UPDATES,
    ECS25A,
    ECS25A1,
    ECS25A2,
    ECS25A3,
    ECS25B,
    ECS25B3,
    ECS39A,
    ECS39B,
    BehaviourChange,
    build_behaviour_command,
    build_ecs39a_command,
    build_ecs39b_command,
    encode_set_response,
    events_of,
    open_set_response,
    read_behaviour_command,
    read_mpan_command,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.message import Message
from devices.gbcs.use_cases import use_case

SUITE = settings(max_examples=60, deadline=None)
COUNTER = OriginatorCounter(1000)
MPAN, SECOND, THIRD = "1312345678333", "1312345678111", "1312345678222"
every_update = pytest.mark.parametrize("code", BEHAVIOUR_UPDATES, ids=str)


def pair(conformance: Path, name: str) -> tuple[Message, Message, OriginatorCounter]:
    found = messages(conformance)
    command = found[f"{name}_COMMAND"]
    return command, found[f"{name}_RESPONSE"], command.header.originator_counter


def check_response(response: Message, name: str, counter: OriginatorCounter) -> None:
    expected = AccessCode.HARDWARE_FAULT if name.endswith("ERROR") else AccessCode.SUCCESS
    assert open_set_response(response.code, response.payload, counter) is expected
    assert encode_set_response(response.code, counter, expected).hex() == response.payload.hex()


# --- the reference set ------------------------------------------------------------------------------


MPANS = {
    "ECS39a_6.20.1_SINGLE_SUCCESS": (MPAN, ""),
    "ECS39a_6.20.1_SINGLE_ERROR": (MPAN, ""),
    "ECS39a_6.20.1_TWIN_SUCCESS": (SECOND, THIRD),
    "ECS39b_6.20.2_SUCCESS": (MPAN, ""),
    "ECS39b_6.20.2_ERROR": (MPAN, ""),
}


@pytest.mark.parametrize("name", MPANS)
def test_the_real_commands_that_write_an_mpan(conformance: Path, name: str) -> None:
    command, response, counter = pair(conformance, name)
    primary, secondary = MPANS[name]
    if command.code == ECS39A:
        built = build_ecs39a_command(counter, primary, secondary)
    else:
        built = build_ecs39b_command(counter, primary)
    assert built.hex() == command.payload.hex()
    read = read_mpan_command(command.code, command.payload, counter)
    assert read.digits == (primary + secondary).encode()
    check_response(response, name, counter)


def change(on: tuple[int, ...], off: tuple[int, ...]) -> BehaviourChange:
    return BehaviourChange(frozenset(on), frozenset(off))


def test_the_real_commands_that_switch_behaviours(conformance: Path) -> None:
    seen = set()
    for file, command in messages(conformance).items():
        update = BEHAVIOUR_UPDATES.get(command.code)
        if update is None or not update.confirmed or not file.endswith("_COMMAND"):
            continue
        name = file.removesuffix("_COMMAND")
        _, response, counter = pair(conformance, name)
        meant = read_behaviour_command(command.code, command.payload, counter)
        assert meant.on or meant.off
        assert build_behaviour_command(command.code, counter, meant).hex() == command.payload.hex(), name
        check_response(response, name, counter)
        seen.add(command.code)
    assert seen == {update.code for update in ALL_BEHAVIOUR_UPDATES if update.confirmed}


def test_the_real_commands_say_what_the_service_requests_name(conformance: Path) -> None:
    operator, _, counter = pair(conformance, "ECS25b3_6.22_SUCCESS")
    assert read_behaviour_command(ECS25B3, operator.payload, counter) == change((0x8014,), (0x8015,))
    supplier, _, counter = pair(conformance, "ECS25a_6.22_SUCCESS")
    found = read_behaviour_command(ECS25A, supplier.payload, counter)
    assert 0x810D in found.on
    assert 0x810E in found.off


# --- MPANs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mpan", ["", MPAN[:-1], MPAN + "1", "13123456783x3", "١٣١٢٣٤٥٦٧٨٣٣٣", " " + MPAN[1:]]
)
def test_an_mpan_has_thirteen_digits(mpan: str) -> None:
    with pytest.raises(GbcsError, match="expected 13 digits"):
        build_ecs39b_command(COUNTER, mpan)
    with pytest.raises(GbcsError, match="expected 13 digits"):
        build_ecs39a_command(COUNTER, mpan)
    if mpan:
        with pytest.raises(GbcsError, match="expected 13 digits"):
            build_ecs39a_command(COUNTER, MPAN, mpan)


def test_the_two_mpans_are_not_taken_for_each_other() -> None:
    with pytest.raises(GbcsError, match="other items"):
        read_mpan_command(ECS39B, build_ecs39a_command(COUNTER, MPAN), COUNTER)
    with pytest.raises(GbcsError, match="long-invoke-id"):
        read_mpan_command(ECS39A, build_ecs39a_command(COUNTER, MPAN), OriginatorCounter(1001))


# --- behaviours -------------------------------------------------------------------------------------


def test_each_use_case_sets_a_place_of_its_own() -> None:
    assert len({update.item for update in ALL_BEHAVIOUR_UPDATES}) == len(ALL_BEHAVIOUR_UPDATES)
    for update in ALL_BEHAVIOUR_UPDATES:
        facts = use_case(update.code)
        assert facts is not None
        by_operator = "networkOperator" in {role.field_name for role in facts.roles}
        assert (update.first_event == 0x8000) == by_operator
    assert not BEHAVIOUR_UPDATES[ECS25A3].confirmed
    assert set(BEHAVIOUR_UPDATES) == {ECS25A, ECS25A1, ECS25A2, ECS25A3, ECS25B, ECS25B3}


@every_update
def test_the_first_and_the_last_event_are_the_lowest_and_the_highest_bit(code: MessageCode) -> None:
    first = BEHAVIOUR_UPDATES[code].first_event
    payload = build_behaviour_command(code, COUNTER, change((first,), (first + 255,)))
    bits = payload[-64:]
    assert bits[:32] == b"\x80" + bytes(30) + b"\x01"
    assert bits[32:] == bytes(31) + b"\x01"


@every_update
def test_an_event_of_another_party_or_one_both_on_and_off_is_refused(code: MessageCode) -> None:
    first = BEHAVIOUR_UPDATES[code].first_event
    for event in (first - 1, first + 256):
        with pytest.raises(GbcsError, match=f"event {event:04X}, expected"):
            build_behaviour_command(code, COUNTER, change((event,), ()))
    with pytest.raises(GbcsError, match="on and off"):
        build_behaviour_command(code, COUNTER, change((first,), (first,)))


@SUITE
@given(counter=counters, code=st.sampled_from(sorted(BEHAVIOUR_UPDATES)), data=st.data())
def test_every_change_is_read_as_it_was_built(
    counter: OriginatorCounter, code: MessageCode, data: st.DataObject
) -> None:
    first = BEHAVIOUR_UPDATES[code].first_event
    events = st.frozensets(st.integers(first, first + 255), max_size=8)
    on = data.draw(events)
    meant = BehaviourChange(on, data.draw(events) - on)
    assert read_behaviour_command(code, build_behaviour_command(code, counter, meant), counter) == meant


@SUITE
@given(bits=st.integers(0, 2**256 - 1))
def test_events_are_the_bits_that_are_set(bits: int) -> None:
    assert sum(1 << event - 0x8100 for event in events_of(bits, 0x8100)) == bits


# --- damage -----------------------------------------------------------------------------------------


@SUITE
@given(data=st.data())
def test_damage_is_refused_or_means_something(data: st.DataObject) -> None:
    good = (
        build_ecs39a_command(COUNTER, MPAN),
        build_behaviour_command(ECS25B, COUNTER, change((0x8014,), ())),
    )
    answer = encode_set_response(ECS39B, COUNTER, AccessCode.SUCCESS)
    with suppress(GbcsError):
        read_mpan_command(ECS39A, data.draw(mutations(good[0])), COUNTER)
    with suppress(GbcsError):
        read_behaviour_command(ECS25B, data.draw(mutations(good[1])), COUNTER)
    with suppress(GbcsError):
        open_set_response(ECS39B, data.draw(mutations(answer)), COUNTER)
