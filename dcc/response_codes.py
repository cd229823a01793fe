"""Response codes of the DCC as data: what each means, and whether that was seen in a source (DUIS 3.5, 3.8).

A code written ``SIM-`` is ours: the real one is not known, or never existed. Where an answer must be
valid by the DUIS schema, ``stand_in`` goes out in its place; records, traces and reports show ours.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class _Facts(NamedTuple):
    meaning: str
    confirmed: bool
    stand_in: str | None = None


class ResponseCode(enum.Enum):
    """A response code; the value is what is printed."""

    I0 = "I0"
    I99 = "I99"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    E5 = "E5"
    E11 = "E11"
    E12 = "E12"
    E19 = "E19"
    E20 = "E20"
    E21 = "E21"
    E100 = "E100"
    E061501 = "E061501"
    E061504 = "E061504"
    E061505 = "E061505"
    E061506 = "E061506"
    E061507 = "E061507"
    E062101 = "E062101"
    E062102 = "E062102"
    E062103 = "E062103"
    E062105 = "E062105"
    E062401 = "E062401"
    SIM_DUP = "SIM-DUP"
    SIM_REPLAY = "SIM-REPLAY"
    SIM_DATE = "SIM-DATE"
    SIM_PSC = "SIM-PSC"
    SIM_SCHEMA = "SIM-SCHEMA"
    SIM_GBCS = "SIM-GBCS"
    SIM_NOT_MODELLED = "SIM-NOT-MODELLED"
    SIM_E061590 = "SIM-E061590"
    SIM_E062190 = "SIM-E062190"

    @property
    def meaning(self) -> str:
        """What the code tells the sender."""
        return _FACTS[self].meaning

    @property
    def confirmed(self) -> bool:
        """Whether code and meaning together were seen in a source."""
        return _FACTS[self].confirmed

    @property
    def stand_in(self) -> str | None:
        """For our own codes: the schema-valid code that goes out in their place (unconfirmed)."""
        return _FACTS[self].stand_in

    @property
    def is_refusal(self) -> bool:
        """Whether the request got no further."""
        return self not in (ResponseCode.I0, ResponseCode.I99)


_FACTS: Final = {
    ResponseCode.I0: _Facts("success", True),
    ResponseCode.I99: _Facts("acknowledged: access control passed, on its way to the device", True),
    ResponseCode.E1: _Facts("originator and role are no valid party and role", True),
    ResponseCode.E2: _Facts("the role may not send this service", True),
    ResponseCode.E3: _Facts("the User's status does not allow this service", True),
    ResponseCode.E4: _Facts("the role is not authorised for this device at the required time", True),
    ResponseCode.E5: _Facts("the device's inventory status does not allow this service", True),
    ResponseCode.E11: _Facts("the service does not fit the device type", True),
    ResponseCode.E12: _Facts("the Command Variant does not fit the request", True),
    ResponseCode.E19: _Facts("the device does not exist", True),
    ResponseCode.E20: _Facts("communication with the device cannot be established", True),
    ResponseCode.E21: _Facts("no response from the device", True),
    ResponseCode.E100: _Facts("failure in the DCC's systems", False),
    ResponseCode.E061501: _Facts("combination of User Role, Remote Party Role and device type", True),
    ResponseCode.E061504: _Facts("prepayment top-up floor number not applicable", True),
    ResponseCode.E061505: _Facts("certificate type not applicable to the device type", True),
    ResponseCode.E061506: _Facts("future dated although the remote party role is not Supplier", True),
    ResponseCode.E061507: _Facts("certificate type not applicable to the remote party role", True),
    ResponseCode.E062101: _Facts("combination of User Role, Remote Party Role and device type", False),
    ResponseCode.E062102: _Facts("prepayment top-up floor number not applicable", False),
    ResponseCode.E062103: _Facts("certificate type not applicable", False),
    ResponseCode.E062105: _Facts("future dating not applicable", False),
    ResponseCode.E062401: _Facts("roles not applicable", False),
    ResponseCode.SIM_DUP: _Facts("the RequestID was used before", False, "E61"),
    ResponseCode.SIM_REPLAY: _Facts("the originator counter is not above the last one", False, "E62"),
    ResponseCode.SIM_DATE: _Facts("the execution date-time cannot be used", False, "E55"),
    ResponseCode.SIM_PSC: _Facts("a certificate in the request cannot be used", False, "E58"),
    ResponseCode.SIM_SCHEMA: _Facts("a value that DUIS does not allow in its place", False, "E49"),
    ResponseCode.SIM_GBCS: _Facts("the Signed Pre-Command is not what it should be", False, "E48"),
    ResponseCode.SIM_NOT_MODELLED: _Facts(
        "all checks passed, but the service is not modelled", False, "E100"
    ),
    ResponseCode.SIM_E061590: _Facts("certificate party not correct for the MPAN", False, "E061507"),
    ResponseCode.SIM_E062190: _Facts("certificate party not correct for the MPAN", False, "E062103"),
}
