"""The DSP: what it answers, what it sends, which responses and alerts it passes on, and which it drops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    NO_DEVICE,
    OPERATOR,
    OTHER_OPERATOR,
    STRANGER,
    SUPPLIER,
    Make,
    World,
    device_id,
    with_change,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from dcc.bodies.credentials import RetrieveRoles
from dcc.bodies.reads import Read
from dcc.bodies.schedules import CreateSchedule, Frequency
from dcc.inventory import MpxnLinks
from dcc.outbound import OutboundCommand
from dcc.response_codes import ResponseCode
from dcc.service_requests import OtherBody, RequestBody, ServiceRequest, SignedPreCommand
from dcc.service_responses import DeviceAlert, DeviceResponse, PreCommand, ServiceResponse
from dcc.srv import Srv
from devices.device import Device
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import (
    Cra,
    GroupingHeader,
    Message,
    MessageShape,
    OtherInformation,
    encode,
    parse,
)
from devices.gbcs.protection import add_mac, sign
from scenarios.test_bed import ACB_ID

Code = ResponseCode


def retrieve(world: World, *roles: RemotePartyRole, target: Eui64 = ESME) -> ServiceRequest:
    asked = RetrieveRoles(roles or (RemotePartyRole.NETWORK_OPERATOR,))
    return world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, target, asked)


def sent(world: World, request: ServiceRequest) -> OutboundCommand:
    submission = world.submit(request)
    assert submission.command is not None, submission.decision.rejection
    return submission.command


def answer_of(world: World, command: OutboundCommand) -> bytes:
    """What the device answers to a command."""
    effects = world.device(command.device).receive(command.octets, world.now)
    assert effects.accepted, effects.entry
    return effects.sent[0]


def receive(world: World, octets: bytes) -> ServiceResponse | None:
    return world.bed.dsp.receive(octets, world.now).response


# What it answers


def test_a_transform_gives_the_pre_command_back_and_sends_nothing() -> None:
    world = World()
    request = world.update()
    submission = world.submit(request)
    assert submission.request is request
    assert submission.command is None
    response = submission.response
    assert (response.code, response.at, response.recipient) == (Code.I0, world.now, OPERATOR)
    assert response.request_id == request.request_id
    assert isinstance(response.body, PreCommand)


@pytest.mark.parametrize(
    ("make", "shape", "originator", "answered_signed"),
    [
        (World.read, MessageShape.MAC_ONLY, OPERATOR, False),
        (retrieve, MessageShape.MAC_ONLY, ACB_ID, False),
        (World.handover, MessageShape.FULL, ACB_ID, True),
        (lambda world: world.signed(world.update()), MessageShape.FULL, OPERATOR, True),
    ],
    ids=["4.10", "6.24.1", "6.21", "6.15.1"],
)
def test_a_command_is_sent_in_its_form_and_somebodys_name(
    make: Make, shape: MessageShape, originator: Eui64, answered_signed: bool
) -> None:
    world = World()
    request = make(world)
    command = sent(world, request)
    message = parse(command.octets)
    assert message.shape is shape
    assert message.header.originator == originator
    assert message.header.target == command.device == ESME
    assert message.header.cra is Cra.COMMAND
    assert command.answered_signed is answered_signed
    assert command.awaited == (ESME, originator, message.header.originator_counter, message.code)
    counter = request.request_id.counter if originator == OPERATOR else 1
    assert message.header.originator_counter == counter


def supply_status(target: Eui64) -> Make:
    body = OtherBody("ReadSupplyStatus", b"<ReadSupplyStatus/>")
    return lambda world: world.ask(SUPPLIER, Srv.READ_SUPPLY_STATUS, target, body)


def dated_handover(world: World) -> ServiceRequest:
    """The DCC itself holds it: with a time in the command the device would, which is another thing."""
    return with_change(world.handover(SUPPLIER), execution_date_time=world.now + DAY)


def dated_signed_pre_command(world: World) -> ServiceRequest:
    """The time stands beside the signed octets: it is the DCC's to keep, not the device's."""
    signed = world.signed(world.update(SUPPLIER, SUPPLIER))
    assert isinstance(signed.body, SignedPreCommand)
    return signed._replace(body=signed.body._replace(execution_date_time=world.now + DAY))


@pytest.mark.parametrize("make", [dated_handover, dated_signed_pre_command])
def test_what_is_dated_is_held_by_the_dcc_until_its_time(make: Make) -> None:
    world = World()
    submission = world.submit(make(world))
    assert submission.response.code is Code.I99
    assert submission.command is None
    dsp, due = world.bed.dsp, world.now + DAY
    assert dsp.next_due == due
    assert dsp.advance(due - timedelta(seconds=1)).commands == ()
    (command,) = dsp.advance(due).commands
    assert dsp.next_due is None
    assert dsp.advance(due).commands == ()
    assert command.request == submission.request
    assert parse(command.octets).header.target == ESME


NOT_MODELLED: Final[dict[str, Make]] = {
    "7.4 on an ESME": supply_status(ESME),
    "7.4 on a GSME": supply_status(GSME),
}


@pytest.mark.parametrize("make", NOT_MODELLED.values(), ids=NOT_MODELLED)
def test_what_is_not_modelled_says_so_after_all_checks(make: Make) -> None:
    world = World()
    request = make(world)
    submission = world.submit(request)
    assert submission.decision.rejection is None
    assert submission.response.code is Code.SIM_NOT_MODELLED
    assert submission.command is None
    assert world.submit(request).response.code is Code.SIM_DUP


def test_what_is_not_modelled_is_not_held_until_its_time() -> None:
    world = World()
    later = world.now + DAY
    body = OtherBody("ReadPrepaymentConfiguration", b"<ReadPrepaymentConfiguration/>", later)
    request = world.ask(SUPPLIER, Srv.READ_PREPAYMENT_CONFIGURATION, ESME, body)
    assert world.submit(request).response.code is Code.SIM_NOT_MODELLED
    assert world.bed.dsp.next_due is None


def test_what_is_not_modelled_has_failed_for_those_that_follow_it() -> None:
    world = World()
    request = supply_status(ESME)(world)
    assert world.submit(request).response.code is Code.SIM_NOT_MODELLED
    assert world.dcc.ledger.outcome(request.request_id) is False
    follower = world.read(SUPPLIER)._replace(first_in_sequence=False, preceding=request.request_id)
    assert world.submit(follower).response.code is Code.SIM_SEQUENCE


def test_a_device_without_certificate_gets_no_command() -> None:
    world = World()
    bare = device_id(0xE0)
    world.bed.commission_meter(bare, DeviceType.ESME, MpxnLinks(), world.now)
    request = world.read(target=bare)
    submission = world.submit(request)
    assert submission.response.code is Code.E100
    assert submission.command is None
    assert world.dcc.ledger.outcome(request.request_id) is False


@pytest.mark.parametrize("answered", [True, False])
def test_a_scheduled_read_says_nothing_of_a_request_under_the_same_number(*, answered: bool) -> None:
    """The broker's numbers stand in for the counter of a request that nobody has sent."""
    world = World()
    own = world.ask(SUPPLIER, Srv.READ_ACTIVE_POWER_IMPORT, ESME, Read(), counter=1)
    assert world.bed.dsp.give_up(sent(world, own), Code.E20, world.now) is not None
    schedule = CreateSchedule(ESME, Srv.READ_ACTIVE_POWER_IMPORT, Frequency.DAILY, world.now.date() + DAY)
    world.dcc.schedules.create(SUPPLIER, schedule, world.now)
    world.now += 2 * DAY
    command, *_ = world.bed.dsp.advance(world.now).commands
    assert command.request.request_id == own.request_id
    if answered:
        (octets,) = world.device(ESME).receive(command.octets, world.now).sent
        assert receive(world, octets) is not None
    else:
        assert world.bed.dsp.give_up(command, Code.E20, world.now) is not None
    assert world.dcc.ledger.outcome(own.request_id) is False


