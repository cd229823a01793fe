"""Loading ``parties.csv``, ``electricity.csv`` and ``gas.csv`` (SIM: these layouts are the bench's own)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from dcc.csv_tables import Columns, LoadReport, Row, load_table, read_each, read_optional, read_value
from dcc.dates import DateRange
from dcc.errors import DccValueError
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import Direction, ElectricityRecord, GasRecord, RegistrationData
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIRECTIONS: Final = {
    "i": Direction.IMPORT,
    "import": Direction.IMPORT,
    "e": Direction.EXPORT,
    "export": Direction.EXPORT,
}
PARTY_COLUMNS: Final = Columns(
    (
        *("mpid", "role", "party_name", "eui64", "distributor_ids", "gas_networks"),
        *("dcc_user", "dcc_user_from", "dcc_user_to"),
    )
)
ELECTRICITY_COLUMNS: Final = Columns(
    read=(
        *("mpan", "distributor_mpid", "supplier_mpid", "supplier_eff_from", "supplier_eff_to"),
        *("meter_operator_mpid", "import_export", "record_eff_from"),
    ),
    passed_over=("gsp_group", "energisation", "profile_class", "uprn", "postcode", "address_id"),
)
GAS_COLUMNS: Final = Columns(
    read=(
        *("mprn", "transporter_id", "igt_id", "supplier_id", "supplier_eff_from", "supplier_eff_to"),
        "record_eff_from",
    ),
    passed_over=("ldz", "uprn", "postcode", "address_id"),
)


def load_parties(path: Path, *, strict: bool = False) -> tuple[PartyTable, LoadReport]:
    """Load ``parties.csv``: one row per participant id and role.

    Raises:
        DccValueError: the header or the file is bad or, ``strict``, any row.
        OSError: the file cannot be read.
    """
    table = PartyTable()

    def take(row: Row) -> bool:
        table.add(_party_row(row))
        return True

    return table, load_table(path, PARTY_COLUMNS, take, strict=strict)


def load_electricity(path: Path, into: RegistrationData, *, strict: bool = False) -> LoadReport:
    """Load ``electricity.csv`` into registration data. Raises as :func:`load_parties` does."""

    def take(row: Row) -> bool:
        mpan = read_value(row, "mpan", Mpan)
        into.add_electricity(mpan, _electricity_record(row))
        return mpan.check_digit_ok

    return load_table(path, ELECTRICITY_COLUMNS, take, strict=strict)


def load_gas(path: Path, into: RegistrationData, *, strict: bool = False) -> LoadReport:
    """Load ``gas.csv`` into registration data. Raises as :func:`load_parties` does."""

    def take(row: Row) -> bool:
        mprn = read_value(row, "mprn", Mprn)
        into.add_gas(mprn, _gas_record(row))
        return mprn.check_digits_ok

    return load_table(path, GAS_COLUMNS, take, strict=strict)


def _party_row(row: Row) -> PartyRow:
    return PartyRow(
        mpid=read_value(row, "mpid", Mpid),
        role=read_value(row, "role", _role),
        party_name=read_value(row, "party_name", _utf8),
        user_id=read_optional(row, "eui64", _eui64),
        distributor_ids=read_each(row, "distributor_ids", DistributorId.parse),
        gas_networks=read_each(row, "gas_networks", _utf8),
        dcc_user=read_value(row, "dcc_user", _yes_or_no),
        dcc_user_dates=_dates(row, "dcc_user_from", "dcc_user_to"),
    )


def _electricity_record(row: Row) -> ElectricityRecord:
    return ElectricityRecord(
        network_operator=read_value(row, "distributor_mpid", _mpid),
        supplier=read_optional(row, "supplier_mpid", _mpid),
        supplier_dates=_dates(row, "supplier_eff_from", "supplier_eff_to"),
        direction=read_value(row, "import_export", _direction),
        meter_operator=read_optional(row, "meter_operator_mpid", _mpid),
        effective_from=read_optional(row, "record_eff_from", _date),
    )


def _gas_record(row: Row) -> GasRecord:
    return GasRecord(
        transporter=read_value(row, "transporter_id", _mpid),
        independent_transporter=read_optional(row, "igt_id", _mpid),
        supplier=read_optional(row, "supplier_id", _mpid),
        supplier_dates=_dates(row, "supplier_eff_from", "supplier_eff_to"),
        effective_from=read_optional(row, "record_eff_from", _date),
    )


def _dates(row: Row, first: str, last: str) -> DateRange:
    days = read_optional(row, first, _date), read_optional(row, last, _date)
    try:
        return _range(*days)
    except DccValueError as error:
        raise DccValueError(last, row[last], f"{error.expected}, {row[first]}") from None


# Few distinct values fill many rows: the caches keep one object of each.
_mpid = lru_cache(maxsize=4096)(Mpid)
_range = lru_cache(maxsize=65536)(DateRange)


@lru_cache(maxsize=65536)
def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise DccValueError("date", text, "a date as 2025-03-31")


def _eui64(text: str) -> Eui64:
    try:
        return Eui64.parse(text)
    except GbcsError:
        raise DccValueError("eui64", text, "8 hex octets joined by hyphens") from None


def _role(text: str) -> UserRole:
    try:
        return UserRole(text)
    except ValueError:
        raise DccValueError("role", text, f"one of {', '.join(role.value for role in UserRole)}") from None


def _direction(text: str) -> Direction:
    if (direction := _DIRECTIONS.get(text.lower())) is None:
        raise DccValueError("import_export", text, "I, E, import or export")
    return direction


def _yes_or_no(text: str) -> bool:
    if text.lower() not in {"y", "n"}:
        raise DccValueError("dcc_user", text, "y or n")
    return text.lower() == "y"


def _utf8(text: str) -> str:
    if not text.isprintable():
        raise DccValueError("text", text, "printable UTF-8")
    return text
