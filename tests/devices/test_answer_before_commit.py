"""A command whose answer cannot be made is refused, and has changed nothing."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from device_worlds import ACB, BY_ACB, BY_SUPPLIER, NOW
from management_worlds import ALL_KINDS, USE_CASES, AnyWorld, kind_name, sender_of

from devices import cells
from devices.device import Device
from devices.esme import Esme
from devices.gbcs.cs01 import CS01A, build_cs01a_command
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter
from devices.gbcs.utrn import TopUpValue, UtrnKeys, ValueClass, issue_utrn
from devices.security_log import Refusal

EVERY_COMMAND = [(kind, code) for kind in ALL_KINDS for code in USE_CASES[kind]]


def assert_refused_whole(world: AnyWorld, octets: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise GbcsError("response", "cannot be made")

    before = world.state
    with monkeypatch.context() as broken:
        for way in ("signed_response", "maced_response"):
            broken.setattr(Device, way, fail)
        effects = world.send(octets)
    assert (effects.entry.refusal, effects.entry.detail) == (
        Refusal.MALFORMED,
        str(GbcsError("response", "cannot be made")),
    )
    assert world.state == before
    assert world.send(octets).accepted


@pytest.mark.parametrize(
    ("kind", "code"), EVERY_COMMAND, ids=[f"{kind_name(kind)}-{code:04X}" for kind, code in EVERY_COMMAND]
)
def test_management_commands(kind: type[Device], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = AnyWorld(kind)
    payload = USE_CASES[kind][code](OriginatorCounter(1000))
    assert_refused_whole(world, world.octets(code, payload, by=sender_of(world, code)), monkeypatch)


@pytest.mark.parametrize("waits", [False, True])
def test_updates_of_credentials(waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for case in (BY_SUPPLIER, BY_ACB):
        world = AnyWorld(Esme)
        fields = {"execution_date_time": NOW.replace(year=2027)} if waits else {}
        assert_refused_whole(world, world.update_octets(case, 1000, **fields), monkeypatch)


def test_top_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    world = AnyWorld(Esme)
    supplier, device, counter = world.manager, world.device, OriginatorCounter(3 << 32)
    point = device.store[cells.SUPPLIER_TOP_UP].public_point
    secret = world.provider.agree(device.agreement, point)
    keys = UtrnKeys(supplier.eui, device.eui, secret)
    digits = issue_utrn(keys, counter, TopUpValue(ValueClass.POUNDS, 10), world.provider)
    message = world.command(supplier, MessageCode(CS01A), build_cs01a_command(counter, digits), counter)
    assert_refused_whole(world, world.protected(message, None, ACB.agreement.key), monkeypatch)
    assert len(device.state.top_up.balance.movements) == 1
