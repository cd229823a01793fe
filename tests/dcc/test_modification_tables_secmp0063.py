"""SECMP0063 by its decision table: each row on documents and octets, from the User to the device's cells.

Every row is played under every column of the table, in as many variants as the row has readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

import pytest
from dcc_worlds import (
    CHF,
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    HCALCS,
    MPAN,
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_TRANSPORTER,
    PPMID,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    World,
)
from secmp0063_worlds import (
    Bench,
    Play,
    brokers,
    handover,
    suppliers_as_operator,
    suppliers_own,
    update,
)
from smets1_worlds import Smets1World

from dcc import recovery
from dcc.access_control_broker import DccSignatory
from dcc.decision_tables.model import DecisionRow
from dcc.decision_tables.secmp0063 import TABLE
from dcc.identifiers import Mpid
from dcc.inventory_status import DeviceStatus
from dcc.modifications import Modification
from dcc.registration import ElectricityRecord
from devices import cells
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import Replacement, ReplacementMode, UpdateCredentials
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode
from scenarios.test_bed import ACB_ID, RECOVERY_ID

I061590: Final = "SIM-E061590"
I062190: Final = "SIM-E062190"


class Case(NamedTuple):
    """One reading of a row: what is done, and what comes of it off, on, and with the variant for gas alone.

    ``given`` is done before, without any modification. ``places`` says whose certificates are in the network
    operator's cells where the device obeyed; by default nobody looks.
    """

    name: str
    play: Play
    codes: tuple[str, str, str]
    given: Play | None = None
    target: Eui64 = ESME
    places: Eui64 | None = None


def unchanged(codes: str) -> tuple[str, str, str]:
    return codes, codes, codes


def registered_elsewhere(world: World) -> None:
    """Between the two calls the MPAN goes to another network operator."""
    record = ElectricityRecord(Mpid("EMEB"), Mpid("SUPA"), effective_from=date(2026, 1, 5))
    world.dcc.registration.add_electricity(MPAN, record)


DONE: Final = "I0 I99 I0"
IN_VAIN: Final = "I0 I99 E21"
PLACED: Final = "I99 I0"
HELD_BY_OPERATOR: Final = handover(OPERATOR)
HELD_BY_TRANSPORTER: Final = handover(TRANSPORTER, target=GPF)


def by_recovery(target: Eui64, certificates: Callable[[World], tuple[bytes, bytes]]) -> Play:
    """The DCC's recovery: a command of its own straight to the device, whose status follows."""

    def play(bench: Bench) -> str:
        world = bench.world
        bench.device(target)
        recovery.begin(world.dcc, target, world.now)
        signatory = DccSignatory(RECOVERY_ID, world.bed.recovery.key, world.bed.provider)
        message = signatory.sign(recovery_command(world, target, certificates(world)))
        effects = bench.device(target).receive(encode(message), world.now)
        assert effects.accepted, effects.entry
        recovery.replaced_by_broker(world.dcc, target, (), (), world.now)
        assert world.dcc.inventory.device(target).status is DeviceStatus.RECOVERED
        return "recovered"

    return play


def recovery_command(world: World, target: Eui64, certificates: tuple[bytes, bytes]) -> Message:
    mode = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
    wanted = zip(
        certificates, (cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT), strict=True
    )
    payload = UpdateCredentials(
        mode=mode,
        authorising_cell=cells.RECOVERY,
        counter=OriginatorCounter(1),
        replacements=tuple(Replacement(der, cell) for der, cell in wanted),
        path_certificates=(world.bed.smki.issuer.certificate.der,),
    )
    header = GroupingHeader(
        Cra.COMMAND,
        OriginatorCounter(1),
        RECOVERY_ID,
        target,
        OtherInformation(MessageCode(mode.message_code)),
    )
    return Message(header, credentials_codec.encode(payload))


def of(owner: Eui64) -> Callable[[World], tuple[bytes, bytes]]:
    def certificates(world: World) -> tuple[bytes, bytes]:
        credentials = world.client(owner).credentials
        return credentials.signing.der, credentials.agreement.der

    return certificates


def suppliers(role_play: Play) -> Play:
    """Certificates of the supplier in its own cells, which have to hold them by then."""

    def play(bench: Bench) -> str:
        codes = role_play(bench)
        assert bench.holder(ESME, SUPPLIER_ROLE) == SUPPLIER
        return codes

    return play


def smets1(*, registered: bool) -> Play:
    """A supplier that owns the notified certificate of the operator's slot, on a SMETS1 meter."""

    def play(bench: Bench) -> str:
        world = Smets1World(*bench.world.dcc.modifications)
        world.place(SUPPLIER)
        world.register(supplier="SUPA" if registered else "SUPB")
        return world.exchange(world.update(SUPPLIER, OTHER_OPERATOR)).code

    return play


