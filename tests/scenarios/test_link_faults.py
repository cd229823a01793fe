from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcc.bodies.reads import ReadLog
from dcc.identifiers import DistributorId, Mpan, Mpid
from dcc.inventory import MpxnLinks
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from devices.device import Effects
from devices.esme import Esme
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.reads import NetworkData
from devices.replay import ReplayCounters
from devices.security_log import Refusal
from scenarios.engine.history import check_history
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.link import Answer, Link, network_operator_cells
from scenarios.engine.link_delays import LinkDelays
from scenarios.engine.link_faults import NO_LINK_FAULTS, Carried, FaultyWire, LinkFaults
from scenarios.engine.random_streams import RandomStream, RandomStreams
from scenarios.engine.records import Records
from scenarios.engine.simulation import Conversation, Simulation
from scenarios.engine.trace import Trace
from scenarios.errors import InputError
from scenarios.party_client import PartyClient
from scenarios.test_bed import TestBed

START = datetime(2026, 1, 5, tzinfo=UTC)
METER = Eui64.parse("00-DB-12-34-00-00-00-01")
SUPPLIER_ID, OPERATOR_ID = (Eui64.parse(f"90-B3-D5-1F-30-01-00-0{n}") for n in (1, 2))
READ = ReadLog(START, START + timedelta(hours=1))
MESSAGE = bytes(range(40))
TIMEOUT = timedelta(seconds=LinkDelays().response_timeout_seconds)
RATES = [name for name in LinkFaults._fields if name.endswith("_rate")]
ENDS = {ResponseCode.I0, ResponseCode.E20, ResponseCode.E21}


def only(**faults: Any) -> LinkFaults:
    return NO_LINK_FAULTS._replace(**faults)


def stream(*names: str | int) -> RandomStream:
    return RandomStreams(1).stream(*names)


def wire(faults: LinkFaults, *names: str | int) -> FaultyWire:
    return FaultyWire(faults, stream(*names))


class Lane:
    """A meter that its parties' certificates are on, these parties, and a link with faults."""

    def __init__(
        self, faults: LinkFaults = NO_LINK_FAULTS, *, handed_over: bool = True, journal: Journal | None = None
    ) -> None:
        rows = [
            PartyRow(Mpid("SUPA"), UserRole.IS, "Supplier", SUPPLIER_ID, dcc_user=True),
            PartyRow(Mpid("EELC"), UserRole.ED, "Operator", OPERATOR_ID, (DistributorId(10),), dcc_user=True),
        ]
        self.bed = TestBed(7, PartyTable(rows), START)
        self.supplier = self.bed.enrol(SUPPLIER_ID, RemotePartyRole.SUPPLIER)
        self.operator = self.bed.enrol(OPERATOR_ID, RemotePartyRole.NETWORK_OPERATOR)
        self.records, self.trace = Records(journal=journal), io.StringIO()
        self.simulation = Simulation(START, START + timedelta(days=1))
        self.meter = self.bed.manufacture(DeviceType.ESME, METER, START)
        mpan = Mpan.from_core(DistributorId(10), 1)
        self.bed.commission_meter(METER, DeviceType.ESME, MpxnLinks(mpan), START)
        self.bed.world.registration.add_electricity(mpan, ElectricityRecord(Mpid("EELC"), Mpid("SUPA")))
        self.link = self._linked(NO_LINK_FAULTS)
        if handed_over:
            for owner in (self.supplier, self.operator):
                assert self.hand_over(owner)[0].code is ResponseCode.I0
        self.link = self._linked(faults)

    def _linked(self, faults: LinkFaults) -> Link:
        users, trace = (self.supplier, self.operator), Trace(self.trace)
        link = Link(self.simulation, self.bed.dsp, users, self.records, LinkDelays(), trace, faults)
        link.connect(self.meter)
        return link

    def job(
        self,
        client: PartyClient,
        srv: Srv,
        body: RequestBody,
        chance: RandomStream,
        found: list[tuple[Answer, timedelta]],
    ) -> Callable[[], Conversation[None]]:
        def job() -> Conversation[None]:
            begun = self.simulation.now
            answer = yield from self.link.call(client, srv, METER, body, chance)
            found.append((answer, self.simulation.now - begun))

        return job

    def hand_over(self, owner: PartyClient | None = None) -> tuple[Answer, timedelta]:
        body = self.supplier.replacement((owner or self.operator).credentials)
        return self.call(self.supplier, Srv.HANDOVER, body)

    def renew(self) -> tuple[Answer, timedelta]:
        """The operator replaces its certificates by themselves: allowed again and again."""
        return self.call(self.operator, Srv.UPDATE_CREDENTIALS, self.renewal())

    def renewal(self) -> RequestBody:
        return self.operator.replacement(self.operator.credentials)

    def read(self) -> tuple[Answer, timedelta]:
        return self.call(self.operator, Srv.READ_NETWORK_DATA, READ)

    def call(self, client: PartyClient, srv: Srv, body: RequestBody) -> tuple[Answer, timedelta]:
        """One service, and everything that is still under way after it."""
        found: list[tuple[Answer, timedelta]] = []
        self.simulation.begin(self.simulation.now, self.job(client, srv, body, stream("call"), found))
        self.simulation.run()
        return found[0]

    def executions(self) -> Counter[tuple[object, ...]]:
        """How often each command that changed credentials was obeyed."""
        obeyed = [entry for entry in self.meter.log if entry.refusal is None]
        return Counter((entry.message_code, entry.originator, entry.counter) for entry in obeyed)

    def refused(self) -> list[Refusal]:
        return [entry.refusal for entry in self.meter.log if entry.refusal is not None]


