"""A registration authority at work: applicants, their keys and their PKCS#10 requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dcc_worlds import ESME, NOW, SUPPLIER, SUPPLIER_ROLE, World

from dcc.modifications import Modification
from dcc.parties import Party
from dcc.smki.certification_requests import build_organisation_request
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.registration_authority import RegistrationAuthority, RequestDecision
from dcc.smki.repository import CertificateStatus
from dcc.smki.subscribers import CertificatePolicy, Interface, SubscriberFacts
from devices.gbcs.certificates import Certificate
from devices.gbcs.certification_request import build_certification_request
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

DEVICE: Final = CertificatePolicy.DEVICE
ORGANISATION: Final = CertificatePolicy.ORGANISATION
GOOD: Final = SubscriberFacts(uept_done=True, srept_done=True, installs_devices=True)
SIGNING: Final = CertificatePurpose.DIGITAL_SIGNING


class Desk:
    """One authority in a world of its own, at the fixed time NOW; every key it makes is another."""

    def __init__(self, modifications: Iterable[Modification] = (), *, dcc_reading: bool = False) -> None:
        self.world = World(modifications)
        self.reopen(dcc_reading=dcc_reading)
        self._keys = 0

    def reopen(self, *, dcc_reading: bool = False) -> None:
        """Another authority that knows no applicant yet."""
        self.authority = RegistrationAuthority(self.world.bed.smki, self.world.dcc, dcc_reading=dcc_reading)

    def party(self, user: Eui64 = SUPPLIER) -> Party:
        party = self.world.dcc.parties.party_of_user(user)
        assert party is not None
        return party

    def key(self) -> KeyPair:
        self._keys += 1
        return KeyPair.from_seed(b"registration desk", str(self._keys))

    def declare(self, facts: SubscriberFacts = GOOD, user: Eui64 = SUPPLIER) -> None:
        self.authority.subscribers.declare(self.party(user), facts)

    def apply(
        self,
        policy: CertificatePolicy,
        interface: Interface = Interface.GATEWAY_PORTAL,
        user: Eui64 = SUPPLIER,
    ) -> str:
        decision = self.authority.apply(self.party(user), policy, interface, NOW)
        assert decision.granted is not bool(decision.refusals)
        return ", ".join(reason.value for reason in decision.refusals) or "granted"

    def admit(self, user: Eui64 = SUPPLIER) -> Party:
        """Make a User an Authorised Subscriber under both policies."""
        self.declare(GOOD, user)
        assert (self.apply(DEVICE, user=user), self.apply(ORGANISATION, user=user)) == ("granted",) * 2
        return self.party(user)

    def device_request(self, device: Eui64 = ESME, usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE) -> bytes:
        return build_certification_request(self.key(), device, usage)

    def organisation_request(
        self,
        user: Eui64 = SUPPLIER,
        role: RemotePartyRole = SUPPLIER_ROLE,
        usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
        name: str = "TEST supplier",
        key: KeyPair | None = None,
    ) -> bytes:
        return build_organisation_request(key or self.key(), name, role, user, usage)

    def send(
        self,
        policy: CertificatePolicy,
        interface: Interface = Interface.GATEWAY_PORTAL,
        der: bytes | None = None,
        purpose: CertificatePurpose = SIGNING,
        user: Eui64 = SUPPLIER,
    ) -> RequestDecision:
        """A request, by default a good one, by an interface."""
        party = self.party(user)
        if policy is ORGANISATION:
            der = der or self.organisation_request(user)
            return self.authority.request_organisation(party, interface, der, purpose, NOW)
        der = der or self.device_request()
        if interface is Interface.BATCHED_WEB_SERVICE:
            (decision,) = self.authority.request_devices(party, [der], NOW)
            return decision
        return self.authority.request_device(party, interface, der, NOW)

    def status(self, certificate: Certificate) -> CertificateStatus:
        entry = self.world.dcc.repository.get(certificate.issuer, certificate.serial)
        assert entry is not None
        return entry.status(NOW)
