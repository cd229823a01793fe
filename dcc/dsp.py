"""The data service provider: takes requests, asks the rule book, sends commands, passes responses back.

Sans I/O: what is to be sent over the SM WAN comes back as octets, and whoever drives the DSP tells it what
became of them (SEC Appendix AB; DUIS 2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from dcc import consequences, non_device, transform
from dcc.access_control_broker import AccessControlBroker, DccSignatory, NumbersExhausted
from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import Breach, CommandFailure, DccAlert, RequestQuarantined
from dcc.alert_throttle import AlertThrottle
from dcc.bodies.credentials import CANCELLATION
from dcc.bodies.schedules import ScheduleId
from dcc.command_plan import CommandPlan, SentBy
from dcc.countersigning import CountersignedRequest
from dcc.envelope import Envelope
from dcc.future_dated import FutureDatedCommands, FutureDatedResult, result_in, waits_at_device
from dcc.held_requests import HeldRequests
from dcc.identifiers import RequestId
from dcc.non_device.schedule_upkeep import review_schedules
from dcc.notices import Notice
from dcc.outbound import AwaitedResponse, AwaitedResponses, OutboundCommand
from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.rules.model import Decision
from dcc.rules.order import decide
from dcc.rules.view import RequestView
from dcc.schedules import DueRun
from dcc.service_requests import (
    LOCAL_VARIANTS,
    CommandVariant,
    ServiceRequest,
    SignedPreCommand,
)
from dcc.service_responses import (
    DeviceAlert,
    DeviceResponse,
    FutureDatedAlert,
    LocalCommand,
    PreCommand,
    ResponseBody,
    ScheduledResponse,
    ServiceResponse,
)
from dcc.services import HeldBy
from dcc.smets1_desk import Smets1Desk
from dcc.smki.repository import CertificateStatus
from dcc.srv import Srv
from dcc.transform.request import transformable
from dcc.world import DccWorld
from devices.gbcs.carriers import alert_code_of
from devices.gbcs.device_certificates import CS02D
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import signature_verifies
from devices.gbcs.use_cases import use_case


class Submission(NamedTuple):
    """What the DSP makes of a request: its answer, the rules' verdicts, what goes out, and who is told.

    What goes out is a command for a device, or ``countersigned`` for the S1SP of a SMETS1 device.
    """

    request: ServiceRequest
    response: ServiceResponse
    decision: Decision
    command: OutboundCommand | None = None
    notices: tuple[ServiceResponse, ...] = ()
    countersigned: CountersignedRequest | None = None


class Received(NamedTuple):
    """What comes of a device's message: the response or alert for a User, and alerts of the DCC itself.

    Without a response the message was for the DCC alone, or it was dropped. ``text`` is what an S1SP says
    of its refusal, which DUIS has no room for beside the code.
    """

    response: ServiceResponse | None = None
    notices: tuple[ServiceResponse, ...] = ()
    text: str = ""


DROPPED = Received()


class Due(NamedTuple):
    """What falls due at a time: commands to send, alerts of the DCC, and requests for S1SPs.

    ``answers`` are for the requests of which no command can be made any more.
    """

    commands: tuple[OutboundCommand, ...]
    notices: tuple[ServiceResponse, ...]
    countersigned: tuple[CountersignedRequest, ...] = ()
    answers: tuple[ServiceResponse, ...] = ()


class Dsp:
    """One data service provider with its view of the world and its access control broker.

    ``cos_party`` is the change of supplier party; without it 6.23 is not modelled. ``throttle`` holds
    repeated alerts back; without it all pass. ``smets1`` is the way to the S1SPs; without it SMETS1 devices
    are not modelled.
    """

    def __init__(
        self,
        world: DccWorld,
        broker: AccessControlBroker,
        cos_party: DccSignatory | None = None,
        throttle: AlertThrottle | None = None,
        smets1: Smets1Desk | None = None,
    ) -> None:
        self.world = world
        self.broker = broker
        self.cos_party = cos_party
        self.smets1 = smets1
        self._throttle = throttle or AlertThrottle()
        self._awaited = AwaitedResponses()
        self._held = HeldRequests()
        self._future_dated = FutureDatedCommands()

    def submit(self, request: ServiceRequest, now: datetime, envelope: Envelope | None = None) -> Submission:
        """Check one request and act on it: I0, I99, or the code of the first rule that rejects."""
        view = RequestView(request, self.world, now, envelope)
        decision = decide(view)
        rejection = decision.rejection
        if rejection is not None and rejection.code is not None:
            return self._refuse(view, decision, rejection.code)
        if view.service.non_device:
            return self._execute(view, decision)
        if view.is_smets1:
            return self._to_s1sp(view, decision)
        until = _held_until(view)
        if until is not None:
            return self._hold(view, decision, until)
        if request.command_variant is CommandVariant.TRANSFORM:
            return self._transform(view, decision)
        return self._send(view, decision)

    def receive(self, octets: bytes, now: datetime) -> Received:
        """Take what came from a device.

        A response that answers no command, or does not verify, is dropped: the command stays unanswered.
        """
        try:
            message = parse(octets)
        except GbcsError:
            return DROPPED
        if message.header.cra is Cra.ALERT:
            return self._receive_alert(message, octets, now)
        command = self._awaited.command_for(message)
        if message.header.cra is not Cra.RESPONSE or command is None:
            return DROPPED
        shape = MessageShape.SIGNED if command.answered_signed else MessageShape.MAC_ONLY
        if message.shape is not shape or not self._is_authentic(message, now):
            return DROPPED
        if not self._take(command, message, octets):
            return DROPPED
        return self._pass_response(command, message, octets, now)

    def give_up(self, command: OutboundCommand, code: ResponseCode, now: datetime) -> ServiceResponse | None:
        """Tell the User that a command could not be delivered (E20) or was not answered in time (E21, E30).

        Of a command sent by a schedule, which no request waits for, the User hears by an alert: N10 where it
        could not be delivered, N11 where it was not answered (assumed). None if the command was answered in
        the meantime, or the throttle holds the alert back.
        """
        if not self._awaited.give_up(command):
            return None
        if command.schedule is None:
            self.world.ledger.settle(command.request.request_id, succeeded=False)
            return _answer(command.request, code, now)
        request_id = command.request.request_id
        n_code = DccAlertCode.N10 if code is ResponseCode.E20 else DccAlertCode.N11
        alert = DccAlert(n_code, CommandFailure(request_id, command.device, command.schedule))
        return next(iter(self._told((Notice(request_id.originator, alert),), now)), None)

    def give_up_smets1(
        self, request: CountersignedRequest, code: ResponseCode, now: datetime
    ) -> ServiceResponse | None:
        """Tell the User that its S1SP could not be reached (E20), or did not answer in time (E21, E30).

        None if it has answered in the meantime.
        """
        asked = None if self.smets1 is None else self.smets1.give_up(request)
        if asked is None:
            return None
        self.world.ledger.settle(asked.request_id, succeeded=False)
        return _answer(asked, code, now)

    @property
    def next_due(self) -> datetime | None:
        """When :meth:`advance` has something to do; None if nothing is held and nothing scheduled."""
        due = [at for at in (self._held.next_due, self.world.schedules.next_due) if at is not None]
        return min(due, default=None)

    def advance(self, now: datetime) -> Due:
        """What falls due: the commands that the DCC holds, then those that it sends by a schedule.

        Held requests were checked for their time when they came, and are not checked again (assumed); where
        no command can be made of one any more the answer is E100, and SIM-COUNTER where only a number lacks.
        The schedule of a User who may no longer read the device ends.
        """
        held = [RequestView(request, self.world, now) for request in self._held.take_due(now)]
        smets1 = [view for view in held if view.is_smets1]
        smets2 = [view for view in held if not view.is_smets1]
        commands = [_made_or_code(self._command_for, view) for view in smets2]
        for_s1sps = [_made_or_code(self._countersigned_for, view) for view in smets1]
        made = zip((*smets2, *smets1), (*commands, *for_s1sps), strict=True)
        answers = tuple(self._fail(view, code) for view, code in made if isinstance(code, ResponseCode))
        notices: list[Notice] = []
        for run in self.world.schedules.take_due(now):
            ended = review_schedules(self.world, run.schedule.what.device, now)
            notices += ended
            if self.world.schedules.get(run.schedule.schedule_id) is not None:
                commands.append(_made_or_code(partial(self._scheduled, now=now), run))
        sent = tuple(command for command in commands if isinstance(command, OutboundCommand))
        countersigned = tuple(request for request in for_s1sps if isinstance(request, CountersignedRequest))
        return Due(sent, self._told(notices, now), countersigned, answers)

    def _fail(self, view: RequestView, code: ResponseCode) -> ServiceResponse:
        """The answer to a request that the DCC took on and cannot carry out."""
        self.world.ledger.settle(view.request.request_id, succeeded=False)
        return _answer(view.request, code, view.now)

    def _scheduled(self, run: DueRun, now: datetime) -> OutboundCommand | None:
        """The command of a scheduled read, in the broker's name for the User who made the schedule (assumed).

        The broker's number stands for the counter that no request has.
        """
        what = run.schedule.what
        counter = self.broker.next_counter(what.device, now)
        request_id = RequestId(run.schedule.owner, what.device, counter)
        request = ServiceRequest(request_id, CommandVariant.COMMAND, what.srv, run.body)
        view = RequestView(request, self.world, now)
        point, plan = self._device_agreement_point(view), _plan(view, by_broker=True)
        if point is None or plan is None:
            return None
        plan = plan._replace(sent_by=SentBy.BROKER, for_party=True)
        message = plan.message(self.broker.eui, what.device, counter, run.schedule.owner, counter)
        return self._send_out(request, self.broker.protect(message, point), run.schedule.schedule_id)

    def _refuse(self, view: RequestView, decision: Decision, code: ResponseCode) -> Submission:
        request, now = view.request, view.now
        if code is not ResponseCode.SIM_QUARANTINE:
            return Submission(request, _answer(request, code, now), decision)
        # Anomaly detection comes after access control, which the acknowledgement confirms (assumed).
        reference = self.world.ledger.quarantine(request)
        quarantined = RequestQuarantined(self._breach(request, now), request.request_id, reference)
        notice = Notice(request.request_id.originator, DccAlert(DccAlertCode.N29, quarantined))
        answer = _answer(request, ResponseCode.I99, now)
        return Submission(request, answer, decision, notices=self._told((notice,), now))

    def _breach(self, request: ServiceRequest, now: datetime) -> Breach:
        if self.world.anomaly.full_user_threshold(request, now) is not None:
            return Breach.USER_THRESHOLD
        if self.world.anomaly.full_dcc_threshold(request, now) is not None:
            return Breach.DCC_THRESHOLD
        return Breach.ATTRIBUTE_LIMITS

    def _execute(self, view: RequestView, decision: Decision) -> Submission:
        """A service of the DCC itself: no device is asked."""
        request, now, user = view.request, view.now, view.user
        assert user is not None, "the rule book knows the User"
        result = non_device.execute(request, self.world, user, now)
        notices = self._told(result.alerts, now)
        if result.device_octets is not None:
            notices += self.receive(result.device_octets, now).notices
        if result.code.is_refusal:
            return self._unable(view, decision, result.code)._replace(notices=notices)
        self.world.ledger.settle(request.request_id, succeeded=True)
        answer = _answer(request, result.code, now, result.body)
        return Submission(request, answer, decision, notices=notices)

    def _hold(self, view: RequestView, decision: Decision, until: datetime) -> Submission:
        """A request that the DCC holds until its time. What is not modelled is not taken on first."""
        if not self._is_modelled(view):
            return self._not_modelled(view, decision)
        self._held.hold(view.request, until)
        return Submission(view.request, _answer(view.request, ResponseCode.I99, view.now), decision)

    def _is_modelled(self, view: RequestView) -> bool:
        """Whether there is a command for a request, and somebody to send it."""
        if isinstance(view.signed_message, Message):
            return True
        plan = _plan(view)
        return plan is not None and self._has_sender(plan)

    def _has_sender(self, plan: CommandPlan) -> bool:
        return plan.sent_by is SentBy.USER or self._signatory(plan.sent_by) is not None

    def _transform(self, view: RequestView, decision: Decision) -> Submission:
        request = view.request
        plan = _plan(view)
        if plan is None:
            return self._not_modelled(view, decision)
        pre_command = encode(self._message(view, plan))
        self.world.ledger.give_out(request, pre_command)
        answer = _answer(request, ResponseCode.I0, view.now, PreCommand(pre_command))
        return Submission(request, answer, decision)

    def _send(self, view: RequestView, decision: Decision) -> Submission:
        request = view.request
        if self._device_agreement_point(view) is None:
            # The inventory knows the device, the repository does not: no MAC can be made.
            return self._unable(view, decision, ResponseCode.E100)
        try:
            command = self._command_for(view)
        except NumbersExhausted:
            return self._unable(view, decision, ResponseCode.SIM_COUNTER)
        if command is None:
            return self._not_modelled(view, decision)
        if request.command_variant not in LOCAL_VARIANTS:
            return Submission(request, _answer(request, ResponseCode.I99, view.now), decision, command)
        self.world.local_commands.note(request.request_id)
        answer = _answer(request, ResponseCode.I0, view.now, LocalCommand(command.octets))
        over_the_wan = command if request.command_variant in _ALSO_OVER_THE_WAN else None
        return Submission(request, answer, decision, over_the_wan)

    def receive_smets1(self, octets: bytes, now: datetime) -> Received:
        """Take what came from an S1SP; what answers no request, or is not signed by its S1SP, is dropped."""
        answer = None if self.smets1 is None else self.smets1.take(octets, self.world, now)
        if answer is None:
            return DROPPED
        self.world.ledger.settle(answer.request.request_id, succeeded=not answer.code.is_refusal)
        response = _answer(answer.request, answer.code, now, answer.body)
        return Received(response, self._told(answer.notices, now), answer.text)

    def _to_s1sp(self, view: RequestView, decision: Decision) -> Submission:
        """A request for a SMETS1 device goes to its S1SP, now or at its time: the DCC holds it (assumed)."""
        request, until = view.request, _held_until(view)
        if self.smets1 is None or not self.smets1.models(view):
            return self._not_modelled(view, decision)
        if self.smets1.s1sp_of(view) is None:
            return self._unable(view, decision, ResponseCode.E100)
        answer = _answer(request, ResponseCode.I99, view.now)
        if until is not None:
            self.smets1.keep(view)
            self._held.hold(request, until)
            return Submission(request, answer, decision)
        try:
            countersigned = self._countersigned_for(view)
        except NumbersExhausted:
            return self._unable(view, decision, ResponseCode.SIM_COUNTER)
        if countersigned is None:
            return self._not_modelled(view, decision)
        return Submission(request, answer, decision, countersigned=countersigned)

    def _countersigned_for(self, view: RequestView) -> CountersignedRequest | None:
        """The request for its S1SP, in the name in which a command for a SMETS2+ device would go out."""
        plan = _plan(view)
        sent_by = SentBy.USER if plan is None else plan.sent_by
        signatory = self._signatory(sent_by)
        if self.smets1 is None or self.smets1.s1sp_of(view) is None:
            return None
        if signatory is None and sent_by is not SentBy.USER:
            return None
        return self.smets1.countersign(view, signatory, for_user=plan is not None and plan.for_party)

    def _command_for(self, view: RequestView) -> OutboundCommand | None:
        """The command with its MAC, awaited from now on; None for what is not modelled."""
        point, message = self._device_agreement_point(view), self._signed_or_made(view)
        if message is None or point is None:
            return None
        command = self._send_out(view.request, self.broker.protect(message, point))
        if waits_at_device(message, is_dated=view.execution_date_time is not None):
            self._future_dated.note(command)
        return command

    def _not_modelled(self, view: RequestView, decision: Decision) -> Submission:
        return self._unable(view, decision, ResponseCode.SIM_NOT_MODELLED)

    def _unable(self, view: RequestView, decision: Decision, code: ResponseCode) -> Submission:
        """A request that nothing can be done with has failed: none can follow it in a sequence.

        It leaves its own place in one, as any that is refused. It counts for anomaly detection, whose
        thresholds are of requests that got that far.
        """
        self.world.ledger.leave_place(view.request)
        self.world.ledger.settle(view.request.request_id, succeeded=False)
        return Submission(view.request, _answer(view.request, code, view.now), decision)

    def _send_out(
        self, request: ServiceRequest, protected: Message, schedule: ScheduleId | None = None
    ) -> OutboundCommand:
        """The command as octets, awaited from now on."""
        awaited = AwaitedResponse.to(protected.header)
        signed = bool(protected.signature)
        command = OutboundCommand(request, awaited.device, encode(protected), awaited, signed, schedule)
        self._awaited.await_response(command)
        return command

    def _device_agreement_point(self, view: RequestView) -> bytes | None:
        certificate = self.world.repository.newest(
            view.now, view.request.request_id.target, KeyUsage.KEY_AGREEMENT
        )
        return certificate.public_point if certificate else None

    def _signed_or_made(self, view: RequestView) -> Message | None:
        if isinstance(view.signed_message, Message):
            return view.signed_message
        plan = _plan(view)
        if plan is None or not self._has_sender(plan):
            return None
        signatory = self._signatory(plan.sent_by)
        message = self._message(view, plan)
        return signatory.sign(message) if signatory is not None and plan.signed else message

    def _signatory(self, sent_by: SentBy) -> DccSignatory | None:
        if sent_by is SentBy.BROKER:
            return self.broker
        return self.cos_party if sent_by is SentBy.COS_PARTY else None

    def _message(self, view: RequestView, plan: CommandPlan) -> Message:
        """The unprotected command, under the User's number or under the next one of who sends it."""
        request_id = view.request.request_id
        originator, target, counter = request_id
        signatory = self._signatory(plan.sent_by)
        if signatory is not None:
            originator = signatory.eui
            counter = signatory.next_counter(target, view.now, self._number_to_exceed(view))
        return plan.message(originator, target, counter, request_id.originator, request_id.counter)

    def _number_to_exceed(self, view: RequestView) -> OriginatorCounter | None:
        """MP128A, southbound: for 6.21, the number that a gas network operator had used before the broker.

        Of its cells alone a number without successor keeps a command: devices count by role.
        """
        if view.request.srv is not Srv.HANDOVER or Modification.MP128A not in self.world.modifications:
            return None
        record, wanted = self.world.originator_counters.get(view.request.request_id.target), view.replacement
        if record is None:
            return None
        for_operator = wanted is not None and wanted.role is RemotePartyRole.NETWORK_OPERATOR
        return record.no_cell_floor if for_operator or not record.is_last else None

    def _take(self, command: OutboundCommand, message: Message, octets: bytes) -> bool:
        """Settle the command as far as the DCC can; whether the response is to be passed on."""
        if message.signature or message.header.target == self.broker.eui:
            return self._awaited.take_verified(command)
        return self._awaited.take_unverified(command, octets)

    def _pass_response(
        self, command: OutboundCommand, message: Message, octets: bytes, now: datetime
    ) -> Received:
        body: ResponseBody = DeviceResponse(octets)
        if command.schedule is not None:
            # Nobody has sent the request: its RequestID may be that of another, which the User has sent.
            body = ScheduledResponse(octets, command.schedule)
        else:
            self.world.ledger.settle(command.request.request_id, succeeded=True)
        notices = consequences.of_response(command.request, message, self.world, now)
        return Received(_answer(command.request, ResponseCode.I0, now, body), self._told(notices, now))

    def _receive_alert(self, message: Message, octets: bytes, now: datetime) -> Received:
        """An alert for a User goes to it as it is; one for the DCC itself is the DCC's own business.

        What became of a future-dated command goes to the User whose request it was, whoever sent it. Nothing
        follows from an alert for anybody but the broker: its MAC may be anyone's.
        """
        if not self._is_alert_for_us(message) or not self._is_authentic(message, now):
            return DROPPED
        target, result = message.header.target, result_in(message)
        request = self._future_dated.take(message, result) if result is not None else None
        if result is not None and request is not None:
            return self._pass_result(request, result, message, octets, now)
        if target == self.broker.eui:
            return Received(notices=self._told(consequences.of_alert(message, self.world, now), now))
        if self.world.parties.user(target) is None or alert_code_of(message) is None:
            # DUIS has no way to tell of an alert that does not say what it is.
            return DROPPED
        alert = ServiceResponse(target, None, ResponseCode.I0, now, DeviceAlert(message.code, octets))
        return Received(self._throttle.pass_on(alert, now))

    def _is_alert_for_us(self, message: Message) -> bool:
        """From a device of the inventory, to a User or the DCC, and protected as its use case wants it."""
        header = message.header
        known = header.target in self._own_ids or self.world.parties.user(header.target) is not None
        return known and header.originator in self.world.inventory and _may_be_alert(message)

    def _pass_result(
        self,
        request: ServiceRequest,
        result: FutureDatedResult,
        message: Message,
        octets: bytes,
        now: datetime,
    ) -> Received:
        device = message.header.originator
        notices = self._told(consequences.of_future_dated(device, result, self.world, now), now)
        alert = FutureDatedAlert(result.alert_code, octets)
        return Received(_answer(request, ResponseCode.I0, now, alert), notices)

    @property
    def _own_ids(self) -> frozenset[Eui64]:
        """The entity ids under which the DCC itself sends commands."""
        cos_party = () if self.cos_party is None else (self.cos_party.eui,)
        return frozenset({self.broker.eui, *cos_party})

    def _told(self, notices: Iterable[Notice], now: datetime) -> tuple[ServiceResponse, ...]:
        """The DCC's own alerts as they go out, but for those that the throttle holds back."""
        passed = (self._throttle.pass_on(notice.at(now), now) for notice in notices)
        return tuple(alert for alert in passed if alert is not None)

    def _is_authentic(self, message: Message, now: datetime) -> bool:
        """A signature can be checked for every User, a MAC only where the message is for the broker."""
        header, provider = message.header, self.world.provider
        if message.signature:
            points = self._signing_points(message, now)
            return any(signature_verifies(message, point, provider) for point in points)
        device = self.world.repository.newest(now, header.originator, KeyUsage.KEY_AGREEMENT)
        if device is None:
            return False
        return header.target != self.broker.eui or self.broker.verifies(message, device.public_point)

    def _signing_points(self, message: Message, now: datetime) -> tuple[bytes, ...]:
        """The keys that a device may sign with: while it renews its own, the old one and the new one.

        Which of them signs the response to 6.15.2 was not seen.
        """
        repository, device = self.world.repository, message.header.originator
        if message.code != CS02D:
            newest = repository.newest(now, device, KeyUsage.DIGITAL_SIGNATURE)
            return () if newest is None else (newest.public_point,)
        of_device = repository.find(now, subject=device, usage=KeyUsage.DIGITAL_SIGNATURE)
        usable = (CertificateStatus.IN_USE, CertificateStatus.PENDING)
        return tuple(entry.certificate.public_point for entry in of_device if entry.status(now) in usable)


