"""Who may have certificates: what an applicant shows, and why it is refused (SEC Appendix D 5.5, MP074).

The tests: UEPT are the User Entry Process Tests, SREPT the SMKI and Repository Entry Process Tests.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import NamedTuple

from dcc.modifications import Modification
from dcc.parties import Party


class Interface(enum.Enum):
    """By what an applicant sends its certification requests.

    The two web services are named for device certificates; whether they take other requests is not known,
    and is not checked.
    """

    GATEWAY_PORTAL = "SMKI portal over the DCC gateway"
    AD_HOC_WEB_SERVICE = "ad hoc CSR web service"
    BATCHED_WEB_SERVICE = "batched CSR web service"
    SPOTI = "SMKI portal over the internet"

    @property
    def over_gateway(self) -> bool:
        """Whether it is reached over a DCC gateway connection."""
        return self is not Interface.SPOTI


class CertificatePolicy(enum.Enum):
    """Under which policy a certificate is issued (SEC Appendices A and B)."""

    DEVICE = "device"
    ORGANISATION = "organisation"


class Refusal(enum.Enum):
    """Why the registration authority refuses; the names are ours."""

    SREPT = "srept"
    LEAVING = "leaving"
    UEPT = "uept"
    GATEWAY = "gateway"
    NO_NEED = "no_need"
    NOT_SUBSCRIBER = "not_subscriber"


class SubscriberFacts(NamedTuple):
    """What is known of an applicant.

    ``installs_devices`` is reasonable evidence that it needs device certificates for what leads, or is
    likely to lead, to devices being installed; ``leaving`` that it intends to be no DCC User any more.
    """

    uept_done: bool = False
    srept_done: bool = False
    installs_devices: bool = False
    leaving: bool = False


class ApplicationDecision(NamedTuple):
    """What came of an application to be Authorised Subscriber; all reasons of a refusal, none if granted."""

    party: Party
    policy: CertificatePolicy
    interface: Interface
    at: datetime
    refusals: tuple[Refusal, ...]

    @property
    def granted(self) -> bool:
        """Whether the party is an Authorised Subscriber under the policy by it."""
        return not self.refusals


def refusals_of_application(
    facts: SubscriberFacts,
    policy: CertificatePolicy,
    interface: Interface,
    modifications: frozenset[Modification],
    *,
    dcc_reading: bool = False,
) -> tuple[Refusal, ...]:
    """Why an application has to be refused, every reason together; empty if it is granted.

    Without SREPT nobody may apply, so nothing else is looked at. ``dcc_reading``: a party that has done UEPT
    and comes over the gateway needs no evidence, as the DCC commented on MP074.
    """
    if not facts.srept_done:
        return (Refusal.SREPT,)
    if policy is CertificatePolicy.DEVICE and Modification.MP074 in modifications:
        return _refusals_for_devices(facts, interface, dcc_reading)
    return refusals_of_request(facts, policy, interface, modifications)


def refusals_of_request(
    facts: SubscriberFacts,
    policy: CertificatePolicy,
    interface: Interface,
    modifications: frozenset[Modification],
) -> tuple[Refusal, ...]:
    """Why an Authorised Subscriber's request has to be refused: what binds each request, not the entry.

    Any subscriber that is leaving counts, though MP128A was made for gas network operators (assumed).
    """
    if policy is CertificatePolicy.ORGANISATION:
        leaving = facts.leaving and Modification.MP128A in modifications
        return (Refusal.LEAVING,) if leaving else ()
    closed = not interface.over_gateway and Modification.MP074 in modifications
    return (Refusal.GATEWAY,) if closed else ()


def _refusals_for_devices(
    facts: SubscriberFacts, interface: Interface, dcc_reading: bool
) -> tuple[Refusal, ...]:
    found = []
    if not facts.uept_done:
        found.append(Refusal.UEPT)
    if not interface.over_gateway:
        found.append(Refusal.GATEWAY)
    # With neither tests nor gateway the evidence makes no difference, and is not looked at.
    if len(found) < 2 and not (facts.installs_devices or dcc_reading):
        found.append(Refusal.NO_NEED)
    return tuple(found)


class Subscribers:
    """Applicants with what is known of them, and which are Authorised Subscribers under which policy."""

    def __init__(self) -> None:
        self._facts: dict[Party, SubscriberFacts] = {}
        self._admitted: dict[tuple[Party, CertificatePolicy], datetime] = {}

    def declare(self, party: Party, facts: SubscriberFacts) -> None:
        """Set what is known of a party from now on."""
        self._facts[party] = facts

    def facts_of(self, party: Party) -> SubscriberFacts:
        """What is known of a party; of a stranger, that it has done and shown nothing."""
        return self._facts.get(party, SubscriberFacts())

    def admit(self, party: Party, policy: CertificatePolicy, now: datetime) -> None:
        """Make a party an Authorised Subscriber under a policy; it stays one."""
        self._admitted.setdefault((party, policy), now)

    def is_subscriber(self, party: Party, policy: CertificatePolicy) -> bool:
        """Whether the party is an Authorised Subscriber under the policy."""
        return (party, policy) in self._admitted
