from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from dcc.bodies.reads import ReadLog
from dcc.identifiers import DistributorId, Mpan, Mpid
from dcc.inventory import MpxnLinks
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord
from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from devices.gbcs.credentials import UpdateCredentialsResponse
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.reads import NetworkData
from scenarios.engine.link import Answer, Link, network_operator_cells
from scenarios.engine.link_delays import LinkDelays
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.records import Records
from scenarios.engine.simulation import Conversation, Simulation
from scenarios.engine.trace import Trace
from scenarios.party_client import PartyClient
from scenarios.test_bed import ACB_ID, TestBed

START = datetime(2026, 1, 5, tzinfo=UTC)
METER = Eui64.parse("00-DB-12-34-00-00-00-01")
SUPPLIER_ID, TRUE_ID, OTHER_ID = (Eui64.parse(f"90-B3-D5-1F-30-01-00-0{n}") for n in (1, 2, 3))
DELAYS = LinkDelays()
READ = ReadLog(START, START + timedelta(hours=1))


class Street:
    """One meter, its supplier, its network operator, and another one."""

    def __init__(
        self, *modifications: Modification, delays: LinkDelays = DELAYS, traced: bool = True
    ) -> None:
        rows = [
            PartyRow(Mpid("SUPA"), UserRole.IS, "Supplier", SUPPLIER_ID, dcc_user=True),
            PartyRow(Mpid("EELC"), UserRole.ED, "True", TRUE_ID, (DistributorId(10),), dcc_user=True),
            PartyRow(Mpid("EMEB"), UserRole.ED, "Other", OTHER_ID, (DistributorId(11),), dcc_user=True),
        ]
        self.bed = TestBed(7, PartyTable(rows), START, modifications=modifications)
        self.supplier = self.bed.enrol(SUPPLIER_ID, RemotePartyRole.SUPPLIER)
        self.true = self.bed.enrol(TRUE_ID, RemotePartyRole.NETWORK_OPERATOR)
        self.other = self.bed.enrol(OTHER_ID, RemotePartyRole.NETWORK_OPERATOR)
        self.records, self.trace = Records(), io.StringIO()
        self.simulation = Simulation(START, START + timedelta(days=1))
        users = (self.supplier, self.true, self.other)
        trace = Trace(self.trace) if traced else None
        self.link = Link(self.simulation, self.bed.dsp, users, self.records, delays, trace)
        self.meter = self.bed.manufacture(DeviceType.ESME, METER, START)
        mpan = Mpan.from_core(DistributorId(10), 1)
        self.bed.commission_meter(METER, DeviceType.ESME, MpxnLinks(mpan), START)
        record = ElectricityRecord(Mpid("EELC"), Mpid("SUPA"))
        self.bed.world.registration.add_electricity(mpan, record)
        self.link.connect(self.meter)
        self._calls = 0

    def call(self, client: PartyClient, srv: Srv, body: RequestBody) -> tuple[Answer, timedelta]:
        """One service to its end, and how long it took."""
        begun = self.simulation.now
        found: list[tuple[Answer, timedelta]] = []
        self._calls += 1
        chance = RandomStreams(1).stream("call", self._calls)

        def job() -> Conversation[None]:
            answer = yield from self.link.call(client, srv, METER, body, chance)
            found.append((answer, self.simulation.now - begun))

        self.simulation.begin(begun, job)
        self.simulation.run()
        return found[0]

    def hand_over(self, owner: PartyClient) -> Answer:
        return self.call(self.supplier, Srv.HANDOVER, self.supplier.replacement(owner.credentials))[0]

    def lines(self) -> list[str]:
        return self.trace.getvalue().splitlines()


def test_an_answer_is_the_devices_own_verified_and_opened() -> None:
    street = Street()
    answer = street.hand_over(street.true)
    assert answer.code is ResponseCode.I0
    assert isinstance(answer.opened, UpdateCredentialsResponse)
    assert network_operator_cells(street.meter) == (TRUE_ID, TRUE_ID)
    answer, took = street.call(street.true, Srv.READ_NETWORK_DATA, READ)
    assert isinstance(answer.opened, NetworkData)
    assert timedelta() < took <= timedelta(seconds=DELAYS.wan_round_trip_longest_seconds)


def test_a_change_of_the_network_operators_cells_is_recorded_once() -> None:
    street = Street()
    street.hand_over(street.supplier)
    assert street.records.cell_changes == []
    street.hand_over(street.other)
    (change,) = street.records.cell_changes
    assert (change.device, change.signing, change.agreement) == (METER, OTHER_ID, OTHER_ID)


def test_a_silent_device_is_e21_exactly_at_the_timeout_and_its_alert_is_recorded() -> None:
    street = Street()
    street.hand_over(street.supplier)
    street.hand_over(street.other)
    answer, took = street.call(street.true, Srv.READ_NETWORK_DATA, READ)
    assert answer == Answer(ResponseCode.E21)
    assert took == timedelta(seconds=DELAYS.response_timeout_seconds)
    assert [alert.recipient for alert in street.records.alerts] == [SUPPLIER_ID]
    traffic = street.records.traffic
    assert (traffic.commands, traffic.responses, traffic.alerts, traffic.wan_messages) == (3, 2, 1, 6)


