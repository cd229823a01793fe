"""Every mode, sender, target cell, protection and number: the device beside a small table of what GBCS says.

The table (13.3, reconstructed) and the order of checks are written down here once more, and nothing of it
is taken from the device. Then the same rows with every assumption turned round alone.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import pytest
from device_roots import LINK, NEXT_ROOT
from device_worlds import (
    ACB,
    CONTINGENCY,
    LOAD_CONTROLLER,
    NOW,
    OPERATOR,
    RECOVERY,
    SENDERS,
    SMKI,
    STRANGER,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
    ModeCase,
    Party,
    World,
    flip,
    make_party,
    outcome_of,
    turned_round,
)

from devices import cells
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.comms_hub import Chf
from devices.device import Device
from devices.esme import Esme
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import CredentialStatus, Replacement, ReplacementMode, TrustAnchorCellId
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message, encode, parse
from devices.gbcs.protection import sign
from devices.gpf import Gpf
from devices.hcalcs import Hcalcs
from devices.replay import ReplayCounters
from devices.security_log import Refusal

ROLE = RemotePartyRole
COUNTER: Final = OriginatorCounter(1000)
FLOOR: Final = OriginatorCounter(7)
NEWCOMER: Final = make_party(0x500, ROLE.OTHER)
EVERY_CELL: Final = tuple(dict.fromkeys(cell for found in CELLS_BY_DEVICE_TYPE.values() for cell in found))
A_CELL_OF_EACH_ROLE: Final = tuple({cell.role: cell for cell in EVERY_CELL}.values())


# --- what GBCS says ------------------------------------------------------------------------------------


class ModeFacts(NamedTuple):
    """Who authorises, whose cells are replaced, and how the command is protected."""

    by: TrustAnchorCellId
    replaces: frozenset[RemotePartyRole]
    signed: bool = True
    maced: bool = True


def _one(by: TrustAnchorCellId, role: RemotePartyRole, **protection: bool) -> ModeFacts:
    return ModeFacts(by, frozenset({role}), **protection)


ANYBODY: Final = frozenset(
    {ROLE.ROOT, ROLE.RECOVERY, ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR, ROLE.ACCESS_CONTROL_BROKER}
    | {ROLE.TRANSITIONAL_COS, ROLE.WAN_PROVIDER, ROLE.LOAD_CONTROLLER}
)
TABLE: Final = {
    0: _one(cells.SUPPLIER_SIGNING, ROLE.ROOT),
    1: _one(cells.WAN_PROVIDER_SIGNING, ROLE.ROOT),
    2: _one(cells.SUPPLIER_SIGNING, ROLE.SUPPLIER),
    3: _one(cells.NETWORK_OPERATOR_SIGNING, ROLE.NETWORK_OPERATOR),
    4: _one(cells.ACB_AGREEMENT, ROLE.ACCESS_CONTROL_BROKER, signed=False),
    5: _one(cells.WAN_PROVIDER_SIGNING, ROLE.WAN_PROVIDER),
    6: _one(cells.TRANSITIONAL_COS, ROLE.TRANSITIONAL_COS),
    7: _one(cells.TRANSITIONAL_COS, ROLE.SUPPLIER),
    8: ModeFacts(cells.RECOVERY, ANYBODY, maced=False),
    9: ModeFacts(cells.ROOT, ANYBODY, maced=False),
    10: _one(cells.LOAD_CONTROLLER_SIGNING, ROLE.LOAD_CONTROLLER),
    11: _one(cells.SUPPLIER_SIGNING, ROLE.LOAD_CONTROLLER),
}
ON_HUB: Final = {**TABLE, 4: _one(cells.ACB_SIGNING, ROLE.ACCESS_CONTROL_BROKER)}


class Number(enum.Enum):
    """The number of the message beside the last one of the authorising role, and of the party itself."""

    GREATER = (999, 999)
    EQUAL = (1000, 1000)
    LESS = (1001, 1001)
    GREATER_SINCE_A_FLOOR = (0, 1001)


class Holding(NamedTuple):
    """A sender, and whether the authorising cell was given to it before (else the usual one holds it)."""

    party: Party
    name: str
    was_given_the_cell: bool = False


HOLDINGS: Final = (
    Holding(SUPPLIER, "supplier"),
    Holding(OPERATOR, "network operator"),
    Holding(ACB, "broker"),
    Holding(ACB, "broker in the cell", was_given_the_cell=True),
    Holding(TRANSITIONAL_COS, "transitional CoS"),
    Holding(RECOVERY, "recovery"),
    Holding(LOAD_CONTROLLER, "load controller"),
    Holding(WAN_PROVIDER, "WAN provider"),
    Holding(CONTINGENCY, "contingency"),
    Holding(STRANGER, "stranger"),
)
USUAL: Final = {
    ROLE.SUPPLIER: "supplier",
    ROLE.NETWORK_OPERATOR: "network operator",
    ROLE.ACCESS_CONTROL_BROKER: "broker",
    ROLE.TRANSITIONAL_COS: "transitional CoS",
    ROLE.RECOVERY: "recovery",
    ROLE.LOAD_CONTROLLER: "load controller",
    ROLE.WAN_PROVIDER: "WAN provider",
}


class Row(NamedTuple):
    """One line of the table."""

    mode: ReplacementMode
    sender: str
    target: TrustAnchorCellId
    signature_is_right: bool
    mac_is_right: bool
    number: Number


class Result(NamedTuple):
    """What a row comes to; the numbers are those of the authorising role and of the sender in it."""

    refusal: Refusal | None
    alert_code: int | None
    stored: bool
    role_number: int
    party_number: int


ALERTS: Final = {
    Refusal.NO_AUTHORITY: 0x8F30,
    Refusal.REPLAY: 0x8F53,
    Refusal.WRONG_MAC: 0x8F3D,
    Refusal.WRONG_SIGNATURE: 0x8F3D,
}


def expected(kind: type[Device], row: Row, assumptions: DeviceAssumptions) -> Result:
    """What the table makes of a row."""
    facts = facts_of(kind, row.mode)
    refusal = expected_refusal(CELLS_BY_DEVICE_TYPE[kind.device_type], facts, row, assumptions)
    role, party = row.number.value
    if refusal is not None:
        return Result(
            refusal, ALERTS[refusal] if assumptions.refusals_raise_alerts else None, False, role, party
        )
    own_cells_replaced = row.target.role is facts.by.role
    floored = own_cells_replaced or not assumptions.floors_need_a_success
    return Result(None, None, True, FLOOR if floored else max(role, COUNTER), max(party, COUNTER))


def expected_refusal(
    present: tuple[TrustAnchorCellId, ...], facts: ModeFacts, row: Row, assumptions: DeviceAssumptions
) -> Refusal | None:
    """The first check that fails: form, authority, number, MAC, signature, target."""
    one_too_many = (not row.signature_is_right and not facts.signed) or (
        not row.mac_is_right and not facts.maced
    )
    by_contingency = facts.by == cells.ROOT
    holders = {"broker in the cell", USUAL.get(facts.by.role)}
    role, party = row.number.value
    last = max(role, party) if assumptions.party_numbers_only_rise else role
    if one_too_many:
        return Refusal.WRONG_MAC
    if facts.by not in present or not (by_contingency or row.sender in holders):
        return Refusal.NO_AUTHORITY
    if last > COUNTER or (last == COUNTER and assumptions.counters_strictly_rise):
        return Refusal.REPLAY
    if not row.mac_is_right:
        return Refusal.WRONG_MAC
    if not row.signature_is_right or (by_contingency and row.sender != "contingency"):
        return Refusal.WRONG_SIGNATURE
    reachable = row.target.role in facts.replaces and row.target in present
    return None if reachable else Refusal.NO_AUTHORITY


def facts_of(kind: type[Device], mode: ReplacementMode) -> ModeFacts:
    return (ON_HUB if kind is Chf else TABLE)[mode.value]


# --- what a device does --------------------------------------------------------------------------------


class QuickProvider(CryptoProvider):
    """Remembers what it verified, and leaves the device's own signatures, which nobody looks at, blank."""

    def __init__(self) -> None:
        super().__init__()
        self.verified: dict[tuple[bytes, bytes, bytes], bool] = {}

    def sign(self, key: KeyPair, data: bytes) -> bytes:  # noqa: ARG002
        return bytes(64)

    def verify(self, public_point: bytes, data: bytes, signature: bytes) -> bool:
        asked = public_point, data, signature
        if asked not in self.verified:
            self.verified[asked] = super().verify(*asked)
        return self.verified[asked]


