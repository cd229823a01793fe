"""The test vectors of GBCS 18.4 (Crown copyright, Open Government Licence), step by step.

The same steps are then held against messages of the reference test data, where that is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.gbcs.crypto import CryptoProvider, KeyPair, derive_key
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import Message, MessageShape, encode, parse
from devices.gbcs.protection import add_mac, compute_mac, mac_verifies, sign, signature_verifies


def private(scalar: str) -> KeyPair:
    return KeyPair.from_scalar(int(scalar, 16))


def public(point: str) -> bytes:
    return b"\x04" + bytes.fromhex(point)


SUPPLIER_SIGNING = private("3A6B2EAA0D9F25A9E455983FEB5BB947528121911BF3B76BE5661C89DBF24B26")
SUPPLIER_AGREEMENT = private("3D9DFB332EB4D6D606D74718553E5E61B392B0FC4C90CE6AA4CEDA817E8011B1")
BROKER_AGREEMENT = private("E4A6CFB431471CFCAE491FD566D19C87082CF9FA7722D7FA24B2B3F5669DBEFB")
DEVICE_AGREEMENT = public(
    "2DB45A3F21889438B42C8F464C75292BACF5FDDB5DA0B492501B299CBFE92D8F"
    "DB90FC8FF4026129838B1BCAD1402CAE47FE7D8084E409A41AFCE16D63579C5F"
)


@dataclass(frozen=True)
class Vector:
    """A message, the secret Z of the two keys, the derived key and the MAC before it is cut to 12 octets."""

    message: str
    secret: str
    key: str
    tag: str

    def parsed(self) -> Message:
        return parse(bytes.fromhex(self.message))


CRITICAL_COMMAND = Vector(
    "DD00000000000081A91100000000DF0901000000000000000108123456789ABCDEF008FFFFFFFFFFFFFFFE000200B335"
    "D92000000100030300700000130A00FF020300700000130A01FF020300700000130A02FF02030500000000050000000005"
    "000000004059045AB0F554622B0360340B9D87B5A23ED5723B41DE3F206E58CDD10F915B9FE2E12E2DA3632478A8DF678E"
    "418895869AC1E55318CCE04D120D2D6B44DC167B5D832D15B57A56D620F198B3",
    "9AACF2E6D51BD5FF8F37BF368019A691CB5B2FCB7B5F030A00063647B20E13FE",
    "859B846A24E1EA70A168409A1180676B",
    "5D832D15B57A56D620F198B3AB4893CC",
)
COMMAND = Vector(
    "DD000000000000541100000000DF0901000000000000000208123456789ABCDEF008FFFFFFFFFFFFFFFE000200222"
    "0D920000002000102000100005E2C03020201090C07DF0105FF000000008000FF000F1DD00D6745EBD8E0A663A4",
    CRITICAL_COMMAND.secret,
    "F3332152AB0EF4CC34E08323B5689C41",
    "0F1DD00D6745EBD8E0A663A4F56EC3E1",
)
RESPONSE = Vector(
    "DD000000000000401100000000DF0902000000000000000208FFFFFFFFFFFFFFFE08123456789ABCDEF000020022"
    "0CDA2000000200000100010200000B3C1B312CEAE9C130060E29",
    "1545ADF275DC8E57ABE471E9F0C120C2FADD5B1251AFB7BDAB253C801B4111CE",
    "4D32AC55F1BB5B7BBD813B111871B078",
    "0B3C1B312CEAE9C130060E296CC4B3FF",
)
VECTORS = {"critical command": CRITICAL_COMMAND, "command": COMMAND, "response": RESPONSE}


@pytest.fixture
def provider() -> CryptoProvider:
    return CryptoProvider()


def check_steps(vector: Vector, message: Message, provider: CryptoProvider) -> None:
    """Derived key, full tag and the message's own MAC, from the shared secret."""
    header = message.header
    secret = bytes.fromhex(vector.secret)
    key = derive_key(secret, header.originator, header.transaction_id, header.target)
    assert key.hex().upper() == vector.key
    tag = provider.gmac(key, header.originator, message.authenticated_octets())
    assert tag.hex().upper() == vector.tag
    assert compute_mac(message, secret, provider) == message.mac == tag[:12]


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_computes_step_by_step(name: str, provider: CryptoProvider) -> None:
    vector = VECTORS[name]
    message = vector.parsed()
    own = SUPPLIER_AGREEMENT if name == "response" else BROKER_AGREEMENT
    assert provider.agree(own, DEVICE_AGREEMENT).hex().upper() == vector.secret
    check_steps(vector, message, provider)
    assert mac_verifies(message, own, DEVICE_AGREEMENT, provider)
    assert encode(message).hex().upper() == vector.message
    assert encode(add_mac(message._replace(mac=None), own, DEVICE_AGREEMENT, provider)) == encode(message)


