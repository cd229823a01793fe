"""The story behind MP107: a correct operator puts another's certificates on a SMETS1 meter.

Neither it, which no longer owns the slot, nor the other, which is not registered there, can put it right;
with the modification at DSP and S1SP both the other one can.
"""

from __future__ import annotations

from typing import Final

import pytest
from smets1_worlds import SUPPLIER, Smets1World

from dcc.bodies.credentials import RetrieveRoles
from dcc.modifications import Modification
from dcc.s1sp.response_reading import read_slots
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, RemotePartyRole

DSP, S1SP = Modification.MP107_DSP, Modification.MP107_S1SP
OWNERSHIP: Final = ("E1004", "S1SP: ownership")
REGISTRATION: Final = ("E1004", "S1SP: registration")


def after_the_mistake(*modifications: Modification, gas: bool) -> Smets1World:
    """The registered operator replaces its own certificates by the other operator's: nothing forbids it."""
    world = Smets1World(*modifications, gas=gas)
    assert owners(world) == {world.operator}
    assert ending(world, world.operator, world.other_operator) == ("I0", "")
    assert owners(world) == {world.other_operator}
    return world


def owners(world: Smets1World) -> set[Eui64 | None]:
    """Whose the operator's slots are, as the registered operator is told by 6.24.1."""
    roles = RetrieveRoles((RemotePartyRole.NETWORK_OPERATOR,))
    done = world.exchange(world.ask(world.operator, Srv.RETRIEVE_CREDENTIALS, roles))
    assert done.code == "I0", done.text
    return {slot.owner for slot in read_slots(world.signed_part(done))}


def ending(world: Smets1World, sender: Eui64, owner: Eui64) -> tuple[str, str]:
    done = world.exchange(world.update(sender, owner))
    return done.code, done.text


def nobody_can_repair(world: Smets1World, *, other: tuple[str, str]) -> None:
    assert ending(world, world.operator, world.operator) == OWNERSHIP
    assert ending(world, world.other_operator, world.operator) == other
    assert owners(world) == {world.other_operator}


@pytest.mark.parametrize("gas", [False, True], ids=["electricity", "gas"])
@pytest.mark.parametrize(
    ("modifications", "other"),
    [((), ("E4", "")), ((DSP,), REGISTRATION), ((S1SP,), ("E4", ""))],
    ids=["without", "at the DSP alone", "at the S1SP alone"],
)
def test_nobody_can_correct_it(
    modifications: tuple[Modification, ...], other: tuple[str, str], gas: bool
) -> None:
    nobody_can_repair(after_the_mistake(*modifications, gas=gas), other=other)


@pytest.mark.parametrize("gas", [False, True], ids=["electricity", "gas"])
def test_with_both_the_owner_of_the_slot_can_and_the_registered_operator_still_cannot(gas: bool) -> None:
    world = after_the_mistake(DSP, S1SP, gas=gas)
    assert ending(world, world.operator, world.operator) == OWNERSHIP
    assert ending(world, world.other_operator, world.operator) == ("I0", "")
    assert owners(world) == {world.operator}
    # All is as it was before the mistake: the registered operator is at home again, the other one is out.
    assert ending(world, world.other_operator, world.operator) == OWNERSHIP
    assert ending(world, world.operator, world.operator) == ("I0", "")


def test_switching_on_is_enough_for_a_meter_that_was_stuck() -> None:
    world = after_the_mistake(gas=False)
    nobody_can_repair(world, other=("E4", ""))
    world.world.switch_on(DSP)
    nobody_can_repair(world, other=REGISTRATION)
    world.world.switch_on(S1SP)
    nobody_can_repair(world, other=("E4", ""))
    world.world.switch_on(DSP, S1SP)
    assert ending(world, world.other_operator, world.operator) == ("I0", "")
    assert owners(world) == {world.operator}


def test_the_mistake_is_told_to_both_operators_and_the_supplier() -> None:
    world = Smets1World()
    done = world.exchange(world.update(world.operator, world.other_operator))
    told = [user for user, code in done.notified if code == "N42"]
    assert sorted(told) == sorted((world.operator, world.other_operator, SUPPLIER))
