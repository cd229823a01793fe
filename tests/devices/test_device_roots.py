"""Roots that follow one another, the contingency key, and a way back for a device that is locked out."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from certificate_maker import flip_last_bit
from device_roots import FROM, LINK, NEXT_ROOT, NEXT_SMKI, OTHER_SMKI, UNTIL, link, party_under
from device_worlds import (
    ACB,
    ACB_NEXT,
    BY_ACB,
    BY_CONTINGENCY,
    BY_COS,
    BY_OPERATOR,
    BY_RECOVERY,
    BY_SUPPLIER,
    CONTINGENCY,
    DCC,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    RECOVERY,
    RECOVERY_NEXT,
    SENDERS,
    SMKI,
    STRANGER,
    SUPPLIER,
    SUPPLIER_CELLS,
    SYMMETRIC_KEY,
    WAN_PROVIDER,
    WRAPPED_KEY,
    ModeCase,
    Party,
    World,
    counter_values,
    flip,
    mode_name,
    outcome_of,
)

from dcc.smki.hierarchy import Authority
from devices import cells, contingency
from devices.assumptions import DeviceAssumptions
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import DeviceFaults
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CounterChange,
    CredentialStatus,
    Replacement,
    ReplacementMode,
    RetrieveCredentialsResponse,
    TrustAnchorCellId,
)
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import encode, parse
from devices.gbcs.protection import sign
from devices.gpf import Gpf
from devices.hcalcs import Hcalcs
from devices.security_log import Refusal
from devices.trust_anchor import NO_SUBJECT

ROLE = RemotePartyRole
STATUS = CredentialStatus
ROOT_CELL: Final = (cells.ROOT,)
ROOT_BY_SUPPLIER: Final = ModeCase(
    ReplacementMode.ROOT_BY_SUPPLIER, SUPPLIER, ROOT_CELL, STRANGER, cells.SUPPLIER_SIGNING, STRANGER
)
ROOT_BY_WAN_PROVIDER: Final = ROOT_BY_SUPPLIER._replace(
    mode=ReplacementMode.ROOT_BY_WAN_PROVIDER, by=WAN_PROVIDER, authorising_cell=cells.WAN_PROVIDER_SIGNING
)
ROOT_BY_RECOVERY: Final = BY_RECOVERY._replace(cells=ROOT_CELL)
ROOT_BY_CONTINGENCY: Final = BY_CONTINGENCY._replace(cells=ROOT_CELL)
NORMAL: Final = [
    (Esme, ROOT_BY_SUPPLIER),
    (Gpf, ROOT_BY_SUPPLIER),
    (Hcalcs, ROOT_BY_SUPPLIER),
    (Chf, ROOT_BY_WAN_PROVIDER),
    (Esme, ROOT_BY_RECOVERY),
    (Chf, ROOT_BY_RECOVERY),
]
normal = pytest.mark.parametrize(
    ("kind", "case"), NORMAL, ids=[f"{kind.__name__}-{mode_name(case)}" for kind, case in NORMAL]
)
OLD_ISSUER: Final = SMKI.issuer.certificate.der
NEW_ISSUER: Final = NEXT_SMKI.issuer.certificate.der
NEW_SUPPLIER: Final = party_under(NEXT_SMKI, 0x101, ROLE.SUPPLIER)
NEW_OPERATOR: Final = party_under(NEXT_SMKI, 0x201, ROLE.NETWORK_OPERATOR)


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


def root(
    certificate: bytes = NEXT_ROOT.der, path: tuple[bytes, ...] = (LINK.der,), **fields: Any
) -> dict[str, Any]:
    """The fields of a command that brings a root, and what vouches for it."""
    return {
        "replacements": (Replacement(certificate, cells.ROOT),),
        "path_certificates": path,
    } | fields


def statuses(effects: Effects) -> list[CredentialStatus]:
    return [reported.status for reported in outcome_of(effects).replacements]


# --- a root that the present one vouches for -----------------------------------------------------------


@normal
def test_a_root_follows_that_the_present_one_vouches_for(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    before = world.device.store
    (reported,) = outcome_of(world.send(world.update_octets(case, **root()))).replacements
    assert (reported.cell, reported.status) == (cells.ROOT, STATUS.SUCCESS)
    assert reported.existing_subject == reported.replacing_subject == NO_SUBJECT
    assert reported.existing_key_identifier == DCC.root.subject_key_identifier
    assert reported.replacing_key_identifier == NEXT_ROOT.subject_key_identifier
    changed = {cell: held for cell, held in world.device.store.items() if held != before[cell]}
    assert changed == {cells.ROOT: NEXT_ROOT}


@normal
def test_no_root_follows_unless_the_present_one_vouches_for_it(kind: type[Device], case: ModeCase) -> None:
    for path in ((), (OLD_ISSUER,), (NEXT_ROOT.der,), (NEW_ISSUER,)):
        world = World(kind)
        effects = world.send(world.update_octets(case, **root(path=path)))
        assert statuses(effects) == [STATUS.NO_TRUST_ANCHOR]
        assert world.device.store[cells.ROOT] == DCC.root


def renamed(contents: Any) -> Any:
    return contents._replace(subject=SMKI.issuer.signer.name)


def rekeyed(contents: Any) -> Any:
    return contents._replace(public_point=OTHER_SMKI.root.signer.key.public_point)


def ended(contents: Any) -> Any:
    return contents._replace(not_after=NOW - timedelta(seconds=1))


def authority_no_more(contents: Any) -> Any:
    kept = [each for each in contents.extensions if type(each.value).__name__ != "BasicConstraints"]
    return contents._replace(extensions=kept)


BAD_LINKS: Final = {
    "corrupted": flip_last_bit(LINK.der),
    "signed by another root": link(NEXT_SMKI.root, OTHER_SMKI.root).der,
    "signed by the new root": link(NEXT_SMKI.root, NEXT_SMKI.root).der,
    "signed by the issuing authority": link(NEXT_SMKI.root, SMKI.issuer).der,
    "for another name": link(NEXT_SMKI.root, change=renamed).der,
    "for another key": link(NEXT_SMKI.root, change=rekeyed).der,
    "for another root": link(OTHER_SMKI.root).der,
    "of no authority": link(NEXT_SMKI.root, change=authority_no_more).der,
    "out of time": link(NEXT_SMKI.root, change=ended).der,
    "unreadable": b"\x30\x00",
}


@pytest.mark.parametrize("bad", BAD_LINKS.values(), ids=BAD_LINKS)
def test_what_does_not_vouch(bad: bytes) -> None:
    world = World()
    assert statuses(world.send(world.update_octets(ROOT_BY_SUPPLIER, **root(path=(bad,))))) == [
        STATUS.NO_TRUST_ANCHOR
    ]
    assert world.device.store[cells.ROOT] == DCC.root
    beside_a_good_one = root(path=(bad, LINK.der))
    assert statuses(world.send(world.update_octets(ROOT_BY_SUPPLIER, 1001, **beside_a_good_one))) == [
        STATUS.SUCCESS
    ]


def test_without_time_based_checks_a_link_that_has_ended_vouches_still() -> None:
    world = World()
    fields = root(path=(BAD_LINKS["out of time"],), apply_time_based_checks=False)
    assert statuses(world.send(world.update_octets(ROOT_BY_SUPPLIER, **fields))) == [STATUS.SUCCESS]


BAD_ROOTS: Final = {
    "corrupted": flip_last_bit(NEXT_ROOT.der),
    "unreadable": b"\x30\x00",
    "an organisation's": OTHER_SUPPLIER.signing.certificate.der,
    "an issuing authority's": NEW_ISSUER,
    "the link in place of the root": LINK.der,
}


@pytest.mark.parametrize("case", [ROOT_BY_SUPPLIER, ROOT_BY_RECOVERY, ROOT_BY_CONTINGENCY], ids=mode_name)
@pytest.mark.parametrize("bad", BAD_ROOTS.values(), ids=BAD_ROOTS)
def test_what_is_no_root(bad: bytes, case: ModeCase) -> None:
    world = World()
    fields = root(bad, (LINK.der, NEXT_ROOT.der))
    assert statuses(world.send(world.update_octets(case, **fields))) == [STATUS.BAD_CERTIFICATE]
    assert world.device.store[cells.ROOT] == DCC.root


@pytest.mark.parametrize("case", [ROOT_BY_SUPPLIER, ROOT_BY_RECOVERY, ROOT_BY_CONTINGENCY], ids=mode_name)
@pytest.mark.parametrize("checks", [True, False])
def test_a_root_has_a_time_too(case: ModeCase, checks: bool) -> None:
    first, last = NEXT_ROOT.not_before, NEXT_ROOT.not_after
    second = timedelta(seconds=1)
    for at, in_time in ((first - second, False), (first, True), (last, True), (last + second, False)):
        world = World()
        path = (link(NEXT_SMKI.root, change=always).der,)
        fields = root(path=path, apply_time_based_checks=checks)
        good = in_time or not checks
        assert statuses(world.send(world.update_octets(case, **fields), at)) == [
            STATUS.SUCCESS if good else STATUS.BAD_CERTIFICATE
        ]


def always(contents: Any) -> Any:
    return contents._replace(
        not_before=datetime(2000, 1, 1, tzinfo=UTC), not_after=datetime(2099, 1, 1, tzinfo=UTC)
    )


def test_the_link_is_what_it_says() -> None:
    assert (LINK.not_before, LINK.not_after) == (FROM, UNTIL)
    assert (LINK.public_point, LINK.subject_name) == (NEXT_ROOT.public_point, NEXT_ROOT.subject_name)
    assert LINK.issuer == DCC.root.subject_name
    assert LINK != NEXT_ROOT


# --- whose certificates count afterwards, and in the same command -------------------------------------


def handover(new: Party, issuer: bytes) -> dict[str, Any]:
    return {
        "replacements": tuple(Replacement(new.certificate(cell).der, cell) for cell in SUPPLIER_CELLS),
        "path_certificates": (issuer,),
    }


@normal
def test_afterwards_only_the_new_root_counts(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    world.send(world.update_octets(case, **root()))
    recovered = BY_RECOVERY._replace(cells=(cells.RECOVERY,))
    next_recovery = party_under(NEXT_SMKI, 1, ROLE.RECOVERY)
    old = {"new": RECOVERY_NEXT, "path_certificates": (OLD_ISSUER,)}
    new = {"new": next_recovery, "path_certificates": (NEW_ISSUER,)}
    assert statuses(world.send(world.update_octets(recovered, 2000, **old))) == [STATUS.NO_TRUST_ANCHOR]
    assert statuses(world.send(world.update_octets(recovered, 2001, **new))) == [STATUS.SUCCESS]


@pytest.mark.parametrize(
    ("beside", "status"),
    [
        (LINK.der, STATUS.SUCCESS),
        (NEXT_ROOT.der, STATUS.SUCCESS),
        (link(NEXT_SMKI.root, OTHER_SMKI.root).der, STATUS.SUCCESS),
        (flip_last_bit(NEXT_ROOT.der), STATUS.NO_TRUST_ANCHOR),
    ],
    ids=["the link", "the root itself", "another's link", "a corrupted copy of the root"],
)
def test_what_a_later_command_still_carries_for_the_root(beside: bytes, status: CredentialStatus) -> None:
    """It does no harm, unless it pretends to be the root: a command is taken at its word there."""
    world = World()
    world.send(world.update_octets(ROOT_BY_SUPPLIER, **root()))
    for path in ((NEW_ISSUER, beside), (beside, NEW_ISSUER)):
        fields = handover(NEW_SUPPLIER, NEW_ISSUER) | {"path_certificates": path}
        effects = world.send(
            world.update_octets(BY_COS, world.device.counters.current(ROLE.TRANSITIONAL_COS) + 1, **fields)
        )
        assert statuses(effects) == [status] * 3


def with_root(case: ModeCase, path: tuple[bytes, ...], *others: tuple[Party, TrustAnchorCellId]) -> Any:
    replacements = [Replacement(party.certificate(cell).der, cell) for party, cell in others]
    return {
        "replacements": (*replacements[:1], Replacement(NEXT_ROOT.der, cells.ROOT), *replacements[1:]),
        "path_certificates": path,
    }


MIXED: Final = (
    (NEW_SUPPLIER, cells.SUPPLIER_SIGNING),
    (OTHER_OPERATOR, cells.NETWORK_OPERATOR_SIGNING),
    (NEW_OPERATOR, cells.NETWORK_OPERATOR_AGREEMENT),
)
"""Before the new root and after it: under the new one, under the old one, under the new one."""
ALL_PATHS: Final = (LINK.der, OLD_ISSUER, NEW_ISSUER)
GOOD, NO = STATUS.SUCCESS, STATUS.NO_TRUST_ANCHOR


def test_a_root_that_was_vouched_for_counts_beside_the_old_one_in_its_own_command() -> None:
    world = World()
    effects = world.send(world.update_octets(ROOT_BY_RECOVERY, **with_root(BY_RECOVERY, ALL_PATHS, *MIXED)))
    assert statuses(effects) == [GOOD, GOOD, GOOD, GOOD]
    assert world.device.store[cells.SUPPLIER_SIGNING] == NEW_SUPPLIER.signing.certificate


def test_without_link_the_rest_of_the_command_goes_by_the_old_root() -> None:
    world = World()
    effects = world.send(
        world.update_octets(ROOT_BY_RECOVERY, **with_root(BY_RECOVERY, ALL_PATHS[1:], *MIXED))
    )
    assert statuses(effects) == [NO, NO, GOOD, NO]
    assert world.device.store[cells.ROOT] == DCC.root


def test_a_root_by_contingency_takes_the_place_of_the_old_one_at_once() -> None:
    for path in (ALL_PATHS, ALL_PATHS[1:]):
        world = World()
        effects = world.send(
            world.update_octets(ROOT_BY_CONTINGENCY, **with_root(BY_CONTINGENCY, path, *MIXED))
        )
        assert statuses(effects) == [GOOD, GOOD, NO, GOOD]
        assert world.device.store[cells.ROOT] == NEXT_ROOT


@pytest.mark.parametrize("case", [ROOT_BY_RECOVERY, ROOT_BY_CONTINGENCY], ids=mode_name)
def test_a_root_that_could_not_be_stored_counts_for_nothing(case: ModeCase) -> None:
    world = World()
    world.device.faults = DeviceFaults(frozenset({cells.ROOT}))
    effects = world.send(world.update_octets(case, **with_root(case, ALL_PATHS, *MIXED)))
    assert statuses(effects) == [NO, STATUS.INSUFFICIENT_MEMORY, GOOD, NO]
    assert world.device.store[cells.ROOT] == DCC.root


def test_a_meter_knows_no_wan_provider_and_a_hub_no_supplier() -> None:
    for kind, case in ((Esme, ROOT_BY_WAN_PROVIDER), (Chf, ROOT_BY_SUPPLIER)):
        world = World(kind)
        assert world.send(world.update_octets(case, **root())).entry.refusal is Refusal.NO_AUTHORITY


@pytest.mark.parametrize("case", [BY_SUPPLIER, BY_OPERATOR, BY_ACB, BY_COS], ids=mode_name)
def test_no_other_mode_brings_a_root(case: ModeCase) -> None:
    world = World()
    effects = world.send(world.update_octets(case, **root()))
    assert effects.entry.refusal is Refusal.NO_AUTHORITY


# --- the contingency key -------------------------------------------------------------------------------


def test_contingency_replaces_any_cell_whoever_holds_what() -> None:
    """All eleven cells in one command, from nobody that the device knows, without the broker's MAC."""
    world = World()
    new = {cell: NEXT_ROOT if cell == cells.ROOT else replaced(cell) for cell in world.device.store}
    replacements = tuple(Replacement(held.der, cell) for cell, held in new.items())
    changes = tuple(
        CounterChange(role, number(5))
        for role in (ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR, ROLE.ACCESS_CONTROL_BROKER)
    )
    effects = world.send(
        world.update_octets(
            BY_CONTINGENCY,
            replacements=replacements,
            path_certificates=(NEW_ISSUER,),
            floor=number(4),
            other_changes=changes,
        )
    )
    assert statuses(effects) == [GOOD] * 11
    assert dict(world.device.store) == new
    assert outcome_of(effects).counter_changes == (CounterChange(ROLE.ROOT, number(4)), *changes)
    assert parse(effects.sent[0]).header.target == CONTINGENCY.eui


