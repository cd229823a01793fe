"""Runs the tasks of a study; what comes out depends on the plan alone: not on workers, not on order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from importlib.metadata import version
from typing import Final

from scenarios.engine.family import Family, InputFile
from scenarios.engine.outcome import Outcome
from scenarios.errors import InputError
from scenarios.study.jobs import Done, Job, jobs_of
from scenarios.study.pools import Pool
from scenarios.study.results import Finished, Plan, StudyResult, Task, in_task_order
from scenarios.study.stop_rule import StopRule
from scenarios.study.store import Store

MOST_LOSSES: Final = 3
"""So many times workers may be lost with no task finished in between."""

_LOOK_SECONDS: Final = 2.0
OnFinished = Callable[[Finished, int], None]
"""Is told of each task that has come to its end, and how many tasks there are to be by now."""


def run_study(
    family: Family,
    plan: Plan,
    pool: Pool,
    *,
    store: Store | None = None,
    on_finished: OnFinished | None = None,
    files: Iterable[InputFile] = (),
) -> StudyResult:
    """Run what a plan asks for and the store does not have yet; each task is stored when it is finished.

    ``files`` are those that the runs read: every worker has to find the same octets in them.
    An interrupt (Ctrl-C) ends it early: what is finished by then is the result, which is not complete.

    Raises:
        InputError: the inputs do not fit together, a file has changed or cannot be written, or workers are
            lost again and again.
    """
    study = _Study(family, plan, pool, store, on_finished, tuple(files))
    interrupted = True
    try:
        study.run()
        interrupted = False
    except KeyboardInterrupt:
        pass
    finally:
        pool.close(at_once=interrupted or study.in_flight)
    return study.result()


class _Study:
    """A study on its way."""

    def __init__(
        self,
        family: Family,
        plan: Plan,
        pool: Pool,
        store: Store | None,
        on_finished: OnFinished | None,
        files: tuple[InputFile, ...],
    ) -> None:
        self._plan, self._pool, self._store, self._on_finished = plan, pool, store, on_finished
        self._outcomes: dict[Task, Outcome] = dict(store.outcomes()) if store is not None else {}
        self._seconds: dict[Task, float] = {}
        self._rule = StopRule(plan, family)
        self._rule.look(self._outcomes)
        self._jobs = (job for job in self._all_jobs(family, files) if job.task not in self._outcomes)
        self._again: list[Job] = []
        self._pending: dict[Future[Done], Job] = {}
        self._losses = 0

    def _all_jobs(self, family: Family, files: tuple[InputFile, ...]) -> Iterator[Job]:
        keeps_events = self._store is not None and self._store.keeps_events
        return jobs_of(family, self._plan, keeps_events=keeps_events, files=files)

    @property
    def in_flight(self) -> bool:
        """Whether workers still have tasks, which nobody needs any more."""
        return bool(self._pending)

    def run(self) -> None:
        """Run until there is nothing more to do."""
        while not self._rule.is_reached:
            self._fill()
            wait(self._pending, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            # Waiting passes over what was cancelled and will not be told of, as when a cluster goes away.
            self._take({future for future in self._pending if future.done()})
        if self._store is not None:
            self._store.keep_only(self._rule.replications)

    def result(self) -> StudyResult:
        """What there is by now, in the order of the tasks."""
        finished = in_task_order(self._outcomes, self._rule.replications, self._seconds)
        return StudyResult(version("dccbench"), self._plan, finished, self._rule.is_reached)

    def _fill(self) -> None:
        while len(self._pending) < self._pool.slots:
            job = self._again.pop(0) if self._again else next(self._jobs, None)
            if job is None:
                return
            self._pending[self._pool.submit(job)] = job

    def _take(self, done: set[Future[Done]]) -> None:
        lost = self._lost_of(done)
        if not lost:
            return
        self._losses += 1
        if self._losses >= MOST_LOSSES:
            raise InputError(
                f"workers: lost {self._losses} times with no task finished in between, expected them to "
                "have enough memory and to be left alone; fewer workers may help"
            )
        self._pool.restart()
        # With a worker of a process pool all are lost; what was on its way is over now, too.
        lost += self._lost_of({future for future in self._pending if future.done()})
        self._again = sorted((*self._again, *lost), key=lambda job: job.task[::-1])

    def _lost_of(self, done: set[Future[Done]]) -> list[Job]:
        """Take what these gave, in the order of their tasks; returned are those whose worker was lost."""
        in_order = sorted(done, key=lambda future: self._pending[future].task[::-1])
        return [job for future in in_order if (job := self._taken(future))]

    def _taken(self, future: Future[Done]) -> Job | None:
        """Take what a task gave; if its worker was lost, the job is returned."""
        job = self._pending.pop(future)
        try:
            done = future.result()
        except CancelledError:
            return job
        except self._pool.lost:
            return job
        if done.version != version("dccbench"):
            raise InputError(f"worker: has dccbench {done.version}, expected {version('dccbench')}")
        self._losses = 0
        self._outcomes[job.task] = done.outcome
        self._seconds[job.task] = done.wall_seconds
        if self._store is not None:
            self._store.save(job.task, done.outcome, done.events)
        self._rule.look(self._outcomes)
        if self._on_finished is not None:
            tasks = self._rule.replications * len(self._plan.variants)
            self._on_finished(Finished(job.task, done.outcome, done.wall_seconds), tasks)
        return None
