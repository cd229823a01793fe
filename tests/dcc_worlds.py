"""A small DCC for tests: parties, devices and registration data, all on real certificates.

Every world is built afresh from one seed (some milliseconds). Its clock stands still unless a test moves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from dcc.access_control_broker import AcbCounters
from dcc.bodies.credentials import ReplaceCredentials
from dcc.bodies.reads import ReadLog
from dcc.dsp import Submission
from dcc.envelope import Envelope
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn, RequestId
from dcc.inventory import MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord, GasRecord
from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.rules.model import Outcome, Rule
from dcc.rules.order import decide
from dcc.rules.view import RequestView
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import PreCommand
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateEvent
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.device import Device
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from scenarios.party_client import PartyClient
from scenarios.test_bed import TestBed

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
NOW: Final = START + timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)
NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
SUPPLIER_ROLE: Final = RemotePartyRole.SUPPLIER


def user_id(number: int) -> Eui64:
    return Eui64.parse(f"90-B3-D5-1F-30-{number:02X}-00-00")


SUPPLIER: Final = user_id(1)  # Import and gas supplier under one User Id, registered everywhere.
OTHER_SUPPLIER: Final = user_id(2)
OPERATOR: Final = user_id(3)  # Distributor ids 10 and 12, as two market participants.
OTHER_OPERATOR: Final = user_id(4)
TRANSPORTER: Final = user_id(5)
OTHER_TRANSPORTER: Final = user_id(6)
EXPORT_SUPPLIER: Final = user_id(7)
FORMER_SUPPLIER: Final = user_id(8)  # In the party table, but no DCC User any more.
HOLDER: Final = user_id(9)  # Distributor id 24 belongs to two parties.
OTHER_HOLDER: Final = user_id(10)
STRANGER: Final = user_id(11)
AGENT: Final = user_id(12)
_SUPPLIERS: Final = {SUPPLIER, OTHER_SUPPLIER, EXPORT_SUPPLIER, FORMER_SUPPLIER}


def _row(mpid: str, role: UserRole, name: str, user: Eui64, *ids: int, live: bool = True) -> PartyRow:
    networks = (name,) if role is UserRole.GT else ()
    return PartyRow(Mpid(mpid), role, name, user, tuple(map(DistributorId, ids)), networks, live)


PARTY_ROWS: Final = (
    _row("SUPA", UserRole.IS, "Supplier A", SUPPLIER),
    _row("SUPA", UserRole.GS, "Supplier A", SUPPLIER),
    _row("SUPB", UserRole.IS, "Supplier B", OTHER_SUPPLIER),
    _row("SUPB", UserRole.GS, "Supplier B", OTHER_SUPPLIER),
    _row("EELC", UserRole.ED, "East and London Networks", OPERATOR, 10),
    _row("LOND", UserRole.ED, "East and London Networks", OPERATOR, 12),
    _row("EMEB", UserRole.ED, "Midlands Networks", OTHER_OPERATOR, 11),
    _row("GTA", UserRole.GT, "Transporter A", TRANSPORTER),
    _row("GTB", UserRole.GT, "Transporter B", OTHER_TRANSPORTER),
    _row("EXPT", UserRole.ES, "Export Supplier", EXPORT_SUPPLIER),
    _row("OLDS", UserRole.IS, "Former Supplier", FORMER_SUPPLIER, live=False),
    _row("IDN1", UserRole.ED, "Holder One", HOLDER, 24),
    _row("IDN2", UserRole.ED, "Holder Two", OTHER_HOLDER, 24),
    _row("AGNT", UserRole.RSA, "Supplier A's Agent", AGENT),
)


def device_id(last: int) -> Eui64:
    return Eui64.parse(f"00-DB-12-34-56-78-90-{last:02X}")


ESME: Final = device_id(0xA0)
GSME: Final = device_id(0xA1)
CHF: Final = device_id(0xA2)
GPF: Final = device_id(0xA3)
PPMID: Final = device_id(0xA4)
HCALCS: Final = device_id(0xA5)
ESME_WITHOUT_MPAN: Final = device_id(0xB0)
ESME_WITH_PREFIX: Final = device_id(0xB1)  # No registration record; the prefix is the operator's.
ESME_OF_NOBODY: Final = device_id(0xB2)  # No registration record; nobody holds the prefix.
ESME_OF_HOLDERS: Final = device_id(0xB3)  # No registration record; two parties hold the prefix.
NO_DEVICE: Final = device_id(0xFF)
MPAN: Final = Mpan.from_core(DistributorId(10), 1)
MPRN: Final = Mprn.from_unique("12345678")
_PREFIXES: Final = {ESME_WITH_PREFIX: 12, ESME_OF_NOBODY: 99, ESME_OF_HOLDERS: 24}
_OTHER_STEPS: Final = (StatusCause.ADDED_TO_HUB, StatusCause.JOINED_HAN, StatusCause.JOINED_METER)


class World:
    """A test bed with the parties and devices above; ``now`` is the time of everything that it does."""

    def __init__(
        self,
        modifications: Iterable[Modification] = (),
        acb_counters: AcbCounters = AcbCounters.PER_DEVICE,
    ) -> None:
        self.now = NOW
        self.envelope: Envelope | None = None
        """How the next requests come; None for values without a document."""
        self.bed = TestBed(
            7, PartyTable(PARTY_ROWS), START, modifications=modifications, acb_counters=acb_counters
        )
        self._clients: dict[Eui64, PartyClient] = {}
        self._devices: dict[Eui64, Device] = {}
        self._install_electricity()
        self._install_gas()

    @property
    def dcc(self) -> DccWorld:
        return self.bed.world

    def client(self, user: Eui64) -> PartyClient:
        """The systems of a User, with certificates of a supplier or a network operator."""
        if user not in self._clients:
            role = SUPPLIER_ROLE if user in _SUPPLIERS else NETWORK_OPERATOR
            self._clients[user] = self.bed.enrol(user, role)
        return self._clients[user]

    def device(self, eui: Eui64) -> Device:
        """An ESME or the GPF as it left the factory, made when first asked for."""
        if eui not in self._devices:
            kind = DeviceType.GPF if eui == GPF else DeviceType.ESME
            self._devices[eui] = self.bed.manufacture(kind, eui, START)
        return self._devices[eui]

    def ask(
        self,
        user: Eui64,
        srv: Srv,
        target: Eui64,
        body: RequestBody,
        variant: CommandVariant | None = None,
        counter: int | None = None,
    ) -> ServiceRequest:
        """A request under the User's next counter, or under the one given."""
        request = self.client(user).request(srv, target, body, self.now)
        if variant is not None:
            request = request._replace(command_variant=variant)
        if counter is not None:
            request_id = RequestId(user, target, OriginatorCounter(counter))
            request = request._replace(request_id=request_id)
        return request

    def read(self, user: Eui64 = OPERATOR, target: Eui64 = ESME) -> ServiceRequest:
        """4.10 over the hour that has passed."""
        return self.ask(user, Srv.READ_NETWORK_DATA, target, ReadLog(START, NOW))

    def certificates_of(self, owner: Eui64, role: RemotePartyRole | None = None) -> ReplaceCredentials:
        """The body that puts the owner's certificates in the cells of a role, by default its own."""
        body = self.client(owner).replacement(self.client(owner).credentials)
        return body if role is None else body._replace(role=role)

    def handover(
        self,
        owner: Eui64 | ReplaceCredentials = OPERATOR,
        user: Eui64 = SUPPLIER,
        target: Eui64 = ESME,
    ) -> ServiceRequest:
        """6.21 with the certificates of an owner, or with the body given."""
        return self.ask(user, Srv.HANDOVER, target, self._body(owner))

    def update(
        self,
        owner: Eui64 | ReplaceCredentials = OPERATOR,
        user: Eui64 = OPERATOR,
        target: Eui64 = ESME,
    ) -> ServiceRequest:
        """6.15.1, the first call, with the certificates of an owner, or with the body given."""
        return self.ask(user, Srv.UPDATE_CREDENTIALS, target, self._body(owner))

    def signed(self, update: ServiceRequest) -> ServiceRequest:
        """The second call of a 6.15.1: transformed by the DSP, checked and signed by the User."""
        response = self.submit(update).response
        assert isinstance(response.body, PreCommand), response
        return self.client(update.request_id.originator).sign_pre_command(update, response)

    def submit(self, request: ServiceRequest) -> Submission:
        return self.bed.dsp.submit(request, self.now, self.envelope)

    def view(self, request: ServiceRequest) -> RequestView:
        return RequestView(request, self.dcc, self.now, self.envelope)

    def certificate(self, user: Eui64, role: RemotePartyRole, purpose: CertificatePurpose) -> Certificate:
        """A certificate of a kind that the User's client does not have; in the repository."""
        issued = self.bed.smki.issue_organisation(user, role, purpose, self.bed.certified_from)
        self.dcc.repository.lodge(issued.certificate, purpose)
        return issued.certificate

    def revoke(self, certificate: Certificate) -> None:
        name = certificate.issuer, certificate.serial
        self.dcc.repository.record(*name, CertificateEvent.REVOKED, self.now)

    def switch_on(self, *modifications: Modification) -> None:
        self.dcc.modifications = frozenset(modifications)

    def _body(self, owner: Eui64 | ReplaceCredentials) -> ReplaceCredentials:
        return owner if isinstance(owner, ReplaceCredentials) else self.certificates_of(owner)

    def _install_electricity(self) -> None:
        registration = self.dcc.registration
        registration.add_electricity(MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPA")))
        self._commission(ESME, MPAN)
        self._commission(ESME_WITHOUT_MPAN, None)
        for eui, prefix in _PREFIXES.items():
            self._commission(eui, Mpan.from_core(DistributorId(prefix), 1))
        for eui, kind in ((PPMID, DeviceType.PPMID), (HCALCS, DeviceType.HCALCS)):
            self.dcc.inventory.pre_notify(eui, kind, START)
            for cause in _OTHER_STEPS:
                self.dcc.inventory.change_status(eui, cause, START)
            self._certify(eui)

    def _commission(self, eui: Eui64, mpan: Mpan | None) -> None:
        self.bed.commission_meter(eui, DeviceType.ESME, MpxnLinks(mpan), START)
        if eui != ESME:
            self._certify(eui)

    def _install_gas(self) -> None:
        self.dcc.registration.add_gas(MPRN, GasRecord(Mpid("GTA"), supplier=Mpid("SUPA")))
        self.bed.commission_gpf(GPF, CHF, GSME, MpxnLinks(MPRN), START)
        self._certify(GSME)
        self._certify(CHF)
        # These two are real devices; their certificates have to be there from the start.
        self.device(ESME)
        self.device(GPF)

    def _certify(self, eui: Eui64) -> None:
        """Lodge the certificate that the DCC needs for the MAC; no device stands behind it."""
        key = self.bed.smki.issuer.signer.key
        certificate = self.bed.smki.issue_device(eui, KeyUsage.KEY_AGREEMENT, key.public_point, START)
        self.dcc.repository.lodge(certificate, CertificatePurpose.KEY_AGREEMENT)


Make = Callable[[World], ServiceRequest]
"""Prepares a world, where needed, and makes a request in it."""


class RuleCase(NamedTuple):
    """The smallest request that a rule passes, and its neighbour that the rule rejects, and how.

    ``observed`` and ``expected`` are parts of what the rejection names. ``abstains`` makes a request that
    the rule has nothing to say to; None for a rule that always has.
    """

    rule: Rule
    passes: Make
    fails: Make
    code: ResponseCode
    observed: str
    expected: str
    abstains: Make | None
    modifications: tuple[Modification, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.rule.id}-{self.code.value}"


def check_passes(case: RuleCase) -> None:
    """The rule passes its case, and so does every other rule."""
    world = World(case.modifications)
    decision = decide(world.view(case.passes(world)))
    outcomes = {verdict.rule_id: verdict.outcome for verdict in decision.verdicts}
    assert decision.rejection is None, decision.rejection
    assert outcomes[case.rule.id] is Outcome.PASS, outcomes


def check_fails(case: RuleCase) -> None:
    """The rule rejects its case, and it alone decides what the User is told."""
    world = World(case.modifications)
    request = case.fails(world)
    verdict = case.rule.ask(world.view(request))
    assert verdict.outcome is Outcome.REJECT, verdict
    assert verdict.code is case.code, verdict
    assert case.observed in verdict.observed, verdict
    assert case.expected in verdict.expected, verdict
    submission = world.submit(request)
    assert submission.decision.rejection == verdict, submission.decision.rejection
    if case.code is not ResponseCode.SIM_QUARANTINE:
        # What is held back is told by an alert, and is acknowledged as access control has passed.
        assert submission.response.code is case.code, submission.response
    assert submission.response.body is None, submission.response
    assert submission.response.request_id == request.request_id, submission.response
    assert submission.response.recipient == request.request_id.originator, submission.response
    assert submission.command is None, submission.command


def check_abstains(case: RuleCase) -> None:
    """The rule says that it does not apply, which is neither a pass nor a rejection."""
    assert case.abstains is not None
    world = World(case.modifications)
    verdict = case.rule.ask(world.view(case.abstains(world)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE, verdict
    assert verdict.code is None, verdict


def with_change(request: ServiceRequest, **changes: object) -> ServiceRequest:
    """A request whose credential replacement differs in some fields."""
    assert isinstance(request.body, ReplaceCredentials)
    return request._replace(body=request.body._replace(**changes))  # type: ignore[arg-type]


def set_status(world: World, eui: Eui64, *causes: StatusCause) -> None:
    for cause in causes:
        world.dcc.inventory.change_status(eui, cause, world.now)
