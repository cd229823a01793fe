"""A home that is being installed: everything between Users and the DCC goes as signed DUIS documents.

Each call is followed to its end: request, transform and signature where needed, command, the devices'
responses and alerts, and what the DCC tells whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from dcc.alert_payloads import DccAlert
from dcc.duis.front_door import FrontDoorSettings
from dcc.duis.schema import DuisSchema
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord, GasRecord
from dcc.response_codes import ResponseCode
from dcc.rules.envelope import WEB_SERVICE_OF
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import DeviceAlert, PreCommand, ServiceResponse
from dcc.srv import Srv
from devices.device import Device
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
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


def device_id(last: int) -> Eui64:
    return Eui64.parse(f"00-DB-12-34-56-78-90-{last:02X}")


ESME, GSME, CHF, GPF, PPMID, IHD = map(device_id, (0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA7))
_KINDS: Final = {
    ESME: DeviceType.ESME,
    GSME: DeviceType.GSME,
    CHF: DeviceType.CHF,
    GPF: DeviceType.GPF,
    PPMID: DeviceType.PPMID,
}
_MADE_FOR_SUPPLIER: Final = (ESME, GSME)
_ROWS: Final = (
    PartyRow(Mpid("SUPA"), UserRole.IS, "Supplier A", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPA"), UserRole.GS, "Supplier A", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPB"), UserRole.IS, "Supplier B", NEXT_SUPPLIER, dcc_user=True),
    PartyRow(Mpid("SUPB"), UserRole.GS, "Supplier B", NEXT_SUPPLIER, dcc_user=True),
    PartyRow(Mpid("EELC"), UserRole.ED, "Networks", DISTRIBUTOR, (DistributorId(10),), dcc_user=True),
    PartyRow(Mpid("GTA"), UserRole.GT, "Transporter", TRANSPORTER, gas_networks=("GT",), dcc_user=True),
)


class Site:
    """A DCC, its Users, and the devices of one home, of which the DCC knows nothing yet."""

    def __init__(self, schema: DuisSchema | None = None) -> None:
        self.now = START
        self.bed = TestBed(11, PartyTable(_ROWS), START)
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
            for eui, kind in _KINDS.items()
        }
        registration = self.bed.world.registration
        registration.add_electricity(MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPA")))
        registration.add_gas(MPRN, GasRecord(Mpid("GTA"), supplier=Mpid("SUPA")))
        self.told: list[tuple[Eui64, str]] = []
        """Alerts of the DCC, in their order: to whom, and which."""
        self.device_alerts: list[tuple[Eui64, DeviceAlert]] = []

    def status(self, eui: Eui64) -> str | None:
        status = self.bed.world.inventory.device(eui).status
        return status.value if status else None

    def ask(
        self, user: Eui64, srv: Srv, target: Eui64, body: RequestBody
    ) -> tuple[ResponseCode, ServiceResponse | None, OpenedResponse]:
        """A service from beginning to end: the code of the last answer, the answer, and what it says."""
        self.now += MINUTE
        party = self.parties[user]
        request = party.client.request(srv, target, body, self.now)
        answer, commands = self._submit(party, request)
        if isinstance(answer.body, PreCommand):
            request = party.client.sign_pre_command(request, answer)
            answer, commands = self._submit(party, request)
        for command in commands:
            answered = self._deliver(command.device, command.octets)
            mine = [item for item in answered if item.request_id == request.request_id]
            if not mine:
                return ResponseCode.E21, None, None
            response = party.open_response(self.front_door.document(mine[0]))
            return response.code, response, party.client.open(response)
        return answer.code, answer, None

    def arrive(self, sent: Iterable[bytes]) -> list[ServiceResponse]:
        """What devices sent, at the DSP: the responses for Users; alerts are noted."""
        passed = []
        for octets in sent:
            response, notices = self.bed.dsp.receive(octets, self.now)
            self._note(notices)
            if response is not None and isinstance(response.body, DeviceAlert):
                self.device_alerts.append((response.recipient, response.body))
            elif response is not None:
                passed.append(response)
        return passed

    def joins_han(self, eui: Eui64) -> None:
        """A device finds the hub, which has it in its log."""
        hub = self.devices[CHF]
        assert hasattr(hub, "joined")
        self.arrive(hub.joined(eui, bytes([eui[-1]] * 16), self.now))

    def _submit(self, party: DuisParty, request: ServiceRequest):  # type: ignore[no-untyped-def]
        web_service = WEB_SERVICE_OF[request.command_variant]
        reply = self.front_door.submit(party.sign_request(request), web_service, self.now)
        self._note(reply.submission.notices)
        answer = party.open_answer(request, reply.document)
        command = reply.submission.command
        return answer, [] if command is None else [command]

    def _deliver(self, eui: Eui64, octets: bytes) -> list[ServiceResponse]:
        effects = self.devices[eui].receive(octets, self.now)
        self.last_entry = effects.entry
        return self.arrive(effects.sent)

    def _note(self, notices: Iterable[ServiceResponse]) -> None:
        """Every alert of the DCC is read by its User, from the document."""
        for notice in notices:
            party = self.parties[notice.recipient]
            read = party.open_response(self.front_door.document(notice))
            assert isinstance(read.body, DccAlert)
            self.told.append((read.recipient, read.body.code.value))


__all__ = ["ACB_ID", "CommandVariant", "Site"]
