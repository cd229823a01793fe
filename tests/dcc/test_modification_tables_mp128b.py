"""MP128B by its table: real gas proxy functions whose cells are read by 6.24.1, before and after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import pytest
from dcc_worlds import GPF, MPRN, OTHER_TRANSPORTER, START, SUPPLIER, TRANSPORTER, user_id
from gas_operator_worlds import GasHome

from dcc.cell_sightings import CellSightings
from dcc.dates import DateRange
from dcc.decision_tables.model import DecisionRow
from dcc.decision_tables.mp128b import TABLE
from dcc.identifiers import Mpid
from dcc.parties import PartyRow, UserRole
from dcc.post_commissioning import post_commissioning_report
from dcc.registration import GasRecord
from dcc.working_days import deadline_after
from devices.gbcs.identifiers import Eui64

LEAVER: Final = user_id(20)
OVER: Final = deadline_after(START) + timedelta(microseconds=1)


def home(operator: str = "GTA") -> GasHome:
    """A GPF as the factory made it; ``GTL`` is a DCC User on the first day alone."""
    made = GasHome(handed_over=False)
    only_day = DateRange(None, date(2026, 1, 5))
    made.dcc.parties.add(
        PartyRow(Mpid("GTL"), UserRole.GT, "Transporter L", LEAVER, dcc_user=True, dcc_user_dates=only_day)
    )
    made.dcc.registration.add_gas(MPRN, GasRecord(Mpid(operator), supplier=Mpid("SUPA")))
    return made


def held_by(owner: Eui64, operator: str) -> GasHome:
    made = home(operator)
    assert made.give_to(owner) == "I0"
    return made


def row_1() -> list[GasHome]:
    return [held_by(TRANSPORTER, "GTA")]


def row_2() -> list[GasHome]:
    """Its certificates are revoked, as those of a party that leaves."""
    made = held_by(LEAVER, "GTL")
    credentials = made.client(LEAVER).credentials
    for certificate in (credentials.signing, credentials.agreement):
        made.revoke(certificate)
    return [made]


def row_3() -> list[GasHome]:
    """Never a subscriber, or one whose certificates are all revoked."""
    revoked = home("GTA")
    credentials = revoked.client(TRANSPORTER).credentials
    for certificate in (credentials.signing, credentials.agreement):
        revoked.revoke(certificate)
    return [home("GTB"), revoked]


def row_4() -> list[GasHome]:
    made = home("GTA")
    made.client(TRANSPORTER)
    return [made]


def row_5() -> list[GasHome]:
    return [held_by(OTHER_TRANSPORTER, "GTA"), held_by(TRANSPORTER, "GTL"), held_by(LEAVER, "GTB")]


def row_6() -> list[GasHome]:
    made = home("GTL")
    made.client(LEAVER)
    return [made]


MADE: Final[dict[int, Callable[[], list[GasHome]]]] = {
    1: row_1,
    2: row_2,
    3: row_3,
    4: row_4,
    5: row_5,
    6: row_6,
}


@pytest.mark.parametrize("row", TABLE.rows_held_by_tests(), ids=TABLE.row_id)
def test_row(row: DecisionRow) -> None:
    """The DCC knows of the cells what 6.24.1 has told, and nothing else."""
    for made in MADE[row.number]():
        made.dcc.cell_sightings = CellSightings()
        assert made.report() == "I0"
        for column, outcome in zip(TABLE.columns, row.outcomes, strict=True):
            made.switch_on(*column.switches)
            assert [verdict(made, slot) for slot in (0, 1)] == [outcome] * 2


def verdict(made: GasHome, slot: int) -> str:
    rows = [row for row in post_commissioning_report(made.dcc, OVER) if row.device_id == GPF]
    assert len(rows) == 2
    row = rows[slot]
    assert row.supplier_id == SUPPLIER
    is_flag = row.result.value == "met" and row.reason
    return f"{row.result.value}: {row.reason}" if is_flag else row.result.value


def test_every_row_is_held() -> None:
    assert [row.number for row in TABLE.rows_held_by_tests()] == list(MADE)
