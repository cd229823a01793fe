"""Bodies of the services about the Smart Metering Inventory (8.2 to 8.6, 8.13, 12.1, 12.2)."""

from __future__ import annotations

import enum
from datetime import date
from typing import NamedTuple

from dcc.identifiers import Mpan, Mpxn, RequestId
from devices.gbcs.identifiers import DeviceType, Eui64


class Address(NamedTuple):
    """A postcode and what identifies the address in it."""

    postcode: str
    address_identifier: str


class Uprn(int):
    """A Unique Property Reference Number, up to 12 digits."""


class ReadInventory(NamedTuple):
    """Body of 8.2: one of the four ways to say what is looked for."""

    by: Uprn | Eui64 | Mpxn | Address


class DecommissionDevice(NamedTuple):
    """Body of 8.3."""

    device: Eui64


class NewStatus(enum.Enum):
    """A status that 8.4 may ask for, by its DUIS token."""

    PENDING = "Pending"
    INSTALLED_NOT_COMMISSIONED = "InstalledNotCommissioned"
    COMMISSIONED = "Commissioned"
    WITHDRAWN = "Withdrawn"


class SetStatus(NamedTuple):
    """8.4: another status for a device that is no hub (Pending, InstalledNotCommissioned)."""

    status: NewStatus


class SetHubStatus(NamedTuple):
    """8.4: another status for a hub (Commissioned, Withdrawn, InstalledNotCommissioned)."""

    status: NewStatus


class SetDetails(NamedTuple):
    """8.4: what is given replaces what the inventory says."""

    manufacturer: str | None = None
    model: str | None = None
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    esme_variant: str | None = None


class DeleteDevice(NamedTuple):
    """8.4: take the device out of the inventory."""


class MpxnKind(enum.Enum):
    """Which metering point, by its DUIS element."""

    IMPORT = "ImportMPxN"
    SECONDARY_IMPORT = "SecondaryImportMPAN"
    EXPORT = "ExportMPAN"


class SetMpxn(NamedTuple):
    """8.4: another metering point for the device."""

    kind: MpxnKind
    mpxn: Mpxn


class UpdateInventory(NamedTuple):
    """Body of 8.4: one change of a device's record."""

    device: Eui64
    change: SetStatus | SetHubStatus | SetDetails | DeleteDevice | SetMpxn


class PreNotifyDevice(NamedTuple):
    """Body of 12.2; a hub comes with its gas proxy function."""

    device: Eui64
    device_type: DeviceType
    manufacturer: str
    model: str
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    esme_variant: str | None = None
    associated_gpf: Eui64 | None = None


class OptIn(NamedTuple):
    """Body of 8.6."""

    device: Eui64
    device_type: DeviceType
    import_mpxn: Mpxn
    opt_in_date: date
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None


class ReturnLocalResponse(NamedTuple):
    """Body of 8.13: what a device answered to a command that was delivered on site."""

    gbcs: bytes
    original_request: RequestId | None = None


class RequestWanMatrix(NamedTuple):
    """Body of 12.1: where WAN coverage is asked for."""

    at: Uprn | Address
