"""A home that is being installed: everything between Users and the DCC goes as signed DUIS documents.

Each call is followed to its end: request, transform and signature where needed, command, the devices'
responses and alerts, and what the DCC tells whom. What passes a WAN here and back is GBCS octets.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from conftest import conformance_root

from dcc.alert_payloads import DccAlert
from dcc.bodies.credentials import CredentialType, IssueDeviceCredential, PlaceDeviceCertificate
from dcc.bodies.hub import JoinOrUnjoin, UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.hub_visits import HubInstalled
from dcc.bodies.inventory import PreNotifyDevice, ReturnLocalResponse
from dcc.bodies.meters import SetImportMpxn, SynchroniseClock
from dcc.duis.front_door import FrontDoorSettings
from dcc.duis.schema import DuisSchema
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn, Mpxn
from dcc.inventory_status import StatusCause
from dcc.outbound import OutboundCommand
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord, GasRecord
from dcc.response_codes import ResponseCode
from dcc.rules.envelope import WEB_SERVICE_OF
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import (
    DeviceAlert,
    DeviceResponse,
    LocalCommand,
    PreCommand,
    ServiceResponse,
)
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.comms_hub import Chf
from devices.device import Device
from devices.gbcs.certificates import Certificate
from devices.gbcs.certification_request import parse_certification_request
from devices.gbcs.device_certificates import IssueCredentialsResponse
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.gbcs.message import Message, parse
from devices.gbcs.payloads import Payload, decode_payload
from scenarios.duis_client import DuisParty, DuisPartySettings
from scenarios.party_client import OpenedResponse
from scenarios.test_bed import ACB_ID, TestBed

START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
DISTRIBUTOR: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
TRANSPORTER: Final = Eui64.parse("90-B3-D5-1F-30-05-00-00")
NEXT_SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-03-00-00")
MPAN: Final = Mpan.from_core(DistributorId(10), 4711)
MPRN: Final = Mprn.from_unique("12345678")
MAKER: Final = "Maker"
MODEL: Final = "Model"


def device_id(last: int) -> Eui64:
    return Eui64.parse(f"00-DB-12-34-56-78-90-{last:02X}")


ESME, GSME, CHF, GPF, PPMID, IHD = map(device_id, (0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA7))
KINDS: Final = {
    ESME: DeviceType.ESME,
    GSME: DeviceType.GSME,
    CHF: DeviceType.CHF,
    GPF: DeviceType.GPF,
    PPMID: DeviceType.PPMID,
    IHD: DeviceType.IHD,
}
POINTS: Final[dict[Eui64, Mpxn]] = {ESME: MPAN, GSME: MPRN}
_MADE_FOR_SUPPLIER: Final = (ESME, GSME)
_PURPOSES: Final = {
    CredentialType.DIGITAL_SIGNATURE: CertificatePurpose.DIGITAL_SIGNING,
    CredentialType.KEY_AGREEMENT: CertificatePurpose.KEY_AGREEMENT,
}
_ON_SITE: Final = {
    CommandVariant.COMMAND: CommandVariant.LOCAL_COMMAND,
    CommandVariant.SIGNED_COMMAND: CommandVariant.SIGNED_LOCAL_COMMAND,
}
_ROWS: Final = (
    PartyRow(Mpid("SUPA"), UserRole.IS, "Supplier A", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPA"), UserRole.GS, "Supplier A", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPB"), UserRole.IS, "Supplier B", NEXT_SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPB"), UserRole.GS, "Supplier B", NEXT_SUPPLIER, dcc_user=True),
    PartyRow(Mpid("EELC"), UserRole.ED, "Networks", DISTRIBUTOR, (DistributorId(10),), dcc_user=True),
    PartyRow(Mpid("GTA"), UserRole.GT, "Transporter", TRANSPORTER, gas_networks=("GT",), dcc_user=True),
)


class Outcome(NamedTuple):
    """What a call came to: the code of the last answer, the answer as its User read it, what it says."""

    code: ResponseCode
    response: ServiceResponse | None = None
    opened: OpenedResponse = None

    @property
    def payload(self) -> Payload | None:
        """The payload of the device's response, for use cases in DER."""
        assert self.response is not None
        assert isinstance(self.response.body, DeviceResponse)
        return decode_payload(parse(self.response.body.gbcs))


