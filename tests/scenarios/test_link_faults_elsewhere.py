"""The faults of the link on the other two ways: to S1SPs and back, and of commands of the DCC itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_link_faults import RATES, only
from test_smets1_way import ASK, BEGINS, OwnStreet, Street

from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from scenarios.engine.history import check_history
from scenarios.engine.journal import EventKind
from scenarios.engine.link_delays import LinkDelays
from scenarios.engine.link_faults import Carried, FaultyWire, LinkFaults
from scenarios.engine.random_streams import RandomStream
from scenarios.engine.run_kit import RunKit
from scenarios.smets1_fleet import holders

I0, E20, E21, E1004 = (ResponseCode(code) for code in ("I0", "E20", "E21", "E1004"))
TIMEOUT = timedelta(seconds=LinkDelays().response_timeout_seconds)


def of(kit: RunKit, kind: EventKind) -> list[str]:
    """What happened, in codes or in words."""
    return [event.code or event.detail for event in kit.journal if event.kind is kind]


def breaches(kit: RunKit) -> tuple[str, ...]:
    return check_history(kit.journal, kit.link.device_ids)


class _FirstAlone(FaultyWire):
    """Meets its faults on the way there alone."""

    def __init__(self, faults: LinkFaults, stream: RandomStream) -> None:
        super().__init__(faults, stream)
        self._is_there = False

    def carry(self, octets: bytes) -> tuple[Carried, ...]:
        if self._is_there:
            return (Carried(octets, 0),)
        self._is_there = True
        return super().carry(octets)


class _AnswersAlone(_FirstAlone):
    """Meets its faults on the way back alone."""

    def carry(self, octets: bytes) -> tuple[Carried, ...]:
        if self._is_there:
            return FaultyWire.carry(self, octets)
        self._is_there = True
        return (Carried(octets, 0),)


def on_the_way(monkeypatch: pytest.MonkeyPatch, wire: type[FaultyWire]) -> None:
    monkeypatch.setattr("scenarios.engine.link.FaultyWire", wire)


# To S1SPs


def test_an_s1sp_that_cannot_be_reached_is_e20_and_does_nothing() -> None:
    street = Street(faults=only(unreachable_rate=1.0))
    assert street.place(street.own, street.other).code is E20
    assert of(street.kit, EventKind.FINAL) == ["E20"]
    assert of(street.kit, EventKind.OBEYED) == []
    assert street.kit.records.traffic.commands == 0
    assert street.kit.simulation.now - BEGINS < TIMEOUT


def test_a_smets1_device_out_of_reach_is_e20_with_and_without_faults() -> None:
    for faults in (only(), only(drop_rate=1e-300)):
        street = Street(faults=faults)
        street.kit.link.set_reachable(street.meter.device, reachable=False)
        assert street.place(street.own, street.own).code is E20
        street.kit.link.set_reachable(street.meter.device, reachable=True)
        assert street.place(street.own, street.own).code is I0


def test_a_request_dropped_on_its_way_to_the_s1sp_is_e21_at_the_timeout() -> None:
    street = Street(faults=only(drop_rate=1.0))
    assert street.place(street.own, street.other).code is E21
    assert street.kit.simulation.now - BEGINS == TIMEOUT
    assert of(street.kit, EventKind.OBEYED) == []
    assert of(street.kit, EventKind.FINAL) == ["E21"]
    assert holders(street.kit, street.fleet)[street.meter.device] == street.own


def test_an_answer_of_an_s1sp_that_is_lost_is_e21_and_it_has_obeyed_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_the_way(monkeypatch, _AnswersAlone)
    street = Street(faults=only(drop_rate=1.0))
    assert street.place(street.own, street.other).code is E21
    assert of(street.kit, EventKind.OBEYED) == ["0103"]
    assert holders(street.kit, street.fleet)[street.meter.device] == street.other
    assert street.kit.records.traffic.dcc_alerts == 0, "the DCC does not know"
    assert breaches(street.kit) == ()


def test_of_a_request_that_comes_to_the_s1sp_twice_the_second_is_refused() -> None:
    street = Street(faults=only(duplicate_rate=1.0))
    assert street.place(street.own, street.own).code is I0
    assert of(street.kit, EventKind.OBEYED) == ["0103"]
    refused = [event.detail for event in street.kit.journal if event.kind is EventKind.REFUSED]
    assert refused == ["S1SP: counter"]
    assert of(street.kit, EventKind.FINAL) == ["I0"]
    assert street.kit.records.traffic.responses == 1, "the DSP takes one answer"
    assert breaches(street.kit) == ()


def test_an_answer_of_an_s1sp_after_the_timeout_is_for_nobody() -> None:
    street = Street(faults=only(delay_rate=1.0, delay_ms=400_000))
    assert street.place(street.own, street.other).code is E21
    assert of(street.kit, EventKind.OBEYED) == ["0103"]
    assert street.kit.records.traffic.responses == 0
    assert holders(street.kit, street.fleet)[street.meter.device] == street.other
    assert breaches(street.kit) == ()


def test_a_late_answer_of_an_s1sp_takes_its_delay_longer() -> None:
    ends = []
    for faults in (only(), only(delay_rate=1.0, delay_ms=1000)):
        street = Street(faults=faults)
        assert street.call(street.own, Srv.RETRIEVE_CREDENTIALS, ASK).code is I0
        (final,) = (event.at for event in street.kit.journal if event.kind is EventKind.FINAL)
        ends.append(final)
    assert ends[1] - ends[0] == timedelta(seconds=2)


def test_a_corrupted_request_is_never_obeyed_and_the_true_one_still_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That the S1SP has refused a damaged copy does not make the true one a second attempt."""

    class _CopyIsWhole(_FirstAlone):
        def carry(self, octets: bytes) -> tuple[Carried, ...]:
            damaged = super().carry(octets)
            return (*damaged, Carried(octets, 5_000)) if damaged[0].octets != octets else damaged

    on_the_way(monkeypatch, _CopyIsWhole)
    street = Street(faults=only(corrupt_rate=1.0))
    for _ in range(12):
        assert street.place(street.own, street.own).code in (I0, E1004)
    assert len(of(street.kit, EventKind.OBEYED)) == 12
    refused = {event.detail for event in street.kit.journal if event.kind is EventKind.REFUSED}
    assert refused == {"malformed", "S1SP: countersignature"}
    assert breaches(street.kit) == ()


