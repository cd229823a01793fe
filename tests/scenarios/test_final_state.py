"""Devices at the end against the journal: what was never written, and what was lost again, is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from family_cases import play

from dcc.srv import Srv
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.replay import ReplayCounters
from scenarios.engine import smets1_way
from scenarios.engine.family import RunSettings
from scenarios.engine.final_state import check_final_state
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.link_journal import LinkJournal
from scenarios.engine.run_kit import RunKit, check_run, close_run, open_run
from scenarios.engine.simulation import Conversation
from scenarios.families import FAMILIES
from scenarios.gas_fleet import (
    LEAVER_ID,
    LEAVER_MPID,
    GasHome,
    gas_homes,
    gas_parties,
    gas_suppliers,
    gas_users,
    install,
)

BEGINS: Final = datetime(2026, 1, 5, tzinfo=UTC)
OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR


@pytest.fixture
def kit() -> RunKit:
    """Two homes, of which the first was handed over to its network operator."""
    suppliers = gas_suppliers(1)
    ends = BEGINS + timedelta(days=1)
    kit = open_run(
        RunSettings(1, 0.0), gas_parties(suppliers), gas_users(suppliers), BEGINS, ends, frozenset()
    )
    first, second = gas_homes(2, suppliers, kit.streams)
    install(kit, first, LEAVER_MPID)
    install(kit, second, LEAVER_MPID)
    kit.simulation.begin(BEGINS, partial(_hand_over, kit, first))
    kit.simulation.run()
    return kit


def _hand_over(kit: RunKit, home: GasHome) -> Conversation[None]:
    supplier = kit.clients[home.supplier.user_id]
    body = supplier.replacement(kit.clients[LEAVER_ID].credentials)
    yield from kit.link.call(supplier, Srv.HANDOVER, home.gpf, body, kit.streams.stream("handover"))


def breaches(kit: RunKit, journal: list[Event]) -> tuple[str, ...]:
    return check_final_state(journal, kit.link.connected)


def test_devices_that_are_as_the_journal_says_are_in_order(kit: RunKit) -> None:
    """The second has no event at all: it is as it was when it was connected."""
    changed = {event.device for event in kit.journal if event.kind is EventKind.CELL}
    assert len(changed) == 1
    assert breaches(kit, kit.journal) == check_run(kit) == ()


@pytest.mark.parametrize("kind", [EventKind.CELL, EventKind.COUNTER])
def test_a_change_that_was_not_written_down_is_told(kit: RunKit, kind: EventKind) -> None:
    left_out = next(event for event in kit.journal if event.kind is kind)
    (breach,) = breaches(kit, [event for event in kit.journal if event is not left_out])
    assert breach.startswith(f"device that is not as the journal says: {left_out.device}: ")
    assert left_out.code in breach


@pytest.mark.parametrize(("number", "is_at"), [(0, 1), (1, 0)])
def test_a_counter_that_no_message_has_changed_is_told(kit: RunKit, number: int, is_at: int) -> None:
    """The first device has 1 after its handover, the second none; both are made to have 7."""
    device = kit.link.devices[number]
    assert device.counters.by_role.get(OPERATOR, 0) == is_at
    device.state = device.state._replace(counters=ReplayCounters({OPERATOR: OriginatorCounter(7)}))
    (breach,) = close_run(kit, {}, (), ()).breaches
    assert breach.endswith(f"{device.eui}: counter of network_operator at 7, expected {is_at}")


def test_a_certificate_that_a_device_has_lost_again_is_told(kit: RunKit) -> None:
    first, second = kit.link.devices
    first.state = first.state._replace(store=second.store)
    signing, agreement = close_run(kit, {}, (), ()).breaches
    assert f"{first.eui}: network_operator digital_signature management has certificate" in signing
    assert f"{first.eui}: network_operator key_agreement management has certificate" in agreement


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_checked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: changes that devices make are left out of the journal."""
    monkeypatch.setattr(LinkJournal, "_write_counters", lambda *_: None)
    monkeypatch.setattr(smets1_way, "_counters", lambda *_: ())
    told = play(FAMILIES[name]).outcome.breaches
    assert any("device that is not as the journal says" in breach for breach in told)
