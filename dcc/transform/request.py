"""What the command for a request depends on, out of what the DCC knows (GBCS 5.4; DUIS 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog
from dcc.bodies.reads import Read, ReadLog
from dcc.inventory import InventoryDevice
from dcc.parties import UserRole
from dcc.rules.view import RequestView
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateStatus
from dcc.transform.transformable import Transformable
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

# Devices know import and gas suppliers and network operators; all others are unknown to them.
_ROLES: Final[Mapping[UserRole, RemotePartyRole]] = {
    UserRole.IS: RemotePartyRole.SUPPLIER,
    UserRole.GS: RemotePartyRole.SUPPLIER,
    UserRole.ED: RemotePartyRole.NETWORK_OPERATOR,
    UserRole.GT: RemotePartyRole.NETWORK_OPERATOR,
}


def transformable(view: RequestView) -> Transformable | None:
    """The request with the facts that its command is made from; None if its device is not in the inventory.

    That a hub has two bands is read from its HAN variant in the inventory (assumed).
    """
    device, request, backups = view.device, view.request, view.world.backups
    if device is None:
        return None
    asked = Transformable(
        request.srv,
        request.body,
        device.device_type,
        role=None if view.acting_role is None else _ROLES.get(view.acting_role),
        now=view.now,
        party_certificate=_party_certificate(view) if isinstance(request.body, Read | ReadLog) else None,
        dual_band=_is_dual_band(device),
    )
    match request.body:
        case JoinOrUnjoin(other_id):
            other = view.world.inventory.get(other_id)
            return asked._replace(
                other_device_type=other.device_type if other else None,
                other_certificate=_agreement_certificate(view, other_id),
            )
        case RestoreDeviceLog(old_device):
            return asked._replace(
                hub_log=backups.hubs.get(old_device), gas_log=backups.gas_proxies.get(old_device)
            )
        case _:
            return asked


def _agreement_certificate(view: RequestView, subject: Eui64) -> bytes | None:
    certificate = view.world.repository.newest(view.now, subject, KeyUsage.KEY_AGREEMENT)
    return certificate.der if certificate else None


def _party_certificate(view: RequestView) -> bytes | None:
    """The User's certificate for key agreement that is not for top-ups: one in use, else one pending."""
    originator = view.request.request_id.originator
    of_user = view.world.repository.find(view.now, subject=originator, usage=KeyUsage.KEY_AGREEMENT)
    found = [entry for entry in of_user if entry.purpose is not CertificatePurpose.PREPAYMENT_KEY_AGREEMENT]
    for status in (CertificateStatus.IN_USE, CertificateStatus.PENDING):
        usable = [entry for entry in found if entry.status(view.now) is status]
        if usable:
            return usable[-1].certificate.der
    return None


def _is_dual_band(device: InventoryDevice) -> bool:
    return "dual" in (device.details.han_variant or "").casefold()
