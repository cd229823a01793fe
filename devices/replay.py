"""Replay counters: what makes a device refuse what it has already obeyed (GBCS 4.3.1.5, 6.2.4, 9.2).

The normative text was not available; the model is: one Execution Counter a role, strictly greater passes,
floors in an accepted CS02b are assignments. Prepayment top-ups have numbers of their own
(:mod:`devices.top_up`). Real commands carry floors
far below the counters in use, so after such a floor an old message would pass again wherever its sender's
key is, or comes back, in the cell. The number that each party has reached is therefore kept beside the
role's counter and binds that party alone (assumed; ``DeviceAssumptions.party_numbers_only_rise``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.gbcs.credentials import CounterChange
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole

ZERO: Final = OriginatorCounter(0)
_NO_ROLES: Final[Mapping[RemotePartyRole, OriginatorCounter]] = MappingProxyType({})
_NO_PARTIES: Final[Mapping[tuple[RemotePartyRole, Eui64], OriginatorCounter]] = MappingProxyType({})


class ReplayCounters(NamedTuple):
    """The counters of one device; immutable. At manufacture all are 0 (assumed)."""

    by_role: Mapping[RemotePartyRole, OriginatorCounter] = _NO_ROLES
    by_party: Mapping[tuple[RemotePartyRole, Eui64], OriginatorCounter] = _NO_PARTIES

    def current(self, role: RemotePartyRole) -> OriginatorCounter:
        """The Execution Counter of a role, as CS02a reports it."""
        return self.by_role.get(role, ZERO)

    def reached_by(self, role: RemotePartyRole, party: Eui64) -> OriginatorCounter:
        """The highest number of a replay-protected message that was obeyed from this party in this role."""
        return self.by_party.get((role, party), ZERO)

    def advanced(self, role: RemotePartyRole, party: Eui64, counter: OriginatorCounter) -> ReplayCounters:
        """The counters after a replay-protected message was obeyed; none of them falls."""
        by_role, by_party = self
        sender = role, party
        return ReplayCounters(
            {**by_role, role: max(counter, by_role.get(role, ZERO))},
            {**by_party, sender: max(counter, by_party.get(sender, ZERO))},
        )

    def with_floors(self, changes: Collection[CounterChange]) -> ReplayCounters:
        """The counters after the floors of a CS02b: each role's number becomes its floor, up or down."""
        if not changes:
            return self
        floors = {change.role: change.floor for change in changes}
        return ReplayCounters({**self.by_role, **floors}, self.by_party)
