"""MP128B: who may be in the network operator slots of a gas proxy function when its time limit is over.

It was in force before MP128A was decided and changes no system: these are obligations, and what the Post
Commissioning report makes of them while MP128A, which has that report accept the broker, is off.
"""

from __future__ import annotations

from typing import Final

from dcc.decision_tables.model import Column, DecisionRow, DecisionTable
from dcc.modifications import Modification

_RIGHT: Final = "right transporter"
_BROKER: Final = "access control broker"

# fmt: off
_ROWS: Final = (
    DecisionRow(1, (_RIGHT, "yes", "yes"), ("met", "met")),
    DecisionRow(2, (_RIGHT, "no", "no more"), ("met", "met: owner not a DCC User"), "that it is flagged"),
    DecisionRow(3, (_BROKER, "no", "yes"), ("breached", "not required")),
    DecisionRow(4, (_BROKER, "yes", "yes"), ("breached", "breached")),
    DecisionRow(5, ("another transporter", "any", "any"), ("breached", "breached")),
    DecisionRow(6, (_BROKER, "yes", "no"), ("breached", "not required")),
)
# fmt: on

TABLE: Final = DecisionTable(
    "mp128b",
    ("slot at the due date", "transporter's certificate in the repository", "transporter is a DCC User"),
    (Column("before"), Column("after", frozenset({Modification.MP128B}))),
    _ROWS,
    (
        "before the due date what would be breached is open",
        "with MP128A the report takes the broker's certificates for no failure",
        "gas network parties need not be subscribers; those that are have to be DCC Users",
    ),
)
