"""Reads on bytes: ECS23 of the meter, GCS13a of the proxy, CS02a of both; who gets an answer, who doesn't."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from device_worlds import (
    ACB,
    ACB_NEXT,
    BY_ACB,
    BY_OPERATOR,
    BY_SUPPLIER,
    DCC,
    KINDS,
    MADE,
    NOW,
    OPERATOR,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    RECOVERY,
    SENDERS,
    SUPPLIER,
    TRANSITIONAL_COS,
    Party,
    World,
    flip,
    only_sent,
)

from devices import cells
from devices.cells import factory_cells
from devices.device import Device, Effects
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CredentialStatus,
    Replacement,
    RetrieveCredentialsResponse,
    RoleCredentials,
)
from devices.gbcs.crypto import CryptoTally
from devices.gbcs.identifiers import DeviceType, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, DlmsDateTime, Message, MessageShape, OtherInformation, encode
from devices.gbcs.protection import mac_verifies, sign
from devices.gpf import Gpf
from devices.metering import Meter
from devices.reads import GasConsumption, NetworkData, open_ecs23_response, open_gcs13a_response
from devices.security_log import Refusal

ROLE = RemotePartyRole
kinds = pytest.mark.parametrize("kind", KINDS)


def is_answered_to(world: World, response: Message, party: Party) -> bool:
    """Whether the MAC of a response is the device's with this party."""
    point = world.device.agreement.public_point
    return mac_verifies(response, party.agreement.key, point, SENDERS)


def open_read(world: World, response: Message, party: Party) -> NetworkData | GasConsumption:
    counter = response.header.originator_counter
    if world.device.device_type is DeviceType.ESME:
        return open_ecs23_response(response.payload, counter)
    return open_gcs13a_response(
        response.payload,
        counter=counter,
        device=world.device.eui,
        requester=party.eui,
        secret=SENDERS.agree(party.agreement.key, world.device.agreement.public_point),
        provider=SENDERS,
    )


def measured(world: World) -> tuple[int, ...]:
    meter = Meter(world.device.eui, MADE)
    if world.device.device_type is DeviceType.ESME:
        return (meter.under_voltage_count(NOW), meter.over_voltage_count(NOW))
    return (meter.gas_volume_litres(NOW),)


def values(data: NetworkData | GasConsumption) -> tuple[int | None, ...]:
    if isinstance(data, NetworkData):
        return (data.under_voltage_count, data.over_voltage_count)
    assert data.cubic_metres is not None
    return (int(data.cubic_metres * 1000),)


# --- the operator's read -------------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize("party", [OPERATOR, SUPPLIER], ids=["operator", "supplier"])
def test_operator_and_supplier_read_what_the_meter_measured(kind: type[Device], party: Party) -> None:
    world = World(kind)
    response = only_sent(world.send(world.read_octets(party, 77)))
    header = response.header
    assert response.shape is MessageShape.MAC_ONLY
    assert is_answered_to(world, response, party)
    assert (header.cra, header.originator_counter, header.other.message_code) == (
        Cra.RESPONSE,
        77,
        world.read_message(party).code,
    )
    assert (header.originator, header.target) == (world.device.eui, party.eui)
    status = 0xFF if kind is Esme else 0x00
    assert header.date_time == DlmsDateTime(2026, 1, 5, 255, 12, 0, 0, 0, 0x8000, status)
    assert values(open_read(world, response, party)) == measured(world)


@kinds
def test_a_read_changes_nothing_and_stands_in_no_log(kind: type[Device]) -> None:
    world = World(kind)
    before = world.state
    effects = world.send(world.read_octets(OPERATOR, 77))
    assert effects.accepted
    assert world.state == before
    assert (list(world.device.log), world.device.alert_counter) == ([], 0)
    assert effects.entry.detail == "read as networkOperator"


@kinds
def test_a_read_is_not_protected_against_replay(kind: type[Device]) -> None:
    world = World(kind)
    world.send(world.update_octets(BY_OPERATOR, 5000, new=OPERATOR))
    octets = world.read_octets(OPERATOR, 1)
    first, again = world.send(octets), world.send(octets)
    assert first.accepted
    assert again == first
    assert world.send(world.read_octets(OPERATOR, 0)).accepted


@kinds
@pytest.mark.parametrize("party", [OTHER_OPERATOR, TRANSITIONAL_COS, RECOVERY])
def test_whoever_holds_no_cell_of_a_reading_role_gets_no_answer(kind: type[Device], party: Party) -> None:
    world = World(kind)
    effects = world.send(world.read_octets(party))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY
    assert only_sent(effects).header.target == SUPPLIER.eui


