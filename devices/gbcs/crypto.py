"""Cryptography of the wire: ECDSA, static key agreement, KDF, GMAC, attribute encryption (GBCS 4.3.3).

One provider does it all and counts what it really computed. Private keys live as scalars; OpenSSL key
objects (2 kB each) are made when needed and kept in a bounded cache, so that a fleet stays small.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devices.gbcs.errors import GbcsError

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNATURE_OCTETS: Final = 64
MAC_OCTETS: Final = 12
_CURVE: Final = ec.SECP256R1()
_ECDSA_VERIFY: Final = ec.ECDSA(hashes.SHA256())
_ECDSA_SIGN: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_ECDH: Final = ec.ECDH()
_AES_GCM_128_ID: Final = bytes.fromhex("60857406080300")
_DER_SEQUENCE: Final = 0x30
_DER_INTEGER: Final = 0x02
_ZERO_INVOCATION: Final = bytes(4)
_ATTRIBUTE_SECURITY_CONTROL: Final = b"\x31"
_ATTRIBUTE_HEADER: Final = _ATTRIBUTE_SECURITY_CONTROL + _ZERO_INVOCATION


class KeyPair:
    """A P-256 key pair: the public point (65 octets, uncompressed) and, where we hold it, the scalar.

    A pair without scalar names somebody whose private key is not known; it can agree only on secrets
    that the provider was told (:meth:`CryptoProvider.remember_secret`).
    """

    __slots__ = ("public_point", "scalar")

    def __init__(self, public_point: bytes, scalar: int | None = None) -> None:
        if len(public_point) != 65 or public_point[0] != 4:
            raise GbcsError("public key", "expected an uncompressed P-256 point of 65 octets")
        self.public_point = public_point
        self.scalar = scalar

    @classmethod
    def from_scalar(cls, scalar: int) -> KeyPair:
        """The pair of a private scalar.

        Raises:
            GbcsError: the scalar is not 1 to n-1.
        """
        if not 1 <= scalar < P256_ORDER:
            raise GbcsError("private key", "expected a scalar of 1 to n-1")
        key = ec.derive_private_key(scalar, _CURVE)
        return cls(public_point_of(key.public_key()), scalar)

    @classmethod
    def from_seed(cls, seed: bytes, *names: str) -> KeyPair:
        """A pair that is a function of a seed and a list of names; for test keys only."""
        label = "/".join(names).encode()
        digest = hmac.digest(seed, label, "sha512")
        return cls.from_scalar(int.from_bytes(digest, "big") % (P256_ORDER - 1) + 1)

    @classmethod
    def from_private_key(cls, key: ec.EllipticCurvePrivateKey) -> KeyPair:
        """The pair of a loaded private key."""
        return cls(public_point_of(key.public_key()), key.private_numbers().private_value)

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """The OpenSSL key object; made anew at each call.

        Raises:
            GbcsError: the scalar is not known.
        """
        if self.scalar is None:
            raise GbcsError("private key", "not held for this key pair")
        return ec.derive_private_key(self.scalar, _CURVE)


def public_point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """The uncompressed point of a public key, 65 octets."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def load_public_point(point: bytes) -> ec.EllipticCurvePublicKey:
    """The public key of an uncompressed point; other forms of points are not allowed (RFC 5759, 3.2).

    Raises:
        GbcsError: the octets are no point of the curve.
    """
    if len(point) != 65 or point[0] != 4:
        raise GbcsError("public key", "expected an uncompressed P-256 point of 65 octets")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise GbcsError("public key", "not a point of P-256") from error


@dataclass(slots=True)
class CryptoTally:
    """How many operations were really computed; what a cache answered is not counted."""

    signatures_made: int = 0
    signatures_verified: int = 0
    macs_computed: int = 0
    secrets_agreed: int = 0
    attributes_encrypted: int = 0
    attributes_decrypted: int = 0


