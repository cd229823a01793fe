"""Execution date-times and periods of reads: step 14 (DUIS 3.10.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dcc.bodies.credentials import CANCELLATION
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import FIRST_MOMENT, LAST_MOMENT, RequestView
from dcc.service_requests import LOCAL_VARIANTS
from dcc.services import HeldBy

_EXECUTION: Final = Clause("DUIS", "3.10.2")
_VALIDATION: Final = Clause("DUIS", "3.2.5")


@rule(
    id="execution-time-is-allowed",
    clause=_EXECUTION,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
    step="14",
    about="execution_date_time",
)
def execution_time_is_allowed(view: RequestView) -> Answer:
    """A request with an execution date-time is for a service that can wait, and not for local delivery."""
    at = view.execution_date_time
    if at is None:
        return NOT_APPLICABLE
    if not view.service.future_dated:
        return Finding(at.isoformat(), f"none for {view.request.srv.value}, executed at once")
    if view.request.command_variant in LOCAL_VARIANTS:
        return Finding(f"{at.isoformat()} for local delivery", "none, executed on demand")
    return None


@rule(
    id="execution-time-is-usable",
    clause=_EXECUTION,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
    step="14",
    about="execution_date_time",
)
def execution_time_is_usable(view: RequestView) -> Answer:
    """An execution date-time is a whole second of a time zone, neither past nor beyond a cancellation's."""
    at = view.execution_date_time
    if at is None or at == CANCELLATION:
        return NOT_APPLICABLE
    if at.tzinfo is None:
        return _without_zone(at)
    if at < view.now:
        return Finding(at.isoformat(), f"not before {view.now.isoformat()}")
    if at > CANCELLATION:
        # At the very end of time GBCS would read a cancellation that nobody has asked for.
        return Finding(at.isoformat(), f"not after {CANCELLATION.isoformat()}")
    return Finding(at.isoformat(), "a whole second") if at.microsecond else None


@rule(
    id="cancellation-is-for-a-device",
    clause=_EXECUTION,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
    step="14",
    about="execution_date_time",
)
def cancellation_is_for_a_device(view: RequestView) -> Answer:
    """The date-time of a cancellation calls off what a device holds, not what the DCC holds."""
    if view.execution_date_time != CANCELLATION:
        return NOT_APPLICABLE
    if HeldBy.DEVICE in view.service.future_dated:
        return None
    return Finding(f"cancellation of {view.request.srv.value}", "a service that devices hold until its time")


@rule(
    id="execution-time-is-near-enough",
    clause=_EXECUTION,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
    step="14",
    about="execution_date_time",
)
def execution_time_is_near_enough(view: RequestView) -> Answer:
    """An execution date-time is no further ahead than the DCC is set to accept."""
    at, furthest = view.execution_time, view.world.furthest_execution
    if at is None or furthest is None:
        return NOT_APPLICABLE
    ahead = at - view.now
    return None if ahead <= furthest else Finding(f"{ahead} ahead", f"{furthest} at most")


@rule(
    id="read-period-is-usable",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_DATE,
    confirmed=False,
    step="14",
    about="read_period",
)
def read_period_is_usable(view: RequestView) -> Answer:
    """The period of a read has a time zone, does not end before it begins, and lies in the devices' time."""
    if view.read_period is None:
        return NOT_APPLICABLE
    start, end = view.read_period
    for at in (start, end):
        if at.tzinfo is None:
            return _without_zone(at)
    if start > end:
        return Finding(_period(start, end), "an end not before the start")
    if start < FIRST_MOMENT or end > LAST_MOMENT:
        return Finding(_period(start, end), _period(FIRST_MOMENT, LAST_MOMENT))
    return None


def _period(start: datetime, end: datetime) -> str:
    return f"{start.isoformat()} to {end.isoformat()}"


def _without_zone(at: datetime) -> Finding:
    return Finding(f"{at.isoformat()} without time zone", "a time with its zone")