def replaced(cell: TrustAnchorCellId) -> Certificate:
    return party_under(NEXT_SMKI, 0x600, ROLE.OTHER).certificate(cell)


KEYS: Final = {
    "the right one": (SYMMETRIC_KEY, None),
    "one bit otherwise": (flip(SYMMETRIC_KEY, 0), Refusal.WRONG_SIGNATURE),
    "zeros": (bytes(16), Refusal.WRONG_SIGNATURE),
    "too short": (SYMMETRIC_KEY[:15], Refusal.WRONG_SIGNATURE),
    "too long": (SYMMETRIC_KEY + b"\0", Refusal.WRONG_SIGNATURE),
    "empty": (b"", Refusal.WRONG_SIGNATURE),
    "none": (None, Refusal.MALFORMED),
}


@pytest.mark.parametrize(("key", "refusal"), KEYS.values(), ids=KEYS)
def test_the_symmetric_key_opens_the_contingency_key(key: bytes | None, refusal: Refusal | None) -> None:
    world = World()
    effects = world.send(world.update_octets(BY_CONTINGENCY, contingency_key=key))
    assert effects.entry.refusal is refusal
    assert (counter_values(world) == {ROLE.ROOT: 1000}) is (refusal is None)


@pytest.mark.parametrize("case", [BY_SUPPLIER, BY_OPERATOR, BY_ACB, BY_COS, BY_RECOVERY], ids=mode_name)
def test_no_other_mode_carries_a_symmetric_key(case: ModeCase) -> None:
    world = World()
    assert world.send(world.update_octets(case, contingency_key=SYMMETRIC_KEY)).entry.refusal is (
        Refusal.MALFORMED
    )
    assert world.send(world.update_octets(case)).accepted


