"""``dccbench run install-wave`` from the command line: what is accepted in the issue, and usage."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from scenarios.cli import main
from scenarios.report import SECTIONS


def words(text: str) -> list[str]:
    return text.split()


ACCEPTED = words(
    "run install-wave --homes 500 --wrong-certificate-rate 0.1 --unknown-mpan-rate 0.05 --seed 7 "
    "--compare secmp0063 --json"
)
SMALL = words("run install-wave --homes 25 --suppliers 2 --wrong-certificate-rate 0.4 --weeks 1 --seed 3")
PANEL_COLUMNS = words("period supplier_party user_id srv code device_type count first_seen last_seen")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def in_a_process(arguments: list[str], **environment: str) -> bytes:
    code = "import sys; from scenarios.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def accepted() -> bytes:
    return in_a_process(ACCEPTED, PYTHONHASHSEED="1")


def test_the_same_seed_gives_the_same_json_to_the_byte(accepted: bytes) -> None:
    assert in_a_process(ACCEPTED, PYTHONHASHSEED="2", COLUMNS="40", TZ="Asia/Tokyo") == accepted


def within_three_standard_errors(wrong: int, placed: int, rate: float) -> bool:
    return abs(wrong / placed - rate) <= 3 * sqrt(rate * (1 - rate) / placed)


def test_wrong_certificates_are_placed_at_the_rate_and_secmp0063_stops_those_it_can_see(
    accepted: bytes,
) -> None:
    without, with_it = (run["figures"] for run in json.loads(accepted)["runs"])
    assert within_three_standard_errors(without["wrong"], without["placed"], 0.1)
    assert within_three_standard_errors(without["mpan_unknown"], 500, 0.05)
    assert with_it["placed_mpan_known"] == without["placed_mpan_known"] > 400
    assert with_it["wrong_mpan_known"] == 0
    assert with_it["placed_mpan_unknown"] > 0
    assert within_three_standard_errors(with_it["wrong_mpan_unknown"], with_it["placed_mpan_unknown"], 0.1)
    assert with_it["wrong"] == with_it["wrong_mpan_unknown"]


def test_refusals_come_under_the_placeholder_code_and_go_to_the_panel(accepted: bytes) -> None:
    report = json.loads(accepted)
    without, with_it = report["runs"]
    refused = [row for row in with_it["refusals"] if row["role"] == "IS"]
    assert {(row["srv"], row["code"], row["code_confirmed"]) for row in refused} == {
        ("6.21", "SIM-E062190", False)
    }
    total = sum(row["times"] for row in refused)
    assert total == with_it["figures"]["supplier_requests_refused"] > 0
    assert with_it["panel_report"]["totals"] == {"SIM-E061590": 0, "SIM-E062190": total}
    assert sum(row["count"] for row in with_it["panel_report"]["rows"]) == total
    assert list(with_it["panel_report"]["rows"][0]) == PANEL_COLUMNS
    assert without["panel_report"] == {"rows": [], "totals": {"SIM-E061590": 0, "SIM-E062190": 0}}


def test_the_json_says_what_it_is_of(accepted: bytes) -> None:
    report = json.loads(accepted)
    assert report["schema"] == "dccbench/install-wave/2"
    assert (report["seed"], report["inputs"]["homes"], report["inputs"]["start"]) == (7, 500, "2026-01-05")
    assert "withdrawn" in report["modification"]["outcome"]
    assert report["faults"] == []
    assert {"link.response_timeout_seconds", "secmp0063.code_at_6.21"} <= {
        item["name"] for item in report["assumptions"]
    }
    assert [run["label"] for run in report["runs"]] == ["without secmp0063", "with secmp0063"]
    assert [run["modifications"] for run in report["runs"]] == [[], ["secmp0063"]]


def test_the_table_says_it_in_words_and_every_figure_of_it(run: Run) -> None:
    status, out, err = run(*SMALL, "--compare", "secmp0063")
    assert status == 0
    assert "seed 3" in out
    assert "withdrawn by its proposer in November 2019, never implemented" in out
    assert "Faults in force: none\n" in out
    assert "without secmp0063 | with secmp0063" in out
    for _, rows in SECTIONS:
        for row in rows:
            assert row.label in out, row.label
    assert "SIM-E062190" in out
    assert "\x1b" not in out
    assert "a second" not in out
    assert err.endswith("a second\n")


def test_every_choice_that_decides_the_outcome_is_among_the_assumptions(accepted: bytes) -> None:
    found = {item["name"]: item for item in json.loads(accepted)["assumptions"]}
    assert {
        "parties.wrong_party_drawn_by_size",
        "parties.retry_errs_at_same_rate",
        "parties.suppliers_ignore_alerts",
        "population.installing_days",
        "population.installing_hours",
        "population.suppliers_equal",
        "population.independent_networks_share_equally",
        "devices.refusal_shows_as",
    } <= found.keys()
    assert found["population.installing_hours"]["value"] == "08:00-18:00"
    assert "39" in found["population.unlisted_prefix_share"]["note"]
    assert f"holidays {version('holidays')}" in found["deadline.calendar"]["note"]
    assert "8F30" in found["parties.suppliers_ignore_alerts"]["note"]


def test_the_table_is_the_same_whatever_the_terminal_is_said_to_be(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*SMALL, "--homes", "3")
    plain = run(*arguments)[1]
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(*arguments)[1] == plain
    assert max(map(len, plain.splitlines())) > 60


def test_on_a_terminal_there_is_a_bar_and_the_same_figures(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (*SMALL, "--homes", "5")
    plain = run(*arguments)[1]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "simulating" in said.err
    shown, expected = (
        [re.findall(r"MACs computed\D+(\d+)", out), re.findall(r"meter-days.*?([\d.]+)", out)]
        for out in (said.out, plain)
    )
    assert shown == expected


def test_one_run_without_or_with_the_modification(run: Run) -> None:
    compared = json.loads(run(*SMALL, "--compare", "secmp0063", "--json")[1])["runs"]
    without = json.loads(run(*SMALL, "--json")[1])
    assert without["modification"] is None
    (alone,) = without["runs"]
    assert alone["figures"] == compared[0]["figures"]
    (alone,) = json.loads(run(*SMALL, "--with", "secmp0063", "--json", "-")[1])["runs"]
    assert alone == compared[1]


def test_json_to_a_file_leaves_the_table_on_standard_output(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wave.json"
    file.write_text("what was there before" * 10_000)
    status, out, _ = run(*SMALL, "--json", str(file))
    assert status == 0
    assert "Outcome" in out
    assert file.read_text() == run(*SMALL, "--json")[1]


def test_the_trace_repeats_itself_holds_both_runs_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    outputs, traces = [run(*SMALL, "--compare", "secmp0063", "--json")[1]], []
    for name in ("one", "two"):
        file = tmp_path / name
        outputs.append(run(*SMALL, "--compare", "secmp0063", "--json", "--trace", str(file))[1])
        traces.append(file.read_bytes())
    assert len(set(outputs)) == len(set(traces)) == 1
    lines = traces[0].decode().splitlines()
    headings = [line for line in lines if line.startswith("#")]
    assert [heading.split(";")[0] for heading in headings] == [
        "# run: without secmp0063",
        "# run: with secmp0063",
    ]
    assert all(line.startswith(("t=", "#")) for line in lines)
    part = lines.index(headings[1])
    assert not any("SIM-E062190" in line for line in lines[:part])
    assert any("SIM-E062190" in line for line in lines[part:])


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--homes", "0", "a whole number from 1"),
        ("--homes", "1.5", "a whole number from 1"),
        ("--homes", "٣", "a whole number from 1"),
        ("--suppliers", "1000", "1 to 999"),
        ("--wrong-certificate-rate", "1.01", "a number from 0 to 1"),
        ("--wrong-certificate-rate", "-0.1", "a number from 0 to 1"),
        ("--unknown-mpan-rate", "nan", "a number from 0 to 1"),
        ("--gas-transporter-share", "few", "a number from 0 to 1"),
        ("--start", "2026-02-30", "YYYY-MM-DD"),
        ("--start", "2015-12-31", "2016-01-01"),
        ("--weeks", "0", "1 to 104"),
        ("--follow-up-days", "", "1 to 1000"),
        ("--seed", "-1", "a whole number from 0"),
        ("--compare", "mp108", "secmp0063"),
        ("--with", "", "secmp0063"),
        ("--start", "20240229", "YYYY-MM-DD"),
        ("--start", "2024-W09-4", "YYYY-MM-DD"),
        ("--trace", "no/such/folder/file", "a file that can be written"),
        ("--trace", "", "is empty"),
        ("--trace", "-", "expected a file"),
        ("--json", "", "is empty"),
        ("--json", "no/such/folder/file", "a file that can be written"),
    ],
)
def test_a_bad_value_is_one_line_with_option_value_and_what_was_expected(
    run: Run, option: str, value: str, expected: str
) -> None:
    status, out, err = run("run", "install-wave", f"{option}={value}")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert option in err
    assert repr(value) in err
    assert expected in err


@pytest.mark.parametrize("seed", ["9" * 5000, "9" * 20, "0" * 5000 + "9" * 20, "x" * 5000])
def test_a_seed_of_any_length_is_a_short_error_with_option_and_range(run: Run, seed: str) -> None:
    status, out, err = run("run", "install-wave", "--seed", seed)
    assert (status, out) == (2, "")
    assert "--seed" in err
    assert f"a whole number from 0 to {2**63 - 1}" in err
    assert len(err) < 250


@pytest.mark.parametrize("seed", ["0", str(2**63 - 1), "0" * 5000 + "1"])
def test_any_seed_in_the_range_will_do(run: Run, seed: str) -> None:
    status, out, _ = run(*SMALL, "--homes", "1", "--seed", seed, "--json")
    assert (status, json.loads(out)["seed"]) == (0, int(seed[-19:]))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("option", ["--json", "--trace"])
@pytest.mark.parametrize("homes", ["1", "25"])
def test_a_full_disk_is_one_line_and_status_2(run: Run, option: str, homes: str) -> None:
    status, _, err = run(*SMALL, "--homes", homes, option, "/dev/full")
    assert status == 2
    expected = (
        f"dccbench: {option}: '/dev/full': No space left on device, expected a file that can be written"
    )
    assert err.splitlines()[-1] == expected
    assert "Traceback" not in err


def test_json_and_trace_are_two_files(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*SMALL, "--json", "wave", "--trace", str(tmp_path / "wave"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "expected two files" in err
    assert list(tmp_path.iterdir()) == []
    assert run(*SMALL, "--homes", "1", "--json", "wave", "--trace", "wave.trace")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("run", "storm"), ("run", "install-wave", "--compare", "secmp0063", "--with", "secmp0063")],
)
def test_bad_usage_is_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("start", ["2016-01-01", "2019-12-20", "2045-12-31"])
def test_any_start_in_the_range_will_do(run: Run, start: str) -> None:
    status, out, _ = run(*SMALL, "--homes", "4", "--start", start, "--json")
    report: dict[str, Any] = json.loads(out)
    assert status == 0
    assert report["runs"][0]["figures"]["installed"] == 4
