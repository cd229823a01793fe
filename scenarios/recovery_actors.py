"""Who acts in a recovery: the DCC with its recovery key, and the supplier that takes its meters back."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from dcc.own_commands import OwnCommands
from dcc.recovery_desk import Recovered, RecoveryDesk
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from scenarios.bulk_campaign import Campaign, Terms
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.parties import replaced_all
from scenarios.party_client import PartyClient
from scenarios.population import Home
from scenarios.recovery_inputs import Order, RecoveryInputs
from scenarios.test_bed import RECOVERY_ID

_DAY: Final = timedelta(days=1)


class Act(enum.StrEnum):
    """What the DCC and the supplier do, as the journal names it."""

    COMPROMISED = "key compromised"
    REVOKED = "certificates revoked"
    RECOVERED = "recovered"
    """A meter says that it has the broker's certificates in the supplier's cells."""

    NOT_RECOVERED = "not recovered"
    """It did not answer: ``detail`` says why."""

    TAKEN_BACK = "taken back"
    """The supplier had its new certificates put in the broker's place (6.21)."""

    NOT_TAKEN_BACK = "not taken back"
    """It did not work: ``detail`` is the code that the supplier got."""

    MISUSED = "key misused"
    """Whoever has the stolen key sent a meter a command: ``detail`` is the code that came of it."""


class Rescuer:
    """The DCC as it recovers meters one by one; each that is recovered goes on to the supplier."""

    def __init__(
        self, kit: RunKit, desk: RecoveryDesk, own: OwnCommands, to_supplier: Campaign[Home]
    ) -> None:
        self._kit = kit
        self._desk = desk
        self._own = own
        self._to_supplier = to_supplier

    def attempt(self, home: Home, number: int) -> Conversation[bool]:
        """One attempt at a meter."""
        kit = self._kit
        command = self._desk.recover(home.device, kit.simulation.now)
        answers: list[Recovered] = []

        def take(octets: bytes) -> bool:
            answer = self._desk.take(octets, kit.simulation.now)
            answers.extend(() if answer is None else (answer,))
            return answer is not None

        chance = kit.streams.stream("home", home.number, "recovery", number)
        code = yield from kit.link.command(command, take, chance)
        if code is not ResponseCode.I0:
            self._own.give_up(command)
            why = "out of reach" if code is ResponseCode.E20 else "refused"
            self._note(Act.NOT_RECOVERED, home, why)
            return False
        recovered = answers[0]
        kit.records.traffic.dcc_alerts += len(recovered.notices)
        if not recovered.succeeded:
            self._note(Act.NOT_RECOVERED, home, "a cell would not take its certificate")
            return False
        self._note(Act.RECOVERED, home)
        self._to_supplier.add(home, kit.simulation.now)
        return True

    def _note(self, act: Act, home: Home, detail: str = "") -> None:
        self._kit.act(act.value, actor=RECOVERY_ID, device=home.device, home=home.number, detail=detail)


class Owner:
    """The supplier with new certificates, as it takes recovered meters back."""

    def __init__(self, kit: RunKit, client: PartyClient) -> None:
        self._kit = kit
        self._client = client

    def attempt(self, home: Home, number: int) -> Conversation[bool]:
        """One handover of the supplier's own cells (6.21)."""
        kit, client = self._kit, self._client
        chance = kit.streams.stream("home", home.number, "taking back", number)
        body = client.replacement(client.credentials)
        answer = yield from kit.link.call(client, Srv.HANDOVER, home.device, body, chance)
        done = replaced_all(answer.opened)
        act = Act.TAKEN_BACK if done else Act.NOT_TAKEN_BACK
        detail = "" if done else answer.code.value
        kit.act(act.value, actor=client.user_id, device=home.device, home=home.number, detail=detail)
        return done


def terms_of_recovery(inputs: RecoveryInputs) -> Terms:
    """The DCC's campaign."""
    begins, retry = inputs.recovery_begins, inputs.retry_days * _DAY
    return Terms(begins, inputs.ends, inputs.pace, inputs.attempts, retry)


def terms_of_replacement(inputs: RecoveryInputs, begins: datetime) -> Terms:
    """The supplier's campaign."""
    pace = inputs.pace._replace(commands_a_day=inputs.replacements_a_day)
    retry = inputs.replacement_retry_days * _DAY
    return Terms(begins, inputs.ends, pace, inputs.replacement_attempts, retry)


def is_prepayment(home: Home, inputs: RecoveryInputs, streams: RandomStreams) -> bool:
    """Whether a meter is in prepayment mode."""
    return streams.stream("home", home.number, "prepayment").chance(inputs.prepayment_share)


def in_order(homes: Iterable[Home], inputs: RecoveryInputs, streams: RandomStreams) -> tuple[Home, ...]:
    """The meters in the order in which they are to be recovered; where it says nothing it is random."""
    shuffled = sorted(homes, key=lambda home: streams.stream("home", home.number, "turn").unit())
    if inputs.order is Order.PREPAYMENT_FIRST:
        shuffled.sort(key=lambda home: not is_prepayment(home, inputs, streams))
    elif inputs.order is not Order.RANDOM:
        shuffled.sort(key=lambda home: home.installed_at, reverse=inputs.order is Order.NEWEST_FIRST)
    return tuple(shuffled)
