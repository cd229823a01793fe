"""What 6.11, 6.13, 6.22, 8.1.1 and 11.3 ask of sender, device and values: step 16; the codes are assumed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from dcc.bodies.meters import (
    ActivateFirmware,
    AlertGroup,
    ConfigureAlerts,
    GasAlertSetting,
    SynchroniseClock,
)
from dcc.bodies.reads import EventLog, ReadEventLog
from dcc.parties import UserRole
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.transform.meters import events_of_group
from devices.gbcs.firmware import IMAGE_HASH_OCTETS
from devices.gbcs.identifiers import DeviceType

_LOGS: Final = Clause("DUIS", "schema, ReadEventOrSecurityLog")
_ALERTS: Final = Clause("DUIS", "schema, ConfigureAlertBehaviour")
_CLOCKS: Final = Clause("DUIS", "schema, CurrentDateTime and TolerancePeriod")
_FIRMWARE: Final = Clause("DUIS", "schema, ActivateFirmware")
_LONGEST_TOLERANCE: Final = timedelta(days=1)
# Every moment between these can be written in UTC, whatever its zone.
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_ESME: Final = DeviceType.ESME
_GSME: Final = DeviceType.GSME
_GPF: Final = DeviceType.GPF
_CHF: Final = DeviceType.CHF

LOG_KEEPERS: Final[Mapping[EventLog, frozenset[DeviceType]]] = {
    EventLog.EVENT: frozenset({_ESME, _GSME, _GPF, _CHF}),
    EventLog.SECURITY: frozenset({_ESME, _GSME, _GPF, _CHF}),
    EventLog.POWER_EVENT: frozenset({_ESME}),
    EventLog.ALCS_EVENT: frozenset({_ESME}),
    EventLog.GSME_EVENT: frozenset({_GPF}),
    EventLog.GSME_SECURITY: frozenset({_GPF}),
}
"""Which types of device keep a log; a gas proxy function also keeps copies of its meter's (assumed)."""

# The log of auxiliary controllers is the one that the access control broker cannot read for a User whom the
# device does not know.
_NOT_READ_BY: Final[Mapping[EventLog, frozenset[UserRole]]] = {
    EventLog.ALCS_EVENT: frozenset({UserRole.RSA}),
}
_SUPPLIER: Final = (UserRole.IS, _ESME)
_OPERATOR: Final = (UserRole.ED, _ESME)
_GAS_SUPPLIER: Final = (UserRole.GS, _GSME)
_FITTING: Final[Mapping[AlertGroup, tuple[UserRole, DeviceType]]] = {
    AlertGroup.ELECTRICITY_SUPPLIER_ALERTS: _SUPPLIER,
    AlertGroup.ELECTRICITY_SUPPLIER_HAN_ALERTS: _SUPPLIER,
    AlertGroup.ELECTRICITY_SUPPLIER_ALARMS: _SUPPLIER,
    AlertGroup.ELECTRICITY_SUPPLIER_LOGGING: _SUPPLIER,
    AlertGroup.ELECTRICITY_NETWORK_ALERTS: _OPERATOR,
    AlertGroup.ELECTRICITY_NETWORK_LOGGING: _OPERATOR,
    AlertGroup.GAS_SUPPLIER_ALERTS: _GAS_SUPPLIER,
    AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS: _GAS_SUPPLIER,
}


@rule(
    id="log-is-kept-by-device",
    clause=_LOGS,
    on_fail={Srv.READ_EVENT_LOG: ResponseCode.E061301},
    confirmed=False,
)
def log_is_kept_by_device(view: RequestView) -> Answer:
    """The log that is to be read is one that this type of device keeps."""
    body, device = view.request.body, view.device
    if not isinstance(body, ReadEventLog) or device is None:
        return NOT_APPLICABLE
    keepers = LOG_KEEPERS[body.log]
    if device.device_type in keepers:
        return None
    expected = ", ".join(sorted(kind.value for kind in keepers))
    return Finding(f"log {body.log.value} of {device.device_type.value}", f"one of {expected}")


@rule(
    id="role-may-read-log",
    clause=_LOGS,
    on_fail={Srv.READ_EVENT_LOG: ResponseCode.E061304},
    confirmed=False,
)
def role_may_read_log(view: RequestView) -> Answer:
    """The log of auxiliary controllers is for Users whom the device knows: no agent reads it."""
    body, role = view.request.body, view.acting_role
    if not isinstance(body, ReadEventLog) or role is None or body.log not in _NOT_READ_BY:
        return NOT_APPLICABLE
    excluded = _NOT_READ_BY[body.log]
    if role not in excluded:
        return None
    return Finding(f"log {body.log.value} by {role.value}", "a supplier or a network operator")


