"""A family that is quick and easy to reckon with, for tests of studies; workers find it by its name."""

from __future__ import annotations

import enum
import os
import signal
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import sleep
from typing import NamedTuple

from dcc.modifications import Modification
from devices.gbcs.identifiers import Eui64
from scenarios.engine.family import SIM, Family, Parameter, RunSettings
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.outcome import Figure, Outcome, Series, Table
from scenarios.engine.random_streams import RandomStreams
from scenarios.errors import InputError

DEVICE = Eui64.parse("00-DB-12-34-00-00-00-01")


class Care(enum.Enum):
    CARELESS = "careless"
    CAREFUL = "careful"


class ToyInputs(NamedTuple):
    homes: int = 40
    name: str = "a \"quoted\" name\twith 'signs'"
    wrong_rate: float = 0.25
    care: Care = Care.CARELESS
    weekends: bool = False
    start: date = date(2026, 1, 5)
    tripwire: str = ""


PARAMETERS = (
    Parameter(
        "population", "homes", "Homes", "homes", "Statistics of homes, 2025", True, least=1, most=100_000
    ),
    Parameter("population", "name", "What it is called", "", SIM),
    Parameter("errors", "wrong_rate", "Share of homes that go wrong", "0 to 1", SIM, least=0.0, most=1.0),
    Parameter("behaviour", "care", "How careful", "", SIM),
    Parameter("time", "weekends", "Whether weekends are worked", "", SIM),
    Parameter("time", "start", "First day", "", SIM, least=date(2020, 1, 1), most=date(2030, 12, 31)),
    Parameter("behaviour", "tripwire", "A file: whose run takes it away loses its worker", "", SIM),
)


def run_toy(inputs: ToyInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    if inputs.homes == 13:
        raise InputError("population.homes: 13, expected a luckier number")
    if inputs.tripwire:
        _trip(inputs.tripwire)
    streams = RandomStreams(settings.seed)
    rate = inputs.wrong_rate / 2 if Modification.SECMP0063 in modifications else inputs.wrong_rate
    wrongs = [number for number in range(inputs.homes) if streams.stream("home", number).chance(rate)]
    wrong = len(wrongs)
    if settings.journal is not None:
        settings.journal.extend(_event(inputs, number) for number in wrongs)
    if settings.on_progress is not None:
        settings.on_progress(1.0)
    return Outcome(
        {"homes": inputs.homes, "wrong": wrong, "cost": wrong * 0.1},
        (Series("stock", "Wrong", "homes", inputs.start, (wrong, 0.5)),),
        (Table("by_care", "By care", ("care", "wrong"), ((inputs.care.value, wrong), ("none", None))),),
        messages=2 * inputs.homes,
        simulated_seconds=86_400.0,
        end="the last act was over",
        breaches=("a home got lost",) if inputs.homes == 7 else (),
    )


def _event(inputs: ToyInputs, home: int) -> Event:
    at = datetime.combine(inputs.start, time(8, 0, home % 60), UTC)
    number = 2**64 - 1 if home % 2 else None
    return Event(at, EventKind.ACT, "wrong", DEVICE, srv="6.21", number=number, home=home, detail="by chance")


def run_slowly(inputs: ToyInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    sleep(0.05)
    return run_toy(inputs, modifications, settings)


def _trip(tripwire: str) -> None:
    """The first who finds the file loses its process; ``always:`` has nobody come through."""
    if tripwire == "always":
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        Path(tripwire).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


TOY = Family(
    "toy",
    "A toy",
    "How many homes go wrong?",
    "Each home goes wrong by chance, half as often with SECMP0063.",
    ToyInputs,
    PARAMETERS,
    (
        Figure("homes", "homes", "homes"),
        Figure("wrong", "homes that went wrong", "homes", share_of="homes", better="lower"),
        Figure("cost", "cost", "pounds", better="lower"),
    ),
    (Modification.SECMP0063,),
    run_toy,
)
OTHER = TOY._replace(name="other-toy", compared=())
