"""Reads of registers, profiles, logs and versions: 4, 6.2, 6.13, 11.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.bodies.reads import EventLog, Read, ReadEventLog, ReadLog
from dcc.command_plan import CommandPlan
from dcc.srv import Srv
from dcc.transform.sending import Payload, in_a_name, of_broker
from dcc.transform.transformable import Transform, Transformable
from devices.gbcs.dlms_reads import ReadExchange, build_dlms_command
from devices.gbcs.dlms_times import Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import CS08, ReadFirmwareVersion
from devices.gbcs.gas_read_table import (
    CS10A,
    CS10B,
    GBZ_READS,
    GCS13A,
    GCS13B,
    GCS13C,
    GCS14,
    GCS16A,
    GCS17,
    GCS18,
    GCS21M,
    GCS38,
    GCS46,
    GCS61,
)
from devices.gbcs.gbz_reads import build_gbz_command
from devices.gbcs.identifiers import DeviceType, MessageCode, RemotePartyRole
from devices.gbcs.payloads import encode_payload
from devices.gbcs.read_table import (
    DLMS_READS,
    ECS17A,
    ECS17B,
    ECS17C,
    ECS17D,
    ECS17E,
    ECS19,
    ECS21B,
    ECS21C,
    ECS22A,
    ECS22B,
    ECS22C,
    ECS23,
    ECS25R1,
    ECS25R2,
    ECS26M,
    ECS26N,
    ECS35A,
    ECS35B,
    ECS35C,
    ECS35D,
    ECS35E,
    ECS35G,
    ECS40,
    ECS52,
    ECS66,
)

_ESME: Final = DeviceType.ESME
_GSME: Final = DeviceType.GSME
_GPF: Final = DeviceType.GPF
_CHF: Final = DeviceType.CHF
# Where a newer use case has taken over from another, it is the newer one.
_CODES: Final[Mapping[Srv, Mapping[DeviceType, MessageCode]]] = {
    Srv.READ_IMPORT_REGISTERS: {_ESME: ECS17B, _GSME: GCS13A, _GPF: GCS13A},
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES: {_ESME: ECS17D, _GSME: GCS13C, _GPF: GCS13C},
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES: {_ESME: ECS17E},
    Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS: {_GSME: GCS13B, _GPF: GCS13B},
    Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS: {_ESME: ECS17A},
    Srv.READ_INSTANTANEOUS_PREPAY_VALUES: {_ESME: ECS19, _GSME: GCS14, _GPF: GCS14},
    Srv.RETRIEVE_IMPORT_DAILY_READ_LOG: {_GSME: GCS16A, _GPF: GCS16A},
    Srv.RETRIEVE_EXPORT_DAILY_READ_LOG: {_ESME: ECS21C},
    Srv.READ_ACTIVE_IMPORT_PROFILE: {_ESME: ECS22B, _GSME: GCS17, _GPF: GCS17},
    Srv.READ_REACTIVE_IMPORT_PROFILE: {_ESME: ECS22C},
    Srv.READ_EXPORT_PROFILE: {_ESME: ECS22A},
    Srv.READ_NETWORK_DATA: {_ESME: ECS23, _GSME: GCS18},
    Srv.READ_PREPAYMENT_DAILY_READ_LOG: {_ESME: ECS21B},
    Srv.READ_ACTIVE_POWER_IMPORT: {_ESME: ECS17C},
    Srv.READ_DAILY_CONSUMPTION: {_ESME: ECS66, _GPF: GCS61},
    Srv.READ_IDENTITY: {_ESME: ECS26M, _GSME: GCS21M, _CHF: ECS26N},
    Srv.READ_MPXN: {_ESME: ECS40, _GSME: GCS46, _GPF: GCS46},
    Srv.READ_FIRMWARE_VERSION: {
        _ESME: ECS52,
        _CHF: ECS52,
        _GSME: GCS38,
        _GPF: GCS38,
        DeviceType.PPMID: CS08,
        DeviceType.HCALCS: CS08,
    },
}
# How a gas proxy function is asked for its copy of a GSME's logs is not known.
_EVENT_LOGS: Final[Mapping[EventLog, Mapping[DeviceType, MessageCode]]] = {
    EventLog.EVENT: {_ESME: ECS35A, _GSME: CS10A, _GPF: CS10A, _CHF: ECS35C},
    EventLog.SECURITY: {_ESME: ECS35B, _GSME: CS10B, _GPF: CS10B, _CHF: ECS35D},
    EventLog.POWER_EVENT: {_ESME: ECS35E},
    EventLog.ALCS_EVENT: {_ESME: ECS35G},
}


def read(asked: Transformable) -> CommandPlan | None:
    """The read of a service on a type of device, of a period where the use case takes one.

    The body of a User whom the device does not know brings its certificate: the broker asks for it.
    """
    body, code = asked.body, _CODES[asked.srv].get(asked.device_type)
    if code is None or not isinstance(body, Read | ReadLog):
        return None
    if isinstance(body, Read):
        return _command(asked, code, None)
    return _command(asked, code, Period(body.start, body.end), body.agreement)


def read_event_log(asked: Transformable) -> CommandPlan | None:
    """6.13: the read of a log on a type of device."""
    body = asked.body
    if not isinstance(body, ReadEventLog):
        return None
    code = _EVENT_LOGS.get(body.log, {}).get(asked.device_type)
    return None if code is None else _command(asked, code, Period(body.start, body.end))


def read_behaviours(asked: Transformable) -> CommandPlan | None:
    """6.2.10: what an ESME does about a supplier's events, or about a network operator's."""
    if not isinstance(asked.body, Read) or asked.device_type is not _ESME:
        return None
    of_operator = asked.role is RemotePartyRole.NETWORK_OPERATOR
    return _command(asked, ECS25R2 if of_operator else ECS25R1, None)


def _command(
    asked: Transformable, code: MessageCode, period: Period | None, agreement: bytes | None = None
) -> CommandPlan | None:
    payload, encrypted = _payload(code, period)
    if payload is None:
        return None
    if agreement is not None:
        return of_broker(code, payload, party_certificate=agreement if encrypted else None)
    return in_a_name(asked, code, payload, asked.party_certificate if encrypted else None)


def _payload(code: MessageCode, period: Period | None) -> tuple[Payload | None, bool]:
    """What a read says, and whether its answer is encrypted; nothing for a period that it cannot ask for."""
    if code == CS08:
        version = encode_payload(ReadFirmwareVersion())
        return lambda _: version, False
    if code in DLMS_READS:
        read = DLMS_READS[code]
        of_read = period if read.by_period else None
        if read.by_period != (of_read is not None):
            return None, False
        return lambda header: build_dlms_command(read, ReadExchange.of(header), of_read), read.encrypted
    gas_read = GBZ_READS[code]
    try:
        octets = build_gbz_command(gas_read, period if gas_read.by_period else None)
    except GbcsError:
        return None, False
    return lambda _: octets, gas_read.encrypted


READS_TRANSFORMS: Final[Mapping[Srv, Transform]] = {
    **dict.fromkeys(_CODES, read),
    Srv.READ_EVENT_LOG: read_event_log,
    Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS: read_behaviours,
}