@rule(
    id="alert-group-fits-device",
    clause=_ALERTS,
    on_fail={Srv.CONFIGURE_ALERTS: ResponseCode.E062201},
    confirmed=False,
)
def alert_group_fits_device(view: RequestView) -> Answer:
    """Each group of settings is for one type of meter."""
    body, device = view.request.body, view.device
    if not isinstance(body, ConfigureAlerts) or device is None:
        return NOT_APPLICABLE
    _, kind = _FITTING[body.group]
    if device.device_type is kind:
        return None
    return Finding(f"{body.group.value} on {device.device_type.value}", kind.value)


@rule(
    id="role-may-set-alert-group",
    clause=_ALERTS,
    on_fail={Srv.CONFIGURE_ALERTS: ResponseCode.E062202},
    confirmed=False,
)
def role_may_set_alert_group(view: RequestView) -> Answer:
    """Each group of settings belongs to one User Role."""
    body, role = view.request.body, view.acting_role
    if not isinstance(body, ConfigureAlerts) or role is None:
        return NOT_APPLICABLE
    owner, _ = _FITTING[body.group]
    return None if role is owner else Finding(f"{body.group.value} by {role.value}", owner.value)


@rule(
    id="alert-group-has-settings",
    clause=_ALERTS,
    on_fail={Srv.CONFIGURE_ALERTS: ResponseCode.E062203},
    confirmed=False,
)
def alert_group_has_settings(view: RequestView) -> Answer:
    """At least one event is set, none of them both on and off, and all are of those that the group sets."""
    body = view.request.body
    if not isinstance(body, ConfigureAlerts):
        return NOT_APPLICABLE
    events: dict[int, bool | GasAlertSetting] = {}
    reach = events_of_group(body.group)
    for event, setting in (pair for section in body.settings.values() for pair in section.items()):
        if reach is not None and event not in reach:
            return Finding(f"event {event:04X} in {body.group.value}", f"{reach[0]:04X} to {reach[-1]:04X}")
        if events.setdefault(event, setting) != setting:
            return Finding(f"event {event:04X} set in two ways", "one setting of an event")
    return None if events else Finding(f"{body.group.value} without a setting", "a setting of an event")


@rule(
    id="clock-setting-is-usable",
    clause=_CLOCKS,
    on_fail=dict.fromkeys((Srv.SYNCHRONISE_CLOCK, Srv.COMMISSION_DEVICE), ResponseCode.SIM_SCHEMA),
    confirmed=False,
)
def clock_setting_is_usable(view: RequestView) -> Answer:
    """The time to set has a zone, and with a tolerance of up to a day it stays within years 1 to 9999."""
    body = view.request.body
    if not isinstance(body, SynchroniseClock):
        return NOT_APPLICABLE
    current, tolerance = body.current_date_time, body.tolerance_seconds
    if current.tzinfo is None:
        return Finding(f"{current.isoformat()} without time zone", "a time with its zone")
    if not 0 <= tolerance <= _LONGEST_TOLERANCE.total_seconds():
        return Finding(f"a tolerance of {tolerance} seconds", "0 to 86400 seconds")
    if _EARLIEST <= current <= _LATEST - timedelta(seconds=tolerance):
        return None
    return Finding(f"{current.isoformat()} and {tolerance} seconds", "a time that can be written in UTC")


@rule(
    id="firmware-hash-has-its-length",
    clause=_FIRMWARE,
    on_fail={Srv.ACTIVATE_FIRMWARE: ResponseCode.SIM_SCHEMA},
    confirmed=False,
)
def firmware_hash_has_its_length(view: RequestView) -> Answer:
    """The hash of the image that is to be activated is one of SHA-256."""
    body = view.request.body
    if not isinstance(body, ActivateFirmware):
        return NOT_APPLICABLE
    found = len(body.firmware_hash)
    return None if found == IMAGE_HASH_OCTETS else Finding(f"{found} octets", f"{IMAGE_HASH_OCTETS} octets")


RULES: Final[tuple[Rule, ...]] = (
    log_is_kept_by_device,
    role_may_read_log,
    alert_group_fits_device,
    role_may_set_alert_group,
    alert_group_has_settings,
    clock_setting_is_usable,
    firmware_hash_has_its_length,
)
