"""What the measurements share: the conformance data, and the table of ratios at the end of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from comparison import (
    Comparison,
    Footprint,
    Measure,
    Projection,
    table_of_memory,
    table_of_projections,
    table_of_times,
)
from pytest_benchmark.fixture import BenchmarkFixture

_TIMES: pytest.StashKey[list[Comparison]] = pytest.StashKey()
_FOOTPRINTS: pytest.StashKey[list[Footprint]] = pytest.StashKey()
_PROJECTIONS: pytest.StashKey[list[Projection]] = pytest.StashKey()
_DEFAULT_CONFORMANCE = Path(__file__).resolve().parents[2] / "shared" / "conformance"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TIMES] = []
    config.stash[_FOOTPRINTS] = []
    config.stash[_PROJECTIONS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("medians beside their floors")
    tables = (
        table_of_times(config.stash[_TIMES]),
        table_of_memory(config.stash[_FOOTPRINTS]),
        table_of_projections(config.stash[_PROJECTIONS]),
    )
    for line in (line for table in tables for line in (*table, "")):
        terminalreporter.write_line(line)


@pytest.fixture
def measure(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Iterator[Measure]:
    """Measures one piece of work, beside its floor if it has one; the result goes into the table."""
    measuring = Measure(benchmark)
    yield measuring
    request.config.stash[_TIMES] += measuring.results
    request.config.stash[_FOOTPRINTS] += measuring.footprints
    request.config.stash[_PROJECTIONS] += measuring.projections


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder named by ``DCCBENCH_CONFORMANCE``, default ``../shared/conformance``."""
    folder = Path(os.environ.get("DCCBENCH_CONFORMANCE", _DEFAULT_CONFORMANCE))
    if not folder.is_dir():
        pytest.skip(f"no conformance data at {folder}; set DCCBENCH_CONFORMANCE to its folder")
    return folder
