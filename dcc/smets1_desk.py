"""The DSP's side of SMETS1: requests go countersigned to the device's S1SP, and its answers to Users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from lxml import etree

from dcc import addressees
from dcc.access_control_broker import DccSignatory
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import (
    CredentialsUpdated,
    DccAlert,
    DeviceChangedSupplier,
    MeteringPoints,
    ReplacedCertificate,
)
from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials
from dcc.countersigning import CountersignedRequest, Countersigner, SupplementaryRemoteParty
from dcc.duis.errors import DuisError
from dcc.duis.parsing import parse
from dcc.duis.requests import write_request
from dcc.duis.shapes import Element
from dcc.duis.signature import verify_document
from dcc.duis.signing_roles import XmlSigner
from dcc.duis.smets1_responses import SMETS1_RESPONSE_MESSAGE, around_signed_response
from dcc.identifiers import RequestId
from dcc.notices import Notice
from dcc.response_codes import ResponseCode
from dcc.rules.smets1_view import ROLE_OF_USER
from dcc.rules.view import RequestView
from dcc.s1sp.cohorts import MODELLED_SERVICES
from dcc.s1sp.response_reading import OutcomeReport, ResponseHeader, read_header, read_outcome, read_refusal
from dcc.service_requests import ServiceRequest
from dcc.service_responses import OtherPayload
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64

_REFUSALS: Final = {1004: ResponseCode.E1004}


class Awaited(NamedTuple):
    """A request that is with an S1SP, and the S1SP's entity."""

    request: ServiceRequest
    s1sp: Eui64


class Smets1Answer(NamedTuple):
    """An S1SP's answer to a request: the code for the User, what was signed, and who else is told.

    ``text`` is what the S1SP says of a refusal (``S1SP: ownership``).
    """

    request: ServiceRequest
    code: ResponseCode
    body: OtherPayload
    notices: tuple[Notice, ...] = ()
    text: str = ""


class Smets1Desk:
    """Sends requests for SMETS1 devices to their S1SPs and takes the answers.

    ``s1sps`` names the entity of each S1SP by its name in the inventory.
    """

    def __init__(self, countersigner: Countersigner, s1sps: Mapping[str, Eui64] | None = None) -> None:
        self._countersigner = countersigner
        self._s1sps = dict(s1sps or {})
        self._awaited: dict[ResponseHeader, Awaited] = {}
        self._documents: dict[RequestId, bytes] = {}

    def connect(self, name: str, entity: Eui64) -> None:
        """Say which entity an S1SP is."""
        self._s1sps[name] = entity

    def s1sp_of(self, view: RequestView) -> Eui64 | None:
        """The entity of the device's S1SP; None if there is none of that name."""
        name = view.device.details.s1sp if view.device else None
        return None if name is None else self._s1sps.get(name)

    def models(self, view: RequestView) -> bool:
        """Whether the bench models the request for SMETS1 devices: some services and slots alone."""
        body = view.request.body
        if isinstance(body, ReplaceCredentials) and body.role not in ROLE_OF_USER.values():
            return False
        return view.request.srv in MODELLED_SERVICES and view.execution_date_time != CANCELLATION

    def keep(self, view: RequestView) -> None:
        """Keep the document of a request that the DSP holds until its time."""
        if view.envelope is not None and view.envelope.document is not None:
            self._documents[view.request.request_id] = view.envelope.document

    def countersign(
        self, view: RequestView, signatory: DccSignatory | None, *, for_user: bool
    ) -> CountersignedRequest:
        """The request for its S1SP, awaited from now on.

        ``signatory`` is who of the DCC would command a SMETS2+ device in its own name, and ``for_user`` says
        whether the User would go along as Supplementary Remote Party.

        Raises:
            NumbersExhausted: that party of the DCC has no number left for the device.
        """
        originator, target, counter = view.request.request_id
        party = None
        if signatory is not None:
            party = SupplementaryRemoteParty(originator, counter) if for_user else None
            originator, counter = signatory.eui, signatory.next_counter(target, view.now)
        unsigned = CountersignedRequest(originator, target, counter, party, self._document(view))
        s1sp = self.s1sp_of(view)
        assert s1sp is not None, "whoever countersigns knows for whom"
        self._awaited[ResponseHeader(target, originator, counter)] = Awaited(view.request, s1sp)
        return self._countersigner.countersign(unsigned)

    def take(self, octets: bytes, world: DccWorld, now: datetime) -> Smets1Answer | None:
        """What an S1SP answers; None for what answers no open request or is not of the right S1SP."""
        try:
            root, signer = _verified(octets, world)
            header = read_header(root)
            awaited = self._awaited.get(header)
            if awaited is None or not _may_answer(signer, awaited, world, now):
                return None
            answer = _answer(awaited.request, root, octets, world, now)
        except DuisError:
            return None
        del self._awaited[header]
        return answer

    def give_up(self, request: CountersignedRequest) -> ServiceRequest | None:
        """Stop waiting for an S1SP's answer; the request, if it was still unanswered."""
        header = ResponseHeader(request.target, request.originator, request.counter)
        awaited = self._awaited.pop(header, None)
        return None if awaited is None else awaited.request

    def _document(self, view: RequestView) -> bytes:
        """The request as its User sent it; as a document without signature, where it came as a value."""
        kept = self._documents.pop(view.request.request_id, None)
        given = view.envelope.document if view.envelope else None
        found = given or kept
        return etree.tostring(write_request(view.request)) if found is None else found


