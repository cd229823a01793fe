"""Study files: TOML that names a scenario, sets its parameters, and says what is to be compared.

::

    scenario = "install-wave"
    seed = 7

    [modifications]
    release = "today"
    with = ["secmp0063"]

    [population]
    homes = 300

    [study]
    replications = 10

    [[variant]]
    label = "careful suppliers"
    values = { "errors.wrong_certificate_rate" = 0.01 }

    [sweep]
    "errors.wrong_certificate_rate" = [0.01, 0.1]

In place of a sweep there may be ``[sensitivity]``, with which inputs are varied one at a time::

    [sensitivity]
    only = "named"
    values = { "errors.wrong_certificate_rate" = [0.01, 0.2] }

All but ``scenario`` can be left out. ``"section.name"`` may be written as a table too. Paths are relative to
the file.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from dcc.errors import DccValueError
from dcc.modification_records import switches_named
from dcc.modifications import Modification
from dcc.releases import BEFORE, Release, in_order, release_named, switch_labels
from scenarios.engine.family import Family, Parameter, Value
from scenarios.errors import InputError
from scenarios.families import family_named
from scenarios.study.parameters import checked, parameter_at, unknown
from scenarios.study.planning import MOST_REPLICATIONS, StudySpec, SweepAxis, VariantSpec
from scenarios.study.varied import SensitivitySpec, Varied

RESERVED: Final = ("scenario", "seed", "modifications", "study", "variant", "sweep", "sensitivity")
"""What stands beside a family's sections at the top of a study file."""

MOST_SEED: Final = 2**63 - 1
MODIFICATION_KEYS: Final = ("release", "with", "without")
STUDY_KEYS: Final = ("replications", "least_replications", "confidence", "precision", "byte_share")
VARIANT_KEYS: Final = ("label", "with", "without", "values")
SENSITIVITY_KEYS: Final = ("figures", "only", "values")
_HERE: Final = Path()
_Table = Mapping[str, Any]


def load_study_file(path: Path) -> StudySpec:
    """The study that a file asks for.

    Raises:
        InputError: it cannot be read, is no TOML, or something in it cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{str(path)!r}: {reason}, expected a study file in TOML") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r}: octet {error.start}, expected a study file in UTF-8") from None
    try:
        return read_study(text, path.parent)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None


def read_study(text: str, folder: Path = _HERE) -> StudySpec:
    """The study that the text of a file in a folder asks for.

    Raises:
        InputError: as :func:`load_study_file`.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}") from None
    except RecursionError:
        raise InputError("not TOML: tables or lists in each other, expected some dozens at most") from None
    return study_of(content, folder)


def study_of(content: _Table, folder: Path = _HERE) -> StudySpec:
    """The study that a file's content asks for; the folder is that of the file.

    Raises:
        InputError: as :func:`load_study_file`.
    """
    name = content.get("scenario")
    if not isinstance(name, str):
        given = "is missing" if name is None else f"{name!r}"
        raise InputError(f"scenario: {given}, expected the name of a scenario in quotation marks")
    family = family_named(name)
    release, on, off = _modifications(_table(content, "modifications"))
    settings = _table(content, "study")
    _refuse_unknown(settings, STUDY_KEYS, "study.")
    return StudySpec(
        family,
        _whole(content, "seed", 0, MOST_SEED, 1),
        release,
        on,
        off,
        _values(family, content, folder),
        tuple(_variants(family, content.get("variant", []), folder)),
        tuple(_sweep(family, _table(content, "sweep"), folder)),
        _whole(settings, "replications", 1, MOST_REPLICATIONS, None, "study."),
        _whole(settings, "least_replications", 2, MOST_REPLICATIONS, None, "study."),
        _number(settings, "confidence", 0.95, "a number above 0 and below 1", lambda value: 0 < value < 1),
        dict(_precision(_table(settings, "precision", "study."))),
        _number(settings, "byte_share", 1.0, "a number from 0 to 1", lambda value: 0 <= value <= 1),
        _sensitivity(family, _table(content, "sensitivity"), folder) if "sensitivity" in content else None,
    )


def _values(family: Family, content: _Table, folder: Path) -> dict[str, Value]:
    """The values of the family's own sections, by name of the parameter."""
    sections = tuple(dict.fromkeys(parameter.section for parameter in family.parameters))
    found: dict[str, Value] = {}
    for section, entries in content.items():
        if section in RESERVED:
            continue
        if section not in sections:
            raise _misplaced(family, section) or unknown(section, "section or key", (*RESERVED, *sections))
        for path, value in _flat(_as_table(entries, section), f"{section}."):
            parameter = parameter_at(family, path)
            found[parameter.name] = _located(parameter, checked(family, parameter, value), folder)
    return found


def _misplaced(family: Family, key: str) -> InputError | None:
    """The error of a key at the top that has a place in a table; None if it has none."""
    places = [*(f"study.{name}" for name in STUDY_KEYS), *(item.path for item in family.parameters)]
    place = next((path for path in places if path.rpartition(".")[2] == key), None)
    if place is None:
        return None
    section = place.rpartition(".")[0]
    return InputError(f"{key}: no such section or key at the top, expected it as {key} in [{section}]")


def _modifications(
    table: _Table,
) -> tuple[Release, tuple[Modification, ...], tuple[Modification, ...]]:
    _refuse_unknown(table, MODIFICATION_KEYS, "modifications.")
    on, off = _on_and_off(table, "modifications.")
    return _release(table.get("release", BEFORE.name)), on, off


def _release(given: object) -> Release:
    name = given.isoformat() if isinstance(given, date) else given
    try:
        if isinstance(name, str) and not isinstance(given, datetime):
            return release_named(name)
    except DccValueError as error:
        raise InputError(f"modifications.release: {given!r}, expected {error.expected}") from None
    raise InputError(f"modifications.release: {given!r}, expected the name of a release, or a day")


