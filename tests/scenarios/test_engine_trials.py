"""Trials after a run: which devices are tried, and what is said of those that did something else."""

from __future__ import annotations

from typing import Final

import pytest

from devices.gbcs.identifiers import Eui64
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.trials import MOST_TRIED, Expected, Trial, contradicted, to_try, trials_table

DEVICES: Final = tuple(Eui64.parse(f"00-DB-12-34-00-00-00-{number:02X}") for number in range(60))


@pytest.mark.parametrize(("there", "tried"), [(0, 0), (1, 1), (MOST_TRIED, MOST_TRIED), (60, MOST_TRIED)])
def test_all_of_a_small_run_are_tried_and_a_sample_of_a_large_one(there: int, tried: int) -> None:
    picked = to_try(DEVICES[:there], RandomStreams(1))
    assert len(set(picked)) == len(picked) == tried
    assert set(picked) <= set(DEVICES[:there])


def test_the_sample_is_the_seeds_whatever_the_order() -> None:
    picked = to_try(DEVICES, RandomStreams(1))
    assert picked == to_try(DEVICES[::-1], RandomStreams(1)) == tuple(sorted(picked))
    assert picked != to_try(DEVICES, RandomStreams(2))


def test_one_more_device_takes_the_place_of_one_at_most() -> None:
    few, more = (set(to_try(DEVICES[:there], RandomStreams(1), 10)) for there in (40, 41))
    assert len(few - more) <= 1


@pytest.mark.parametrize(("obeys", "obeyed", "did"), [(True, 2, "silent"), (False, 1, "obeyed")])
def test_what_did_something_else_is_told(obeys: bool, obeyed: int, did: str) -> None:
    trial = Trial(Expected("some", obeys, DEVICES[:5]), 3, DEVICES[:1])
    assert trials_table((trial,)).rows == (("some", 5, 3, obeyed),)
    assert list(contradicted((trial,))) == [f"{DEVICES[0]}: {did} when tried, though computed as some"]
    assert list(contradicted((trial._replace(others=()),))) == []
