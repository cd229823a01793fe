"""The install wave out of files of registration data: whose homes they are, what is told, what is refused."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from registration_folders import ELECTRICITY, GAS, HOMES, PARTIES, mpan, write

from dcc.identifiers import Mpan
from dcc.modifications import Modification
from dcc.parties import UserRole
from devices.gbcs.identifiers import Eui64
from scenarios.cli import main
from scenarios.engine.family import RunSettings
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.errors import InputError
from scenarios.population import Fuel, Home, MpanKnowledge, Population, PopulationSize
from scenarios.registered_population import registered_population
from scenarios.study.input_files import files_of
from scenarios.study.planning import StudySpec, plan_of
from scenarios.study.pools import InProcess
from scenarios.study.registration_input import load_registration
from scenarios.study.runner import run_study
from scenarios.wave_family import FAMILY

STUDY = """\
scenario = "install-wave"

[population]
registration = "data"
homes = 6
gas_share = 0.5

[errors]
wrong_certificate_rate = 0.3

[time]
weeks = 1

[study]
replications = 2
"""
BAD_ROW = "209999999999X,SOUT,SUP1,,,,I,"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("registration")
    return write(folder)


def population(folder: Path, homes: int = 10, seed: int = 1, **of_size: Any) -> Population:
    size = PopulationSize(homes, 1, 0.0, date(2026, 1, 5), 1)._replace(**of_size)
    return registered_population(size, RandomStreams(seed), load_registration(folder))


def of_fuel(drawn: Population, fuel: Fuel) -> list[Home]:
    return sorted(home for home in drawn.homes if home.fuel is fuel)


def play(folder: Path, journal: Journal | None = None, after: bool = False, **values: Any) -> Outcome:
    given = {"registration": str(folder), "homes": 10, "weeks": 1, **values}
    switches = frozenset({Modification.SECMP0063}) if after else frozenset()
    return FAMILY.run(FAMILY.inputs(given), switches, RunSettings(3, journal=journal))


def table(outcome: Outcome, name: str) -> list[tuple[Any, ...]]:
    return next(list(item.rows) for item in outcome.tables if item.name == name)


# Whose homes they are


def test_all_points_are_homes_with_the_parties_of_the_files(folder: Path) -> None:
    drawn = population(folder)
    homes = of_fuel(drawn, Fuel.ELECTRICITY)
    expected = {mpan(name, number): name for number, name in enumerate(HOMES, start=1)}
    assert {home.mpan: home.operator.party.mpid for home in homes} == expected
    assert {home.mpan: home.licence.mpid for home in homes} == expected
    for number, name in enumerate(HOMES, start=1):
        (home,) = (home for home in homes if home.mpan == mpan(name, number))
        assert home.supplier.party.name == ("Supplier Two" if number % 2 else "Supplier One")
    assert {home.operator.user_id for home in homes if home.area == 20} >= {
        Eui64.parse("90-B3-D5-1F-40-00-00-01")
    }
    sizes = {actor.party.name: actor.weight for actor in drawn.network_operators}
    assert sizes == {"SSEN": 4, "National Grid": 4, "Independent Power Networks": 2}


def test_files_through_gzip_are_the_same_homes(folder: Path, tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("parties.csv", "electricity.csv"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    assert population(tmp_path, gas_share=0.5).homes == population(folder, gas_share=0.5).homes


def test_no_point_is_two_homes_and_one_home_more_changes_no_other(folder: Path) -> None:
    few, more = (population(folder, homes, gas_share=0.6) for homes in (4, 9))
    numbers = [home.mpan for home in of_fuel(more, Fuel.ELECTRICITY)]
    assert len(set(numbers)) == 9
    assert [home for home in more.homes if home.number in {item.number for item in few.homes}] == list(
        few.homes
    )
    assert of_fuel(population(folder, 4, seed=2), Fuel.ELECTRICITY) != of_fuel(few, Fuel.ELECTRICITY)


def test_each_point_is_drawn_as_often(folder: Path) -> None:
    seen = Counter(home.mpan for seed in range(600) for home in population(folder, homes=2, seed=seed).homes)
    # Binomial: 600 times 1 in 5, whose standard deviation is below 10.
    assert all(abs(times - 120) < 35 for times in seen.values())
    assert len(seen) == 10


def test_gas_is_of_the_same_supplier_as_long_as_that_has_any_left(folder: Path) -> None:
    drawn = population(folder, homes=5, gas_share=1.0)
    gas, electricity = of_fuel(drawn, Fuel.GAS), of_fuel(drawn, Fuel.ELECTRICITY)
    assert len({home.gas for home in gas}) == 5
    for one, other in zip(electricity, gas, strict=True):
        if one.supplier.party.name == "Supplier One":
            assert other.supplier.party == one.supplier.party
        assert other.operator.role is UserRole.GT
        assert one.mpan == other.mpan
    assert {home.operator.party.name for home in gas} == {"Cadent", "SGN"}


def test_who_is_registered_is_as_on_the_first_day(tmp_path: Path) -> None:
    changes = tuple(
        line
        for number in (1, 2)
        for line in (
            f"{mpan('SOUT', number)},SOUT,SUP1,2020-01-01,2026-01-31,,I,2020-01-01",
            f"{mpan('SOUT', number)},SOUT,SUP2,2026-02-01,,,I,2026-02-01",
        )
    )
    folder = write(tmp_path, electricity=changes)
    for first_day, name in ((date(2026, 1, 31), "Supplier One"), (date(2026, 2, 1), "Supplier Two")):
        drawn = population(folder, homes=2, first_day=first_day)
        assert {home.supplier.party.name for home in drawn.homes} == {name}


@pytest.mark.parametrize(
    ("line", "lack"),
    [
        (f"{mpan('SOUT', 20)},SOUT,SUP1,,,,E,", "of export"),
        (f"{mpan('SOUT', 20)},LOND,SUP1,,,,I,", "no network operator"),
        (f"{mpan('SOUT', 20)},SOUT,,,,,I,", "no supplier"),
        (f"{mpan('SOUT', 20)},SOUT,SUP4,,,,I,", "no DCC User in role IS"),
        (f"{mpan('SOUT', 20)},SOUT,SUP3,,,,I,", "no DCC User in role IS"),
        (f"{mpan('SOUT', 20)},CADN,SUP1,,,,I,", "without EUI-64 in role ED"),
    ],
)
def test_points_that_no_home_can_have_are_passed_over_and_counted(
    tmp_path: Path, line: str, lack: str
) -> None:
    folder = write(tmp_path, electricity=(line, *ELECTRICITY))
    assert Mpan(line[:13]) not in {home.mpan for home in population(folder).homes}
    with pytest.raises(
        InputError, match=rf"population\.homes: 11 .*at most 10: .*electricity\.csv.*1 .*{lack}"
    ):
        population(folder, homes=11)
    rows = table(play(folder, homes=1), "registered_points")
    assert [row[2] for row in rows if row[0] == "electricity"] == [10, 1]


def test_too_little_gas_and_no_gas_at_all_are_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gas_share: 10 homes with gas, expected at most 6: .*gas\.csv\.gz"):
        population(folder, gas_share=1.0)
    with pytest.raises(InputError, match=r"gas\.csv, which is not there"):
        population(write(tmp_path, gas=()), gas_share=1.0)


def test_a_user_id_of_supplier_and_network_is_refused(tmp_path: Path) -> None:
    both = "SUP9,IS,SSEN,90-B3-D5-1F-40-00-00-01,,,y,,"
    with pytest.raises(
        InputError, match=r"eui64: '90-B3-D5-1F-40-00-00-01' of 'SSEN'.*expected one for each"
    ):
        population(write(tmp_path, parties=(*PARTIES, both)))


def test_one_user_id_of_distributor_and_gas_transporter_is_one_user(tmp_path: Path) -> None:
    both = "SSGT,GT,SSEN,90-B3-D5-1F-40-00-00-01,,,y,,"
    gas = tuple(line.replace("CADN", "SSGT") for line in GAS)
    outcome = play(write(tmp_path, parties=(*PARTIES, both), gas=gas), homes=4, gas_share=1.0)
    assert outcome.breaches == ()
    assert outcome.figures["gas_installed"] == 4


# A run


@pytest.mark.parametrize("depth", ["credentials", "full"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_has_no_breach_and_the_check_knows_the_operators_of_the_files(
    folder: Path, after: bool, depth: str
) -> None:
    values: Mapping[str, Any] = {
        "gas_share": 0.6,
        "unknown_mpan_rate": 0.0,
        "wrong_certificate_rate": 0.6,
        "gas_transporter_share": 0.3,
        "installation": depth,
    }
    outcome = play(folder, after=after, **values)
    assert outcome.breaches == ()
    assert outcome.figures["installed"] == outcome.figures["placed"] == 10
    assert outcome.figures["gas_installed"] > 0
    assert (outcome.figures["wrong"] == 0) is after
    assert (outcome.figures["blocked"] > 0) is after


def test_the_same_files_give_the_same_outcome_and_journal(folder: Path, tmp_path: Path) -> None:
    one: Journal = []
    other: Journal = []
    assert play(folder, one, homes=5) == play(write(tmp_path), other, homes=5)
    assert one == other


def test_a_record_that_is_withheld_is_not_lodged(folder: Path) -> None:
    drawn = population(folder, unknown_mpan_rate=1.0)
    assert {home.knowledge for home in drawn.homes} == {MpanKnowledge.WITHHELD, MpanKnowledge.NOT_LINKED}
    linked = population(folder, unknown_mpan_rate=1.0, always_linked=True)
    assert {home.knowledge for home in linked.homes} == {MpanKnowledge.WITHHELD}
    # The distributor id tells the operator of a linked MPAN: the check works without a record.
    wrong: Mapping[str, Any] = {
        "wrong_certificate_rate": 0.6,
        "gas_transporter_share": 0.0,
        "unknown_mpan_rate": 1.0,
    }
    after = play(folder, after=True, **wrong)
    assert after.figures["blocked"] > 0
    assert 0 < after.figures["wrong"] < play(folder, **wrong).figures["wrong"]


def test_a_network_operator_that_is_no_dcc_user_reads_no_meter(folder: Path) -> None:
    journal: Journal = []
    play(folder, journal, wrong_certificate_rate=0.0)
    readers = {event.actor for event in journal if event.kind is EventKind.ACT and event.code == "read"}
    assert readers == {Eui64.parse(f"90-B3-D5-1F-40-00-00-0{number}") for number in (1, 2)}


def test_who_took_over_whom_files_do_not_tell(folder: Path) -> None:
    with pytest.raises(InputError, match=r"errors\.error_model: 'stale-after-merger', expected another"):
        play(folder, error_model="stale-after-merger")


# Bad rows


def test_bad_rows_are_counted_in_a_table_with_the_digests(tmp_path: Path) -> None:
    folder = write(tmp_path, electricity=(BAD_ROW, *ELECTRICITY))
    rows = table(play(folder, homes=1), "registration_data")
    assert [row[:3] for row in rows] == [
        ("parties.csv", 10, 0),
        ("electricity.csv", 10, 1),
        ("gas.csv.gz", 6, 0),
    ]
    assert rows[1][-1] == hashlib.sha256((folder / "electricity.csv").read_bytes()).hexdigest()


def test_strict_stops_at_the_first_bad_row(tmp_path: Path) -> None:
    folder = write(tmp_path, electricity=(*ELECTRICITY, BAD_ROW))
    with pytest.raises(InputError, match=r"electricity\.csv line 12: mpan: '209999999999X', expected"):
        play(folder, strict=True)


# A study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study file beside its data, seen from another folder."""
    write(tmp_path / "here" / "data", electricity=(BAD_ROW, *ELECTRICITY))
    (tmp_path / "here" / "study.toml").write_text(STUDY)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "here" / "study.toml"