def test_the_critical_command_is_signed_by_the_supplier(provider: CryptoProvider) -> None:
    message = CRITICAL_COMMAND.parsed()
    assert message.shape is MessageShape.FULL
    assert signature_verifies(message, SUPPLIER_SIGNING.public_point, provider)
    assert not signature_verifies(message, SUPPLIER_AGREEMENT.public_point, provider)
    # ECDSA has many signatures for one message; ours is another, and as good.
    again = sign(message, SUPPLIER_SIGNING, provider)
    assert signature_verifies(again, SUPPLIER_SIGNING.public_point, provider)


BROKER_ESME_SECRET = "ED342441DF01551A6BEAFF3B54ADC981F4C6A7E71DFF4C3E1CC80B3C9F4E5AC0"
SUPPLIER_ESME_SECRET = "42DA8FAD4C8C9D613976F39F1E79CCC88571EFA43933D57146B533BC6D253E0F"


@pytest.mark.parametrize(
    ("secret", "originator", "transaction_id", "target", "key"),
    [
        (
            BROKER_ESME_SECRET,
            "90B3D51F30010000",
            "010000000100000000",
            "00DB1234567890A0",
            "6A93E360717394015DF93E031218C9A6",
        ),
        (
            SUPPLIER_ESME_SECRET,
            "00DB1234567890A0",
            "020000000100000000",
            "90B3D51F30010000",
            "03FD30815577C49EB7E3834B63EF8302",
        ),
        (
            SUPPLIER_ESME_SECRET,
            "00DB1234567890A0",
            "0300000000000007D1",
            "90B3D51F30010000",
            "558FB1FA6660AF0D9E8365C47804B8FA",
        ),
    ],
    ids=["command", "response", "alert"],
)
def test_a_key_is_derived_from_secret_ids_and_counter(
    secret: str, originator: str, transaction_id: str, target: str, key: str
) -> None:
    fields = [bytes.fromhex(field) for field in (secret, originator, transaction_id, target)]
    assert derive_key(fields[0], fields[1], fields[2], fields[3]).hex().upper() == key


# Name of a reference message, and what its steps give (the message itself is read from the data set).
REFERENCE = {
    "11.2_ECS52/ECS52_11.2_SUCCESS_COMMAND": Vector(
        "", BROKER_ESME_SECRET, "EC1D51BD8F8BF0CDD2314CF396CC12C0", "A25A51A93BAFA5C9E2B224BDD1105948"
    ),
    "11.2_ECS52/ECS52_11.2_SUCCESS_RESPONSE": Vector(
        "", SUPPLIER_ESME_SECRET, "D288091F13F120DA8D2649C3AA543058", "3BA27AAC07F946BFD463702F661C106C"
    ),
}


def reference_message(conformance: Path, name: str) -> Message:
    path = conformance / "rtds" / "messages" / f"{name}_GBCS.HEX"
    return parse(bytes.fromhex(path.read_text()))


@pytest.mark.parametrize("name", REFERENCE)
def test_a_reference_message_computes_step_by_step(
    name: str, conformance: Path, provider: CryptoProvider
) -> None:
    check_steps(REFERENCE[name], reference_message(conformance, name), provider)


def test_the_key_of_a_non_critical_alert_counts_with_the_device(conformance: Path) -> None:
    message = reference_message(conformance, "NA_GNCA-DLMS/GNCA-DLMS_NA_810E_ALERT")
    header = message.header
    assert header.originator_counter == OriginatorCounter(2000)
    secret = bytes.fromhex(SUPPLIER_ESME_SECRET)
    key = derive_key(secret, header.originator, header.transaction_id, header.target)
    assert key.hex().upper() == "73761D0B43493DBBAABFE474CAC5974B"
