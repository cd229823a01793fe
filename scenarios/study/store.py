"""The folder of a study: a manifest with its plan, and a file for each task that is finished.

::

    DIR/manifest.json            schema, version of dccbench, plan, files that runs read
    DIR/tasks/v000-r00000.json   what came of variant 0 in replication 0
    DIR/events/v000-r00000.parquet   the events of that run, where they are kept

Files appear whole or not at all, and hold nothing of clock or machine: two studies with one plan, the same
files to read and one version give the same octets. A study that was interrupted goes on from its folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from scenarios.engine.family import Family, InputFile
from scenarios.engine.outcome import Outcome
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.study.planning import seed_of
from scenarios.study.results import Plan, StudyResult, Task, in_task_order
from scenarios.study.stop_rule import StopRule
from scenarios.study.study_values import outcome_from, outcome_values, plan_from, plan_values

MANIFEST: Final = "manifest.json"
MANIFEST_SCHEMA: Final = "dccbench/study-manifest/1"
TASK_SCHEMA: Final = "dccbench/study-task/1"
"""Both change whenever a key changes its meaning or goes away."""

_TASKS: Final = "tasks"
_EVENTS: Final = "events"
_TASK_NAME: Final = re.compile(r"v([0-9]{3,})-r([0-9]{5,})\.json")
_MOST_DIFFERENCES: Final = 4


class Store:
    """The folder of one study; what is in it already is kept, if it is of the same plan and version.

    ``files`` are those that the runs read: that their octets are the same belongs to the same plan.
    With ``keeps_events``, now or when it was begun, a task is finished only if its events are there too.

    Raises:
        InputError: the folder is another study's or something else, or cannot be read or written.
    """

    def __init__(
        self, folder: Path, plan: Plan, *, keeps_events: bool = False, files: Iterable[InputFile] = ()
    ) -> None:
        self._folder, self._plan = folder, plan
        self.keeps_events = keeps_events or (folder / _EVENTS).is_dir()
        manifest: dict[str, Any] = {
            "schema": MANIFEST_SCHEMA,
            "dccbench": version("dccbench"),
            "plan": plan_values(plan),
        }
        if read := {file.name: file.sha256 for file in files}:
            manifest["files"] = read
        if is_study_folder(folder):
            _refuse_other(folder, _read(folder / MANIFEST), manifest)
        elif folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise InputError(f"--out: {str(folder)!r} is there, expected a new folder or that of a study")
        else:
            self._make(manifest)

    def outcomes(self) -> dict[Task, Outcome]:
        """What is stored, by task."""
        return {task: _outcome(path, self._plan, task) for task, path in self._finished()}

    def count(self) -> int:
        """How many tasks are stored."""
        return sum(1 for _ in self._finished())

    def save(self, task: Task, outcome: Outcome, events: bytes | None = None) -> None:
        """Store what came of a task, its events first."""
        if events is not None:
            _write_octets(events_file(self._folder, task), events)
        content = {
            "schema": TASK_SCHEMA,
            "variant": task.variant,
            "replication": task.replication,
            "seed": seed_of(self._plan, task.replication),
            **outcome_values(outcome),
        }
        _write(self._folder / _TASKS / f"{_name(task)}.json", content)

    def keep_only(self, replications: int) -> None:
        """Remove later replications, which were begun before it was known that they need not be."""
        for task, path in list(_task_files(self._folder)):
            if task.replication >= replications:
                path.unlink(missing_ok=True)
                events_file(self._folder, task).unlink(missing_ok=True)

    def _finished(self) -> Iterator[tuple[Task, Path]]:
        for task, path in _task_files(self._folder):
            if not self.keeps_events or events_file(self._folder, task).is_file():
                yield task, path

    def _make(self, manifest: Mapping[str, Any]) -> None:
        try:
            (self._folder / _TASKS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _problem(self._folder, error) from None
        _write(self._folder / MANIFEST, manifest)


def is_study_folder(folder: Path) -> bool:
    """Whether a folder is that of a study."""
    return (folder / MANIFEST).is_file()


def events_file(folder: Path, task: Task) -> Path:
    """The Parquet file of the events of a task, where they were kept."""
    return folder / _EVENTS / f"{_name(task)}.parquet"


def load_plan(folder: Path) -> tuple[Family, Plan]:
    """The plan of a study's folder, and its family.

    Raises:
        InputError: it is not there, or cannot be read by this version.
    """
    manifest = _read(folder / MANIFEST)
    try:
        if manifest["schema"] != MANIFEST_SCHEMA:
            raise InputError(f"{folder / MANIFEST}: {manifest['schema']}, expected {MANIFEST_SCHEMA}")
        family = family_named(manifest["plan"]["scenario"])
        return family, plan_from(manifest["plan"], family)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder / MANIFEST}: {error!r}, expected the manifest of a study") from None


def load_study(folder: Path) -> StudyResult:
    """The study of a folder, as far as it got.

    Raises:
        InputError: it is not there, or cannot be read by this version.
    """
    family, plan = load_plan(folder)
    outcomes = {task: _outcome(path, plan, task) for task, path in _task_files(folder)}
    rule = StopRule(plan, family)
    rule.look(outcomes)
    written_by = str(_read(folder / MANIFEST).get("dccbench", ""))
    return StudyResult(written_by, plan, in_task_order(outcomes, rule.replications), rule.is_reached)


def _name(task: Task) -> str:
    return f"v{task.variant:03}-r{task.replication:05}"


def _task_files(folder: Path) -> Iterator[tuple[Task, Path]]:
    for path in sorted((folder / _TASKS).glob("*.json")):
        if named := _TASK_NAME.fullmatch(path.name):
            yield Task(int(named[1]), int(named[2])), path


def _outcome(path: Path, plan: Plan, task: Task) -> Outcome:
    values = _read(path, "; remove it, and go on with the study to run it again")
    try:
        whose = values["schema"], values["variant"], values["replication"], values["seed"]
        if whose == (TASK_SCHEMA, *task, seed_of(plan, task.replication)):
            return outcome_from(values)
    except (KeyError, TypeError, ValueError):
        pass
    raise InputError(
        f"{path}: not what it is named, expected a task of this study; remove it, and go on with the study "
        "to run it again"
    )


def _refuse_other(folder: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """A folder has one plan: what differs is said."""
    # As it will be read again: tuples are lists, and so on.
    differences = list(_differences(there, json.loads(json.dumps(here))))
    if differences:
        told = "; ".join(differences[:_MOST_DIFFERENCES])
        more = len(differences) - _MOST_DIFFERENCES
        rest = f"; {more} more" if more > 0 else ""
        raise InputError(f"{str(folder)!r} has another study, expected the same plan: {told}{rest}")


def _differences(there: Any, here: Any, path: str = "") -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in dict.fromkeys((*there, *here)):
            inner = f"{path}.{key}" if path else key
            yield from _differences(there.get(key), here.get(key), inner)
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for number, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    elif there != here or type(there) is not type(here):
        yield f"{path} there {_short(there)}, here {_short(here)}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} entries"
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _read(path: Path, hint: str = "") -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _problem(path, error, "the folder of a study") from None
    except ValueError as error:
        raise InputError(f"{path}: damaged, {error}, expected JSON{hint}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: damaged, expected a JSON object{hint}")
    return content


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    _write_octets(path, text.encode())


def _write_octets(path: Path, octets: bytes) -> None:
    unfinished = path.with_suffix(".part")
    try:
        path.parent.mkdir(exist_ok=True)
        unfinished.write_bytes(octets)
        os.replace(unfinished, path)
    except OSError as error:
        raise _problem(path, error) from None


def _problem(path: Path, error: OSError, expected: str = "a folder that can be written") -> InputError:
    return InputError(f"{str(path)!r}: {error.strerror or error}, expected {expected}")
