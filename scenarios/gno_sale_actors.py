"""Who acts in the family ``gno-sale``: suppliers that place certificates, and the operators that read."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.bodies.reads import Read
from dcc.modifications import Modification
from dcc.parties import UserRole, UserStatus
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import OFFICE_DAY_SECONDS, Conversation, office_time
from scenarios.gas_actors import Handovers
from scenarios.gas_fleet import LEAVER_ID, LEAVER_MPID, NEWCOMER_ID, NEWCOMER_MPID, GasHome, install
from scenarios.gas_hearing import Hearing
from scenarios.party_client import PartyClient, PartyCredentials

_ONE_DAY: Final = timedelta(days=1)


class SaleAct:
    """The codes of what is written into the journal, beside those of :class:`scenarios.gas_actors.Act`."""

    LEFT_TO_BROKER: Final = "left to the broker"
    STALE: Final = "seller's certificates placed"
    NEWCOMER_JOINS: Final = "newcomer is a DCC User"
    READS: Final = "operator reads"
    HAS_READ: Final = "operator's read answered"


class PlacingHabits(NamedTuple):
    """How suppliers go about a new device.

    They place certificates 1 to ``last_working_days`` after they installed it. Where there are none of its
    operator's, they leave the broker's; but before MP128B they have a duty to place some, and in a
    ``stale_share`` of the cases those of the operator that has sold are taken (assumed).
    """

    last_working_days: int
    stale_share: float
    attempts: int
    retry_days: float
    reads_after_silence: bool
    reads_what_is_left: bool


class Operators:
    """Seller and newcomer as readers: whoever the registration data has reads (4.1.1), if a DCC User."""

    def __init__(self, kit: RunKit) -> None:
        self._kit = kit
        self._clients = {LEAVER_ID: kit.clients[LEAVER_ID]}

    @property
    def clients(self) -> Mapping[Eui64, PartyClient]:
        """Those that are or were DCC Users, by User Id."""
        return self._clients

    def join(self) -> PartyCredentials:
        """The newcomer becomes a DCC User, with certificates in the repository."""
        client = self._kit.bed.enrol(NEWCOMER_ID, RemotePartyRole.NETWORK_OPERATOR)
        self._clients[NEWCOMER_ID] = client
        self._kit.act(SaleAct.NEWCOMER_JOINS, actor=NEWCOMER_ID)
        return client.credentials

    def plan_reads(self, home: GasHome, every: timedelta) -> None:
        """Have a device read again and again, for the first time within one period from now."""
        kit = self._kit
        wait = every * kit.streams.stream("home", home.number, "first read").unit()
        kit.simulation.begin(kit.simulation.now + wait, partial(self._read, home, every, 1))

    def _read(self, home: GasHome, every: timedelta, number: int) -> Conversation[None]:
        kit = self._kit
        kit.simulation.begin(kit.simulation.now + every, partial(self._read, home, every, number + 1))
        user_id = self._operator_of(home)
        if user_id is None:
            return
        kit.act(SaleAct.READS, actor=user_id, device=home.gpf, home=home.number)
        client, chance = self._clients[user_id], kit.streams.stream("home", home.number, "4.1.1", number)
        answer = yield from kit.link.call(client, Srv.READ_IMPORT_REGISTERS, home.gpf, Read(), chance)
        code = answer.code.value
        kit.act(SaleAct.HAS_READ, actor=user_id, device=home.gpf, home=home.number, detail=code)

    def _operator_of(self, home: GasHome) -> Eui64 | None:
        """The User Id of the registered operator; None if it is no DCC User today."""
        world, now = self._kit.bed.world, self._kit.simulation.now
        operator = world.registration.network_operator_at(home.mprn, now)
        for user_id in self._clients:
            live = world.parties.user_status(user_id, UserRole.GT, now) is UserStatus.LIVE
            if live and world.parties.party_of_user(user_id) == operator:
                return user_id
        return None


class _Choice(enum.Enum):
    SELLER = "the seller's"
    NEWCOMER = "the newcomer's"
    STALE = "the seller's, which has sold"
    NONE = "none"


class Suppliers:
    """All suppliers of a run.

    ``on_seller_placed`` is told of new devices with the seller's certificates while that can replace them.
    """

    def __init__(
        self,
        kit: RunKit,
        habits: PlacingHabits,
        hearing: Hearing,
        sold_at: datetime,
        on_seller_placed: Callable[[GasHome], None],
    ) -> None:
        self._kit = kit
        self._habits = habits
        self._hearing = hearing
        self._sold_at = sold_at
        self._on_seller_placed = on_seller_placed
        self._of_seller = self._handovers(kit.clients[LEAVER_ID].credentials)
        self._of_newcomer: Handovers | None = None

    def welcome(self, newcomer: PartyCredentials) -> None:
        """From now on there are certificates of the newcomer's in the repository."""
        self._of_newcomer = self._handovers(newcomer)

    def _handovers(self, owner: PartyCredentials) -> Handovers:
        reads = self._habits.reads_after_silence
        return Handovers(self._kit, owner, self._hearing, reads_after_silence=reads)

    def install(self, home: GasHome) -> Conversation[None]:
        """Install a home of the network, whoever operates it today, and plan to place certificates."""
        kit, habits = self._kit, self._habits
        operator = LEAVER_MPID if kit.simulation.now < self._sold_at else NEWCOMER_MPID
        install(kit, home, operator)
        chance = kit.streams.stream("home", home.number, "placing")
        days = chance.between(1, habits.last_working_days)
        moment = office_time(kit.simulation.now, days, chance.between(0, OFFICE_DAY_SECONDS - 1))
        kit.simulation.begin(moment, partial(self._place, home, 1))
        yield from ()

    def settle(self, home: GasHome) -> Conversation[None]:
        """Install a home and place the seller's certificates at once: how the fleet was before the story."""
        install(self._kit, home, LEAVER_MPID)
        yield from self._of_seller.hand_over(home, 1)

    def take_over(self, home: GasHome, attempt: int) -> Conversation[bool]:
        """One attempt to put the newcomer's certificates on a device; over when they are there."""
        handovers = self._of_newcomer
        if handovers is None or home.gpf in handovers.placed:
            return True
        return (yield from handovers.hand_over(home, attempt))

    def _place(self, home: GasHome, attempt: int) -> Conversation[None]:
        choice = self._choice(home)
        if choice is _Choice.NEWCOMER:
            done = yield from self.take_over(home, attempt)
        elif choice is _Choice.NONE:
            done = yield from self._leave(home, attempt)
        else:
            done = yield from self._place_sellers(home, attempt, choice)
        if not done and attempt < self._habits.attempts:
            moment = self._kit.simulation.now + self._habits.retry_days * _ONE_DAY
            self._kit.simulation.begin(moment, partial(self._place, home, attempt + 1))

    def _place_sellers(self, home: GasHome, attempt: int, choice: _Choice) -> Conversation[bool]:
        done = yield from self._of_seller.hand_over(home, attempt)
        if home.gpf in self._of_seller.placed:
            if choice is _Choice.STALE:
                self._note(SaleAct.STALE, home)
            if self._seller_is_user():
                self._on_seller_placed(home)
        elif done:
            yield from self._leave(home, attempt)
        return done

    def _leave(self, home: GasHome, attempt: int) -> Conversation[bool]:
        """Leave the broker's certificates where they are and, as the case may be, have the device say so."""
        self._note(SaleAct.LEFT_TO_BROKER, home)
        if self._habits.reads_what_is_left:
            yield from self._of_seller.find_out(home, attempt)
        return True

    def _choice(self, home: GasHome) -> _Choice:
        """Whose certificates are to go on a new device, by registration data, repository and habit."""
        world, now = self._kit.bed.world, self._kit.simulation.now
        operator = world.registration.network_operator_at(home.mprn, now)
        if self._seller_is_user() and operator == world.parties.party_of_user(LEAVER_ID):
            return _Choice.SELLER
        if self._of_newcomer is not None:
            return _Choice.NEWCOMER
        if Modification.MP128B in world.modifications:
            return _Choice.NONE
        stale = self._kit.streams.stream("home", home.number, "stale").chance(self._habits.stale_share)
        return _Choice.STALE if stale else _Choice.NONE

    def _seller_is_user(self) -> bool:
        """Whether the seller is a DCC User today, which can replace its certificates itself."""
        parties, now = self._kit.bed.world.parties, self._kit.simulation.now
        return parties.user_status(LEAVER_ID, UserRole.GT, now) is UserStatus.LIVE

    def _note(self, code: str, home: GasHome) -> None:
        self._kit.act(code, actor=home.supplier.user_id, device=home.gpf, home=home.number)
