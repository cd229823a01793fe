"""Mixtures of switches beside the tables' columns: bytes held against a second reading of the tables.

The situations are all that the words of a row can stand for; which of them are tried, and under which
switches, is drawn: as many for each outcome.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Final, TypeVar

import pytest
from dcc_worlds import (
    AGENT,
    CHF,
    DAY,
    ESME,
    ESME_OF_HOLDERS,
    ESME_OF_NOBODY,
    ESME_WITH_PREFIX,
    ESME_WITHOUT_MPAN,
    EXPORT_SUPPLIER,
    GPF,
    GSME,
    HCALCS,
    HOLDER,
    MPAN,
    MPRN,
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_HOLDER,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    OTHER_TRANSPORTER,
    PPMID,
    START,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    World,
    user_id,
    with_change,
)
from gas_operator_worlds import GasHome
from modification_readings import (
    ROLES,
    GasCell,
    Placing,
    Target,
    certificate_refusals,
    placing_code,
    slot_result,
    smets1_ending,
)
from registration_desk import DEVICE, ORGANISATION, Desk
from secmp0063_worlds import Bench, brokers, suppliers_as_operator, suppliers_own
from smets1_worlds import Smets1World

from dcc.access_control_broker import AcbCounters
from dcc.bodies.credentials import ReplaceCredentials
from dcc.cell_sightings import CellSightings
from dcc.dates import DateRange
from dcc.dsp import Received
from dcc.identifiers import Mpid, RequestId
from dcc.modifications import Modification
from dcc.parties import PartyRow, UserRole
from dcc.post_commissioning import post_commissioning_report
from dcc.registration import ElectricityRecord, GasRecord
from dcc.releases import release_at
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.smki.subscribers import Interface, SubscriberFacts
from dcc.srv import Srv
from dcc.working_days import deadline_after
from devices import cells
from devices.faults import DeviceFaults
from devices.gbcs.identifiers import Eui64, OriginatorCounter

Switches = frozenset[Modification]
MIXTURES: Final = tuple(
    frozenset(item for place, item in enumerate(Modification) if number >> place & 1)
    for number in range(2 ** len(Modification))
)
IMPORTER: Final = user_id(30)
GAS_ONLY: Final = user_id(31)
USERS: Final = {
    "SUPA": SUPPLIER, "SUPB": OTHER_SUPPLIER, "IMPORT": IMPORTER, "GAS": GAS_ONLY, "EXPORT": EXPORT_SUPPLIER,
    "AGENT": AGENT, "EAST": OPERATOR, "MID": OTHER_OPERATOR, "H1": HOLDER, "H2": OTHER_HOLDER,
    "GTA": TRANSPORTER, "GTB": OTHER_TRANSPORTER,
}  # fmt: skip
_EAST, _GTA = frozenset({"EAST"}), frozenset({"GTA"})
DEVICES: Final = (
    (ESME, Target("ESME", _EAST, "SUPA")),
    (ESME_WITHOUT_MPAN, Target("ESME")),
    (ESME_WITH_PREFIX, Target("ESME", _EAST)),
    (ESME_OF_NOBODY, Target("ESME")),
    (ESME_OF_HOLDERS, Target("ESME", frozenset({"H1", "H2"}))),
    (GPF, Target("GPF", _GTA, "SUPA")),
    (GSME, Target("GSME", _GTA, "SUPA")),
    (HCALCS, Target("HCALCS")),
    (PPMID, Target("PPMID")),
    (CHF, Target("CHF")),
)
SLOTS: Final = {"N": NETWORK_OPERATOR, "S": SUPPLIER_ROLE}
Der = bytes | None
Certificates = tuple[tuple[Der, Der], tuple[tuple[str, str], ...]]
"""Signing and agreement, and what the readings call them: owner and letter of each."""
T = TypeVar("T")


def of_each(items: Iterable[T], outcome: Callable[[T], Hashable], most: int, seed: int) -> list[T]:
    """Up to ``most`` items of each outcome, drawn."""
    found: dict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        found[outcome(item)].append(item)
    draw = random.Random(seed)
    return [item for some in found.values() for item in draw.sample(some, min(most, len(some)))]


def mixed(items: Iterable[T], seed: int) -> list[tuple[T, Switches]]:
    """Each item with a mixture of its own."""
    draw = random.Random(seed)
    return [(item, draw.choice(MIXTURES)) for item in items]


def certificate_sets(world: World) -> tuple[Certificates, ...]:
    """Pairs of one owner, halves of them, pairs of two owners, and those with a letter of their own."""
    found: list[Certificates] = []
    single: dict[str, tuple[bytes, bytes]] = {}
    for name in ("EAST", "MID", "H1", "H2", "GTA", "GTB"):
        credentials = world.client(USERS[name]).credentials
        signing, agreement = single[name] = credentials.signing.der, credentials.agreement.der
        found.append((single[name], ((name, "N"),) * 2))
        found += [((signing, None), ((name, "N"),)), ((None, agreement), ((name, "N"),))]
    for one, two in (("EAST", "MID"), ("H1", "H2"), ("GTA", "GTB")):
        found.append(((single[one][0], single[two][1]), ((one, "N"), (two, "N"))))
    broker = brokers(world)
    found += [(broker, (("ACB", "A"),) * 2), ((broker[0], None), (("ACB", "A"),))]
    found.append(((broker[0], single["GTA"][1]), (("ACB", "A"), ("GTA", "N"))))
    found.append(((single["GTA"][0], broker[1]), (("GTA", "N"), ("ACB", "A"))))
    found.append((suppliers_own(world), (("SUPA", "S"),) * 2))
    found.append((suppliers_as_operator(world), (("SUPA", "N"),) * 2))
    return tuple(found)


def body_of(world: World, placing: Placing, pair: tuple[Der, Der]) -> ReplaceCredentials:
    signing, agreement = pair
    at = world.now + DAY if placing.dated else None
    body = world.certificates_of(SUPPLIER, SLOTS[placing.slot])._replace(top_up=None)
    return body._replace(signing=signing, agreement=agreement, execution_date_time=at)


def test_what_may_be_placed_where_on_smets2_devices() -> None:
    bench = Bench()
    world = bench.world
    for number, (name, role) in enumerate((("IMPORT", UserRole.IS), ("GAS", UserRole.GS))):
        world.dcc.parties.add(PartyRow(Mpid(f"ONE{number}"), role, name, USERS[name], dcc_user=True))
    situations = [
        (Placing(srv, sender, target, slot, named, dated), device, pair)
        for srv, sender, (device, target), slot, (pair, named), dated in product(
            ("6.15.1", "6.21"), ROLES, DEVICES, SLOTS, certificate_sets(world), (False, True)
        )
        if (srv == "6.15.1" or pair[0]) and not (dated and slot == "S")
    ]
    tried = of_each(
        mixed(situations, 1),
        lambda item: (item[0][0].srv, placing_code(item[0][0], item[1]), placing_code(item[0][0], ())),
        60,
        2,
    )
    assert len(tried) > 700
    for (placing, device, pair), switches in tried:
        world.switch_on(*switches)
        srv = Srv.UPDATE_CREDENTIALS if placing.srv == "6.15.1" else Srv.HANDOVER
        request = world.ask(USERS[placing.sender], srv, device, body_of(world, placing, pair))
        submission, _ = bench.submit(request)
        found = submission.response.code.value
        assert found == placing_code(placing, switches), (placing, switches, submission.decision.rejection)


def test_a_signed_pre_command_is_held_against_what_is_the_case_by_then() -> None:
    """Between the two calls switches go on and off, and the MPAN may go to another network operator."""
    draw, codes = random.Random(6), set()
    owners = product(("SUPA", "EAST"), ("EAST", "MID", "GTA"), ("EAST", "MID"), (4, 5, 6, 7))
    for sender, owner, operator, variant in (*owners,) * 2:
        bench = Bench()
        world, target = bench.world, Target("ESME", _EAST, "SUPA")
        placing = Placing("6.15.1", sender, target, "N", ((owner, "N"),) * 2)
        world.switch_on(*draw.choice([each for each in MIXTURES if placing_code(placing, each) == "I0"]))
        asked = world.update(USERS[owner], USERS[sender])
        submission, answer = bench.submit(asked)
        assert submission.response.code.value == "I0"
        signed = world.client(USERS[sender]).sign_pre_command(asked, answer)
        if variant == 4:
            # The transform comes again, under the next number.
            signed = world.update(USERS[owner], USERS[sender])
        elif sender == "SUPA":
            signed = signed._replace(command_variant=CommandVariant(variant))
        if operator == "MID":
            record = ElectricityRecord(Mpid("EMEB"), Mpid("SUPA"), effective_from=date(2026, 1, 5))
            world.dcc.registration.add_electricity(MPAN, record)
        world.switch_on(*(switches := draw.choice(MIXTURES)))
        by_then = placing._replace(device=target._replace(operators=frozenset({operator})))
        found = world.submit(signed).response.code.value
        codes.add(found)
        expected = placing_code(by_then, switches)
        assert found.replace("I99", "I0") == expected, (by_then, variant, switches)
    assert codes == {"I0", "I99", "SIM-E061590"}


class Smets1Case:
    """A SMETS1 device under one registration; what its User ends up with."""

    def __init__(self, gas: bool, registered: tuple[str, str] | None) -> None:
        self.home = Smets1World(gas=gas)
        self.migrated = self.home.proxy
        world, electric = self.home.world, not gas
        if registered is None:
            registration = world.dcc.registration
            (registration._gas if gas else registration._electricity).clear()
        else:
            operator, supplier = registered
            self.home.register(to_other=operator in ("MID", "GTB"), supplier=supplier)
        operators, supplier_there = (
            (frozenset({registered[0]}), registered[1]) if registered else (frozenset(), None)
        )
        self.target = Target("ESME" if electric else "GPF", operators, supplier_there)

    def ending(self, placing: Placing, pair: tuple[Der, Der], notified: dict[str, str]) -> str:
        home = self.home
        home.s1sp.take_over((self.migrated,))
        for slot, owner in notified.items():
            home.place(USERS[owner], SLOTS[slot])
        request = home.update(USERS[placing.sender], body_of(home.world, placing, pair))
        done = home.exchange(request)
        # A document has stand-ins for codes of ours.
        told = done.submission.response.code.value if done.answer is None else done.code
        return f"{told} {done.text}".strip()


def test_who_may_correct_certificates_on_smets1_devices() -> None:
    """Every registration, with every party in the slots; refusals that are no code of DUIS by their text."""
    for gas in (False, True):
        here, there = ("GTA", "GTB") if gas else ("EAST", "MID")
        for registered in (None, *product((here, there), ("SUPA", "SUPB"))):
            case = Smets1Case(gas, registered)
            sets = certificate_sets(case.home.world)
            wanted = [item for item in sets if {owner for owner, _ in item[1]} & {here, "ACB", "SUPA"}]
            situations = [
                (Placing("6.15.1", sender, case.target, slot, named), pair, {"N": operator, "S": supplier})
                for sender, slot, (pair, named), operator, supplier in product(
                    ("SUPA", "SUPB", "EXPORT", "AGENT", "EAST", "MID", "GTA", "GTB"),
                    SLOTS,
                    wanted,
                    (here, there, "SUPA", "SUPB"),
                    ("SUPA", "SUPB"),
                )
            ]
            tried = of_each(
                mixed(situations, 3),
                lambda item: (
                    smets1_ending(item[0][0], item[0][2], item[1]),
                    smets1_ending(item[0][0], item[0][2], ()),
                ),
                3,
                4,
            )
            for (placing, pair, notified), switches in tried:
                case.home.world.switch_on(*switches)
                found = case.ending(placing, pair, notified)
                assert found == smets1_ending(placing, notified, switches), (placing, notified, switches)


NAMES: Final = {"the broker": "A", "the operator": "GTA", "another operator": "GTB"}
CELLS: Final = {"signing": cells.NETWORK_OPERATOR_SIGNING, "agreement": cells.NETWORK_OPERATOR_AGREEMENT}
KINDS: Final = (
    "6.21",
    "6.21",
    "swap",
    "swap",
    "swap",
    "move",
    "6.24.1",
    "lose the record",
    "switches",
    "switches",
)
"""What happens to a gas proxy function, each as often as it is likely."""


class GasPlay:
    """A gas proxy function through a drawn life, and the second reading of it beside it."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.by_time = self.draw.random() < 0.3
        counters = AcbCounters.EPOCH_MILLISECONDS if self.by_time else AcbCounters.PER_DEVICE
        self.home = GasHome((), counters, handed_over=False)
        self.cell = GasCell()

    @property
    def on(self) -> Switches:
        return self.home.dcc.modifications

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def step(self) -> str:
        """One thing that happens; says what, for the failing test."""
        kind = self.draw.choice(KINDS)
        if kind == "switches":
            self.home.switch_on(*self.draw.choice(MIXTURES))
        elif kind == "lose the record":
            self.home.dcc.originator_counters.clear(GPF)
            self.cell.recorded = None
        elif kind == "6.24.1":
            self.report()
        elif kind == "6.21":
            self.handover()
        else:
            self.update(kind == "swap")
        return kind

    def report(self) -> None:
        number = self.cell.next_of_broker(self.on, self.earliest(), handover=False)
        assert self.home.report() == "I0"
        assert self.home.last_number == number
        self.cell.report(self.on)

    def handover(self) -> None:
        home, on = self.home, self.on
        owner = self.draw.choice(("GTA", "GTB"))
        failed, delivered = self.faults(), not self.chance(0.15)
        floor = self.draw.choice((None, None, 0, 5, self.earliest(always=True) + 10**6))
        request = with_floor(home.handover(USERS[owner], target=GPF), floor)
        if Modification.SECMP0063_GPF in on and owner != "GTA":
            assert home.follow(request) == "SIM-E062190"
            return
        number = self.cell.next_of_broker(on, self.earliest(), handover=True)
        takes = delivered and self.cell.takes("A", number)
        assert home.follow(request, delivered=delivered) == ("I0" if takes else "E21" if delivered else "E20")
        assert home.last_number == number
        if takes:
            self.cell.replace(owner, number, floor, failed, on)

    def update(self, to_broker: bool) -> None:
        """6.15.1 by a transporter: to the broker, or to the other one; under a low number now and then."""
        home, cell = self.home, self.cell
        sender = self.draw.choice(("GTA", "GTB"))
        new = "A" if to_broker else "GTB" if sender == "GTA" else "GTA"
        failed, told = self.faults(), not self.chance(0.1)
        user = USERS[sender]
        request = home.swap_request(user) if to_broker else home.update(USERS[new], user, GPF)
        if self.chance(0.3):
            request = with_number(
                request, self.draw.choice((1, 2, cell.number, cell.number + 1, cell.broker + 1))
            )
        number, last = request.request_id.counter, home.dcc.ledger.last_counter(request.request_id)
        floor = self.draw.choice((None, None, 0, 7, number + 1000))
        request = with_floor(request, floor)
        if last is not None and number <= last:
            assert home.follow(request) in ("SIM-REPLAY", "SIM-DUP")
            return
        takes = cell.takes(sender, number)
        with pytest.MonkeyPatch.context() as way:
            if not told:
                way.setattr(home.bed.dsp, "receive", lambda *_: Received())
            assert home.follow(request) == ("I0" if takes and told else "E21")
        if takes:
            cell.replace(new, number, floor, failed, self.on, told=told)

    def faults(self) -> set[str]:
        failed = {name for name in ("signing", "agreement") if self.chance(0.15)}
        full = frozenset(CELLS[name] for name in failed)
        self.home.device(GPF).faults = DeviceFaults(cells_without_memory=full)
        return failed

    def earliest(self, *, always: bool = False) -> int:
        since = self.home.now - datetime(1970, 1, 1, tzinfo=UTC)
        return since // timedelta(milliseconds=1) if self.by_time or always else 0

    def check(self, where: object) -> None:
        home, cell = self.home, self.cell
        recorded = home.recorded()
        found = (
            NAMES[home.holder(CELLS["signing"])],
            NAMES[home.holder(CELLS["agreement"])],
            home.number_on_device(),
            None if recorded is None else recorded.no_cell_floor,
        )
        assert found == (cell.signing, cell.agreement, cell.number, cell.recorded), where


