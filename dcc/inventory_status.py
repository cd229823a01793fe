"""Statuses of the Smart Metering Inventory, what moves a device between them, what each one allows.

The nine statuses are those of the DUIS schema. The moves and the services each status accepts are assumed:
no published text of them was at hand.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple

from devices.gbcs.identifiers import DeviceType


class DeviceStatus(enum.Enum):
    """The status of a device, by its DUIS token. Type 2 devices (IHD, CAD) have none."""

    PENDING = "Pending"
    WHITELISTED = "Whitelisted"
    INSTALLED_NOT_COMMISSIONED = "InstalledNotCommissioned"
    COMMISSIONED = "Commissioned"
    SUSPENDED = "Suspended"
    RECOVERY = "Recovery"
    RECOVERED = "Recovered"
    DECOMMISSIONED = "Decommissioned"
    WITHDRAWN = "Withdrawn"


class StatusCause(enum.Enum):
    """What happened to a device; the value says it in words."""

    PRE_NOTIFIED = "pre-notified (12.2)"
    ADDED_TO_HUB = "hub accepted the device (8.11 Add)"
    REMOVED_FROM_HUB = "hub removed the device (8.11 Remove)"
    JOINED_HAN = "device joined the HAN"
    CONNECTED_TO_WAN = "hub connected to the SM WAN"
    HUB_COMMISSIONED = "the DCC commissioned the hub"
    COMMISSION_COMMAND_SUCCEEDED = "commission command succeeded (8.1.1)"
    JOINED_METER = "joined with the meter (8.7)"
    SET_TO_PENDING = "status set to Pending (8.4)"
    FIRMWARE_DELISTED = "firmware removed from the Certified Products List"
    FIRMWARE_RELISTED = "firmware back on the Certified Products List"
    RECOVERY_STARTED = "recovery procedure began"
    RECOVERY_DONE = "recovery procedure replaced the credentials"
    CREDENTIALS_REPLACED = "credentials replaced after recovery"
    DECOMMISSIONED = "decommissioned (8.3)"
    HUB_REMOVED = "hub returned or exchanged (8.14.3, 8.14.4)"
    OPTED_OUT = "opted out of the service (8.5)"
    HUB_WITHDRAWN = "hub status set to Withdrawn (8.4)"
    SET_TO_INSTALLED = "status set to InstalledNotCommissioned (8.4)"
    HUB_SET_TO_COMMISSIONED = "hub status set to Commissioned (8.4)"


COMMISSIONING_CAUSES: Final = frozenset({
    StatusCause.HUB_COMMISSIONED,
    StatusCause.HUB_SET_TO_COMMISSIONED,
    StatusCause.COMMISSION_COMMAND_SUCCEEDED,
    StatusCause.JOINED_METER,
})  # fmt: skip
"""What makes a device Commissioned that was not yet; the other causes lead it back there."""


class Transition(NamedTuple):
    """Where a cause leads, and for which device types; none of them is confirmed by a published text."""

    to: DeviceStatus
    device_types: frozenset[DeviceType]
    confirmed: bool = False


TYPE_2_DEVICES: Final = frozenset({DeviceType.IHD, DeviceType.CAD})
_HUB: Final = frozenset({DeviceType.CHF})
_HUB_AND_GPF: Final = frozenset({DeviceType.CHF, DeviceType.GPF})
_METERS: Final = frozenset({DeviceType.ESME, DeviceType.GSME})
_OTHERS: Final = frozenset({DeviceType.PPMID, DeviceType.HCALCS})
_OUTSIDE_HUB: Final = _METERS | _OTHERS
_JOIN_TO_METER: Final = _OTHERS | {DeviceType.GPF}
_ALL: Final = frozenset(DeviceType) - TYPE_2_DEVICES

_S = DeviceStatus
_C = StatusCause
_ACTIVE: Final = (_S.INSTALLED_NOT_COMMISSIONED, _S.COMMISSIONED, _S.SUSPENDED, _S.RECOVERY, _S.RECOVERED)

TRANSITIONS: Final[Mapping[tuple[DeviceStatus | None, StatusCause], Transition]] = {
    (None, _C.PRE_NOTIFIED): Transition(_S.PENDING, _ALL),
    (_S.DECOMMISSIONED, _C.PRE_NOTIFIED): Transition(_S.PENDING, _ALL),
    (_S.DECOMMISSIONED, _C.SET_TO_PENDING): Transition(_S.PENDING, _OUTSIDE_HUB),
    (_S.WITHDRAWN, _C.PRE_NOTIFIED): Transition(_S.PENDING, _ALL),
    (_S.WITHDRAWN, _C.SET_TO_PENDING): Transition(_S.PENDING, _OUTSIDE_HUB),
    (_S.PENDING, _C.ADDED_TO_HUB): Transition(_S.WHITELISTED, _OUTSIDE_HUB),
    (_S.PENDING, _C.CONNECTED_TO_WAN): Transition(_S.INSTALLED_NOT_COMMISSIONED, _HUB_AND_GPF),
    (_S.WHITELISTED, _C.JOINED_HAN): Transition(_S.INSTALLED_NOT_COMMISSIONED, _OUTSIDE_HUB),
    (_S.WHITELISTED, _C.REMOVED_FROM_HUB): Transition(_S.PENDING, _OUTSIDE_HUB),
    (_S.WHITELISTED, _C.SET_TO_PENDING): Transition(_S.PENDING, _OUTSIDE_HUB),
    (_S.INSTALLED_NOT_COMMISSIONED, _C.REMOVED_FROM_HUB): Transition(_S.PENDING, _OUTSIDE_HUB),
    (_S.INSTALLED_NOT_COMMISSIONED, _C.SET_TO_PENDING): Transition(_S.PENDING, _OUTSIDE_HUB),
    (_S.INSTALLED_NOT_COMMISSIONED, _C.HUB_COMMISSIONED): Transition(_S.COMMISSIONED, _HUB),
    (_S.INSTALLED_NOT_COMMISSIONED, _C.COMMISSION_COMMAND_SUCCEEDED): Transition(_S.COMMISSIONED, _METERS),
    (_S.INSTALLED_NOT_COMMISSIONED, _C.JOINED_METER): Transition(_S.COMMISSIONED, _JOIN_TO_METER),
    (_S.WHITELISTED, _C.SET_TO_INSTALLED): Transition(_S.INSTALLED_NOT_COMMISSIONED, _OUTSIDE_HUB),
    (_S.PENDING, _C.SET_TO_INSTALLED): Transition(_S.INSTALLED_NOT_COMMISSIONED, _HUB_AND_GPF),
    (_S.INSTALLED_NOT_COMMISSIONED, _C.HUB_SET_TO_COMMISSIONED): Transition(_S.COMMISSIONED, _HUB),
    (_S.COMMISSIONED, _C.FIRMWARE_DELISTED): Transition(_S.SUSPENDED, _ALL),
    (_S.SUSPENDED, _C.FIRMWARE_RELISTED): Transition(_S.COMMISSIONED, _ALL),
    (_S.COMMISSIONED, _C.RECOVERY_STARTED): Transition(_S.RECOVERY, _ALL),
    (_S.RECOVERY, _C.RECOVERY_DONE): Transition(_S.RECOVERED, _ALL),
    (_S.RECOVERED, _C.CREDENTIALS_REPLACED): Transition(_S.COMMISSIONED, _ALL),
    (_S.COMMISSIONED, _C.OPTED_OUT): Transition(_S.WITHDRAWN, _OUTSIDE_HUB),
    (_S.COMMISSIONED, _C.HUB_WITHDRAWN): Transition(_S.WITHDRAWN, _HUB),
    **{(status, _C.DECOMMISSIONED): Transition(_S.DECOMMISSIONED, _OUTSIDE_HUB) for status in _ACTIVE},
    # A hub can turn out to be faulty before it is installed.
    **{
        (status, _C.HUB_REMOVED): Transition(_S.DECOMMISSIONED, _HUB_AND_GPF)
        for status in (_S.PENDING, *_ACTIVE)
    },
}
"""Every legal change of status; what is absent is illegal."""


def next_status(
    status: DeviceStatus | None, cause: StatusCause, device_type: DeviceType
) -> DeviceStatus | None:
    """The status that a cause leads to, ``None`` where the change is illegal."""
    transition = TRANSITIONS.get((status, cause))
    legal = transition is not None and device_type in transition.device_types
    return transition.to if transition and legal else None


STATUSES_BESIDE_COMMISSIONED: Final[Mapping[str, frozenset[DeviceStatus]]] = {
    "6.15.1": frozenset({_S.RECOVERED}),
    "6.20.1": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
    "6.21": frozenset({_S.INSTALLED_NOT_COMMISSIONED, _S.RECOVERED}),
    "6.23": frozenset({_S.SUSPENDED}),
    "6.24.1": frozenset({_S.INSTALLED_NOT_COMMISSIONED, _S.SUSPENDED, _S.RECOVERED}),
    "8.1.1": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
    "8.2": frozenset(_S),
    "8.3": frozenset({_S.SUSPENDED}),
    "8.4": frozenset(
        {_S.PENDING, _S.WHITELISTED, _S.INSTALLED_NOT_COMMISSIONED, _S.DECOMMISSIONED, _S.WITHDRAWN}
    ),
    "8.7.1": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
    "8.7.2": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
    "8.9": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
    # Of the device that is to join; the hub to which the request goes is in STATUSES_OF_HUBS.
    "8.11": frozenset({_S.PENDING, _S.WHITELISTED}),
    # The gas proxy function of a new hub is not joined to the meter yet.
    "8.12.2": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
    "11.1": frozenset({_S.SUSPENDED}),
    "11.2": frozenset({_S.INSTALLED_NOT_COMMISSIONED, _S.SUSPENDED}),
    "11.3": frozenset({_S.SUSPENDED}),
    "12.2": frozenset({_S.DECOMMISSIONED, _S.WITHDRAWN}),
}
"""By SRV, the statuses that accept it beside Commissioned, which accepts all (SIM). Not listed: none."""

STATUSES_OF_HUBS: Final[Mapping[str, frozenset[DeviceStatus]]] = {
    "8.11": frozenset({_S.INSTALLED_NOT_COMMISSIONED}),
}
"""The same for a hub (CHF), where it differs (SIM): one that is installed takes devices in."""

STATUS_SERVICES_CONFIRMED: Final = False
_HANDOVER_WHEN_INSTALLED: Final = _HUB_AND_GPF


def status_allows(srv: str, status: DeviceStatus | None, device_type: DeviceType) -> bool:
    """Whether a device in this status accepts a service (SIM). Without status (Type 2) nothing is in its way.

    6.21 on a device that is installed and not commissioned serves the handover of hub and GPF alone.
    """
    if status is None or status is DeviceStatus.COMMISSIONED:
        return True
    if srv == "6.21" and status is DeviceStatus.INSTALLED_NOT_COMMISSIONED:
        return device_type in _HANDOVER_WHEN_INSTALLED
    accepting = STATUSES_BESIDE_COMMISSIONED.get(srv, frozenset())
    if device_type is DeviceType.CHF:
        accepting = STATUSES_OF_HUBS.get(srv, accepting)
    return status in accepting
