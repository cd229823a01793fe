"""Loading registration data files: formats, bad rows by line, bad headers by nearest name, gzip."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc.csv_tables import BAD_ROWS_KEPT
from dcc.dates import DateRange
from dcc.errors import DccValueError
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import Direction, ElectricityRecord, GasRecord, RegistrationData
from dcc.registration_files import load_electricity, load_gas, load_parties
from devices.gbcs.identifiers import Eui64

PARTIES = """\
mpid,role,party_name,eui64,distributor_ids,gas_networks,dcc_user,dcc_user_from,dcc_user_to
EELC,ED,UK Power Networks,90-B3-D5-1F-30-02-00-00,10,,y,2016-11-01,
LOND,ED,UK Power Networks,90-B3-D5-1F-30-02-00-00,12; 19,,y,,
CADN,GT,Cadent,,,North West;West Midlands,n,,
SUP1,IS,"Supplier One, plc",90b3d51f30010000,,,Y,2020-01-01,2024-12-31
"""
ELECTRICITY = """\
mpan,distributor_mpid,supplier_mpid,supplier_eff_from,supplier_eff_to,meter_operator_mpid,gsp_group,\
energisation,profile_class,import_export,uprn,postcode,address_id,record_eff_from
2099999999993,SOUT,SUP1,2020-01-01,,METR,_H,E,1,I,100,AB1 2CD,1,2020-01-01
1312345678111,MANW,,,,,_D,E,8,export,,,,
"""
GAS = """\
mprn,transporter_id,igt_id,supplier_id,supplier_eff_from,supplier_eff_to,ldz,uprn,postcode,address_id,\
record_eff_from
3938424403,CADN,,SUP1,2020-01-01,2025-06-01,NW,,,,2020-01-01
7412345,CADN,IGT,SUP1,,,NW,,,,
"""
E_HEADER, E_ROW, _ = ELECTRICITY.splitlines()


@pytest.fixture
def data() -> RegistrationData:
    return RegistrationData(PartyTable())


def write(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def test_parties(tmp_path: Path) -> None:
    table, report = load_parties(write(tmp_path, PARTIES, "parties.csv"))
    assert report == ("parties.csv", 4, 0, (), 0)
    ukpn, cadent, supplier = table.parties
    assert table.distributor_ids(ukpn) == {10, 12, 19}
    assert table.user_ids(ukpn, UserRole.ED) == (Eui64.parse("90-B3-D5-1F-30-02-00-00"),)
    assert table.gas_networks(cadent) == ("North West", "West Midlands")
    assert not table.is_dcc_user(cadent, datetime(2025, 1, 1, tzinfo=UTC))
    assert table.rows_of(supplier) == (
        PartyRow(
            Mpid("SUP1"),
            UserRole.IS,
            "Supplier One, plc",
            Eui64.parse("90-B3-D5-1F-30-01-00-00"),
            dcc_user=True,
            dcc_user_dates=DateRange(date(2020, 1, 1), date(2024, 12, 31)),
        ),
    )
    assert table.rows_of(ukpn)[1].distributor_ids == (DistributorId(12), DistributorId(19))


def test_electricity(tmp_path: Path, data: RegistrationData) -> None:
    report = load_electricity(write(tmp_path, ELECTRICITY), data)
    assert report == ("file.csv", 2, 0, (), 1)
    since = date(2020, 1, 1)
    assert data.records(Mpan("2099999999993")) == (
        ElectricityRecord(
            Mpid("SOUT"), Mpid("SUP1"), DateRange(since, None), Direction.IMPORT, Mpid("METR"), since
        ),
    )
    assert data.records(Mpan("1312345678111")) == (
        ElectricityRecord(Mpid("MANW"), direction=Direction.EXPORT),
    )


def test_gas(tmp_path: Path, data: RegistrationData) -> None:
    report = load_gas(write(tmp_path, GAS), data)
    assert report == ("file.csv", 2, 0, (), 1)
    since = date(2020, 1, 1)
    assert data.records(Mprn("3938424403")) == (
        GasRecord(Mpid("CADN"), None, Mpid("SUP1"), DateRange(since, date(2025, 6, 1)), since),
    )
    assert data.network_operator_at(Mprn("7412345"), datetime(2025, 1, 1, tzinfo=UTC)) is None
    assert data.unknown_mpids() == ("CADN", "IGT", "SUP1")


def test_gzip_byte_order_mark_crlf_and_other_column_order(tmp_path: Path, data: RegistrationData) -> None:
    swapped = [",".join(reversed(line.split(","))) for line in ELECTRICITY.splitlines()]
    text = "\ufeff" + "\r\n".join(swapped) + "\r\n\r\n"
    report = load_electricity(write(tmp_path, text, "electricity.csv.gz"), data)
    assert (report.rows_loaded, report.bad_row_count) == (2, 0)
    assert [record.network_operator for record in data.records(Mpan("2099999999993"))] == ["SOUT"]


def test_columns_that_are_passed_over_may_be_missing(tmp_path: Path, data: RegistrationData) -> None:
    text = (
        "mprn,transporter_id,igt_id,supplier_id,supplier_eff_from,supplier_eff_to,record_eff_from\n1,A,,,,,\n"
    )
    assert load_gas(write(tmp_path, text), data).rows_loaded == 1


A_DATE = "a date as 2025-03-31"
BAD_ROWS = [
    ("209999999999,SOUT,SUP1,,,,,,,I,,,,", "mpan", "209999999999", "13 digits"),
    ("2099999999993,sout,SUP1,,,,,,,I,,,,", "distributor_mpid", "sout", "1 to 8 capital letters or digits"),
    ("2099999999993,,SUP1,,,,,,,I,,,,", "distributor_mpid", "", "1 to 8 capital letters or digits"),
    ("2099999999993,SOUT,SUP1,20200101,,,,,,I,,,,", "supplier_eff_from", "20200101", A_DATE),
    (
        "2099999999993,SOUT,SUP1,,2025-02-29,,,,,I,,,,",
        "supplier_eff_to",
        "2025-02-29",
        A_DATE,
    ),
    (
        "2099999999993,SOUT,SUP1,2025-01-02,2025-01-01,,,,,I,,,,",
        *("supplier_eff_to", "2025-01-01", "a last day not before the first, 2025-01-02"),
    ),
    ("2099999999993,SOUT,SUP1,,,,,,,,,,,", "import_export", "", "I, E, import or export"),
    ("2099999999993,SOUT,SUP1,,,,,,,I", "row", "10 values", "14 values"),
    ('2099999999993,SO"UT,SUP1,,,,,,,I,,,,', "distributor_mpid", 'SO"UT', "1 to 8 capital letters or digits"),
]


@pytest.mark.parametrize(("line", "field", "value", "expected"), BAD_ROWS)
def test_a_bad_row_is_reported_by_its_line_and_skipped(
    tmp_path: Path, data: RegistrationData, line: str, field: str, value: str, expected: str
) -> None:
    path = write(tmp_path, "\n".join([E_HEADER, "", line, E_ROW]))
    report = load_electricity(path, data)
    assert (report.rows_loaded, report.bad_row_count) == (1, 1)
    assert report.bad_rows == ((3, field, value, expected),)
    assert str(report.bad_rows[0]) == f"line 3: {field}: {value!r}, expected {expected}"
    assert list(data.mpans()) == ["2099999999993"]
    with pytest.raises(DccValueError) as caught:
        load_electricity(path, data, strict=True)
    assert caught.value.field == f"file.csv line 3: {field}"


def test_a_lost_quote_spoils_its_own_line_only(tmp_path: Path, data: RegistrationData) -> None:
    report = load_electricity(write(tmp_path, "\n".join([E_HEADER, '"' + E_ROW, E_ROW])), data)
    assert (report.rows_loaded, report.bad_rows[0].line, report.bad_rows[0].field) == (1, 2, "row")


def test_an_mpan_of_two_directions_is_a_bad_row(tmp_path: Path, data: RegistrationData) -> None:
    report = load_electricity(
        write(tmp_path, "\n".join([E_HEADER, E_ROW, E_ROW.replace(",I,", ",E,")])), data
    )
    assert report.bad_rows == ((3, "import_export", "export", "import as before"),)


def test_octets_that_are_not_utf8_spoil_their_own_row_only(tmp_path: Path) -> None:
    path = tmp_path / "parties.csv"
    path.write_bytes(PARTIES.encode().replace(b"Cadent", b"Cad\xe9nt"))
    table, report = load_parties(path)
    assert [party.name for party in table.parties] == ["UK Power Networks", "Supplier One, plc"]
    assert [(bad.line, bad.field, bad.expected) for bad in report.bad_rows] == [
        (4, "party_name", "printable UTF-8")
    ]
    report.bad_rows[0].__str__().encode()


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("CADN,GT", "EELC,GT", "mpid", "one that 'UK Power Networks' does not hold already"),
        ("SUP1,IS", "SUP1,XX", "role", "one of IS, ES, GS, RSA, ED, GT, OU"),
        (",,Y,", ",,yes,", "dcc_user", "y or n"),
        ("90b3d51f30010000", "90b3", "eui64", "8 hex octets joined by hyphens"),
        ("12; 19", "12; 9", "distributor_ids", "two digits"),
        ("Cadent", "", "party_name", "a name"),
    ],
)
def test_bad_party_rows(tmp_path: Path, old: str, new: str, field: str, expected: str) -> None:
    table, report = load_parties(write(tmp_path, PARTIES.replace(old, new)))
    assert [(bad.field, bad.expected) for bad in report.bad_rows] == [(field, expected)]
    assert report.rows_loaded == sum(len(table.rows_of(party)) for party in table.parties) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "supplier_mpid",
            "supplyer_mpid",
            "a known column; the nearest is 'supplier_mpid'",
        ),
        ("gsp_group,", "", None),
        ("record_eff_from", "uprn", "'uprn', expected each column once"),
        (",record_eff_from", "", "expected a column 'record_eff_from'"),
        ("mpan,", '"mpan,', "file.csv header: "),
    ],
)
def test_headers(tmp_path: Path, data: RegistrationData, old: str, new: str, message: str | None) -> None:
    path = write(tmp_path, E_HEADER.replace(old, new, 1) + "\n")
    if message is None:
        assert load_electricity(path, data).rows_loaded == 0
        return
    with pytest.raises(DccValueError) as caught:
        load_electricity(path, data)
    assert caught.value.field == "file.csv header"
    assert message in str(caught.value)


def test_a_header_that_is_not_utf8_is_said_to_be_none(tmp_path: Path, data: RegistrationData) -> None:
    path = write(tmp_path, "")
    path.write_bytes(E_HEADER.encode("utf-16"))
    with pytest.raises(DccValueError, match=r"header: 'octets FF FE .*', expected text in UTF-8"):
        load_electricity(path, data)
    path.write_bytes(E_HEADER.encode("utf-8-sig"))
    assert load_electricity(path, data).rows_loaded == 0


def test_an_empty_file_lacks_its_columns(tmp_path: Path, data: RegistrationData) -> None:
    with pytest.raises(DccValueError, match=r"file\.csv header: '', expected a column 'mpan'"):
        load_electricity(write(tmp_path, ""), data)


def test_a_gzip_file_cut_short_or_none_is_refused(tmp_path: Path, data: RegistrationData) -> None:
    whole = gzip.compress(ELECTRICITY.encode())
    path = tmp_path / "electricity.csv.gz"
    for octets in (whole[:-20], ELECTRICITY.encode(), b"\x1f\x8b" + bytes(60)):
        path.write_bytes(octets)
        with pytest.raises(DccValueError, match="a whole gzip file"):
            load_electricity(path, data)


def test_all_bad_rows_are_counted_and_the_first_thousand_kept(tmp_path: Path, data: RegistrationData) -> None:
    count = BAD_ROWS_KEPT + 1
    report = load_electricity(write(tmp_path, "\n".join([E_HEADER, *["x"] * count, E_ROW])), data)
    assert (report.rows_loaded, report.bad_row_count, len(report.bad_rows)) == (1, count, BAD_ROWS_KEPT)
    assert report.bad_rows[-1].line == BAD_ROWS_KEPT + 1


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_rows_hold_they_are_loaded_or_reported(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "parties.csv"
    path.write_bytes(PARTIES.encode() + octets)
    _, report = load_parties(path)
    assert report.rows_loaded >= 4
