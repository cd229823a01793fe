"""Devices as the messages of the public reference set imply them, and how their answers are judged.

The devices' private keys are not published. Agreement is symmetric, so the parties' private keys give the
secrets; for its own signature each device gets a key of ours. The root certificate is not in the set either:
the issuing certificate that the commands carry stands in the root cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
from device_worlds import SMKI
from payload_samples import messages

from dcc.smki.keystore import Keystore
from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.comms_hub import Chf
from devices.device import Device, DeviceContext
from devices.esme import Esme
from devices.faults import DeviceFaults
from devices.gbcs import credentials_codec
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.credentials import (
    MODE_OF_CODE,
    CredentialStatus,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import CellUsage, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message, MessageShape, parse
from devices.gbcs.payloads import decode_payload, encode_payload
from devices.gbcs.protection import signature_verifies
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.ppmid import Ppmid
from devices.replay import ReplayCounters
from devices.state import DeviceCertificates, DeviceKeys
from devices.trust_anchor import TrustAnchorStore

NOW = datetime(2020, 1, 1, tzinfo=UTC)
ROLE = RemotePartyRole
# The last is a stand-alone auxiliary proportional controller, as far as we ask a meter without readings.
_KINDS: tuple[type[Device], ...] = (Esme, Gsme, Chf, Gpf, Ppmid, Hcalcs, Esme)
KINDS = {Eui64.parse(f"00-DB-12-34-56-78-90-A{number}"): kind for number, kind in enumerate(_KINDS)}
HOLDERS = {
    ROLE.RECOVERY: Eui64.parse("90-B3-D5-1F-30-00-00-01"),
    ROLE.ACCESS_CONTROL_BROKER: Eui64.parse("90-B3-D5-1F-30-00-00-02"),
    ROLE.TRANSITIONAL_COS: Eui64.parse("90-B3-D5-1F-30-00-00-04"),
    ROLE.SUPPLIER: Eui64.parse("90-B3-D5-1F-30-01-00-00"),
    ROLE.NETWORK_OPERATOR: Eui64.parse("90-B3-D5-1F-30-02-00-00"),
    ROLE.WAN_PROVIDER: Eui64.parse("90-B3-D5-1F-30-00-00-07"),
    ROLE.LOAD_CONTROLLER: Eui64.parse("90-B3-D5-1F-30-01-00-08"),
}


class ReferenceSet(NamedTuple):
    """The messages by name, the keys, the certificates that commands bring, and the issuing certificate."""

    messages: dict[str, Message]
    keystore: Keystore
    brought: tuple[Certificate, ...]
    issuer: Certificate

    def certificates(self, subject: Eui64, usage: KeyUsage, top_up: bool = False) -> tuple[Certificate, ...]:
        """The certificates of a party for a usage, those of the key store first."""
        brought = (held for held in self.brought if (held.subject, held.key_usage) == (subject, usage))
        return tuple(dict.fromkeys((*self.keystore.certificates(subject, usage, top_up), *brought)))


@lru_cache
def load(conformance: Path) -> ReferenceSet:
    found = messages(conformance)
    commands = [message for message in found.values() if message.code in MODE_OF_CODE]
    updates = [value for value in map(decode_payload, commands) if isinstance(value, UpdateCredentials)]
    brought = [each.certificate for update in updates for each in update.replacements]
    # An issuing certificate is spoilt in some commands: the true one is the one that most of them carry.
    (issuer, _), *_ = Counter(der for update in updates for der in update.path_certificates).most_common()
    return ReferenceSet(
        found,
        Keystore.load(conformance / "rtds" / "keystore"),
        tuple(load_certificate(der) for der in dict.fromkeys(brought) if is_readable(der)),
        load_certificate(issuer),
    )


def is_readable(der: bytes) -> bool:
    try:
        load_certificate(der)
    except GbcsError:
        return False
    return True


def held_before(response: Message) -> Iterator[tuple[TrustAnchorCellId, Eui64, bytes]]:
    """What a response says of cells: who was in them, under which key identifier."""
    value = credentials_codec.decode(response)
    if isinstance(value, UpdateCredentialsResponse | UpdateCredentialsAlert) and value.outcome is not None:
        for each in value.outcome.replacements:
            yield each.cell, each.existing_subject, each.existing_key_identifier
    if isinstance(value, RetrieveCredentialsResponse):
        for role in value.roles:
            for cell in role.cells or ():
                yield (
                    TrustAnchorCellId(role.role, cell.key_usage, cell.cell_usage),
                    cell.subject,
                    cell.key_identifier,
                )


def absent_roles(response: Message) -> set[RemotePartyRole]:
    value = credentials_codec.decode(response)
    roles = value.roles if isinstance(value, RetrieveCredentialsResponse) else ()
    return {role.role for role in roles if role.status is not CredentialStatus.SUCCESS}


def counters_before(response: Message) -> ReplayCounters:
    value = credentials_codec.decode(response)
    roles = value.roles if isinstance(value, RetrieveCredentialsResponse) else ()
    return ReplayCounters({role.role: role.counter for role in roles if role.counter is not None})


def implied_cells(
    reference: ReferenceSet, kind: type[Device], response: Message, command: Message | None = None
) -> TrustAnchorStore:
    """The usual holders' certificates, and in place of them those that the response names.

    Of several that the sender of the command could have in its cell, the one that it signed with is there.
    """
    contents = {cells.ROOT: reference.issuer}
    for cell in CELLS_BY_DEVICE_TYPE[kind.device_type]:
        if cell.role in HOLDERS and cell.role not in absent_roles(response):
            is_top_up = cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
            contents[cell] = reference.certificates(HOLDERS[cell.role], cell.key_usage, is_top_up)[0]
    if command is not None:
        contents |= signers_cell(reference, command)
    for cell, subject, identifier in held_before(response):
        if cell != cells.ROOT:
            contents[cell] = named(reference, subject, cell.key_usage, identifier)
    return TrustAnchorStore(contents)


def signers_cell(reference: ReferenceSet, command: Message) -> dict[TrustAnchorCellId, Certificate]:
    """The cell that authorises a signed credential command, with the certificate of its signature."""
    value = decode_payload(command)
    if not isinstance(value, UpdateCredentials | RetrieveCredentials) or value.authorising_cell is None:
        return {}
    usage = value.authorising_cell.key_usage
    for held in reference.certificates(command.header.originator, usage):
        if signature_verifies(command, held.public_point, CryptoProvider()):
            return {value.authorising_cell: held}
    return {}


def named(reference: ReferenceSet, subject: Eui64, usage: KeyUsage, identifier: bytes) -> Certificate:
    """The certificate with a key identifier that a response names; skips where nobody published it."""
    for held in reference.certificates(subject, usage):
        if held.subject_key_identifier == identifier:
            return held
    pytest.skip(f"no certificate of {subject} with key identifier {identifier.hex()} in the set")


def make_device(reference: ReferenceSet, response: Message, command: Message | None = None) -> Device:
    """The device that could have sent a response or an alert, but for its signing key."""
    eui = response.header.originator
    kind, provider = KINDS[eui], CryptoProvider()
    (agreement,) = reference.keystore.certificates(eui, KeyUsage.KEY_AGREEMENT)
    for holder in HOLDERS.values():
        for party in reference.keystore.key_pairs(holder, KeyUsage.KEY_AGREEMENT):
            secret = CryptoProvider().agree(party, agreement.public_point)
            provider.remember_secret(agreement.public_point, party.public_point, secret)
    signing = KeyPair.from_seed(b"reference set", str(eui))
    certificate = SMKI.issue_device(eui, KeyUsage.DIGITAL_SIGNATURE, signing.public_point, NOW)
    store = implied_cells(reference, kind, response, command)
    device = kind(
        eui,
        DeviceKeys(signing, KeyPair(agreement.public_point)),
        DeviceCertificates(certificate, agreement),
        store,
        DeviceContext(provider, PathValidator(provider)),
        NOW,
    )
    device.faults = DeviceFaults(frozenset(full_cells(response)))
    device.state = device.state._replace(counters=counters_before(response))
    return device


def full_cells(response: Message) -> Iterator[TrustAnchorCellId]:
    """The cells for which a response says that there was no room."""
    value = credentials_codec.decode(response)
    if isinstance(value, UpdateCredentialsResponse | UpdateCredentialsAlert) and value.outcome is not None:
        for each in value.outcome.replacements:
            if each.status is CredentialStatus.INSUFFICIENT_MEMORY:
                yield each.cell


def command_octets(reference: ReferenceSet, conformance: Path, name: str) -> bytes:
    """A command as it stands in its file."""
    (file,) = (conformance / "rtds" / "messages").glob(f"*/{name}_COMMAND_GBCS.HEX")
    return bytes.fromhex("".join(file.read_text().split()))


def payload_in_the_form_of(sample: Message, response: Message) -> bytes:
    """The payload of a response, with the lengths that are not minimal in the sample written like there."""
    said, meant = decode_payload(response), decode_payload(sample)
    forms = getattr(meant, "forms", None)
    if said is None or forms is None:
        return response.payload
    return encode_payload(said._replace(forms=forms))  # type: ignore[call-arg]


def prepared_for(reference: ReferenceSet, alert: Message, command: Message | None = None) -> Device:
    """A device that will number its next alert as the sample does."""
    device = make_device(reference, alert, command)
    last = OriginatorCounter(alert.header.originator_counter - 1)
    device.state = device.state._replace(alert_counter=last)
    return device


def check_answer(device: Device, octets: bytes, expected: Message, now: datetime = NOW) -> None:
    """A device answers a command as the set says, but for its own signature and the time in the header."""
    signing = device.signing
    effects = device.receive(octets, now)
    what = f"answer to {expected.code}, counter {expected.header.originator_counter}"
    assert effects.accepted, (what, effects.entry)
    response = parse(effects.sent[0])
    assert payload_in_the_form_of(expected, response).hex() == expected.payload.hex(), what
    assert response.shape is expected.shape
    assert response.header._replace(date_time=None) == expected.header._replace(date_time=None)
    assert (response.header.date_time is None) is (expected.header.date_time is None)
    if response.header.date_time is not None and expected.header.date_time is not None:
        assert response.header.date_time[7:] == expected.header.date_time[7:]
    if response.shape is MessageShape.SIGNED:
        assert signature_verifies(response, signing.public_point, CryptoProvider())
    elif response.payload == expected.payload:
        assert response.mac == expected.mac
