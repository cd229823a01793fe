"""What the command for a request depends on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from dcc.command_plan import CommandPlan
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.gbcs.chf_log import LogBackup
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.identifiers import DeviceType, RemotePartyRole

_ROLES_IN_DEVICES: Final = {
    device_type: frozenset(cell.role for cell in cells) for device_type, cells in CELLS_BY_DEVICE_TYPE.items()
}


class Transformable(NamedTuple):
    """A request as far as the command for it depends on it: the service, its body, the type of device.

    ``role`` is that in which devices know the User, None for one whom they do not know. ``now`` goes into
    commands that say when they were made. ``party_certificate`` is the User's for key agreement,
    ``other_certificate`` that of the device to join or to part from (both DER). ``hub_log`` and ``gas_log``
    are the last ones of a hub and of a gas proxy function that another takes over.
    """

    srv: Srv
    body: RequestBody
    device_type: DeviceType
    role: RemotePartyRole | None = None
    now: datetime | None = None
    party_certificate: bytes | None = None
    other_device_type: DeviceType | None = None
    other_certificate: bytes | None = None
    dual_band: bool = False
    hub_log: LogBackup | None = None
    gas_log: tuple[DeviceLogEntry, ...] | None = None

    def knows(self, role: RemotePartyRole | None) -> bool:
        """Whether the device has cells for the certificates of a role."""
        return role in _ROLES_IN_DEVICES.get(self.device_type, frozenset())


Transform = Callable[[Transformable], CommandPlan | None]
"""Makes the command for requests of a service; None for what is not modelled."""
