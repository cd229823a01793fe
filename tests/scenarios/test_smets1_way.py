"""The link to SMETS1 devices, and for commands of the DCC itself: answers, events, who is out of reach."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest

from dcc.acb_renewal import AcbRenewal
from dcc.bodies.credentials import RetrieveRoles
from dcc.modifications import Modification
from dcc.own_commands import OwnCommand, OwnCommands
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.electricity_fleet import draw_meters, install, users_of
from scenarios.engine.family import RunSettings
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.link import Answer
from scenarios.engine.link_faults import NO_LINK_FAULTS, LinkFaults
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit, close_run, open_run
from scenarios.engine.simulation import Conversation
from scenarios.engine.trace import Trace
from scenarios.smets1_fleet import Smets1Meter, draw_fleet, holders, migrate_fleet, retire

DAY = date(2026, 1, 5)
BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
I0, E4, E20, E21, E1004 = (ResponseCode(code) for code in ("I0", "E4", "E20", "E21", "E1004"))
_Result = TypeVar("_Result")
ASK = RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,))


class Street:
    """Some SMETS1 meters at their S1SPs."""

    def __init__(
        self,
        *modifications: Modification,
        gas_share: float = 0.0,
        faults: LinkFaults = NO_LINK_FAULTS,
    ) -> None:
        self.trace = io.StringIO()
        streams = RandomStreams(1)
        self.fleet = draw_fleet(3, 2, gas_share, streams)
        settings = RunSettings(1, trace=Trace(self.trace))
        until = BEGINS + timedelta(days=1)
        self.kit = open_run(
            settings,
            self.fleet.parties,
            self.fleet.users,
            BEGINS,
            until,
            frozenset(modifications),
            faults=faults,
        )
        migrate_fleet(self.kit, self.fleet, DAY)
        self.meter = self.fleet.meters[0]
        self.own = self.meter.operator.user_id
        self.other = self.fleet.others_than(self.meter)[0][0].user_id

    def place(self, sender: Eui64, owner: Eui64) -> Answer:
        clients = self.kit.clients
        body = clients[sender].replacement(clients[owner].credentials)
        return self.call(sender, Srv.UPDATE_CREDENTIALS, body)

    def call(self, sender: Eui64, srv: Srv, body: RequestBody) -> Answer:
        kit, device = self.kit, self.meter.device
        chance = kit.streams.stream("call", len(kit.journal))
        return ended(kit, kit.link.call(kit.clients[sender], srv, device, body, chance))

    def events(self, kind: EventKind) -> list[Event]:
        return [event for event in self.kit.journal if event.kind is kind]


def ended(kit: RunKit, conversation: Conversation[_Result]) -> _Result:
    found: list[_Result] = []

    def job() -> Conversation[None]:
        found.append((yield from conversation))

    kit.simulation.begin(kit.simulation.now, job)
    kit.simulation.run()
    return found[0]


@pytest.mark.parametrize("gas_share", [0.0, 1.0])
def test_a_placement_comes_to_the_s1sp_and_back(gas_share: float) -> None:
    street = Street(gas_share=gas_share)
    assert street.place(street.own, street.own).code is I0
    assert street.kit.simulation.now > BEGINS
    answer = street.call(street.own, Srv.RETRIEVE_CREDENTIALS, ASK)
    assert answer.smets1 is not None
    assert {slot.owner for slot in answer.smets1.slots} == {street.own}
    assert close_run(street.kit, {}, (), ()).breaches == ()


def test_the_journal_tells_what_the_s1sp_did() -> None:
    street = Street()
    assert street.place(street.own, street.other).code is I0
    (obeyed,) = street.events(EventKind.OBEYED)
    assert (obeyed.actor, obeyed.device, obeyed.code) == (street.own, street.meter.device, "0103")
    cells = street.events(EventKind.CELL)
    assert {event.actor for event in cells} == {street.other}
    assert [event.code.split()[1] for event in cells] == ["digital_signature", "key_agreement"]
    (final,) = street.events(EventKind.FINAL)
    assert (final.code, final.number) == ("I0", obeyed.number)
    assert holders(street.kit, street.fleet)[street.meter.device] == street.other


def test_refusals_come_with_their_text_and_change_nothing() -> None:
    street = Street()
    street.place(street.own, street.other)
    refused = street.place(street.own, street.own)
    assert refused.code is E1004
    assert refused.smets1 is not None
    assert refused.smets1.refusal is not None
    assert refused.smets1.refusal.text == "S1SP: ownership"
    assert [event.detail for event in street.events(EventKind.REFUSED)] == ["S1SP: ownership"]
    at_dsp = street.place(street.other, street.own)
    assert (at_dsp.code, at_dsp.smets1) == (E4, None)
    assert len(street.events(EventKind.REFUSED)) == 1, "the DSP let nothing through"
    assert "REJECT S1SP: ownership" in street.trace.getvalue()


def test_a_counter_falls_by_a_new_owner_alone_and_that_is_no_breach() -> None:
    """The other operator's first number may be lower than the first one's last: its slot begins anew."""
    street = Street(Modification.MP107_DSP, Modification.MP107_S1SP)
    street.place(street.own, street.own)
    street.place(street.own, street.other)
    street.place(street.other, street.own)
    assert close_run(street.kit, {}, (), ()).breaches == ()
    falls = [event for event in street.events(EventKind.COUNTER) if event.detail.endswith("floor")]
    assert len(falls) == 1, "from a number to 0; the second new owner begins where 0 was already"
    assert holders(street.kit, street.fleet)[street.meter.device] == street.own


@pytest.mark.parametrize("gas_share", [0.0, 1.0])
def test_a_retired_meter_takes_nothing_any_more(gas_share: float) -> None:
    street = Street(gas_share=gas_share)
    retire(street.kit, street.meter)
    assert street.place(street.own, street.own).code not in (I0, E1004)
    assert street.events(EventKind.OBEYED) == []


def test_one_meter_more_does_not_change_the_others() -> None:
    def facts(meters: tuple[Smets1Meter, ...]) -> list[tuple[Eui64, bool, Eui64, int]]:
        return [(item.device, item.gas, item.operator.user_id, item.cohort) for item in meters]

    few, more = (draw_fleet(count, 2, 0.5, RandomStreams(3)).meters for count in (5, 6))
    assert facts(few) == facts(more)[:5]


class OwnStreet:
    """One electricity meter, and a DCC that renews its certificates there."""

    def __init__(self, faults: LinkFaults = NO_LINK_FAULTS) -> None:
        population = draw_meters(1, 1, RandomStreams(1))
        self.kit = open_run(
            RunSettings(1),
            population.parties,
            users_of(population),
            BEGINS,
            BEGINS + timedelta(days=1),
            frozenset(),
            faults=faults,
        )
        (self.home,) = population.homes
        install(self.kit, self.home, supplier_placed=True)
        bed = self.kit.bed
        self.own = OwnCommands(bed.world, bed.dsp.broker)
        self.renewal = AcbRenewal(bed.world, bed.dsp.broker, self.own, bed.new_broker_credentials(1))

    def send(self, command: OwnCommand | None) -> tuple[ResponseCode, timedelta]:
        assert command is not None
        kit, begun = self.kit, self.kit.simulation.now

        def take(octets: bytes) -> bool:
            return self.renewal.take(octets, kit.simulation.now) is not None

        code = ended(kit, kit.link.command(command, take, kit.streams.stream("way")))
        return code, kit.simulation.now - begun


def test_a_command_of_the_dccs_own_is_answered() -> None:
    street = OwnStreet()
    code, lasted = street.send(street.renewal.renew(street.home.device, BEGINS))
    assert code is I0
    assert timedelta() < lasted <= timedelta(minutes=2)
    traffic = street.kit.records.traffic
    assert (traffic.commands, traffic.responses, traffic.service_requests) == (1, 1, 0)
    assert close_run(street.kit, {}, (), ()).breaches == ()


def test_out_of_reach_it_is_e20_and_refused_e21() -> None:
    street = OwnStreet()
    device = street.home.device
    street.kit.link.set_reachable(device, reachable=False)
    assert street.send(street.renewal.renew(device, BEGINS))[0] is E20
    street.kit.link.set_reachable(device, reachable=True)
    command = street.renewal.renew(device, BEGINS)
    assert command is not None
    spoilt = command._replace(octets=command.octets[:-1] + bytes((command.octets[-1] ^ 1,)))
    code, lasted = street.send(spoilt)
    assert code is E21
    assert lasted == timedelta(minutes=5)
    assert street.kit.records.traffic.alerts == 1, "the meter tells its supplier"
