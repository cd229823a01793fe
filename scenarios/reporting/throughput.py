"""How much went over the SM WAN in the runs of a study, and how high the backlog rose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from scenarios.engine.outcome import Outcome
from scenarios.study.results import StudyResult
from scenarios.study.statistics import Estimate, estimate

_COMMANDS: Final = "commands"
_BACKLOGS: Final = ("backlog", "waiting")
_SECONDS_PER_DAY: Final = 86_400


class ThroughputRow(NamedTuple):
    """A quantity with its estimate for each variant; None for those that do not have it."""

    name: str
    label: str
    unit: str
    estimates: tuple[Estimate | None, ...]


def throughput_of(result: StudyResult) -> tuple[ThroughputRow, ...]:
    """Messages and time of the runs; commands and backlog where they have series of these names."""
    rows = (
        _row(result, "messages", "GBCS messages over the SM WAN, both ways", "messages", _messages),
        _row(result, "simulated_days", "Simulated time from the first to the last act", "days", _days),
        _row(result, "messages_per_simulated_second", "Messages per simulated second", "", _rate),
        _row(
            result,
            "commands_per_simulated_second",
            "Commands per simulated second",
            "",
            lambda outcome: _over_time(outcome, _total(outcome, _COMMANDS)),
        ),
        _row(result, "busiest_day", "Busiest day", "commands", lambda outcome: _highest(outcome, _COMMANDS)),
        *(_backlog(result, name) for name in _BACKLOGS),
    )
    return tuple(row for row in rows if any(row.estimates))


def _row(
    result: StudyResult, name: str, label: str, unit: str, value_of: Callable[[Outcome], float | None]
) -> ThroughputRow:
    values: list[list[float]] = [[] for _ in result.plan.variants]
    for task, outcome, _ in result.finished:
        value = value_of(outcome)
        if value is not None:
            values[task.variant].append(value)
    return ThroughputRow(name, label, unit, tuple(estimate(each, result.plan.confidence) for each in values))


def _backlog(result: StudyResult, name: str) -> ThroughputRow:
    named = [series for done in result.finished for series in done.outcome.series if series.name == name]
    label, unit = (named[0].label, named[0].unit) if named else ("", "")
    return _row(result, f"peak_{name}", f"Peak backlog: {label}", unit, lambda run: _highest(run, name))


def _messages(outcome: Outcome) -> float:
    return outcome.messages


def _days(outcome: Outcome) -> float:
    return outcome.simulated_seconds / _SECONDS_PER_DAY


def _rate(outcome: Outcome) -> float | None:
    return _over_time(outcome, outcome.messages)


def _over_time(outcome: Outcome, number: float | None) -> float | None:
    if number is None or not outcome.simulated_seconds:
        return None
    return number / outcome.simulated_seconds


def _total(outcome: Outcome, name: str) -> float | None:
    found = [sum(series.values) for series in outcome.series if series.name == name]
    return found[0] if found else None


def _highest(outcome: Outcome, name: str) -> float | None:
    found = [max(series.values) for series in outcome.series if series.name == name and series.values]
    return found[0] if found else None
