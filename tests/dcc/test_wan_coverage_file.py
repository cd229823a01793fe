"""Loading a coverage table, and what it then says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dcc.bodies.inventory import Address, Uprn
from dcc.errors import DccValueError
from dcc.response_codes import ResponseCode
from dcc.service_responses import Coverage, CoverageDetails
from dcc.wan_coverage_file import load_wan_coverage

HEADER = "uprn,postcode,address_identifier,csp_region,available,technology,likelihood,anticipated"


def written(path: Path, *rows: str) -> Path:
    file = path / "wan_coverage.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return file


def test_rows_of_one_place_come_together(tmp_path: Path) -> None:
    rows = (
        "100000000001,,,North,yes,Long range radio,High,",
        "100000000001,,,4G North,no,Cellular,Low,2027-03-31",
        ",M22 0RR,,Central,yes,Cellular,Medium,",
    )
    coverage, report = load_wan_coverage(written(tmp_path, *rows))
    assert (report.rows_loaded, report.bad_row_count) == (3, 0)
    unknown = ResponseCode.E120101
    assert coverage.at(Uprn(100000000001)) == (
        Coverage("North", ResponseCode.I0, CoverageDetails(True, "Long range radio", "High")),
        Coverage("Central", unknown),
        Coverage("South", unknown),
        Coverage("4G North", ResponseCode.I0, CoverageDetails(False, "Cellular", "Low", date(2027, 3, 31))),
    )
    in_postcode = coverage.at(Address("m22 0rr", "Threapwood Road"))
    assert in_postcode[1] == Coverage("Central", ResponseCode.I0, CoverageDetails(True, "Cellular", "Medium"))


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ("1,M22 0RR,,North,yes,Radio,High,", "place", "not both"),
        (",,1 High Street,North,yes,Radio,High,", "place", "a uprn, or a postcode"),
        ("1234567890123,,,North,yes,Radio,High,", "uprn", "1 to 12 digits"),
        ("1,,,West,yes,Radio,High,", "csp_region", "4G North"),
        ("1,,,North,maybe,Radio,High,", "available", "yes, no"),
        ("1,,,North,yes,,High,", "technology", "1 to 30"),
        ("1,,,North,yes,Radio,Likely,", "likelihood", "High, Medium, Low"),
        ("1,,,North,yes,Radio,High,2027-02-30", "anticipated", "YYYY-MM-DD"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, field: str, expected: str) -> None:
    file = written(tmp_path, row)
    _, report = load_wan_coverage(file)
    (bad,) = report.bad_rows
    assert (bad.line, bad.field) == (2, field)
    assert expected in bad.expected
    with pytest.raises(DccValueError, match=f"wan_coverage.csv line 2: {field}"):
        load_wan_coverage(file, strict=True)
