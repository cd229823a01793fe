"""The report as one HTML file: no script, nothing fetched, for screens of any width and for paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from scenarios.engine.family import Value
from scenarios.reporting import wording
from scenarios.reporting.charts import (
    MOST_LINES,
    Bar,
    Line,
    Point,
    bars_svg,
    curves_svg,
    legend_svg,
    shortened,
    sweep_svg,
)
from scenarios.reporting.curves import Curve, Curves
from scenarios.reporting.document import Document, FigureRow, VariantNote
from scenarios.reporting.html_sensitivity import ranking_parts, source_of, strongest_inputs, verdict_text
from scenarios.reporting.sweeps import Sweep
from scenarios.reporting.tornado import Side
from scenarios.study.planning import seed_of
from scenarios.study.sensitivity_words import ONE_AT_A_TIME
from scenarios.study.statistics import FigureEstimate

MOST_BARS: Final = 6
"""More variants than that are not drawn as bars: tables, and the charts of a sweep, tell of them."""

MOST_BESIDE: Final = 3
"""So many variants stand beside each other in tables; more of them stand below each other."""

_TEMPLATE: Final = "report.html.j2"
_SIDES_TOLD: Final = (
    (Side.LOWER, "a lower value"),
    (Side.HIGHER, "a higher value"),
    (Side.OTHER, "another choice"),
)


class Chart(NamedTuple):
    """A chart with what stands above and below it, and the variants whose colours it has."""

    title: str
    svg: Markup
    note: str
    keys: tuple[tuple[int, str], ...] = ()


def document_html(document: Document) -> str:
    """The whole file, ending in a line feed."""
    environment = Environment(
        loader=PackageLoader("scenarios.reporting", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=wording.number,
        estimate=wording.estimate_text,
        figure=wording.figure_text,
        share=wording.share_of_estimate,
        value=wording.value_text,
        cell=wording.cell_text,
        label=wording.figure_label,
        capital=wording.capital,
        breakable=_breakable,
        sentence=wording.sentence,
        marked=_marked,
        source=source_of,
        verdict=verdict_text,
    )
    template = environment.get_template(_TEMPLATE)
    return template.render(
        document=document,
        plan=document.plan,
        family=document.family,
        what_intervals_say=wording.WHAT_INTERVALS_SAY,
        beside=len(document.variants) <= MOST_BESIDE,
        turned=_is_turned(document),
        turned_labels=() if document.sweep is None else document.sweep.labels,
        most_lines=MOST_LINES,
        compared=tuple(number for number, item in enumerate(document.variants) if item.baseline != number),
        bars=tuple(_bars(document)),
        curves=tuple(_curves(document)),
        sweeps=tuple(_sweeps(document)),
        rankings=tuple(ranking_parts(document)),
        strongest=tuple(strongest_inputs(document)),
        one_at_a_time=ONE_AT_A_TIME,
        sides=[(side.value, text) for side, text in _SIDES_TOLD],
        zero_charts=_zeros_in_words(document),
        by_rules=_by_rules(document),
        key=_key,
        seeds=tuple(seed_of(document.plan, number) for number in range(document.replications)),
    )


def _is_turned(document: Document) -> bool:
    """Whether tables of figures have a row for each point of a sweep, not one for each variant."""
    sweep = document.sweep
    return sweep is not None and len(document.variants) > MOST_BESIDE >= len(sweep.labels)


def _by_rules(document: Document) -> dict[str, list[tuple[int, VariantNote]]]:
    """The variants with their numbers, by what is said of their rules."""
    found: dict[str, list[tuple[int, VariantNote]]] = {}
    for number, variant in enumerate(document.variants):
        found.setdefault(variant.rules, []).append((number, variant))
    return found


def _bars(document: Document) -> Iterator[Chart]:
    """Before and after: the headline figures of all variants, if these are few; zeros alone are not drawn."""
    if not 1 < len(document.variants) <= MOST_BARS:
        return
    for row in document.headlines:
        there = [(number, item) for number, item in enumerate(row.estimates) if item is not None]
        if not any(item.estimate.mean for _, item in there):
            continue
        bars = [_bar(document.variants[number].label, item) for number, item in there]
        label = wording.figure_label(row.figure)
        told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
        svg = bars_svg(f"figure-{row.figure.name}", bars, [number for number, _ in there], label, f"{told}.")
        is_short = all(shortened(bar.label) == bar.label for bar in bars)
        keys = () if is_short else tuple((number, document.variants[number].label) for number, _ in there)
        yield Chart(label, Markup(svg), _change(document, row), keys)


def _bar(label: str, item: FigureEstimate) -> Bar:
    estimate = item.estimate
    return Bar(label, estimate.mean, estimate.interval, wording.estimate_text(estimate))


def _change(document: Document, row: FigureRow) -> str:
    """The differences in words."""
    told = []
    for number, item in enumerate(row.differences):
        if item is None:
            continue
        text = wording.estimate_text(item.estimate, signed=True)
        label = f"{document.variants[number].label}: " if len(document.variants) > 2 else ""
        told.append(f"{label}{text}{_reservation(item.estimate.interval)}")
    return f"Difference: {'; '.join(told)}" if told else ""


def _reservation(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return " (one replication: no interval)"
    low, high = interval
    return " (may be chance: the interval has 0 in it)" if low <= 0 <= high and low < high else ""


def _curves(document: Document) -> Iterator[Chart]:
    for curves in document.curves:
        if not _has_any(curves):
            continue
        title = _curves_title(curves)
        told = " ".join(_curve_in_words(document, curve) for curve in curves.curves)
        svg = curves_svg(curves, title, told)
        # Of many variants one legend stands above all charts.
        shown = curves.curves if 1 < len(document.variants) <= MOST_BESIDE else ()
        keys = tuple((curve.variant, document.variants[curve.variant].label) for curve in shown)
        yield Chart(title, Markup(svg), _left_out(curves), keys)


def _has_any(curves: Curves) -> bool:
    return any(any(curve.high) or any(curve.low) for curve in curves.curves)


def _zeros_in_words(document: Document) -> str:
    """What has no chart because it is 0 in all runs."""
    none = [wording.capital(curves.label) for curves in document.curves if not _has_any(curves)]
    return f"0 throughout, and so without a chart: {'; '.join(none)}." if none else ""


def _curves_title(curves: Curves) -> str:
    """The label with its unit, and how it is summed: a unit that says so itself is of days."""
    label = wording.capital(curves.label)
    unit = curves.unit if curves.unit not in (label, "a day") else ""
    if curves.is_per_day:
        unit = f"{unit} a {'week' if curves.step_days > 1 else 'day'}".strip()
    return f"{label} ({unit})" if unit and unit not in label else label


def _left_out(curves: Curves) -> str:
    more = len(curves.curves) - MOST_LINES
    return f"{more} more variants are in the table alone." if more > 0 else ""


def _curve_in_words(document: Document, curve: Curve) -> str:
    day, highest = curve.peak
    last = wording.number(curve.mean[-1])
    return (
        f"{document.variants[curve.variant].label}: mean at most {wording.number(highest)} on {day}, "
        f"{last} on {curve.days[-1]}."
    )


def _sweeps(document: Document) -> Iterator[Chart]:
    """The headline figures over the first swept parameter, a line for everything else that varies."""
    sweep = document.sweep
    if sweep is None:
        return
    axis = sweep.axes[0]
    keys = tuple(enumerate(_line_labels(sweep)))
    at = [_place(value) for value in axis.values]
    for row in document.headlines:
        if not any(item.estimate.mean for item in row.estimates if item is not None):
            continue
        lines = [Line(label, _points(sweep, row, number)) for number, label in keys]
        title = wording.figure_label(row.figure)
        told = " ".join(f"{line.label or 'Mean'}: {_points_in_words(axis.values, line)}." for line in lines)
        svg = sweep_svg(f"sweep-{row.figure.name}", at, lines, axis.path, title, told)
        yield Chart(title, Markup(svg), "", tuple((number, label) for number, label in keys if label))


def _place(value: Value) -> object:
    return (
        value
        if isinstance(value, (int, float)) and not isinstance(value, bool)
        else (wording.value_text(value))
    )


def _line_labels(sweep: Sweep) -> tuple[str, ...]:
    """What varies beside the first axis, in the order of the variants at one of its values."""
    others = dict.fromkeys(point[1:] for point in sweep.points)
    return tuple(
        ", ".join(
            part
            for part in (
                label,
                *(
                    f"{axis.path} = {wording.value_text(value)}"
                    for axis, value in zip(sweep.axes[1:], point, strict=True)
                ),
            )
            if part
        )
        for point in others
        for label in sweep.labels
    )


def _points(sweep: Sweep, row: FigureRow, line: int) -> tuple[Point | None, ...]:
    at_each = len(row.estimates) // len(sweep.axes[0].values)
    found = (row.estimates[number * at_each + line] for number in range(len(sweep.axes[0].values)))
    return tuple(
        None if item is None else Point(item.estimate.mean, item.estimate.interval) for item in found
    )


def _points_in_words(values: Sequence[Value], line: Line) -> str:
    return ", ".join(
        f"{wording.number(point.value)} at {wording.value_text(value)}"
        for value, point in zip(values, line.points, strict=True)
        if point is not None
    )


def _key(variant: int) -> Markup:
    return Markup(legend_svg(variant))


def _breakable(path: str) -> Markup:
    """A path of a parameter that may be broken after its stops and underscores."""
    return Markup("").join(
        escape(part) + Markup("<wbr>") if part in "._" else escape(part) for part in re.split(r"([._])", path)
    )


def _marked(text: Any) -> Markup:
    """A text with the bench's own codes marked as such."""
    marked = escape(str(text))
    for code in dict.fromkeys(wording.sim_codes(str(text))):
        badge = Markup('<abbr class="sim" title="made up for the bench: no source has this code">{}</abbr>')
        marked = Markup(str(marked).replace(code, str(badge.format(code))))
    return marked
