"""The state of a device as one value: what replaces some of its fields leaves all others alone."""

from __future__ import annotations

from datetime import UTC, datetime

from device_worlds import World

from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.replay import ReplayCounters
from devices.security_log import LOG_CAPACITY_ENTRIES, LogEntry
from devices.top_up import TopUpState

STATE = World().device.state
ROLE = RemotePartyRole.SUPPLIER


def counters(number: int) -> ReplayCounters:
    return ReplayCounters({ROLE: OriginatorCounter(number)})


def test_an_update_changes_its_five_fields_and_no_others() -> None:
    store = World().device.store.with_cells(dict(list(STATE.store.items())[:1]))
    top_up, issuers = TopUpState(), (next(iter(STATE.store.values())),)
    changed = STATE.updated(store, counters(1), counters(2), top_up, issuers)
    assert changed == STATE._replace(
        store=store,
        counters=counters(1),
        non_critical_counters=counters(2),
        top_up=top_up,
        issuers=issuers,
    )
    assert type(changed) is type(STATE)


def test_an_entry_changes_the_log_and_nothing_else() -> None:
    entries = [
        LogEntry(datetime(2026, 1, 1, tzinfo=UTC), None, str(number))
        for number in range(LOG_CAPACITY_ENTRIES + 2)
    ]
    state = STATE
    for entry in entries:
        state = state.logged(entry)
    assert state == STATE._replace(log=tuple(entries[2:]))
