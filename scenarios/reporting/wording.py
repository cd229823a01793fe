"""How numbers and values are written in reports, the same in tables and in charts."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Final

from scenarios.engine.family import Value
from scenarios.engine.outcome import Cell, Figure, Number
from scenarios.study.statistics import DifferenceEstimate, Estimate, FigureEstimate

MINUS: Final = "\N{MINUS SIGN}"
NO_VALUE: Final = "\N{EN DASH}"
WHAT_INTERVALS_SAY: Final = (
    "Intervals are as wide to each side, also beyond 0 or 100 %. Where a share was 0 or 100 % in every run, "
    "at most and at least are one-sided bounds of the same confidence (Clopper and Pearson) over all "
    "replications together, as if each that is counted had a chance of its own. ± 0 elsewhere tells that all "
    "replications came to the same, not that chance has no part in it."
)
"""What an interval is not to be taken for."""

_SIGNIFICANT: Final = 4
_SIM: Final = re.compile(r"\bSIM-[A-Z0-9]+(?:-[A-Z0-9]+)*\b")


def number(value: Number, *, signed: bool = False) -> str:
    """A number, exact if it is whole, else with four significant digits: ``12,345``, ``0.5``."""
    if value == round(value):
        return _written(float(value), 0, signed=signed)
    decimals = max(0, _SIGNIFICANT - 1 - math.floor(math.log10(abs(value))))
    text = _written(float(value), decimals, signed=signed)
    return text.rstrip("0").rstrip(".") if decimals else text


def estimate_text(item: Estimate | None, *, signed: bool = False, unit: str = "") -> str:
    """A mean with the half-width of its interval, as exact as that allows: ``12.3 ± 1.5``."""
    if item is None:
        return NO_VALUE
    if item.half_width is None:
        return f"{number(item.mean, signed=signed)}{unit}"
    if item.bound is not None:
        return _bounded(item.mean, item.bound, signed=signed, unit=unit)
    if not item.half_width:
        return f"{number(item.mean, signed=signed)} ± 0{unit}"
    decimals = max(0, 1 - math.floor(math.log10(item.half_width)))
    return f"{_written(item.mean, decimals, signed=signed)} ± {_written(item.half_width, decimals)}{unit}"


def figure_text(item: FigureEstimate | DifferenceEstimate, *, signed: bool = False) -> str:
    """A figure's mean with its interval; of a count of none or all in every run, the share has the bound."""
    own = item.estimate
    if item.share is not None and own.bound is not None:
        own = own._replace(bound=None, half_width=None)
    return estimate_text(own, signed=signed)


def _bounded(mean: float, bound: tuple[float, float], *, signed: bool, unit: str) -> str:
    """What was seen in every run, and its bounds to two digits of what they leave open."""
    decimals = max(0, 1 - math.floor(math.log10(max(bound[1] - mean, mean - bound[0]))))
    low, high = (_written(end, decimals, signed=signed) for end in bound)
    seen = number(mean, signed=signed)
    if bound[0] == mean:
        return f"{seen}{unit}, at most {high}{unit}"
    ends = f"at least {low}" if bound[1] == mean else f"{low} to {high}"
    return f"{seen}{unit}, {ends}{unit}"


def share_text(item: Estimate | None, *, signed: bool = False) -> str:
    """A share in per cent; a difference of shares (``signed``) in percentage points."""
    if item is None:
        return ""
    # Rounded, or 0.07 would be 7.000000000000001 %.
    percent = item._replace(
        mean=round(item.mean * 100, 9),
        half_width=None if item.half_width is None else round(item.half_width * 100, 9),
        bound=None if item.bound is None else (item.bound[0] * 100, item.bound[1] * 100),
    )
    return estimate_text(percent, signed=signed, unit=" points" if signed else " %")


def share_of_estimate(item: Estimate | None, of: Estimate, *, signed: bool = False) -> str:
    """The share beside a figure, and of how many runs, where some have no whole to be a share of."""
    if item is None or item.replications == of.replications:
        return share_text(item, signed=signed)
    return f"{share_text(item, signed=signed)} in {item.replications} of {of.replications} runs"


def value_text(value: Value) -> str:
    """A value of a parameter, as a study file has it but for quotation marks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) or '""'


def cell_text(cell: Cell) -> str:
    """A cell of a table."""
    if cell is None:
        return NO_VALUE
    return cell if isinstance(cell, str) else number(cell)


def figure_label(figure: Figure) -> str:
    """The label of a figure, its unit behind it unless it has that word already."""
    label = capital(figure.label)
    return f"{label} ({figure.unit})" if figure.unit and figure.unit not in figure.label else label


def capital(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A text as a sentence: a capital letter first, a full stop last."""
    text = text.strip()
    ended = text if text.endswith((".", "?", "!")) else f"{text}."
    return capital(ended)


def sim_codes(text: str) -> tuple[str, ...]:
    """The codes of the bench's own in a text, which no source has."""
    return tuple(_SIM.findall(text))


def _written(value: float, decimals: int, *, signed: bool = False) -> str:
    text = f"{abs(value):,.{decimals}f}"
    if not any(sign in "123456789" for sign in text):
        return text
    if value < 0:
        return f"{MINUS}{text}"
    return f"+{text}" if signed else text
