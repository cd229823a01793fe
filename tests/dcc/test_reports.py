"""The SEC Panel report: which refusals count, how they are put together, what is printed to the letter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    GPF,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_TRANSPORTER,
    SUPPLIER,
    World,
)

from dcc.identifiers import Mpid
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.releases import Modification
from dcc.report_tables import as_csv, as_text
from dcc.reports import RefusedRequest, panel_json, panel_report, panel_table, refusal_of
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


# What is printed, to the letter


TEXT = """\
Report to the SEC Panel (SECMP0063 BR4)

period   supplier_party  user_id                  srv     code         device_type  count  first_seen                last_seen
-------  --------------  -----------------------  ------  -----------  -----------  -----  ------------------------  ------------------------
2026-01  Supplier A      90-B3-D5-1F-30-01-00-00  6.15.1  SIM-E061590  ESME         1      2026-01-07T01:00:00.000Z  2026-01-07T01:00:00.000Z
2026-01  Supplier A      90-B3-D5-1F-30-01-00-00  6.21    SIM-E062190  ESME         2      2026-01-05T01:00:00.000Z  2026-01-06T01:00:00.000Z
2026-01  Supplier A      90-B3-D5-1F-30-01-00-00  6.21    SIM-E062190  GPF          1      2026-01-08T01:00:00.000Z  2026-01-08T01:00:00.000Z
total                                                     SIM-E061590               1
total                                                     SIM-E062190               3
"""  # noqa: E501
CSV = """\
period,supplier_party,user_id,srv,code,device_type,count,first_seen,last_seen
2026-01,Supplier A,90-B3-D5-1F-30-01-00-00,6.15.1,SIM-E061590,ESME,1,2026-01-07T01:00:00.000Z,2026-01-07T01:00:00.000Z
2026-01,Supplier A,90-B3-D5-1F-30-01-00-00,6.21,SIM-E062190,ESME,2,2026-01-05T01:00:00.000Z,2026-01-06T01:00:00.000Z
2026-01,Supplier A,90-B3-D5-1F-30-01-00-00,6.21,SIM-E062190,GPF,1,2026-01-08T01:00:00.000Z,2026-01-08T01:00:00.000Z
total,,,,SIM-E061590,,1,,
total,,,,SIM-E062190,,3,,
"""  # noqa: E501
EMPTY_JSON = """\
{
  "report": "Report to the SEC Panel (SECMP0063 BR4)",
  "rows": [],
  "totals": {
    "SIM-E061590": 0,
    "SIM-E062190": 0
  }
}
"""
JSON_BEGINS = """\
{
  "report": "Report to the SEC Panel (SECMP0063 BR4)",
  "rows": [
    {
      "period": "2026-01",
      "supplier_party": "Supplier A",
      "user_id": "90-B3-D5-1F-30-01-00-00",
      "srv": "6.15.1",
      "code": "SIM-E061590",
      "device_type": "ESME",
      "count": 1,
      "first_seen": "2026-01-07T01:00:00.000Z",
      "last_seen": "2026-01-07T01:00:00.000Z"
    },
"""


def test_what_the_dsp_refuses_is_reported_to_the_letter() -> None:
    """Four days of one supplier; what passes and what is refused for other reasons is not counted."""
    world = World((Modification.SECMP0063, Modification.SECMP0063_GPF))
    refusals = []
    for requests in (
        [world.handover(OTHER_OPERATOR), world.handover(OPERATOR), world.handover(OPERATOR, OPERATOR)],
        [world.handover(OTHER_OPERATOR)],
        [world.update(OTHER_OPERATOR, SUPPLIER, ESME), world.update(OTHER_OPERATOR, OTHER_OPERATOR)],
        [world.handover(OTHER_TRANSPORTER, target=GPF)],
    ):
        refusals += [refusal_of(world.submit(request), world.dcc) for request in requests]
        world.now += DAY
    report = panel_report([item for item in refusals if item is not None], world.dcc.parties)
    assert as_text(panel_table(report)) == TEXT
    assert as_csv(panel_table(report)) == CSV
    assert panel_json(report).startswith(JSON_BEGINS)
    assert panel_json(report).endswith('"totals": {\n    "SIM-E061590": 1,\n    "SIM-E062190": 3\n  }\n}\n')


def test_without_the_modification_there_is_nothing_to_report() -> None:
    world = World()
    assert refusal_of(world.submit(world.handover(OTHER_OPERATOR)), world.dcc) is None
    assert panel_json(panel_report([], world.dcc.parties)) == EMPTY_JSON


def test_a_name_with_a_comma_and_a_nameless_stranger_are_one_csv_line_each() -> None:
    table = PartyTable([PartyRow(Mpid("SUPA"), UserRole.IS, 'Alpha, "Beta" & Co', A1, dcc_user=True)])
    report = panel_report([refusal(A1, "2026-01-05"), refusal(B1, "2026-01-05", device_type=None)], table)
    lines = as_csv(panel_table(report)).splitlines()
    assert len(lines) == 5
    assert lines[1].startswith("2026-01,,00-00")
    assert ",SIM-E062190,,1," in lines[1]
    assert lines[2].startswith('2026-01,"Alpha, ""Beta"" & Co",')
