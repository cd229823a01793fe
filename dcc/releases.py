"""SEC modifications as switches of the modelled DCC."""

from __future__ import annotations

import enum


class Modification(enum.Enum):
    """A modification of the Smart Energy Code that changes what the DCC checks."""

    SECMP0063 = "secmp0063"

    @property
    def title(self) -> str:
        """The modification's title."""
        return _TITLES[self]

    @property
    def outcome(self) -> str:
        """What became of it, so that nobody takes a what-if for today's rules."""
        return _OUTCOMES[self]


_TITLES = {
    Modification.SECMP0063: (
        "Ensuring correct Network Operator Certificates are placed on Electricity Smart Meters"
    ),
}
_OUTCOMES = {
    Modification.SECMP0063: "withdrawn by its proposer in November 2019, never implemented",
}