@kinds
def test_a_read_carries_the_brokers_mac_and_no_signature(kind: type[Device]) -> None:
    world = World(kind)
    message = world.read_message(OPERATOR)
    for octets in (
        flip(world.read_octets(OPERATOR), -1),
        encode(world.maced(message, OPERATOR.agreement.key)),
        world.protected(message, OPERATOR),
        encode(message),
        encode(sign(message, OPERATOR.signing.key, SENDERS)),
    ):
        assert world.send(octets).entry.refusal in (Refusal.WRONG_MAC, Refusal.WRONG_SIGNATURE)
    assert world.send(world.protected(message, None)).accepted


@kinds
def test_a_read_that_cannot_be_read_is_malformed(kind: type[Device]) -> None:
    world = World(kind)
    message = world.read_message(OPERATOR)
    for payload in (b"", message.payload[:-1], message.payload + b"\0"):
        octets = world.protected(message._replace(payload=payload), None)
        assert world.send(octets).entry.refusal is Refusal.MALFORMED
    assert world.send(world.protected(message, None)).accepted


def test_the_broker_reads_the_meter_in_its_own_name_but_not_the_proxy() -> None:
    esme, gpf = World(Esme), World(Gpf)
    response = only_sent(esme.send(esme.read_octets(ACB)))
    assert is_answered_to(esme, response, ACB)
    assert gpf.send(gpf.read_octets(ACB)).entry.refusal is Refusal.NO_AUTHORITY


def test_on_a_factory_device_the_broker_is_answered_as_broker_or_in_its_lowest_role() -> None:
    for kind, role in ((Esme, "accessControlBroker"), (Gpf, "supplier")):
        world = World(kind, store=factory_cells(kind.device_type, DCC))
        effects = world.send(world.read_octets(ACB))
        assert effects.entry.detail == f"read as {role}"
        assert is_answered_to(world, only_sent(effects), ACB)


def test_a_party_that_the_device_does_not_know_reads_through_the_broker() -> None:
    world = World()
    message = world.read_message(ACB)
    other = OtherInformation(message.code, OTHER_OPERATOR.eui, OriginatorCounter(5), None, b"\x30" * 20)
    asked = message._replace(header=message.header._replace(other=other))
    response = only_sent(world.send(world.protected(asked, None)))
    assert response.header.other == other._replace(certificate=None)
    assert is_answered_to(world, response, ACB)
    direct = asked._replace(header=asked.header._replace(originator=OPERATOR.eui))
    assert world.send(world.protected(direct, None)).entry.refusal is Refusal.NO_AUTHORITY


# --- who owns the cell, owns the conversation ---------------------------------------------------------


@kinds
def test_the_operator_in_the_cells_can_read_and_update_and_the_other_cannot(kind: type[Device]) -> None:
    world = World(kind)
    by_other = BY_OPERATOR._replace(by=OTHER_OPERATOR)
    assert not world.send(world.read_octets(OTHER_OPERATOR)).accepted
    assert not world.send(world.update_octets(by_other, 1)).accepted
    assert world.send(world.read_octets(OPERATOR)).accepted
    assert world.send(world.update_octets(BY_OPERATOR, 2, new=OTHER_OPERATOR)).accepted
    # The cells have changed hands, and so has everything else.
    assert not world.send(world.read_octets(OPERATOR)).accepted
    assert not world.send(world.update_octets(BY_OPERATOR, 3)).accepted
    assert world.send(world.read_octets(OTHER_OPERATOR)).accepted
    assert world.send(world.update_octets(by_other, 4, new=OPERATOR)).accepted
    assert world.send(world.read_octets(OPERATOR)).accepted


@kinds
def test_after_the_key_agreement_certificate_alone_the_new_key_gets_the_answers(kind: type[Device]) -> None:
    world = World(kind)
    cell = cells.NETWORK_OPERATOR_AGREEMENT
    wanted = (Replacement(OPERATOR_NEXT.certificate(cell).der, cell),)
    world.send(world.update_octets(BY_OPERATOR, replacements=wanted))
    response = only_sent(world.send(world.read_octets(OPERATOR)))
    assert is_answered_to(world, response, OPERATOR_NEXT)
    assert not is_answered_to(world, response, OPERATOR)
    assert values(open_read(world, response, OPERATOR_NEXT)) == measured(world)


@kinds
def test_who_signs_for_the_role_but_cannot_be_answered_does_not_read(kind: type[Device]) -> None:
    world = World(kind)
    cell = cells.NETWORK_OPERATOR_AGREEMENT
    wanted = (Replacement(OTHER_OPERATOR.certificate(cell).der, cell),)
    world.send(world.update_octets(BY_OPERATOR, replacements=wanted))
    assert world.send(world.read_octets(OPERATOR)).entry.refusal is Refusal.NO_AUTHORITY
    assert is_answered_to(world, only_sent(world.send(world.read_octets(OTHER_OPERATOR))), OTHER_OPERATOR)
    assert world.send(world.update_octets(BY_OPERATOR, 1001)).accepted


