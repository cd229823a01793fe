"""What every scenario gives, so that studies and reports need to know none: figures, series, tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

Number = int | float
Cell = str | int | float | None


class Figure(NamedTuple):
    """A headline number of a scenario, as it is described.

    ``share_of`` names the figure that it is also shown as a share of; ``better`` is "lower", "higher" or "".
    """

    name: str
    label: str
    unit: str
    share_of: str | None = None
    better: str = ""


class Series(NamedTuple):
    """A quantity over time: a value for each day from ``first_day`` on; ``name`` is the same in all runs.

    ``is_per_day`` tells counts of what was on a day, which may be summed, from stocks at the end of it.
    """

    name: str
    label: str
    unit: str
    first_day: date
    values: tuple[Number, ...]
    is_per_day: bool = False


class Table(NamedTuple):
    """A small table, sorted by the scenario; a row has a cell for each column."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Outcome(NamedTuple):
    """What came out of one run.

    ``figures`` has a number for each :class:`Figure` of the family, by name. ``messages`` counts GBCS
    messages over the SM WAN, both ways; ``simulated_seconds`` is the time from the first to the last of
    them. ``end`` says in a sentence how the run ended. ``breaches`` is what the history checks found wrong:
    nothing, or the run is not to be believed.
    """

    figures: Mapping[str, Number]
    series: tuple[Series, ...]
    tables: tuple[Table, ...]
    messages: int
    simulated_seconds: float
    end: str
    breaches: tuple[str, ...] = ()