# Responses


def test_a_response_goes_to_who_asked() -> None:
    world = World()
    for request in (world.handover(SUPPLIER), retrieve(world), world.handover()):
        octets = answer_of(world, sent(world, request))
        response = receive(world, octets)
        assert response == ServiceResponse(
            SUPPLIER, request.request_id, Code.I0, world.now, DeviceResponse(octets), request.srv
        )


def test_a_response_id_is_given_where_a_device_has_answered() -> None:
    world = World()
    request = world.handover(SUPPLIER)
    submission = world.submit(request)
    assert submission.response.srv is Srv.HANDOVER
    assert submission.response.response_id is None
    assert submission.command is not None
    response = receive(world, answer_of(world, submission.command))
    assert response is not None
    assert response.response_id == (ESME, SUPPLIER, request.request_id.counter)
    another = World()
    alert = receive(another, refused_read(another))
    assert alert is not None
    assert (alert.srv, alert.response_id) == (None, None)
    assert world.submit(world.update(SUPPLIER, SUPPLIER)).response.response_id is None


def handed_over(world: World) -> ServiceRequest:
    return world.handover()


ASKED: Final[dict[str, Make]] = {"signed": handed_over, "MAC for the broker": retrieve}
"""Responses that the DCC can verify: signed ones, and those that carry a MAC for its broker."""


