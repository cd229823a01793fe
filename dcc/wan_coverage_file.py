"""Loading ``wan_coverage.csv`` (SIM: the layout is the bench's own)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from dcc.bodies.inventory import Address, Uprn
from dcc.csv_tables import Columns, LoadReport, Row, load_table, read_optional, read_value
from dcc.errors import DccValueError
from dcc.service_responses import CoverageDetails
from dcc.wan_coverage import WanCoverage

COVERAGE_COLUMNS: Final = Columns(
    (
        *("uprn", "postcode", "address_identifier", "csp_region", "available"),
        *("technology", "likelihood", "anticipated"),
    )
)
_REGIONS: Final = ("North", "Central", "South", "4G North", "4G Central", "4G South")
_LIKELIHOODS: Final = ("High", "Medium", "Low")
_UPRN: Final = re.compile(r"[0-9]{1,12}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def load_wan_coverage(path: Path, *, strict: bool = False) -> tuple[WanCoverage, LoadReport]:
    """Load a coverage table, a row for each place and region: a UPRN, or a postcode with or without address.

    Raises:
        DccValueError: the header or the file is bad or, ``strict``, any row.
        OSError: the file cannot be read.
    """
    coverage = WanCoverage()

    def take(row: Row) -> bool:
        coverage.add(_place(row), read_value(row, "csp_region", _one_of(_REGIONS)), _details(row))
        return True

    return coverage, load_table(path, COVERAGE_COLUMNS, take, strict=strict)


def _place(row: Row) -> Uprn | Address:
    if row["postcode"] and not row["uprn"]:
        return Address(row["postcode"], row["address_identifier"])
    if row["uprn"] and not (row["postcode"] or row["address_identifier"]):
        return read_value(row, "uprn", _uprn)
    raise DccValueError("place", row["uprn"] or row["address_identifier"], "a uprn, or a postcode, not both")


def _details(row: Row) -> CoverageDetails:
    return CoverageDetails(
        available=read_value(row, "available", _one_of(("yes", "no"))) == "yes",
        technology=read_value(row, "technology", _technology),
        likelihood=read_value(row, "likelihood", _one_of(_LIKELIHOODS)),
        anticipated=read_optional(row, "anticipated", _day),
    )


def _one_of(tokens: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in tokens:
            raise DccValueError("value", text, f"one of {', '.join(tokens)}")
        return text

    return parse


def _technology(text: str) -> str:
    if not 1 <= len(text) <= 30:
        raise DccValueError("technology", text, "1 to 30 characters")
    return text


def _uprn(text: str) -> Uprn:
    if not _UPRN.fullmatch(text):
        raise DccValueError("UPRN", text, "1 to 12 digits")
    return Uprn(text)


def _day(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise DccValueError("date", text, "a date as YYYY-MM-DD")
