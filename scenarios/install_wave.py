"""The install wave: suppliers install electricity meters over some weeks, and place certificates on them.

Some choose the wrong network operator's certificate. The true operator finds out when it reads the meter:
the DCC passes the read, the meter stays silent. The owner of the wrong certificate then replaces it; on a
meter that holds a gas transporter's, nobody can. SECMP0063 would have had the DCC refuse such certificates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc.access_control_broker import AcbCounters
from dcc.inventory_status import StatusCause
from dcc.parties import PartyTable
from dcc.releases import Modification
from devices.assumptions import DEFAULT_ASSUMPTIONS
from devices.gbcs.crypto import CryptoTally
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.duis_client import DuisParty
from scenarios.engine.family import RunSettings
from scenarios.engine.link import Link, network_operator_cells
from scenarios.engine.link_delays import LinkDelays
from scenarios.engine.link_faults import NO_LINK_FAULTS
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.records import Records
from scenarios.engine.run_kit import RunKit, check_run, open_run
from scenarios.engine.simulation import Conversation
from scenarios.engine.trace import Trace
from scenarios.engine.wire import DuisWire, WireForm
from scenarios.parties import NetworkParty, Supplier
from scenarios.party_client import PartyClient
from scenarios.population import Home, Population, draw_population, exchanged_device
from scenarios.test_bed import TestBed
from scenarios.wave_inputs import InstallWaveInputs
from scenarios.wave_stage import Stage

LINK_DELAYS: Final = LinkDelays()
LINK_FAULTS: Final = NO_LINK_FAULTS
DEVICE_ASSUMPTIONS: Final = DEFAULT_ASSUMPTIONS
_DEFAULTS: Final = InstallWaveInputs()
PARTY_DELAYS: Final = _DEFAULTS.delays
ACB_COUNTERS: Final = AcbCounters.PER_DEVICE
Progress = Callable[[float], None]
"""Is told how much of a run is done, 0 to 1."""


class WaveInputs(NamedTuple):
    """What a wave as the command line runs it is a function of: the inputs that it sets, seed and wire.

    ``wire`` is the form in which Users and the DCC talk, which costs time and changes no outcome.
    """

    homes: int = _DEFAULTS.homes
    suppliers: int = _DEFAULTS.suppliers
    wrong_certificate_rate: float = _DEFAULTS.wrong_certificate_rate
    unknown_mpan_rate: float = _DEFAULTS.unknown_mpan_rate
    gas_transporter_share: float = _DEFAULTS.gas_transporter_share
    start: date = _DEFAULTS.start
    weeks: int = _DEFAULTS.weeks
    follow_up_days: int = _DEFAULTS.follow_up_days
    deadline_working_days: int = _DEFAULTS.deadline_working_days
    seed: int = 1
    wire: WireForm = WireForm.VALUES

    @property
    def of_family(self) -> InstallWaveInputs:
        """All inputs of the wave; those that the command line does not set have their defaults."""
        shared = [name for name in self._fields if name in InstallWaveInputs._fields]
        return _DEFAULTS._replace(**{name: getattr(self, name) for name in shared})

    @property
    def observed_until(self) -> datetime:
        """The last moment that is observed."""
        return self.of_family.observed_until


class WaveRun(NamedTuple):
    """A finished run: its records, and the state in which it left the devices.

    ``cells`` says who holds each device's network operator cells (digital signature, key agreement) at the
    end. ``acts_left`` counts what parties would have done after the run was over. ``breaches`` are what the
    history checks found wrong.
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
    breaches: tuple[str, ...] = ()


def draw_homes(inputs: WaveInputs) -> Population:
    """The parties and homes of a wave, the same for every run of one seed."""
    return draw_population(inputs.of_family.size, RandomStreams(inputs.seed))


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
    settings = RunSettings(inputs.seed, trace=trace, on_progress=on_progress)
    kit, records = open_wave(inputs.of_family, population, in_force, settings)
    if inputs.wire is WireForm.DUIS:
        kit = _over_documents(kit, settings)
    play(Stage(kit, records, inputs.of_family, population))
    return WaveRun(
        inputs,
        in_force,
        population.parties,
        population.homes,
        records,
        {device.eui: network_operator_cells(device) for device in kit.link.devices},
        kit.bed.provider.tally,
        kit.simulation.last_ended,
        kit.simulation.beyond_end,
        check_run(kit),
    )


