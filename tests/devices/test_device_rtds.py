"""The reference set as judge: its commands, byte for byte, get its answers.

The devices' private keys are not published. Agreement is symmetric, so the broker's private key gives the
secret; for its own signature each device gets a key of ours. The root certificate is not in the set either:
the issuing certificate that the commands carry stands in the root cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
from device_worlds import SMKI
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import mutations

from dcc.smki.keystore import Keystore
from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.device import Device, DeviceContext, Effects
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import CellUsage, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import signature_verifies
from devices.gpf import Gpf
from devices.replay import ReplayCounters
from devices.security_log import Refusal
from devices.state import DeviceCertificates, DeviceKeys
from devices.trust_anchor import TrustAnchorStore

NOW = datetime(2020, 1, 1, tzinfo=UTC)
ROLE = RemotePartyRole
# What each test device of the set is; a gas meter differs from a proxy in its cells alone, as far as we ask.
KINDS: dict[Eui64, type[Device]] = {
    Eui64.parse("00-DB-12-34-56-78-90-A0"): Esme,
    Eui64.parse("00-DB-12-34-56-78-90-A1"): Gpf,
    Eui64.parse("00-DB-12-34-56-78-90-A3"): Gpf,
}
HOLDERS = {
    ROLE.RECOVERY: Eui64.parse("90-B3-D5-1F-30-00-00-01"),
    ROLE.ACCESS_CONTROL_BROKER: Eui64.parse("90-B3-D5-1F-30-00-00-02"),
    ROLE.TRANSITIONAL_COS: Eui64.parse("90-B3-D5-1F-30-00-00-04"),
    ROLE.SUPPLIER: Eui64.parse("90-B3-D5-1F-30-01-00-00"),
    ROLE.NETWORK_OPERATOR: Eui64.parse("90-B3-D5-1F-30-02-00-00"),
}
EXCHANGES = (
    "CS02bNOByNO_6.15.1_SUCCESS",
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS",
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_ERROR",
    "CS02bNOByNOHandover_6.21_SUCCESS",
    "CS02bSupplierByTransCoS_6.23_IMMEDIATE_SUCCESS",
    "CS02bACBByACB_8.5_SUCCESS",
    "CS02aMAC_6.24.1_SUCCESS",
    "CS02aMAC_6.24.1_ERROR",
)
exchanges = pytest.mark.parametrize("name", EXCHANGES)


# --- devices as the responses imply them -----------------------------------------------------------------


class ReferenceSet(NamedTuple):
    """The messages by name, the keys, and the issuing certificate."""

    messages: dict[str, Message]
    keystore: Keystore
    issuer: Certificate


@lru_cache
def load(conformance: Path) -> ReferenceSet:
    found = messages(conformance)
    update = credentials_codec.decode(found["CS02bNOByNO_6.15.1_SUCCESS_COMMAND"])
    assert isinstance(update, UpdateCredentials)
    (issuer,) = update.path_certificates
    return ReferenceSet(found, Keystore.load(conformance / "rtds" / "keystore"), load_certificate(issuer))


@pytest.fixture(scope="session")
def reference(conformance: Path) -> ReferenceSet:
    return load(conformance)


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
    return {role.role for role in roles if role.status is CredentialStatus.TRUST_ANCHOR_NOT_FOUND}


def counters_before(response: Message) -> ReplayCounters:
    value = credentials_codec.decode(response)
    roles = value.roles if isinstance(value, RetrieveCredentialsResponse) else ()
    return ReplayCounters({role.role: role.counter for role in roles if role.counter is not None})


def implied_cells(reference: ReferenceSet, kind: type[Device], response: Message) -> TrustAnchorStore:
    """The usual holders' certificates, those that the response names in place of them."""
    keystore = reference.keystore
    contents = {cells.ROOT: reference.issuer}
    for cell in CELLS_BY_DEVICE_TYPE[kind.device_type]:
        if cell.role in HOLDERS and cell.role not in absent_roles(response):
            is_top_up = cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
            contents[cell] = keystore.certificates(HOLDERS[cell.role], cell.key_usage, is_top_up)[0]
    for cell, subject, identifier in held_before(response):
        (contents[cell],) = (
            certificate
            for certificate in keystore.certificates(subject, cell.key_usage)
            if certificate.subject_key_identifier == identifier
        )
    return TrustAnchorStore(contents)


def make_device(reference: ReferenceSet, response: Message) -> Device:
    eui = response.header.originator
    kind, provider = KINDS[eui], CryptoProvider()
    (agreement,) = reference.keystore.certificates(eui, KeyUsage.KEY_AGREEMENT)
    broker_id = HOLDERS[ROLE.ACCESS_CONTROL_BROKER]
    for broker in reference.keystore.key_pairs(broker_id, KeyUsage.KEY_AGREEMENT):
        secret = CryptoProvider().agree(broker, agreement.public_point)
        provider.remember_secret(agreement.public_point, broker.public_point, secret)
    signing = KeyPair.from_seed(b"reference set", str(eui))
    certificate = SMKI.issue_device(eui, KeyUsage.DIGITAL_SIGNATURE, signing.public_point, NOW)
    store = implied_cells(reference, kind, response)
    device = kind(
        eui,
        DeviceKeys(signing, KeyPair(agreement.public_point)),
        DeviceCertificates(certificate, agreement),
        store,
        DeviceContext(provider, PathValidator(provider)),
        NOW,
    )
    device.state = device.state._replace(store=store, counters=counters_before(response))
    return device