class Bench:
    """One device of a kind, put back before each row, and every message made once."""

    def __init__(self, kind: type[Device]) -> None:
        self.kind = kind
        self.world = World(kind)
        provider = QuickProvider()
        self.device = self.world.device
        self.device.context = self.device.context._replace(
            provider=provider, validator=PathValidator(provider)
        )
        self.fresh = self.device.state
        self.keeps_issuers = False
        self.shares_counters = True
        self.replacing = {cell: replacing(cell) for cell in EVERY_CELL}
        self.signed: dict[tuple[Any, ...], Message] = {}
        self.messages: dict[tuple[Any, ...], bytes] = {}

    def results(
        self, assumptions: DeviceAssumptions, targets: tuple[TrustAnchorCellId, ...]
    ) -> Mapping[Row, Result]:
        """What becomes of every row."""
        self.device.context = self.device.context._replace(assumptions=assumptions)
        self.keeps_issuers = assumptions.issuers_are_kept
        self.shares_counters = assumptions.critical_and_other_messages_share_counters
        return {row: self.result(row) for row in rows(targets)}

    def result(self, row: Row) -> Result:
        holding = next(each for each in HOLDINGS if each.name == row.sender)
        facts = facts_of(self.kind, row.mode)
        before = self.before(facts, holding, row.number)
        self.device.state = before
        effects = self.device.receive(self.octets(row, holding, facts), NOW)
        after = self.device.state
        numbers = (
            after.counters.current(facts.by.role),
            after.counters.reached_by(facts.by.role, holding.party.eui),
        )
        if not effects.accepted:
            assert after._replace(log=(), alert_counter=OriginatorCounter(0)) == before, row
            assert after.log == (effects.entry,)
            assert after.alert_counter == len(effects.sent)
            return Result(effects.entry.refusal, alert_code(effects.sent), False, *numbers)
        stored = {cell: held for cell, held in after.store.items() if held is not before.store[cell]}
        assert stored == {row.target: self.replacing[row.target]}, row
        (reported,) = outcome_of(effects).replacements
        assert (reported.cell, reported.status) == (row.target, CredentialStatus.SUCCESS)
        kept = (SMKI.issuer.certificate,) if self.keeps_issuers and row.target != cells.ROOT else ()
        assert after.issuers == kept
        others, floored = after.non_critical_counters, numbers[0] == FLOOR
        assert others.by_role == ({facts.by.role: FLOOR} if floored and not self.shares_counters else {}), row
        unchanged = {
            "store": before.store,
            "counters": before.counters,
            "issuers": (),
            "non_critical_counters": before.non_critical_counters,
        }
        assert after._replace(log=(), **unchanged) == before  # type: ignore[arg-type]
        return Result(None, None, True, *numbers)

    def before(self, facts: ModeFacts, holding: Holding, number: Number) -> Any:
        """The device's state: who is in the authorising cell, and which numbers were reached."""
        store, by = self.fresh.store, facts.by
        if holding.was_given_the_cell and by in store and by != cells.ROOT:
            store = store.with_cells({by: holding.party.certificate(by)})
        last = [OriginatorCounter(value) for value in number.value]
        counters = ReplayCounters({by.role: last[0]}, by_party={(by.role, holding.party.eui): last[1]})
        return self.fresh._replace(store=store, counters=counters)

    def octets(self, row: Row, holding: Holding, facts: ModeFacts) -> bytes:
        found = row[:5]
        if found not in self.messages:
            signed = self.signed_message(row.mode, holding.party, row.target)
            self.messages[found] = self.protected(row, facts, signed)
        return self.messages[found]

    def signed_message(self, mode: ReplacementMode, by: Party, target: TrustAnchorCellId) -> Message:
        """The command, with a good signature whether it needs one or not."""
        asked = mode, by.eui, target
        if asked not in self.signed:
            facts = facts_of(self.kind, mode)
            case = ModeCase(mode, by, (), NEWCOMER, facts.by, by)
            fields: dict[str, Any] = {
                "authorising_cell": facts.by if facts.signed else None,
                "replacements": (Replacement(self.replacing[target].der, target),),
                "path_certificates": (SMKI.issuer.certificate.der, LINK.der),
                "floor": FLOOR,
            }
            message = self.world.update_message(case, self.world.update(case, COUNTER, **fields))
            self.signed[asked] = sign(message, by.signing.key, SENDERS)
        return self.signed[asked]

    def protected(self, row: Row, facts: ModeFacts, message: Message) -> bytes:
        """The command with the fields that it needs, each as it must be; else spoilt, or one too many."""
        if facts.signed and not row.signature_is_right:
            message = message._replace(signature=flip(message.signature or b"", 40))
        if not facts.signed and row.signature_is_right:
            message = message._replace(signature=b"")
        if facts.maced or not row.mac_is_right:
            message = self.world.maced(message)
        if facts.maced and not row.mac_is_right:
            message = message._replace(mac=flip(message.mac or b"", 5))
        return encode(message)


