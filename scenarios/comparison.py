"""Runs of one wave side by side, on the same chances: without a modification and, beside it, with it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

from dcc.modifications import Modification
from dcc.reports import PanelReport, panel_report
from scenarios.engine.trace import Trace
from scenarios.install_wave import (
    ACB_COUNTERS,
    DEVICE_ASSUMPTIONS,
    LINK_DELAYS,
    LINK_FAULTS,
    PARTY_DELAYS,
    WaveInputs,
    WaveRun,
    draw_homes,
    run_wave,
)
from scenarios.population import (
    INSTALLING_HOURS,
    SATURDAY_WEIGHT,
    UNLISTED_DISTRIBUTOR_ID,
    UNLISTED_PREFIX_SHARE,
)
from scenarios.switching import Switching
from scenarios.unrelated import note_on
from scenarios.wave_family import FAMILY
from scenarios.wave_figures import RefusalCount, WaveFigures, refusal_counts, wave_figures


class Assumption(NamedTuple):
    """Something that decides the outcome and that no source confirms."""

    name: str
    value: str | int | float | bool
    note: str = ""


class RunOutcome(NamedTuple):
    """One run in figures."""

    label: str
    modifications: tuple[Modification, ...]
    figures: WaveFigures
    refusals: tuple[RefusalCount, ...]
    panel: PanelReport
    end: str
    breaches: tuple[str, ...] = ()


class WaveReport(NamedTuple):
    """Everything that is printed of a wave; no clock and no speed in it.

    ``note`` says that a switch was turned on which nothing in a wave depends.
    """

    version: str
    inputs: WaveInputs
    switching: Switching
    assumptions: tuple[Assumption, ...]
    faults: tuple[str, ...]
    outcomes: tuple[RunOutcome, ...]
    note: str = ""


def report_wave(
    inputs: WaveInputs,
    switching: Switching,
    *,
    trace: Trace | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> WaveReport:
    """Make the runs, one after the other on the same homes and the same chances, and report them."""
    population = draw_homes(inputs)
    outcomes = []
    runs = switching.runs
    for number, (label, modifications) in enumerate(runs):
        if trace is not None:
            trace.heading(f"run: {label}; seed {inputs.seed}; dccbench {version('dccbench')}")
        progress = _part(on_progress, number, len(runs))
        run = run_wave(inputs, population, modifications, trace=trace, on_progress=progress)
        outcomes.append(_outcome(label, modifications, run))
    return WaveReport(
        version("dccbench"),
        inputs,
        switching,
        assumptions(),
        LINK_FAULTS.in_force(),
        tuple(outcomes),
        note_on(FAMILY, (*switching.compared, *switching.on)),
    )


def assumptions() -> tuple[Assumption, ...]:
    """What is assumed in every run, by name: delays, devices, population, codes."""
    return (
        *(Assumption(f"link.{name}", value) for name, value in LINK_DELAYS._asdict().items()),
        *(Assumption(f"parties.{name}", value) for name, value in PARTY_DELAYS._asdict().items()),
        *(
            Assumption(f"devices.{name}", value.value if isinstance(value, enum.Enum) else value)
            for name, value in DEVICE_ASSUMPTIONS._asdict().items()
        ),
        Assumption("access_control_broker.counters", ACB_COUNTERS.value),
        Assumption(
            "population.unlisted_prefix_share",
            UNLISTED_PREFIX_SHARE,
            f"of the unknown MPANs; those begin with {UNLISTED_DISTRIBUTOR_ID}, which is nobody's here, "
            "though the home's true operator is a known one",
        ),
        Assumption("population.weights", "not confirmed", "metering points by area and gas network"),
        Assumption("population.independent_networks_share_equally", True, "they are all of one size"),
        Assumption("population.suppliers_equal", True, "each home's supplier is as likely as any other"),
        Assumption(
            "population.installing_days",
            f"weekdays 1, Saturdays {SATURDAY_WEIGHT}, Sundays and bank holidays 0",
            "each day's share of the work",
        ),
        Assumption("population.installing_hours", INSTALLING_HOURS, "British time, each moment as likely"),
        Assumption("rules.order_of_checks", "not confirmed", "it decides which code a party gets"),
        Assumption("rules.unknown_mpan_passes", True, "what registration data cannot decide is let pass"),
        Assumption("secmp0063.code_at_6.21", "SIM-E062190", "ours: no code was ever allocated"),
        Assumption(
            "deadline.calendar",
            "England and Wales",
            f"to the end of the last day in UTC; bank holidays of holidays {version('holidays')}",
        ),
        Assumption("parties.wrong_party_drawn_by_size", True, "whose certificate is taken by mistake"),
        Assumption("parties.retry_errs_at_same_rate", True, "a refusal makes no supplier more careful"),
        Assumption(
            "parties.suppliers_ignore_alerts",
            True,
            "a meter sends its supplier alert 8F30 at each read that it refuses; nobody acts on it",
        ),
        Assumption(
            "devices.refusal_shows_as", "E21", "a command that a device refuses is one without answer"
        ),
        Assumption("parties.know_user_ids", True, "whoever reads a User Id in a cell knows whose it is"),
    )


def _outcome(label: str, modifications: tuple[Modification, ...], run: WaveRun) -> RunOutcome:
    return RunOutcome(
        label,
        modifications,
        wave_figures(run),
        refusal_counts(run),
        panel_report(run.records.refusals, run.parties),
        _end(run),
        run.breaches,
    )


def _end(run: WaveRun) -> str:
    """How the run ended: because nobody had anything left to do, or because its time was over."""
    until = f"{run.inputs.observed_until:%Y-%m-%d}"
    if run.acts_left:
        return f"observed to the end of {until}; acts of parties that would have come later: {run.acts_left}"
    return f"the last act was over on {run.last_ended:%Y-%m-%d}; days are counted to the end of {until}"


def _part(
    on_progress: Callable[[float], None] | None, number: int, parts: int
) -> Callable[[float], None] | None:
    if on_progress is None:
        return None
    return lambda done: on_progress((number + done) / parts)
