"""What a device's response says, by use case: typed values, with encrypted attributes decrypted.

Whether the response is genuine and answers a request is for :mod:`scenarios.party_client`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from devices.gbcs.chf_commands import (
    open_ccs04_response,
    open_ccs07_response,
    open_update_response,
)
from devices.gbcs.chf_log import CCS01, CCS02, CCS03, CCS04, CCS06, CCS07, Backups, ConnectedDevice
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.cs01 import CS01A, CS01B, GasTopUpAnswer, open_cs01a_response, open_cs01b_response
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_reads import DlmsRead, DlmsReading, ReadExchange, open_dlms_reading
from devices.gbcs.dlms_updates import (
    ECS25A,
    ECS25A1,
    ECS25A2,
    ECS25A3,
    ECS25B,
    ECS25B3,
    ECS39A,
    ECS39B,
    open_set_response,
)
from devices.gbcs.ecs70 import ECS70, ClockAnswer, open_ecs70_response
from devices.gbcs.gas_read_table import GBZ_READS
from devices.gbcs.gas_updates import (
    GCS20,
    GCS31,
    GCS41,
    open_gcs20_response,
    open_gcs31_response,
    open_gcs41_response,
)
from devices.gbcs.gbz import AttributeProtection
from devices.gbcs.gbz_reads import PartAnswer, open_gbz_reading
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Message
from devices.gbcs.payloads import Payload, decode_payload
from devices.gbcs.read_table import DLMS_READS
from devices.gbcs.zcl import ZclStatus
from devices.reads import (
    ECS23,
    GCS13A,
    GasConsumption,
    NetworkData,
    open_ecs23_response,
    open_gcs13a_response,
)

OpenedResponse = (
    Payload
    | AccessCode
    | Backups
    | ClockAnswer
    | DlmsReading
    | GasConsumption
    | GasTopUpAnswer
    | NetworkData
    | ZclStatus
    | tuple[AccessCode, ...]
    | tuple[ConnectedDevice, ...]
    | tuple[PartAnswer, ...]
    | tuple[ZclStatus, ...]
    | None
)
"""What a response says; None for a use case whose payload is not opened."""

Secret = Callable[[], bytes]
"""The shared secret Z (32 octets) of the device and the User, computed when it is needed."""

_SETTINGS: Final = (ECS25A, ECS25A1, ECS25A2, ECS25A3, ECS25B, ECS25B3, ECS39A, ECS39B)
_OF_COUNTER: Final[Mapping[MessageCode, Callable[[bytes, OriginatorCounter], OpenedResponse]]] = {
    ECS23: open_ecs23_response,
    ECS70: open_ecs70_response,
    CS01A: open_cs01a_response,
    CCS04: open_ccs04_response,
    CCS06: open_ccs04_response,
    CCS07: open_ccs07_response,
    **{code: partial(open_update_response, code) for code in (CCS01, CCS02, CCS03)},
    **{code: partial(open_set_response, code) for code in _SETTINGS},
}
_OF_PAYLOAD: Final[Mapping[MessageCode, Callable[[bytes], OpenedResponse]]] = {
    CS01B: open_cs01b_response,
    GCS20: open_gcs20_response,
    GCS31: open_gcs31_response,
    GCS41: open_gcs41_response,
}


def open_payload(message: Message, secret: Secret, provider: CryptoProvider) -> OpenedResponse:
    """The payload of a response as the value of its use case; None where it is not opened.

    Raises:
        GbcsError: it is not a response of the use case to the command of the header's counter, or what is
            encrypted is not for the party of ``secret``.
    """
    code, payload = message.code, message.payload
    if code in _OF_COUNTER:
        return _OF_COUNTER[code](payload, message.header.originator_counter)
    if code in _OF_PAYLOAD:
        return _OF_PAYLOAD[code](payload)
    if code == GCS13A:
        return _open_gas_consumption(message, secret(), provider)
    if code in DLMS_READS or code in GBZ_READS:
        return _open_reading(message, secret, provider)
    return decode_payload(message)


def encrypted_for(message: Message) -> tuple[Eui64, OriginatorCounter]:
    """For whom, and under which counter, a response's attributes are encrypted (GBCS 4.3.3.3).

    Where the response serves a supplementary remote party, it is that party and the device's supplementary
    originator counter; else the one to whom the response goes, and the counter of its command.
    """
    header = message.header
    own_counter = header.other.supplementary_originator_counter
    recipient = header.other.supplementary_party or header.target
    return recipient, header.originator_counter if own_counter is None else own_counter


def _open_reading(message: Message, secret: Secret, provider: CryptoProvider) -> OpenedResponse:
    code, payload = message.code, message.payload
    read = DLMS_READS.get(code) or GBZ_READS[code]
    keys = _protection(message, secret(), provider) if read.encrypted else None
    if isinstance(read, DlmsRead):
        return open_dlms_reading(read, payload, ReadExchange.of(message.header), keys)
    return open_gbz_reading(read, payload, keys)


def _protection(message: Message, secret: bytes, provider: CryptoProvider) -> AttributeProtection:
    recipient, counter = encrypted_for(message)
    return AttributeProtection.between(provider, secret, message.header.originator, counter, recipient)


def _open_gas_consumption(message: Message, secret: bytes, provider: CryptoProvider) -> GasConsumption:
    recipient, counter = encrypted_for(message)
    return open_gcs13a_response(
        message.payload,
        counter=counter,
        device=message.header.originator,
        requester=recipient,
        secret=secret,
        provider=provider,
    )
