"""Runs the reads of the tables on a device: who may ask, for whom the answer is encrypted, who gets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from devices import rules
from devices.event_log import security_events
from devices.gbcs.certificates import load_certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.dlms_reads import ReadExchange
from devices.gbcs.gas_read_table import GBZ_READS
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, MessageCode, OriginatorCounter
from devices.gbcs.message import Message, MessageShape
from devices.gbcs.read_table import DLMS_READS
from devices.gbcs.use_cases import use_case
from devices.meter_view import MeterView
from devices.metering import Meter
from devices.reads import response_date_time
from devices.security_log import DeviceRefusalError, Refusal
from devices.table_reads import TableAnswer, answer_dlms_read, answer_gbz_read

if TYPE_CHECKING:
    from devices.device import Device, Handler

ViewOf = Callable[["Device"], MeterView]
"""What a device shows to its readers."""


def plain_view(device: Device) -> MeterView:
    """The registers of the device's meter and its security log; nothing else."""
    return MeterView(Meter(device.eui, device.manufactured), security_events(device.log))


def read_handlers(device_type: DeviceType, view_of: ViewOf = plain_view) -> dict[MessageCode, Handler]:
    """The handlers of every read of the tables that a device type answers."""

    def handle(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
        return execute(device, message, now, view_of(device))

    codes = DLMS_READS if device_type is DeviceType.ESME else GBZ_READS
    return dict.fromkeys([code for code in codes if _is_for(code, device_type)], handle)


def execute(device: Device, message: Message, now: datetime, view: MeterView) -> tuple[bytes, str]:
    """Answer a read of the tables.

    Raises:
        DeviceRefusalError: the command is refused.
        GbcsError: the payload is malformed.
    """
    facts = use_case(message.code)
    if facts is None:
        raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
    rules.check_shape(message, MessageShape.MAC_ONLY)
    role = rules.answered_role(device.store, message.header, facts.roles)
    asking = TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)
    device.check_mac(message)
    protection, echoed = _protection(device, message, asking)
    payload, encrypted = _answer(message, view, now, protection)
    own_counter = echoed.header.other.supplementary_originator_counter
    if not encrypted:
        echoed = message
    elif own_counter is not None:
        device.commit(device.state._replace(alert_counter=own_counter))
    date_time = response_date_time(message.code, now)
    return device.maced_response(echoed, payload, asking, date_time), f"read as {role.field_name}"


def _answer(
    message: Message, view: MeterView, now: datetime, protection: AttributeProtection | None
) -> TableAnswer:
    read = DLMS_READS.get(message.code)
    if read is None:
        return answer_gbz_read(GBZ_READS[message.code], message.payload, view, now, protection)
    exchange = ReadExchange.of(message.header)
    return answer_dlms_read(read, message.payload, exchange, view, now, protection)


def _protection(
    device: Device, message: Message, asking: TrustAnchorCellId
) -> tuple[AttributeProtection | None, Message]:
    """What encrypts the answer, if anything does, and the command as the response's header is to echo it.

    For a party that the device does not know the key is that of the certificate in the command, under the
    device's own next counter, which the response's header says.
    """
    if not _is_encrypted(message.code):
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


def _is_encrypted(code: MessageCode) -> bool:
    read = DLMS_READS.get(code)
    return GBZ_READS[code].encrypted if read is None else read.protected_by is not None


def _is_for(code: MessageCode, device_type: DeviceType) -> bool:
    facts = use_case(code)
    return facts is not None and device_type in facts.targets
