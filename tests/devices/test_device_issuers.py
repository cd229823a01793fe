"""Issuing certificates: what a command brings, and what a device has kept, where that is assumed."""

from __future__ import annotations

from typing import Any

import pytest
from certificate_maker import flip_last_bit
from device_roots import LINK, NEXT_ROOT, NEXT_SMKI, party_under
from device_worlds import (
    BY_CONTINGENCY,
    BY_COS,
    BY_OPERATOR,
    BY_RECOVERY,
    BY_SUPPLIER,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    SMKI,
    SUPPLIER,
    ModeCase,
    World,
    outcome_of,
)

from dcc.smki.hierarchy import TestSmki
from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.device import Effects
from devices.gbcs.credentials import CredentialStatus, Replacement
from devices.gbcs.identifiers import RemotePartyRole
from devices.replacing import MOST_ISSUERS_KEPT
from devices.snapshot import restore, snapshot

GOOD, NO_ANCHOR = CredentialStatus.SUCCESS, CredentialStatus.NO_TRUST_ANCHOR
KEEPING = DeviceAssumptions(issuers_are_kept=True)
ISSUER = SMKI.issuer.certificate


def statuses(effects: Effects) -> set[CredentialStatus]:
    return {reported.status for reported in outcome_of(effects).replacements}


def sent(world: World, case: ModeCase, counter: int = 1000, *path: bytes, **fields: Any) -> Effects:
    """The command of a mode with just this path."""
    return world.send(world.update_octets(case, counter, path_certificates=path, **fields))


def kept(world: World) -> tuple[bytes, ...]:
    return tuple(certificate.der for certificate in world.device.state.issuers)


@pytest.mark.parametrize("keeps", [True, False])
def test_what_one_command_brought_serves_the_next_where_that_is_assumed(keeps: bool) -> None:
    world = World(assumptions=DeviceAssumptions(issuers_are_kept=keeps))
    assert statuses(sent(world, BY_OPERATOR)) == {NO_ANCHOR}
    assert kept(world) == ()
    assert statuses(sent(world, BY_SUPPLIER, 1000, ISSUER.der)) == {GOOD}
    assert kept(world) == ((ISSUER.der,) if keeps else ())
    assert statuses(sent(world, BY_OPERATOR, 1001)) == {GOOD if keeps else NO_ANCHOR}


def test_only_what_led_to_the_root_is_kept() -> None:
    world = World(assumptions=KEEPING)
    path = (NEXT_SMKI.issuer.certificate.der, OTHER_OPERATOR.signing.certificate.der, b"\x30\x00")
    assert statuses(sent(world, BY_OPERATOR, 1000, *path)) == {NO_ANCHOR}
    assert kept(world) == ()
    assert statuses(sent(world, BY_OPERATOR, 1001, *path[:2], ISSUER.der)) == {GOOD}
    assert kept(world) == (ISSUER.der,)


def test_what_the_command_brings_goes_before_what_is_kept() -> None:
    """A corrupted issuing certificate spoils its command, though the device holds the true one."""
    world = World(assumptions=KEEPING)
    sent(world, BY_OPERATOR, 1000, ISSUER.der, new=OPERATOR_NEXT)
    by = BY_OPERATOR._replace(by=OPERATOR_NEXT)
    assert statuses(sent(world, by, 1001, flip_last_bit(ISSUER.der))) == {NO_ANCHOR}
    assert statuses(sent(world, by, 1002)) == {GOOD}


def test_a_refused_command_leaves_nothing_behind() -> None:
    world = World(assumptions=KEEPING)
    refused = world.update_octets(BY_OPERATOR, 1000, authorising_cell=cells.SUPPLIER_SIGNING)
    assert not world.send(refused).accepted
    assert kept(world) == ()


def test_what_is_kept_outlives_a_restart() -> None:
    world = World(assumptions=KEEPING)
    sent(world, BY_SUPPLIER, 1000, ISSUER.der)
    world.device = restore(snapshot(world.device), world.context)
    assert kept(world) == (ISSUER.der,)
    assert statuses(sent(world, BY_OPERATOR)) == {GOOD}


def test_what_is_kept_still_has_to_lead_to_the_root() -> None:
    world = World(assumptions=KEEPING)
    sent(world, BY_SUPPLIER, 1000, ISSUER.der, new=SUPPLIER)
    root = {"replacements": (Replacement(NEXT_ROOT.der, cells.ROOT),)}
    sent(world, BY_RECOVERY._replace(cells=(cells.ROOT,)), 1000, LINK.der, **root)
    assert world.device.store[cells.ROOT] == NEXT_ROOT
    assert statuses(sent(world, BY_SUPPLIER, 1001, new=OTHER_SUPPLIER)) == {NO_ANCHOR}


def test_a_few_are_kept_and_those_used_last_stay_longest() -> None:
    world = World(assumptions=KEEPING)
    used = []
    for number in range(MOST_ISSUERS_KEPT + 2):
        smki = TestSmki(b"issuer %d" % number)
        root = {"replacements": (Replacement(smki.root.certificate.der, cells.ROOT),)}
        world.send(world.update_octets(BY_CONTINGENCY, 1000 + number, **root))
        new = party_under(smki, 0x700, RemotePartyRole.SUPPLIER)
        assert statuses(sent(world, BY_COS, 1000 + number, smki.issuer.certificate.der, new=new)) == {GOOD}
        used.append(smki.issuer.certificate.der)
    assert kept(world) == tuple(used[-MOST_ISSUERS_KEPT:])
