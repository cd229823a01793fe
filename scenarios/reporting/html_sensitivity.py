"""The part of a page that ranks inputs: a chart, a table and sentences for each ranking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from scenarios.engine.family import Value
from scenarios.reporting import wording
from scenarios.reporting.document import Document
from scenarios.reporting.sensitivities import SensitivityPart, side_of
from scenarios.reporting.tornado import (
    MOST_INPUTS,
    Side,
    TornadoBar,
    TornadoRow,
    tornado_svg,
)
from scenarios.study.sensitivity import Effect, RankedInput, Ranking, Verdict
from scenarios.study.sensitivity_words import sentences
from scenarios.study.statistics import Estimate

_SIDES = {-1: Side.LOWER, 0: Side.OTHER, 1: Side.HIGHER}
_MOST_NAMED = 3


class RankingPart(NamedTuple):
    """A ranking as it stands in a page; ``rows`` are the inputs that moved the figure at all."""

    title: str
    ranking: Ranking
    svg: Markup
    note: str
    rows: tuple[RankedInput, ...]
    sentences: tuple[str, ...]


class StrongestInputs(NamedTuple):
    """Another figure, and what moves it most, in words."""

    figure: str
    of: str
    own: Estimate
    inputs: tuple[str, ...]


def ranking_parts(document: Document) -> Iterator[RankingPart]:
    """The rankings of the figures that the study asks for."""
    part = document.sensitivity
    if part is None:
        return
    labels = {row.figure.name: wording.figure_label(row.figure) for row in document.rows}
    for number, ranking in enumerate(part.rankings):
        label = labels.get(ranking.figure, ranking.figure)
        what = f"difference, {ranking.label}" if ranking.is_difference else ranking.label
        rows = tuple(item for item in ranking.inputs if item.span)
        said = tuple(sentences(ranking, document.plan.confidence, names_noise=False))
        title = f"{label}: {what}"
        svg = _chart(f"sensitivity-{number}", rows, ranking, title)
        yield RankingPart(title, ranking, svg, _more(rows), rows, said)


def strongest_inputs(document: Document) -> Iterator[StrongestInputs]:
    """What moves the other headline figures most; of before and after their difference alone."""
    part = document.sensitivity
    if part is None:
        return
    labels = {row.figure.name: wording.figure_label(row.figure) for row in document.rows}
    has_differences = any(ranking.is_difference for ranking in part.others)
    for ranking in part.others:
        if ranking.is_difference is has_differences:
            found = tuple(_strongest(item) for item in ranking.clear_inputs[:_MOST_NAMED])
            yield StrongestInputs(
                labels.get(ranking.figure, ranking.figure), ranking.label, ranking.base, found
            )


def source_of(part: SensitivityPart, item: RankedInput) -> str:
    """Where the values come from that an input was tried as."""
    return next(tried.source for tried in part.tried if tried.input == item.input)


def verdict_text(ranking: Ranking, effect: Effect) -> str:
    """What a value makes of the answer; nothing where nobody knows."""
    verdict = ranking.verdict(effect)
    return "" if verdict is Verdict.OPEN else verdict.value


def _strongest(item: RankedInput) -> str:
    effect = max(item.effects, key=lambda effect: abs(effect.change.mean))
    change = wording.estimate_text(effect.change, signed=True)
    return f"{item.input.path} = {wording.value_text(effect.value)}: {change}"


def _more(rows: tuple[RankedInput, ...]) -> str:
    more = len(rows) - MOST_INPUTS
    return f"{more} more inputs are in the table alone." if more > 0 else ""


def _chart(name: str, rows: tuple[RankedInput, ...], ranking: Ranking, title: str) -> Markup:
    shown = [_row(item) for item in rows[:MOST_INPUTS]]
    if not shown:
        return Markup("")
    told = "; ".join(
        f"{item.input.path} = {wording.value_text(effect.value)}: "
        f"{wording.estimate_text(effect.change, signed=True)}"
        for item in rows[:MOST_INPUTS]
        for effect in item.effects
    )
    own = wording.estimate_text(ranking.base, signed=ranking.is_difference)
    axis = f"change; 0 is the study\N{RIGHT SINGLE QUOTATION MARK}s own values, {own}"
    return Markup(tornado_svg(name, shown, axis, title, f"{told}."))


def _row(item: RankedInput) -> TornadoRow:
    own = item.input.value
    bars = tuple(_bar(own, effect) for effect in item.effects)
    return TornadoRow(f"{item.input.path} ({wording.value_text(own)})", bars)


def _bar(own: Value, effect: Effect) -> TornadoBar:
    label = wording.value_text(effect.value)
    side = _SIDES[side_of(own, effect.value)]
    return TornadoBar(label, side, effect.change.mean, effect.change.interval, effect.is_noise)
