"""The install wave as a family of scenarios: what it asks, what it takes, and how it is run."""

from __future__ import annotations

from typing import Any, Final

from dcc.modifications import Modification
from scenarios.engine.family import Family, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import close_run
from scenarios.errors import InputError
from scenarios.install_wave import open_wave, play
from scenarios.population import draw_population
from scenarios.wave_inputs import PARAMETERS, InstallWaveInputs
from scenarios.wave_outcome import FIGURES, breaches_of, figures_of, look_at, series_of, tables_of
from scenarios.wave_stage import Stage

_RANGES: Final = ("retry", "read", "correction", "exchange")


def run(inputs: Any, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Play a wave to its end and report it.

    Raises:
        InputError: a delay is at the earliest later than at the latest.
    """
    assert isinstance(inputs, InstallWaveInputs)
    _check_ranges(inputs)
    population = draw_population(inputs.size, RandomStreams(settings.seed))
    kit, records = open_wave(inputs, population, modifications, settings)
    stage = Stage(kit, records, inputs, population)
    wave = look_at(stage, play(stage))
    series = series_of(wave)
    return close_run(kit, figures_of(wave, series), series, tables_of(wave), breaches_of(wave))


def _check_ranges(inputs: InstallWaveInputs) -> None:
    for what in _RANGES:
        first, last = (f"{what}_{end}_working_days" for end in ("first", "last"))
        earliest, latest = getattr(inputs, first), getattr(inputs, last)
        if earliest > latest:
            raise InputError(f"delays.{first}: {earliest}, expected at most delays.{last}, {latest}")


FAMILY: Final = Family(
    name="install-wave",
    title="Install wave",
    question="How many meters get the wrong network operator's certificate, for how long, and would the "
    "DCC's check have stopped it?",
    text="Suppliers install meters over some weeks and place certificates on them, some of them another "
    "party's. The true operator finds out when it reads the meter: the DCC passes the read, the meter stays "
    "silent. The owner of the wrong certificate then replaces it by hand; on an electricity meter that holds "
    "a gas transporter's, nobody can. SECMP0063 would have had the DCC refuse such certificates.",
    inputs_type=InstallWaveInputs,
    parameters=PARAMETERS,
    figures=FIGURES,
    compared=(Modification.SECMP0063, Modification.SECMP0063_GPF),
    run=run,
)
