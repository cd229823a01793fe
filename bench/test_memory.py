"""Memory of a simulated device beyond its certificates, as the growth of a process over a fleet of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from comparison import Measure

_SIZE = 10_000
_TARGET_OCTETS = 4096
_SCRIPT = Path(__file__).with_name("fleet_memory.py")
_ROOT = _SCRIPT.parents[1]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the resident memory from /proc")
def test_memory(measure: Measure) -> None:
    def work() -> dict[str, int]:
        command = [sys.executable, str(_SCRIPT), str(_SIZE)]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
        found: dict[str, int] = json.loads(done.stdout)
        return found

    found = measure.once(work)
    measure.footprint(f"memory: two certificates, of {_SIZE:,} devices", found["certificates"])
    measure.footprint("memory: device from the factory, beside them", found["device"], _TARGET_OCTETS)
    measure.footprint("memory: the same after a handover", found["handed_over"], _TARGET_OCTETS)
