"""Checks signature, MAC and encrypted attributes of a message with the keys of a key store.

Which keys: a command's MAC is the access control broker's with the device, a response's or alert's the
device's with the addressee; encrypted attributes are the device's with the party that asked. Key stores
can hold several keys for one use: the check passes if one of them fits.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from dcc.smki.keystore import Keystore, KeystoreEntry
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message
from devices.gbcs.protection import attribute_key, mac_verifies, signature_verifies
from devices.gbcs.use_cases import use_case
from scenarios.encrypted_attributes import protected_attributes


class Verdict(enum.Enum):
    """How a check went; the value is its name for people and machines."""

    OK = "ok"
    FAILED = "failed"
    NO_KEY = "no key"
    NOT_PRESENT = "not present"
    NOT_REACHED = "not reached"


class CheckResult(NamedTuple):
    """A verdict; ``detail`` says with which keys, why not, or which keys lack.

    ``plaintexts`` are those of the encrypted attributes, in the order of the payload.
    """

    verdict: Verdict
    detail: str = ""
    plaintexts: tuple[bytes, ...] = ()


class KeyAgreement(NamedTuple):
    """A private key of one end and the point of the other; ``party`` is whose key the party's end is."""

    own: KeyPair
    peer_point: bytes
    party: Eui64


class AgreementKeys(NamedTuple):
    """Who the two ends of a MAC or an encryption are, and the keys that the store has for them."""

    device: str
    devices: tuple[KeystoreEntry, ...]
    party: str
    parties: tuple[KeystoreEntry, ...]

    def agreements(self) -> Iterator[KeyAgreement]:
        """Every key whose private half is known, with every point of the other end."""
        for party, device in product(self.parties, self.devices):
            if party.key.scalar is not None:
                yield KeyAgreement(party.key, device.key.public_point, party.entity)
            elif device.key.scalar is not None:
                yield KeyAgreement(device.key, party.key.public_point, party.entity)

    def lacking(self) -> str:
        """Which key is not there."""
        if not self.devices:
            return f"no key agreement key of {self.device}"
        if not self.parties:
            return f"no key agreement key of {self.party}"
        return f"no private key agreement key of {self.party} or {self.device}"


def check_signature(message: Message, keystore: Keystore, provider: CryptoProvider) -> CheckResult:
    """Whether one of the originator's digital signing keys made the signature."""
    if not message.signature:
        return CheckResult(Verdict.NOT_PRESENT)
    originator = message.header.originator
    candidates = keystore.candidates(originator, KeyUsage.DIGITAL_SIGNATURE)
    if not candidates:
        return CheckResult(Verdict.NO_KEY, f"no digital signing key of {originator}")
    for entry in candidates:
        if signature_verifies(message, entry.key.public_point, provider):
            return CheckResult(Verdict.OK, f"by {_named(entry)}")
    return CheckResult(Verdict.FAILED, f"by none of the {len(candidates)} signing keys of {originator}")


def check_mac(message: Message, keystore: Keystore, provider: CryptoProvider) -> CheckResult:
    """Whether the MAC is that of the two ends of the message."""
    if message.mac is None:
        return CheckResult(Verdict.NOT_PRESENT)
    keys = mac_keys(message, keystore)
    agreements = list(keys.agreements())
    if not agreements:
        return CheckResult(Verdict.NO_KEY, keys.lacking())
    for own, peer_point, party in agreements:
        if mac_verifies(message, own, peer_point, provider):
            name = keys.party if keys.party == str(party) else f"{keys.party} {party}"
            return CheckResult(Verdict.OK, f"between {name} and {keys.device}")
    detail = f"not between {keys.party} and {keys.device}, with none of {len(agreements)} pairs of keys"
    return CheckResult(Verdict.FAILED, detail)


def check_attributes(message: Message, keystore: Keystore, provider: CryptoProvider) -> CheckResult:
    """Whether each encrypted attribute opens and its tag verifies."""
    try:
        attributes = protected_attributes(message)
    except GbcsError as error:
        return CheckResult(Verdict.FAILED, f"the payload cannot be read: {error}")
    if not attributes:
        return CheckResult(Verdict.NOT_PRESENT)
    counter, party = _attribute_counter_and_party(message)
    device = message.header.originator
    keys = _between(device, party, keystore)
    secrets = [provider.agree(own, peer_point) for own, peer_point, _ in keys.agreements()]
    if not secrets:
        return CheckResult(Verdict.NO_KEY, keys.lacking())
    plaintexts = []
    for number, octets in enumerate(attributes, 1):
        derived = (attribute_key(secret, device, counter, party) for secret in secrets)
        plaintext = _opened(octets, device, derived, provider)
        if plaintext is None:
            detail = f"attribute {number} of {len(attributes)} from {device} to {party} does not open"
            return CheckResult(Verdict.FAILED, detail)
        plaintexts.append(plaintext)
    return CheckResult(Verdict.OK, f"{len(attributes)} from {device} to {party}", tuple(plaintexts))


def mac_keys(message: Message, keystore: Keystore) -> AgreementKeys:
    """The two ends of a message's MAC (GBCS 6.4.5)."""
    header = message.header
    if header.cra is not Cra.COMMAND:
        return _between(header.originator, header.target, keystore)
    keys = _between(header.target, header.originator, keystore)
    if _is_between_devices(message):
        return keys
    return keys._replace(party="the access control broker", parties=access_control_broker_keys(keystore))


def access_control_broker_keys(keystore: Keystore) -> tuple[KeystoreEntry, ...]:
    """Keys that may be the broker's: by certificate, then private ones that no certificate names."""
    agreeing = [entry for entry in keystore.entries if entry.usage is KeyUsage.KEY_AGREEMENT]
    known = [entry for entry in agreeing if _role(entry) is RemotePartyRole.ACCESS_CONTROL_BROKER]
    unnamed = [entry for entry in agreeing if entry.certificate is None and entry.key.scalar is not None]
    return (*known, *unnamed)


def _between(device: Eui64, party: Eui64, keystore: Keystore) -> AgreementKeys:
    """The key agreement keys of a device and a party, those for prepayment last."""
    devices = keystore.candidates(device, KeyUsage.KEY_AGREEMENT, prepayment=False)
    parties = keystore.candidates(party, KeyUsage.KEY_AGREEMENT, prepayment=False)
    return AgreementKeys(str(device), devices, str(party), parties)


def _is_between_devices(message: Message) -> bool:
    """Whether a command's use case is one that no remote party sends: PCS01, PCS02."""
    known = use_case(message.code)
    return known is not None and known.roles_confirmed and not known.roles


def _role(entry: KeystoreEntry) -> RemotePartyRole | None:
    return entry.certificate.role if entry.certificate is not None else None


def _attribute_counter_and_party(message: Message) -> tuple[OriginatorCounter, Eui64]:
    """The counter under which attributes are encrypted, and for whom: a supplementary party first."""
    header, other = message.header, message.header.other
    counter = other.supplementary_originator_counter
    party = other.supplementary_party
    return (
        header.originator_counter if counter is None else counter,
        header.target if party is None else party,
    )


def _opened(octets: bytes, device: Eui64, keys: Iterable[bytes], provider: CryptoProvider) -> bytes | None:
    for key in keys:
        try:
            return provider.decrypt_attribute(key, device, octets)
        except GbcsError:
            continue
    return None


def _named(entry: KeystoreEntry) -> str:
    certificate = entry.certificate
    if certificate is None:
        return f"{entry.entity}, a key without certificate"
    role = f", {certificate.role.field_name}" if certificate.role is not None else ""
    return f"{entry.entity}{role}, certificate {certificate.serial:X}"
