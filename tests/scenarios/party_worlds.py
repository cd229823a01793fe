"""A home with real devices of every type behind a DCC, and its Users: for round trips of single services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.inventory import MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import Direction, ElectricityRecord, GasRecord
from dcc.service_requests import RequestBody, ServiceRequest
from dcc.service_responses import PreCommand, ServiceResponse
from dcc.srv import Srv
from devices.device import Device
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.party_client import OpenedResponse, PartyClient
from scenarios.test_bed import TestBed

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OPERATOR: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
OTHER_SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-03-00-00")
TRANSPORTER: Final = Eui64.parse("90-B3-D5-1F-30-05-00-00")
EXPORTER: Final = Eui64.parse("90-B3-D5-1F-30-06-00-00")
OTHER_USER: Final = Eui64.parse("90-B3-D5-1F-30-07-00-00")
LOAD_CONTROLLER: Final = Eui64.parse("90-B3-D5-1F-30-08-00-00")
MPAN: Final = Mpan.from_core(DistributorId(10), 4711)
EXPORT_MPAN: Final = Mpan.from_core(DistributorId(10), 4712)
MPRN: Final = Mprn.from_unique("12345678")
ESME, GSME, CHF, GPF, PPMID, HCALCS, NEW, OLD_HUB, OLD_GPF = (
    Eui64.parse(f"00-DB-12-34-56-78-90-A{last}") for last in range(9)
)
KINDS: Final = {
    ESME: DeviceType.ESME,
    GSME: DeviceType.GSME,
    CHF: DeviceType.CHF,
    GPF: DeviceType.GPF,
    PPMID: DeviceType.PPMID,
    HCALCS: DeviceType.HCALCS,
}
_MADE_FOR_SUPPLIER: Final = (ESME, GSME, GPF, HCALCS)
_ROLES: Final = {
    SUPPLIER: RemotePartyRole.SUPPLIER,
    OTHER_SUPPLIER: RemotePartyRole.SUPPLIER,
    EXPORTER: RemotePartyRole.SUPPLIER,
    OPERATOR: RemotePartyRole.NETWORK_OPERATOR,
    TRANSPORTER: RemotePartyRole.NETWORK_OPERATOR,
    OTHER_USER: RemotePartyRole.OTHER,
    LOAD_CONTROLLER: RemotePartyRole.LOAD_CONTROLLER,
}
_ROWS: Final = (
    PartyRow(Mpid("SUPA"), UserRole.IS, "Supplier A", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPA"), UserRole.GS, "Supplier A", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPB"), UserRole.IS, "Supplier B", OTHER_SUPPLIER, dcc_user=True),
    PartyRow(Mpid("EXPT"), UserRole.ES, "Exporter", EXPORTER, dcc_user=True),
    PartyRow(Mpid("EELC"), UserRole.ED, "Networks", OPERATOR, (DistributorId(10),), dcc_user=True),
    PartyRow(Mpid("GTA"), UserRole.GT, "Transporter", TRANSPORTER, gas_networks=("GT",), dcc_user=True),
    PartyRow(Mpid("OTHR"), UserRole.OU, "Other User", OTHER_USER, dcc_user=True),
)
_STEPS: Final = (StatusCause.ADDED_TO_HUB, StatusCause.JOINED_HAN, StatusCause.JOINED_METER)


class Exchange(NamedTuple):
    """One service from its first call to what its User reads in the answer."""

    request: ServiceRequest
    response: ServiceResponse
    opened: OpenedResponse


class PartyHome:
    """The DCC, the clients of its Users, and the devices, all Commissioned."""

    def __init__(self) -> None:
        self.now = START + HOUR
        self.bed = TestBed(13, PartyTable(_ROWS), START)
        self.clients = {user: self.bed.enrol(user, role) for user, role in _ROLES.items()}
        supplier = self.clients[SUPPLIER].credentials
        self.devices: dict[Eui64, Device] = {
            eui: self.bed.manufacture(kind, eui, START, supplier if eui in _MADE_FOR_SUPPLIER else None)
            for eui, kind in KINDS.items()
        }
        self._register()
        self._commission()

    def client(self, user: Eui64) -> PartyClient:
        return self.clients[user]

    def ask(self, user: Eui64, srv: Srv, target: Eui64, body: RequestBody, **known: Any) -> Exchange:
        """Follow a service to its end; ``known`` is what the party knows when it signs."""
        client = self.client(user)
        request = client.request(srv, target, body, self.now)
        submission = self.bed.dsp.submit(request, self.now)
        if isinstance(submission.response.body, PreCommand):
            signed = client.sign_pre_command(request, submission.response, **known)
            submission = self.bed.dsp.submit(signed, self.now)
        assert submission.command is not None, (submission.response, submission.decision.rejection)
        effects = self.devices[target].receive(submission.command.octets, self.now)
        answers = [self.bed.dsp.receive(octets, self.now).response for octets in effects.sent]
        mine = [answer for answer in answers if answer and answer.request_id == request.request_id]
        assert mine, (effects.entry, answers)
        return Exchange(request, mine[0], client.open(mine[0]))

    def transformed(
        self, user: Eui64, srv: Srv, target: Eui64, body: RequestBody
    ) -> tuple[ServiceRequest, ServiceResponse]:
        """The first call of a critical service, and its Pre-Command."""
        request = self.client(user).request(srv, target, body, self.now)
        response = self.bed.dsp.submit(request, self.now).response
        assert isinstance(response.body, PreCommand), response
        return request, response

    def hand_over(self, operator: Eui64, target: Eui64) -> Exchange:
        """Put a network operator's certificates in its cells."""
        body = self.client(operator).replacement(self.client(operator).credentials)
        return self.ask(SUPPLIER, Srv.HANDOVER, target, body)

    def _register(self) -> None:
        registration = self.bed.world.registration
        registration.add_electricity(MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPA")))
        export = ElectricityRecord(Mpid("EELC"), Mpid("EXPT"), direction=Direction.EXPORT)
        registration.add_electricity(EXPORT_MPAN, export)
        registration.add_gas(MPRN, GasRecord(Mpid("GTA"), supplier=Mpid("SUPA")))

    def _commission(self) -> None:
        inventory = self.bed.world.inventory
        self.bed.commission_gpf(GPF, CHF, GSME, MpxnLinks(MPRN), START)
        self.bed.commission_meter(ESME, DeviceType.ESME, MpxnLinks(MPAN, export_mpan=EXPORT_MPAN), START)
        for eui in (PPMID, HCALCS):
            inventory.pre_notify(eui, KINDS[eui], START, notified_by=SUPPLIER)
            for cause in _STEPS:
                inventory.change_status(eui, cause, START)
        for eui in (ESME, GSME, PPMID, HCALCS):
            inventory.assign_hub(eui, CHF)
        inventory.join(ESME, PPMID)
        inventory.pre_notify(OLD_HUB, DeviceType.CHF, START)
        inventory.pre_notify(OLD_GPF, DeviceType.GPF, START, hub=OLD_HUB)
        inventory.pre_notify(NEW, DeviceType.IHD, START, notified_by=SUPPLIER)