def _verified(octets: bytes, world: DccWorld) -> tuple[Element, Certificate]:
    def find(issuer: str, serial: int) -> Certificate | None:
        entry = world.repository.get(issuer, serial)
        return None if entry is None else entry.certificate

    return verify_document(parse(octets), find, world.provider)


def _may_answer(signer: Certificate, awaited: Awaited, world: DccWorld, now: datetime) -> bool:
    """Whether a certificate is one of the S1SP's for XML (which role those carry was not seen), and good."""
    if signer.subject != awaited.s1sp or not world.xml_signing_roles.allow(signer, XmlSigner.USER):
        return False
    path = world.validator.validate(signer.der, (), world.anchors, now, world.issuers)
    is_revoked = world.repository.is_revoked
    return path.ok and not any(is_revoked(item.issuer, item.serial, now) for item in path.chain)


def _answer(
    request: ServiceRequest, root: Element, octets: bytes, world: DccWorld, now: datetime
) -> Smets1Answer:
    body = OtherPayload(SMETS1_RESPONSE_MESSAGE, around_signed_response(octets, request.srv))
    refusal = read_refusal(root)
    if refusal is not None:
        code = _REFUSALS.get(refusal.code, ResponseCode.E1000)
        return Smets1Answer(request, code, body, text=refusal.text)
    outcome = read_outcome(root)
    notices = () if outcome is None else _told(request, outcome, world, now)
    return Smets1Answer(request, ResponseCode.I0, body, notices)


def _told(
    request: ServiceRequest, outcome: OutcomeReport, world: DccWorld, now: datetime
) -> tuple[Notice, ...]:
    """N42 to the owners of the new and the replaced certificates and to the suppliers; N17 to the old one."""
    device = request.request_id.target
    new = [item.new_owner for item in outcome.replaced]
    old = [item.old_owner for item in outcome.replaced if item.old_owner is not None]
    certificates = tuple(ReplacedCertificate(item.certificate_type, item.sha1) for item in outcome.replaced)
    updated = CredentialsUpdated(device, outcome.role, certificates, outcome.floor)
    alert = DccAlert(DccAlertCode.N42, updated)
    told = [
        Notice(user, alert) for user in dict.fromkeys((*new, *old, *addressees.suppliers(world, device, now)))
    ]
    links = world.inventory.links_of(device)
    if request.srv is Srv.UPDATE_CREDENTIALS_COS and links.import_mpxn is not None:
        points = MeteringPoints(links.import_mpxn, links.secondary_import_mpan, links.export_mpan)
        kind = world.inventory.device(device).device_type
        lost = DccAlert(DccAlertCode.N17, DeviceChangedSupplier(device, kind, points))
        told += [Notice(user, lost) for user in dict.fromkeys(old) if user not in new]
    return tuple(notice for notice in told if world.parties.user(notice.recipient) is not None)
