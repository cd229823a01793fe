"""Registration data from files as the input of a scenario: who operates and supplies each metering point.

A folder has ``parties.csv`` and ``electricity.csv``, ``gas.csv`` or both, each of them plain or with ``.gz``
(SIM: these layouts are the bench's own). Bad rows are told by line and counted, and stop nothing unless
that is asked for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from dcc.csv_tables import LoadReport
from dcc.errors import DccValueError
from dcc.identifiers import Mpan, Mprn, Mpxn
from dcc.parties import Party, PartyTable
from dcc.registration import RegistrationData
from dcc.registration_files import load_electricity, load_gas, load_parties
from scenarios.engine.family import InputFile
from scenarios.engine.outcome import Table
from scenarios.errors import InputError

PARTIES: Final = "parties.csv"
ELECTRICITY: Final = "electricity.csv"
GAS: Final = "gas.csv"
MOST_BAD_ROWS_TOLD: Final = 100
_PIECE: Final = 1 << 20


class LoadedFile(NamedTuple):
    """What became of a file; ``sha256`` is that of its octets: others can tell whether theirs is the same."""

    report: LoadReport
    sha256: str


class RegistrationInput(NamedTuple):
    """Registration data and its parties, and the files that they are from."""

    parties: PartyTable
    data: RegistrationData
    files: tuple[LoadedFile, ...]


class MeteringPoint(NamedTuple):
    """Who is registered at a metering point on a day; None where that is nobody whom the parties know."""

    number: Mpxn
    operator: Party | None
    supplier: Party | None


def load_registration(folder: Path, *, strict: bool = False) -> RegistrationInput:
    """Load a folder's registration data; it is kept for the process, for as long as no octet changes.

    Raises:
        InputError: a file is missing or cannot be read, has a bad header or, ``strict``, a bad row.
    """
    found = {name: _found(folder, name) for name in (PARTIES, ELECTRICITY, GAS)}
    if found[PARTIES] is None or not (found[ELECTRICITY] or found[GAS]):
        expected = f"{PARTIES} and {ELECTRICITY} or {GAS}, each plain or with .gz"
        raise InputError(f"registration data: {str(folder)!r}, expected a folder with {expected}")
    try:
        there = tuple((name, path, _sha256(path)) for name, path in found.items() if path is not None)
        return _load(there, strict)
    except DccValueError as error:
        raise InputError(f"registration data: {str(folder)!r}: {error}") from None
    except OSError as error:
        raise InputError(f"registration data: {error.filename!r}: {error.strerror or error}") from None


@lru_cache(maxsize=4)
def _load(there: tuple[tuple[str, Path, str], ...], strict: bool) -> RegistrationInput:
    """Load files, each with its name and SHA-256, parties first."""
    (_, path, sha256), *others = there
    parties, report = load_parties(path, strict=strict)
    data, files = RegistrationData(parties), [LoadedFile(report, sha256)]
    for name, path, sha256 in others:
        load = load_electricity if name == ELECTRICITY else load_gas
        files.append(LoadedFile(load(path, data, strict=strict), sha256))
    return RegistrationInput(parties, data, tuple(files))


def input_files(folder: Path, loaded: RegistrationInput) -> tuple[InputFile, ...]:
    """The files, each with its first bad rows, as studies know them."""
    return tuple(
        InputFile(
            (folder / report.file_name).as_posix(),
            sha256,
            tuple(map(str, report.bad_rows[:MOST_BAD_ROWS_TOLD])),
            report.bad_row_count,
        )
        for report, sha256 in loaded.files
    )


def electricity_points(loaded: RegistrationInput, day: date) -> Iterator[MeteringPoint]:
    """The MPANs, in the order of the file, as they are registered on a day."""
    return _points(loaded.data, loaded.data.mpans(), day)


def gas_points(loaded: RegistrationInput, day: date) -> Iterator[MeteringPoint]:
    """The MPRNs, in the order of the file, as they are registered on a day."""
    return _points(loaded.data, loaded.data.mprns(), day)


def party_counts(parties: Iterable[Party | None]) -> tuple[tuple[str, int], ...]:
    """How many metering points each party has, the most first; what nobody known has under ``-``."""
    counts = Counter("-" if party is None else party.name for party in parties)
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def files_table(loaded: RegistrationInput) -> Table:
    """The files that a run was given, for its outcome."""
    return Table(
        "registration_data",
        "Registration data",
        ("file", "rows loaded", "bad rows", "wrong check digits", "sha256"),
        tuple(
            (report.file_name, report.rows_loaded, report.bad_row_count, report.wrong_check_digits, sha256)
            for report, sha256 in loaded.files
        ),
    )


def _points(
    data: RegistrationData, numbers: Iterator[Mpan] | Iterator[Mprn], day: date
) -> Iterator[MeteringPoint]:
    at = datetime.combine(day, time.min, UTC)
    # Metering points with the same terms share their records: who that is on a day is asked for once.
    known: dict[int, tuple[Party | None, Party | None]] = {}
    for number in numbers:
        terms = id(data.records(number))
        if terms not in known:
            known[terms] = data.network_operator_at(number, at), data.registered_supplier_at(number, at)
        yield MeteringPoint(number, *known[terms])


def _found(folder: Path, name: str) -> Path | None:
    """The file of a name, plain or through gzip.

    Raises:
        InputError: it is there both ways.
    """
    there = [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
    if len(there) > 1:
        raise InputError(f"registration data: {str(folder)!r} has {name} and {name}.gz, expected one of them")
    return there[0] if there else None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as octets:
        while piece := octets.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
