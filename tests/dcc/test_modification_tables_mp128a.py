"""MP128A by its decision table: every row through the DSP on octets with a real GPF, off and on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import pytest
from dcc_worlds import ESME, GPF, MPRN, OPERATOR, SUPPLIER, TRANSPORTER, with_change
from gas_operator_worlds import MINUTE, NEXT_TRANSPORTER, GasHome

from dcc.access_control_broker import AcbCounters
from dcc.decision_tables.model import DecisionRow
from dcc.decision_tables.mp128a import TABLE
from dcc.identifiers import Mpid
from dcc.modifications import Modification
from dcc.registration import GasRecord
from dcc.service_responses import DeviceResponse
from dcc.world import LocalDelivery
from devices import cells
from devices.gbcs.credentials import CellContent, RetrieveCredentialsResponse
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole
from devices.gbcs.message import parse
from devices.gbcs.payloads import decode_payload
from devices.trust_anchor import holder

Switches = Iterable[Modification]
SIGNING: Final = cells.NETWORK_OPERATOR_SIGNING
AGREEMENT: Final = cells.NETWORK_OPERATOR_AGREEMENT


def told(home: GasHome, code: str, numbers: dict[str, int], target: Eui64 = GPF) -> str:
    """What has come of a service: who is in the cell, and which of the numbers is recorded."""
    record = home.recorded(target)
    names = [name for name, number in numbers.items() if record and record.no_cell_floor == number]
    kept = "nothing" if record is None else names[0] if names else "something else"
    return f"{code}: {home.holder(target=target)} in the cell, {kept} recorded"


def swapped(switches: Switches, counters: AcbCounters = AcbCounters.PER_DEVICE) -> tuple[GasHome, int]:
    """A home whose operator has gone by row 1, and its C."""
    home = GasHome(switches, counters)
    assert home.swap() == "I0"
    return home, home.last_number


def new_operator(home: GasHome, c: int) -> str:
    """6.21 with the next operator's certificates, and under which number it went out."""
    home.last_number = 0
    told_so = told(home, home.give_to(NEXT_TRANSPORTER), {"C": c})
    number = {0: "none", c + 1: "C + 1"}.get(home.last_number, "D")
    return f"{told_so}, {number} sent"


def row_1(switches: Switches) -> str:
    outcomes = []
    for full in ((), (AGREEMENT,)):
        home = GasHome(switches)
        home.without_memory(*full)
        outcomes.append(told(home, home.swap(), {"C": home.last_number}))
        assert (home.holder(AGREEMENT) == "the operator") is bool(full)
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


def row_2(switches: Switches) -> str:
    failing, silent = GasHome(switches), GasHome(switches)
    failing.without_memory(SIGNING)
    outcomes = [told(failing, failing.swap(), {}), told(silent, silent.swap(delivered=False), {})]
    assert failing.holder(AGREEMENT) == "the broker"
    return "; ".join(outcomes)


def row_3(switches: Switches) -> str:
    """With an old record, which a lost answer may leave behind, and without."""
    outcomes = []
    for with_old_record in (False, True):
        home = GasHome(switches)
        if with_old_record:
            source = home.swap_request().request_id
            home.dcc.originator_counters.record(GPF, source.counter, home.now, source)
        code = home.follow(home.update(NEXT_TRANSPORTER, TRANSPORTER, GPF))
        if with_old_record and Modification.MP128A not in switches:
            assert home.recorded() is not None
            home.dcc.originator_counters.clear(GPF)
        outcomes.append(told(home, code, {}))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


def row_4(switches: Switches) -> str:
    home = GasHome(switches)
    return told(home, home.swap(SUPPLIER), {})


def row_5(switches: Switches) -> str:
    """D far below C, and equal to it: the broker has sent one command, the operator's number is 2."""
    home, c = swapped(switches)
    outcome = new_operator(home, c)
    equal = GasHome(switches)
    assert equal.swap(counter=2) == "I0"
    found = new_operator(equal, 2)
    assert found == outcome
    return outcome