def rows(targets: tuple[TrustAnchorCellId, ...]) -> Iterator[Row]:
    """The full product."""
    senders = [holding.name for holding in HOLDINGS]
    for values in product(ReplacementMode, senders, targets, (True, False), (True, False), Number):
        yield Row(*values)


def replacing(cell: TrustAnchorCellId) -> Certificate:
    """What is to be put into a cell."""
    return NEXT_ROOT if cell == cells.ROOT else NEWCOMER.certificate(cell)


def alert_code(sent: tuple[bytes, ...]) -> int | None:
    """The code of the one generic alert, in either language."""
    if not sent:
        return None
    (octets,) = sent
    payload = parse(octets).payload
    at = 9 if payload[0] == 0x0F else 3
    return int.from_bytes(payload[at : at + 2], "big")


@cache
def bench(kind: type[Device]) -> Bench:
    return Bench(kind)


@cache
def default_results(kind: type[Device]) -> Mapping[Row, Result]:
    own = CELLS_BY_DEVICE_TYPE[kind.device_type]
    absent = [cell for cell in A_CELL_OF_EACH_ROLE if cell not in own]
    return bench(kind).results(DEFAULT_ASSUMPTIONS, EVERY_CELL if kind is Esme else (*own, absent[0]))


def assert_as_expected(
    kind: type[Device], results: Mapping[Row, Result], assumptions: DeviceAssumptions
) -> None:
    wrong = {
        row: (result, wanted)
        for row, result in results.items()
        if result != (wanted := expected(kind, row, assumptions))
    }
    assert not wrong, f"{len(wrong)} rows, the first: {next(iter(wrong.items()))}"


