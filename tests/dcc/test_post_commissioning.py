"""The Post Commissioning report: results by time and owner, settings, and the three forms it comes in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    ESME,
    ESME_OF_HOLDERS,
    ESME_OF_NOBODY,
    ESME_WITH_PREFIX,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    MPAN,
    MPRN,
    OPERATOR,
    OTHER_OPERATOR,
    START,
    SUPPLIER,
    TRANSPORTER,
)
from gas_operator_worlds import NEXT_TRANSPORTER, GasHome

from dcc.errors import DccValueError
from dcc.identifiers import Mpid
from dcc.inventory_status import StatusCause
from dcc.modifications import Modification
from dcc.post_commissioning import (
    SHORT,
    PostCommissioningRow,
    ReportSettings,
    as_table,
    post_commissioning_report,
)
from dcc.registration import GasRecord
from dcc.report_tables import ReportTable, as_csv, as_json, as_text
from dcc.slot_obligations import Found, Slot, SlotResult, obligation
from dcc.working_days import Calendar
from devices import cells
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole

DUE: Final = datetime(2026, 1, 14, 23, 59, 59, 999999, tzinfo=UTC)  # Seven working days after Monday 5th.
TICK: Final = timedelta(microseconds=1)
DAY: Final = timedelta(days=1)
A, B = Modification.MP128A, Modification.MP128B


def home() -> GasHome:
    """Devices of the small DCC as they left the factory; their cells are read once."""
    made = GasHome(handed_over=False)
    for device in (ESME, GPF):
        assert made.report(device) == "I0"
    return made


def row_of(
    made: GasHome,
    at: datetime,
    device: Eui64 = GPF,
    slot: object = cells.NETWORK_OPERATOR_SIGNING,
    settings: ReportSettings | None = None,
) -> PostCommissioningRow:
    rows = post_commissioning_report(made.dcc, at, settings or ReportSettings())
    (row,) = [row for row in rows if row.device_id == device and row.slot == slot]
    return row


def result(made: GasHome, at: datetime, device: Eui64 = GPF) -> str:
    return row_of(made, at, device).result.value


def test_a_row_has_what_is_known_of_device_and_slot() -> None:
    made = home()
    made.give_to(TRANSPORTER)
    assert row_of(made, DUE) == (
        DUE, SUPPLIER, GPF, DeviceType.GPF, MPRN, START, DUE, cells.NETWORK_OPERATOR_SIGNING,
        "Transporter A", "Transporter A", made.now, SlotResult.MET, "",
    )  # fmt: skip
    assert row_of(made, DUE, ESME)[4:10] == (
        MPAN, START, DUE, cells.NETWORK_OPERATOR_SIGNING, "East and London Networks", "access control broker"
    )  # fmt: skip


def test_both_slots_of_network_operators_of_commissioned_meters_and_gas_proxies_are_reported() -> None:
    made = home()
    found = [(row.device_id, row.slot) for row in post_commissioning_report(made.dcc, made.now)]
    devices = (ESME, GPF, ESME_WITHOUT_MPAN, ESME_WITH_PREFIX, ESME_OF_NOBODY, ESME_OF_HOLDERS)
    both = (cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT)
    assert found == [(device, slot) for device in devices for slot in both]
    assert not {GSME, CHF} & {device for device, _ in found}


def test_what_is_not_due_yet_is_open() -> None:
    made = home()
    assert [result(made, at) for at in (made.now, DUE, DUE + TICK)] == ["open", "open", "breached"]


def test_in_time_and_late_by_a_microsecond() -> None:
    for at, expected in (
        (DUE - timedelta(minutes=1), "met"),
        (DUE - timedelta(minutes=1) + TICK, "met late"),
    ):
        made = home()
        made.now = at  # The device answers a minute later.
        assert made.give_to(TRANSPORTER) == "I0"
        assert row_of(made, made.now).replaced_at == made.now
        assert result(made, made.now + DAY) == expected


def test_a_report_of_an_earlier_day_does_not_know_what_came_later() -> None:
    made = home()
    made.now = DUE + DAY
    made.give_to(TRANSPORTER)
    row = row_of(made, DUE + TICK)
    assert (row.owner_found, row.result) == ("access control broker", SlotResult.BREACHED)
    assert result(made, made.now) == "met late"


def test_another_operators_certificate_is_no_fulfilment() -> None:
    made = home()
    made.give_to(NEXT_TRANSPORTER)
    row = row_of(made, DUE + TICK)
    assert (row.owner_expected, row.owner_found, row.result) == (
        "Transporter A", "Transporter B", SlotResult.BREACHED
    )  # fmt: skip
    assert row.reason == "certificate of another party"


def test_each_slot_is_judged_by_itself() -> None:
    made = GasHome(handed_over=False)
    made.without_memory(cells.NETWORK_OPERATOR_AGREEMENT)
    made.give_to(TRANSPORTER)
    made.report()
    results = [row_of(made, DUE + TICK, slot=slot).result for slot in (
        cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT
    )]  # fmt: skip
    assert results == [SlotResult.MET, SlotResult.BREACHED]


def test_of_a_device_that_has_told_nothing_nothing_is_known() -> None:
    made = GasHome(handed_over=False)
    row = row_of(made, DUE + TICK)
    assert (row.owner_found, row.replaced_at, row.result) == ("", None, SlotResult.BREACHED)
    assert row.reason == "no device has told who is in the slot"


def test_what_is_first_read_late_may_have_been_there_in_time() -> None:
    made = home()
    made.give_to(TRANSPORTER)
    made.dcc.cell_sightings = type(made.dcc.cell_sightings)()
    made.now = DUE + DAY
    made.report()
    row = row_of(made, made.now)
    assert (row.replaced_at, row.result) == (None, SlotResult.MET_LATE)
    assert row.reason == "first read after the time limit: when it was placed is not known"


def test_a_device_is_reported_while_it_is_commissioned() -> None:
    made = home()
    inventory = made.dcc.inventory
    assert not any(row.device_id == GPF for row in post_commissioning_report(made.dcc, START - TICK))
    inventory.change_status(CHF, StatusCause.HUB_REMOVED, made.now)
    inventory.change_status(GPF, StatusCause.HUB_REMOVED, made.now)
    assert not any(row.device_id == GPF for row in post_commissioning_report(made.dcc, made.now))


def test_the_operator_may_be_known_by_the_distributor_id_alone() -> None:
    made = home()
    expected = {
        ESME_WITH_PREFIX: ("East and London Networks", "breached"),
        ESME_OF_NOBODY: ("", "open"),
        ESME_OF_HOLDERS: ("", "open"),
        ESME_WITHOUT_MPAN: ("", "open"),
    }
    for device, (owner, outcome) in expected.items():
        row = row_of(made, DUE + TICK, device)
        assert (row.owner_expected, row.result.value) == (owner, outcome)


# Operators that change


def sold(made: GasHome, on: date) -> None:
    """The metering point is Transporter B's from that day on."""
    record = GasRecord(Mpid("GTB"), supplier=Mpid("SUPA"), effective_from=on)
    made.dcc.registration.add_gas(MPRN, record)