CASES: Final[dict[int, tuple[Case, ...]]] = {
    1: (Case("not the supplier's cell", update(OPERATOR), unchanged(IN_VAIN), places=ACB_ID),),
    2: (
        Case("a distributor", update(OTHER_OPERATOR), (IN_VAIN, I061590, IN_VAIN)),
        Case("a gas transporter", update(TRANSPORTER), (IN_VAIN, I061590, IN_VAIN)),
    ),
    3: (
        Case(
            "the MPAN goes to another",
            update(OPERATOR, between=registered_elsewhere),
            (IN_VAIN, f"I0 {I061590}", IN_VAIN),
        ),
    ),
    4: (
        Case("no MPAN", update(OTHER_OPERATOR, target=ESME_WITHOUT_MPAN), unchanged(IN_VAIN)),
        Case(
            "no MPAN, 6.21",
            handover(OTHER_OPERATOR, target=ESME_WITHOUT_MPAN),
            unchanged(PLACED),
            target=ESME_WITHOUT_MPAN,
            places=OTHER_OPERATOR,
        ),
        Case("nobody's", update(OTHER_OPERATOR, target=ESME_OF_NOBODY), unchanged(IN_VAIN)),
        Case(
            "nobody's, 6.21",
            handover(OTHER_OPERATOR, target=ESME_OF_NOBODY),
            unchanged(PLACED),
            target=ESME_OF_NOBODY,
            places=OTHER_OPERATOR,
        ),
    ),
    5: (
        Case("its own", update(OPERATOR, OPERATOR), unchanged(DONE), HELD_BY_OPERATOR, places=OPERATOR),
        Case(
            "another's by mistake",
            update(OTHER_OPERATOR, OPERATOR),
            unchanged(DONE),
            HELD_BY_OPERATOR,
            places=OTHER_OPERATOR,
        ),
        Case(
            "put right by the one in the cell",
            update(OPERATOR, OTHER_OPERATOR),
            unchanged(DONE),
            handover(OTHER_OPERATOR),
            places=OPERATOR,
        ),
        Case("nothing to do with the meter", update(OTHER_OPERATOR, OTHER_OPERATOR), unchanged(IN_VAIN)),
    ),
    6: (
        Case("6.21", suppliers(handover(SUPPLIER)), unchanged(PLACED)),
        Case("6.15.1", suppliers(update(SUPPLIER)), unchanged(DONE), handover(SUPPLIER)),
    ),
    7: (Case("the registered one", handover(OPERATOR), unchanged(PLACED), places=OPERATOR),),
    8: (
        Case("a distributor", handover(OTHER_OPERATOR), (PLACED, I062190, PLACED), places=OTHER_OPERATOR),
        Case("a gas transporter", handover(TRANSPORTER), (PLACED, I062190, PLACED), places=TRANSPORTER),
    ),
    9: (
        Case(
            "the registered one",
            handover(TRANSPORTER, target=GPF),
            unchanged(PLACED),
            target=GPF,
            places=TRANSPORTER,
        ),
        Case(
            "another transporter",
            handover(OTHER_TRANSPORTER, target=GPF),
            (PLACED, PLACED, I062190),
            target=GPF,
            places=OTHER_TRANSPORTER,
        ),
    ),
    10: (
        Case("the registered one", update(TRANSPORTER, SUPPLIER, GPF), unchanged(IN_VAIN)),
        Case("another transporter", update(OTHER_TRANSPORTER, SUPPLIER, GPF), unchanged(IN_VAIN)),
    ),
    11: (
        Case(
            "its own",
            update(TRANSPORTER, TRANSPORTER, GPF),
            unchanged(DONE),
            HELD_BY_TRANSPORTER,
            GPF,
            TRANSPORTER,
        ),
        Case(
            "another's",
            update(OTHER_TRANSPORTER, TRANSPORTER, GPF),
            unchanged(DONE),
            HELD_BY_TRANSPORTER,
            GPF,
            OTHER_TRANSPORTER,
        ),
        Case(
            "the broker's",
            update(brokers, TRANSPORTER, GPF),
            unchanged(DONE),
            HELD_BY_TRANSPORTER,
            GPF,
            ACB_ID,
        ),
    ),
    12: (
        Case("an operator's, 6.15.1", update(OTHER_TRANSPORTER, target=GSME), unchanged("E061501")),
        Case("an operator's, 6.21", handover(OTHER_TRANSPORTER, target=GSME), unchanged("E062101")),
        Case("the supplier's, 6.21", handover(SUPPLIER, target=GSME), unchanged(PLACED)),
        Case(
            "the supplier's, 6.15.1",
            update(SUPPLIER, target=GSME),
            unchanged(DONE),
            handover(SUPPLIER, target=GSME),
        ),
    ),
    13: (
        Case(
            "the broker's",
            by_recovery(ESME, brokers),
            unchanged("recovered"),
            HELD_BY_OPERATOR,
            places=ACB_ID,
        ),
        Case(
            "another operator's",
            by_recovery(ESME, of(OTHER_OPERATOR)),
            unchanged("recovered"),
            HELD_BY_OPERATOR,
            places=OTHER_OPERATOR,
        ),
        Case(
            "the broker's on a GPF",
            by_recovery(GPF, brokers),
            unchanged("recovered"),
            HELD_BY_TRANSPORTER,
            GPF,
            ACB_ID,
        ),
    ),
    14: (
        Case("a supplier's", update(suppliers_own), unchanged("SIM-PSC")),
        Case("a supplier's, 6.21", handover(suppliers_own), unchanged("SIM-PSC")),
        Case("an operator's of a supplier", update(suppliers_as_operator), unchanged("SIM-PSC")),
        Case("an operator's of a supplier, 6.21", handover(suppliers_as_operator), unchanged("SIM-PSC")),
        Case("the broker's", update(brokers), unchanged("SIM-PSC")),
    ),
    15: (
        Case("registered", smets1(registered=True), unchanged("I0")),
        Case("not registered", smets1(registered=False), unchanged("E4")),
    ),
    16: (
        Case("HCALCS", update(OPERATOR, target=HCALCS), unchanged("E061501")),
        Case("HCALCS, 6.21", handover(OPERATOR, target=HCALCS), unchanged("E062101")),
        Case("PPMID", update(OPERATOR, target=PPMID), unchanged("E11")),
        Case("PPMID, 6.21", handover(OPERATOR, target=PPMID), unchanged("E11")),
        Case("CHF", update(OPERATOR, target=CHF), unchanged("E11")),
        Case("CHF, 6.21", handover(OPERATOR, target=CHF), unchanged("E11")),
    ),
    17: (
        Case(
            "renews its own",
            update(TRANSPORTER, TRANSPORTER),
            unchanged("E061501"),
            handover(TRANSPORTER),
            places=TRANSPORTER,
        ),
        Case(
            "puts the true operator in",
            update(OPERATOR, TRANSPORTER),
            unchanged("E061501"),
            handover(TRANSPORTER),
            places=TRANSPORTER,
        ),
    ),
}
ACKNOWLEDGED: Final = {"I0", "I99", "E21", "recovered"}


