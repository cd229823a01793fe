"""The messages of the Reference Test Data Set, each with the keys that it verifies with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dcc.smki.keystore import Keystore
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage
from devices.gbcs.message import Message, parse
from devices.gbcs.protection import mac_verifies, signature_verifies

_BROKER = Eui64.parse("90-B3-D5-1F-30-00-00-02")


class Sample(NamedTuple):
    """One message; ``signer`` is a public point, ``mac_keys`` an own pair and a peer's public point."""

    octets: bytes
    message: Message
    signer: bytes | None
    mac_keys: tuple[KeyPair, bytes] | None


def load_samples(conformance: Path, provider: CryptoProvider) -> list[Sample]:
    """Every message; what of its protection no key verifies has None in place of keys."""
    keystore = Keystore.load(conformance / "rtds" / "keystore")
    files = sorted((conformance / "rtds" / "messages").glob("*/*.HEX"))
    octets = [bytes.fromhex(file.read_text()) for file in files]
    return [_sample(each, keystore, provider) for each in octets]


def _sample(octets: bytes, keystore: Keystore, provider: CryptoProvider) -> Sample:
    message = parse(octets)
    return Sample(
        octets, message, _signer(message, keystore, provider), _mac_keys(message, keystore, provider)
    )


def _signer(message: Message, keystore: Keystore, provider: CryptoProvider) -> bytes | None:
    pairs = keystore.key_pairs(message.header.originator, KeyUsage.DIGITAL_SIGNATURE)
    fitting = (
        pair.public_point for pair in pairs if signature_verifies(message, pair.public_point, provider)
    )
    return next(fitting, None)


def _mac_keys(message: Message, keystore: Keystore, provider: CryptoProvider) -> tuple[KeyPair, bytes] | None:
    if message.mac is None:
        return None
    for own, peer in _pairs(message, keystore):
        if mac_verifies(message, own, peer, provider):
            return own, peer
    return None


def _pairs(message: Message, keystore: Keystore) -> Iterator[tuple[KeyPair, bytes]]:
    """Pairs of keys that a MAC may be of: the broker's or an end's, with either end's."""
    header = message.header
    for holder in (_BROKER, header.target, header.originator):
        for own in keystore.key_pairs(holder, KeyUsage.KEY_AGREEMENT):
            for end in (header.target, header.originator):
                peers = keystore.key_pairs(end, KeyUsage.KEY_AGREEMENT) if own.scalar is not None else ()
                yield from ((own, peer.public_point) for peer in peers)
