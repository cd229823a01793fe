"""The reference set as judge of credentials: every command of the set, byte for byte, gets its answer.

The pairs are found by walking the set, whatever it holds. How its devices are made is told in
:mod:`reference_set`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest
from conftest import conformance_root
from reference_set import (
    HOLDERS,
    KINDS,
    NOW,
    ReferenceSet,
    check_answer,
    load,
    make_device,
    payload_in_the_form_of,
    prepared_for,
)

from devices.device import Device
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import load_certificate
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    MODE_OF_CODE,
    CredentialStatus,
    ExecutionOutcome,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.credentials_codec import CS02A, CS02F
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import add_mac, signature_verifies
from devices.gbcs.unsupported import ECS100, decode_unsupported
from devices.gpf import Gpf
from devices.replay import ReplayCounters
from devices.security_log import Refusal

CODES = {CS02A, CS02F, *MODE_OF_CODE}


class Exchange(NamedTuple):
    """A command of the set, with its response or its alert."""

    command: Message
    answer: Message

    @property
    def update(self) -> UpdateCredentials:
        """What a CS02b or CS02g command says."""
        value = credentials_codec.decode(self.command)
        assert isinstance(value, UpdateCredentials)
        return value


def is_command(message: Message) -> bool:
    to_us = message.header.target in KINDS and message.header.cra is Cra.COMMAND
    return to_us and message.code in CODES and message.shape is not MessageShape.PRE_COMMAND


@cache
def found() -> dict[str, Exchange]:
    """Every CS02a, CS02b, CS02f and CS02g command of the set that has a response; empty without the set."""
    if not conformance_root().is_dir():
        return {}
    messages = load(conformance_root()).messages
    exchanges = {}
    for name, message in messages.items():
        service = name.removesuffix("_COMMAND")
        if service != name and is_command(message) and f"{service}_RESPONSE" in messages:
            exchanges[service] = Exchange(message, messages[f"{service}_RESPONSE"])
    return exchanges


@cache
def reported() -> dict[str, Exchange]:
    """Every alert of the set about a credential command that was executed later, with that command."""
    if not conformance_root().is_dir():
        return {}
    exchanges = {}
    for name, message in load(conformance_root()).messages.items():
        alert = credentials_codec.decode(message) if message.header.cra is Cra.ALERT else None
        if isinstance(alert, UpdateCredentialsAlert):
            commands = [each.command for each in found().values() if is_about(message, alert, each.command)]
            if commands:
                exchanges[name] = Exchange(commands[0], message)
    return exchanges


def is_about(message: Message, alert: UpdateCredentialsAlert, command: Message) -> bool:
    """An alert names its command by originator, mode and number."""
    header = command.header
    same_parties = (header.target, header.originator) == (message.header.originator, message.header.target)
    named = MODE_OF_CODE.get(command.code), header.originator_counter
    return same_parties and named == (alert.outcome.mode, alert.outcome.counter)


def updates() -> dict[str, Exchange]:
    return {name: each for name, each in found().items() if each.command.code in MODE_OF_CODE}


def immediate() -> dict[str, Exchange]:
    """The updates whose response tells an outcome."""
    return {name: each for name, each in updates().items() if outcome_of(each.answer) is not None}


def cancellations() -> dict[str, Exchange]:
    return {
        name: each for name, each in updates().items() if each.update.execution_date_time == CANCELLATION_TIME
    }


def outcome_of(response: Message) -> ExecutionOutcome | None:
    value = credentials_codec.decode(response)
    return value.outcome if isinstance(value, UpdateCredentialsResponse | UpdateCredentialsAlert) else None


def each_of(exchanges: dict[str, Exchange]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("exchange", exchanges.values(), ids=exchanges.keys())


@pytest.fixture(scope="session")
def reference(conformance: Path) -> ReferenceSet:
    return load(conformance)


def device_for(reference: ReferenceSet, exchange: Exchange) -> Device:
    """The device as the answer implies it, for which the command's number is the lowest that passes."""
    command, answer = exchange
    if answer.header.cra is Cra.ALERT:
        device = prepared_for(reference, answer, command)
    else:
        device = make_device(reference, answer, command)
    if command.code in MODE_OF_CODE:
        role = authorising_role(exchange.update)
        last = OriginatorCounter(command.header.originator_counter - 1)
        device.state = device.state._replace(counters=ReplayCounters({role: last}))
    return device


