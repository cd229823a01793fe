"""Who has to be in a slot when a device's time limit is over: the Code before and after MP128B.

MP128B changes obligations, and nothing of what the DCC does.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from typing import NamedTuple

from dcc.modifications import Modification
from devices.gbcs.identifiers import DeviceType, RemotePartyRole


class SlotResult(enum.Enum):
    """What the report says of a slot."""

    MET = "met"
    MET_LATE = "met late"
    OPEN = "open"
    BREACHED = "breached"
    NOT_REQUIRED = "not required"


class Found(enum.Enum):
    """Whose certificate is in a slot."""

    RIGHT_OWNER = "right owner"
    BROKER = "access control broker"
    ANOTHER = "another owner"
    UNKNOWN = "not known"


class Slot(NamedTuple):
    """What the obligation goes by at the due date.

    ``available`` says that the repository has a certificate of the right owner that may be used, ``dcc_user``
    that the right owner is a DCC User.
    """

    device_type: DeviceType
    role: RemotePartyRole
    found: Found
    available: bool
    dcc_user: bool

    @property
    def is_operators_on_gpf(self) -> bool:
        """Whether it is a slot that the modifications are about."""
        of_operator = self.role is RemotePartyRole.NETWORK_OPERATOR
        return of_operator and self.device_type is DeviceType.GPF


class Obligation(NamedTuple):
    """Whether the obligation is met, not required or breached, and why."""

    result: SlotResult
    reason: str


def obligation(slot: Slot, modifications: Collection[Modification] = ()) -> Obligation:
    """What the Code says of a slot at its due date, before and after MP128B."""
    relaxed = Modification.MP128B in modifications and slot.is_operators_on_gpf
    match slot.found:
        case Found.RIGHT_OWNER:
            flagged = relaxed and not slot.dcc_user
            return Obligation(SlotResult.MET, "owner not a DCC User" if flagged else "")
        case Found.BROKER if relaxed and not slot.dcc_user:
            return Obligation(SlotResult.NOT_REQUIRED, "MP128B: the network operator is not a DCC User")
        case Found.BROKER if relaxed and not slot.available:
            return Obligation(SlotResult.NOT_REQUIRED, "MP128B: no certificate of the network operator")
        case Found.BROKER:
            return Obligation(SlotResult.BREACHED, "the access control broker's certificate")
        case Found.ANOTHER:
            return Obligation(SlotResult.BREACHED, "certificate of another party")
        case Found.UNKNOWN:
            return Obligation(SlotResult.BREACHED, "no device has told who is in the slot")