def test_a_sale_does_not_make_a_certificate_wrong_that_was_right() -> None:
    made = home()
    made.give_to(TRANSPORTER)
    sold(made, date(2026, 2, 2))
    row = row_of(made, datetime(2026, 3, 2, tzinfo=UTC))
    assert (row.owner_expected, row.owner_found, row.result) == (
        "Transporter B", "Transporter A", SlotResult.MET
    )  # fmt: skip


def test_the_duty_was_done_in_time_whoever_follows_later() -> None:
    made = home()
    made.give_to(TRANSPORTER)
    made.now = datetime(2026, 2, 1, tzinfo=UTC)
    made.swap(floor=0)
    sold(made, date(2026, 2, 2))
    made.now = datetime(2026, 3, 2, tzinfo=UTC)
    assert made.give_to(NEXT_TRANSPORTER) == "I0"
    row = row_of(made, made.now)
    assert (row.owner_found, row.result) == ("Transporter B", SlotResult.MET)


# MP128A and MP128B


def after_swap() -> GasHome:
    """The operator has given the device back; its certificates lie in the repository still."""
    made = home()
    made.give_to(TRANSPORTER)
    made.now = datetime(2026, 3, 2, tzinfo=UTC)
    made.swap()
    return made


ACCEPTED: Final = "MP128A: the access control broker's certificate is accepted"