@pytest.mark.parametrize(
    "wrapped",
    [
        b"",
        bytes(16),
        flip(WRAPPED_KEY, 3),
        WRAPPED_KEY[:-1],
        contingency.wrap(STRANGER.signing.key.public_point, SYMMETRIC_KEY),
        contingency.wrap(bytes(65), SYMMETRIC_KEY),
        contingency.wrap(b"\x04", SYMMETRIC_KEY),
    ],
    ids=["nothing", "a tag", "corrupted", "cut", "another's key", "no point", "one octet"],
)
def test_a_device_that_holds_something_else_obeys_no_contingency(wrapped: bytes) -> None:
    world = World()
    world.device.state = world.device.state._replace(wrapped_contingency_key=wrapped)
    before = world.state
    effects = world.send(world.update_octets(BY_CONTINGENCY))
    assert effects.entry.refusal is not None
    assert (world.state, len(effects.sent)) == (before, 1)


@pytest.mark.parametrize("signer", [RECOVERY, ACB, SUPPLIER, STRANGER])
def test_only_the_contingency_key_signs(signer: Party) -> None:
    world = World()
    message = world.update_message(BY_CONTINGENCY)
    wrong = encode(sign(message, signer.signing.key, SENDERS))
    assert world.send(wrong).entry.refusal is Refusal.WRONG_SIGNATURE
    by_root = encode(sign(message, SMKI.root.signer.key, SENDERS))
    assert world.send(by_root).entry.refusal is Refusal.WRONG_SIGNATURE
    assert world.send(world.finished(BY_CONTINGENCY, message)).accepted


