"""The family ``gno-sale``: a gas network changes hands, and who can still talk to its devices.

A gas operator sells its network and is no DCC User any more. What it leaves on gas proxy functions nobody can
replace, unless it has put the access control broker's certificates there before (MP128A makes that a duty,
and makes the DCC's later commands land). The newcomer may be a DCC User, later or never; suppliers go on to
install, and MP128B says what they owe where there is no certificate of the operator's to place.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.access_control_broker import AcbCounters
from dcc.dates import DateRange
from dcc.leaving import Departure
from dcc.modifications import Modification
from dcc.smki.registration_authority import RegistrationAuthority
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.bulk_campaign import Campaign, Pace, Terms, Try
from scenarios.engine.family import Family, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit, close_run, open_run
from scenarios.engine.simulation import Conversation, end_of_day
from scenarios.engine.trials import contradicted, trials_table
from scenarios.errors import InputError
from scenarios.gas_actors import Leaver
from scenarios.gas_fleet import (
    LEAVER_ID,
    NEWCOMER_ID,
    NEWCOMER_MPID,
    GasHome,
    gas_homes,
    gas_parties,
    gas_suppliers,
    gas_users,
    sell,
)
from scenarios.gas_hearing import Hearing
from scenarios.gno_sale_actors import Operators, PlacingHabits, Suppliers
from scenarios.gno_sale_figures import (
    FIGURES,
    SaleRun,
    breaches_of,
    figures_of,
    series_of,
    tables_of,
    trials_of,
)
from scenarios.gno_sale_parameters import PARAMETERS
from scenarios.outages import Away, Outages, plan_outages
from scenarios.party_client import PartyClient

_ONE_DAY: Final = timedelta(days=1)
_SETTLING_DAYS: Final = 2


class SwapBefore(enum.Enum):
    """Whether the seller puts the broker's certificates on its devices before it leaves."""

    YES = "yes"
    NO = "no"
    BY_DUTY = "where MP128A obliges it"


class Newcomer(enum.Enum):
    """From when on the newcomer is a DCC User with certificates."""

    FROM_SALE = "from the sale"
    LATER = "later"
    NEVER = "never"


class SaleInputs(NamedTuple):
    """What a run is a function of; :data:`PARAMETERS` says what each is."""

    devices: int = 150
    new_devices: int = 60
    suppliers: int = 5
    sale: date = date(2026, 3, 2)
    swap_days: int = 30
    seller_leaves_days: int = 0
    newcomer_after_days: int = 60
    follow_up_days: int = 120
    report_days: int = 30
    read_days: float = 30.0
    swaps_a_day: int = 10
    handovers_a_day: int = 10
    hours_a_day: float = 24.0
    acb_counters: AcbCounters = AcbCounters.PER_DEVICE
    swap_before: SwapBefore = SwapBefore.BY_DUTY
    newcomer: Newcomer = Newcomer.LATER
    floor_share: float = 0.0
    swap_attempts: int = 5
    swap_retry_days: float = 3.0
    placing_last_working_days: int = 5
    stale_share: float = 0.3
    handover_attempts: int = 3
    handover_retry_days: float = 5.0
    reads_after_silence: bool = True
    reads_what_is_left: bool = True
    read_share: float = 0.1
    unreachable_share: float = 0.05
    never_back_share: float = 0.2
    outage_longest_days: float = 30.0

    @property
    def sold_at(self) -> datetime:
        """When the registration data has the newcomer."""
        return datetime.combine(self.sale, time.min, UTC)

    @property
    def begins(self) -> datetime:
        """When the first swap is due, where there is any, and suppliers go on to install."""
        return self.sold_at - self.swap_days * _ONE_DAY

    @property
    def opens(self) -> datetime:
        """When the run opens: the fleet is installed, and handed over to the seller."""
        return self.begins - _SETTLING_DAYS * _ONE_DAY

    @property
    def leaves_at(self) -> datetime:
        """From when on the seller is no DCC User."""
        return self.sold_at + self.seller_leaves_days * _ONE_DAY

    @property
    def joins_at(self) -> datetime | None:
        """From when on the newcomer is a DCC User; None for never."""
        match self.newcomer:
            case Newcomer.FROM_SALE:
                return self.sold_at
            case Newcomer.LATER:
                return self.sold_at + self.newcomer_after_days * _ONE_DAY
            case Newcomer.NEVER:
                return None

    @property
    def until(self) -> datetime:
        """The last moment."""
        return end_of_day(self.sold_at + self.follow_up_days * _ONE_DAY)

    def swaps(self, modifications: frozenset[Modification]) -> bool:
        """Whether the seller swaps."""
        if self.swap_before is SwapBefore.BY_DUTY:
            return Modification.MP128A in modifications
        return self.swap_before is SwapBefore.YES


