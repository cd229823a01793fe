"""Why a request got the answer that it got: the rules that were asked, in order, and what each said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dcc.rules.model import Decision, Outcome, Rule, Verdict
from dcc.rules.order import RULE_BOOK

_RULES: Final[dict[str, Rule]] = {rule.id: rule for rule in RULE_BOOK}


def trace(decision: Decision, *, all_rules: bool = False) -> tuple[str, ...]:
    """One line a rule: step, id, verdict, and for a rejection its code, what was observed and expected.

    Rules that had nothing to say are left out unless ``all_rules`` is set.
    """
    return tuple(_lines(decision, all_rules))


def _lines(decision: Decision, all_rules: bool) -> Iterator[str]:
    for verdict in decision.verdicts:
        if all_rules or verdict.outcome in (Outcome.PASS, Outcome.REJECT):
            yield _line(verdict, _RULES[verdict.rule_id])


def _line(verdict: Verdict, rule: Rule) -> str:
    start = f"step {rule.step:<3}{verdict.rule_id}: {verdict.outcome.value}"
    if verdict.code is None:
        return start
    assumed = "" if rule.confirmed else ", assumed"
    return (
        f"{start} with {verdict.code.value} ({rule.clause}{assumed}): "
        f"{verdict.observed}, expected {verdict.expected}"
    )
