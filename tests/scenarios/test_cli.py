"""The command line: exit statuses, one line for what goes wrong, no traceback unless asked for."""

from __future__ import annotations

import io
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
from message_samples import hex_of, update_command

from scenarios import commands
from scenarios.cli import main
from scenarios.commands import decode
from scenarios.errors import InputError
from scenarios.message_input import octets_of_argument

COMMAND = hex_of(update_command())
PROGRAM = [sys.executable, "-c", "import sys; from scenarios.cli import main; sys.exit(main())"]


def test_the_command_is_installed() -> None:
    (found,) = entry_points(group="console_scripts", name="dccbench")
    assert found.load() is main


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dccbench {version('dccbench')}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["decode", "--help"], ["conformance", "rtds", "--help"]])
def test_help_is_fine(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert "--debug" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["decode"],
        ["decode", COMMAND, "--fly"],
        ["decode", COMMAND, "again"],
        ["decode", COMMAND, "--keystore"],
        ["conformance"],
        ["conformance", "rtds"],
        ["conformance", "rtds", "--messages", "."],
    ],
)
def test_usage_errors_are_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("dccbench: ")


@pytest.mark.parametrize("command", ["rules", "modifications show MP107", "run install-wave"])
def test_what_is_unknown_is_told_of_by_the_command_that_met_it(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--fly"]) == 2
    asked = command.removesuffix(" MP107")
    assert (
        capsys.readouterr().err == f"dccbench: unrecognized arguments: --fly (try dccbench {asked} --help)\n"
    )


def broken(*arguments: object) -> object:
    raise RuntimeError("a fault\nof our own")


def test_an_internal_error_is_one_line_and_status_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DCCBENCH_DEBUG", raising=False)
    monkeypatch.setattr(decode, "describe", broken)
    assert main(["decode", COMMAND]) == 4
    assert capsys.readouterr().err == "dccbench: internal error: RuntimeError: a fault of our own\n"


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_debugging_prints_the_traceback_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setenv("DCCBENCH_DEBUG", "1" if place == "environment" else "0")
    monkeypatch.setattr(decode, "describe", broken)
    arguments = {"before": ["--debug", "decode", COMMAND], "after": ["decode", COMMAND, "--debug"]}
    assert main(arguments.get(place, ["decode", COMMAND])) == 4
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("dccbench: internal error: RuntimeError: a fault of our own\n")


def test_an_error_of_the_wire_inside_is_no_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(decode, "describe", lambda _: decode.parse(b""))
    assert main(["decode", COMMAND]) == 4


def test_an_interrupted_run_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(message: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(decode, "describe", interrupted)
    assert main(["decode", COMMAND]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["decode", COMMAND], ["--help"]])
def test_a_reader_who_goes_away_is_no_error(arguments: list[str]) -> None:
    with subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_reader_who_goes_away_changes_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    forgotten: list[bool] = []
    monkeypatch.setattr(commands, "forget", lambda _: forgotten.append(True))
    monkeypatch.setattr(sys, "stdout", Gone())
    commands.emit("anything")
    assert forgotten == [True]


def test_text_that_a_terminal_cannot_show_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    commands.emit("common name: Zoë")
    assert shown.getvalue() == b"common name: Zo\\xeb\n"


def in_a_shell(*arguments: str, redirected: str) -> subprocess.CompletedProcess[bytes]:
    """The program with streams closed or sent elsewhere, as a shell does it."""
    shell = ["sh", "-c", f'exec "$@" {redirected}', "sh", *PROGRAM, *arguments]
    return subprocess.run(shell, capture_output=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize(
    "arguments", [["decode", COMMAND], ["--version"], ["run", "install-wave", "--homes", "1", "--json"]]
)
def test_a_full_disk_under_standard_output_is_one_line_and_status_2(arguments: list[str]) -> None:
    done = in_a_shell(*arguments, redirected=">/dev/full")
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]
    assert line == b"dccbench: standard output: No space left on device"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_under_standard_error_changes_no_status() -> None:
    assert in_a_shell("decode", "zz", redirected="2>/dev/full").returncode == 2


def test_closed_standard_streams_are_empty_and_swallow() -> None:
    done = in_a_shell("decode", COMMAND, redirected=">&-")
    assert (done.returncode, done.stderr) == (0, b"")
    done = in_a_shell("decode", "zz", redirected="2>&-")
    assert (done.returncode, done.stdout) == (2, b"")
    done = in_a_shell("decode", "-", redirected="<&-")
    assert (done.returncode, done.stderr) == (2, b"dccbench: standard input: empty\n")
    assert in_a_shell("decode", COMMAND, redirected="<&- >&- 2>&-").returncode == 0


def test_standard_input_that_cannot_be_read_is_bad_input() -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="standard input: Input/output error"):
        octets_of_argument("-", Broken())
