"""The options that studies of all families share, and the study that they ask for.

What stands on the command line goes before what stands in a study file.
"""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from dcc.modifications import Modification
from dcc.releases import BEFORE, in_order
from scenarios import families
from scenarios.commands.arguments import STANDARD_OUTPUT, output_file, rate, whole_number
from scenarios.commands.switching_options import add_release_options, add_switching_options
from scenarios.engine.family import Value
from scenarios.errors import InputError
from scenarios.study.parameters import parameter_at, parsed, unknown
from scenarios.study.planning import (
    MOST_REPLICATIONS,
    StudySpec,
    SweepAxis,
    default_variants,
    switch_pair,
)
from scenarios.study.study_file import MOST_SEED, load_study_file, sweep_axis
from scenarios.study.varied import SensitivitySpec, Varied
from scenarios.switching import switching

COMPARED_REPLICATIONS: Final = 5
"""Where nobody says how many, so many replications are compared: enough for an interval."""

_MOST_WORKERS: Final = 1024
_STUDY_ONLY: Final = (
    *("set", "sweep", "replications", "precision", "confidence", "byte_share"),
    *("workers", "cluster", "out", "resume", "events", "cost"),
)
_NOT_OF_PLAN: Final = ("workers", "cluster", "events", "cost")
_ALL_OPTIONS: Final = (
    *_STUDY_ONLY,
    *("release", "switched_on", "switched_off", "compare", "seed", "figure", "only", "parameter"),
)


class Assigned(NamedTuple):
    """``path=text``, as it stands on the command line."""

    path: str
    text: str


def add_study_options(parser: argparse.ArgumentParser, *, compares: bool, sweeps: bool = True) -> None:
    """Add all of them; ``compares`` those of ``dccbench compare``, ``--sweep`` among them if ``sweeps``."""
    if compares:
        add_release_options(parser)
    else:
        add_switching_options(parser)
    parser.set_defaults(release=None)
    add_study_only_options(parser, compares=compares, sweeps=sweeps)
    text = "seed of all chances (default 1)"
    parser.add_argument("--seed", type=whole_number(0, MOST_SEED), metavar="N", help=text)
    text = "write JSON to FILE and the table to standard output; without FILE or with -, JSON instead of it"
    parser.add_argument(
        "--json", nargs="?", type=output_file, const=STANDARD_OUTPUT, metavar="FILE", help=text
    )


def add_study_only_options(group: argparse._ActionsContainer, *, compares: bool, sweeps: bool = True) -> None:
    """Add those that no single run has."""
    add = group.add_argument
    text = "set a parameter, may be given again; dccbench scenarios show NAME lists them"
    add("--set", type=assigned, action="append", default=[], metavar="SECTION.NAME=VALUE", help=text)
    if compares and sweeps:
        text = "compare the values of a parameter, A;B;C where they have commas in them; may be given again "
        text += "for each with each"
        add("--sweep", type=assigned, action="append", default=[], metavar="SECTION.NAME=A,B,C", help=text)
    default = COMPARED_REPLICATIONS if compares else 1
    text = f"runs of each variant, which differ in their seeds alone (default {default})"
    add("--replications", type=whole_number(1, MOST_REPLICATIONS), metavar="N", help=text)
    text = "end when a figure's interval is narrower than that to each side; difference.FIGURE means the "
    text += "differences; may be given again"
    add("--precision", type=assigned, action="append", default=[], metavar="FIGURE=WIDTH", help=text)
    add("--confidence", type=_confidence, metavar="P", help="of the intervals (default 0.95)")
    add_cost_option(group)
    text = "share of homes with real cryptography, 0 to 1, the others have stand-ins (default 1)"
    add("--byte-share", type=rate, metavar="SHARE", help=text)
    text = f"processes that run side by side; no result depends on it (default 1; here {os.cpu_count() or 1})"
    add("--workers", type=whole_number(1, _MOST_WORKERS), metavar="N", help=text)
    text = "run on the Dask cluster with this scheduler, tcp://host:port"
    add("--cluster", metavar="ADDRESS", help=text)
    text = "keep each finished run in DIR; a study that is there already goes on"
    add("--out", type=output_file, metavar="DIR", help=text)
    text = "go on with the study in DIR, which has to be there"
    add("--resume", type=output_file, metavar="DIR", help=text)
    text = "keep in DIR the events of each run too, as Parquet"
    add("--events", action="store_true", help=text)


