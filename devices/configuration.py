"""What a device is called and what parties have set on it, as immutable values.

Each has a default, the state at manufacture, that all devices share. That nothing is switched on there is
assumed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs.dlms_updates import (
    ECS25A,
    ECS25A1,
    ECS25A2,
    ECS25A3,
    ECS25B,
    ECS25B3,
    BehaviourChange,
)
from devices.gbcs.identifiers import MessageCode


class Identity(NamedTuple):
    """Manufacturer and model, as parties read them.

    ``manufacturer`` is a ZigBee manufacturer id, ``model`` an image type and a hardware version; all are 16
    bits in four hexadecimal digits (GBCS use cases ECS26m, ECS26n, GCS21m).
    """

    manufacturer: bytes = b"0000"
    model: bytes = b"00000000"
    variant: bytes = b"A"


_SET_BY: Final = (ECS25A, ECS25A1, ECS25A2, ECS25A3, ECS25B, ECS25B3)


class Behaviours(NamedTuple):
    """The events for which a behaviour of an electricity meter is on.

    Each is a number of 256 bits, the lowest for the first event of the use case.
    """

    supplier_wan_alerts: int = 0
    supplier_home_events: int = 0
    supplier_alarms: int = 0
    supplier_logging: int = 0
    operator_wan_alerts: int = 0
    operator_logging: int = 0

    def changed(self, code: MessageCode, first_event: int, change: BehaviourChange) -> Behaviours:
        """The behaviours after a command of a use case."""
        index = _SET_BY.index(code)
        on, off = (sum(1 << event - first_event for event in events) for events in change)
        return self._replace(**{self._fields[index]: (self[index] | on) & ~off})


class Configuration(NamedTuple):
    """All that this module describes of one device.

    MPANs and MPRN are the digits as they were written, none before that. ``gas_behaviours`` are pairs of an
    event and its configuration, by rising event.
    """

    identity: Identity = Identity()
    import_mpans: bytes = b""
    export_mpan: bytes = b""
    mprn: bytes = b""
    behaviours: Behaviours = Behaviours()
    gas_behaviours: tuple[tuple[int, int], ...] = ()
    network_log_started: datetime | None = None

    def with_gas_behaviours(self, bits: int, events: tuple[int, ...]) -> Configuration:
        """With one configuration for each of some events."""
        behaviours = dict(self.gas_behaviours) | dict.fromkeys(events, bits)
        return self._replace(gas_behaviours=tuple(sorted(behaviours.items())))
