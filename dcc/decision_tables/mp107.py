"""MP107: network operators' certificates on SMETS1 devices, and who may correct them by 6.15.1.

Notified is the certificate that the S1SP has for the slot; registered is the party that registration data
names at the device's metering point. The DSP looks at who sends, the S1SP at the slot that is targeted.
"""

from __future__ import annotations

from typing import Final

from dcc.decision_tables.model import Column, DecisionRow, DecisionTable
from dcc.modifications import Modification

_UPDATED: Final = "I0: the S1SP notes the new certificates"
_E4: Final = "E4: at the DSP"
_OWNERSHIP: Final = "E1004: S1SP: ownership"
_REGISTRATION: Final = "E1004: S1SP: registration"
_COMBINATION: Final = "E061501: at the DSP"
_BY_REGISTRATION: Final = "E4: if not registered, E061501: if registered"
_PASSES: Final = "I0: Pre-Command, then I99: command sent"
_SMETS1: Final = "SMETS1"
_OPERATOR: Final = "network operator"
_SUPPLIER: Final = "supplier"
_CODE: Final = "the code of the S1SP: no real one was seen"
_E4_INFERRED: Final = "that the DSP's code is E4"
_BOTH: Final = f"{_E4_INFERRED}, and the code of the S1SP"

# fmt: off
_ROWS: Final = (
    DecisionRow(1, (_SMETS1, "6.15.1", _OPERATOR, _OPERATOR, "the sender's", "the sender"),
                (_UPDATED,) * 4),
    DecisionRow(2, (_SMETS1, "6.15.1", _OPERATOR, _OPERATOR, "the sender's", "another"),
                (_E4, _UPDATED, _REGISTRATION, _E4), _BOTH),
    DecisionRow(3, (_SMETS1, "6.15.1", _OPERATOR, _OPERATOR, "another's", "the sender"),
                (_OWNERSHIP,) * 4, _CODE),
    DecisionRow(4, (_SMETS1, "6.15.1", _OPERATOR, _OPERATOR, "another's", "another"),
                (_E4, _OWNERSHIP, _REGISTRATION, _E4), _BOTH),
    DecisionRow(5, (_SMETS1, "6.15.1", _OPERATOR, _SUPPLIER, "anybody's", "anybody"),
                (_BY_REGISTRATION, _COMBINATION, _COMBINATION, _BY_REGISTRATION), _E4_INFERRED),
    DecisionRow(6, (_SMETS1, "6.15.1", _SUPPLIER, _SUPPLIER, "the sender's", "the sender"),
                (_UPDATED,) * 4),
    DecisionRow(7, (_SMETS1, "6.15.1", _SUPPLIER, _SUPPLIER, "the sender's", "another"),
                (_E4,) * 4, _E4_INFERRED),
    DecisionRow(8, (_SMETS1, "6.15.1", _SUPPLIER, _OPERATOR, "the sender's", "the sender"),
                (_UPDATED,) * 4),
    DecisionRow(9, (_SMETS1, "6.15.1", _SUPPLIER, _OPERATOR, "the sender's", "another"),
                (_E4,) * 4, _E4_INFERRED),
    DecisionRow(10, (_SMETS1, "6.15.1", _SUPPLIER, _OPERATOR, "another's", "the sender"),
                (_OWNERSHIP,) * 4, _CODE),
    DecisionRow(11, (_SMETS1, "6.15.1", "any other role", "any", "anybody's", "anybody"),
                ("E2: at the DSP",) * 4),
    DecisionRow(12, (_SMETS1, "another critical service", "any", "none", "the sender's", "another"),
                (_E4,) * 4, _E4_INFERRED),
    DecisionRow(13, ("SMETS2+", "6.15.1", "any", _OPERATOR, "the sender's", "another"),
                (_PASSES,) * 4),
)
# fmt: on

TABLE: Final = DecisionTable(
    "mp107",
    ("device", "service", "sender", "slot", "notified", "registered"),
    (
        Column("off"),
        Column("on", frozenset({Modification.MP107_DSP, Modification.MP107_S1SP})),
        Column("on at the DSP alone", frozenset({Modification.MP107_DSP})),
        Column("on at the S1SP alone", frozenset({Modification.MP107_S1SP})),
    ),
    _ROWS,
    (
        'The report writes "SRV 6.16.1" once; 6.15.1 is meant.',
        "The report calls it a SMETS1-only service: 6.15.1 is not, the registration check on it is (row 13).",
        "Registration data provider and registered data provider are one thing; the party whose registration "
        "is asked for is the registered network operator or supplier.",
        "A supplier that owns the notified certificate of the operator's slot (rows 8, 9) is held to "
        "registration by the DSP alone, once MP107 is on.",
    ),
)