def authorising_role(update: UpdateCredentials) -> RemotePartyRole:
    named = update.authorising_cell
    return RemotePartyRole.ACCESS_CONTROL_BROKER if named is None else named.role


def test_the_set_holds_something_to_be_judged_by(reference: ReferenceSet) -> None:
    assert len(immediate()) > 1
    assert len(found()) > len(updates()) > len(immediate())
    assert reported()
    assert cancellations()


# --- answers -------------------------------------------------------------------------------------------


@each_of(found())
def test_a_command_of_the_set_gets_the_answer_of_the_set(reference: ReferenceSet, exchange: Exchange) -> None:
    check_answer(device_for(reference, exchange), encode(exchange.command), exchange.answer)


@each_of(immediate())
def test_the_cells_hold_what_the_answer_says(reference: ReferenceSet, exchange: Exchange) -> None:
    device = device_for(reference, exchange)
    before = device.store
    device.receive(encode(exchange.command), NOW)
    outcome = outcome_of(exchange.answer)
    assert outcome is not None
    said = {
        each.cell: (each.replacing_subject, each.replacing_key_identifier) for each in outcome.replacements
    }
    assert {cell: device.store.holder(cell) for cell in said} == said
    assert all(device.store[cell] is held for cell, held in before.items() if cell not in said)
    numbers = {authorising_role(exchange.update): outcome.counter}
    numbers |= {change.role: change.floor for change in outcome.counter_changes}
    assert {role: device.counters.current(role) for role in numbers} == numbers


@each_of(found())
def test_a_replay_of_the_set_is_refused_unless_it_asks(reference: ReferenceSet, exchange: Exchange) -> None:
    octets = encode(exchange.command)
    device = device_for(reference, exchange)
    first, again = device.receive(octets, NOW), device.receive(octets, NOW)
    if exchange.command.code in MODE_OF_CODE:
        assert again.entry.refusal in (Refusal.REPLAY, Refusal.NO_AUTHORITY)
    else:
        assert again == first


@each_of(updates())
def test_a_number_that_was_used_is_refused(reference: ReferenceSet, exchange: Exchange) -> None:
    device = device_for(reference, exchange)
    role = authorising_role(exchange.update)
    used = ReplayCounters({role: exchange.command.header.originator_counter})
    device.state = device.state._replace(counters=used)
    assert device.receive(encode(exchange.command), NOW).entry.refusal is Refusal.REPLAY


@each_of(found())
@pytest.mark.parametrize("loss", PowerLoss)
def test_power_fails_and_the_command_comes_again(
    reference: ReferenceSet, exchange: Exchange, loss: PowerLoss
) -> None:
    device, undisturbed = (device_for(reference, exchange) for _ in range(2))
    octets, before = encode(exchange.command), device.state
    undisturbed.receive(octets, NOW)
    device.faults = device.faults._replace(power_loss=loss)
    effects = device.receive(octets, NOW)
    is_read = exchange.command.code not in MODE_OF_CODE
    assert bool(effects.sent) is is_read
    stands = before if is_read or loss is PowerLoss.BEFORE_COMMIT else undisturbed.state
    assert dict(device.store) == dict(stands.store)
    assert (device.counters, device.state.pending) == (stands.counters, stands.pending)
    if is_read or loss is PowerLoss.BEFORE_COMMIT:
        check_answer(device, octets, exchange.answer)
    else:
        assert not device.receive(octets, NOW).accepted


@each_of(immediate())
def test_once_the_certificates_of_the_set_have_expired(reference: ReferenceSet, exchange: Exchange) -> None:
    """Those that were good are no longer, where the command has times checked."""
    update, now = exchange.update, NOW.replace(year=2027)
    device = device_for(reference, exchange)
    outcome = outcome_of(exchange.answer)
    late = outcome_of(parse(device.receive(encode(exchange.command), now).sent[0]))
    assert outcome is not None
    assert late is not None
    for replacement, then, at_last in zip(
        update.replacements, outcome.replacements, late.replacements, strict=True
    ):
        good = then.status is CredentialStatus.SUCCESS
        expires = update.apply_time_based_checks and good
        if expires and not load_certificate(replacement.certificate).is_valid_at(now):
            assert at_last.status is CredentialStatus.BAD_CERTIFICATE
        else:
            assert at_last.status is then.status


# --- later ---------------------------------------------------------------------------------------------


