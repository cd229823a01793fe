"""Messages of the Reference Test Data Set: parse, encode, verify, build; each microsecond is a message's."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from comparison import Measure, batches_needed
from floors import Floor, LoadedKeys, Mac, Signing, Verification, mac, run
from rtds import Sample, load_samples

from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.message import Message, encode, parse
from devices.gbcs.protection import add_mac, mac_verifies, sign, signature_verifies

_ROUNDS = 40
_SIGNER = KeyPair.from_seed(b"bench", "signer")


@pytest.fixture(scope="session")
def provider() -> CryptoProvider:
    return CryptoProvider()


@pytest.fixture(scope="session")
def samples(conformance: Path, provider: CryptoProvider) -> list[Sample]:
    return load_samples(conformance, provider)


def test_parse(measure: Measure, samples: list[Sample]) -> None:
    every = [sample.octets for sample in samples]

    def work() -> None:
        for octets in every:
            parse(octets)

    measure.alone("RTDS: parse", work, items=len(every), rounds=100)


def test_encode(measure: Measure, samples: list[Sample]) -> None:
    every = [sample.message for sample in samples]

    def work() -> None:
        for message in every:
            encode(message)

    measure.alone("RTDS: encode", work, items=len(every), rounds=100)


def test_parse_and_verify(measure: Measure, samples: list[Sample], provider: CryptoProvider) -> None:
    def work(batch: list[Sample]) -> None:
        for octets, _, signer, mac_keys in batch:
            message = parse(octets)
            if signer is not None and not signature_verifies(message, signer, provider):
                raise AssertionError(octets.hex())
            if mac_keys is not None and not mac_verifies(message, *mac_keys, provider):
                raise AssertionError(octets.hex())

    measure.beside_floor(
        "RTDS: parse and verify signature and MAC",
        work,
        run,
        [(samples, _verifying(samples, provider))] * batches_needed(_ROUNDS),
        items=len(samples),
        rounds=_ROUNDS,
        target=1.5,
    )


def test_parse_and_verify_macs(measure: Measure, samples: list[Sample], provider: CryptoProvider) -> None:
    maced = [sample for sample in samples if sample.signer is None and sample.mac_keys is not None]

    def work(batch: list[Sample]) -> None:
        for octets, _, _, mac_keys in batch:
            if mac_keys is None or not mac_verifies(parse(octets), *mac_keys, provider):
                raise AssertionError(octets.hex())

    measure.beside_floor(
        "RTDS: parse and verify, of those with a MAC alone",
        work,
        run,
        [(maced, _verifying(maced, provider))] * batches_needed(100),
        items=len(maced),
        rounds=100,
    )


def test_build(measure: Measure, samples: list[Sample], provider: CryptoProvider) -> None:
    """Each message again from header and payload, protected as it was; the signing key is one of ours."""
    plans = [
        Plan(Message(message.header, message.payload), bool(message.signature), mac_keys)
        for _, message, _, mac_keys in samples
    ]

    def work(batch: list[Plan]) -> None:
        for plan in batch:
            encode(_build(plan, provider))

    measure.beside_floor(
        "RTDS: sign, add MAC and encode",
        work,
        run,
        [(plans, _building(plans, provider))] * batches_needed(_ROUNDS),
        items=len(plans),
        rounds=_ROUNDS,
    )


class Plan(NamedTuple):
    """What is to be built."""

    message: Message
    is_signed: bool
    mac_keys: tuple[KeyPair, bytes] | None


def _build(plan: Plan, provider: CryptoProvider) -> Message:
    message, is_signed, mac_keys = plan
    if is_signed:
        message = sign(message, _SIGNER, provider)
    return message if mac_keys is None else add_mac(message, *mac_keys, provider)


def _building(plans: list[Plan], provider: CryptoProvider) -> Floor:
    keys = LoadedKeys()
    floor: list[Signing | Mac] = []
    for plan in plans:
        built = _build(plan, provider)
        if plan.is_signed:
            floor.append(keys.signing(built, _SIGNER))
        if plan.mac_keys is not None:
            floor.append(mac(built, provider.agree(*plan.mac_keys)))
    return floor


def _verifying(samples: list[Sample], provider: CryptoProvider) -> Floor:
    keys = LoadedKeys()
    floor: list[Verification | Mac] = []
    for _, message, signer, mac_keys in samples:
        if signer is not None:
            floor.append(keys.verification(message, signer))
        if mac_keys is not None:
            floor.append(mac(message, provider.agree(*mac_keys)))
    return floor