# --- one beside the other ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Esme, Gpf, Chf, Hcalcs])
def test_every_row_of_the_table(kind: type[Device]) -> None:
    assert_as_expected(kind, default_results(kind), DEFAULT_ASSUMPTIONS)


def test_the_table_is_not_made_of_refusals_alone() -> None:
    """In each mode that a kind knows something is obeyed, and each way of being refused occurs."""
    modes = {
        kind: {row.mode.value for row, result in default_results(kind).items() if result.stored}
        for kind in (Esme, Gpf, Chf, Hcalcs)
    }
    assert modes[Esme] == {0, 2, 3, 4, 6, 7, 8, 9, 10, 11}
    assert modes[Gpf] == {0, 2, 3, 4, 6, 7, 8, 9}
    assert modes[Chf] == {1, 4, 5, 8, 9}
    assert modes[Hcalcs] == {0, 2, 4, 6, 7, 8, 9}
    assert {result.refusal for result in default_results(Esme).values()} == {*ALERTS, None}


def is_accepted_in_spite_of(row: Row, before: Result, after: Result, number: Number) -> bool:
    """A message of this number was a replay and is one no longer."""
    return before.refusal is Refusal.REPLAY and after.refusal is not before.refusal and row.number is number


CHANGES: Final[Mapping[str, Callable[[Row, Result, Result], bool]]] = {
    "counters_strictly_rise": lambda row, before, after: is_accepted_in_spite_of(
        row, before, after, Number.EQUAL
    ),
    "party_numbers_only_rise": lambda row, before, after: is_accepted_in_spite_of(
        row, before, after, Number.GREATER_SINCE_A_FLOOR
    ),
    "floors_need_a_success": lambda row, before, after: (
        before._replace(role_number=FLOOR) == after
        and after.stored
        and row.target.role is not facts_of(Esme, row.mode).by.role
    ),
    "refusals_raise_alerts": lambda _, before, after: (
        before._replace(alert_code=None) == after and before.refusal is not None
    ),
}
"""What an assumption changes in the rows that it changes; of the other assumptions no row may know."""


@pytest.mark.parametrize("field", DeviceAssumptions._fields)
def test_every_row_with_one_assumption_turned_round(field: str) -> None:
    assumptions = turned_round(field)
    results = bench(Esme).results(assumptions, A_CELL_OF_EACH_ROLE)
    assert_as_expected(Esme, results, assumptions)
    changed = {row: result for row, result in results.items() if result != default_results(Esme)[row]}
    assert bool(changed) is (field in CHANGES)
    for row, result in changed.items():
        assert CHANGES[field](row, default_results(Esme)[row], result), row
