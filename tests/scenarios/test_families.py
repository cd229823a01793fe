"""What must be true of every family of scenarios, of those to come too: asked of each in the same words."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from itertools import pairwise, takewhile
from math import isfinite, sqrt
from pathlib import Path
from typing import Any, Final

import pytest
from family_cases import Played, case_of, digest, digests, play, played

from devices.gbcs.identifiers import Eui64
from scenarios.engine.family import SIM, Family
from scenarios.engine.journal import Event, EventKind, Journal
from scenarios.engine.outcome import Number, Outcome
from scenarios.engine.trace import Trace
from scenarios.errors import InputError
from scenarios.families import FAMILIES

STANDARD_ERRORS: Final = 3.5
"""So far apart two shares may be; the seed is fixed, so that a test passes always or never."""

each_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
before_and_after = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])


# (a) Structure


@each_family
def test_each_field_of_the_inputs_has_one_parameter(family: Family) -> None:
    described = [parameter.name for parameter in family.parameters]
    assert sorted(described) == sorted(family.inputs_type._fields)
    assert len({parameter.path for parameter in family.parameters}) == len(described)
    assert family.inputs({}) == family.inputs_type()


@each_family
def test_defaults_are_possible_and_one_step_outside_is_refused(family: Family) -> None:
    for parameter in family.parameters:
        default = family.default(parameter)
        assert getattr(family.inputs({parameter.name: default}), parameter.name) is not None
        for limit, step in ((parameter.least, -1), (parameter.most, 1)):
            if limit is None:
                continue
            assert family.inputs({parameter.name: limit})
            outside = (
                date.fromordinal(limit.toordinal() + step) if isinstance(limit, date) else limit + step  # type: ignore[operator]
            )
            with pytest.raises(InputError, match=parameter.path.replace(".", r"\.")):
                family.inputs({parameter.name: outside})


@each_family
def test_only_what_a_source_states_is_confirmed(family: Family) -> None:
    for parameter in family.parameters:
        assert parameter.source, parameter.path
        assert not (parameter.confirmed and parameter.source.startswith(SIM)), parameter.path
        assert parameter.text, parameter.path


@each_family
def test_figures_are_described_once_and_are_shares_of_others(family: Family) -> None:
    names = [figure.name for figure in family.figures]
    assert len(set(names)) == len(names)
    for figure in family.figures:
        assert not figure.share_of or figure.share_of in names, figure.name
        assert figure.share_of != figure.name, figure.name
        assert figure.better in ("", "lower", "higher"), figure.name
        # A mean over no case at all is told as 0, which is no better than any other.
        assert not (figure.better and "of none" in figure.label), figure.name
        # It stands alone in charts, costs and sensitivities: it cannot lean on the figure above it.
        assert not figure.label.lower().startswith(("of them", "the same", "that ")), figure.name


@each_family
@before_and_after
def test_an_outcome_has_what_its_family_describes(family: Family, after: bool) -> None:
    outcome = played(family.name, after).outcome
    assert list(outcome.figures) == [figure.name for figure in family.figures]
    assert all(isfinite(value) and value >= 0 for value in outcome.figures.values())
    assert len({item.name for item in outcome.series}) == len(outcome.series)
    assert len({item.name for item in outcome.tables}) == len(outcome.tables)
    assert len({(item.first_day, len(item.values)) for item in outcome.series}) == 1
    for table in outcome.tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.name
    assert outcome.messages > 0
    assert outcome.end


@each_family
def test_before_and_after_have_the_same_series_over_the_same_days_and_the_same_tables(family: Family) -> None:
    before, after = (played(family.name, after).outcome for after in (False, True))

    def days(outcome: Outcome) -> list[tuple[str, str, str, date, int]]:
        return [
            (item.name, item.label, item.unit, item.first_day, len(item.values)) for item in outcome.series
        ]

    assert days(before) == days(after)
    assert [table[:3] for table in before.tables] == [table[:3] for table in after.tables]


# (b) History


@each_family
@before_and_after
def test_a_run_without_faults_has_no_breach(family: Family, after: bool) -> None:
    assert played(family.name, after).outcome.breaches == ()


@each_family
def test_events_are_in_the_order_of_time(family: Family) -> None:
    assert all(one.at <= other.at for one, other in pairwise(played(family.name).journal))


# (c) The same seed


@pytest.fixture(scope="module")
def in_another_process() -> Iterator[subprocess.Popen[str]]:
    """All families, played by a process that orders its sets otherwise; it begins before it is needed."""
    here = Path(__file__).parent
    code = "from family_cases import digests; print(digests())"
    path = os.pathsep.join((str(here), str(here.parents[1]), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": path}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        yield process


def test_another_process_with_another_hash_seed_sees_the_same(
    in_another_process: subprocess.Popen[str],
) -> None:
    here = digests()
    printed, _ = in_another_process.communicate()
    assert ast.literal_eval(printed) == here


@each_family
def test_the_same_seed_is_the_same_run_traced_or_not_and_another_seed_is_another(family: Family) -> None:
    trace = StringIO()
    again, base = play(family, trace=Trace(trace)), played(family.name)
    assert_same(again, base)
    assert len(trace.getvalue().splitlines()) >= base.records.traffic.service_requests
    assert digest(play(family, seed=4)) != digest(base)


COMPARED: Final = [family for family in FAMILIES.values() if family.compared]


@pytest.mark.parametrize("family", COMPARED, ids=lambda family: family.name)
def test_before_and_after_meet_the_same_chances_until_a_request_is_treated_otherwise(family: Family) -> None:
    before, after = played(family.name).journal, played(family.name, True).journal
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    assert same > len(before) // 25, "the stories part at once"
    assert EventKind.REQUEST in {before[same].kind, after[same].kind}


# (d) Fidelity


@each_family
@pytest.mark.parametrize("byte_share", [0.3, 1.0])
def test_real_cryptography_decides_nothing(family: Family, byte_share: float) -> None:
    assert_same(play(family, byte_share=byte_share, after=True), played(family.name, True))


# (e) Twice as many


@each_family
def test_twice_the_population_at_the_same_rates_has_the_same_shares(family: Family) -> None:
    """Shares of devices are as two samples of one binomial have them, within 3.5 standard errors.

    Requests are not independent of each other, as one device may take several: their shares are let alone.
    """
    names = case_of(family).scaled
    assert names, f"{family.name}: no parameter is known to be its size"
    one, two = (
        play(family, {name: times * _value(family, name) for name in names}).outcome.figures
        for times in (2, 4)
    )
    compared = 0
    for figure in family.figures:
        if not figure.share_of or figure.unit in ("requests", "handovers"):
            continue
        of_one, of_two = one[figure.share_of], two[figure.share_of]
        if of_one and of_two:
            apart = abs(one[figure.name] / of_one - two[figure.name] / of_two)
            together = (one[figure.name] + two[figure.name]) / (of_one + of_two)
            allowed = STANDARD_ERRORS * _standard_error(together, of_one, of_two)
            assert apart <= allowed, f"{figure.name}: {apart}, expected at most {allowed}"
            compared += 1
    assert compared


def _standard_error(share: float, of_one: Number, of_two: Number) -> float:
    """Of the difference between two shares; of few, a share cannot be any number: half a device each."""
    halves = 1 / of_one + 1 / of_two
    return sqrt(share * (1 - share) * halves) + halves / (2 * STANDARD_ERRORS)


def _value(family: Family, name: str) -> int:
    value = getattr(family.inputs(case_of(family).values), name)
    assert isinstance(value, int)
    return value


# (f) Others


INDEPENDENT: Final = [family for family in FAMILIES.values() if case_of(family).independent]


@pytest.mark.parametrize("family", INDEPENDENT, ids=lambda family: family.name)
@before_and_after
def test_one_more_changes_nothing_for_the_others(family: Family, after: bool) -> None:
    base, name = played(family.name, after), case_of(family).independent
    more = play(family, {name: _value(family, name) + 1}, after=after)
    others = {event.device for event in base.journal}
    assert _of(others, more.journal) == base.journal
    assert {event.device for event in more.journal} - others


def _of(devices: set[Eui64 | None], journal: Journal) -> Journal:
    return [event for event in journal if event.device in devices]


REORDERED: Final = [family for family in FAMILIES.values() if case_of(family).reordered]


@pytest.mark.parametrize("family", REORDERED, ids=lambda family: family.name)
@before_and_after
def test_the_order_of_independent_arrivals_does_not_change_the_final_state(
    family: Family, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(family)
    assert case.reordered is not None
    name, reorder = case.reordered
    before = play(family, case.timeless, after=after)
    draw = _attribute(name)
    monkeypatch.setattr(name, lambda *given, **named: reorder(draw(*given, **named)))
    reordered = play(family, case.timeless, after=after)
    assert reordered.link.device_ids != before.link.device_ids
    assert final_state(reordered) == final_state(before)


def _attribute(name: str) -> Callable[..., Any]:
    module, _, attribute = name.rpartition(".")
    found: Callable[..., Any] = getattr(sys.modules[module], attribute)
    return found


def final_state(run: Played) -> dict[str, object]:
    """Whose certificates are in which cell of which device."""
    state: dict[str, object] = {
        f"{device.eui} {cell}": held.serial
        for device in run.link.devices
        for cell, held in device.store.items()
    }
    end = run.journal[-1].at
    for device in run.link.s1sps.devices:
        state[str(device)] = run.link.s1sps.network_operator_of(device, end)
    return state


# (g) Conservation: journal, records, devices and figures tell the same


@each_family
@before_and_after
def test_the_journal_has_what_the_records_count(family: Family, after: bool) -> None:
    run = played(family.name, after)
    kinds = Counter(event.kind for event in run.journal)
    traffic = run.records.traffic
    assert kinds[EventKind.OBEYED] + kinds[EventKind.REFUSED] == traffic.commands
    own = sum(event.srv is None for event in _events(run, EventKind.REQUEST))
    assert kinds[EventKind.REQUEST] == traffic.service_requests + own
    assert kinds[EventKind.ALERT] == len(run.records.alerts) <= traffic.alerts
    assert run.outcome.messages == traffic.wan_messages
    asked = {(event.actor, event.device, event.number) for event in _events(run, EventKind.REQUEST)}
    assert len(asked) == kinds[EventKind.FINAL]


@each_family
@before_and_after
def test_devices_are_in_the_state_that_the_journal_ends_with(family: Family, after: bool) -> None:
    run = played(family.name, after)
    cells = {(event.device, event.code): event for event in _events(run, EventKind.CELL)}
    counters = {(event.device, event.code): event.detail for event in _events(run, EventKind.COUNTER)}
    for device in run.link.devices:
        for cell, held in device.store.items():
            name = f"{cell.role.name.lower()} {cell.key_usage.name.lower()} {cell.cell_usage.name.lower()}"
            last = cells.get((device.eui, name))
            if last is not None:
                assert (last.actor, last.detail) == (held.subject, str(held.serial)), f"{device.eui} {name}"
        for role, counter in device.counters.by_role.items():
            told = counters.get((device.eui, role.name.lower()))
            assert told is None or int(told.split()[0]) == counter, f"{device.eui} {role}"


@each_family
@before_and_after
def test_what_a_device_logs_is_in_the_journal(family: Family, after: bool) -> None:
    run = played(family.name, after)
    refused = Counter(event.device for event in _events(run, EventKind.REFUSED))
    for device in run.link.devices:
        logged = sum(entry.refusal is not None for entry in device.log)
        assert logged <= refused[device.eui], device.eui


@each_family
@before_and_after
def test_shares_are_at_most_all_of_it(family: Family, after: bool) -> None:
    figures = played(family.name, after).outcome.figures
    for figure in family.figures:
        if figure.share_of:
            assert figures[figure.name] <= figures[figure.share_of], figure.name


@each_family
@before_and_after
def test_figures_and_series_agree(family: Family, after: bool) -> None:
    outcome = played(family.name, after).outcome
    series = {item.name: item.values for item in outcome.series}
    for names, read, name in case_of(family).agree:
        assert sum(outcome.figures[each] for each in names) == read(series[name]), f"{names} and {name}"


def _events(run: Played, kind: EventKind) -> list[Event]:
    return [event for event in run.journal if event.kind is kind]


def assert_same(one: Played, other: Played) -> None:
    """The same outcome, and the same events one by one."""
    assert one.outcome == other.outcome
    assert len(one.journal) == len(other.journal)
    for mine, theirs in zip(one.journal, other.journal, strict=True):
        assert mine == theirs