@pytest.mark.parametrize(
    ("switches", "outcome", "reason"),
    [
        ((), "breached", "the access control broker's certificate"),
        ((B,), "breached", "the access control broker's certificate"),
        ((A,), "not required", f"{ACCEPTED}, though the duty is not met"),
        ((A, B), "not required", f"{ACCEPTED}, though the duty is not met"),
    ],
)
def test_by_mp128a_the_report_takes_the_brokers_for_no_failure(
    switches: tuple[Modification, ...], outcome: str, reason: str
) -> None:
    made = after_swap()
    made.switch_on(*switches)
    row = row_of(made, made.now)
    assert (row.owner_found, row.result.value, row.reason) == ("access control broker", outcome, reason)


def test_both_say_so_where_the_operator_has_no_certificate() -> None:
    made = after_swap()
    credentials = made.client(TRANSPORTER).credentials
    made.revoke(credentials.signing)
    made.switch_on(A, B)
    assert row_of(made, made.now).reason == f"{ACCEPTED}; MP128B: no certificate of the network operator"
    other_slot = row_of(made, made.now, slot=cells.NETWORK_OPERATOR_AGREEMENT)
    assert other_slot.reason == f"{ACCEPTED}, though the duty is not met"


def test_neither_is_about_electricity() -> None:
    for switches in ((), (A,), (B,), (A, B)):
        for owner, outcome in ((None, "breached"), (OTHER_OPERATOR, "breached"), (OPERATOR, "met")):
            made = home()
            made.switch_on(*switches)
            if owner is not None:
                assert made.give_to(owner, ESME) == "I0"
            assert result(made, DUE + TICK, ESME) == outcome


def test_neither_makes_another_operators_certificate_right() -> None:
    made = home()
    made.give_to(NEXT_TRANSPORTER)
    made.switch_on(A, B)
    assert result(made, DUE + TICK) == "breached"


def test_what_needs_no_replacement_is_not_open_before_its_time_either() -> None:
    made = home()
    for switches in ((A,), (B,)):
        made.switch_on(*switches)
        assert result(made, DUE) == "not required"


@pytest.mark.parametrize("found", Found)
def test_mp128b_moves_the_brokers_slots_on_a_gpf_alone(found: Found) -> None:
    for kind in (DeviceType.ESME, DeviceType.GPF):
        for role in (RemotePartyRole.NETWORK_OPERATOR, RemotePartyRole.SUPPLIER):
            for facts in ((True, True), (False, True), (True, False), (False, False)):
                slot = Slot(kind, role, found, *facts)
                changed = obligation(slot).result is not obligation(slot, (B,)).result
                about = kind is DeviceType.GPF and role is RemotePartyRole.NETWORK_OPERATOR
                assert changed is (about and found is Found.BROKER and not all(facts))


# Settings


def test_the_time_limit_is_a_setting() -> None:
    made = home()
    assert row_of(made, DUE, settings=ReportSettings(working_days=5)).due_at == DUE - 2 * DAY
    assert row_of(made, DUE, settings=ReportSettings(working_days=5)).result is SlotResult.BREACHED
    assert row_of(made, DUE, settings=ReportSettings(calendar=Calendar.SCOTLAND)).due_at == DUE
    with pytest.raises(DccValueError, match="working days"):
        post_commissioning_report(made.dcc, DUE, ReportSettings(working_days=0))


def test_the_suppliers_own_slots_on_request() -> None:
    made = home()
    settings = ReportSettings(supplier_slots=True)
    row = row_of(made, DUE + TICK, slot=cells.SUPPLIER_SIGNING, settings=settings)
    assert (row.owner_expected, row.result) == ("Supplier A", SlotResult.BREACHED)
    made.follow(made.handover(SUPPLIER, target=GPF))
    for slot in (cells.SUPPLIER_SIGNING, cells.SUPPLIER_AGREEMENT, cells.SUPPLIER_TOP_UP):
        assert row_of(made, DUE, slot=slot, settings=settings).result is SlotResult.MET
    assert row_of(made, DUE, slot=cells.SUPPLIER_SIGNING, settings=settings).owner_found == "Supplier A"


