"""Shared fixtures: where the third-party conformance data is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Speed is measured in bench/: no example fails for being slow. In CI the examples are always the same.
settings.register_profile("dccbench", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("dccbench")

# What shared checks compare is shown as what tests compare.
pytest.register_assert_rewrite("payload_checks", "reference_set")

_PROJECT_ROOT = Path(__file__).resolve().parent.parent


def conformance_root() -> Path:
    """The folder named by ``DCCBENCH_CONFORMANCE``, default ``../shared/conformance``."""
    named = os.environ.get("DCCBENCH_CONFORMANCE")
    return Path(named) if named else _PROJECT_ROOT.parent / "shared" / "conformance"


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The conformance data; skips, with the reason, where it is absent.

    A folder that was named and isn't there is a failure: somebody meant these tests to run.
    """
    root = conformance_root()
    if root.is_dir():
        return root
    if os.environ.get("DCCBENCH_CONFORMANCE"):
        pytest.fail(f"DCCBENCH_CONFORMANCE names {root}, which is not a folder")
    pytest.skip(f"no conformance data at {root}; set DCCBENCH_CONFORMANCE to its folder")
