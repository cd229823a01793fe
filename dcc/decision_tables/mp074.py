"""MP074: who is given device certificates, by which interface.

UEPT and SREPT are the entry process tests, SPOTI is the portal over the internet. Where nothing else is said
the applicant has done SREPT and stays a subscriber.
"""

from __future__ import annotations

from typing import Final

from dcc.decision_tables.model import Column, DecisionRow, DecisionTable
from dcc.modifications import Modification

_ISSUED: Final = "issued"
_NO_SREPT: Final = "refused: srept"
_GATEWAY: Final = "DCC gateway"

# fmt: off
_ROWS: Final = (
    DecisionRow(1, ("device", "done", "DCC gateway: portal or web service", "yes", ""),
                (_ISSUED, _ISSUED, _ISSUED)),
    DecisionRow(2, ("device", "done", _GATEWAY, "no", ""),
                (_ISSUED, *("refused: no_need; issued by the DCC's reading",) * 2),
                "that evidence is required: the DCC read it otherwise"),
    DecisionRow(3, ("device", "not done", _GATEWAY, "yes", ""),
                (_ISSUED, *("refused: uept",) * 2)),
    DecisionRow(4, ("device", "done", "SPOTI", "yes", ""),
                (_ISSUED, *("refused: gateway",) * 2)),
    DecisionRow(5, ("device", "not done", "SPOTI", "any", ""),
                (_ISSUED, *("refused: uept, gateway",) * 2)),
    DecisionRow(6, ("organisation", "any", "any", "any", ""),
                (_ISSUED, _ISSUED, _ISSUED)),
    DecisionRow(7, ("any", "any", "any", "any", "SREPT not done"),
                (_NO_SREPT, _NO_SREPT, _NO_SREPT)),
    DecisionRow(8, ("organisation", "any", "any", "any", "leaving"),
                (_ISSUED, _ISSUED, "refused: leaving"),
                "that it holds for any subscriber, not for gas operators alone"),
)
# fmt: on

TABLE: Final = DecisionTable(
    "mp074",
    ("certificate", "UEPT", "interface", "evidence of need", "applicant"),
    (
        Column("off"),
        Column("on", frozenset({Modification.MP074})),
        Column("on, with MP128A", frozenset({Modification.MP074, Modification.MP128A})),
    ),
    _ROWS,
    (
        "all reasons are named together; without SREPT nobody may apply, and nothing else is looked at",
        "evidence is not looked at where both UEPT and the gateway are missing",
        "UEPT and evidence are looked at when a party applies, gateway and leaving at each request too",
    ),
)
