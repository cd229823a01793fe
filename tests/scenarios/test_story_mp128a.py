"""A gas operator leaves, another takes over (MP128A): the whole story as signed DUIS documents and octets.

The operator counts in milliseconds since 1970 and swaps its certificates for the broker's without a floor.
The DCC numbers its own commands per device from 1. When the supplier then hands the gas proxy functions over
to the new operator, every one of them takes the DCC's number for that of an old command, and is silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from dcc.access_control_broker import AcbCounters
from dcc.bodies.credentials import ReplaceCredentials, RetrieveRoles
from dcc.identifiers import Mpid, Mprn
from dcc.inventory import MpxnLinks
from dcc.modifications import Modification
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import GasRecord
from dcc.response_codes import ResponseCode
from dcc.rules.envelope import WEB_SERVICE_OF
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.service_responses import ServiceResponse
from dcc.srv import Srv
from devices import cells
from devices.gbcs.credentials import RetrieveCredentialsResponse
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse
from devices.security_log import Refusal
from scenarios.duis_client import DuisParty
from scenarios.test_bed import ACB_ID, TestBed

START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
NO_ROLE: Final = RemotePartyRole.NETWORK_OPERATOR
ON: Final = (Modification.MP128A,)


def eui(prefix: str, number: int) -> Eui64:
    return Eui64.parse(f"{prefix}-{number:02X}-00-00")


SUPPLIER, LEAVER, NEWCOMER = (eui("90-B3-D5-1F-30", number) for number in (1, 5, 6))
GPFS, HUBS, METERS = (
    tuple(eui(f"00-DB-12-34-{kind}", number) for number in range(1, 4)) for kind in ("A3", "A2", "A1")
)
MPRNS: Final = tuple(Mprn.from_unique(f"1234567{number}") for number in range(3))
_ROWS: Final = (
    PartyRow(Mpid("SUP"), UserRole.GS, "Supplier", SUPPLIER, dcc_user=True),
    PartyRow(Mpid("OLD"), UserRole.GT, "Gas Networks that leave", LEAVER, dcc_user=True),
    PartyRow(Mpid("NEW"), UserRole.GT, "Gas Networks to come", NEWCOMER, dcc_user=True),
)


class Street:
    """Three homes with gas behind one DCC; what passes between it and a User is a signed document."""

    def __init__(
        self,
        modifications: Iterable[Modification] = (),
        acb_counters: AcbCounters = AcbCounters.PER_DEVICE,
    ) -> None:
        self.now = START
        self.bed = TestBed(
            128, PartyTable(_ROWS), START, modifications=modifications, acb_counters=acb_counters
        )
        self.door = self.bed.front_door()
        roles = {SUPPLIER: RemotePartyRole.SUPPLIER, LEAVER: NO_ROLE, NEWCOMER: NO_ROLE}
        self.parties = {
            user: DuisParty(
                self.bed.enrol(user, role),
                self.bed.xml_signer(user),
                self.bed.repository,
                self.bed.provider,
            )
            for user, role in roles.items()
        }
        self.gpfs = {gpf: self.bed.manufacture(DeviceType.GPF, gpf, START) for gpf in GPFS}
        for gpf, hub, meter, mprn in zip(GPFS, HUBS, METERS, MPRNS, strict=True):
            self.bed.commission_gpf(gpf, hub, meter, MpxnLinks(mprn), START)
            self.bed.world.registration.add_gas(mprn, GasRecord(Mpid("OLD"), supplier=Mpid("SUP")))

    def hand_over(self, owner: Eui64) -> list[str]:
        """6.21 by the supplier, device by device."""
        client = self.parties[SUPPLIER].client
        body = client.replacement(self.parties[owner].client.credentials)
        return [self.ask(SUPPLIER, Srv.HANDOVER, gpf, body) for gpf in GPFS]

    def swap(self, *, floor: int | None = None) -> list[str]:
        """6.15.1 by the leaving operator: the broker's certificates in place of its own."""
        dcc = self.bed.dcc_certificates
        body = ReplaceCredentials(
            NO_ROLE,
            dcc.acb_signing.der,
            dcc.acb_agreement.der,
            path=(self.bed.smki.issuer.certificate.der,),
            floor=None if floor is None else OriginatorCounter(floor),
        )
        return [self.ask(LEAVER, Srv.UPDATE_CREDENTIALS, gpf, body) for gpf in GPFS]

    def ask(self, user: Eui64, srv: Srv, gpf: Eui64, body: ReplaceCredentials | RetrieveRoles) -> str:
        """A service to its end: what its User reads in the last document."""
        self.now += HOUR
        party = self.parties[user]
        request = party.client.request(srv, gpf, body, self.now)
        if request.command_variant is CommandVariant.TRANSFORM:
            transformed, _ = self._send(party, request)
            request = party.client.sign_pre_command(request, transformed)
        answer, command = self._send(party, request)
        if command is None:
            return str(answer.code.value)
        for octets in self.gpfs[gpf].receive(command, self.now).sent:
            response = self.bed.dsp.receive(octets, self.now).response
            if response is not None and response.request_id == request.request_id:
                self.last_opened = party.client.open(party.open_response(self.door.document(response)))
                return str(response.code.value)
        given_up = self.bed.dsp.give_up(self._last_command, ResponseCode.E21, self.now)
        assert given_up is not None
        return str(party.open_response(self.door.document(given_up)).code.value)

    def _send(self, party: DuisParty, request: ServiceRequest) -> tuple[ServiceResponse, bytes | None]:
        web_service = WEB_SERVICE_OF[request.command_variant]
        reply = self.door.submit(party.sign_request(request), web_service, self.now)
        command = reply.submission.command
        if command is not None:
            self._last_command = command
            self.last_number = parse(command.octets).header.originator_counter
        return party.open_answer(request, reply.document), command.octets if command else None

    def sell_the_network(self) -> None:
        """The registration data has the newcomer from now on, and the leaver is gone."""
        for mprn in MPRNS:
            self.bed.world.registration.add_gas(
                mprn, GasRecord(Mpid("NEW"), supplier=Mpid("SUP"), effective_from=self.now.date())
            )

    def holders(self) -> set[Eui64 | None]:
        """Who is in the network operator cells, all devices and both cells together."""
        both = (cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT)
        return {gpf.store[cell].subject for gpf in self.gpfs.values() for cell in both}


