"""The way between parties, the DCC and devices: it carries bytes, lets time pass, and keeps records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple, TypeVar

from dcc.alert_payloads import DccAlert
from dcc.countersigning import CountersignedRequest
from dcc.dsp import Dsp, Submission
from dcc.outbound import OutboundCommand
from dcc.own_commands import OwnCommand
from dcc.reports import refusal_of
from dcc.response_codes import ResponseCode
from dcc.s1sp.provider import S1sp
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import DeviceAlert, FutureDatedAlert, PreCommand, ServiceResponse
from dcc.srv import Srv
from devices import cells
from devices.device import Device, Effects
from devices.gbcs.carriers import alert_code_of
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import Message
from devices.trust_anchor import TrustAnchorStore
from scenarios.engine.faulty_trip import FaultyTrip, first_answer
from scenarios.engine.final_state import Connected
from scenarios.engine.link_delays import LinkDelays
from scenarios.engine.link_faults import NO_LINK_FAULTS, FaultyWire, LinkFaults, check_faults
from scenarios.engine.link_journal import DeviceView, LinkJournal
from scenarios.engine.random_streams import RandomStream
from scenarios.engine.records import Alert, CellChange, LinkRecords
from scenarios.engine.simulation import Conversation, Simulation
from scenarios.engine.smets1_way import UNREADABLE, S1spWay
from scenarios.engine.trace import Trace, message_name
from scenarios.engine.wire import ValueWire, Wire
from scenarios.party_client import OpenedResponse, OvertakenAlert, PartyClient
from scenarios.smets1_client import OpenedSmets1Response, open_smets1_response

_Taken = TypeVar("_Taken")


class _Way(NamedTuple):
    """The way to a device and back: how long it takes, whether it gets there, and the faults on it."""

    round_trip_ms: int
    reachable: bool
    faulty: FaultyWire | None


class Answer(NamedTuple):
    """What a party has in the end: a code and, with I0 from a device, the response, verified and opened.

    ``smets1`` is what the S1SP of a SMETS1 device signed, which a refusal comes with as well.
    """

    code: ResponseCode
    opened: OpenedResponse = None
    smets1: OpenedSmets1Response | None = None


class Link:
    """One DSP, its Users and the devices it reaches; without ``wire`` they talk in values.

    Raises:
        InputError: the faults are no possible ones.
    """

    def __init__(
        self,
        simulation: Simulation,
        dsp: Dsp,
        users: Iterable[PartyClient],
        records: LinkRecords,
        delays: LinkDelays,
        trace: Trace | None = None,
        faults: LinkFaults = NO_LINK_FAULTS,
        wire: Wire | None = None,
    ) -> None:
        check_faults(faults)
        self._simulation = simulation
        self._dsp = dsp
        self._wire = wire or ValueWire(dsp)
        self._users = {client.user_id: client for client in users}
        self._records = records
        self._journal = None if records.journal is None else LinkJournal(records.journal)
        self._delays = delays
        self._trace = trace
        self._faults = faults
        self._faulty = bool(faults.in_force())
        self._connected: dict[Eui64, Connected] = {}
        self._out_of_reach: set[Eui64] = set()
        self._listeners: list[Callable[[ServiceResponse], None]] = []
        self.s1sps = S1spWay(dsp.world, records.journal)
        """The way to SMETS1 devices; delays and faults are those between DSP and S1SP (assumed)."""

    def connect(self, device: Device) -> None:
        """Make a device reachable; from now on nothing but messages is to change it."""
        self._connected[device.eui] = Connected(device, DeviceView.of(device))

    def set_reachable(self, device: Eui64, *, reachable: bool) -> None:
        """Put a device out of reach, so that what is sent to it ends with E20, or bring it back.

        For a SMETS1 device that means that the DSP does not reach its S1SP with what is for it (assumed).
        """
        if reachable:
            self._out_of_reach.discard(device)
        else:
            self._out_of_reach.add(device)

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices, in the order in which they were connected; those of S1SPs are not among them."""
        return tuple(device for device, _ in self._connected.values())

    @property
    def connected(self) -> tuple[Connected, ...]:
        """The same devices, each with what it was when it was connected."""
        return tuple(self._connected.values())

    def connect_s1sp(self, s1sp: S1sp) -> None:
        """Make an S1SP reachable, with the SMETS1 devices that it has or will have."""
        self.s1sps.connect(s1sp)

    @property
    def device_ids(self) -> tuple[Eui64, ...]:
        """All devices that there are, those of S1SPs after the others."""
        return (*self._connected, *self.s1sps.devices)

    def device(self, eui: Eui64) -> Device:
        """The connected device of an id.

        Raises:
            KeyError: no device of this id was connected.
        """
        return self._connected[eui].device

    def listen(self, hear: Callable[[ServiceResponse], None]) -> None:
        """From now on let somebody hear the alerts that the DCC gives its Users, all of them."""
        self._listeners.append(hear)

    def report(self, eui: Eui64, sent: Iterable[bytes]) -> None:
        """What a device sends unasked, such as a hub that a device has joined, comes to the DSP at once."""
        for octets in sent:
            self._arrive(octets, eui)

    def call(
        self, client: PartyClient, srv: Srv, target: Eui64, body: RequestBody, chance: RandomStream
    ) -> Conversation[Answer]:
        """A service from beginning to end: request, transform where needed, command, response.

        Raises:
            GbcsError: a Pre-Command is not what it should be, or, without faults, a response is not.
        """
        request = client.request(srv, target, body, self._simulation.now)
        if self.s1sps.s1sp_of(target) is not None:
            # There is no Pre-Command for a SMETS1 device: the signed request is all that its S1SP needs.
            request = request._replace(command_variant=CommandVariant.COMMAND)
        answer = yield from self._to_the_end(client, request, chance)
        if self._journal is not None:
            self._journal.final(self._simulation.now, request, answer.code)
        return answer

    def command(
        self, command: OwnCommand, take: Callable[[bytes], bool], chance: RandomStream
    ) -> Conversation[ResponseCode]:
        """A command that the DCC sends of itself, to its end: I0, E20 out of reach, E21 for no answer.

        ``take`` is given what the device sends, and says whether it was the answer; the rest goes to the DSP.
        """
        if self._journal is not None:
            self._journal.own_command(self._simulation.now, command.awaited)
        code = yield from self._own_to_the_end(command, take, chance)
        if self._journal is not None:
            self._journal.own_command_over(self._simulation.now, command.awaited, code)
        return code

    def _own_to_the_end(
        self, command: OwnCommand, take: Callable[[bytes], bool], chance: RandomStream
    ) -> Conversation[ResponseCode]:
        round_trip, reachable, wire = self._way_to(command.device, chance)

        def arrive(octets: bytes) -> ResponseCode | None:
            if take(octets):
                self._records.traffic.responses += 1
                return ResponseCode.I0
            self._arrive(octets, command.device)
            return None

        if not reachable:
            yield self._simulation.wait_ms(round_trip // 2)
            return ResponseCode.E20
        if wire is not None:
            deliver = partial(self._sent_by, command.device)
            answer = yield from self._faulty_round(wire, command.octets, round_trip, deliver, arrive)
            return answer or ResponseCode.E21
        yield self._simulation.wait_ms(round_trip // 2)
        sent = self._sent_by(command.device, command.octets)
        yield self._simulation.wait_ms(round_trip - round_trip // 2)
        codes = [arrive(octets) for octets in sent]
        if ResponseCode.I0 in codes:
            return ResponseCode.I0
        yield self._simulation.wait_ms(self._delays.response_timeout_ms - round_trip)
        return ResponseCode.E21

    def _to_the_end(
        self, client: PartyClient, request: ServiceRequest, chance: RandomStream
    ) -> Conversation[Answer]:
        submission, answer = self._submit(request)
        if isinstance(answer.body, PreCommand):
            yield self._simulation.wait_ms(self._delays.transform_ms(chance))
            submission, answer = self._submit(client.sign_pre_command(request, answer))
        command = submission.command
        if submission.countersigned is not None:
            return (yield from self._to_s1sp(request, submission.countersigned, chance))
        if command is None:
            return Answer(answer.code)
        round_trip, reachable, wire = self._way_to(command.device, chance)
        if not reachable:
            yield self._simulation.wait_ms(round_trip // 2)
            self._give_up(command, ResponseCode.E20)
            return Answer(ResponseCode.E20)
        if wire is not None:
            return (yield from self._over_a_faulty_wan(client, command, wire, round_trip))
        response = yield from self._over_the_wan(command, round_trip)
        return Answer(response.code, client.open(response) if response.body else None)

    def _way_to(self, device: Eui64, chance: RandomStream) -> _Way:
        wire = FaultyWire(self._faults, chance.branch("link faults")) if self._faulty else None
        reachable = device not in self._out_of_reach and (wire is None or wire.reachable())
        return _Way(self._delays.round_trip_ms(chance), reachable, wire)

    def _faulty_round(
        self,
        wire: FaultyWire,
        octets: bytes,
        round_trip_ms: int,
        deliver: Callable[[bytes], Iterable[bytes]],
        take: Callable[[bytes], _Taken | None],
    ) -> Conversation[_Taken | None]:
        """There and back over a faulty way: the first answer that is taken; None if there is none in time."""
        timeout_ms = self._delays.response_timeout_ms

        def trip(arrive: Callable[[bytes], None]) -> FaultyTrip:
            return FaultyTrip(self._simulation, wire, round_trip_ms, deliver, arrive)

        return (yield from first_answer(trip, octets, take, self._simulation, timeout_ms))

    def _submit(self, request: ServiceRequest) -> tuple[Submission, ServiceResponse]:
        submission, answer = self._wire.submit(request, self._simulation.now)
        self._records.traffic.service_requests += 1
        refusal = refusal_of(submission, self._dsp.world)
        if refusal is not None:
            self._records.refusals.append(refusal)
        if self._journal is not None:
            self._journal.submitted(self._simulation.now, submission)
        if self._trace is not None:
            self._trace_submission(self._trace, submission)
        self._tell(submission.notices)
        return submission, answer

    def _to_s1sp(
        self, request: ServiceRequest, countersigned: CountersignedRequest, chance: RandomStream
    ) -> Conversation[Answer]:
        """To the S1SP and back; it takes as long as a round trip over the SM WAN does (assumed)."""
        octets = countersigned.encode()
        round_trip, reachable, wire = self._way_to(countersigned.target, chance)
        if not reachable:
            yield self._simulation.wait_ms(round_trip // 2)
            return self._give_up_s1sp(request, countersigned, ResponseCode.E20)
        deliver = partial(self._sent_by_s1sp, countersigned, request)
        if wire is not None:
            answer = yield from self._faulty_round(wire, octets, round_trip, deliver, self._arrive_smets1)
            return answer or self._give_up_s1sp(request, countersigned, ResponseCode.E21)
        yield self._simulation.wait_ms(round_trip // 2)
        (back,) = deliver(octets)
        yield self._simulation.wait_ms(round_trip - round_trip // 2)
        answer = self._arrive_smets1(back)
        assert answer is not None, "the DSP takes what its S1SP signed"
        return answer

    def _sent_by_s1sp(
        self, countersigned: CountersignedRequest, request: ServiceRequest, octets: bytes
    ) -> tuple[bytes, ...]:
        """What the S1SP sends back; nothing for octets that it cannot read."""
        self._records.traffic.commands += 1
        done = self.s1sps.deliver(octets, countersigned, request, self._simulation.now)
        text = UNREADABLE if done is None else done.text
        verdict = f"REJECT {text}" if text else "OK"
        what, counter = _service_name(request), countersigned.counter
        self._trace_line("S1SP", countersigned.target, what, counter, verdict)
        return () if done is None else (done.octets,)

    def _arrive_smets1(self, octets: bytes) -> Answer | None:
        """An S1SP's answer at the DSP; None of a copy, a late or a damaged one."""
        dsp = self._dsp
        received = dsp.receive_smets1(octets, self._simulation.now)
        if received.response is None:
            return None
        self._records.traffic.responses += 1
        self._tell(received.notices)
        response = self._wire.hand_over(received.response)
        opened = open_smets1_response(response, dsp.world.repository, dsp.world.provider)
        return Answer(response.code, smets1=opened)

    def _give_up_s1sp(
        self, request: ServiceRequest, countersigned: CountersignedRequest, code: ResponseCode
    ) -> Answer:
        silence = self._dsp.give_up_smets1(countersigned, code, self._simulation.now)
        assert silence is not None, "an answer came by another way than this"
        what, counter = _service_name(request), request.request_id.counter
        self._trace_line("DSP", countersigned.target, what, counter, f"no answer, {code.value}")
        return Answer(self._wire.hand_over(silence).code)

    def _over_the_wan(self, command: OutboundCommand, round_trip: int) -> Conversation[ServiceResponse]:
        yield self._simulation.wait_ms(round_trip // 2)
        sent = self._sent_by(command.device, command.octets)
        yield self._simulation.wait_ms(round_trip - round_trip // 2)
        arrived = [self._arrive(octets, command.device) for octets in sent]
        for response in arrived:
            if response is not None and response.request_id == command.request.request_id:
                return response
        yield self._simulation.wait_ms(self._delays.response_timeout_ms - round_trip)
        silence = self._give_up(command, ResponseCode.E21)
        assert silence is not None, "an answer came by another way than this"
        return silence

    def _over_a_faulty_wan(
        self, client: PartyClient, command: OutboundCommand, wire: FaultyWire, round_trip: int
    ) -> Conversation[Answer]:
        """The first answer that the User can verify; E21 for none in time."""

        def take(octets: bytes) -> Answer | None:
            return self._answer_to(command, client, self._arrive(octets, command.device))

        deliver = partial(self._sent_by, command.device)
        answer = yield from self._faulty_round(wire, command.octets, round_trip, deliver, take)
        if answer is None:
            self._give_up(command, ResponseCode.E21)
        return answer or Answer(ResponseCode.E21)

    def _answer_to(
        self, command: OutboundCommand, client: PartyClient, response: ServiceResponse | None
    ) -> Answer | None:
        """What a User has of a response; None of one to something else, or damaged on the way.

        The DCC cannot verify a MAC for a User, and passes a damaged response on.
        """
        request_id = command.request.request_id
        if response is None or response.request_id != request_id:
            return None
        try:
            return Answer(response.code, client.open(response))
        except GbcsError:
            what = _service_name(command.request)
            text = f"response not verified by {client.user_id}"
            self._trace_line("User", command.device, what, request_id.counter, text)
            return None

    def _give_up(self, command: OutboundCommand, code: ResponseCode) -> ServiceResponse | None:
        silence = self._dsp.give_up(command, code, self._simulation.now)
        if silence is not None:
            silence = self._wire.hand_over(silence)
        request = command.request
        what = _service_name(request)
        counter = request.request_id.counter
        self._trace_line("DSP", command.device, what, counter, f"no answer, {code.value}")
        return silence

    def _sent_by(self, eui: Eui64, octets: bytes) -> tuple[bytes, ...]:
        """What a device sends back."""
        return self._deliver(eui, octets).sent

    def _deliver(self, eui: Eui64, octets: bytes) -> Effects:
        device, now = self._connected[eui].device, self._simulation.now
        before = device.store
        watched = None if self._journal is None else DeviceView.of(device)
        effects = device.receive(octets, now)
        self._records.traffic.commands += 1
        if device.store is not before and cells.NETWORK_OPERATOR_SIGNING in before:
            after = _operator_holders(device.store)
            if after != _operator_holders(before):
                self._records.cell_changes.append(CellChange(device.eui, now, *after))
        if self._journal is not None and watched is not None:
            self._journal.delivered(now, device, octets, effects.entry, watched)
        if self._trace is not None:
            entry = effects.entry
            verdict = "OK" if entry.refusal is None else f"REJECT {entry.refusal.name.lower()}"
            what, counter = message_name(entry.message_code), entry.counter
            self._trace_line(
                device.device_type.value, device.eui, what, counter, f"{verdict}: {entry.detail}"
            )
        return effects

    def _arrive(self, octets: bytes, device: Eui64) -> ServiceResponse | None:
        """A message of a device at the DSP: the response to a request, if it is one."""
        now = self._simulation.now
        passed, notices, _ = self._dsp.receive(octets, now)
        response = None if passed is None else self._wire.hand_over(passed)
        self._tell(notices)
        if response is None:
            if not notices:
                self._trace_line("DSP", device, "?", None, "dropped")
        elif isinstance(response.body, DeviceAlert | FutureDatedAlert):
            self._records.traffic.alerts += 1
            message = self._open_alert(response)
            if message is None:
                self._trace_line("User", device, "alert", None, f"not accepted by {response.recipient}")
                return response
            self._records.alerts.append(Alert(device, now, response.recipient))
            if self._journal is not None:
                self._journal.alerted(now, device, response.recipient, message)
            code = alert_code_of(message)
            what, number = "alert" if code is None else f"{code:04X}", message.header.originator_counter
            self._trace_line("DSP", device, what, number, f"alert to {response.recipient}")
        else:
            self._records.traffic.responses += 1
            counter = response.request_id.counter if response.request_id else None
            self._trace_line(
                "DSP", device, "response", counter, f"{response.code.value} to {response.recipient}"
            )
        return response

    def _tell(self, notices: Iterable[ServiceResponse]) -> None:
        """Alerts of the DCC to its Users; what they do about them is up to who listens."""
        for notice in map(self._wire.hand_over, notices):
            self._records.traffic.dcc_alerts += 1
            for hear in self._listeners:
                hear(notice)
            if isinstance(notice.body, DccAlert):
                what = notice.body.code.value
                self._trace_line("DSP", notice.recipient, what, None, "alert of the DCC")

    def _open_alert(self, response: ServiceResponse) -> Message | None:
        """An alert, verified; None of a copy or a damaged one, which are faults of the way alone.

        None, too, of one that a later alert of its device has overtaken, as happens on any way where two
        commands to a device are under way at once.
        """
        client = self._users.get(response.recipient)
        try:
            if client is None:
                raise GbcsError("alert", f"for {response.recipient}, which is no User of this link")
            return client.open_alert(response)
        except OvertakenAlert:
            return None
        except GbcsError:
            if self._faulty:
                return None
            raise

    def _trace_submission(self, trace: Trace, submission: Submission) -> None:
        request, rejection = submission.request, submission.decision.rejection
        originator, target, counter = request.request_id
        text = f"{submission.response.code.value} for {target}"
        if rejection is not None:
            text += f": {rejection.observed}, expected {rejection.expected}"
        trace.line(self._simulation.elapsed_ms, "DSP", str(originator), _service_name(request), counter, text)

    def _trace_line(self, actor: str, who: Eui64, what: str, counter: int | None, text: str) -> None:
        if self._trace is not None:
            self._trace.line(self._simulation.elapsed_ms, actor, str(who), what, counter, text)


def network_operator_cells(device: Device) -> tuple[Eui64, Eui64]:
    """Who holds a device's network operator cells: digital signature, key agreement."""
    return _operator_holders(device.store)


def _operator_holders(store: TrustAnchorStore) -> tuple[Eui64, Eui64]:
    signing = store.holder(cells.NETWORK_OPERATOR_SIGNING).subject
    return signing, store.holder(cells.NETWORK_OPERATOR_AGREEMENT).subject


def _service_name(request: ServiceRequest) -> str:
    """The service and the command variant: ``6.15.1/4``."""
    return f"{request.srv.value}/{request.command_variant.value}"
