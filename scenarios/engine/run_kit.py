"""What the families of scenarios share in a run: one DCC, its users, the way to devices, the books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from dcc.access_control_broker import AcbCounters
from dcc.modifications import Modification
from dcc.parties import PartyTable
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.engine.family import RunSettings
from scenarios.engine.final_state import check_final_state
from scenarios.engine.history import check_history
from scenarios.engine.journal import Event, EventKind, Journal
from scenarios.engine.link import Link
from scenarios.engine.link_delays import LinkDelays
from scenarios.engine.link_faults import NO_LINK_FAULTS, LinkFaults
from scenarios.engine.outcome import Number, Outcome, Series, Table
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.records import LinkRecords
from scenarios.engine.simulation import Simulation
from scenarios.party_client import PartyClient
from scenarios.test_bed import TestBed

LINK_DELAYS = LinkDelays()


class RunKit(NamedTuple):
    """Everything that the actors of a run share. ``journal`` is that of ``records``, and always kept."""

    simulation: Simulation
    bed: TestBed
    link: Link
    clients: Mapping[Eui64, PartyClient]
    records: LinkRecords
    journal: Journal
    streams: RandomStreams

    def act(
        self,
        code: str,
        *,
        actor: Eui64 | None = None,
        device: Eui64 | None = None,
        home: int | None = None,
        detail: str = "",
    ) -> None:
        """Note what a party did or found, now."""
        event = Event(self.simulation.now, EventKind.ACT, code, actor, device, home=home, detail=detail)
        self.journal.append(event)


def open_run(
    settings: RunSettings,
    parties: PartyTable,
    users: Iterable[tuple[Eui64, RemotePartyRole]],
    begins: datetime,
    until: datetime,
    modifications: frozenset[Modification],
    *,
    records: LinkRecords | None = None,
    acb_counters: AcbCounters = AcbCounters.PER_DEVICE,
    assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS,
    delays: LinkDelays = LINK_DELAYS,
    faults: LinkFaults = NO_LINK_FAULTS,
) -> RunKit:
    """A DCC with these Users enrolled, each once, and no device yet. Nothing happens after ``until``.

    Raises:
        InputError: the faults are no possible ones.
    """
    bed = TestBed(
        settings.seed,
        parties,
        begins,
        modifications=modifications,
        acb_counters=acb_counters,
        assumptions=assumptions,
        byte_share=settings.byte_share,
    )
    simulation = Simulation(begins, until, settings.on_progress)
    clients = {user_id: bed.enrol(user_id, role) for user_id, role in dict.fromkeys(users)}
    kept = records if records is not None else LinkRecords()
    journal = settings.journal if settings.journal is not None else []
    kept.journal = journal
    link = Link(simulation, bed.dsp, clients.values(), kept, delays, settings.trace, faults)
    return RunKit(simulation, bed, link, clients, kept, journal, RandomStreams(settings.seed))


def close_run(
    kit: RunKit,
    figures: Mapping[str, Number],
    series: Sequence[Series],
    tables: Sequence[Table],
    breaches: Iterable[str] = (),
) -> Outcome:
    """The outcome of a finished run, its history checked; ``breaches`` are what the family itself found."""
    simulation, messages = kit.simulation, kit.records.traffic.wan_messages
    found = check_run(kit)
    return Outcome(
        figures,
        tuple(series),
        tuple(tables),
        messages,
        (simulation.last_ended - simulation.start).total_seconds(),
        end_in_words(simulation),
        (*found, *breaches),
    )


def check_run(kit: RunKit) -> tuple[str, ...]:
    """What must be true of every finished run: the breaches of its history, and of its devices against it."""
    history = check_history(kit.journal, kit.link.device_ids)
    return (*history, *check_final_state(kit.journal, kit.link.connected, kit.link.s1sps.proxies))


def end_in_words(simulation: Simulation) -> str:
    """How a run ended: because nobody had anything left to do, or because its time was over."""
    until = f"{simulation.end:%Y-%m-%d}"
    if simulation.beyond_end:
        return f"observed to the end of {until}; acts that would have come later: {simulation.beyond_end}"
    return (
        f"the last act was over on {simulation.last_ended:%Y-%m-%d}; days are counted to the end of {until}"
    )
