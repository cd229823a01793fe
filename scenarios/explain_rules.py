"""The rule book as data for people and machines: every rule in its place, with its codes and its tests.

Which tests try which rule is recorded in ``dcc/rules/tests.csv``, so that it is known where there are no
tests: ``python tests/rule_tests.py`` writes it, and a test fails when it has gone stale.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.rules.model import Clause, Rule
from dcc.rules.order import RULE_BOOK


class RuleCode(NamedTuple):
    """A code that a rule gives, and to which services; none named is every service the rule applies to."""

    code: ResponseCode
    services: tuple[str, ...]


class RuleEntry(NamedTuple):
    """A rule of the book; ``number`` counts from 1 and is the order in which the rules are asked.

    ``step`` is the check that the rule is part of, of those the DCC makes one after the other.
    """

    number: int
    id: str
    step: str
    clause: Clause
    text: str
    codes: tuple[RuleCode, ...]
    confirmed: bool
    modification: Modification | None
    tests: tuple[str, ...]


def rule_entries() -> tuple[RuleEntry, ...]:
    """Every rule, in the order in which they are asked."""
    return tuple(_entry(number, rule) for number, rule in enumerate(RULE_BOOK, start=1))


def rules_that_raise(code: ResponseCode) -> tuple[tuple[RuleEntry, RuleCode], ...]:
    """The rules that give a code, each with the services it gives it to."""
    return tuple((entry, given) for entry in rule_entries() for given in entry.codes if given.code is code)


def codes_of(rule: Rule) -> tuple[RuleCode, ...]:
    """The codes of a rule, each once, as the rule names them."""
    if isinstance(rule.on_fail, ResponseCode):
        return (RuleCode(rule.on_fail, ()),)
    services: dict[ResponseCode, list[str]] = {}
    for srv, code in rule.on_fail.items():
        services.setdefault(code, []).append(srv.value)
    return tuple(RuleCode(code, tuple(names)) for code, names in services.items())


def _entry(number: int, rule: Rule) -> RuleEntry:
    return RuleEntry(
        number=number,
        id=rule.id,
        step=rule.step,
        clause=rule.clause,
        text=rule.text,
        codes=codes_of(rule),
        confirmed=rule.confirmed,
        modification=rule.under,
        tests=_tests_by_rule().get(rule.id, ()),
    )


@cache
def _tests_by_rule() -> Mapping[str, tuple[str, ...]]:
    """The recorded tests of each rule, as pytest names them."""
    text = files("dcc.rules").joinpath("tests.csv").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["rule"], []).append(row["test"])
    return {rule_id: tuple(tests) for rule_id, tests in found.items()}
