"""One door to the payloads of the use cases for credentials, joins, device logs, firmware and gas clock.

They are the use cases whose payloads are DER, and the alert for commands that a device doesn't support.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from devices.gbcs import (
    credentials_codec,
    device_certificates,
    device_log,
    firmware,
    gas_clock,
    joins,
    unsupported,
)
from devices.gbcs.credentials import CredentialPayload
from devices.gbcs.device_certificates import DeviceCertificatePayload
from devices.gbcs.device_log import DeviceLogPayload
from devices.gbcs.firmware import FirmwarePayload
from devices.gbcs.gas_clock import ClockPayload
from devices.gbcs.joins import JoinPayload
from devices.gbcs.message import Cra, Message
from devices.gbcs.unsupported import UnsupportedCommandAlert

Payload = (
    CredentialPayload
    | DeviceCertificatePayload
    | JoinPayload
    | DeviceLogPayload
    | FirmwarePayload
    | ClockPayload
    | UnsupportedCommandAlert
)

_DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], Payload]]] = {
    **device_certificates.DECODERS,
    **joins.DECODERS,
    **device_log.DECODERS,
    **firmware.DECODERS,
    **gas_clock.DECODERS,
    **unsupported.DECODERS,
}
_ENCODERS: Final[Mapping[type, Callable[[Any], bytes]]] = {
    kind: encode
    for kinds, encode in (
        (get_args(CredentialPayload), credentials_codec.encode),
        (get_args(DeviceCertificatePayload), device_certificates.encode),
        (get_args(JoinPayload), joins.encode),
        (get_args(DeviceLogPayload), device_log.encode),
        (get_args(FirmwarePayload), firmware.encode),
        (get_args(ClockPayload), gas_clock.encode),
        ((UnsupportedCommandAlert,), unsupported.encode),
    )
    for kind in kinds
}


def decode_payload(message: Message) -> Payload | None:
    """The payload of a message as a value; None for any other use case.

    Raises:
        GbcsError: the payload is not what its use case says.
    """
    decoder = _DECODERS.get((message.code, message.header.cra))
    return credentials_codec.decode(message) if decoder is None else decoder(message.payload)


def encode_payload(value: Payload) -> bytes:
    """The payload of a value, minimal but for the elements that its forms name.

    Raises:
        GbcsError: as the encoder of the use case, for values that no payload can carry.
    """
    return _ENCODERS[type(value)](value)
