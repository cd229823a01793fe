"""CS02a and CS02f in both their forms: by MAC to the broker, signed to supplier and transitional CoS."""

from __future__ import annotations

from typing import Final

import pytest
from device_worlds import (
    ACB,
    ACB_NEXT,
    ALL_KINDS,
    BY_COS,
    BY_SUPPLIER,
    OPERATOR,
    SENDERS,
    SUPPLIER,
    TRANSITIONAL_COS,
    TRANSITIONAL_COS_NEXT,
    Party,
    World,
    counter_values,
    only_sent,
)

from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.device import Device
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    RoleCredentials,
    TrustAnchorCellId,
)
from devices.gbcs.credentials_codec import CS02A, CS02F
from devices.gbcs.identifiers import MessageCode, RemotePartyRole
from devices.gbcs.message import Cra, Message, MessageShape, encode
from devices.gbcs.protection import mac_verifies, sign
from devices.security_log import Refusal

ROLE = RemotePartyRole
ASKERS: Final = {
    "broker": (ACB, cells.ACB_AGREEMENT),
    "supplier": (SUPPLIER, cells.SUPPLIER_SIGNING),
    "transitional CoS": (TRANSITIONAL_COS, cells.TRANSITIONAL_COS),
}
CELL_ROLES: Final = tuple(role for role in ROLE if role < 0x80)
PROTECTED: Final = DeviceAssumptions(credential_reads_are_protected=True)
askers = pytest.mark.parametrize(("by", "cell"), ASKERS.values(), ids=ASKERS)
codes = pytest.mark.parametrize("code", [CS02A, CS02F])


def asked(
    world: World,
    by: Party,
    cell: TrustAnchorCellId,
    *roles: RemotePartyRole,
    code: MessageCode = CS02A,
    counter: int = 1,
) -> bytes:
    """The command in the form that goes with the cell."""
    payload = credentials_codec.encode(RetrieveCredentials(cell, roles))
    message = world.command(by, code, payload, counter)
    if cell == cells.ACB_AGREEMENT:
        return world.protected(message, None, by.agreement.key)
    return encode(sign(message, by.signing.key, SENDERS))


def reported(response: Message) -> tuple[RoleCredentials, ...]:
    value = credentials_codec.decode(response)
    assert isinstance(value, RetrieveCredentialsResponse)
    return value.roles


@pytest.mark.parametrize("kind", ALL_KINDS)
@askers
@codes
def test_every_kind_reports_all_that_it_has_to_whoever_is_in_the_cell(
    kind: type[Device], by: Party, cell: TrustAnchorCellId, code: MessageCode
) -> None:
    world = World(kind)
    effects = world.send(asked(world, by, cell, *CELL_ROLES, code=code))
    if cell not in CELLS_BY_DEVICE_TYPE[kind.device_type]:
        assert effects.entry.refusal is Refusal.NO_AUTHORITY
        return
    answers = {answer.role: answer for answer in reported(only_sent(effects))}
    assert list(answers) == list(CELL_ROLES)
    absent = CredentialStatus.OTHER if code == CS02F else CredentialStatus.TRUST_ANCHOR_NOT_FOUND
    told = []
    for role, answer in answers.items():
        held = [each for each in world.device.store if each.role is role]
        assert answer.status is (CredentialStatus.SUCCESS if held else absent)
        assert (answer.counter, answer.cells is None) == ((0, False) if held else (None, True))
        for content in answer.cells or ():
            its_cell = TrustAnchorCellId(role, content.key_usage, content.cell_usage)
            assert (content.subject, content.key_identifier) == world.device.store.holder(its_cell)
            told.append(its_cell)
    assert sorted(map(str, told)) == sorted(map(str, world.device.store))


@askers
@codes
def test_the_answer_has_the_form_of_the_question_and_names_it(
    by: Party, cell: TrustAnchorCellId, code: MessageCode
) -> None:
    world = World()
    response = only_sent(world.send(asked(world, by, cell, ROLE.SUPPLIER, code=code, counter=77)))
    header = response.header
    assert (header.cra, header.originator, header.target) == (Cra.RESPONSE, world.device.eui, by.eui)
    assert (header.originator_counter, header.date_time) == (77, None)
    assert header.other == (code, None, None, None, None)
    if cell == cells.ACB_AGREEMENT:
        assert response.shape is MessageShape.MAC_ONLY
        assert mac_verifies(response, by.agreement.key, world.device.agreement.public_point, SENDERS)
    else:
        assert response.shape is MessageShape.SIGNED
        assert world.has_signed(response)


