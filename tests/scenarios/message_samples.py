"""Messages of our own making, with the keys to check them: no data from outside."""

from __future__ import annotations

from dataclasses import dataclass

from dcc.smki.keystore import Keystore, KeystoreEntry
from devices.gbcs import credentials_codec, protection
from devices.gbcs.credentials import ReplacementMode, TrustAnchorCellId, UpdateCredentials
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode

SUPPLIER = Eui64.parse("10-00-00-00-00-00-00-01")
BROKER = Eui64.parse("10-00-00-00-00-00-00-04")
ESME = Eui64.parse("20-00-00-00-00-00-00-02")
PPMID = Eui64.parse("20-00-00-00-00-00-00-05")
COUNTER = OriginatorCounter(1200)
DLMS_PARAMETERS = bytes.fromhex(
    "0101 0202 1602 0205 0909 04 00000000000004B0 0908 2000000000000002 0908 1000000000000001 0900"
    "0202 1602 0202 0901 02 0900"
)


def key(entity: Eui64, usage: KeyUsage) -> KeyPair:
    """The key pair of an entity for a usage."""
    return KeyPair.from_seed(b"samples", str(entity), usage.name)


@dataclass(frozen=True)
class Keys:
    """Which keys a store holds: private halves of parties, public ones of devices."""

    private: tuple[Eui64, ...] = (SUPPLIER, BROKER)
    public: tuple[Eui64, ...] = (ESME, PPMID)

    def store(self) -> Keystore:
        """The store; its keys have no certificates."""
        return Keystore(
            KeystoreEntry(
                entity,
                usage,
                pair if entity in self.private else KeyPair(pair.public_point),
                None,
                False,
                "sample",
            )
            for entity in (*self.private, *self.public)
            for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
            for pair in (key(entity, usage),)
        )


def header(cra: Cra, code: int, originator: Eui64, target: Eui64) -> GroupingHeader:
    """A header with nothing special in it."""
    return GroupingHeader(cra, COUNTER, originator, target, OtherInformation(MessageCode(code)))


def signed(message: Message) -> Message:
    """With the originator's signature."""
    signer = key(message.header.originator, KeyUsage.DIGITAL_SIGNATURE)
    return protection.sign(message, signer, CryptoProvider())


def maced(message: Message, one: Eui64, other: Eui64) -> Message:
    """With the MAC of two entities."""
    own, peer = key(one, KeyUsage.KEY_AGREEMENT), key(other, KeyUsage.KEY_AGREEMENT)
    return protection.add_mac(message, own, peer.public_point, CryptoProvider())


def update_command(mode: ReplacementMode = ReplacementMode.SUPPLIER_BY_SUPPLIER) -> Message:
    """A CS02b command from the supplier that replaces nothing, signed and MACed."""
    cell = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
    payload = credentials_codec.encode(UpdateCredentials(mode, cell, COUNTER, (), ()))
    command = Message(header(Cra.COMMAND, 0x0102, SUPPLIER, ESME), payload)
    return maced(signed(command), BROKER, ESME)


def encrypted(plaintext: bytes, counter: OriginatorCounter = COUNTER, party: Eui64 = SUPPLIER) -> bytes:
    """A protected attribute from the ESME to a party."""
    provider = CryptoProvider()
    own, peer = key(ESME, KeyUsage.KEY_AGREEMENT), key(party, KeyUsage.KEY_AGREEMENT)
    derived = protection.attribute_key(provider.agree(own, peer.public_point), ESME, counter, party)
    return provider.encrypt_attribute(derived, ESME, plaintext)


def encrypted_response(attribute: bytes) -> Message:
    """A DLMS response from the ESME to the supplier that carries one protected attribute."""
    text = b"\x09" + bytes((len(attribute),)) + attribute
    payload = bytes.fromhex("DA 200004B0 00 00 02") + DLMS_PARAMETERS + text + bytes.fromhex("02 0100 0100")
    return maced(Message(header(Cra.RESPONSE, 0x0027, ESME, SUPPLIER), payload), ESME, SUPPLIER)


def hex_of(message: Message) -> str:
    """The message as hex text."""
    return encode(message).hex().upper()
