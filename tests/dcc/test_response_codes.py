"""Response codes: those of DUIS V5.4 and ours; every code has its facts; ours go out as real ones."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import pytest

import dcc.response_codes
from dcc.errors import DccValueError
from dcc.response_codes import CodeFamily, ResponseCode, StandIns, response_code

REAL: Final = [code for code in ResponseCode if not code.is_ours]
OURS: Final = [code for code in ResponseCode if code.is_ours]


# The list


def test_the_codes_are_those_of_the_schema(conformance: Path) -> None:
    schema = (conformance / "duis" / "schema" / "DUIS Schema V5.4.xsd").read_text(encoding="utf-8")
    simple_type = re.search(r'<xs:simpleType name="ResponseCode">.*?</xs:simpleType>', schema, re.DOTALL)
    assert simple_type is not None
    enumerated = re.findall(r'enumeration value="(\w+)"', simple_type.group())
    assert len(enumerated) > 180
    assert [code.value for code in REAL] == enumerated


def test_the_blocks_of_the_codes() -> None:
    """Without the schema: how many codes each service has, and the numbers that do not exist."""
    values = {code.value for code in REAL}
    assert values >= {f"E{number}" for number in range(40, 72)}
    assert not values & {"E061502", "E061503", "E062104", "E081103", "E081403", "E120202", "E1002", "E1005"}
    assert not {code for code in REAL if code.service in ("6.15.2", "6.17", "6.20", "8.1")}
    assert [code.value for code in REAL if code.service == "8.11"] == [
        f"E0811{number:02}" for number in (1, 2, *range(4, 12))
    ]
    assert [code.value for code in REAL if code.value.startswith("W")] == [
        "W050201", "W050301", "W081401", "W110101", "W110401",
    ]  # fmt: skip


def test_table_and_enumeration_are_in_one_order() -> None:
    table = Path(dcc.response_codes.__file__).with_suffix(".csv")
    with table.open(encoding="utf-8", newline="") as lines:
        assert [row["code"] for row in csv.DictReader(lines)] == [code.value for code in ResponseCode]


# The facts


@pytest.mark.parametrize("code", ResponseCode, ids=lambda code: code.value)
def test_facts_of_a_response_code(code: ResponseCode) -> None:
    assert code.meaning
    assert code.name == code.value.replace("-", "_")
    assert code.is_refusal is not code.value.startswith(("I", "W"))
    if code.is_ours:
        assert not code.confirmed
        assert code.stand_in in {real.value for real in REAL}
    else:
        assert code.stand_in is None


@pytest.mark.parametrize("code", REAL, ids=lambda code: code.value)
def test_a_code_of_a_service_names_it(code: ResponseCode) -> None:
    """Four digits are the service reference, the number of the code stands last."""
    if match := re.fullmatch(r"[EW](\d\d)(\d\d)\d\d", code.value):
        reference = f"{int(match[1])}.{int(match[2])}"
        assert code.service is not None
        assert code.service == reference or code.service.startswith(f"{reference}.")
        assert code.family in (CodeFamily.SERVICE, CodeFamily.WARNING)
    else:
        assert code.service is None
        assert code.family is not CodeFamily.SERVICE


def test_where_two_variants_share_a_reference_the_number_parts_them() -> None:
    services = {code.value: code.service for code in ResponseCode}
    assert services["E080702"] == "8.7.1"
    assert services["E080721"] == "8.7.2"
    assert services["E080801"] == "8.8.1"
    assert services["E080822"] == "8.8.2"
    assert services["E061505"] == "6.15.1"
    assert services["E062401"] == "6.24"
    assert services["SIM-E062190"] == "6.21"


def test_families_by_number() -> None:
    families = {code.value: code.family for code in ResponseCode}
    expected = {
        CodeFamily.SEQUENCING: range(40, 48),
        CodeFamily.INTEGRITY: range(48, 54),
        CodeFamily.CREDENTIALS: range(54, 65),
        CodeFamily.UNKNOWN: range(65, 72),
    }
    for family, numbers in expected.items():
        assert {families[f"E{number}"] for number in numbers} == {family}
    assert families["E4"] is families["E17"] is CodeFamily.AUTHORISATION
    assert families["E13"] is CodeFamily.VALIDATION
    assert families["E30"] is CodeFamily.COMMUNICATIONS
    assert families["E1004"] is CodeFamily.SMETS1
    assert families["SIM-SEQUENCE"] is CodeFamily.SEQUENCING


def test_which_meanings_were_seen_in_a_source() -> None:
    confirmed = {code.value for code in ResponseCode if code.confirmed}
    assert confirmed == {
        "I0", "I99", "E1", "E2", "E3", "E4", "E5", "E11", "E12", "E13", "E17", "E19", "E20", "E21", "E30",
        "E061501", "E061504", "E061505", "E061506", "E061507",
    }  # fmt: skip


# Text


def test_a_code_is_found_by_its_text() -> None:
    assert response_code("E081101") is ResponseCode.E081101
    assert response_code("SIM-DUP") is ResponseCode.SIM_DUP


def test_an_unknown_code_is_refused_with_the_nearest() -> None:
    with pytest.raises(DccValueError, match=r"'E061502', expected .*nearest are .*E061501"):
        response_code("E061502")


# Stand-ins


def test_stand_ins_are_those_agreed() -> None:
    assert {code.value: code.stand_in for code in OURS} == {
        "SIM-AUTH": "E50",
        "SIM-CERT": "E50",
        "SIM-DUP": "E61",
        "SIM-REPLAY": "E62",
        "SIM-SEQUENCE": "E40",
        "SIM-DATE": "E55",
        "SIM-PSC": "E58",
        "SIM-SCHEMA": "E49",
        "SIM-GBCS": "E48",
        "SIM-QUARANTINE": "E53",
        "SIM-NOT-MODELLED": "E100",
        "SIM-COUNTER": "E100",
        "SIM-E061590": "E061507",
        "SIM-E062190": "E062103",
    }


def test_what_goes_out_is_a_code_of_duis() -> None:
    stand_ins = StandIns()
    for code in REAL:
        assert stand_ins.wire_code(code) == code.value
    for code in OURS:
        assert stand_ins.wire_code(code) == code.stand_in


def test_a_stand_in_of_ones_own_changes_that_code_only() -> None:
    stand_ins = StandIns({"SIM-PSC": "E59"})
    assert stand_ins.wire_code(ResponseCode.SIM_PSC) == "E59"
    assert stand_ins.wire_code(ResponseCode.SIM_DUP) == "E61"
    assert stand_ins.wire_code(ResponseCode.E58) == "E58"


@pytest.mark.parametrize(
    ("ours", "real", "message"),
    [
        ("E4", "E5", "stand-ins: 'E4', expected one of our codes: SIM-AUTH"),
        ("SIM-DUPE", "E61", "stand-ins: 'SIM-DUPE', expected one of our codes"),
        ("SIM-DUP", "E72", "stand-in of SIM-DUP: 'E72', expected a response code"),
        ("SIM-DUP", "SIM-REPLAY", "stand-in of SIM-DUP: 'SIM-REPLAY', expected a code of DUIS"),
        ("SIM-DUP", "I0", "stand-in of SIM-DUP: 'I0', expected a code of DUIS that refuses"),
        ("SIM-DUP", "W081401", "stand-in of SIM-DUP: 'W081401', expected a code of DUIS that refuses"),
    ],
)
def test_a_stand_in_that_cannot_be_is_refused(ours: str, real: str, message: str) -> None:
    with pytest.raises(DccValueError, match=message):
        StandIns({ours: real})
