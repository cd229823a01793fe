"""The contingency key: held wrapped with the root credentials, opened by the command that needs it.

GBCS 13.2 and 13.3 were not available to us: that the wrapping is AES-128-GCM of the public point under the
command's plaintextSymmetricKey, with an IV of zeros, is assumed.
"""

from __future__ import annotations

from typing import Final

from devices.gbcs.crypto import gcm_decrypt, gcm_encrypt
from devices.gbcs.errors import GbcsError

SYMMETRIC_KEY_OCTETS: Final = 16
_IV: Final = bytes(12)
_TAG_OCTETS: Final = 16


def wrap(public_point: bytes, symmetric_key: bytes) -> bytes:
    """The wrapped form of the contingency public key (65 octets) under a key of 16 octets."""
    return gcm_encrypt(symmetric_key, _IV, public_point, b"")


def unwrap(wrapped: bytes, symmetric_key: bytes) -> bytes:
    """The contingency public key.

    Raises:
        GbcsError: the symmetric key is not of 16 octets, or not the one that it was wrapped with.
    """
    if len(symmetric_key) != SYMMETRIC_KEY_OCTETS:
        raise GbcsError("plaintextSymmetricKey", f"{len(symmetric_key)} octets, expected 16")
    if len(wrapped) <= _TAG_OCTETS:
        raise GbcsError("wrapped contingency key", f"{len(wrapped)} octets, expected more than {_TAG_OCTETS}")
    return gcm_decrypt(symmetric_key, _IV, wrapped[:-_TAG_OCTETS], wrapped[-_TAG_OCTETS:], b"")
