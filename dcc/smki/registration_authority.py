"""The registration authority: takes applications and certification requests, and has certificates issued.

Requests are PKCS#10. What is issued lies in the repository, pending, until its subscriber takes it or it is
seen in use (SEC Appendix D; Appendices A and B for the policies).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from dcc.dates import utc_day
from dcc.errors import DccValueError
from dcc.parties import Party
from dcc.smki.certification_requests import OrganisationRequest, parse_organisation_request
from dcc.smki.hierarchy import TestSmki
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateEvent, CertificateStatus, RepositoryEntry
from dcc.smki.request_checks import check_device_request, check_key, check_organisation_request
from dcc.smki.revocation import RevocationRegister
from dcc.smki.revocation_lists import RevocationReason
from dcc.smki.subscribers import (
    ApplicationDecision,
    CertificatePolicy,
    Interface,
    Refusal,
    Subscribers,
    refusals_of_application,
    refusals_of_request,
)
from dcc.world import DccWorld
from devices.gbcs.certificates import Certificate
from devices.gbcs.certification_request import CertificationRequest, parse_certification_request
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage

_DEVICE_PURPOSES: Final = {
    KeyUsage.DIGITAL_SIGNATURE: CertificatePurpose.DIGITAL_SIGNING,
    KeyUsage.KEY_AGREEMENT: CertificatePurpose.KEY_AGREEMENT,
}
_SUBSCRIBER_EVENTS: Final = (
    CertificateEvent.ACCEPTED,
    CertificateEvent.NOT_ACCEPTED,
    CertificateEvent.SUPERSEDED,
)
_Request = TypeVar("_Request", CertificationRequest, OrganisationRequest)


class RequestFault(NamedTuple):
    """What is wrong with a certification request: the field, and what stood there and should have."""

    field: str
    text: str


class RequestDecision(NamedTuple):
    """What came of a certification request: a certificate, reasons of refusal, or a fault of the request."""

    certificate: Certificate | None = None
    refusals: tuple[Refusal, ...] = ()
    fault: RequestFault | None = None

    @property
    def issued(self) -> bool:
        """Whether there is a certificate."""
        return self.certificate is not None


class RegistrationAuthority:
    """Decides by the DCC's modifications and parties; what it issues is lodged in the DCC's repository.

    The certificates of the four authorities are lodged when it opens. ``dcc_reading``: see
    :func:`dcc.smki.subscribers.refusals_of_application`. ``register`` takes the revocations; by default one
    of its own.
    """

    def __init__(
        self,
        smki: TestSmki,
        world: DccWorld,
        register: RevocationRegister | None = None,
        *,
        dcc_reading: bool = False,
    ) -> None:
        self._smki = smki
        self._world = world
        self.register = register or RevocationRegister(world.repository)
        self.subscribers = Subscribers()
        self.dcc_reading = dcc_reading
        self._subscriber_of: dict[tuple[str, int], Party] = {}
        for authority in (smki.root, smki.issuer, smki.device_root, smki.device_issuer):
            world.repository.lodge(authority.certificate, None)

    def apply(
        self, party: Party, policy: CertificatePolicy, interface: Interface, now: datetime
    ) -> ApplicationDecision:
        """Apply to be Authorised Subscriber under a policy, with requests to come by an interface."""
        refusals = refusals_of_application(
            self.subscribers.facts_of(party),
            policy,
            interface,
            self._world.modifications,
            dcc_reading=self.dcc_reading,
        )
        if not refusals:
            self.subscribers.admit(party, policy, now)
        return ApplicationDecision(party, policy, interface, now, refusals)

    def request_device(
        self,
        party: Party,
        interface: Interface,
        der: bytes,
        now: datetime,
        *,
        answered_by: Eui64 | None = None,
    ) -> RequestDecision:
        """Ask for a device certificate. ``answered_by`` is the device that gave the request away (6.17).

        A device's request names its EUI-64, which may not be that of an organisation.
        """

        def issue(request: CertificationRequest) -> Certificate:
            check_device_request(self._world, request, answered_by)
            check_key(self._world.repository, request.public_point, request.device, now)
            usage = request.key_usage
            return self._smki.issue_device(request.device, usage, request.public_point, now)

        refusals = self._refusals(party, CertificatePolicy.DEVICE, interface)
        return self._decide(party, refusals, der, parse_certification_request, issue, now)

    def request_devices(
        self, party: Party, ders: Iterable[bytes], now: datetime
    ) -> tuple[RequestDecision, ...]:
        """Ask for many device certificates by the batched web service, each decided on its own."""
        interface = Interface.BATCHED_WEB_SERVICE
        return tuple(self.request_device(party, interface, der, now) for der in ders)

    def request_organisation(
        self,
        party: Party,
        interface: Interface,
        der: bytes,
        purpose: CertificatePurpose,
        now: datetime,
    ) -> RequestDecision:
        """Ask for an organisation certificate for a purpose, valid from the day of ``now`` on."""

        def issue(request: OrganisationRequest) -> Certificate:
            check_organisation_request(self._world, party, request, purpose)
            check_key(self._world.repository, request.public_point, request.subject, now)
            return self._smki.certify_organisation(
                request.subject,
                request.role,
                purpose,
                request.public_point,
                utc_day(now),
                common_name=request.common_name,
            )

        refusals = self._refusals(party, CertificatePolicy.ORGANISATION, interface)
        return self._decide(party, refusals, der, parse_organisation_request, issue, now, purpose)

    def tell(
        self, party: Party, certificate: Certificate, event: CertificateEvent, now: datetime
    ) -> RepositoryEntry:
        """What a subscriber makes of its certificate: it accepts it, does not, or has superseded it.

        Raises:
            DccValueError: the certificate is not the party's, or this cannot happen to it, or not by a
                subscriber's word.
        """
        if event not in _SUBSCRIBER_EVENTS:
            raise DccValueError("event", event.value, "one that a subscriber tells of")
        self._check_own(party, certificate)
        return self._world.repository.record(certificate.issuer, certificate.serial, event, now)

    def request_revocation(
        self, party: Party, certificate: Certificate, reason: RevocationReason, now: datetime
    ) -> RepositoryEntry:
        """Revoke at the request of the subscriber, which is taken to be approved (SEC Appendix B 4.9).

        Raises:
            DccValueError: the certificate is not the party's, or is revoked or expired already.
        """
        self._check_own(party, certificate)
        return self.register.revoke(certificate, reason, now)

    def decide_revocation(
        self, certificate: Certificate, reason: RevocationReason, now: datetime
    ) -> RepositoryEntry:
        """Revoke by decision of the SMKI PMA, an authority's certificate too.

        Raises:
            DccValueError: it is not in the repository, or is revoked or expired already.
        """
        return self.register.revoke(certificate, reason, now)

    def to_be_revoked(self, party: Party, now: datetime) -> tuple[Certificate, ...]:
        """The organisation certificates that a leaving party still has to have revoked (Appendix B 4.9.1).

        Those of all its User Ids that are neither revoked nor expired; none while the party stays.
        """
        if not self.subscribers.facts_of(party).leaving:
            return ()
        gone = (CertificateStatus.REVOKED, CertificateStatus.EXPIRED)
        users = dict.fromkeys(row.user_id for row in self._world.parties.rows_of(party) if row.user_id)
        return tuple(
            entry.certificate
            for user in users
            for entry in self._world.repository.find(now, subject=user)
            if entry.status(now) not in gone
        )

    def subscriber_of(self, certificate: Certificate) -> Party | None:
        """Whose a certificate is: who asked for it here, or the party with the User Id that it names."""
        asked = self._subscriber_of.get((certificate.issuer, certificate.serial))
        if asked is not None or certificate.subject is None:
            return asked
        return self._world.parties.party_of_user(certificate.subject)

    def _refusals(self, party: Party, policy: CertificatePolicy, interface: Interface) -> tuple[Refusal, ...]:
        if not self.subscribers.is_subscriber(party, policy):
            return (Refusal.NOT_SUBSCRIBER,)
        facts = self.subscribers.facts_of(party)
        return refusals_of_request(facts, policy, interface, self._world.modifications)

    def _decide(
        self,
        party: Party,
        refusals: tuple[Refusal, ...],
        der: bytes,
        parse: Callable[[bytes], _Request],
        issue: Callable[[_Request], Certificate],
        now: datetime,
        purpose: CertificatePurpose | None = None,
    ) -> RequestDecision:
        if refusals:
            return RequestDecision(refusals=refusals)
        try:
            request = parse(der)
            certificate = issue(request)
            self._lodge(certificate, purpose or _DEVICE_PURPOSES[request.key_usage], now)
        except GbcsError as error:
            return RequestDecision(fault=RequestFault(error.where.rpartition("/")[2], error.what))
        except DccValueError as error:
            text = f"{error.value!r}, expected {error.expected}"
            return RequestDecision(fault=RequestFault(error.field, text))
        self._subscriber_of[certificate.issuer, certificate.serial] = party
        return RequestDecision(certificate)

    def _lodge(self, certificate: Certificate, purpose: CertificatePurpose, now: datetime) -> None:
        """Lodge what was issued; a request repeated within the same time gets the same certificate."""
        entry = self._world.repository.lodge(certificate, purpose)
        status = entry.status(now)
        if status is not CertificateStatus.PENDING:
            given = f"serial {certificate.serial:X} at status {status.value}"
            raise DccValueError("subjectPKInfo", given, "a key not certified a moment ago")

    def _check_own(self, party: Party, certificate: Certificate) -> None:
        if self.subscriber_of(certificate) != party:
            given = f"serial {certificate.serial:X}"
            raise DccValueError("certificate", given, f"one that {party.name!r} subscribed to")
