"""What a modification of the Smart Energy Code is: its switches, and what is known of it."""

from __future__ import annotations

import enum
from datetime import date
from typing import NamedTuple


class Modification(enum.Enum):
    """A switch: a modification of the Smart Energy Code, or a part of one, that changes what the DCC does."""

    SECMP0063 = "secmp0063"
    SECMP0063_GPF = "secmp0063.gpf"
    MP107_DSP = "mp107.dsp"
    MP107_S1SP = "mp107.s1sp"
    MP128A = "mp128a"
    MP128B = "mp128b"
    MP074 = "mp074"


class Known(NamedTuple):
    """Something that is known of a modification, or only presumed, and which kind of source says so."""

    text: str
    confirmed: bool
    source: str

    def __str__(self) -> str:
        return f"{self.text} ({'confirmed' if self.confirmed else 'not confirmed'}: {self.source})"


class InForce(NamedTuple):
    """The day from which a modification counts as in force, ``None`` for never, and what that rests on."""

    since: date | None
    confirmed: bool
    why: str


class Milestone(NamedTuple):
    """A date in a modification's life, as far as it is known: ``2019-08-01``, ``2021-12``, ``2019``."""

    when: str
    event: str


class SecModification(NamedTuple):
    """One modification as a record.

    ``number`` is the one it goes by (``MP107``); ``switches`` are its parts, each of which can be on alone.
    ``clauses`` are the documents and clauses that it changes, or would have changed. A field that holds
    nothing was in no source seen; so far ``sec_objectives`` is empty for all of them.
    """

    number: str
    title: str
    proposer: Known
    parties_impacted: tuple[Known, ...]
    milestones: tuple[Milestone, ...]
    cost: tuple[Known, ...]
    sec_objectives: tuple[Known, ...]
    problem: str
    rule_before: tuple[str, ...]
    rule_after: tuple[str, ...]
    clauses: tuple[Known, ...]
    outcome: Known
    in_force: InForce
    switches: tuple[Modification, ...]

    @property
    def name(self) -> str:
        """The number as people type it: ``mp107``, the name of all its parts and of its decision table."""
        return self.number.lower()
