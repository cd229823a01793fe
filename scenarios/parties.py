"""How parties behave: suppliers place certificates and err, network operators find out and correct.

The delays between what one party does and what the next one does are assumptions, not figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from dcc.bodies.credentials import RetrieveRoles
from dcc.bodies.reads import Read, ReadLog
from dcc.parties import UserStatus
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from dcc.working_days import deadline_after
from devices.gbcs.credentials import CredentialStatus, RetrieveCredentialsResponse, UpdateCredentialsResponse
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole
from scenarios.engine.link import Answer
from scenarios.engine.simulation import Conversation
from scenarios.installation import Installer, installer_of
from scenarios.party_client import OpenedResponse, PartyClient, PartyCredentials
from scenarios.population import Fuel, Home
from scenarios.wave_errors import choose_owner
from scenarios.wave_stage import Diary, Stage

_READ_PERIOD: Final = timedelta(days=1)
ATTEMPTS_A_GENERATION: Final = 1_000_000
"""Attempts and visits at a meter that took another's place are counted from here on, times its number."""


class Supplier:
    """Installs meters, places its own certificates and a network operator's, and retries when refused."""

    def __init__(self, stage: Stage, client: PartyClient, owners: Mapping[Eui64, PartyCredentials]) -> None:
        self._stage = stage
        self._client = client
        self._owners = owners
        self._installer: Installer = installer_of(stage, client)

    def install(self, home: Home) -> Conversation[None]:
        """Put a device in, commission it, and hand its cells over, the supplier's own first."""
        first_attempt = (home.generation - 1) * ATTEMPTS_A_GENERATION + 1
        self._stage.register(home)
        yield from self._installer.begin(home, partial(self._commissioned, home, first_attempt))

    def _commissioned(self, home: Home, attempt: int) -> Conversation[None]:
        if home.generation == 1:
            inputs, now = self._stage.inputs, self._stage.now
            deadline = deadline_after(now, inputs.deadline_working_days, inputs.calendar)
            self._stage.installed(home, deadline)
        yield from self.place_own(home, attempt)

    def place_own(self, home: Home, attempt: int) -> Conversation[None]:
        """Put the supplier's own certificates in its cells, then a network operator's in the others."""
        if not self._installer.made_for_supplier(home):
            answer = yield from self._hand_over(home, self._client.credentials, attempt)
            if not replaced_all(answer.opened):
                self._try_again(home, attempt, self.place_own)
                return
        first_attempt = (home.generation - 1) * ATTEMPTS_A_GENERATION + 1
        yield from self.place_network_operator(home, first_attempt)
        yield from self._installer.finish(home)

    def place_network_operator(self, home: Home, attempt: int) -> Conversation[None]:
        """Choose a network operator certificate, rightly or wrongly, and place it."""
        stage = self._stage
        chance = stage.streams.stream("home", home.number, "choice", attempt)
        since = attempt - (home.generation - 1) * ATTEMPTS_A_GENERATION
        owner = choose_owner(home, chance, stage.inputs.errors, stage.population, since)
        answer = yield from self._hand_over(home, self._owners[owner.user_id], attempt)
        if replaced_all(answer.opened):
            stage.placed(home, owner.user_id, attempt)
        else:
            self._try_again(home, attempt, self.place_network_operator)

    def _hand_over(self, home: Home, owner: PartyCredentials, attempt: int) -> Conversation[Answer]:
        chance = self._stage.streams.stream("home", home.number, "6.21", owner.role.name, attempt)
        body = self._client.replacement(owner)
        return self._stage.kit.link.call(self._client, Srv.HANDOVER, home.device, body, chance)

    def _try_again(self, home: Home, attempt: int, step: Callable[[Home, int], Conversation[None]]) -> None:
        stage, inputs = self._stage, self._stage.inputs
        chance = stage.streams.stream("home", home.number, "retry", step.__name__, attempt)
        moment = stage.at_office(chance, inputs.retry_first_working_days, inputs.retry_last_working_days)
        stage.simulation.begin(moment, partial(step, home, attempt + 1))


