"""What an S1SP keeps of a SMETS1 device, which itself holds no SMKI certificate (SEC Appendix AM).

Four notified certificate ids stand in the place of trust anchor cells, and Execution Counters in that of the
device's replay protection. Which counter a command is held against, and what a floor does to it, is assumed
to be as on a SMETS2+ device.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import CounterChange
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.replay import ReplayCounters
from devices.snapshot_values import read_counter, read_integer, read_moment, read_once

FORMAT: Final = 1
DEVICE_TYPES: Final = frozenset({
    DeviceType.ESME,
    DeviceType.GSME,
    DeviceType.GPF,
    DeviceType.CHF,
    DeviceType.PPMID,
})  # fmt: skip
_COMMON_NAME: Final = re.compile(r"(?:^|,)CN=((?:\\.|[^,\\])*)")
_ESCAPED: Final = re.compile(r"\\(.)")
_LONGEST_REASON: Final = 200


class CertificateId(NamedTuple):
    """What names an organisation certificate: its serial number and its issuer's common name."""

    serial: int
    issuer: str

    @classmethod
    def of(cls, certificate: Certificate) -> CertificateId:
        """The id of a certificate.

        Raises:
            GbcsError: its issuer has no common name.
        """
        found = _COMMON_NAME.search(certificate.issuer)
        if found is None:
            raise GbcsError("certificate/issuer", f"{certificate.issuer}, expected a common name")
        return cls(certificate.serial, _ESCAPED.sub(r"\1", found[1]))

    def __str__(self) -> str:
        return f"certificate {self.serial:X} of {self.issuer}"


class NotifiedCertificates(NamedTuple):
    """The four notified certificate ids; None for one that was never notified.

    The critical ones are those that sign, the non-critical ones those for key agreement (assumed).
    """

    critical_supplier: CertificateId | None = None
    non_critical_supplier: CertificateId | None = None
    critical_network_operator: CertificateId | None = None
    non_critical_network_operator: CertificateId | None = None

    def get(self, role: RemotePartyRole, usage: KeyUsage) -> CertificateId | None:
        """The id that was notified for a role and a key usage.

        Raises:
            GbcsError: there is no such slot.
        """
        found: CertificateId | None = getattr(self, _slot(role, usage))
        return found

    def with_id(self, role: RemotePartyRole, usage: KeyUsage, new: CertificateId) -> NotifiedCertificates:
        """The ids with another one for a role and a key usage.

        Raises:
            GbcsError: there is no such slot.
        """
        return self._replace(**{_slot(role, usage): new})


_SLOTS: Final[Mapping[tuple[RemotePartyRole, KeyUsage], str]] = {
    (RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE): "critical_supplier",
    (RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT): "non_critical_supplier",
    (RemotePartyRole.NETWORK_OPERATOR, KeyUsage.DIGITAL_SIGNATURE): "critical_network_operator",
    (RemotePartyRole.NETWORK_OPERATOR, KeyUsage.KEY_AGREEMENT): "non_critical_network_operator",
}
SLOTS: Final = tuple(_SLOTS)
"""Role and key usage of each notified certificate id, in the order of :class:`NotifiedCertificates`."""


def _slot(role: RemotePartyRole, usage: KeyUsage) -> str:
    name = _SLOTS.get((role, usage))
    if name is None:
        raise GbcsError("notified certificate", f"none for {role.field_name}, {usage.field_name}")
    return name


class Readings(NamedTuple):
    """What was last read from the meter, and when; energy in Wh and varh, gas in cubic metres.

    ``over_voltages`` and ``under_voltages`` count the average RMS voltages beyond the thresholds.
    """

    at: datetime
    active_import_wh: int = 0
    reactive_import_varh: int = 0
    over_voltages: int = 0
    under_voltages: int = 0
    consumption_m3: int = 0


NONE_NOTIFIED: Final = NotifiedCertificates()
_NO_COUNTERS: Final = ReplayCounters()


