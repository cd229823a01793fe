"""A task with everything that a worker needs for it, in whatever process or machine that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from time import perf_counter
from typing import NamedTuple

from scenarios.engine.family import Family, InputFile, Progress, RunSettings
from scenarios.engine.journal import Journal
from scenarios.engine.outcome import Outcome
from scenarios.study.events_file import events_parquet
from scenarios.study.input_files import check_files
from scenarios.study.planning import seed_of, tasks_of
from scenarios.study.results import Plan, Task, Variant


class Job(NamedTuple):
    """What is sent to a worker: pickled, the family goes by the names of its functions and types.

    ``files`` are those that the study found when it began, without what is wrong in them.
    """

    task: Task
    family: Family
    variant: Variant
    seed: int
    byte_share: float
    keeps_events: bool = False
    files: tuple[InputFile, ...] = ()


class Done(NamedTuple):
    """What comes back; ``version`` is the worker's own. ``events`` is a Parquet file, if they are kept."""

    outcome: Outcome
    wall_seconds: float
    version: str
    events: bytes | None = None


def jobs_of(
    family: Family, plan: Plan, *, keeps_events: bool = False, files: Iterable[InputFile] = ()
) -> Iterator[Job]:
    """The jobs of a plan, in the order of its tasks."""
    found = tuple(InputFile(file.name, file.sha256) for file in files)
    for task in tasks_of(plan):
        variant = plan.variants[task.variant]
        seed = seed_of(plan, task.replication)
        yield Job(task, family, variant, seed, plan.byte_share, keeps_events, found)


def run_job(job: Job, on_progress: Progress | None = None) -> Done:
    """Run a task: a function of its job but for the seconds that it took.

    Raises:
        InputError: inputs that each are possible do not fit together, or a file is not what it was.
    """
    begun = perf_counter()
    inputs = job.family.inputs(job.variant.values)
    check_files(job.family, inputs, job.files)
    journal: Journal | None = [] if job.keeps_events else None
    settings = RunSettings(job.seed, job.byte_share, journal, on_progress=on_progress)
    outcome = job.family.run(inputs, frozenset(job.variant.modifications), settings)
    # A mapping that only shows another cannot be sent.
    outcome = outcome._replace(figures=dict(outcome.figures))
    events = None if journal is None else events_parquet(journal)
    return Done(outcome, perf_counter() - begun, version("dccbench"), events)
