"""Signing, verifying and MACing whole messages (GBCS 4.3.3.4, 6.4.5, 13.3.3.1).

Which keys belong to which message is the caller's business: a command's MAC is the access control
broker's with the device, a response's or alert's the device's with the addressee.
"""

from __future__ import annotations

import hmac
import struct
from enum import IntEnum

from devices.gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS, CryptoProvider, KeyPair, derive_key
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import COMMAND, RESPONSE, DlmsDateTime, GroupingHeader, Message

_TRANSACTION_ID = struct.Struct(">BQ")
_new_tuple = tuple.__new__
_SIGNATURE_LENGTH = bytes((SIGNATURE_OCTETS,))


class KeyPurpose(IntEnum):
    """First octet of a transaction id that exists only inside the key derivation."""

    ATTRIBUTE_ENCRYPTION = 4


def sign(message: Message, signer: KeyPair, provider: CryptoProvider) -> Message:
    """The message with a signature; a MAC that it had is dropped, since it covers the signature."""
    header, payload, _, _, forms = message
    return Message(header, payload, provider.sign(signer, message.signed_octets()), None, forms)


def encode_signed(message: Message, signer: KeyPair, provider: CryptoProvider) -> bytes:
    """The octets of the message with a signature and no MAC: to sign and to encode in one step."""
    octets = message.grouped_octets()
    return octets + _SIGNATURE_LENGTH + provider.sign(signer, octets[1:])


def signature_verifies(
    message: Message, public_point: bytes, provider: CryptoProvider, grouped: bytes | None = None
) -> bool:
    """Whether the message carries a signature and it is the key's.

    ``grouped`` are the message's :meth:`~devices.gbcs.message.Message.grouped_octets`, where at hand.
    """
    if not message.signature:
        return False
    octets = message.grouped_octets() if grouped is None else grouped
    return provider.verify(public_point, octets[1:], message.signature)


def add_mac(message: Message, own: KeyPair, peer_point: bytes, provider: CryptoProvider) -> Message:
    """The message with a MAC between two key agreement keys; a missing signature becomes an empty one."""
    header, payload, signature, _, forms = message
    if signature is None:
        message = Message(header, payload, b"", None, forms)
    mac = compute_mac(message, provider.agree(own, peer_point), provider)
    return Message(header, payload, message.signature, mac, forms)


def mac_verifies(
    message: Message,
    own: KeyPair,
    peer_point: bytes,
    provider: CryptoProvider,
    grouped: bytes | None = None,
) -> bool:
    """Whether the message carries a MAC and it is the one of this pair of keys.

    ``grouped`` are the message's :meth:`~devices.gbcs.message.Message.grouped_octets`, where at hand.

    Raises:
        GbcsError: neither the private key nor the shared secret is at hand.
    """
    if message.mac is None:
        return False
    expected = compute_mac(message, provider.agree(own, peer_point), provider, grouped)
    return hmac.compare_digest(expected, message.mac)


def compute_mac(
    message: Message, secret: bytes, provider: CryptoProvider, grouped: bytes | None = None
) -> bytes:
    """The 12-octet MAC of a message under the shared secret Z of 32 octets."""
    cra, counter, originator, target, _, _ = message.header
    key = derive_key(secret, originator, _TRANSACTION_ID.pack(cra, counter), target)
    return provider.gmac(key, originator, message.authenticated_octets(grouped))[:MAC_OCTETS]


def attribute_key(secret: bytes, device: Eui64, counter: OriginatorCounter, recipient: Eui64) -> bytes:
    """The key of encrypted attributes from a device to the party that asked (GBCS 4.3.3.3).

    ``counter`` is the Supplementary Originator Counter where the response has one, else the header's;
    ``recipient`` the supplementary party where there is one, else the header's target.
    """
    transaction_id = _TRANSACTION_ID.pack(KeyPurpose.ATTRIBUTE_ENCRYPTION, counter)
    return derive_key(secret, device, transaction_id, recipient)


def answer_header(command: GroupingHeader, date_time: DlmsDateTime | None = None) -> GroupingHeader:
    """The header of the response: same counter and message code, originator and target swapped.

    ``date_time`` is the device's, where the response carries one. A certificate that the command carried is
    dropped (GBCS 6.4).

    Raises:
        GbcsError: the header is not a command's.
    """
    cra, counter, originator, target, other, _ = command
    if cra is not COMMAND:
        raise GbcsError("grouping header/CRA flag", f"{cra.name}, expected COMMAND")
    if other.certificate is not None:
        other = other._replace(certificate=None)
    return _new_tuple(GroupingHeader, (RESPONSE, counter, target, originator, other, date_time))
