"""The data service provider: takes requests, asks the rule book, sends commands, passes responses back.

Sans I/O: what is to be sent over the SM WAN comes back as octets, and whoever drives the DSP tells it what
became of them (SEC Appendix AB; DUIS 2.6).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from dcc import transform
from dcc.access_control_broker import AccessControlBroker
from dcc.response_codes import ResponseCode
from dcc.rules.model import Decision
from dcc.rules.order import decide
from dcc.rules.view import RequestView
from dcc.service_requests import LOCAL_VARIANTS, CommandVariant, ServiceRequest, SignedPreCommand
from dcc.service_responses import DeviceAlert, DeviceResponse, PreCommand, ServiceResponse
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import signature_verifies
from devices.gbcs.use_cases import use_case

# Sent in the access control broker's name: the device would not know the User, or not obey it.
_SENT_BY_BROKER: Final = frozenset({Srv.HANDOVER, Srv.RETRIEVE_CREDENTIALS})


class AwaitedResponse(NamedTuple):
    """What a response has to say of itself to be the answer to a command."""

    device: Eui64
    addressee: Eui64
    counter: OriginatorCounter
    message_code: MessageCode


class OutboundCommand(NamedTuple):
    """A command for the SM WAN.

    ``answered_signed`` says whether the response has to carry the device's signature: the response to a
    critical command does, any other a MAC.
    """

    request: ServiceRequest
    device: Eui64
    octets: bytes
    awaited: AwaitedResponse
    answered_signed: bool


class _Unverified(NamedTuple):
    """A command whose responses only the User can verify, and those that were passed on so far."""

    command: OutboundCommand
    passed_on: set[bytes]


class Submission(NamedTuple):
    """What the DSP makes of a request: its answer, the rules' verdicts, and a command if one goes out."""

    request: ServiceRequest
    response: ServiceResponse
    decision: Decision
    command: OutboundCommand | None = None


