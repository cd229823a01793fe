"""Who acts when the broker's certificates are renewed: the DCC, and suppliers that hand cells over."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.acb_renewal import HELD_ROLES, AcbRenewal, BrokerCredentials, Held, Renewed
from dcc.own_commands import OwnCommand, OwnCommands
from dcc.response_codes import ResponseCode
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.acb_renewal_inputs import RenewalInputs
from scenarios.bulk_campaign import Campaign, Terms
from scenarios.electricity_fleet import hand_over
from scenarios.engine.journal import EventKind
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.parties import replaced_all
from scenarios.population import Home
from scenarios.test_bed import ACB_ID

_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
_DAY: Final = timedelta(days=1)


class Act(enum.StrEnum):
    """What the DCC and suppliers do, as the journal names it."""

    RENEWED = "renewed"
    """The DCC has a meter's word that its cells of a role (``detail``) have the new certificates."""

    RETURNED = "returned"
    """The DCC has a meter's word that its cells of a role (``detail``) have the old certificates again."""

    NO_ANSWER = "no answer"
    """A command of the DCC's own was not answered: out of reach, or refused (``detail``)."""

    DESTROYED = "old key destroyed"
    BACKED_OUT = "back-out begun"
    HANDED_OVER = "handed over"
    """A supplier had cells of a role (``detail``) handed over."""

    NOT_HANDED_OVER = "not handed over"
    """It did not work: ``detail`` says the role, and why (:class:`Obstacle`)."""


class Obstacle(enum.StrEnum):
    """Why a handover did not work."""

    OUT_OF_REACH = "out of reach"
    IN_CHANGE = "keys in change"
    """The meter refused MAC or signature, while the DCC still had both keys."""

    OLD_KEY_GONE = "old key destroyed"
    """The meter refused MAC or signature, since its cell needs a key that is destroyed."""

    OTHER = "other"


class Target(NamedTuple):
    """A device that is to be renewed: the meter of a home, or its hub."""

    home: Home
    device: Eui64

    @property
    def is_hub(self) -> bool:
        """Whether it is the hub, which has no cells of suppliers and network operators."""
        return self.device == self.home.hub


class Renewer:
    """The DCC as it brings devices to new certificates of the broker's, or back to the old ones."""

    def __init__(
        self, kit: RunKit, inputs: RenewalInputs, own: OwnCommands, to: BrokerCredentials, act: Act
    ) -> None:
        self._kit = kit
        self._inputs = inputs
        self._renewal = AcbRenewal(kit.bed.world, kit.bed.dsp.broker, own, to)
        self._own = own
        self._act = act
        self._done: set[Eui64] = set()

    @property
    def done(self) -> frozenset[Eui64]:
        """The devices whose own cell of the broker has taken the certificates."""
        return frozenset(self._done)

    def adopt_factory(self, device: Eui64) -> None:
        """A device came with these certificates from the factory, which the DCC is told."""
        self._done.add(device)
        for role in (_BROKER, *HELD_ROLES):
            self._renewal.adopt(Renewed(device, role, True))

    def attempt(self, target: Target, number: int) -> Conversation[bool]:
        """All that a device needs; the broker's own cell comes last, since it decides over the rest."""
        device = target.device
        if self._inputs.renews_held_cells and not target.is_hub:
            held = yield from self._send(target, self._renewal.ask(device, self._now), "ask", number)
            if not isinstance(held, Held):
                return False
            for role in held.roles:
                command = self._renewal.renew_held(device, role, self._now)
                renewed = yield from self._send(target, command, role.name, number)
                if not isinstance(renewed, Renewed):
                    return False
                self._took(target, renewed)
        own = "own of hub" if target.is_hub else "own"
        renewed = yield from self._send(target, self._renewal.renew(device, self._now), own, number)
        if not isinstance(renewed, Renewed) or not renewed.succeeded:
            return False
        self._took(target, renewed)
        self._done.add(device)
        return True

    @property
    def _now(self) -> datetime:
        return self._kit.simulation.now

    def _send(
        self, target: Target, command: OwnCommand | None, what: str, number: int
    ) -> Conversation[Renewed | Held | None]:
        assert command is not None, "all devices have certificates in the repository"
        answers: list[Renewed | Held] = []

        def take(octets: bytes) -> bool:
            answer = self._renewal.take(octets, self._now)
            answers.extend(() if answer is None else (answer,))
            return answer is not None

        chance = self._kit.streams.stream("home", target.home.number, self._act.value, what, number)
        code = yield from self._kit.link.command(command, take, chance)
        if code is ResponseCode.I0:
            return answers[0]
        self._own.give_up(command)
        why = Obstacle.OUT_OF_REACH.value if code is ResponseCode.E20 else "refused"
        self._note(Act.NO_ANSWER, target, why)
        return None

    def _took(self, target: Target, renewed: Renewed) -> None:
        if renewed.succeeded:
            self._note(self._act, target, renewed.role.name.lower())
        lag = timedelta(hours=self._inputs.switch_lag_hours)
        if lag:
            self._kit.simulation.begin(self._now + lag, partial(self._adopt, renewed))
        else:
            self._renewal.adopt(renewed)

    def _adopt(self, renewed: Renewed) -> Conversation[None]:
        self._renewal.adopt(renewed)
        yield from ()

    def _note(self, act: Act, target: Target, detail: str) -> None:
        number, device = target.home.number, target.device
        self._kit.act(act.value, actor=ACB_ID, device=device, home=number, detail=detail)