def test_contingency_counts_in_the_role_of_the_root() -> None:
    world = World()
    octets = world.update_octets(BY_CONTINGENCY)
    assert world.send(octets).accepted
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    assert world.send(world.update_octets(BY_CONTINGENCY._replace(by=RENAMED), 1000)).entry.refusal is (
        Refusal.REPLAY
    )
    (effects,) = [world.send(world.retrieve_octets(ROLE.ROOT))]
    said = credentials_codec.decode(parse(effects.sent[0]))
    assert isinstance(said, RetrieveCredentialsResponse)
    assert said.roles[0].counter == 1000


RENAMED: Final = CONTINGENCY._replace(eui=STRANGER.eui)
"""The same key under another name: the device knows neither."""


def test_the_contingency_key_stays_after_it_was_used() -> None:
    """Nothing in a command brings another one, as far as is known."""
    world = World()
    world.send(world.update_octets(ROOT_BY_CONTINGENCY, **root()))
    assert world.device.state.wrapped_contingency_key == WRAPPED_KEY
    assert world.send(world.update_octets(BY_CONTINGENCY, 1001, replacements=())).accepted


def test_a_wrapped_key_opens_with_its_key_alone() -> None:
    point = KeyPair.from_seed(b"x", "y").public_point
    wrapped = contingency.wrap(point, SYMMETRIC_KEY)
    assert contingency.unwrap(wrapped, SYMMETRIC_KEY) == point
    assert point not in wrapped


