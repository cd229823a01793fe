"""Means with their intervals as plain text."""

from __future__ import annotations

import math

from scenarios.study.statistics import Estimate


def number_text(item: Estimate, *, signed: bool = False, decimals: int | None = None, unit: str = "") -> str:
    """A mean with the half-width of its interval, as exact as that allows: ``12.3 ± 1.5``.

    ``decimals`` are those of a mean without such a width; whole numbers have none.
    """
    sign = "+" if signed and item.mean else ""
    if item.bound is not None:
        return _bounded(item.mean, item.bound, "+" if signed else "", unit)
    if item.half_width:
        shown = max(0, 1 - math.floor(math.log10(item.half_width)))
        return f"{item.mean:{sign}.{shown}f} ± {item.half_width:.{shown}f}{unit}"
    form = ".0f" if item.mean.is_integer() else ".6g" if decimals is None else f".{decimals}f"
    return f"{item.mean:{sign}{form}}" + ("" if item.half_width is None else " ± 0") + unit


def _bounded(mean: float, bound: tuple[float, float], sign: str, unit: str) -> str:
    shown = max(0, 1 - math.floor(math.log10(max(bound[1] - mean, mean - bound[0]))))
    low, high = (f"{end:{sign}.{shown}f}" for end in bound)
    seen = f"{mean:{sign if mean else ''}.6g}"
    if bound[0] == mean:
        return f"{seen}{unit}, at most {high}{unit}"
    ends = f"at least {low}" if bound[1] == mean else f"{low} to {high}"
    return f"{seen}{unit}, {ends}{unit}"
