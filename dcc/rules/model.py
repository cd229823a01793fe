"""What a rule is and what it says: metadata, a predicate over decoded values, a verdict."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.srv import Srv

if TYPE_CHECKING:
    from dcc.rules.view import RequestView


class Clause(NamedTuple):
    """Where a rule stands: document and clause."""

    document: str
    clause: str

    def __str__(self) -> str:
        return f"{self.document} {self.clause}".rstrip()


class Outcome(enum.Enum):
    """What came of asking a rule."""

    PASS = "pass"
    REJECT = "reject"
    NOT_APPLICABLE = "not applicable"
    NOT_IN_FORCE = "not in force"


class Verdict(NamedTuple):
    """A rule's answer; ``observed`` and ``expected`` say why it rejects, ``code`` with what."""

    rule_id: str
    outcome: Outcome
    code: ResponseCode | None = None
    observed: str = ""
    expected: str = ""


class Finding(NamedTuple):
    """A predicate's answer when it rejects: what it saw and what would have passed."""

    observed: str
    expected: str


class _NotApplicable(enum.Enum):
    NOT_APPLICABLE = enum.auto()


NOT_APPLICABLE: Final = _NotApplicable.NOT_APPLICABLE
Answer = Finding | _NotApplicable | None
"""A predicate's answer: None passes, a finding rejects, NOT_APPLICABLE abstains."""

Predicate = Callable[["RequestView"], Answer]


About = Literal[
    "anomaly",
    "enclosed_certificate",
    "envelope",
    "execution_date_time",
    "read_period",
    "replacement",
    "sequence",
    "signed_message",
]
"""Facts of a view that many requests lack; they are None then."""

SERVICE_SPECIFIC: Final = "16"
"""The step of rules that are particular to a service."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``on_fail`` is its code, or one a service; ``confirmed`` whether a source states the rule.

    ``step`` is where it stands among the DSP's checks, 0b to 19: their order is assumed. ``about`` is the
    fact that the rule is about: of requests without it the predicate says NOT_APPLICABLE, and need not be
    asked.
    """

    id: str
    clause: Clause
    text: str
    on_fail: ResponseCode | Mapping[Srv, ResponseCode]
    confirmed: bool
    predicate: Predicate
    under: Modification | None = None
    step: str = SERVICE_SPECIFIC
    about: About | None = None
    # What doesn't depend on the request is made once: the services, and the verdicts that say nothing of it.
    _services: Collection[Srv] | None = field(init=False, repr=False, compare=False)
    passed: Verdict = field(init=False, repr=False, compare=False)
    not_applicable: Verdict = field(init=False, repr=False, compare=False)
    not_in_force: Verdict = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        services = None if isinstance(self.on_fail, ResponseCode) else frozenset(self.on_fail)
        object.__setattr__(self, "_services", services)
        object.__setattr__(self, "passed", Verdict(self.id, Outcome.PASS))
        object.__setattr__(self, "not_applicable", Verdict(self.id, Outcome.NOT_APPLICABLE))
        object.__setattr__(self, "not_in_force", Verdict(self.id, Outcome.NOT_IN_FORCE))

    def foregone(self, srv: Srv, modifications: Collection[Modification]) -> Verdict | None:
        """The verdict on every request for a service; None where a request has to be looked at."""
        if self.under is not None and self.under not in modifications:
            return self.not_in_force
        if self._services is not None and srv not in self._services:
            return self.not_applicable
        return None

    def ask(self, view: RequestView) -> Verdict:
        """The rule's verdict on a request."""
        return self.foregone(view.request.srv, view.world.modifications) or self.judge(view)

    def judge(self, view: RequestView) -> Verdict:
        """The verdict on a request of which none is foregone."""
        answer = self.predicate(view)
        if answer is None:
            return self.passed
        if answer is NOT_APPLICABLE:
            return self.not_applicable
        code = self.on_fail if isinstance(self.on_fail, ResponseCode) else self.on_fail[view.request.srv]
        return Verdict(self.id, Outcome.REJECT, code, *answer)


def rule(
    *,
    id: str,
    clause: Clause,
    on_fail: ResponseCode | Mapping[Srv, ResponseCode],
    confirmed: bool,
    under: Modification | None = None,
    step: str = SERVICE_SPECIFIC,
    about: About | None = None,
) -> Callable[[Predicate], Rule]:
    """Turn a predicate into a rule; the predicate's docstring, in one line, is the text of the rule."""

    def make(predicate: Predicate) -> Rule:
        text = " ".join((predicate.__doc__ or "").split())
        return Rule(id, clause, text, on_fail, confirmed, predicate, under, step, about)

    return make


class Decision(NamedTuple):
    """All verdicts up to the first rejection."""

    verdicts: tuple[Verdict, ...]

    @property
    def rejection(self) -> Verdict | None:
        """The verdict that rejected, if any."""
        last = self.verdicts[-1] if self.verdicts else None
        return last if last is not None and last.outcome is Outcome.REJECT else None