# --- a device that is locked out -----------------------------------------------------------------------

HIGHEST_FLOOR: Final = 2**63 - 1


def locked_out() -> World:
    """A supplier has set the highest floor that the DCC lets it set, and meant something else."""
    world = World()
    assert world.send(world.update_octets(BY_SUPPLIER, new=SUPPLIER, floor=number(HIGHEST_FLOOR))).accepted
    return world


def supplier_is_heard(world: World, by: Party = SUPPLIER, counter: int = 2_000_000_000_000) -> bool:
    case = BY_SUPPLIER._replace(by=by)
    state = world.device.state
    accepted = world.send(world.update_octets(case, counter, replacements=())).accepted
    world.device.state = state
    return accepted


def test_the_highest_floor_locks_a_role_out() -> None:
    world = locked_out()
    assert not supplier_is_heard(world)
    assert not supplier_is_heard(world, counter=HIGHEST_FLOOR)
    assert supplier_is_heard(world, counter=HIGHEST_FLOOR + 1)
    assert world.send(world.read_octets(SUPPLIER)).accepted
    assert world.send(world.update_octets(BY_OPERATOR)).accepted


def test_a_change_of_supplier_frees_the_role_only_with_a_floor() -> None:
    world = locked_out()
    world.send(world.update_octets(BY_COS, 6001))
    assert not supplier_is_heard(world, OTHER_SUPPLIER)
    changes = (CounterChange(ROLE.SUPPLIER, number(0)),)
    world.send(world.update_octets(BY_COS, 6002, new=OTHER_SUPPLIER, other_changes=changes))
    assert supplier_is_heard(world, OTHER_SUPPLIER)


