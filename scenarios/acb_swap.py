"""The family ``acb-swap``: a gas operator gives its proxy functions back to the DCC, a successor takes them.

The operator that leaves replaces its certificates by the access control broker's (6.15.1), as fast as the DCC
lets it, until a deadline; then they are revoked. After the sale suppliers place the successor's (6.21). A
device takes that command only under a number above the last one in its network operator cell, which the
leaver may have driven far above the broker's own: MP128A has the DCC record that number, and exceed it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.access_control_broker import AcbCounters
from dcc.dates import DateRange
from dcc.leaving import Departure
from dcc.modifications import Modification
from dcc.originator_counters import LostRecords
from dcc.smki.registration_authority import RegistrationAuthority
from scenarios.acb_swap_figures import (
    FIGURES,
    SwapRun,
    breaches_of,
    figures_of,
    series_of,
    tables_of,
    trials_of,
)
from scenarios.acb_swap_parameters import PARAMETERS
from scenarios.bulk_campaign import Campaign, Pace, Terms, Try
from scenarios.engine.family import Family, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit, close_run, open_run
from scenarios.engine.simulation import Conversation, end_of_day
from scenarios.engine.trials import contradicted, trials_table
from scenarios.errors import InputError
from scenarios.gas_actors import Handovers, Leaver
from scenarios.gas_fleet import (
    LEAVER_ID,
    LEAVER_MPID,
    NEWCOMER_ID,
    NEWCOMER_MPID,
    GasHome,
    gas_homes,
    gas_parties,
    gas_suppliers,
    gas_users,
    install,
    sell,
)
from scenarios.gas_hearing import Hearing
from scenarios.outages import Away, Outages, plan_outages
from scenarios.party_client import PartyClient
from scenarios.small_counters import SmallCounterClient, UserCounters

_ONE_DAY: Final = timedelta(days=1)
_SETTLING_DAYS: Final = 2


class SwapInputs(NamedTuple):
    """What a run is a function of; :data:`PARAMETERS` says what each is. Days count from the first swap."""

    devices: int = 200
    suppliers: int = 5
    start: date = date(2026, 1, 5)
    deadline_days: int = 20
    sale_days: int = 30
    follow_up_days: int = 60
    mp128a_after_days: int = 0
    swaps_a_day: int = 20
    handovers_a_day: int = 20
    hours_a_day: float = 24.0
    acb_counters: AcbCounters = AcbCounters.PER_DEVICE
    lost_records_heal: bool = True
    leaver_counters: UserCounters = UserCounters.EPOCH_MILLISECONDS
    leaver_numbers_used: int = 12
    floor_share: float = 0.0
    swap_attempts: int = 3
    swap_retry_days: float = 2.0
    handover_attempts: int = 3
    handover_retry_days: float = 5.0
    reads_after_silence: bool = True
    unreachable_share: float = 0.05
    never_back_share: float = 0.2
    outage_longest_days: float = 30.0
    record_lost_share: float = 0.02

    @property
    def opens(self) -> datetime:
        """When the run opens: the fleet is installed, and handed over to the operator."""
        return datetime.combine(self.start, time.min, UTC) - _SETTLING_DAYS * _ONE_DAY

    @property
    def begins(self) -> datetime:
        """When the first swap is due."""
        return datetime.combine(self.start, time.min, UTC)

    @property
    def leaves_at(self) -> datetime:
        """When the operator has its certificates revoked; it is no DCC User from the next day on."""
        return self.begins + self.deadline_days * _ONE_DAY

    @property
    def sold_at(self) -> datetime:
        """When the registration data has the successor, and suppliers begin to place its certificates."""
        return self.begins + self.sale_days * _ONE_DAY

    @property
    def until(self) -> datetime:
        """The last moment."""
        return end_of_day(self.sold_at + self.follow_up_days * _ONE_DAY)

    @property
    def pace_of_swaps(self) -> Pace:
        """What the DCC lets through of the operator that leaves."""
        return Pace(self.swaps_a_day, self.hours_a_day)

    @property
    def pace_of_handovers(self) -> Pace:
        """What the DCC lets through of all suppliers."""
        return Pace(self.handovers_a_day, self.hours_a_day)


def check_inputs(inputs: SwapInputs) -> None:
    """Check that the inputs fit together.

    Raises:
        InputError: the network is sold before the operator has left.
    """
    if inputs.sale_days < inputs.deadline_days:
        raise InputError(
            f"time.sale_days: {inputs.sale_days}, expected at least {inputs.deadline_days}, the deadline"
        )


def run(inputs: SwapInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Run to the end.

    Raises:
        InputError: the network is sold before the operator has left.
    """
    check_inputs(inputs)
    suppliers = gas_suppliers(inputs.suppliers)
    parties = gas_parties(suppliers, DateRange(last=inputs.leaves_at.date()))
    late = frozenset({Modification.MP128A} if inputs.mp128a_after_days else ())
    kit = open_run(
        settings,
        parties,
        gas_users(suppliers),
        inputs.opens,
        inputs.until,
        modifications - late,
        acb_counters=inputs.acb_counters,
    )
    if not inputs.lost_records_heal:
        kit.bed.world.lost_records = LostRecords.LOST
    homes = gas_homes(inputs.devices, suppliers, RandomStreams(settings.seed))
    in_force_from = inputs.begins + inputs.mp128a_after_days * _ONE_DAY
    kit.simulation.begin(in_force_from, partial(_put_in_force, kit, modifications))
    hearing = Hearing(kit)
    departure, campaigns = _plan(kit, inputs, homes, hearing)
    kit.simulation.run()
    waiting = tuple(change for campaign in campaigns for change in campaign.waiting)
    times = inputs.begins, inputs.leaves_at, inputs.sold_at, inputs.until
    done = SwapRun(kit, homes, departure, hearing, waiting, *times)
    figures, tables, breaches = figures_of(done), tables_of(done), tuple(breaches_of(done))
    trials = trials_of(done)
    tables, breaches = (*tables, trials_table(trials)), (*breaches, *contradicted(trials))
    return close_run(kit, figures, series_of(done), tables, breaches)


