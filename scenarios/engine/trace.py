"""The trace of a run: a line of fixed columns for each message, so that a diff of two runs tells a story.

::

    t=000003600.000 ESME 00-DB-12-34-00-00-00-01 RX CS02b/3  ctr=1200          -> REJECT replay: ...
"""

from __future__ import annotations

from typing import Final, Protocol

from devices.gbcs.identifiers import MessageCode
from devices.gbcs.use_cases import use_case

_CS02B_FIRST: Final = 0x0100
_CS02B_LAST: Final = 0x0109


class TextSink(Protocol):
    """What a trace is written to."""

    def write(self, text: str, /) -> int:
        """Take text."""


class Trace:
    """Writes lines to a text sink. It only looks: nothing in a run depends on it."""

    def __init__(self, stream: TextSink) -> None:
        self._stream = stream

    def heading(self, text: str) -> None:
        """What the lines that follow belong to."""
        self._stream.write(f"# {text}\n")

    def line(self, elapsed_ms: int, actor: str, who: str, what: str, counter: int | None, text: str) -> None:
        """One message: when (seconds since the start), at whom, what it is and what became of it."""
        seconds, milliseconds = divmod(elapsed_ms, 1000)
        number = "-" if counter is None else str(counter)
        self._stream.write(
            f"t={seconds:09d}.{milliseconds:03d} {actor:<4} {who} RX {what:<9} ctr={number:<13} -> {text}\n"
        )


def message_name(code: MessageCode | None) -> str:
    """A short name: ``ECS23``, ``CS02b/3`` with the replacement mode, else the code itself."""
    if code is None:
        return "?"
    if _CS02B_FIRST <= code <= _CS02B_LAST:
        return f"CS02b/{code - _CS02B_FIRST}"
    found = use_case(code)
    name = found.name.split()[0] if found and found.name != found.title else ""
    return name or str(code)
