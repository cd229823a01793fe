"""What README prints is what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scenarios.cli import main

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_examples_run_one_after_the_other_and_print_what_they_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("python"), 1):
        exec(compile(block, f"README.md, example {number}", "exec"), names)
    promised = re.findall(r"^print\(.*\)  # (.*)$", "\n".join(blocks("python")), re.MULTILINE)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(promised)
    for line, promise in zip(printed, promised, strict=True):
        beginning = promise.removesuffix("...")
        assert line.startswith(beginning)
        assert line == promise or promise.endswith("...")


def test_the_table_is_that_of_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    (table,) = (block for block in blocks("") if block.startswith("+---"))
    (command,) = re.findall(r"^\$ dccbench (run install-wave .*--compare.*)$", README, re.MULTILINE)
    assert main(command.split()) == 0
    assert table in capsys.readouterr().out
