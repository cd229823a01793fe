"""What a study is and what came of it, as values: the one form that runner, files and reports share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from dcc.modifications import Modification
from scenarios.engine.family import Value
from scenarios.engine.outcome import Outcome

DIFFERENCE: Final = "difference."
"""Before the name of a figure in a precision, it asks for that of the paired differences."""


class Variant(NamedTuple):
    """One of the things that are compared: switches and values; ``values`` has every parameter, by name.

    ``changed`` names the parameters in which it differs from the study's own inputs. ``baseline`` is the
    number of the variant that it is compared with: the first or, in a sweep, the first of its point.
    """

    label: str
    modifications: tuple[Modification, ...]
    values: Mapping[str, Value]
    changed: tuple[str, ...] = ()
    baseline: int = 0


class VariedInput(NamedTuple):
    """An input that a study tries other values of, one at a time: what it is, and what it is tried as."""

    path: str
    name: str
    value: Value
    others: tuple[Value, ...]


class Sensitivity(NamedTuple):
    """What a study asks of its inputs: how far each by itself moves the ``figures``, the headline first.

    The first variants of the plan, one or two (before and after), have the study's own values. So many each
    follow for the first input's first other value, and so on.
    """

    figures: tuple[str, ...]
    inputs: tuple[VariedInput, ...]


class Plan(NamedTuple):
    """What is to be run: each variant with each replication, a task; one seed a replication in all of them.

    ``precision`` stops a study early: when for each figure named the half-width of its interval, or how far
    its bound is off, is below that number in every variant, replications end; ``replications`` is then the
    most, ``least_replications`` the least. ``difference.NAME`` means the intervals of the paired differences
    of that figure.
    ``sensitivity`` tells a study whose variants are made of one input at a time.
    """

    family: str
    seed: int
    variants: tuple[Variant, ...]
    replications: int = 1
    byte_share: float = 1.0
    confidence: float = 0.95
    precision: Mapping[str, float] = {}
    least_replications: int = 2
    presumed: tuple[Modification, ...] = ()
    sensitivity: Sensitivity | None = None

    @property
    def at_each_point(self) -> int:
        """How many variants a study of sensitivity has at each value: one, or before and after."""
        others = 0 if self.sensitivity is None else sum(len(item.others) for item in self.sensitivity.inputs)
        return len(self.variants) // (1 + others)


class Task(NamedTuple):
    """One run of a study, by the number of its variant and of its replication, both from 0."""

    variant: int
    replication: int


class Finished(NamedTuple):
    """A task and what came of it; ``wall_seconds`` is for standard error alone, never for a report."""

    task: Task
    outcome: Outcome
    wall_seconds: float = 0.0


class StudyResult(NamedTuple):
    """A study as far as it got, in the order of the tasks whatever the order in which they were run.

    ``complete`` is False for one that was interrupted; ``version`` is that of dccbench.
    """

    version: str
    plan: Plan
    finished: tuple[Finished, ...]
    complete: bool


def in_task_order(
    outcomes: Mapping[Task, Outcome], replications: int, seconds: Mapping[Task, float] = {}
) -> tuple[Finished, ...]:
    """What is finished, in the order of the tasks, without replications that are not to be."""
    return tuple(
        Finished(task, outcomes[task], seconds.get(task, 0.0))
        for task in sorted(outcomes, key=lambda task: (task.replication, task.variant))
        if task.replication < replications
    )
