"""Repeated alerts: how many pass, and what the next one that passes says of the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from dcc_worlds import DAY, ESME, GPF, NOW, OPERATOR, OTHER_OPERATOR, SECOND, SUPPLIER

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, DeviceStatusChange, PlainChange, Throttle
from dcc.alert_throttle import AlertThrottle, ThrottleSettings
from dcc.errors import DccValueError
from dcc.notices import Notice
from dcc.response_codes import ResponseCode
from dcc.service_responses import DeviceAlert, ServiceResponse
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode

TWO_A_MINUTE: Final = ThrottleSettings(2, timedelta(minutes=1))
CODE: Final = MessageCode(0x1000)


def status_change(device: Eui64 = ESME, recipient: Eui64 = OPERATOR) -> ServiceResponse:
    change = DeviceStatusChange(device, PlainChange.SUSPENDED)
    return Notice(recipient, DccAlert(DccAlertCode.N8, change)).at(NOW)


def device_alert(counter: int, code: int = 0x8F12, device: Eui64 = ESME) -> ServiceResponse:
    """An alert with nothing in it but its code."""
    payload = b"\x30\x05\x02\x03" + code.to_bytes(3, "big")
    header = GroupingHeader(Cra.ALERT, OriginatorCounter(counter), device, OPERATOR, OtherInformation(CODE))
    octets = encode(Message(header, payload, b"\x01" * 64))
    return ServiceResponse(OPERATOR, None, ResponseCode.I0, NOW, DeviceAlert(CODE, octets))


def throttle_of(alert: ServiceResponse | None) -> Throttle | None:
    assert alert is not None
    assert isinstance(alert.body, DccAlert | DeviceAlert)
    return alert.body.throttle


def test_without_settings_every_alert_passes_as_it_is() -> None:
    throttle = AlertThrottle()
    for _ in range(100):
        assert throttle.pass_on(status_change(), NOW) == status_change()


def test_the_third_in_a_minute_is_held_back_and_counted() -> None:
    throttle = AlertThrottle(TWO_A_MINUTE)
    assert throttle.pass_on(status_change(), NOW) == status_change()
    assert throttle.pass_on(status_change(), NOW) == status_change()
    assert throttle.pass_on(status_change(), NOW + SECOND) is None
    assert throttle.pass_on(status_change(), NOW + timedelta(seconds=59)) is None
    assert throttle_of(throttle.pass_on(status_change(), NOW + timedelta(seconds=60))) == Throttle(1, 2)
    # What was told once is not told again.
    assert throttle_of(throttle.pass_on(status_change(), NOW + DAY)) is None


def test_alerts_of_another_device_or_to_another_user_are_others() -> None:
    throttle = AlertThrottle(ThrottleSettings(1, DAY))
    for alert in (status_change(), status_change(GPF), status_change(recipient=OTHER_OPERATOR)):
        assert throttle.pass_on(alert, NOW) == alert
        assert throttle.pass_on(alert, NOW) is None


def test_series_are_told_apart_by_number() -> None:
    throttle = AlertThrottle(ThrottleSettings(1, DAY))
    for alert in (status_change(), status_change(GPF)):
        assert throttle.pass_on(alert, NOW) is not None
        assert throttle.pass_on(alert, NOW) is None
    later = NOW + DAY
    assert throttle_of(throttle.pass_on(status_change(), later)) == Throttle(1, 1)
    assert throttle_of(throttle.pass_on(status_change(GPF), later)) == Throttle(2, 1)


def test_alerts_of_a_device_repeat_by_their_code_whatever_their_number() -> None:
    throttle = AlertThrottle(ThrottleSettings(1, DAY))
    assert throttle.pass_on(device_alert(1), NOW) is not None
    assert throttle.pass_on(device_alert(2), NOW) is None
    assert throttle.pass_on(device_alert(3, code=0x8F13), NOW) is not None
    assert throttle.pass_on(device_alert(4, device=GPF), NOW) is not None
    assert throttle_of(throttle.pass_on(device_alert(5), NOW + DAY)) == Throttle(1, 1)


def test_what_is_no_alert_is_never_held_back() -> None:
    throttle = AlertThrottle(ThrottleSettings(1, DAY))
    answer = ServiceResponse(SUPPLIER, None, ResponseCode.I99, NOW)
    for _ in range(3):
        assert throttle.pass_on(answer, NOW) is answer


@pytest.mark.parametrize(("most", "period"), [(0, DAY), (1, timedelta())])
def test_settings_that_let_nothing_pass_are_refused(most: int, period: timedelta) -> None:
    with pytest.raises(DccValueError, match="at least one alert in a period above zero"):
        AlertThrottle(ThrottleSettings(most, period))
    AlertThrottle(ThrottleSettings(1, timedelta(microseconds=1)))