def test_an_alert_to_nobody_is_dropped() -> None:
    street = Street()
    # The supplier cell still holds the access control broker's certificate, and the broker is no User.
    assert street.call(street.true, Srv.READ_NETWORK_DATA, READ)[0].code is ResponseCode.E21
    assert network_operator_cells(street.meter) == (ACB_ID, ACB_ID)
    assert street.records.alerts == []
    assert any("dropped" in line for line in street.lines())


def test_a_refused_request_takes_no_time_and_sends_nothing() -> None:
    street = Street(Modification.SECMP0063)
    answer, took = street.call(
        street.supplier, Srv.HANDOVER, street.supplier.replacement(street.other.credentials)
    )
    assert (answer, took) == (Answer(ResponseCode.SIM_E062190), timedelta())
    assert street.records.traffic.wan_messages == 0
    (refusal,) = street.records.refusals
    assert (refusal.user_id, refusal.srv, refusal.device) == (SUPPLIER_ID, Srv.HANDOVER, METER)
    assert refusal.device_type is DeviceType.ESME


def test_a_critical_service_is_transformed_first_which_takes_its_time() -> None:
    street = Street()
    street.hand_over(street.other)
    body = street.other.replacement(street.true.credentials)
    answer, took = street.call(street.other, Srv.UPDATE_CREDENTIALS, body)
    assert answer.code is ResponseCode.I0
    assert network_operator_cells(street.meter) == (TRUE_ID, TRUE_ID)
    assert took > timedelta(seconds=DELAYS.transform_shortest_seconds)
    assert street.records.traffic.service_requests == 3
    assert [line.split(" RX ")[1].split()[0] for line in street.lines()[-7:]] == [
        "6.15.1/4",
        "6.15.1/5",
        "CS02b/3",
        "N42",
        "N42",
        "N42",
        "response",
    ]


def test_a_round_trip_is_never_longer_than_the_longest() -> None:
    delays = DELAYS._replace(
        wan_round_trip_median_seconds=200.0,
        wan_round_trip_99th_percentile_seconds=201.0,
        wan_round_trip_longest_seconds=7.0,
    )
    street = Street(delays=delays)
    body = street.supplier.replacement(street.true.credentials)
    assert street.call(street.supplier, Srv.HANDOVER, body)[1] == timedelta(seconds=7)


def test_trace_lines_have_fixed_columns() -> None:
    street = Street()
    street.hand_over(street.other)
    street.call(street.true, Srv.READ_NETWORK_DATA, READ)
    lines = street.lines()
    assert {line.index(" RX ") for line in lines} == {44}
    assert {line.index(" ctr=") for line in lines} == {57}
    assert {line.index(" -> ") for line in lines} == {75}
    (refused,) = [line for line in lines if "REJECT" in line]
    assert f"ESME {METER} RX ECS23 " in refused
    assert "REJECT no_authority: " in refused


def test_the_trace_names_an_alert_by_its_code_and_a_silence_by_its_request() -> None:
    street = Street()
    street.hand_over(street.supplier)
    street.hand_over(street.other)
    street.call(street.true, Srv.READ_NETWORK_DATA, READ)
    lines = street.lines()
    (alerted,) = [line for line in lines if "alert to" in line]
    assert f"RX 8F30      ctr={street.meter.alert_counter} " in alerted
    (asked,) = [line for line in lines if "RX 4.10/1 " in line and "I99" in line]
    (silent,) = [line for line in lines if line.endswith("no answer, E21")]
    assert "RX 4.10/1 " in silent
    assert asked[asked.index(" ctr=") : asked.index(" -> ")] in silent


def test_tracing_changes_nothing() -> None:
    tallies, moments = [], []
    for traced in (True, False):
        street = Street(traced=traced)
        street.hand_over(street.other)
        street.call(street.true, Srv.READ_NETWORK_DATA, READ)
        tallies.append(street.bed.provider.tally)
        moments.append(street.simulation.now)
        assert bool(street.lines()) is traced
    assert tallies[0] == tallies[1]
    assert moments[0] == moments[1]


def test_a_device_out_of_reach_is_e20_and_hears_nothing() -> None:
    """Back in reach it answers as ever; the request that failed stays failed."""
    street = Street()
    street.hand_over(street.true)
    street.link.set_reachable(METER, reachable=False)
    commands = street.records.traffic.commands
    answer, took = street.call(street.true, Srv.READ_NETWORK_DATA, READ)
    assert answer == Answer(ResponseCode.E20)
    assert took < timedelta(seconds=DELAYS.wan_round_trip_longest_seconds)
    assert street.records.traffic.commands == commands
    street.link.set_reachable(METER, reachable=True)
    assert street.call(street.true, Srv.READ_NETWORK_DATA, READ)[0].code is ResponseCode.I0
