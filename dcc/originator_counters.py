"""Which numbers gas network operators had used when they gave gas proxy functions back to the DCC (MP128A).

A device takes a command of its network operator cell only under a number above the last one there. Whoever
handed the cell to the access control broker may have counted far above the broker's own numbers.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from dcc.dates import utc_day
from dcc.errors import DccValueError
from dcc.identifiers import RequestId
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import UINT64_MAX, Eui64, OriginatorCounter

SavedCounters = Mapping[str, Mapping[str, str | int]]
"""Records as they are saved, by Device ID: text and numbers alone, fit for JSON."""


class RecordedNumber(enum.Enum):
    """What is recorded of a 6.15.1 with a floor: MP128A speaks of the number, a device goes by the floor."""

    HIGHER = "the higher of its number and its floor"
    NUMBER = "its number"


class LostRecords(enum.Enum):
    """What becomes of a record that was lost or never made: MP128A does not say."""

    HEALED = "the next answer to 6.24.1 tells the number"
    LOST = "it stays lost"


class RecordedCounter(NamedTuple):
    """What is kept of a gas proxy function: its network operator cell needs numbers above ``no_cell_floor``.

    ``source_request_id`` is the request whose answer told it.
    """

    no_cell_floor: OriginatorCounter
    recorded_at: datetime
    source_request_id: RequestId

    @property
    def is_last(self) -> bool:
        """Whether no number is left above it: only a floor on the device itself helps then."""
        return self.no_cell_floor == UINT64_MAX


class OriginatorCounters:
    """The recorded counters, by gas proxy function."""

    def __init__(self) -> None:
        self._of_gpf: dict[Eui64, RecordedCounter] = {}

    def __len__(self) -> int:
        return len(self._of_gpf)

    def __iter__(self) -> Iterator[Eui64]:
        """The gas proxy functions with a record, in the order in which they got their first one."""
        return iter(self._of_gpf)

    def get(self, gpf: Eui64) -> RecordedCounter | None:
        """What is recorded of a gas proxy function; None if nothing is."""
        return self._of_gpf.get(gpf)

    def floor_of(self, gpf: Eui64) -> OriginatorCounter | None:
        """The number that a command has to exceed; None where the DCC may use any."""
        recorded = self._of_gpf.get(gpf)
        return recorded.no_cell_floor if recorded else None

    def record(self, gpf: Eui64, counter: OriginatorCounter, at: datetime, source: RequestId) -> None:
        """Keep a number, in place of what was kept before."""
        self._of_gpf[gpf] = RecordedCounter(counter, at, source)

    def clear(self, gpf: Eui64) -> None:
        """Forget what is recorded of a gas proxy function, if anything is."""
        self._of_gpf.pop(gpf, None)

    def state(self) -> dict[str, dict[str, str | int]]:
        """Everything recorded, fit for JSON; :meth:`restore` takes it."""
        return {
            str(gpf): {
                "no_cell_floor": int(recorded.no_cell_floor),
                "recorded_at": recorded.recorded_at.isoformat(),
                "source_request_id": str(recorded.source_request_id),
            }
            for gpf, recorded in self._of_gpf.items()
        }

    def restore(self, state: SavedCounters) -> None:
        """Put saved records in place of those that are there.

        Raises:
            DccValueError: a value is not what :meth:`state` gives; nothing has changed then.
        """
        saved_records = saved_values("recorded counters", state)
        self._of_gpf = {_device(text): _recorded(text, saved) for text, saved in saved_records.items()}


def _device(text: str) -> Eui64:
    try:
        return Eui64.parse(text)
    except GbcsError:
        raise DccValueError("recorded counters", text, "a Device ID") from None


def _recorded(gpf: str, value: object) -> RecordedCounter:
    where = f"recorded counters/{gpf}"
    saved = saved_values(where, value)
    missing = [name for name in RecordedCounter._fields if name not in saved]
    if missing:
        raise DccValueError(where, ", ".join(saved), f"a value for {missing[0]}")
    return RecordedCounter(
        saved_counter(f"{where}/no_cell_floor", saved["no_cell_floor"]),
        _time(f"{where}/recorded_at", saved["recorded_at"]),
        _request_id(f"{where}/source_request_id", saved["source_request_id"]),
    )


def saved_values(where: str, value: object) -> Mapping[str, object]:
    """Values by name, as JSON has them.

    Raises:
        DccValueError: they are none; ``where`` names them.
    """
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return value
    raise DccValueError(where, str(value), "values by name")


def saved_counter(where: str, value: object) -> OriginatorCounter:
    """A number as it was saved.

    Raises:
        DccValueError: it is none; ``where`` names it.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return OriginatorCounter(value)
        except GbcsError:
            pass
    raise DccValueError(where, str(value), "a number from 0 to 2^64-1")


def _time(where: str, value: object) -> datetime:
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
        utc_day(at)
    except (ValueError, DccValueError):
        raise DccValueError(where, str(value), "an ISO 8601 time with its zone") from None
    return at


def _request_id(where: str, value: object) -> RequestId:
    try:
        return RequestId.parse(str(value))
    except DccValueError:
        raise DccValueError(where, str(value), "originator:target:counter") from None
