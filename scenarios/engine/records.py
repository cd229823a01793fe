"""What happened in a run: one immutable record for each finished event; figures are computed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dcc.reports import RefusedRequest
from dcc.response_codes import ResponseCode
from devices.gbcs.identifiers import Eui64
from scenarios.engine.journal import Journal


class Installation(NamedTuple):
    """A meter was installed and commissioned; ``deadline`` is that of its network operator credentials."""

    home: int
    at: datetime
    deadline: datetime


class Placement(NamedTuple):
    """A supplier put ``owner``'s network operator certificates on a meter; the meter's response says so."""

    home: int
    at: datetime
    owner: Eui64
    attempt: int


class Read(NamedTuple):
    """A network operator read a meter, or tried to: I0 with a verified response, or the code it got."""

    home: int
    at: datetime
    reader: Eui64
    code: ResponseCode


class Finding(NamedTuple):
    """A network operator learnt from the meter that another party, ``holder``, is in its cells."""

    home: int
    at: datetime
    holder: Eui64


class Correction(NamedTuple):
    """An owner was to put the network operator's certificates in the place of its own: what came of it."""

    home: int
    at: datetime
    owner: Eui64
    code: ResponseCode
    corrected: bool


class Exchange(NamedTuple):
    """A meter that nobody could correct was taken down, and ``new`` put in the place of ``old``."""

    home: int
    at: datetime
    old: Eui64
    new: Eui64


class CellChange(NamedTuple):
    """From now on these two hold a device's network operator cells: the device's own state, not a report."""

    device: Eui64
    at: datetime
    signing: Eui64
    agreement: Eui64


class Alert(NamedTuple):
    """A device's alert reached a party, which verified it."""

    device: Eui64
    at: datetime
    recipient: Eui64


@dataclass(slots=True)
class Traffic:
    """How many messages there were: to the DCC, over the SM WAN and how they went there, and from the DCC."""

    service_requests: int = 0
    commands: int = 0
    responses: int = 0
    alerts: int = 0
    dcc_alerts: int = 0

    @property
    def wan_messages(self) -> int:
        """GBCS messages over the SM WAN, and requests and responses of S1SPs, both ways."""
        return self.commands + self.responses + self.alerts


@dataclass(slots=True)
class LinkRecords:
    """What the link between parties, DCC and devices keeps of a run, each kind in the order in which it came.

    ``journal`` is None where nobody wants one.
    """

    cell_changes: list[CellChange] = field(default_factory=list)
    refusals: list[RefusedRequest] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)
    journal: Journal | None = None


@dataclass(slots=True)
class Records(LinkRecords):
    """The records of one install wave."""

    installations: list[Installation] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
