"""A device under a long random conversation, beside a small model of what it should do."""

from __future__ import annotations

from typing import Any, NamedTuple

from device_worlds import (
    ACB,
    ACB_NEXT,
    BY_ACB,
    BY_COS,
    BY_OPERATOR,
    BY_SUPPLIER,
    DCC,
    KINDS,
    OPERATOR,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    SUPPLIER,
    TRANSITIONAL_COS,
    ModeCase,
    Party,
    State,
    World,
    flip,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE, factory_cells
from devices.device import Device, Effects
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import CounterChange, Replacement, SpecialistFloor, TrustAnchorCellId
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message, parse
from devices.security_log import LOG_CAPACITY_ENTRIES
from devices.snapshot import restore, snapshot

ROLE = RemotePartyRole
BROKERS = (ACB, ACB_NEXT)
# Who may come forward, in whatever role; two of each kind, and one twice with other keys.
PARTIES = (SUPPLIER, OTHER_SUPPLIER, OPERATOR, OPERATOR_NEXT, OTHER_OPERATOR, ACB, ACB_NEXT, TRANSITIONAL_COS)
CASES = (BY_SUPPLIER, BY_OPERATOR, BY_ACB, BY_COS)
NOBODY = Eui64.parse("00-DB-00-00-00-00-FF-FF")


class Plan(NamedTuple):
    """An update as somebody means to send it."""

    case: ModeCase
    by: Party
    broker: Party
    counter: int
    new: Party
    good: tuple[bool, ...]
    floor: int | None


class Sent(NamedTuple):
    """Octets that may come again, and what they were."""

    octets: bytes
    plan: Plan


class Model:
    """What a device should hold: a certificate a cell, a number a role, a number a party."""

    def __init__(self, contents: dict[Any, Certificate]) -> None:
        self.cells = dict(contents)
        self.by_role: dict[RemotePartyRole, int] = {}
        self.by_party: dict[tuple[RemotePartyRole, Eui64], int] = {}
        self.top_up = 0

    def would_obey(self, plan: Plan) -> bool:
        cell, role = plan.case.authorising_cell, plan.case.authorising_cell.role
        held = self.cells[cell]
        last = max(self.by_role.get(role, 0), self.by_party.get((role, plan.by.eui), 0))
        signed = not plan.case.is_signed or plan.by.signing.certificate == held
        maced = plan.broker.agreement.certificate == self.cells[cells.ACB_AGREEMENT]
        return held.subject == plan.by.eui and plan.counter > last and signed and maced

    def obey(self, plan: Plan) -> None:
        role = plan.case.authorising_cell.role
        self.by_role[role] = plan.counter
        self.by_party[role, plan.by.eui] = plan.counter
        for cell, good in zip(plan.case.cells, plan.good, strict=False):
            if good:
                self.cells[cell] = plan.new.certificate(cell)
        if plan.floor is not None and any(plan.good[: len(plan.case.cells)]):
            replaced = plan.case.cells[0].role
            self.by_role[replaced] = plan.floor
            if replaced is ROLE.SUPPLIER:
                self.top_up = plan.floor

    def answers(self, party: Party, kind: type[Device]) -> bool:
        roles = [ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR]
        if kind is KINDS[0]:
            roles.append(ROLE.ACCESS_CONTROL_BROKER)
        held = [self.cells.get(TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)) for role in roles]
        return party.eui in {certificate.subject for certificate in held if certificate is not None}