def test_without_faults_a_wire_carries_everything_as_it_is() -> None:
    carrier = wire(NO_LINK_FAULTS)
    assert carrier.reachable()
    assert carrier.carry(MESSAGE) == (Carried(MESSAGE, 0),)


def test_each_fault_alone_at_rate_1_does_what_it_is_called() -> None:
    assert not wire(LinkFaults(unreachable_rate=1)).reachable()
    assert wire(LinkFaults(drop_rate=1)).carry(MESSAGE) == ()
    twice = wire(LinkFaults(duplicate_rate=1, duplicate_after_ms=7)).carry(MESSAGE)
    assert twice == (Carried(MESSAGE, 0), Carried(MESSAGE, 7))
    assert wire(LinkFaults(delay_rate=1, delay_ms=9)).carry(MESSAGE) == (Carried(MESSAGE, 9),)
    (changed,) = wire(LinkFaults(corrupt_rate=1)).carry(MESSAGE)
    assert changed.extra_delay_ms == 0
    flipped = int.from_bytes(changed.octets, "big") ^ int.from_bytes(MESSAGE, "big")
    assert (flipped.bit_count(), len(changed.octets)) == (1, len(MESSAGE))


def test_only_what_is_reordered_is_overtaken() -> None:
    def overtaken(faults: LinkFaults) -> bool:
        carrier = wire(faults)
        arrivals = [carrier.carry(MESSAGE)[0].extra_delay_ms for _ in range(20)]
        return arrivals != sorted(arrivals)

    assert overtaken(LinkFaults(reorder_rate=1))
    assert not overtaken(LinkFaults(delay_rate=1))
    held = [wire(LinkFaults(reorder_rate=1, reorder_longest_ms=3), n).carry(b"")[0] for n in range(50)]
    assert {item.extra_delay_ms for item in held} == {0, 1, 2, 3}


def test_a_message_of_no_octets_has_no_bit_to_flip() -> None:
    assert wire(LinkFaults(corrupt_rate=1)).carry(b"") == (Carried(b"", 0),)


