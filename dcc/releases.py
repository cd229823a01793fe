"""SEC modifications as switches of the modelled DCC."""

from __future__ import annotations

import enum


class Modification(enum.Enum):
    """A switch: a modification of the Smart Energy Code, or a part of one, that changes what the DCC does."""

    SECMP0063 = "secmp0063"
    SECMP0063_GPF = "secmp0063.gpf"
    MP107_DSP = "mp107.dsp"
    MP107_S1SP = "mp107.s1sp"
    MP128A = "mp128a"
    MP128B = "mp128b"
    MP074 = "mp074"

    @property
    def title(self) -> str:
        """The modification's title."""
        return _TITLES[self]

    @property
    def outcome(self) -> str:
        """What became of it, so that nobody takes a what-if for today's rules."""
        return _OUTCOMES[self]


_SECMP0063_TITLE = "Ensuring correct Network Operator Certificates are placed on Electricity Smart Meters"
_SECMP0063_OUTCOME = "withdrawn by its proposer in November 2019, never implemented"
_MP107_TITLE = "SMETS1 6.15.1 registration check"
_TITLES = {
    Modification.SECMP0063: _SECMP0063_TITLE,
    Modification.SECMP0063_GPF: _SECMP0063_TITLE,
    Modification.MP107_DSP: _MP107_TITLE,
    Modification.MP107_S1SP: _MP107_TITLE,
    Modification.MP128A: "Gas Network Operators SMKI Requirements",
    Modification.MP128B: "Incorrect Gas Network Operator Certificates",
    Modification.MP074: "Clarity on Obtaining SMKI Device Certificates",
}
_OUTCOMES = {
    Modification.SECMP0063: _SECMP0063_OUTCOME,
    Modification.SECMP0063_GPF: _SECMP0063_OUTCOME,
    Modification.MP107_DSP: "not known: no source seen says",
    Modification.MP107_S1SP: "not known: no source seen says",
    Modification.MP128A: "implemented on 29 June 2023",
    Modification.MP128B: "implemented before December 2021, as inferred: no date was found",
    Modification.MP074: "not known: aimed at the release of 7 November 2019",
}