class NetworkParty:
    """A network operator or gas transporter: reads its meters, and gives up cells that are not its own.

    ``directory`` finds whoever holds a cell by User Id. That parties know whose a User Id is, is assumed.
    ``escalate`` is told of a meter that its holder cannot give up: nobody can help but by exchanging it.
    """

    def __init__(
        self,
        stage: Stage,
        client: PartyClient,
        directory: Mapping[Eui64, NetworkParty],
        escalate: Callable[[Home], None],
    ) -> None:
        self._stage = stage
        self._client = client
        self._directory = directory
        self._escalate = escalate
        self.diary = Diary(stage, stage.inputs.corrections_a_day)

    def expect(self, home: Home) -> None:
        """Hear of a new meter, and plan to read it."""
        inputs = self._stage.inputs
        visit = (home.generation - 1) * ATTEMPTS_A_GENERATION + 1
        self._plan_to_read(home, visit, inputs.read_first_working_days, inputs.read_last_working_days)

    def read(self, home: Home, visit: int) -> Conversation[None]:
        """Read the meter, 4.10, or a gas proxy, 4.1.1; if it stays silent, find out who is in the cells.

        Whoever is no DCC User does not read.
        """
        if not self._is_user(home):
            return
        now = self._stage.now.replace(second=0, microsecond=0)
        if home.fuel is Fuel.ELECTRICITY:
            body = ReadLog(now - _READ_PERIOD, now)
            answer = yield from self._call(home, Srv.READ_NETWORK_DATA, body, visit)
        else:
            answer = yield from self._call(home, Srv.READ_IMPORT_REGISTERS, Read(), visit)
        self._stage.read(home, self._client.user_id, answer.code)
        if answer.code is not ResponseCode.I0:
            yield from self._find_out(home, visit)

    def correct(self, home: Home, asked_by: NetworkParty, visit: int) -> Conversation[None]:
        """Put the asker's certificates in the place of one's own (6.15.1), and say so if it worked."""
        stage = self._stage
        body = self._client.replacement(asked_by._client.credentials)
        answer = yield from self._call(home, Srv.UPDATE_CREDENTIALS, body, visit)
        stage.corrected(home, self._client.user_id, answer.code, replaced_all(answer.opened))
        if answer.code is ResponseCode.E061501:
            self._escalate(home)
        else:
            asked_by.read_again(home, visit, stage.inputs.read_after_correction_working_days)

    def read_again(self, home: Home, visit: int, working_days: int) -> None:
        """Plan the next read."""
        self._plan_to_read(home, visit + 1, working_days, working_days)

    def _find_out(self, home: Home, visit: int) -> Conversation[None]:
        stage, inputs = self._stage, self._stage.inputs
        answer = yield from self._call(
            home, Srv.RETRIEVE_CREDENTIALS, RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,)), visit
        )
        holder = network_operator_in(answer.opened)
        owner = self._directory.get(holder) if holder is not None else None
        if holder is None or owner is None or owner is self:
            # Nobody was placed yet, or the meter could not be asked: the supplier is still at it.
            self.read_again(home, visit, inputs.read_while_nobody_placed_working_days)
            return
        stage.found(home, self._client.user_id, holder)
        if not inputs.owners_correct:
            return
        chance = stage.streams.stream("home", home.number, "correction", visit)
        first, last = inputs.correction_first_working_days, inputs.correction_last_working_days
        moment = owner.diary.book(stage.at_office(chance, first, last))
        stage.simulation.begin(moment, partial(owner.correct, home, self, visit))

    def _plan_to_read(self, home: Home, visit: int, first_day: int, last_day: int) -> None:
        chance = self._stage.streams.stream("home", home.number, "read", visit)
        moment = self._stage.at_office(chance, first_day, last_day)
        self._stage.simulation.begin(moment, partial(self.read, home, visit))

    def _is_user(self, home: Home) -> bool:
        role, parties = home.operator.role, self._stage.population.parties
        return parties.user_status(self._client.user_id, role, self._stage.now) is not UserStatus.NOT_A_USER

    def _call(self, home: Home, srv: Srv, body: RequestBody, visit: int) -> Conversation[Answer]:
        chance = self._stage.streams.stream("home", home.number, srv.value, visit)
        return self._stage.kit.link.call(self._client, srv, home.device, body, chance)


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
