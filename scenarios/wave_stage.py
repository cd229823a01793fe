"""What the actors of an install wave share: the run, its inputs, its books, and office hours."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

from dcc.inventory import NO_LINKS, MpxnLinks
from dcc.registration import ElectricityRecord, GasRecord
from dcc.response_codes import ResponseCode
from dcc.working_days import is_working_day
from devices.gbcs.identifiers import Eui64
from scenarios.engine.civil_time import civil, civil_time
from scenarios.engine.random_streams import RandomStream, RandomStreams
from scenarios.engine.records import Correction, Exchange, Finding, Installation, Placement, Read, Records
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import OFFICE_DAY_SECONDS, Simulation, office_time
from scenarios.population import Home, Population
from scenarios.test_bed import TestBed
from scenarios.wave_inputs import InstallWaveInputs

_ONE_DAY = timedelta(days=1)


class Stage(NamedTuple):
    """What all actors of a run share; ``records`` is that of ``kit``."""

    kit: RunKit
    records: Records
    inputs: InstallWaveInputs
    population: Population

    @property
    def simulation(self) -> Simulation:
        """The simulated time."""
        return self.kit.simulation

    @property
    def bed(self) -> TestBed:
        """The DCC."""
        return self.kit.bed

    @property
    def streams(self) -> RandomStreams:
        """All chances."""
        return self.kit.streams

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return self.kit.simulation.now

    def at_office(self, chance: RandomStream, first_working_day: int, last_working_day: int) -> datetime:
        """A moment in office hours between so many working days from now."""
        days = chance.between(first_working_day, last_working_day)
        second = chance.between(0, OFFICE_DAY_SECONDS - 1)
        return office_time(self.now, days, second, self.inputs.calendar)

    def register(self, home: Home) -> None:
        """Lodge the registration record of a metering point, if the DCC is to know it."""
        if not home.mpan_known:
            return
        registration, supplier = self.bed.world.registration, home.supplier.party.mpid
        if home.gas is not None:
            registration.add_gas(home.gas.mprn, GasRecord(home.gas.transporter, supplier=supplier))
        elif home.generation == 1:
            registration.add_electricity(home.mpan, ElectricityRecord(home.licence.mpid, supplier))

    # Notes of what parties do and find: a record for the figures, an act for the journal

    def installed(self, home: Home, deadline: datetime) -> None:
        """A device is there and commissioned."""
        self.records.installations.append(Installation(home.number, self.now, deadline))
        self._act("installed", home, home.supplier.user_id, home.fuel.value)

    def placed(self, home: Home, owner: Eui64, attempt: int) -> None:
        """A supplier has placed a network operator's certificates, rightly or wrongly."""
        self.records.placements.append(Placement(home.number, self.now, owner, attempt))
        self._act("placed", home, home.supplier.user_id, str(owner))

    def read(self, home: Home, reader: Eui64, code: ResponseCode) -> None:
        """A network operator has read a device, or tried to."""
        self.records.reads.append(Read(home.number, self.now, reader, code))
        self._act("read", home, reader, code.value)

    def found(self, home: Home, reader: Eui64, holder: Eui64) -> None:
        """A network operator has found another party in a device's cells."""
        self.records.findings.append(Finding(home.number, self.now, holder))
        self._act("found", home, reader, str(holder))

    def corrected(self, home: Home, owner: Eui64, code: ResponseCode, corrected: bool) -> None:
        """An owner has tried to put another party's certificates in the place of its own."""
        self.records.corrections.append(Correction(home.number, self.now, owner, code, corrected))
        self._act("corrected" if corrected else "not corrected", home, owner, code.value)

    def exchanged(self, home: Home, new: Eui64) -> None:
        """A meter makes way for another one."""
        self.records.exchanges.append(Exchange(home.number, self.now, home.device, new))
        self._act("exchanged", home, home.supplier.user_id, str(new))

    def _act(self, code: str, home: Home, actor: Eui64, detail: str) -> None:
        self.kit.act(code, actor=actor, device=home.device, home=home.number, detail=detail)


class Diary:
    """The working days of a party's staff, who manage so many tasks on each; 0 for any number."""

    def __init__(self, stage: Stage, tasks_a_day: int) -> None:
        self._calendar = stage.inputs.calendar
        self._tasks_a_day = tasks_a_day
        self._booked: Counter[date] = Counter()

    def book(self, wanted: datetime) -> datetime:
        """The moment wanted, or the same hour of the first working day after it on which there is room."""
        if self._tasks_a_day == 0:
            return wanted
        local = civil(wanted)
        day = local.date()
        while self._booked[day] >= self._tasks_a_day or not is_working_day(day, self._calendar):
            day += _ONE_DAY
        self._booked[day] += 1
        return wanted if day == local.date() else civil_time(day, local.time())


def links_of(home: Home) -> MpxnLinks:
    """The metering point that the inventory links a home's meter to."""
    if not home.linked:
        return NO_LINKS
    return MpxnLinks(home.mpan if home.gas is None else home.gas.mprn)