def check_inputs(inputs: SaleInputs) -> None:
    """Check that the inputs fit together.

    Raises:
        InputError: the seller leaves after the end.
    """
    if inputs.seller_leaves_days > inputs.follow_up_days:
        raise InputError(
            f"time.seller_leaves_days: {inputs.seller_leaves_days}, "
            f"expected at most {inputs.follow_up_days}, the days of follow-up"
        )


def run(inputs: SaleInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Run to the end.

    Raises:
        InputError: the seller leaves after the end.
    """
    check_inputs(inputs)
    suppliers, joins_at = gas_suppliers(inputs.suppliers), inputs.joins_at
    parties = gas_parties(
        suppliers,
        DateRange(last=(inputs.leaves_at - _ONE_DAY).date()),
        None if joins_at is None else DateRange(first=joins_at.date()),
    )
    users = gas_users(suppliers, (LEAVER_ID,))
    counters = inputs.acb_counters
    kit = open_run(settings, parties, users, inputs.opens, inputs.until, modifications, acb_counters=counters)
    streams = RandomStreams(settings.seed)
    fleet = gas_homes(inputs.devices, suppliers, streams)
    new = gas_homes(inputs.new_devices, suppliers, streams, first=inputs.devices + 1)
    done = SaleRun(kit, (*fleet, *new), Hearing(kit), inputs.begins, inputs.sold_at, inputs.until)
    sale = _Sale(kit, inputs, done, fleet, new)
    sale.plan()
    kit.simulation.run()
    done.report(inputs.until)
    figures, tables, breaches = figures_of(done), tables_of(done), tuple(breaches_of(done))
    trials = trials_of(done, sale.owner_of_trials(), sale.operators)
    tables, breaches = (*tables, trials_table(trials)), (*breaches, *contradicted(trials))
    return close_run(kit, figures, series_of(done), tables, breaches)


class _Sale:
    """What is to happen in one run."""

    def __init__(
        self,
        kit: RunKit,
        inputs: SaleInputs,
        run: SaleRun,
        fleet: tuple[GasHome, ...],
        new: tuple[GasHome, ...],
    ) -> None:
        self._kit = kit
        self._inputs = inputs
        self._run = run
        self._fleet = fleet
        self._new = new
        self._installed = list(fleet)
        self._swaps: Campaign[GasHome] | None = None
        habits = PlacingHabits(
            inputs.placing_last_working_days,
            inputs.stale_share,
            inputs.handover_attempts,
            inputs.handover_retry_days,
            inputs.reads_after_silence,
            inputs.reads_what_is_left,
        )
        self._operators = Operators(kit)
        self._suppliers = Suppliers(kit, habits, run.hearing, inputs.sold_at, self._swap_too)

    @property
    def operators(self) -> Mapping[Eui64, PartyClient]:
        """The operators that are or were DCC Users."""
        return self._operators.clients

    def owner_of_trials(self) -> PartyClient:
        """Whose certificates are to be placed when devices are tried.

        Where the newcomer has none yet, some are issued to it for the purpose.
        """
        newcomer = self.operators.get(NEWCOMER_ID)
        return newcomer or self._kit.bed.enrol(NEWCOMER_ID, RemotePartyRole.NETWORK_OPERATOR)

    def plan(self) -> None:
        """Everything, in the order of time."""
        inputs, simulation = self._inputs, self._kit.simulation
        self._plan_fleet()
        simulation.begin(inputs.begins, self._read_fleet)
        if inputs.swaps(self._kit.bed.world.modifications):
            self._plan_swaps()
        simulation.begin(inputs.sold_at, self._sell)
        if inputs.joins_at is not None:
            simulation.begin(inputs.joins_at, self._newcomer_joins)
        length = inputs.until - inputs.begins
        for number, home in enumerate(self._new):
            moment = inputs.begins + length * number / len(self._new)
            simulation.begin(moment, partial(self._install, home))
        for days in range(0, inputs.follow_up_days, inputs.report_days):
            simulation.begin(inputs.sold_at + days * _ONE_DAY, self._report)

    def _plan_fleet(self) -> None:
        kit, inputs = self._kit, self._inputs
        for number, home in enumerate(self._fleet):
            moment = inputs.opens + _ONE_DAY * number / len(self._fleet)
            kit.simulation.begin(moment, partial(self._suppliers.settle, home))
        outages = Outages(inputs.unreachable_share, inputs.never_back_share, inputs.outage_longest_days)
        away = (Away(home.number, (home.gpf,)) for home in self._fleet)
        plan_outages(kit, away, outages, inputs.begins)

    def _plan_swaps(self) -> None:
        kit, inputs, world = self._kit, self._inputs, self._kit.bed.world
        party = world.parties.party_of_user(LEAVER_ID)
        assert party is not None, "the seller is a party"
        departure = Departure(world, RegistrationAuthority(kit.bed.smki, world), party, inputs.begins)
        hearing = self._run.hearing
        leaver = Leaver(kit, kit.clients[LEAVER_ID], departure, inputs.floor_share, 0.0, hearing)
        pace = Pace(inputs.swaps_a_day, inputs.hours_a_day)
        retry_after = inputs.swap_retry_days * _ONE_DAY
        terms = Terms(inputs.begins, inputs.leaves_at, pace, inputs.swap_attempts, retry_after)
        self._swaps = self._campaign(terms, leaver.swap, self._fleet)
        kit.simulation.begin(inputs.leaves_at, leaver.revoke)

    def _swap_too(self, home: GasHome) -> None:
        """A new device got the seller's certificates while the seller was at swapping."""
        if self._swaps is not None:
            self._swaps.add(home, self._kit.simulation.now)

    def _install(self, home: GasHome) -> Conversation[None]:
        self._installed.append(home)
        yield from self._suppliers.install(home)
        self._read(home)

    def _read_fleet(self) -> Conversation[None]:
        for home in self._fleet:
            self._read(home)
        yield from ()

    def _read(self, home: GasHome) -> None:
        """Plan to read a device, if it is one of the share that operators read."""
        if self._kit.streams.stream("home", home.number, "is read").chance(self._inputs.read_share):
            self._operators.plan_reads(home, self._inputs.read_days * _ONE_DAY)

    def _sell(self) -> Conversation[None]:
        sell(self._kit, self._installed, NEWCOMER_MPID)
        yield from ()

    def _newcomer_joins(self) -> Conversation[None]:
        self._suppliers.welcome(self._operators.join())
        inputs = self._inputs
        pace = Pace(inputs.handovers_a_day, inputs.hours_a_day)
        retry_after = inputs.handover_retry_days * _ONE_DAY
        begins, attempts = self._kit.simulation.now, inputs.handover_attempts
        terms = Terms(begins, inputs.until, pace, attempts, retry_after)
        self._campaign(terms, self._suppliers.take_over, self._installed)
        yield from ()

    def _campaign(self, terms: Terms, attempt: Try, homes: Iterable[GasHome]) -> Campaign[GasHome]:
        campaign = Campaign(self._kit.simulation, terms, attempt)
        for home in homes:
            campaign.add(home)
        self._run.campaigns.append(campaign)
        return campaign

    def _report(self) -> Conversation[None]:
        self._run.report(self._kit.simulation.now)
        yield from ()


FAMILY: Final = Family(
    "gno-sale",
    "A gas network changes hands",
    "When a gas network is sold, how many of its devices can nobody on the network side talk to, for how "
    "long, and what do suppliers owe?",
    "A gas operator sells its network and ceases to be a DCC User. Without a swap its certificates stay on "
    "gas proxy functions, and nobody can replace them; by MP128A it first puts the access control broker's "
    "there (6.15.1), and suppliers can later place the newcomer's (6.21), if and when that is a DCC User. "
    "Suppliers go on installing: where there is no certificate to place they owe one all the same, and some "
    "place the old operator's; by MP128B they leave the broker's. The Post Commissioning report says so.",
    SaleInputs,
    PARAMETERS,
    FIGURES,
    (Modification.MP128A, Modification.MP128B),
    run,
    headline="unreached_days",
    check=check_inputs,
    also_met=(Modification.SECMP0063_GPF,),
    apart=True,
)