def test_a_corrupted_answer_of_an_s1sp_never_comes_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_way(monkeypatch, _AnswersAlone)
    street = Street(faults=only(corrupt_rate=1.0))
    codes = [street.call(street.own, Srv.RETRIEVE_CREDENTIALS, ASK).code for _ in range(12)]
    assert codes == [E21] * 12
    assert street.kit.records.traffic.responses == 0


# Commands of the DCC itself


def renewed(street: OwnStreet) -> tuple[ResponseCode, timedelta]:
    now = street.kit.simulation.now
    return street.send(street.renewal.renew(street.home.device, now))


def finals(kit: RunKit) -> list[str]:
    return of(kit, EventKind.FINAL)


def test_a_command_of_the_dccs_own_that_finds_no_device_is_e20() -> None:
    street = OwnStreet(only(unreachable_rate=1.0))
    code, lasted = renewed(street)
    assert (code, finals(street.kit)) == (E20, ["E20"])
    assert lasted < TIMEOUT
    assert street.kit.records.traffic.commands == 0


def test_a_command_of_the_dccs_own_that_is_dropped_is_e21_and_changes_nothing() -> None:
    street = OwnStreet(only(drop_rate=1.0))
    assert renewed(street) == (E21, TIMEOUT)
    assert finals(street.kit) == ["E21"]
    assert of(street.kit, EventKind.OBEYED) == []


def test_of_an_own_command_that_comes_twice_the_device_obeys_one() -> None:
    street = OwnStreet(only(duplicate_rate=1.0))
    code, _ = renewed(street)
    assert code is I0
    assert len(of(street.kit, EventKind.OBEYED)) == 1
    assert [event.detail for event in street.kit.journal if event.kind is EventKind.REFUSED] == ["replay"]
    assert finals(street.kit) == ["I0"]
    assert street.kit.records.traffic.responses == 1, "the copy of the answer is dropped"
    assert breaches(street.kit) == ()


def test_an_own_command_whose_answer_is_lost_was_obeyed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_way(monkeypatch, _AnswersAlone)
    street = OwnStreet(only(drop_rate=1.0))
    assert renewed(street)[0] is E21
    assert len(of(street.kit, EventKind.OBEYED)) == 1
    assert breaches(street.kit) == ()


def test_a_corrupted_answer_is_none_to_the_dcc(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_way(monkeypatch, _AnswersAlone)
    street = OwnStreet(only(corrupt_rate=1.0))
    assert renewed(street) == (E21, TIMEOUT)


@pytest.mark.parametrize("name", RATES)
def test_one_seed_gives_one_journal(name: str) -> None:
    journals: list[list[Any]] = []
    for _ in range(2):
        street, own = Street(faults=only(**{name: 0.5})), OwnStreet(only(**{name: 0.5}))
        for _ in range(3):
            street.place(street.own, street.own)
        renewed(own)
        journals.append([*street.kit.journal, *own.kit.journal])
    assert journals[0] == journals[1]


@pytest.mark.parametrize("kind", [Street, OwnStreet])
def test_faults_that_never_strike_change_nothing(kind: type[Street] | type[OwnStreet]) -> None:
    journals = []
    for faults in (only(), only(drop_rate=1e-300)):
        street = kind(faults=faults)
        if isinstance(street, Street):
            street.place(street.own, street.other)
        else:
            renewed(street)
        journals.append(street.kit.journal)
    assert journals[0] == journals[1]


@settings(max_examples=25, deadline=None)
@given(seed_of_faults=st.integers(0, 10_000), rate=st.sampled_from([0.1, 0.3, 0.6]))
def test_journals_of_both_ways_have_no_breach(seed_of_faults: int, rate: float) -> None:
    """Whatever strikes: no command is obeyed twice, and each has one final state."""
    faults = only(**{name: rate for name in RATES if name != "unreachable_rate"}, unreachable_rate=0.1)
    faults = faults._replace(delay_ms=seed_of_faults * 40, duplicate_after_ms=seed_of_faults)
    street, own = Street(faults=faults), OwnStreet(faults)
    for sender, owner in ((street.own, street.own), (street.own, street.other), (street.own, street.own)):
        assert street.place(sender, owner).code in (I0, E20, E21, E1004)
    for _ in range(2):
        assert renewed(own)[0] in (I0, E20, E21)
    for kit, times in ((street.kit, 3), (own.kit, 2)):
        assert len(finals(kit)) == times
        assert breaches(kit) == ()
