"""DCC Alert codes: the list is that of DUIS V5.4, and every code has its facts."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import dcc.alert_codes
from dcc.alert_codes import DccAlertCode


def test_the_codes_are_ad1_and_n1_to_n65_without_n32_and_n999() -> None:
    numbers = [number for number in range(1, 66) if number != 32]
    assert [code.value for code in DccAlertCode] == ["AD1", *(f"N{number}" for number in numbers), "N999"]
    assert all(code.name == code.value for code in DccAlertCode)


def test_codes_and_payloads_are_those_of_the_schema(conformance: Path) -> None:
    schema = (conformance / "duis" / "schema" / "DUIS Schema V5.4.xsd").read_text(encoding="utf-8")
    message = complex_type(schema, "DCCAlertMessage")
    assert [code.value for code in DccAlertCode] == re.findall(r'enumeration value="(\w+)"', message)
    payloads = set(re.findall(r'element name="(\w+)"', complex_type(schema, "DCCAlert")))
    assert len(payloads) == 24
    assert {code.payload for code in DccAlertCode if code.payload} <= payloads


def complex_type(schema: str, name: str) -> str:
    match = re.search(rf'<xs:complexType name="{name}">.*?</xs:complexType>', schema, re.DOTALL)
    assert match is not None
    return match.group()


def test_table_and_enumeration_are_in_one_order() -> None:
    table = Path(dcc.alert_codes.__file__).with_suffix(".csv")
    with table.open(encoding="utf-8", newline="") as lines:
        assert [row["code"] for row in csv.DictReader(lines)] == [code.value for code in DccAlertCode]


@pytest.mark.parametrize("code", DccAlertCode, ids=lambda code: code.value)
def test_facts_of_an_alert_code(code: DccAlertCode) -> None:
    assert code.meaning
    assert not code.confirmed
    assert code.payload or not code.payload_confirmed
    if code.meaning == "meaning not found":
        assert code.payload is None
        assert code.addressee is None


def test_the_one_pairing_that_was_seen() -> None:
    assert [code for code in DccAlertCode if code.payload_confirmed] == [DccAlertCode.N24]
    assert DccAlertCode.N24.payload == "UpdateHANDeviceLogResult"


def test_alerts_the_bench_sends() -> None:
    payloads = {code.value: code.payload for code in DccAlertCode}
    assert payloads["AD1"] == "PowerOutageEvent"
    assert payloads["N1"] == "DeviceStatusChangeEvent"
    assert payloads["N29"] == "QuarantinedRequest"
    assert payloads["N42"] == "SecurityCredentialsUpdated"
    assert payloads["N55"] == "S1SPAlertDSP"
    assert payloads["N999"] == "DUISVersionMismatch"
