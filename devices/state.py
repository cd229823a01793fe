"""Everything about a device that changes, in one immutable value.

A message either replaces the whole value or leaves it alone: cells, counters, keys and logs are always of
the same moment, also when the power fails.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devices.configuration import Configuration
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import OriginatorCounter
from devices.management_state import Defect, DeviceClock, DeviceLog, Firmware, HubLog, KeyRenewal
from devices.pending import PendingCommand
from devices.replay import ReplayCounters
from devices.security_log import LOG_CAPACITY_ENTRIES, LogEntry
from devices.top_up import TopUpState
from devices.trust_anchor import TrustAnchorStore


class DeviceKeys(NamedTuple):
    """A device's own key pairs."""

    signing: KeyPair
    agreement: KeyPair


class DeviceCertificates(NamedTuple):
    """The certificates of a device's own keys."""

    signing: Certificate
    agreement: Certificate


class DeviceState(NamedTuple):
    """The state of one device; the log is oldest first.

    ``non_critical_counters`` stay as at manufacture where all messages of a role share ``counters``.
    """

    keys: DeviceKeys
    certificates: DeviceCertificates
    store: TrustAnchorStore
    counters: ReplayCounters = ReplayCounters()
    non_critical_counters: ReplayCounters = ReplayCounters()
    top_up: TopUpState = TopUpState()
    issuers: tuple[Certificate, ...] = ()
    alert_counter: OriginatorCounter = OriginatorCounter(0)
    log: tuple[LogEntry, ...] = ()
    pending: tuple[PendingCommand, ...] = ()
    wrapped_contingency_key: bytes = b""
    renewal: KeyRenewal = KeyRenewal()
    device_log: DeviceLog = DeviceLog()
    firmware: Firmware = Firmware()
    clock: DeviceClock = DeviceClock()
    hub_log: HubLog = HubLog()
    defects: tuple[Defect, ...] = ()
    configuration: Configuration = Configuration()

    def updated(
        self,
        store: TrustAnchorStore,
        counters: ReplayCounters,
        non_critical_counters: ReplayCounters,
        top_up: TopUpState,
        issuers: tuple[Certificate, ...],
    ) -> DeviceState:
        """The state after an update of credentials, in a fraction of the time of ``_replace``."""
        changed = store, counters, non_critical_counters, top_up, issuers
        return _new_tuple(DeviceState, self[:_FIRST_UPDATED] + changed + self[_BEHIND_UPDATED:])

    def logged(self, entry: LogEntry) -> DeviceState:
        """The state with one more log entry; the oldest gives way when the log is full."""
        values = list(self)
        values[_LOG] = (*self.log[1 - LOG_CAPACITY_ENTRIES :], entry)
        return _new_tuple(DeviceState, values)


_LOG: Final = DeviceState._fields.index("log")
# The fields that an update changes stand side by side, in the order of the parameters of ``updated``.
_FIRST_UPDATED: Final = DeviceState._fields.index("store")
_BEHIND_UPDATED: Final = DeviceState._fields.index("issuers") + 1
_new_tuple = tuple.__new__
