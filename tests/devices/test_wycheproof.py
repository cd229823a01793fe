"""Project Wycheproof's edge cases (C2SP/wycheproof) against our provider, where their parameters are ours.

Policy: GBCS knows one curve, uncompressed points, AES-128 and IVs of 96 bits. A case with other parameters
is left out and counted. "Acceptable" cases, a compressed point, count as invalid. Tags are compared in full
where we have them in full, and in their first 12 octets as messages carry them; a tag that was forged only
behind those is then the genuine one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.gbcs.crypto import MAC_OCTETS, CryptoProvider, KeyPair, gcm_decrypt, gcm_encrypt
from devices.gbcs.errors import GbcsError

Case = dict[str, Any]


def cases_of(conformance: Path, name: str) -> Iterator[tuple[Case, Case]]:
    """Each group of a file with each of its cases."""
    groups = json.loads((conformance / "wycheproof" / f"{name}_test.json").read_text())["testGroups"]
    return ((group, case) for group in groups for case in group["tests"])


def octets(case: Case, *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def is_ours(group: Case) -> bool:
    return (group["keySize"], group["ivSize"], group["tagSize"]) == (128, 96, 128)


def opens(key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, associated_data: bytes) -> bytes | None:
    try:
        return gcm_decrypt(key, iv, ciphertext, tag, associated_data)
    except GbcsError:
        return None


def test_ecdsa(conformance: Path) -> None:
    provider = CryptoProvider()
    tested = 0
    for group, case in cases_of(conformance, "ecdsa_secp256r1_sha256_p1363"):
        (point,) = octets(group["publicKey"], "uncompressed")
        data, signature = octets(case, "msg", "sig")
        assert provider.verify(point, data, signature) is (case["result"] == "valid"), case["tcId"]
        tested += 1
    assert tested == 262


def test_ecdh(conformance: Path) -> None:
    provider = CryptoProvider()
    refused = 0
    for _, case in cases_of(conformance, "ecdh_secp256r1_ecpoint"):
        own = KeyPair.from_scalar(int(case["private"], 16))
        public, shared = octets(case, "public", "shared")
        if case["result"] == "valid":
            assert provider.agree(own, public) == shared, case["tcId"]
        else:
            refused += 1
            with pytest.raises(GbcsError, match="public key"):
                provider.agree(own, public)
    assert refused == 24 + 1
    assert provider.tally.secrets_agreed > 300


def test_aes_gcm(conformance: Path) -> None:
    tested, skipped, forged_behind = 0, 0, 0
    for group, case in cases_of(conformance, "aes_gcm"):
        if not is_ours(group):
            skipped += 1
            continue
        key, iv, message, data, ciphertext, tag = octets(case, "key", "iv", "msg", "aad", "ct", "tag")
        sealed = gcm_encrypt(key, iv, message, data)
        valid = case["result"] == "valid"
        assert (sealed == ciphertext + tag) is valid, case["tcId"]
        assert opens(key, iv, ciphertext, tag, data) == (message if valid else None), case["tcId"]
        genuine = sealed[len(message) :][:MAC_OCTETS] == tag[:MAC_OCTETS]
        opened = opens(key, iv, ciphertext, tag[:MAC_OCTETS], data)
        assert opened == (message if genuine else None), case["tcId"]
        tested += 1
        forged_behind += genuine and not valid
    assert (tested, skipped, forged_behind) == (67, 249, 7)


def test_aes_gmac(conformance: Path) -> None:
    tested, skipped, forged_behind = 0, 0, 0
    for group, case in cases_of(conformance, "aes_gmac"):
        if not is_ours(group):
            skipped += 1
            continue
        key, iv, message, tag = octets(case, "key", "iv", "msg", "tag")
        valid = case["result"] == "valid"
        computed = gcm_encrypt(key, iv, b"", message)
        assert (computed == tag) is valid, case["tcId"]
        genuine = computed[:MAC_OCTETS] == tag[:MAC_OCTETS]
        assert (opens(key, iv, b"", tag[:MAC_OCTETS], message) == b"") is genuine, case["tcId"]
        tested += 1
        forged_behind += genuine and not valid
    assert (tested, skipped, forged_behind) == (69, 345, 14)


def test_gmac_of_the_provider_is_the_one_tested_here(conformance: Path) -> None:
    provider = CryptoProvider()
    for group, case in cases_of(conformance, "aes_gmac"):
        if is_ours(group) and case["result"] == "valid":
            key, message = octets(case, "key", "msg")
            originator = b"\x10" + bytes(6) + b"\x01"
            assert provider.gmac(key, originator, message) == gcm_encrypt(
                key, originator + bytes(4), b"", message
            )