def row_6(switches: Switches) -> str:
    """A broker that counts in milliseconds, as the operator does; and one that is a single number ahead."""
    home, c = swapped(switches, AcbCounters.EPOCH_MILLISECONDS)
    outcome = new_operator(home, c)
    assert home.last_number > c + 1
    ahead = GasHome(switches)
    assert ahead.swap(counter=2) == "I0"
    ahead.bed.dsp.broker.next_counter(GPF, ahead.now)
    ahead.bed.dsp.broker.next_counter(GPF, ahead.now)
    assert new_operator(ahead, 2) == outcome
    assert ahead.last_number == 4
    return outcome


def row_7(switches: Switches) -> str:
    return new_operator(GasHome(switches), 0)


def row_8(switches: Switches) -> str:
    outcomes = []
    for offset in (1000, -1000):
        home = GasHome(switches)
        c = home.swap_request().request_id.counter + 1
        outcomes.append(told(home, home.swap(floor=c + offset), {"C": c, "F": c + offset}))
        assert (home.last_number, home.number_on_device()) == (c, c + offset)
    return "; ".join(dict.fromkeys(outcomes))


def row_9(switches: Switches) -> str:
    """Of itself the DCC gives commands for delivery on site to suppliers alone (E17, assumed)."""
    home = GasHome(switches)
    assert home.follow(home.swap_request(), on_site=True) == "E17"
    home.dcc.local_delivery = LocalDelivery.NETWORK_PARTIES_TOO
    assert home.follow(home.swap_request(), on_site=True) == "I0"
    assert home.holder() == "the broker"
    before = "nothing" if home.recorded() is None else "something"
    assert home.return_from_site() == "I99"
    return f"{before} recorded before 8.13; {told(home, 'I0', {'C': home.last_number})}"


def row_10(switches: Switches) -> str:
    home = GasHome(switches)
    request = with_change(home.swap_request(), execution_date_time=home.now + MINUTE)
    return told(home, home.follow(request), {})


def row_11(switches: Switches) -> str:
    """The DCC refuses; where the broker is in the cell all the same, as from the factory, nothing is kept."""
    home = GasHome(switches)
    assert home.holder(target=ESME) == "the broker"
    assert home.report(ESME) == "I0"
    assert home.recorded(ESME) is None
    assert home.give_to(OPERATOR, ESME) == "I0"
    assert home.last_number == 2
    code = home.swap(OPERATOR, ESME)
    return told(home, code, {}, ESME)


def row_12(switches: Switches) -> str:
    both = {*switches, Modification.SECMP0063_GPF}
    other, c = swapped(both)
    first = new_operator(other, c)
    registered, c = swapped(both)
    registered.dcc.registration.add_gas(MPRN, GasRecord(Mpid("GTB"), supplier=Mpid("SUPA")))
    return f"{first}; {new_operator(registered, c)}"


def row_13(switches: Switches) -> str:
    home, c = swapped(switches)
    home.dcc.originator_counters.clear(GPF)
    code = home.report()
    assert home.last_answer is not None
    assert isinstance(home.last_answer.body, DeviceResponse)
    report = decode_payload(parse(home.last_answer.body.gbcs))
    assert isinstance(report, RetrieveCredentialsResponse)
    (role,) = report.roles
    assert role.role is RemotePartyRole.NETWORK_OPERATOR
    assert role.counter == c
    content = CellContent(
        KeyUsage.DIGITAL_SIGNATURE, SIGNING.cell_usage, *holder(home.bed.dcc_certificates.acb_signing)
    )
    assert content in (role.cells or ())
    return told(home, code, {"C": c}).replace("in the cell", "and C reported")


PLAYS: Final[dict[int, Callable[[Switches], str]]] = {
    1: row_1,
    2: row_2,
    3: row_3,
    4: row_4,
    5: row_5,
    6: row_6,
    7: row_7,
    8: row_8,
    9: row_9,
    10: row_10,
    11: row_11,
    12: row_12,
    13: row_13,
}


@pytest.mark.parametrize("row", TABLE.rows_held_by_tests(), ids=TABLE.row_id)
def test_row(row: DecisionRow) -> None:
    """Each column in a world of its own."""
    found = [PLAYS[row.number](column.switches) for column in TABLE.columns]
    assert tuple(found) == row.outcomes


def test_every_row_is_held() -> None:
    assert [row.number for row in TABLE.rows_held_by_tests()] == list(PLAYS)
