"""What continuous integration sets: conformance data that is there is not skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / ".ci" / "run"


class Told(NamedTuple):
    """What ``make`` was given, and what was said before."""

    make: str
    said: str


class Runner(NamedTuple):
    """A project of nothing but ``.ci/run``, and a ``make`` that shows what it is given."""

    root: Path

    def __call__(self, **environment: str) -> Told:
        inherited = {"PATH": f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            [self.root / "project" / ".ci" / "run"],
            env=inherited | environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        )
        return Told(done.stdout.strip(), done.stderr)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    (tmp_path / "project" / ".ci").mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / "project" / ".ci" / "run")
    (tmp_path / "bin").mkdir()
    make = tmp_path / "bin" / "make"
    make.write_text('#!/bin/sh\necho "$* CI=$CI DATA=$DCCBENCH_CONFORMANCE"\n')
    make.chmod(0o755)
    return Runner(tmp_path)


def test_data_beside_the_project_is_named_so_that_it_cannot_be_skipped(runner: Runner) -> None:
    folder = runner.root / "shared" / "conformance"
    folder.mkdir(parents=True)
    told = runner()
    assert told.make == f"test CI=true DATA={runner.root}/project/../shared/conformance"
    assert told.said == ""


def test_a_folder_that_was_named_is_handed_on_there_or_not(runner: Runner) -> None:
    told = runner(DCCBENCH_CONFORMANCE="/somewhere/else", CI="false")
    assert told == Told("test CI=true DATA=/somewhere/else", "")


@pytest.mark.parametrize("environment", [{}, {"DCCBENCH_CONFORMANCE": ""}])
def test_where_there_is_none_it_says_that_its_tests_are_skipped(
    runner: Runner, environment: dict[str, str]
) -> None:
    told = runner(**environment)
    assert told.make == "test CI=true DATA="
    assert told.said.count("\n") == 1
    assert "SKIPPED" in told.said