def left_by_the_operator(
    modifications: Iterable[Modification] = (),
    acb_counters: AcbCounters = AcbCounters.PER_DEVICE,
    *,
    floor: int | None = None,
) -> Street:
    """Everything up to the handover to the new operator."""
    street = Street(modifications, acb_counters)
    assert street.hand_over(LEAVER) == ["I0"] * 3
    assert street.holders() == {LEAVER}
    street.now += timedelta(days=100)
    assert street.swap(floor=floor) == ["I0"] * 3
    assert street.holders() == {ACB_ID}
    street.sell_the_network()
    return street


def test_without_the_recorded_counter_every_gpf_refuses_the_new_operators_certificates() -> None:
    """I99, then silence, then E21; each device has noted a replay."""
    street = left_by_the_operator()
    assert street.hand_over(NEWCOMER) == ["E21"] * 3
    assert street.last_number == 2
    assert street.holders() == {ACB_ID}
    for gpf in street.gpfs.values():
        assert gpf.log[-1].refusal is Refusal.REPLAY
        assert gpf.counters.current(NO_ROLE) > 10**12


def test_asking_again_does_not_help() -> None:
    """The DCC would have to send a command each millisecond for half a century."""
    street = left_by_the_operator()
    for attempt in range(2, 6):
        assert street.hand_over(NEWCOMER) == ["E21"] * 3
        assert street.last_number == attempt
    assert street.holders() == {ACB_ID}


def test_with_the_recorded_counter_they_land() -> None:
    street = left_by_the_operator(ON)
    recorded = {gpf: street.bed.world.originator_counters.get(gpf) for gpf in GPFS}
    for gpf, record in recorded.items():
        assert record is not None
        assert record.source_request_id.originator == LEAVER
        assert record.no_cell_floor == street.gpfs[gpf].counters.current(NO_ROLE)
    assert street.hand_over(NEWCOMER) == ["I0"] * 3
    assert street.holders() == {NEWCOMER}
    last = recorded[GPFS[-1]]
    assert last is not None
    assert street.last_number == last.no_cell_floor + 1


def test_the_new_operator_is_at_home_then() -> None:
    """Its own numbers, milliseconds of a later time, exceed what the DCC used for it."""
    street = left_by_the_operator(ON)
    street.hand_over(NEWCOMER)
    client = street.parties[NEWCOMER].client
    own = client.replacement(client.credentials)
    assert [street.ask(NEWCOMER, Srv.UPDATE_CREDENTIALS, gpf, own) for gpf in GPFS] == ["I0"] * 3


@pytest.mark.parametrize("modifications", [(), ON], ids=["off", "on"])
def test_a_floor_of_0_in_the_swap_would_have_done(modifications: tuple[Modification, ...]) -> None:
    street = left_by_the_operator(modifications, floor=0)
    assert street.hand_over(NEWCOMER) == ["I0"] * 3
    assert street.holders() == {NEWCOMER}


@pytest.mark.parametrize("modifications", [(), ON], ids=["off", "on"])
def test_and_so_would_a_dcc_that_counts_in_milliseconds(modifications: tuple[Modification, ...]) -> None:
    street = left_by_the_operator(modifications, AcbCounters.EPOCH_MILLISECONDS)
    assert street.hand_over(NEWCOMER) == ["I0"] * 3
    assert street.holders() == {NEWCOMER}


@pytest.mark.parametrize(("floor", "code"), [(1, "I0"), (2, "E21")])
def test_the_floor_decides_to_the_unit(floor: int, code: str) -> None:
    """The DCC's next number for each device is 2."""
    street = left_by_the_operator(floor=floor)
    assert street.hand_over(NEWCOMER) == [code] * 3


def test_a_modification_that_comes_too_late_is_helped_by_a_read() -> None:
    """What was swapped before it came into force was not recorded; 6.24.1 tells the number."""
    street = left_by_the_operator()
    street.bed.world.modifications = frozenset(ON)
    assert street.hand_over(NEWCOMER) == ["E21"] * 3
    for gpf in GPFS:
        assert street.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, gpf, RetrieveRoles((NO_ROLE,))) == "I0"
        assert isinstance(street.last_opened, RetrieveCredentialsResponse)
        assert street.last_opened.roles[0].counter == street.gpfs[gpf].counters.current(NO_ROLE)
    assert street.hand_over(NEWCOMER) == ["I0"] * 3
    assert street.holders() == {NEWCOMER}


def test_an_operator_that_leaves_without_a_swap_locks_the_newcomer_out() -> None:
    """MP128A cannot help there: the broker is not in the cell."""
    street = Street(ON)
    street.hand_over(LEAVER)
    street.sell_the_network()
    assert street.hand_over(NEWCOMER) == ["E21"] * 3
    assert street.holders() == {LEAVER}
    assert all(gpf.log[-1].refusal is Refusal.NO_AUTHORITY for gpf in street.gpfs.values())
