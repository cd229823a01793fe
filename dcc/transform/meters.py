"""What is set on a meter: 2.2, 6.11, 6.20.1, 6.20.2, 6.22, 8.1.1, 11.3, 14.1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from dcc.bodies.credentials import CANCELLATION
from dcc.bodies.meters import (
    ActivateFirmware,
    AlertGroup,
    ConfigureAlerts,
    GasAlertSetting,
    RecordGasNetworkData,
    SetExportMpan,
    SetImportMpxn,
    SynchroniseClock,
    TopUp,
)
from dcc.bodies.reads import Read
from dcc.command_plan import CommandPlan
from dcc.identifiers import Mpan, Mprn
from dcc.srv import Srv
from dcc.transform.sending import in_a_name, of_supplier
from dcc.transform.transformable import Transform, Transformable
from devices.gbcs import firmware
from devices.gbcs.credentials import CANCELLATION_TIME
from devices.gbcs.cs01 import CS01A, CS01B, GasTopUp, build_cs01a_command, build_cs01b_command
from devices.gbcs.dlms_updates import (
    BEHAVIOUR_UPDATES,
    ECS25A,
    ECS25A1,
    ECS25A2,
    ECS25A3,
    ECS25B,
    ECS25B3,
    ECS39A,
    ECS39B,
    EVENTS,
    BehaviourChange,
    build_behaviour_command,
    build_ecs39a_command,
    build_ecs39b_command,
)
from devices.gbcs.ecs70 import ECS70, build_ecs70_command
from devices.gbcs.gas_clock import GCS28, SetClock
from devices.gbcs.gas_updates import (
    GCS20,
    GCS31,
    GCS41,
    EventBehaviour,
    build_gcs20_command,
    build_gcs31_command,
    build_gcs41_command,
    grouped,
)
from devices.gbcs.identifiers import DeviceType, MessageCode
from devices.gbcs.message import GroupingHeader
from devices.gbcs.payloads import encode_payload

_ESME: Final = DeviceType.ESME
_GSME: Final = DeviceType.GSME
_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)
# Which behaviours GasSupplierAlerts leaves as they are is not known: GCS20 always says all of an event's.
_ELECTRICITY_GROUPS: Final[Mapping[AlertGroup, MessageCode]] = {
    AlertGroup.ELECTRICITY_SUPPLIER_ALERTS: ECS25A,
    AlertGroup.ELECTRICITY_SUPPLIER_HAN_ALERTS: ECS25A1,
    AlertGroup.ELECTRICITY_SUPPLIER_ALARMS: ECS25A2,
    AlertGroup.ELECTRICITY_SUPPLIER_LOGGING: ECS25A3,
    AlertGroup.ELECTRICITY_NETWORK_ALERTS: ECS25B,
    AlertGroup.ELECTRICITY_NETWORK_LOGGING: ECS25B3,
}


def top_up(asked: Transformable) -> CommandPlan | None:
    """2.2: CS01a or CS01b."""
    if not isinstance(asked.body, TopUp):
        return None
    digits = asked.body.utrn
    if asked.device_type is _ESME:
        return in_a_name(asked, CS01A, lambda header: build_cs01a_command(header.originator_counter, digits))
    if asked.device_type is _GSME:
        return in_a_name(asked, CS01B, lambda _: build_cs01b_command(GasTopUp(digits)))
    return None


def set_clock(asked: Transformable) -> CommandPlan | None:
    """6.11 and 8.1.1: ECS70 or GCS28, the time and how much later it may be.

    None where that lies behind the end of year 9999.
    """
    if not isinstance(asked.body, SynchroniseClock):
        return None
    current, tolerance = asked.body
    if tolerance > (_LAST_MOMENT - current).total_seconds():
        return None
    if asked.device_type is _ESME:
        return of_supplier(
            asked, ECS70, lambda header: build_ecs70_command(header.originator_counter, current, tolerance)
        )
    if asked.device_type is _GSME:
        window = SetClock(current, current + timedelta(seconds=tolerance))
        return of_supplier(asked, GCS28, lambda _: encode_payload(window))
    return None


def set_import_mpxn(asked: Transformable) -> CommandPlan | None:
    """6.20.1: ECS39a or GCS41."""
    if not isinstance(asked.body, SetImportMpxn):
        return None
    number, secondary = asked.body.import_mpxn, asked.body.secondary_import_mpan or ""
    if asked.device_type is _ESME and isinstance(number, Mpan):
        return in_a_name(
            asked, ECS39A, lambda header: build_ecs39a_command(header.originator_counter, number, secondary)
        )
    issued = asked.now
    if asked.device_type is _GSME and isinstance(number, Mprn) and issued is not None:
        return in_a_name(asked, GCS41, lambda _: build_gcs41_command(issued, number))
    return None


def set_export_mpan(asked: Transformable) -> CommandPlan | None:
    """6.20.2: ECS39b."""
    if not isinstance(asked.body, SetExportMpan) or asked.device_type is not _ESME:
        return None
    mpan = asked.body.export_mpan
    return in_a_name(asked, ECS39B, lambda header: build_ecs39b_command(header.originator_counter, mpan))


def configure_alerts(asked: Transformable) -> CommandPlan | None:
    """6.22: one of the ECS25, or GCS20."""
    body, issued = asked.body, asked.now
    if not isinstance(body, ConfigureAlerts):
        return None
    if asked.device_type is _GSME and issued is not None:
        configurations = grouped(_gas_behaviours(body))
        if body.group is not AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS or not configurations:
            return None
        return in_a_name(asked, GCS20, lambda _: build_gcs20_command(issued, configurations))
    code = _ELECTRICITY_GROUPS.get(body.group)
    if asked.device_type is not _ESME or code is None:
        return None
    change = _electricity_behaviours(body)

    def payload(header: GroupingHeader) -> bytes:
        return build_behaviour_command(code, header.originator_counter, change)

    return in_a_name(asked, code, payload)


def events_of_group(group: AlertGroup) -> range | None:
    """The codes of the events that a group of an electricity meter can set; None for groups of gas."""
    code = _ELECTRICITY_GROUPS.get(group)
    if code is None:
        return None
    first = BEHAVIOUR_UPDATES[code].first_event
    return range(first, first + EVENTS)


def activate_firmware(asked: Transformable) -> CommandPlan | None:
    """11.3: CS06; the device holds a dated one."""
    body = asked.body
    if not isinstance(body, ActivateFirmware) or asked.device_type not in (_ESME, _GSME):
        return None
    at = CANCELLATION_TIME if body.execution_date_time == CANCELLATION else body.execution_date_time

    def payload(header: GroupingHeader) -> bytes:
        command = firmware.ActivateFirmware(body.firmware_hash, header.originator_counter, at)
        return encode_payload(command)

    return of_supplier(asked, firmware.CS06, payload)


def record_gas_network_data(asked: Transformable) -> CommandPlan | None:
    """14.1: GCS31; what a schedule asks for has the body of a read."""
    issued, body = asked.now, asked.body
    if not isinstance(body, RecordGasNetworkData | Read) or asked.device_type is not _GSME or issued is None:
        return None
    return in_a_name(asked, GCS31, lambda _: build_gcs31_command(issued))


def _electricity_behaviours(body: ConfigureAlerts) -> BehaviourChange:
    switches = [item for section in body.settings.values() for item in section.items()]
    return BehaviourChange(
        frozenset(event for event, setting in switches if setting),
        frozenset(event for event, setting in switches if not setting),
    )


def _gas_behaviours(body: ConfigureAlerts) -> dict[int, EventBehaviour]:
    return {
        event: EventBehaviour(
            log=setting.event_log, wan=setting.wan_alert, home=setting.han_alert, alarm=setting.alarm
        )
        for section in body.settings.values()
        for event, setting in section.items()
        if isinstance(setting, GasAlertSetting)
    }


METERS_TRANSFORMS: Final[Mapping[Srv, Transform]] = {
    Srv.TOP_UP: top_up,
    Srv.SYNCHRONISE_CLOCK: set_clock,
    Srv.COMMISSION_DEVICE: set_clock,
    Srv.SET_IMPORT_MPXN: set_import_mpxn,
    Srv.SET_EXPORT_MPAN: set_export_mpan,
    Srv.CONFIGURE_ALERTS: configure_alerts,
    Srv.ACTIVATE_FIRMWARE: activate_firmware,
    Srv.RECORD_GAS_NETWORK_DATA: record_gas_network_data,
}
