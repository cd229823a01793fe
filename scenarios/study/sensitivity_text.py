"""Inputs in the order of their effects, in plain text: a table for each figure and variant."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from scenarios.engine.family import Family
from scenarios.explain_tables import table_of, table_text, width_for
from scenarios.study.results import StudyResult
from scenarios.study.sensitivity import Ranking, Verdict, rankings_of
from scenarios.study.sensitivity_words import ONE_AT_A_TIME, sentences, value_in_words
from scenarios.study.study_numbers import number_text

_WIDTH: Final = 110


def sensitivity_lines(result: StudyResult, family: Family) -> Iterator[str]:
    """The rankings of a study, the figure that answers the question first."""
    asked = result.plan.sensitivity
    if asked is None:
        return
    labels = {figure.name: figure.label for figure in family.figures}
    yield ""
    yield from wrap(ONE_AT_A_TIME, _WIDTH)
    for figure in asked.figures:
        for ranking in rankings_of(result, figure):
            yield ""
            yield from wrap(f"{labels.get(figure, figure)}: {_of_what(ranking)}", _WIDTH)
            if any(item.span for item in ranking.inputs):
                yield _table(ranking)
            for sentence in sentences(ranking, result.plan.confidence):
                yield from wrap(sentence, _WIDTH, break_long_words=False)


def _of_what(ranking: Ranking) -> str:
    own = number_text(ranking.base, signed=ranking.is_difference)
    what = f"the difference, {ranking.label}" if ranking.is_difference else ranking.label
    return f"{what}, {own} with the study's own values"


def _table(ranking: Ranking) -> str:
    """What is told from chance, strongest first; if nothing is, what moved the figure at all."""
    shown = ranking.clear_inputs or tuple(item for item in ranking.inputs if item.span)
    widest = width_for((item.input.path for item in shown), 43)
    table = table_of({"Input": max(widest, len("Input")), "Own": None, "Tried as": None})
    for heading in ("Changes it by", "to", *(("Answer",) if ranking.is_difference else ())):
        table.add_column(heading, justify="right" if heading != "Answer" else "left", overflow="fold")
    for item in shown:
        first = item.input.path, value_in_words(item.input.value)
        for effect in item.effects:
            cells = (
                *first,
                value_in_words(effect.value),
                number_text(effect.change, signed=True),
                number_text(effect.figure, signed=ranking.is_difference),
            )
            verdict = ranking.verdict(effect)
            said = "" if verdict is Verdict.OPEN else verdict.value
            table.add_row(*cells, *((said,) if ranking.is_difference else ()))
            first = "", ""
    return table_text(table)