@pytest.mark.parametrize("make", ASKED.values(), ids=ASKED)
def test_a_response_is_passed_on_once(make: Make) -> None:
    world = World()
    octets = answer_of(world, sent(world, make(world)))
    assert receive(world, octets) is not None
    assert receive(world, octets) is None


@pytest.mark.parametrize("make", ASKED.values(), ids=ASKED)
def test_a_response_that_comes_too_late_is_dropped(make: Make) -> None:
    world = World()
    command = sent(world, make(world))
    octets = answer_of(world, command)
    assert world.bed.dsp.give_up(command, Code.E21, world.now) is not None
    assert receive(world, octets) is None


@pytest.mark.parametrize("make", ASKED.values(), ids=ASKED)
def test_a_response_from_another_world_is_dropped(make: Make) -> None:
    """The same device, key and counter, but nobody here has asked."""
    world, elsewhere = World(), World()
    octets = answer_of(elsewhere, sent(elsewhere, make(elsewhere)))
    assert receive(world, octets) is None


Change = Callable[[World, Message], Message]


def header(**changes: object) -> Change:
    """The header changed, and the message protected again by the device's own keys."""

    def change(world: World, message: Message) -> Message:
        changed = message._replace(header=message.header._replace(**changes))  # type: ignore[arg-type]
        return protected_by(world.device(ESME), world, changed)

    return change


def protected_by(device: Device, world: World, message: Message) -> Message:
    """In the shape that the message has, with the keys of a device."""
    provider = world.bed.provider
    if message.signature:
        return sign(message, device.signing, provider)
    broker = world.bed.dcc_certificates.acb_agreement.public_point
    return add_mac(message, device.agreement, broker, provider)


def of_another_device(world: World, message: Message) -> Message:
    return protected_by(world.device(GPF), world, message)


def another_shape(world: World, message: Message) -> Message:
    """A MAC where a signature has to be, and the other way round; each is sound in itself."""
    device = world.device(ESME)
    bare = message._replace(signature=None, mac=None)
    turned = bare if message.signature else bare._replace(signature=bytes(64))
    return protected_by(device, world, turned)


def both(world: World, message: Message) -> Message:
    device = world.device(ESME)
    signed = sign(message._replace(mac=None), device.signing, world.bed.provider)
    broker = world.bed.dcc_certificates.acb_agreement.public_point
    return add_mac(signed, device.agreement, broker, world.bed.provider)


def unprotected(_: World, message: Message) -> Message:
    return message._replace(signature=None, mac=None)


def another_code(world: World, message: Message) -> Message:
    other = message.header.other._replace(message_code=MessageCode(0x0102))
    return header(other=other)(world, message)


def another_payload(_: World, message: Message) -> Message:
    return message._replace(payload=message.payload[:-1] + bytes((message.payload[-1] ^ 1,)))


FALSE_RESPONSES: Final[dict[str, Change]] = {
    "another counter": header(originator_counter=OriginatorCounter(2)),
    "another addressee": header(target=SUPPLIER),
    "another device in the header": header(originator=ESME_OF_NOBODY),
    "a device that nobody knows": header(originator=NO_DEVICE),
    "a command": header(cra=Cra.COMMAND),
    "an alert": header(cra=Cra.ALERT),
    "another message code": another_code,
    "another device's keys": of_another_device,
    "the other protection": another_shape,
    "both protections": both,
    "no protection": unprotected,
    "another payload": another_payload,
}


