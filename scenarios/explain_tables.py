"""Rich tables as text: no colours, one width, whatever the environment says, so that output compares."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

_WIDTH: Final = 110


def table_of(columns: Mapping[str, int | None]) -> Table:
    """An empty table with these columns; one with a width has it, the others share what is left.

    Long values are broken over lines, none is cut.
    """
    table = Table(box=box.ASCII)
    for column, width in columns.items():
        table.add_column(column, overflow="fold", width=width)
    return table


def width_for(values: Iterable[str], most: int) -> int:
    """How wide a column has to be for its values, ``most`` at most."""
    return min(most, max(map(len, values), default=0))


def table_text(table: Table) -> str:
    """The table as text, without spaces at the ends of lines."""
    console = Console(
        file=io.StringIO(),
        width=_WIDTH,
        force_terminal=False,
        color_system=None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
