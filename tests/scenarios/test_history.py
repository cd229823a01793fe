"""The history checks: silent about good runs, loud about bad ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from devices.gbcs.identifiers import Eui64
from scenarios.engine.history import MOST_SHOWN, check_history
from scenarios.engine.journal import Event, EventKind

AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
METER, OTHER_METER = Eui64.parse("00-DB-12-34-00-00-00-01"), Eui64.parse("00-DB-12-34-00-00-00-02")
USER, OTHER_USER = Eui64.parse("90-B3-D5-1F-30-01-00-01"), Eui64.parse("90-B3-D5-1F-30-01-00-02")
UPDATE, READ = "0104", "0027"
"""CS02b, which has protection against replay, and ECS23, which has none."""

REQUEST: Final = Event(AT, EventKind.REQUEST, "I99", USER, METER, "6.15.1", 7)
FINAL: Final = Event(AT + timedelta(seconds=9), EventKind.FINAL, "I0", USER, METER, "6.15.1", 7)
OBEYED: Final = Event(AT, EventKind.OBEYED, UPDATE, USER, METER, None, 7)
REPLAYED: Final = Event(AT, EventKind.REFUSED, UPDATE, USER, METER, None, 7, detail="replay")
COUNTER: Final = Event(AT, EventKind.COUNTER, "network_operator", None, METER, None, 7, detail="7")


def breaches(*events: Event) -> tuple[str, ...]:
    return check_history(list(events), [METER, OTHER_METER])


def test_a_run_of_one_request_is_fine() -> None:
    assert breaches(REQUEST, OBEYED, FINAL) == ()
    assert breaches() == ()


@pytest.mark.parametrize(
    ("second", "twice"),
    [
        (OBEYED, True),
        (OBEYED._replace(number=8), False),
        (OBEYED._replace(actor=OTHER_USER), False),
        (OBEYED._replace(device=OTHER_METER), False),
        (OBEYED._replace(code="0105"), False),
        (REPLAYED, False),
    ],
)
def test_obeyed_twice(second: Event, twice: bool) -> None:
    found = breaches(OBEYED, second)
    assert len(found) == twice
    assert all(text.startswith("obeyed twice: ") and str(METER) in text for text in found)


def test_what_has_no_protection_against_replay_may_be_answered_again() -> None:
    read = OBEYED._replace(code=READ)
    assert breaches(read, read) == ()


@pytest.mark.parametrize(
    ("why", "bad"),
    [("replay", True), ("no_authority", True), ("wrong_signature", False), ("wrong_mac", False)],
)
def test_obeyed_after_a_refusal(why: str, bad: bool) -> None:
    """A copy that was damaged on the way was not this command at all."""
    assert bool(breaches(REPLAYED._replace(detail=why), OBEYED)) is bad
    assert breaches(OBEYED, REPLAYED._replace(detail=why)) == ()


def test_each_request_has_one_final_state() -> None:
    (lost,) = breaches(REQUEST)
    assert lost.startswith("request without one final state: ")
    assert lost.endswith(f"{METER}: 6.15.1 number 7 of {USER}: 0 final states")
    (doubled,) = breaches(REQUEST, FINAL, FINAL)
    assert doubled.endswith("2 final states")
    (made_up,) = breaches(FINAL)
    assert made_up.endswith("never asked for")
    again = REQUEST._replace(code="I0")
    assert breaches(REQUEST, again, FINAL) == (), "the second call of one RequestID is no second request"


def test_a_counter_falls_by_a_floor_alone() -> None:
    assert breaches(COUNTER._replace(detail="8")) == ()
    assert len(breaches(COUNTER._replace(detail="6"))) == 1
    assert breaches(COUNTER._replace(detail="6 floor")) == ()


def test_devices_are_conserved() -> None:
    assert check_history([OBEYED], [METER]) == ()
    assert check_history([OBEYED], [OTHER_METER]) == (f"device that is not there: {METER}",)


def test_many_breaches_are_counted_rather_than_told() -> None:
    requests = [REQUEST._replace(number=number) for number in range(MOST_SHOWN + 3)]
    found = breaches(*requests)
    assert len(found) == MOST_SHOWN + 1
    assert found[-1] == "request without one final state: 3 more"
