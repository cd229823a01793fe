"""What the Smart Metering Inventory records of a device; records are immutable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from dcc.bodies.inventory import Address, Uprn
from dcc.identifiers import Mpan, Mpxn
from dcc.inventory_status import COMMISSIONING_CAUSES, DeviceStatus, StatusCause
from devices.gbcs.identifiers import DeviceType, Eui64


class StatusChange(NamedTuple):
    """A status that a device took on, when, and why."""

    status: DeviceStatus
    since: datetime
    cause: StatusCause


class MpxnLinks(NamedTuple):
    """The metering points of a meter: MPANs of an ESME, the MPRN of a GSME."""

    import_mpxn: Mpxn | None = None
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None


NO_LINKS: Final = MpxnLinks()


class DeviceDetails(NamedTuple):
    """What else is known of a device; ``site`` is the metering point at which a hub was installed (8.14)."""

    smets_chts_version: str | None = None
    firmware_version: str | None = None
    esme_variant: str | None = None
    gbcs_version: str | None = None
    uprn: Uprn | None = None
    address: Address | None = None
    csp_region: str | None = None
    han_variant: str | None = None
    connectivity: str | None = None
    s1sp: str | None = None
    site: Mpxn | None = None


NO_DETAILS: Final = DeviceDetails()
SMETS1_REGION: Final = "SMETS1"
"""The region token of devices that are not on the SM WAN of a region (DUIS, CSPRegion)."""


@dataclass(frozen=True, slots=True)
class InventoryDevice:
    """A device as the inventory records it.

    ``hub`` is the CHF whose HAN it is in; ``joined_to`` are the devices it is joined with, in the order of
    joining; ``history`` is every status, the present one last (empty for Type 2 devices); ``notified_by`` is
    the User Id that notified it.
    """

    device_id: Eui64
    device_type: DeviceType
    manufacturer: str = ""
    model: str = ""
    hub: Eui64 | None = None
    links: MpxnLinks = NO_LINKS
    joined_to: tuple[Eui64, ...] = ()
    history: tuple[StatusChange, ...] = ()
    details: DeviceDetails = NO_DETAILS
    notified_by: Eui64 | None = None

    @property
    def is_smets1(self) -> bool:
        """Whether it is a SMETS1 device: its S1SP is named, or its region says so."""
        return self.details.s1sp is not None or self.details.csp_region == SMETS1_REGION

    @property
    def is_gone(self) -> bool:
        """Whether it was decommissioned or withdrawn."""
        return self.status in {DeviceStatus.DECOMMISSIONED, DeviceStatus.WITHDRAWN}

    @property
    def commissioned_at(self) -> datetime | None:
        """When it was commissioned, since it was last Pending; coming back from suspension does not count."""
        for change in reversed(self.history):
            if change.status is DeviceStatus.PENDING:
                return None
            if change.cause in COMMISSIONING_CAUSES:
                return change.since
        return None

    @property
    def status(self) -> DeviceStatus | None:
        """The present status; ``None`` for a Type 2 device."""
        return self.history[-1].status if self.history else None

    @property
    def status_since(self) -> datetime | None:
        """When it took on the present status."""
        return self.history[-1].since if self.history else None
