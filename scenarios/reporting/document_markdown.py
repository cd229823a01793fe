"""The report of a study in short, as Markdown: for a message, a ticket or a paper of a working group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from scenarios.reporting.document import Document, FigureRow
from scenarios.reporting.wording import (
    NO_VALUE,
    WHAT_INTERVALS_SAY,
    estimate_text,
    figure_label,
    figure_text,
    number,
    sentence,
    share_of_estimate,
    value_text,
)
from scenarios.study.sensitivity import Ranking, Verdict
from scenarios.study.sensitivity_words import ONE_AT_A_TIME, sentences
from scenarios.study.statistics import DifferenceEstimate, FigureEstimate

_MOST_BESIDE: Final = 3
_MOST_BREACHES: Final = 20
_SPECIAL: Final = "\\`*_{}[]<>#|&~$"


def document_markdown(document: Document) -> str:
    """The summary, ending in a line feed."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    family, plan = document.family, document.plan
    yield f"# {_plain(family.title)}"
    yield ""
    yield f"**{_plain(family.question)}**"
    yield ""
    yield from _warnings(document)
    yield (
        f"dccbench {_plain(document.version)}, scenario `{family.name}`, seed {plan.seed}, "
        f"{_replications(document)} "
        f"Assumed, or set by this study: {sum(not item.is_stated for item in document.assumptions)} "
        f"of {len(document.assumptions)} inputs. A simulation, not a measurement."
    )
    yield ""
    for variant in document.variants:
        own = "".join(f" `{path} = {value_text(value)}`" for path, value in variant.values)
        yield f"- **{_plain(variant.label)}**: {_plain(variant.rules)}{own}"
    for note in document.modifications:
        doubt = "" if note.outcome_confirmed else " (not confirmed)"
        became = f"{_plain(note.outcome)}{doubt}. In force: {note.in_force}."
        yield f"- {note.number}, {_plain(note.title)}: {became}"
    yield ""
    yield "## Figures"
    yield ""
    shown = _beside if len(document.variants) <= _MOST_BESIDE else _below
    yield from shown(document)
    yield ""
    yield from _sensitivity(document)
    yield "## Assumptions"
    yield ""
    yield from _table(
        ("Input", "Value", "Unit", "Source", "Status"),
        (
            (
                f"{_plain(sentence(item.parameter.text))} `{item.parameter.path}`",
                _plain(", ".join(dict.fromkeys(map(value_text, item.values)))),
                _plain(item.parameter.unit),
                _plain(sentence(item.parameter.source)),
                _status(is_default=item.is_default, is_confirmed=item.parameter.confirmed),
            )
            for item in document.assumptions
        ),
    )
    if document.rerun is not None:
        yield ""
        yield f"To run this again, save as `study.toml` and `{document.rerun.command}`:"
        yield ""
        yield "```toml"
        yield document.rerun.study_file.rstrip("\n")
        yield "```"


def _replications(document: Document) -> str:
    if document.replications == 1:
        return "1 replication, no intervals."
    confidence = f"{document.plan.confidence * 100:g} % confidence"
    return f"{document.replications} replications, intervals of {confidence}. {WHAT_INTERVALS_SAY}"


def _warnings(document: Document) -> Iterator[str]:
    if document.note:
        yield f"> {_plain(document.note)}."
        yield ""
    breaches = document.breaches
    if breaches:
        yield f"> **These figures are not to be believed: {len(breaches)} breaches were found.**"
        yield from (f"> - {_plain(breach)}" for breach in breaches[:_MOST_BREACHES])
        yield ""
    if not document.complete:
        most = len(document.plan.variants) * document.plan.replications
        each = ", ".join(number(variant.runs) for variant in document.variants)
        by_variant = f" ({each} by variant)" if document.sensitivity is None else ""
        told = f"{number(document.runs)} runs are finished of {number(most)} at most{by_variant}"
        yield f"> **Partial: {told}.**"
        yield ""


