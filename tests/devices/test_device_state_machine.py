"""A device under a long random conversation, beside a small model of what it should do.

The model knows who holds which cell, how far every number has come, and what waits for its time. What is
sent comes from good and bad parties, twice, late, ahead of time and while the power or the clock fails.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from device_roots import LINK, NEXT_ROOT, NEXT_SMKI, link, party_under
from device_worlds import (
    ACB,
    ACB_BY_ACB_ON_HUB,
    ACB_NEXT,
    BY_ACB,
    BY_CONTINGENCY,
    BY_COS,
    BY_OPERATOR,
    BY_RECOVERY,
    BY_SUPPLIER,
    BY_WAN_PROVIDER,
    CONTINGENCY,
    DCC,
    LOAD_CONTROLLER,
    LOAD_CONTROLLER_BY_SUPPLIER,
    METER_CASES,
    NOW,
    OPERATOR,
    OPERATOR_CELLS,
    OPERATOR_NEXT,
    OTHER_LOAD_CONTROLLER,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    RECOVERY,
    RECOVERY_NEXT,
    SENDERS,
    SMKI,
    SUPPLIER,
    TRANSITIONAL_COS,
    TRANSITIONAL_COS_NEXT,
    WAN_PROVIDER,
    WAN_PROVIDER_NEXT,
    ModeCase,
    Party,
    World,
    flip,
    make_party,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE, factory_cells
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import NO_FAULTS, DeviceFaults, PowerLoss
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    Replacement,
    ReplacementMode,
    SpecialistFloor,
    TrustAnchorCellId,
)
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import sign
from devices.gpf import Gpf
from devices.security_log import LOG_CAPACITY_ENTRIES
from devices.snapshot import restore, snapshot
from devices.state import DeviceState

ROLE = RemotePartyRole
BROKERS: Final = (ACB, ACB_NEXT)
DAY: Final = timedelta(days=1)
NOBODY: Final = Eui64.parse("00-DB-00-00-00-00-FF-FF")
# Certificates that end, and that begin, while the conversation goes on; and two under the next root.
ENDING: Final = make_party(0x102, ROLE.SUPPLIER, 7, valid_from=date(2016, 1, 16))
BEGINNING: Final = make_party(0x202, ROLE.NETWORK_OPERATOR, 7, valid_from=date(2026, 1, 20))
NEW_SUPPLIER: Final = party_under(NEXT_SMKI, 0x103, ROLE.SUPPLIER)
NEW_OPERATOR: Final = party_under(NEXT_SMKI, 0x203, ROLE.NETWORK_OPERATOR)
SUPPLIERS: Final = (SUPPLIER, OTHER_SUPPLIER, ENDING, NEW_SUPPLIER)
OPERATORS: Final = (OPERATOR, OPERATOR_NEXT, OTHER_OPERATOR, BEGINNING, NEW_OPERATOR)
PARTIES: Final = (
    *SUPPLIERS, *OPERATORS, *BROKERS, TRANSITIONAL_COS, TRANSITIONAL_COS_NEXT, RECOVERY, RECOVERY_NEXT,
    LOAD_CONTROLLER, OTHER_LOAD_CONTROLLER, WAN_PROVIDER, WAN_PROVIDER_NEXT, CONTINGENCY,
)  # fmt: skip
ROOTS: Final = {NEXT_ROOT: NEXT_SMKI.root, DCC.root: SMKI.root}
LINKS: Final = {
    (old, new): link(ROOTS[new], ROOTS[old]) if (old, new) != (DCC.root, NEXT_ROOT) else LINK
    for old in ROOTS
    for new in ROOTS
}
ROOT_BY_SUPPLIER: Final = BY_SUPPLIER._replace(mode=ReplacementMode.ROOT_BY_SUPPLIER, cells=(cells.ROOT,))
ROOT_BY_CONTINGENCY: Final = BY_CONTINGENCY._replace(cells=(cells.ROOT,))
OPERATOR_BY_RECOVERY: Final = BY_RECOVERY._replace(cells=OPERATOR_CELLS)
CASES: Final[dict[type[Device], tuple[ModeCase, ...]]] = {
    Esme: (*METER_CASES, ROOT_BY_SUPPLIER, ROOT_BY_CONTINGENCY, OPERATOR_BY_RECOVERY),
    Gpf: (*METER_CASES[:-2], ROOT_BY_SUPPLIER, OPERATOR_BY_RECOVERY),
    Chf: (
        BY_WAN_PROVIDER,
        ACB_BY_ACB_ON_HUB,
        BY_RECOVERY._replace(cells=(cells.ACB_SIGNING, cells.ACB_AGREEMENT)),
        ROOT_BY_SUPPLIER._replace(
            mode=ReplacementMode.ROOT_BY_WAN_PROVIDER, authorising_cell=cells.WAN_PROVIDER_SIGNING
        ),
        ROOT_BY_CONTINGENCY,
    ),
}


class Plan(NamedTuple):
    """An update as somebody means to send it; ``ahead`` is how long it is to wait, None for ever."""

    case: ModeCase
    by: Party
    broker: Party
    counter: int
    new: Party
    new_root: Certificate
    old_root: Certificate
    good: tuple[bool, ...]
    checks_times: bool
    floor: int | None
    due: datetime | None

    @property
    def role(self) -> RemotePartyRole:
        """The authorising role."""
        return self.case.authorising_cell.role

    @property
    def replaced_role(self) -> RemotePartyRole:
        return self.case.cells[0].role

    def certificate(self, cell: TrustAnchorCellId) -> Certificate:
        """What is meant for a cell."""
        return self.new_root if cell == cells.ROOT else self.new.certificate(cell)


class Sent(NamedTuple):
    """Octets that may come again, and what they were."""

    octets: bytes
    plan: Plan


class Waiting(NamedTuple):
    """A command that was accepted, and when."""

    sent: Sent
    received_at: datetime
    due: datetime


class Model:
    """What a device should hold: a certificate a cell, numbers by role and party, commands that wait."""

    def __init__(self, contents: dict[TrustAnchorCellId, Certificate]) -> None:
        self.cells = dict(contents)
        self.by_role: dict[RemotePartyRole, int] = {}
        self.by_party: dict[tuple[RemotePartyRole, Eui64], int] = {}
        self.top_up = 0
        self.waiting: list[Waiting] = []
        self.executed: set[bytes] = set()
        self.floored: set[RemotePartyRole] = set()

    def last(self, plan: Plan) -> int:
        reached = self.by_party.get((plan.role, plan.by.eui), 0)
        return max(self.by_role.get(plan.role, 0), reached)

    def would_obey(self, plan: Plan) -> bool:
        """Whether the sender is in the cell, the number is new, and both keys are the right ones."""
        case, held = plan.case, self.cells[plan.case.authorising_cell]
        by_contingency = case.authorising_cell == cells.ROOT
        holds = by_contingency or held.subject == plan.by.eui
        signed = (
            not case.is_signed
            or plan.by.signing.key.public_point
            == (CONTINGENCY.signing.key if by_contingency else held).public_point
        )
        broker = plan.broker.agreement.certificate
        maced = case.shape is MessageShape.SIGNED or broker == self.cells[cells.ACB_AGREEMENT]
        return holds and plan.counter > self.last(plan) and signed and maced

    def receive(self, sent: Sent, now: datetime) -> None:
        """Obey a command: execute it, keep it, or take away what was kept."""
        plan = sent.plan
        self.by_role[plan.role] = self.by_party[plan.role, plan.by.eui] = plan.counter
        if plan.due is None or plan.due <= now:
            self.execute(sent, now)
            return
        same = plan.case.mode, plan.by.eui
        self.waiting = [
            each for each in self.waiting if (each.sent.plan.case.mode, each.sent.plan.by.eui) != same
        ]
        if plan.due != CANCELLATION_TIME:
            self.waiting.append(Waiting(sent, now, plan.due))

    def execute(self, sent: Sent, at: datetime) -> bool:
        """Put every good certificate in its cell, then set the floor; whether all were good."""
        assert sent.octets not in self.executed, "executed twice"
        self.executed.add(sent.octets)
        plan, root = sent.plan, self.cells[cells.ROOT]
        good = [cell for cell, fine in self.planned(plan) if fine and self.is_good(plan, cell, root, at)]
        self.cells |= {cell: plan.certificate(cell) for cell in good}
        if plan.floor is not None and good:
            self.floored.add(plan.replaced_role)
            self.by_role[plan.replaced_role] = plan.floor
            if plan.replaced_role is ROLE.SUPPLIER:
                self.top_up = plan.floor
        return len(good) == len(plan.case.cells)

    @staticmethod
    def planned(plan: Plan) -> list[tuple[TrustAnchorCellId, bool]]:
        return list(zip(plan.case.cells, plan.good, strict=False))

    @staticmethod
    def is_good(plan: Plan, cell: TrustAnchorCellId, root: Certificate, at: datetime) -> bool:
        """It leads to the root, or the root vouches for it; and its time has come and not gone."""
        certificate = plan.certificate(cell)
        in_time = not plan.checks_times or certificate.is_valid_at(at)
        if cell == cells.ROOT:
            return in_time and (plan.case.authorising_cell == cells.ROOT or plan.old_root == root)
        under_next = plan.new in (NEW_SUPPLIER, NEW_OPERATOR)
        return in_time and (root == NEXT_ROOT) is under_next

    def advance(self, now: datetime) -> list[bool]:
        """Execute what is due, earlier times first: whether each succeeded."""
        done = []
        while due := [each for each in self.waiting if each.due <= now]:
            first = min(due, key=lambda each: each.due)
            self.waiting.remove(first)
            done.append(self.execute(first.sent, first.received_at))
        return done

    def answers(self, party: Party, kind: type[Device]) -> bool:
        roles = [ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR]
        if kind is Esme:
            roles.append(ROLE.ACCESS_CONTROL_BROKER)
        held = [self.cells.get(TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)) for role in roles]
        return party.eui in {certificate.subject for certificate in held if certificate is not None}


def update_fields(plan: Plan) -> dict[str, Any]:
    """The fields of the command: certificates, good or spoilt, and floors where the mode puts them."""
    replacements = []
    for cell, good in Model.planned(plan):
        der = plan.certificate(cell).der
        replacements.append(Replacement(der if good else flip(der, -1), cell))
    issuers = [smki.issuer.certificate.der for smki in (SMKI, NEXT_SMKI)]
    fields: dict[str, Any] = {
        "replacements": tuple(replacements),
        "path_certificates": (LINKS[plan.old_root, plan.new_root].der, *issuers),
        "apply_time_based_checks": plan.checks_times,
        "execution_date_time": plan.due,
    }
    if plan.floor is None:
        return fields
    floor = OriginatorCounter(plan.floor)
    top_up = (SpecialistFloor(floor),) if plan.replaced_role is ROLE.SUPPLIER else None
    if plan.role is plan.replaced_role:
        return fields | {"floor": floor, "specialist_floors": top_up}
    return fields | {"other_changes": (CounterChange(plan.replaced_role, floor, top_up),)}


LIKELY: Final[dict[RemotePartyRole, tuple[Party, ...]]] = {
    ROLE.ROOT: (CONTINGENCY,),
    ROLE.RECOVERY: (RECOVERY, RECOVERY_NEXT),
    ROLE.SUPPLIER: (*SUPPLIERS, ACB),
    ROLE.NETWORK_OPERATOR: (*OPERATORS, ACB),
    ROLE.ACCESS_CONTROL_BROKER: BROKERS,
    ROLE.TRANSITIONAL_COS: (TRANSITIONAL_COS, TRANSITIONAL_COS_NEXT),
    ROLE.WAN_PROVIDER: (WAN_PROVIDER, WAN_PROVIDER_NEXT),
    ROLE.LOAD_CONTROLLER: (LOAD_CONTROLLER, OTHER_LOAD_CONTROLLER, ACB),
}
moments: Final = st.none() | st.integers(-1, 12).map(lambda days: days * DAY) | st.just(CANCELLATION_TIME)


class Conversation(RuleBasedStateMachine):
    """Every rule sends something and compares what came of it with the model."""

    sent = Bundle("sent")

    @initialize(kind=st.sampled_from((Esme, Esme, Gpf, Chf)), fresh=st.booleans())
    def start(self, kind: type[Device], fresh: bool) -> None:
        self.world = World(kind, store=factory_cells(kind.device_type, DCC) if fresh else None)
        self.model = Model(dict(self.world.device.store))
        self.now = NOW
        self.numbers: dict[RemotePartyRole, int] = {}

    # --- what is sent ---

    @rule(target=sent, data=st.data(), ahead=st.sampled_from((1, 1, 1, 2, 7, 0, -1)))
    def update(self, data: st.DataObject, ahead: int) -> Any:
        """By who is in the cell, at the last number, just below or just above."""
        plan = self.by_the_true_holder(self.draw_plan(data))
        return self.send_new(plan._replace(counter=max(self.model.last(plan) + ahead, 0)))

    @rule(target=sent, data=st.data(), days=st.integers(1, 9))
    def update_that_waits(self, data: st.DataObject, days: int) -> Any:
        """One that is in order, ahead of its time."""
        plan = self.by_the_true_holder(self.draw_plan(data))
        due = self.device_time + days * DAY
        number = self.model.last(plan) + 1
        return self.send_new(plan._replace(counter=number, due=due, good=(True, True, True)))

    @rule(target=sent, data=st.data(), what=sent)
    def update_like_an_earlier_one(self, data: st.DataObject, what: Sent) -> Any:
        """The same once more, under a number that is new; perhaps at another time, or to cancel it."""
        plan = self.by_the_true_holder(what.plan)
        when = data.draw(moments)
        due = self.device_time + when if isinstance(when, timedelta) else when
        return self.send_new(plan._replace(counter=self.model.last(plan) + 1, due=due))

    @rule(target=sent, data=st.data(), counter=st.integers(0, 40))
    def update_out_of_the_blue(self, data: st.DataObject, counter: int) -> Any:
        return self.send_new(self.draw_plan(data)._replace(counter=counter))

    @rule(what=sent)
    def replay(self, what: Sent) -> None:
        self.settle()
        assert not self.send_update(what)

    @rule(what=sent, at=st.integers(0, 10**6))
    def spoilt_replay(self, what: Sent, at: int) -> None:
        """One bit otherwise, anywhere: nobody made that, so nobody is obeyed."""
        self.settle()
        assert not self.send(flip(what.octets, at % len(what.octets))).accepted

    @rule(data=st.data())
    def update_for_another_device(self, data: st.DataObject) -> None:
        self.settle()
        effects = self.send(self.octets(self.draw_plan(data), target=NOBODY))
        assert (effects.accepted, effects.sent) == (False, ())

    @rule(party=st.sampled_from(PARTIES), counter=st.integers(0, 5), broker=st.sampled_from(BROKERS))
    def read(self, party: Party, counter: int, broker: Party) -> None:
        if self.kind is Chf:
            return
        self.settle()
        before = lasting(self.world.device.state)
        octets = self.world.protected(self.world.read_message(party, counter), None, broker.agreement.key)
        maced = broker.agreement.certificate == self.model.cells[cells.ACB_AGREEMENT]
        assert self.send(octets).accepted is (maced and self.model.answers(party, self.kind))
        assert lasting(self.world.device.state) == before

    @rule(party=st.sampled_from(PARTIES), broker=st.sampled_from(BROKERS))
    def retrieve(self, party: Party, broker: Party) -> None:
        self.settle()
        before = lasting(self.world.device.state)
        octets = self.world.retrieve_octets(ROLE.NETWORK_OPERATOR, by=party, broker=broker.agreement.key)
        maced = broker.agreement.certificate == self.model.cells[cells.ACB_AGREEMENT]
        assert self.send(octets).accepted is (maced and party.eui == ACB.eui)
        assert lasting(self.world.device.state) == before

    # --- what happens ---

    @rule()
    def restart(self) -> None:
        device = self.world.device
        saved = snapshot(device)
        self.world.device = restore(saved, self.world.context)
        self.world.device.faults = device.faults
        assert snapshot(self.world.device) == saved

    @rule(data=st.data(), loss=st.sampled_from(PowerLoss))
    def power_loss(self, data: st.DataObject, loss: PowerLoss) -> None:
        """The sender hears nothing; then it sends the same once more."""
        self.settle()
        device, plan = self.world.device, self.by_the_true_holder(self.draw_plan(data))
        what = self.as_sent(plan._replace(counter=self.model.last(plan) + 1))
        obeyed = self.model.would_obey(what.plan)
        device.faults = device.faults._replace(power_loss=loss)
        effects = device.receive(what.octets, self.now)
        device.faults = device.faults._replace(power_loss=None)
        if not obeyed:
            return
        assert effects.sent == ()
        if loss is PowerLoss.AFTER_COMMIT:
            self.model.receive(what, self.device_time)
        assert self.send_update(what) is (loss is PowerLoss.BEFORE_COMMIT)

    @rule(loss=st.sampled_from(PowerLoss), days=st.integers(0, 5))
    def power_loss_at_the_time_of_execution(self, loss: PowerLoss, days: int) -> None:
        self.now += days * DAY
        device = self.world.device
        device.faults = device.faults._replace(power_loss=loss)
        done = self.model.advance(self.device_time)
        alerts = [parse(octets) for effects in device.advance(self.now) for octets in effects.sent]
        lost = bool(done) and loss is PowerLoss.AFTER_COMMIT
        assert len(alerts) == len(done) - lost
        device.faults = device.faults._replace(power_loss=None)

    @rule(days=st.integers(-10, 12), seconds=st.integers(-1, 1))
    def clock_step(self, days: int, seconds: int) -> None:
        self.now += days * DAY + timedelta(seconds=seconds)

    @rule(days=st.sampled_from((0, 0, 3, -3)))
    def clock_offset(self, days: int) -> None:
        self.world.device.faults = DeviceFaults(clock_offset=days * DAY) if days else NO_FAULTS

    @rule()
    def settle(self) -> None:
        """What is due is executed and reported, each command for itself."""
        done = self.model.advance(self.device_time)
        effects = self.world.device.advance(self.now)
        codes = [alert_code(parse(each.sent[0])) for each in effects]
        assert codes == [0x8F66 if success else 0x8F67 for success in done]
        assert self.world.device.advance(self.now) == ()

    # --- how it is made ---

    @property
    def kind(self) -> type[Device]:
        return type(self.world.device)

    @property
    def device_time(self) -> datetime:
        return self.now + self.world.device.faults.clock_offset

    def draw_plan(self, data: st.DataObject) -> Plan:
        """An update of which a good part is in order."""
        draw = data.draw
        case = draw(st.sampled_from(CASES[self.kind]))
        by = draw(st.sampled_from(LIKELY[case.authorising_cell.role] * 4 + PARTIES))
        new = draw(st.sampled_from(LIKELY[case.cells[0].role]))
        when, next_root = draw(moments), draw(st.booleans())
        due = self.device_time + when if isinstance(when, timedelta) else when
        return Plan(
            case,
            by,
            draw(st.sampled_from(BROKERS)),
            0,
            new,
            NEXT_ROOT if next_root else DCC.root,
            self.model.cells[cells.ROOT],
            draw(st.tuples(*[st.sampled_from((True, True, True, False))] * 3)),
            draw(st.booleans()),
            draw(st.none() | st.integers(0, 9)),
            due,
        )

    def by_the_true_holder(self, plan: Plan) -> Plan:
        cell = plan.case.authorising_cell
        for party in PARTIES:
            if cell != cells.ROOT and party.certificate(cell) == self.model.cells[cell]:
                plan = plan._replace(by=party)
        if cell == cells.ROOT:
            plan = plan._replace(by=CONTINGENCY)
        for broker in BROKERS:
            if broker.agreement.certificate == self.model.cells[cells.ACB_AGREEMENT]:
                plan = plan._replace(broker=broker)
        return plan

    def octets(self, plan: Plan, **header: Any) -> bytes:
        case = plan.case._replace(by=plan.by)
        update = self.world.update(case, plan.counter, **update_fields(plan))
        message = self.world.update_message(case, update, **header)
        if case.shape is MessageShape.SIGNED:
            return encode(sign(message, plan.by.signing.key, SENDERS))
        return self.world.protected(message, plan.by if case.is_signed else None, plan.broker.agreement.key)

    def as_sent(self, plan: Plan) -> Sent:
        return Sent(self.octets(plan), plan)

    # --- how it is compared ---

    def send_new(self, plan: Plan) -> Any:
        what = self.as_sent(plan)
        return multiple(what) if self.send_update(what) else multiple()

    def send_update(self, what: Sent) -> bool:
        """Sends it, when others may be due: they come first."""
        due = self.model.advance(self.device_time)
        expected = self.model.would_obey(what.plan)
        effects = self.send(what.octets, len(due))
        assert effects.accepted is expected, effects.entry
        if expected:
            self.model.receive(what, self.device_time)
        return expected

    def send(self, octets: bytes, due: int = 0) -> Effects:
        device = self.world.device
        before, alerts = lasting(device.state), device.alert_counter
        effects = device.receive(octets, self.now)
        for each in effects.sent[:due]:
            assert parse(each).header.cra is Cra.ALERT
        for each in effects.sent[due:]:
            check_answer(parse(each), octets, effects.accepted, device)
        sent_alerts = len(effects.sent) - effects.accepted
        assert device.alert_counter == alerts + sent_alerts
        if not effects.accepted:
            assert due or lasting(device.state) == before
            assert device.log[-1] == effects.entry
        return effects

    @invariant()
    def the_device_is_as_the_model(self) -> None:
        if not hasattr(self, "world"):
            return
        device, model = self.world.device, self.model
        assert dict(device.store) == model.cells
        assert set(device.store) == set(CELLS_BY_DEVICE_TYPE[device.device_type])
        assert without_zeros(device.counters.by_role) == without_zeros(model.by_role)
        assert device.counters.by_party == model.by_party
        assert device.state.top_up.counters.floor == model.top_up
        waiting = [(each.sent.octets, each.received_at, each.due) for each in model.waiting]
        assert [(each.octets, each.received_at, each.due) for each in device.state.pending] == waiting
        assert len(device.log) <= LOG_CAPACITY_ENTRIES

    @invariant()
    def a_number_falls_by_a_floor_alone(self) -> None:
        if not hasattr(self, "world"):
            return
        now = {role: int(value) for role, value in self.world.device.counters.by_role.items()}
        fallen = {role for role, value in self.numbers.items() if now[role] < value}
        assert fallen <= self.model.floored
        self.numbers, self.model.floored = now, set()


def lasting(state: DeviceState) -> DeviceState:
    """The state but for what a refusal may change."""
    return state._replace(log=(), alert_counter=OriginatorCounter(0))


def without_zeros(numbers: Any) -> dict[RemotePartyRole, int]:
    return {role: int(value) for role, value in numbers.items() if value}


def alert_code(alert: Message) -> int:
    """The code in a report of execution: the first INTEGER of its payload, of three octets."""
    start = alert.payload.index(b"\x02\x03\x00")
    return int.from_bytes(alert.payload[start + 2 : start + 5], "big")


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
        assert header.target == device.store.holder(device.alert_cell).subject


Conversation.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestConversation = Conversation.TestCase


def test_the_model_can_tell_right_from_wrong() -> None:
    """The machine is worth something only if its updates are obeyed now and then."""
    model = Model(dict(World().device.store))
    plan = Plan(
        BY_OPERATOR, OPERATOR, ACB, 1, OTHER_OPERATOR, DCC.root, DCC.root, (True, False, True), True, 0, None
    )
    assert model.would_obey(plan)
    for wrong in (
        plan._replace(counter=0),
        plan._replace(by=OPERATOR_NEXT),
        plan._replace(by=OTHER_OPERATOR),
        plan._replace(broker=ACB_NEXT),
        plan._replace(case=BY_COS),
        plan._replace(case=BY_ACB),
        plan._replace(case=LOAD_CONTROLLER_BY_SUPPLIER),
        plan._replace(case=BY_CONTINGENCY),
    ):
        assert not model.would_obey(wrong)
    assert model.would_obey(plan._replace(case=BY_RECOVERY, by=RECOVERY, broker=ACB_NEXT))
    assert model.would_obey(plan._replace(case=BY_CONTINGENCY, by=CONTINGENCY, broker=ACB_NEXT))
    model.receive(Sent(b"octets", plan), NOW)
    assert model.cells[cells.NETWORK_OPERATOR_SIGNING] == OTHER_OPERATOR.signing.certificate
    assert model.cells[cells.NETWORK_OPERATOR_AGREEMENT] == OPERATOR.agreement.certificate
    assert (model.by_role, model.would_obey(plan)) == ({ROLE.NETWORK_OPERATOR: 0}, False)
    later = plan._replace(by=OTHER_OPERATOR, counter=5, new=BEGINNING, due=NOW + 20 * DAY)
    model.receive(Sent(b"later", later), NOW)
    assert model.advance(NOW + 19 * DAY) == []
    assert model.advance(NOW + 20 * DAY) == [False]
