"""Bounds of a share that was 0, or 1, in every run, which an interval over replications would have as ± 0.

None of n has a one-sided upper bound by Clopper and Pearson, 1 - (1 - confidence)^(1/n): for 95 % the rule of
three, about 3/n. All of n has the like from below. What was counted is put together over all replications, as
if each of them had a chance of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scenarios.engine.outcome import Number

Bound = tuple[float, float]
"""The low and the high end; of one-sided bounds one of them is what was seen."""

_Counted = Mapping[int, tuple[Number, Number]]
"""By replication: so many, of so many."""


def bounds_of(counted: _Counted, confidence: float) -> tuple[Bound, Bound] | None:
    """The bounds of the mean count in a run, and of the share; None unless it was none or all in every run.

    Shares of what is not counted in whole numbers, such as days, have none.
    """
    pairs = [pair for pair in counted.values() if pair[1]]
    share = _bound(pairs, confidence)
    if share is None:
        return None
    mean = sum(whole for _, whole in pairs) / len(counted)
    return (share[0] * mean, share[1] * mean), share


def bounds_of_difference(there: _Counted, base: _Counted, confidence: float) -> tuple[Bound, Bound] | None:
    """The same of a difference, of the replications that both have; None unless both were none or all.

    Each side has half of the doubt, so that together they have as much confidence as is asked for.
    """
    both = sorted(there.keys() & base.keys())
    found = [
        bounds_of({number: counted[number] for number in both}, (1 + confidence) / 2)
        for counted in (there, base)
    ]
    one, other = found
    if one is None or other is None:
        return None
    return _less(one[0], other[0]), _less(one[1], other[1])


def _bound(pairs: Sequence[tuple[Number, Number]], confidence: float) -> Bound | None:
    if len(pairs) < 2 or not all(isinstance(number, int) for pair in pairs for number in pair):
        return None
    rest = (1 - confidence) ** (1 / sum(whole for _, whole in pairs))
    if not any(part for part, _ in pairs):
        return 0.0, 1 - rest
    return (rest, 1.0) if all(part == whole for part, whole in pairs) else None


def _less(there: Bound, base: Bound) -> Bound:
    return there[0] - base[1], there[1] - base[0]