def _plan(
    kit: RunKit, inputs: SwapInputs, homes: tuple[GasHome, ...], hearing: Hearing
) -> tuple[Departure, tuple[Campaign[GasHome], ...]]:
    """Everything that is to happen, in the order of time."""
    world, simulation = kit.bed.world, kit.simulation
    placing = Handovers(kit, kit.clients[LEAVER_ID].credentials, hearing, reads_after_silence=False)
    for number, home in enumerate(homes):
        moment = inputs.opens + _ONE_DAY * number / len(homes)
        simulation.begin(moment, partial(_settle, kit, placing, home))
    outages = Outages(inputs.unreachable_share, inputs.never_back_share, inputs.outage_longest_days)
    plan_outages(kit, (Away(home.number, (home.gpf,)) for home in homes), outages, inputs.begins)
    party = world.parties.party_of_user(LEAVER_ID)
    assert party is not None, "the leaver is a party"
    departure = Departure(world, RegistrationAuthority(kit.bed.smki, world), party, inputs.begins)
    shares = inputs.floor_share, inputs.record_lost_share
    leaver = Leaver(kit, _leaver(kit, inputs), departure, *shares, hearing)
    swaps = Terms(
        inputs.begins,
        inputs.leaves_at,
        inputs.pace_of_swaps,
        inputs.swap_attempts,
        inputs.swap_retry_days * _ONE_DAY,
    )
    swapping = _campaign(kit, swaps, leaver.swap, homes)
    simulation.begin(inputs.leaves_at, leaver.revoke)
    simulation.begin(inputs.sold_at, partial(_sell, kit, homes))
    handovers = Terms(
        inputs.sold_at,
        inputs.until,
        inputs.pace_of_handovers,
        inputs.handover_attempts,
        inputs.handover_retry_days * _ONE_DAY,
    )
    owner = kit.clients[NEWCOMER_ID].credentials
    successor = Handovers(kit, owner, hearing, reads_after_silence=inputs.reads_after_silence)
    return departure, (swapping, _campaign(kit, handovers, successor.hand_over, homes))


def _campaign(kit: RunKit, terms: Terms, attempt: Try, homes: tuple[GasHome, ...]) -> Campaign[GasHome]:
    campaign = Campaign(kit.simulation, terms, attempt)
    for home in homes:
        campaign.add(home)
    return campaign


def _settle(kit: RunKit, placing: Handovers, home: GasHome) -> Conversation[None]:
    """A home as the operator has it before anybody thinks of leaving."""
    install(kit, home, LEAVER_MPID)
    yield from placing.hand_over(home, 1)


def _sell(kit: RunKit, homes: tuple[GasHome, ...]) -> Conversation[None]:
    sell(kit, homes, NEWCOMER_MPID)
    yield from ()


def _put_in_force(kit: RunKit, modifications: frozenset[Modification]) -> Conversation[None]:
    kit.bed.world.modifications = modifications
    yield from ()


def _leaver(kit: RunKit, inputs: SwapInputs) -> PartyClient:
    client = kit.clients[LEAVER_ID]
    if inputs.leaver_counters is UserCounters.EPOCH_MILLISECONDS:
        return client
    return SmallCounterClient(client, kit.bed, inputs.leaver_numbers_used)


FAMILY: Final = Family(
    "acb-swap",
    "A gas operator leaves: its certificates against the DCC's",
    "When a gas network operator leaves and a successor comes, how many devices can nobody change any more, "
    "and for how long?",
    "A gas operator that is to leave replaces its certificates on gas proxy functions by those of the access "
    "control broker (6.15.1), at the DCC's pace, with a deadline; some devices are out of reach. Then its "
    "certificates are revoked, the network is sold, and suppliers place the successor's (6.21). Without "
    "MP128A a device refuses that where the leaver had used higher numbers than the DCC does: it sends no "
    "response (E21), an alert to the supplier alone. It is deaf from the swap on, and nobody knows before. "
    "What is left behind with the leaver's certificates is locked for good, with MP128A or without.",
    SwapInputs,
    PARAMETERS,
    FIGURES,
    (Modification.MP128A,),
    run,
    headline="stranded",
    check=check_inputs,
)
