"""Measures work and its floor in turns, so that a busy machine slows both alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import NamedTuple, TypeVar

from pytest_benchmark.fixture import BenchmarkFixture

_WARM_UP_ROUNDS = 2
# Noise must not fail a measurement: only a ratio far beyond its target does.
_TOLERANCE = 2.0
_NAME_WIDTH = 52
_Batch = TypeVar("_Batch")
_FloorBatch = TypeVar("_FloorBatch")


class Comparison(NamedTuple):
    """One line of the table. Times are medians an item; ``ratio`` is the median over pairs of rounds."""

    name: str
    ours_microseconds: float
    floor_microseconds: float | None = None
    ratio: float | None = None
    target: float | None = None


class Footprint(NamedTuple):
    """One line of the table of memory."""

    name: str
    octets: int
    target: int | None = None


class Projection(NamedTuple):
    """One line of the table of projections: what many would take, from a run of some, and what they may."""

    name: str
    seconds: float
    target: float


class Measure:
    """Runs one measurement a test and keeps what it found."""

    def __init__(self, benchmark: BenchmarkFixture) -> None:
        self._benchmark = benchmark
        self.results: list[Comparison] = []
        self.footprints: list[Footprint] = []
        self.projections: list[Projection] = []

    def alone(self, name: str, work: Callable[[], object], *, items: int, rounds: int) -> None:
        """Time ``work``, which does ``items`` things, without a floor."""
        self._benchmark.pedantic(work, rounds=rounds, warmup_rounds=_WARM_UP_ROUNDS)
        self.results.append(Comparison(name, 1e6 * median(self._rounds()) / items))

    def beside_floor(
        self,
        name: str,
        work: Callable[[_Batch], object],
        floor: Callable[[_FloorBatch], object],
        batches: Iterable[tuple[_Batch, _FloorBatch]],
        *,
        items: int,
        rounds: int,
        target: float | None = None,
    ) -> None:
        """Time ``work`` and ``floor`` in turns, each on its half of the next of ``batches``.

        Every batch holds ``items`` things to do; there are enough of them for ``rounds`` and warming up.
        """
        supply = iter(batches)
        floors: list[float] = []

        def run_floor() -> tuple[tuple[_Batch], dict[str, object]]:
            batch, floor_batch = next(supply)
            start = perf_counter()
            floor(floor_batch)
            floors.append(perf_counter() - start)
            return (batch,), {}

        with _own_rubbish_only():
            self._benchmark.pedantic(work, setup=run_floor, rounds=rounds, warmup_rounds=_WARM_UP_ROUNDS)
        ours = self._rounds()
        beside = floors[-len(ours) :]
        ratio = median(mine / least for mine, least in zip(ours, beside, strict=True))
        self._benchmark.extra_info |= {"ratio": round(ratio, 3), "target": target}
        self.results.append(
            Comparison(name, 1e6 * median(ours) / items, 1e6 * median(beside) / items, ratio, target)
        )
        far_off = target is not None and ratio > _TOLERANCE * target
        assert not far_off, f"{name}: {ratio:.2f} times its floor, target {target}"

    def once(self, work: Callable[[], _Batch]) -> _Batch:
        """Do something that is measured from inside, and return what it found."""
        found: _Batch = self._benchmark.pedantic(work)
        return found

    def footprint(self, name: str, octets: int, target: int | None = None) -> None:
        """Note a figure of memory."""
        self.footprints.append(Footprint(name, octets, target))
        self._benchmark.extra_info[name] = octets
        assert target is None or octets < _TOLERANCE * target, f"{name}: {octets} octets, target {target}"

    def _rounds(self) -> Sequence[float]:
        # The library's fixture holds the statistics inside a record of the run.
        return self._benchmark.stats.stats.data


@contextmanager
def _own_rubbish_only() -> Iterator[None]:
    """Spare the garbage collector what the test runner and earlier measurements hold."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def batches_needed(rounds: int) -> int:
    """How many batches a measurement of so many rounds takes."""
    return rounds + _WARM_UP_ROUNDS


def table_of_times(results: Iterable[Comparison]) -> list[str]:
    """The results as lines of a table: microseconds an item, and the ratio beside its target."""
    lines = [f"{'time':{_NAME_WIDTH}}{'us':>8}{'floor us':>10}{'ratio':>8}{'target':>8}"]
    for name, ours, floor, ratio, target in results:
        line = f"{name:{_NAME_WIDTH}}{ours:8.1f}"
        if floor is not None and ratio is not None:
            line += f"{floor:10.1f}{ratio:8.2f}"
        if ratio is not None and target is not None:
            line += f"{target:8.2f}" + _remark(ratio, target)
        lines.append(line)
    return lines


def table_of_memory(footprints: Iterable[Footprint]) -> list[str]:
    """The figures of memory as lines of a table: octets a device."""
    lines = [f"{'memory':{_NAME_WIDTH}}{'octets':>8}{'target':>26}"]
    for name, octets, target in footprints:
        line = f"{name:{_NAME_WIDTH}}{octets:8}"
        lines.append(line if target is None else f"{line}{target:26}" + _remark(octets, target))
    return lines


def table_of_projections(projections: Iterable[Projection]) -> list[str]:
    """The projections as lines of a table: seconds on this machine, busy as it was."""
    lines = [f"{'projection':{_NAME_WIDTH}}{'s':>8}{'target':>26}"]
    for name, seconds, target in projections:
        lines.append(f"{name:{_NAME_WIDTH}}{seconds:8.1f}{target:26.0f}" + _remark(seconds, target))
    return lines


def _remark(found: float, target: float) -> str:
    return "" if found <= target else "  above its target"
