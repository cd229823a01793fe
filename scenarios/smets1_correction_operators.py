"""What network operators do with their SMETS1 meters: place certificates, err, find out, ask, and give up."""

from __future__ import annotations

import enum
import hashlib
from datetime import timedelta
from functools import partial
from math import sqrt
from typing import Final

from dcc.alert_payloads import CertificateType, CredentialsUpdated, DccAlert
from dcc.bodies.credentials import RetrieveRoles
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.service_responses import ServiceResponse
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.engine.link import Answer
from scenarios.engine.random_streams import RandomStream
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import OFFICE_DAY_SECONDS, Conversation, office_time
from scenarios.smets1_correction_inputs import CorrectionInputs
from scenarios.smets1_fleet import Smets1Fleet, Smets1Meter, retire
from scenarios.smets1_successors import Successor, install_successor

_ASKED: Final = RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,))
_DAY_MS: Final = 24 * 3600 * 1000
OWNERSHIP: Final = "S1SP: ownership"
REGISTRATION: Final = "S1SP: registration"


class Act(enum.StrEnum):
    """What parties do and find, as the journal names it."""

    PLACED = "placed"
    """A registered operator placed its own certificates."""

    MISTAKEN = "mistaken"
    """A registered operator placed another's (``detail``) in the belief that they were its own."""

    FOUND = "found"
    """A registered operator was refused or alerted, and read in the slot that ``detail`` has it."""

    CORRECTED = "corrected"
    """The owner of the wrong certificates put the registered operator's in their place."""

    NOT_HELPED = "not helped"
    """The owner of the wrong certificates did not try."""

    STUCK = "stuck"
    """Owner and registered operator both tried, or would not, and nobody can: a visit is needed."""

    EXCHANGED = "exchanged"
    """The meter was taken out for a SMETS2 one to be put in."""


