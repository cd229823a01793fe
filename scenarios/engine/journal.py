"""The journal of a run: one flat, immutable event for everything that happened, whatever the scenario.

The history checks read it (:mod:`scenarios.engine.history`), and so do the tables that are kept of a run.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import NamedTuple

from devices.gbcs.identifiers import Eui64


class EventKind(enum.Enum):
    """What an event tells of."""

    REQUEST = "request"
    """The DSP took or refused a Service Request: ``code`` is what it answered, ``number`` the counter.

    Or a command goes out that no User has asked the DSP for, most often one of the DCC's own: it is without
    ``srv`` and ``code``, and ``actor`` is the id in whose name it goes.
    """

    FINAL = "final"
    """A request, or a command that no User asked for, is over: ``code`` is what its sender has in the end.

    One for each RequestID, or for each originator, device and counter of a command.
    """

    OBEYED = "obeyed"
    """A device obeyed a message: ``code`` is the message code, ``number`` the originator counter."""

    REFUSED = "refused"
    """A device refused a message: ``detail`` says why."""

    CELL = "cell"
    """From now on ``actor`` holds the cell of ``device`` that ``code`` names."""

    COUNTER = "counter"
    """The Execution Counter of the role ``code`` went from ``number`` up or down to what ``detail`` says."""

    ALERT = "alert"
    """An alert of ``device`` reached ``actor``."""

    ACT = "act"
    """What a party did, or found: ``code`` names it; the words are the scenario's own."""


class Event(NamedTuple):
    """One event. ``actor`` is the User Id whose doing it is, ``home`` the number of the home it is about."""

    at: datetime
    kind: EventKind
    code: str
    actor: Eui64 | None = None
    device: Eui64 | None = None
    srv: str | None = None
    number: int | None = None
    home: int | None = None
    detail: str = ""


Journal = list[Event]
"""The events of one run in the order in which they came."""
