"""Charts of a study: curves over time, bars of variants, lines over a swept parameter.

Colours are those of Okabe and Ito, which the colour-blind can tell apart; dashes tell lines apart without
any. What the colours mean is said beside the charts, by :func:`legend`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.reporting.curves import Curves
from scenarios.reporting.day_ticks import day_ticks
from scenarios.reporting.drawing import INK, drawing, styled, svg_of, whisker
from scenarios.reporting.wording import number

MOST_WITH_BANDS: Final = 4
MOST_LINES: Final = 12
"""More variants than that in one chart nobody can follow."""

LONGEST_LABEL: Final = 40
"""So many signs of a variant's name have room above its bar; a legend has the rest."""

MEAN: Final = "mean"
BAND: Final = "band"
BAR: Final = "bar"
"""Names of what is drawn of each variant, in the identifiers of the SVG: ``CHART-mean-0``."""

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A6A00", "#56B4E9", "#333333")
_DASHES: Final = ("", "6 2", "2 2", "7 2 2 2")
_HEIGHT: Final = 240
_BAR_HEIGHT, _BAR_PITCH = 11, 34


class Stroke(NamedTuple):
    """How a variant is drawn: a colour, and the dashes of its line as SVG has them."""

    colour: str
    dashes: str


class Bar(NamedTuple):
    """A bar: what it stands for, its length, the ends of its interval if any, and its value in words."""

    label: str
    value: float
    interval: tuple[float, float] | None
    text: str


class Point(NamedTuple):
    """A point of a line, with the ends of its interval if it has one."""

    value: float
    interval: tuple[float, float] | None


class Line(NamedTuple):
    """A line over the values of a swept parameter; None where there is nothing yet."""

    label: str
    points: tuple[Point | None, ...]


def shortened(label: str) -> str:
    """A label that has room above a bar."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def stroke(variant: int) -> Stroke:
    """How variant so-and-so is drawn, in all charts."""
    return Stroke(_COLOURS[variant % len(_COLOURS)], _DASHES[variant % len(_DASHES)])


@styled
def curves_svg(curves: Curves, title: str, description: str) -> str:
    """A line for each variant, with a band from the lowest to the highest replication if they are few."""
    canvas, axes = drawing(_HEIGHT)
    chart = f"series-{curves.name}"
    shown = curves.curves[:MOST_LINES]
    for curve in shown:
        days: Any = curve.days
        drawn = stroke(curve.variant)
        if len(shown) <= MOST_WITH_BANDS and curve.low != curve.high:
            band = axes.fill_between(days, curve.low, curve.high, color=drawn.colour, alpha=0.16, linewidth=0)
            band.set_gid(f"{BAND}-{curve.variant}")
        (line,) = axes.plot(days, curve.mean, color=drawn.colour, linewidth=1.8, linestyle=_pattern(drawn))
        line.set_gid(f"{MEAN}-{curve.variant}")
    ticks = day_ticks(min(curve.days[0] for curve in shown), max(curve.days[-1] for curve in shown))
    axes.set_xticks([day for day, _ in ticks], [text for _, text in ticks])
    _from_zero(axes)
    return svg_of(canvas, chart, title, description)


@styled
def bars_svg(name: str, bars: Sequence[Bar], variants: Sequence[int], title: str, description: str) -> str:
    """A bar for each variant below each other, its label and value above it."""
    canvas, axes = drawing(_BAR_PITCH * len(bars) + 8, left=2, right=8, top=2, bottom=4)
    ends = [end for bar in bars for end in (bar.value, *(bar.interval or ()))]
    # All nothing: the axis has to have some length.
    low, high = min(0.0, *ends), max(0.0, *ends) or 1.0
    axes.set_xlim(low, high)
    axes.set_ylim(_BAR_PITCH * len(bars), 0)
    axes.set_axis_off()
    for row, (bar, variant) in enumerate(zip(bars, variants, strict=True)):
        top = row * _BAR_PITCH
        middle = top + _BAR_PITCH - _BAR_HEIGHT / 2 - 4
        axes.plot((0, 0), (middle - 6.5, middle + 6.5), color=INK, linewidth=0.8)
        (drawn,) = axes.barh(middle, bar.value, height=_BAR_HEIGHT, color=stroke(variant).colour)
        drawn.set_gid(f"{BAR}-{variant}")
        axes.text(low, top + 12, f"{shortened(bar.label)}: {bar.text}", fontsize=11, va="center", ha="left")
        if bar.interval is not None and bar.interval[0] != bar.interval[1]:
            whisker(axes, bar.interval, middle)
    return svg_of(canvas, name, title, description)


@styled
def sweep_svg(
    name: str, at: Sequence[object], lines: Sequence[Line], axis_label: str, title: str, description: str
) -> str:
    """A line for each variant over the values of a swept parameter, in their order if they are no numbers."""
    canvas, axes = drawing(_HEIGHT + 20, bottom=48)
    is_scale = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in at)
    places: list[Any] = list(at) if is_scale else list(range(len(at)))
    for which, line in enumerate(lines[:MOST_LINES]):
        drawn = stroke(which)
        there = sorted(
            (place, point) for place, point in zip(places, line.points, strict=True) if point is not None
        )
        (path,) = axes.plot(
            [place for place, _ in there],
            [point.value for _, point in there],
            color=drawn.colour, linewidth=1.8, linestyle=_pattern(drawn), marker="o", markersize=4,
        )  # fmt: skip
        path.set_gid(f"{MEAN}-{which}")
        for place, point in there:
            if point.interval is not None:
                axes.plot([place, place], point.interval, color=drawn.colour, linewidth=1, alpha=0.7)
    if is_scale and len(at) <= 6:
        axes.set_xticks(places)
    if is_scale:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 12))))
    else:
        axes.set_xticks(places, [str(value) for value in at])
    axes.set_xlabel(axis_label, fontsize=10)
    _from_zero(axes)
    return svg_of(canvas, name, title, description)


def legend_svg(variant: int) -> str:
    """A piece of the line of a variant, to stand before its name."""
    drawn = stroke(variant)
    dashes = f' stroke-dasharray="{drawn.dashes}"' if drawn.dashes else ""
    return (
        '<svg class="key" aria-hidden="true" viewBox="0 0 26 8" width="26" height="8">'
        f'<path d="M0 4h26" stroke="{drawn.colour}" stroke-width="3"{dashes} fill="none"/></svg>'
    )


def _from_zero(axes: Any) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(
        min(0, low) if low < -1e-12 and axes.dataLim.y0 < 0 else 0, high if axes.dataLim.y1 > 0 else 1
    )
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 9))))


def _pattern(drawn: Stroke) -> Any:
    if not drawn.dashes:
        return "solid"
    # Matplotlib multiplies them by the width of the line.
    return (0, tuple(float(length) / 1.8 for length in drawn.dashes.split()))