class Suppliers:
    """All suppliers as they have cells handed over (6.21)."""

    def __init__(self, kit: RunKit, inputs: RenewalInputs) -> None:
        self._kit = kit
        self._inputs = inputs
        self._old_key_gone = False

    def old_key_destroyed(self) -> None:
        """From now on a refused MAC or signature is for want of the old key."""
        self._old_key_gone = True

    def plan(self, home: Home, role: RemotePartyRole, within_days: int) -> None:
        """Plan a handover at any moment within so many days."""
        chance = self._kit.streams.stream("home", home.number, "handover", role.name)
        moment = self._kit.simulation.now + within_days * _DAY * chance.unit()
        self._kit.simulation.begin(moment, partial(self._hand_over, home, role, 1))

    def _hand_over(self, home: Home, role: RemotePartyRole, attempt: int) -> Conversation[None]:
        actor = home.supplier if role is RemotePartyRole.SUPPLIER else home.operator
        since = len(self._kit.journal)
        credentials = self._kit.clients[actor.user_id].credentials
        answer = yield from hand_over(self._kit, home, credentials, attempt)
        if replaced_all(answer.opened):
            self._note(Act.HANDED_OVER, home, role.name.lower())
            return
        why = self._obstacle(home, answer.code, since)
        self._note(Act.NOT_HANDED_OVER, home, f"{role.name.lower()}: {why}")
        if attempt < self._inputs.handover_attempts:
            moment = self._kit.simulation.now + self._inputs.handover_retry_days * _DAY
            self._kit.simulation.begin(moment, partial(self._hand_over, home, role, attempt + 1))

    def _obstacle(self, home: Home, code: ResponseCode, since: int) -> Obstacle:
        if code is ResponseCode.E20:
            return Obstacle.OUT_OF_REACH
        refused = any(
            event.kind is EventKind.REFUSED and event.device == home.device
            for event in self._kit.journal[since:]
        )
        if not refused:
            return Obstacle.OTHER
        return Obstacle.OLD_KEY_GONE if self._old_key_gone else Obstacle.IN_CHANGE

    def _note(self, act: Act, home: Home, detail: str) -> None:
        actor = home.supplier.user_id
        self._kit.act(act.value, actor=actor, device=home.device, home=home.number, detail=detail)


def campaign_of(
    kit: RunKit, inputs: RenewalInputs, renewer: Renewer, begins: datetime, until: datetime
) -> Campaign[Target]:
    """The queue of a renewer."""
    terms = Terms(begins, until, inputs.pace, inputs.attempts, inputs.retry_days * _DAY)
    return Campaign(kit.simulation, terms, renewer.attempt)