def with_floor(request: ServiceRequest, floor: int | None) -> ServiceRequest:
    return request if floor is None else with_change(request, floor=OriginatorCounter(floor))


def with_number(request: ServiceRequest, number: int) -> ServiceRequest:
    user, target, _ = request.request_id
    return request._replace(request_id=RequestId(user, target, OriginatorCounter(max(number, 1))))


@pytest.mark.parametrize("seed", range(40))
def test_lives_of_gas_proxy_functions_while_switches_go_on_and_off(seed: int) -> None:
    play = GasPlay(seed)
    story: list[str] = []
    for _ in range(20):
        story.append(play.step())
        play.check((seed, story))


def test_who_is_issued_certificates() -> None:
    desk = Desk()
    truths = (False, True)
    situations = [
        (policy, interface, SubscriberFacts(*facts), lenient)
        for policy, interface, facts, lenient in product(
            (DEVICE, ORGANISATION), Interface, product(truths, repeat=4), truths
        )
    ]
    for (policy, interface, facts, lenient), switches in mixed(situations * 3, 5):
        desk.world.switch_on(*switches)
        desk.reopen(dcc_reading=lenient)
        desk.declare(facts)
        expected = certificate_refusals(
            device=policy is DEVICE,
            uept=facts.uept_done,
            srept=facts.srept_done,
            spoti=interface is Interface.SPOTI,
            evidence=facts.installs_devices,
            leaving=facts.leaving,
            dcc_reading=lenient,
            on=switches,
        )
        where = policy, interface, facts, lenient, switches
        assert desk.apply(policy, interface) == (", ".join(expected) or "granted"), where
        assert bool(desk.send(policy, interface).certificate) is not bool(expected), where


