"""SECMP0063: the network operator's certificates on electricity smart meters, and on gas proxy functions.

Registered is the network operator at the device's metering point, new the owner of the certificates that
are to be placed.
"""

from __future__ import annotations

from typing import Final

from dcc.decision_tables.model import Column, DecisionRow, DecisionTable
from dcc.releases import Modification

_I0: Final = "I0: Pre-Command"
_I99: Final = "I99: command sent"
_PASS: Final = "I0: Pre-Command at 6.15.1, I99: command sent at 6.21"
_NO_UPDATE: Final = "SIM-E061590: nothing made or sent"
_NO_HANDOVER: Final = "SIM-E062190: nothing made or sent"
_NO_OWNER: Final = "SIM-PSC: not a network party's certificate"
_OPERATOR: Final = "network operator"
_WRONG_DEVICE: Final = "E061501 or E062101: HCALCS, E11: PPMID and CHF"
_SMETS1: Final = "I0: the S1SP notes them, E4: if the sender is not registered"
_CODES_OURS: Final = "the code: none was ever allocated"
_BY_US: Final = "the code: the real one was not seen"

# fmt: off
_ROWS: Final = (
    DecisionRow(1, ("ESME", "6.15.1, first call", "supplier", _OPERATOR, "new is registered"),
                (_I0, _I0, _I0)),
    DecisionRow(2, ("ESME", "6.15.1, first call", "supplier", _OPERATOR, "new is another network party"),
                (_I0, _NO_UPDATE, _I0), _CODES_OURS),
    DecisionRow(3, ("ESME", "6.15.1, Signed Pre-Command", "supplier", _OPERATOR, "new is another by now"),
                (_I99, _NO_UPDATE, _I99), "that registration data is asked again, and the code"),
    DecisionRow(4, ("ESME", "6.15.1, 6.21", "supplier", _OPERATOR, "no MPAN, or nobody known for it"),
                (_PASS, _PASS, _PASS)),
    DecisionRow(5, ("ESME", "6.15.1", "electricity distributor", _OPERATOR, "any, not even its own"),
                (_I0, _I0, _I0)),
    DecisionRow(6, ("ESME", "6.15.1, 6.21", "supplier", "supplier", "the supplier's own certificates"),
                (_PASS, _PASS, _PASS)),
    DecisionRow(7, ("ESME", "6.21", "supplier", _OPERATOR, "new is registered"),
                (_I99, _I99, _I99)),
    DecisionRow(8, ("ESME", "6.21", "supplier", _OPERATOR, "new is another distributor or transporter"),
                (_I99, _NO_HANDOVER, _I99), _CODES_OURS),
    DecisionRow(9, ("GPF", "6.21", "gas supplier", _OPERATOR, "new is registered, or another transporter"),
                (_I99, _I99, "I99: if registered, SIM-E062190: if another"), _CODES_OURS),
    DecisionRow(10, ("GPF", "6.15.1", "gas supplier", _OPERATOR, "any network party"),
                (_I0, _I0, _I0)),
    DecisionRow(11, ("GPF", "6.15.1", "gas transporter", _OPERATOR, "any, the access control broker too"),
                (_I0, _I0, _I0)),
    DecisionRow(12, ("GSME", "6.15.1, 6.21", "any", "any", "any"),
                ("unchanged",) * 3),
    DecisionRow(13, ("ESME, GPF", "recovery", "the DCC", "any", "any, the access control broker too"),
                ("the device replaces them",) * 3),
    DecisionRow(14, ("ESME", "6.15.1, 6.21", "supplier", _OPERATOR, "new has no network role"),
                (_NO_OWNER,) * 3, _BY_US),
    DecisionRow(15, ("SMETS1 ESME", "6.15.1", "supplier", _OPERATOR, "new is another network party"),
                (_SMETS1,) * 3, "that SMETS1 is out of scope: the proposal does not speak of it"),
    DecisionRow(16, ("HCALCS, PPMID, CHF", "6.15.1, 6.21", "supplier", _OPERATOR, "any"),
                (_WRONG_DEVICE,) * 3),
    DecisionRow(17, ("ESME", "6.15.1", "gas transporter, owner of the cell", _OPERATOR, "any"),
                ("E061501: only an exchange of the meter helps",) * 3, "that the code is E061501"),
)
# fmt: on

TABLE: Final = DecisionTable(
    "secmp0063",
    ("device", "service", "sender", "slot", "certificates"),
    (
        Column("off"),
        Column("on", frozenset({Modification.SECMP0063})),
        Column("GPF variant alone", frozenset({Modification.SECMP0063_GPF})),
    ),
    _ROWS,
    (
        "certificate and role are checked first, then registration is looked up, then owners are compared",
        "registration data comes first, the distributor id of the MPAN where no record names a known party",
        "of several parties that hold one distributor id each is right",
        "both certificates of a request have to be one owner's",
    ),
)
