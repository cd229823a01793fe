"""The two reads of a network operator: ECS23 at the ESME (SRV 4.10), GCS13a at the GPF (SRV 4.1.1).

The DCC builds the command, the device answers it from its meter, the party opens the response. What the
payloads say is in :mod:`devices.gbcs.ecs23` and :mod:`devices.gbcs.gcs13a`; here the device answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from devices.gbcs import dlms
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.dlms import (
    AccessCode,
    AccessResponse,
    AccessResult,
    AccessService,
    AccessSpecification,
)
from devices.gbcs.dlms_data import NULL, Value
from devices.gbcs.ecs23 import (
    ECS23,
    ITEMS,
    OVER_VOLTAGE_ITEM,
    PERIOD_ITEM,
    UNDER_VOLTAGE_ITEM,
    NetworkData,
    NetworkValue,
    ScalerUnit,
    build_ecs23_command,
    check_invoke_id,
    network_value,
    open_ecs23_response,
    selected_period,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import ALL_GBZ_READS
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gcs13a import (
    ATTRIBUTES,
    CUBIC_METRES,
    CURRENT_SUMMATION,
    DIVISOR,
    GCS13A,
    MULTIPLIER,
    UNIT_OF_MEASURE,
    GasConsumption,
    build_gcs13a_command,
    decrypt_gcs13a_response,
    read_gcs13a_command,
    seal_gcs13a_response,
)
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime
from devices.gbcs.read_table import ALL_DLMS_READS
from devices.gbcs.zcl import AttributeId, AttributeRecord, ZclStatus, ZclValue
from devices.metering import HALF_HOUR_SECONDS, LITRES_PER_CUBIC_METRE, Meter

__all__ = [
    "ECS23",
    "FOREIGN_ITEM",
    "FOREIGN_SELECTION",
    "GCS13A",
    "GasConsumption",
    "NetworkData",
    "answer_ecs23",
    "answer_gcs13a",
    "build_ecs23_command",
    "build_gcs13a_command",
    "open_ecs23_response",
    "open_gcs13a_response",
    "response_date_time",
]

# The ESME leaves its clock status unspecified, the GPF says that it is reliable.
_CLOCK_STATUS: Final = {
    **dict.fromkeys([ECS23, *(read.code for read in ALL_DLMS_READS if read.dated)], 0xFF),
    **dict.fromkeys([GCS13A, *(read.code for read in ALL_GBZ_READS if read.dated)], 0x00),
}
_MOST_ATTRIBUTES: Final = 64
# Which codes a device picks for these two is assumed, not confirmed.
FOREIGN_ITEM: Final = AccessCode.SCOPE_OF_ACCESS_VIOLATED
FOREIGN_SELECTION: Final = AccessCode.TYPE_UNMATCHED
_RESULT_SERVICES: Final = {
    AccessService.GET_WITH_SELECTION: AccessService.GET,
    AccessService.SET_WITH_SELECTION: AccessService.SET,
}


def response_date_time(code: MessageCode, now: datetime) -> DlmsDateTime | None:
    """The date-time for the grouping header of a response to a read; None where it carries none."""
    status = _CLOCK_STATUS.get(code)
    return None if status is None else DlmsDateTime.of(now, status)


def answer_ecs23(payload: bytes, *, counter: OriginatorCounter, meter: Meter, now: datetime) -> bytes:
    """The response payload of the ESME to a command with originator counter ``counter``.

    An item outside the use case, or asked for twice, is refused with ``FOREIGN_ITEM``, a selection that is
    no period with ``FOREIGN_SELECTION``. After a refused item nothing more is read: the rest says
    OTHER_REASON.

    Raises:
        GbcsError: the payload is no access-request with the invoke id of ``counter``.
    """
    request = dlms.decode_request(payload)
    check_invoke_id(request.invoke_id, counter)
    unread = list(ITEMS)
    data: list[Value] = []
    results: list[AccessResult] = []
    code = AccessCode.SUCCESS
    for item in request.specifications:
        if code is AccessCode.SUCCESS:
            code, value = _read_item(item, unread, meter, now)
        else:
            code, value = AccessCode.OTHER_REASON, NULL
        data.append(value)
        results.append(AccessResult(_RESULT_SERVICES.get(item.service, item.service), code))
    return dlms.encode(AccessResponse(request.invoke_id, tuple(data), tuple(results)))


def answer_gcs13a(
    payload: bytes,
    *,
    counter: OriginatorCounter,
    device: Eui64,
    requester: Eui64,
    secret: bytes,
    provider: CryptoProvider,
    meter: Meter,
    now: datetime,
) -> bytes:
    """The response payload of the GPF, encrypted for ``requester``.

    ``secret`` is the shared secret Z (32 octets) of device and requester, ``counter`` that of the command's
    header. An attribute outside the use case gets UNSUPPORTED_ATTRIBUTE, the others are read nonetheless.

    Raises:
        GbcsError: the payload is anything but one read of up to 64 attributes on the metering cluster.
    """
    sequence, attributes = read_gcs13a_command(payload)
    if len(attributes) > _MOST_ATTRIBUTES:
        raise GbcsError("GCS13a command", f"{len(attributes)} attributes, expected up to {_MOST_ATTRIBUTES}")
    registers = {
        DIVISOR: LITRES_PER_CUBIC_METRE,
        MULTIPLIER: 1,
        UNIT_OF_MEASURE: CUBIC_METRES,
        CURRENT_SUMMATION: meter.gas_volume_litres(now),
    }
    records = [_record(attribute, registers.get(attribute)) for attribute in attributes]
    protection = AttributeProtection.between(provider, secret, device, counter, requester)
    return seal_gcs13a_response(sequence, tuple(records), protection)


def open_gcs13a_response(
    payload: bytes,
    *,
    counter: OriginatorCounter,
    device: Eui64,
    requester: Eui64,
    secret: bytes,
    provider: CryptoProvider,
) -> GasConsumption:
    """What a GPF answered to ``requester``; the parameters are those of :func:`answer_gcs13a`.

    Raises:
        GbcsError: the payload is no encrypted response of this use case, or the tag does not verify.
    """
    protection = AttributeProtection.between(provider, secret, device, counter, requester)
    return decrypt_gcs13a_response(payload, protection)


def _read_item(
    item: AccessSpecification, unread: list[AccessSpecification], meter: Meter, now: datetime
) -> tuple[AccessCode, Value]:
    """How the read of one item goes, and its value; takes the item out of ``unread``."""
    plain = item._replace(selection=None)
    if plain not in unread:
        return FOREIGN_ITEM, NULL
    unread.remove(plain)
    if item.selection is None:
        return AccessCode.SUCCESS, network_value(_register(ITEMS.index(plain), meter, now))
    period = selected_period(item.selection)
    if period is None:
        return FOREIGN_SELECTION, NULL
    return AccessCode.SUCCESS, network_value(meter.voltage_log(*period, now))


def _register(item: int, meter: Meter, now: datetime) -> NetworkValue:
    """The value of an item other than the log, by its place in the use case."""
    if item == UNDER_VOLTAGE_ITEM:
        return meter.under_voltage_count(now)
    if item == OVER_VOLTAGE_ITEM:
        return meter.over_voltage_count(now)
    return HALF_HOUR_SECONDS if item == PERIOD_ITEM else ScalerUnit()


def _record(attribute: AttributeId, value: int | None) -> AttributeRecord:
    if value is None:
        return AttributeRecord(attribute, ZclStatus.UNSUPPORTED_ATTRIBUTE)
    return AttributeRecord(attribute, ZclStatus.SUCCESS, ZclValue(ATTRIBUTES[attribute], value))
