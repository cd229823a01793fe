"""Repeated alerts: which go to a User, and which are held back and counted (DUIS schema, ThrottledAlert*).

When the DCC throttles was not published: how many alerts of a kind pass in which time is a setting, and
without one every alert passes (assumed).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from dcc.alert_payloads import DccAlert, Throttle
from dcc.errors import DccValueError
from dcc.service_responses import DeviceAlert, ServiceResponse
from devices.gbcs.carriers import alert_code_of
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import parse


class ThrottleSettings(NamedTuple):
    """At most ``most`` alerts (1 or more) of one kind go to one User within any ``period``."""

    most: int
    period: timedelta


class _Kind(NamedTuple):
    """What makes two alerts the same: who is told, by whom, of what."""

    recipient: Eui64
    source: Eui64 | None
    code: str


@dataclass(slots=True)
class _Series:
    """When alerts of a kind went out, how many were held back since, and the number of the series."""

    sequence_id: int
    sent: deque[datetime]
    held_back: int = 0


@dataclass(slots=True)
class AlertThrottle:
    """Counts alerts by kind; ``settings`` None lets all pass.

    Raises:
        DccValueError: settings that would let nothing pass, or have no time.
    """

    settings: ThrottleSettings | None = None
    _series: dict[_Kind, _Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.settings
        if settings is not None and (settings.most < 1 or settings.period <= timedelta()):
            shown = f"{settings.most} in {settings.period}"
            raise DccValueError("alert throttle", shown, "at least one alert in a period above zero")

    def pass_on(self, alert: ServiceResponse, now: datetime) -> ServiceResponse | None:
        """The alert as it goes to its User, or None where it is held back.

        The first one that passes after others were held back says how many those were.
        """
        if self.settings is None or not isinstance(alert.body, DeviceAlert | DccAlert):
            return alert
        series = self._series_of(_kind(alert, alert.body))
        while series.sent and series.sent[0] <= now - self.settings.period:
            series.sent.popleft()
        if len(series.sent) >= self.settings.most:
            series.held_back += 1
            return None
        series.sent.append(now)
        if not series.held_back:
            return alert
        throttle, series.held_back = Throttle(series.sequence_id, series.held_back), 0
        return alert._replace(body=alert.body._replace(throttle=throttle))

    def _series_of(self, kind: _Kind) -> _Series:
        if kind not in self._series:
            self._series[kind] = _Series(len(self._series) + 1, deque())
        return self._series[kind]


def _kind(alert: ServiceResponse, body: DeviceAlert | DccAlert) -> _Kind:
    """The DCC's alerts repeat where they say the same, a device's where its code and message code are."""
    if isinstance(body, DccAlert):
        return _Kind(alert.recipient, None, f"{body.code.value} {body.payload}")
    message = parse(body.gbcs)
    return _Kind(alert.recipient, message.header.originator, f"{message.code} {alert_code_of(message)}")