# --- CS02a --------------------------------------------------------------------------------------------


def reported(effects: Effects) -> tuple[RoleCredentials, ...]:
    response = credentials_codec.decode(only_sent(effects))
    assert isinstance(response, RetrieveCredentialsResponse)
    return response.roles


@kinds
@pytest.mark.parametrize("roles", [*permutations([ROLE.NETWORK_OPERATOR, ROLE.SUPPLIER, ROLE.ROOT])])
def test_roles_are_reported_in_the_order_in_which_they_were_asked(
    kind: type[Device], roles: tuple[RemotePartyRole, ...]
) -> None:
    world = World(kind)
    answers = reported(world.send(world.retrieve_octets(*roles)))
    assert tuple(answer.role for answer in answers) == roles
    for answer in answers:
        assert (answer.status, answer.counter) == (CredentialStatus.SUCCESS, 0)
        assert answer.cells == world.device.store.contents(answer.role)


def test_what_each_role_of_a_device_reports() -> None:
    world = World()
    asked = [role for role in ROLE if role < 0x80]
    found = {answer.role: answer for answer in reported(world.send(world.retrieve_octets(*asked)))}
    counts = {role: len(answer.cells or ()) for role, answer in found.items()}
    present = {ROLE.ROOT: 1, ROLE.RECOVERY: 1, ROLE.SUPPLIER: 3, ROLE.NETWORK_OPERATOR: 2}
    present |= {ROLE.ACCESS_CONTROL_BROKER: 1, ROLE.TRANSITIONAL_COS: 1, ROLE.LOAD_CONTROLLER: 2}
    assert counts == dict.fromkeys(asked, 0) | present
    for role in set(asked) - set(present):
        assert found[role] == RoleCredentials(role, CredentialStatus.TRUST_ANCHOR_NOT_FOUND)
        assert found[role].status == 25


def test_nothing_asked_nothing_told_and_asked_twice_told_twice() -> None:
    world = World()
    assert reported(world.send(world.retrieve_octets())) == ()
    first, second = reported(world.send(world.retrieve_octets(ROLE.SUPPLIER, ROLE.SUPPLIER)))
    assert first == second


@kinds
def test_the_answer_carries_the_brokers_mac_and_no_time(kind: type[Device]) -> None:
    world = World(kind)
    response = only_sent(world.send(world.retrieve_octets(ROLE.SUPPLIER, counter=42)))
    header = response.header
    assert response.shape is MessageShape.MAC_ONLY
    assert is_answered_to(world, response, ACB)
    assert (header.cra, header.originator_counter, header.date_time) == (Cra.RESPONSE, 42, None)
    assert (header.originator, header.target) == (world.device.eui, ACB.eui)
    assert header.other == OtherInformation(MessageCode(0x0008))


def test_counters_are_reported_as_they_stand_now() -> None:
    world = World()
    world.send(world.update_octets(BY_SUPPLIER, 1000, new=SUPPLIER))
    world.send(world.update_octets(BY_OPERATOR, 2000, new=OPERATOR, floor=OriginatorCounter(17)))
    answers = reported(world.send(world.retrieve_octets(ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR, ROLE.ROOT)))
    assert [answer.counter for answer in answers] == [1000, 17, 0]


def test_retrieving_is_not_protected_against_replay_and_changes_nothing() -> None:
    world = World()
    world.send(world.update_octets(BY_ACB, 5000, new=ACB))
    octets, before = world.retrieve_octets(ROLE.SUPPLIER, counter=1), world.state
    assert world.send(octets) == world.send(octets)
    assert world.state == before


def test_after_its_certificate_changed_the_broker_asks_with_the_new_key() -> None:
    world = World()
    world.send(world.update_octets(BY_ACB))
    octets = world.retrieve_octets(ROLE.ACCESS_CONTROL_BROKER)
    assert world.send(octets).entry.refusal is Refusal.WRONG_MAC
    new_key = ACB_NEXT.agreement.key
    effects = world.send(world.retrieve_octets(ROLE.ACCESS_CONTROL_BROKER, broker=new_key))
    (role,) = reported(effects)
    assert role.cells == world.device.store.contents(ROLE.ACCESS_CONTROL_BROKER)
    assert is_answered_to(world, only_sent(effects), ACB_NEXT)


def test_an_answer_costs_macs_and_no_signature() -> None:
    world = World()
    world.send(world.retrieve_octets(ROLE.SUPPLIER))
    assert world.provider.tally == CryptoTally(macs_computed=2, secrets_agreed=1)
    world.send(world.retrieve_octets(ROLE.SUPPLIER), NOW + timedelta(days=1))
    assert world.provider.tally == CryptoTally(macs_computed=4, secrets_agreed=1)