@pytest.mark.parametrize("case", [BY_RECOVERY, BY_CONTINGENCY], ids=mode_name)
def test_recovery_frees_it(case: ModeCase) -> None:
    world = locked_out()
    changes = (CounterChange(ROLE.SUPPLIER, number(1999)),)
    effects = world.send(world.update_octets(case, 1, new=SUPPLIER, other_changes=changes))
    assert outcome_of(effects).counter_changes == changes
    assert not supplier_is_heard(world, counter=1999)
    assert supplier_is_heard(world, counter=2000)


def test_recovery_without_a_certificate_for_the_role_frees_nothing() -> None:
    """The floor needs a replacement of its role that succeeds (assumed)."""
    changes = (CounterChange(ROLE.SUPPLIER, number(0)),)
    fields: dict[str, Any] = {"replacements": (), "other_changes": changes}
    world = locked_out()
    assert outcome_of(world.send(world.update_octets(BY_RECOVERY, 1, **fields))).counter_changes == ()
    assert not supplier_is_heard(world)
    lenient = DeviceAssumptions(floors_need_a_success=False)
    world.device.context = world.device.context._replace(assumptions=lenient)
    assert outcome_of(world.send(world.update_octets(BY_RECOVERY, 2, **fields))).counter_changes == changes
    assert supplier_is_heard(world)


def test_a_device_whose_broker_nobody_knows_is_recovered_too() -> None:
    """A foreign key in the broker's cell: no MAC is good any more, and recovery needs none."""
    world = World()
    foreign = World().device.store.with_cells({cells.ACB_AGREEMENT: STRANGER.agreement.certificate})
    world.device.state = world.device.state._replace(store=foreign)
    assert world.send(world.update_octets(BY_OPERATOR)).entry.refusal is Refusal.WRONG_MAC
    recovering = BY_RECOVERY._replace(cells=(cells.ACB_AGREEMENT,))
    assert statuses(world.send(world.update_octets(recovering, 1, new=ACB))) == [GOOD]
    assert world.send(world.update_octets(BY_OPERATOR)).accepted