class Dsp:
    """One data service provider with its view of the world and its access control broker."""

    def __init__(self, world: DccWorld, broker: AccessControlBroker) -> None:
        self.world = world
        self.broker = broker
        self._awaited: dict[AwaitedResponse, OutboundCommand] = {}
        # By device and User, the last one alone: what came before it is settled.
        self._unverified: dict[tuple[Eui64, Eui64], _Unverified] = {}

    def submit(self, request: ServiceRequest, now: datetime) -> Submission:
        """Check one request and act on it: I0, I99, or the code of the first rule that rejects."""
        view = RequestView(request, self.world, now)
        decision = decide(view)
        rejection = decision.rejection
        if rejection is not None and rejection.code is not None:
            return Submission(request, _answer(request, rejection.code, now), decision)
        if request.command_variant in LOCAL_VARIANTS or _is_dated(request):
            return _not_modelled(view, decision)
        if request.command_variant is CommandVariant.TRANSFORM:
            return self._transform(view, decision)
        return self._send(view, decision)

    def receive(self, octets: bytes, now: datetime) -> ServiceResponse | None:
        """Take what came from a device: the response or alert for a User, None if it is for nobody.

        A response that answers no command, or does not verify, is dropped: the command stays unanswered.
        A MAC for a User can be verified by that User alone. So that a forged response does not keep the true
        one out, every different response with such a MAC is passed on, until the device answers the User's
        next command, or :meth:`give_up`; the User opens the one that verifies.
        """
        try:
            message = parse(octets)
        except GbcsError:
            return None
        header = message.header
        if header.cra is Cra.ALERT:
            return self._pass_alert(message, octets, now)
        awaited = AwaitedResponse(header.originator, header.target, header.originator_counter, message.code)
        outbound = self._awaited.get(awaited) or self._open_to_doubt(awaited)
        if header.cra is not Cra.RESPONSE or outbound is None:
            return None
        shape = MessageShape.SIGNED if outbound.answered_signed else MessageShape.MAC_ONLY
        if message.shape is not shape or not self._is_authentic(message, now):
            return None
        if message.signature or header.target == self.broker.eui:
            del self._awaited[awaited]
        elif not self._is_first(outbound, octets):
            return None
        return _answer(outbound.request, ResponseCode.I0, now, DeviceResponse(octets))

    def give_up(self, command: OutboundCommand, code: ResponseCode, now: datetime) -> ServiceResponse | None:
        """Tell the User that a command could not be delivered (E20) or was not answered in time (E21).

        None if it was answered in the meantime.
        """
        if self._open_to_doubt(command.awaited) is not None:
            del self._unverified[command.awaited.device, command.awaited.addressee]
        if self._awaited.pop(command.awaited, None) is None:
            return None
        return _answer(command.request, code, now)

    def _transform(self, view: RequestView, decision: Decision) -> Submission:
        request = view.request
        message = self._command(view, request.request_id.originator, request.request_id.counter)
        if message is None:
            return _not_modelled(view, decision)
        pre_command = encode(message)
        self.world.ledger.give_out(request.request_id, pre_command)
        answer = _answer(request, ResponseCode.I0, view.now, PreCommand(pre_command))
        return Submission(request, answer, decision)

    def _send(self, view: RequestView, decision: Decision) -> Submission:
        request = view.request
        device = self.world.repository.newest(view.now, request.request_id.target, KeyUsage.KEY_AGREEMENT)
        if device is None:
            # The inventory knows the device, the repository does not: no MAC can be made.
            return Submission(request, _answer(request, ResponseCode.E100, view.now), decision)
        message = self._signed_or_made(view)
        if message is None:
            return _not_modelled(view, decision)
        protected = self.broker.protect(message, device.public_point)
        header = protected.header
        awaited = AwaitedResponse(header.target, header.originator, header.originator_counter, protected.code)
        signed = bool(protected.signature)
        command = OutboundCommand(request, header.target, encode(protected), awaited, signed)
        self._awaited[awaited] = command
        return Submission(request, _answer(request, ResponseCode.I99, view.now), decision, command)

    def _signed_or_made(self, view: RequestView) -> Message | None:
        if isinstance(view.signed_message, Message):
            return view.signed_message
        request_id, srv = view.request.request_id, view.request.srv
        if view.replacement is not None and view.replacement.execution_date_time is not None:
            # The DCC itself holds a dated 6.21, and calls it off; a time in the command is for the device.
            return None
        if srv not in _SENT_BY_BROKER:
            return self._command(view, request_id.originator, request_id.counter)
        counter = self.broker.next_counter(request_id.target, view.now)
        message = self._command(view, self.broker.eui, counter)
        return self.broker.sign(message) if message is not None and srv is Srv.HANDOVER else message

    def _command(self, view: RequestView, originator: Eui64, counter: OriginatorCounter) -> Message | None:
        request, device = view.request, view.device
        if device is None:
            return None
        return transform.command(
            request.body, device.device_type, originator, request.request_id.target, counter
        )

    def _open_to_doubt(self, awaited: AwaitedResponse) -> OutboundCommand | None:
        """The command, where it was answered, but the DCC cannot know by whom."""
        unverified = self._unverified.get((awaited.device, awaited.addressee))
        if unverified is None or unverified.command.awaited != awaited:
            return None
        return unverified.command

    def _is_first(self, command: OutboundCommand, octets: bytes) -> bool:
        """Note an unverified response; whether it was not passed on before."""
        awaited = command.awaited
        if self._awaited.pop(awaited, None) is not None:
            self._unverified[awaited.device, awaited.addressee] = _Unverified(command, set())
        passed_on = self._unverified[awaited.device, awaited.addressee].passed_on
        if octets in passed_on:
            return False
        passed_on.add(octets)
        return True

    def _is_authentic(self, message: Message, now: datetime) -> bool:
        """A signature can be checked for every User, a MAC only where the message is for the broker."""
        header = message.header
        usage = KeyUsage.DIGITAL_SIGNATURE if message.signature else KeyUsage.KEY_AGREEMENT
        device = self.world.repository.newest(now, header.originator, usage)
        if device is None:
            return False
        if message.signature:
            return signature_verifies(message, device.public_point, self.world.provider)
        return header.target != self.broker.eui or self.broker.verifies(message, device.public_point)

    def _pass_alert(self, message: Message, octets: bytes, now: datetime) -> ServiceResponse | None:
        target = message.header.target
        if self.world.parties.user(target) is None or message.header.originator not in self.world.inventory:
            return None
        if not _may_be_alert(message) or not self._is_authentic(message, now):
            return None
        return ServiceResponse(target, None, ResponseCode.I0, now, DeviceAlert(message.code, octets))


def _is_dated(request: ServiceRequest) -> bool:
    """Whether the DCC is to hold a Signed Pre-Command until a time."""
    return isinstance(request.body, SignedPreCommand) and request.body.execution_date_time is not None


def _may_be_alert(message: Message) -> bool:
    """A critical alert comes with a signature, any other with a MAC that only its addressee can check."""
    facts = use_case(message.code)
    critical = facts is None or facts.critical is not False
    return message.shape is (MessageShape.SIGNED if critical else MessageShape.MAC_ONLY)


def _answer(
    request: ServiceRequest,
    code: ResponseCode,
    now: datetime,
    body: PreCommand | DeviceResponse | None = None,
) -> ServiceResponse:
    request_id = request.request_id
    return ServiceResponse(request_id.originator, request_id, code, now, body, request.srv)


def _not_modelled(view: RequestView, decision: Decision) -> Submission:
    answer = _answer(view.request, ResponseCode.SIM_NOT_MODELLED, view.now)
    return Submission(view.request, answer, decision)