def test_another_fault_leaves_the_others_where_they_struck() -> None:
    def dropped(faults: LinkFaults) -> list[bool]:
        carrier = wire(faults)
        return [not carrier.carry(MESSAGE) for _ in range(100)]

    alone = dropped(LinkFaults(drop_rate=0.3))
    assert True in alone
    assert False in alone
    assert alone == dropped(LinkFaults(drop_rate=0.3, duplicate_rate=0.5, corrupt_rate=0.5, delay_rate=0.5))


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_a_rate_is_from_0_to_1(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"{name}: found .*, expected a rate from 0 to 1"):
        wire(only(**{name: value}))
    wire(only(**{name: 0.0}))
    wire(only(**{name: 1.0}))


def test_a_time_is_not_negative() -> None:
    with pytest.raises(InputError, match="delay_ms: found -1, expected 0 or more"):
        wire(LinkFaults(delay_ms=-1))


def test_what_is_in_force_is_named_with_its_value() -> None:
    assert NO_LINK_FAULTS.in_force() == ()
    assert LinkFaults(delay_ms=5).in_force() == ()
    faults = LinkFaults(drop_rate=0.25, delay_rate=0.5, delay_ms=5)
    assert faults.in_force() == ("drop_rate=0.25", "delay_rate=0.5 delay_ms=5")
    named = only(**dict.fromkeys(RATES, 1.0)).in_force()
    assert [line.split("=")[0] for line in named] == RATES


def test_a_branch_of_a_stream_takes_nothing_from_it() -> None:
    plain, branched = stream("x"), stream("x")
    first = branched.branch("faults").unit()
    assert first == stream("x").branch("faults").unit() != stream("x").branch("other").unit()
    assert branched.unit() == plain.unit()
    assert branched.branch("faults").unit() != first


def test_a_faulty_link_whose_faults_never_strike_ends_each_call_at_the_same_moment() -> None:
    ends = []
    for faults in (NO_LINK_FAULTS, LinkFaults(drop_rate=1e-300)):
        lane = Lane(faults)
        ends.append((lane.hand_over(), lane.read(), lane.records.traffic.wan_messages))
    assert ends[0] == ends[1]


def test_an_unreachable_device_is_e20_and_hears_nothing() -> None:
    lane = Lane(LinkFaults(unreachable_rate=1))
    before = lane.records.traffic.commands
    answer, took = lane.read()
    assert answer == Answer(ResponseCode.E20)
    assert took < TIMEOUT
    assert lane.records.traffic.commands == before


def test_a_dropped_command_is_e21_at_the_timeout_and_changes_nothing() -> None:
    lane = Lane(LinkFaults(drop_rate=1), handed_over=False)
    cells_before = network_operator_cells(lane.meter)
    assert lane.hand_over() == (Answer(ResponseCode.E21), TIMEOUT)
    assert network_operator_cells(lane.meter) == cells_before
    assert not lane.meter.log


def test_of_a_duplicated_update_the_second_is_refused_as_a_replay() -> None:
    lane = Lane(LinkFaults(duplicate_rate=1))
    assert lane.renew()[0].code is ResponseCode.I0
    assert set(lane.executions().values()) == {1}
    assert len(lane.executions()) == 3
    assert lane.refused() == [Refusal.REPLAY]


def test_of_a_duplicated_handover_the_second_finds_its_authority_gone() -> None:
    lane = Lane(LinkFaults(duplicate_rate=1), handed_over=False)
    assert lane.hand_over()[0].code is ResponseCode.I0
    assert lane.refused() == [Refusal.NO_AUTHORITY]
    assert network_operator_cells(lane.meter) == (OPERATOR_ID, OPERATOR_ID)


@pytest.mark.parametrize(("apart_ms", "different"), [(0, 1), (1000, 2)])
def test_a_duplicated_read_is_answered_again_and_the_dcc_drops_the_same_answer(
    apart_ms: int, different: int
) -> None:
    """Answers made at different times differ, and the DCC cannot know which is true: the first counts."""
    lane = Lane(LinkFaults(duplicate_rate=1, duplicate_after_ms=apart_ms))
    commands, responses = lane.records.traffic.commands, lane.records.traffic.responses
    answer, _ = lane.read()
    assert isinstance(answer.opened, NetworkData)
    assert lane.refused() == []
    assert lane.records.traffic.commands == commands + 2
    assert lane.records.traffic.responses == responses + different
    dropped = sum(line.endswith("dropped") for line in lane.trace.getvalue().splitlines())
    assert dropped == 4 - different


