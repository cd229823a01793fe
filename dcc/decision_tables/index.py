"""All decision tables by name."""

from __future__ import annotations

from typing import Final

from dcc.decision_tables import mp074, mp107, mp128a, mp128b, secmp0063
from dcc.decision_tables.model import DecisionTable

TABLES: Final[dict[str, DecisionTable]] = {
    table.name: table for table in (secmp0063.TABLE, mp107.TABLE, mp128a.TABLE, mp128b.TABLE, mp074.TABLE)
}
"""By the number of the modification in lower case."""
