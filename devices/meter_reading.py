"""Runs the reads of the tables on a device: who may ask, for whom the answer is encrypted, who gets it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import commands
from devices.gbcs.certificates import load_certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.dlms_reads import DlmsRead, ReadExchange
from devices.gbcs.dlms_times import STATUS_NOT_SPECIFIED
from devices.gbcs.gas_clock import TimeStatus
from devices.gbcs.gas_read_table import GBZ_READS
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import GbzRead
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, MessageCode, OriginatorCounter
from devices.gbcs.message import DlmsDateTime, Message
from devices.gbcs.read_table import DLMS_READS
from devices.gbcs.use_cases import use_case
from devices.meter_view import MeterView
from devices.metering import Meter
from devices.security_log import DeviceRefusalError, Refusal
from devices.table_reads import TableAnswer, answer_dlms_read, answer_gbz_read

if TYPE_CHECKING:
    from devices.device import Device, Handler

_READS: Final[Mapping[MessageCode, DlmsRead | GbzRead]] = {**DLMS_READS, **GBZ_READS}
_ENCRYPTED: Final = frozenset(code for code, read in _READS.items() if read.encrypted)


def read_handlers(device_type: DeviceType) -> dict[MessageCode, Handler]:
    """The handlers of every read of the tables that a device type answers."""
    return dict.fromkeys([code for code in _READS if _is_for(code, device_type)], execute)


def view_of(device: Device) -> MeterView:
    """What a device shows to its readers."""
    state = device.state
    meter = Meter(device.eui, device.manufactured)
    return MeterView(meter, state.log, state.top_up.balance, state.firmware.version, state.configuration)


def execute(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Answer a read of the tables.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    role = commands.authenticate(device, message).role
    asking = TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)
    protection, echoed = _protection(device, message, asking)
    payload, encrypted = _answer(device, message, now, protection)
    own_counter = echoed.header.other.supplementary_originator_counter
    if not encrypted:
        echoed = message
    elif own_counter is not None:
        device.commit(device.state._replace(alert_counter=own_counter))
    date_time = DlmsDateTime.of(now, _clock_status(device)) if _READS[message.code].dated else None
    return device.maced_response(echoed, payload, asking, date_time), f"read as {role.field_name}"


def _answer(
    device: Device, message: Message, now: datetime, protection: AttributeProtection | None
) -> TableAnswer:
    view, fault = view_of(device), commands.defect(device, message.code)
    read = DLMS_READS.get(message.code)
    if read is None:
        return answer_gbz_read(GBZ_READS[message.code], message.payload, view, now, protection, fault)
    exchange = ReadExchange.of(message.header)
    return answer_dlms_read(read, message.payload, exchange, view, now, protection, fault)


def _clock_status(device: Device) -> int:
    """What a response says of the device's clock; a gas proxy function's is that of the hub, which is set.

    Real gas meters say 0 and 2; 1 for a clock that was never set is assumed.
    """
    if device.device_type is DeviceType.GSME:
        return int(device.state.clock.status)
    return STATUS_NOT_SPECIFIED if device.speaks_dlms else int(TimeStatus.RELIABLE)


def _protection(
    device: Device, message: Message, asking: TrustAnchorCellId
) -> tuple[AttributeProtection | None, Message]:
    """What encrypts the answer, if anything does, and the command as the response's header is to echo it.

    For a party that the device does not know the key is that of the certificate in the command, under the
    device's own next counter, which the response's header says.
    """
    if message.code not in _ENCRYPTED:
        return None, message
    header, other = message.header, message.header.other
    point = device.store[asking].public_point
    counter, recipient = header.originator_counter, header.originator
    if other.supplementary_party is not None:
        recipient = other.supplementary_party
        point = _certified_point(message, recipient)
        counter = OriginatorCounter(device.state.alert_counter + 1)
        answered = other._replace(certificate=None, supplementary_originator_counter=counter)
        message = message._replace(header=header._replace(other=answered))
    provider = device.context.provider
    secret = provider.agree(device.agreement, point)
    return AttributeProtection.between(provider, secret, device.eui, counter, recipient), message


def _certified_point(message: Message, party: Eui64) -> bytes:
    """The key agreement key of the party that a command names, from the certificate that it carries.

    That the device looks no further than at the name and the usage is assumed, not confirmed.
    """
    der = message.header.other.certificate
    if der is None:
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"no certificate to encrypt for {party}")
    certificate = load_certificate(der)
    if certificate.subject != party or certificate.key_usage is not KeyUsage.KEY_AGREEMENT:
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"the certificate is no key agreement one of {party}")
    return certificate.public_point


def _is_for(code: MessageCode, device_type: DeviceType) -> bool:
    facts = use_case(code)
    return facts is not None and device_type in facts.targets