@pytest.mark.parametrize("make", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("change", FALSE_RESPONSES.values(), ids=FALSE_RESPONSES)
def test_a_false_response_is_dropped_and_the_command_stays_answerable(change: Change, make: Make) -> None:
    world = World()
    octets = answer_of(world, sent(world, make(world)))
    false = encode(change(world, parse(octets)))
    assert receive(world, false) is None
    response = receive(world, octets)
    assert response is not None
    assert response.body == DeviceResponse(octets)


@pytest.mark.parametrize("make", ASKED.values(), ids=ASKED)
def test_octets_that_are_no_message_are_dropped_and_the_command_stays_answerable(make: Make) -> None:
    world = World()
    octets = answer_of(world, sent(world, make(world)))
    for false in (b"", b"\x00", b"rubbish", octets[:-1], octets + b"\x00", octets[1:], octets * 2):
        assert receive(world, false) is None
    assert receive(world, octets) is not None


class Pending:
    """One world with a signed and a MACed response that are never delivered intact: for many examples."""

    def __init__(self) -> None:
        self.world = World()
        self.answers = [answer_of(self.world, sent(self.world, make(self.world))) for make in ASKED.values()]


PENDING: Final = Pending()


@given(which=st.integers(0, 1), data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_response_with_any_octet_changed_is_dropped(which: int, data: st.DataObject) -> None:
    octets = bytearray(PENDING.answers[which])
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    assert receive(PENDING.world, bytes(octets)) is None


@given(octets=st.binary(max_size=120))
def test_any_octets_are_dropped_without_error(octets: bytes) -> None:
    assert receive(PENDING.world, octets) is None


def test_a_mac_between_device_and_user_is_the_users_to_verify() -> None:
    """The DCC holds neither key: it passes the response on, and the User refuses to open it."""
    world = World()
    hand = sent(world, world.handover())
    receive(world, answer_of(world, hand))
    octets = bytearray(answer_of(world, sent(world, world.read())))
    octets[-1] ^= 1
    response = receive(world, bytes(octets))
    assert response is not None
    with pytest.raises(GbcsError, match="signature or MAC is not that of"):
        world.client(OPERATOR).open(response)


def forged(octets: bytes, position: int = -1) -> bytes:
    changed = bytearray(octets)
    changed[position] ^= 1
    return bytes(changed)


def reading(world: World) -> tuple[OutboundCommand, bytes]:
    """A read of the operator, which the meter answers with a MAC for the operator."""
    command = sent(world, world.read())
    return command, answer_of(world, command)


def test_a_forged_response_that_nobody_can_tell_does_not_keep_the_true_one_out() -> None:
    world = World()
    receive(world, answer_of(world, sent(world, world.handover())))
    _, octets = reading(world)
    assert receive(world, forged(octets)) is not None
    response = receive(world, octets)
    assert response is not None
    assert world.client(OPERATOR).open(response) is not None
    for again in (forged(octets), octets):
        assert receive(world, again) is None
    assert receive(world, forged(octets, -2)) is not None


def test_doubt_ends_when_the_device_answers_the_next_command() -> None:
    world = World()
    receive(world, answer_of(world, sent(world, world.handover())))
    first, octets = reading(world)
    assert receive(world, forged(octets)) is not None
    _, later = reading(world)
    assert receive(world, octets) is not None
    assert receive(world, later) is not None
    assert receive(world, forged(octets, -2)) is None
    assert world.bed.dsp.give_up(first, Code.E21, world.now) is None
    assert receive(world, forged(later)) is not None


def test_doubt_ends_when_the_user_was_given_up() -> None:
    world = World()
    receive(world, answer_of(world, sent(world, world.handover())))
    command, octets = reading(world)
    assert receive(world, octets) is not None
    assert world.bed.dsp.give_up(command, Code.E21, world.now) is None
    assert receive(world, forged(octets)) is None


def test_responses_may_come_in_any_order() -> None:
    world = World()
    receive(world, answer_of(world, sent(world, world.handover())))
    requests = [world.read(), retrieve(world), world.read()]
    answers = [answer_of(world, sent(world, request)) for request in requests]
    for request, octets in reversed(list(zip(requests, answers, strict=True))):
        response = receive(world, octets)
        assert response is not None
        assert response.request_id == request.request_id
        assert response.recipient == request.request_id.originator


# Giving up


@pytest.mark.parametrize("code", [Code.E20, Code.E21], ids=lambda code: code.value)
def test_giving_up_tells_the_user_once(code: ResponseCode) -> None:
    """E20: the device cannot be reached; E21: it was, and did not answer."""
    world = World()
    request = world.read()
    command = sent(world, request)
    later = world.now + timedelta(hours=1)
    response = world.bed.dsp.give_up(command, code, later)
    assert response == ServiceResponse(OPERATOR, request.request_id, code, later, srv=request.srv)
    assert world.bed.dsp.give_up(command, code, later) is None


def test_giving_up_after_the_answer_says_nothing() -> None:
    world = World()
    command = sent(world, world.handover())
    assert receive(world, answer_of(world, command)) is not None
    assert world.bed.dsp.give_up(command, Code.E21, world.now) is None


def test_giving_up_one_command_leaves_the_others() -> None:
    world = World()
    first, second = sent(world, retrieve(world)), sent(world, retrieve(world))
    answers = [answer_of(world, command) for command in (first, second)]
    assert world.bed.dsp.give_up(first, Code.E21, world.now) is not None
    assert receive(world, answers[0]) is None
    assert receive(world, answers[1]) is not None


class Conversations(RuleBasedStateMachine):
    """Commands sent, answered, answered twice, given up, in any order, against a list of those open."""

    commands: Bundle[int] = Bundle("commands")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.sent: list[tuple[OutboundCommand, bytes]] = []
        self.open: set[int] = set()

    @rule(target=commands)
    def send(self) -> int:
        command = sent(self.world, retrieve(self.world))
        self.sent.append((command, answer_of(self.world, command)))
        self.open.add(len(self.sent) - 1)
        return len(self.sent) - 1

    @rule(which=commands)
    def answer(self, which: int) -> None:
        response = receive(self.world, self.sent[which][1])
        assert (response is not None) is (which in self.open)
        self.open.discard(which)

    @rule(which=commands, position=st.integers(0, 40))
    def corrupt(self, which: int, position: int) -> None:
        octets = bytearray(self.sent[which][1])
        octets[-1 - position] ^= 0x10
        assert receive(self.world, bytes(octets)) is None

    @rule(which=commands)
    def give_up(self, which: int) -> None:
        told = self.world.bed.dsp.give_up(self.sent[which][0], Code.E21, self.world.now)
        assert (told is not None) is (which in self.open)
        self.open.discard(which)

    @invariant()
    def each_answer_is_to_its_own_request(self) -> None:
        assert len({command.awaited for command, _ in self.sent}) == len(self.sent)


TestConversations = Conversations.TestCase
TestConversations.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


# Alerts


def refused_read(world: World) -> bytes:
    """The alert of a meter that was asked by a stranger, to the supplier whose certificates it holds."""
    answer_of(world, sent(world, world.handover(SUPPLIER)))
    effects = world.device(ESME).receive(sent(world, world.read()).octets, world.now)
    assert not effects.accepted
    return effects.sent[0]


def test_a_genuine_alert_goes_to_its_addressee() -> None:
    world = World()
    alert = refused_read(world)
    response = receive(world, alert)
    assert response == ServiceResponse(
        SUPPLIER, None, Code.I0, world.now, DeviceAlert(MessageCode(0x1000), alert)
    )
    assert world.client(SUPPLIER).open_alert(response).header.originator == ESME


def alert_header(**changes: object) -> Change:
    def change(world: World, message: Message) -> Message:
        changed = message._replace(header=message.header._replace(**changes))  # type: ignore[arg-type]
        return sign(changed, world.device(ESME).signing, world.bed.provider)

    return change


def with_mac_for_user(world: World, message: Message) -> Message:
    """Sound for its addressee, but a critical alert has to be signed."""
    point = world.client(SUPPLIER).credentials.agreement.public_point
    bare = message._replace(signature=None)
    return add_mac(bare, world.device(ESME).agreement, point, world.bed.provider)


def other_signature(_: World, message: Message) -> Message:
    assert message.signature is not None
    return message._replace(signature=bytes((message.signature[0] ^ 1,)) + message.signature[1:])


def signed_by_another_device(world: World, message: Message) -> Message:
    return sign(message, world.device(GPF).signing, world.bed.provider)


FALSE_ALERTS: Final[dict[str, Change]] = {
    "another payload": another_payload,
    "another signature": other_signature,
    "another device's signature": signed_by_another_device,
    "no signature": unprotected,
    "a MAC instead": with_mac_for_user,
    "both protections": both,
    "from a device that nobody knows": alert_header(originator=NO_DEVICE),
    "from a device without certificate": alert_header(originator=ESME_OF_NOBODY),
    "from a User": alert_header(originator=OPERATOR),
    "to the broker": alert_header(target=ACB_ID),
    "to nobody known": alert_header(target=STRANGER),
    "a response that nobody awaits": alert_header(cra=Cra.RESPONSE),
}


@pytest.mark.parametrize("change", FALSE_ALERTS.values(), ids=FALSE_ALERTS)
def test_an_alert_that_is_not_genuine_goes_to_nobody(change: Change) -> None:
    world = World()
    alert = refused_read(world)
    assert receive(world, encode(change(world, parse(alert)))) is None
    assert receive(world, alert) is not None


def test_an_alert_of_a_device_that_the_inventory_lacks() -> None:
    world = World()
    spare = device_id(0xE1)
    device = world.bed.manufacture(DeviceType.ESME, spare, world.now)
    message = parse(refused_read(world))
    false = sign(
        message._replace(header=message.header._replace(originator=spare)), device.signing, world.bed.provider
    )
    assert receive(world, encode(false)) is None
    world.bed.commission_meter(spare, DeviceType.ESME, MpxnLinks(), world.now)
    assert receive(world, encode(false)) is not None


ALERT_8F12: Final = bytes.fromhex("30050203008F12")
"""As much of an alert as has to be there for DUIS to tell of it: its code."""


@pytest.mark.parametrize("payload", [b"", b"alert", bytes.fromhex("3000"), ALERT_8F12[:-1]])
def test_an_alert_without_a_code_goes_to_nobody(payload: bytes) -> None:
    """No document could carry it."""
    world = World()
    device = world.device(ESME)
    header = GroupingHeader(
        Cra.ALERT, OriginatorCounter(9), ESME, SUPPLIER, OtherInformation(MessageCode(0xFFFF))
    )
    told = receive(world, encode(sign(Message(header, ALERT_8F12), device.signing, world.bed.provider)))
    assert told is not None
    assert b"8F12" in world.bed.front_door().document(told)
    assert receive(world, encode(sign(Message(header, payload), device.signing, world.bed.provider))) is None


def test_an_alert_that_is_not_critical_comes_with_a_mac_for_its_addressee() -> None:
    """The DCC cannot verify it; a signature there would be another kind of message."""
    world = World()
    device, client = world.device(ESME), world.client(SUPPLIER)
    other = OtherInformation(MessageCode(0x1001))
    alert = Message(GroupingHeader(Cra.ALERT, OriginatorCounter(9), ESME, SUPPLIER, other), ALERT_8F12)
    point = client.credentials.agreement.public_point
    maced = add_mac(alert, device.agreement, point, world.bed.provider)
    response = receive(world, encode(maced))
    assert response is not None
    assert client.open_alert(response) == maced
    assert receive(world, encode(sign(alert, device.signing, world.bed.provider))) is None


def test_an_alert_of_an_unknown_kind_has_to_be_signed() -> None:
    world = World()
    device, client = world.device(ESME), world.client(SUPPLIER)
    other = OtherInformation(MessageCode(0xFFFF))
    alert = Message(GroupingHeader(Cra.ALERT, OriginatorCounter(9), ESME, SUPPLIER, other), ALERT_8F12)
    point = client.credentials.agreement.public_point
    assert receive(world, encode(add_mac(alert, device.agreement, point, world.bed.provider))) is None
    assert receive(world, encode(sign(alert, device.signing, world.bed.provider))) is not None


def test_a_factory_devices_alert_is_for_the_broker_and_for_no_user() -> None:
    world = World()
    effects = world.device(ESME).receive(sent(world, world.read()).octets, world.now)
    assert not effects.accepted
    assert receive(world, effects.sent[0]) is None


# Replays at the DSP


@pytest.mark.parametrize(
    "make", [World.read, World.handover, retrieve, lambda world: world.signed(world.update())],
    ids=["4.10", "6.21", "6.24.1", "6.15.1"],
)  # fmt: skip
def test_an_accepted_request_is_accepted_once(make: Make) -> None:
    world = World()
    request = make(world)
    assert world.submit(request).response.code is Code.I99
    for days in range(3):
        world.now += days * DAY
        again = world.submit(request)
        assert again.response.code is Code.SIM_DUP
        assert again.command is None


def test_the_same_body_under_a_new_counter_is_a_new_request() -> None:
    world = World()
    first, second = world.handover(), world.handover()
    assert first.body == second.body
    octets = [sent(world, request).octets for request in (first, second)]
    assert octets[0] != octets[1]


def test_nothing_sent_to_one_device_is_for_another() -> None:
    world = World()
    body: RequestBody = world.certificates_of(OTHER_OPERATOR)
    targets = (ESME, ESME_WITHOUT_MPAN)
    commands = [sent(world, world.ask(SUPPLIER, Srv.HANDOVER, target, body)) for target in targets]
    assert [command.device for command in commands] == list(targets)
    assert [parse(command.octets).header.originator_counter for command in commands] == [1, 1]
    assert world.device(ESME).receive(commands[1].octets, world.now).sent == ()