def _on_and_off(table: _Table, where: str) -> tuple[tuple[Modification, ...], tuple[Modification, ...]]:
    """What a table puts on and off; parts of what is put on may be put off again."""
    on, off = (_switches(table, key, where) for key in ("with", "without"))
    if on and not set(on) - set(off):
        names = ", ".join(switch_labels(on))
        raise InputError(
            f"{where}with, {where}without: nothing is left of {names}, expected different switches"
        )
    return on, off


def _switches(table: _Table, key: str, where: str) -> tuple[Modification, ...]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f'{where}{key}: {names!r}, expected a list of names, as ["mp107"]')
    found: list[Modification] = []
    for name in names:
        try:
            found += switches_named(name)
        except DccValueError as error:
            raise InputError(f"{where}{key}: {name!r}, expected {error.expected}") from None
    return in_order(found)


def _variants(family: Family, entries: object, folder: Path) -> Iterator[VariantSpec]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"variant: {entries!r}, expected [[variant]] tables")
    for number, entry in enumerate(entries):
        where = f"variant[{number}]."
        _refuse_unknown(entry, VARIANT_KEYS, where)
        label = entry.get("label")
        if not isinstance(label, str) or not label.strip() or not label.isprintable():
            given = "is missing" if label is None else repr(label)
            raise InputError(f"{where}label: {given}, expected a text of one line")
        on, off = _on_and_off(entry, where)
        values = {}
        for path, value in _flat(_table(entry, "values", where)):
            parameter = parameter_at(family, path, f"{where}values.")
            written = checked(family, parameter, value, f"{where}values.")
            values[parameter.name] = _located(parameter, written, folder)
        yield VariantSpec(label, on, off, values)


def _sweep(family: Family, table: _Table, folder: Path) -> Iterator[SweepAxis]:
    for path, values in _flat(table):
        yield _axis(family, path, values, folder, "sweep.")


def _axis(family: Family, path: str, values: object, folder: Path, where: str) -> SweepAxis:
    """A parameter and its values, out of a table of such."""
    parameter = parameter_at(family, path, where)
    if not isinstance(values, list) or not values:
        raise InputError(f"{where}{path}: {values!r}, expected a list of values, at least one")
    given = (checked(family, parameter, item, where) for item in values)
    return sweep_axis(path, parameter.name, [_located(parameter, value, folder) for value in given], where)


def _sensitivity(family: Family, table: _Table, folder: Path) -> SensitivitySpec:
    _refuse_unknown(table, SENSITIVITY_KEYS, "sensitivity.")
    figures = table.get("figures", [])
    if not isinstance(figures, list) or not all(isinstance(name, str) for name in figures):
        raise InputError(f"sensitivity.figures: {figures!r}, expected a list of names of figures")
    only = table.get("only", Varied.ASSUMED.value)
    if only not in [item.value for item in Varied]:
        choices = ", ".join(item.value for item in Varied)
        raise InputError(f"sensitivity.only: {only!r}, expected one of: {choices}")
    values = _flat(_table(table, "values", "sensitivity."))
    axes = [_axis(family, path, given, folder, "sensitivity.values.") for path, given in values]
    return SensitivitySpec(tuple(figures), Varied(only), {axis.name: axis.values for axis in axes})


def _located(parameter: Parameter, value: Value, folder: Path) -> Value:
    """A value out of a file in a folder: a path that is relative to it as this process has to take it."""
    if parameter.is_path and isinstance(value, str) and value:
        return (folder / value).as_posix()
    return value


def sweep_axis(path: str, name: str, values: list[Value], where: str = "sweep.") -> SweepAxis:
    """A parameter's values in a sweep; ``where`` begins the text of an error.

    Raises:
        InputError: one is there twice.
    """
    for value in values:
        if values.count(value) > 1:
            raise InputError(f"{where}{path}: {value} twice, expected each value once")
    return SweepAxis(path, name, tuple(values))


def _precision(table: _Table) -> Iterator[tuple[str, float]]:
    for name, value in _flat(table):
        if not _is_number(value) or not value > 0:
            raise InputError(f"study.precision.{name}: {value!r}, expected a number above 0")
        yield name, float(value)


def _flat(table: _Table, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The entries of a table by their path, whether that is written as one key or as tables in tables."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{prefix}{key}"
        is_table = isinstance(value, dict) and value
        for path, entry in _flat(value, f"{where}.") if is_table else ((where, value),):
            if path in found:
                raise InputError(f"{path}: is there twice, expected it once")
            found[path] = entry
    yield from found.items()


def _table(content: _Table, key: str, where: str = "") -> _Table:
    return _as_table(content.get(key, {}), f"{where}{key}")


def _as_table(value: object, path: str) -> _Table:
    if not isinstance(value, dict):
        raise InputError(f"{path}: {value!r}, expected a table")
    return value


def _whole(content: _Table, key: str, least: int, most: int, default: Any, where: str = "") -> Any:
    value = content.get(key, default)
    if value is default:
        return default
    if not _is_number(value) or value != int(value) or not least <= value <= most:
        raise InputError(f"{where}{key}: {value!r}, expected a whole number from {least} to {most}")
    return int(value)


def _number(content: _Table, key: str, default: float, expected: str, is_fine: Any) -> float:
    value = content.get(key, default)
    if not _is_number(value) or not is_fine(value):
        raise InputError(f"study.{key}: {value!r}, expected {expected}")
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _refuse_unknown(table: _Table, known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise unknown(f"{where}{key}", "key", known, key)
