"""How parties behave: suppliers place certificates and err, network operators find out and correct.

The delays between what one party does and what the next one does are assumptions, not figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.bodies.credentials import RetrieveRoles
from dcc.bodies.reads import ReadLog
from dcc.inventory import NO_LINKS, MpxnLinks
from dcc.registration import ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from dcc.working_days import deadline_after
from devices.gbcs.credentials import CredentialStatus, RetrieveCredentialsResponse, UpdateCredentialsResponse
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, RemotePartyRole
from scenarios.engine.link import Answer, Link
from scenarios.engine.random_streams import RandomStream, RandomStreams
from scenarios.engine.records import Correction, Finding, Installation, Placement, Read, Records
from scenarios.engine.simulation import OFFICE_DAY_SECONDS, Conversation, Simulation, office_time
from scenarios.party_client import OpenedResponse, PartyClient, PartyCredentials
from scenarios.population import Actor, Home, MpanKnowledge
from scenarios.test_bed import TestBed

_READ_PERIOD: Final = timedelta(days=1)


class ErrorRates(NamedTuple):
    """How often suppliers choose another party's certificate, and how often that is a gas transporter's."""

    wrong_certificate: float
    gas_transporter_share: float


class PartyDelays(NamedTuple):
    """Delays between acts, in working days; first to last, each as likely. All assumed, none measured."""

    retry_first_working_days: int = 1
    retry_last_working_days: int = 2
    read_first_working_days: int = 1
    read_last_working_days: int = 15
    correction_first_working_days: int = 1
    correction_last_working_days: int = 10
    read_after_correction_working_days: int = 1
    read_while_nobody_placed_working_days: int = 5


class Stage(NamedTuple):
    """What all actors of a run share; ``deadline_working_days`` is a supplier's time to place credentials."""

    simulation: Simulation
    bed: TestBed
    link: Link
    records: Records
    streams: RandomStreams
    errors: ErrorRates
    delays: PartyDelays
    deadline_working_days: int

    def at_office(self, chance: RandomStream, first_working_day: int, last_working_day: int) -> datetime:
        """A moment in office hours between so many working days from now."""
        days = chance.between(first_working_day, last_working_day)
        return office_time(self.simulation.now, days, chance.between(0, OFFICE_DAY_SECONDS - 1))


class Supplier:
    """Installs meters, places its own certificates and a network operator's, and retries when refused."""

    def __init__(
        self,
        stage: Stage,
        client: PartyClient,
        owners: Mapping[Eui64, PartyCredentials],
        operators: Sequence[Actor],
        gas_transporters: Sequence[Actor],
    ) -> None:
        self._stage = stage
        self._client = client
        self._owners = owners
        self._operators = operators
        self._gas_transporters = gas_transporters

    def install(self, home: Home) -> Conversation[None]:
        """Put a meter in, commission it, and hand its cells over, the supplier's own first."""
        stage, now = self._stage, self._stage.simulation.now
        stage.link.connect(stage.bed.manufacture(DeviceType.ESME, home.device, now))
        linked = home.knowledge is not MpanKnowledge.NOT_LINKED
        links = MpxnLinks(home.mpan) if linked else NO_LINKS
        stage.bed.commission_meter(home.device, DeviceType.ESME, links, now)
        if home.mpan_known:
            record = ElectricityRecord(home.licence.mpid, home.supplier.party.mpid)
            stage.bed.world.registration.add_electricity(home.mpan, record)
        deadline = deadline_after(now, stage.deadline_working_days)
        stage.records.installations.append(Installation(home.number, now, deadline))
        yield from self.place_own(home, 1)

    def place_own(self, home: Home, attempt: int) -> Conversation[None]:
        """Put the supplier's own certificates in its cells, then a network operator's in the others."""
        answer = yield from self._hand_over(home, self._client.credentials, attempt)
        if replaced_all(answer.opened):
            yield from self.place_network_operator(home, 1)
        else:
            self._try_again(home, attempt, self.place_own)

    def place_network_operator(self, home: Home, attempt: int) -> Conversation[None]:
        """Choose a network operator certificate, rightly or wrongly, and place it."""
        stage = self._stage
        chance = stage.streams.stream("home", home.number, "choice", attempt)
        owner = choose_owner(home, chance, stage.errors, self._operators, self._gas_transporters)
        answer = yield from self._hand_over(home, self._owners[owner.user_id], attempt)
        if replaced_all(answer.opened):
            placement = Placement(home.number, stage.simulation.now, owner.user_id, attempt)
            stage.records.placements.append(placement)
        else:
            self._try_again(home, attempt, self.place_network_operator)

    def _hand_over(self, home: Home, owner: PartyCredentials, attempt: int) -> Conversation[Answer]:
        chance = self._stage.streams.stream("home", home.number, "6.21", owner.role.name, attempt)
        body = self._client.replacement(owner)
        return self._stage.link.call(self._client, Srv.HANDOVER, home.device, body, chance)

    def _try_again(self, home: Home, attempt: int, step: Callable[[Home, int], Conversation[None]]) -> None:
        stage, delays = self._stage, self._stage.delays
        chance = stage.streams.stream("home", home.number, "retry", step.__name__, attempt)
        moment = stage.at_office(chance, delays.retry_first_working_days, delays.retry_last_working_days)
        stage.simulation.begin(moment, partial(step, home, attempt + 1))


