"""Costs: counts of a study times what its user says that one costs. The bench itself knows no prices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from scenarios.engine.family import Family
from scenarios.engine.outcome import Figure, Number
from scenarios.errors import InputError
from scenarios.study.parameters import unknown
from scenarios.study.results import Finished, StudyResult

UNIT: Final = "in the user's currency"
_TOTAL: Final = "cost_in_total"


def unit_costs(given: Iterable[tuple[str, str]]) -> dict[str, float]:
    """The costs of one, by figure, out of options ``--cost FIGURE=AMOUNT``.

    Raises:
        InputError: an amount is no finite number from 0 on, or a figure is there twice.
    """
    costs: dict[str, float] = {}
    for name, text in given:
        try:
            amount = float(text)
        except ValueError:
            amount = math.nan
        if not (math.isfinite(amount) and amount >= 0):
            raise InputError(f"--cost: {name}: {text!r}, expected a number from 0 on")
        if name in costs:
            raise InputError(f"--cost: {name} is there twice, expected one cost of a figure")
        costs[name] = amount
    return costs


def priced(family: Family, result: StudyResult, costs: Mapping[str, float]) -> tuple[Family, StudyResult]:
    """The family and its result with a figure of cost behind the others for each cost, and their total.

    Raises:
        InputError: the family has no such figure.
    """
    if not costs:
        return family, result
    check_costs(family, costs)
    by_name = {figure.name: figure for figure in family.figures}
    of_each = [_cost_figure(by_name[name], amount) for name, amount in costs.items()]
    total = Figure(_TOTAL, "costs in total", UNIT, better="lower")
    figures = (*family.figures, *of_each, *((total,) if len(costs) > 1 else ()))
    finished = tuple(_priced(done, costs) for done in result.finished)
    return family._replace(figures=figures), result._replace(finished=finished)


def check_costs(family: Family, costs: Iterable[str]) -> None:
    """Whether all are costs of figures that the family has.

    Raises:
        InputError: one is not.
    """
    names = [figure.name for figure in family.figures]
    for name in costs:
        if name not in names:
            raise unknown(f"--cost: {name}", "figure", names, name)


def _cost_figure(figure: Figure, amount: float) -> Figure:
    label = f"cost of: {figure.label}, {amount:g} each"
    return Figure(_name(figure.name), label, UNIT, better=figure.better)


def _priced(done: Finished, costs: Mapping[str, float]) -> Finished:
    figures = done.outcome.figures
    of_each: dict[str, Number] = {
        _name(name): figures[name] * amount for name, amount in costs.items() if name in figures
    }
    if len(of_each) == len(costs) > 1:
        of_each[_TOTAL] = math.fsum(of_each.values())
    return done._replace(outcome=done.outcome._replace(figures={**figures, **of_each}))


def _name(figure: str) -> str:
    return f"cost_of_{figure}"
