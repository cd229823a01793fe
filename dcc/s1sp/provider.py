"""An S1SP: takes Countersigned Service Requests, checks them itself, answers for the SMETS1 devices it has.

Sans I/O, as the DSP is: octets and a time come in, octets go out. The meters themselves are not modelled:
what the S1SP does is done to its proxies, and never fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from dcc.bodies.credentials import ReplaceCredentials, ReplaceSupplierCredentials, RetrieveRoles
from dcc.countersigning import CountersignedRequest, decode
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.parsing import parse
from dcc.duis.requests import check_content, read_request
from dcc.duis.shapes import Element
from dcc.duis.signature import is_signed, read_signature, unsigned, verify
from dcc.duis.signing_roles import XmlSigner
from dcc.envelope import Envelope, WebService
from dcc.errors import DccValueError
from dcc.rules.model import Decision
from dcc.rules.smets1 import decide, refusal_text
from dcc.rules.smets1_view import Countersignature, S1spView
from dcc.s1sp.cohorts import Cohort
from dcc.s1sp.response_xml import Held, Outcome, Replaced, SignedResponse, roles_reported
from dcc.service_requests import ServiceRequest
from dcc.world import DccWorld
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.identifiers import Eui64, KeyUsage
from devices.replay import ZERO
from devices.smets1_proxy import SLOTS, CertificateId, Smets1Proxy

E1004_NUMBER: Final = 1004


class S1spAnswer(NamedTuple):
    """What an S1SP makes of a Countersigned Service Request: its signed answer, and why.

    ``text`` says which check refused it (``S1SP: ownership``); it is empty where none did.
    """

    octets: bytes
    decision: Decision
    text: str


class S1sp:
    """One SMETS1 Service Provider with the devices that were migrated to it.

    ``name`` is what the inventory calls it, ``signer`` its certificate for XML, whose subject is its entity
    id, ``dsp`` the entity that countersigns. ``world`` is its view of parties, registration data and
    certificates. Requests that came to the DSP as values bear no signature of their User: ``takes_unsigned``
    says whether the countersignature will do.
    """

    def __init__(
        self,
        name: str,
        cohort: Cohort,
        world: DccWorld,
        signer: DocumentSigner,
        dsp: Eui64,
        *,
        takes_unsigned: bool = True,
    ) -> None:
        self.name = name
        self.cohort = cohort
        self.world = world
        self.signer = signer
        self.dsp = dsp
        self.takes_unsigned = takes_unsigned
        self._proxies: dict[Eui64, Smets1Proxy] = {}

    @property
    def eui(self) -> Eui64:
        """The entity id of the S1SP."""
        subject = self.signer.certificate.subject
        if subject is None:
            raise DccValueError(
                "certificate of the S1SP", self.signer.certificate.serial, "one with an owner"
            )
        return subject

    @property
    def proxies(self) -> tuple[Smets1Proxy, ...]:
        """All devices, in the order in which they came."""
        return tuple(self._proxies.values())

    def proxy(self, device: Eui64) -> Smets1Proxy | None:
        """A device as it stands; None for one that was never migrated here."""
        return self._proxies.get(device)

    def take_over(self, proxies: Iterable[Smets1Proxy]) -> None:
        """Take devices as they are, in place of what is known of them: a restored state, nothing is checked.

        Devices that come from outside are migrated (:func:`dcc.s1sp.migration.migrate`).
        """
        self._proxies.update((proxy.device, proxy) for proxy in proxies)

    def receive(self, octets: bytes, now: datetime) -> S1spAnswer:
        """Check a Countersigned Service Request, do what it asks, and answer.

        Raises:
            DccValueError: the octets are none, or what was countersigned is not one request to one device:
                there is nobody to answer.
        """
        countersigned = decode(octets)
        view = self._view(countersigned, now)
        decision = decide(view)
        text = refusal_text(decision)
        response = self._refuse(view, text) if text else self._execute(view)
        return S1spAnswer(response.sign(self.signer, self.world.provider), decision, text)

    def _view(self, countersigned: CountersignedRequest, now: datetime) -> S1spView:
        try:
            request, envelope = self._open(countersigned.document)
            check_content(request)
        except DuisError as error:
            raise DccValueError(
                "Countersigned Service Request", str(error), "a readable request in it"
            ) from error
        return S1spView(
            request,
            countersigned,
            self._countersignature(countersigned, now),
            self._proxies.get(countersigned.target),
            self.cohort,
            self.world,
            now,
            envelope,
            takes_unsigned=self.takes_unsigned,
        )

    def _open(self, document: bytes) -> tuple[ServiceRequest, Envelope | None]:
        """The request of a document, read from what its signature covers, and what that is worth."""
        root = parse(document)
        if not is_signed(root):
            return read_request(root), None
        certificate = None
        try:
            signature = read_signature(root)
            entry = self.world.repository.get(signature.issuer, signature.serial)
            if entry is None:
                raise SignatureError("Request/Signature", f"certificate {signature.serial} is not known")
            certificate = entry.certificate
            verified: Element = verify(root, signature, certificate, self.world.provider).root
        except SignatureError as error:
            envelope = Envelope(WebService.SEND_COMMAND, certificate, str(error))
            return read_request(unsigned(root)), envelope
        return read_request(verified), Envelope(WebService.SEND_COMMAND, certificate)

    def _countersignature(self, countersigned: CountersignedRequest, now: datetime) -> Countersignature:
        entry = self.world.repository.get(countersigned.issuer, countersigned.serial)
        if entry is None:
            return Countersignature(None, f"certificate {countersigned.serial:X}, which nobody has")
        certificate = entry.certificate
        problem = self._problem_with(certificate, now)
        if problem is None and not countersigned.verifies(certificate, self.world.provider):
            problem = f"not by certificate {certificate.serial:X}"
        return Countersignature(certificate, problem)

    def _problem_with(self, certificate: Certificate, now: datetime) -> str | None:
        """Why a certificate is none of those with which the DSP countersigns."""
        world = self.world
        name = f"certificate {certificate.serial:X}"
        if certificate.subject != self.dsp:
            return f"{name} of {certificate.subject}"
        if not world.xml_signing_roles.allow(certificate, XmlSigner.DSP):
            return f"{name}, which may not sign for the DSP"
        path = world.validator.validate(certificate.der, (), world.anchors, now, world.issuers)
        if not path.ok:
            return f"{name}: {path.text}"
        is_revoked = world.repository.is_revoked
        revoked = any(is_revoked(item.issuer, item.serial, now) for item in path.chain)
        return f"{name}, which is revoked" if revoked else None

    def _refuse(self, view: S1spView, text: str) -> SignedResponse:
        response = SignedResponse(view.countersigned, view.request.srv, view.now)
        return response.refuse(E1004_NUMBER, text)

    def _execute(self, view: S1spView) -> SignedResponse:
        proxy, countersigned = view.proxy, view.countersigned
        assert proxy is not None, "the rules know the device"
        obeyed = proxy.obeyed(view.counter_role, countersigned.originator, countersigned.counter)
        self._proxies[proxy.device] = obeyed
        at = proxy.readings.at if view.request.srv in self.cohort.cached else view.now
        match view.request.body:
            case ReplaceCredentials() | ReplaceSupplierCredentials():
                return self._replace(view, obeyed)
            case RetrieveRoles():
                response = SignedResponse(countersigned, view.request.srv, view.now)
                return response.retrieved(self._slots(view, obeyed))
            case _:
                response = SignedResponse(countersigned, view.request.srv, at)
                return response.read(proxy.device_type, proxy.readings)

    def _replace(self, view: S1spView, proxy: Smets1Proxy) -> SignedResponse:
        """Put certificates in a role's slots by their key usage; those for top-ups have none (assumed).

        An owner that is new to the slot and brings no floor is not bound by the numbers of the one before
        it, only by its own (assumed).
        """
        wanted = view.replacement
        assert wanted is not None, "the body replaces credentials"
        replaced = []
        for der in (wanted.signing, wanted.agreement):
            if der is not None:
                new = load_certificate(der)
                usage = new.key_usage
                assert usage is not None, "the DSP has checked the key usage"
                old = self._known(proxy.notified.get(wanted.role, usage), view.now)
                replaced.append(Replaced(usage, old, new))
                proxy = proxy.holding(wanted.role, new)
        floor = ZERO if wanted.floor is None and _has_new_owner(replaced) else wanted.floor
        self._proxies[proxy.device] = proxy.with_floor(wanted.role, floor)
        outcome = Outcome(
            view.request.srv, wanted.role, view.countersigned.counter, tuple(replaced), wanted.floor
        )
        return SignedResponse(view.countersigned, view.request.srv, view.now).replaced(outcome)

    def _slots(self, view: S1spView, proxy: Smets1Proxy) -> list[Held]:
        """The slots of the roles asked about; a role without slots is reported as not found."""
        assert isinstance(view.request.body, RetrieveRoles), "the body asks for roles"
        found = []
        for role in roles_reported(view.request.body):
            usages: list[KeyUsage | None] = [usage for owner, usage in SLOTS if owner is role]
            counter = proxy.counters.current(role)
            for usage in usages or [None]:
                notified = None if usage is None else proxy.notified.get(role, usage)
                found.append(Held(role, usage, counter, self._known(notified, view.now)))
        return found

    def _known(self, notified: CertificateId | None, now: datetime) -> Certificate | None:
        """The certificate of an id, where the repository has it."""
        if notified is None:
            return None
        found = self.world.repository.find(now, serial=notified.serial)
        certificates = (entry.certificate for entry in found)
        return next((item for item in certificates if CertificateId.of(item) == notified), None)


def _has_new_owner(replaced: Iterable[Replaced]) -> bool:
    """Whether the certificates that authorise commands went from one entity to another."""
    return any(
        item.usage is KeyUsage.DIGITAL_SIGNATURE
        and (item.old is None or item.old.subject != item.new.subject)
        for item in replaced
    )