@dataclass(frozen=True, slots=True)
class Smets1Proxy:
    """One device as its S1SP knows it; immutable. Every change is a new value.

    The Execution Counters of suppliers, network operators and the access control broker stand by role in
    ``counters``; that of the transitional CoS party there is the CoS Execution Counter.

    Raises:
        GbcsError: a device type that SMETS1 has not.
    """

    device: Eui64
    device_type: DeviceType
    readings: Readings
    notified: NotifiedCertificates = NONE_NOTIFIED
    counters: ReplayCounters = _NO_COUNTERS

    def __post_init__(self) -> None:
        if self.device_type not in DEVICE_TYPES:
            raise GbcsError("device type", f"{self.device_type.value}, expected one of SMETS1")

    @property
    def cos_execution_counter(self) -> OriginatorCounter:
        """The number of the last change of supplier."""
        return self.counters.current(RemotePartyRole.TRANSITIONAL_COS)

    def last_counter(self, role: RemotePartyRole, party: Eui64) -> OriginatorCounter:
        """The number that the next command of a party in a role has to be above."""
        return max(self.counters.current(role), self.counters.reached_by(role, party))

    def obeyed(self, role: RemotePartyRole, party: Eui64, counter: OriginatorCounter) -> Smets1Proxy:
        """The device after a command of this number."""
        return replace(self, counters=self.counters.advanced(role, party, counter))

    def with_floor(self, role: RemotePartyRole, floor: OriginatorCounter | None) -> Smets1Proxy:
        """The device with the floor that came with new credentials of a role; None leaves the number."""
        if floor is None:
            return self
        return replace(self, counters=self.counters.with_floors((CounterChange(role, floor),)))

    def holding(self, role: RemotePartyRole, certificate: Certificate) -> Smets1Proxy:
        """The device with a certificate in the slot for its key usage.

        Raises:
            GbcsError: there is no such slot.
        """
        usage = certificate.key_usage
        if usage is None:
            raise GbcsError("certificate/key usage", "none, expected that of a slot")
        return replace(self, notified=self.notified.with_id(role, usage, CertificateId.of(certificate)))


def snapshot(proxy: Smets1Proxy) -> bytes:
    """The whole state of a proxy as JSON."""
    readings = proxy.readings._asdict() | {"at": proxy.readings.at.isoformat()}
    state = {
        "format": FORMAT,
        "device": str(proxy.device),
        "deviceType": proxy.device_type.value,
        "notified": [None if item is None else [str(item.serial), item.issuer] for item in proxy.notified],
        "counters": [[int(role), counter] for role, counter in proxy.counters.by_role.items()],
        "partyCounters": [
            [int(role), str(party), counter] for (role, party), counter in proxy.counters.by_party.items()
        ],
        "readings": readings,
    }
    return json.dumps(state, separators=(",", ":")).encode()


def restore(octets: bytes) -> Smets1Proxy:
    """The proxy of a snapshot.

    Raises:
        GbcsError: the octets are no snapshot of this format; says which field is at fault.
    """
    field = "snapshot"
    try:
        state: dict[str, Any] = json.loads(octets)
        field = "snapshot/format"
        if read_integer(state["format"]) != FORMAT:
            raise ValueError(f"{state['format']}, expected {FORMAT}")
        field = "snapshot/device"
        device, device_type = Eui64.parse(state["device"]), DeviceType(state["deviceType"])
        field = "snapshot/notified"
        notified = NotifiedCertificates(*map(_read_id, state["notified"]))
        field = "snapshot/counters"
        counters = ReplayCounters(
            read_once((_role(role), read_counter(number)) for role, number in state["counters"]),
            read_once(
                ((_role(role), Eui64.parse(party)), read_counter(number))
                for role, party, number in state["partyCounters"]
            ),
        )
        field = "snapshot/readings"
        at, *figures = (state["readings"][name] for name in Readings._fields)
        readings = Readings(read_moment(at), *map(read_integer, figures))
        field = "snapshot/device"
        return Smets1Proxy(device, device_type, readings, notified, counters)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        what = f"cannot be read: {type(error).__name__}: {error}"
        raise GbcsError(field, what[:_LONGEST_REASON]) from error


def _role(value: object) -> RemotePartyRole:
    return RemotePartyRole(read_integer(value))


def _read_id(item: list[Any] | None) -> CertificateId | None:
    if item is None:
        return None
    serial, issuer = item
    if not isinstance(issuer, str):
        raise TypeError(f"issuer {issuer!r}, expected a name")
    return CertificateId(int(serial), issuer)
