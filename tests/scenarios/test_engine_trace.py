from __future__ import annotations

import io

import pytest

from devices.gbcs.identifiers import MessageCode
from scenarios.engine.trace import Trace, message_name


def test_a_line() -> None:
    out = io.StringIO()
    Trace(out).line(3_600_001, "ESME", "00-DB-12-34-56-78-90-A0", "CS02b/3", 1200, "REJECT replay")
    assert out.getvalue() == (
        "t=000003600.001 ESME 00-DB-12-34-56-78-90-A0 RX CS02b/3   ctr=1200          -> REJECT replay\n"
    )


def test_a_heading_and_a_line_without_counter() -> None:
    out = io.StringIO()
    trace = Trace(out)
    trace.heading("run: with secmp0063")
    trace.line(0, "DSP", "00-DB-12-34-56-78-90-A0", "-", None, "no answer, E21")
    heading, line = out.getvalue().splitlines()
    assert heading == "# run: with secmp0063"
    assert (
        line
        == "t=000000000.000 DSP  00-DB-12-34-56-78-90-A0 RX -         ctr=-             -> no answer, E21"
    )


@pytest.mark.parametrize(
    ("code", "name"),
    [(0x0008, "CS02a"), (0x0100, "CS02b/0"), (0x0103, "CS02b/3"), (0x0109, "CS02b/9"), (0x0039, "ECS23"),
     (0x1000, "1000"), (0xFFFE, "FFFE"), (None, "?")],
)  # fmt: skip
def test_message_names(code: int | None, name: str) -> None:
    assert message_name(None if code is None else MessageCode(code)) == name
