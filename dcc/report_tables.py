"""A report as a table, for the terminal, as CSV and as JSON; the same values in the same order each time."""

from __future__ import annotations

import csv
import io
import json
from typing import NamedTuple

Value = str | int | None
"""A value of a report; None where there is none."""


class ReportTable(NamedTuple):
    """A report: what it is called, its columns, and a value for each of them in every row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def as_text(table: ReportTable) -> str:
    """The report in columns of fixed width, ending in a line feed."""
    cells = [tuple(_shown(value) for value in row) for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
    rule = "  ".join("-" * width for width in widths)
    shown = [table.title, "", lines[0], rule, *(lines[1:] or ["(no rows)"])]
    return "\n".join(line.rstrip() for line in shown) + "\n"


def as_csv(table: ReportTable) -> str:
    """The report with its columns as header; lines end in a line feed, and a value that is None is empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(column.replace(" ", "_") for column in table.columns)
    writer.writerows([_shown(value) for value in row] for row in table.rows)
    return stream.getvalue()


def as_json(table: ReportTable) -> str:
    """The report as an object with ``report`` and ``rows``, ending in a line feed."""
    keys = [column.replace(" ", "_") for column in table.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in table.rows]
    return json.dumps({"report": table.title, "rows": rows}, indent=2, ensure_ascii=False) + "\n"


def _shown(value: Value) -> str:
    return "" if value is None else str(value)
