"""A made-up study whose numbers are known, for tests of reports: nothing in it is run."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from dcc.modifications import Modification
from scenarios.engine.family import SIM, Family, Parameter, RunSettings
from scenarios.engine.outcome import Figure, Outcome, Series, Table
from scenarios.study.planning import StudySpec, SweepAxis, plan_of, switch_pair, tasks_of
from scenarios.study.results import Finished, Plan, StudyResult, Task

NASTY = "<b onclick=\"x\">&amp; 'labels' | $x_1$"


class Inputs(NamedTuple):
    homes: int = 100
    rate: float = 0.1
    start: date = date(2026, 1, 5)
    careful: bool = False


def never_run(_: Any, __: frozenset[Modification], ___: RunSettings) -> Outcome:
    raise AssertionError("reports run nothing")


FAMILY = Family(
    "made-up",
    "A made-up family",
    f"How many are wrong {NASTY}?",
    "Nothing is run.",
    Inputs,
    (
        Parameter("population", "homes", f"homes {NASTY}", "homes", "Statistics of homes", True, least=1),
        Parameter("errors", "rate", "share that goes wrong", "share", SIM, least=0.0, most=1.0),
        Parameter("time", "start", "first day", "day", SIM),
        Parameter("behaviour", "careful", "whether anybody looks", "", SIM),
    ),
    (
        Figure("homes", "homes", "homes"),
        Figure("wrong", f"wrong ones {NASTY}", "homes", "homes", "lower"),
        Figure("wrong_at_end", "still wrong at the end", "homes", better="lower"),
    ),
    (Modification.SECMP0063,),
    never_run,
)
PAIR = switch_pair((Modification.SECMP0063,))


def plan(**changes: Any) -> Plan:
    return plan_of(StudySpec(FAMILY, **{"seed": 9, "replications": 3, "variants": PAIR, **changes}))


def sweep_plan(**changes: Any) -> Plan:
    return plan(sweep=(SweepAxis("errors.rate", "rate", (0.1, 0.2, 0.4)),), **changes)


def outcome(task: Task) -> Outcome:
    """Of variant v and replication r: 10 - 4 v + r wrong, one more each day, and 2 r left at the end."""
    wrong, left = 10 - 4 * (task.variant % 2) + task.replication, 2 * task.replication
    stock = (*(min(day, wrong) for day in range(13)), left)
    per_day = tuple(1 + (day // 5 + task.replication) % 3 + day // 20 for day in range(61))
    return Outcome(
        {"homes": 100, "wrong": wrong, "wrong_at_end": left},
        (
            Series("wrong", f"wrong {NASTY}", "homes", date(2026, 1, 5), stock),
            Series("commands", "commands", "commands", date(2026, 1, 5), per_day, is_per_day=True),
            Series(
                "waiting", "corrections waiting", "corrections", date(2026, 1, 5), (0, 3 + task.variant, 1)
            ),
        ),
        (
            Table("refusals", f"Refusals {NASTY}", ("party", "code", "times"), _refusals(task)),
            Table("ages", "Ages", ("days", "homes", "mean"), ((1, 4, 0.5), (2, 5 + task.replication, None))),
        ),
        messages=1000 + task.variant,
        simulated_seconds=500.0,
        end="the last act was over",
    )


def _refusals(task: Task) -> tuple[tuple[str, str, int], ...]:
    rows = [("Supplier 001", "E4", 6)]
    if task.replication == 1:
        rows.append((f"Supplier {NASTY}", "SIM-PSC", 2))
    return tuple(rows)


def study(of: Plan | None = None, **changes: Any) -> StudyResult:
    asked = plan() if of is None else of
    finished = tuple(Finished(task, outcome(task), 1.5) for task in tasks_of(asked))
    return StudyResult("9.9.9", asked, finished, True)._replace(**changes)


def with_breach(result: StudyResult, text: str) -> StudyResult:
    first = result.finished[0]
    broken = first._replace(outcome=first.outcome._replace(breaches=(text,)))
    return result._replace(finished=(broken, *result.finished[1:]))


def with_figures(result: StudyResult, **figures: float) -> StudyResult:
    """The first run with other figures."""
    first = result.finished[0]
    other = first.outcome._replace(figures={**first.outcome.figures, **figures})
    return result._replace(finished=(first._replace(outcome=other), *result.finished[1:]))
