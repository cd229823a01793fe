"""Small runs of every family of scenarios, and what is true of a family and not of the others.

A family that has no entry is run with its defaults but for a small population: it needs none to be covered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from scenarios import families
from scenarios.engine import run_kit
from scenarios.engine.family import Family, Parameter, RunSettings, Value
from scenarios.engine.journal import Journal
from scenarios.engine.link import Link
from scenarios.engine.outcome import Number, Outcome
from scenarios.engine.records import LinkRecords
from scenarios.engine.trace import Trace
from scenarios.population import Population
from scenarios.smets1_fleet import Smets1Fleet

SMALL: Final = 20
_A_POPULATION: Final = range(50, 100_000)
SEED: Final = 3

Agreement = tuple[tuple[str, ...], Callable[[tuple[Number, ...]], Number], str]
"""Figures, whose sum is what comes out of the values of a series."""


class Case(NamedTuple):
    """What tests know of a family.

    ``values`` make it small. ``scaled`` are the parameters that grow with the population, at the same rates.
    ``independent`` is the one that adds a device which changes nothing for the others, for each that is
    there; "" where devices share a throughput. ``reordered`` names what draws the homes, in which module,
    and changes nothing but the order or the times in which their turns come. ``timeless`` are values with
    which these times decide nothing.
    """

    values: Mapping[str, Value]
    scaled: tuple[str, ...]
    independent: str = ""
    reordered: tuple[str, Callable[[Any], Any]] | None = None
    timeless: Mapping[str, Value] = {}
    agree: tuple[Agreement, ...] = ()


def _last(values: tuple[Number, ...]) -> Number:
    return values[-1]


def _turned_round(homes: tuple[Any, ...]) -> tuple[Any, ...]:
    return homes[::-1]


def _other_times(population: Population) -> Population:
    """Each home is installed when another one was."""
    moments = [home.installed_at for home in population.homes]
    moved = [home._replace(installed_at=at) for home, at in zip(population.homes, moments[::-1], strict=True)]
    return population._replace(homes=tuple(sorted(moved, key=lambda home: home.installed_at)))


def _other_homes_first(population: Population) -> Population:
    return population._replace(homes=population.homes[::-1])


def _other_meters_first(fleet: Smets1Fleet) -> Smets1Fleet:
    return fleet._replace(meters=fleet.meters[::-1])


_CALM: Final = {"unreachable_share": 0.0}
_CASES: Final = {
    "install-wave": Case(
        {
            "homes": SMALL,
            "suppliers": 3,
            "gas_share": 0.5,
            "weeks": 1,
            "follow_up_days": 40,
            "wrong_certificate_rate": 0.4,
            "gas_transporter_share": 0.3,
            "wrong_gas_certificate_rate": 0.3,
            "exchange_meters": True,
            "exchange_last_working_days": 20,
        },
        scaled=("homes",),
        independent="homes",
        reordered=("scenarios.wave_family.draw_population", _other_times),
        timeless={"follow_up_days": 120},
        agree=(
            (("wrong_at_end",), _last, "wrong"),
            (("most_wrong",), max, "wrong"),
            (("gas_wrong_at_end",), _last, "gas_wrong"),
            (("most_waiting",), max, "waiting"),
            (("refused",), sum, "refused"),
            (("commands",), sum, "commands"),
            (("installed", "gas_installed"), sum, "installed"),
        ),
    ),
    "acb-swap": Case(
        {
            "devices": SMALL,
            "suppliers": 2,
            "deadline_days": 6,
            "sale_days": 8,
            "follow_up_days": 20,
            "swaps_a_day": 10,
            "handovers_a_day": 10,
            "unreachable_share": 0.2,
            "record_lost_share": 0.2,
        },
        scaled=("devices", "swaps_a_day", "handovers_a_day"),
        reordered=("scenarios.acb_swap.gas_homes", _turned_round),
        timeless=_CALM,
        agree=(
            (("swapped",), _last, "swapped"),
            (("residual",), _last, "residual"),
            (("residual",), _last, "locked"),
            (("stranded_at_end",), _last, "stranded"),
        ),
    ),
    "gno-sale": Case(
        {
            "devices": 14,
            "new_devices": 6,
            "suppliers": 2,
            "swap_days": 8,
            "newcomer_after_days": 10,
            "follow_up_days": 40,
            "unreachable_share": 0.2,
        },
        scaled=("devices", "new_devices", "swaps_a_day", "handovers_a_day"),
        reordered=("scenarios.gno_sale.gas_homes", _turned_round),
        timeless=_CALM | {"new_devices": 0},
        agree=tuple(
            ((f"{name}_at_end",), _last, series)
            for name, series in (
                ("reached", "reached"),
                ("locked", "locked"),
                ("deaf", "deaf"),
                ("broker", "broker"),
            )
        ),
    ),
    "acb-renewal": Case(
        {
            "meters": 16,
            "suppliers": 2,
            "installs_a_day": 1,
            "observed_days": 20,
            "factory_switch_days": 10,
            "renewals_a_day": 4,
            "old_key_destroyed": True,
            "destroyed_after_days": 12,
            "late_handover_longest_days": 15,
            "supplier_unplaced_share": 0.2,
            "operator_unplaced_share": 0.3,
            "unreachable_share": 0.2,
            "outage_longest_days": 8.0,
        },
        scaled=("meters", "installs_a_day", "renewals_a_day"),
        reordered=("scenarios.acb_renewal.draw_meters", _other_homes_first),
        timeless=_CALM | {"installs_a_day": 0, "old_key_destroyed": False},
        agree=(
            (("renewed",), _last, "renewed"),
            (("dependent",), _last, "dependent"),
            (("commands_unanswered",), sum, "unanswered"),
        ),
    ),
    "smets1-correction": Case(
        {"meters": SMALL, "suppliers": 2, "mistake_rate": 0.3, "observed_days": 150},
        scaled=("meters",),
        independent="meters",
        reordered=("scenarios.smets1_correction.draw_fleet", _other_meters_first),
        agree=(
            (("wrong_at_end",), _last, "wrong"),
            (("mistakes",), sum, "mistakes"),
            (("found",), sum, "found"),
            (("corrected",), sum, "corrected"),
            (("wrong_meter_days",), sum, "wrong"),
        ),
    ),
    "recovery": Case(
        {
            "meters": SMALL,
            "observed_days": 20,
            "recoveries_a_day": 8,
            "replacements_a_day": 8,
            "prepayment_share": 0.3,
            "misuse_a_day": 4,
            "unreachable_share": 0.3,
            "outage_longest_days": 10.0,
        },
        scaled=("meters", "recoveries_a_day", "replacements_a_day", "misuse_a_day"),
        reordered=("scenarios.recovery.draw_meters", _other_homes_first),
        timeless=_CALM,
        agree=(
            (("exposed_at_end",), _last, "exposed"),
            (("taken_back",), _last, "taken_back"),
            (("without_supplier",), _last, "waiting"),
            (("attempts_failed",), sum, "failed"),
            (("misuse_obeyed",), sum, "misuse_obeyed"),
        ),
    ),
}


def case_of(family: Family) -> Case:
    """What is known of a family; of one without an entry, which parameters count homes or devices."""
    if family.name in _CASES:
        return _CASES[family.name]
    numbers = {parameter.name: SMALL for parameter in family.parameters if _counts_homes(family, parameter)}
    paces = [item.name for item in family.parameters if _is_a_pace(family, item)]
    return Case(numbers, (*numbers, *paces))


def _is_a_pace(family: Family, parameter: Parameter) -> bool:
    return parameter.name.endswith("_a_day") and isinstance(family.default(parameter), int)


def _counts_homes(family: Family, parameter: Parameter) -> bool:
    default = family.default(parameter)
    is_whole = isinstance(default, int) and not isinstance(default, bool)
    return parameter.section == "population" and is_whole and default in _A_POPULATION


class Played(NamedTuple):
    """A run, with its journal and the way to the devices as it was left."""

    outcome: Outcome
    journal: Journal
    link: Link
    records: LinkRecords


def play(
    family: Family,
    changed: Mapping[str, Value] = {},
    *,
    after: bool = False,
    byte_share: float = 0.0,
    seed: int = SEED,
    trace: Trace | None = None,
) -> Played:
    """Run a family at its small size, with none or all of the modifications that it is about."""
    kept: list[tuple[Link, LinkRecords]] = []

    class Kept(Link):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            kept.append((self, self._records))

    journal: Journal = []
    settings = RunSettings(seed, byte_share, journal, trace)
    inputs = family.inputs({**case_of(family).values, **changed})
    modifications = frozenset(family.compared) if after else frozenset()
    with patch.object(run_kit, "Link", Kept):
        outcome = family.run(inputs, modifications, settings)
    ((link, records),) = kept
    return Played(outcome, journal, link, records)


def played(name: str, after: bool = False) -> Played:
    """The run that others are compared with, made once; a family that compares nothing has no other one."""
    return _played(name, after and bool(families.FAMILIES[name].compared))


@cache
def _played(name: str, after: bool) -> Played:
    return play(families.FAMILIES[name], after=after)


def digest(run: Played) -> str:
    """Differs where any part of an outcome or any event differs."""
    told = (sorted(run.outcome.figures.items()), run.outcome._replace(figures={}), run.journal)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def digests() -> dict[str, str]:
    """Of each family, before and after."""
    return {
        f"{name}, {'after' if after else 'before'}": digest(played(name, after))
        for name in families.FAMILIES
        for after in (False, True)
    }