def test_of_a_duplicated_alert_the_party_takes_one() -> None:
    lane = Lane(LinkFaults(duplicate_rate=1))
    assert lane.hand_over()[0].code is ResponseCode.E21
    assert lane.refused() == [Refusal.NO_AUTHORITY] * 2
    assert [alert.recipient for alert in lane.records.alerts] == [SUPPLIER_ID] * 2
    assert lane.trace.getvalue().count(f"not accepted by {SUPPLIER_ID}") == 2


def test_a_delayed_answer_takes_the_delay_of_both_ways_longer() -> None:
    _, plain = Lane().read()
    answer, took = Lane(LinkFaults(delay_rate=1, delay_ms=1000)).read()
    assert answer.code is ResponseCode.I0
    assert took == plain + timedelta(seconds=2)


def test_an_update_that_comes_after_the_timeout_is_e21_and_executed_all_the_same() -> None:
    lane = Lane(LinkFaults(delay_rate=1, delay_ms=400_000), handed_over=False)
    assert lane.hand_over() == (Answer(ResponseCode.E21), TIMEOUT)
    assert network_operator_cells(lane.meter) == (OPERATOR_ID, OPERATOR_ID)
    assert lane.trace.getvalue().rstrip().endswith("dropped")


def test_a_reordered_message_alone_is_answered_late() -> None:
    answer, took = Lane(LinkFaults(reorder_rate=1)).read()
    assert answer.code is ResponseCode.I0
    assert took > Lane().read()[1]


def test_an_update_that_a_later_one_overtook_is_refused_as_a_replay() -> None:
    lane = Lane(LinkFaults(reorder_rate=1, reorder_longest_ms=200_000))
    found: list[tuple[Answer, timedelta]] = []
    body, begun = lane.renewal(), lane.simulation.now
    for number in range(6):
        job = lane.job(lane.operator, Srv.UPDATE_CREDENTIALS, body, stream("call", number), found)
        lane.simulation.begin(begun + number * timedelta(seconds=5), job)
    lane.simulation.run()
    assert Refusal.REPLAY in lane.refused()
    assert {answer.code for answer, _ in found} == {ResponseCode.I0, ResponseCode.E21}
    of_operator = [entry for entry in lane.meter.log if entry.originator == OPERATOR_ID]
    counters = [entry.counter or 0 for entry in of_operator if entry.refusal is None]
    assert counters == sorted(set(counters))


def test_a_corrupted_command_is_refused_and_e21() -> None:
    lane = Lane(LinkFaults(corrupt_rate=1), handed_over=False)
    assert lane.hand_over() == (Answer(ResponseCode.E21), TIMEOUT)
    assert len(lane.refused()) == 1
    assert not lane.executions()


class _CorruptsAnswers(FaultyWire):
    """Flips a bit of all but what goes to the device."""

    def __init__(self, faults: LinkFaults, stream: RandomStream) -> None:
        super().__init__(faults, stream)
        self._carried = 0

    def carry(self, octets: bytes) -> tuple[Carried, ...]:
        self._carried += 1
        whole = (Carried(octets, 0),)
        return whole if self._carried == 1 else super().carry(octets)


