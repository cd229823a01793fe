"""The install wave as a family of scenarios: what it asks, what it takes, and how it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from dcc.modifications import Modification
from scenarios.engine.family import Family, InputFile, RunSettings
from scenarios.engine.outcome import Outcome, Table
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import close_run
from scenarios.errors import InputError
from scenarios.install_wave import open_wave, play
from scenarios.population import Population, draw_population
from scenarios.registered_population import registered_population, registration_tables
from scenarios.study.registration_input import RegistrationInput, input_files, load_registration
from scenarios.wave_errors import ErrorModel
from scenarios.wave_inputs import PARAMETERS, InstallWaveInputs
from scenarios.wave_outcome import FIGURES, breaches_of, figures_of, look_at, series_of, tables_of
from scenarios.wave_stage import Stage

_RANGES: Final = ("retry", "read", "correction", "exchange")


def run(inputs: Any, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Play a wave to its end and report it.

    Raises:
        InputError: a delay is at the earliest later than at the latest, or the registration data will not do.
    """
    assert isinstance(inputs, InstallWaveInputs)
    _check_ranges(inputs)
    loaded = _registration(inputs)
    population = _population(inputs, loaded, RandomStreams(settings.seed))
    kit, records = open_wave(inputs, population, modifications, settings)
    stage = Stage(kit, records, inputs, population)
    wave = look_at(stage, play(stage))
    series = series_of(wave)
    tables = (*tables_of(wave), *_made_of(inputs, loaded))
    return close_run(kit, figures_of(wave, series), series, tables, breaches_of(wave))


def files(inputs: Any) -> tuple[InputFile, ...]:
    """The files of registration data that inputs name.

    Raises:
        InputError: they will not do.
    """
    assert isinstance(inputs, InstallWaveInputs)
    loaded = _registration(inputs)
    return () if loaded is None else input_files(Path(inputs.registration), loaded)


def _registration(inputs: InstallWaveInputs) -> RegistrationInput | None:
    if not inputs.registration:
        return None
    if inputs.error_model is ErrorModel.STALE:
        raise InputError(
            f"errors.error_model: {inputs.error_model.value!r}, expected another with "
            "population.registration: files do not tell who took over whom"
        )
    return load_registration(Path(inputs.registration), strict=inputs.strict)


def _population(
    inputs: InstallWaveInputs, loaded: RegistrationInput | None, streams: RandomStreams
) -> Population:
    if loaded is None:
        return draw_population(inputs.size, streams)
    return registered_population(inputs.size, streams, loaded)


def _made_of(inputs: InstallWaveInputs, loaded: RegistrationInput | None) -> tuple[Table, ...]:
    return () if loaded is None else registration_tables(loaded, inputs.start)


def _check_ranges(inputs: Any) -> None:
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
    "a gas transporter's, nobody can. SECMP0063 would have had the DCC refuse such certificates.\n\n"
    "Parties and metering points are invented, or those of population.registration, a folder of registration "
    "data such as dccbench registration reads. Homes are then a sample of its metering points; parties are "
    "DCC Users, and hold EUI-64s and distributor ids, as parties.csv has it; who is registered on the first "
    "day stays so. An MPAN that the DCC does not know is one whose record it is not given. Points whose "
    "operator has no EUI-64, or whose supplier is no DCC User, are passed over and counted; an operator that "
    "is no DCC User reads no meter. The numbers and shares of suppliers are those of the files.",
    inputs_type=InstallWaveInputs,
    parameters=PARAMETERS,
    figures=FIGURES,
    compared=(Modification.SECMP0063, Modification.SECMP0063_GPF),
    run=run,
    files=files,
    check=_check_ranges,
    headline="wrong",
)
