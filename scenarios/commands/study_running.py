"""Runs a study from the command line: where its tasks go, the progress, and what is printed of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from scenarios.commands import ExitStatus, emit, say, tell
from scenarios.commands.arguments import STANDARD_OUTPUT
from scenarios.commands.output_file import OutputFile
from scenarios.engine.family import Family
from scenarios.errors import InputError
from scenarios.study.input_files import files_of, problems_told
from scenarios.study.planning import StudySpec, plan_of
from scenarios.study.pools import Cluster, InProcess, Pool, ProcessPool
from scenarios.study.results import Finished, Plan, StudyResult
from scenarios.study.runner import run_study
from scenarios.study.store import Store, is_study_folder, load_plan
from scenarios.study.study_json import study_json
from scenarios.study.study_text import study_text
from scenarios.study.unit_costs import check_costs, priced, unit_costs
from scenarios.unrelated import note_on, turned

INTERRUPTED: Final = 130
"""The exit status after Ctrl-C, as shells have it."""
_SILENT_SECONDS: Final = 60.0


def run_spec_of(spec: StudySpec, arguments: argparse.Namespace) -> int:
    """Run a study that was asked for; returns the exit status.

    Raises:
        InputError: something does not fit together, or a file cannot be used.
    """
    _refuse_both(arguments, "out", "resume")
    plan = plan_of(spec)
    if note := note_on(spec.family, turned(plan).union(spec.on)):
        say(note)
    if arguments.resume is not None:
        _expect_study(Path(arguments.resume))
    folder = arguments.resume or arguments.out
    return _run(spec.family, plan, arguments, None if folder is None else Path(folder))


def go_on(name: str, arguments: argparse.Namespace) -> int:
    """Go on with the study of the folder of ``--resume``, if it is of that family; returns the exit status.

    Raises:
        InputError: there is none, it is of another family, or it cannot be used.
    """
    _refuse_both(arguments, "out", "resume")
    folder = Path(arguments.resume)
    _expect_study(folder)
    family, _ = load_plan(folder)
    if family.name != name:
        raise InputError(
            f"--resume: {arguments.resume!r} has a study of {family.name}, expected one of {name}"
        )
    return run_folder(folder, arguments)


def run_folder(folder: Path, arguments: argparse.Namespace) -> int:
    """Go on with the study of a folder, whose plan says everything; returns the exit status.

    Raises:
        InputError: it is another version's, or cannot be used.
    """
    family, plan = load_plan(folder)
    return _run(family, plan, arguments, folder)


def _run(family: Family, plan: Plan, arguments: argparse.Namespace, folder: Path | None) -> int:
    _refuse_both(arguments, "workers", "cluster")
    _try_json_file(arguments.json)
    costs = unit_costs(arguments.cost)
    check_costs(family, costs)
    if arguments.events and folder is None:
        raise InputError("--events: there is no folder to keep them in, expected --out too")
    files = files_of(family, plan)
    store = None if folder is None else Store(folder, plan, keeps_events=arguments.events, files=files)
    for line in problems_told(files):
        say(line)
    begun = perf_counter()
    messages = 0
    with _progress(plan, 0 if store is None else store.count()) as shown:

        def on_finished(done: Finished, tasks: int) -> None:
            nonlocal messages
            messages += done.outcome.messages
            shown(done, tasks)

        pool = _pool(arguments, shown.part)
        result = run_study(family, plan, pool, store=store, on_finished=on_finished, files=files)
    seconds = perf_counter() - begun
    tell(f"{messages} GBCS messages in {seconds:.1f} s, {messages / seconds:.0f} a second")
    _print(*priced(family, result, costs), arguments.json)
    return _status(result, folder)


def _expect_study(folder: Path) -> None:
    if not is_study_folder(folder):
        raise InputError(f"--resume: {str(folder)!r} has no study, expected the folder of one")


def _pool(arguments: argparse.Namespace, on_progress: Callable[[float], None]) -> Pool:
    workers: int | None = arguments.workers
    if arguments.cluster is not None:
        return Cluster(arguments.cluster)
    return InProcess(on_progress) if workers in (None, 1) else ProcessPool(workers)


def _status(result: StudyResult, folder: Path | None) -> int:
    broken = sum(bool(done.outcome.breaches) for done in result.finished)
    status = tell_of_breaches(broken, len(result.finished))
    if not result.complete:
        most = result.plan.replications * len(result.plan.variants)
        kept = "" if folder is None else f"; to go on: dccbench run {folder}/"
        tell(f"interrupted: {len(result.finished)} of {most} runs are finished{kept}")
        return INTERRUPTED
    if folder is not None:
        tell(f"the study is in {folder}; its report: dccbench report {folder}")
    return status


def tell_of_breaches(broken: int, runs: int) -> int:
    """Say in how many runs the history checks found breaches, if in any; returns the exit status."""
    if not broken:
        return ExitStatus.FINE
    tell(
        f"the history checks found breaches in {broken} of {runs} runs: these figures are not to be believed"
    )
    return ExitStatus.CHECK_FAILED


def _refuse_both(arguments: argparse.Namespace, one: str, other: str) -> None:
    if None not in (getattr(arguments, one), getattr(arguments, other)):
        raise InputError(f"--{one} and --{other}: both given, expected one of them")


def _try_json_file(name: str | None) -> None:
    """What cannot be written is said before the work begins."""
    if name not in (None, STANDARD_OUTPUT):
        assert name is not None
        OutputFile("--json", name, "a").close()


def _print(family: Family, result: StudyResult, json_file: str | None) -> None:
    if json_file == STANDARD_OUTPUT:
        emit(study_json(result, family).rstrip("\n"))
        return
    if json_file is not None:
        with OutputFile("--json", json_file) as stream:
            stream.write(study_json(result, family))
    emit(study_text(result, family))


class _Shown:
    """A bar on standard error, or a line now and then where that is no terminal."""

    def __init__(self, bar: Progress | None, tasks: int, done: int) -> None:
        self._bar, self._done = bar, done
        self._told = perf_counter()
        self._row = bar.add_task("simulating", total=tasks, completed=done) if bar is not None else None

    def __call__(self, done: Finished, tasks: int) -> None:
        """A task is finished."""
        number = done.task.replication
        self._done += 1
        now = perf_counter()
        if self._bar is None and self._done < tasks and now - self._told >= _SILENT_SECONDS:
            self._told = now
            tell(f"{self._done} of {tasks} runs are finished")
        if self._bar is not None and self._row is not None:
            text = f"simulating, replication {number + 1}"
            self._bar.update(self._row, completed=self._done, total=tasks, description=text)

    def part(self, done: float) -> None:
        """So much of a task that is run in this process is done."""
        if self._bar is not None and self._row is not None:
            self._bar.update(self._row, completed=self._done + min(done, 0.99))


@contextmanager
def _progress(plan: Plan, done: int) -> Iterator[_Shown]:
    tasks = plan.replications * len(plan.variants)
    if not sys.stderr.isatty():
        yield _Shown(None, tasks, done)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Shown(bar, tasks, done)
