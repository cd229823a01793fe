from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dcc.identifiers import Mpid
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.reports import RefusedRequest, panel_report
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64

A1, A2, B1, METER = (Eui64(bytes(7) + bytes((number,))) for number in (1, 2, 3, 9))
E061590, E062190 = ResponseCode.SIM_E061590, ResponseCode.SIM_E062190


def parties() -> PartyTable:
    rows = [("SUPA", "Alpha", A1), ("SUPA", "Alpha", A2), ("SUPB", "Beta", B1)]
    return PartyTable(
        [PartyRow(Mpid(mpid), UserRole.IS, name, user, dcc_user=True) for mpid, name, user in rows]
    )


def refusal(
    user: Eui64,
    day: str,
    code: ResponseCode = E062190,
    srv: Srv = Srv.HANDOVER,
    device_type: DeviceType | None = DeviceType.ESME,
) -> RefusedRequest:
    at = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    return RefusedRequest(at, user, srv, code, METER, device_type)


def test_refusals_of_one_kind_are_one_row_with_first_and_last() -> None:
    refusals = [refusal(A1, day) for day in ("2026-01-20", "2026-01-05", "2026-01-31")]
    (row,) = panel_report(refusals, parties()).rows
    assert (row.period, row.supplier_party, row.user_id, row.count) == ("2026-01", "Alpha", A1, 3)
    assert (row.srv, row.code, row.device_type) == (Srv.HANDOVER, E062190, DeviceType.ESME)
    assert (row.first_seen.day, row.last_seen.day) == (5, 31)


@pytest.mark.parametrize(
    "other",
    [
        refusal(A1, "2026-02-01"),
        refusal(A2, "2026-01-31"),
        refusal(B1, "2026-01-31"),
        refusal(A1, "2026-01-31", E061590, Srv.UPDATE_CREDENTIALS),
        refusal(A1, "2026-01-31", device_type=DeviceType.GPF),
    ],
)
def test_each_column_before_the_count_makes_a_row(other: RefusedRequest) -> None:
    report = panel_report([refusal(A1, "2026-01-31"), other], parties())
    assert [row.count for row in report.rows] == [1, 1]


def test_rows_are_sorted_and_totals_name_both_codes() -> None:
    refusals = [refusal(B1, "2026-02-03"), refusal(A2, "2026-02-02"), refusal(B1, "2026-01-09")]
    report = panel_report(refusals, parties())
    assert [(row.period, row.supplier_party) for row in report.rows] == [
        ("2026-01", "Beta"),
        ("2026-02", "Alpha"),
        ("2026-02", "Beta"),
    ]
    assert report.totals == ((E061590, 0), (E062190, 3))
    assert panel_report(reversed(refusals), parties()) == report


def test_other_codes_are_none_of_the_panels_business() -> None:
    report = panel_report([refusal(A1, "2026-01-05", ResponseCode.E061501)], parties())
    assert report.rows == ()
    assert report.totals == ((E061590, 0), (E062190, 0))


def test_a_stranger_and_an_unknown_device_are_reported_without_name() -> None:
    stranger = Eui64(b"\xff" * 8)
    (row,) = panel_report([refusal(stranger, "2026-01-05", device_type=None)], parties()).rows
    assert (row.supplier_party, row.user_id, row.device_type) == ("", stranger, None)