def command_octets(reference: ReferenceSet, conformance: Path, name: str) -> bytes:
    """A command as it stands in its file."""
    (file,) = (conformance / "rtds" / "messages").rglob(f"{name}_COMMAND_GBCS.HEX")
    return bytes.fromhex("".join(file.read_text().split()))


def payload_in_the_form_of(sample: Message, response: Message) -> bytes:
    """The payload of a response, with the lengths that are not minimal in the sample written like there."""
    said, meant = credentials_codec.decode(response), credentials_codec.decode(sample)
    assert said is not None
    assert meant is not None
    return credentials_codec.encode(said._replace(forms=meant.forms))  # type: ignore[arg-type]


def check_exchange(reference: ReferenceSet, octets: bytes, expected: Message) -> None:
    device = make_device(reference, expected)
    effects = device.receive(octets, NOW)
    assert effects.accepted, effects.entry
    response = parse(effects.sent[0])
    assert payload_in_the_form_of(expected, response) == expected.payload
    assert response.shape is expected.shape
    assert response.header._replace(date_time=None) == expected.header._replace(date_time=None)
    assert (response.header.date_time is None) is (expected.header.date_time is None)
    if response.shape is MessageShape.SIGNED:
        assert signature_verifies(response, device.signing.public_point, CryptoProvider())
        assert response.header.date_time[7:] == expected.header.date_time[7:]  # type: ignore[index]
    elif response.payload == expected.payload:
        assert response.mac == expected.mac


@exchanges
def test_a_command_of_the_set_gets_the_answer_of_the_set(
    reference: ReferenceSet, conformance: Path, name: str
) -> None:
    octets = command_octets(reference, conformance, name)
    check_exchange(reference, octets, reference.messages[f"{name}_RESPONSE"])


def is_immediate(command: Message) -> bool:
    """A CS02a or CS02b command to one of our devices that takes effect at once."""
    if command.header.cra is not Cra.COMMAND or command.shape is MessageShape.PRE_COMMAND:
        return False
    value = credentials_codec.decode(command)
    if command.header.target not in KINDS or not isinstance(value, UpdateCredentials | RetrieveCredentials):
        return False
    return isinstance(value, RetrieveCredentials) or (value.execution_date_time or NOW) <= NOW


def test_every_immediate_command_of_the_set_gets_its_answer(reference: ReferenceSet) -> None:
    found = {name.removesuffix("_COMMAND"): message for name, message in reference.messages.items()}
    immediate = {name: message for name, message in found.items() if is_immediate(message)}
    assert set(immediate) >= {*EXCHANGES, "CS02bTransCoSByTransCoS_NA_SUCCESS"}
    for name, message in immediate.items():
        check_exchange(reference, encode(message), reference.messages[f"{name}_RESPONSE"])


def test_the_cells_hold_what_the_commands_brought(reference: ReferenceSet, conformance: Path) -> None:
    for name in EXCHANGES:
        expected = reference.messages[f"{name}_RESPONSE"]
        value = credentials_codec.decode(expected)
        device = make_device(reference, expected)
        device.receive(command_octets(reference, conformance, name), NOW)
        if isinstance(value, UpdateCredentialsResponse):
            assert value.outcome is not None
            for each in value.outcome.replacements:
                holder = (each.replacing_subject, each.replacing_key_identifier)
                assert device.store.holder(each.cell) == holder


# --- and refused as it must be -----------------------------------------------------------------------------


@exchanges
def test_a_replay_of_the_set_is_refused_unless_it_asks(
    reference: ReferenceSet, conformance: Path, name: str
) -> None:
    octets = command_octets(reference, conformance, name)
    device = make_device(reference, reference.messages[f"{name}_RESPONSE"])
    first, again = device.receive(octets, NOW), device.receive(octets, NOW)
    if name.startswith("CS02a"):
        assert again == first
    else:
        assert again.entry.refusal in (Refusal.REPLAY, Refusal.NO_AUTHORITY)


# --- later ---------------------------------------------------------------------------------------------

DATED = (
    ("CS02bSupplierBySupplier_6.15.1", "FUTURE_DATED_SUCCESS", "8F66_FUTURE_DATED_SUCCESS"),
    ("CS02bSupplierBySupplier_6.15.1", "FUTURE_DATED_ERROR", "8F67_FUTURE_DATED_ERROR"),
    ("CS02bSupplierByTransCoS_6.23", "FUTURE_DATED_SUCCESS", "8F66_FUTURE_DATED_SUCCESS"),
)


