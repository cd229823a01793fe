"""What a report checks of the events that a study kept, apart from the runs that wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq  # type: ignore[import-untyped]

from scenarios.engine.journal import EventKind
from scenarios.errors import InputError
from scenarios.reporting.checks import Check, run_in_words
from scenarios.study.results import StudyResult
from scenarios.study.store import events_file

_COLUMNS: Final = ("kind", "actor", "device", "number")


def event_checks(study: Path, result: StudyResult) -> tuple[Check, ...]:
    """Each request in the kept events has one final state, and none has one that was not made.

    ``study`` is the folder of the study; nothing is checked where no events were kept.

    Raises:
        InputError: a file of events cannot be read.
    """
    made, found = 0, []
    for done in result.finished:
        file = events_file(study, done.task)
        if file.is_file():
            made += 1
            found += [f"{run_in_words(result, done)}: {breach}" for breach in _breaches(file)]
    if not made:
        return ()
    text = "In the events that were kept each request has one final state, and none has one that was not made"
    return (Check(text, made, tuple(found)),)


def _breaches(file: Path) -> Iterator[str]:
    try:
        columns = pq.read_table(file, columns=list(_COLUMNS)).to_pydict()
    except (OSError, ValueError) as error:
        raise InputError(f"{str(file)!r}: {error}, expected the events of a run") from None
    requests: set[tuple[object, ...]] = set()
    finals: Counter[tuple[object, ...]] = Counter()
    for kind, *request in zip(*(columns[name] for name in _COLUMNS), strict=True):
        if kind == EventKind.REQUEST.value:
            requests.add(tuple(request))
        elif kind == EventKind.FINAL.value:
            finals[tuple(request)] += 1
    unsettled = sum(finals[request] != 1 for request in requests)
    if unsettled:
        yield f"{unsettled} requests have not one final state in the events"
    if unasked := len(finals.keys() - requests):
        yield f"{unasked} final states are of no request in the events"
