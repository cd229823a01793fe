"""MP107 by its decision table: every row as signed documents through the front door, DSP and S1SP.

Rows that hold for electricity and gas are tried on an ESME and on a GPF.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from smets1_worlds import (
    ESME,
    EXPORT_SUPPLIER,
    NETWORK_OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    SUPPLIER,
    SUPPLIER_ROLE,
    Exchange,
    Smets1World,
)

from dcc.bodies.credentials import ReplaceCredentials
from dcc.bodies.meters import SynchroniseClock
from dcc.decision_tables.model import DecisionRow
from dcc.decision_tables.mp107 import TABLE
from dcc.envelope import WebService
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from devices.gbcs.certificates import load_certificate
from devices.gbcs.message import MessageShape, parse
from devices.smets1_proxy import CertificateId, NotifiedCertificates

Make = Callable[[Smets1World], ServiceRequest]
UPDATED: Final = ("I0", "")
OWNERSHIP: Final = ("E1004", "S1SP: ownership")
REGISTRATION: Final = ("E1004", "S1SP: registration")
E2: Final = ("E2", "")
E4: Final = ("E4", "")
E061501: Final = ("E061501", "")
Ending = tuple[str, str]


class Case(NamedTuple):
    """One way to come into a row, and the endings under the columns of the table."""

    make: Make
    endings: tuple[Ending, Ending, Ending, Ending]
    gas: bool = True


def own_slot(world: Smets1World) -> ServiceRequest:
    return world.update(world.operator, world.other_operator)


def own_slot_again(world: Smets1World) -> ServiceRequest:
    return world.update(world.operator, world.operator)


def others_slot_by_the_other(world: Smets1World) -> ServiceRequest:
    world.place(world.other_operator)
    return world.update(world.other_operator, world.operator)


def own_slot_of_one_no_longer_registered(world: Smets1World) -> ServiceRequest:
    world.register(to_other=True)
    return world.update(world.operator, world.other_operator)


def others_slot_by_the_registered(world: Smets1World) -> ServiceRequest:
    world.place(world.other_operator)
    return world.update(world.operator, world.operator)


def registered_slot_by_the_other(world: Smets1World) -> ServiceRequest:
    return world.update(world.other_operator, world.other_operator)


def supplier_slot_by(whose: str, *, own: bool) -> Make:
    def make(world: Smets1World) -> ServiceRequest:
        sender = world.operator if whose == "registered" else world.other_operator
        if own:
            world.place(sender, SUPPLIER_ROLE)
        return world.update(sender, world.world.certificates_of(SUPPLIER))

    return make


def supplier_in_own_slot(world: Smets1World) -> ServiceRequest:
    return world.update(SUPPLIER, SUPPLIER)


def former_supplier_in_own_slot(world: Smets1World) -> ServiceRequest:
    world.place(OTHER_SUPPLIER, SUPPLIER_ROLE)
    return world.update(OTHER_SUPPLIER, OTHER_SUPPLIER)


def supplier_that_owns_the_operators_slot(sender: object) -> Make:
    def make(world: Smets1World) -> ServiceRequest:
        world.place(sender)  # type: ignore[arg-type]
        return world.update(sender, world.operator)  # type: ignore[arg-type]

    return make


def supplier_in_the_operators_slot(world: Smets1World) -> ServiceRequest:
    return world.update(SUPPLIER, world.operator)


def other_role(world: Smets1World) -> ServiceRequest:
    return world.update(EXPORT_SUPPLIER, world.operator)


def other_role_that_owns_the_slot(world: Smets1World) -> ServiceRequest:
    world.place(EXPORT_SUPPLIER, SUPPLIER_ROLE)
    return world.update(EXPORT_SUPPLIER, world.world.certificates_of(SUPPLIER))


def other_critical_service(world: Smets1World) -> ServiceRequest:
    world.place(OTHER_SUPPLIER, SUPPLIER_ROLE)
    return world.ask(OTHER_SUPPLIER, Srv.SYNCHRONISE_CLOCK, SynchroniseClock(world.now, 10))


def handover_free_of_signature(world: Smets1World) -> ServiceRequest:
    world.place(OTHER_SUPPLIER, SUPPLIER_ROLE)
    body = world.world.certificates_of(OTHER_SUPPLIER)
    return world.ask(OTHER_SUPPLIER, Srv.HANDOVER, body)


def one(make: Make, *endings: Ending, gas: bool = True) -> Case:
    off, on, dsp, s1sp = endings * 4 if len(endings) == 1 else endings
    return Case(make, (off, on, dsp, s1sp), gas)


CASES: Final[dict[int, tuple[Case, ...]]] = {
    1: (one(own_slot, UPDATED), one(own_slot_again, UPDATED)),
    2: (
        one(others_slot_by_the_other, E4, UPDATED, REGISTRATION, E4),
        one(own_slot_of_one_no_longer_registered, E4, UPDATED, REGISTRATION, E4),
    ),
    3: (one(others_slot_by_the_registered, OWNERSHIP),),
    4: (one(registered_slot_by_the_other, E4, OWNERSHIP, REGISTRATION, E4),),
    5: (
        one(supplier_slot_by("registered", own=False), E061501),
        one(supplier_slot_by("registered", own=True), E061501),
        one(supplier_slot_by("other", own=False), E4, E061501, E061501, E4),
        one(supplier_slot_by("other", own=True), E4, E061501, E061501, E4),
    ),
    6: (one(supplier_in_own_slot, UPDATED),),
    7: (one(former_supplier_in_own_slot, E4),),
    8: (one(supplier_that_owns_the_operators_slot(SUPPLIER), UPDATED),),
    9: (one(supplier_that_owns_the_operators_slot(OTHER_SUPPLIER), E4),),
    10: (one(supplier_in_the_operators_slot, OWNERSHIP),),
    11: (one(other_role, E2), one(other_role_that_owns_the_slot, E2)),
    12: (one(other_critical_service, E4, gas=False), one(handover_free_of_signature, E4)),
}
SMETS2_ROW: Final = 13


@pytest.mark.parametrize("row", TABLE.rows_held_by_tests(), ids=TABLE.row_id)
def test_row(row: DecisionRow) -> None:
    for column, outcome, at in zip(TABLE.columns, row.outcomes, range(4), strict=True):
        if row.number == SMETS2_ROW:
            passes_on_smets2(Smets1World(*column.switches, empty=True))
            continue
        for case in CASES[row.number]:
            code, text = case.endings[at]
            assert code in outcome, f"{column.heading}: the table says {outcome}"
            assert text in outcome, f"{column.heading}: the table says {outcome}"
            for gas in (False, True) if case.gas else (False,):
                world = Smets1World(*column.switches, gas=gas)
                request = case.make(world)
                before = world.proxy.notified
                done = world.exchange(request)
                rejection = done.submission.decision.rejection
                assert (done.code, done.text) == (code, text), f"{column.heading}, gas {gas}: {rejection}"
                check_what_was_done(world, done, before)


def check_what_was_done(world: Smets1World, done: Exchange, before: NotifiedCertificates) -> None:
    """What is refused changes nothing and is told to nobody; what is refused by the DSP is not sent on."""
    if done.code != "I0":
        assert world.proxy.notified == before
        assert done.notified == []
        at_dsp = done.submission.decision.rejection is not None
        assert (done.answer is None) is at_dsp
        assert done.submission.response.code.value == (done.code if at_dsp else "I99")
        return
    body = done.request.body
    assert isinstance(body, ReplaceCredentials)
    new = [CertificateId.of(load_certificate(der)) for der in (body.signing, body.agreement) if der]
    slots = world.proxy.notified
    assert new == list(slots[2:] if body.role is NETWORK_OPERATOR else slots[:2])
    assert {code for _, code in done.notified} == {"N42"}
    owner = load_certificate(body.signing or b"").subject
    assert {owner, SUPPLIER} <= {recipient for recipient, _ in done.notified}


def passes_on_smets2(world: Smets1World) -> None:
    """The other operator, by Pre-Command and Signed Pre-Command: no registration is asked for."""
    party = world.party(OTHER_OPERATOR)
    request = world.world.update(OTHER_OPERATOR, OTHER_OPERATOR, ESME)
    reply = world.door.submit(party.sign_request(request), WebService.TRANSFORM, world.now)
    assert reply.submission.response.code.value == "I0", reply.submission.decision.rejection
    signed = party.sign_pre_command(request, reply.document)
    reply = world.door.submit(signed, WebService.SEND_COMMAND, world.now)
    assert reply.submission.response.code.value == "I99", reply.submission.decision.rejection
    assert reply.submission.countersigned is None
    command = reply.submission.command
    assert command is not None
    assert parse(command.octets).shape is MessageShape.FULL


def test_every_row_has_its_cases() -> None:
    assert {row.number for row in TABLE.rows} == {*CASES, SMETS2_ROW}
