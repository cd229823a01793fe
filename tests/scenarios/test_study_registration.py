"""Registration data from files: what is loaded, what is wrong by line, and when that stops everything."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from dcc.identifiers import Mpan, Mprn
from scenarios.cli import main
from scenarios.errors import InputError
from scenarios.study.registration_input import (
    electricity_points,
    files_table,
    gas_points,
    load_registration,
    party_counts,
)

PARTIES = """\
mpid,role,party_name,eui64,distributor_ids,gas_networks,dcc_user,dcc_user_from,dcc_user_to
SOUT,ED,SSEN,,20,,n,,
CADN,GT,Cadent,,,North West,n,,
SUP1,IS,Supplier One,,,,n,,
SUP1,GS,Supplier One,,,,n,,
SUP2,IS,Supplier Two,,,,n,,
"""
ELECTRICITY = """\
mpan,distributor_mpid,supplier_mpid,supplier_eff_from,supplier_eff_to,meter_operator_mpid,import_export,record_eff_from
2099999999993,SOUT,SUP1,2020-01-01,2025-12-31,,I,2020-01-01
2099999999993,SOUT,SUP2,2026-01-01,,,I,2026-01-01
209999999999X,SOUT,SUP1,,,,I,
2400000000008,IPNL,SUP1,,,,I,
"""
GAS = """\
mprn,transporter_id,igt_id,supplier_id,supplier_eff_from,supplier_eff_to,record_eff_from
3938424403,CADN,,SUP1,,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parties.csv").write_text(PARTIES)
    (tmp_path / "electricity.csv").write_text(ELECTRICITY)
    (tmp_path / "gas.csv.gz").write_bytes(gzip.compress(GAS.encode()))
    return tmp_path


def names(*parties: object) -> list[str | None]:
    return [getattr(party, "name", None) for party in parties]


def test_bad_rows_are_passed_over_and_told_by_line(folder: Path) -> None:
    loaded = load_registration(folder)
    parties, electricity, gas = (report for report, _ in loaded.files)
    assert (parties.rows_loaded, electricity.rows_loaded, gas.rows_loaded) == (5, 3, 1)
    (bad,) = electricity.bad_rows
    assert (bad.line, bad.field, bad.value) == (4, "mpan", "209999999999X")
    assert [row[1:3] for row in files_table(loaded).rows] == [(5, 0), (3, 1), (1, 0)]
    assert loaded.files[0].sha256 == hashlib.sha256(PARTIES.encode()).hexdigest()


def test_who_is_registered_depends_on_the_day(folder: Path) -> None:
    loaded = load_registration(folder)
    before, after = (next(electricity_points(loaded, day)) for day in (date(2025, 12, 31), date(2026, 1, 1)))
    assert before.number == after.number == Mpan("2099999999993")
    assert names(*before[1:]) == ["SSEN", "Supplier One"]
    assert names(*after[1:]) == ["SSEN", "Supplier Two"]
    (gas,) = gas_points(loaded, date(2026, 1, 1))
    assert gas.number == Mprn("3938424403")
    assert names(*gas[1:]) == ["Cadent", "Supplier One"]


def test_parties_that_are_not_known_are_counted_as_such(folder: Path) -> None:
    points = list(electricity_points(load_registration(folder), date(2026, 1, 1)))
    assert party_counts(point.operator for point in points) == (("-", 1), ("SSEN", 1))


def test_where_it_is_asked_for_the_first_bad_row_stops_the_load(folder: Path) -> None:
    with pytest.raises(InputError, match=r"electricity\.csv line 4: mpan: .*209999999999X"):
        load_registration(folder, strict=True)


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (["parties.csv"], r"expected a folder with parties\.csv"),
        (["electricity.csv", "gas.csv.gz"], r"electricity\.csv or gas\.csv"),
    ],
)
def test_a_file_that_is_missing_is_named(folder: Path, missing: list[str], told: str) -> None:
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(InputError, match=told):
        load_registration(folder)


def test_a_file_plain_and_through_gzip_is_refused(folder: Path) -> None:
    (folder / "gas.csv").write_text(GAS)
    with pytest.raises(InputError, match=r"has gas\.csv and gas\.csv\.gz"):
        load_registration(folder)


def test_a_header_that_is_wrong_and_a_broken_gzip_file_are_told(folder: Path) -> None:
    (folder / "gas.csv.gz").write_bytes(gzip.compress(GAS.encode())[:-9])
    with pytest.raises(InputError, match=r"gas\.csv\.gz.*a whole gzip file"):
        load_registration(folder)
    (folder / "electricity.csv").write_text(ELECTRICITY.replace("mpan,", "mapn,"))
    with pytest.raises(InputError, match=r"electricity\.csv header.*'mapn'.*nearest is 'mpan'"):
        load_registration(folder)


def test_the_command_counts_and_names_bad_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["registration", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "electricity.csv: 3 rows loaded, 1 bad" in out
    assert "  line 4: mpan: '209999999999X', expected" in out
    assert "participant ids that parties.csv does not have: IPNL" in out
    assert "| Supplier Two " in out
    assert main(["registration", str(folder), "--day", "2025-01-01", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["metering_points"]["electricity"]["by_supplier"] == {"Supplier One": 2}
    assert said["files"][1]["bad_rows"][0]["line"] == 4
    assert main(["registration", str(folder), "--strict"]) == 2
    assert "line 4: mpan" in capsys.readouterr().err
    assert main(["registration", str(folder / "none")]) == 2
