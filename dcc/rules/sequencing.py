"""Requests in a sequence: step 13. Which of the codes E40 to E47 stands for what was not seen.

The real DCC is believed to keep a request until the one before it has ended. Here it is refused, and may be
sent again under another RequestID. A refused request has failed, for whatever reason: none can follow it, and
it follows none. A transform waits for nothing: it puts nothing to work yet.
"""

from __future__ import annotations

from typing import Final

from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.service_requests import CommandVariant

_SEQUENCE: Final = Clause("DUIS", "schema, FirstInSequence and PrecedingServiceRequestID")


def _preceding(view: RequestView) -> RequestId | None:
    """The request to wait for, where there is one."""
    if view.request.command_variant is CommandVariant.TRANSFORM:
        return None
    return view.request.preceding


@rule(
    id="sequence-flags-agree",
    clause=_SEQUENCE,
    on_fail=ResponseCode.SIM_SEQUENCE,
    confirmed=False,
    step="13",
    about="sequence",
)
def sequence_flags_agree(view: RequestView) -> Answer:
    """A request that is the first of a sequence names no preceding one."""
    preceding = view.request.preceding
    if preceding is None and not view.request.first_in_sequence:
        return NOT_APPLICABLE
    if preceding is None or not view.request.first_in_sequence:
        return None
    return Finding(f"first in sequence, preceded by {preceding}", "one of the two")


@rule(
    id="preceding-request-is-another",
    clause=_SEQUENCE,
    on_fail=ResponseCode.SIM_SEQUENCE,
    confirmed=False,
    step="13",
    about="sequence",
)
def preceding_request_is_another(view: RequestView) -> Answer:
    """A request does not name itself as preceding."""
    if view.request.preceding is None:
        return NOT_APPLICABLE
    if view.request.preceding != view.request.request_id:
        return None
    return Finding(f"{view.request.preceding} precedes itself", "an earlier request")


@rule(
    id="preceding-request-is-the-senders",
    clause=_SEQUENCE,
    on_fail=ResponseCode.SIM_SEQUENCE,
    confirmed=False,
    step="13",
    about="sequence",
)
def preceding_request_is_the_senders(view: RequestView) -> Answer:
    """The preceding request is one of the same User."""
    preceding, originator = view.request.preceding, view.request.request_id.originator
    if preceding is None:
        return NOT_APPLICABLE
    return None if preceding.originator == originator else Finding(str(preceding), f"one of {originator}")


@rule(
    id="preceding-request-is-known",
    clause=_SEQUENCE,
    on_fail=ResponseCode.SIM_SEQUENCE,
    confirmed=False,
    step="13",
    about="sequence",
)
def preceding_request_is_known(view: RequestView) -> Answer:
    """The DCC has taken the preceding request."""
    preceding = _preceding(view)
    if preceding is None:
        return NOT_APPLICABLE
    known = view.world.ledger.is_known(preceding)
    return None if known else Finding(f"{preceding} is not known", "a request that the DCC has taken")


@rule(
    id="preceding-request-succeeded",
    clause=_SEQUENCE,
    on_fail=ResponseCode.SIM_SEQUENCE,
    confirmed=False,
    step="13",
    about="sequence",
)
def preceding_request_succeeded(view: RequestView) -> Answer:
    """The preceding request has ended in success."""
    preceding = _preceding(view)
    if preceding is None:
        return NOT_APPLICABLE
    outcome = view.world.ledger.outcome(preceding)
    if outcome:
        return None
    state = "is not answered yet" if outcome is None else "has failed"
    return Finding(f"{preceding} {state}", "a request that has succeeded")


@rule(
    id="preceding-request-has-no-follower",
    clause=_SEQUENCE,
    on_fail=ResponseCode.SIM_SEQUENCE,
    confirmed=False,
    step="13",
    about="sequence",
)
def preceding_request_has_no_follower(view: RequestView) -> Answer:
    """No other request follows the preceding one already."""
    preceding = _preceding(view)
    if preceding is None:
        return NOT_APPLICABLE
    follower = view.world.ledger.follower(preceding)
    if follower is None or follower == view.request.request_id:
        return None
    return Finding(f"{preceding} is followed by {follower}", "a request that none follows yet")
