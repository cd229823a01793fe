"""The reference set as judge: its commands, byte for byte, get its answers.

How its devices are made is told in :mod:`reference_set`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_set import (
    KINDS,
    NOW,
    ReferenceSet,
    check_answer,
    command_octets,
    load,
    make_device,
    payload_in_the_form_of,
    prepared_for,
)
from wire_strategies import mutations

from devices.device import Device, Effects
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentials,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import signature_verifies
from devices.gpf import Gpf
from devices.security_log import Refusal

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


@pytest.fixture(scope="session")
def reference(conformance: Path) -> ReferenceSet:
    return load(conformance)


def check_exchange(reference: ReferenceSet, octets: bytes, expected: Message) -> None:
    check_answer(make_device(reference, expected), octets, expected)


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
