"""Anomaly detection: more requests than a User or the DCC expects, or one that asks for too much.

Sans I/O: :class:`AnomalyDetection` counts what passed all checks and says what a request would breach; the
rule book asks it (SEC G6; DUIS 3.6, QuarantinedRequest). That is what the DCC would send: what the bench does
not model counts too. Windows slide: a threshold is of any period of its length (assumed), and what was held
back does not count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from dcc.bodies.meters import TopUp
from dcc.errors import DccValueError
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.srv import Srv
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64
from devices.gbcs.utrn import Utrn

_NAMED: Final = 8


class Threshold(NamedTuple):
    """At most ``most`` requests (1 or more) of a group of services within any ``period``."""

    services: frozenset[Srv]
    most: int
    period: timedelta

    def __str__(self) -> str:
        names = [srv.value for srv in Srv if srv in self.services]
        of_these = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} services"
        return f"{self.most} of {of_these} in {self.period}"


class _Watch:
    """A threshold, and when the last requests that count towards it came: ``most`` of them at most."""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self._last: deque[datetime] = deque(maxlen=threshold.most)

    def is_full(self, now: datetime) -> bool:
        """Whether one more would be too many."""
        return len(self._last) == self.threshold.most and now - self._last[0] < self.threshold.period

    def count(self, now: datetime) -> None:
        self._last.append(now)


class AnomalyDetection:
    """The thresholds in force and what was counted; without thresholds nothing is ever held back.

    Of the attributes that a limit may be set for, the bench knows the value of a top-up (2.2).
    """

    def __init__(self) -> None:
        self._of_user: dict[Eui64, list[_Watch]] = {}
        self._of_dcc: list[_Watch] = []
        self._top_up_pence: dict[Eui64, int] = {}

    def set_user_thresholds(self, user: Eui64, thresholds: Iterable[Threshold]) -> None:
        """Take a User's thresholds in place of its earlier ones; counting begins anew.

        Raises:
            DccValueError: a threshold of less than one request, of no time, or of no service.
        """
        self._of_user[user] = _watches(thresholds)

    def set_dcc_thresholds(self, thresholds: Iterable[Threshold]) -> None:
        """Take the DCC's thresholds, over all Users together, in place of earlier ones.

        Raises:
            DccValueError: as for a User's.
        """
        self._of_dcc = _watches(thresholds)

    def set_top_up_limit(self, user: Eui64, pence: int | None) -> None:
        """Set the highest value of one top-up of a User, in pence; None for no limit."""
        if pence is None:
            self._top_up_pence.pop(user, None)
        else:
            self._top_up_pence[user] = pence

    @property
    def is_on(self) -> bool:
        """Whether any threshold or limit was ever set."""
        return bool(self._of_user or self._of_dcc or self._top_up_pence)

    def full_user_threshold(self, request: ServiceRequest, now: datetime) -> Threshold | None:
        """The sender's threshold that the request would breach."""
        return _full(self._of_user.get(request.request_id.originator, ()), request.srv, now)

    def full_dcc_threshold(self, request: ServiceRequest, now: datetime) -> Threshold | None:
        """The DCC's threshold that the request would breach."""
        return _full(self._of_dcc, request.srv, now)

    def has_user_thresholds(self, user: Eui64) -> bool:
        """Whether a User has set thresholds."""
        return bool(self._of_user.get(user))

    def has_dcc_thresholds(self) -> bool:
        """Whether the DCC has set thresholds."""
        return bool(self._of_dcc)

    def top_up_limit(self, user: Eui64) -> int | None:
        """The highest value of one top-up of a User, in pence."""
        return self._top_up_pence.get(user)

    def count(self, request: ServiceRequest, now: datetime) -> None:
        """Count a request that was accepted; a transform is none yet, since nothing goes out by it."""
        if request.command_variant is CommandVariant.TRANSFORM:
            return
        for watch in (*self._of_user.get(request.request_id.originator, ()), *self._of_dcc):
            if request.srv in watch.threshold.services:
                watch.count(now)


def top_up_pence(request: ServiceRequest) -> int | None:
    """The value of a top-up in pence; None where the request is no top-up, or its number cannot be read."""
    if not isinstance(request.body, TopUp):
        return None
    try:
        return Utrn(request.body.utrn).parts().value.pence
    except GbcsError:
        return None


def _watches(thresholds: Iterable[Threshold]) -> list[_Watch]:
    given = list(thresholds)
    for threshold in given:
        if threshold.most < 1 or threshold.period <= timedelta() or not threshold.services:
            expected = "at least one request, of at least one service, in a period above zero"
            raise DccValueError("anomaly threshold", str(threshold), expected)
    return [_Watch(threshold) for threshold in given]


def _full(watches: Iterable[_Watch], srv: Srv, now: datetime) -> Threshold | None:
    for watch in watches:
        if srv in watch.threshold.services and watch.is_full(now):
            return watch.threshold
    return None