def test_a_corrupted_answer_never_becomes_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DCC cannot verify a MAC that is for a User: it may pass the answer on, and the User refuses it."""
    monkeypatch.setattr("scenarios.engine.link.FaultyWire", _CorruptsAnswers)
    refused_by_user = 0
    for number in range(12):
        lane = Lane(LinkFaults(corrupt_rate=1))
        found: list[tuple[Answer, timedelta]] = []
        job = lane.job(lane.operator, Srv.READ_NETWORK_DATA, READ, stream(number), found)
        lane.simulation.begin(lane.simulation.now, job)
        lane.simulation.run()
        assert found == [(Answer(ResponseCode.E21), TIMEOUT)]
        assert lane.refused() == []
        refused_by_user += "response not verified" in lane.trace.getvalue()
    assert refused_by_user


@pytest.mark.parametrize("name", RATES)
def test_one_seed_gives_one_run(name: str) -> None:
    traces = []
    for _ in range(2):
        lane = Lane(only(**{name: 0.5}))
        lane.hand_over()
        lane.renew()
        lane.read()
        traces.append(lane.trace.getvalue())
    assert traces[0] == traces[1]


rates = st.sampled_from([0.0, 0.2, 0.5, 1.0])
faults_strategy = st.builds(
    LinkFaults,
    **{name: rates for name in RATES if name != "unreachable_rate"},
    unreachable_rate=st.sampled_from([0.0, 0.2]),
    duplicate_after_ms=st.integers(0, 400_000),
    delay_ms=st.integers(0, 400_000),
    reorder_longest_ms=st.integers(0, 400_000),
)


@settings(max_examples=40, deadline=None)
@given(
    faults=faults_strategy,
    seed=st.integers(0, 1000),
    acts=st.lists(st.tuples(st.sampled_from("hur"), st.integers(0, 400)), min_size=1, max_size=6),
    retries=st.integers(0, 2),
    handed_over=st.booleans(),
)
def test_no_update_executes_twice_and_every_call_ends(
    faults: LinkFaults, seed: int, acts: list[tuple[str, int]], retries: int, handed_over: bool
) -> None:
    lane = Lane(faults, handed_over=handed_over)
    codes: list[ResponseCode] = []
    services: dict[str, tuple[PartyClient, Srv, RequestBody]] = {
        "h": (lane.supplier, Srv.HANDOVER, lane.supplier.replacement(lane.operator.credentials)),
        "u": (lane.operator, Srv.UPDATE_CREDENTIALS, lane.renewal()),
        "r": (lane.operator, Srv.READ_NETWORK_DATA, READ),
    }

    def insistent(kind: str, number: int) -> Conversation[None]:
        client, srv, body = services[kind]
        chance = RandomStreams(seed).stream("act", number)
        for _ in range(1 + retries):
            answer = yield from lane.link.call(client, srv, METER, body, chance)
            codes.append(answer.code)
            if answer.code is ResponseCode.I0:
                break
        ended.append(number)

    ended: list[int] = []
    for number, (kind, second) in enumerate(acts):
        moment = START + timedelta(hours=1, seconds=second)
        lane.simulation.begin(moment, partial(insistent, kind, number))
    lane.simulation.run()
    assert sorted(ended) == list(range(len(acts)))
    assert set(codes) <= ENDS, codes
    assert set(lane.executions().values()) <= {1}


class ForgetfulMeter(Esme):
    """A canary: it forgets its counters before each message, and so obeys replays."""

    __slots__ = ()

    def receive(self, message: bytes, now: datetime) -> Effects:
        self.state = self.state._replace(counters=ReplayCounters(), non_critical_counters=ReplayCounters())
        return super().receive(message, now)


@pytest.mark.parametrize("name", RATES)
def test_journals_of_faulty_ways_have_no_breach(name: str) -> None:
    journal: Journal = []
    lane = Lane(only(**{name: 0.5}), journal=journal)
    for _ in range(10):
        lane.renew()
        lane.read()
    assert len([event for event in journal if event.kind is EventKind.FINAL]) == 22
    assert check_history(journal, [METER]) == ()


def test_a_canary_is_found_out() -> None:
    journal: Journal = []
    lane = Lane(only(duplicate_rate=1.0), journal=journal)
    lane.meter.__class__ = ForgetfulMeter
    lane.renew()
    (breach,) = check_history(journal, [METER])
    assert breach.startswith("obeyed twice: ")
    assert check_history(journal, []) == (breach, f"device that is not there: {METER}")
