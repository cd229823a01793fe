"""A family with a known fault: its runs have breaches, and everybody who sees its figures is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from canary import CANARY, MADE_UP, CanaryInputs, Fault

from scenarios import families
from scenarios.cli import main
from scenarios.engine.family import RunSettings
from scenarios.engine.outcome import Outcome

FOUND: Final = {
    Fault.FORGETFUL_DEVICES: "obeyed twice: ",
    Fault.LOST_REQUEST: "request without one final state: ",
    Fault.MADE_UP_DEVICE: f"device that is not there: {MADE_UP}",
    Fault.FALLEN_COUNTER: "counter that fell without a floor: ",
    Fault.WRONG_FIGURE: "renewed: 4, 3 by the journal",
}
Run = Callable[[str], tuple[int, str, str]]


def outcome(fault: Fault) -> Outcome:
    return CANARY.run(CanaryInputs(fault=fault), frozenset(), RunSettings(1))


def test_every_fault_is_tried() -> None:
    assert {*FOUND, Fault.NONE} == set(Fault)


def test_without_a_fault_there_is_nothing_to_be_found() -> None:
    sound = outcome(Fault.NONE)
    assert sound.breaches == ()
    assert sound.figures == {"renewed": 3}


@pytest.mark.parametrize(("fault", "found"), FOUND.items(), ids=lambda item: getattr(item, "name", ""))
def test_a_fault_is_a_breach_and_of_its_own_kind(fault: Fault, found: str) -> None:
    breaches = outcome(fault).breaches
    assert breaches
    assert any(breach.startswith(found) for breach in breaches)
    others = [prefix for other, prefix in FOUND.items() if other is not fault]
    assert not any(breach.startswith(prefix) for breach in breaches for prefix in others)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(families, "FAMILIES", {CANARY.name: CANARY})

    def call(arguments: str) -> tuple[int, str, str]:
        status = main(arguments.split())
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def study(tmp_path: Path) -> str:
    """A study whose second variant has a fault."""
    file = tmp_path / "study.toml"
    file.write_text(
        'scenario = "canary"\n'
        "[[variant]]\n"
        'label = "sound"\n'
        "[[variant]]\n"
        'label = "faulty"\n'
        f'values = {{ "faults.fault" = "{Fault.LOST_REQUEST.value}" }}\n'
    )
    return str(file)


def test_a_sound_family_leaves_well(run: Run) -> None:
    status, out, err = run("run canary")
    assert status == 0
    assert "believed" not in out + err


def test_of_a_comparison_one_faulty_variant_is_enough(run: Run, study: str) -> None:
    status, out, err = run(f"compare {study} --replications 2")
    assert status == 1
    assert "The history checks found 2 breaches: these figures are not to be believed." in out
    assert "faulty, replication 1: request without one final state: " in out
    assert "2 of 4 runs" in err
    assert "not to be believed" in err


def test_other_processes_report_breaches_too(run: Run, study: str) -> None:
    status, out, err = run(f"run {study} --workers 2")
    assert status == 1
    assert "not to be believed" in out
    assert "1 of 2 runs" in err


def test_who_reads_json_is_told_on_standard_error(run: Run, study: str) -> None:
    status, out, err = run(f"run {study} --json")
    assert status == 1
    assert "request without one final state" in json.dumps(json.loads(out))
    assert "not to be believed" in err


def test_a_study_that_is_kept_keeps_its_breaches(run: Run, study: str, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    assert run(f"run {study} --out {folder}")[0] == 1
    status, out, err = run(f"run {folder}/")
    assert status == 1
    assert "not to be believed" in out
    assert "1 of 2 runs" in err


WAVE: Final = "run install-wave --homes 3 --suppliers 1 --weeks 1 --compare secmp0063"


def test_the_install_wave_with_options_of_its_own_is_checked_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(WAVE.split()) == 0
    assert "believed" not in "".join(capsys.readouterr())
    monkeypatch.setattr("scenarios.engine.link_journal.LinkJournal.final", lambda *_: None)
    assert main(WAVE.split()) == 1
    said = capsys.readouterr()
    assert "without secmp0063: the history checks found breaches: these figures are not to be believed" in (
        said.out
    )
    assert "request without one final state: " in said.out
    assert "2 of 2 runs" in said.err
    assert main([*WAVE.split(), "--json"]) == 1
    said = capsys.readouterr()
    assert all("0 final states" in run["breaches"][0] for run in json.loads(said.out)["runs"])
    assert "not to be believed" in said.err
