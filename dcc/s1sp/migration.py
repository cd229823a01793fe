"""Bringing a device into an S1SP: the certificates that it is to be known by are checked on the way in.

Which checks the real migration made was not seen; these are assumed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from dcc.errors import DccValueError
from dcc.inventory import InventoryDevice
from dcc.parties import UserRole
from dcc.registration import Eligibility
from dcc.s1sp.provider import S1sp
from dcc.world import DccWorld, UnknownMpxn
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, RemotePartyRole
from devices.smets1_proxy import DEVICE_TYPES, Readings, Smets1Proxy

_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})
_ELECTRICITY_ROLES: Final[Mapping[RemotePartyRole, UserRole]] = {
    RemotePartyRole.SUPPLIER: UserRole.IS,
    RemotePartyRole.NETWORK_OPERATOR: UserRole.ED,
}
_GAS_ROLES: Final[Mapping[RemotePartyRole, UserRole]] = {
    RemotePartyRole.SUPPLIER: UserRole.GS,
    RemotePartyRole.NETWORK_OPERATOR: UserRole.GT,
}


class MigrationCertificates(NamedTuple):
    """The certificates (DER) that are to be notified, each for its slot; None leaves a slot empty."""

    critical_supplier: bytes | None
    non_critical_supplier: bytes | None
    critical_network_operator: bytes | None = None
    non_critical_network_operator: bytes | None = None


class MigrationFault(enum.Enum):
    """Why a device cannot be migrated."""

    UNKNOWN_DEVICE = "the inventory does not have the device"
    NOT_THIS_S1SP = "the inventory has the device at another S1SP, or not as one of SMETS1"
    WRONG_TYPE = "the device is of a type that SMETS1 has not"
    ALREADY_HERE = "the device was migrated before"
    NO_PATH = "the certificate does not lead to the root"
    REVOKED = "the certificate is revoked"
    NOT_IN_REPOSITORY = "the SMKI Repository does not have the certificate"
    WRONG_ROLE = "the certificate is of another remote party role"
    WRONG_USAGE = "the certificate is for another key usage"
    UNKNOWN_OWNER = "the certificate's owner is no party"
    NOT_REGISTERED = "the certificate's owner is not registered at the device's metering point"
    TWO_OWNERS = "critical and non-critical certificates are of different owners"


class MigrationFinding(NamedTuple):
    """One fault: the slot or field it is in, what was found."""

    field: str
    fault: MigrationFault
    found: str

    def __str__(self) -> str:
        return f"{self.field}: {self.fault.value} ({self.found})"


class MigrationRefused(DccValueError):
    """A device that was not migrated; ``findings`` says all that is wrong with it."""

    def __init__(self, device: Eui64, findings: tuple[MigrationFinding, ...]) -> None:
        text = "; ".join(map(str, findings))
        super().__init__(f"migration of {device}", text, "certificates that are good and of whom they should")
        self.device = device
        self.findings = findings
        self.args = (device, findings)


def migrate(
    s1sp: S1sp, device_id: Eui64, certificates: MigrationCertificates, readings: Readings, now: datetime
) -> Smets1Proxy:
    """Check a device and its certificates, and take it into an S1SP.

    Raises:
        MigrationRefused: something is wrong; the device stays out, and every fault is named.
    """
    device = s1sp.world.inventory.get(device_id)
    findings = tuple(_about_device(s1sp, device_id, device))
    if device is None or findings:
        raise MigrationRefused(device_id, findings)
    slots = _Slots(s1sp.world, device, now)
    checked = {slot: slots.check(slot, der) for slot, der in _slots(certificates) if der is not None}
    findings = (*slots.findings, *_about_owners(checked))
    if findings:
        raise MigrationRefused(device_id, findings)
    proxy = Smets1Proxy(device_id, device.device_type, readings)
    for slot, certificate in checked.items():
        if certificate is not None:
            proxy = proxy.holding(slot.role, certificate)
    s1sp.take_over((proxy,))
    return proxy


class _Slot(NamedTuple):
    name: str
    role: RemotePartyRole
    usage: KeyUsage


_SUPPLIER, _OPERATOR = RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR
_ALL_SLOTS: Final = (
    _Slot("critical supplier", _SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
    _Slot("non-critical supplier", _SUPPLIER, KeyUsage.KEY_AGREEMENT),
    _Slot("critical network operator", _OPERATOR, KeyUsage.DIGITAL_SIGNATURE),
    _Slot("non-critical network operator", _OPERATOR, KeyUsage.KEY_AGREEMENT),
)


def _slots(certificates: MigrationCertificates) -> Iterator[tuple[_Slot, bytes | None]]:
    return zip(_ALL_SLOTS, certificates, strict=True)


def _about_device(s1sp: S1sp, device_id: Eui64, device: InventoryDevice | None) -> Iterator[MigrationFinding]:
    if device is None:
        yield MigrationFinding("device", MigrationFault.UNKNOWN_DEVICE, str(device_id))
        return
    if device.details.s1sp != s1sp.name:
        found = device.details.s1sp or "no S1SP"
        yield MigrationFinding("device", MigrationFault.NOT_THIS_S1SP, found)
    if device.device_type not in DEVICE_TYPES:
        yield MigrationFinding("device", MigrationFault.WRONG_TYPE, device.device_type.value)
    if s1sp.proxy(device_id) is not None:
        yield MigrationFinding("device", MigrationFault.ALREADY_HERE, str(device_id))


def _about_owners(checked: Mapping[_Slot, Certificate | None]) -> Iterator[MigrationFinding]:
    for role in (_SUPPLIER, _OPERATOR):
        owners = {
            certificate.subject
            for slot, certificate in checked.items()
            if slot.role is role and certificate is not None
        }
        if len(owners) > 1:
            found = " and ".join(sorted(map(str, owners)))
            yield MigrationFinding(role.field_name, MigrationFault.TWO_OWNERS, found)


class _Slots:
    """The checks of one device's slots; ``findings`` is all that they found."""

    def __init__(self, world: DccWorld, device: InventoryDevice, now: datetime) -> None:
        self._world = world
        self._device = device
        self._now = now
        self.findings: list[MigrationFinding] = []

    def check(self, slot: _Slot, der: bytes) -> Certificate | None:
        """The certificate for a slot; None where it cannot be read."""
        world, now = self._world, self._now
        path = world.validator.validate(der, (), world.anchors, now, world.issuers)
        if not path.ok:
            self._note(slot, MigrationFault.NO_PATH, path.text)
        is_revoked = world.repository.is_revoked
        for item in path.chain:
            if is_revoked(item.issuer, item.serial, now):
                self._note(slot, MigrationFault.REVOKED, f"serial {item.serial:X}")
        certificate = path.certificate
        if certificate is not None:
            self._check_fit(slot, certificate)
            self._check_owner(slot, certificate)
        return certificate

    def _check_fit(self, slot: _Slot, certificate: Certificate) -> None:
        if certificate.role is not slot.role:
            found = certificate.role.field_name if certificate.role else "none"
            self._note(slot, MigrationFault.WRONG_ROLE, found)
        if certificate.key_usage is not slot.usage:
            found = certificate.key_usage.field_name if certificate.key_usage else "none"
            self._note(slot, MigrationFault.WRONG_USAGE, found)
        entry = self._world.repository.get(certificate.issuer, certificate.serial)
        if entry is None or entry.certificate != certificate:
            self._note(slot, MigrationFault.NOT_IN_REPOSITORY, f"serial {certificate.serial:X}")

    def _check_owner(self, slot: _Slot, certificate: Certificate) -> None:
        world, subject = self._world, certificate.subject
        owner = world.parties.party_of_user(subject) if subject else None
        if owner is None:
            self._note(slot, MigrationFault.UNKNOWN_OWNER, str(subject))
            return
        points = world.inventory.metering_points_of(self._device.device_id)
        roles = _GAS_ROLES if self._device.device_type in _GAS else _ELECTRICITY_ROLES
        answers = {
            world.registration.eligibility(owner, roles[slot.role], mpxn, now=self._now) for mpxn in points
        }
        if Eligibility.ELIGIBLE in answers:
            return
        unknown = answers <= {Eligibility.NO_RECORD}
        if not unknown or world.unknown_mpxn is UnknownMpxn.REFUSE:
            where = ", ".join(points) or "no metering point"
            self._note(slot, MigrationFault.NOT_REGISTERED, f"{owner.name} at {where}")

    def _note(self, slot: _Slot, fault: MigrationFault, found: str) -> None:
        self.findings.append(MigrationFinding(slot.name, fault, found))
