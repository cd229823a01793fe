"""Story: a supplier places the wrong network operator's certificate, with SECMP0063 and without.

By 6.21 it lands, unless SECMP0063 is on and the MPAN's operator is known. By 6.15.1 it lands nowhere but on a
meter that has the supplier's own certificate in the network operator's cell: elsewhere the DCC passes it on,
and the device stays silent (E21).
"""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    ESME,
    ESME_OF_NOBODY,
    ESME_WITH_PREFIX,
    ESME_WITHOUT_MPAN,
    OPERATOR,
    OTHER_OPERATOR,
    SUPPLIER,
    TRANSPORTER,
)
from secmp0063_worlds import Bench, handover, update

from dcc.modifications import Modification
from devices import cells
from devices.gbcs.identifiers import Eui64
from scenarios.test_bed import ACB_ID

OFF: Final[tuple[Modification, ...]] = ()
ON: Final = (Modification.SECMP0063,)
LANDED: Final = "I99 I0"
LANDED_BY_UPDATE: Final = "I0 I99 I0"
SILENT: Final = "I0 I99 E21"

WRONG: Final = (OTHER_OPERATOR, TRANSPORTER)

meters = pytest.mark.parametrize(
    ("meter", "known"),
    [(ESME, True), (ESME_WITH_PREFIX, True), (ESME_WITHOUT_MPAN, False), (ESME_OF_NOBODY, False)],
    ids=["registered", "known by prefix", "no MPAN", "nobody known"],
)
wrong = pytest.mark.parametrize("owner", WRONG, ids=["distributor", "transporter"])
switches = pytest.mark.parametrize("modifications", [OFF, ON], ids=["off", "on"])


def suppliers_own_in_the_operators_cell(bench: Bench, meter: Eui64) -> None:
    """How it came there is not asked: no way through the DCC leads to it."""
    device = bench.device(meter)
    own = bench.world.client(SUPPLIER).credentials.signing
    store = device.store.with_cells({cells.NETWORK_OPERATOR_SIGNING: own})
    device.state = device.state._replace(store=store)


@switches
@wrong
@meters
def test_by_handover(
    meter: Eui64, known: bool, owner: Eui64, modifications: tuple[Modification, ...]
) -> None:
    bench = Bench(*modifications)
    played = handover(owner, target=meter)(bench)
    stopped = known and modifications == ON
    assert played == ("SIM-E062190" if stopped else LANDED)
    assert bench.holder(meter) == (ACB_ID if stopped else owner)


@switches
@wrong
@meters
def test_by_update(meter: Eui64, known: bool, owner: Eui64, modifications: tuple[Modification, ...]) -> None:
    bench = Bench(*modifications)
    stopped = known and modifications == ON
    assert update(owner, target=meter)(bench) == ("SIM-E061590" if stopped else SILENT)
    assert bench.holder(meter) == ACB_ID


@switches
@wrong
@meters
def test_by_update_where_the_suppliers_own_is_in_the_cell(
    meter: Eui64, known: bool, owner: Eui64, modifications: tuple[Modification, ...]
) -> None:
    bench = Bench(*modifications)
    suppliers_own_in_the_operators_cell(bench, meter)
    stopped = known and modifications == ON
    assert update(owner, target=meter)(bench) == ("SIM-E061590" if stopped else LANDED_BY_UPDATE)
    assert bench.holder(meter) == (SUPPLIER if stopped else owner)


def test_the_right_one_gets_there_at_the_second_attempt() -> None:
    """A refusal costs an attempt and nothing more: the duty to place it stays, and can be done."""
    bench = Bench(*ON)
    assert handover(OTHER_OPERATOR)(bench) == "SIM-E062190"
    assert handover(OPERATOR)(bench) == LANDED
    assert bench.holder(ESME) == OPERATOR
    bench = Bench(*ON)
    suppliers_own_in_the_operators_cell(bench, ESME)
    assert update(OTHER_OPERATOR)(bench) == "SIM-E061590"
    assert update(OPERATOR)(bench) == LANDED_BY_UPDATE
    assert bench.holder(ESME) == OPERATOR


def test_what_was_placed_while_the_mpan_was_unknown_is_put_right_by_its_owner() -> None:
    """SECMP0063 stops the supplier from mending it by 6.15.1, and never the operator in the cell."""
    bench = Bench(*ON)
    assert handover(OTHER_OPERATOR, target=ESME_OF_NOBODY)(bench) == LANDED
    assert update(OPERATOR, SUPPLIER, ESME_OF_NOBODY)(bench) == SILENT
    assert update(OPERATOR, OTHER_OPERATOR, ESME_OF_NOBODY)(bench) == LANDED_BY_UPDATE
    assert bench.holder(ESME_OF_NOBODY) == OPERATOR