def test_recovery_may_replace_itself_and_then_only_its_new_key_counts() -> None:
    world = World()
    itself = BY_RECOVERY._replace(cells=(cells.RECOVERY,))
    effects = world.send(world.update_octets(itself, new=RECOVERY_NEXT, floor=number(50)))
    assert outcome_of(effects).counter_changes == (CounterChange(ROLE.RECOVERY, number(50)),)
    assert world.send(world.update_octets(BY_RECOVERY, 1001)).entry.refusal is Refusal.WRONG_SIGNATURE
    successor = BY_RECOVERY._replace(by=RECOVERY_NEXT)
    assert world.send(world.update_octets(successor, 1001)).accepted


def test_recovery_that_locked_itself_out_is_freed_by_contingency() -> None:
    world = World()
    itself = BY_RECOVERY._replace(cells=(cells.RECOVERY,))
    world.send(world.update_octets(itself, new=RECOVERY, floor=number(2**64 - 1)))
    assert world.send(world.update_octets(itself, 2**64 - 1)).entry.refusal is Refusal.REPLAY
    changes = (CounterChange(ROLE.RECOVERY, number(0)),)
    freeing = BY_CONTINGENCY._replace(cells=(cells.RECOVERY,))
    world.send(world.update_octets(freeing, new=RECOVERY, other_changes=changes))
    assert world.send(world.update_octets(itself, 1001, new=RECOVERY)).accepted


@pytest.mark.parametrize("only_rise", [True, False])
def test_who_sent_the_highest_number_itself_is_locked_out_for_good_as_far_as_that_is_assumed(
    only_rise: bool,
) -> None:
    world = World(assumptions=DeviceAssumptions(party_numbers_only_rise=only_rise))
    world.send(world.update_octets(BY_SUPPLIER, 2**64 - 1, new=SUPPLIER))
    changes = (CounterChange(ROLE.SUPPLIER, number(0)),)
    world.send(world.update_octets(BY_RECOVERY, new=SUPPLIER, other_changes=changes))
    assert supplier_is_heard(world) is not only_rise
    world.send(world.update_octets(BY_RECOVERY, 1001, new=OTHER_SUPPLIER, other_changes=changes))
    assert supplier_is_heard(world, OTHER_SUPPLIER, 1)


def test_recovery_puts_the_broker_into_the_cells_from_which_it_hands_over() -> None:
    """After a recovery the broker holds supplier and operator cells until they are handed over (8.9)."""
    world = World()
    recovering = BY_RECOVERY._replace(cells=(*SUPPLIER_CELLS, *BY_OPERATOR.cells))
    changes = (
        CounterChange(ROLE.SUPPLIER, number(0)),
        CounterChange(ROLE.NETWORK_OPERATOR, number(0)),
    )
    effects = world.send(world.update_octets(recovering, new=ACB, other_changes=changes))
    assert {each.replacing_subject for each in outcome_of(effects).replacements} == {ACB.eui}
    for case, new in ((BY_SUPPLIER, SUPPLIER), (BY_OPERATOR, OPERATOR)):
        assert world.send(world.update_octets(case._replace(by=ACB), 1, new=new)).accepted
    assert world.device.store == World().device.store


def test_after_the_broker_was_replaced_its_old_key_is_as_good_as_none() -> None:
    world = World()
    recovering = BY_RECOVERY._replace(cells=(cells.ACB_AGREEMENT,))
    world.send(world.update_octets(recovering, new=ACB_NEXT))
    message = world.update_message(BY_OPERATOR)
    assert world.send(world.protected(message, OPERATOR)).entry.refusal is Refusal.WRONG_MAC
    assert world.send(world.protected(message, OPERATOR, ACB_NEXT.agreement.key)).accepted


def test_authority_of_a_root_is_that_of_a_value() -> None:
    """Certificates are compared by their octets, also those of roots of one name."""
    assert isinstance(NEXT_SMKI.root, Authority)
    assert dataclasses.replace(NEXT_ROOT, common_name="other") == NEXT_ROOT
    assert NEXT_ROOT.subject_name == DCC.root.subject_name
    assert DCC.root != NEXT_ROOT
