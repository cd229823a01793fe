"""A Countersigned Service Request as the rules of an S1SP see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from dcc.bodies.credentials import ReplaceCredentials
from dcc.countersigning import CountersignedRequest
from dcc.envelope import Envelope
from dcc.parties import UserRole
from dcc.rules.view import RequestView
from dcc.s1sp.cohorts import Cohort
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.smets1_proxy import CertificateId, Smets1Proxy

ROLE_OF_USER: Final[Mapping[UserRole, RemotePartyRole]] = {
    UserRole.IS: RemotePartyRole.SUPPLIER,
    UserRole.GS: RemotePartyRole.SUPPLIER,
    UserRole.ED: RemotePartyRole.NETWORK_OPERATOR,
    UserRole.GT: RemotePartyRole.NETWORK_OPERATOR,
}
"""The slot in which a User's certificates stand, by its role."""


class Countersignature(NamedTuple):
    """What an S1SP found of the countersignature; ``problem`` says why it is worth nothing."""

    certificate: Certificate | None
    problem: str | None = None


class S1spView(RequestView):
    """Decoded facts about one Countersigned Service Request.

    ``proxy`` is None for a device that the S1SP does not have. A request without ``envelope`` came unsigned;
    ``takes_unsigned`` says whether that will do.
    """

    def __init__(
        self,
        request: ServiceRequest,
        countersigned: CountersignedRequest,
        countersignature: Countersignature,
        proxy: Smets1Proxy | None,
        cohort: Cohort,
        world: DccWorld,
        now: datetime,
        envelope: Envelope | None,
        *,
        takes_unsigned: bool,
    ) -> None:
        super().__init__(request, world, now, envelope)
        self.countersigned = countersigned
        self.countersignature = countersignature
        self.proxy = proxy
        self.cohort = cohort
        self.takes_unsigned = takes_unsigned

    @property
    def slot_role(self) -> RemotePartyRole | None:
        """Whose slot authorises the request: that which a 6.15.1 replaces, else the sender's own."""
        if self.request.srv is Srv.UPDATE_CREDENTIALS and isinstance(self.request.body, ReplaceCredentials):
            return self.request.body.role
        return None if self.acting_role is None else ROLE_OF_USER.get(self.acting_role)

    @property
    def counter_role(self) -> RemotePartyRole:
        """Whose Execution Counter the request is held against (assumed)."""
        if self.request.srv is Srv.UPDATE_CREDENTIALS_COS:
            return RemotePartyRole.TRANSITIONAL_COS
        if self.countersigned.originator != self.request.request_id.originator:
            return RemotePartyRole.ACCESS_CONTROL_BROKER
        return self.slot_role or RemotePartyRole.OTHER

    @property
    def last_counter(self) -> OriginatorCounter | None:
        """The number that the request's has to be above; None for a device that the S1SP does not have."""
        if self.proxy is None:
            return None
        return self.proxy.last_counter(self.counter_role, self.countersigned.originator)

    @property
    def critical_id(self) -> CertificateId | None:
        """The notified critical certificate of the slot that authorises the request."""
        role = self.slot_role
        if self.proxy is None or role is None or role not in ROLE_OF_USER.values():
            return None
        return self.proxy.notified.get(role, KeyUsage.DIGITAL_SIGNATURE)

    def holds(self, party: Eui64, notified: CertificateId) -> bool:
        """Whether a notified certificate is one of an entity's."""
        found = self.world.repository.find(self.now, subject=party, usage=KeyUsage.DIGITAL_SIGNATURE)
        return any(CertificateId.of(entry.certificate) == notified for entry in found)
