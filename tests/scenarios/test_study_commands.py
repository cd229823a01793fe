"""``dccbench scenarios``, ``run`` and ``compare`` with the options that all families share."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from study_worlds import OTHER, TOY

from scenarios import families
from scenarios.cli import main
from scenarios.commands import study_running
from scenarios.study.store import load_study
from scenarios.wave_family import FAMILY as INSTALL_WAVE


def words(text: str) -> list[str]:
    return text.split()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def only_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {family.name: family for family in (INSTALL_WAVE, TOY, OTHER)}
    monkeypatch.setattr(families, "FAMILIES", known)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_the_families_are_listed(run: Run) -> None:
    status, out, _ = run("scenarios")
    assert status == 0
    assert "toy" in out
    assert "How many homes go wrong?" in out
    listed = json.loads(run("scenarios", "--json")[1])
    assert [item["name"] for item in listed["scenarios"]] == ["install-wave", "toy", "other-toy"]


def test_a_family_is_explained_with_its_sources(run: Run) -> None:
    status, out, _ = run("scenarios", "show", "toy")
    assert status == 0
    for told in ("wrong_rate", "0.25", "careless", "assumed", "sources confirm 1", "2026-01-05", "secmp0063"):
        assert told in out
    shown = json.loads(run("scenarios", "show", "toy", "--json")[1])
    homes = shown["parameters"][0]
    assert homes["path"] == "population.homes"
    assert (homes["default"], homes["unit"], homes["least"], homes["confirmed"]) == (40, "homes", 1, True)
    assert [figure["name"] for figure in shown["figures"]] == ["homes", "wrong", "cost"]


def test_each_section_of_a_family_stands_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = TOY._replace(parameters=(*TOY.parameters[1:], TOY.parameters[0]))
    monkeypatch.setattr(families, "FAMILIES", {"toy": apart})
    out = run("scenarios", "show", "toy")[1]
    told = [line.split("|")[1].strip() for line in out.splitlines() if line.startswith("| ")]
    for section in {parameter.section for parameter in apart.parameters}:
        assert told.count(section) == 1


def test_a_study_file_of_all_defaults_is_run_as_the_scenario_by_its_name(run: Run, tmp_path: Path) -> None:
    status, toml, _ = run("scenarios", "show", "toy", "--toml")
    assert status == 0
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    by_file = run("run", str(tmp_path / "study.toml"), "--json")
    by_name = run("run", "toy", "--json")
    assert by_file[:2] == by_name[:2]
    assert by_file[0] == 0


def test_the_schema_is_published(run: Run) -> None:
    for name in ((), ("toy",)):
        status, out, _ = run("scenarios", "schema", *name)
        assert status == 0
        jsonschema.Draft202012Validator.check_schema(json.loads(out))
        jsonschema.validate({"scenario": "toy", "population": {"homes": 3}}, json.loads(out))


def test_a_run_takes_values_switches_and_a_seed(run: Run) -> None:
    status, out, err = run(
        *words("run toy --set population.homes=12 --set errors.wrong_rate=1 --with mp107"),
        *words("--seed 3 --byte-share 0.5 --json"),
    )
    assert status == 0
    assert err.startswith("dccbench: mp107: nothing in toy depends on that, expect no difference by it; ")
    assert "24 GBCS messages in " in err
    said = json.loads(out)
    assert said["plan"]["seed"] == 3
    assert said["plan"]["byte_share"] == 0.5
    (variant,) = said["plan"]["variants"]
    assert variant["modifications"] == ["mp107.dsp", "mp107.s1sp"]
    assert variant["values"]["homes"] == 12
    assert said["estimates"][1] == {
        "variant": 0,
        "figure": "wrong",
        "replications": 1,
        "mean": 12.0,
        "sd": None,
        "low": None,
        "high": None,
        "interval": None,
        "share": {"replications": 1, "mean": 1.0, "sd": None, "low": None, "high": None, "interval": None},
    }
    assert said["differences"] == []


def test_a_run_can_compare_as_the_install_wave_does(run: Run) -> None:
    said = json.loads(run(*words("run toy --compare secmp0063 --replications 3 --json"))[1])
    assert [item["label"] for item in said["plan"]["variants"]] == ["without secmp0063", "with secmp0063"]
    (wrong,) = [item for item in said["differences"] if item["figure"] == "wrong"]
    tasks = {(item["variant"], item["replication"]): item["figures"]["wrong"] for item in said["tasks"]}
    assert wrong["mean"] == pytest.approx(sum(tasks[1, r] - tasks[0, r] for r in range(3)) / 3)
    assert wrong["low"] < wrong["mean"] < wrong["high"]


def test_compare_compares_what_the_scenario_is_about(run: Run) -> None:
    status, out, _ = run("compare", "toy")
    assert status == 0
    assert "without secmp0063" in out
    assert "with secmp0063 less" in " ".join(out.split())
    assert "replications: 5" in out
    assert "SECMP0063: Ensuring" in out


def test_compare_with_one_and_without_another_swaps_them(run: Run) -> None:
    said = json.loads(run(*words("compare toy --with mp128a --without mp128b --release june-2023 --json"))[1])
    before, after = said["plan"]["variants"]
    assert before["label"] == "with mp128b without mp128a"
    assert after["label"] == "with mp128a without mp128b"
    assert set(before["modifications"]) ^ set(after["modifications"]) == {"mp128a", "mp128b"}


def test_a_sweep_runs_each_value_with_each(run: Run) -> None:
    arguments = "compare toy --sweep errors.wrong_rate=0.1,0.2 --sweep time.weekends=true,false --json"
    said = json.loads(run(*arguments.split())[1])
    variants = said["plan"]["variants"]
    assert [(item["values"]["wrong_rate"], item["values"]["weekends"]) for item in variants] == [
        (0.1, True),
        (0.1, False),
        (0.2, True),
        (0.2, False),
    ]
    assert variants[0]["label"] == "errors.wrong_rate = 0.1, time.weekends = true"


def test_a_sweep_over_texts_with_commas_is_parted_by_semicolons(run: Run) -> None:
    said = json.loads(run("compare", "toy", "--sweep", "population.name=one, two;three", "--json")[1])
    assert [item["values"]["name"] for item in said["plan"]["variants"]] == ["one, two", "three"]


def test_one_replication_is_said_to_have_no_intervals(run: Run) -> None:
    one = run("compare", "toy", "--set", "population.homes=5", "--replications", "1")[1]
    two = run("compare", "toy", "--set", "population.homes=5", "--replications", "2")[1]
    assert "replications: 1; no intervals;" in one
    assert "±" not in one
    assert "replications: 2; intervals: 95 %;" in two


def test_a_sweep_with_a_modification_is_told_line_by_line(run: Run) -> None:
    status, out, _ = run(*words("compare toy --with secmp0063 --sweep errors.wrong_rate=0.1,0.2"))
    assert status == 0
    assert "Variant 4, with secmp0063, errors.wrong_rate = 0.2: secmp0063; errors.wrong_rate = 0.2" in out
    assert {len(line) for line in out.splitlines() if line.startswith(("|", "+"))} == {110}


def test_options_go_before_what_the_file_says(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        'scenario = "toy"\nseed = 4\n[modifications]\nwith = ["mp107"]\n[population]\nhomes = 9\n'
        "[errors]\nwrong_rate = 0.5\n[study]\nreplications = 2\n"
    )
    options = "--seed 5 --set population.homes=8 --without mp107.dsp --with mp074 --json"
    plan = json.loads(run("run", str(file), *options.split())[1])["plan"]
    (variant,) = plan["variants"]
    assert (plan["seed"], plan["replications"]) == (5, 2)
    assert (variant["values"]["homes"], variant["values"]["wrong_rate"]) == (8, 0.5)
    assert variant["modifications"] == ["mp107.s1sp", "mp074"]


def test_workers_change_no_byte(run: Run) -> None:
    arguments = words("compare toy --replications 3 --precision wrong=1 --json")
    assert run(*arguments)[1] == run(*arguments, "--workers", "2")[1]


def test_a_cluster_changes_no_byte(run: Run) -> None:
    distributed = pytest.importorskip("distributed")
    arguments = words("compare toy --replications 3 --json")
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        assert run(*arguments, "--cluster", cluster.scheduler_address)[1] == run(*arguments)[1]


def test_a_precision_that_is_missed_is_told(run: Run) -> None:
    arguments = words("compare toy --replications 3 --precision wrong=0.001 --precision difference.homes=1")
    assert "wider than asked for: wrong\n" in run(*arguments)[1]
    assert json.loads(run(*arguments, "--json")[1])["precision_missed"] == ["wrong"]


def test_a_folder_keeps_the_study_and_goes_on(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "study")
    compare = words("compare toy --replications 3")
    _, first, err = run(*compare, "--out", folder)
    assert err.startswith("480 GBCS messages")
    (tmp_path / "study" / "tasks" / "v001-r00002.json").unlink()
    assert not load_study(Path(folder)).complete
    _, again, err = run(*compare, "--resume", folder)
    assert (again, err[:16]) == (first, "80 GBCS messages")
    _, by_folder, err = run("run", f"{folder}/")
    assert (by_folder, err[:15]) == (first, "0 GBCS messages")
    status, _, err = run("compare", "toy", "--out", folder)
    assert status == 2
    assert "plan.replications there 3, here 5" in err
    assert run("run", folder, "--seed", "3", "--with", "mp107")[2].startswith("dccbench: --with, --seed: ")


def test_a_long_study_says_now_and_then_how_far_it_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=25.0)
    monkeypatch.setattr(study_running, "perf_counter", lambda: next(clock))
    _, _, err = run(*words("compare toy --replications 4"))
    assert [line for line in err.splitlines() if line.endswith("runs are finished")] == [
        "3 of 8 runs are finished",
        "6 of 8 runs are finished",
    ]


def test_json_can_go_to_a_file_beside_the_table(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "study.json"
    status, out, _ = run("run", "toy", "--json", str(file))
    assert status == 0
    assert "homes that went wrong" in out
    assert file.read_text() == run("run", "toy", "--json")[1]


def test_breaches_are_a_check_that_failed(run: Run) -> None:
    status, out, _ = run(*words("run toy --set population.homes=7"))
    assert status == 1
    assert "not to be believed" in out
    assert "replication 0: a home got lost" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("run fly", "'fly': no such scenario, expected one of: install-wave, toy, other-toy"),
        ("run toi", "'toi': no such scenario, did you mean toy?"),
        ("run .", "'.': Is a directory, expected a study file in TOML"),
        ("run fly.toml", "'fly.toml': No such file or directory, expected a study file in TOML"),
        ("run toy --set homes=3", "--set: homes: no such parameter, did you mean population.homes?"),
        ("run toy --set population.homes=0", "--set: population.homes: 0, expected 1 to 100000 homes"),
        ("run toy --set population.homes", "'population.homes', expected NAME=VALUE"),
        ("run toy --set population.homes=13", "population.homes: 13, expected a luckier number"),
        ("run toy --with mp1", "expected one of: secmp0063"),
        ("run toy --with mp074 --without mp074", "nothing is left of mp074"),
        ("run toy --replications 0", "expected a whole number from 1 to 10000"),
        ("run toy --precision wrong", "expected NAME=VALUE"),
        ("run toy --precision wrong=nan", "--precision: wrong: 'nan', expected a number above 0"),
        ("run toy --precision wrogn=1", "no such figure, did you mean wrong?"),
        ("run toy --confidence 1", "expected a number above 0 and below 1"),
        ("run toy --byte-share 2", "expected a number from 0 to 1"),
        ("run toy --workers 0", "expected a whole number from 1"),
        ("run toy --workers 2 --cluster tcp://x:1", "--workers and --cluster: both given"),
        ("run toy --out a --resume b", "--out and --resume: both given"),
        ("run toy --resume nowhere", "--resume: 'nowhere' has no study"),
        ("run toy --events", "--events: there is no folder to keep them in, expected --out too"),
        ("compare fly", "'fly': no such scenario, expected one of: install-wave, toy, other-toy"),
        ("compare toi", "'toi': no such scenario, did you mean toy?"),
        ("compare other-toy", "nothing is compared, expected --with, --without or --sweep"),
        ("compare toy --with mp107 --without mp107.dsp", "both name mp107.dsp"),
        (
            "compare toy --sweep population.homes=1,x",
            "--sweep: population.homes: 'x', expected a whole number",
        ),
        ("compare toy --sweep population.homes=1,1", "1 twice, expected each value once"),
        (
            "compare toy --sweep population.homes=1,2 --sweep population.homes=3",
            "--sweep: population.homes is given twice",
        ),
        (
            "compare toy --sweep population.homes=1,2 --set population.homes=3",
            "--set: population.homes is swept over, expected a value or a sweep",
        ),
        (
            "run toy --set population.homes=3 --set population.homes=4",
            "--set: population.homes is given twice",
        ),
        ("scenarios show fly", "expected one of: install-wave, toy, other-toy"),
        ("scenarios schema fly", "expected one of: install-wave, toy, other-toy"),
        ("run install-wave --replications 2 --wire duis", "--wire: not with --replications"),
        ("run install-wave --workers 2 --trace x", "--trace: not with --workers"),
    ],
)
def test_what_cannot_be_is_one_line(
    run: Run, arguments: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*arguments.split())
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert told in line


def test_the_install_wave_is_a_study_too(run: Run) -> None:
    arguments = (
        "run install-wave --homes 6 --weeks 1 --seed 3 --set population.suppliers=2 --byte-share 1 --json"
    )
    status, out, _ = run(*arguments.split())
    assert status == 0
    said = json.loads(out)
    values = said["plan"]["variants"][0]["values"]
    assert (values["homes"], values["weeks"], values["suppliers"], said["plan"]["seed"]) == (6, 1, 2, 3)
    assert said["schema"] == "dccbench/study/1"


# What runs in the background may have been begun with interrupts ignored, and its children with it.
SLOW = """
import signal, sys
sys.path.insert(0, {tests!r})
import study_worlds
from scenarios import families
from scenarios.cli import main
from scenarios.commands import study_running

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    families.FAMILIES = {{"toy": study_worlds.TOY._replace(run=study_worlds.run_slowly)}}
    sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a group")
def test_an_interrupt_while_workers_begin_is_no_traceback(tmp_path: Path) -> None:
    process, folder = begin_slowly(tmp_path, workers=2)
    wait_for(folder.exists)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


def begin_slowly(tmp_path: Path, workers: int) -> tuple[subprocess.Popen[str], Path]:
    script, folder = tmp_path / "slow.py", tmp_path / "study"
    script.write_text(SLOW.format(tests=str(Path(__file__).parent)))
    command = [sys.executable, str(script), *words("run toy --replications 10000 --workers"), str(workers)]
    process = subprocess.Popen(
        [*command, "--out", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, folder


def wait_for(has_come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not has_come() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a group")
def test_an_interrupt_prints_what_there_is_and_says_how_to_go_on(tmp_path: Path) -> None:
    process, folder = begin_slowly(tmp_path, workers=2)
    wait_for(lambda: len(list(folder.glob("tasks/*.json"))) >= 2)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Not complete" in out
    assert "by variant); the figures are of those" in out
    assert f"to go on: dccbench run {folder}/" in err
    assert "Traceback" not in err
    assert not list(folder.rglob("*.part"))
