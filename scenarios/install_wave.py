"""The install wave: suppliers install electricity meters over some weeks, and place certificates on them.

Some choose the wrong network operator's certificate. The true operator finds out when it reads the meter:
the DCC passes the read, the meter stays silent. The owner of the wrong certificate then replaces it; on a
meter that holds a gas transporter's, nobody can. SECMP0063 would have had the DCC refuse such certificates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.access_control_broker import AcbCounters
from dcc.parties import PartyTable
from dcc.releases import Modification
from dcc.working_days import deadline_after
from devices.assumptions import DEFAULT_ASSUMPTIONS
from devices.gbcs.crypto import CryptoTally
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.duis_client import DuisParty
from scenarios.engine.link import Link, LinkDelays, network_operator_cells
from scenarios.engine.link_faults import NO_LINK_FAULTS
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.records import Records
from scenarios.engine.simulation import Conversation, Simulation, end_of_day
from scenarios.engine.trace import Trace
from scenarios.engine.wire import DuisWire, WireForm
from scenarios.parties import ErrorRates, NetworkParty, PartyDelays, Stage, Supplier
from scenarios.party_client import PartyClient
from scenarios.population import Actor, Home, Population, PopulationSize, draw_population
from scenarios.test_bed import TestBed

LINK_DELAYS: Final = LinkDelays()
LINK_FAULTS: Final = NO_LINK_FAULTS
PARTY_DELAYS: Final = PartyDelays()
DEVICE_ASSUMPTIONS: Final = DEFAULT_ASSUMPTIONS
ACB_COUNTERS: Final = AcbCounters.PER_DEVICE
Progress = Callable[[float], None]
"""Is told how much of a run is done, 0 to 1."""


class WaveInputs(NamedTuple):
    """What a wave is a function of, beside the version and the modifications in force.

    ``wire`` is the form in which Users and the DCC talk, which costs time and changes no outcome. Rates and
    shares are 0 to 1; the run is observed for ``follow_up_days`` after the installing ends, or longer where
    deadlines lie behind: a meter has to hold its network operator's credentials ``deadline_working_days``
    after it is commissioned.
    """

    homes: int = 500
    suppliers: int = 8
    wrong_certificate_rate: float = 0.1
    unknown_mpan_rate: float = 0.05
    gas_transporter_share: float = 0.05
    start: date = date(2026, 1, 5)
    weeks: int = 4
    follow_up_days: int = 56
    deadline_working_days: int = 7
    seed: int = 1
    wire: WireForm = WireForm.VALUES

    @property
    def size(self) -> PopulationSize:
        """What the population is drawn from."""
        return PopulationSize(self.homes, self.suppliers, self.unknown_mpan_rate, self.start, self.weeks)

    @property
    def errors(self) -> ErrorRates:
        """How suppliers err."""
        return ErrorRates(self.wrong_certificate_rate, self.gas_transporter_share)

    @property
    def begins(self) -> datetime:
        """The first moment of the run."""
        return datetime.combine(self.start, time.min, UTC)

    @property
    def observed_until(self) -> datetime:
        """The last moment: after the follow-up, and not before the last possible deadline is over."""
        last_day = datetime.combine(self.size.last_day, time.min, UTC)
        last_deadline = deadline_after(last_day, self.deadline_working_days)
        return max(end_of_day(last_day + timedelta(days=self.follow_up_days)), last_deadline)


class WaveRun(NamedTuple):
    """A finished run: its records, and the state in which it left the devices.

    ``cells`` says who holds each device's network operator cells (digital signature, key agreement) at the
    end. ``acts_left`` counts what parties would have done after the run was over.
    """

    inputs: WaveInputs
    modifications: frozenset[Modification]
    parties: PartyTable
    homes: tuple[Home, ...]
    records: Records
    cells: Mapping[Eui64, tuple[Eui64, Eui64]]
    tally: CryptoTally
    last_ended: datetime
    acts_left: int


def draw_homes(inputs: WaveInputs) -> Population:
    """The parties and homes of a wave, the same for every run of one seed."""
    return draw_population(inputs.size, RandomStreams(inputs.seed))


def run_wave(
    inputs: WaveInputs,
    population: Population,
    modifications: Iterable[Modification] = (),
    *,
    trace: Trace | None = None,
    on_progress: Progress | None = None,
) -> WaveRun:
    """Run a wave to its end. Nothing but the inputs and the modifications decides what comes out."""
    in_force = frozenset(modifications)
    bed = TestBed(
        inputs.seed,
        population.parties,
        inputs.begins,
        modifications=in_force,
        acb_counters=ACB_COUNTERS,
        assumptions=DEVICE_ASSUMPTIONS,
    )
    simulation = Simulation(inputs.begins, inputs.observed_until, on_progress)
    suppliers = _enrol(bed, population.suppliers, RemotePartyRole.SUPPLIER)
    network_actors = (*population.network_operators, *population.gas_transporters)
    networks = _enrol(bed, network_actors, RemotePartyRole.NETWORK_OPERATOR)
    records = Records()
    users = (*suppliers.values(), *networks.values())
    wire = _documents(bed, users) if inputs.wire is WireForm.DUIS else None
    link = Link(simulation, bed.dsp, users, records, LINK_DELAYS, trace, LINK_FAULTS, wire)
    streams, working_days = RandomStreams(inputs.seed), inputs.deadline_working_days
    stage = Stage(simulation, bed, link, records, streams, inputs.errors, PARTY_DELAYS, working_days)
    cast = _Cast(stage, population, suppliers, networks)
    simulation.begin(inputs.begins, partial(cast.install_all, population.homes))
    simulation.run()
    return WaveRun(
        inputs,
        in_force,
        population.parties,
        population.homes,
        records,
        {device.eui: network_operator_cells(device) for device in link.devices},
        bed.provider.tally,
        simulation.last_ended,
        simulation.beyond_end,
    )


class _Cast:
    """The suppliers and network parties of one run."""

    def __init__(
        self,
        stage: Stage,
        population: Population,
        suppliers: Mapping[Eui64, PartyClient],
        networks: Mapping[Eui64, PartyClient],
    ) -> None:
        self._simulation = stage.simulation
        self._networks: dict[Eui64, NetworkParty] = {}
        for user_id, client in networks.items():
            self._networks[user_id] = NetworkParty(stage, client, self._networks)
        owners = {user_id: client.credentials for user_id, client in networks.items()}
        operators, transporters = population.network_operators, population.gas_transporters
        self._suppliers = {
            user_id: Supplier(stage, client, owners, operators, transporters)
            for user_id, client in suppliers.items()
        }

    def install_all(self, homes: Iterable[Home]) -> Conversation[None]:
        """Begin each installation when its time has come; the homes are in that order."""
        for home in homes:
            wait = home.installed_at - self._simulation.now
            yield self._simulation.wait_ms(wait // timedelta(milliseconds=1))
            supplier = self._suppliers[home.supplier.user_id]
            self._simulation.begin(self._simulation.now, partial(supplier.install, home))
            self._networks[home.operator.user_id].expect(home)


def _documents(bed: TestBed, users: Iterable[PartyClient]) -> DuisWire:
    """A wire that carries DUIS documents, signed and verified at both ends."""
    parties = {
        client.user_id: DuisParty(client, bed.xml_signer(client.user_id), bed.repository, bed.provider)
        for client in users
    }
    return DuisWire(bed.front_door(), parties)


def _enrol(bed: TestBed, actors: Iterable[Actor], role: RemotePartyRole) -> dict[Eui64, PartyClient]:
    return {actor.user_id: bed.enrol(actor.user_id, role) for actor in actors}
