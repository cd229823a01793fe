"""Stand-ins behave in a run like the signatures and secrets that they stand for."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.gbcs.crypto import SIGNATURE_OCTETS, CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64
from scenarios.engine.stand_in_crypto import StandInCrypto

DEVICE, REAL_DEVICE, USER = (Eui64.parse(f"00-DB-12-34-00-00-00-0{n}") for n in (1, 2, 3))
KEY, OTHER_KEY, DEVICE_KEY, REAL_KEY = (KeyPair.from_seed(b"test", str(n)) for n in range(4))
HEADER: Final = b"\x09\x01" + bytes(8) + b"\x08%b\x08%b\x00\x02\x00\x04"


def signed_part(originator: Eui64, target: Eui64, text: bytes = b"payload") -> bytes:
    return HEADER % (originator, target) + text


def provider() -> StandInCrypto:
    made = StandInCrypto()
    made.stand_in_for(DEVICE, DEVICE_KEY.public_point)
    return made


@pytest.mark.parametrize(("originator", "target"), [(USER, DEVICE), (DEVICE, USER)])
def test_only_the_very_key_and_text_verify(originator: Eui64, target: Eui64) -> None:
    crypto, data = provider(), signed_part(originator, target)
    signature = crypto.sign(KEY, data)
    assert len(signature) == SIGNATURE_OCTETS
    assert crypto.verify(KEY.public_point, data, signature)
    assert not crypto.verify(OTHER_KEY.public_point, data, signature)
    assert not crypto.verify(KEY.public_point, data + b"x", signature)
    assert not crypto.verify(KEY.public_point, data, bytes(SIGNATURE_OCTETS))
    assert not CryptoProvider().verify(KEY.public_point, data, signature), "it proves nothing outside"


@pytest.mark.parametrize(
    "data", [signed_part(USER, REAL_DEVICE), b"", b"<xml/>", bytes(DEVICE), b"\x30" + bytes(DEVICE) * 4]
)
def test_everything_else_is_real(data: bytes) -> None:
    crypto, real = provider(), CryptoProvider()
    signature = crypto.sign(KEY, data)
    assert signature == real.sign(KEY, data)
    assert crypto.verify(KEY.public_point, data, signature)


def test_a_real_signature_is_no_stand_in() -> None:
    data = signed_part(USER, DEVICE)
    assert not provider().verify(KEY.public_point, data, CryptoProvider().sign(KEY, data))


def test_secrets_are_symmetric_and_of_two_keys() -> None:
    crypto = provider()
    secret = crypto.agree(KEY, DEVICE_KEY.public_point)
    assert secret == crypto.agree(DEVICE_KEY, KEY.public_point)
    assert secret != crypto.agree(OTHER_KEY, DEVICE_KEY.public_point)
    assert secret != CryptoProvider().agree(KEY, DEVICE_KEY.public_point)
    assert crypto.agree(KEY, REAL_KEY.public_point) == CryptoProvider().agree(KEY, REAL_KEY.public_point)


def test_nobody_signs_or_agrees_without_a_private_key() -> None:
    crypto, public_alone = provider(), KeyPair(KEY.public_point)
    with pytest.raises(GbcsError, match="private key"):
        crypto.sign(public_alone, signed_part(USER, DEVICE))
    with pytest.raises(GbcsError, match="private key"):
        crypto.agree(public_alone, DEVICE_KEY.public_point)


@given(st.binary(max_size=60))
def test_any_text_that_is_signed_verifies(data: bytes) -> None:
    crypto = provider()
    assert crypto.verify(KEY.public_point, data, crypto.sign(KEY, data))
