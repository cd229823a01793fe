"""Who has the stolen key: sends meters commands in the supplier's name, and what becomes of them.

The commands are critical ones that the supplier's key signs (6.11, with a time that leaves the meter's clock
unreliable). A meter wants the DCC's MAC on them besides: they come by it as the supplier's own do, so that
the rule book decides on them, or past all checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.bodies.meters import SynchroniseClock
from dcc.outbound import AwaitedResponse
from dcc.own_commands import OwnCommand
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.ecs70 import ECS70, build_ecs70_command
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import COMMAND, Cra, GroupingHeader, Message, OtherInformation, encode, parse
from devices.gbcs.protection import sign
from scenarios.engine.journal import Event, EventKind, Journal
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.party_client import PartyClient
from scenarios.population import Home
from scenarios.recovery_actors import Act
from scenarios.recovery_inputs import MisuseWay, RecoveryInputs
from scenarios.test_bed import ACB_ID

_DAY: Final = timedelta(days=1)
_WRONG_BY: Final = timedelta(days=365)
_SIGNING_CELL: Final = "supplier digital_signature management"
_COMMAND: Final = str(ECS70)
_SENT_ON: Final = frozenset({ResponseCode.I0.value, ResponseCode.E20.value, ResponseCode.E21.value})


class Thief:
    """Sends so many commands a day, each at any moment of its turn and to any meter, as likely.

    Its numbers are milliseconds since 1970, as the supplier's are.
    """

    def __init__(self, kit: RunKit, inputs: RecoveryInputs, stolen: PartyClient) -> None:
        self._kit = kit
        self._inputs = inputs
        bed, credentials = kit.bed, stolen.credentials
        self._client = PartyClient(credentials, bed.repository, bed.smki.issuer.certificate, bed.provider)

    def plan(self, homes: tuple[Home, ...]) -> None:
        """Plan all commands, from when the key is stolen to the end."""
        inputs, kit = self._inputs, self._kit
        for number in range(inputs.observed_days * inputs.misuse_a_day):
            chance = kit.streams.stream("misuse", number)
            moment = inputs.compromised + _DAY * (number + chance.unit()) / inputs.misuse_a_day
            home = homes[chance.between(0, len(homes) - 1)]
            kit.simulation.begin(moment, partial(self._misuse, home, number))

    def _misuse(self, home: Home, number: int) -> Conversation[None]:
        kit = self._kit
        body = SynchroniseClock((kit.simulation.now + _WRONG_BY).replace(microsecond=0), 0)
        chance = kit.streams.stream("misuse", number, "6.11")
        if self._inputs.misuse_way is MisuseWay.THROUGH_DCC:
            answer = yield from kit.link.call(self._client, Srv.SYNCHRONISE_CLOCK, home.device, body, chance)
            code = answer.code
        else:
            command = self._command(home.device, body)
            code = yield from kit.link.command(command, partial(_answers, command.awaited), chance)
        thief = self._client.user_id
        kit.act(Act.MISUSED.value, actor=thief, device=home.device, home=home.number, detail=code.value)

    def _command(self, meter: Eui64, body: SynchroniseClock) -> OwnCommand:
        """The command as the DCC would send it on, had nobody checked it."""
        kit, client = self._kit, self._client
        request_id = client.request(Srv.SYNCHRONISE_CLOCK, meter, body, kit.simulation.now).request_id
        payload = build_ecs70_command(request_id.counter, *body)
        header = GroupingHeader(COMMAND, request_id.counter, client.user_id, meter, OtherInformation(ECS70))
        signed = sign(Message(header, payload), client.credentials.signing_key, kit.bed.provider)
        point = kit.link.device(meter).certificates.agreement.public_point
        octets = encode(kit.bed.dsp.broker.protect(signed, point))
        return OwnCommand(meter, octets, AwaitedResponse.to(header))


def _answers(awaited: AwaitedResponse, octets: bytes) -> bool:
    header = parse(octets).header
    return header.cra is Cra.RESPONSE and AwaitedResponse.of(header) == awaited


class Misuse(NamedTuple):
    """What became of the thief's commands, and the meters that obeyed one.

    ``overtaken`` are those that an exposed meter refused, since it had obeyed a higher number before.
    """

    sent: int
    refused_by_dcc: int
    out_of_reach: int
    obeyed: int
    refused: int
    overtaken: int
    meters: frozenset[Eui64]


def misuse_of(journal: Journal) -> Misuse:
    """What the journal has of the thief's commands; no other command of a run bears their message code."""
    codes = Counter(event.detail for event in journal if event.code == Act.MISUSED)
    obeyed = misused(journal)
    refused = [is_safe for event, is_safe in _at_meters(journal) if event.kind is EventKind.REFUSED]
    return Misuse(
        codes.total(),
        sum(times for code, times in codes.items() if code not in _SENT_ON),
        codes[ResponseCode.E20.value],
        len(obeyed),
        refused.count(True),
        refused.count(False),
        frozenset(event.device for event in obeyed if event.device is not None),
    )


def misused(journal: Journal) -> list[Event]:
    """The thief's commands that meters obeyed."""
    return [event for event in journal if event.kind is EventKind.OBEYED and event.code == _COMMAND]


def misuse_breaches(journal: Journal) -> Iterator[str]:
    """Commands of the thief's that a meter obeyed after its recovery, or refused before for no reason.

    The second would show that exposure is less than it is said to be; a number below one that the meter has
    obeyed is a reason.
    """
    highest: dict[Eui64 | None, int] = {}
    for event, is_safe in _at_meters(journal):
        number, reached = event.number or 0, highest.get(event.device, 0)
        if event.kind is EventKind.OBEYED:
            highest[event.device] = max(number, reached)
            if is_safe:
                yield f"{event.device}: obeyed number {number} of the stolen key after its recovery"
        elif not is_safe and number > reached:
            yield f"{event.device}: refused number {number} of the stolen key before its recovery"
    found = misuse_of(journal)
    parts = found.refused_by_dcc + found.out_of_reach + found.obeyed + found.refused + found.overtaken
    if parts != found.sent:
        yield f"commands of the stolen key: {found.sent}, what became of them: {parts}"


def _at_meters(journal: Journal) -> Iterator[tuple[Event, bool]]:
    """What meters did with the thief's commands, and whether they were safe from it by then."""
    recovered: set[Eui64 | None] = set()
    for event in journal:
        if event.kind is EventKind.CELL and event.code == _SIGNING_CELL and event.actor == ACB_ID:
            recovered.add(event.device)
        elif event.kind in (EventKind.OBEYED, EventKind.REFUSED) and event.code == _COMMAND:
            yield event, event.device in recovered
