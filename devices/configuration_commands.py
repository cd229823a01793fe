"""ECS39, ECS25, GCS41, GCS20, GCS31: identifiers, behaviours and the network data log, set on a meter.

Which code refuses an identifier of the wrong length is assumed, not confirmed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import commands
from devices.configuration import Configuration
from devices.gbcs import gas_updates
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_updates import (
    BEHAVIOUR_UPDATES,
    ECS39A,
    ECS39B,
    MPAN_DIGITS,
    encode_set_response,
    read_behaviour_command,
    read_mpan_command,
)
from devices.gbcs.gas_updates import GCS20, GCS31, GCS41
from devices.gbcs.message import Message
from devices.gbcs.zcl import ZclStatus

if TYPE_CHECKING:
    from devices.device import Device

WRONG_LENGTH: Final = AccessCode.TYPE_UNMATCHED
_MOST_SITE_OCTETS: Final = 32


def set_mpan(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey ECS39a or ECS39b; a meter of one element takes one MPAN.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    code, before = message.code, device.state.configuration
    digits = read_mpan_command(code, message.payload, message.header.originator_counter).digits
    is_import = code == ECS39A
    after = before._replace(import_mpans=digits) if is_import else before._replace(export_mpan=digits)
    result = AccessCode.SUCCESS if len(digits) == MPAN_DIGITS else WRONG_LENGTH
    return _set(device, message, after, result)


def set_behaviours(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey one of the ECS25 use cases: switch behaviours of events.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    code, before = message.code, device.state.configuration
    change = read_behaviour_command(code, message.payload, message.header.originator_counter)
    behaviours = before.behaviours.changed(code, BEHAVIOUR_UPDATES[code].first_event, change)
    return _set(device, message, before._replace(behaviours=behaviours), AccessCode.SUCCESS)


def set_mprn(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey GCS41: write the MPRN.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    mprn = gas_updates.read_gcs41_command(message.payload)
    after = device.state.configuration._replace(mprn=mprn)
    result = ZclStatus.SUCCESS if 1 <= len(mprn) <= _MOST_SITE_OCTETS else ZclStatus.INVALID_FIELD
    status = _gas_status(device, message, result)
    return _commit(device, message, after, status, gas_updates.encode_gcs41_response(status))


def set_gas_behaviours(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey GCS20: say what is done about events, component by component until one fails.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    configurations = gas_updates.read_gcs20_command(message.payload)
    authority = commands.authenticate(device, message)
    state, fault = commands.accepted(device, message, authority), commands.defect(device, GCS20)
    done = len(configurations) if fault is None else fault.item
    after = state.configuration
    for bits, events in configurations[:done]:
        after = after.with_gas_behaviours(bits, events)
    statuses = [ZclStatus.SUCCESS] * len(configurations)
    if fault is not None:
        statuses[done:] = [ZclStatus(fault.result)] * (len(configurations) - done)
    response = commands.answer(device, message, authority, gas_updates.encode_gcs20_response(tuple(statuses)))
    device.commit(state._replace(configuration=after))
    return response, f"{done} of {len(configurations)} event configurations set"


def start_network_log(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey GCS31: begin the network data log anew.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    gas_updates.read_gcs31_command(message.payload)
    after = device.state.configuration._replace(network_log_started=now)
    status = _gas_status(device, message, ZclStatus.SUCCESS)
    return _commit(device, message, after, status, gas_updates.encode_gcs31_response(status))


METER_HANDLERS: Final = {
    ECS39A: set_mpan,
    ECS39B: set_mpan,
    **dict.fromkeys(BEHAVIOUR_UPDATES, set_behaviours),
}
"""What an electricity meter obeys."""

GAS_HANDLERS: Final = {GCS41: set_mprn, GCS20: set_gas_behaviours, GCS31: start_network_log}
"""What a gas meter obeys."""


def _set(device: Device, message: Message, after: Configuration, result: AccessCode) -> tuple[bytes, str]:
    fault = commands.defect(device, message.code)
    if fault is not None:
        result = AccessCode(fault.result)
    payload = encode_set_response(message.code, message.header.originator_counter, result)
    return _commit(device, message, after, result, payload)


def _gas_status(device: Device, message: Message, status: ZclStatus) -> ZclStatus:
    fault = commands.defect(device, message.code)
    return status if fault is None else ZclStatus(fault.result)


def _commit(
    device: Device, message: Message, after: Configuration, result: AccessCode | ZclStatus, payload: bytes
) -> tuple[bytes, str]:
    """Put a configuration in force if the result is a success, and answer."""
    authority = commands.authenticate(device, message)
    state = commands.accepted(device, message, authority)
    if result in (AccessCode.SUCCESS, ZclStatus.SUCCESS):
        state = state._replace(configuration=after)
    response = commands.answer(device, message, authority, payload)
    device.commit(state)
    return response, f"configuration: {result.name}"
