"""Bodies of the services about a home area network: who is in it, and who talks to whom (8.7 to 8.12)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from dcc.identifiers import Mpan, Mpxn
from devices.gbcs.identifiers import Eui64


class JoinOrUnjoin(NamedTuple):
    """Body of 8.7.1, 8.7.2, 8.8.1 and 8.8.2: the device at the other end of the join."""

    other_device: Eui64


class WhitelistEntry(NamedTuple):
    """How a device may join the HAN: within 1 to 3600 seconds, by its install code of 6 to 16 octets.

    A meter comes with its metering points.
    """

    join_seconds: int
    install_code: bytes
    import_mpxn: Mpxn | None = None
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None


class UpdateHanDeviceLog(NamedTuple):
    """Body of 8.11: add a device (``add`` says how), or remove it (``add`` is None)."""

    device: Eui64
    add: WhitelistEntry | None
    execution_date_time: datetime | None = None


class RestoreDeviceLog(NamedTuple):
    """Body of 8.12.1 and 8.12.2: the hub or gas proxy function whose log the new one takes over."""

    old_device: Eui64