def gpf_in(found: str, operator: str) -> GasHome:
    """A GPF in whose cells the broker, the right transporter or another is."""
    leaver, only_day = user_id(20), DateRange(None, date(2026, 1, 5))
    home = GasHome(handed_over=False)
    row = PartyRow(Mpid("GTL"), UserRole.GT, "Leaver", leaver, dcc_user=True, dcc_user_dates=only_day)
    home.dcc.parties.add(row)
    home.dcc.registration.add_gas(MPRN, GasRecord(Mpid(operator), supplier=Mpid("SUPA")))
    users: dict[str, Eui64] = {"GTA": TRANSPORTER, "GTL": leaver}
    if found != "broker":
        owner = users[operator] if found == "right" else OTHER_TRANSPORTER
        assert home.give_to(owner) == "I0"
    home.dcc.cell_sightings = CellSightings()
    assert home.report() == "I0"
    return home


@pytest.mark.parametrize("found", ["right", "broker", "another"])
@pytest.mark.parametrize("available", [True, False])
@pytest.mark.parametrize("dcc_user", [True, False])
def test_who_has_to_be_in_the_slots_of_a_gas_proxy_function(
    found: str, available: bool, dcc_user: bool
) -> None:
    operator = "GTA" if dcc_user else "GTL"
    home = gpf_in(found, operator)
    owner = TRANSPORTER if dcc_user else user_id(20)
    credentials = home.client(owner).credentials
    if not available:
        home.revoke(credentials.signing)
        home.revoke(credentials.agreement)
    over = deadline_after(START) + timedelta(microseconds=1)
    for switches in MIXTURES:
        home.switch_on(*switches)
        rows = [row for row in post_commissioning_report(home.dcc, over) if row.device_id == GPF]
        expected = slot_result(found, available=available, dcc_user=dcc_user, on=switches)
        assert [row.result.value for row in rows] == [expected] * 2, switches


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2019-11-06", ""),
        ("2019-11-07", "mp074"),
        ("2019-11-21", "mp074"),
        ("2022-11-02", "mp074 mp128b"),
        ("2022-11-03", "mp074 mp107.dsp mp107.s1sp mp128b"),
        ("2023-06-28", "mp074 mp107.dsp mp107.s1sp mp128b"),
        ("2023-06-29", "mp074 mp107.dsp mp107.s1sp mp128a mp128b"),
        ("2030-01-01", "mp074 mp107.dsp mp107.s1sp mp128a mp128b"),
    ],
)
def test_a_release_has_what_has_gone_live_by_its_day(day: str, names: str) -> None:
    """SECMP0063 never has, and comes with no day."""
    switches = release_at(date.fromisoformat(day)).modifications
    assert " ".join(sorted(item.value for item in switches)) == names
