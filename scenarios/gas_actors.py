"""Who acts where a gas network changes hands: the operator that leaves, and suppliers that place others'."""

from __future__ import annotations

from typing import Final

from dcc.bodies.credentials import ReplaceCredentials, RetrieveRoles
from dcc.leaving import Departure
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from scenarios.engine.link import Answer
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.gas_fleet import LEAVER_ID, GasHome
from scenarios.gas_hearing import Hearing
from scenarios.parties import replaced_all
from scenarios.party_client import PartyClient, PartyCredentials

_FLOOR: Final = OriginatorCounter(0)
_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR


_MAY_YET_ANSWER: Final = frozenset({ResponseCode.E20, ResponseCode.E21})


def refused_for_good(answer: Answer) -> bool:
    """Whether the DCC will not have a request; a device that could not be reached may answer another time."""
    return answer.code.is_refusal and answer.code not in _MAY_YET_ANSWER


class Act:
    """The codes of what is written into the journal."""

    SWAP_ANSWERED: Final = "swap answered"
    SWAPPED: Final = "swapped"
    RECORD_LOST: Final = "record lost"
    REVOKED: Final = "revocation requested"
    HANDOVER_ANSWERED: Final = "handover answered"
    HANDED_OVER: Final = "handed over"
    READ_ANSWERED: Final = "read answered"
    RECORD_HEALED: Final = "record healed"


class Leaver:
    """A gas operator that puts the access control broker's certificates in the place of its own (6.15.1).

    A floor of 0 goes along with ``floor_share`` of its requests; of the counters that the DCC records by
    MP128A, it loses ``record_lost_share``.
    """

    def __init__(
        self,
        kit: RunKit,
        client: PartyClient,
        departure: Departure,
        floor_share: float,
        record_lost_share: float,
        hearing: Hearing,
    ) -> None:
        self._kit = kit
        self._hearing = hearing
        self._client = client
        self._departure = departure
        self._floor_share = floor_share
        self._record_lost_share = record_lost_share
        self._bodies: dict[bool, ReplaceCredentials] = {}

    def swap(self, home: GasHome, attempt: int) -> Conversation[bool]:
        """One attempt at a device; over when it is done, or when the DCC will not have it."""
        kit = self._kit
        # One draw a home, whatever the attempt: an operator either sends floors to a device or does not.
        with_floor = kit.streams.stream("home", home.number, "floor").chance(self._floor_share)
        body = self._body(with_floor=with_floor)
        chance = kit.streams.stream("home", home.number, "6.15.1", attempt)
        answer = yield from kit.link.call(self._client, Srv.UPDATE_CREDENTIALS, home.gpf, body, chance)
        self._departure.note(home.gpf, answer.code, kit.simulation.now)
        self._note(Act.SWAP_ANSWERED, home, answer.code.value)
        swapped = replaced_all(answer.opened)
        if swapped:
            self._note(Act.SWAPPED, home)
            self._may_lose_record(home)
        self._hearing.look(home.gpf)
        return swapped or refused_for_good(answer)

    def _body(self, *, with_floor: bool) -> ReplaceCredentials:
        """What the operator sends; it looks the broker's certificates up once, which takes its time."""
        if with_floor not in self._bodies:
            floor = _FLOOR if with_floor else None
            self._bodies[with_floor] = self._departure.swap(self._kit.simulation.now, floor)
        return self._bodies[with_floor]

    def revoke(self) -> Conversation[None]:
        """Ask for the revocation of all certificates, though devices may be left behind."""
        kit = self._kit
        kit.act(Act.REVOKED, actor=LEAVER_ID)
        self._departure.request_revocation(kit.simulation.now, despite_residual=True)
        yield from ()

    def _may_lose_record(self, home: GasHome) -> None:
        records = self._kit.bed.world.originator_counters
        lost = self._kit.streams.stream("home", home.number, "record lost").chance(self._record_lost_share)
        if lost and records.get(home.gpf) is not None:
            records.clear(home.gpf)
            self._note(Act.RECORD_LOST, home)

    def _note(self, code: str, home: GasHome, detail: str = "") -> None:
        self._kit.act(code, actor=LEAVER_ID, device=home.gpf, home=home.number, detail=detail)


class Handovers:
    """Suppliers that put a network operator's certificates in the broker's place (6.21).

    ``reads_after_silence``: whether they ask a device that stayed silent who is in its cells (6.24.1).
    """

    def __init__(
        self, kit: RunKit, owner: PartyCredentials, hearing: Hearing, *, reads_after_silence: bool
    ) -> None:
        self._kit = kit
        self._hearing = hearing
        self._owner = owner
        self._reads_after_silence = reads_after_silence
        self.placed: set[Eui64] = set()
        """The devices that said that they took the certificates."""
        self._known: set[Eui64] = set()

    def hand_over(self, home: GasHome, attempt: int) -> Conversation[bool]:
        """One attempt at a device; over when it is done, or when the DCC will not have it."""
        kit, user = self._kit, home.supplier.user_id
        body = kit.clients[user].replacement(self._owner)
        chance = kit.streams.stream("home", home.number, "6.21", str(self._owner.user_id), attempt)
        answer = yield from kit.link.call(kit.clients[user], Srv.HANDOVER, home.gpf, body, chance)
        self._note(Act.HANDOVER_ANSWERED, home, answer.code.value)
        self._hearing.look(home.gpf)
        if replaced_all(answer.opened):
            self.placed.add(home.gpf)
            self._note(Act.HANDED_OVER, home)
            return True
        if answer.code is ResponseCode.E21 and self._reads_after_silence:
            yield from self.find_out(home, attempt)
        return refused_for_good(answer)

    def find_out(self, home: GasHome, attempt: int) -> Conversation[None]:
        """6.24.1, until it is answered: who is in the cells; the DCC may learn the number to exceed."""
        if home.gpf in self._known:
            return
        kit, user = self._kit, home.supplier.user_id
        records = kit.bed.world.originator_counters
        had = records.floor_of(home.gpf)
        chance = kit.streams.stream("home", home.number, "6.24.1", attempt)
        body = RetrieveRoles((_NETWORK_OPERATOR,))
        answer = yield from kit.link.call(kit.clients[user], Srv.RETRIEVE_CREDENTIALS, home.gpf, body, chance)
        self._note(Act.READ_ANSWERED, home, answer.code.value)
        if answer.code is ResponseCode.I0:
            self._known.add(home.gpf)
        if records.floor_of(home.gpf) != had:
            self._note(Act.RECORD_HEALED, home)
        self._hearing.look(home.gpf)

    def _note(self, code: str, home: GasHome, detail: str = "") -> None:
        user = home.supplier.user_id
        self._kit.act(code, actor=user, device=home.gpf, home=home.number, detail=detail)
