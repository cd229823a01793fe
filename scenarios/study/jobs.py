"""A task with everything that a worker needs for it, in whatever process or machine that is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from time import perf_counter
from typing import NamedTuple

from scenarios.engine.family import Family, Progress, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.study.planning import seed_of, tasks_of
from scenarios.study.results import Plan, Task, Variant


class Job(NamedTuple):
    """What is sent to a worker: pickled, the family goes by the names of its functions and types."""

    task: Task
    family: Family
    variant: Variant
    seed: int
    byte_share: float


class Done(NamedTuple):
    """What comes back; ``version`` is the worker's own."""

    outcome: Outcome
    wall_seconds: float
    version: str


def jobs_of(family: Family, plan: Plan) -> Iterator[Job]:
    """The jobs of a plan, in the order of its tasks."""
    for task in tasks_of(plan):
        variant = plan.variants[task.variant]
        yield Job(task, family, variant, seed_of(plan, task.replication), plan.byte_share)


def run_job(job: Job, on_progress: Progress | None = None) -> Done:
    """Run a task: a function of its job but for the seconds that it took.

    Raises:
        InputError: inputs that each are possible do not fit together.
    """
    begun = perf_counter()
    inputs = job.family.inputs(job.variant.values)
    settings = RunSettings(job.seed, job.byte_share, on_progress=on_progress)
    outcome = job.family.run(inputs, frozenset(job.variant.modifications), settings)
    # A mapping that only shows another cannot be sent.
    outcome = outcome._replace(figures=dict(outcome.figures))
    return Done(outcome, perf_counter() - begun, version("dccbench"))
