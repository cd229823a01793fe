"""A divergence: one thing that no source confirms, or that the bench does not do."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_CLAUSE: Final = re.compile(r"(?:SEC Appendix [A-Z]+|DUIS|GBCS) [0-9][0-9.]*(?:, [0-9][0-9.]*)*(?<!\.)")


class Divergence(NamedTuple):
    """One thing that is assumed or left out.

    ``clause`` is where a source would say it, where that is known; ``in_force`` what the bench does.
    """

    name: str
    text: str
    clause: str | None = None
    in_force: str | None = None


def clause_in(text: str) -> str | None:
    """The first clause that a text names."""
    found = _CLAUSE.search(text)
    return found[0] if found else None


def clause_order(entry: Divergence) -> tuple[bool, list[tuple[bool, int, str]]]:
    """A sort key by clause as people count: 13.2 before 13.10, unknown clauses last."""
    parts = re.findall(r"[0-9]+|[A-Za-z]+", entry.clause or "")
    return entry.clause is None, [
        (part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts
    ]