class Operators:
    """All network operators of a run."""

    def __init__(self, kit: RunKit, fleet: Smets1Fleet, inputs: CorrectionInputs) -> None:
        self._kit = kit
        self._fleet = fleet
        self._inputs = inputs
        self._meters = {meter.device: meter for meter in fleet.meters}
        # The number of the placement that is planned next; none while somebody is at a mistake.
        self._planned: dict[Eui64, int] = {}
        self.successors: list[Successor] = []
        """The devices in the place of meters that were exchanged."""
        kit.link.listen(self._hear)

    def plan_first(self, meter: Smets1Meter) -> None:
        """Plan the first placement on a meter: the run begins at any moment between two of them.

        It is the likelier to be in a time between two of them, the longer that is.
        """
        chance, inputs = self._chance(meter, "first"), self._inputs
        low, high = inputs.action_shortest_days, inputs.action_longest_days
        length = timedelta(days=sqrt(low**2 + (high**2 - low**2) * chance.unit()))
        moment = self._kit.simulation.start + length * chance.unit()
        self._planned[meter.device] = 1
        self._kit.simulation.begin(moment, partial(self._act, meter, 1))

    def _plan_next(self, meter: Smets1Meter, number: int) -> None:
        chance = self._chance(meter, "next", number)
        low, high = self._inputs.action_shortest_days, self._inputs.action_longest_days
        wait = timedelta(milliseconds=chance.between(low * _DAY_MS, high * _DAY_MS))
        self._planned[meter.device] = number + 1
        self._kit.simulation.begin(self._kit.simulation.now + wait, partial(self._act, meter, number + 1))

    def _act(self, meter: Smets1Meter, number: int) -> Conversation[None]:
        """Place the operator's certificates, or another's by mistake; find out about an earlier mistake."""
        if self._planned.get(meter.device) != number:
            return
        chance, own = self._chance(meter, "mistake", number), meter.operator.user_id
        mistaken = chance.chance(self._inputs.mistake_rate)
        owner = chance.pick(self._fleet.others_than(meter)).user_id if mistaken else own
        answer = yield from self._place(meter, own, owner, "place", number)
        if answer.code is ResponseCode.I0:
            self._note(Act.MISTAKEN if mistaken else Act.PLACED, meter, own, owner)
        elif _refused_ownership(answer) and (yield from self._find_out(meter, number)):
            return
        self._plan_next(meter, number)

    def _hear(self, alert: ServiceResponse) -> None:
        """The DCC tells of new certificates (N42): their operator may see that they are not its own."""
        update = alert.body.payload if isinstance(alert.body, DccAlert) else None
        meter = self._meters.get(update.device) if isinstance(update, CredentialsUpdated) else None
        if not isinstance(update, CredentialsUpdated) or meter is None:
            return
        own = self._kit.clients[meter.operator.user_id].credentials
        placed, number = {item.sha1 for item in update.certificates}, self._planned.get(meter.device)
        if alert.recipient != own.user_id or number is None or _sha1(own.signing) in placed:
            return
        chance = self._chance(meter, "alert", number)
        if chance.chance(self._inputs.alerts_read_rate):
            self._at_office(chance, 1, 2, partial(self._check, meter, number))

    def _check(self, meter: Smets1Meter, number: int) -> Conversation[None]:
        """Look into an alert, unless somebody is at it already."""
        if meter.device in self._planned:
            yield from self._find_out(meter, number)

    def _find_out(self, meter: Smets1Meter, number: int) -> Conversation[bool]:
        """Read whose the slot is, and plan to ask that party; False if nothing was learnt."""
        own = meter.operator.user_id
        answer = yield from self._call(meter, own, Srv.RETRIEVE_CREDENTIALS, _ASKED, "who", number)
        holder = _signing_owner(answer)
        if holder is None or holder == own:
            return False
        if self._planned.pop(meter.device, None) is None:
            return True  # Somebody has been at it since the question went out.
        self._note(Act.FOUND, meter, own, holder)
        first, last = self._inputs.asked_first_working_days, self._inputs.asked_last_working_days
        job = partial(self._ask, meter, holder, number)
        self._at_office(self._chance(meter, "asked", number), first, last, job)
        return True

    def _ask(self, meter: Smets1Meter, holder: Eui64, number: int) -> Conversation[None]:
        """The owner of the slot tries to put things right; if it cannot, the registered operator tries."""
        own = meter.operator.user_id
        if self._chance(meter, "helps", number).chance(self._inputs.other_operator_helps_rate):
            answer = yield from self._place(meter, holder, own, "correct", number)
            if answer.code is ResponseCode.I0:
                self._note(Act.CORRECTED, meter, holder, own)
                self._plan_next(meter, number)
                return
        else:
            self._note(Act.NOT_HELPED, meter, holder, own)
        answer = yield from self._place(meter, own, own, "own attempt", number)
        if answer.code is ResponseCode.I0:
            self._note(Act.CORRECTED, meter, own, own)
            self._plan_next(meter, number)
            return
        self._note(Act.STUCK, meter, own, holder)
        first, last = self._inputs.visit_first_working_days, self._inputs.visit_last_working_days
        self._at_office(self._chance(meter, "visit", number), first, last, partial(self._visit, meter))

    def _visit(self, meter: Smets1Meter) -> Conversation[None]:
        """Exchange the meter for a SMETS2 one."""
        retire(self._kit, meter)
        self._note(Act.EXCHANGED, meter, meter.operator.user_id, None)
        self.successors.append((yield from install_successor(self._kit, meter)))

    def _place(
        self, meter: Smets1Meter, sender: Eui64, owner: Eui64, what: str, number: int
    ) -> Conversation[Answer]:
        clients = self._kit.clients
        body = clients[sender].replacement(clients[owner].credentials)
        return self._call(meter, sender, Srv.UPDATE_CREDENTIALS, body, what, number)

    def _call(
        self, meter: Smets1Meter, sender: Eui64, srv: Srv, body: RequestBody, what: str, number: int
    ) -> Conversation[Answer]:
        chance = self._chance(meter, "delay", what, number)
        return self._kit.link.call(self._kit.clients[sender], srv, meter.device, body, chance)

    def _at_office(
        self, chance: RandomStream, first: int, last: int, job: partial[Conversation[None]]
    ) -> None:
        days, second = chance.between(first, last), chance.between(0, OFFICE_DAY_SECONDS - 1)
        self._kit.simulation.begin(office_time(self._kit.simulation.now, days, second), job)

    def _chance(self, meter: Smets1Meter, *names: str | int) -> RandomStream:
        return self._kit.streams.stream("home", meter.number, *names)

    def _note(self, act: Act, meter: Smets1Meter, actor: Eui64, other: Eui64 | None) -> None:
        detail = "" if other is None else str(other)
        self._kit.act(act.value, actor=actor, device=meter.device, home=meter.number, detail=detail)


def _refused_ownership(answer: Answer) -> bool:
    refusal = None if answer.smets1 is None else answer.smets1.refusal
    return refusal is not None and refusal.text == OWNERSHIP


def _sha1(certificate: Certificate) -> bytes:
    return hashlib.sha1(certificate.der, usedforsecurity=False).digest()


def _signing_owner(answer: Answer) -> Eui64 | None:
    """Whose the critical certificate of the network operator's slots is, as the S1SP reports it."""
    slots = () if answer.smets1 is None else answer.smets1.slots
    signing = (slot for slot in slots if slot.certificate_type is CertificateType.DIGITAL_SIGNING)
    return next((slot.owner for slot in signing if slot.role is RemotePartyRole.NETWORK_OPERATOR), None)
