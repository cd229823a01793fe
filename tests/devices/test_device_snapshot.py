"""A device saved and taken up again is the same device; what is no snapshot is one clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import pytest
from device_worlds import (
    ACB,
    BY_OPERATOR,
    DCC,
    DEVICE_IDS,
    KINDS,
    MADE,
    MODE_CASES,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    SUPPLIER,
    World,
    own_keys,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import mutations

from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.cells import factory_cells
from devices.device import Device, DeviceCertificates, DeviceKeys
from devices.esme import Esme
from devices.faults import DeviceFaults, PowerLoss
from devices.gbcs.crypto import P256_ORDER, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import CS03B
from devices.gpf import Gpf
from devices.snapshot import MAXIMUM_CLOCK_OFFSET, restore, snapshot
from devices.trust_anchor import TrustAnchorStore

kinds = pytest.mark.parametrize("kind", KINDS)
Edit = Callable[[dict[str, Any]], Any]


def whole_state(device: Device) -> tuple[Any, ...]:
    """All that a device is, keys by their values."""
    keys = [(key.public_point, key.scalar) for key in device.state.keys]
    without_keys = device.state._replace(keys=None)  # type: ignore[arg-type]
    return type(device), device.eui, device.manufactured, keys, without_keys, list(device.store)


def again(world: World) -> Device:
    return restore(snapshot(world.device), world.context)


@kinds
def test_a_factory_device_comes_back_whole(kind: type[Device]) -> None:
    world = World(kind, store=factory_cells(kind.device_type, DCC))
    assert whole_state(again(world)) == whole_state(world.device)
    assert again(world).context is world.context


@kinds
def test_a_device_with_a_past_comes_back_whole(kind: type[Device]) -> None:
    world = World(kind)
    for counter, case in enumerate(MODE_CASES, 1000):
        world.send(world.update_octets(case, counter, new=case.by, floor=OriginatorCounter(2**64 - 1)))
    world.send(b"", NOW.astimezone(timezone(timedelta(hours=1))) + timedelta(microseconds=1))
    world.send(world.read_octets(OTHER_OPERATOR, 2**64 - 1))
    device = again(world)
    assert len(device.log) == len(MODE_CASES) + 2
    assert whole_state(device) == whole_state(world.device)
    assert snapshot(device) == snapshot(world.device)


@kinds
def test_what_waits_for_its_time_comes_back_and_is_executed_then(kind: type[Device]) -> None:
    world = World(kind)
    due = NOW + timedelta(days=1)
    assert world.send(world.update_octets(BY_OPERATOR, execution_date_time=due)).accepted
    world.device.state = world.device.state._replace(wrapped_contingency_key=b"wrapped")
    device = again(world)
    assert whole_state(device) == whole_state(world.device)
    assert len(device.state.pending) == 1
    assert device.advance(due) == world.device.advance(due) != ()
    assert device.store[cells.NETWORK_OPERATOR_SIGNING] == OTHER_OPERATOR.signing.certificate
    assert whole_state(device) == whole_state(world.device)


def test_a_device_whose_agreement_key_is_half_known_comes_back_so() -> None:
    world = World()
    keys, certificates = own_keys(Esme)
    half = DeviceKeys(keys.signing, KeyPair(keys.agreement.public_point))
    world.device = Esme(DEVICE_IDS[Esme], half, certificates, world.device.store, world.context, MADE)
    assert again(world).agreement.scalar is None
    assert whole_state(again(world)) == whole_state(world.device)


def test_what_comes_back_answers_as_the_one_that_was_saved() -> None:
    world = World()
    world.send(world.update_octets(BY_OPERATOR, 1000, new=OPERATOR))
    saved = snapshot(world.device)
    later = (world.update_octets(BY_OPERATOR, 1000), world.update_octets(BY_OPERATOR, 1001), b"")
    went_on = [world.send(octets) for octets in later]
    world.device = restore(saved, world.context)
    assert [world.send(octets) for octets in later] == went_on


@pytest.mark.parametrize(
    "faults",
    [
        DeviceFaults(frozenset({cells.SUPPLIER_TOP_UP, cells.ROOT})),
        DeviceFaults(clock_offset=timedelta(days=-3, microseconds=1)),
        DeviceFaults(clock_offset=MAXIMUM_CLOCK_OFFSET),
        *(DeviceFaults(power_loss=loss) for loss in PowerLoss),
    ],
)
def test_faults_come_back(faults: DeviceFaults) -> None:
    world = World()
    world.device.faults = faults
    assert again(world).faults == faults
    assert snapshot(again(world)) == snapshot(world.device)


def test_the_counters_of_other_messages_come_back() -> None:
    apart = DeviceAssumptions(critical_and_other_messages_share_counters=False)
    world = World(assumptions=apart)
    counters = world.device.counters.advanced(RemotePartyRole.SUPPLIER, SUPPLIER.eui, OriginatorCounter(7))
    world.device.state = world.device.state._replace(non_critical_counters=counters)
    assert whole_state(again(world)) == whole_state(world.device)


def test_a_snapshot_is_of_its_moment() -> None:
    world = World()
    saved = snapshot(world.device)
    world.send(world.update_octets(BY_OPERATOR))
    assert snapshot(restore(saved, world.context)) == saved != snapshot(world.device)


_steps = st.lists(
    st.tuples(st.sampled_from((*MODE_CASES, None)), st.integers(0, 20), st.integers(0, 12), st.booleans()),
    max_size=8,
)


@given(st.sampled_from(KINDS), _steps)
@settings(max_examples=40, deadline=None)
def test_at_any_point_of_any_history(kind: type[Device], steps: list[tuple[Any, int, int, bool]]) -> None:
    world = World(kind)
    for case, counter, floor, same in steps:
        if case is None:
            world.send(bytes(counter))
        else:
            new = case.by if same else case.new
            fields = {} if case.mode == 7 else {"floor": OriginatorCounter(floor)}
            world.send(world.update_octets(case, counter, new=new, **fields))
        before = whole_state(world.device)
        world.device = again(world)
        assert whole_state(world.device) == before


# --- what is no snapshot ---------------------------------------------------------------------------------


def assert_bad(octets: bytes, where: str = "snapshot") -> GbcsError:
    with pytest.raises(GbcsError) as raised:
        restore(octets, World().context)
    assert raised.value.where.startswith(where), raised.value
    assert len(str(raised.value)) < 300
    return raised.value


def edited(edit: Edit) -> bytes:
    """The snapshot of a device with a past, after an edit of its values."""
    world = World()
    world.send(world.update_octets(BY_OPERATOR, 1000, new=OPERATOR))
    world.send(b"")
    state = json.loads(snapshot(world.device))
    edit(state)
    return json.dumps(state).encode()


NO_JSON = {
    "empty": b"",
    "text": b"a meter",
    "no UTF-8": b'{"format": "\xff"}' * 1000,
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "deep": b"[" * 200_000,
    "a long number": b'{"format": ' + b"9" * 10_000 + b"}",
    "a number not quite as long": b'{"format": ' + b"9" * 4_000 + b"}",
}


@pytest.mark.parametrize("octets", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_object(octets: bytes) -> None:
    assert_bad(octets)


def test_another_format_says_which_was_expected() -> None:
    error = assert_bad(edited(lambda state: state.update(format=2)), "snapshot/format")
    assert "2, expected 1" in str(error)


@pytest.mark.parametrize("field", json.loads(snapshot(World().device)))
def test_every_field_is_needed_and_has_its_form(field: str) -> None:
    assert_bad(edited(lambda state: state.pop(field)))
    for value in (None, "zz", 1.5, -1, True, [[]], {"a": 1}, [None] * 2):
        assert_bad(edited(lambda state, value=value: state.update({field: value})))


def scalar_of(key: str, scalar: int | None) -> Edit:
    return lambda state: state[key].update(scalar=None if scalar is None else f"{scalar:064x}")


def swap_certificates(state: dict[str, Any]) -> None:
    state["certificates"].reverse()


TIMES = (NOW.isoformat(), NOW.isoformat())
LOCAL_TIMES = ("2026-01-05T12:00:00", "2026-01-06T12:00:00")
INCONSISTENT: dict[str, tuple[Edit, str]] = {
    "no private signing key": (scalar_of("signing", None), "snapshot/device"),
    "another private key": (scalar_of("agreement", 5), "snapshot/keys"),
    "private key 0": (scalar_of("signing", 0), "snapshot/keys"),
    "private key out of range": (scalar_of("signing", P256_ORDER), "snapshot/keys"),
    "certificates the wrong way round": (swap_certificates, "snapshot/device"),
    "certificates of another device": (
        lambda state: state.update(certificates=[each.der.hex() for each in own_keys(Gpf)[1]]),
        "snapshot/device",
    ),
    "three certificates": (lambda state: state["certificates"].append(""), "snapshot/certificates"),
    "another device's name": (lambda state: state.update(eui=str(DEVICE_IDS[Gpf])), "snapshot/device"),
    "a type that is not modelled": (lambda state: state.update(deviceType="IHD"), "snapshot/device"),
    "a time without offset": (
        lambda state: state.update(manufactured="2025-01-01T00:00:00"),
        "snapshot/device",
    ),
    "a cell twice": (lambda state: state["cells"].append(state["cells"][0]), "snapshot/cells"),
    "a cell cut short": (lambda state: state["cells"][0].pop(), "snapshot/cells"),
    "a cell of no role": (lambda state: state["cells"][0].__setitem__(0, 99), "snapshot/cells"),
    "a cell without certificate": (lambda state: state["cells"][0].__setitem__(3, ""), "snapshot/cells"),
    "no cells": (lambda state: state.update(cells=[]), "snapshot/device"),
    "a role's counter twice": (
        lambda state: state["counters"]["byRole"].append(state["counters"]["byRole"][0]),
        "snapshot/counters",
    ),
    "a party's counter twice": (
        lambda state: state["counters"]["byParty"].append(state["counters"]["byParty"][0]),
        "snapshot/counters",
    ),
    "a counter of 2^64": (lambda state: state["topUp"].update(floor=2**64), "snapshot/topUp"),
    "half a counter": (lambda state: state["topUp"].update(floor=0.5), "snapshot/topUp"),
    "a counter that is a text": (lambda state: state.update(alertCounter="1"), "snapshot/counters"),
    "a pending command of another device": (
        lambda state: state.update(pending=[[World(Gpf).update_octets(BY_OPERATOR).hex(), *TIMES]]),
        "snapshot/pending",
    ),
    "a pending command that cannot wait": (
        lambda state: state.update(pending=[[World().read_octets(OPERATOR).hex(), *TIMES]]),
        "snapshot/pending",
    ),
    "a pending command that cannot be read": (
        lambda state: state.update(pending=[[World().update_octets(BY_OPERATOR).hex()[:-2], *TIMES]]),
        "snapshot/pending",
    ),
    "a pending command without offset": (
        lambda state: state.update(pending=[[World().update_octets(BY_OPERATOR).hex(), *LOCAL_TIMES]]),
        "snapshot/pending",
    ),
    "a log entry of an unknown kind": (
        lambda state: state["log"][1].__setitem__(1, "SULKING"),
        "snapshot/log",
    ),
    "a log entry at a time that UTC has not": (
        lambda state: state["log"][0].__setitem__(0, "9999-12-31T23:59:59-23:00"),
        "snapshot/log",
    ),
    "a pending command at a time that UTC has not": (
        lambda state: state.update(
            pending=[[World().update_octets(BY_OPERATOR).hex(), TIMES[0], "0001-01-01T00:00:00+23:00"]]
        ),
        "snapshot/pending",
    ),
    "a waiting key without its private half": (
        lambda state: state["management"].update(renewal=[1, {**state["signing"], "scalar": None}, None]),
        "snapshot/management",
    ),
    "a defect that the use case cannot have": (
        lambda state: state["management"].update(defects=[[CS03B, 99, 0]]),
        "snapshot/management",
    ),
    "a fault in no cell": (
        lambda state: state["faults"].update(cellsWithoutMemory=[[99, "0780", 0]]),
        "snapshot/faults",
    ),
    "a clock a hundred years off": (
        lambda state: state["faults"].update(
            clockOffsetMicroseconds=MAXIMUM_CLOCK_OFFSET // timedelta(microseconds=1) + 1
        ),
        "snapshot/faults",
    ),
    "a clock off for ever": (
        lambda state: state["faults"].update(clockOffsetMicroseconds=-(10**30)),
        "snapshot/faults",
    ),
    "a loss of power at no moment": (
        lambda state: state["faults"].update(powerLoss="NOW"),
        "snapshot/faults",
    ),
    "a log entry without text": (lambda state: state["log"][0].__setitem__(2, None), "snapshot/log"),
    "a log entry without offset": (
        lambda state: state["log"][0].__setitem__(0, "2026-01-05T12:00:00"),
        "snapshot/log",
    ),
}


@pytest.mark.parametrize(("edit", "where"), INCONSISTENT.values(), ids=INCONSISTENT)
def test_values_that_do_not_fit_together_are_refused(edit: Edit, where: str) -> None:
    restore(edited(dict), World().context)
    assert_bad(edited(edit), where)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_mutated_snapshot_is_a_device_or_the_one_error(data: st.DataObject) -> None:
    world = World(data.draw(st.sampled_from(KINDS)))
    octets = data.draw(mutations(snapshot(world.device)))
    try:
        device = restore(octets, world.context)
    except GbcsError as error:
        assert error.where.startswith("snapshot")  # noqa: PT017
    else:
        assert snapshot(restore(snapshot(device), world.context)) == snapshot(device)


# --- what is no device --------------------------------------------------------------------------------------


def test_a_device_needs_its_own_keys_and_the_cells_that_every_device_has() -> None:
    world = World()
    own, certificates = own_keys(Esme)
    store, eui = world.device.store, DEVICE_IDS[Esme]
    foreign = own_keys(Gpf)[1]

    def make(
        keys: DeviceKeys = own,
        certified: DeviceCertificates = certificates,
        contents: TrustAnchorStore = store,
    ) -> Device:
        return Esme(eui, keys, certified, contents, world.context, MADE)

    assert make().store is store
    with pytest.raises(GbcsError, match="signing key: the private half is missing"):
        make(keys=own._replace(signing=KeyPair(own.signing.public_point)))
    with pytest.raises(GbcsError, match="device/signing certificate"):
        make(keys=own._replace(signing=own.agreement))
    with pytest.raises(GbcsError, match="device/agreement certificate"):
        make(certified=certificates._replace(agreement=foreign.agreement))
    for cell in (cells.ROOT, cells.SUPPLIER_SIGNING, cells.ACB_AGREEMENT):
        without = {each: held for each, held in store.items() if each != cell}
        with pytest.raises(GbcsError, match="is missing"):
            make(contents=TrustAnchorStore(without))


def test_cells_that_a_device_may_do_without_are_not_asked_for() -> None:
    full = World().device.store
    least = {cell: full[cell] for cell in (cells.ROOT, cells.SUPPLIER_SIGNING, cells.ACB_AGREEMENT)}
    world = World(store=TrustAnchorStore(least))
    assert whole_state(again(world)) == whole_state(world.device)
    assert world.send(world.retrieve_octets(RemotePartyRole.SUPPLIER)).accepted
    assert not world.send(world.read_octets(SUPPLIER)).accepted
    assert world.send(world.read_octets(ACB)).accepted