def add_cost_option(group: argparse._ActionsContainer) -> None:
    """Add ``--cost``, which changes what is shown and nothing that is run or kept."""
    text = (
        "what one of a figure costs, in a currency of your own: shows that figure's costs, and their total; "
    )
    text += "may be given again"
    group.add_argument(
        "--cost", type=assigned, action="append", default=[], metavar="FIGURE=AMOUNT", help=text
    )


def study_only_options_given(arguments: argparse.Namespace) -> list[str]:
    """Those of :func:`add_study_only_options` that are given."""
    return _given(arguments, _STUDY_ONLY)


def options_of_plan(arguments: argparse.Namespace) -> list[str]:
    """The options given of ``dccbench run`` that say what is run, and where it is kept."""
    return _given(arguments, tuple(name for name in _ALL_OPTIONS if name not in _NOT_OF_PLAN))


def only_resumes(name: str, arguments: argparse.Namespace) -> bool:
    """Whether the study of a folder is to go on as it is: no option of a plan is given beside it."""
    if name not in families.FAMILIES or getattr(arguments, "resume", None) is None:
        return False
    return options_of_plan(arguments) == ["--resume"]


def _given(arguments: argparse.Namespace, names: tuple[str, ...]) -> list[str]:
    options = {"switched_on": "--with", "switched_off": "--without"}
    return [
        options.get(name, f"--{name.replace('_', '-')}")
        for name in names
        if getattr(arguments, name, None) not in (None, [], (), False, BEFORE)
    ]


def looks_like_file(name: str) -> bool:
    """Whether the name of a scenario is that of a study file, or of a study's folder."""
    return name.lower().endswith(".toml") or "/" in name or os.sep in name


def asked_study(name: str) -> StudySpec:
    """The study of a family's name, as it comes, or of a study file.

    Raises:
        InputError: there is neither, or the file cannot be used.
    """
    if name in families.FAMILIES:
        return StudySpec(families.FAMILIES[name])
    if looks_like_file(name) or Path(name).exists():
        return load_study_file(Path(name))
    raise unknown(repr(name), "scenario", families.FAMILIES, name)


def run_spec(name: str, arguments: argparse.Namespace) -> StudySpec:
    """What ``dccbench run`` is asked for.

    Raises:
        InputError: something cannot be used, or contradicts something else.
    """
    spec = _with_options(asked_study(name), arguments)
    _refuse_set_and_swept(spec, arguments.set)
    compared = arguments.compare
    if compared and spec.variants:
        raise InputError("--compare: the file has variants, expected one or the other")
    on, off = _chosen(arguments)
    switching(spec.release, on, off, compared)
    spec = _switched(spec, on, off)
    return spec._replace(variants=switch_pair(compared)) if compared else spec


def compare_spec(name: str, arguments: argparse.Namespace) -> StudySpec:
    """What ``dccbench compare`` is asked for: before and after, the file's variants, or a sweep alone.

    Raises:
        InputError: something cannot be used, or contradicts something else; or nothing is compared.
    """
    spec = _with_options(asked_study(name), arguments)
    spec = spec._replace(sweep=_sweep(spec, arguments.sweep))
    _refuse_set_and_swept(spec, arguments.set)
    on, off = _chosen(arguments)
    if spec.variants and (on or off):
        raise InputError("--with, --without: the file has variants, expected one or the other")
    is_asked = spec.variants or spec.sweep or spec.sensitivity is not None
    if not is_asked and not on and not off:
        spec = spec._replace(variants=default_variants(spec.family))
    if on or off:
        spec = spec._replace(variants=switch_pair(on, off))
    if not spec.sweep and len(spec.variants) < 2 and spec.sensitivity is None:
        raise InputError("nothing is compared, expected --with, --without or --sweep, or variants in a file")
    if spec.replications is None and not spec.precision:
        spec = spec._replace(replications=COMPARED_REPLICATIONS)
    return spec