def _status(*, is_default: bool, is_confirmed: bool) -> str:
    if not is_default:
        return "set by this study"
    return "confirmed" if is_confirmed else "**assumed**"


def _beside(document: Document) -> Iterator[str]:
    compared = [number for number, item in enumerate(document.variants) if item.baseline != number]
    labels = [variant.label for variant in document.variants]
    headings = ["Figure", *labels]
    for which in compared:
        less = f"{labels[which]} less {labels[document.variants[which].baseline]}"
        headings.append("Difference" if len(compared) == 1 else less)
    yield from _table(
        tuple(map(_plain, headings)),
        (
            (
                _label(row),
                *map(_cell, row.estimates),
                *(_cell(row.differences[which], signed=True) for which in compared),
            )
            for row in document.rows
        ),
        numbers_from=1,
    )


def _below(document: Document) -> Iterator[str]:
    for row in document.rows:
        yield f"{_label(row)}:"
        yield ""
        yield from _table(
            ("Variant", "Mean", "Difference"),
            (
                (_plain(variant.label), _cell(item), _cell(change, signed=True) if change else "")
                for variant, item, change in zip(
                    document.variants, row.estimates, row.differences, strict=True
                )
            ),
            numbers_from=1,
        )
        yield ""


def _sensitivity(document: Document) -> Iterator[str]:
    """The inputs whose effect is told from chance, strongest first; the others in a sentence."""
    part = document.sensitivity
    if part is None:
        return
    labels = {row.figure.name: figure_label(row.figure) for row in document.rows}
    yield "## Which input carries the answer"
    yield ""
    yield f"{len(part.tried)} inputs were varied. {_plain(ONE_AT_A_TIME)}"
    yield ""
    for ranking in part.rankings:
        what = f"difference, {ranking.label}" if ranking.is_difference else ranking.label
        own = estimate_text(ranking.base, signed=ranking.is_difference)
        yield f"### {_plain(labels.get(ranking.figure, ranking.figure))}: {_plain(what)}"
        yield ""
        yield f"{own} with the study's own values."
        yield ""
        headings = ("Input", "Own", "Tried as", "Changes it by", "to")
        rows = list(_ranked(ranking))
        if rows:
            more = ("Answer",) if ranking.is_difference else ()
            yield from _table((*headings, *more), rows, numbers_from=1)
            yield ""
        for sentence_ in sentences(ranking, document.plan.confidence):
            yield f"- {_plain(sentence_)}"
        yield ""


def _ranked(ranking: Ranking) -> Iterator[tuple[str, ...]]:
    for item in ranking.clear_inputs:
        for effect in item.effects:
            cells = (
                f"`{item.input.path}`",
                _plain(value_text(item.input.value)),
                _plain(value_text(effect.value)),
                estimate_text(effect.change, signed=True),
                estimate_text(effect.figure, signed=ranking.is_difference),
            )
            verdict = ranking.verdict(effect)
            said = "" if verdict is Verdict.OPEN else verdict.value
            yield (*cells, said) if ranking.is_difference else cells


def _label(row: FigureRow) -> str:
    label = _plain(figure_label(row.figure))
    return f"**{label}**" if row.is_headline else label


def _cell(item: FigureEstimate | DifferenceEstimate | None, *, signed: bool = False) -> str:
    if item is None:
        return NO_VALUE
    text = figure_text(item, signed=signed)
    return (
        text
        if item.share is None
        else f"{text} ({share_of_estimate(item.share, item.estimate, signed=signed)})"
    )


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int | None = None
) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    rights = range(len(headings) if numbers_from is None else numbers_from, len(headings))
    yield f"|{'|'.join('---:' if column in rights else '---' for column in range(len(headings)))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _plain(text: str) -> str:
    """A text that Markdown takes for nothing but a text, on one line."""
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in " ".join(text.split()))