def prepared_for(reference: ReferenceSet, alert: Message) -> Device:
    """A device that will number its next alert as the sample does."""
    device = make_device(reference, alert)
    last = OriginatorCounter(alert.header.originator_counter - 1)
    device.state = device.state._replace(alert_counter=last)
    return device


@pytest.mark.parametrize(("service", "command", "alert"), DATED)
def test_what_is_dated_into_the_future_is_accepted_and_reported_when_its_time_has_come(
    reference: ReferenceSet, conformance: Path, service: str, command: str, alert: str
) -> None:
    sample = reference.messages[f"{service}_{alert}_ALERT"]
    value = credentials_codec.decode(sample)
    assert isinstance(value, UpdateCredentialsAlert)
    device = prepared_for(reference, sample)
    response = parse(
        device.receive(command_octets(reference, conformance, f"{service}_{command}"), NOW).sent[0]
    )
    assert response.payload == reference.messages[f"{service}_{command}_RESPONSE"].payload
    (done,) = device.advance(value.execution_date_time)
    report = parse(done.sent[0])
    assert payload_in_the_form_of(sample, report) == sample.payload
    assert (report.header, report.shape) == (sample.header, sample.shape)
    assert signature_verifies(report, device.signing.public_point, CryptoProvider())


@pytest.mark.parametrize("service", ["CS02bSupplierBySupplier_6.15.1", "CS02bSupplierByTransCoS_6.23"])
def test_a_cancellation_of_the_set_takes_away_what_waits(
    reference: ReferenceSet, conformance: Path, service: str
) -> None:
    sample = reference.messages[f"{service}_CANCELLATION_SUCCESS_RESPONSE"]
    device = make_device(reference, reference.messages[f"{service}_IMMEDIATE_SUCCESS_RESPONSE"])
    device.receive(command_octets(reference, conformance, f"{service}_FUTURE_DATED_SUCCESS"), NOW)
    assert len(device.state.pending) == 1
    cancelling = command_octets(reference, conformance, f"{service}_CANCELLATION_SUCCESS")
    assert parse(device.receive(cancelling, NOW).sent[0]).payload == sample.payload
    assert device.state.pending == ()


@pytest.mark.parametrize(
    ("name", "status"),
    [(EXCHANGES[0], CredentialStatus.BAD_CERTIFICATE), (EXCHANGES[1], CredentialStatus.SUCCESS)],
    ids=["checks applied", "checks disapplied"],
)
def test_in_2027_the_certificates_of_the_set_have_expired(
    reference: ReferenceSet, conformance: Path, name: str, status: CredentialStatus
) -> None:
    device = make_device(reference, reference.messages[f"{name}_RESPONSE"])
    late = device.receive(command_octets(reference, conformance, name), NOW.replace(year=2027))
    value = credentials_codec.decode(parse(late.sent[0]))
    assert isinstance(value, UpdateCredentialsResponse)
    assert value.outcome is not None
    assert {each.status for each in value.outcome.replacements} == {status}


# --- alerts ------------------------------------------------------------------------------------------------


def test_the_generic_critical_alert_is_that_of_the_set(reference: ReferenceSet) -> None:
    """8F30 for want of authority: all but the signature equals the sample."""
    sample = reference.messages["GCA-DLMS_NA_8F30_ALERT"]
    device = prepared_for(reference, sample)
    command = reference.messages[f"{EXCHANGES[0]}_COMMAND"]
    stranger = command._replace(header=command.header._replace(originator=Eui64(bytes(8))))
    effects = device.receive(encode(stranger), datetime(2015, 1, 1, tzinfo=UTC))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY
    alert = parse(effects.sent[0])
    assert alert.grouped_octets().hex() == sample.grouped_octets().hex()
    assert alert.shape is sample.shape is MessageShape.SIGNED


@pytest.mark.parametrize(("kind", "language"), [(Esme, "DLMS"), (Gpf, "ZigBee")])
def test_alert_payloads_are_written_as_the_set_writes_them(
    reference: ReferenceSet, kind: type[Device], language: str
) -> None:
    """Critical and non-critical alerts share a form; the set holds one of each language at least."""
    pattern = f"CA-{language}_NA_"
    found = {name: message for name, message in reference.messages.items() if pattern in name}
    assert found
    for name, message in found.items():
        code = int(name.split("_")[2], 16)
        at = datetime(2015, 1, 1, tzinfo=UTC)
        assert kind.encode_alert(code, message.header.originator_counter, at) == message.payload, name


# --- fuzz --------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_mutated_message_of_the_set_does_no_harm(reference: ReferenceSet, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(EXCHANGES))
    device = make_device(reference, reference.messages[f"{name}_RESPONSE"])
    other = data.draw(st.sampled_from(sorted(reference.messages)))
    source = data.draw(st.sampled_from((f"{name}_COMMAND", other)))
    octets = encode(reference.messages[source])
    mutated = data.draw(st.just(octets) | mutations(octets))
    before = device.store, device.counters
    effects = device.receive(mutated, NOW)
    assert isinstance(effects, Effects)
    if not effects.accepted:
        assert (device.store, device.counters) == before
