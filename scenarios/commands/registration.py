"""``dccbench registration``: what is in files of registration data, and what is wrong with them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from dcc.registration_files import ELECTRICITY_COLUMNS, GAS_COLUMNS, PARTY_COLUMNS
from scenarios.commands import ExitStatus, emit
from scenarios.commands.arguments import day_between
from scenarios.explain_tables import table_of, table_text
from scenarios.study.registration_input import (
    ELECTRICITY,
    GAS,
    PARTIES,
    MeteringPoint,
    RegistrationInput,
    electricity_points,
    gas_points,
    load_registration,
    party_counts,
)

SCHEMA: Final = "dccbench/registration/1"
"""Changes whenever a key changes its meaning or goes away."""

_COLUMNS: Final = {PARTIES: PARTY_COLUMNS, ELECTRICITY: ELECTRICITY_COLUMNS, GAS: GAS_COLUMNS}
_FIRST_DAY: Final = date(1998, 1, 1)
_LAST_DAY: Final = date(2099, 12, 31)
_DEFAULT_DAY: Final = date(2026, 1, 5)
_MOST_BAD_ROWS_SHOWN: Final = 100


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "registration",
        help="load registration data from files, and say what is in them",
        description="Load parties.csv and electricity.csv, gas.csv or both from a folder, each plain or with "
        ".gz, and print how many metering points each party has. Bad rows are printed by line and passed "
        "over.",
        epilog=" ".join(
            f"Columns of {name}: {', '.join(columns.read)}." for name, columns in _COLUMNS.items()
        ),
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder")
    parser.add_argument("--strict", action="store_true", help="refuse the files at the first bad row")
    text = f"who is registered on this day, YYYY-MM-DD (default {_DEFAULT_DAY})"
    day = day_between(_FIRST_DAY, _LAST_DAY)
    parser.add_argument("--day", type=day, default=_DEFAULT_DAY, metavar="DATE", help=text)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was loaded.

    Raises:
        InputError: a file is missing, cannot be read or, if that is asked for, has a bad row.
    """
    loaded = load_registration(arguments.folder, strict=arguments.strict)
    points = {
        "electricity": list(electricity_points(loaded, arguments.day)),
        "gas": list(gas_points(loaded, arguments.day)),
    }
    if arguments.json:
        emit(json.dumps(_as_json(loaded, points, arguments.day), indent=2, ensure_ascii=False))
    else:
        emit("\n".join(_as_text(loaded, points, arguments.day)))
    return ExitStatus.FINE


def _as_json(loaded: RegistrationInput, points: dict[str, list[MeteringPoint]], day: date) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dccbench": version("dccbench"),
        "day": day.isoformat(),
        "files": [
            {
                "name": report.file_name,
                "sha256": sha256,
                "rows_loaded": report.rows_loaded,
                "wrong_check_digits": report.wrong_check_digits,
                "bad_row_count": report.bad_row_count,
                "bad_rows": [row._asdict() for row in report.bad_rows],
            }
            for report, sha256 in loaded.files
        ],
        "unknown_participant_ids": [str(mpid) for mpid in loaded.data.unknown_mpids()],
        "metering_points": {
            fuel: {
                "count": len(of_fuel),
                "by_network_operator": dict(party_counts(point.operator for point in of_fuel)),
                "by_supplier": dict(party_counts(point.supplier for point in of_fuel)),
            }
            for fuel, of_fuel in points.items()
        },
    }


def _as_text(loaded: RegistrationInput, points: dict[str, list[MeteringPoint]], day: date) -> Iterator[str]:
    for report, sha256 in loaded.files:
        yield (
            f"{report.file_name}: {report.rows_loaded} rows loaded, {report.bad_row_count} bad, "
            f"{report.wrong_check_digits} with wrong check digits; sha256 {sha256[:16]}.."
        )
        yield from (f"  {row}" for row in report.bad_rows[:_MOST_BAD_ROWS_SHOWN])
        if report.bad_row_count > _MOST_BAD_ROWS_SHOWN:
            yield f"  and {report.bad_row_count - _MOST_BAD_ROWS_SHOWN} more"
    if unknown := loaded.data.unknown_mpids():
        yield f"participant ids that parties.csv does not have: {', '.join(map(str, unknown))}"
    for fuel, of_fuel in points.items():
        yield f"{fuel}: {len(of_fuel)} metering points, as registered on {day}"
        if of_fuel:
            yield _counts("Network operator", party_counts(point.operator for point in of_fuel))
            yield _counts("Supplier", party_counts(point.supplier for point in of_fuel))


def _counts(heading: str, counts: tuple[tuple[str, int], ...]) -> str:
    table = table_of({heading: None})
    table.add_column("Metering points", justify="right")
    for name, count in counts:
        table.add_row(name, str(count))
    return table_text(table)
