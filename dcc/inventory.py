"""The Smart Metering Inventory: devices, their statuses, metering points and associations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from dcc.dates import utc_day
from dcc.errors import DccValueError
from dcc.identifiers import Mpan, Mprn, Mpxn
from dcc.inventory_errors import DuplicateDevice, IllegalTransition, UnknownDevice
from dcc.inventory_records import (
    NO_DETAILS,
    NO_LINKS,
    DeviceDetails,
    InventoryDevice,
    MpxnLinks,
    StatusChange,
)
from dcc.inventory_status import DeviceStatus, StatusCause, next_status
from devices.gbcs.identifiers import DeviceType, Eui64

__all__ = [
    "NO_DETAILS",
    "NO_LINKS",
    "DeviceDetails",
    "DuplicateDevice",
    "IllegalTransition",
    "Inventory",
    "InventoryDevice",
    "MpxnLinks",
    "StatusChange",
    "UnknownDevice",
]

_METERS_AND_GPF: Final = frozenset({DeviceType.ESME, DeviceType.GSME, DeviceType.GPF})


class Inventory:
    """The devices, by Device ID. Records are immutable: every change stores a new one and returns it.

    The devices of an earlier inventory, in their order, restore it.
    """

    def __init__(self, devices: Iterable[InventoryDevice] = ()) -> None:
        self._devices: dict[Eui64, InventoryDevice] = {}
        self._in_han: dict[Eui64, set[Eui64]] = {}
        self._at: dict[Mpxn, set[Eui64]] = {}
        for device in devices:
            self._insert(device)

    def __len__(self) -> int:
        return len(self._devices)

    def __iter__(self) -> Iterator[InventoryDevice]:
        return iter(self._devices.values())

    def __contains__(self, device_id: Eui64) -> bool:
        return device_id in self._devices

    def get(self, device_id: Eui64) -> InventoryDevice | None:
        """The device, or ``None`` if it is unknown."""
        return self._devices.get(device_id)

    def device(self, device_id: Eui64) -> InventoryDevice:
        """The device.

        Raises:
            UnknownDevice: there is none of this id.
        """
        device = self._devices.get(device_id)
        if device is None:
            raise UnknownDevice(device_id)
        return device

    def pre_notify(
        self,
        device_id: Eui64,
        device_type: DeviceType,
        now: datetime,
        *,
        manufacturer: str = "",
        model: str = "",
        hub: Eui64 | None = None,
        details: DeviceDetails = NO_DETAILS,
        notified_by: Eui64 | None = None,
    ) -> InventoryDevice:
        """Add a device, in status Pending; a Type 2 device gets no status. A GPF comes with its ``hub``.

        Raises:
            DuplicateDevice: the id is taken. A decommissioned or withdrawn device comes back by
                :meth:`change_status` with ``PRE_NOTIFIED``.
            UnknownDevice: the hub is not in the inventory.
            DccValueError: the hub is no CHF, or ``now`` has no time zone.
        """
        if hub is not None:
            self._check_hub(device_id, hub)
        utc_day(now)
        status = next_status(None, StatusCause.PRE_NOTIFIED, device_type)
        history = (StatusChange(status, now, StatusCause.PRE_NOTIFIED),) if status else ()
        return self._insert(
            InventoryDevice(
                device_id,
                device_type,
                manufacturer,
                model,
                hub=hub,
                history=history,
                details=details,
                notified_by=notified_by,
            )
        )

    def change_status(self, device_id: Eui64, cause: StatusCause, now: datetime) -> InventoryDevice:
        """Move the device to where the cause leads.

        A decommissioned device leaves its joins; one that is Pending again also leaves its hub (a GPF, being
        part of the hub, keeps it) and its metering points.

        Raises:
            UnknownDevice: there is none of this id.
            IllegalTransition: the cause leads nowhere from the present status, for this device type.
            DccValueError: ``now`` has no time zone or lies before the present status began.
        """
        device = self.device(device_id)
        to = next_status(device.status, cause, device.device_type)
        if to is None:
            raise IllegalTransition(device_id, device.device_type, device.status, cause)
        utc_day(now)
        if device.status_since is not None and now < device.status_since:
            raise DccValueError("now", now.isoformat(), f"not before {device.status_since.isoformat()}")
        if to in {DeviceStatus.DECOMMISSIONED, DeviceStatus.PENDING}:
            device = self._without_joins(device)
        if to is DeviceStatus.PENDING:
            hub = device.hub if device.device_type is DeviceType.GPF else None
            device = replace(device, hub=hub, links=NO_LINKS)
        return self._store(replace(device, history=(*device.history, StatusChange(to, now, cause))))

    def describe(
        self,
        device_id: Eui64,
        *,
        manufacturer: str | None = None,
        model: str | None = None,
        details: DeviceDetails | None = None,
        notified_by: Eui64 | None = None,
    ) -> InventoryDevice:
        """Replace what is given of the device's description; what is None stays as it is.

        Raises:
            UnknownDevice: there is none of this id.
        """
        device = self.device(device_id)
        return self._store(
            replace(
                device,
                manufacturer=device.manufacturer if manufacturer is None else manufacturer,
                model=device.model if model is None else model,
                details=device.details if details is None else details,
                notified_by=device.notified_by if notified_by is None else notified_by,
            )
        )

    def note_firmware(self, device_id: Eui64, version: str) -> InventoryDevice:
        """Say which firmware version is in use on a device.

        Raises:
            UnknownDevice: there is none of this id.
        """
        details = self.device(device_id).details._replace(firmware_version=version)
        return self.describe(device_id, details=details)

    def exchange_hub(self, old: Eui64, new: Eui64) -> None:
        """Move the devices of a hub's HAN to another hub; a gas proxy function stays with its own hub.

        Raises:
            UnknownDevice: the new hub is not in the inventory.
            DccValueError: the new one is no CHF.
        """
        self._check_hub(old, new)
        for device in self.devices_of_hub(old):
            if device.device_type is not DeviceType.GPF:
                self._store(replace(device, hub=new))

    def exchange_gas_proxy(self, old: Eui64, new: Eui64) -> None:
        """Join what was joined to a gas proxy function with another one instead.

        Raises:
            UnknownDevice: one of them is not in the inventory.
            DccValueError: both have a GSME, and not the same one.
        """
        self.device(new)
        for other in self.device(old).joined_to:
            self.unjoin(old, other)
            self.join(new, other)

    def gas_proxy_of(self, hub: Eui64) -> InventoryDevice | None:
        """The gas proxy function of a hub: of several the first by Device ID, one that is not gone before."""
        of_hub = [item for item in self.devices_of_hub(hub) if item.device_type is DeviceType.GPF]
        return min(of_hub, key=lambda item: item.is_gone, default=None)

    def remove(self, device_id: Eui64) -> InventoryDevice:
        """Take the device out of the inventory, as if it had never been there; its joins end.

        Raises:
            UnknownDevice: there is none of this id.
            DccValueError: it is a hub in whose HAN there are devices.
        """
        device = self.device(device_id)
        in_han = self.devices_of_hub(device_id)
        if in_han:
            raise DccValueError(f"devices of hub {device_id}", str(in_han[0].device_id), "none")
        self._without_joins(device)
        self._forget_places(device)
        del self._devices[device_id]
        return device

    def devices_of_hub(self, hub: Eui64) -> tuple[InventoryDevice, ...]:
        """The devices in the HAN of a hub, without the hub itself, by Device ID."""
        return tuple(self._devices[item] for item in sorted(self._in_han.get(hub, ())))

    def devices_at(self, mpxn: Mpxn) -> tuple[InventoryDevice, ...]:
        """The devices linked to a metering point, and the hubs installed there, by Device ID."""
        return tuple(self._devices[item] for item in sorted(self._at.get(mpxn, ())))

    def assign_hub(self, device_id: Eui64, hub: Eui64 | None) -> InventoryDevice:
        """Say in whose HAN the device is: a CHF, or none.

        Raises:
            UnknownDevice: device or hub is not in the inventory.
            DccValueError: the hub is no CHF.
        """
        device = self.device(device_id)
        if hub is not None:
            self._check_hub(device_id, hub)
        return self._store(replace(device, hub=hub))

    def link(self, device_id: Eui64, links: MpxnLinks) -> InventoryDevice:
        """Say which metering points a meter serves; this replaces what was said before.

        Raises:
            UnknownDevice: there is none of this id.
            DccValueError: the device is no meter, or the metering points are not of its fuel.
        """
        device = self.device(device_id)
        kind = {DeviceType.ESME: Mpan, DeviceType.GSME: Mprn}.get(device.device_type)
        if kind is None and links != NO_LINKS:
            raise DccValueError(f"MPxN of {device_id}", device.device_type.value, "an ESME or a GSME")
        wrong = [mpxn for mpxn in links if mpxn is not None and not isinstance(mpxn, kind or Mpan)]
        if wrong:
            expected = "an MPRN for a GSME" if kind is Mprn else "MPANs for an ESME"
            raise DccValueError(f"MPxN of {device_id}", str(wrong[0]), expected)
        return self._store(replace(device, links=links))

    def join(self, first_id: Eui64, second_id: Eui64) -> None:
        """Record that two devices of a HAN are joined. A GSME has one GPF, and a GPF one GSME.

        Raises:
            UnknownDevice: one of them is not in the inventory.
            DccValueError: a device and itself, or a GSME or GPF that already has another partner.
        """
        first, second = self.device(first_id), self.device(second_id)
        if first_id == second_id:
            raise DccValueError("joined device", str(second_id), "a device other than the first")
        if {first.device_type, second.device_type} == {DeviceType.GSME, DeviceType.GPF}:
            self._refuse_second_partner(first, second)
            self._refuse_second_partner(second, first)
        if second_id not in first.joined_to:
            self._store(replace(first, joined_to=(*first.joined_to, second_id)))
            self._store(replace(second, joined_to=(*second.joined_to, first_id)))

    def unjoin(self, first_id: Eui64, second_id: Eui64) -> None:
        """Forget that two devices are joined.

        Raises:
            UnknownDevice: one of them is not in the inventory.
            DccValueError: they are not joined.
        """
        first, second = self.device(first_id), self.device(second_id)
        if second_id not in first.joined_to:
            raise DccValueError("joined device", str(second_id), f"a device joined to {first_id}")
        self._store(_unjoined(first, second_id))
        self._store(_unjoined(second, first_id))

    def links_of(self, device_id: Eui64) -> MpxnLinks:
        """The metering points of a device: a meter's own; a GPF's through the GSME it is joined to.

        Raises:
            UnknownDevice: there is none of this id.
        """
        device = self.device(device_id)
        if device.device_type is not DeviceType.GPF:
            return device.links
        gsme = self._joined_of_type(device, DeviceType.GSME)
        return gsme.links if gsme else NO_LINKS

    def metering_points_of(self, device_id: Eui64) -> tuple[Mpxn, ...]:
        """The import metering points of a meter or GPF, or of those that another device belongs to.

        A PPMID or HCALCS belongs to the meters and GPFs that it is joined to. A CHF is taken to belong to
        the metering points of every meter and GPF in its HAN (assumed).

        Raises:
            UnknownDevice: there is none of this id.
        """
        device = self.device(device_id)
        if device.device_type in _METERS_AND_GPF:
            own = self.import_mpxn_of(device_id)
            return () if own is None else (own,)
        if device.device_type is DeviceType.CHF:
            belongs_to: Iterable[Eui64] = (other.device_id for other in self.devices_of_hub(device_id))
        else:
            belongs_to = device.joined_to
        found = (
            self.import_mpxn_of(other)
            for other in belongs_to
            if self.device(other).device_type in _METERS_AND_GPF
        )
        return tuple(dict.fromkeys(mpxn for mpxn in found if mpxn is not None))

    def import_mpxn_of(self, device_id: Eui64) -> Mpxn | None:
        """The import MPAN of an ESME, the MPRN of a GSME or GPF; ``None`` where none is linked."""
        return self.links_of(device_id).import_mpxn

    def _check_hub(self, device_id: Eui64, hub: Eui64) -> None:
        hub_type = self.device(hub).device_type
        if hub_type is not DeviceType.CHF:
            raise DccValueError(f"hub of {device_id}", hub_type.value, "a CHF")

    def _insert(self, device: InventoryDevice) -> InventoryDevice:
        if device.device_id in self._devices:
            raise DuplicateDevice(device.device_id)
        return self._store(device)

    def _store(self, device: InventoryDevice) -> InventoryDevice:
        before = self._devices.get(device.device_id)
        if before is None or _places(before) != _places(device):
            if before is not None:
                self._forget_places(before)
            self._note_places(device)
        self._devices[device.device_id] = device
        return device

    def _note_places(self, device: InventoryDevice) -> None:
        hub, metering_points = _places(device)
        if hub is not None:
            self._in_han.setdefault(hub, set()).add(device.device_id)
        for mpxn in metering_points:
            self._at.setdefault(mpxn, set()).add(device.device_id)

    def _forget_places(self, device: InventoryDevice) -> None:
        hub, metering_points = _places(device)
        if hub is not None:
            self._in_han[hub].discard(device.device_id)
        for mpxn in metering_points:
            self._at[mpxn].discard(device.device_id)

    def _joined_of_type(self, device: InventoryDevice, device_type: DeviceType) -> InventoryDevice | None:
        joined = (self.device(other) for other in device.joined_to)
        return next((other for other in joined if other.device_type is device_type), None)

    def _refuse_second_partner(self, device: InventoryDevice, partner: InventoryDevice) -> None:
        present = self._joined_of_type(device, partner.device_type)
        if present is not None and present.device_id != partner.device_id:
            raise DccValueError(
                f"{partner.device_type.value} joined to {device.device_id}",
                str(partner.device_id),
                f"the one it is joined to, {present.device_id}",
            )

    def _without_joins(self, device: InventoryDevice) -> InventoryDevice:
        for other in device.joined_to:
            self._store(_unjoined(self.device(other), device.device_id))
        return replace(device, joined_to=())


def _places(device: InventoryDevice) -> tuple[Eui64 | None, frozenset[Mpxn]]:
    """By what else than its id a device is found: its hub, and its metering points."""
    points = (*device.links, device.details.site)
    return device.hub, frozenset(mpxn for mpxn in points if mpxn is not None)


def _unjoined(device: InventoryDevice, other: Eui64) -> InventoryDevice:
    return replace(device, joined_to=tuple(item for item in device.joined_to if item != other))
