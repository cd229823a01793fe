"""The chart of a ranking of inputs: a bar for each value tried, the strongest input on top."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final, NamedTuple

from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.reporting.drawing import INK, drawing, styled, svg_of, whisker
from scenarios.reporting.wording import number

MOST_INPUTS: Final = 12
"""So many inputs are drawn; a table has the others."""

EFFECT: Final = "effect"
"""Of each bar, in the identifiers of the SVG: ``CHART-effect-INPUT-VALUE``, both from 0."""


class Side(enum.Enum):
    """Where the value tried lies of the study's own; its value is the colour."""

    LOWER = "#0072B2"
    HIGHER = "#D55E00"
    OTHER = "#009E73"


class TornadoBar(NamedTuple):
    """A value that an input was tried as, and the change that came of it, with the ends of its interval."""

    label: str
    side: Side
    change: float
    interval: tuple[float, float] | None
    is_noise: bool


class TornadoRow(NamedTuple):
    """An input, as it is named above its bars."""

    label: str
    bars: tuple[TornadoBar, ...]


_LINE, _BAR, _GAP = 15.0, 9.0, 8.0
_LABELS: Final = 96.0
_LONGEST_LABEL: Final = 16
_BOTTOM: Final = 44.0
_PALE: Final = 0.35


@styled
def tornado_svg(name: str, rows: Sequence[TornadoRow], axis_label: str, title: str, description: str) -> str:
    """Bars from 0, at which the study's own values stand; pale ones may be chance."""
    height = sum(_LINE * (1 + len(row.bars)) + _GAP for row in rows)
    canvas, axes = drawing(height + _BOTTOM, left=_LABELS, right=10, top=2, bottom=_BOTTOM)
    bars = [bar for row in rows for bar in row.bars]
    ends = [end for bar in bars for end in (bar.change, *(bar.interval or ()))]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = 0.03 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(height, 0)
    axes.grid(visible=False)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    top = 0.0
    for place, row in enumerate(rows):
        axes.text(-_LABELS / (400 - _LABELS - 10), top + _LINE / 2, row.label, va="center", fontsize=10.5,
                  transform=axes.get_yaxis_transform())  # fmt: skip
        for which, bar in enumerate(row.bars):
            middle = top + _LINE * (which + 1.5)
            axes.text(-0.03, middle, _short(bar.label), va="center", ha="right", fontsize=9.5,
                      transform=axes.get_yaxis_transform())  # fmt: skip
            (drawn,) = axes.barh(
                middle, bar.change, height=_BAR, color=bar.side.value, alpha=_PALE if bar.is_noise else 1
            )
            drawn.set_gid(f"{EFFECT}-{place}-{which}")
            if bar.interval is not None and bar.interval[0] != bar.interval[1]:
                whisker(axes, bar.interval, middle)
        bottom = top + _LINE * (1 + len(row.bars))
        axes.plot((0, 0), (top + _LINE, bottom), color=INK, linewidth=1)
        top = bottom + _GAP
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 9), signed=True)))
    axes.set_xlabel(axis_label, fontsize=10)
    return svg_of(canvas, name, title, description)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1].rstrip()}…"