class Told(NamedTuple):
    """An alert of the DCC, as its User read it."""

    user: Eui64
    alert: DccAlert


class Site:
    """A DCC, its Users, and the devices of one home, of which the DCC knows nothing yet."""

    def __init__(
        self, schema: DuisSchema | None = None, assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS
    ) -> None:
        self.now = START
        self.bed = TestBed(11, PartyTable(_ROWS), START, assumptions=assumptions)
        self.front_door = self.bed.front_door(FrontDoorSettings(schema=schema))
        roles = {
            SUPPLIER: RemotePartyRole.SUPPLIER,
            NEXT_SUPPLIER: RemotePartyRole.SUPPLIER,
            DISTRIBUTOR: RemotePartyRole.NETWORK_OPERATOR,
            TRANSPORTER: RemotePartyRole.NETWORK_OPERATOR,
        }
        settings = DuisPartySettings(schema=schema)
        self.parties = {
            user: DuisParty(
                self.bed.enrol(user, role),
                self.bed.xml_signer(user),
                self.bed.repository,
                self.bed.provider,
                settings,
            )
            for user, role in roles.items()
        }
        supplier = self.parties[SUPPLIER].client.credentials
        self.devices: dict[Eui64, Device] = {
            eui: self.bed.manufacture(kind, eui, START, supplier if eui in _MADE_FOR_SUPPLIER else None)
            for eui, kind in KINDS.items()
            if kind is not DeviceType.IHD
        }
        registration = self.bed.world.registration
        registration.add_electricity(MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPA")))
        registration.add_gas(MPRN, GasRecord(Mpid("GTA"), supplier=Mpid("SUPA")))
        self.told: list[Told] = []
        """The DCC's own alerts, in their order."""
        self.device_alerts: list[tuple[Eui64, Message]] = []
        """Devices' alerts that Users got, verified by them."""
        self.out_of_reach: set[Eui64] = set()
        """Devices that the SM WAN does not get to."""
        self.silent: set[Eui64] = set()
        """Devices of which nothing comes back."""
        self.last_sent: tuple[bytes, ...] = ()
        """What the device that was asked last sent."""

    def status(self, eui: Eui64) -> str | None:
        status = self.bed.world.inventory.device(eui).status
        return status.value if status else None

    def take_told(self) -> list[tuple[Eui64, str]]:
        """Whom the DCC has told what since the last call."""
        told = [(user, alert.code.value) for user, alert in self.told]
        self.told.clear()
        return told

    # Calls

    def ask(self, user: Eui64, srv: Srv, target: Eui64, body: RequestBody) -> Outcome:
        """A service from beginning to end, over the SM WAN."""
        return self.follow(user, self.request(user, srv, target, body))

    def request(self, user: Eui64, srv: Srv, target: Eui64, body: RequestBody) -> ServiceRequest:
        """The first call, a minute later than what was before."""
        self.now += MINUTE
        return self.parties[user].client.request(srv, target, body, self.now)

    def follow(self, user: Eui64, request: ServiceRequest) -> Outcome:
        """A request to its end: the second call where it needs one, and what the device says."""
        request, answer, command = self._sent(user, request)
        if command is None:
            return Outcome(answer.code, answer)
        for passed in self.deliver(command):
            if passed.request_id == request.request_id:
                from_device = isinstance(passed.body, DeviceResponse)
                opened = self.parties[user].client.open(passed) if from_device else None
                return Outcome(passed.code, passed, opened)
        return Outcome(answer.code, answer)

    def ask_on_site(self, user: Eui64, srv: Srv, target: Eui64, body: RequestBody) -> Outcome:
        """A service whose command is taken away, delivered on site, and its response returned by 8.13."""
        request = self.request(user, srv, target, body)
        request, answer, command = self._sent(user, request, on_site=True)
        assert command is None
        if not isinstance(answer.body, LocalCommand):
            return Outcome(answer.code, answer)
        effects = self.devices[target].receive(answer.body.gbcs, self.now)
        returned = ReturnLocalResponse(effects.sent[0], request.request_id)
        return self.ask(user, Srv.RETURN_LOCAL_RESPONSE, ACB_ID, returned)

    def _sent(
        self, user: Eui64, request: ServiceRequest, *, on_site: bool = False
    ) -> tuple[ServiceRequest, ServiceResponse, OutboundCommand | None]:
        """The last call that a request takes, its answer, and the command that goes out."""
        party = self.parties[user]
        if request.command_variant is CommandVariant.TRANSFORM:
            answer, _ = self.submit(party, request)
            if not isinstance(answer.body, PreCommand):
                return request, answer, None
            request = party.client.sign_pre_command(request, answer)
        if on_site:
            request = request._replace(command_variant=_ON_SITE[request.command_variant])
        answer, command = self.submit(party, request)
        return request, answer, command

    def submit(
        self, party: DuisParty, request: ServiceRequest
    ) -> tuple[ServiceResponse, OutboundCommand | None]:
        """One call: the answer as its User read it, and the command."""
        web_service = WEB_SERVICE_OF[request.command_variant]
        reply = self.front_door.submit(party.sign_request(request), web_service, self.now)
        self._note(reply.submission.notices)
        return party.open_answer(request, reply.document), reply.submission.command

    # The SM WAN, and time

    def deliver(self, command: OutboundCommand) -> list[ServiceResponse]:
        """A command at its device: what its User reads, which is the DCC's word where nothing came back."""
        code = ResponseCode.E20
        if command.device not in self.out_of_reach:
            code = ResponseCode.E21
            effects = self.devices[command.device].receive(command.octets, self.now)
            self.last_sent = effects.sent
            passed = [] if command.device in self.silent else self.arrive(effects.sent)
            if any(item.srv is not None for item in passed):
                return passed
        given_up = self.bed.dsp.give_up(command, code, self.now)
        return [] if given_up is None else self._read([given_up])

    def arrive(self, sent: Iterable[bytes]) -> list[ServiceResponse]:
        """What devices sent, at the DSP: what Users read of it."""
        passed = []
        for octets in sent:
            received = self.bed.dsp.receive(octets, self.now)
            self._note(received.notices)
            if received.response is not None:
                passed += self._read([received.response])
        return passed

    def wait_until(self, at: datetime) -> list[ServiceResponse]:
        """Time goes by: what was held for ``at``, by the DCC and by devices, is done then."""
        self.now = at
        due = self.bed.dsp.advance(at)
        self._note(due.notices)
        passed = self._read(due.answers)
        passed += [item for command in due.commands for item in self.deliver(command)]
        for device in self.devices.values():
            for effects in device.advance(at):
                passed += self.arrive(effects.sent)
        return passed

    def _read(self, responses: Iterable[ServiceResponse]) -> list[ServiceResponse]:
        """Each as its User reads it from the document; alerts of the DCC and of devices are noted."""
        read = []
        for response in responses:
            party = self.parties[response.recipient]
            opened = party.open_response(self.front_door.document(response))
            if isinstance(opened.body, DccAlert):
                self.told.append(Told(opened.recipient, opened.body))
            elif isinstance(opened.body, DeviceAlert):
                self.device_alerts.append((opened.recipient, party.client.open_alert(opened)))
            read.append(opened)
        return read

    def _note(self, notices: Iterable[ServiceResponse]) -> None:
        assert all(isinstance(item.body, DccAlert) for item in self._read(notices))

    # Steps of an installation

    def notify(self, eui: Eui64) -> Outcome:
        body = PreNotifyDevice(eui, KINDS[eui], MAKER, MODEL)
        return self.ask(SUPPLIER, Srv.PRE_NOTIFY_DEVICE, ACB_ID, body)

    def connect_hub(self, hub: Eui64 = CHF, gpf: Eui64 = GPF) -> None:
        """The DCC's provider has notified a hub, which finds the SM WAN and is commissioned by the DCC."""
        inventory = self.bed.world.inventory
        inventory.pre_notify(hub, DeviceType.CHF, self.now, manufacturer=MAKER, model=MODEL)
        inventory.pre_notify(gpf, DeviceType.GPF, self.now, hub=hub, manufacturer=MAKER, model=MODEL)
        for eui in (hub, gpf):
            inventory.change_status(eui, StatusCause.CONNECTED_TO_WAN, self.now)
        inventory.change_status(hub, StatusCause.HUB_COMMISSIONED, self.now)

    def report_hub(self, hub: Eui64 = CHF, install_type: str = "New CHF Install") -> Outcome:
        body = HubInstalled(hub, install_type, MPAN, False, "Outside Premises")
        return self.ask(SUPPLIER, Srv.HUB_INSTALLED, ACB_ID, body)

    def add_to_hub(self, eui: Eui64) -> Outcome:
        entry = WhitelistEntry(3600, bytes(16), POINTS.get(eui))
        return self.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, UpdateHanDeviceLog(eui, entry))

    def joins_han(self, eui: Eui64, hub: Eui64 = CHF) -> None:
        """A device finds the hub, which has it in its log."""
        chf = self.devices[hub]
        assert isinstance(chf, Chf)
        self.arrive(chf.joined(eui, bytes([eui[-1]] * 16), self.now))

    def commission(self, meter: Eui64) -> Outcome:
        body = SynchroniseClock(self.now + MINUTE, 60)
        return self.ask(SUPPLIER, Srv.COMMISSION_DEVICE, meter, body)

    def join(self, srv: Srv, device: Eui64, other: Eui64) -> Outcome:
        return self.ask(SUPPLIER, srv, device, JoinOrUnjoin(other))

    def set_mpxn(self, meter: Eui64) -> Outcome:
        return self.ask(SUPPLIER, Srv.SET_IMPORT_MPXN, meter, SetImportMpxn(POINTS[meter]))

    def hand_over(self, device: Eui64, owner: Eui64) -> Outcome:
        client = self.parties[SUPPLIER].client
        body = client.replacement(self.parties[owner].client.credentials)
        return self.ask(SUPPLIER, Srv.HANDOVER, device, body)

    def new_certificate(self, device: Eui64, credential: CredentialType) -> Certificate:
        """6.17: the device's request for a certificate for a new key, granted and lodged."""
        outcome = self.ask(SUPPLIER, Srv.ISSUE_CREDENTIALS, device, IssueDeviceCredential(credential))
        issued = outcome.payload
        assert isinstance(issued, IssueCredentialsResponse)
        assert isinstance(issued.outcome, bytes), issued.outcome
        asked = parse_certification_request(issued.outcome)
        purpose = _PURPOSES[credential]
        assert (asked.device, asked.key_usage) == (device, purpose.key_usage)
        certificate = self.bed.smki.issue_device(device, asked.key_usage, asked.public_point, self.now)
        self.bed.repository.lodge(certificate, purpose)
        return certificate

    def place_certificate(self, device: Eui64, certificate: Certificate) -> Outcome:
        body = PlaceDeviceCertificate(certificate.der)
        return self.ask(SUPPLIER, Srv.UPDATE_DEVICE_CERTIFICATE, device, body)


@cache
def schema_if_there() -> DuisSchema | None:
    """The published schema, to hold every document against; None where the conformance data is absent."""
    folder = conformance_root() / "duis" / "schema"
    return DuisSchema.load(folder) if folder.is_dir() else None


def installed() -> Site:
    """A home that is installed, all certificates in their places, and nothing told of it kept."""
    site = Site(schema_if_there())
    for eui in (ESME, GSME, PPMID):
        site.notify(eui)
    site.connect_hub()
    site.report_hub()
    for eui in (ESME, GSME, PPMID):
        site.add_to_hub(eui)
        site.joins_han(eui)
    for meter in (ESME, GSME):
        site.commission(meter)
    site.join(Srv.JOIN_NON_CRITICAL, GSME, GPF)
    site.join(Srv.JOIN_CRITICAL, ESME, PPMID)
    site.join(Srv.JOIN_NON_CRITICAL, PPMID, ESME)
    for device, owner in ((GPF, SUPPLIER), (ESME, DISTRIBUTOR), (GPF, TRANSPORTER)):
        site.hand_over(device, owner)
    assert {site.status(eui) for eui in (ESME, GSME, GPF, PPMID)} == {"Commissioned"}
    site.told.clear()
    return site
