"""Modifications, releases and switches: what is on when, by which name, and what is only presumed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dcc.errors import DccValueError
from dcc.modification_records import RECORDS, record_named, record_of, switch_names, switches_named
from dcc.releases import (
    BEFORE,
    RELEASES,
    Modification,
    in_order,
    release_at,
    release_named,
    switch_labels,
    switched,
)

M = Modification
SECMP0063 = {M.SECMP0063, M.SECMP0063_GPF}
MP107 = {M.MP107_DSP, M.MP107_S1SP}
DAY = timedelta(days=1)


# The records


def test_every_switch_is_of_one_modification() -> None:
    assert [switch for record in RECORDS for switch in record.switches] == list(Modification)
    assert all(record_of(switch).number.lower() in switch.value for switch in Modification)


def test_what_became_of_each_is_said_and_nothing_presumed_is_confirmed() -> None:
    said = {record.number: (record.outcome.confirmed, record.in_force.confirmed) for record in RECORDS}
    assert said == {
        "SECMP0063": (True, True),
        "MP107": (False, False),
        "MP128A": (True, True),
        "MP128B": (False, False),
        "MP074": (False, False),
    }
    assert "withdrawn" in record_named("SECMP0063").outcome.text
    assert "29 June 2023" in record_named("MP128A").outcome.text


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.number)
def test_a_record_says_what_there_is_to_say(record: object) -> None:
    modification = record_named(record.number)  # type: ignore[attr-defined]
    assert modification.rule_before
    assert modification.rule_after
    assert modification.clauses
    assert modification.parties_impacted
    whens = [milestone.when for milestone in modification.milestones]
    assert whens == sorted(whens)


@pytest.mark.parametrize(
    ("text", "number"),
    [("MP107", "MP107"), ("mp107", "MP107"), ("mp107.s1sp", "MP107"), (" secmp0063.gpf ", "SECMP0063")],
)
def test_a_modification_is_found_by_its_number_or_a_switch(text: str, number: str) -> None:
    assert record_named(text).number == number


@pytest.mark.parametrize("text", ["", "mp10", "mp107.", "MP107.GPF", "secmp63"])
def test_a_modification_that_is_none_is_told_with_those_there_are(text: str) -> None:
    for find in (record_named, switches_named):
        with pytest.raises(DccValueError, match=r"modification: .*, expected one of: .*(MP128A|mp128a)"):
            find(text)


# Switches by name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mp107", MP107),
        ("MP107", MP107),
        ("mp107.dsp", {M.MP107_DSP}),
        ("secmp0063", {M.SECMP0063}),
        ("SECMP0063.GPF", {M.SECMP0063_GPF}),
        ("mp128a", {M.MP128A}),
    ],
)
def test_a_name_switches_one_part_or_all(text: str, expected: set[Modification]) -> None:
    assert set(switches_named(text)) == expected


def test_every_name_that_is_offered_is_known() -> None:
    names = switch_names()
    assert {"mp107", *(item.value for item in Modification)} == set(names)
    assert {item for name in names for item in switches_named(name)} == set(Modification)


def test_labels_lead_back_to_their_switches() -> None:
    for switches in (MP107, {M.MP107_S1SP}, SECMP0063, set(Modification), set()):
        labels = switch_labels(switches)
        assert {item for label in labels for item in switches_named(label)} == switches
    assert switch_labels(MP107) == ("mp107",)
    assert switch_labels(SECMP0063) == ("secmp0063", "secmp0063.gpf")


# Releases


def test_the_named_releases() -> None:
    assert {release.name: set(release.modifications) for release in RELEASES} == {
        "before": set(),
        "november-2019": {M.MP074},
        "june-2023": set(Modification) - SECMP0063,
        "today": set(Modification) - SECMP0063,
        "all": set(Modification),
    }


def test_in_every_release_only_mp128a_is_confirmed_to_be_on() -> None:
    for release in RELEASES:
        assert release.presumed <= release.modifications
        assert release.modifications - release.presumed <= {M.MP128A}, release.name
    assert release_named("today").modifications - release_named("today").presumed == {M.MP128A}


@pytest.mark.parametrize(
    ("first_day", "switches"),
    [
        (date(2019, 11, 7), {M.MP074}),
        (date(2021, 12, 13), {M.MP128B}),
        (date(2022, 11, 3), MP107),
        (date(2023, 6, 29), {M.MP128A}),
    ],
)
def test_each_is_on_from_its_day_and_not_the_day_before(first_day: date, switches: set[Modification]) -> None:
    before, since = release_at(first_day - DAY).modifications, release_at(first_day).modifications
    assert since - before == switches


def test_what_was_withdrawn_is_on_at_no_time() -> None:
    for day in (date(2018, 10, 2), date(2019, 11, 21), date(2026, 1, 5), date.max):
        assert not release_at(day).modifications & SECMP0063
    assert release_at(date.min).modifications == frozenset()
    assert release_at(date.max).modifications == release_named("today").modifications


def test_a_release_is_found_by_name_in_either_case_or_by_a_day() -> None:
    assert release_named("June-2023") is RELEASES[2]
    assert release_named("2023-06-28").modifications == release_at(date(2023, 6, 28)).modifications
    assert release_named("2023-06-28").name == "2023-06-28"


@pytest.mark.parametrize("text", ["", "tomorrow", "2023-02-30", "20230629", "2023-W26-4", "june 2023"])
def test_a_release_that_is_none_is_told_with_those_there_are(text: str) -> None:
    with pytest.raises(DccValueError, match="before, november-2019, june-2023, today, all; or a day"):
        release_named(text)


def test_switching_off_comes_after_switching_on() -> None:
    today = release_named("today")
    assert switched(BEFORE) == frozenset()
    assert switched(BEFORE, MP107, {M.MP107_S1SP}) == {M.MP107_DSP}
    assert switched(today, {M.SECMP0063}, {M.MP128A}) == (today.modifications | {M.SECMP0063}) - {M.MP128A}


def test_order_is_that_of_the_list_whatever_comes() -> None:
    assert in_order([M.MP074, M.SECMP0063, M.MP074]) == (M.SECMP0063, M.MP074)
