"""MP074 by its decision table: every row through the registration authority with real PKCS#10."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, NamedTuple

import pytest
from dcc_worlds import ESME, NOW, SUPPLIER
from registration_desk import DEVICE, ORGANISATION, Desk

from dcc.decision_tables.model import DecisionRow
from dcc.decision_tables.mp074 import TABLE
from dcc.modifications import Modification
from dcc.smki.repository import CertificateStatus
from dcc.smki.subscribers import CertificatePolicy, Interface, SubscriberFacts
from devices.gbcs.identifiers import KeyUsage

Switches = Iterable[Modification]
EITHER: Final = (True, False)
YES: Final = (True,)
NO: Final = (False,)
SPOTI: Final = (Interface.SPOTI,)
GATEWAY: Final = tuple(interface for interface in Interface if interface.over_gateway)


class Situations(NamedTuple):
    """All that a row's words stand for."""

    policies: tuple[CertificatePolicy, ...] = (DEVICE,)
    uept: tuple[bool, ...] = YES
    interfaces: tuple[Interface, ...] = GATEWAY
    evidence: tuple[bool, ...] = YES
    srept: bool = True
    leaving: bool = False

    def applicants(self) -> Iterator[tuple[CertificatePolicy, Interface, SubscriberFacts]]:
        chosen = product(self.policies, self.interfaces, self.uept, self.evidence)
        for policy, interface, uept, evidence in chosen:
            yield policy, interface, SubscriberFacts(uept, self.srept, evidence, self.leaving)


ANYBODY: Final = Situations((ORGANISATION,), EITHER, tuple(Interface), EITHER)
ROWS: Final = {
    1: Situations(),
    2: Situations(evidence=NO),
    3: Situations(uept=NO),
    4: Situations(interfaces=SPOTI),
    5: Situations(uept=NO, interfaces=SPOTI, evidence=EITHER),
    6: ANYBODY,
    7: ANYBODY._replace(policies=(DEVICE, ORGANISATION), srept=False),
    8: ANYBODY._replace(leaving=True),
}


def issued(desk: Desk, policy: CertificatePolicy, interface: Interface) -> str:
    """What comes of a request: a certificate that holds, is for the key asked, and lies there pending."""
    decision = desk.send(policy, interface)
    if decision.certificate is None:
        assert decision.fault is None, decision.fault
        return "refused: " + ", ".join(reason.value for reason in decision.refusals)
    certificate, dcc = decision.certificate, desk.world.dcc
    anchors = dcc.device_anchors if policy is DEVICE else dcc.anchors
    path = dcc.validator.validate(certificate.der, [item.der for item in dcc.issuers], anchors, NOW)
    assert path.ok, path
    assert certificate.subject == (ESME if policy is DEVICE else SUPPLIER)
    assert certificate.key_usage is KeyUsage.DIGITAL_SIGNATURE
    assert desk.status(certificate) is CertificateStatus.PENDING
    return "issued"


def outcome(
    desk: Desk,
    policy: CertificatePolicy,
    interface: Interface,
    facts: SubscriberFacts,
    *,
    dcc_reading: bool = False,
) -> str:
    """Application and then request by one interface; nothing is issued before the application is granted."""
    desk.reopen(dcc_reading=dcc_reading)
    desk.declare(facts)
    held = len(desk.world.dcc.repository)
    told = desk.apply(policy, interface)
    if told == "granted":
        return issued(desk, policy, interface)
    assert issued(desk, policy, interface) == "refused: not_subscriber"
    assert len(desk.world.dcc.repository) == held
    return f"refused: {told}"


@pytest.mark.parametrize("row", TABLE.rows_held_by_tests(), ids=TABLE.row_id)
def test_row(row: DecisionRow) -> None:
    """Every situation that the row's words cover, in a world for each column; row 2 by both readings."""
    for column, expected in zip(TABLE.columns, row.outcomes, strict=True):
        desk = Desk(column.switches)
        required, _, by_dcc = expected.partition("; ")
        for policy, interface, facts in ROWS[row.number].applicants():
            assert outcome(desk, policy, interface, facts) == required, (column, interface, facts)
            lenient = outcome(desk, policy, interface, facts, dcc_reading=True)
            assert lenient == (by_dcc.removesuffix(" by the DCC's reading") or required), (column, facts)


def test_every_row_is_held() -> None:
    assert [row.number for row in TABLE.rows_held_by_tests()] == list(ROWS)


@pytest.mark.parametrize(
    ("switches", "expected"),
    [((), "issued"), ((Modification.MP074,), "issued"), ((Modification.MP128A,), "refused: leaving")],
)
@pytest.mark.parametrize("interface", Interface)
def test_a_subscriber_that_leaves_later_gets_no_more_by_mp128a_alone(
    switches: Switches, expected: str, interface: Interface
) -> None:
    """Row 8 for one that is an Authorised Subscriber already."""
    desk = Desk(switches)
    desk.declare(SubscriberFacts(srept_done=True))
    assert desk.apply(ORGANISATION, interface) == "granted"
    assert issued(desk, ORGANISATION, interface) == "issued"
    desk.declare(SubscriberFacts(srept_done=True, leaving=True))
    assert issued(desk, ORGANISATION, interface) == expected
