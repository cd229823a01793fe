"""The cryptography provider: what it computes, what it caches, what it refuses."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.gbcs.crypto import (
    P256_ORDER,
    CryptoProvider,
    CryptoTally,
    KeyPair,
    derive_key,
    gcm_decrypt,
    gcm_encrypt,
    load_public_point,
)
from devices.gbcs.errors import GbcsError

ALICE = KeyPair.from_seed(b"test", "alice")
BOB = KeyPair.from_seed(b"test", "bob")
EVE = KeyPair.from_seed(b"test", "eve")
ORIGINATOR = bytes.fromhex("1000000000000001")
KEY = bytes(range(16))


@pytest.fixture
def provider() -> CryptoProvider:
    return CryptoProvider()


def test_signatures_are_those_of_rfc_6979(provider: CryptoProvider) -> None:
    key = KeyPair.from_scalar(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721)
    signature = provider.sign(key, b"sample")
    assert signature.hex().upper() == (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    )
    assert provider.verify(key.public_point, b"sample", signature)


def test_a_signature_is_the_keys_over_the_data_and_nothing_elses(provider: CryptoProvider) -> None:
    signature = provider.sign(ALICE, b"data")
    assert provider.verify(ALICE.public_point, b"data", signature)
    assert not provider.verify(ALICE.public_point, b"date", signature)
    assert not provider.verify(BOB.public_point, b"data", signature)
    for at in range(64):
        flipped = bytearray(signature)
        flipped[at] ^= 1
        assert not provider.verify(ALICE.public_point, b"data", bytes(flipped))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_none_and_is_not_computed(
    provider: CryptoProvider, length: int
) -> None:
    signature = provider.sign(ALICE, b"data").ljust(65, b"\0")[:length]
    assert not provider.verify(ALICE.public_point, b"data", signature)
    assert provider.tally.signatures_verified == 0


@pytest.mark.parametrize("r", [0, 1, P256_ORDER - 1, P256_ORDER, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, P256_ORDER, 2**256 - 1])
def test_numbers_outside_the_group_are_no_signature(provider: CryptoProvider, r: int, s: int) -> None:
    assert not provider.verify(ALICE.public_point, b"data", r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_a_shared_secret_is_symmetric_and_agreed_once(provider: CryptoProvider) -> None:
    secret = provider.agree(ALICE, BOB.public_point)
    assert len(secret) == 32
    assert provider.agree(BOB, ALICE.public_point) == secret
    assert provider.tally == CryptoTally(secrets_agreed=1)
    assert CryptoProvider().agree(BOB, ALICE.public_point) == secret
    assert provider.agree(ALICE, EVE.public_point) != secret


def test_a_pair_without_scalar_agrees_only_on_what_the_provider_was_told(provider: CryptoProvider) -> None:
    unknown = KeyPair(BOB.public_point)
    with pytest.raises(GbcsError, match="private key"):
        provider.agree(unknown, ALICE.public_point)
    provider.remember_secret(ALICE.public_point, BOB.public_point, b"Z" * 32)
    assert provider.agree(unknown, ALICE.public_point) == b"Z" * 32
    assert provider.tally.secrets_agreed == 0
    for use in (unknown.private_key, lambda: provider.sign(unknown, b"data")):
        with pytest.raises(GbcsError, match="private key"):
            use()


@pytest.mark.parametrize(("size", "agreed"), [(1, 4), (2, 4), (3, 3)])
def test_the_oldest_secret_goes_first(size: int, agreed: int) -> None:
    provider = CryptoProvider(secret_cache_size=size)
    third = KeyPair.from_seed(b"test", "third")
    for peer in (BOB, EVE, third, third, BOB):
        provider.agree(ALICE, peer.public_point)
    assert provider.tally.secrets_agreed == agreed


def test_seeds_and_names_make_different_keys() -> None:
    points = {
        KeyPair.from_seed(seed, *names).public_point for seed in (b"a", b"b") for names in (("x",), ("y",))
    }
    assert len(points) == 4
    assert KeyPair.from_seed(b"a", "x").scalar == KeyPair.from_seed(b"a", "x").scalar


def test_a_loaded_key_is_the_pair_that_it_came_from() -> None:
    again = KeyPair.from_private_key(ALICE.private_key())
    assert (again.scalar, again.public_point) == (ALICE.scalar, ALICE.public_point)


@pytest.mark.parametrize("scalar", [0, -1, P256_ORDER])
def test_scalars_outside_the_group_are_refused(scalar: int) -> None:
    with pytest.raises(GbcsError, match="private key"):
        KeyPair.from_scalar(scalar)
    assert KeyPair.from_scalar(P256_ORDER - 1).public_point


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\0",
        ALICE.public_point[:-1],
        b"\x03" + ALICE.public_point[1:],
        b"\x02" + ALICE.public_point[1:33],
        ALICE.public_point[:-1] + bytes((ALICE.public_point[-1] ^ 1,)),
    ],
)
def test_what_is_no_uncompressed_point_of_the_curve_is_refused(
    provider: CryptoProvider, point: bytes
) -> None:
    assert load_public_point(ALICE.public_point)
    for use in (
        lambda: load_public_point(point),
        lambda: provider.agree(ALICE, point),
        lambda: provider.verify(point, b"data", bytes(64)),
    ):
        with pytest.raises(GbcsError, match="public key"):
            use()


def test_a_key_is_derived_in_one_round_of_sha_256() -> None:
    transaction_id, recipient = b"\x01" + bytes(7) + b"\x05", b"R" * 8
    hashed = hashlib.sha256()
    for part in (b"\0\0\0\1", b"Z" * 32, bytes.fromhex("60857406080300"), ORIGINATOR, b"\x09"):
        hashed.update(part)
    hashed.update(transaction_id + recipient)
    assert derive_key(b"Z" * 32, ORIGINATOR, transaction_id, recipient) == hashed.digest()[:16]


@given(st.binary(max_size=100))
def test_an_attribute_comes_back_from_its_protected_form(plaintext: bytes) -> None:
    provider = CryptoProvider()
    protected = provider.encrypt_attribute(KEY, ORIGINATOR, plaintext)
    assert protected.startswith(bytes.fromhex("3100000000"))
    assert len(protected) == 5 + len(plaintext) + 12
    assert provider.decrypt_attribute(KEY, ORIGINATOR, protected) == plaintext
    assert provider.tally == CryptoTally(attributes_encrypted=1, attributes_decrypted=1)


def test_a_protected_attribute_with_any_octet_changed_is_refused(provider: CryptoProvider) -> None:
    protected = provider.encrypt_attribute(KEY, ORIGINATOR, b"value")
    for at in range(len(protected)):
        flipped = bytearray(protected)
        flipped[at] ^= 1
        with pytest.raises(GbcsError, match="encrypted attribute"):
            provider.decrypt_attribute(KEY, ORIGINATOR, bytes(flipped))
    for length in range(len(protected)):
        with pytest.raises(GbcsError, match="encrypted attribute"):
            provider.decrypt_attribute(KEY, ORIGINATOR, protected[:length])
    with pytest.raises(GbcsError, match="encrypted attribute"):
        provider.decrypt_attribute(KEY, ORIGINATOR[::-1], protected)
    with pytest.raises(GbcsError, match="encrypted attribute"):
        provider.decrypt_attribute(KEY[::-1], ORIGINATOR, protected)


def test_a_mac_is_the_tag_over_nothing_under_the_originators_iv(provider: CryptoProvider) -> None:
    tag = provider.gmac(KEY, ORIGINATOR, b"data")
    assert tag == gcm_encrypt(KEY, ORIGINATOR + bytes(4), b"", b"data")
    assert gcm_decrypt(KEY, ORIGINATOR + bytes(4), b"", tag[:12], b"data") == b""
    assert provider.tally == CryptoTally(macs_computed=1)
