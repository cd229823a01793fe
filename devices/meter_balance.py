"""The balance of a meter: what was paid in and what was charged, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

MILLIPENCE_PER_PENNY: Final = 1000
KEPT_MOVEMENTS: Final = 100


class Movement(NamedTuple):
    """Money in (positive) or out (negative), in thousandths of a penny."""

    at: datetime
    millipence: int


class MeterBalance(NamedTuple):
    """Immutable; what is older than the newest hundred movements is only in the opening balance.

    Movements are in the order in which they were made.
    """

    opening_millipence: int = 0
    movements: tuple[Movement, ...] = ()

    @property
    def millipence(self) -> int:
        """The balance after every movement."""
        return self.opening_millipence + sum(movement.millipence for movement in self.movements)

    def at(self, moment: datetime) -> int:
        """The balance at ``moment``, in millipence; before the oldest movement that is kept, the opening."""
        made = [movement.millipence for movement in self.movements if movement.at <= moment]
        return self.opening_millipence + sum(made)

    def moved(self, millipence: int, now: datetime) -> MeterBalance:
        """The balance after one more movement."""
        movements = (*self.movements, Movement(now, millipence))
        gone, kept = movements[:-KEPT_MOVEMENTS], movements[-KEPT_MOVEMENTS:]
        opening = self.opening_millipence + sum(movement.millipence for movement in gone)
        return MeterBalance(opening, kept)