def open_wave(
    inputs: InstallWaveInputs,
    population: Population,
    modifications: frozenset[Modification],
    settings: RunSettings,
) -> tuple[RunKit, Records]:
    """The DCC of a wave with everybody enrolled, and its books."""
    role, records = RemotePartyRole, Records()
    formers = [item.former for item in population.takeovers]
    networks = (*population.network_operators, *population.gas_transporters, *formers)
    users = (
        *((actor.user_id, role.SUPPLIER) for actor in population.suppliers),
        *((actor.user_id, role.NETWORK_OPERATOR) for actor in networks),
    )
    kit = open_run(
        settings,
        population.parties,
        users,
        inputs.begins,
        inputs.observed_until,
        modifications,
        records=records,
        acb_counters=ACB_COUNTERS,
        assumptions=DEVICE_ASSUMPTIONS,
        delays=LINK_DELAYS,
        faults=LINK_FAULTS,
    )
    return kit, records


def play(stage: Stage) -> Mapping[int, Home]:
    """Let everything happen to its end; the homes as they are then, by number."""
    cast = _Cast(stage)
    stage.simulation.begin(stage.simulation.start, cast.install_all)
    stage.simulation.run()
    return cast.homes


class _Cast:
    """The suppliers and network parties of one run."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.homes = {home.number: home for home in stage.population.homes}
        clients = stage.kit.clients
        suppliers = {actor.user_id for actor in stage.population.suppliers}
        networks = {user_id: client for user_id, client in clients.items() if user_id not in suppliers}
        self._networks: dict[Eui64, NetworkParty] = {}
        for user_id, client in networks.items():
            self._networks[user_id] = NetworkParty(stage, client, self._networks, self._escalate)
        owners = {user_id: client.credentials for user_id, client in networks.items()}
        self._suppliers = {
            actor.user_id: Supplier(stage, clients[actor.user_id], owners)
            for actor in stage.population.suppliers
        }

    def install_all(self) -> Conversation[None]:
        """Begin each installation when its time has come; the homes are in that order."""
        simulation = self._stage.simulation
        for home in self._stage.population.homes:
            yield simulation.wait_ms((home.installed_at - simulation.now) // timedelta(milliseconds=1))
            simulation.begin(simulation.now, partial(self._install, home))
            self._networks[home.operator.user_id].expect(home)

    def _install(self, home: Home) -> Conversation[None]:
        return self._suppliers[home.supplier.user_id].install(home)

    def _escalate(self, home: Home) -> None:
        """A meter that nobody can correct: its supplier exchanges it, if it does that."""
        stage, inputs = self._stage, self._stage.inputs
        if not inputs.exchange_meters:
            return
        chance = stage.streams.stream("home", home.number, "exchange", home.generation)
        first, last = inputs.exchange_first_working_days, inputs.exchange_last_working_days
        stage.simulation.begin(stage.at_office(chance, first, last), partial(self._exchange, home))

    def _exchange(self, home: Home) -> Conversation[None]:
        stage, generation = self._stage, home.generation + 1
        new = home._replace(device=exchanged_device(home.device, generation), generation=generation)
        stage.bed.world.inventory.change_status(home.device, StatusCause.DECOMMISSIONED, stage.now)
        stage.exchanged(home, new.device)
        self.homes[home.number] = new
        self._networks[home.operator.user_id].expect(new)
        yield from self._install(new)


def _over_documents(kit: RunKit, settings: RunSettings) -> RunKit:
    """The same run over a wire that carries DUIS documents, signed and verified at both ends."""
    wire = _documents(kit.bed, kit.clients.values())
    link = Link(
        kit.simulation,
        kit.bed.dsp,
        kit.clients.values(),
        kit.records,
        LINK_DELAYS,
        settings.trace,
        LINK_FAULTS,
        wire,
    )
    return kit._replace(link=link)


def _documents(bed: TestBed, users: Iterable[PartyClient]) -> DuisWire:
    """A wire that carries DUIS documents, signed and verified at both ends."""
    parties = {
        client.user_id: DuisParty(client, bed.xml_signer(client.user_id), bed.repository, bed.provider)
        for client in users
    }
    return DuisWire(bed.front_door(), parties)