def test_all_who_may_ask_are_told_the_same() -> None:
    world = World()
    payloads = {
        only_sent(world.send(asked(world, by, cell, ROLE.SUPPLIER, ROLE.ROOT, code=code))).payload
        for by, cell in ASKERS.values()
        for code in (CS02A, CS02F)
    }
    assert len(payloads) == 1


def test_who_comes_into_the_cell_may_ask_and_who_was_there_may_not() -> None:
    world = World()
    world.send(world.update_octets(BY_COS))
    old = asked(world, SUPPLIER, cells.SUPPLIER_SIGNING, ROLE.SUPPLIER)
    assert world.send(old).entry.refusal is Refusal.NO_AUTHORITY
    new = asked(world, BY_COS.new, cells.SUPPLIER_SIGNING, ROLE.SUPPLIER)
    (role,) = reported(only_sent(world.send(new)))
    assert {content.subject for content in role.cells or ()} == {BY_COS.new.eui}


@pytest.mark.parametrize(
    ("by", "cell", "refusal"),
    [
        (ACB_NEXT, cells.ACB_AGREEMENT, Refusal.WRONG_MAC),
        (TRANSITIONAL_COS_NEXT, cells.TRANSITIONAL_COS, Refusal.WRONG_SIGNATURE),
        (OPERATOR, cells.SUPPLIER_SIGNING, Refusal.NO_AUTHORITY),
        (OPERATOR, cells.NETWORK_OPERATOR_SIGNING, Refusal.NO_AUTHORITY),
    ],
)
def test_another_key_or_another_party_is_told_nothing(
    by: Party, cell: TrustAnchorCellId, refusal: Refusal
) -> None:
    world = World()
    effects = world.send(asked(world, by, cell, ROLE.SUPPLIER))
    assert effects.entry.refusal is refusal
    assert [only_sent(effects).header.cra] == [Cra.ALERT]


# --- numbers -------------------------------------------------------------------------------------------


@askers
def test_a_question_may_come_twice_and_uses_no_number_up(by: Party, cell: TrustAnchorCellId) -> None:
    world = World()
    octets = asked(world, by, cell, ROLE.SUPPLIER, counter=9)
    assert world.send(octets) == world.send(octets)
    assert counter_values(world) == {}


@askers
def test_where_that_is_assumed_a_question_counts_like_an_update(by: Party, cell: TrustAnchorCellId) -> None:
    world = World(assumptions=PROTECTED)
    octets = asked(world, by, cell, cell.role, counter=9)
    (told,) = reported(only_sent(world.send(octets)))
    assert told.counter == 9
    assert counter_values(world) == {cell.role: 9}
    for counter in (8, 9):
        again = world.send(asked(world, by, cell, ROLE.SUPPLIER, counter=counter))
        assert again.entry.refusal is Refusal.REPLAY
    assert world.send(asked(world, by, cell, ROLE.SUPPLIER, counter=10)).accepted


def test_where_that_is_assumed_questions_and_updates_share_their_numbers() -> None:
    world = World(Esme, PROTECTED)
    assert world.send(asked(world, SUPPLIER, cells.SUPPLIER_SIGNING, ROLE.ROOT, counter=1000)).accepted
    assert world.send(world.update_octets(BY_SUPPLIER, 1000)).entry.refusal is Refusal.REPLAY
    assert world.send(world.update_octets(BY_SUPPLIER, 1001, new=SUPPLIER)).accepted
    late = asked(world, SUPPLIER, cells.SUPPLIER_SIGNING, ROLE.ROOT, counter=1001)
    assert world.send(late).entry.refusal is Refusal.REPLAY


def test_a_question_that_is_refused_uses_no_number_up() -> None:
    world = World(assumptions=PROTECTED)
    wrong = asked(world, TRANSITIONAL_COS_NEXT, cells.TRANSITIONAL_COS, ROLE.ROOT, counter=50)
    assert world.send(wrong).entry.refusal is Refusal.WRONG_SIGNATURE
    assert counter_values(world) == {}