def update_fields(plan: Plan) -> dict[str, Any]:
    """The fields of the command: certificates, good or spoilt, and floors where the mode puts them."""
    replacements = []
    for cell, good in zip(plan.case.cells, plan.good, strict=False):
        der = plan.new.certificate(cell).der
        replacements.append(Replacement(der if good else flip(der, -1), cell))
    fields: dict[str, Any] = {"replacements": tuple(replacements)}
    if plan.floor is None:
        return fields
    floor = OriginatorCounter(plan.floor)
    top_up = (SpecialistFloor(floor),) if plan.case.cells[0].role is ROLE.SUPPLIER else None
    if plan.case is BY_COS:
        return fields | {"other_changes": (CounterChange(ROLE.SUPPLIER, floor, top_up),)}
    return fields | {"floor": floor, "specialist_floors": top_up}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Updates of which a good part is in order, since they come from likely holders with rising numbers."""
    case = draw(st.sampled_from(CASES))
    likely = {
        BY_SUPPLIER: (SUPPLIER, OTHER_SUPPLIER, ACB),
        BY_OPERATOR: (OPERATOR, OPERATOR_NEXT, OTHER_OPERATOR, ACB),
        BY_ACB: BROKERS,
        BY_COS: (TRANSITIONAL_COS,),
    }[case]
    by = draw(st.sampled_from(likely + likely + PARTIES))
    new = draw(st.sampled_from(likely if case is not BY_COS else (SUPPLIER, OTHER_SUPPLIER, ACB)))
    good = draw(st.tuples(*[st.sampled_from((True, True, True, False))] * 3))
    counter = draw(st.integers(0, 40))
    return Plan(
        case, by, draw(st.sampled_from(BROKERS)), counter, new, good, draw(st.none() | st.integers(0, 9))
    )


class Conversation(RuleBasedStateMachine):
    """Every rule sends something and compares what came of it with the model."""

    sent = Bundle("sent")

    @initialize(kind=st.sampled_from(KINDS), fresh=st.booleans())
    def start(self, kind: type[Device], fresh: bool) -> None:
        self.world = World(kind, store=factory_cells(kind.device_type, DCC) if fresh else None)
        self.model = Model(dict(self.world.device.store))
        self.obeyed: set[bytes] = set()

    # --- what is sent ---

    @rule(target=sent, plan=plans())
    def update(self, plan: Plan) -> Any:
        octets = self.octets(plan)
        return multiple(Sent(octets, plan)) if self.send_update(octets, plan) else multiple()

    @rule(target=sent, plan=plans(), ahead=st.sampled_from((1, 2, 7, 1, 0, -1)))
    def update_of_the_true_holder(self, plan: Plan, ahead: int) -> Any:
        """From whoever is in the cell, at the last number, just below or just above."""
        cell = plan.case.authorising_cell
        for party in PARTIES:
            if party.certificate(cell) == self.model.cells[cell]:
                plan = plan._replace(by=party)
        for broker in BROKERS:
            if broker.agreement.certificate == self.model.cells[cells.ACB_AGREEMENT]:
                plan = plan._replace(broker=broker)
        last = max(self.model.by_role.get(cell.role, 0), self.model.by_party.get((cell.role, plan.by.eui), 0))
        return self.update(plan._replace(counter=max(last + ahead, 0)))

    @rule(what=sent)
    def replay(self, what: Sent) -> None:
        assert not self.send_update(what.octets, what.plan)

    @rule(what=sent, at=st.integers(0, 10**6))
    def spoilt_replay(self, what: Sent, at: int) -> None:
        """One bit otherwise, anywhere: nobody made that, so nobody is obeyed."""
        spoilt = flip(what.octets, at % len(what.octets))
        effects, _, _ = self.send(spoilt)
        assert not effects.accepted

    @rule(plan=plans())
    def update_for_another_device(self, plan: Plan) -> None:
        octets = self.octets(plan, target=NOBODY)
        effects, _, _ = self.send(octets)
        assert (effects.accepted, effects.sent) == (False, ())

    @rule(party=st.sampled_from(PARTIES), counter=st.integers(0, 5), broker=st.sampled_from(BROKERS))
    def read(self, party: Party, counter: int, broker: Party) -> None:
        octets = self.world.protected(self.world.read_message(party, counter), None, broker.agreement.key)
        effects, before, after = self.send(octets)
        maced = broker.agreement.certificate == self.model.cells[cells.ACB_AGREEMENT]
        assert effects.accepted is (maced and self.model.answers(party, type(self.world.device)))
        assert before == after

    @rule(party=st.sampled_from(PARTIES), broker=st.sampled_from(BROKERS))
    def retrieve(self, party: Party, broker: Party) -> None:
        key = broker.agreement.key
        octets = self.world.retrieve_octets(ROLE.NETWORK_OPERATOR, by=party, broker=key)
        effects, before, after = self.send(octets)
        maced = broker.agreement.certificate == self.model.cells[cells.ACB_AGREEMENT]
        assert effects.accepted is (maced and party.eui == ACB.eui)
        assert before == after

    @rule()
    def power_cut(self) -> None:
        device = self.world.device
        saved = snapshot(device)
        self.world.device = restore(saved, self.world.context)
        assert snapshot(self.world.device) == saved

    # --- how it is compared ---

    def octets(self, plan: Plan, **header: Any) -> bytes:
        case = plan.case._replace(by=plan.by)
        update = self.world.update(case, plan.counter, **update_fields(plan))
        message = self.world.update_message(case, update, **header)
        return self.world.protected(message, plan.by if case.is_signed else None, plan.broker.agreement.key)

    def send_update(self, octets: bytes, plan: Plan) -> bool:
        expected = self.model.would_obey(plan)
        effects, _, _ = self.send(octets)
        assert effects.accepted is expected, effects.entry
        if expected:
            assert octets not in self.obeyed
            self.obeyed.add(octets)
            self.model.obey(plan)
        return expected

    def send(self, octets: bytes) -> tuple[Effects, State, State]:
        device = self.world.device
        before, log, alerts = self.world.state, tuple(device.log), device.alert_counter
        effects = self.world.send(octets)
        after = self.world.state
        for each in effects.sent:
            check_answer(parse(each), octets, effects.accepted, device)
        if not effects.accepted:
            assert after == before
            assert tuple(device.log) == (*log, effects.entry)[-LOG_CAPACITY_ENTRIES:]
            assert device.alert_counter == alerts + len(effects.sent)
        else:
            assert device.alert_counter == alerts
        return effects, before, after

    @invariant()
    def the_device_is_as_the_model(self) -> None:
        if not hasattr(self, "world"):
            return
        device = self.world.device
        assert dict(device.store) == self.model.cells
        assert set(device.store) == set(CELLS_BY_DEVICE_TYPE[device.device_type])
        assert {role: number for role, number in device.counters.by_role.items() if number} == {
            role: number for role, number in self.model.by_role.items() if number
        }
        assert device.counters.by_party == self.model.by_party
        assert device.counters.prepayment == self.model.top_up


def check_answer(answer: Message, request: bytes, accepted: bool, device: Device) -> None:
    """A response names its request; an alert bears the device's own number."""
    header = answer.header
    assert header.originator == device.eui
    if accepted:
        asked = parse(request).header
        assert (header.cra, header.target) == (Cra.RESPONSE, asked.originator)
        assert (header.originator_counter, header.other) == (asked.originator_counter, asked.other)
    else:
        assert (header.cra, header.originator_counter) == (Cra.ALERT, device.alert_counter)
        assert header.target == device.store.holder(cells.SUPPLIER_SIGNING).subject


Conversation.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestConversation = Conversation.TestCase


def test_the_model_can_tell_right_from_wrong() -> None:
    """The machine is worth something only if its updates are obeyed now and then."""
    world = World()
    model = Model(dict(world.device.store))
    plan = Plan(BY_OPERATOR, OPERATOR, ACB, 1, OTHER_OPERATOR, (True, False, True), 0)
    assert model.would_obey(plan)
    for wrong in (
        plan._replace(counter=0),
        plan._replace(by=OPERATOR_NEXT),
        plan._replace(by=OTHER_OPERATOR),
        plan._replace(broker=ACB_NEXT),
    ):
        assert not model.would_obey(wrong)
    model.obey(plan)
    assert model.cells[cells.NETWORK_OPERATOR_SIGNING] == OTHER_OPERATOR.signing.certificate
    assert model.cells[cells.NETWORK_OPERATOR_AGREEMENT] == OPERATOR.agreement.certificate
    assert (model.by_role, model.would_obey(plan)) == ({ROLE.NETWORK_OPERATOR: 0}, False)