@each_of(reported())
def test_what_is_dated_into_the_future_is_reported_when_its_time_has_come(
    reference: ReferenceSet, exchange: Exchange
) -> None:
    sample = credentials_codec.decode(exchange.answer)
    assert isinstance(sample, UpdateCredentialsAlert)
    device = device_for(reference, exchange)
    assert device.receive(encode(exchange.command), NOW).accepted
    assert device.advance(sample.execution_date_time - timedelta(seconds=1)) == ()
    (done,) = device.advance(sample.execution_date_time)
    report = parse(done.sent[0])
    assert payload_in_the_form_of(exchange.answer, report) == exchange.answer.payload
    assert (report.header, report.shape) == (exchange.answer.header, exchange.answer.shape)
    assert signature_verifies(report, device.signing.public_point, CryptoProvider())
    for each in sample.outcome.replacements:
        holder = (each.replacing_subject, each.replacing_key_identifier)
        assert device.store.holder(each.cell) == holder


def held_by_the_same(exchange: Exchange) -> Iterator[Message]:
    """The commands of the set that a cancellation is for."""
    wanted = exchange.command.code, exchange.command.header.originator, exchange.command.header.target
    for other in updates().values():
        header = other.command.header
        waits = NOW < (other.update.execution_date_time or NOW) < CANCELLATION_TIME
        if waits and (other.command.code, header.originator, header.target) == wanted:
            yield other.command


@each_of(cancellations())
def test_a_cancellation_of_the_set_takes_away_what_waits(reference: ReferenceSet, exchange: Exchange) -> None:
    waiting = list(held_by_the_same(exchange))
    if not waiting:
        pytest.skip("the set holds no command that this one cancels")
    for command in waiting:
        device = device_for(reference, exchange)
        before = device.counters
        device.state = device.state._replace(counters=ReplayCounters())
        assert device.receive(encode(command), NOW).accepted
        assert len(device.state.pending) == 1
        device.state = device.state._replace(counters=before)
        check_answer(device, encode(exchange.command), exchange.answer)
        assert device.advance(CANCELLATION_TIME) == ()


# --- alerts ------------------------------------------------------------------------------------------------


def test_the_generic_critical_alert_is_that_of_the_set(reference: ReferenceSet) -> None:
    """8F30 for want of authority: all but the signature equals the sample."""
    sample = reference.messages["GCA-DLMS_NA_8F30_ALERT"]
    device = prepared_for(reference, sample)
    command = next(
        each.command
        for each in updates().values()
        if each.command.header.target == device.eui and each.command.mac is not None
    )
    stranger = command._replace(header=command.header._replace(originator=Eui64(bytes(8))))
    effects = device.receive(encode(stranger), datetime(2015, 1, 1, tzinfo=UTC))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY
    alert = parse(effects.sent[0])
    assert alert.grouped_octets().hex() == sample.grouped_octets().hex()
    assert alert.shape is sample.shape is MessageShape.SIGNED


class BareMeter(Esme):
    """A meter that supports no use case at all."""

    __slots__ = ()
    handlers: ClassVar = {}


def test_alerts_about_what_is_not_supported_are_those_of_the_set(reference: ReferenceSet) -> None:
    samples = [message for message in reference.messages.values() if message.code == ECS100]
    if not samples:
        pytest.skip("the set holds no ECS100 alert")
    for sample in samples:
        said = decode_unsupported(sample.payload)
        device = prepared_for(reference, sample)
        bare = BareMeter(
            device.eui,
            device.state.keys,
            device.state.certificates,
            device.store,
            device.context,
            NOW,
        )
        bare.state = device.state
        asked = sample.header._replace(
            cra=Cra.COMMAND,
            originator_counter=said.command_counter,
            originator=sample.header.target,
            target=sample.header.originator,
            other=sample.header.other._replace(message_code=said.command_code),
        )
        broker = reference.keystore.key_pairs(
            HOLDERS[RemotePartyRole.ACCESS_CONTROL_BROKER], KeyUsage.KEY_AGREEMENT
        )[0]
        command = add_mac(Message(asked, b""), broker, device.agreement.public_point, CryptoProvider())
        (octets,) = bare.receive(encode(command), said.date_time.moment()).sent
        alert = parse(octets)
        assert alert.grouped_octets().hex() == sample.grouped_octets().hex()
        assert alert.shape is sample.shape


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
