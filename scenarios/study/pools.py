"""Where the tasks of a study are run: in this process, in several of this machine, on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Final, Protocol

from scenarios.engine.family import Progress
from scenarios.errors import InputError
from scenarios.study.jobs import Done, Job, run_job

START_METHOD: Final = "spawn"
"""How worker processes begin, the same on all platforms: a fork would take threads' locks along."""

_CONNECT_SECONDS: Final = 15


class Pool(Protocol):
    """Takes jobs. ``slots`` of them keep its workers busy; the errors ``lost`` tell that one is lost."""

    slots: int
    lost: tuple[type[BaseException], ...]

    def submit(self, job: Job) -> Future[Done]:
        """Have a job run."""

    def restart(self) -> None:
        """Take jobs again after a worker was lost, which may have spoilt what else was submitted.

        Raises:
            InputError: there is nobody to take them.
        """

    def close(self, *, at_once: bool = False) -> None:
        """Let go of the workers; ``at_once`` without waiting for what they do."""


class InProcess:
    """Runs each job when it is submitted. ``on_progress`` is told how much of it is done."""

    slots = 1
    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, on_progress: Progress | None = None) -> None:
        self._on_progress = on_progress

    def submit(self, job: Job) -> Future[Done]:
        """Run a job to its end."""
        future: Future[Done] = Future()
        try:
            future.set_result(run_job(job, self._on_progress))
        except Exception as error:
            future.set_exception(error)
        return future

    def restart(self) -> None:
        """Nothing can be lost."""

    def close(self, *, at_once: bool = False) -> None:
        """Nothing is held."""


class ProcessPool:
    """Worker processes of this machine."""

    lost: tuple[type[BaseException], ...] = (BrokenProcessPool,)

    def __init__(self, workers: int, start_method: str = START_METHOD) -> None:
        self.slots = 2 * workers
        self._workers = workers
        self._context = multiprocessing.get_context(start_method)
        self._others = set(multiprocessing.active_children())
        self._executor = self._begin()

    def submit(self, job: Job) -> Future[Done]:
        """Have a job run by the next worker that is free."""
        try:
            with _interrupts_kept_from_children():
                return self._executor.submit(run_job, job)
        except BrokenProcessPool as error:
            future: Future[Done] = Future()
            future.set_exception(error)
            return future

    def restart(self) -> None:
        """Begin with new workers."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = self._begin()

    def close(self, *, at_once: bool = False) -> None:
        """End the workers."""
        self._executor.shutdown(wait=not at_once, cancel_futures=True)
        if at_once:
            for child in set(multiprocessing.active_children()) - self._others:
                child.terminate()

    def _begin(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._workers, self._context, _pass_over_interrupts)


class Cluster:
    """The workers of a Dask cluster; ``address`` is that of its scheduler, or a client of it.

    Raises:
        InputError: the library is not installed, or the scheduler does not answer.
    """

    def __init__(self, address: Any) -> None:
        try:
            import distributed  # noqa: PLC0415
        except ImportError:
            raise InputError(
                "--cluster: needs the library distributed, expected: pip install 'dccbench[cluster]'"
            ) from None
        library: Any = distributed
        self.lost: tuple[type[BaseException], ...] = (library.KilledWorker,)
        try:
            self._client = library.Client(address, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise InputError(
                f"--cluster: {address!r}: {reason}, expected a Dask scheduler, tcp://host:port"
            ) from None
        cores = sum(self._client.nthreads().values())
        if not cores:
            self._client.close()
            raise InputError(f"--cluster: {address!r} has no workers, expected one or more")
        self.slots = 2 * cores
        self._executor: Executor = self._client.get_executor(pure=False)

    def submit(self, job: Job) -> Future[Done]:
        """Have a job run by the cluster, which itself runs again what a lost worker had."""
        return self._executor.submit(run_job, job)

    def restart(self) -> None:
        """The cluster goes on with the workers it has.

        Raises:
            InputError: its scheduler has gone away.
        """
        if self._client.status not in ("running", "connecting"):
            raise InputError("--cluster: the scheduler has gone away, expected it to stay to the end")

    def close(self, *, at_once: bool = False) -> None:
        """Leave the cluster as it was found."""
        self._executor.shutdown(wait=not at_once)
        self._client.close()


@contextmanager
def _interrupts_kept_from_children() -> Iterator[None]:
    """Processes that begin in here never see Ctrl-C; this one sees afterwards what came meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pass_over_interrupts() -> None:
    """The terminal interrupts workers too; it is for the process that began them to end them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