@pytest.mark.parametrize("row", TABLE.rows_held_by_tests(), ids=TABLE.row_id)
def test_row(row: DecisionRow) -> None:
    for column, outcome in zip(TABLE.columns, row.outcomes, strict=True):
        place = TABLE.columns.index(column)
        for case in CASES[row.number]:
            where = f"row {row.number}, {column.heading}, {case.name}"
            played = playing(case, column.switches, where)
            assert played == case.codes[place], where
            check_said(outcome, played, where)


def playing(case: Case, switches: frozenset[Modification], where: str) -> str:
    """What the case comes to; a refused request has changed no cell, one obeyed the right one."""
    bench = Bench()
    if case.given is not None:
        assert case.given(bench).endswith("I0"), where
    bench.world.switch_on(*switches)
    before = holder(bench, case.target)
    played = case.play(bench)
    obeyed = played.endswith((" I0", "recovered"))
    if case.places is not None:
        assert holder(bench, case.target) == (case.places if obeyed else before), where
    return played


def holder(bench: Bench, target: Eui64) -> Eui64:
    return bench.holder(target, NETWORK_OPERATOR)


def check_said(outcome: str, played: str, where: str) -> None:
    """The table says the code that the User got; a row that is unchanged names none."""
    named = set(re.findall(r"SIM-[A-Z0-9]+|[EI][0-9]+", outcome))
    told = played.split()
    if named:
        assert named & set(told), where
        assert set(told) - ACKNOWLEDGED <= named, where


def test_the_cases_are_those_of_the_rows_that_are_held() -> None:
    assert set(CASES) == {row.number for row in TABLE.rows_held_by_tests()}


@pytest.mark.parametrize("number", CASES)
def test_both_switches_together_do_what_each_does_alone(number: int) -> None:
    both = frozenset({Modification.SECMP0063, Modification.SECMP0063_GPF})
    for case in CASES[number]:
        off, on, gas = case.codes
        assert playing(case, both, f"row {number}, {case.name}") == (on if on != off else gas)