def octets(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def test_two_workers_write_the_same_octets_as_none(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "../here/study.toml", "--out", "one"]) == 0
    said = capsys.readouterr().err
    assert "dccbench: ../here/data/electricity.csv: line 2: mpan: '209999999999X', expected" in said
    assert "electricity.csv: bad rows passed over: 1" in said
    assert main(["run", "../here/study.toml", "--out", "two", "--workers", "2"]) == 0
    one, two = octets(Path("one")), octets(Path("two"))
    assert one == two
    assert len(one) == 3
    manifest = json.loads(one["manifest.json"])
    data = study.parent / "data"
    assert manifest["files"] == {
        f"../here/data/{name}": hashlib.sha256((data / name).read_bytes()).hexdigest()
        for name in ("parties.csv", "electricity.csv", "gas.csv.gz")
    }


def test_a_study_does_not_go_on_with_files_that_have_changed(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "../here/study.toml", "--out", "one", "--replications", "1"]) == 0
    assert main(["run", "one/"]) == 0
    write(study.parent / "data")
    capsys.readouterr()
    assert main(["run", "one/"]) == 2
    assert "files.../here/data/electricity.csv there" in capsys.readouterr().err


def test_a_worker_whose_files_are_others_is_told(folder: Path) -> None:
    spec = StudySpec(FAMILY, values={"registration": str(folder), "homes": 1, "weeks": 1})
    plan = plan_of(spec)
    files = files_of(FAMILY, plan)
    assert len(run_study(FAMILY, plan, InProcess(), files=files).finished) == 1
    others = [file._replace(sha256="0" * 64) if "gas" in file.name else file for file in files]
    with pytest.raises(InputError, match=r"gas\.csv\.gz: SHA-256 .*, expected 0000.*when the study began"):
        run_study(FAMILY, plan, InProcess(), files=others)


def test_what_cannot_be_used_is_told_before_anything_runs(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["run", "../here/study.toml"]
    assert main([*run, "--set", "population.strict=true"]) == 2
    assert (
        "'../here/data': electricity.csv line 2: mpan: '209999999999X', expected" in capsys.readouterr().err
    )
    # On the command line a path is one of the working folder.
    assert main([*run, "--set", "population.registration=data"]) == 2
    assert "registration data: 'data', expected a folder with parties.csv" in capsys.readouterr().err
    (study.parent / "data" / "parties.csv").unlink()
    assert main([*run, "--out", "none"]) == 2
    assert "expected a folder with parties.csv" in capsys.readouterr().err
    assert not Path("none").exists()
