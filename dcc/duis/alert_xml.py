"""Alerts in DUIS: of devices and of the DCC itself, both ways (DUIS 3.5, 3.6)."""

from __future__ import annotations

from typing import Any, Final

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, Throttle
from dcc.duis.alert_xml_payloads import ALERT_PAYLOAD
from dcc.duis.response_payloads import ALERT_CODE, GBCS_PAYLOAD
from dcc.duis.shapes import Adapted, Child, Element, Part, Record, Within
from dcc.duis.simple_types import enumeration, integer
from dcc.service_responses import DeviceAlert
from devices.gbcs.carriers import alert_code_of
from devices.gbcs.message import parse

_UNSIGNED_INT: Final = integer(0, 2**32 - 1, int)


class _ThrottlePart(Part):
    """The throttling pair of an alert, either of which the schema lets stand alone."""

    def __init__(self) -> None:
        self._children = (
            Child("sequence_id", "ThrottledAlertSequenceId", _UNSIGNED_INT, optional=True),
            Child("held_back", "ThrottledAlertCount", _UNSIGNED_INT, optional=True),
        )

    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:
        inner: dict[str, Any] = {}
        for part in self._children:
            child = part.read(child, parent, inner)
        throttle = Throttle(**inner)
        values["throttle"] = None if throttle == Throttle() else throttle
        return child

    def write(self, out: list[str], value: Any) -> None:
        throttle = value["throttle"] if isinstance(value, dict) else value.throttle
        for part in self._children if throttle is not None else ():
            part.write(out, throttle)

    @property
    def first(self) -> tuple[str, ...]:
        return tuple(child.tag for child in self._children)


def _device_alert(fields: dict[str, Any]) -> DeviceAlert:
    message = parse(fields["gbcs"])
    found, given = alert_code_of(message), fields["alert_code"]
    if found != given:
        said = "no alert code" if found is None else f"{found:04X}"
        raise ValueError(f"alert code {given:04X}, but {said} in the GBCS payload")
    return DeviceAlert(message.code, fields["gbcs"], fields["throttle"])


def _device_alert_fields(alert: DeviceAlert) -> dict[str, Any]:
    """The alert code comes from the device's message."""
    message = parse(alert.gbcs)
    code = alert_code_of(message)
    if code is None:
        raise ValueError(f"a message {message.code} without alert code, expected an alert of a device")
    if message.code != alert.message_code:
        raise ValueError(f"message code {alert.message_code}, but {message.code} in the GBCS payload")
    return {"alert_code": code, "throttle": alert.throttle, "gbcs": alert.gbcs}


DEVICE_ALERT: Final[Adapted[DeviceAlert, Any]] = Adapted(
    Record(dict, Child("alert_code", "AlertCode", ALERT_CODE), _ThrottlePart(), GBCS_PAYLOAD),
    _device_alert,
    _device_alert_fields,
)
"""Content of DeviceAlertMessage; the code in the XML has to be that of the device's message."""

DCC_ALERT: Final = Record(
    DccAlert,
    Child("code", "DCCAlertCode", enumeration(DccAlertCode)),
    _ThrottlePart(),
    Within("DCCAlert", ALERT_PAYLOAD),
)
"""Content of DCCAlertMessage."""
