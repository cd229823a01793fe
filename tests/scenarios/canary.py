"""A family of scenarios that goes wrong in a known way and has to be found out; workers find it by name."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from dcc.modifications import Modification
from dcc.srv import Srv
from devices.device import Effects
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gpf import Gpf
from devices.replay import ReplayCounters
from scenarios.engine.daily import counted
from scenarios.engine.family import SIM, Family, Parameter, RunSettings
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.link_faults import NO_LINK_FAULTS, LinkFaults
from scenarios.engine.outcome import Figure, Outcome
from scenarios.engine.run_kit import RunKit, close_run, open_run
from scenarios.engine.simulation import Conversation
from scenarios.gas_actors import Handovers
from scenarios.gas_fleet import (
    LEAVER_ID,
    LEAVER_MPID,
    GasHome,
    gas_homes,
    gas_parties,
    gas_suppliers,
    gas_users,
    install,
)
from scenarios.gas_hearing import Hearing

MADE_UP = Eui64.parse("00-DB-12-34-FF-FF-FF-FF")
_BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
_ENDS = _BEGINS + timedelta(days=3)


class Fault(enum.Enum):
    NONE = "none"
    FORGETFUL_DEVICES = "devices that forget counters"
    LOST_REQUEST = "a request that nobody ends"
    MADE_UP_DEVICE = "a device that is not there"
    FALLEN_COUNTER = "a counter set back"
    WRONG_FIGURE = "a figure that the journal does not bear out"


class CanaryInputs(NamedTuple):
    devices: int = 3
    fault: Fault = Fault.NONE


class ForgetfulGpf(Gpf):
    """Forgets its counters before each message, and so obeys replays."""

    __slots__ = ()

    def receive(self, message: bytes, now: datetime) -> Effects:
        self.state = self.state._replace(counters=ReplayCounters(), non_critical_counters=ReplayCounters())
        return super().receive(message, now)


class ResetGpf(Gpf):
    """Sets back, after each message, the counters that it had before."""

    __slots__ = ()

    def receive(self, message: bytes, now: datetime) -> Effects:
        had = self.counters.by_role
        effects = super().receive(message, now)
        back = {**self.counters.by_role, **dict.fromkeys(had, OriginatorCounter(0))}
        self.state = self.state._replace(counters=ReplayCounters(back))
        return effects


_KINDS = {Fault.FORGETFUL_DEVICES: ForgetfulGpf, Fault.FALLEN_COUNTER: ResetGpf}


def run(inputs: CanaryInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Devices get their operator's certificates, and these are renewed; each message comes twice."""
    suppliers = gas_suppliers(1)
    twice = LinkFaults(duplicate_rate=1.0) if inputs.fault is Fault.FORGETFUL_DEVICES else NO_LINK_FAULTS
    kit = open_run(
        settings,
        gas_parties(suppliers),
        gas_users(suppliers),
        _BEGINS,
        _ENDS,
        modifications,
        faults=twice,
    )
    placing = Handovers(kit, kit.clients[LEAVER_ID].credentials, Hearing(kit), reads_after_silence=False)
    for home in gas_homes(inputs.devices, suppliers, kit.streams):
        kit.simulation.begin(_BEGINS, partial(_settle, kit, placing, home, inputs.fault))
        kit.simulation.begin(_BEGINS + timedelta(days=1), partial(_renew, kit, home, inputs.fault))
    kit.simulation.run()
    if inputs.fault is Fault.MADE_UP_DEVICE:
        kit.journal.append(Event(kit.simulation.now, EventKind.OBEYED, "0104", LEAVER_ID, MADE_UP))
    renewed = [event.at for event in kit.journal if event.kind is EventKind.ACT and event.code == "renewed"]
    figure = len(renewed) + (inputs.fault is Fault.WRONG_FIGURE)
    breaches = () if figure == len(renewed) else (f"renewed: {figure}, {len(renewed)} by the journal",)
    days = _BEGINS.date(), _ENDS.date()
    series = counted("renewed", "Renewed", "devices", days, ((at, 1) for at in renewed))
    return close_run(kit, {"renewed": figure}, (series,), (), breaches)


def _settle(kit: RunKit, placing: Handovers, home: GasHome, fault: Fault) -> Conversation[None]:
    install(kit, home, LEAVER_MPID)
    device = kit.link.device(home.gpf)
    device.__class__ = _KINDS.get(fault, Gpf)
    yield from placing.hand_over(home, 1)


def _renew(kit: RunKit, home: GasHome, fault: Fault) -> Conversation[None]:
    client = kit.clients[LEAVER_ID]
    body, chance = client.replacement(client.credentials), kit.streams.stream("home", home.number, "renewal")
    call = kit.link.call(client, Srv.UPDATE_CREDENTIALS, home.gpf, body, chance)
    if fault is Fault.LOST_REQUEST and home.number == 1:
        yield next(call)
        return
    yield from call
    kit.act("renewed", actor=LEAVER_ID, device=home.gpf, home=home.number)


CANARY = Family(
    "canary",
    "A canary",
    "Is it found out that something is wrong?",
    "Operators renew certificates; one thing goes wrong that must not.",
    CanaryInputs,
    (
        Parameter("population", "devices", "devices", "", SIM, least=1, most=100),
        Parameter("faults", "fault", "what goes wrong", "", SIM),
    ),
    (Figure("renewed", "devices whose certificates were renewed", "devices"),),
    (Modification.MP128A,),
    run,
)