def sensitivity_spec(name: str, arguments: argparse.Namespace) -> StudySpec:
    """What ``dccbench sensitivity`` is asked for: a scenario as it comes, or before and after a switch.

    Raises:
        InputError: something cannot be used, or contradicts something else.
    """
    spec = _with_options(asked_study(name), arguments)
    on, off = _chosen(arguments)
    if spec.variants and (on or off):
        raise InputError("--with, --without: the file has variants, expected one or the other")
    if on or off:
        spec = spec._replace(variants=switch_pair(on, off))
    if spec.replications is None and not spec.precision:
        spec = spec._replace(replications=COMPARED_REPLICATIONS)
    asked = spec.sensitivity or SensitivitySpec()
    named = {**asked.named, **dict(_named(spec, arguments.parameter))}
    only = asked.only if arguments.only is None else Varied(arguments.only)
    figures = tuple(arguments.figure) or asked.figures
    return spec._replace(sensitivity=SensitivitySpec(figures, only, named))


def _named(spec: StudySpec, given: list[str]) -> Iterator[tuple[str, tuple[Value, ...] | None]]:
    """Parameters by name, each with the values to try it as, where they are given."""
    pairs = [text.partition("=") for text in given]
    _refuse_twice((path.strip() for path, _, _ in pairs), "--parameter")
    for path, sign, text in pairs:
        parameter = parameter_at(spec.family, path.strip(), "--parameter: ")
        parts = text.split("..") if ".." in text else text.split(";" if ";" in text else ",")
        values = (
            tuple(parsed(spec.family, parameter, part, "--parameter: ") for part in parts) if sign else None
        )
        yield parameter.name, values


def assigned(text: str) -> Assigned:
    """A reader of ``path=text``."""
    path, sign, value = text.partition("=")
    if not sign or not path.strip():
        raise ArgumentTypeError(f"{text!r}, expected NAME=VALUE")
    return Assigned(path.strip(), value.strip())


def _with_options(spec: StudySpec, arguments: argparse.Namespace) -> StudySpec:
    given: dict[str, Any] = {
        name: value
        for name in ("seed", "release", "replications", "confidence", "byte_share")
        if (value := getattr(arguments, name)) is not None
    }
    values = dict(spec.values)
    _refuse_twice((path for path, _ in arguments.set), "--set")
    for path, text in arguments.set:
        parameter = parameter_at(spec.family, path, "--set: ")
        values[parameter.name] = parsed(spec.family, parameter, text, "--set: ")
    precision = {**spec.precision, **{name: _width(name, text) for name, text in arguments.precision}}
    return spec._replace(**given, values=values, precision=precision)


def _chosen(arguments: argparse.Namespace) -> tuple[tuple[Modification, ...], tuple[Modification, ...]]:
    on, off = (
        in_order(chain.from_iterable(given)) for given in (arguments.switched_on, arguments.switched_off)
    )
    return on, off


def _switched(spec: StudySpec, on: tuple[Modification, ...], off: tuple[Modification, ...]) -> StudySpec:
    return spec._replace(
        on=in_order(set(spec.on).difference(off).union(on)),
        off=in_order(set(spec.off).difference(on).union(off)),
    )


def _sweep(spec: StudySpec, given: list[Assigned]) -> tuple[SweepAxis, ...]:
    """The file's axes, and those given, which take the place of the file's for the same parameter."""
    axes = {axis.path: axis for axis in spec.sweep}
    _refuse_twice((path for path, _ in given), "--sweep")
    for path, text in given:
        parameter = parameter_at(spec.family, path, "--sweep: ")
        # Some texts have commas in them.
        values = [
            parsed(spec.family, parameter, part, "--sweep: ")
            for part in text.split(";" if ";" in text else ",")
        ]
        axes[path] = sweep_axis(path, parameter.name, values)
    return tuple(axes.values())


def _refuse_twice(paths: Iterable[str], option: str) -> None:
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            raise InputError(f"{option}: {path} is given twice, expected each parameter once")
        seen.add(path)


def _refuse_set_and_swept(spec: StudySpec, given: list[Assigned]) -> None:
    swept = {axis.path for axis in spec.sweep}
    for path, _ in given:
        if path in swept:
            raise InputError(f"--set: {path} is swept over, expected a value or a sweep")


def _width(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise InputError(f"--precision: {name}: {text!r}, expected a number above 0")
    return value


def _confidence(text: str) -> float:
    try:
        value = rate(text)
    except ArgumentTypeError:
        value = 0.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"{text!r}, expected a number above 0 and below 1, as 0.95")
    return value