_Asked = TypeVar("_Asked")
_Made = TypeVar("_Made")
_ALSO_OVER_THE_WAN = frozenset({CommandVariant.COMMAND_AND_LOCAL, CommandVariant.SIGNED_COMMAND_AND_LOCAL})


def _made_or_code(make: Callable[[_Asked], _Made | None], asked: _Asked) -> _Made | ResponseCode:
    """What is made of something held or scheduled; why there is nothing, where there is not."""
    try:
        return make(asked) or ResponseCode.E100
    except NumbersExhausted:
        return ResponseCode.SIM_COUNTER


def _plan(view: RequestView, *, by_broker: bool = False) -> CommandPlan | None:
    """The command for a request; ``by_broker`` makes one for a User whom the device does not know."""
    asked = transformable(view)
    if asked is None:
        return None
    return transform.plan(asked._replace(role=None) if by_broker else asked)


def _held_until(view: RequestView) -> datetime | None:
    """Until when the DCC itself is to hold a request; None if it is not."""
    body = view.request.body
    at: datetime | None = getattr(body, "execution_date_time", None)
    if at is None or at == CANCELLATION or at <= view.now:
        return None
    if isinstance(body, SignedPreCommand) or view.is_smets1:
        return at
    return at if view.service.future_dated == {HeldBy.DCC} else None


def _may_be_alert(message: Message) -> bool:
    """A critical alert comes with a signature, any other with a MAC that only its addressee can check."""
    facts = use_case(message.code)
    critical = facts is None or facts.critical is not False
    return message.shape is (MessageShape.SIGNED if critical else MessageShape.MAC_ONLY)


def _answer(
    request: ServiceRequest, code: ResponseCode, now: datetime, body: ResponseBody | None = None
) -> ServiceResponse:
    request_id = request.request_id
    return ServiceResponse(request_id.originator, request_id, code, now, body, request.srv)
