"""The rule books as data for people and machines: every rule in its place, with its codes and its tests.

The first is the DSP's; an S1SP has one of its own, for what the DSP has countersigned.

Which tests try which rule is recorded in ``dcc/rules/tests.csv``, so that it is known where there are no
tests: ``python tests/rule_tests.py`` writes it, and a test fails when it has gone stale.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.rules.model import Clause, Rule
from dcc.rules.order import RULE_BOOK
from dcc.rules.smets1 import S1SP_RULES


class Book(StrEnum):
    """Whose rules."""

    DSP = "DSP"
    S1SP = "S1SP"


_RULES: Final[Mapping[Book, tuple[Rule, ...]]] = {Book.DSP: RULE_BOOK, Book.S1SP: S1SP_RULES}


class RuleCode(NamedTuple):
    """A code that a rule gives, and to which services; none named is every service the rule applies to."""

    code: ResponseCode
    services: tuple[str, ...]


class RuleEntry(NamedTuple):
    """A rule of a book; ``number`` counts from 1 and is the order in which the book's rules are asked.

    ``step`` is the check that the rule is part of, of those the DCC makes one after the other.
    """

    book: Book
    number: int
    id: str
    step: str
    clause: Clause
    text: str
    codes: tuple[RuleCode, ...]
    confirmed: bool
    modification: Modification | None
    tests: tuple[str, ...]


def rule_entries(book: Book = Book.DSP) -> tuple[RuleEntry, ...]:
    """Every rule of a book, in the order in which they are asked."""
    return tuple(_entry(book, number, rule) for number, rule in enumerate(_RULES[book], start=1))


def rules_that_raise(code: ResponseCode) -> tuple[tuple[RuleEntry, RuleCode], ...]:
    """The rules of both books that give a code, each with the services it gives it to."""
    entries = (entry for book in Book for entry in rule_entries(book))
    return tuple((entry, given) for entry in entries for given in entry.codes if given.code is code)


def codes_of(rule: Rule) -> tuple[RuleCode, ...]:
    """The codes of a rule, each once, as the rule names them."""
    if isinstance(rule.on_fail, ResponseCode):
        return (RuleCode(rule.on_fail, ()),)
    services: dict[ResponseCode, list[str]] = {}
    for srv, code in rule.on_fail.items():
        services.setdefault(code, []).append(srv.value)
    return tuple(RuleCode(code, tuple(names)) for code, names in services.items())


def _entry(book: Book, number: int, rule: Rule) -> RuleEntry:
    return RuleEntry(
        book=book,
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
