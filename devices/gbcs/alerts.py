"""Alert and event codes: what a device reports (GBCS 16).

The table is ``alerts.csv`` beside this file. It holds the codes that matter for security and those that
real alerts carry; GBCS 16 itself has more.
"""

from __future__ import annotations

import csv
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple


class AlertCode(NamedTuple):
    """A code of two octets and what it tells, in our words."""

    code: int
    meaning: str

    confirmed: bool
    """Seen in a real alert, or named by the DUIS or MMC schema; else known from public lists alone."""


def alert(code: int) -> AlertCode | None:
    """The meaning of an alert code (0 to FFFF hex), or None where the table doesn't hold it."""
    return _BY_CODE.get(code)


def _read_table() -> tuple[AlertCode, ...]:
    with Path(__file__).with_name("alerts.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            AlertCode(int(row["code"], 16), row["meaning"], row["confirmed"] == "yes")
            for row in csv.DictReader(lines)
        )


ALL_ALERTS: Final = _read_table()
"""Every row of the table, by rising code."""

_BY_CODE: Final = MappingProxyType({row.code: row for row in ALL_ALERTS})
