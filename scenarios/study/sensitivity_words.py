"""What a ranking of inputs says, in sentences, the same on terminals and in reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scenarios.engine.family import Value
from scenarios.study.sensitivity import Effect, RankedInput, Ranking, Verdict

ONE_AT_A_TIME: Final = (
    "One input at a time has another value, all others those of the study, on the same random events. What "
    "two inputs do together is not seen; the values tried are plausible at best, no limits of what can be."
)
"""What such a study is not to be taken for."""


def sentences(ranking: Ranking, confidence: float, *, names_noise: bool = True) -> Iterator[str]:
    """What the table of a ranking leaves out: whether the answer turns over, chance, what has no effect.

    ``names_noise`` is for tables without the inputs whose effect may be chance.
    """
    if ranking.is_difference:
        yield answer_in_words(ranking)
    if ranking.base.half_width is None:
        yield "One replication has no intervals: how much of the effects is chance is not known."
    else:
        yield from _of_chance(ranking, confidence, names_noise=names_noise)
    none = [item for item in ranking.inputs if item.effects and not item.span]
    if none:
        yield f"Changed nothing on average: {paths(none)}."
    if unseen := [item for item in ranking.inputs if len(item.effects) < len(item.input.others)]:
        yield f"Not yet run with all values: {paths(unseen)}."


def answer_in_words(ranking: Ranking) -> str:
    """Whether any value of any input turns the difference between before and after over."""
    if ranking.base.half_width is None:
        return "One replication does not tell whether any assumption turns the difference over."
    turned, gone, unclear, stays = (
        ranking.with_verdict(verdict)
        for verdict in (Verdict.TURNS, Verdict.GONE, Verdict.UNCLEAR, Verdict.STAYS)
    )
    if not (turned or gone or unclear or stays):
        return "With the study's own values the difference may be chance: there is no answer to turn over."
    told = [
        f"The difference turns over with {_values(turned)}"
        if turned
        else "No value that was tried turns the difference over"
    ]
    if gone:
        told.append(f"it goes away with {_values(gone)}")
    if unclear:
        told.append(f"it is no longer told from chance with {_values(unclear)}")
    return f"{'; '.join(told)}."


def paths(inputs: Iterable[RankedInput]) -> str:
    """Inputs by their paths."""
    return ", ".join(item.input.path for item in inputs)


def value_in_words(value: Value) -> str:
    """A value as people read it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_chance(ranking: Ranking, confidence: float, *, names_noise: bool) -> Iterator[str]:
    noise = [item for item in ranking.inputs if item.is_noise and item.span]
    if noise and names_noise:
        yield f"May be chance, since 0 is in the intervals: {paths(noise)}."
    moved = sum(effect.change.mean != 0 for item in ranking.inputs for effect in item.effects)
    by_chance = f"{moved * (1 - confidence):.0f}"
    if ranking.clear_inputs and by_chance != "0":
        yield (
            f"Were none of the {moved} effects real, about {by_chance} would leave 0 out by chance alone: "
            "the smallest are to be taken with care."
        )


def _values(found: Iterable[tuple[RankedInput, Effect]]) -> str:
    return ", ".join(f"{item.input.path} = {value_in_words(effect.value)}" for item, effect in found)