class NetworkParty:
    """A network operator or gas transporter: reads its meters, and gives up cells that are not its own.

    ``directory`` finds whoever holds a cell by User Id. That parties know whose a User Id is, is assumed.
    """

    def __init__(self, stage: Stage, client: PartyClient, directory: Mapping[Eui64, NetworkParty]) -> None:
        self._stage = stage
        self._client = client
        self._directory = directory

    def expect(self, home: Home) -> None:
        """Hear of a new meter, and plan to read it."""
        delays = self._stage.delays
        self._plan_to_read(home, 1, delays.read_first_working_days, delays.read_last_working_days)

    def read(self, home: Home, visit: int) -> Conversation[None]:
        """Read the meter (4.10); if it stays silent, find out who is in the cells, and ask them to leave."""
        stage = self._stage
        now = stage.simulation.now.replace(second=0, microsecond=0)
        body = ReadLog(now - _READ_PERIOD, now)
        answer = yield from self._call(home, Srv.READ_NETWORK_DATA, body, visit)
        read = Read(home.number, stage.simulation.now, self._client.user_id, answer.code)
        stage.records.reads.append(read)
        if answer.code is not ResponseCode.I0:
            yield from self._find_out(home, visit)

    def correct(self, home: Home, asked_by: NetworkParty, visit: int) -> Conversation[None]:
        """Put the asker's certificates in the place of one's own (6.15.1), and say so if it worked."""
        stage = self._stage
        body = self._client.replacement(asked_by._client.credentials)
        answer = yield from self._call(home, Srv.UPDATE_CREDENTIALS, body, visit)
        corrected = replaced_all(answer.opened)
        stage.records.corrections.append(
            Correction(home.number, stage.simulation.now, self._client.user_id, answer.code, corrected)
        )
        # With E061501 nobody can help: the meter has to be exchanged, which is outside this story.
        if answer.code is not ResponseCode.E061501:
            asked_by.read_again(home, visit, stage.delays.read_after_correction_working_days)

    def read_again(self, home: Home, visit: int, working_days: int) -> None:
        """Plan the next read."""
        self._plan_to_read(home, visit + 1, working_days, working_days)

    def _find_out(self, home: Home, visit: int) -> Conversation[None]:
        stage, delays = self._stage, self._stage.delays
        answer = yield from self._call(
            home, Srv.RETRIEVE_CREDENTIALS, RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,)), visit
        )
        holder = network_operator_in(answer.opened)
        owner = self._directory.get(holder) if holder is not None else None
        if holder is None or owner is None or owner is self:
            # Nobody was placed yet, or the meter could not be asked: the supplier is still at it.
            self.read_again(home, visit, delays.read_while_nobody_placed_working_days)
            return
        stage.records.findings.append(Finding(home.number, stage.simulation.now, holder))
        chance = stage.streams.stream("home", home.number, "correction", visit)
        moment = stage.at_office(
            chance, delays.correction_first_working_days, delays.correction_last_working_days
        )
        stage.simulation.begin(moment, partial(owner.correct, home, self, visit))

    def _plan_to_read(self, home: Home, visit: int, first_day: int, last_day: int) -> None:
        chance = self._stage.streams.stream("home", home.number, "read", visit)
        moment = self._stage.at_office(chance, first_day, last_day)
        self._stage.simulation.begin(moment, partial(self.read, home, visit))

    def _call(self, home: Home, srv: Srv, body: RequestBody, visit: int) -> Conversation[Answer]:
        chance = self._stage.streams.stream("home", home.number, srv.value, visit)
        return self._stage.link.call(self._client, srv, home.device, body, chance)


def choose_owner(
    home: Home,
    chance: RandomStream,
    errors: ErrorRates,
    operators: Sequence[Actor],
    gas_transporters: Sequence[Actor],
) -> Actor:
    """Whose certificate a supplier takes: the true operator's or, by mistake, another party's.

    Who is taken by mistake is drawn by size (SIM): a distributor, or a gas transporter for the share given.
    """
    if not chance.chance(errors.wrong_certificate):
        return home.operator
    if chance.chance(errors.gas_transporter_share):
        return chance.pick([(actor, actor.weight) for actor in gas_transporters])
    others = [(actor, actor.weight) for actor in operators if actor.party != home.operator.party]
    return chance.pick(others)


def replaced_all(opened: OpenedResponse) -> bool:
    """Whether a device says that it took every certificate."""
    if not isinstance(opened, UpdateCredentialsResponse) or opened.outcome is None:
        return False
    return all(item.status is CredentialStatus.SUCCESS for item in opened.outcome.replacements)


def network_operator_in(opened: OpenedResponse) -> Eui64 | None:
    """Who, as the device says, holds its network operator's digital signature cell."""
    if not isinstance(opened, RetrieveCredentialsResponse):
        return None
    for item in opened.roles:
        for cell in item.cells or ():
            if item.role is RemotePartyRole.NETWORK_OPERATOR and cell.key_usage is KeyUsage.DIGITAL_SIGNATURE:
                return cell.subject
    return None