class CryptoProvider:
    """Signs, verifies, agrees keys and computes MACs; caches loaded keys and agreed secrets.

    ``key_cache_size`` bounds the OpenSSL objects held (about 2 kB each), ``secret_cache_size`` the
    agreed secrets (about 250 octets each; oldest go first).
    """

    def __init__(self, key_cache_size: int = 1024, secret_cache_size: int = 65536) -> None:
        self.tally = CryptoTally()
        self._private_key = lru_cache(key_cache_size)(_load_private)
        self._public_key = lru_cache(key_cache_size)(load_public_point)
        self._secrets: dict[tuple[bytes, bytes], bytes] = {}
        self._secret_cache_size = secret_cache_size

    def sign(self, key: KeyPair, data: bytes) -> bytes:
        """ECDSA with SHA-256, deterministic (RFC 6979): r || s, 64 octets."""
        self.tally.signatures_made += 1
        return _fixed_width(self._private_key(_known_scalar(key)).sign(data, _ECDSA_SIGN))

    def verify(self, public_point: bytes, data: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (r || s, 64 octets) is the key's over ``data``.

        Raises:
            GbcsError: ``public_point`` is no point of the curve.
        """
        if len(signature) != SIGNATURE_OCTETS:
            return False
        self.tally.signatures_verified += 1
        numbers = _der_integer(signature[:32]) + _der_integer(signature[32:])
        der = bytes((_DER_SEQUENCE, len(numbers))) + numbers
        try:
            self._public_key(public_point).verify(der, data, _ECDSA_VERIFY)
        except InvalidSignature:
            return False
        return True

    def agree(self, own: KeyPair, peer_point: bytes) -> bytes:
        """The static shared secret Z, 32 octets; symmetric, so each pair of keys costs one ECDH.

        Raises:
            GbcsError: neither a private key nor a remembered secret is at hand.
        """
        pair = _secret_key(own.public_point, peer_point)
        secret = self._secrets.get(pair)
        if secret is None:
            peer = self._public_key(peer_point)
            secret = self._private_key(_known_scalar(own)).exchange(_ECDH, peer)
            self.tally.secrets_agreed += 1
            self._remember(pair, secret)
        return secret

    def remember_secret(self, one_point: bytes, other_point: bytes, secret: bytes) -> None:
        """Take a shared secret from outside, for keys whose private halves are not known."""
        self._remember(_secret_key(one_point, other_point), secret)

    def _remember(self, pair: tuple[bytes, bytes], secret: bytes) -> None:
        if len(self._secrets) >= self._secret_cache_size:
            del self._secrets[next(iter(self._secrets))]
        self._secrets[pair] = secret

    def gmac(self, key: bytes, originator: bytes, data: bytes) -> bytes:
        """GMAC over ``data``, 16 octets, with the IV of ``originator`` (8 octets)."""
        self.tally.macs_computed += 1
        return AESGCM(key).encrypt(originator + _ZERO_INVOCATION, b"", data)

    def encrypt_attribute(self, key: bytes, originator: bytes, plaintext: bytes) -> bytes:
        """The protected form of an attribute: ``31 00000000``, ciphertext, 12-octet tag."""
        self.tally.attributes_encrypted += 1
        iv = originator + _ZERO_INVOCATION
        sealed = gcm_encrypt(key, iv, plaintext, _ATTRIBUTE_SECURITY_CONTROL)
        return _ATTRIBUTE_HEADER + sealed[: MAC_OCTETS - 16]

    def decrypt_attribute(self, key: bytes, originator: bytes, protected: bytes) -> bytes:
        """The plaintext of a protected attribute.

        Raises:
            GbcsError: the header is not ``31 00000000``, or the tag does not verify.
        """
        if not protected.startswith(_ATTRIBUTE_HEADER) or len(protected) < 5 + MAC_OCTETS:
            raise GbcsError("encrypted attribute", "expected 31 00000000, ciphertext, 12-octet tag")
        self.tally.attributes_decrypted += 1
        iv, tag = originator + _ZERO_INVOCATION, protected[-MAC_OCTETS:]
        return gcm_decrypt(key, iv, protected[5:-MAC_OCTETS], tag, _ATTRIBUTE_SECURITY_CONTROL)


def gcm_encrypt(key: bytes, iv: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """AES-GCM: ciphertext, then the full tag of 16 octets."""
    return AESGCM(key).encrypt(iv, plaintext, associated_data)


def gcm_decrypt(key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, associated_data: bytes) -> bytes:
    """The plaintext of AES-128-GCM, under a tag of 12 octets or more.

    Raises:
        GbcsError: the tag does not verify.
    """
    gcm = modes.GCM(iv, tag, min_tag_length=MAC_OCTETS)
    decryptor = Cipher(algorithms.AES128(key), gcm).decryptor()
    decryptor.authenticate_additional_data(associated_data)
    try:
        return decryptor.update(ciphertext) + decryptor.finalize()
    except InvalidTag as error:
        raise GbcsError("encrypted attribute", "tag does not verify") from error


def derive_key(secret: bytes, originator: bytes, transaction_id: bytes, recipient: bytes) -> bytes:
    """The AES-128 key of one message: SP 800-56A concatenation KDF, one round (GBCS 4.3.3.3).

    ``transaction_id`` is 9 octets: the CRA octet (04 for encryption) and the counter.
    """
    other_info = _AES_GCM_128_ID + originator + b"\x09" + transaction_id + recipient
    return hashlib.sha256(b"\x00\x00\x00\x01" + secret + other_info).digest()[:16]


def _load_private(scalar: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(scalar, _CURVE)


def _known_scalar(key: KeyPair) -> int:
    if key.scalar is None:
        raise GbcsError("private key", "not held for this key pair")
    return key.scalar


def _fixed_width(der: bytes) -> bytes:
    """The form r || s of a signature that was just made: ``30 l 02 l r 02 l s``, no length above 127."""
    end_of_r = 4 + der[3]
    # A leading zero octet keeps a number with its highest bit set from being negative.
    return der[4:end_of_r][-32:].rjust(32, b"\0") + der[end_of_r + 2 :][-32:].rjust(32, b"\0")


def _der_integer(octets: bytes) -> bytes:
    """An unsigned number of at most 32 octets as a DER INTEGER."""
    number = octets.lstrip(b"\0") or b"\0"
    if number[0] & 0x80:
        return bytes((_DER_INTEGER, len(number) + 1, 0)) + number
    return bytes((_DER_INTEGER, len(number))) + number


def _secret_key(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    return (one, other) if one < other else (other, one)
