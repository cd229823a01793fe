"""Who is in which trust anchor cells, as far as devices have told the DCC.

They tell it when certificates are replaced, and when they are read (6.24.1). What a device holds that the
DCC has heard nothing of, from its factory for one, is not here.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import Eui64


class CellSighting(NamedTuple):
    """A certificate that a device said is in a cell: its subject and key identifier.

    ``known_since`` is when the DCC first heard of it, ``replaced_at`` when it was put in place; None where it
    was only read later.
    """

    subject: Eui64
    key_identifier: bytes
    known_since: datetime
    replaced_at: datetime | None = None


class CellSightings:
    """What is known of each cell, in the order of time."""

    def __init__(self) -> None:
        self._of_cell: dict[tuple[Eui64, TrustAnchorCellId], list[CellSighting]] = {}

    def placed(
        self, device: Eui64, cell: TrustAnchorCellId, subject: Eui64, key_identifier: bytes, at: datetime
    ) -> None:
        """A device says that it has put a certificate in a cell."""
        self._note(device, cell, CellSighting(subject, key_identifier, at, at))

    def read(
        self, device: Eui64, cell: TrustAnchorCellId, subject: Eui64, key_identifier: bytes, at: datetime
    ) -> None:
        """A device says that a certificate is in a cell; nothing new if that was known."""
        known = self._of_cell.get((device, cell))
        if not known or known[-1][:2] != (subject, key_identifier):
            self._note(device, cell, CellSighting(subject, key_identifier, at))

    def history(self, device: Eui64, cell: TrustAnchorCellId) -> tuple[CellSighting, ...]:
        """Everything that was heard of a cell, the oldest first."""
        return tuple(self._of_cell.get((device, cell), ()))

    def up_to(self, device: Eui64, cell: TrustAnchorCellId, at: datetime) -> tuple[CellSighting, ...]:
        """What was known of a cell at a time, the oldest first."""
        return tuple(sighting for sighting in self.history(device, cell) if sighting.known_since <= at)

    def _note(self, device: Eui64, cell: TrustAnchorCellId, sighting: CellSighting) -> None:
        self._of_cell.setdefault((device, cell), []).append(sighting)
