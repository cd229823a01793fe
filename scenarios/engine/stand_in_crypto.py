"""Stand-ins for signatures and shared secrets: for devices of a run that need no real ones (mixed fidelity).

A stand-in costs a hash. In a run it behaves like what it stands for: only who holds the private key is given
one by the provider, it is of one key and one text, and any other does not verify. It proves nothing to
anybody outside. Messages, rules, MACs and everything else are as ever.
"""

from __future__ import annotations

import hashlib
from typing import Final

from devices.gbcs.crypto import SIGNATURE_OCTETS, CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64

# Where originator and target stand in what is signed of a GBCS message (GBCS 5.2: the grouping header).
_HEADER_BEGINS: Final = b"\x09"
_ORIGINATOR: Final = slice(11, 19)
_TARGET: Final = slice(20, 28)
_SECRET_OCTETS: Final = 32


class StandInCrypto(CryptoProvider):
    """Real cryptography, but for messages from and to the devices that it was told of."""

    def __init__(self) -> None:
        super().__init__()
        self._devices: set[bytes] = set()
        self._points: set[bytes] = set()

    def stand_in_for(self, device: Eui64, *public_points: bytes) -> None:
        """From now on messages of and to this device, and secrets with these keys of it, are stand-ins."""
        self._devices.add(bytes(device))
        self._points.update(public_points)

    def sign(self, key: KeyPair, data: bytes) -> bytes:
        """ECDSA, or a stand-in for the signature on a message of or to one of the devices."""
        if not self._concerns_one(data):
            return super().sign(key, data)
        if key.scalar is None:
            raise GbcsError("private key", "not held for this key pair")
        self.tally.signatures_made += 1
        return _signature(key.public_point, data)

    def verify(self, public_point: bytes, data: bytes, signature: bytes) -> bool:
        """Whether the signature, or the stand-in for one, is the key's over ``data``."""
        if not self._concerns_one(data):
            return super().verify(public_point, data, signature)
        self.tally.signatures_verified += 1
        return signature == _signature(public_point, data)

    def agree(self, own: KeyPair, peer_point: bytes) -> bytes:
        """The shared secret, or for a key of one of the devices a stand-in; symmetric either way."""
        if own.public_point not in self._points and peer_point not in self._points:
            return super().agree(own, peer_point)
        if own.scalar is None:
            raise GbcsError("private key", "not held for this key pair")
        one, other = sorted((own.public_point, peer_point))
        return hashlib.blake2b(one + other, digest_size=_SECRET_OCTETS, person=b"stand-in secret").digest()

    def _concerns_one(self, data: bytes) -> bool:
        if not data.startswith(_HEADER_BEGINS):
            return False
        return data[_TARGET] in self._devices or data[_ORIGINATOR] in self._devices


def _signature(public_point: bytes, data: bytes) -> bytes:
    hashed = hashlib.blake2b(public_point, digest_size=SIGNATURE_OCTETS, person=b"stand-in sign")
    hashed.update(data)
    return hashed.digest()
