"""What is checked of a certification request beside its form: that it fits whoever asks, and its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dcc.errors import DccValueError
from dcc.parties import NETWORK_ROLES, SUPPLIER_ROLES, Party, UserRole
from dcc.smki.certification_requests import OrganisationRequest
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateStatus, SmkiRepository
from dcc.world import DccWorld
from devices.gbcs.certificates import key_identifier
from devices.gbcs.certification_request import CertificationRequest
from devices.gbcs.identifiers import Eui64, RemotePartyRole

ROLES_IN_CERTIFICATES: Final[Mapping[UserRole, RemotePartyRole]] = MappingProxyType(
    {
        **{role: RemotePartyRole.SUPPLIER for role in UserRole if role in SUPPLIER_ROLES},
        **{role: RemotePartyRole.NETWORK_OPERATOR for role in UserRole if role in NETWORK_ROLES},
        UserRole.RSA: RemotePartyRole.OTHER,
        UserRole.OU: RemotePartyRole.OTHER,
    }
)
"""The remote party role that a party may have certified in each of its User Roles (assumed)."""


def check_device_request(world: DccWorld, request: CertificationRequest, answered_by: Eui64 | None) -> None:
    """The request is of the device that gave it away, where that is known, and of no organisation.

    Raises:
        DccValueError: it is not.
    """
    if answered_by is not None and request.device != answered_by:
        raise DccValueError("subjectAltName", str(request.device), f"the device asked, {answered_by}")
    owner = world.parties.party_of_user(request.device)
    if owner is not None or request.device == world.dcc_id:
        name = "the DCC" if owner is None else owner.name
        raise DccValueError("subjectAltName", str(request.device), f"a device, not {name!r}")


def check_organisation_request(
    world: DccWorld, party: Party, request: OrganisationRequest, purpose: CertificatePurpose
) -> None:
    """Name, role and key usage are those of the party, under one of its User Ids, and of the purpose.

    Raises:
        DccValueError: one of them is not.
    """
    user = world.parties.user(request.subject)
    if user is None or user.party != party:
        expected = f"a User Id of {party.name!r}"
        raise DccValueError("uniqueIdentifier", str(request.subject), expected)
    roles = dict.fromkeys(ROLES_IN_CERTIFICATES[role] for role in user.roles)
    if purpose is CertificatePurpose.XML_SIGNING:
        roles = {RemotePartyRole.XML_SIGN: None}
    if request.role not in roles:
        expected = " or ".join(role.field_name for role in roles)
        raise DccValueError("organisationalUnit", request.role.field_name, expected)
    if request.key_usage is not purpose.key_usage:
        expected = f"{purpose.key_usage.field_name}, for {purpose.value}"
        raise DccValueError("keyUsage", request.key_usage.field_name, expected)


def check_key(repository: SmkiRepository, public_point: bytes, subject: Eui64, now: datetime) -> None:
    """No other subject, authorities among them, has the key; nor was it revoked (assumed).

    Raises:
        DccValueError: somebody has it, or had.
    """
    found = repository.find(now, subject_key_identifier=key_identifier(public_point))
    for entry in found:
        certificate = entry.certificate
        if certificate.public_point != public_point:
            continue
        if certificate.subject != subject:
            holder = certificate.subject or certificate.subject_name
            raise DccValueError("subjectPKInfo", f"the key of {holder}", f"one of {subject}'s own")
        if entry.status(now) is CertificateStatus.REVOKED:
            given = f"the key of {certificate.serial:X}, which is revoked"
            raise DccValueError("subjectPKInfo", given, "a key of which no certificate is revoked")