# Forms


def golden() -> ReportTable:
    made = home()
    made.give_to(OPERATOR, ESME)
    rows = post_commissioning_report(made.dcc, DUE + TICK)
    return as_table(row for row in rows if row.device_id in (ESME, GPF))


TEXT: Final = """\
Post Commissioning report

device id                device type  due at                slot                                 owner expected            owner found               result
-----------------------  -----------  --------------------  -----------------------------------  ------------------------  ------------------------  --------
00-DB-12-34-56-78-90-A0  ESME         2026-01-14T23:59:59Z  {networkOperator, digitalSignature}  East and London Networks  East and London Networks  met
00-DB-12-34-56-78-90-A3  GPF          2026-01-14T23:59:59Z  {networkOperator, digitalSignature}  Transporter A             access control broker     breached
"""  # noqa: E501
CSV: Final = """\
report_date,supplier_id,device_id,device_type,mpxn,commissioned_at,due_at,slot,owner_expected,owner_found,replaced_at,result,reason
2026-01-15T00:00:00Z,90-B3-D5-1F-30-01-00-00,00-DB-12-34-56-78-90-A0,ESME,1000000000012,2026-01-05T00:00:00Z,2026-01-14T23:59:59Z,"{networkOperator, digitalSignature}",East and London Networks,East and London Networks,2026-01-05T01:03:00Z,met,
2026-01-15T00:00:00Z,90-B3-D5-1F-30-01-00-00,00-DB-12-34-56-78-90-A0,ESME,1000000000012,2026-01-05T00:00:00Z,2026-01-14T23:59:59Z,"{networkOperator, keyAgreement}",East and London Networks,East and London Networks,2026-01-05T01:03:00Z,met,
2026-01-15T00:00:00Z,90-B3-D5-1F-30-01-00-00,00-DB-12-34-56-78-90-A3,GPF,1234567810,2026-01-05T00:00:00Z,2026-01-14T23:59:59Z,"{networkOperator, digitalSignature}",Transporter A,access control broker,,breached,the access control broker's certificate
2026-01-15T00:00:00Z,90-B3-D5-1F-30-01-00-00,00-DB-12-34-56-78-90-A3,GPF,1234567810,2026-01-05T00:00:00Z,2026-01-14T23:59:59Z,"{networkOperator, keyAgreement}",Transporter A,access control broker,,breached,the access control broker's certificate
"""  # noqa: E501
LAST_ROW: Final = {
    "report_date": "2026-01-15T00:00:00Z",
    "supplier_id": "90-B3-D5-1F-30-01-00-00",
    "device_id": "00-DB-12-34-56-78-90-A3",
    "device_type": "GPF",
    "mpxn": "1234567810",
    "commissioned_at": "2026-01-05T00:00:00Z",
    "due_at": "2026-01-14T23:59:59Z",
    "slot": "{networkOperator, keyAgreement}",
    "owner_expected": "Transporter A",
    "owner_found": "access control broker",
    "replaced_at": None,
    "result": "breached",
    "reason": "the access control broker's certificate",
}


def test_the_report_in_the_terminal() -> None:
    made = home()
    made.give_to(OPERATOR, ESME)
    rows = post_commissioning_report(made.dcc, DUE + TICK)
    of_two = [
        row for row in rows if row.device_id in (ESME, GPF) and row.slot == cells.NETWORK_OPERATOR_SIGNING
    ]
    assert as_text(as_table(of_two, SHORT)) == TEXT


def test_the_report_as_csv() -> None:
    assert as_csv(golden()) == CSV


def test_the_report_as_json() -> None:
    document = json.loads(as_json(golden()))
    assert document["report"] == "Post Commissioning report"
    assert len(document["rows"]) == 4
    assert document["rows"][-1] == LAST_ROW
    assert as_json(golden()).endswith("}\n")


def test_a_report_without_rows_still_has_its_head() -> None:
    empty = as_table(())
    assert as_csv(empty).count("\n") == 1
    assert as_text(empty).endswith("(no rows)\n")
    assert json.loads(as_json(empty))["rows"] == []
