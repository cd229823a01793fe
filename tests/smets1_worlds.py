"""A DCC with a SMETS1 electricity meter at an S1SP, for tests: everything between the two goes as octets."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from dcc_worlds import (
    ESME,
    EXPORT_SUPPLIER,
    FORMER_SUPPLIER,
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    OTHER_TRANSPORTER,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    World,
    device_id,
)

from dcc.bodies.credentials import ReplaceCredentials
from dcc.dsp import Received, Submission
from dcc.duis.front_door import FrontDoor
from dcc.duis.shapes import Element
from dcc.duis.smets1_responses import signed_response
from dcc.envelope import WebService
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.inventory import MpxnLinks
from dcc.inventory_records import SMETS1_REGION
from dcc.modifications import Modification
from dcc.registration import ElectricityRecord, GasRecord
from dcc.rules.envelope import WEB_SERVICE_OF
from dcc.s1sp.cohorts import IOC, Cohort
from dcc.s1sp.migration import MigrationCertificates, migrate
from dcc.s1sp.provider import S1sp, S1spAnswer
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import OtherPayload, ServiceResponse
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.smets1_proxy import Readings, Smets1Proxy
from scenarios.duis_client import DuisParty

SMETS1_ESME: Final = device_id(0xC0)
SMETS1_CHF: Final = device_id(0xC1)
SMETS1_GPF: Final = device_id(0xC2)
SMETS1_GSME: Final = device_id(0xC3)
SMETS1_MPRN: Final = Mprn.from_unique("87654321")
SMETS1_MPAN: Final = Mpan.from_core(DistributorId(10), 77)
READINGS_WH: Final = 1234

__all__ = [
    "ESME",
    "EXPORT_SUPPLIER",
    "FORMER_SUPPLIER",
    "NETWORK_OPERATOR",
    "OPERATOR",
    "OTHER_OPERATOR",
    "OTHER_SUPPLIER",
    "SMETS1_ESME",
    "SUPPLIER",
    "SUPPLIER_ROLE",
    "Exchange",
    "Smets1World",
]


class Exchange(NamedTuple):
    """One request from the User's document to the S1SP's answer; what was not reached is None.

    ``opened`` is the last response as its User opened it, out of a document.
    """

    request: ServiceRequest
    submission: Submission
    answer: S1spAnswer | None
    received: Received | None
    opened: ServiceResponse

    @property
    def code(self) -> str:
        """The code that the User ends up with."""
        return self.opened.code.value

    @property
    def text(self) -> str:
        return self.received.text if self.received else ""

    @property
    def notified(self) -> list[tuple[Eui64, str]]:
        """Whom the DCC told of it, by what alert."""
        notices = self.received.notices if self.received else ()
        return [(notice.recipient, notice.body.code.value) for notice in notices]  # type: ignore[union-attr]


class Smets1World:
    """The world of the DSP's tests, with an S1SP, and a device of Supplier A and of the registered operator.

    The device is an electricity meter, or with ``gas`` a gas proxy function; ``empty`` leaves it outside.
    """

    def __init__(
        self, *modifications: Modification, cohort: Cohort = IOC, gas: bool = False, empty: bool = False
    ) -> None:
        self.gas = gas
        self.device = SMETS1_GPF if gas else SMETS1_ESME
        self.operator = TRANSPORTER if gas else OPERATOR
        self.other_operator = OTHER_TRANSPORTER if gas else OTHER_OPERATOR
        self.world = World(modifications)
        self.bed = self.world.bed
        self.s1sp: S1sp = self.bed.open_s1sp(cohort)
        self.door: FrontDoor = self.bed.front_door()
        self._parties: dict[Eui64, DuisParty] = {}
        self.register()
        self._commission()
        if not empty:
            self.migrate(self.certificates(SUPPLIER, self.operator))

    def migrate(self, certificates: MigrationCertificates) -> Smets1Proxy:
        return migrate(self.s1sp, self.device, certificates, self.readings, self.now)

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def readings(self) -> Readings:
        return Readings(self.now, READINGS_WH, 5, 2, 1)

    @property
    def proxy(self) -> Smets1Proxy:
        found = self.s1sp.proxy(self.device)
        assert found is not None
        return found

    def certificates(self, supplier: Eui64, operator: Eui64) -> MigrationCertificates:
        """Those of a supplier and of a network operator, each in its slots."""
        owners = [self.world.client(user).credentials for user in (supplier, operator)]
        return MigrationCertificates(
            *(der for owner in owners for der in (owner.signing.der, owner.agreement.der))
        )

    def place(self, owner: Eui64, role: RemotePartyRole = NETWORK_OPERATOR) -> None:
        """Put the owner's certificates of a role in the slots; how they came there is not asked."""
        proxy = self.proxy
        for purpose in (CertificatePurpose.DIGITAL_SIGNING, CertificatePurpose.KEY_AGREEMENT):
            proxy = proxy.holding(role, self.world.certificate(owner, role, purpose))
        self.s1sp.take_over((proxy,))

    def register(self, *, to_other: bool = False, supplier: str = "SUPA") -> None:
        """Say whose the device is by registration data: the operator's, or the other operator's."""
        registration = self.world.dcc.registration
        if self.gas:
            record = GasRecord(Mpid("GTB" if to_other else "GTA"), supplier=Mpid(supplier))
            registration.add_gas(SMETS1_MPRN, record)
        else:
            operator = Mpid("EMEB" if to_other else "EELC")
            registration.add_electricity(SMETS1_MPAN, ElectricityRecord(operator, Mpid(supplier)))

    def _commission(self) -> None:
        if not self.gas:
            links = MpxnLinks(SMETS1_MPAN)
            self.bed.commission_smets1_meter(SMETS1_ESME, DeviceType.ESME, links, self.s1sp, self.now)
            return
        links = MpxnLinks(SMETS1_MPRN)
        self.bed.commission_gpf(SMETS1_GPF, SMETS1_CHF, SMETS1_GSME, links, self.now)
        inventory = self.world.dcc.inventory
        for eui in (SMETS1_GPF, SMETS1_CHF, SMETS1_GSME):
            details = inventory.device(eui).details
            details = details._replace(csp_region=SMETS1_REGION, s1sp=self.s1sp.name)
            inventory.describe(eui, details=details)

    def party(self, user: Eui64) -> DuisParty:
        if user not in self._parties:
            client, dcc = self.world.client(user), self.world.dcc
            self._parties[user] = DuisParty(client, self.bed.xml_signer(user), dcc.repository, dcc.provider)
        return self._parties[user]

    def ask(
        self, user: Eui64, srv: Srv, body: RequestBody, variant: CommandVariant = CommandVariant.COMMAND
    ) -> ServiceRequest:
        return self.world.ask(user, srv, self.device, body, variant)

    def update(self, user: Eui64, owner: Eui64 | ReplaceCredentials) -> ServiceRequest:
        """6.15.1, signed and not pre-commanded."""
        body = owner if isinstance(owner, ReplaceCredentials) else self.world.certificates_of(owner)
        return self.ask(user, Srv.UPDATE_CREDENTIALS, body)

    def exchange(self, request: ServiceRequest) -> Exchange:
        """The request as a signed document through the front door, to the S1SP, and back to its User."""
        party = self.party(request.request_id.originator)
        service = WEB_SERVICE_OF.get(request.command_variant, WebService.SEND_COMMAND)
        reply = self.door.submit(party.sign_request(request), service, self.now)
        opened = party.open_answer(request, reply.document)
        countersigned = reply.submission.countersigned
        if countersigned is None:
            return Exchange(request, reply.submission, None, None, opened)
        answer = self.s1sp.receive(countersigned.encode(), self.now)
        received = self.bed.dsp.receive_smets1(answer.octets, self.now)
        assert received.response is not None, "the DSP takes what its S1SP signed"
        opened = party.open_answer(request, self.door.document(received.response))
        return Exchange(request, reply.submission, answer, received, opened)

    @staticmethod
    def signed_part(exchange: Exchange) -> Element:
        """What the S1SP signed, out of the response that its User opened."""
        body = exchange.opened.body
        assert isinstance(body, OtherPayload)
        return signed_response(body.xml)
