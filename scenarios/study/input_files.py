"""The files that the runs of a study read: which they are, and what is wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scenarios.engine.family import Family, InputFile
from scenarios.errors import InputError
from scenarios.study.results import Plan


def files_of(family: Family, plan: Plan) -> tuple[InputFile, ...]:
    """The files of all variants, each once.

    Raises:
        InputError: one of them is missing, or will not do.
    """
    if family.files is None:
        return ()
    found: dict[str, InputFile] = {}
    for variant in plan.variants:
        for file in family.files(family.inputs(variant.values)):
            found.setdefault(file.name, file)
    return tuple(found.values())


def check_files(family: Family, inputs: Any, files: tuple[InputFile, ...]) -> None:
    """See that a run would read what the study found when it began.

    Raises:
        InputError: a file has changed since, or is another one where this worker is.
    """
    if family.files is None or not files:
        return
    expected = {file.name: file.sha256 for file in files}
    for file in family.files(inputs):
        if (sha256 := expected.get(file.name)) != file.sha256:
            raise InputError(f"{file.name}: SHA-256 {file.sha256}, expected {sha256} as when the study began")


def problems_told(files: tuple[InputFile, ...]) -> Iterator[str]:
    """What was passed over in files, a line for each problem, and how many there are."""
    for file in files:
        yield from (f"{file.name}: {problem}" for problem in file.problems)
        if file.problem_count:
            kept = len(file.problems)
            first = f", of which the first {kept} are told" if kept < file.problem_count else ""
            yield f"{file.name}: bad rows passed over: {file.problem_count}{first}"
