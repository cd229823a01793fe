"""Anomaly detection: step 19. What would breach a threshold is held back, and its sender gets a DCC Alert.

A transform is not looked at: nothing goes out by it. The thresholds are off until they are set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.alert_payloads import Breach
from dcc.anomaly import top_up_pence
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Decision, Finding, rule
from dcc.rules.view import RequestView
from dcc.service_requests import CommandVariant

_DETECTION: Final = Clause("SEC", "G6")


@rule(
    id="user-threshold-holds",
    clause=_DETECTION,
    on_fail=ResponseCode.SIM_QUARANTINE,
    confirmed=False,
    step="19",
    about="anomaly",
)
def user_threshold_holds(view: RequestView) -> Answer:
    """The request stays within the thresholds that its sender has set."""
    anomaly, request = view.world.anomaly, view.request
    if _is_transform(view) or not anomaly.has_user_thresholds(request.request_id.originator):
        return NOT_APPLICABLE
    full = anomaly.full_user_threshold(request, view.now)
    return None if full is None else Finding("one more", f"at most {full}, as the User has set")


@rule(
    id="dcc-threshold-holds",
    clause=_DETECTION,
    on_fail=ResponseCode.SIM_QUARANTINE,
    confirmed=False,
    step="19",
    about="anomaly",
)
def dcc_threshold_holds(view: RequestView) -> Answer:
    """The request stays within the thresholds that the DCC has set for all Users together."""
    anomaly = view.world.anomaly
    if _is_transform(view) or not anomaly.has_dcc_thresholds():
        return NOT_APPLICABLE
    full = anomaly.full_dcc_threshold(view.request, view.now)
    return None if full is None else Finding("one more", f"at most {full}, as the DCC has set")


@rule(
    id="attribute-limits-hold",
    clause=_DETECTION,
    on_fail=ResponseCode.SIM_QUARANTINE,
    confirmed=False,
    step="19",
    about="anomaly",
)
def attribute_limits_hold(view: RequestView) -> Answer:
    """A top-up is worth no more than its sender has set as the limit."""
    most = view.world.anomaly.top_up_limit(view.request.request_id.originator)
    pence = top_up_pence(view.request) if most is not None else None
    if most is None or pence is None:
        return NOT_APPLICABLE
    return None if pence <= most else Finding(f"top-up of {pence} pence", f"at most {most} pence")


def _is_transform(view: RequestView) -> bool:
    return view.request.command_variant is CommandVariant.TRANSFORM


_BREACHES: Final[Mapping[str, Breach]] = {
    user_threshold_holds.id: Breach.USER_THRESHOLD,
    dcc_threshold_holds.id: Breach.DCC_THRESHOLD,
    attribute_limits_hold.id: Breach.ATTRIBUTE_LIMITS,
}


def breach_of(decision: Decision) -> Breach | None:
    """Which limit a request would have passed that was held back; None for any other decision."""
    rejection = decision.rejection
    return _BREACHES.get(rejection.rule_id) if rejection else None
