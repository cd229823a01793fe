"""MP128A: the counter of a gas network operator that gives a gas proxy function back to the DCC.

C is the originator counter of the 6.15.1 that placed the access control broker's certificates, F its floor,
D the next number of the broker. All rows are of the network operator cell for digital signatures, the
broker counts per device from 1, and the operator in milliseconds since 1970, where nothing else is said.
"""

from __future__ import annotations

from typing import Final

from dcc.decision_tables.model import Column, DecisionRow, DecisionTable
from dcc.modifications import Modification

_RECORDED: Final = "I0: the broker in the cell, C recorded"
_NOT_RECORDED: Final = "I0: the broker in the cell, nothing recorded"
_FAILED: Final = (
    "I0: the operator in the cell, nothing recorded; E20: the operator in the cell, nothing recorded"
)
_REPLACED: Final = "I0: another operator in the cell, nothing recorded"
_REFUSED: Final = "E21: the broker in the cell, nothing recorded, D sent"
_ABOVE_C: Final = "I0: another operator in the cell, nothing recorded, C + 1 sent"
_UNDER_D: Final = "I0: another operator in the cell, nothing recorded, D sent"
_NOT_OWNED: Final = "E21: the operator in the cell, nothing recorded, D sent"
_NO_SUPPLIER: Final = "E061501: the operator in the cell, nothing recorded"
_NO_DATE: Final = "E061506: the operator in the cell, nothing recorded"
_NO_ESME: Final = "SIM-PSC: the operator in the cell, nothing recorded"
_MISMATCH: Final = "SIM-E062190: the broker in the cell"

_BEFORE: Final = "nothing recorded before 8.13; "
_REPORTED: Final = "I0: the broker and C reported, "

# fmt: off
_ROWS: Final = (
    DecisionRow(1, ("6.15.1", "gas transporter, in the cell", "the broker's", "success of the cell"),
                (_NOT_RECORDED, _RECORDED), "that the outcome of key agreement does not matter"),
    DecisionRow(2, ("6.15.1", "gas transporter, in the cell", "the broker's", "failure, or no response"),
                (_FAILED, _FAILED)),
    DecisionRow(3, ("6.15.1", "gas transporter, in the cell", "another transporter's", "success"),
                (_REPLACED, _REPLACED), "that an older record is forgotten"),
    DecisionRow(4, ("6.15.1", "gas supplier", "the broker's", "refused by the DCC"),
                (_NO_SUPPLIER, _NO_SUPPLIER), "the code"),
    DecisionRow(5, ("6.21 after row 1, no floor", "gas supplier", "another transporter's", "D is C or below"),
                (_REFUSED, _ABOVE_C), "that a device refuses a number in silence"),
    DecisionRow(6, ("6.21 after row 1, no floor", "gas supplier", "another transporter's", "D is above C"),
                (_UNDER_D, _UNDER_D)),
    DecisionRow(7, ("6.21", "gas supplier", "another transporter's", "a transporter is in the cell"),
                (_NOT_OWNED, _NOT_OWNED)),
    DecisionRow(8, ("6.15.1 with a floor", "gas transporter, in the cell", "the broker's", "F is not C"),
                (_NOT_RECORDED, "I0: the broker in the cell, F recorded; " + _RECORDED),
                "the whole row: the modification speaks of C alone"),
    DecisionRow(9, ("6.15.1 delivered on site", "gas transporter, in the cell", "the broker's", "8.13"),
                (_BEFORE + _NOT_RECORDED, _BEFORE + _RECORDED),
                "when it is recorded, and that a network party may (E17 if not)"),
    DecisionRow(10, ("6.15.1 at a future time", "gas transporter, in the cell", "the broker's", "refused"),
                (_NO_DATE, _NO_DATE)),
    DecisionRow(11, ("6.15.1, 6.24.1 on an ESME", "distributor, in the cell", "the broker's", "refused"),
                (_NO_ESME, _NO_ESME), "the code"),
    DecisionRow(12, ("6.21 after row 1", "gas supplier", "any, SECMP0063 on for GPFs", "D is C or below"),
                (f"{_MISMATCH}, nothing recorded, none sent; {_REFUSED}",
                 f"{_MISMATCH}, C recorded, none sent; {_ABOVE_C}"), "the code"),
    DecisionRow(13, ("6.24.1 after row 1", "gas supplier", "none", "the record was lost"),
                (_REPORTED + "nothing recorded", _REPORTED + "C recorded"),
                "that the answer heals the record"),
)
# fmt: on

TABLE: Final = DecisionTable(
    "mp128a",
    ("service", "sender", "certificates", "what happens"),
    (Column("off"), Column("on", frozenset({Modification.MP128A}))),
    _ROWS,
    (
        "the broker's number for 6.21 is the higher of D and C + 1: strictly above what was recorded",
        "a record is made from the answer of the device alone, and forgotten when the broker leaves the cell",
        "a record goes with its gas proxy function when that is replaced (8.12.2)",
    ),
)
