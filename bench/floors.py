"""The floor of a piece of work: its calls into ``cryptography`` on operands made beforehand, nothing else.

The calls stand in the order in which the work makes them, with keys loaded and secrets agreed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.gbcs.crypto import KeyPair, load_public_point
from devices.gbcs.message import Message

_VERIFY = ec.ECDSA(hashes.SHA256())
_SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_KDF_START = b"\x00\x00\x00\x01"
_ALGORITHM = bytes.fromhex("60857406080300")


class Verification(NamedTuple):
    """A signature to verify: loaded key, r, s, the octets signed."""

    key: ec.EllipticCurvePublicKey
    r: int
    s: int
    data: bytes

    def run(self) -> None:
        key, r, s, data = self
        key.verify(encode_dss_signature(r, s), data, _VERIFY)


class Signing(NamedTuple):
    """A signature to make: loaded key, the octets to sign."""

    key: ec.EllipticCurvePrivateKey
    data: bytes

    def run(self) -> None:
        key, data = self
        decode_dss_signature(key.sign(data, _SIGN))


class Mac(NamedTuple):
    """A MAC to compute: input of the key derivation, IV, the octets authenticated."""

    kdf_input: bytes
    iv: bytes
    data: bytes

    def run(self) -> None:
        kdf_input, iv, data = self
        AESGCM(hashlib.sha256(kdf_input).digest()[:16]).encrypt(iv, b"", data)


Floor = Sequence[Verification | Signing | Mac]


def run(floor: Floor) -> None:
    """Do the cryptography once."""
    for operation in floor:
        operation.run()


class LoadedKeys:
    """Key objects by what they are made of, each loaded once, as the provider under test holds them."""

    def __init__(self) -> None:
        self._public: dict[bytes, ec.EllipticCurvePublicKey] = {}
        self._private: dict[bytes, ec.EllipticCurvePrivateKey] = {}

    def verification(self, message: Message, point: bytes) -> Verification:
        """What verifying the signature of a message costs."""
        key = self._public.get(point)
        if key is None:
            key = self._public[point] = load_public_point(point)
        signature = message.signature or b""
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        return Verification(key, r, s, message.signed_octets())

    def signing(self, message: Message, pair: KeyPair) -> Signing:
        """What signing a message costs."""
        key = self._private.get(pair.public_point)
        if key is None:
            key = self._private[pair.public_point] = pair.private_key()
        return Signing(key, message.signed_octets())


def mac(message: Message, secret: bytes) -> Mac:
    """What the MAC of a message costs once the secret is agreed."""
    header = message.header
    other_info = _ALGORITHM + header.originator + b"\x09" + header.transaction_id + header.target
    iv = header.originator + bytes(4)
    return Mac(_KDF_START + secret + other_info, iv, message.authenticated_octets())
